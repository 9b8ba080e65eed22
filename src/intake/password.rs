//! **Passwords**: where one is kept.

use std::path::PathBuf;

use crate::model::secret::Secret;

/// Where a password is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// It was given.
    Given(Secret),
    /// In the first line of a file.
    File(PathBuf),
    /// In an environment variable.
    Variable(String),
    /// In the first line that a command writes.
    Command(Vec<String>),
    /// In a credential of systemd, by its name.
    Credential(String),
}
