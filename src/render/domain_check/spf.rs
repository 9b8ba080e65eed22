//! The **SPF** of a checked domain, as lines: its look-ups, and what it leads to.

use std::io::{self, Write};

use super::brief::{cut, labelled, more};
use super::{FINDINGS, findings, records};
use crate::model::domain_check::{Branch, Presence, SpfCheck};
use crate::render::Page;
use crate::render::text::hanging;

/// Terms that are shown unless everything is asked for.
const BRANCHES: usize = 30;

/// Columns of what stands in a line of it.
const COLUMNS: usize = 160;

/// Look-ups that receivers make (RFC 7208 section 4.6.4).
const MAKE: usize = 10;

/// Writes it.
pub(super) fn write(out: &mut dyn Write, page: Page, spf: &SpfCheck) -> io::Result<()> {
    match spf.status {
        Presence::Missing => labelled(out, page, "Record", "none")?,
        Presence::Unknown => labelled(out, page, "Record", "unknown: nobody could tell")?,
        Presence::Several => {
            let text = format!("{}, of which none counts", spf.checked.len());
            labelled(out, page, "Records", &text)?;
        }
        Presence::Found if spf.lookups.is_none() => {
            labelled(out, page, "Record", "one that receivers cannot read")?;
        }
        Presence::Found => {}
    }
    if let (Some(lookups), Some(void)) = (spf.lookups, spf.void_lookups) {
        let lookups = match spf.lookups_at_least {
            true if lookups > MAKE => "more than the 10".to_owned(),
            true => format!("at least {lookups} of 10"),
            false if lookups > MAKE => format!("{lookups} in place of the 10"),
            false => format!("{lookups} of 10"),
        };
        let void =
            if spf.void_lookups_at_least { format!("at least {void}") } else { void.to_string() };
        let below = if spf.lookups == Some(0) { "" } else { ", in brackets below" };
        let text =
            format!("{lookups} that receivers make{below}; {void} of 2 that may find nothing");
        labelled(out, page, "Look-ups", &text)?;
    }
    branches(out, page, spf)?;
    findings(out, page, &spf.findings, FINDINGS)?;
    records(out, page, spf.checked.iter())
}

/// Whether what a term leads to is what it says: `all`, and a network written as such.
fn says_itself(branch: &Branch) -> bool {
    let word = branch.term.trim_start_matches(['+', '-', '~', '?']);
    let value = word.split_once(':').map(|(_, value)| value);
    word.eq_ignore_ascii_case("all") || value == Some(branch.leads.as_str())
}

fn branches(out: &mut dyn Write, page: Page, spf: &SpfCheck) -> io::Result<()> {
    let shown = Branch::outline(&spf.branches, page.at_most(BRANCHES));
    for branch in shown.iter().map(|at| &spf.branches[*at]) {
        let counted = match branch.lookups {
            0 => String::new(),
            // what was not counted to its end is no number
            MAKE.. if spf.lookups_at_least && branch.lookups > MAKE => {
                format!(" [more than {MAKE}]")
            }
            count => format!(" [{count}]"),
        };
        let mark = if branch.fails { "FAILS " } else { "" };
        let indent = 4 + 2 * branch.depth.min(10);
        let lead = " ".repeat(indent);
        let term = cut(page, &branch.term, COLUMNS);
        let leads = match says_itself(branch) {
            true => String::new(),
            false => format!(": {}", cut(page, &branch.leads, COLUMNS)),
        };
        let text = format!("{mark}{term}{counted}{leads}");
        hanging(out, page, &lead, indent + 4, &text)?;
    }
    let (kept, left) = (spf.branches.len(), spf.branches_left);
    match kept + left - shown.len() {
        0 => Ok(()),
        hidden if left == 0 => more(out, page, hidden, "more terms"),
        hidden if page.verbose => labelled(out, page, "", &format!("and {hidden} more terms")),
        hidden => {
            let text = format!("and {hidden} more terms; see the first {kept} with --verbose");
            labelled(out, page, "", &text)
        }
    }
}
