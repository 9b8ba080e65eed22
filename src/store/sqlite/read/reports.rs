//! **Reports**: a line for each, those that a name can mean, and what is kept aside.
//!
//! In: which are asked for. Out: lines, streamed. One report in full is in `full`.

mod full;

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};

use super::interned::{authenticity, standing};
use super::{Answer, days, domain_number};
use crate::error::Result;
use crate::model::stored::is_called;
use crate::model::{Day, Foreign, ReportFilter, ReportLine, Standing, Window};

pub(in crate::store::sqlite) use full::report;

/// What a line shows that stands in the report's own row and in those it refers to.
const LINE: &str = "SELECT report.id, report.day, domain.name, reporter.org_name, report.report_id,
        report.standing, report.authenticity, report.domain
    FROM report JOIN domain ON domain.id = report.domain
    JOIN reporter ON reporter.id = report.reporter";

/// The order of lines: what is new comes first.
const ORDER: &str = "ORDER BY report.day DESC, domain.name, reporter.org_name, report.id";

pub(in crate::store::sqlite) fn reports(
    file: &Connection,
    filter: &ReportFilter,
    each: &mut dyn FnMut(ReportLine) -> Result<()>,
) -> Answer<()> {
    let domain = match &filter.domain {
        None => None,
        Some(name) => match domain_number(file, name)? {
            None => return Ok(()),
            known => known,
        },
    };
    let one_domain = if domain.is_some() { "report.domain = ?1" } else { "?1 IS NULL" };
    let mut query = file.prepare_cached(&format!(
        "{LINE} WHERE {one_domain} AND report.day BETWEEN ?2 AND ?3
           AND (NOT ?4 OR EXISTS (SELECT 1 FROM issue WHERE issue.report = report.id))
           AND (NOT ?5 OR report.standing <> 0)
         {ORDER}"
    ))?;
    let (from, to) = days(filter.window);
    let mut rows = query.query(params![domain, from, to, filter.odd, filter.aside])?;
    while let Some(row) = rows.next()? {
        each(line(file, row)?)?;
    }
    Ok(())
}

fn line(file: &Connection, row: &Row<'_>) -> rusqlite::Result<ReportLine> {
    let id: i64 = row.get(0)?;
    let day: i32 = row.get(1)?;
    let standing = standing(row.get(5)?);
    let (records, messages) = match standing {
        Standing::Counted => rows_in_totals(file, row.get(7)?, day, id)?,
        _ => rows_aside(file, id)?,
    };
    Ok(ReportLine {
        number: id.unsigned_abs(),
        day: Day(day),
        domain: row.get(2)?,
        reporter: row.get(3)?,
        report_id: row.get(4)?,
        records,
        messages,
        issues: issues(file, id)?,
        standing,
        authenticity: authenticity(row.get(6)?),
    })
}

fn rows_in_totals(
    file: &Connection,
    domain: i64,
    day: i32,
    report: i64,
) -> rusqlite::Result<(u64, u64)> {
    let mut query = file.prepare_cached(
        "SELECT count FROM record WHERE domain = ?1 AND day = ?2 AND report = ?3",
    )?;
    count_and_sum(&mut query.query(params![domain, day, report])?)
}

fn rows_aside(file: &Connection, report: i64) -> rusqlite::Result<(u64, u64)> {
    let mut query = file.prepare_cached("SELECT count FROM record_aside WHERE report = ?1")?;
    count_and_sum(&mut query.query([report])?)
}

fn count_and_sum(rows: &mut rusqlite::Rows<'_>) -> rusqlite::Result<(u64, u64)> {
    let (mut count, mut sum) = (0, 0_u64);
    while let Some(row) = rows.next()? {
        count += 1;
        sum = sum.saturating_add(row.get::<_, i64>(0)?.unsigned_abs());
    }
    Ok((count, sum))
}

/// How many issues a report has: those that are kept, and those that are only counted.
fn issues(file: &Connection, report: i64) -> rusqlite::Result<u64> {
    let mut query = file.prepare_cached("SELECT more FROM issue WHERE report = ?1")?;
    let (kept, more) = count_and_sum(&mut query.query([report])?)?;
    Ok(more.saturating_add(kept))
}

pub(in crate::store::sqlite) fn find(file: &Connection, name: &str) -> Answer<Vec<ReportLine>> {
    let mut numbers = named(file, name)?;
    numbers.append(&mut brought(file, name)?);
    let mut query = file.prepare_cached(&format!("{LINE} WHERE report.id = ?1"))?;
    let lines = numbers.iter().map(|number| query.query_row([number], |row| line(file, row)));
    let mut lines = lines.collect::<rusqlite::Result<Vec<_>>>()?;
    lines.sort_by(|a, b| {
        let newest_first = b.day.cmp(&a.day);
        newest_first
            .then_with(|| (&a.domain, &a.reporter).cmp(&(&b.domain, &b.reporter)))
            .then_with(|| a.number.cmp(&b.number))
    });
    Ok(lines)
}

/// The reports of that id. It is stored without `<` and `>`, and may be given with them.
fn named(file: &Connection, name: &str) -> rusqlite::Result<BTreeSet<i64>> {
    let bare = name.strip_prefix('<').and_then(|name| name.strip_suffix('>')).unwrap_or(name);
    let mut query = file.prepare_cached("SELECT id FROM report WHERE report_id IN (?1, ?2)")?;
    let numbers = query.query_map([name, bare], |row| row.get(0))?;
    numbers.collect()
}

/// The reports that an input of that name brought.
fn brought(file: &Connection, name: &str) -> rusqlite::Result<BTreeSet<i64>> {
    let mut query = file.prepare_cached(
        "SELECT report, origin FROM input WHERE report IS NOT NULL AND instr(origin, ?1) > 0",
    )?;
    let mut rows = query.query([name])?;
    let mut numbers = BTreeSet::new();
    while let Some(row) = rows.next()? {
        if is_called(row.get_ref(1)?.as_str()?, name) {
            numbers.insert(row.get(0)?);
        }
    }
    Ok(numbers)
}

pub(in crate::store::sqlite) fn foreign(
    file: &Connection,
    window: Option<Window>,
) -> Answer<Foreign> {
    let (from, to) = days(window);
    let mut query = file.prepare_cached(
        "SELECT count(*), count(DISTINCT domain) FROM report
         WHERE standing = 2 AND day BETWEEN ?1 AND ?2",
    )?;
    let count = |row: &Row<'_>, at| row.get::<_, i64>(at).map(i64::unsigned_abs);
    Ok(query.query_row([from, to], |row| {
        Ok(Foreign { reports: count(row, 0)?, domains: count(row, 1)? })
    })?)
}

#[cfg(test)]
mod tests;
