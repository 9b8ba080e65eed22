//! One domain's **traffic**: what its rows say, grouped and counted; and what was kept out of it.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::interned::{authenticity, fingerprint, policy, reporter_name, source, standing};
use super::{Answer, Numbered, days, domain_number};
use crate::model::traffic::{EarlierRow, ReportCount, TrafficRow};
use crate::model::{
    Authenticity, Day, Filter, IssueCode, SourceAddress, Standing, Traffic, Window,
};

pub(in crate::store::sqlite) fn traffic(file: &Connection, filter: &Filter) -> Answer<Traffic> {
    let mut traffic = Traffic { domain: filter.domain.clone(), ..Traffic::default() };
    let Some(domain) = domain_number(file, &filter.domain)? else { return Ok(traffic) };
    let mut lists = Lists::default();
    traffic.reports = report_counts(file, domain, filter.window, &mut lists)?;
    traffic.rows = rows(file, domain, filter.window, &mut lists)?;
    traffic.earlier = earlier(file, domain, filter.window, &mut lists)?;
    if let Some(window) = filter.window {
        let year =
            Window { from: window.from.plus(-Traffic::POLICY_DAYS), to: window.from.plus(-1) };
        traffic.policies_before = report_counts(file, domain, Some(year), &mut lists)?;
    }
    in_window(file, domain, filter.window, &mut traffic)?;
    lists.load(file, &mut traffic)?;
    Ok(traffic)
}

/// The lists that rows refer to.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) reporters: Numbered,
    pub(super) policies: Numbered,
    pub(super) fingerprints: Numbered,
}

impl Lists {
    /// Puts what they name into the traffic.
    pub(super) fn load(self, file: &Connection, traffic: &mut Traffic) -> rusqlite::Result<()> {
        traffic.reporters = self.reporters.load(|id| reporter_name(file, id))?;
        traffic.policies = self.policies.load(|id| policy(file, id))?;
        traffic.fingerprints = self.fingerprints.load(|id| fingerprint(file, id))?.into();
        Ok(())
    }
}

/// Counts what the totals leave out, and what is odd in them.
pub(super) fn in_window(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    traffic: &mut Traffic,
) -> rusqlite::Result<()> {
    standings(file, domain, window, traffic)?;
    oddities(file, domain, window, traffic)
}

fn report_counts(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    lists: &mut Lists,
) -> rusqlite::Result<Vec<ReportCount>> {
    let (from, to) = days(window);
    // in the order of the index, which holds all that is asked for; with the plus sign SQLite sees it
    let mut query = file.prepare_cached(
        "SELECT day, reporter, policy FROM report
         WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 AND +standing = 0
         ORDER BY day, standing, reporter, policy",
    )?;
    let mut found = query.query(params![domain, from, to])?;
    let mut counts: Vec<ReportCount> = Vec::new();
    let mut last = None;
    while let Some(row) = found.next()? {
        let this = (row.get(0)?, row.get(1)?, row.get(2)?);
        match counts.last_mut() {
            Some(count) if last == Some(this) => count.reports += 1,
            _ => counts.push(ReportCount {
                day: Day(this.0),
                reporter: lists.reporters.index(this.1),
                policy: lists.policies.index(this.2),
                reports: 1,
            }),
        }
        last = Some(this);
    }
    Ok(counts)
}

fn rows(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    lists: &mut Lists,
) -> rusqlite::Result<Vec<TrafficRow>> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT record.day, report.reporter, record.source, record.fingerprint, record.count
         FROM record JOIN report ON report.id = record.report
         WHERE record.domain = ?1 AND record.day BETWEEN ?2 AND ?3",
    )?;
    let mut found = query.query(params![domain, from, to])?;
    let mut sums: HashMap<(Day, u32, SourceAddress, u32), (u64, u64)> = HashMap::new();
    while let Some(row) = found.next()? {
        let reporter = lists.reporters.index(row.get(1)?);
        let fingerprint = lists.fingerprints.index(row.get(3)?);
        let key = (Day(row.get(0)?), reporter, source(row.get_ref(2)?), fingerprint);
        let (messages, records) = sums.entry(key).or_default();
        *messages = messages.saturating_add(row.get::<_, i64>(4)?.unsigned_abs());
        *records += 1;
    }
    let mut rows: Vec<TrafficRow> = sums
        .into_iter()
        .map(|((day, reporter, source, fingerprint), (messages, records))| TrafficRow {
            day,
            reporter,
            source,
            fingerprint,
            messages,
            records,
        })
        .collect();
    rows.sort_unstable_by(|a, b| {
        (a.day, a.reporter, &a.source, a.fingerprint).cmp(&(
            b.day,
            b.reporter,
            &b.source,
            b.fingerprint,
        ))
    });
    Ok(rows)
}

fn earlier(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    lists: &mut Lists,
) -> rusqlite::Result<Vec<EarlierRow>> {
    let Some(window) = window else { return Ok(Vec::new()) };
    let (from, to) = (window.from.plus(-Traffic::EARLIER_DAYS), window.from.plus(-1));
    let mut query = file.prepare_cached(
        "SELECT record.source, record.fingerprint, min(record.day), max(record.day),
                total(record.count), report.reporter
         FROM record JOIN report ON report.id = record.report
         WHERE record.domain = ?1 AND record.day BETWEEN ?2 AND ?3
         GROUP BY 1, 2, 6 ORDER BY 1, 2, 6",
    )?;
    let rows = query.query_map(params![domain, from.0, to.0], |row| {
        Ok(EarlierRow {
            reporter: lists.reporters.index(row.get(5)?),
            source: source(row.get_ref(0)?),
            fingerprint: lists.fingerprints.index(row.get(1)?),
            first_day: Day(row.get(2)?),
            last_day: Day(row.get(3)?),
            // total() is a float: a sum of forged counts would be an error
            messages: row.get::<_, f64>(4)? as u64,
        })
    })?;
    rows.collect()
}

/// Counts what is out of totals, and what counts although its mail failed authentication.
fn standings(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    traffic: &mut Traffic,
) -> rusqlite::Result<()> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT standing, authenticity, count(*) FROM report
         WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 AND (standing <> 0 OR authenticity <> 0)
         GROUP BY standing, authenticity",
    )?;
    let mut rows = query.query(params![domain, from, to])?;
    while let Some(row) = rows.next()? {
        let reports = row.get::<_, i64>(2)?.unsigned_abs();
        match (standing(row.get(0)?), authenticity(row.get(1)?)) {
            (Standing::Conflict, _) => traffic.conflicts += reports,
            (Standing::Unverified, _) => traffic.unverified += reports,
            (Standing::Counted, Authenticity::Failed) => traffic.authenticity_failed += reports,
            (Standing::Counted | Standing::Foreign, _) => {}
        }
    }
    Ok(())
}

/// Counts the reports with issues, and the rows whose counts cannot be read.
fn oddities(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    traffic: &mut Traffic,
) -> rusqlite::Result<()> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT issue.seq, issue.code, issue.more
         FROM report JOIN issue ON issue.report = report.id
         WHERE report.domain = ?1 AND report.day BETWEEN ?2 AND ?3 AND report.standing = 0
           AND (issue.seq = 0 OR issue.code = ?4)",
    )?;
    let unread = IssueCode::BadCount.as_str();
    let mut rows = query.query(params![domain, from, to, unread])?;
    while let Some(row) = rows.next()? {
        // each report with issues has a first one
        traffic.odd += u64::from(row.get::<_, i64>(0)? == 0);
        if row.get_ref(1)?.as_str()? == unread {
            let more = row.get::<_, i64>(2)?.unsigned_abs();
            traffic.unread_rows = traffic.unread_rows.saturating_add(1).saturating_add(more);
        }
    }
    Ok(())
}
