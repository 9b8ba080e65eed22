//! A **stored report**: what was decoded, whether it counts, and which inputs brought it.
//!
//! The store makes these; `reports` lists the lines, `report` shows one in full.

use super::day::{Day, Window};
use super::provenance::{Authenticity, Standing};
use super::report::Report;

/// What stands between an input and the way inside (see [`Origin`](super::Origin)).
const INSIDE: &str = " > ";

/// Which reports are asked for. What is not said does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportFilter {
    /// The policy domain, lower case; `None` is all of them, others' too.
    pub domain: Option<String>,
    /// The days; `None` is all of them.
    pub window: Option<Window>,
    /// Only those with issues.
    pub odd: bool,
    /// Only those that do not count.
    pub aside: bool,
}

/// One stored report on a line. Field names are the JSON keys and the CSV columns.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ReportLine {
    /// The number that the store knows it by.
    pub number: u64,
    /// The day that it is counted for.
    pub day: Day,
    /// The policy domain.
    pub domain: String,
    /// `org_name` of who wrote it.
    pub reporter: String,
    /// The reporter's own name for it.
    pub report_id: String,
    /// Its rows.
    pub records: u64,
    /// Their messages.
    pub messages: u64,
    /// Its issues, those that are only counted included.
    pub issues: u64,
    /// Whether it counts.
    pub standing: Standing,
    /// Whether a mail that brought it comes from whom it says: of several mails the best.
    pub authenticity: Authenticity,
}

/// One stored report in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReport {
    /// The number that the store knows it by.
    pub number: u64,
    /// The day that it is counted for.
    pub day: Day,
    /// Whether it counts.
    pub standing: Standing,
    /// The number of the report that counts under the same key, where this one contradicts it.
    pub contradicts: Option<u64>,
    /// Whether a mail that brought it comes from whom it says: of several mails the best.
    pub authenticity: Authenticity,
    /// When the input that brought it first arrived, seconds since 1970 UTC, if known.
    pub received_at: Option<i64>,
    /// What was decoded. Of the fingerprints, those that a row has.
    pub report: Report,
    /// The inputs that held it, in the order in which they were first seen.
    pub inputs: Vec<StoredInput>,
}

/// An input that brought a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredInput {
    /// Where it stood: the input, and the way inside.
    pub origin: String,
    /// `accepted`, `duplicate`, `conflict`, or another word of the store's.
    pub outcome: String,
    /// When it was first seen, seconds since 1970 UTC.
    pub seen_at: i64,
    /// The address in `From`, if it stood in a mail.
    pub sender: Option<String>,
    /// The domains that claim to have signed that mail.
    pub signers: Vec<String>,
    /// Whether that mail comes from whom it says, if it was one.
    pub authenticity: Option<Authenticity>,
}

/// What is kept aside since it is about domains that are not the operator's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Foreign {
    /// How many reports.
    pub reports: u64,
    /// About how many domains.
    pub domains: u64,
}

/// Whether a person may call what stood at `origin` by this name: by all of it, by the input
/// alone, or by the last component of the input's path, with or without the way inside.
#[must_use]
pub fn is_called(origin: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    // a path may hold ` > ` itself, so every place where the input can end is tried
    let ends = origin.match_indices(INSIDE).map(|(at, _)| at).chain([origin.len()]);
    ends.into_iter().any(|end| {
        let input = &origin[..end];
        let file = input.rfind(['/', std::path::MAIN_SEPARATOR]).map_or(0, |at| at + 1);
        [input, origin, &input[file..], &origin[file..]].contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_called_by_the_whole_by_its_input_and_by_its_file() {
        let origin = "mail/2026/a.eml > b.zip > c.xml";
        for name in [origin, "mail/2026/a.eml", "a.eml", "a.eml > b.zip > c.xml", "a.eml > b.zip"] {
            assert!(is_called(origin, name), "{name}");
        }
        for name in ["", "eml", "2026/a.eml", "mail", "c.xml", "A.eml"] {
            assert!(!is_called(origin, name), "{name}");
        }
        assert!(is_called("a.xml", "a.xml"));
        assert!(!is_called("mail/", ""));
    }

    #[test]
    fn a_path_may_look_like_a_way_inside() {
        assert!(is_called("odd > folder/a.xml", "a.xml"));
        assert!(is_called("odd > folder/a.xml > b/c.xml", "odd > folder/a.xml"));
    }
}
