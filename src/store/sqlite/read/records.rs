//! Every counted **record**, one after the other, as the export shows it.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::{Connection, Row, params};

use super::interned::{fingerprint, policy, reporter, source};
use super::{Answer, days, domain_number, domains};
use crate::error::Result;
use crate::model::{Day, Fingerprint, PolicyPublished, Reporter, StoredRecord, Window};

/// How many fingerprints, reporters and policies are kept in memory.
const REMEMBERED: usize = 100_000;

pub(in crate::store::sqlite) fn records(
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
