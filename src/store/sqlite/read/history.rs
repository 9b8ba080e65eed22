//! One domain's **history**: its traffic with the days on which it became known.
//!
//! Only of a report that mails alone brought the arrival is known, and only if the moment is
//! plausible. Of a file it is when somebody last wrote the file, which may be years later.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Row, params};

use super::interned::source;
use super::traffic::{Lists, in_window};
use super::{Answer, days, domain_number};
use crate::model::day::SECONDS;
use crate::model::traffic::{ConflictCount, ReportCount, TrafficRow};
use crate::model::{Day, History, SourceAddress, Standing, Traffic, Window};

pub(in crate::store::sqlite) fn history(
    file: &Connection,
    domain: &str,
    window: Option<Window>,
) -> Answer<History> {
    let traffic = Traffic { domain: domain.to_owned(), ..Traffic::default() };
    let mut history = History { traffic, ..History::default() };
    let Some(number) = domain_number(file, domain)? else { return Ok(history) };
    let mut lists = Lists::default();
    for (count, arrival) in report_counts(file, number, window, &mut lists)? {
        history.traffic.reports.push(count);
        history.report_arrivals.push(arrival);
    }
    for (row, arrival) in rows(file, number, window, &mut lists)? {
        history.traffic.rows.push(row);
        history.row_arrivals.push(arrival);
    }
    history.conflicts = conflicts(file, number, window)?;
    in_window(file, number, window, &mut history.traffic)?;
    lists.load(file, &mut history.traffic)?;
    Ok(history)
}

/// The day on which a report became known: its end, when it was received, and whether mails alone
/// brought it stand in these columns. An end at midnight is that of the day before.
fn arrival(row: &Row<'_>, from: usize) -> rusqlite::Result<Day> {
    let end: i64 = row.get(from)?;
    let received: Option<i64> = row.get(from + 1)?;
    let late = end.saturating_add(i64::from(History::LATE_DAYS) * SECONDS);
    let by_mail = row.get::<_, bool>(from + 2)?;
    let plausible = received.filter(|at| by_mail && (end..=late).contains(at));
    Ok(plausible.map_or_else(|| Day::of(end.saturating_sub(1)).plus(1), Day::of))
}

fn report_counts(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    lists: &mut Lists,
) -> rusqlite::Result<Vec<(ReportCount, Day)>> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT day, reporter, policy, report.end, received_at, by_mail FROM report
         WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 AND standing = 0 ORDER BY day, id",
    )?;
    let mut found = query.query(params![domain, from, to])?;
    let mut sums: HashMap<(Day, u32, u32, Day), u64> = HashMap::new();
    while let Some(row) = found.next()? {
        let reporter = lists.reporters.index(row.get(1)?);
        let policy = lists.policies.index(row.get(2)?);
        *sums.entry((Day(row.get(0)?), reporter, policy, arrival(row, 3)?)).or_default() += 1;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_unstable();
    let counted = sums.into_iter().map(|((day, reporter, policy, arrival), reports)| {
        (ReportCount { day, reporter, policy, reports }, arrival)
    });
    Ok(counted.collect())
}

fn conflicts(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
) -> rusqlite::Result<Vec<ConflictCount>> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT day, report.end, received_at, by_mail FROM report
         WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 AND standing = ?4",
    )?;
    let mut found = query.query(params![domain, from, to, Standing::Conflict as i64])?;
    let mut sums: BTreeMap<(Day, Day), u64> = BTreeMap::new();
    while let Some(row) = found.next()? {
        *sums.entry((Day(row.get(0)?), arrival(row, 1)?)).or_default() += 1;
    }
    let count = |((day, arrival), reports)| ConflictCount { day, arrival, reports };
    Ok(sums.into_iter().map(count).collect())
}

/// Day, reporter, address, fingerprint and day of arrival.
type RowKey = (Day, u32, SourceAddress, u32, Day);

fn rows(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    lists: &mut Lists,
) -> rusqlite::Result<Vec<(TrafficRow, Day)>> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT record.day, report.reporter, record.source, record.fingerprint, record.count,
                report.end, report.received_at, report.by_mail
         FROM record JOIN report ON report.id = record.report
         WHERE record.domain = ?1 AND record.day BETWEEN ?2 AND ?3
         ORDER BY record.day, record.report, record.seq",
    )?;
    let mut found = query.query(params![domain, from, to])?;
    let mut sums: HashMap<RowKey, (u64, u64)> = HashMap::new();
    while let Some(row) = found.next()? {
        let reporter = lists.reporters.index(row.get(1)?);
        let fingerprint = lists.fingerprints.index(row.get(3)?);
        let (day, address) = (Day(row.get(0)?), source(row.get_ref(2)?));
        let key = (day, reporter, address, fingerprint, arrival(row, 5)?);
        let (messages, records) = sums.entry(key).or_default();
        *messages = messages.saturating_add(row.get::<_, i64>(4)?.unsigned_abs());
        *records += 1;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_unstable();
    let summed = sums.into_iter().map(|(key, (messages, records))| {
        let (day, reporter, source, fingerprint, arrival) = key;
        (TrafficRow { day, reporter, source, fingerprint, messages, records }, arrival)
    });
    Ok(summed.collect())
}
