//! Answering questions, a file each: traffic, records, reports, traces. Here: which domains and days
//! there are.
//!
//! Sums are made in Rust and not in SQL, since SQLite fails a whole query when a sum overflows, and
//! a forged report can claim any count.

mod addresses;
mod history;
mod interned;
mod records;
mod reports;
mod traces;
mod traffic;

use std::collections::HashMap;

use rusqlite::Connection;

use super::problem::Problem;
use crate::model::{Day, Window};

pub(super) use addresses::addresses;
pub(super) use history::history;
pub(super) use records::records;
pub(super) use reports::{find, foreign, report, reports};
pub(super) use traces::traces;
pub(super) use traffic::traffic;

type Answer<T> = std::result::Result<T, Problem>;

/// The domains with a report that counts (0) or would but for an earlier one (1): others' domains
/// may be many, and are no business of the operator's. Looked up in the order of their numbers, as
/// the index on reports has them: in that of their names it takes seven times as long.
pub(super) fn domains(file: &Connection) -> Answer<Vec<String>> {
    let mut query = file.prepare_cached(
        "SELECT name FROM domain NOT INDEXED
         WHERE EXISTS (SELECT 1 FROM report WHERE report.domain = domain.id AND standing IN (0, 1))
         ORDER BY name",
    )?;
    let names = query.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// How many reporters tell of each domain, and in how many reports that count: from the index alone.
pub(super) fn reporters_of_domains(file: &Connection) -> Answer<HashMap<String, (i64, i64)>> {
    let mut query = file.prepare_cached(
        "SELECT name, reporters, reports FROM domain JOIN (
             SELECT domain, count(DISTINCT reporter) AS reporters, count(*) AS reports
             FROM report WHERE standing = 0 GROUP BY domain
         ) AS counted ON counted.domain = domain.id",
    )?;
    let known = query.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(known.collect::<rusqlite::Result<_>>()?)
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

/// A list of things that the file knows by other numbers.
#[derive(Default)]
struct Numbered {
    index: HashMap<i64, u32>,
    ids: Vec<i64>,
}

impl Numbered {
    /// The place of a number in the list, put last if it is new.
    fn index(&mut self, id: i64) -> u32 {
        *self.index.entry(id).or_insert_with(|| {
            self.ids.push(id);
            u32::try_from(self.ids.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// The list, loaded.
    fn load<T>(self, load: impl Fn(i64) -> rusqlite::Result<T>) -> rusqlite::Result<Vec<T>> {
        let Self { index, ids } = self;
        drop(index); // both are large where a forged report names very many
        let mut list = Vec::with_capacity(ids.len());
        for id in ids {
            list.push(load(id)?);
        }
        Ok(list)
    }
}
