//! `pull`: reads the mails of mailboxes into the store, and tidies the mailboxes up.

use std::io;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::intake::Stop;
use crate::intake::imap::Mailbox;
use crate::model::pulled::{AccountPulled, FolderPlanned};
use crate::pipeline::{Ingested, pull};
use crate::render::{self, Page, json};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::accounts::Account;
use super::args::Format;
use super::lock::{self, Lock};
use super::progress::Bar;
use super::settings::Settings;
use super::{Exit, Streams, failure, ingest, listen, watch, written};

/// How long a watch waits for another run that is at work.
const TURN: Duration = Duration::from_secs(60);

/// Arguments of `pull`.
#[derive(Debug, Args)]
#[command(after_help = "\
A mail is fetched once. What becomes of it afterwards is said in the configuration: it is left,
flagged, moved or deleted, but never before what was in it is stored. Whatever stops a pull, the
next one completes it. Mails without a report are left alone unless `other` says otherwise.

Examples:
  ruaudit config init && ruaudit config check
  ruaudit pull
  ruaudit pull main --dry-run
  ruaudit pull --watch --every 10m

Exit codes: 0 fine; 1 with --strict when something was rejected; 2 errors, also when one account
failed; 4 another run is at work; 130 stopped by a signal.")]
pub(super) struct PullArgs {
    /// The accounts, as the configuration names them; all of them unless given
    #[arg(value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// Go on: read each mail as it arrives, until SIGTERM or SIGINT
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    /// With --watch, how often to look even though no server says that mail has arrived
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = watch::parse_every)]
    every: Duration,
    /// Say what would be read and tidied up, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Exit with 1 if anything was rejected
    #[arg(long)]
    strict: bool,
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
        return dry_run(&accounts, settings, streams, &stop);
    }
    if args.watch {
        return watch(&accounts, args.every, settings, streams, &stop);
    }
    let _lock = match Lock::take(&settings.db, settings.now)? {
        Ok(lock) => lock,
        Err(held) => return lock::busy(&held, streams),
    };
    let mut store = SqliteStore::open(&settings.db)?;
    let pulled = pull_accounts(&accounts, settings, &mut store, streams, &stop)?;
    written(match settings.format {
        Format::Json => json::document(streams.out, &Document::of(&pulled)),
        _ => page(&pulled, settings, streams),
    })?;
    Ok(exit(&pulled, args.strict, &stop))
}

impl<'a> Document<'a> {
    fn of(accounts: &'a [AccountPulled]) -> Self {
        let mut sums = Ingested::default();
        for total in accounts.iter().map(AccountPulled::total) {
            let (inputs, seconds) = (total.new, total.seconds);
            sums += Ingested { inputs, written: total.written, seconds };
        }
        Self { accounts, sums }
    }
}

fn page(
    pulled: &[AccountPulled],
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    lines(pulled, settings.page, streams.out)?;
    if pulled.iter().all(|account| account.error.is_some() && account.total().new == 0) {
        return Ok(()); // what went wrong was said, and there is nothing to look at
    }
    ingest::kept(settings, streams, "ruaudit summary | ruaudit advise")
}

/// Writes a line for each account that was reached.
pub(super) fn lines(
    pulled: &[AccountPulled],
    page: Page,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let reached = |pulled: &&AccountPulled| pulled.error.is_none() || pulled.total().new > 0;
    pulled.iter().filter(reached).try_for_each(|pulled| render::pulled::write(out, page, pulled))
}

fn exit(pulled: &[AccountPulled], strict: bool, stop: &Stop) -> Exit {
    if pulled.iter().any(|account| account.error.is_some()) {
        Exit::Failed
    } else if stop.is_asked() {
        Exit::Stopped
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
    let mut all = Vec::new();
    for account in accounts {
        if stop.is_asked() {
            break;
        }
        let bar = Bar::new(streams.progress && !settings.quiet, "mails");
        let (pulled, errors) = pull_account(account, settings, store, &bar, stop);
        drop(bar);
        print(&errors, settings, streams);
        all.push(pulled);
    }
    Ok(all)
}

/// Pulls the folders of one account. One that cannot be read does not keep the others from it, as long
/// as there is a connection.
fn pull_account(
    account: &Account,
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
        let (done, end) = pull::pull(&mut mailbox, folder, &account.tidy, store, terms, bar);
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
    mailbox.close();
    (pulled, errors)
}

fn open(account: &Account, stop: &Stop) -> Mailbox {
    let server = account.server.clone();
    Mailbox::new(server, &account.user, account.sign_in(), stop.clone())
}

/// What would be pulled, as JSON has it.
#[derive(Serialize)]
struct PlannedDocument {
    accounts: Vec<AccountPlanned>,
}

/// What would be done in one account.
#[derive(Serialize)]
pub(super) struct AccountPlanned {
    account: String,
    folders: Vec<FolderPlanned>,
    error: Option<String>,
}

impl AccountPlanned {
    /// Whether it could not be looked at to the end.
    pub(super) fn has_failed(&self) -> bool {
        self.error.is_some()
    }
}

fn dry_run(
    accounts: &[&Account],
    settings: &Settings,
    streams: &mut Streams<'_>,
    stop: &Stop,
) -> Result<Exit> {
    let planned = plan_accounts(accounts, settings, streams, stop)?;
    let failed = planned.iter().any(AccountPlanned::has_failed);
    written(match settings.format {
        Format::Json => json::document(streams.out, &PlannedDocument { accounts: planned }),
        _ => planned_lines(&planned, settings.page, streams.out),
    })?;
    Ok(if failed { Exit::Failed } else { Exit::Fine })
}

/// Writes a line for each folder.
pub(super) fn planned_lines(
    planned: &[AccountPlanned],
    page: Page,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for AccountPlanned { account, folders, .. } in planned {
        for folder in folders {
            render::pulled::planned(out, page, account, folder)?;
        }
    }
    Ok(())
}

/// What a pull would do. Nothing is written anywhere: neither in the mailboxes, nor in the store,
/// which need not be there.
pub(super) fn plan_accounts(
    accounts: &[&Account],
    settings: &Settings,
    streams: &mut Streams<'_>,
    stop: &Stop,
) -> Result<Vec<AccountPlanned>> {
    let store = match settings.db.exists() {
        true => Some(SqliteStore::open_existing(&settings.db)?),
        false => None,
    };
    let store = store.as_ref().map(|store| store as &dyn Store);
    let mut all = Vec::new();
    for account in accounts {
        let (planned, errors) = plan_account(account, store, stop);
        print(&errors, settings, streams);
        all.push(planned);
    }
    Ok(all)
}

fn plan_account(
    account: &Account,
    store: Option<&dyn Store>,
    stop: &Stop,
) -> (AccountPlanned, Vec<Error>) {
    let mut mailbox = open(account, stop);
    let (mut folders, mut errors) = (Vec::new(), Vec::new());
    for folder in &account.folders {
        match pull::plan(&mut mailbox, folder, &account.tidy, store) {
            Ok(planned) => folders.push(planned),
            Err(error) => errors.push(error.of(&account.name)),
        }
        if !mailbox.is_connected() {
            break;
        }
    }
    mailbox.close();
    let error = errors.first().map(ToString::to_string);
    (AccountPlanned { account: account.name.clone(), folders, error }, errors)
}

/// Says what went wrong with an account, on standard error.
fn print(errors: &[Error], settings: &Settings, streams: &mut Streams<'_>) {
    let page = Page { colour: false, ..settings.page };
    errors.iter().for_each(|error| failure::print(streams.err, page, error));
}

fn watch(
    accounts: &[&Account],
    every: Duration,
    settings: &Settings,
    streams: &mut Streams<'_>,
    stop: &Stop,
) -> Result<Exit> {
    let mut store = SqliteStore::open(&settings.db)?;
    let started = std::time::Instant::now();
    listen::accounts(accounts, every, stop, |due| {
        let settings = settings.after(started.elapsed());
        let Some(_lock) = take_turn(&settings, stop)? else { return Ok(()) };
        let mut pulled = pull_accounts(due, &settings, &mut store, streams, stop)?;
        pulled.retain(|account| *account != nothing(account));
        written(match settings.format {
            Format::Json if pulled.is_empty() => Ok(()),
            Format::Json => json::line(streams.out, &Document::of(&pulled)),
            _ => lines(&pulled, settings.page, streams.out),
        })?;
        written(streams.out.flush())
    })?;
    Ok(Exit::Fine)
}

/// The lock, once whoever holds it has ended. None: that takes too long, or somebody asks to stop.
fn take_turn(settings: &Settings, stop: &Stop) -> Result<Option<Lock>> {
    let until = std::time::Instant::now() + TURN;
    loop {
        if let Ok(lock) = Lock::take(&settings.db, settings.now)? {
            return Ok(Some(lock));
        }
        if std::time::Instant::now() > until || !watch::pause(Duration::from_millis(200), stop) {
            return Ok(None);
        }
    }
}

/// What a round gives that found nothing to do.
fn nothing(pulled: &AccountPulled) -> AccountPulled {
    let mut nothing = pulled.clone();
    nothing.error = None;
    for folder in &mut nothing.folders {
        folder.new = 0;
        folder.written = crate::model::Written::default();
        folder.settled = crate::model::pulled::Settled::default();
    }
    nothing
}
