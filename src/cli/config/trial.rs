//! The **trial** of an account: whether its server lets us in, and what lies in its folders.
//!
//! In: an account. Out: each folder with its mails, what could not be done with them, or why it
//! cannot be had. Nothing is changed there, and no mail is read.

use serde::Serialize;

use crate::cli::accounts::Account;
use crate::error::Result;
use crate::intake::Stop;
use crate::intake::imap::{Mailbox, Patience, Server};
use crate::model::mailbox::Settle;

/// What a trial found in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FolderTrial {
    /// The folder.
    pub(super) folder: String,
    /// How many mails lie there; none if it was not looked at.
    pub(super) mails: Option<u32>,
    /// What is asked for and cannot be done there.
    pub(super) warnings: Vec<String>,
    /// Why it cannot be opened.
    pub(super) error: Option<String>,
    /// Its name on the server.
    #[serde(skip)]
    name: Option<String>,
}

impl FolderTrial {
    /// A folder that was not looked at.
    pub(super) fn untried(folder: &str) -> Self {
        let (folder, warnings) = (folder.to_owned(), Vec::new());
        Self { folder, mails: None, warnings, error: None, name: None }
    }
}

/// Tries an account once: every folder, or why none can be had.
pub(super) fn attempt(account: &Account) -> Result<Vec<FolderTrial>> {
    let once = Patience { attempts: 1, ..account.server.patience };
    let server = Server { patience: once, ..account.server.clone() };
    let stop = Stop::default();
    let mut mailbox = Mailbox::new(server, &account.user, account.sign_in(&stop), stop);
    // whoever is not let in is not told so for each folder
    mailbox.target("")?;
    let mut tried: Vec<FolderTrial> =
        account.folders.iter().map(|name| look(&mut mailbox, account, name)).collect();
    let moved = settled(account).filter_map(|(key, how)| match how {
        Settle::Move(folder) => mailbox.target(folder).ok().map(|target| (key, target)),
        _ => None,
    });
    for (key, target) in moved.collect::<Vec<_>>() {
        for folder in tried.iter_mut().filter(|folder| folder.name.as_ref() == Some(&target)) {
            folder.error = Some(format!("`{key}` moves mails to {target}, which is itself read"));
        }
    }
    mailbox.close();
    Ok(tried)
}

fn look(mailbox: &mut Mailbox, account: &Account, name: &str) -> FolderTrial {
    let mut tried = FolderTrial::untried(name);
    if let Err(error) = fill(mailbox, account, &mut tried) {
        tried.error = Some(error.to_string());
    }
    tried
}

fn fill(mailbox: &mut Mailbox, account: &Account, tried: &mut FolderTrial) -> Result<()> {
    let folder = mailbox.open(&tried.folder, !account.tidy.touches_nothing())?;
    tried.mails = Some(folder.exists);
    tried.name = Some(folder.id.folder.clone());
    for (key, how) in settled(account) {
        if let Some(why) = mailbox.obstacle(how)? {
            tried.warnings.push(format!("`{key}` cannot be done: {why}"));
        }
    }
    Ok(())
}

/// What is to be done with mails, by the keys of the configuration.
fn settled(account: &Account) -> impl Iterator<Item = (&'static str, &Settle)> {
    let tidy = &account.tidy;
    [("processed", &tidy.processed), ("rejected", &tidy.rejected), ("other", &tidy.other)]
        .into_iter()
}
