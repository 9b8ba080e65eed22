//! What the rules for **SPF** and for **DKIM keys** share: how long a text may be, and mending until nothing
//! is wrong.
//!
//! In: a text, and who judges it. Out: the record with its errors mended; none where not every one could be.
//! What is mended is judged again: what is not free of errors then is not proposed.

use crate::model::finding::{Finding, Severity};

use super::finding;

/// Longest text that is looked at: no such record can be published, and a key of 16,384 bits takes less
/// than 3,000 bytes.
pub(super) const MAX_LENGTH: usize = 8_192;

/// A text longer than this asks for a second string in the zone.
const ONE_STRING: usize = 255;

/// How often what was mended is mended again.
const ROUNDS: usize = 8;

/// What came of one look at a text.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    /// The text with what could be mended at once; none where something could not.
    pub(super) draft: Option<String>,
}

impl Judged {
    /// Whether receivers cannot use it, or do not do what it says.
    pub(super) fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Mends until nothing is wrong; none where nothing is.
    pub(super) fn mended(&self, judge: impl Fn(&str) -> Self) -> Option<String> {
        if !self.has_errors() {
            return None;
        }
        let mut draft = self.draft.clone();
        for _ in 0..ROUNDS {
            let text = draft?;
            let judged = judge(&text);
            if !judged.has_errors() {
                return Some(text);
            }
            draft = judged.draft;
        }
        None
    }
}

/// Tells of a text that takes more than one string.
pub(super) fn several_strings(code: &'static str, text: &str) -> Option<Finding> {
    let what = format!(
        "{} bytes: in the zone it takes more than one string of up to {ONE_STRING}; receivers join \
         them without a gap",
        text.len()
    );
    (text.len() > ONE_STRING).then(|| finding(code, Severity::Hint, None, what))
}
