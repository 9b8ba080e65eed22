//! A **problem** with the store's file, and how it is explained to a person.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::Error;

/// What went wrong.
#[derive(Debug)]
pub(super) enum Problem {
    /// SQLite refused.
    Sqlite(rusqlite::Error),
    /// A database, but of another program.
    Foreign,
    /// Made by a newer version of this program.
    Newer {
        /// The version of the file's layout.
        found: i64,
        /// The newest one that this program knows.
        known: i64,
    },
    /// Not the store's fault: whoever was called back failed.
    Caller(Error),
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Caller(error)
    }
}

impl Problem {
    /// The error to show: what was tried with which file, why it failed, what would be right.
    pub(super) fn explain(self, verb: &str, path: &Path) -> Error {
        let what = format!("cannot {verb} the store `{}`", path.display());
        match self {
            Self::Caller(error) => error,
            Self::Foreign => Error::new(
                what,
                "it is a database of another program",
                "name another file with --db PATH; nothing was changed in this one",
            ),
            Self::Newer { found, known } => Error::new(
                what,
                format!("its layout is version {found}, and this program knows up to {known}"),
                "use the newer ruaudit that made it",
            ),
            Self::Sqlite(_) if path.is_dir() => {
                Error::new(what, "it is a folder", "name a file with --db PATH")
            }
            Self::Sqlite(error) => Error::new(what, reason(&error), remedy(&error)),
        }
    }
}

fn reason(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "the file is not a database".into(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process is writing to it".into()
        }
        Some(ErrorCode::DiskFull) => "the disk is full".into(),
        Some(ErrorCode::ReadOnly) => "the file is read-only".into(),
        _ => error.to_string(),
    }
}

fn remedy(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            "name another file with --db PATH; nothing was changed in this one"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "wait for the other ruaudit to end, then run the same command again"
        }
        Some(ErrorCode::DiskFull) => {
            "free some space and run the same command again; what was stored before is intact"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "make the file and its folder writable, or name another file with --db PATH"
        }
        Some(ErrorCode::CannotOpen) => {
            "the folder must exist and be writable; or name another file with --db PATH"
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            "restore the file from a copy, or read the reports into a new one with --db PATH"
        }
        _ => "if it happens again, please report it",
    }
}
