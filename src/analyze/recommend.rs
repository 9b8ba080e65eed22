//! The **recommendation**: one verdict, one sentence, and the record to publish.
//!
//! In: what was observed, the classified sources, the gates. Out: the verdict by the first of:
//! go back, mend, ask, stay, wait, go on. Own mail decides; forged mail never does. `p` is judged by
//! the mail of the domain itself and `sp` by that of its subdomains: where only theirs is not ready,
//! they keep the policy that they have.

use crate::model::command;
use crate::model::numbers::amount;
use crate::model::verdict::{Blocker, Class, Gate, Recommendation, Verdict};
use crate::model::words::Policy;

use super::Standstill;
use super::case::Case;
use super::fixes;
use super::gates::Evidence;
use super::names::names;
use super::notes;
use super::observed::strictness;
use super::source::Source;
use super::step::{Below, Proposal, Unready};
use super::whatif::{Met, what_if};

mod basis;
mod lost;
mod rollback;
mod stay;
mod subdomains;
mod witnesses;

use basis::Basis;
use lost::lost;
use stay::{people, stay_at_reject};
use subdomains::at_the_end;

/// Most senders that a headline names.
const MOST_NAMES: usize = 3;

/// What a decision changes in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Nothing.
    Nothing,
    /// `p`, and what follows it.
    Policy(Policy),
    /// `sp` alone.
    Subdomains(Policy),
}

/// A verdict with its sentence.
struct Decision {
    verdict: Verdict,
    step: Step,
    headline: String,
    blockers: Vec<Blocker>,
    /// What it rests on, where that is not the mail that `p` is judged by.
    basis: Option<Basis>,
}

impl Decision {
    /// No step is taken from no record, whatever the evidence, and no waiting brings reports then. What
    /// must be mended or gone back on is told all the same.
    fn stand_still(&mut self, why: &str) {
        self.step = Step::Nothing;
        if matches!(self.verdict, Verdict::Ready | Verdict::Hold | Verdict::Stay) {
            self.verdict = Verdict::Hold;
            why.clone_into(&mut self.headline);
        }
    }
}

/// Judges a case.
pub(super) fn recommend(case: &Case<'_>) -> Recommendation {
    let mut decision = decide(case);
    let is_unfit = match &case.standstill {
        Some(Standstill::Unfit(why)) => {
            decision.stand_still(why);
            true
        }
        _ => false,
    };
    let basis = decision.basis.take().unwrap_or_else(|| Basis::of_domain(case));
    let is_stepless = case.standstill.is_some();
    let proposal = proposal(case, &decision).filter(|_| !is_stepless);
    let met = met(case, &decision, proposal.as_ref());
    let (mut notes, mut record) = (Vec::new(), None);
    if let Some(proposal) = proposal {
        notes.extend(proposal.notes);
        record = Some(proposal.text);
    }
    notes.extend(notes::notes(case, decision.verdict, basis.attested));
    let hold = decision.verdict == Verdict::Hold;
    let evidence = &case.evidence;
    let not_before =
        evidence.not_before(&basis.gates, &case.target(), case.sends_nothing(), case.today);
    let seen = evidence.observed.reports > 0;
    Recommendation {
        domain: case.traffic.domain.clone(),
        policy: super::policy_text(evidence.observed),
        verdict: decision.verdict,
        next: match &decision.step {
            Step::Nothing => None,
            Step::Policy(policy) => Some(policy.clone()),
            Step::Subdomains(policy) => Some(policy.clone()),
        },
        subdomains_only: matches!(decision.step, Step::Subdomains(_)),
        headline: decision.headline,
        not_before: not_before.filter(|_| hold && !is_unfit),
        gates: basis.gates,
        blockers: decision.blockers,
        policy_history: evidence.observed.history.clone(),
        names: names(evidence.everything, evidence.facts, case.traffic, evidence.limits),
        disagreements: Vec::new(),
        after_move: case.after_move.clone(),
        what_if: what_if(
            evidence.everything,
            evidence.facts,
            met,
            evidence.observed.in_window,
            evidence.limits,
        ),
        rate: basis.rate,
        record_is_complete: !case.present.is_rebuilt(),
        record_name: format!("_dmarc.{}", case.traffic.domain),
        record,
        rollback: (seen && !is_stepless).then(|| case.present.text()),
        notes,
        blind_spots: notes::blind_spots(case),
    }
}

/// The record that the decision asks for.
fn proposal(case: &Case<'_>, decision: &Decision) -> Option<Proposal> {
    let back = decision.verdict == Verdict::Rollback;
    match &decision.step {
        Step::Nothing => None,
        Step::Policy(policy) => {
            let in_full = case.sends_nothing() || case.is_partial();
            let below = match (back, case.subdomains_may_follow(policy)) {
                (true, _) => Below::Untouched,
                (false, true) => Below::Follows,
                (false, false) => Below::Stays(unready(case)),
            };
            Some(case.present.with(policy, below, in_full))
        }
        Step::Subdomains(policy) => Some(case.present.with_subdomains(policy, back)),
    }
}

/// Why subdomains do not follow.
fn unready(case: &Case<'_>) -> Unready {
    let fails = |judged: &Evidence<'_>| judged.rate.is_some_and(|rate| rate.failures > 0);
    let loses = |judged: &Evidence<'_>| judged.lost(&case.target()).iter().any(|lost| lost.holds);
    let fails = |judged: &Evidence<'_>| fails(judged) || loses(judged);
    let fails = case.below.as_ref().is_some_and(fails) || !in_the_way_below(case).is_empty();
    if fails { Unready::Fails } else { Unready::TooFew }
}

/// Which mail the policy meets that the record to publish asks for, or else the present one.
fn met(case: &Case<'_>, decision: &Decision, proposal: Option<&Proposal>) -> Met {
    let back = decision.verdict == Verdict::Rollback;
    let spares_now = strictness(&case.subdomain_policy()) < strictness(case.policy());
    match &decision.step {
        Step::Subdomains(_) => Met::Subdomains,
        Step::Policy(_) if !back && proposal.is_some_and(|to| !to.spares_subdomains) => Met::All,
        Step::Policy(_) if !back => Met::Domain,
        Step::Policy(_) | Step::Nothing if spares_now => Met::Domain,
        Step::Policy(_) | Step::Nothing => Met::All,
    }
}

fn decide(case: &Case<'_>) -> Decision {
    contradicted(case)
        .or_else(|| rollback::rollback(case))
        .or_else(|| mend(case))
        .or_else(|| case.is_at_reject_in_full().then(|| at_the_end(case, stay_at_reject(case))))
        .unwrap_or_else(|| next_step(case, &case.gates()))
}

/// The next step of `p`, or what is missing for it.
fn next_step(case: &Case<'_>, gates: &[Gate]) -> Decision {
    stricter_than_seen(case)
        .or_else(|| people(case, gates).map(|stay| at_the_end(case, stay)))
        .or_else(|| without_dkim(&case.evidence, gates, &case.traffic.domain))
        .or_else(|| lost(case, gates))
        .or_else(|| hold(case, gates))
        .unwrap_or_else(|| ready(case))
}

/// The sources in the way, most failing messages first: own ones that fail, and those that a person
/// must name.
fn in_the_way<'a>(evidence: &Evidence<'a>) -> Vec<&'a Source<'a>> {
    let mut found: Vec<_> = evidence.failing().chain(evidence.asking()).collect();
    found.sort_by_key(|source| std::cmp::Reverse(source.tally.dmarc_fail));
    found
}

/// The same of subdomains.
fn in_the_way_below<'a>(case: &Case<'a>) -> Vec<&'a Source<'a>> {
    case.below.as_ref().map_or(Vec::new(), in_the_way)
}

fn blockers(case: &Case<'_>, sources: &[&Source<'_>]) -> Vec<Blocker> {
    let setting = case.setting();
    let blocker = |source: &&Source<'_>| {
        Some(fixes::blocker(source, setting.facts, fixes::fix(source, &setting)?))
    };
    sources.iter().filter_map(blocker).collect()
}

/// The operator says that nothing is sent, and much mail passes as the domain's own.
fn contradicted(case: &Case<'_>) -> Option<Decision> {
    if case.evidence.profile.sends_mail != Some(false) {
        return None;
    }
    let few = case.evidence.limits.source_messages;
    let passes = |source: &&Source<'_>| source.class == Class::Own && source.tally.dmarc_pass > few;
    let found: Vec<_> = case.evidence.everything.iter().filter(passes).collect();
    let first = found.first()?;
    let domain = command::domain(&case.traffic.domain);
    let fix = |source: &&Source<'_>| {
        let text = format!(
            "is {} yours? If so: ruaudit profile {domain} --sends-mail yes. If not: take its \
             address or key out of the DNS, no policy stops what passes",
            fixes::asked_name(source)
        );
        fixes::blocker(source, case.evidence.facts, text)
    };
    Some(Decision {
        verdict: Verdict::Review,
        step: Step::Nothing,
        headline: format!(
            "you said that it sends nothing, but {} of {} pass as its own",
            amount(first.tally.dmarc_pass, "message"),
            fixes::asked_name(first)
        ),
        blockers: found.iter().map(fix).collect(),
        basis: None,
    })
}

fn mend(case: &Case<'_>) -> Option<Decision> {
    if case.evidence.profile.sends_mail == Some(false) {
        return None;
    }
    let mut sources = in_the_way(&case.evidence);
    if sources.is_empty() && !case.below_is_enforced() {
        return None;
    }
    let basis = if sources.is_empty() { Basis::of_followers(case) } else { None };
    sources.extend(in_the_way_below(case));
    let own: Vec<_> = sources.iter().copied().filter(|s| s.class == Class::Own).collect();
    let (verdict, headline) = match (own.as_slice(), sources.as_slice()) {
        (_, []) => return None,
        ([], asks) => (Verdict::Review, questions(case, asks)),
        ([one], all) => {
            let first = if all.len() > 1 { " first" } else { "" };
            let told = fixes::is_for_the_reporter(one, &case.setting());
            let act = if told { "ask the reporter about" } else { "mend" };
            (Verdict::Fix, format!("one own sender fails alignment: {act} {}{first}", one.name))
        }
        ([first, ..], _) => (
            Verdict::Fix,
            format!(
                "{} fail alignment: mend {} first",
                counted(case, &own, "own sender"),
                first.name
            ),
        ),
    };
    let blockers = blockers(case, &sources);
    Some(Decision { verdict, step: Step::Nothing, headline, blockers, basis })
}

/// How many they are, those of subdomains apart where they are judged apart: the gates count so, too.
fn counted(case: &Case<'_>, sources: &[&Source<'_>], noun: &str) -> String {
    let apart = case.below.is_some();
    let below = sources.iter().filter(|source| apart && source.below).count() as u64;
    match (sources.len() as u64 - below, below) {
        (itself, 0) => amount(itself, noun),
        (0, below) => format!("{} of subdomains", amount(below, noun)),
        (itself, below) => format!("{} and {below} of subdomains", amount(itself, noun)),
    }
}

fn questions(case: &Case<'_>, asks: &[&Source<'_>]) -> String {
    let names: Vec<_> = asks.iter().take(MOST_NAMES).map(|s| fixes::asked_name(s)).collect();
    let stops = match case.policy() {
        Policy::None | Policy::Other(_) => String::new(),
        policy => format!(" p={policy} stops such mail already"),
    };
    let many = counted(case, asks, "sender");
    match (names.as_slice(), asks.len() - names.len()) {
        ([name], 0) => format!("one sender needs your answer: is {name} yours?{stops}"),
        ([first @ .., last], 0) => {
            let first = first.join(", ");
            let dot = if stops.is_empty() { "" } else { "." };
            format!("{many} need your answer: {first} and {last}{dot}{stops}")
        }
        (names, more) => {
            let names = names.join(", ");
            let dot = if stops.is_empty() { "" } else { "." };
            format!("{many} need your answer: {names} and {more} more{dot}{stops}")
        }
    }
}

/// A given record may ask for more than the reports saw: what they call aligned need not be then.
fn stricter_than_seen(case: &Case<'_>) -> Option<Decision> {
    let strict =
        |tag: &&str| case.present.tag(tag).is_some_and(|mode| mode.eq_ignore_ascii_case("s"));
    let tags: Vec<_> = ["adkim", "aspf"].into_iter().filter(strict).collect();
    (!tags.is_empty() && !case.present.is_rebuilt() && !case.strict).then(|| Decision {
        verdict: Verdict::Hold,
        step: Step::Nothing,
        headline: format!(
            "the present record asks for strict alignment ({}), the reports saw relaxed: publish \
             relaxed, or wait for a month of such reports",
            tags.join(", ")
        ),
        blockers: Vec::new(),
        basis: None,
    })
}

fn unmet(gates: &[Gate], name: &str) -> bool {
    gates.iter().any(|gate| gate.gate == name && !gate.passed)
}

fn without_dkim(judged: &Evidence<'_>, gates: &[Gate], domain: &str) -> Option<Decision> {
    if !unmet(gates, "dkim") {
        return None;
    }
    let blockers: Vec<_> = judged
        .without_dkim()
        .map(|s| fixes::blocker(s, judged.facts, fixes::add_dkim(s, domain)))
        .collect();
    let first = blockers.first().map_or("", |blocker| &blocker.source);
    let headline = match blockers.len() {
        1 => format!("{first} relies on SPF alone: sign its mail with DKIM before p=reject"),
        count => format!("{count} own senders rely on SPF alone: sign with DKIM, {first} first"),
    };
    Some(Decision { verdict: Verdict::Fix, step: Step::Nothing, headline, blockers, basis: None })
}

fn hold(case: &Case<'_>, gates: &[Gate]) -> Option<Decision> {
    let first = gates.iter().find(|gate| !gate.passed)?;
    let observed = case.evidence.observed;
    let lacking = match first.gate {
        "time" if case.sends_nothing() => {
            format!("sends nothing so far, seen for {} of {}", observed.span(), first.needed)
        }
        "time" => {
            let (held, limits) = (&case.evidence.held, case.evidence.limits);
            let days = held.days;
            if days < limits.observed_days {
                let needed = amount(limits.observed_days.into(), "day");
                format!("{days} of {needed} at {}", held.tag)
            } else {
                let (span, needed) = (held.span, limits.observed_span);
                let days = amount(days.into(), "day");
                format!("{days} at {}, spread over {span} of {needed}", held.tag)
            }
        }
        "stability" => first.found.clone(),
        _ => format!("{}; needed: {}", first.found, first.needed),
    };
    let headline = match (observed.reports, case.evidence.ended()) {
        (0, _) => "no reports in the window: is the rua tag published?".to_owned(),
        (_, Some((source, day))) if first.gate == "rate" => format!(
            "{} failed until {day} and passes since: wait until that is out of the window",
            source.name
        ),
        _ => format!("not enough evidence yet: {lacking}{}", most_failing(case, first)),
    };
    Some(Decision {
        verdict: Verdict::Hold,
        step: Step::Nothing,
        headline,
        blockers: Vec::new(),
        basis: None,
    })
}

/// Whose failures keep the rate too high.
fn most_failing(case: &Case<'_>, gate: &Gate) -> String {
    let own = case.evidence.own().filter(|source| source.tally.dmarc_fail > 0);
    let most = own.max_by_key(|source| source.tally.dmarc_fail).filter(|_| gate.gate == "rate");
    most.map_or(String::new(), |source| format!("; most fail from {}", source.name))
}

fn ready(case: &Case<'_>) -> Decision {
    let (now, next) = (case.policy(), case.target());
    let mut headline = if strictness(now) == strictness(&next) {
        format!("enforce p={next} in full: take out {}", case.present.partial_tags().join(" and "))
    } else if case.sends_nothing() {
        format!("sends nothing: move p={now} to p={next}")
    } else {
        format!("move p={now} to p={next}")
    };
    let mut sources = Vec::new();
    if !case.subdomains_may_follow(&next) {
        sources = in_the_way_below(case);
        headline = format!("{headline}, and keep subdomains at sp={}", case.subdomain_policy());
    }
    let blockers = blockers(case, &sources);
    let step = Step::Policy(next);
    Decision { verdict: Verdict::Ready, step, headline, blockers, basis: None }
}
