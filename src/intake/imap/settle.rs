//! **Settling**: a mail gets a keyword, is moved or is deleted, once what was in it is stored.
//!
//! In: UIDs of the open folder, and what is to be done. Out: each step as the server confirms it, in
//! chunks, so that it can be noted before the next; and warnings for what was left. Never empties a
//! folder of mails that somebody else marked: only UID EXPUNGE (RFC 4315) is used, and where a server
//! has neither that nor MOVE (RFC 6851), nothing is touched.
//!
//! What cannot be repeated without harm is not repeated blindly: after a loss in the middle of a MOVE
//! it is asked which mails are still there; after one in the middle of a COPY nobody knows, so those
//! mails wait for the next run. What remains: a server may still be at work on a command whose
//! connection is gone. Should it copy mails that are copied or moved again meanwhile, there are two
//! copies in the target folder; chunks are small, so that these are few.

use std::cell::Cell;

use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::flag::{Flag, StoreResponse, StoreType};

use super::exchange::Trouble;
use super::folders;
use super::listing;
use super::mailbox::{CHUNK, Mailbox};
use super::session::Session;
use super::status::Status;
use super::transfer::Transfer;
use crate::error::Result;
use crate::model::Settle;

/// After how many refusals in a row, each of one mail, no more is tried.
const REFUSALS_MAX: u32 = 10;

/// What the server has confirmed, of these mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// They bear the keyword.
    Flagged(&'a [u32]),
    /// Their copies lie where they are to be moved.
    Copied(&'a [u32]),
    /// They are no longer in the folder.
    Gone(&'a [u32]),
}

/// What was done, and what was not.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub done: Vec<u32>,
    left: usize,
    why: Option<String>,
    refusals: u32,
}

impl Tally {
    /// Notes that these are done.
    pub(super) fn add(&mut self, uids: &[u32]) {
        self.done.extend(uids);
        self.refusals = 0;
    }

    /// Notes that one mail was refused, beside so many others; whether to go on with these.
    pub(super) fn refuse(&mut self, status: &Status, others: usize) -> bool {
        self.left += 1;
        self.why = Some(format!("the server says: {}", status.in_words()));
        self.refusals += 1;
        let is_enough = self.refusals >= REFUSALS_MAX;
        self.left += if is_enough { others } else { 0 };
        !is_enough
    }

    /// A warning, if something was left.
    pub(super) fn warning(&self, what: &str) -> Option<String> {
        let why = self.why.as_deref()?;
        let mails = if self.left == 1 {
            "1 mail stays".into()
        } else {
            format!("{} mails stay", self.left)
        };
        Some(format!("{mails} as found, and could not be {what}: {why}"))
    }
}

pub(super) type Noted<'a> = &'a mut dyn FnMut(Step<'_>) -> Result<()>;

impl Mailbox {
    /// Does to mails of the open folder what is to be done; calls `done` after each step that the
    /// server confirmed. `copied`: those whose copy lies already where it belongs. Returns warnings:
    /// what was left as it was, and why.
    ///
    /// # Errors
    /// When the connection cannot be had any more, or what `done` returns.
    pub fn settle(
        &mut self,
        how: &Settle,
        uids: &[u32],
        copied: &[u32],
        done: &mut dyn FnMut(Step<'_>) -> Result<()>,
    ) -> Result<Vec<String>> {
        let copied = ascending(copied, &[]);
        let uids = ascending(uids, &copied);
        if *how == Settle::Leave || uids.is_empty() && copied.is_empty() || self.stop.is_asked() {
            return Ok(Vec::new());
        }
        if let Err(error) = self.connected().map(|_| ()) {
            // who wishes to stop is not told of a server: the next run goes on from here
            return if self.stop.is_asked() { Ok(Vec::new()) } else { Err(error) };
        }
        if self.folder.as_ref().is_none_or(|folder| folder.opened.is_read_only) {
            return Ok(vec!["the folder can only be read: its mails stay as found".into()]);
        }
        match how {
            Settle::Leave => Ok(Vec::new()),
            Settle::Flag(keyword) => {
                self.flag(keyword, &ascending(&[uids, copied].concat(), &[]), done)
            }
            Settle::Move(target) => self.move_to(target, &uids, &copied, done),
            Settle::Delete => self.delete(&ascending(&[uids, copied].concat(), &[]), done),
        }
    }

    fn flag(&mut self, keyword: &str, uids: &[u32], done: Noted<'_>) -> Result<Vec<String>> {
        let is_taken = self.folder.as_ref().is_some_and(|folder| folder.opened.takes(keyword));
        let Some(flag) = Flag::try_from(keyword).ok().filter(|_| is_taken) else {
            return Ok(vec![format!(
                "the server keeps no keyword {keyword} in this folder: its mails stay as found"
            )]);
        };
        let act = |session: &mut Session, uids: &[u32]| store(session, uids, &flag, StoreType::Add);
        let tally = self.in_chunks(uids, act, &mut |uids| done(Step::Flagged(uids)))?;
        Ok(tally.warning("flagged").into_iter().collect())
    }

    fn delete(&mut self, uids: &[u32], done: Noted<'_>) -> Result<Vec<String>> {
        if !self.connected()?.capabilities.has("UIDPLUS") {
            return Ok(vec![
                "the server cannot delete single mails (no UIDPLUS): they stay as found".into(),
            ]);
        }
        Ok(self.take_away(uids, done)?.warnings("deleted"))
    }

    fn move_to(
        &mut self,
        target: &str,
        uids: &[u32],
        copied: &[u32],
        done: Noted<'_>,
    ) -> Result<Vec<String>> {
        let session = self.connected()?;
        let has = |name| session.capabilities.has(name);
        let (has_move, has_uidplus) = (has("MOVE"), has("UIDPLUS"));
        let target = session.names.below_prefix(target);
        if !has_uidplus && (!has_move || !copied.is_empty()) {
            return Ok(vec!["the server can neither move mails nor delete single ones (no MOVE, no UIDPLUS): they stay as found".into()]);
        }
        if self.folder.as_ref().is_some_and(|folder| folder.id.folder == target) {
            return Ok(vec![format!(
                "mails of {target} are to be moved to {target}: they stay as found"
            )]);
        }
        if !uids.is_empty() {
            match self.unless_stopping(|session| make_sure_of(session, &target))? {
                Some(Ok(())) => {}
                None => return Ok(Vec::new()),
                Some(Err(status)) => {
                    let why = status.in_words();
                    return Ok(vec![format!(
                        "the folder {target} cannot be made, and the mails stay as found: the server says: {why}"
                    )]);
                }
            }
        }
        let transfer = Transfer { target: &target, moves: has_move };
        let (tally, mut warnings) = self.transfer(&transfer, uids, done)?;
        let copies = if has_move { &[][..] } else { &tally.done };
        let away = self.take_away(&ascending(&[copied, copies].concat(), &[]), done)?;
        let what = "taken away, though their copies lie where they belong";
        warnings.extend(away.warnings(what));
        Ok(warnings)
    }

    /// Marks mails as deleted, and removes these and no others. What cannot be removed is not left
    /// marked.
    fn take_away(&mut self, uids: &[u32], done: Noted<'_>) -> Result<Away> {
        let marked = Cell::new(0);
        let act = |session: &mut Session, uids: &[u32]| {
            store(session, uids, &Flag::Deleted, StoreType::Add)?;
            let command = CommandBody::ExpungeUid { sequence_set: listing::set(uids)? };
            let answer = session.connection.run_quietly(command, session.limit);
            if let Err(Trouble::Refused(_)) = &answer {
                match store(session, uids, &Flag::Deleted, StoreType::Remove) {
                    Err(Trouble::Refused(_)) if uids.len() == 1 => marked.set(marked.get() + 1),
                    Ok(()) | Err(Trouble::Refused(_)) => {}
                    lost => return lost,
                }
            }
            answer.map(|_| ())
        };
        let tally = self.in_chunks(uids, act, &mut |uids| done(Step::Gone(uids)))?;
        Ok(Away { tally, marked: marked.get() })
    }

    /// Does something unless somebody wishes to stop: then it is None, whatever went wrong.
    pub(super) fn unless_stopping<T>(
        &mut self,
        act: impl FnMut(&mut Session) -> std::result::Result<T, Trouble>,
    ) -> Result<Option<std::result::Result<T, Status>>> {
        if self.stop.is_asked() {
            return Ok(None);
        }
        match self.attempt(act) {
            Err(_) if self.stop.is_asked() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Does something to mails, a chunk at a time; a chunk that is refused is parted, so that one mail
    /// does not hold the others.
    fn in_chunks(
        &mut self,
        uids: &[u32],
        act: impl Fn(&mut Session, &[u32]) -> std::result::Result<(), Trouble>,
        confirmed: &mut dyn FnMut(&[u32]) -> Result<()>,
    ) -> Result<Tally> {
        let mut tally = Tally::default();
        let mut parts: Vec<&[u32]> = uids.chunks(CHUNK).rev().collect();
        while let Some(part) = parts.pop() {
            let Some(answer) = self.unless_stopping(|session| act(session, part))? else { break };
            match answer {
                Ok(()) => {
                    confirmed(part)?;
                    tally.add(part);
                }
                Err(_) if part.len() > 1 => {
                    let (one, other) = part.split_at(part.len() / 2);
                    parts.extend([other, one]);
                }
                Err(status) => {
                    if !tally.refuse(&status, parts.iter().map(|part| part.len()).sum()) {
                        break;
                    }
                }
            }
        }
        Ok(tally)
    }
}

/// What was taken away, and how many are marked and could not be.
struct Away {
    tally: Tally,
    marked: usize,
}

impl Away {
    fn warnings(&self, what: &str) -> Vec<String> {
        let marked = (self.marked > 0).then(|| {
            format!(
                "of these, mails that bear \\Deleted now, which the server did not take back: {}",
                self.marked
            )
        });
        self.tally.warning(what).into_iter().chain(marked).collect()
    }
}

/// UIDs in ascending order, each once, without those.
fn ascending(uids: &[u32], without: &[u32]) -> Vec<u32> {
    let mut uids: Vec<u32> =
        uids.iter().copied().filter(|uid| without.binary_search(uid).is_err()).collect();
    uids.sort_unstable();
    uids.dedup();
    uids
}

fn store(
    session: &mut Session,
    uids: &[u32],
    flag: &Flag<'_>,
    kind: StoreType,
) -> std::result::Result<(), Trouble> {
    let command = CommandBody::Store {
        sequence_set: listing::set(uids)?,
        kind,
        response: StoreResponse::Silent,
        flags: vec![flag.clone()],
        uid: true,
    };
    session.connection.run_quietly(command, session.limit).map(|_| ())
}

fn make_sure_of(session: &mut Session, target: &str) -> std::result::Result<(), Trouble> {
    if folders::is_there(session, target)? { Ok(()) } else { folders::create(session, target) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_put_in_order_and_those_with_copies_left_out() {
        assert_eq!(vec![1, 3, 9], ascending(&[9, 3, 3, 1, 4], &[2, 4]));
    }
}
