//! What a pull **would** do: counted, and nothing changed, neither in a mailbox nor in the store.

use std::io;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::intake::Stop;
use crate::model::Tidy;
use crate::model::pulled::FolderPlanned;
use crate::pipeline::pull;
use crate::render::escape::escape;
use crate::render::{self, Page, json};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::super::accounts::Account;
use super::super::args::Format;
use super::super::settings::Settings;
use super::super::{Exit, Streams, written};
use super::{open, print};

/// What would be pulled, as JSON has it.
#[derive(Serialize)]
struct PlannedDocument {
    accounts: Vec<AccountPlanned>,
}

/// What would be done in one account.
#[derive(Serialize)]
pub(in crate::cli) struct AccountPlanned {
    account: String,
    folders: Vec<FolderPlanned>,
    /// What would be done with mails that brought reports.
    processed: String,
    /// With mails in which something is rejected.
    rejected: String,
    /// With mails without a report.
    other: String,
    error: Option<String>,
}

impl AccountPlanned {
    /// Whether it could not be looked at to the end.
    pub(in crate::cli) fn has_failed(&self) -> bool {
        self.error.is_some()
    }
}

/// `pull --dry-run`.
pub(super) fn dry_run(
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
pub(in crate::cli) fn planned_lines(
    planned: &[AccountPlanned],
    page: Page,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for AccountPlanned { account, folders, processed, rejected, other, .. } in planned {
        for folder in folders {
            render::pulled::planned(out, page, account, folder)?;
        }
        if !folders.is_empty() {
            let text = format!("with reports: {processed}; rejected: {rejected}; without: {other}");
            render::text::hanging(out, page, "  then      ", 12, &escape(&text))?;
        }
    }
    Ok(())
}

/// What a pull would do. Nothing is written anywhere: neither in the mailboxes, nor in the store,
/// which need not be there.
pub(in crate::cli) fn plan_accounts(
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
    let Tidy { processed, rejected, other } = &account.tidy;
    let planned = AccountPlanned {
        account: account.name.clone(),
        folders,
        processed: processed.to_string(),
        rejected: rejected.to_string(),
        other: other.to_string(),
        error,
    };
    (planned, errors)
}
