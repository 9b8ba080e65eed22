//! A **finding**: one thing that is wrong, doubtful or worth knowing in a TXT record, and what came of
//! **checking** a record.
//!
//! `record` makes these; every renderer shows the same values.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The record is unusable, or does not do what it says.
    Error,
    /// It does, but not everywhere, or not what most people want.
    Warning,
    /// Worth knowing; nothing to mend.
    Hint,
}

/// What kind of record a TXT value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// RFC 9989.
    Dmarc,
    /// RFC 7208.
    Spf,
    /// A key of RFC 6376.
    Dkim,
}

impl RecordKind {
    /// The word for it, as people write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dmarc => "DMARC",
            Self::Spf => "SPF",
            Self::Dkim => "DKIM",
        }
    }
}

/// Bytes of a checked text: from the first, and up to but without the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The first byte.
    pub from: usize,
    /// The byte after the last.
    pub to: usize,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable code: lower case, without blanks (`dmarc_duplicate_tag`).
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where, in [`Checked::text`]; none where it concerns the whole.
    pub place: Option<Place>,
    /// What is wrong, and what receivers make of it, in a sentence without a final dot.
    pub what: String,
    /// What would be right, where that can be told ("did you mean").
    pub instead: Option<String>,
}

/// What came of checking one record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Checked {
    /// What kind it is; none where nobody could tell.
    pub kind: Option<RecordKind>,
    /// The TXT value as receivers see it: taken out of quotes, zone-file lines and the output of `dig`,
    /// strings joined.
    pub text: String,
    /// The name at which the record stood, where the pasted text said so.
    pub name: Option<String>,
    /// What was found, worst first, then by place.
    pub findings: Vec<Finding>,
    /// What receivers will do with it, a sentence each.
    pub effect: Vec<String>,
    /// The record with every error mended that can be; none where nothing is wrong, or nobody can tell
    /// what was meant.
    pub corrected: Option<String>,
}

impl Checked {
    /// The worst severity; none without findings.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).min()
    }
}
