//! The records of a digest: what the DNS has otherwise than at the last run, those that need a person
//! first. A TXT value stands on one line, to be copied.

use std::io::{self, Write};

use crate::model::command;
use crate::model::digest::RecordChange;
use crate::model::numbers::{agree, amount};
use crate::render::escape::escape;

use super::super::Page;
use super::super::text::{hanging, headed};

/// Records that a page tells of unless all are asked for.
const SHOWN: usize = 20;

/// What needs a person, in a few words.
pub(super) fn needs(records: &[RecordChange]) -> Option<String> {
    let broken = records.iter().filter(|record| record.needs_person).count() as u64;
    let is = agree(broken, "is", "are");
    (broken > 0).then(|| format!("{} {is} gone or broken in the DNS", amount(broken, "record")))
}

/// Writes them.
pub(super) fn write(out: &mut dyn Write, page: Page, records: &[RecordChange]) -> io::Result<()> {
    let shown = records.len().min(page.at_most(SHOWN));
    for record in &records[..shown] {
        writeln!(out)?;
        one(out, page, record)?;
    }
    match records.len() - shown {
        0 => Ok(()),
        more => {
            let more = amount(more as u64, "more record");
            hanging(out, page, "", 2, &format!("and {more} changed: all with --verbose"))
        }
    }
}

fn one(out: &mut dyn Write, page: Page, record: &RecordChange) -> io::Result<()> {
    let RecordChange { domain, name, was, now, problem, .. } = record;
    let changed = format!("the DMARC record at {name} is another now");
    headed(out, page, domain, problem.as_deref().unwrap_or(&changed))?;
    for (lead, texts) in [("was", was), ("now", now)] {
        texts.iter().try_for_each(|text| writeln!(out, "  {lead}  {}", escape(text)))?;
    }
    let domain = command::domain(domain);
    let act = match (problem, now.is_empty()) {
        (None, _) => return Ok(()),
        (Some(_), true) => format!("publish it again: ruaudit record history {domain}"),
        (Some(_), false) => format!("see what is wrong: ruaudit check {domain}"),
    };
    hanging(out, page, "  -> ", 5, &act)
}
