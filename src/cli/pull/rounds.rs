//! The **rounds** of `pull --watch`: each tells of what it found, and of what went wrong once.
//!
//! In: accounts in which there may be something new. Out: lines, and which accounts are to be left
//! alone for a while.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::intake::Stop;
use crate::model::pulled::AccountPulled;
use crate::render::{json, pulled};
use crate::store::sqlite::SqliteStore;

use super::super::accounts::Account;
use super::super::args::Format;
use super::super::failure::remark;
use super::super::listen::{self, Reached};
use super::super::lock::Lock;
use super::super::settings::Settings;
use super::super::{Exit, Streams, written};
use super::{Document, pull_accounts};

/// Pulls again and again, and writes of the rounds that found something.
pub(super) fn watch(
    accounts: &[&Account],
    every: Duration,
    settings: &Settings,
    streams: &mut Streams<'_>,
    stop: &Stop,
) -> Result<Exit> {
    SqliteStore::open(&settings.db)?; // what is wrong with it is said at once
    let started = Instant::now();
    let mut told = Told::default();
    remark(streams.err, settings.quiet, &begun(accounts, every));
    listen::accounts(accounts, every, stop, |due| {
        let settings = settings.after(started.elapsed());
        let turn = Lock::take_turn(&settings.db, settings.now, stop)?;
        let Some(_turn) = turn else { return Ok(vec![Reached::Fine; due.len()]) };
        // opened anew: somebody may have put another file in its place
        let mut store = SqliteStore::open(&settings.db)?;
        // what went wrong is told here, once
        let mut nobody = io::sink();
        let mut silent = Streams { out: streams.out, err: &mut nobody, progress: false };
        let pulled = pull_accounts(due, &settings, &mut store, &mut silent, stop)?;
        told.tell(&pulled, &settings, streams)?;
        let mut reached: Vec<Reached> = pulled.iter().map(reached).collect();
        reached.resize(due.len(), Reached::Fine); // those that a wish to stop has left out
        Ok(reached)
    })?;
    remark(streams.err, settings.quiet, "stopped; what was read is stored");
    Ok(Exit::Fine)
}

fn begun(accounts: &[&Account], every: Duration) -> String {
    let names: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
    let seconds = every.as_secs();
    format!("watching {}, every {seconds} s at least; Ctrl-C ends it", names.join(", "))
}

fn reached(pulled: &AccountPulled) -> Reached {
    match pulled {
        AccountPulled { is_refused: true, .. } => Reached::Refused,
        AccountPulled { error: Some(_), .. } => Reached::Failed,
        _ => Reached::Fine,
    }
}

/// What was told of each account.
#[derive(Default)]
struct Told {
    errors: HashMap<String, String>,
    warnings: HashMap<String, Vec<String>>,
}

impl Told {
    /// Tells what is new in a round.
    fn tell(
        &mut self,
        pulled: &[AccountPulled],
        settings: &Settings,
        streams: &mut Streams<'_>,
    ) -> Result<()> {
        let mut pulled = pulled.to_vec();
        let mut is_new = false;
        for account in &mut pulled {
            is_new |= self.error(account, streams);
            let warnings = self.warnings.entry(account.account.clone()).or_default();
            if *warnings == account.warnings {
                account.warnings.clear();
            } else {
                warnings.clone_from(&account.warnings);
            }
        }
        let news: Vec<AccountPulled> =
            pulled.iter().filter(|account| account.is_news(false)).cloned().collect();
        written(match settings.format {
            Format::Json if news.is_empty() && !is_new => Ok(()),
            Format::Json => json::line(streams.out, &Document::of(&pulled)),
            _ => news.iter().try_for_each(|news| pulled::write(streams.out, settings.page, news)),
        })?;
        written(streams.out.flush())
    }

    /// Says what went wrong, or that it goes well again. Whether either is so.
    fn error(&mut self, account: &AccountPulled, streams: &mut Streams<'_>) -> bool {
        let before = match &account.error {
            Some(error) => self.errors.insert(account.account.clone(), error.clone()),
            None => self.errors.remove(&account.account),
        };
        let text = match &account.error {
            error if *error == before => return false,
            Some(error) if account.is_refused => format!("{error} (tried again in an hour)"),
            Some(error) => error.clone(),
            None => format!("{}: is reached again", account.account),
        };
        remark(streams.err, false, &text);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(error: Option<&str>) -> AccountPulled {
        let error = error.map(str::to_owned);
        AccountPulled { account: "main".into(), error, ..AccountPulled::default() }
    }

    #[test]
    fn what_goes_wrong_is_said_once_and_so_is_that_it_goes_well_again() {
        let mut told = Told::default();
        let mut say = |error| {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut streams = Streams { out: &mut out, err: &mut err, progress: false };
            told.error(&account(error), &mut streams);
            String::from_utf8(err).unwrap()
        };
        assert_eq!("", say(None));
        assert_eq!("note: main: no\n", say(Some("main: no")));
        assert_eq!("", say(Some("main: no")));
        assert_eq!("note: main: never\n", say(Some("main: never")));
        assert_eq!("note: main: is reached again\n", say(None));
        assert_eq!("", say(None));
    }
}
