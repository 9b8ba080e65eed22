//! **Settling**: a mail gets a keyword, is moved or is deleted, once what was in it is stored.
//!
//! In: UIDs of the open folder, and what is to be done. Out: each step as the server confirms it, in
//! chunks, so that it can be noted before the next; and warnings for what was left. Never empties a
//! folder of mails that somebody else marked: only UID EXPUNGE (RFC 4315) is used, and where a server
//! has neither that nor MOVE (RFC 6851), nothing is touched.

use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::flag::{Flag, StoreResponse, StoreType};

use super::exchange::Trouble;
use super::folders;
use super::listing;
use super::mailbox::{CHUNK, Mailbox};
use super::session::Session;
use super::status::Status;
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
struct Tally {
    done: Vec<u32>,
    left: usize,
    why: Option<String>,
}

impl Tally {
    /// A warning, if something was left.
    fn warning(&self, what: &str) -> Option<String> {
        let why = self.why.as_deref()?;
        let mails = if self.left == 1 {
            "1 mail stays".into()
        } else {
            format!("{} mails stay", self.left)
        };
        Some(format!("{mails} as found, and could not be {what}: {why}"))
    }
}

type Noted<'a> = &'a mut dyn FnMut(Step<'_>) -> Result<()>;

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
        if *how == Settle::Leave || uids.is_empty() && copied.is_empty() {
            return Ok(Vec::new());
        }
        self.connected()?;
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
        let act = |session: &mut Session, uids: &[u32]| store(session, uids, &flag);
        let tally = self.in_chunks(uids, act, &mut |uids| done(Step::Flagged(uids)))?;
        Ok(tally.warning("flagged").into_iter().collect())
    }

    fn delete(&mut self, uids: &[u32], done: Noted<'_>) -> Result<Vec<String>> {
        if !self.connected()?.capabilities.has("UIDPLUS") {
            return Ok(vec![
                "the server cannot delete single mails (no UIDPLUS): they stay as found".into(),
            ]);
        }
        Ok(self.take_away(uids, done)?.warning("deleted").into_iter().collect())
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
        if !uids.is_empty()
            && let Err(status) = self.attempt(|session| make_sure_of(session, &target))?
        {
            let why = status.in_words();
            return Ok(vec![format!(
                "the folder {target} cannot be made, and the mails stay as found: the server says: {why}"
            )]);
        }
        let what = format!("moved to {target}");
        let mut warnings = Vec::new();
        let mut rest = copied.to_vec();
        if has_move {
            let act = |session: &mut Session, uids: &[u32]| transfer(session, uids, &target, true);
            warnings.extend(
                self.in_chunks(uids, act, &mut |uids| done(Step::Gone(uids)))?.warning(&what),
            );
        } else {
            let act = |session: &mut Session, uids: &[u32]| transfer(session, uids, &target, false);
            let tally = self.in_chunks(uids, act, &mut |uids| done(Step::Copied(uids)))?;
            warnings.extend(tally.warning(&what));
            rest = ascending(&[rest, tally.done].concat(), &[]);
        }
        let away = self.take_away(&rest, done)?;
        warnings.extend(away.warning("taken away, though their copies lie where they belong"));
        Ok(warnings)
    }

    /// Marks mails as deleted, and removes these and no others.
    fn take_away(&mut self, uids: &[u32], done: Noted<'_>) -> Result<Tally> {
        let act = |session: &mut Session, uids: &[u32]| {
            store(session, uids, &Flag::Deleted)?;
            let command = CommandBody::ExpungeUid { sequence_set: listing::set(uids)? };
            session.connection.run_quietly(command, session.limit).map(|_| ())
        };
        self.in_chunks(uids, act, &mut |uids| done(Step::Gone(uids)))
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
        let mut refusals = 0;
        while let Some(part) = parts.pop() {
            match self.attempt(|session| act(session, part))? {
                Ok(()) => {
                    confirmed(part)?;
                    tally.done.extend(part);
                    refusals = 0;
                }
                Err(_) if part.len() > 1 => {
                    let (one, other) = part.split_at(part.len() / 2);
                    parts.extend([other, one]);
                    continue;
                }
                Err(status) => {
                    tally.left += 1;
                    tally.why = Some(format!("the server says: {}", status.in_words()));
                    refusals += 1;
                }
            }
            if refusals >= REFUSALS_MAX {
                tally.left += parts.iter().map(|part| part.len()).sum::<usize>();
                break;
            }
            if self.stop.is_asked() {
                break;
            }
        }
        Ok(tally)
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

fn store(session: &mut Session, uids: &[u32], flag: &Flag<'_>) -> std::result::Result<(), Trouble> {
    let command = CommandBody::Store {
        sequence_set: listing::set(uids)?,
        kind: StoreType::Add,
        response: StoreResponse::Silent,
        flags: vec![flag.clone()],
        uid: true,
    };
    session.connection.run_quietly(command, session.limit).map(|_| ())
}

/// Moves or copies mails; makes the folder if the server says that this is what is missing.
fn transfer(
    session: &mut Session,
    uids: &[u32],
    target: &str,
    moves: bool,
) -> std::result::Result<(), Trouble> {
    let answer = try_transfer(session, uids, target, moves);
    match answer {
        Err(Trouble::Refused(status)) if status.is("TRYCREATE") => {
            folders::create(session, target)?;
            try_transfer(session, uids, target, moves).map(|_| ())
        }
        other => other.map(|_| ()),
    }
}

fn try_transfer(
    session: &mut Session,
    uids: &[u32],
    target: &str,
    moves: bool,
) -> std::result::Result<Status, Trouble> {
    let (sequence_set, mailbox) = (listing::set(uids)?, folders::mailbox(target)?);
    let command = if moves {
        CommandBody::Move { sequence_set, mailbox, uid: true }
    } else {
        CommandBody::Copy { sequence_set, mailbox, uid: true }
    };
    session.connection.run_quietly(command, session.limit)
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
