//! **Mails in a mailbox**: how one is named, what became of it, and what is to be done with it.
//!
//! A mail is known by its folder, the folder's UIDVALIDITY and its UID (RFC 9051, 2.3.1.1): these
//! three never name another mail. What became of a mail is noted in the same transaction that
//! stores what was in it; only then is the mail itself touched.

use std::sync::Arc;

use super::outcome::{Outcome, Reason, Trace};

/// A folder of a mailbox, in one of its lives: a new UIDVALIDITY is a new life.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FolderId {
    /// Whose mailbox: `user@host:port`, so that an account may be renamed in the configuration.
    pub mailbox: String,
    /// The folder's name, decoded.
    pub folder: String,
    /// The server's word for this life of the folder.
    pub uid_validity: u32,
}

/// A mail on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailId {
    /// Where it lies.
    pub folder: Arc<FolderId>,
    /// Its number there, never used again in this life of the folder.
    pub uid: u32,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// The server did not hand it over; the next run asks again.
    Unfetched,
    /// It brought a report, and nothing in it was rejected.
    Processed,
    /// Something in it was rejected.
    Rejected,
    /// There is no report in it.
    Other,
}

impl Fate {
    /// All of them, in the order of the numbers that the store keeps.
    pub const ALL: [Self; 4] = [Self::Unfetched, Self::Processed, Self::Rejected, Self::Other];

    /// What becomes of a mail that held these things.
    #[must_use]
    pub fn of(traces: &[Trace]) -> Self {
        let any = |test: fn(&Outcome) -> bool| traces.iter().any(|trace| test(&trace.outcome));
        let is_missing = |outcome: &Outcome| match outcome {
            Outcome::Deferred(_) => true,
            // somebody hears of it, and it is asked for all the same
            Outcome::Rejected(rejection) => rejection.reason == Reason::Unfetched,
            Outcome::Accepted(_) | Outcome::Skipped(_) => false,
        };
        if any(is_missing) {
            Self::Unfetched
        } else if any(|outcome| matches!(outcome, Outcome::Rejected(_))) {
            Self::Rejected
        } else if any(|outcome| matches!(outcome, Outcome::Accepted(_))) {
            Self::Processed
        } else {
            Self::Other
        }
    }
}

/// A mail whose content has been read, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedMail {
    /// Which mail.
    pub mail: MailId,
    /// What became of it.
    pub fate: Fate,
}

/// How far the settling of a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Progress {
    /// It lies as it was found.
    #[default]
    Untouched,
    /// It bears the keyword.
    Flagged,
    /// A copy lies where it is to be moved; it is still to be taken away here.
    Copied,
}

impl Progress {
    /// All of them, in the order of the numbers that the store keeps.
    pub const ALL: [Self; 3] = [Self::Untouched, Self::Flagged, Self::Copied];
}

/// A mail that the store knows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownMail {
    /// Its number in the folder.
    pub uid: u32,
    /// What became of it.
    pub fate: Fate,
    /// In how many runs the server did not hand it over.
    pub tries: u32,
    /// How far its settling has come.
    pub progress: Progress,
}

/// What is done with a mail once what was in it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Settle {
    /// Nothing.
    #[default]
    Leave,
    /// It gets this keyword (RFC 9051, 2.3.2).
    Flag(String),
    /// It is moved to this folder; `/` stands between the levels of the name.
    Move(String),
    /// It is deleted.
    Delete,
}

impl std::fmt::Display for Settle {
    /// As the configuration has it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Leave => f.write_str("leave"),
            Self::Flag(keyword) => write!(f, "flag:{keyword}"),
            Self::Move(folder) => write!(f, "move:{folder}"),
            Self::Delete => f.write_str("delete"),
        }
    }
}

/// What is done with mails, by what became of them. One that was not fetched is left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tidy {
    /// With mails that brought reports.
    pub processed: Settle,
    /// With mails in which something was rejected.
    pub rejected: Settle,
    /// With mails that hold no report.
    pub other: Settle,
}

impl Tidy {
    /// What is done with a mail of this fate.
    #[must_use]
    pub fn of(&self, fate: Fate) -> &Settle {
        match fate {
            Fate::Unfetched => &Settle::Leave,
            Fate::Processed => &self.processed,
            Fate::Rejected => &self.rejected,
            Fate::Other => &self.other,
        }
    }

    /// Whether no mail is ever touched.
    #[must_use]
    pub fn touches_nothing(&self) -> bool {
        [&self.processed, &self.rejected, &self.other].iter().all(|s| **s == Settle::Leave)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Origin, Rejection, Stage};

    fn trace(outcome: Outcome) -> Trace {
        let digest = Digest::default();
        Trace { origin: Origin::default(), digest, received_at: None, provenance: None, outcome }
    }

    #[test]
    fn one_rejected_part_makes_a_mail_rejected_and_no_report_makes_it_other() {
        let rejected = Rejection::new(Stage::Xml, Reason::Malformed, "");
        let skipped = || trace(Outcome::Skipped(Reason::NotAReport));
        assert_eq!(Fate::Other, Fate::of(&[skipped(), skipped()]));
        assert_eq!(Fate::Rejected, Fate::of(&[skipped(), trace(Outcome::Rejected(rejected))]));
        assert_eq!(Fate::Unfetched, Fate::of(&[trace(Outcome::Deferred(Reason::Unfetched))]));
        let for_long = Rejection::new(Stage::Intake, Reason::Unfetched, "");
        assert_eq!(Fate::Unfetched, Fate::of(&[trace(Outcome::Rejected(for_long))]));
    }

    #[test]
    fn a_mail_that_was_not_fetched_is_never_touched() {
        let all = || Settle::Delete;
        let tidy = Tidy { processed: all(), rejected: all(), other: all() };
        assert_eq!(&Settle::Leave, tidy.of(Fate::Unfetched));
        assert!(!tidy.touches_nothing() && Tidy::default().touches_nothing());
    }
}
