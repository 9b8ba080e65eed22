//! `pull`: reads the mails of mailboxes into the store, and tidies the mailboxes up.

use std::io;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::intake::Stop;
use crate::intake::imap::Mailbox;
use crate::model::pulled::{AccountPulled, FolderPulled, sum_of};
use crate::pipeline::Ingested;
use crate::pipeline::pull::{self, Task};
use crate::render::{self, Page, json};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::accounts::Account;
use super::args::Format;
use super::lock::{self, Lock};
use super::progress::Bar;
use super::settings::Settings;
use super::{Exit, Streams, failure, ingest, watch, written};

pub(super) mod plan;
mod rounds;

/// Arguments of `pull`.
#[derive(Debug, Args)]
#[command(after_help = "\
A mail is fetched once. What becomes of it afterwards is said in the
configuration: it is left, flagged, moved or deleted, but never before what was
in it is stored. Whatever stops a pull, the next one completes it. Mails without
a report are left alone unless `other` says otherwise.

Examples:
  ruaudit config init && ruaudit config check
  ruaudit pull
  ruaudit pull main --dry-run
  ruaudit pull --watch --every 10m

Exit codes: 0 fine; 1 with --strict when something was rejected; 2 errors, also
when one account failed; 4 another run is at work; 130 stopped by a signal (a
watch ends with 0 then).")]
pub(super) struct PullArgs {
    /// The accounts, as the configuration names them; all of them unless given
    #[arg(value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// Go on: read each mail as it arrives, until SIGTERM or SIGINT
    #[arg(long, conflicts_with_all = ["dry_run", "strict"])]
    watch: bool,
    /// With --watch, how often to look even though no server says that mail has arrived
    #[arg(long, value_name = "TIME", default_value = "5m", requires = "watch", value_parser = watch::parse_every)]
    every: Duration,
    /// Say what would be read and tidied up, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Exit with 1 if anything was rejected
    #[arg(long)]
    strict: bool,
    /// Read those mails once more in which something was rejected, after a limit was raised for
    /// example
    #[arg(long, conflicts_with_all = ["watch", "dry_run"])]
    again: bool,
}

/// What was pulled, as JSON has it: the accounts, and the sums of all.
#[derive(Serialize)]
struct Document<'a> {
    accounts: &'a [AccountPulled],
    #[serde(flatten)]
    sums: Ingested,
}

/// Runs the command.
pub(super) fn run(args: &PullArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let accounts = settings.accounts_named(&args.accounts)?;
    settings.remark_exposed(streams.err);
    let stop = watch::signals()?;
    if args.dry_run {
        return plan::dry_run(&accounts, settings, streams, &stop);
    }
    if args.watch {
        return rounds::watch(&accounts, args.every, settings, streams, &stop);
    }
    let _lock = match Lock::take(&settings.db, settings.now)? {
        Ok(lock) => lock,
        Err(held) => return lock::busy(&held, streams),
    };
    let mut store = SqliteStore::open(&settings.db)?;
    let pulled = pull_again(&accounts, args.again, settings, &mut store, streams, &stop)?;
    if stop.is_asked() {
        let text = "stopped; what was read is stored, and the next pull goes on";
        failure::remark(streams.err, settings.quiet, text);
    }
    written(match settings.format {
        Format::Json => json::document(streams.out, &Document::of(&pulled)),
        _ => page(&pulled, settings, streams),
    })?;
    Ok(exit(&pulled, args.strict, &stop))
}

impl<'a> Document<'a> {
    fn of(accounts: &'a [AccountPulled]) -> Self {
        let FolderPulled { new: inputs, written, seconds, .. } = sum_of(accounts);
        Self { accounts, sums: Ingested { inputs, written, seconds } }
    }
}

fn page(
    pulled: &[AccountPulled],
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    render::pulled::page(streams.out, settings.page, pulled)?;
    if settings.quiet || sum_of(pulled).new == 0 {
        return Ok(()); // there is nothing new to look at
    }
    ingest::kept(settings, streams, "ruaudit summary | ruaudit advise")
}

fn exit(pulled: &[AccountPulled], strict: bool, stop: &Stop) -> Exit {
    if stop.is_asked() {
        Exit::Stopped // what went wrong besides was said
    } else if pulled.iter().any(|account| account.error.is_some()) {
        Exit::Failed
    } else if strict && pulled.iter().any(|account| account.total().written.rejected > 0) {
        Exit::Rejected
    } else {
        Exit::Fine
    }
}

/// Pulls accounts, one after another. One that fails is said on standard error at once, and does not
/// keep the others from being pulled.
///
/// # Errors
/// When the store cannot be written.
pub(super) fn pull_accounts(
    accounts: &[&Account],
    settings: &Settings,
    store: &mut SqliteStore,
    streams: &mut Streams<'_>,
    stop: &Stop,
) -> Result<Vec<AccountPulled>> {
    pull_again(accounts, false, settings, store, streams, stop)
}

/// The same; `again`: mails in which something was rejected are read once more.
fn pull_again(
    accounts: &[&Account],
    again: bool,
    settings: &Settings,
    store: &mut SqliteStore,
    streams: &mut Streams<'_>,
    stop: &Stop,
) -> Result<Vec<AccountPulled>> {
    let mut all = Vec::new();
    for account in accounts {
        if stop.is_asked() {
            break;
        }
        let bar = Bar::new(streams.progress && !settings.quiet, "mails");
        let (pulled, errors) = pull_account(account, again, settings, store, &bar, stop);
        drop(bar);
        if !stop.is_asked() {
            // what breaks off because somebody wishes it is no error
            print(&errors, settings, streams);
        }
        all.push(pulled);
    }
    Ok(all)
}

/// Pulls the folders of one account. One that cannot be read does not keep the others from it, as long
/// as there is a connection.
fn pull_account(
    account: &Account,
    again: bool,
    settings: &Settings,
    store: &mut dyn Store,
    bar: &Bar,
    stop: &Stop,
) -> (AccountPulled, Vec<Error>) {
    let terms = ingest::terms(settings);
    let mut mailbox = open(account, stop);
    let mut pulled = AccountPulled { account: account.name.clone(), ..AccountPulled::default() };
    let mut errors = Vec::new();
    for folder in &account.folders {
        if stop.is_asked() {
            break;
        }
        let task = Task { tidy: &account.tidy, again };
        let (done, end) = pull::pull(&mut mailbox, folder, task, store, terms, bar);
        pulled.folders.push(done.folder);
        pulled.warnings.extend(done.warnings);
        if let Err(error) = end {
            let error = error.of(&account.name);
            pulled.error.get_or_insert_with(|| error.to_string());
            errors.push(error);
            if !mailbox.is_connected() {
                break;
            }
        }
    }
    pulled.is_refused = mailbox.is_refused();
    mailbox.close();
    (pulled, errors)
}

fn open(account: &Account, stop: &Stop) -> Mailbox {
    let server = account.server.clone();
    Mailbox::new(server, &account.user, account.sign_in(stop), stop.clone())
}

/// Says what went wrong with an account, on standard error.
fn print(errors: &[Error], settings: &Settings, streams: &mut Streams<'_>) {
    let page = Page { colour: false, ..settings.page };
    errors.iter().for_each(|error| failure::print(streams.err, page, error));
}
