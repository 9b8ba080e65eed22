//! The gate of the **rate**: how much own mail may fail, and on whose word that rests.
//!
//! In: the bound of the own failure rate. Out: the gate, and which bound decides: that of the domain,
//! or that of the domain with its subdomains where nothing fails of either.

use crate::model::LabelWord;
use crate::model::numbers::{agree, amount, thousands, upper_percent};
use crate::model::verdict::{Gate, RateBound};
use crate::model::words::Policy;

use super::super::arithmetic;
use super::super::outlier::Rate;
use super::super::source::Source;
use super::super::statistics::clean_messages_needed;
use super::Evidence;

impl Evidence<'_> {
    pub(super) fn rate_gate(&self, target: &Policy) -> Gate {
        let reject = *target == Policy::Reject;
        let limit = self.rate_limit(target);
        let besides = if reject { ", no bad day" } else { "" };
        let needed = format!("at most {}{besides}", upper_percent(limit));
        let (within, attested) = (self.is_within(target), self.is_attested());
        let rate = self.deciding(target);
        let found = rate.map_or("no own mail".to_owned(), |rate| {
            let without = rate.without().map_or(String::new(), |words| format!(" ({words})"));
            format!("{}{without}", rate_found(&rate.bound, reject))
        });
        Gate {
            gate: "rate",
            passed: within || attested,
            found: if attested && !within {
                format!(
                    "{found}; too few to be sure, but you said of every own source that it is yours"
                )
            } else {
                found
            },
            needed: match self.rate {
                Some(rate) if rate.failures == 0 && !within => {
                    let clean = clean_messages_needed(limit, self.limits.confidence);
                    format!("{needed}: {}", amount(clean, "clean message"))
                }
                _ => needed,
            },
            arithmetic: arithmetic::rate(self, target),
        }
    }

    pub(in super::super) fn rate_limit(&self, target: &Policy) -> f64 {
        match target {
            Policy::Reject => self.limits.reject_rate,
            Policy::None | Policy::Quarantine | Policy::Other(_) => self.limits.quarantine_rate,
        }
    }

    /// Whether the bound of the own failure rate is low enough for that step.
    pub(in super::super) fn is_within(&self, target: &Policy) -> bool {
        self.deciding_rate(target).is_some_and(|rate| self.is_low(&rate, target))
    }

    fn is_low(&self, rate: &RateBound, target: &Policy) -> bool {
        let no_bad_day = *target != Policy::Reject || rate.bad_days == 0;
        rate.upper_rate <= self.rate_limit(target) && no_bad_day
    }

    /// The rate that decides over that step. Where there is too little mail of the domain, or of its
    /// subdomains, and nothing fails of either, both together decide: they move together.
    pub(in super::super) fn deciding(&self, target: &Policy) -> Option<&Rate> {
        let own = self.rests_on.as_ref()?;
        let together = self.together.as_ref().filter(|rate| rate.bound.failures == 0);
        let helps =
            |rate: &&Rate| !self.is_low(&own.bound, target) && self.is_low(&rate.bound, target);
        Some(together.filter(helps).unwrap_or(own))
    }

    /// The bound of that rate.
    pub(in super::super) fn deciding_rate(&self, target: &Policy) -> Option<RateBound> {
        self.deciding(target).map(|rate| rate.bound)
    }

    /// A quiet domain can never send enough messages to bound a rate. Where none of its mail failed
    /// for as long as a step needs, and the operator vouches for every own source, that will do.
    pub(in super::super) fn is_attested(&self) -> bool {
        let ours = |source: &Source<'_>| source.is_labelled(LabelWord::Ours);
        self.rate.is_some_and(|rate| rate.failures == 0)
            && self.held.days >= self.limits.observed_days
            && self.own().all(ours)
    }
}

/// How many own messages fail, of how many.
pub(in super::super) fn failing(rate: &RateBound) -> String {
    format!(
        "{} of {} {}",
        thousands(rate.failures),
        amount(rate.messages, "own message"),
        agree(rate.failures, "fails", "fail")
    )
}

fn rate_found(rate: &RateBound, bad_days: bool) -> String {
    let bad = if bad_days && rate.bad_days > 0 {
        format!(", {} of {}", amount(rate.bad_days, "bad day"), rate.days)
    } else {
        String::new()
    };
    format!("{}, so at most {} would{bad}", failing(rate), upper_percent(rate.upper_rate))
}
