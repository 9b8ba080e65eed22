//! The **case**: all that a recommendation rests on, put together.
//!
//! In: traffic, what was observed of it, and the classified sources. Out: what `p` is judged by and what
//! `sp` is judged by, and what is asked of both. Nothing is decided here.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::model::evidence::AfterMove;
use crate::model::verdict::{Class, Gate};
use crate::model::words::{AlignmentMode, Policy};
use crate::model::{Day, Hosts, Traffic};

use super::absent::Absent;
use super::facts::Facts;
use super::gates::Evidence;
use super::observed::{Observed, strictness};
use super::outlier::Rate;
use super::reporter::Reporters;
use super::source::Source;
use super::step::Present;
use super::{Question, Standstill, after, fixes};

/// All that a recommendation rests on.
pub(super) struct Case<'a> {
    pub(super) traffic: &'a Traffic,
    /// What `p` is judged by: the sources of the domain itself; all, where it has none of its own.
    pub(super) evidence: Evidence<'a>,
    /// What `sp` is judged by: the sources of subdomains; none where they count for `p`.
    pub(super) below: Option<Evidence<'a>>,
    pub(super) present: Present<'a>,
    /// Why no record is proposed, if so.
    pub(super) standstill: Option<Standstill>,
    /// Whether the record asks for strict alignment.
    pub(super) strict: bool,
    /// What came of the last move.
    pub(super) after_move: Option<AfterMove>,
    /// The day of asking.
    pub(super) today: Option<Day>,
    /// Own senders of the time before the window that it does not show.
    pub(super) absent: Absent,
    /// Of the addresses with failing mail, those whose reverse names were looked up, and all; none where
    /// none was looked up at all.
    pub(super) looked_up: Option<(u64, u64)>,
}

impl<'a> Case<'a> {
    /// Puts together what a recommendation rests on. `p` is judged by the mail of the domain itself; by
    /// all of it where the domain itself sends none.
    pub(super) fn of(
        traffic: &'a Traffic,
        question: &Question<'a>,
        observed: &'a Observed<'a>,
        facts: &'a [Facts<'a>],
        (sources, unanswered): (&'a [Source<'a>], &'a [Source<'a>]),
    ) -> Self {
        let limits = question.thresholds;
        let reporters = Reporters::of(traffic);
        let rate = |of: &[&'a Source<'a>]| Rate::of(of, facts, traffic, &reporters, limits);
        let sends = |source: &&Source<'_>| matches!(source.class, Class::Own | Class::Asks);
        let (below, itself): (Vec<_>, Vec<_>) = sources.iter().partition(|source| source.below);
        let apart = itself.iter().any(sends) && !below.is_empty();
        let together = apart.then(|| rate(&sources.iter().collect::<Vec<_>>())).flatten();
        let evidence = |sources_of: Vec<&'a Source<'a>>, unanswered: Vec<&'a Source<'a>>| {
            let rate = rate(&sources_of);
            Evidence {
                unanswered,
                observed,
                held: observed.held(),
                rate: rate.as_ref().map(|rate| rate.bound),
                rests_on: rate,
                together: together.clone(),
                sources: sources_of,
                everything: sources,
                facts,
                traffic,
                profile: &question.knowledge.profile,
                limits,
                in_dns: question.in_dns,
            }
        };
        let (old_below, old): (Vec<_>, Vec<_>) =
            unanswered.iter().partition(|source| apart && source.below);
        let judged = evidence(if apart { itself } else { sources.iter().collect() }, old);
        Self {
            traffic,
            after_move: observed.moved(limits).and_then(|day| after::after(&judged, question, day)),
            evidence: judged,
            below: apart.then(|| evidence(below, old_below)),
            present: Present::of(question.published, observed),
            standstill: question.standstill.clone(),
            strict: is_strict(observed),
            today: question.today,
            absent: Absent::of(traffic, facts, question),
            looked_up: looked_up(traffic, question.hosts),
        }
    }

    /// What fixes depend on.
    pub(super) fn setting(&self) -> fixes::Setting<'a> {
        let Evidence { facts, .. } = self.evidence;
        fixes::Setting { facts, traffic: self.traffic, strict: self.strict }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.evidence.observed.policy
    }

    /// The policy that holds for subdomains now.
    pub(super) fn subdomain_policy(&self) -> Policy {
        let sp = self.present.tag("sp").map(Policy::parse).filter(Policy::is_known);
        sp.unwrap_or_else(|| self.policy().clone())
    }

    /// Whether the present policy holds only in part: for a sample, or at some receivers.
    pub(super) fn is_partial(&self) -> bool {
        strictness(self.policy()) > 0 && (self.sampled().is_some() || self.is_testing())
    }

    /// Whether there is no further step for `p`.
    pub(super) fn is_at_reject_in_full(&self) -> bool {
        *self.policy() == Policy::Reject && !self.is_partial()
    }

    pub(super) fn is_testing(&self) -> bool {
        self.present.tag("t").is_some_and(|t| t.eq_ignore_ascii_case("y"))
    }

    pub(super) fn sampled(&self) -> Option<&str> {
        self.present.tag("pct").filter(|pct| pct.parse::<u8>().is_ok_and(|pct| pct < 100))
    }

    /// A domain that sends nothing: the operator says so, or no mail of the window is aligned and
    /// nobody must be asked.
    pub(super) fn sends_nothing(&self) -> bool {
        let sends = |source: &Source<'_>| {
            source.tally.dmarc_pass > 0 || matches!(source.class, Class::Own | Class::Asks)
        };
        let evidence = &self.evidence;
        evidence.observed.reports > 0
            && evidence
                .profile
                .sends_mail
                .map_or_else(|| !evidence.everything.iter().any(sends), |sends| !sends)
    }

    /// The policy that the next step leads to.
    pub(super) fn target(&self) -> Policy {
        match self.policy() {
            _ if self.sends_nothing() => Policy::Reject,
            Policy::Quarantine if self.is_partial() => Policy::Quarantine,
            Policy::Quarantine | Policy::Reject => Policy::Reject,
            Policy::None | Policy::Other(_) => Policy::Quarantine,
        }
    }

    pub(super) fn gates(&self) -> Vec<Gate> {
        if self.sends_nothing() {
            self.evidence.parked_gates()
        } else {
            self.evidence.gates(&self.target())
        }
    }

    /// Whether the mail of subdomains, too, may meet that policy: none of it fails that is the
    /// owner's or may be, and there is enough of it to say so.
    pub(super) fn subdomains_may_follow(&self, target: &Policy) -> bool {
        let Some(below) = &self.below else { return true };
        let in_the_way = below.failing().next().is_some() || below.asking().next().is_some();
        let stands = below.lost(target).iter().all(|lost| !lost.holds);
        !in_the_way && stands && (below.rate.is_none() || below.is_within(target))
    }

    /// Whether the DNS has no longer what own mail passes by.
    pub(super) fn is_lost(&self) -> bool {
        self.evidence.lost(&self.target()).iter().any(|lost| lost.holds)
    }

    /// Whether mail that fails is stopped where it comes from subdomains, or would be where `p`
    /// decides over them.
    pub(super) fn below_is_enforced(&self) -> bool {
        strictness(&self.subdomain_policy()) > 0
    }

    /// Whether `sp` or `np` is weaker than `p`. Some reporters write an `np` that no record has, so that
    /// it counts only where the record was given.
    pub(super) fn is_open_below(&self) -> bool {
        let weaker = |tag: &str| {
            let value = self.present.tag(tag).map(Policy::parse).filter(Policy::is_known);
            value.is_some_and(|value| strictness(&value) < strictness(self.policy()))
        };
        weaker("sp") || (!self.present.is_rebuilt() && weaker("np"))
    }
}

fn is_strict(observed: &Observed<'_>) -> bool {
    let mode = |mode: Option<&str>| mode == Some(AlignmentMode::Strict.as_str());
    mode(observed.tag(|p| p.adkim.as_ref().map(AlignmentMode::as_str)))
        || mode(observed.tag(|p| p.aspf.as_ref().map(AlignmentMode::as_str)))
}

/// Of the addresses with failing mail, those that were looked up, and all.
fn looked_up(traffic: &Traffic, hosts: &Hosts) -> Option<(u64, u64)> {
    if hosts.is_empty() {
        return None;
    }
    let fails = |at: u32| traffic.fingerprints.get(at as usize).is_some_and(|it| !it.passes());
    let failing = traffic.rows.iter().filter(|row| fails(row.fingerprint));
    let failing: HashSet<IpAddr> = failing.filter_map(|row| row.source.ip()).collect();
    let known = failing.iter().filter(|address| hosts.contains_key(*address)).count();
    Some((known as u64, failing.len() as u64))
}
