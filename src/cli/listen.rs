//! **Listening** to mailboxes: which of them may hold something new, as soon as their servers say so.
//!
//! In: accounts. Out: calls of a round, with the accounts that it should look at. Each folder is
//! listened to over a connection of its own. A mailbox that cannot be reached is tried again; only a
//! round that fails ends it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
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

/// The shortest pause between two rounds: a server that has news without end is not asked without end.
const ROUND: Duration = Duration::from_secs(2);

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
    let news = &News::default();
    std::thread::scope(|threads| {
        let listen_to = |at: usize| {
            for folder in accounts[at].folders.iter().take(LISTENED) {
                let tell = move || news.tell(at);
                let account = accounts[at];
                threads.spawn(move || listen(account, folder, every, stop, &tell));
            }
        };
        let mut calendar = Calendar::new(accounts.len(), every);
        let ended = loop {
            let due = calendar.due(news.take(), Instant::now());
            let named: Vec<&Account> = due.iter().map(|at| accounts[*at]).collect();
            let reached = if named.is_empty() { Ok(Vec::new()) } else { round(&named) };
            match reached {
                Ok(reached) => calendar.note(&due, &reached, Instant::now()),
                Err(error) => break Err(error),
            }
            calendar.newly_reached().into_iter().for_each(listen_to);
            if !(pause(ROUND, stop) && wait(news, calendar.all_due, stop)) {
                break Ok(());
            }
        };
        stop.ask();
        ended
    })
}

/// Which accounts have something new, by their place in the list.
#[derive(Debug, Default)]
struct News(Mutex<BTreeSet<usize>>);

impl News {
    fn tell(&self, at: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(at);
    }

    fn take(&self) -> BTreeSet<usize> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// Waits until something is told or the moment comes. False: somebody asks to stop.
fn wait(news: &News, until: Instant, stop: &Stop) -> bool {
    while news.is_empty() && Instant::now() < until {
        let left = until.saturating_duration_since(Instant::now());
        if !pause(left.min(TICK), stop) {
            return false;
        }
    }
    !stop.is_asked()
}

/// When each account is to be looked at.
#[derive(Debug)]
struct Calendar {
    every: Duration,
    /// When all are, whatever was told: a busy account does not keep the others from it.
    all_due: Instant,
    /// Until when an account is left alone.
    rest: Vec<Option<Instant>>,
    /// Whether an account was reached before.
    is_known: Vec<bool>,
    new: Vec<usize>,
}

impl Calendar {
    fn new(accounts: usize, every: Duration) -> Self {
        let (rest, is_known) = (vec![None; accounts], vec![false; accounts]);
        Self { every, all_due: Instant::now(), rest, is_known, new: Vec::new() }
    }

    /// The accounts to look at now.
    fn due(&mut self, told: BTreeSet<usize>, now: Instant) -> Vec<usize> {
        let is_all = now >= self.all_due;
        if is_all {
            self.all_due = now + self.every;
        }
        let is_due = |at: &usize| {
            (is_all || told.contains(at)) && self.rest[*at].is_none_or(|until| until <= now)
        };
        (0..self.rest.len()).filter(is_due).collect()
    }

    /// Notes how a round fared.
    fn note(&mut self, due: &[usize], reached: &[Reached], now: Instant) {
        for (at, reached) in due.iter().copied().zip(reached) {
            self.rest[at] = (*reached == Reached::Refused).then(|| now + REFUSED);
            if *reached == Reached::Fine && !std::mem::replace(&mut self.is_known[at], true) {
                self.new.push(at);
            }
        }
    }

    /// The accounts that were reached for the first time since this was last asked.
    fn newly_reached(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.new)
    }
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
    fn what_is_told_ends_the_waiting_and_is_taken_once() {
        let (news, stop) = (News::default(), Stop::default());
        [1, 0, 1].iter().for_each(|at| news.tell(*at));
        let far = Instant::now() + Duration::from_secs(3_600);
        assert!(wait(&news, far, &stop));
        assert_eq!(BTreeSet::from([0, 1]), news.take());
        assert!(wait(&news, Instant::now(), &stop), "the moment has come");
        stop.ask();
        assert!(!wait(&news, far, &stop));
    }

    #[test]
    fn a_busy_account_does_not_keep_the_others_from_being_looked_at() {
        let every = Duration::from_secs(60);
        let mut calendar = Calendar::new(3, every);
        let start = Instant::now();
        assert_eq!(vec![0, 1, 2], calendar.due(BTreeSet::new(), start));
        for second in 1..60 {
            let now = start + Duration::from_secs(second);
            assert_eq!(vec![1], calendar.due(BTreeSet::from([1]), now));
        }
        assert_eq!(vec![0, 1, 2], calendar.due(BTreeSet::from([1]), start + every));
    }

    #[test]
    fn who_refuses_is_left_alone_for_an_hour_and_who_is_reached_is_listened_to_once() {
        let mut calendar = Calendar::new(2, Duration::from_secs(60));
        let start = Instant::now();
        calendar.note(&[0, 1], &[Reached::Refused, Reached::Fine], start);
        assert_eq!(vec![1], calendar.newly_reached());
        let told = || BTreeSet::from([0, 1]);
        let soon = start + REFUSED - Duration::from_secs(1);
        assert_eq!(vec![1], calendar.due(told(), soon));
        assert_eq!(vec![0, 1], calendar.due(told(), start + REFUSED));
        calendar.note(&[0, 1], &[Reached::Fine, Reached::Fine], start + REFUSED);
        assert_eq!(vec![0], calendar.newly_reached());
        calendar.note(&[0, 1], &[Reached::Failed, Reached::Fine], start + REFUSED);
        assert_eq!(Vec::<usize>::new(), calendar.newly_reached());
    }
}
