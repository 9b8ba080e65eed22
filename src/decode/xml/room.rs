//! **Room**: what the reports of one input may still hold, together.
//!
//! In: the limits, and what each report holds. Out: the limits of the next report. One report has
//! its own limits; without a common one, an archive or a text of a thousand reports would multiply
//! them.

use crate::decode::Limits;

/// How many times the limits of one report all reports of an input may hold.
const REPORTS: usize = 2;

/// What may still be held.
#[derive(Debug)]
pub(in crate::decode) struct Room {
    records: usize,
    combinations: usize,
}

impl Room {
    /// The room of an input of which nothing has been read.
    pub(in crate::decode) fn new(limits: &Limits) -> Self {
        let times = |limit: usize| limit.saturating_mul(REPORTS);
        Self { records: times(limits.records), combinations: times(limits.combinations) }
    }

    /// The limits of the next report.
    pub(super) fn left(&self, limits: &Limits) -> Left {
        Left {
            records: limits.records.min(self.records),
            combinations: limits.combinations.min(self.combinations),
        }
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
