//! **Provenance**: who sent the mail that carried a report, and whether that is known for certain;
//! and the **standing** that a report has for it.
//!
//! A rua address is public, so anyone can send a report about anything. What a mail says of its
//! sender is the sender's word; what the operator's own mail server wrote into it
//! (`Authentication-Results`, RFC 8601) is not.

/// Who sent the mail that carried a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The address in `From`; empty where there is none.
    pub from: String,
    /// The domains that claim to have signed it (`d=` of `DKIM-Signature`), in order, each once.
    pub signers: Vec<String>,
    /// The values of `Authentication-Results`, the topmost first.
    pub results: Vec<String>,
    /// What a trusted server says of it.
    pub authenticity: Authenticity,
}

/// Whether a mail comes from whom it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authenticity {
    /// No trusted server says anything of it, or it was no mail.
    #[default]
    Unknown,
    /// It passes DMARC, or a signature of the sender's own domain passes.
    Verified,
    /// A trusted server looked, and it does not pass.
    Failed,
}

impl Authenticity {
    /// All of them, in the order of their numbers in the store.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Verified, Self::Failed];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Verified => "verified",
            Self::Failed => "failed",
        }
    }
}

/// Whether a report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In the totals.
    #[default]
    Counted,
    /// Out of them: it contradicts an earlier report of the same key.
    Conflict,
    /// Out of them: it is about a domain that is not one of the operator's.
    Foreign,
    /// Out of them: its mail did not authenticate, and the operator asks for that.
    Unverified,
}

impl Standing {
    /// All of them, in the order of their numbers in the store.
    pub const ALL: [Self; 4] = [Self::Counted, Self::Conflict, Self::Foreign, Self::Unverified];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Conflict => "conflict",
            Self::Foreign => "foreign",
            Self::Unverified => "unverified",
        }
    }
}
