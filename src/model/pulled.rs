//! What a **pull** did: read from mailboxes, and done to the mails in them.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::outcome::Written;

/// What was done in one account.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct AccountPulled {
    /// Its name in the configuration.
    pub account: String,
    /// Each folder that was reached, in the order of the configuration.
    pub folders: Vec<FolderPulled>,
    /// What the server cannot do that was asked for, and mails that it did not hand over.
    pub warnings: Vec<String>,
    /// Why it ended early, if it did.
    pub error: Option<String>,
    /// Whether that is that the server refused who we are: asked again soon, it may lock the account.
    #[serde(skip)]
    pub is_refused: bool,
}

/// What was done in one folder.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct FolderPulled {
    /// Its name.
    pub folder: String,
    /// Mails that lay there.
    pub mails: u64,
    /// Mails that were read.
    pub new: u64,
    /// What the store made of them.
    #[serde(flatten)]
    pub written: Written,
    /// What was done with mails.
    #[serde(flatten)]
    pub settled: Settled,
    /// How long it took.
    pub seconds: f64,
}

/// How many mails were flagged, moved and deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Settled {
    /// Mails that got a keyword.
    pub flagged: u64,
    /// Mails that were moved, by where to.
    #[serde(serialize_with = "sum")]
    pub moved: BTreeMap<String, u64>,
    /// Mails that were deleted.
    pub deleted: u64,
}

fn sum<S: Serializer>(moved: &BTreeMap<String, u64>, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_u64(moved.values().sum())
}

impl std::ops::AddAssign<&Self> for Settled {
    fn add_assign(&mut self, more: &Self) {
        self.flagged += more.flagged;
        self.deleted += more.deleted;
        for (target, mails) in &more.moved {
            *self.moved.entry(target.clone()).or_default() += mails;
        }
    }
}

impl AccountPulled {
    /// Whether there is something to tell besides why it failed. `all`: that there was nothing to do
    /// is told too.
    #[must_use]
    pub fn is_news(&self, all: bool) -> bool {
        let FolderPulled { new, settled, .. } = self.total();
        let is_quiet = new == 0 && settled == Settled::default() && self.warnings.is_empty();
        if is_quiet { all && self.error.is_none() } else { true }
    }

    /// All folders together; it has no name.
    #[must_use]
    pub fn total(&self) -> FolderPulled {
        let mut total = FolderPulled::default();
        for folder in &self.folders {
            total.mails += folder.mails;
            total.new += folder.new;
            total.written += folder.written;
            total.settled += &folder.settled;
            total.seconds += folder.seconds;
        }
        total
    }
}

/// Several accounts together.
#[must_use]
pub fn sum_of(accounts: &[AccountPulled]) -> FolderPulled {
    let folders = accounts.iter().flat_map(|account| account.folders.iter().cloned()).collect();
    AccountPulled { folders, ..AccountPulled::default() }.total()
}

/// What a pull would do in one folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FolderPlanned {
    /// Its name.
    pub folder: String,
    /// Mails that lie there.
    pub mails: u64,
    /// Mails that would be read.
    pub new: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Mails read before that would be flagged, moved or deleted.
    pub due: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_to_several_folders_are_one_number_in_json() {
        let moved = BTreeMap::from([("processed".to_owned(), 3), ("rejected".to_owned(), 1)]);
        let mut settled = Settled { moved, ..Settled::default() };
        settled += &settled.clone();
        let json = serde_json::to_value(&settled).unwrap();
        assert_eq!(serde_json::json!({"flagged": 0, "moved": 8, "deleted": 0}), json);
    }
}
