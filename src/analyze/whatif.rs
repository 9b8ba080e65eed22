//! **What if** the policy had been enforced: the failing messages of the window, by class.
//!
//! In: classified sources. Out: the worst case, and the same without the mail for which a receiver
//! reported an exception (mailing list, forwarding, ARC); how much of it the record leaves alone;
//! and, as the only guess, what the next days may bring of own mail.

use crate::model::Window;
use crate::model::verdict::{Class, Hits, WhatIf};

use super::facts::Facts;
use super::source::Source;
use super::statistics::likely::{HORIZON, likely};
use super::statistics::own_days;
use super::thresholds::Thresholds;

/// Counts what an enforced policy would have met, in the days that reports tell of.
/// `spares_subdomains`: the record to publish leaves a weaker policy to subdomains.
pub(super) fn what_if(
    sources: &[Source<'_>],
    facts: &[Facts<'_>],
    spares_subdomains: bool,
    reported: Option<Window>,
    limits: &Thresholds,
) -> WhatIf {
    let mut result = WhatIf::default();
    for source in sources {
        for (print, messages) in &source.uses {
            let fact = &facts[*print];
            if !fact.passes() {
                add(&mut result.worst_case, source.class, *messages);
                let strict = if fact.excuse.is_none() { *messages } else { 0 };
                add(&mut result.with_overrides, source.class, strict);
                if spares_subdomains && source.below {
                    result.spared = result.spared.saturating_add(*messages);
                }
            }
        }
    }
    // only what fails counts here, which is believed whoever says it: nothing is cut as it is for the rate
    let days = own_days(sources.iter().filter(|source| !(spares_subdomains && source.below)));
    result.likely = reported.and_then(|window| likely(&days, window, HORIZON, limits));
    result
}

fn add(hits: &mut Hits, class: Class, messages: u64) {
    let count = match class {
        Class::Own => &mut hits.own,
        Class::Asks => &mut hits.unanswered,
        Class::Forwarder => &mut hits.forwarded,
        Class::List => &mut hits.list,
        Class::Threat | Class::Noise => &mut hits.forged,
    };
    *count = count.saturating_add(messages);
}
