//! The **account** of an ingest: what became of every input, on one line.
//!
//! In: what the store wrote. Out: a sentence. Parts that are nought are left out; nothing that
//! failed is.

use std::io::{self, Write};

use crate::model::Written;
use crate::model::numbers::{agree, thousands};

use super::Page;
use super::text::hanging;
use super::words::amount;

/// Writes the account.
///
/// # Errors
/// When the writer fails.
pub fn write(
    out: &mut dyn Write,
    page: Page,
    inputs: u64,
    written: &Written,
    seconds: f64,
) -> io::Result<()> {
    let parts = parts(written);
    let parts = if parts.is_empty() { "nothing to read".to_owned() } else { parts.join(", ") };
    let files = amount(inputs, "file");
    hanging(out, page, "", 2, &format!("{files} in {seconds:.2} s: {parts}"))
}

/// What became of inputs, in words; nothing of what is nought.
pub(super) fn parts(written: &Written) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = |number: u64, text: &dyn Fn() -> String| {
        if number > 0 {
            parts.push(text());
        }
    };
    let Written {
        reports,
        duplicates,
        conflicts,
        foreign,
        unverified,
        rejected,
        skipped,
        deferred,
        ..
    } = *written;
    // said once, behind the last of the three
    let aside = |is_last| if is_last { " (see: ruaudit reports --aside)" } else { "" };
    part(reports, &|| amount(reports, "new report"));
    part(duplicates, &|| format!("{} seen before", thousands(duplicates)));
    part(rejected, &|| format!("{} unreadable (see: ruaudit rejected)", thousands(rejected)));
    let contradict =
        agree(conflicts, "contradicts an earlier report", "contradict earlier reports");
    let see = aside(foreign + unverified == 0);
    part(conflicts, &|| format!("{} {contradict}{see}", thousands(conflicts)));
    let others = agree(foreign, "about another domain", "about other domains");
    let see = aside(unverified == 0);
    part(foreign, &|| format!("{} {others}{see}", thousands(foreign)));
    let see = aside(true);
    part(unverified, &|| format!("{} not authenticated{see}", thousands(unverified)));
    let no_reports = agree(skipped, "not a report", "not reports");
    part(skipped, &|| format!("{} {no_reports}", thousands(skipped)));
    part(deferred, &|| format!("{} to be looked at again", thousands(deferred)));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(inputs: u64, written: Written) -> String {
        let mut out = Vec::new();
        write(&mut out, Page::PLAIN, inputs, &written, 0.0612).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_input_is_accounted_for() {
        let written = Written {
            reports: 398,
            duplicates: 3,
            rejected: 6,
            skipped: 5,
            messages: 12_410,
            ..Written::default()
        };
        assert_eq!(
            "412 files in 0.06 s: 398 new reports, 3 seen before, 6 unreadable (see: ruaudit\n  \
             rejected), 5 not reports\n",
            account(412, written)
        );
    }

    #[test]
    fn what_is_nought_is_left_out() {
        let written = Written { reports: 1, ..Written::default() };
        assert_eq!("1 file in 0.06 s: 1 new report\n", account(1, written));
        assert_eq!("0 files in 0.06 s: nothing to read\n", account(0, Written::default()));
    }

    #[test]
    fn what_is_kept_aside_is_named_with_where_to_see_it() {
        let written = Written { foreign: 12, unverified: 1, ..Written::default() };
        assert_eq!(
            "13 files in 0.06 s: 12 about other domains, 1 not authenticated (see: ruaudit\n  \
             reports --aside)\n",
            account(13, written)
        );
    }

    #[test]
    fn conflicts_and_deferrals_are_named() {
        let written =
            Written { conflicts: 1, rejected: 2, deferred: 1, skipped: 1, ..Written::default() };
        let text = account(5, written).replace("\n ", "");
        assert!(
            text.ends_with(
                "2 unreadable (see: ruaudit rejected), 1 contradicts an earlier report \
                 (see: ruaudit reports --aside), 1 not a report, 1 to be looked at again\n"
            ),
            "{text}"
        );
    }
}
