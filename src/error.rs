//! A **fatal error**: the run cannot go on. It says what failed, why, and what would be right.
//!
//! Bad input is never one of these: that is a [`Rejection`](crate::model::Rejection), which is
//! stored and costs its neighbours nothing.

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something failed that the user can do something about.
    #[error("{what}: {why}; {remedy}")]
    Failed {
        /// What was tried, and on what.
        what: String,
        /// Why it failed.
        why: String,
        /// What would be right.
        remedy: String,
    },
    /// Whoever read our output has stopped reading. This is success: `ruaudit ... | head`.
    #[error("the output was closed")]
    BrokenPipe,
}

/// A result that can only fail fatally.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with its three parts.
    pub fn new(
        what: impl Into<String>,
        why: impl std::fmt::Display,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Failed { what: what.into(), why: why.to_string(), remedy: remedy.into() }
    }

    /// The same error, with the name of what it happened to before it.
    #[must_use]
    pub fn of(self, name: &str) -> Self {
        match self {
            Self::Failed { what, why, remedy } => {
                Self::Failed { what: format!("{name}: {what}"), why, remedy }
            }
            Self::BrokenPipe => Self::BrokenPipe,
        }
    }

    /// An error in writing output: a closed pipe is told apart from a full disk.
    #[must_use]
    pub fn output(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::new(
            "cannot write the output",
            error,
            "is the disk full? Free some space, or write to another place",
        )
    }
}
