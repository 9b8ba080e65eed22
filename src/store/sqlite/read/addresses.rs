//! The **addresses** of the mail that is counted: which to ask about first.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use rusqlite::{Connection, params};

use super::interned::source;
use super::{Answer, days, domain_number};
use crate::model::{SourceAddress, Window};

/// Each address once: by how much of its mail fails, then by how much mail it has.
pub(in crate::store::sqlite) fn addresses(
    file: &Connection,
    domain: Option<&str>,
    window: Option<Window>,
) -> Answer<Vec<IpAddr>> {
    let number = match domain.map(|name| domain_number(file, name)).transpose()? {
        Some(None) => return Ok(Vec::new()),
        number => number.flatten(),
    };
    let mut counts: Vec<_> = counts(file, number, window)?.into_iter().collect();
    counts.sort_unstable_by_key(|(address, [failing, all])| {
        (Reverse(*failing), Reverse(*all), *address)
    });
    Ok(counts.into_iter().map(|(address, _)| address).collect())
}

/// Of each address, the messages that fail, and all.
fn counts(
    file: &Connection,
    domain: Option<i64>,
    window: Option<Window>,
) -> rusqlite::Result<HashMap<IpAddr, [u64; 2]>> {
    let failing = failing(file)?;
    let (from, to) = days(window);
    let only = if domain.is_some() { "domain = ?3 AND" } else { "?3 IS NULL AND" };
    let mut query = file.prepare_cached(&format!(
        "SELECT source, fingerprint, count FROM record WHERE {only} day BETWEEN ?1 AND ?2"
    ))?;
    let mut rows = query.query(params![from, to, domain])?;
    let mut counts: HashMap<IpAddr, [u64; 2]> = HashMap::new();
    while let Some(row) = rows.next()? {
        let SourceAddress::Ip(address) = source(row.get_ref(0)?) else { continue };
        let messages = row.get::<_, i64>(2)?.unsigned_abs();
        let [fails, all] = counts.entry(address).or_default();
        *all = all.saturating_add(messages);
        if failing.contains(&row.get(1)?) {
            *fails = fails.saturating_add(messages);
        }
    }
    Ok(counts)
}

/// The fingerprints of mail that fails DMARC.
fn failing(file: &Connection) -> rusqlite::Result<HashSet<i64>> {
    let mut query =
        file.prepare_cached("SELECT id FROM fingerprint WHERE dkim <> 'pass' AND spf <> 'pass'")?;
    query.query_map([], |row| row.get(0))?.collect()
}
