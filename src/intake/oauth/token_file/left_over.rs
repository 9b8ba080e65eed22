//! What a process **left over** that was killed while it renewed a token.
//!
//! In: the files beside the token's. Out: none of them; the newest whole one becomes the token, since
//! the server may have ended the one that there was. Refuses a file that is no token of the same user,
//! client and server, or older. What other token files in the folder have beside them is not touched.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Result;

use super::{Token, TokenFile, TokenLock, folder, sync_folder};

/// Characters of a name that cannot be guessed.
pub(super) const UNGUESSED: usize = 6;

/// How the names begin of the files in which a new token is written.
pub(super) fn start_of_name(path: &Path) -> OsString {
    let mut name = OsString::from(".ruaudit-token-");
    name.push(path.file_name().unwrap_or_default());
    name.push("-");
    name
}

impl TokenFile {
    /// Puts a token into the file that was written beside it and not given its name, if it is newer.
    /// Whoever holds the lock is the only one that writes.
    ///
    /// # Errors
    /// When the file cannot be read, or the folder not written.
    pub(in crate::intake::oauth) fn adopt(&self, lock: &TokenLock) -> Result<()> {
        let path = self.real();
        if let Some(mut kept) = self.read()? {
            for left in left_over(&path) {
                let Some(token) = whole(&left).filter(|token| follows(token, &kept)) else {
                    continue;
                };
                put(&left, &path).map_err(|error| self.unwritable(error))?;
                kept = token;
            }
        }
        self.remove_left_over(lock);
        Ok(())
    }

    /// Removes what was left over.
    pub(super) fn remove_left_over(&self, _: &TokenLock) {
        for left in left_over(&self.real()) {
            // it takes some room, and does no harm
            let _ = std::fs::remove_file(left);
        }
    }
}

/// The files in which a token was to be written for this path.
pub(super) fn left_over(path: &Path) -> Vec<PathBuf> {
    let start = start_of_name(path);
    let Ok(entries) = std::fs::read_dir(folder(path)) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok().map(|entry| entry.file_name()));
    names.filter(|name| is_ours(name, &start)).map(|name| folder(path).join(name)).collect()
}

/// Whether a name begins so, and no more follows than what cannot be guessed: the token file `a-b`
/// has its own files beside that of `a`.
fn is_ours(name: &OsStr, start: &OsStr) -> bool {
    let rest = name.as_encoded_bytes().strip_prefix(start.as_encoded_bytes());
    rest.is_some_and(|rest| rest.len() == UNGUESSED && rest.iter().all(u8::is_ascii_alphanumeric))
}

/// The token in a file that is ours alone, if it is whole.
fn whole(path: &Path) -> Option<Token> {
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    is_file.then(|| TokenFile::new(path).read().ok().flatten()).flatten()
}

/// Whether a token takes the place of another.
fn follows(token: &Token, kept: &Token) -> bool {
    let whose =
        |token: &Token| (token.user.clone(), token.client_id.clone(), token.token_url.clone());
    whose(token) == whose(kept) && token.obtained_at >= kept.obtained_at
}

fn put(left: &Path, path: &Path) -> io::Result<()> {
    File::open(left)?.sync_all()?;
    std::fs::rename(left, path)?;
    sync_folder(folder(path))
}
