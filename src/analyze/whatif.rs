//! **What if** the policy had been enforced: the failing messages of the window, by class.
//!
//! In: classified sources, and which mail the policy meets. Out: the worst case, and the same without
//! the mail for which a receiver reported an exception (mailing list, forwarding, ARC); how much of
//! subdomains' mail it leaves to a weaker `sp`; and, as the only guess, what the next days may bring of
//! own mail.

use crate::model::Window;
use crate::model::verdict::{Class, Hits, WhatIf};

use super::facts::Facts;
use super::source::Source;
use super::statistics::likely::{HORIZON, likely};
use super::statistics::own_days;
use super::thresholds::Thresholds;

/// Which mail a policy meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// That of the domain and of its subdomains.
    All,
    /// That of the domain itself: a weaker `sp` decides over the rest.
    Domain,
    /// That of subdomains: the step is theirs alone.
    Subdomains,
}

impl Met {
    fn has(self, source: &Source<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Domain => !source.below,
            Self::Subdomains => source.below,
        }
    }
}

/// Counts what an enforced policy would have met, in the days that reports tell of.
pub(super) fn what_if(
    sources: &[Source<'_>],
    facts: &[Facts<'_>],
    met: Met,
    reported: Option<Window>,
    limits: &Thresholds,
) -> WhatIf {
    let mut result = WhatIf::default();
    for source in sources {
        for (print, messages) in &source.uses {
            let fact = &facts[*print];
            if fact.passes() {
                continue;
            }
            if met.has(source) {
                add(&mut result.worst_case, source.class, *messages);
                let strict = if fact.excuse.is_none() { *messages } else { 0 };
                add(&mut result.with_overrides, source.class, strict);
            } else if met == Met::Domain {
                result.spared = result.spared.saturating_add(*messages);
            }
        }
    }
    // only what fails counts here, which is believed whoever says it: nothing is cut as it is for the rate
    let days = own_days(sources.iter().filter(|source| met.has(source)));
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
