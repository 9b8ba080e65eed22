//! A **transfer**: mails are moved or copied to another folder.
//!
//! In: UIDs of the open folder, and where to. Out: each chunk as the server confirms it, and warnings.
//! Neither command is repeated blindly where the connection was lost before its answer.

use std::collections::BTreeSet;

use imap_codec::imap_types::command::CommandBody;

use super::exchange::{Loss, Trouble};
use super::folders;
use super::listing;
use super::mailbox::Mailbox;
use super::session::Session;
use super::settle::{Noted, Step, Tally};
use super::status::Status;
use crate::error::Result;

/// How many mails are copied by one command. A server may go on with it after a connection is gone,
/// and what it copies then is copied again.
const COPIED: usize = 50;

/// How many mails are moved by one command. What is moved is not there to be moved again; and a server
/// that keeps each mail in a file reads the whole folder for each command.
const MOVED: usize = 250;

/// Where mails are to be.
pub(super) struct Transfer<'a> {
    /// The folder, as the server names it.
    pub target: &'a str,
    /// Whether they are moved; else they are copied.
    pub moves: bool,
}

/// What is done, what is to be done, and what nobody knows.
#[derive(Default)]
struct Ledger {
    tally: Tally,
    parts: Vec<Vec<u32>>,
    /// Mails of which it is not known whether they were copied, and why not.
    unknown: usize,
    why: String,
    /// How often in a row the connection was lost and nothing was done.
    losses: u32,
}

impl Mailbox {
    /// Moves or copies mails, a chunk at a time; a chunk that is refused is parted, so that one mail
    /// does not hold the others.
    pub(super) fn transfer(
        &mut self,
        transfer: &Transfer<'_>,
        uids: &[u32],
        done: Noted<'_>,
    ) -> Result<(Tally, Vec<String>)> {
        let chunk = if transfer.moves { MOVED } else { COPIED };
        let parts = uids.chunks(chunk).rev().map(<[u32]>::to_vec).collect();
        let mut ledger = Ledger { parts, ..Ledger::default() };
        while let Some(part) = ledger.parts.pop().filter(|_| !self.stop.is_asked()) {
            let answer = self.connected().map(|session| transfer.run(session, &part));
            let answer = match answer {
                Err(_) if self.stop.is_asked() => break,
                other => other?,
            };
            match answer {
                Ok(()) => {
                    self.succeeded();
                    ledger.losses = 0;
                    ledger.tally.add(&part);
                    done(transfer.step(&part))?;
                }
                Err(Trouble::Refused(status)) => {
                    self.succeeded();
                    if !ledger.refuse(part, &status) {
                        break;
                    }
                }
                Err(Trouble::Lost(loss)) => {
                    if !self.is_lost(transfer, part, &loss, &mut ledger, done)? {
                        break;
                    }
                }
            }
        }
        let warnings = ledger.warnings(transfer);
        Ok((ledger.tally, warnings))
    }

    /// After a loss before the answer; whether to go on.
    fn is_lost(
        &mut self,
        transfer: &Transfer<'_>,
        part: Vec<u32>,
        loss: &Loss,
        ledger: &mut Ledger,
        done: Noted<'_>,
    ) -> Result<bool> {
        if !transfer.moves {
            // copied or not: to copy once more may leave two
            ledger.unknown += part.len();
            ledger.why.clone_from(&loss.why);
        }
        ledger.losses += 1;
        let outcome = self.lost(loss);
        if self.stop.is_asked() {
            return Ok(false);
        }
        outcome?;
        if ledger.losses >= self.server.patience.attempts {
            return Err(self.unreachable(&loss.why, ledger.losses));
        }
        if transfer.moves {
            let there = match self.still_there(&part) {
                Err(_) if self.stop.is_asked() => return Ok(false),
                other => BTreeSet::from_iter(other?),
            };
            let (still, gone): (Vec<u32>, Vec<u32>) =
                part.into_iter().partition(|uid| there.contains(uid));
            if !gone.is_empty() {
                ledger.losses = 0;
                ledger.tally.add(&gone);
                done(Step::Gone(&gone))?;
            }
            ledger.parts.extend((!still.is_empty()).then_some(still));
        }
        Ok(true)
    }
}

impl Ledger {
    /// Parts what was refused; whether to go on.
    fn refuse(&mut self, mut part: Vec<u32>, status: &Status) -> bool {
        if part.len() > 1 {
            let other = part.split_off(part.len() / 2);
            self.parts.extend([other, part]);
            return true;
        }
        self.tally.refuse(status, self.parts.iter().map(Vec::len).sum())
    }

    fn warnings(&self, transfer: &Transfer<'_>) -> Vec<String> {
        let Transfer { target, moves } = transfer;
        let unknown = (self.unknown > 0).then(|| {
            let mails = if self.unknown == 1 { "1 mail was".into() } else { format!("{} mails were", self.unknown) };
            let why = &self.why;
            format!("it is not known whether {mails} copied to {target}: {why}; the next run copies what is still here")
        });
        let what = if *moves { "moved" } else { "copied" };
        self.tally.warning(&format!("{what} to {target}")).into_iter().chain(unknown).collect()
    }
}

impl Transfer<'_> {
    fn step<'u>(&self, uids: &'u [u32]) -> Step<'u> {
        if self.moves { Step::Gone(uids) } else { Step::Copied(uids) }
    }

    /// Moves or copies; makes the folder if the server says that this is what is missing.
    fn run(&self, session: &mut Session, uids: &[u32]) -> std::result::Result<(), Trouble> {
        match self.command(session, uids) {
            Err(Trouble::Refused(status)) if status.is("TRYCREATE") => {
                folders::create(session, self.target)?;
                self.command(session, uids).map(|_| ())
            }
            other => other.map(|_| ()),
        }
    }

    fn command(&self, session: &mut Session, uids: &[u32]) -> std::result::Result<Status, Trouble> {
        let sequence_set = listing::set(uids)?;
        let mailbox = folders::mailbox(self.target)?;
        let command = if self.moves {
            CommandBody::Move { sequence_set, mailbox, uid: true }
        } else {
            CommandBody::Copy { sequence_set, mailbox, uid: true }
        };
        session.connection.run_quietly(command, session.limit)
    }
}
