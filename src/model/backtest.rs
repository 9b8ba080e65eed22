//! The **back-test**: what the advice would have been on every past day, and what would have come of
//! following it.

use serde::Serialize;

use super::day::Day;
use super::evidence::Likely;

/// One rule, followed from the first day of the store on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// The first day on whose evening the rule said to move from `p=none`.
    pub ready: Option<Day>,
    /// Days from the first report to then.
    pub days_to_ready: Option<u32>,
    /// Own messages that fail DMARC in the days after it: what the move would have hit.
    pub hit: u64,
    /// Own messages in those days.
    pub own: u64,
    /// How many of those days the store has (30 at most).
    pub days_after: u32,
    /// How many own messages it had told to expect.
    pub predicted: Option<Likely>,
    /// Whether more was hit than predicted.
    pub wrong: bool,
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
    /// Domains with enough days to be tested.
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
    /// Of these: domains of which more own mail was hit than predicted.
    pub wrong: u64,
    /// Median of the days to ready.
    pub median_days: Option<u32>,
    /// Own messages hit, of all domains.
    pub hit: u64,
    /// Own messages in those days.
    pub own: u64,
}
