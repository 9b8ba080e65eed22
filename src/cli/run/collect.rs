//! What a nightly run **reads**: the accounts, then the paths.
//!
//! In: the configuration. Out: what was read and from where, and what could not be. One place that
//! cannot be read costs the others nothing.

use std::io;
use std::path::PathBuf;

use crate::error::Result;
use crate::intake::paths::Paths;
use crate::intake::{Stop, Stoppable};
use crate::model::Written;
use crate::model::digest::{Failure, Looked};
use crate::model::pulled::{AccountPulled, FolderPulled, sum_of};
use crate::pipeline::{Ingested, ingest};
use crate::render::escape::escape;
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

use super::super::ingest::terms;
use super::super::progress::Bar;
use super::super::settings::Settings;
use super::super::{Streams, pull};

/// What was read, from all places together.
#[derive(Default)]
pub(super) struct Collected {
    /// Files and mails.
    pub(super) inputs: u64,
    pub(super) written: Written,
    pub(super) seconds: f64,
    /// Where it was looked, and how much lies there.
    pub(super) looked: Vec<Looked>,
    pub(super) failed: Vec<Failure>,
    pub(super) accounts: Vec<AccountPulled>,
}

/// Reads the accounts and the paths. `held` gets what is said of accounts that fail.
pub(super) fn collect(
    settings: &Settings,
    store: &mut SqliteStore,
    progress: bool,
    stop: &Stop,
    held: &mut Vec<u8>,
) -> Result<Collected> {
    let mut collected = Collected::default();
    let mut out = io::sink();
    let mut streams = Streams { out: &mut out, err: held, progress };
    accounts(settings, store, &mut streams, stop, &mut collected)?;
    paths(settings, store, progress, stop, &mut collected)?;
    Ok(collected)
}

/// Pulls every account of the configuration.
fn accounts(
    settings: &Settings,
    store: &mut SqliteStore,
    streams: &mut Streams<'_>,
    stop: &Stop,
    collected: &mut Collected,
) -> Result<()> {
    if settings.accounts.is_empty() {
        return Ok(());
    }
    let accounts = settings.accounts_named(&[])?;
    collected.accounts = pull::pull_accounts(&accounts, settings, store, streams, stop)?;
    let FolderPulled { new, written, seconds, .. } = sum_of(&collected.accounts);
    collected.inputs += new;
    collected.written += written;
    collected.seconds += seconds;
    for account in &collected.accounts {
        collected.failed.extend(failure(account));
        collected.looked.extend(looked(account));
    }
    Ok(())
}

/// Why an account could not be read; its name is said once.
fn failure(account: &AccountPulled) -> Option<Failure> {
    let (place, error) = (account.account.clone(), account.error.as_deref()?);
    let named = error.strip_prefix(place.as_str()).and_then(|rest| rest.strip_prefix(": "));
    let error = named.unwrap_or(error).to_owned();
    Some(Failure { place, error })
}

/// The folders that were looked at. In an account that failed, one without a mail may not have been.
fn looked(account: &AccountPulled) -> impl Iterator<Item = Looked> {
    let reached = account.folders.iter().filter(|f| account.error.is_none() || f.mails > 0);
    reached.map(|folder| Looked {
        place: format!("{}/{}", account.account, folder.folder),
        inputs: folder.mails,
    })
}

/// Of what was said of accounts, that which the digest does not tell: it has the first failure of
/// each.
pub(super) fn untold(held: &[u8], accounts: &[AccountPulled]) -> Vec<u8> {
    let printed = |error: &str| {
        let words: Vec<_> = error.split_whitespace().collect();
        format!("error: {}", escape(&words.join(" ")))
    };
    let told: Vec<_> = accounts.iter().filter_map(|a| a.error.as_deref()).map(printed).collect();
    let held = String::from_utf8_lossy(held);
    let rest = held.lines().filter(|line| !told.iter().any(|told| told == line));
    rest.flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

/// Reads the paths that are there.
fn paths(
    settings: &Settings,
    store: &mut SqliteStore,
    progress: bool,
    stop: &Stop,
    collected: &mut Collected,
) -> Result<()> {
    let (there, failed) = there(settings);
    collected.failed.extend(failed);
    if there.is_empty() {
        // reading does this; so must a run that has nothing to read
        let admission = &settings.admission;
        return store.reconsider(&|domain| admission.is_own(domain), admission.require);
    }
    let intake = Paths::new(&there, settings.limits.input_bytes)?;
    let mut intake = intake.without_store(&settings.db);
    let bar = Bar::new(progress && !settings.quiet, "files");
    let mut intake = Stoppable { intake: &mut intake, stop };
    let Ingested { inputs, written, seconds } = ingest(&mut intake, store, terms(settings), &bar)?;
    collected.inputs += inputs;
    collected.written += written;
    collected.seconds += seconds;
    let names: Vec<_> = there.iter().map(|path| path.display().to_string()).collect();
    collected.looked.push(Looked { place: names.join(", "), inputs });
    Ok(())
}

/// The paths that are there, and why the others cannot be read.
pub(super) fn there(settings: &Settings) -> (Vec<PathBuf>, Vec<Failure>) {
    let (mut there, mut failed) = (Vec::new(), Vec::new());
    for path in &settings.paths {
        match Paths::new(std::slice::from_ref(path), settings.limits.input_bytes) {
            Ok(_) => there.push(path.clone()),
            Err(error) => {
                failed.push(Failure { place: path.display().to_string(), error: error.to_string() })
            }
        }
    }
    (there, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(error: &str) -> AccountPulled {
        let (account, error) = ("main".to_owned(), Some(error.to_owned()));
        AccountPulled { account, error, ..AccountPulled::default() }
    }

    #[test]
    fn a_failing_account_is_named_once() {
        let error = |text: &str| failure(&failing(text)).unwrap().error;
        assert_eq!("cannot sign in: no; look", error("main: cannot sign in: no; look"));
        assert_eq!("mainly: other words", error("mainly: other words"));
        assert_eq!(None, failure(&AccountPulled::default()));
    }

    #[test]
    fn what_the_digest_does_not_tell_of_an_account_is_left() {
        let held = "error: main: cannot open\\u{1b} `a`: no\nerror: main: cannot open `b`: no\n";
        let told = [failing("main: cannot\n open\u{1b} `a`: no")];
        let left = untold(held.as_bytes(), &told);
        assert_eq!("error: main: cannot open `b`: no\n", String::from_utf8(left).unwrap());
        assert_eq!(held.as_bytes(), untold(held.as_bytes(), &[]));
    }
}
