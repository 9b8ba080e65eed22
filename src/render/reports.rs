//! The **list of reports**: one line each, the newest first.
//!
//! In: lines in their order. Out: a table; of a long list the first, and how many more there are.

use std::io::{self, Write};

use crate::model::numbers::thousands;
use crate::model::{Authenticity, ReportLine, Standing};

use super::Page;
use super::table::{Fit, Table};
use super::text::{hanging, shorten};
use super::words::amount;

/// How many reports are shown unless all are asked for.
pub const SHOWN: usize = 50;

/// Columns of a reporter's name, which matters less than the domain.
const REPORTER: usize = 24;

/// Writes the lines.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut dyn Write, page: Page, lines: &[ReportLine]) -> io::Result<()> {
    if lines.is_empty() {
        return writeln!(out, "No such reports.");
    }
    let at_most = if page.verbose { usize::MAX } else { SHOWN };
    table(lines.iter().take(at_most), page.verbose).write(out, page)?;
    if let more @ 1.. = lines.len().saturating_sub(at_most) as u64 {
        writeln!(out, "and {}: --verbose", amount(more, "more report"))?;
    }
    hanging(out, page, "", 2, "One in full: ruaudit report REF")
}

fn table<'a>(lines: impl Iterator<Item = &'a ReportLine>, verbose: bool) -> Table {
    let mut table = Table::new(
        0,
        &[
            ("REF", Fit::Number),
            ("DAY", Fit::Word),
            ("DOMAIN", Fit::Domain),
            ("REPORTER", Fit::Name),
            ("MESSAGES", Fit::Number),
            ("ODD", Fit::Number),
            ("NOTE", Fit::Name),
        ],
    );
    for line in lines {
        table.row([
            line.number.to_string(),
            line.day.to_string(),
            line.domain.clone(),
            if verbose { line.reporter.clone() } else { shorten(&line.reporter, REPORTER) },
            thousands(line.messages),
            if line.issues == 0 { "-".to_owned() } else { thousands(line.issues) },
            note(line).to_owned(),
        ]);
        if verbose {
            table.below("id: ", line.report_id.clone());
        }
    }
    table
}

/// Why a report does not count, or why one that does is doubtful.
fn note(line: &ReportLine) -> &'static str {
    match (line.standing, line.authenticity) {
        (Standing::Counted, Authenticity::Failed) => "mail failed",
        (Standing::Counted, _) => "-",
        (aside, _) => aside.as_str(),
    }
}

/// Writes the reports that one name can mean, so that a person can choose: at most so many.
///
/// # Errors
/// When the writer fails.
pub fn choices(
    out: &mut dyn Write,
    page: Page,
    lines: &[ReportLine],
    at_most: usize,
) -> io::Result<()> {
    table(lines.iter().take(at_most), false).write(out, page)?;
    match lines.len().saturating_sub(at_most) as u64 {
        0 => Ok(()),
        more => writeln!(out, "and {}", amount(more, "more report")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::specimens::{self, text};
    use crate::render::text::width;

    #[test]
    fn a_report_has_a_line() {
        let mut lines = vec![specimens::report_line(); 2];
        lines[0].standing = Standing::Conflict;
        lines[1].issues = 0;
        lines[1].authenticity = Authenticity::Failed;
        assert_eq!(
            "REF  DAY         DOMAIN        REPORTER         MESSAGES  ODD  NOTE\n \
             12  2026-11-09  acme.example  Mail\\u{1b}Cloud     1,200    3  conflict\n \
             12  2026-11-09  acme.example  Mail\\u{1b}Cloud     1,200    -  mail failed\n\
             One in full: ruaudit report REF\n",
            text(|out| write(out, Page::PLAIN, &lines))
        );
        assert_eq!("No such reports.\n", text(|out| write(out, Page::PLAIN, &[])));
    }

    #[test]
    fn a_long_list_ends_with_how_many_more_there_are() {
        let lines = vec![specimens::report_line(); SHOWN + 2];
        let page = text(|out| write(out, Page::PLAIN, &lines));
        assert!(page.contains("\nand 2 more reports: --verbose\n"), "{page}");
        let all = text(|out| write(out, Page { verbose: true, ..Page::PLAIN }, &lines));
        assert_eq!(SHOWN + 2, all.matches("id: id-\\u{202e}1").count(), "{all}");
        let few = text(|out| choices(out, Page::PLAIN, &lines, 3));
        assert_eq!(1 + 3 + 1, few.lines().count(), "{few}");
    }

    #[test]
    fn the_longest_names_fit() {
        let mut line = specimens::report_line();
        line.domain = "very-long.".repeat(25);
        line.reporter = "name ".repeat(99);
        line.report_id = "i".repeat(400);
        line.standing = Standing::Unverified;
        line.messages = 9_007_199_254;
        let page = text(|out| {
            let lines = std::slice::from_ref(&line);
            write(out, Page { verbose: true, ..Page::PLAIN }, lines)
        });
        assert!(page.lines().all(|line| width(line) <= 80), "{page}");
    }
}
