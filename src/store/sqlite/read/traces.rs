//! What became of **inputs** that are no counted report.

use rusqlite::{Connection, Row};

use super::Answer;
use crate::error::Result;
use crate::model::day::rfc3339;
use crate::model::{StoredTrace, TraceFilter};

pub(in crate::store::sqlite) fn traces(
    file: &Connection,
    filter: TraceFilter,
    each: &mut dyn FnMut(StoredTrace) -> Result<()>,
) -> Answer<()> {
    let mut query = file.prepare_cached(
        "SELECT origin, outcome, stage, reason, detail, position, seen_at, sender,
                received_at
         FROM input
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
        sender: row.get::<_, Option<String>>(7)?.filter(|sender| !sender.is_empty()),
        received_at: row.get::<_, Option<i64>>(8)?.map(rfc3339),
    })
}
