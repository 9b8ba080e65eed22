//! Answering questions: domains, days, traffic, records, traces.
//!
//! Sums are made here and not in SQL, since SQLite fails a whole query when a sum overflows, and a
//! forged report can claim any count.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::json;
use super::problem::Problem;
use crate::error::Result;
use crate::model::day::rfc3339;
use crate::model::traffic::{EarlierRow, ReportCount, ReporterName, TrafficRow};
use crate::model::words::{
    AlignedResult, AlignmentMode, Dialect, DiscoveryMethod, Disposition, Policy, Testing,
};
use crate::model::{
    Day, Filter, Fingerprint, LangText, PolicyPublished, Reporter, SourceAddress, StoredRecord,
    StoredTrace, TraceFilter, Traffic, Window,
};

/// How far back of the window to look for sources: half a year shows what sends once a quarter.
const EARLIER_DAYS: i32 = 183;

/// How many fingerprints, reporters and policies an export keeps in memory.
const REMEMBERED: usize = 100_000;

type Answer<T> = std::result::Result<T, Problem>;

pub(super) fn domains(file: &Connection) -> Answer<Vec<String>> {
    let mut query = file.prepare_cached("SELECT name FROM domain ORDER BY name")?;
    let names = query.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn span(file: &Connection) -> Answer<Option<Window>> {
    let (from, to): (Option<i32>, Option<i32>) =
        file.query_row("SELECT min(day), max(day) FROM report WHERE standing = 0", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(from.zip(to).map(|(from, to)| Window { from: Day(from), to: Day(to) }))
}

/// The number of a domain; none if the store does not know it.
fn domain_number(file: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let mut query = file.prepare_cached("SELECT id FROM domain WHERE name = ?1")?;
    let mut rows = query.query([name])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

fn days(window: Option<Window>) -> (i32, i32) {
    window.map_or((i32::MIN, i32::MAX), |window| (window.from.0, window.to.0))
}

pub(super) fn traffic(file: &Connection, filter: &Filter) -> Answer<Traffic> {
    let mut traffic = Traffic { domain: filter.domain.clone(), ..Traffic::default() };
    let Some(domain) = domain_number(file, &filter.domain)? else { return Ok(traffic) };
    let mut lists = Lists::default();
    traffic.reports = report_counts(file, domain, filter.window, &mut lists)?;
    traffic.rows = rows(file, domain, filter.window, &mut lists)?;
    traffic.earlier = earlier(file, domain, filter.window, &mut lists)?;
    traffic.conflicts = conflicts(file, domain, filter.window)?;
    traffic.reporters = lists.reporters.load(|id| reporter_name(file, id))?;
    traffic.policies = lists.policies.load(|id| policy(file, id))?;
    traffic.fingerprints = lists.fingerprints.load(|id| fingerprint(file, id))?;
    Ok(traffic)
}

/// The lists that rows refer to.
#[derive(Default)]
struct Lists {
    reporters: Numbered,
    policies: Numbered,
    fingerprints: Numbered,
}

/// A list of things that the file knows by other numbers.
#[derive(Default)]
struct Numbered {
    index: HashMap<i64, u32>,
    ids: Vec<i64>,
}

impl Numbered {
    fn index(&mut self, id: i64) -> u32 {
        *self.index.entry(id).or_insert_with(|| {
            self.ids.push(id);
            u32::try_from(self.ids.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn load<T>(self, load: impl Fn(i64) -> rusqlite::Result<T>) -> rusqlite::Result<Vec<T>> {
        self.ids.into_iter().map(load).collect()
    }
}

fn report_counts(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    lists: &mut Lists,
) -> rusqlite::Result<Vec<ReportCount>> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT day, reporter, policy, count(*) FROM report
         WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 AND standing = 0
         GROUP BY day, reporter, policy ORDER BY day, reporter, policy",
    )?;
    let counts = query.query_map(params![domain, from, to], |row| {
        Ok(ReportCount {
            day: Day(row.get(0)?),
            reporter: lists.reporters.index(row.get(1)?),
            policy: lists.policies.index(row.get(2)?),
            reports: row.get::<_, i64>(3)?.unsigned_abs(),
        })
    })?;
    counts.collect()
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
    let (from, to) = (window.from.plus(-EARLIER_DAYS), window.from.plus(-1));
    let mut query = file.prepare_cached(
        "SELECT source, fingerprint, min(day) FROM record
         WHERE domain = ?1 AND day BETWEEN ?2 AND ?3
         GROUP BY source, fingerprint ORDER BY source, fingerprint",
    )?;
    let rows = query.query_map(params![domain, from.0, to.0], |row| {
        Ok(EarlierRow {
            source: source(row.get_ref(0)?),
            fingerprint: lists.fingerprints.index(row.get(1)?),
            first_day: Day(row.get(2)?),
        })
    })?;
    rows.collect()
}

fn conflicts(file: &Connection, domain: i64, window: Option<Window>) -> rusqlite::Result<u64> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT count(*) FROM report
         WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 AND standing = 1",
    )?;
    query.query_row(params![domain, from, to], |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))
}

fn source(value: ValueRef<'_>) -> SourceAddress {
    match value {
        ValueRef::Blob(bytes) => {
            let v4 = <[u8; 4]>::try_from(bytes).map(|octets| SourceAddress::Ip(octets.into()));
            let v6 = <[u8; 16]>::try_from(bytes).map(|octets| SourceAddress::Ip(octets.into()));
            v4.or(v6).unwrap_or_else(|_| SourceAddress::Unreadable("?".into()))
        }
        ValueRef::Text(text) => {
            SourceAddress::Unreadable(String::from_utf8_lossy(text).into_owned().into())
        }
        _ => SourceAddress::Unreadable("?".into()),
    }
}

fn reporter_name(file: &Connection, id: i64) -> rusqlite::Result<ReporterName> {
    file.prepare_cached("SELECT org_name, email FROM reporter WHERE id = ?1")?
        .query_row([id], |row| Ok(ReporterName { org_name: row.get(0)?, email: row.get(1)? }))
}

fn reporter(file: &Connection, id: i64) -> rusqlite::Result<Reporter> {
    let mut query = file.prepare_cached(
        "SELECT org_name, email, extra_contact_info, extra_contact_lang, generator, version,
                namespace, dialect
         FROM reporter WHERE id = ?1",
    )?;
    query.query_row([id], |row| {
        let contact: Option<String> = row.get(2)?;
        let lang = row.get(3)?;
        let dialect: String = row.get(7)?;
        let is_9990 = dialect == Dialect::Rfc9990.as_str();
        Ok(Reporter {
            org_name: row.get(0)?,
            email: row.get(1)?,
            extra_contact_info: contact.map(|text| LangText { text, lang }),
            generator: row.get(4)?,
            version: row.get(5)?,
            namespace: row.get(6)?,
            dialect: if is_9990 { Dialect::Rfc9990 } else { Dialect::Rfc7489 },
        })
    })
}

fn policy(file: &Connection, id: i64) -> rusqlite::Result<PolicyPublished> {
    let mut query = file.prepare_cached(
        "SELECT domain.name, p, sp, np, adkim, aspf, fo, pct, testing, discovery_method, psd
         FROM policy JOIN domain ON domain.id = policy.domain WHERE policy.id = ?1",
    )?;
    query.query_row([id], |row| {
        let word = |column| row.get::<_, Option<String>>(column);
        Ok(PolicyPublished {
            domain: row.get(0)?,
            p: word(1)?.as_deref().map(Policy::parse),
            sp: word(2)?.as_deref().map(Policy::parse),
            np: word(3)?.as_deref().map(Policy::parse),
            adkim: word(4)?.as_deref().map(AlignmentMode::parse),
            aspf: word(5)?.as_deref().map(AlignmentMode::parse),
            fo: row.get(6)?,
            pct: row.get(7)?,
            testing: word(8)?.as_deref().map(Testing::parse),
            discovery_method: word(9)?.as_deref().map(DiscoveryMethod::parse),
            psd: row.get(10)?,
        })
    })
}

fn fingerprint(file: &Connection, id: i64) -> rusqlite::Result<Fingerprint> {
    let mut query = file.prepare_cached(
        "SELECT header_from, envelope_from, envelope_to, disposition, dkim, spf, reasons,
                dkim_auth, spf_auth
         FROM fingerprint WHERE id = ?1",
    )?;
    query.query_row([id], |row| {
        let word = |column| row.get::<_, String>(column);
        let list = |column| row.get::<_, Option<String>>(column);
        Ok(Fingerprint {
            header_from: row.get(0)?,
            envelope_from: row.get(1)?,
            envelope_to: row.get(2)?,
            disposition: Disposition::parse(&word(3)?),
            dkim: AlignedResult::parse(&word(4)?),
            spf: AlignedResult::parse(&word(5)?),
            reasons: json::read_reasons(list(6)?.as_deref()),
            dkim_auth: json::read_dkim_auth(list(7)?.as_deref()),
            spf_auth: json::read_spf_auth(list(8)?.as_deref()),
        })
    })
}

pub(super) fn records(
    file: &Connection,
    domain: Option<&str>,
    window: Option<Window>,
    each: &mut dyn FnMut(&StoredRecord) -> Result<()>,
) -> Answer<()> {
    let names = domain.map_or_else(|| domains(file), |name| Ok(vec![name.to_owned()]))?;
    let mut shelf = Shelf::default();
    for name in names {
        let Some(domain) = domain_number(file, &name)? else { continue };
        records_of(file, domain, window, &mut shelf, each)?;
    }
    Ok(())
}

/// What many records share, kept while records stream by.
#[derive(Default)]
struct Shelf {
    reporters: HashMap<i64, Rc<Reporter>>,
    policies: HashMap<i64, Rc<PolicyPublished>>,
    fingerprints: HashMap<i64, Rc<Fingerprint>>,
}

fn shelved<T>(
    shelf: &mut HashMap<i64, Rc<T>>,
    id: i64,
    load: impl FnOnce(i64) -> rusqlite::Result<T>,
) -> rusqlite::Result<Rc<T>> {
    if let Some(known) = shelf.get(&id) {
        return Ok(Rc::clone(known));
    }
    if shelf.len() >= REMEMBERED {
        shelf.clear();
    }
    let loaded = Rc::new(load(id)?);
    shelf.insert(id, Rc::clone(&loaded));
    Ok(loaded)
}

fn records_of(
    file: &Connection,
    domain: i64,
    window: Option<Window>,
    shelf: &mut Shelf,
    each: &mut dyn FnMut(&StoredRecord) -> Result<()>,
) -> Answer<()> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT record.day, record.source, record.fingerprint, record.count,
                report.reporter, report.policy, report.report_id, report.begin, report.end
         FROM record JOIN report ON report.id = record.report
         WHERE record.domain = ?1 AND record.day BETWEEN ?2 AND ?3
         ORDER BY record.day, record.report, record.seq",
    )?;
    let mut rows = query.query(params![domain, from, to])?;
    while let Some(row) = rows.next()? {
        each(&record(file, row, shelf)?)?;
    }
    Ok(())
}

fn record(file: &Connection, row: &Row<'_>, shelf: &mut Shelf) -> rusqlite::Result<StoredRecord> {
    Ok(StoredRecord {
        day: Day(row.get(0)?),
        source: source(row.get_ref(1)?),
        fingerprint: shelved(&mut shelf.fingerprints, row.get(2)?, |id| fingerprint(file, id))?,
        count: row.get::<_, i64>(3)?.unsigned_abs(),
        reporter: shelved(&mut shelf.reporters, row.get(4)?, |id| reporter(file, id))?,
        policy: shelved(&mut shelf.policies, row.get(5)?, |id| policy(file, id))?,
        report_id: row.get::<_, String>(6)?.into(),
        begin: row.get(7)?,
        end: row.get(8)?,
    })
}

pub(super) fn traces(
    file: &Connection,
    filter: TraceFilter,
    each: &mut dyn FnMut(StoredTrace) -> Result<()>,
) -> Answer<()> {
    let mut query = file.prepare_cached(
        "SELECT origin, outcome, stage, reason, detail, position, seen_at FROM input
         WHERE outcome NOT IN ('accepted', 'duplicate')
           AND (?1 OR outcome IN ('rejected', 'conflict'))
         ORDER BY id",
    )?;
    let mut rows = query.query([filter.all])?;
    while let Some(row) = rows.next()? {
        each(stored_trace(row)?)?;
    }
    Ok(())
}

fn stored_trace(row: &Row<'_>) -> rusqlite::Result<StoredTrace> {
    let text = |column| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
    Ok(StoredTrace {
        origin: row.get(0)?,
        outcome: row.get(1)?,
        stage: text(2)?,
        reason: text(3)?,
        detail: text(4)?,
        position: row.get::<_, Option<i64>>(5)?.map(i64::unsigned_abs),
        seen_at: rfc3339(row.get(6)?),
    })
}
