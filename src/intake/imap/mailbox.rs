//! A **mailbox**: one account on one server, connected when it is needed.
//!
//! In: a server, and who has credentials. Out: a folder that stays open: a connection that is lost is
//! made again, after a pause that grows, and the folder opened again if it still is the one it was.
//! What a person must see to is an error at once: a refused password is not tried twice.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Server;
use super::exchange::Trouble;
use super::folders::{self, Opened};
use super::listing;
use super::mails::Mails;
use super::session::{Failure, Session, what};
use super::status::Status;
use crate::error::{Error, Result};
use crate::intake::Stop;
use crate::intake::sign_in::{Credentials, SignIn};
use crate::model::FolderId;

/// How many mails are meant by one command: it stays shorter than servers take, whatever the numbers.
pub(super) const CHUNK: usize = 500;

/// The longest pause between two connections.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// One account's mailbox; connects when first needed and again when the connection is lost.
pub struct Mailbox {
    pub(super) server: Server,
    pub(super) stop: Stop,
    pub(super) session: Option<Session>,
    pub(super) folder: Option<OpenFolder>,
    name: String,
    sign_in: Box<dyn SignIn>,
    /// Whether a token was shown last: a new one may be taken where the last was not.
    has_token: bool,
    /// Why the server does not let us in: asking again would only lock the account.
    refused: Option<[String; 3]>,
}

/// A folder that was opened.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Which, in which of its lives.
    pub id: Arc<FolderId>,
    /// How many mails are in it.
    pub exists: u32,
}

/// A folder that is to be open on every connection.
#[derive(Debug, Clone)]
pub(super) struct OpenFolder {
    pub id: Arc<FolderId>,
    pub opened: Opened,
    writable: bool,
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Mailbox {
    /// The mailbox of this user. Nothing is sent yet.
    #[must_use]
    pub fn new(server: Server, user: &str, sign_in: Box<dyn SignIn>, stop: Stop) -> Self {
        let name = format!("{user}@{}:{}", server.host, server.port);
        Self {
            server,
            stop,
            session: None,
            folder: None,
            name,
            sign_in,
            has_token: false,
            refused: None,
        }
    }

    /// Its name: `user@host:port`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the server can be spoken to: what went wrong last was not the connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.session.is_some()
    }

    /// Whether the server has refused who we are: asked again soon, it may lock the account.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Opens a folder, to be written to or only to be read. `/` stands between the levels of its
    /// name.
    ///
    /// # Errors
    /// When the server cannot be reached, does not let us in, or has no such folder.
    pub fn open(&mut self, folder: &str, writable: bool) -> Result<Folder> {
        self.folder = None;
        let attempt = self.insist(|session| {
            let name = session.names.divided(folder);
            let below = session.names.below_prefix(folder);
            match folders::open(session, &name, writable) {
                Err(Trouble::Refused(_)) if below != name => {
                    folders::open(session, &below, writable).map(|opened| (below, opened))
                }
                other => other.map(|opened| (name, opened)),
            }
        })?;
        let (name, opened) = attempt.map_err(|status| no_folder(folder, &self.name, &status))?;
        let uid_validity =
            opened.uid_validity.ok_or_else(|| no_lasting_numbers(&name, &self.name))?;
        let id = Arc::new(FolderId { mailbox: self.name.clone(), folder: name, uid_validity });
        self.folder = Some(OpenFolder { id: Arc::clone(&id), opened, writable });
        let exists = self.session.as_ref().map_or(0, |session| session.connection.count.exists);
        Ok(Folder { id, exists })
    }

    /// All UIDs in the open folder, ascending; as many as the server says there are.
    ///
    /// # Errors
    /// When they cannot be had, or are more than anybody reads.
    pub fn uids(&mut self) -> Result<Vec<u32>> {
        let exists = self.connected()?.connection.count.exists;
        if exists > listing::MAILS_MAX {
            return Err(self.too_many(exists));
        }
        let uids = self.insist(listing::uids)?;
        uids.map_err(|status| self.refusal("cannot list the mails", &status))
    }

    /// Which of these mails, whose numbers ascend, are still in the open folder.
    pub(super) fn still_there(&mut self, uids: &[u32]) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        for part in uids.chunks(CHUNK) {
            let there = self.insist(|session| listing::still_there(session, part))?;
            found.extend(there.map_err(|status| self.refusal("cannot list the mails", &status))?);
        }
        Ok(found)
    }

    /// The sizes of these mails, in bytes as the server announces them; none for a mail that is gone
    /// or that the server cannot open.
    ///
    /// # Errors
    /// When they cannot be had.
    pub fn sizes(&mut self, uids: &[u32]) -> Result<Vec<(u32, u64)>> {
        let mut sorted = uids.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut found = Vec::new();
        let mut parts: Vec<&[u32]> = sorted.chunks(CHUNK).rev().collect();
        while let Some(part) = parts.pop().filter(|_| !self.stop.is_asked()) {
            let (sizes, outcome) = listing::sizes(self.connected()?, part);
            self.see(&outcome);
            // one mail that cannot be opened is not to hide the others' sizes
            if outcome.is_ok() || part.len() == 1 {
                found.extend(sizes);
            } else {
                let (one, other) = part.split_at(part.len() / 2);
                parts.extend([other, one]);
            }
        }
        Ok(found)
    }

    /// The mails as inputs, in the order of their UIDs, each fetched when its turn has come.
    #[must_use]
    pub fn mails(&mut self, uids: Vec<u32>, max_bytes: u64) -> Mails<'_> {
        Mails::new(self, uids, max_bytes)
    }

    /// Takes leave of the server.
    pub fn close(self) {
        if let Some(session) = self.session {
            session.close();
        }
    }

    /// The connection, made anew if need be, with the folder open on it.
    pub(super) fn connected(&mut self) -> Result<&mut Session> {
        let mut failures = 0;
        let mut is_refused = false;
        while self.session.is_none() {
            match self.connect(is_refused) {
                Ok(session) => self.session = Some(session),
                Err(Failure::ForGood(error)) => return Err(error),
                Err(Failure::Refused(error)) if is_refused || !self.has_token => {
                    return Err(self.give_up(error));
                }
                Err(Failure::Refused(_)) => is_refused = true,
                Err(Failure::ForNow(why)) => {
                    failures += 1;
                    if failures >= self.server.patience.attempts || self.stop.is_asked() {
                        return Err(self.unreachable(&why, failures));
                    }
                    self.pause(failures);
                }
            }
        }
        let server = &self.server;
        let nothing = || Error::new(what(server), "there is no connection", "run again");
        self.session.as_mut().ok_or_else(nothing)
    }

    fn connect(&mut self, is_refused: bool) -> std::result::Result<Session, Failure> {
        if let Some([what, why, remedy]) = self.refused.clone() {
            return Err(Failure::ForGood(Error::new(what, why, remedy)));
        }
        let credentials = self.sign_in.credentials(is_refused).map_err(Failure::ForGood)?;
        self.has_token = matches!(credentials, Credentials::Token { .. });
        let mut session = Session::open(&self.server, &credentials, &self.stop)?;
        self.open_again(&mut session)?;
        Ok(session)
    }

    /// Opens the folder that was open on the connection before.
    fn open_again(&mut self, session: &mut Session) -> std::result::Result<(), Failure> {
        let Some(folder) = &mut self.folder else { return Ok(()) };
        let name = &folder.id.folder;
        match folders::open(session, name, folder.writable) {
            Ok(opened) if opened.uid_validity == Some(folder.id.uid_validity) => {
                folder.opened = opened
            }
            Ok(_) => return Err(Failure::ForGood(another_life(name, &self.name))),
            Err(Trouble::Refused(status)) if !status.is_passing() => {
                return Err(Failure::ForGood(no_folder(name, &self.name, &status)));
            }
            Err(trouble) => return Err(Failure::ForNow(trouble.in_words())),
        }
        Ok(())
    }

    /// Does something on the connection; on another, if that one is lost. What the server refuses is
    /// for the caller to judge.
    pub(super) fn attempt<T>(
        &mut self,
        mut act: impl FnMut(&mut Session) -> std::result::Result<T, Trouble>,
    ) -> Result<std::result::Result<T, Status>> {
        let mut losses = 0;
        loop {
            match act(self.connected()?) {
                Ok(done) => return Ok(Ok(done)),
                Err(Trouble::Refused(status)) => return Ok(Err(status)),
                Err(Trouble::Lost(loss)) => {
                    self.session = None;
                    losses += 1;
                    if losses >= self.server.patience.attempts || self.stop.is_asked() {
                        return Err(self.unreachable(&loss.why, losses));
                    }
                    self.pause(losses);
                }
            }
        }
    }

    /// The same; asks again where the server says that it may go better later.
    fn insist<T>(
        &mut self,
        mut act: impl FnMut(&mut Session) -> std::result::Result<T, Trouble>,
    ) -> Result<std::result::Result<T, Status>> {
        let mut refusals = 0;
        loop {
            match self.attempt(&mut act)? {
                Err(status) if status.is_passing() && !self.stop.is_asked() => {
                    refusals += 1;
                    if refusals >= self.server.patience.attempts {
                        return Ok(Err(status));
                    }
                    self.pause(refusals);
                }
                other => return Ok(other),
            }
        }
    }

    /// Drops the connection if it is of no more use.
    pub(super) fn see<T>(&mut self, outcome: &std::result::Result<T, Trouble>) {
        if let Err(Trouble::Lost(_)) = outcome {
            self.session = None;
        }
    }

    /// Waits before connection number `failures + 1` in a row.
    pub(super) fn pause(&self, failures: u32) {
        let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
        let end =
            Instant::now() + self.server.patience.back_off.saturating_mul(factor).min(PAUSE_MAX);
        while Instant::now() < end && !self.stop.is_asked() {
            let left = end.saturating_duration_since(Instant::now());
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    fn give_up(&mut self, error: Error) -> Error {
        // a password stays wrong; somebody may get a token while we run
        if let (Error::Failed { what, why, remedy }, false) = (&error, self.has_token) {
            self.refused = Some([what.clone(), why.clone(), remedy.clone()]);
        }
        error
    }

    fn unreachable(&self, why: &str, failures: u32) -> Error {
        let why = if failures > 1 { format!("{why} (tried {failures} times)") } else { why.into() };
        Error::new(
            what(&self.server),
            why,
            "check `host`, `port` and `security`, and that the server runs and is not behind a firewall",
        )
    }

    fn too_many(&self, exists: u32) -> Error {
        let folder = self.folder.as_ref().map_or("", |folder| folder.id.folder.as_str());
        Error::new(
            format!("cannot list the mails in {folder} of {}", self.name),
            format!("the server says that there are {exists}, more than {}", listing::MAILS_MAX),
            "move most of them to another folder, or ask who runs the server",
        )
    }

    /// What a refused command means to a person.
    pub(super) fn refusal(&self, what: &str, status: &Status) -> Error {
        let folder = self.folder.as_ref().map_or("", |folder| folder.id.folder.as_str());
        Error::new(
            format!("{what} in {folder} of {}", self.name),
            format!("the server says: {}", status.in_words()),
            "ask who runs the server; the next run tries again",
        )
    }
}

fn no_folder(folder: &str, mailbox: &str, status: &Status) -> Error {
    Error::new(
        format!("cannot open the folder {folder} of {mailbox}"),
        format!("the server says: {}", status.in_words()),
        "name folders in `folders` as the mail program shows them, with / between the levels",
    )
}

fn no_lasting_numbers(folder: &str, mailbox: &str) -> Error {
    Error::new(
        format!("cannot read the folder {folder} of {mailbox}"),
        "the server gives its mails no lasting numbers (UIDVALIDITY)",
        "it cannot be told which mails are new; use another server",
    )
}

fn another_life(folder: &str, mailbox: &str) -> Error {
    Error::new(
        format!("cannot go on with the folder {folder} of {mailbox}"),
        "it was made anew while it was read (its UIDVALIDITY has changed)",
        "run again: the next run reads the folder anew, and nothing is counted twice",
    )
}
