//! What is concluded of a domain: the values that the terminal, CSV and JSON all render.
//!
//! `analyze` makes these. They carry their evidence as data, so that no renderer has to work
//! anything out, and no two renderers can tell different stories. Field names are the JSON keys
//! and the CSV columns.

use serde::Serialize;

use super::day::{Day, Window};
use super::evidence::{
    AfterMove, Disagreement, FailingKey, Likely, MatchedRows, NameSummary, PolicySpan, SpfAddition,
};
use super::kept::KeptHost;
use super::knowledge::LabelWord;
use super::words::Policy;

/// Counts of messages, by what DMARC made of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// All messages.
    pub messages: u64,
    /// DKIM aligned.
    pub dkim_aligned: u64,
    /// SPF aligned.
    pub spf_aligned: u64,
    /// Either aligned.
    pub dmarc_pass: u64,
    /// Neither aligned.
    pub dmarc_fail: u64,
}

impl Tally {
    /// Counts messages that share their results. Forged counts stop at the largest number.
    pub fn add(&mut self, messages: u64, dkim: bool, spf: bool) {
        let add = |count: &mut u64, yes: bool| {
            *count = count.saturating_add(if yes { messages } else { 0 });
        };
        add(&mut self.messages, true);
        add(&mut self.dkim_aligned, dkim);
        add(&mut self.spf_aligned, spf);
        add(&mut self.dmarc_pass, dkim || spf);
        add(&mut self.dmarc_fail, !dkim && !spf);
    }

    /// Adds another tally to this one.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.messages, other.messages),
            (&mut self.dkim_aligned, other.dkim_aligned),
            (&mut self.spf_aligned, other.spf_aligned),
            (&mut self.dmarc_pass, other.dmarc_pass),
            (&mut self.dmarc_fail, other.dmarc_fail),
        ] {
            *count = count.saturating_add(more);
        }
    }
}

/// One domain's volumes and pass rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DomainSummary {
    /// The policy domain.
    pub domain: String,
    /// The policy seen last (`p`).
    pub policy: String,
    /// Reports.
    pub reports: u64,
    /// Their records.
    pub records: u64,
    /// Their messages.
    #[serde(flatten)]
    pub tally: Tally,
    /// Different sources.
    pub sources: u64,
    /// Reports kept out of the totals, since they contradict an earlier one.
    pub conflicts: u64,
    /// How many of the reports have issues: they were odd, and were read all the same.
    pub odd: u64,
    /// Rows kept out of the totals, since their counts cannot be read.
    pub unread_rows: u64,
    /// Reports kept out of the totals, since their mail did not authenticate and must.
    pub unverified: u64,
    /// How many of the reports came in a mail that failed authentication, and count.
    pub authenticity_failed: u64,
}

/// What a source is to the domain (first rule that matches).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The owner's own mail, by their servers or a service that they use.
    Own,
    /// Perhaps the owner's own, and failing: only a person can say.
    Asks,
    /// Passes the owner's mail on.
    Forwarder,
    /// A mailing list.
    List,
    /// Not the owner's: an operator said so, or all of it fails and reverse DNS does not confirm
    /// where it comes from.
    Threat,
    /// Everything else: few messages from scattered addresses, nothing that authenticates.
    Noise,
}

impl Class {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Asks => "asks",
            Self::Forwarder => "forwarder",
            Self::List => "list",
            Self::Threat => "threat",
            Self::Noise => "noise",
        }
    }
}

/// How an own source fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Passes.
    Healthy,
    /// Passes, but only by SPF, which forwarding breaks.
    Fragile,
    /// Fails.
    Misconfigured,
}

impl Health {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Fragile => "fragile",
            Self::Misconfigured => "misconfigured",
        }
    }
}

/// One sender of a domain's mail, and how it fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceSummary {
    /// Its name: a provider, an authenticated domain, or a network.
    pub source: String,
    /// What it is to the domain.
    pub class: Class,
    /// How it fares, for own sources.
    pub health: Option<Health>,
    /// The rule that put it there, in words, with the numbers that made it match.
    pub rule: String,
    /// Its messages.
    #[serde(flatten)]
    pub tally: Tally,
    /// Messages that receivers quarantined.
    pub quarantined: u64,
    /// Messages that receivers rejected.
    pub rejected: u64,
    /// How many different addresses.
    pub addresses: u64,
    /// Some of them: the busiest.
    pub busiest_addresses: Vec<String>,
    /// The first day on which it was seen, in the window or the half year before.
    pub first_day: Day,
    /// The last day in the window.
    pub last_day: Day,
    /// How its failing mail authenticates, worst first (`signs as mcsv.net`).
    pub why: Vec<String>,
    /// What to do about it, if anything.
    pub fix: Option<String>,
    /// Whether it sends in the name of subdomains; the same sender of the domain itself is another
    /// source.
    pub subdomains: bool,
    /// The visible domains (`header_from`) that it sends for, the busiest first, five at most.
    pub header_froms: Vec<String>,
    /// What the operator said of it.
    pub label: Option<LabelWord>,
    /// Why, in the operator's words; none where there is no label, or no reason.
    pub label_note: Option<String>,
    /// The reporter that alone sees it fail, where that is so.
    pub fails_only_at: Option<String>,
    /// The last day on which it failed too often, where its addresses have passed since: nothing is to
    /// be mended any more.
    pub failed_until: Option<Day>,
    /// The rows that the rule of its class looked at, most messages first.
    pub evidence: Vec<MatchedRows>,
    /// Messages whose alignment the raw results contradict.
    pub disagreements: u64,
    /// What was looked up of its busiest addresses, in their order.
    pub hosts: Vec<KeptHost>,
    /// What SPF lacks for it, where that is how its mail fails. Of a sender to be named: only if it is
    /// yours.
    pub spf_add: Option<SpfAddition>,
    /// Keys of signatures in the domain's name that do not verify, most messages first, five at most.
    pub dkim_failing: Vec<FailingKey>,
    /// Since when it fails: the start of its latest run of days on which it fails as often as a
    /// misconfigured source. The digest tells it; tables and documents have no place for it.
    #[serde(skip)]
    pub failing_since: Option<Day>,
}

/// What to do with a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// After a move: own mail is being stopped. Go back.
    Rollback,
    /// Own sources fail: mend them first.
    Fix,
    /// Sources that only a person can name.
    Review,
    /// Not enough evidence yet.
    Hold,
    /// The next step may be taken.
    Ready,
    /// The end state is reached.
    Stay,
}

impl Verdict {
    /// All of them, the most urgent first: the order in which a person reads them.
    pub const ALL: [Self; 6] =
        [Self::Rollback, Self::Fix, Self::Review, Self::Ready, Self::Hold, Self::Stay];

    /// Which one a person should read first: 0 comes first.
    #[must_use]
    pub fn urgency(self) -> usize {
        Self::ALL.iter().take_while(|verdict| **verdict != self).count()
    }

    /// Whether it asks somebody to do something.
    #[must_use]
    pub fn asks_for_an_act(self) -> bool {
        !matches!(self, Self::Hold | Self::Stay)
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Fix => "fix",
            Self::Review => "review",
            Self::Hold => "hold",
            Self::Ready => "ready",
            Self::Stay => "stay",
        }
    }
}

/// One condition for a move, what was found and what is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Its name: a stable code, without blanks.
    pub gate: &'static str,
    /// Whether it is met.
    pub passed: bool,
    /// What was found, with the numbers.
    pub found: String,
    /// What is needed.
    pub needed: String,
    /// How `found` was worked out, line by line: what `--explain` prints.
    pub arithmetic: Vec<String>,
}

/// A source that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// The source's name.
    pub source: String,
    /// Its class.
    pub class: Class,
    /// Its messages in the window.
    pub messages: u64,
    /// How many of them fail DMARC.
    pub failing: u64,
    /// How they fail.
    pub why: String,
    /// What to do, or what to ask.
    pub fix: String,
}

/// Failing messages of the window, by class: what an enforced policy would have met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Hits {
    /// Of own sources.
    pub own: u64,
    /// Of sources that only a person can name.
    pub unanswered: u64,
    /// Forwarded.
    pub forwarded: u64,
    /// Through mailing lists.
    pub list: u64,
    /// Forged, or noise: what enforcing is for.
    pub forged: u64,
}

/// What an enforced policy would have done to the mail of the window: that of the record to publish,
/// else the present one. Mail over which a weaker `sp` decides is not among its hits, and where the step
/// is of subdomains alone, only theirs is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct WhatIf {
    /// Every failing message, as if no receiver made an exception.
    pub worst_case: Hits,
    /// Without those for which a receiver reported an exception (list, trusted forwarder, ARC).
    pub with_overrides: Hits,
    /// Failing messages of subdomains besides, over which a weaker `sp` decides.
    pub spared: u64,
    /// The likely range of own messages hit in the next 30 days, from resampled weeks of the window;
    /// none without own mail.
    pub likely: Option<Likely>,
}

/// The upper bound of the own failure rate, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RateBound {
    /// Own messages in the window.
    pub messages: u64,
    /// How many of them fail.
    pub failures: u64,
    /// Days with own mail.
    pub days: u64,
    /// Days on which more than 5 % of own mail fails.
    pub bad_days: u64,
    /// By how much clustered days weaken the evidence (1 is not at all).
    pub design_effect: f64,
    /// With 95 % confidence the failure rate is at most this (0 to 1).
    pub upper_rate: f64,
    /// With 95 % confidence the share of bad days is at most this (0 to 1).
    pub upper_bad_days: f64,
    /// Estimated share of own mail that comes from senders which the window did not show (0 to 1).
    pub unseen_share: f64,
}

/// What to do with a domain, why, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// The policy domain.
    pub domain: String,
    /// The policy seen last (`p`).
    pub policy: String,
    /// What to do.
    pub verdict: Verdict,
    /// The policy to move to (`ready`), to go back to (`rollback`), or none.
    pub next: Option<Policy>,
    /// Whether the step changes the policy of subdomains alone (`sp`, `np`): `next` is the present one.
    pub subdomains_only: bool,
    /// The verdict in one sentence.
    pub headline: String,
    /// The earliest day on which a `hold` can end, if time alone is missing.
    pub not_before: Option<Day>,
    /// The conditions for the next step.
    pub gates: Vec<Gate>,
    /// The sources in the way, worst first.
    pub blockers: Vec<Blocker>,
    /// How the policy changed, oldest first, as reports saw it.
    pub policy_history: Vec<PolicySpan>,
    /// The visible domains, the domain itself first, then the busiest.
    pub names: Vec<NameSummary>,
    /// Where reporters and raw results contradict each other, most messages first.
    pub disagreements: Vec<Disagreement>,
    /// What a move would have cost and stopped.
    pub what_if: WhatIf,
    /// After a move: what was predicted, and what happened.
    pub after_move: Option<AfterMove>,
    /// The bound behind the rate gate, where there is own mail.
    pub rate: Option<RateBound>,
    /// Where the record stands: `_dmarc.example.com`.
    pub record_name: String,
    /// The TXT value to publish.
    pub record: Option<String>,
    /// Whether `record` and `rollback` can be published as they stand. False where they are rebuilt
    /// from reports, which do not show `rua` and `ruf`.
    pub record_is_complete: bool,
    /// The TXT value to go back to: what reports show, or what was given.
    pub rollback: Option<String>,
    /// What a person must know besides: the traps of this domain.
    pub notes: Vec<String>,
    /// What reports cannot show, of this domain or any other.
    pub blind_spots: Vec<String>,
}

/// The window that results speak of, as printed in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WindowOut {
    /// First day.
    pub from: Option<Day>,
    /// Last day.
    pub to: Option<Day>,
}

impl From<Option<Window>> for WindowOut {
    fn from(window: Option<Window>) -> Self {
        Self { from: window.map(|w| w.from), to: window.map(|w| w.to) }
    }
}
