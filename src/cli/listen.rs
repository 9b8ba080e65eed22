//! **Listening** to mailboxes: which of them may hold something new, as soon as their servers say so.
//!
//! In: accounts. Out: calls of a round, with the accounts that it should look at. Each folder is
//! listened to over a connection of its own. A mailbox that cannot be reached is tried again; only a
//! round that fails ends it.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::intake::Stop;
use crate::intake::imap::Mailbox;

use super::accounts::Account;
use super::watch::{TICK, pause};

/// The shortest pause before a mailbox that cannot be reached is listened to again.
const PAUSE: Duration = Duration::from_secs(60);

/// Folders of one account that are listened to; servers bound the connections of a user. The others
/// are looked at every so often.
const LISTENED: usize = 5;

/// The pause before an account is asked again whose server has refused who we are: asked more often,
/// it may lock the account.
const REFUSED: Duration = Duration::from_secs(3_600);

/// How a round fared with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// All of it was read.
    Fine,
    /// Not all of it was.
    Failed,
    /// The server has refused who we are.
    Refused,
}

/// Calls `round` with the accounts in which there may be something new: at first with all, then with
/// those whose servers say so, and every so often with all again. An account is listened to once a
/// round has reached it. Returns when somebody asks to stop.
pub(super) fn accounts(
    accounts: &[&Account],
    every: Duration,
    stop: &Stop,
    mut round: impl FnMut(&[&Account]) -> Result<Vec<Reached>>,
) -> Result<()> {
    let (tell, told) = sync_channel(accounts.len());
    std::thread::scope(|threads| {
        let mut heard = vec![false; accounts.len()];
        let mut rest: Vec<Option<Instant>> = vec![None; accounts.len()];
        let mut due: BTreeSet<usize> = (0..accounts.len()).collect();
        let ended = loop {
            due.retain(|at| rest[*at].is_none_or(|until| until <= Instant::now()));
            let named: Vec<&Account> = due.iter().map(|at| accounts[*at]).collect();
            let reached = match round(&named) {
                Ok(reached) => reached,
                Err(error) => break Err(error),
            };
            for (at, reached) in due.iter().copied().zip(reached) {
                let is_refused = reached == Reached::Refused;
                rest[at] = is_refused.then(|| Instant::now() + REFUSED);
                if reached == Reached::Fine && !std::mem::replace(&mut heard[at], true) {
                    for folder in accounts[at].folders.iter().take(LISTENED) {
                        let (tell, account) = (tell.clone(), accounts[at]);
                        let tell = move || tell_of(&tell, at);
                        threads.spawn(move || listen(account, folder, every, stop, &tell));
                    }
                }
            }
            due = wait(&told, every, stop);
            if stop.is_asked() {
                break Ok(());
            }
            if due.is_empty() {
                due = (0..accounts.len()).collect();
            }
        };
        stop.ask();
        ended
    })
}

/// That nobody listens means that enough was told: the next round looks at everything.
fn tell_of(tell: &SyncSender<usize>, at: usize) {
    let _ = tell.try_send(at);
}

/// Waits until something is told, and takes all that was. Empty: nothing was, for so long.
fn wait(told: &Receiver<usize>, every: Duration, stop: &Stop) -> BTreeSet<usize> {
    let until = Instant::now() + every;
    while !stop.is_asked() {
        let left = until.saturating_duration_since(Instant::now());
        match told.recv_timeout(left.min(TICK)) {
            Ok(first) => return std::iter::once(first).chain(told.try_iter()).collect(),
            Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
            Err(_) => break,
        }
    }
    BTreeSet::new()
}

/// Watches one folder over a connection of its own, and tells when something has changed there. What
/// goes wrong is not said here: the round that reads the mailbox meets the same.
fn listen(account: &Account, folder: &str, every: Duration, stop: &Stop, tell: &dyn Fn()) {
    while !stop.is_asked() {
        let sign_in = account.sign_in(stop);
        let server = account.server.clone();
        let mut mailbox = Mailbox::new(server, &account.user, sign_in, stop.clone());
        // what came before the folder was opened is found by the round that follows
        let mut watched = mailbox.open(folder, false).and_then(|_| look(&mut mailbox, tell));
        while watched.is_ok() && !stop.is_asked() {
            watched = match mailbox.wait(every) {
                Ok(true) => look(&mut mailbox, tell),
                Ok(false) => Ok(()),
                Err(error) => Err(error),
            };
        }
        let length = if mailbox.is_refused() { REFUSED } else { every.max(PAUSE) };
        mailbox.close();
        pause(length, stop);
    }
}

/// Tells that something has changed. What is there now is no news from then on.
fn look(mailbox: &mut Mailbox, tell: &dyn Fn()) -> Result<()> {
    mailbox.uids()?;
    tell();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_told_meanwhile_makes_one_round() {
        let (tell, told) = sync_channel(2);
        [1, 0, 1].iter().for_each(|at| tell_of(&tell, *at));
        let wait = |every| wait(&told, every, &Stop::default());
        assert_eq!(BTreeSet::from([0, 1]), wait(Duration::from_secs(9)));
        assert_eq!(BTreeSet::new(), wait(Duration::from_millis(1)));
    }
}
