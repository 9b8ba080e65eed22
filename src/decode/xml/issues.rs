//! The **issues** of one report while it is read: a bounded list.
//!
//! Each code is kept at most [`PER_CODE`] times, so that a flood of one oddity neither fills the
//! store nor hides another. What is not kept is counted, on the last one of its code that is.

use crate::model::{Issue, IssueCode};

/// How often one code is kept.
const PER_CODE: usize = 10;

/// The issues met so far.
#[derive(Debug)]
pub(super) struct Issues {
    list: Vec<Issue>,
    max: usize,
    /// How many of each code are kept, and where the last of them stands.
    kept: [Kept; IssueCode::ALL.len()],
}

/// What is kept of one code.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    count: usize,
    last: usize,
}

impl Issues {
    /// An empty list that keeps at most `max`, and the first of every code whatever `max` is.
    pub(super) fn new(max: usize) -> Self {
        Self { list: Vec::new(), max, kept: [Kept::default(); IssueCode::ALL.len()] }
    }

    /// Notes an issue, or counts it where there is no more room. The place is only worked out when
    /// there is.
    pub(super) fn note(&mut self, code: IssueCode, value: &str, place: impl FnOnce() -> String) {
        let kept = &mut self.kept[code as usize];
        let has_room = kept.count < PER_CODE && self.list.len() < self.max;
        if kept.count == 0 || has_room {
            *kept = Kept { count: kept.count + 1, last: self.list.len() };
            let value = value.chars().take(Issue::VALUE_MAX).collect();
            self.list.push(Issue { code, place: place(), value, more: 0 });
        } else {
            self.list[kept.last].more += 1;
        }
    }

    /// All of them, in the order in which they were met.
    pub(super) fn into_list(self) -> Vec<Issue> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_code_leaves_room_for_another_and_is_counted() {
        let mut issues = Issues::new(12);
        for _ in 0..1_000 {
            issues.note(IssueCode::StrayText, "x", || "feedback".into());
        }
        issues.note(IssueCode::BadCount, &"9".repeat(1_000), || "record[1]/row/count".into());
        let list = issues.into_list();
        assert_eq!(PER_CODE + 1, list.len());
        assert_eq!((0, 990), (list[0].more, list[PER_CODE - 1].more));
        assert_eq!((Issue::VALUE_MAX, 0), (list[PER_CODE].value.len(), list[PER_CODE].more));
    }

    #[test]
    fn the_first_of_every_code_is_kept_whatever_the_limit() {
        let mut issues = Issues::new(2);
        for code in IssueCode::ALL.iter().chain(IssueCode::ALL) {
            issues.note(*code, "", || "feedback".into());
        }
        let list = issues.into_list();
        assert_eq!(IssueCode::ALL.to_vec(), list.iter().map(|i| i.code).collect::<Vec<_>>());
        assert!(list.iter().all(|issue| issue.more == 1));
    }
}
