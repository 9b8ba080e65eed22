//! What a nightly run **compares**: the store as it is now with what was noted.
//!
//! In: the store, and what was read. Out: the digest, and what is to be noted and kept once it is written.

use std::io;

use crate::analyze::changes::{self, Gathering, REPORTER_DAYS};
use crate::error::Result;
use crate::model::day::rfc3339;
use crate::model::digest::{
    Changes, DomainChanges, DomainNote, NotedRun, Notes, NothingYet, RecordChange, ReporterChanges,
};
use crate::model::{Day, Window};
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

use super::super::Streams;
use super::super::args::Format;
use super::super::kept::Keeping;
use super::super::present::{LiveArgs, Presents};
use super::super::settings::Settings;
use super::super::survey::Survey;
use super::collect::Collected;
use super::records;

/// Changed domains that a page tells of unless all are asked for.
const SHOWN: usize = 20;

/// Works out the digest, and what is to be noted once it is written.
pub(super) fn compare(
    settings: &Settings,
    store: &SqliteStore,
    collected: &Collected,
) -> Result<(Changes, Notes, Keeping)> {
    let before = store.noted_run()?;
    let Judged { domains, notes, keeping, records } = domains(settings, store, before.as_ref())?;
    let since = before.as_ref().map(|before| rfc3339(before.at));
    let first = NotedRun { first_at: settings.now, ..NotedRun::default() };
    let before = before.unwrap_or(first);
    let mut reporters = reporters(settings, store, &before)?;
    if since.is_none() {
        // as with senders: what the first run finds is how things are
        reporters.silent.clear();
    }
    let (troubles, arrived) = (store.troubles(before.mark)?, store.arrived(before.reports)?);
    let silence_told = reporters.silence.and_then(|silence| {
        if silence.needs_person { Some(settings.now) } else { before.silence_told }
    });
    let run = NotedRun {
        at: settings.now,
        mark: troubles.mark,
        reports: arrived.last,
        first_at: before.first_at,
        silence_told,
        silent_reporters: std::mem::take(&mut reporters.still),
    };
    let failed = collected.failed.clone();
    let needs_person = domains.need_person > 0
        || !failed.is_empty()
        || records.iter().any(|record| record.needs_person)
        || reporters.silence.is_some_and(|silence| silence.needs_person);
    // what was kept aside may count again: that is read anew, though it came before
    let new_reports = arrived.counted.max(collected.written.reports);
    let nothing_yet = nothing_yet(store, collected)?;
    let changes = Changes {
        since,
        needs_person,
        failed,
        new_reports,
        nothing_yet,
        domains,
        reporters,
        troubles,
        records,
    };
    Ok((changes, Notes { run, domains: notes }, keeping))
}

/// Where it was looked in vain, if no report that counts was ever found.
fn nothing_yet(store: &SqliteStore, collected: &Collected) -> Result<Option<NothingYet>> {
    if store.span()?.is_some() {
        return Ok(None);
    }
    let aside = store.arrived(0)?.aside;
    Ok(Some(NothingYet { looked: collected.looked.clone(), aside }))
}

/// What comes of looking at every domain.
struct Judged {
    domains: DomainChanges,
    notes: Vec<DomainNote>,
    keeping: Keeping,
    records: Vec<RecordChange>,
}

/// Judges every domain once, and compares it with what was noted.
fn domains(settings: &Settings, store: &SqliteStore, before: Option<&NotedRun>) -> Result<Judged> {
    // what is said of old reports, the digest says itself
    let (mut out, mut err) = (io::sink(), io::sink());
    let mut silent = Streams { out: &mut out, err: &mut err, progress: false };
    let survey = Survey::new(store, settings, &mut silent)?;
    let at_most = match settings.format {
        Format::Json => usize::MAX,
        _ => settings.page.at_most(SHOWN),
    };
    let is_open = settings.admission.domains.is_empty();
    let mut gathering = Gathering::new(before.is_none(), is_open, at_most);
    let mut notes = Vec::new();
    let all = survey.domains(&[])?;
    let to_ask = survey.to_ask(&LiveArgs::default(), &all, settings)?;
    let presents = Presents::ask(None, &LiveArgs::default(), &to_ask, settings);
    let mut keeping = Keeping::new(settings.now);
    let mut records = Vec::new();
    for domain in all {
        let judged = presents.advise(&survey, &domain, &mut keeping)?;
        notes.extend(gathering.add(&judged, store.noted_domain(&domain)?.as_ref()));
        if let (Some(live), Some(before)) = (presents.live(&domain), before) {
            records.extend(records::changed(&domain, live, &survey.kept(&domain)?, before.at));
        }
    }
    // a stable sort: the others stay in the order of the domains
    records.sort_by_key(|record| !record.needs_person);
    Ok(Judged { domains: gathering.finish(), notes, keeping, records })
}

fn reporters(
    settings: &Settings,
    store: &SqliteStore,
    before: &NotedRun,
) -> Result<ReporterChanges> {
    let today = Day::of(settings.now);
    let newest = store.span()?.map(|span| span.to.min(today));
    let days = match newest {
        Some(to) => store.reporter_days(Window { from: to.plus(1 - REPORTER_DAYS), to })?,
        None => Vec::new(),
    };
    Ok(changes::reporters(&days, newest, today, before))
}
