//! `config check`: what the configuration says, what is wrong with it, and whether each account
//! can be opened.
//!
//! Out: no secret, and nothing that is not from the configuration or its server.

use clap::Args;

use crate::cli::accounts::Account;
use crate::cli::args::{Format, Global};
use crate::cli::environment::Environment;
use crate::cli::failure;
use crate::cli::settings::Settings;
use crate::cli::{Exit, Streams, written};
use crate::error::{Error, Result};
use crate::render::{Page, json};

use super::checked::{AccountChecked, Checked, FileChecked, STAY, absolute, page};
use super::{Loaded, sight, trial};

/// Arguments of `config check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Passwords and tokens are never shown. Nothing in a mailbox is changed. What is
wrong with an account stands with it (in JSON, and then on standard error too);
all else on standard error. Exit codes: 0 fine, also where there is nothing to
read yet; 2 when something must be mended.

Examples:
  ruaudit config check
  ruaudit config check main
  ruaudit config check --offline --config new.toml")]
pub(super) struct CheckArgs {
    /// The accounts to try; all of them unless given
    #[arg(value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// Connect to no server: look at the configuration alone
    #[arg(long)]
    offline: bool,
}

/// Runs the command.
pub(super) fn run(
    args: &CheckArgs,
    format: Format,
    global: &Global,
    around: &Environment,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let loaded = Loaded::new(global, around);
    let settings = Settings::of(&loaded, global, format, None, around);
    let mut checked = Checked {
        config: loaded.source.file.as_deref().map(|file| file.display().to_string()),
        variables: loaded.origins.variables.values().cloned().collect(),
        remarks: loaded.source.remark().into_iter().collect(),
        ..Checked::default()
    };
    let mut errors = match &settings {
        Ok(settings) => read(&mut checked, args, settings, format == Format::Json)?,
        Err(_) => {
            checked.problems = loaded.wrong().to_vec();
            loaded.wrong().iter().map(|wrong| loaded.origins.error(wrong)).collect()
        }
    };
    written(match format {
        Format::Json => json::document(streams.out, &checked),
        _ => page(&checked, &loaded, around.page, streams.out),
    })?;
    written(streams.out.flush())?; // so that errors stand below on a terminal
    checked.remarks.iter().for_each(|text| failure::remark(streams.err, global.quiet, text));
    // the last one is said by whoever runs the commands
    let last = errors.pop();
    errors.iter().for_each(|error| failure::print(streams.err, Page::PLAIN, error));
    let is_fine = checked.accounts.iter().all(|account| account.failed().is_none());
    last.map_or(Ok(if is_fine { Exit::Fine } else { Exit::Failed }), Err)
}

/// Notes what the settings say, and tries the accounts; what failed, as far as the page does not say
/// it.
fn read(
    checked: &mut Checked,
    args: &CheckArgs,
    settings: &Settings,
    is_json: bool,
) -> Result<Vec<Error>> {
    checked.db = Some(absolute(&settings.db));
    checked.domains.clone_from(&settings.admission.domains);
    checked.paths = settings.paths.iter().map(|path| absolute(path)).collect();
    checked.providers = settings.providers.as_ref().map(|own| absolute(&own.path));
    let mut errors: Vec<Error> = sight::store(&settings.db).err().into_iter().collect();
    let paths = settings.paths.iter().filter_map(|path| Some((path, path.metadata().err()?)));
    errors.extend(paths.map(|(path, error)| {
        let what = format!("cannot read {}, one of `paths`", absolute(path));
        Error::new(what, error, "name a file or folder that is there")
    }));
    for path in &settings.mmdb {
        let (found, error) = FileChecked::of(path);
        checked.mmdb.push(found);
        errors.extend(error);
    }
    if !settings.accounts.is_empty() || !args.accounts.is_empty() {
        for account in settings.accounts_named(&args.accounts)? {
            let mut failed = Vec::new();
            checked.accounts.push(look(account, args.offline, &mut checked.remarks, &mut failed));
            // a page shows them with the account; a document is read by programs
            errors.extend(failed.into_iter().filter(|_| is_json));
        }
    }
    Ok(errors)
}

/// Looks at an account, and tries it unless something it needs is not there.
fn look(
    account: &Account,
    offline: bool,
    remarks: &mut Vec<String>,
    errors: &mut Vec<Error>,
) -> AccountChecked {
    let mut checked = AccountChecked::new(account);
    remarks.extend(sight::remarks(account));
    let found = sight::files(account).and_then(|()| {
        checked.tried = !offline;
        if offline { Ok(None) } else { trial::attempt(account).map(Some) }
    });
    match found {
        Ok(None) => {}
        Ok(Some(folders)) => checked.folders = folders,
        Err(error) => {
            checked.error = Some(error.to_string());
            errors.push(of_account(&account.name, error));
        }
    }
    let broken = checked.folders.iter().filter_map(|tried| {
        let what = format!("account {}: the folder {} cannot be used", account.name, tried.folder);
        let why = tried.error.as_ref()?;
        Some(Error::new(what, why, "mend the configuration, or the folder on the server"))
    });
    let short = checked.folders.iter().flat_map(|tried| {
        let what = format!("account {}: mails in {} would stay", account.name, tried.folder);
        tried.warnings.iter().map(move |why| Error::new(what.as_str(), why, STAY))
    });
    errors.extend(broken.chain(short));
    checked
}

/// The error, with the account that it is about.
fn of_account(name: &str, error: Error) -> Error {
    match error {
        Error::Failed { what, why, remedy } => {
            Error::Failed { what: format!("account {name}: {what}"), why, remedy }
        }
        other => other,
    }
}
