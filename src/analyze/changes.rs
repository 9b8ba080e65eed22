//! What has **changed** since it was noted last: domain by domain, and among the reporters.
//!
//! In: what was noted, and what is now. Out: what there is to tell, and what is to be noted. Pure,
//! as all of this room. Of any number of domains only the most urgent changes are held; the others
//! are counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::command;
use crate::model::digest::{
    DomainChange, DomainChanges, DomainNote, NotedDomain, NotedRun, ReporterChanges, ReporterDays,
    Silence, SilentReporter, SourceChange, SourceEvent, SourceState, VerdictCount,
};
use crate::model::kept::HostStatus;
use crate::model::knowledge::SUBDOMAINS;
use crate::model::verdict::{Class, Health, Recommendation, SourceSummary, Verdict};
use crate::model::{Day, SourceAddress};

use super::label::Labels;
use super::source::Key;
use super::{Judgement, Providers};

/// Sources of one domain that are noted: the busiest. Forged reports can claim any number, and
/// each would be a row that stays.
const SOURCES: usize = 500;

/// Changed sources that are told of one domain.
const TOLD: usize = 5;

/// Days, up to the newest, in which it is looked who writes: four whole weeks.
pub const REPORTER_DAYS: i32 = 28;

/// Days with reports from which on it can be said how regularly somebody writes.
const REGULAR_DAYS: u32 = 10;

/// Share of days that a regular reporter writes of. A domain that is silent at weekends has five of
/// seven, and is not to be called silent on a long one.
const REGULAR_SHARE: f64 = 0.8;

/// Days without a report after which a regular reporter is silent. Reports come a day late, and
/// some reporters make up for a lost day or two.
const SILENT_DAYS: i32 = 5;

/// The same where nobody writes regularly: twice a weekly report.
const SILENT_DAYS_IRREGULAR: i32 = 14;

/// After so many days of silence a person is called again: one mail is easily lost.
const REMIND_DAYS: i32 = 7;

/// Messages of a new domain from which on it may call a person.
const THIN_MESSAGES: u64 = 10;

/// The changes of domains, as they are looked at one by one.
#[derive(Debug)]
pub struct Gathering {
    is_first: bool,
    is_open: bool,
    at_most: usize,
    counts: [u64; Verdict::ALL.len()],
    found: DomainChanges,
}

impl Gathering {
    /// Nothing yet. In the first run of all nothing was noted, so every domain is told with its
    /// verdict and none of its sources is called new. Where the store is open to reports about any
    /// domain, a stranger can make one up: one that is new calls nobody as long as little is known of
    /// it. At most so many changes are held.
    #[must_use]
    pub fn new(is_first: bool, is_open: bool, at_most: usize) -> Self {
        let counts = [0; Verdict::ALL.len()];
        Self { is_first, is_open, at_most, counts, found: DomainChanges::default() }
    }

    /// Compares a domain with what was noted of it. Returns what is to be noted, if anything is
    /// other than before.
    pub fn add(&mut self, judged: &Judgement, before: Option<&NotedDomain>) -> Option<DomainNote> {
        let verdict = judged.advice.verdict;
        self.found.judged += 1;
        self.counts[verdict.urgency()] += 1;
        self.found.new += u64::from(before.is_none() && !self.is_first);
        let (changes, states) = sources(judged, before);
        let changes = if before.is_none() && self.is_first { Vec::new() } else { changes };
        let is_other = before.is_none_or(|before| before.verdict != verdict);
        let is_thin = self.is_thin(judged, before);
        let has_grown = before.is_some_and(|before| before.is_thin) && !is_thin;
        if is_other || !changes.is_empty() || (has_grown && verdict.asks_for_an_act()) {
            self.tell(change(judged, before, changes, is_thin));
        }
        (is_other || has_grown || !states.is_empty()).then(|| DomainNote {
            domain: judged.advice.domain.clone(),
            verdict,
            is_thin,
            sources: states,
        })
    }

    /// Whether a domain is new and too little is known of it: one report by one forger says as much.
    /// A domain that was known well once stays so.
    fn is_thin(&self, judged: &Judgement, before: Option<&NotedDomain>) -> bool {
        let may_be = self.is_open && !self.is_first && before.is_none_or(|before| before.is_thin);
        let messages = judged.summary.tally.messages;
        may_be && (judged.reporters < 2 || judged.days < 2 || messages < THIN_MESSAGES)
    }

    fn tell(&mut self, change: DomainChange) {
        self.found.changed += 1;
        self.found.need_person += u64::from(change.needs_person);
        self.found.domains.push(change);
        // sorted now and then, so that each domain costs little
        if self.found.domains.len() / 2 > self.at_most {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.found.domains.sort_by(|a, b| urgency(a).cmp(&urgency(b)));
        self.found.domains.truncate(self.at_most);
    }

    /// What there is to tell.
    #[must_use]
    pub fn finish(mut self) -> DomainChanges {
        self.cut();
        let counts = Verdict::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0);
        self.found.verdicts =
            counts.map(|(verdict, count)| VerdictCount { verdict, count }).collect();
        self.found
    }
}

/// What a person should read first.
fn urgency(change: &DomainChange) -> (bool, usize, Reverse<u64>, &str) {
    let rank = change.verdict.urgency();
    (!change.needs_person, rank, Reverse(change.messages), &change.domain)
}

fn change(
    judged: &Judgement,
    before: Option<&NotedDomain>,
    mut sources: Vec<SourceChange>,
    is_thin: bool,
) -> DomainChange {
    let advice = &judged.advice;
    let was = before.map(|before| before.verdict);
    // of a domain that was thin nobody was called yet
    let called = before.filter(|before| !before.is_thin).map(|before| before.verdict);
    let became = called != Some(advice.verdict) && advice.verdict.asks_for_an_act();
    let slips = slips(advice, was);
    let needs_person = !is_thin
        && (became
            || slips
            || loses(advice, was)
            || sources.iter().any(SourceChange::needs_person));
    sources.sort_by_key(|source| (source.event, Reverse(source.failing), Reverse(source.messages)));
    let more_sources = sources.len().saturating_sub(TOLD) as u64;
    sources.truncate(TOLD);
    DomainChange {
        domain: advice.domain.clone(),
        is_new: before.is_none(),
        policy: advice.policy.clone(),
        messages: judged.summary.tally.messages,
        verdict: advice.verdict,
        was,
        next: advice.next.clone(),
        headline: advice.headline.clone(),
        act: if slips { Some(look(advice)) } else { act(advice) },
        needs_person,
        sources,
        more_sources,
    }
}

/// Whether own mail of an enforced domain, all of which was well, fails too often now: receivers stop
/// it. That too few days were seen since a move is no such thing.
fn slips(advice: &Recommendation, was: Option<Verdict>) -> bool {
    let gate = |name: &str, passed: bool| {
        advice.gates.iter().any(|gate| gate.gate == name && gate.passed == passed)
    };
    advice.verdict == Verdict::Hold
        && matches!(was, Some(Verdict::Ready | Verdict::Stay))
        && matches!(&*advice.policy, "quarantine" | "reject")
        && advice.rate.is_some_and(|rate| rate.failures > 0)
        && gate("rate", false)
        && gate("time", true)
}

/// Whether the DNS has lost what own mail passes by, where a step was said to be due.
fn loses(advice: &Recommendation, was: Option<Verdict>) -> bool {
    let is_lost = advice.gates.iter().any(|gate| gate.gate == "dns" && !gate.passed);
    is_lost && was == Some(Verdict::Ready)
}

fn look(advice: &Recommendation) -> String {
    format!(
        "p={} stops what fails: see ruaudit sources {}",
        advice.policy,
        command::domain(&advice.domain)
    )
}

/// The next act, where there is one. The record itself is for `advise` to show: what is kept of
/// `rua` is for a person to fill in.
fn act(advice: &Recommendation) -> Option<String> {
    match advice.verdict {
        Verdict::Rollback | Verdict::Ready => Some(format!(
            "the record to publish: ruaudit advise {}",
            command::domain(&advice.domain)
        )),
        Verdict::Fix | Verdict::Review => advice.blockers.first().map(|first| first.fix.clone()),
        Verdict::Hold => match advice.not_before {
            Some(day) => Some(format!("wait until {day} at the least")),
            None => advice.blockers.first().map(|first| first.fix.clone()),
        },
        Verdict::Stay => None,
    }
}

/// What there is to tell of a domain's sources, and which states are other than noted.
fn sources(
    judged: &Judgement,
    before: Option<&NotedDomain>,
) -> (Vec<SourceChange>, Vec<(String, SourceState)>) {
    let (mut changes, mut states, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    let known = |name: &str| before.and_then(|before| before.sources.get(name)).copied();
    let is_source = |name: &str| judged.sources.iter().any(|source| source.source == name);
    let mut former = BTreeMap::new();
    for (source, state) in judged.sources.iter().filter_map(|s| Some((s, state(s)?))).take(SOURCES)
    {
        let noted: Vec<_> = networks(source).filter_map(|at| Some((known(&at)?, at))).collect();
        let before = known(&source.source).or_else(|| Some(noted.first()?.0));
        let still = noted.into_iter().filter(|(_, name)| !is_source(name));
        former.extend(still.map(|(was, name)| (name, (was, state))));
        // two sources may bear one name; the busier one speaks for it
        if !seen.insert(source.source.as_str()) || known(&source.source) == Some(state) {
            continue;
        }
        let event = event(before, state).filter(|_| before != Some(state));
        changes.extend(event.map(|event| told(source, event, &judged.advice)));
        states.push((source.source.clone(), state));
    }
    let other = former.iter().filter(|(_, (was, state))| was != state);
    states.extend(other.map(|(name, (_, state))| (name.clone(), *state)));
    let noted = before.into_iter().flat_map(|before| &before.sources);
    let gone = noted.filter(|(_, state)| **state != SourceState::Gone);
    let gone =
        gone.filter(|(name, _)| !seen.contains(name.as_str()) && !former.contains_key(*name));
    let still = |name: &str| {
        judged.sources.iter().any(|source| source.source == name && state(source).is_some())
    };
    let gone = gone.filter(|(name, _)| seen.len() < SOURCES || !still(name));
    states.extend(gone.map(|(name, _)| (name.clone(), SourceState::Gone)));
    (changes, states)
}

/// What a source was called before the names of its addresses were looked up, or will be called when
/// they have none any more: by their networks. What is noted under such a name is noted of it.
fn networks(source: &SourceSummary) -> impl Iterator<Item = String> {
    let named = source.hosts.iter().filter(|host| host.status == HostStatus::Confirmed);
    let scope = if source.subdomains { SUBDOMAINS } else { "" };
    named.map(move |host| {
        let network = Key::network(&SourceAddress::Ip(host.address));
        network.name(Providers::built_in(), &Labels::none()) + scope
    })
}

/// How a source stands; nothing for what is neither the owner's nor may be.
fn state(source: &SourceSummary) -> Option<SourceState> {
    match (source.class, source.health) {
        (Class::Own, Some(Health::Misconfigured)) if source.failed_until.is_none() => {
            Some(SourceState::Fails)
        }
        (Class::Own, _) => Some(SourceState::Passes),
        (Class::Asks, _) => Some(SourceState::Asks),
        (Class::Forwarder | Class::List | Class::Threat | Class::Noise, _) => None,
    }
}

/// What a change of state tells. A failing source of which nothing aligns any more becomes one that
/// is asked about: that is the same trouble, and was told.
fn event(before: Option<SourceState>, now: SourceState) -> Option<SourceEvent> {
    use SourceState::{Asks, Fails, Gone, Passes};
    match (before, now) {
        (_, Fails) => Some(SourceEvent::Fails),
        (Some(Fails), Asks) => None,
        (_, Asks) => Some(SourceEvent::Asks),
        (Some(Fails | Asks), Passes) => Some(SourceEvent::Mended),
        (None, Passes) => Some(SourceEvent::New),
        (Some(Passes | Gone), Passes) | (_, Gone) => None,
    }
}

fn told(source: &SourceSummary, event: SourceEvent, advice: &Recommendation) -> SourceChange {
    let open = matches!(event, SourceEvent::Fails | SourceEvent::Asks);
    SourceChange {
        source: source.source.clone(),
        event,
        messages: source.tally.messages,
        failing: source.tally.dmarc_fail,
        since: source.failing_since.filter(|_| open),
        fix: source.fix.clone().filter(|_| open),
        in_the_way: open && advice.blockers.iter().any(|b| b.source == source.source),
    }
}

/// Who fell silent, and who writes again. `newest` is the last day that the store has reports for,
/// `today` the day of the run; `before` is what was noted last.
#[must_use]
pub fn reporters(
    days: &[ReporterDays],
    newest: Option<Day>,
    today: Day,
    before: &NotedRun,
) -> ReporterChanges {
    let regular: Vec<_> = days.iter().filter(|reporter| is_regular(reporter)).collect();
    let heard = regular.iter().map(|reporter| reporter.last).max();
    let silence = silence(heard, newest, today, before);
    let before = &before.silent_reporters;
    let Some(heard) = heard.or(newest).filter(|_| silence.is_none()) else {
        return ReporterChanges { silence, still: before.clone(), ..ReporterChanges::default() };
    };
    let is_silent = |last: Day| heard.0.saturating_sub(last.0) >= SILENT_DAYS;
    let writes: BTreeSet<&str> =
        days.iter().filter(|r| !is_silent(r.last)).map(|r| r.reporter.as_str()).collect();
    let fell = regular.iter().filter(|r| is_silent(r.last) && !before.contains(&r.reporter));
    let mut silent: Vec<_> =
        fell.map(|r| SilentReporter { reporter: r.reporter.clone(), last: r.last }).collect();
    silent.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.reporter.cmp(&b.reporter)));
    let (back, mut still): (BTreeSet<_>, BTreeSet<_>) =
        before.iter().cloned().partition(|name| writes.contains(name.as_str()));
    still.extend(silent.iter().map(|one| one.reporter.clone()));
    ReporterChanges { silence, silent, back: back.into_iter().collect(), still }
}

/// Whether somebody writes on most days.
fn is_regular(reporter: &ReporterDays) -> bool {
    let days = reporter.last.0.saturating_sub(reporter.first.0).saturating_add(1);
    reporter.days >= REGULAR_DAYS && f64::from(reporter.days) >= REGULAR_SHARE * f64::from(days)
}

/// Whether nobody writes any more: counted from the last day of a regular reporter where there is
/// one, since a stranger's report about any day must not hide that a mailbox has stopped; and from
/// the first run where no report ever came.
fn silence(
    heard: Option<Day>,
    newest: Option<Day>,
    today: Day,
    before: &NotedRun,
) -> Option<Silence> {
    let last = heard.or(newest);
    let limit = match (heard, newest) {
        (None, Some(_)) => SILENT_DAYS_IRREGULAR,
        _ => SILENT_DAYS,
    };
    let since = last.unwrap_or_else(|| Day::of(before.first_at));
    let days = today.0.saturating_sub(since.0);
    let days = u32::try_from(days).ok().filter(|_| days >= limit)?;
    Some(Silence { last, days, needs_person: is_due(before.silence_told, today) })
}

/// Whether a person is to be called, told then or never. A time to come is a clock that was wrong.
fn is_due(told: Option<i64>, today: Day) -> bool {
    let since = |told| today.0.saturating_sub(Day::of(told).0);
    told.is_none_or(|told| !(0..REMIND_DAYS).contains(&since(told)))
}

#[cfg(test)]
mod tests;
