//! The **evidence** beside a verdict: the names that people see, how the policy changed, and where
//! reporters contradict their own raw results.

use std::io::{self, Write};

use crate::model::evidence::{Disagreement, NameSummary, PolicySpan};
use crate::model::numbers::thousands;

use super::super::Page;
use super::super::text::{labelled, shorten};
use super::super::words::amount;

/// Lines of each kind that are shown unless all are asked for.
const SHOWN: usize = 5;

/// The names below the domain that send own mail, or may: those that are not ready before the others.
pub(super) fn names(
    out: &mut dyn Write,
    page: Page,
    domain: &str,
    names: &[NameSummary],
) -> io::Result<()> {
    let is_below = |name: &&NameSummary| name.header_from != domain && name.own > 0;
    let mut below: Vec<_> = names.iter().filter(is_below).collect();
    below.sort_by_key(|name| name.ready);
    for name in below.iter().take(page.at_most(SHOWN)) {
        let state = if name.ready { "ready" } else { "not ready" };
        let text = format!(
            "{}: {state}; {} of {} fail",
            shorten(&name.header_from, page.width),
            thousands(name.own_failing),
            amount(name.own, "own message")
        );
        labelled(out, page, "subdomain", &text)?;
    }
    more(out, page, below.len(), "more subdomain")
}

/// Which policies held, the latest last.
pub(super) fn history(out: &mut dyn Write, page: Page, spans: &[PolicySpan]) -> io::Result<()> {
    let skipped = spans.len().saturating_sub(page.at_most(SHOWN));
    for span in spans.iter().skip(skipped) {
        let sp = span.sp.as_ref().map_or(String::new(), |sp| format!("; sp={sp}"));
        let part = if span.partial { " in part" } else { "" };
        let days = amount(span.days.into(), "day");
        let text =
            format!("p={}{sp}{part}, {} to {}, reports on {days}", span.p, span.from, span.to);
        labelled(out, page, "policy", &text)?;
    }
    Ok(())
}

/// Where a reporter's word is not what its raw results say.
pub(super) fn disagreements(
    out: &mut dyn Write,
    page: Page,
    found: &[Disagreement],
) -> io::Result<()> {
    for disagreement in found.iter().take(page.at_most(SHOWN)) {
        let text = format!(
            "{} of {}: {} says {}, {}",
            disagreement.mechanism.to_uppercase(),
            amount(disagreement.messages, "message"),
            disagreement.reporters.join(", "),
            disagreement.reported,
            disagreement.recomputed
        );
        labelled(out, page, "contradict", &text)?;
    }
    more(out, page, found.len(), "more contradiction")
}

fn more(out: &mut dyn Write, page: Page, all: usize, what: &str) -> io::Result<()> {
    match all.saturating_sub(page.at_most(SHOWN)) as u64 {
        0 => Ok(()),
        left => labelled(out, page, "", &format!("and {}: --verbose", amount(left, what))),
    }
}
