//! The **issues** of one report while it is read: a bounded list.
//!
//! Each code is kept at most [`PER_CODE`] times, so that a flood of one oddity neither fills the
//! store nor hides another.

use crate::model::{Issue, IssueCode};

/// How often one code is kept.
const PER_CODE: usize = 10;

/// The issues met so far.
#[derive(Debug)]
pub(super) struct Issues {
    list: Vec<Issue>,
    max: usize,
}

impl Issues {
    /// An empty list that keeps at most `max`.
    pub(super) fn new(max: usize) -> Self {
        Self { list: Vec::new(), max }
    }

    /// Notes an issue, if there is still room. The place is only worked out when there is.
    pub(super) fn note(&mut self, code: IssueCode, value: &str, place: impl FnOnce() -> String) {
        let seen = self.list.iter().filter(|issue| issue.code == code).count();
        if seen < PER_CODE && self.list.len() < self.max {
            let value = value.chars().take(Issue::VALUE_MAX).collect();
            self.list.push(Issue { code, place: place(), value, more: 0 });
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
    fn a_flood_of_one_code_leaves_room_for_another() {
        let mut issues = Issues::new(12);
        for _ in 0..1_000 {
            issues.note(IssueCode::StrayText, "x", || "feedback".into());
        }
        issues.note(IssueCode::BadCount, &"9".repeat(1_000), || "record[1]/row/count".into());
        let list = issues.into_list();
        assert_eq!(PER_CODE + 1, list.len());
        assert_eq!(Issue::VALUE_MAX, list[PER_CODE].value.len());
    }
}
