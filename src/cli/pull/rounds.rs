//! The **rounds** of `pull --watch`.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::intake::Stop;
use crate::model::Written;
use crate::model::pulled::{AccountPulled, Settled};
use crate::render::json;
use crate::store::sqlite::SqliteStore;

use super::super::accounts::Account;
use super::super::args::Format;
use super::super::lock::Lock;
use super::super::settings::Settings;
use super::super::{Exit, Streams, listen, written};
use super::{Document, lines, pull_accounts};

/// Pulls again and again, and writes of the rounds that found something.
pub(super) fn watch(
    accounts: &[&Account],
    every: Duration,
    settings: &Settings,
    streams: &mut Streams<'_>,
    stop: &Stop,
) -> Result<Exit> {
    let mut store = SqliteStore::open(&settings.db)?;
    let started = Instant::now();
    listen::accounts(accounts, every, stop, |due| {
        let settings = settings.after(started.elapsed());
        let turn = Lock::take_turn(&settings.db, settings.now, stop)?;
        let Some(_turn) = turn else { return Ok(()) };
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

/// What a round gives that found nothing to do.
fn nothing(pulled: &AccountPulled) -> AccountPulled {
    let mut nothing = pulled.clone();
    nothing.error = None;
    for folder in &mut nothing.folders {
        folder.new = 0;
        folder.written = Written::default();
        folder.settled = Settled::default();
    }
    nothing
}
