//! The **recommendation**: one verdict, one sentence, and the record to publish.
//!
//! In: what was observed, the classified sources, the gates. Out: the verdict by the first of:
//! go back, mend, ask, stay, wait, go on. Own mail decides; forged mail never does.

use crate::model::Traffic;
use crate::model::numbers::{agree, amount};
use crate::model::verdict::{Blocker, Class, Gate, Health, Recommendation, Verdict};
use crate::model::words::Policy;

use super::classify::fails_often;
use super::fixes;
use super::gates::Evidence;
use super::notes;
use super::observed::strictness;
use super::source::Source;
use super::step::Present;
use super::whatif::what_if;

/// Most senders that a headline names.
const MOST_NAMES: usize = 3;

/// All that a recommendation rests on.
pub(super) struct Case<'a> {
    pub(super) traffic: &'a Traffic,
    pub(super) evidence: Evidence<'a>,
    pub(super) present: Present<'a>,
    /// Whether the record asks for strict alignment.
    pub(super) strict: bool,
}

/// A verdict with its sentence.
struct Decision {
    verdict: Verdict,
    next: Option<Policy>,
    headline: String,
    blockers: Vec<Blocker>,
}

impl<'a> Case<'a> {
    /// What fixes depend on.
    pub(super) fn setting(&self) -> fixes::Setting<'a> {
        let Evidence { facts, limits, .. } = self.evidence;
        fixes::Setting { facts, traffic: self.traffic, limits, strict: self.strict }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.evidence.observed.policy
    }

    /// Whether the present policy holds only in part: for a sample, or at some receivers.
    pub(super) fn is_partial(&self) -> bool {
        strictness(self.policy()) > 0 && (self.sampled().is_some() || self.is_testing())
    }

    /// Whether there is no further step.
    fn is_at_reject_in_full(&self) -> bool {
        *self.policy() == Policy::Reject && !self.is_partial()
    }

    pub(super) fn is_testing(&self) -> bool {
        self.present.tag("t").is_some_and(|t| t.eq_ignore_ascii_case("y"))
    }

    pub(super) fn sampled(&self) -> Option<&str> {
        self.present.tag("pct").filter(|pct| pct.parse::<u8>().is_ok_and(|pct| pct < 100))
    }

    /// A domain that sends nothing: no mail of the window is aligned, and nobody must be asked.
    pub(super) fn sends_nothing(&self) -> bool {
        let sends = |source: &Source<'_>| {
            source.tally.dmarc_pass > 0 || matches!(source.class, Class::Own | Class::Asks)
        };
        self.evidence.observed.reports > 0 && !self.evidence.sources.iter().any(sends)
    }

    /// The policy that the next step leads to.
    fn target(&self) -> Policy {
        match self.policy() {
            _ if self.sends_nothing() => Policy::Reject,
            Policy::Quarantine if self.is_partial() => Policy::Quarantine,
            Policy::Quarantine | Policy::Reject => Policy::Reject,
            Policy::None | Policy::Other(_) => Policy::Quarantine,
        }
    }

    fn gates(&self) -> Vec<Gate> {
        if self.sends_nothing() {
            self.evidence.parked_gates()
        } else {
            self.evidence.gates(&self.target())
        }
    }

    /// Whether mail of a subdomain fails that may be the owner's.
    fn subdomains_fail(&self) -> bool {
        let theirs = |s: &&Source<'_>| matches!(s.class, Class::Own | Class::Asks);
        self.evidence.sources.iter().filter(theirs).flat_map(|s| &s.uses).any(|(print, _)| {
            let fact = &self.evidence.facts[*print];
            fact.subdomain && !fact.passes()
        })
    }
}

/// Judges a case.
pub(super) fn recommend(case: &Case<'_>) -> Recommendation {
    let gates = case.gates();
    let decision = decide(case, &gates);
    let (mut notes, mut record) = (Vec::new(), None);
    if let Some(next) = &decision.next {
        let in_full = case.sends_nothing() || case.is_partial();
        let keep_weaker = decision.verdict == Verdict::Rollback || case.subdomains_fail();
        let proposal = case.present.with(next, keep_weaker, in_full);
        notes.extend(proposal.notes);
        record = Some(proposal.text);
    }
    notes.extend(notes::notes(case, decision.verdict));
    let hold = decision.verdict == Verdict::Hold;
    let not_before = case.evidence.not_before(&gates, case.sends_nothing()).filter(|_| hold);
    let seen = case.evidence.observed.reports > 0;
    Recommendation {
        domain: case.traffic.domain.clone(),
        policy: super::policy_text(case.evidence.observed),
        verdict: decision.verdict,
        next: decision.next,
        headline: decision.headline,
        not_before,
        gates,
        blockers: decision.blockers,
        policy_history: Vec::new(),
        names: Vec::new(),
        disagreements: Vec::new(),
        after_move: None,
        what_if: what_if(case.evidence.sources, case.evidence.facts),
        rate: case.evidence.rate.copied(),
        record_is_complete: !case.present.is_rebuilt(),
        record_name: format!("_dmarc.{}", case.traffic.domain),
        record,
        rollback: seen.then(|| case.present.text()),
        notes,
        blind_spots: notes::blind_spots(),
    }
}

fn decide(case: &Case<'_>, gates: &[Gate]) -> Decision {
    rollback(case)
        .or_else(|| mend(case))
        .or_else(|| case.is_at_reject_in_full().then(|| stay_at_reject(case, gates)))
        .or_else(|| people(case, gates))
        .or_else(|| without_dkim(case, gates))
        .or_else(|| hold(case, gates))
        .unwrap_or_else(|| ready(case))
}

fn rollback(case: &Case<'_>) -> Option<Decision> {
    let back = match case.policy() {
        Policy::Reject => Policy::Quarantine,
        Policy::Quarantine => Policy::None,
        Policy::None | Policy::Other(_) => return None,
    };
    let limits = case.evidence.limits;
    let stopped = |source: &Source<'_>| source.quarantined.saturating_add(source.rejected);
    let hurt = |s: &&Source<'_>| s.class == Class::Own && fails_often(s, limits) && stopped(s) > 0;
    let hurt: Vec<_> = case.evidence.sources.iter().filter(hurt).collect();
    let messages = hurt.iter().fold(0, |sum: u64, s| sum.saturating_add(stopped(s)));
    let first = hurt.first()?;
    Some(Decision {
        verdict: Verdict::Rollback,
        headline: format!(
            "go back from p={} to p={back}: {} {} stopped, most of {}",
            case.policy(),
            amount(messages, "own message"),
            agree(messages, "was", "were"),
            hurt.iter().max_by_key(|s| stopped(s)).unwrap_or(first).name
        ),
        next: Some(back),
        blockers: blockers(case, &in_the_way(case)),
    })
}

/// The own sources that fail and those that a person must name, most failing messages first.
fn in_the_way<'a>(case: &Case<'a>) -> Vec<&'a Source<'a>> {
    let blocks = |source: &&Source<'_>| {
        source.class == Class::Asks || source.health == Some(Health::Misconfigured)
    };
    let mut found: Vec<_> = case.evidence.sources.iter().filter(blocks).collect();
    found.sort_by_key(|source| std::cmp::Reverse(source.tally.dmarc_fail));
    found
}

fn blockers(case: &Case<'_>, sources: &[&Source<'_>]) -> Vec<Blocker> {
    let setting = case.setting();
    let blocker = |source: &&Source<'_>| {
        Some(fixes::blocker(source, setting.facts, fixes::fix(source, &setting)?))
    };
    sources.iter().filter_map(blocker).collect()
}

fn mend(case: &Case<'_>) -> Option<Decision> {
    let sources = in_the_way(case);
    let own: Vec<_> = sources.iter().filter(|s| s.class == Class::Own).collect();
    let (verdict, headline) = match (own.as_slice(), sources.as_slice()) {
        (_, []) => return None,
        ([], asks) => (Verdict::Review, questions(case, asks)),
        ([one], _) => (
            Verdict::Fix,
            format!("one of your own senders fails alignment: mend {} first", one.name),
        ),
        ([first, ..], _) => (
            Verdict::Fix,
            format!("{} of your own senders fail alignment: mend {} first", own.len(), first.name),
        ),
    };
    Some(Decision { verdict, next: None, headline, blockers: blockers(case, &sources) })
}

fn questions(case: &Case<'_>, asks: &[&Source<'_>]) -> String {
    let names: Vec<_> = asks.iter().take(MOST_NAMES).map(|s| fixes::asked_name(s)).collect();
    let stops = match case.policy() {
        Policy::None | Policy::Other(_) => String::new(),
        policy => format!("; p={policy} stops such mail already"),
    };
    match (names.as_slice(), asks.len() - names.len()) {
        ([name], 0) => format!("one sender needs your answer: is {name} yours?{stops}"),
        ([first @ .., last], 0) => {
            let first = first.join(", ");
            format!("{} senders need your answer: {first} and {last}{stops}", asks.len())
        }
        (names, more) => {
            let names = names.join(", ");
            format!("{} senders need your answer: {names} and {more} more{stops}", asks.len())
        }
    }
}

/// There is no further step, so what is missing for one is only said.
fn stay_at_reject(case: &Case<'_>, gates: &[Gate]) -> Decision {
    let thin = gates.iter().find(|gate| gate.gate == "coverage" && !gate.passed);
    stay(match thin {
        Some(gate) => format!("stay at p=reject; few reports speak of it: {}", gate.found),
        None if case.sends_nothing() => "stay at p=reject: the domain sends nothing".to_owned(),
        None => "stay at p=reject: your own mail passes".to_owned(),
    })
}

fn stay(headline: String) -> Decision {
    Decision { verdict: Verdict::Stay, next: None, headline, blockers: Vec::new() }
}

fn unmet(gates: &[Gate], name: &str) -> bool {
    gates.iter().any(|gate| gate.gate == name && !gate.passed)
}

/// RFC 9989 section 7.4: no `p=reject` where people post to mailing lists.
fn people(case: &Case<'_>, gates: &[Gate]) -> Option<Decision> {
    let messages = amount(case.evidence.list_messages(), "message");
    unmet(gates, "people").then(|| {
        stay(format!("stay at p={}: {messages} went through mailing lists", case.policy()))
    })
}

fn without_dkim(case: &Case<'_>, gates: &[Gate]) -> Option<Decision> {
    if !unmet(gates, "dkim") {
        return None;
    }
    let blockers: Vec<_> = case
        .evidence
        .without_dkim()
        .map(|s| fixes::blocker(s, case.evidence.facts, fixes::add_dkim(s, &case.traffic.domain)))
        .collect();
    let first = blockers.first().map_or("", |blocker| &blocker.source);
    let headline = match blockers.len() {
        1 => format!("{first} relies on SPF alone: sign its mail with DKIM before p=reject"),
        count => format!("{count} own senders rely on SPF alone: sign with DKIM, {first} first"),
    };
    Some(Decision { verdict: Verdict::Fix, next: None, headline, blockers })
}

fn hold(case: &Case<'_>, gates: &[Gate]) -> Option<Decision> {
    let first = gates.iter().find(|gate| !gate.passed)?;
    let observed = case.evidence.observed;
    let lacking = match first.gate {
        "time" if case.sends_nothing() => {
            format!("sends nothing so far, seen for {} of {}", observed.span(), first.needed)
        }
        "time" => {
            format!("{} of {} at p={}", observed.days_at_present, first.needed, case.policy())
        }
        "stability" => first.found.clone(),
        _ => format!("{}; needed: {}", first.found, first.needed),
    };
    let headline = if observed.reports == 0 {
        "no reports in the window: is the rua tag published?".to_owned()
    } else {
        format!("not enough evidence yet: {lacking}")
    };
    Some(Decision { verdict: Verdict::Hold, next: None, headline, blockers: Vec::new() })
}

fn ready(case: &Case<'_>) -> Decision {
    let (now, next) = (case.policy(), case.target());
    let headline = if strictness(now) == strictness(&next) {
        format!("enforce p={next} in full: take out t and pct")
    } else if case.sends_nothing() {
        format!("sends nothing: move p={now} to p={next}")
    } else {
        format!("move p={now} to p={next}")
    };
    Decision { verdict: Verdict::Ready, next: Some(next), headline, blockers: Vec::new() }
}
