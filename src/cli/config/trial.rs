//! The **trial** of an account: whether its server lets us in, and what lies in its folders.
//!
//! In: an account. Out: each folder with its mails, or why it cannot be had. Nothing is changed
//! there.

use serde::Serialize;

use crate::cli::accounts::Account;
use crate::error::{Error, Result};

/// What a trial found in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FolderTrial {
    /// The folder.
    pub(super) folder: String,
    /// How many mails lie there; none if it was not looked at.
    pub(super) mails: Option<u64>,
    /// What is asked for and cannot be done there.
    pub(super) warnings: Vec<String>,
    /// Why it cannot be opened.
    pub(super) error: Option<String>,
}

impl FolderTrial {
    /// A folder that was not looked at.
    pub(super) fn untried(folder: &str) -> Self {
        Self { folder: folder.to_owned(), mails: None, warnings: Vec::new(), error: None }
    }
}

/// A mailbox that is open.
trait Opened {
    /// Opens a folder: how many mails it has, and what of the tidying cannot be done there.
    fn folder(&mut self, folder: &str) -> Result<(u64, Vec<String>)>;
}

/// Tries an account: every folder, or why none can be had.
pub(super) fn attempt(account: &Account) -> Result<Vec<FolderTrial>> {
    let mut mailbox = open(account)?;
    let tried = account.folders.iter().map(|name| {
        let untried = FolderTrial::untried(name);
        match mailbox.folder(name) {
            Ok((mails, warnings)) => FolderTrial { mails: Some(mails), warnings, ..untried },
            Err(error) => FolderTrial { error: Some(error.to_string()), ..untried },
        }
    });
    Ok(tried.collect())
}

/// Connects and signs in.
fn open(account: &Account) -> Result<Box<dyn Opened>> {
    Err(Error::new(
        format!("cannot open the mailbox of {}", account.user),
        "this version has no IMAP client",
        "use --offline",
    ))
}
