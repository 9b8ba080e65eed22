//! The **health** of an own source: whether too much of its mail fails, and whether that can be chance.
//!
//! In: a tally. Out: healthy, fragile (only SPF ever aligns) or misconfigured, and in words.

use super::super::source::Source;
use super::super::thresholds::Thresholds;
use crate::model::numbers::percent;
use crate::model::verdict::{Health, Tally};

/// What is said of an own source besides why it is one.
pub(super) fn fares(health: Health, tally: &Tally) -> String {
    match health {
        Health::Misconfigured => {
            format!("; {} fail DMARC", percent(tally.dmarc_fail, tally.messages))
        }
        Health::Fragile => "; only SPF ever aligns".to_owned(),
        Health::Healthy => String::new(),
    }
}

/// How it fares.
pub(super) fn health(tally: &Tally, limits: &Thresholds) -> Health {
    let share = tally.dmarc_fail as f64 / tally.messages.max(1) as f64;
    if is_misconfigured(tally, limits) {
        Health::Misconfigured
    } else if tally.dkim_aligned == 0 && share < limits.source_failure_share {
        Health::Fragile
    } else {
        Health::Healthy
    }
}

/// Too large a share of more than a few messages fails, or all of some.
pub(in super::super) fn is_misconfigured(tally: &Tally, limits: &Thresholds) -> bool {
    fails_entirely(tally, limits) || fails_a_share(tally, limits)
}

/// How ten mails a month show that all fail.
pub(super) fn fails_entirely(tally: &Tally, limits: &Thresholds) -> bool {
    let failing = tally.dmarc_fail;
    failing > 0 && tally.dmarc_pass == 0 && failing >= limits.source_total_failure
}

fn fails_a_share(tally: &Tally, limits: &Thresholds) -> bool {
    tally.dmarc_fail > 0
        && tally.messages > limits.source_messages
        && tally.dmarc_fail as f64 >= limits.source_failure_share * tally.messages as f64
}

/// Whether a source fails a share of its mail that cannot be chance.
pub(in super::super) fn fails_often(source: &Source<'_>, limits: &Thresholds) -> bool {
    fails_a_share(&source.tally, limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_misconfigured_without_a_failing_message() {
        let strict = Thresholds {
            source_failure_share: 0.0,
            source_messages: 0,
            source_total_failure: 0,
            ..Thresholds::default()
        };
        for messages in [0, 1, 11, 1000] {
            let mut tally = Tally::default();
            tally.add(messages, true, true);
            assert!(!is_misconfigured(&tally, &strict), "{messages}");
            tally.add(1, false, false);
            assert!(is_misconfigured(&tally, &strict), "{messages}");
        }
    }
}
