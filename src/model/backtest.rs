//! The **back-test**: what the advice would have been on every past day, and what would have come of
//! following it.

use serde::Serialize;

use super::day::Day;
use super::evidence::Likely;

/// Days after a move that are looked at: a month shows every weekly sender, and most monthly ones.
pub const FOLLOWED_DAYS: u32 = 30;

/// Days of reports that a domain must have for its back-test to mean something: a month to judge,
/// and a month to see what came of it.
pub const ENOUGH_DAYS: u32 = 60;

/// Whose mail a move reaches: that of which the policy becomes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The mail of the domain itself and of names below it.
    All,
    /// That of the domain itself: the record keeps what it says of subdomains.
    Domain,
    /// That of names below it: the record keeps `p`.
    Subdomains,
}

impl Reach {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Domain => "domain",
            Self::Subdomains => "subdomains",
        }
    }

    /// Whether mail of the domain itself, or of names below it, is reached.
    #[must_use]
    pub fn holds(self, below: bool) -> bool {
        match self {
            Self::All => true,
            Self::Domain => !below,
            Self::Subdomains => below,
        }
    }
}

/// One rule, followed from the first day of the store on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Followed {
    /// The first day on whose evening the rule said to move.
    pub ready: Option<Day>,
    /// Days from the first report to then.
    pub days_to_ready: Option<u32>,
    /// Own messages that fail DMARC in the days after it: what the move would have hit. Of the mail
    /// that it reaches, as all that is counted here.
    pub hit: u64,
    /// Own messages in those days.
    pub own: u64,
    /// How many of those days the store has ([`FOLLOWED_DAYS`] at most).
    pub days_after: u32,
    /// How many own failures the advice of that day called likely; none where it did not say, as the
    /// raw rule never does.
    pub predicted: Option<Likely>,
    /// Whether more was hit than `at_most`.
    pub wrong: bool,
    /// Failing messages in those days of senders that only a person can name, and nobody has: the
    /// move would have hit them, too, and perhaps they are own.
    pub unanswered: u64,
    /// The most own failures in so many days that the rule's own evidence let expect, as far as
    /// chance allows; none where the rule never said to move.
    pub at_most: Option<u64>,
    /// Whose mail the move reaches; none where the rule never said to move.
    pub reach: Option<Reach>,
}

/// One domain, by the gates and by the raw rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backtest {
    /// The policy domain.
    pub domain: String,
    /// The first day with reports.
    pub from: Option<Day>,
    /// The last.
    pub to: Option<Day>,
    /// By this program's gates.
    pub gates: Followed,
    /// By "98 % of all mail passes, 1,000 messages, 14 days".
    pub raw: Followed,
    /// On how many days each verdict was given, by its word.
    pub verdicts: Vec<VerdictDays>,
    /// The policy that is moved from: the one that held when the reports began; empty without reports.
    pub policy: String,
    /// The policy that the gates said to move to, of what the move reaches; none where they never did.
    pub next: Option<String>,
    /// The days on which the verdict became another one, in order; the first is the first verdict.
    pub changes: Vec<VerdictChange>,
}

impl Backtest {
    /// Days from the first with reports to the last, both counted.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.from.zip(self.to).map_or(0, |(from, to)| {
            u32::try_from(to.0.saturating_sub(from.0)).unwrap_or(0).saturating_add(1)
        })
    }

    /// Whether the store reaches far enough back to judge, and then to see what came of it.
    #[must_use]
    pub fn is_long_enough(&self) -> bool {
        self.days() >= ENOUGH_DAYS
    }
}

/// A verdict that was not that of the evening before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct VerdictChange {
    /// The day on whose evening it was first given.
    pub day: Day,
    /// The verdict.
    pub verdict: &'static str,
}

/// On how many days a verdict was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictDays {
    /// The verdict.
    pub verdict: &'static str,
    /// Days.
    pub days: u32,
}

/// All domains together.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Portfolio {
    /// Domains with enough days to be tested; the others are in no number here.
    pub domains: u64,
    /// By the gates.
    pub gates: Outcomes,
    /// By the raw rule.
    pub raw: Outcomes,
}

/// What came of following one rule on all domains.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Outcomes {
    /// Domains that were called ready.
    pub ready: u64,
    /// Of these: domains of which more own mail was hit than their evidence let expect.
    pub wrong: u64,
    /// Median of the days to ready.
    pub median_days: Option<u32>,
    /// Own messages hit, of all domains.
    pub hit: u64,
    /// Own messages in those days.
    pub own: u64,
    /// Failing messages of senders that nobody has named, in those days.
    pub unanswered: u64,
}

impl Outcomes {
    /// The share of the domains called ready that were so wrongly (0 to 1); none without any.
    #[must_use]
    pub fn false_ready(&self) -> Option<f64> {
        (self.ready > 0).then(|| self.wrong as f64 / self.ready as f64)
    }
}
