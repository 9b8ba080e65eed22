//! **Room**: what the reports of one input may still hold, together.
//!
//! In: the limits, and what each report holds. Out: the limits of the next report. One report has
//! its own limits; without a common one, an archive or a text of a thousand reports would multiply
//! them.

use crate::decode::Limits;
use crate::model::{PolicyPublished, Report, Reporter};

/// How many times the limits of one report all reports of an input may hold.
const REPORTS: usize = 2;

/// Bytes of documents that are read a second time. Real ones with such an oddity are small, and it
/// takes twice the memory.
const RECOVERED: usize = 8 << 20;

/// What may still be held.
#[derive(Debug)]
pub(in crate::decode) struct Room {
    records: usize,
    combinations: usize,
    /// Bytes of documents that may still be read a second time.
    recovered: usize,
}

impl Room {
    /// The room of an input of which nothing has been read.
    pub(in crate::decode) fn new(limits: &Limits) -> Self {
        let times = |limit: usize| limit.saturating_mul(REPORTS);
        Self {
            records: times(limits.records),
            combinations: times(limits.combinations),
            recovered: RECOVERED,
        }
    }

    /// The limits of the next report.
    pub(super) fn left(&self, limits: &Limits) -> Left {
        Left {
            records: limits.records.min(self.records),
            combinations: limits.combinations.min(self.combinations),
        }
    }

    /// Whether a document of so many bytes may be read a second time.
    pub(super) fn recover(&mut self, bytes: usize) -> bool {
        let left = self.recovered.checked_sub(bytes);
        self.recovered = left.unwrap_or(0);
        left.is_some()
    }

    /// Takes what a report holds.
    pub(super) fn take(&mut self, held: Left) {
        self.records = self.records.saturating_sub(held.records);
        self.combinations = self.combinations.saturating_sub(held.combinations);
    }
}

/// How much one report may hold, or holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// Records.
    pub records: usize,
    /// Combinations, the entries of their lists, and their text.
    pub combinations: usize,
}

impl Left {
    /// The same, and what a report holds besides its rows: itself, its issues and its texts.
    pub(super) fn with(self, report: &Report) -> Self {
        const TEXT: usize = 256;
        let Reporter { org_name, email, extra_contact_info, generator, version, .. } =
            &report.reporter;
        let PolicyPublished { domain, fo, pct, psd, p, sp, np, adkim, aspf, .. } = &report.policy;
        let policies = [p, sp, np].into_iter().flatten().map(|word| word.as_str().len());
        let modes = [adkim, aspf].into_iter().flatten().map(|word| word.as_str().len());
        let said = [extra_contact_info.as_ref().map(|text| &text.text)];
        let options = [generator, version, fo, pct, psd].map(Option::as_ref);
        let texts = [org_name, email, &report.report_id, domain].map(Some);
        let errors = report.errors.iter().map(|error| Some(&error.text));
        let all = texts.into_iter().chain(options).chain(said).chain(errors).flatten();
        let bytes: usize = all.map(String::len).chain(policies).chain(modes).sum();
        let besides = 1 + report.issues.len() + bytes / TEXT;
        Self { combinations: self.combinations + besides, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_report_has_its_limit_and_all_have_twice_that() {
        let limits = Limits { records: 10, combinations: 100, ..Limits::default() };
        let mut room = Room::new(&limits);
        let mut last = Vec::new();
        for _ in 0..4 {
            last.push(room.left(&limits).records);
            room.take(Left { records: 8, combinations: 1 });
        }
        assert_eq!(vec![10, 10, 4, 0], last);
        assert_eq!(100, room.left(&limits).combinations);
    }
}
