//! What the **nightly run noted**: the verdicts, the sources and the silent reporters that its
//! digest told of, and up to which input it did.
//!
//! In: notes, all in one transaction. Out: what was noted; and, for the next digest, what has come
//! since: who wrote on which days, and which inputs were refused or kept aside.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::problem::Problem;
use crate::model::day::rfc3339;
use crate::model::digest::{
    Arrived, DomainNote, InputMark, NotedDomain, NotedRun, Notes, ReasonCount, RejectedInput,
    ReporterDays, SourceState, Troubles,
};
use crate::model::verdict::Verdict;
use crate::model::{Day, Digest, Window};

type Answer<T> = Result<T, Problem>;

/// Rejected inputs that are named.
const NAMED: i64 = 5;

/// What was noted at the end of the last run; nothing before the first.
pub(super) fn run(file: &Connection) -> Answer<Option<NotedRun>> {
    let noted = file
        .prepare_cached(
            "SELECT at, input, identity, report, first_at, silence_told FROM noted_run",
        )?
        .query_row([], |row| {
            let number = row.get::<_, i64>(1)?.unsigned_abs();
            Ok(NotedRun {
                at: row.get(0)?,
                mark: InputMark { number, identity: Digest(row.get(2)?) },
                reports: row.get::<_, i64>(3)?.unsigned_abs(),
                first_at: row.get(4)?,
                silence_told: row.get(5)?,
                silent_reporters: BTreeSet::new(),
            })
        })
        .optional()?;
    let Some(noted) = noted else { return Ok(None) };
    let mut query = file.prepare_cached("SELECT name FROM noted_reporter")?;
    let names = query.query_map([], |row| row.get(0))?;
    Ok(Some(NotedRun { silent_reporters: names.collect::<rusqlite::Result<_>>()?, ..noted }))
}

/// What was noted of one domain.
pub(super) fn domain(file: &Connection, name: &str) -> Answer<Option<NotedDomain>> {
    let found: Option<(i64, String)> = file
        .prepare_cached(
            "SELECT id, verdict FROM domain JOIN noted_domain ON noted_domain.domain = domain.id
             WHERE name = ?1",
        )?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, word)) = found else { return Ok(None) };
    // only this program writes here; a word that it cannot have written was never noted
    let Some(verdict) = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word) else {
        return Ok(None);
    };
    let mut query =
        file.prepare_cached("SELECT source, state FROM noted_source WHERE domain = ?1")?;
    let rows = query.query_map([number], |row| Ok((row.get(0)?, row.get::<_, u8>(1)?)))?;
    let mut sources = BTreeMap::new();
    for row in rows {
        let (source, number) = row?;
        if let Some(state) = SourceState::ALL.get(usize::from(number)) {
            sources.insert(source, *state);
        }
    }
    Ok(Some(NotedDomain { verdict, sources }))
}

/// Notes all of it.
pub(super) fn note(file: &mut Connection, notes: &Notes) -> Answer<()> {
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    note_run(&transaction, &notes.run)?;
    for domain in &notes.domains {
        note_domain(&transaction, domain)?;
    }
    Ok(transaction.commit()?)
}

fn note_run(file: &Transaction<'_>, run: &NotedRun) -> rusqlite::Result<()> {
    let NotedRun { at, mark, reports, first_at, silence_told, silent_reporters } = run;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (input, report) = (number(mark.number), number(*reports));
    file.prepare_cached(
        "INSERT OR REPLACE INTO noted_run
             (id, at, input, identity, report, first_at, silence_told)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![at, input, mark.identity.0, report, first_at, silence_told])?;
    file.execute("DELETE FROM noted_reporter", [])?;
    let mut insert = file.prepare_cached("INSERT INTO noted_reporter (name) VALUES (?1)")?;
    silent_reporters.iter().try_for_each(|name| insert.execute([name]).map(drop))
}

/// A domain that the store does not know is passed over: it was taken away meanwhile.
fn note_domain(file: &Transaction<'_>, note: &DomainNote) -> rusqlite::Result<()> {
    let number: Option<i64> = file
        .prepare_cached("SELECT id FROM domain WHERE name = ?1")?
        .query_row([&note.domain], |row| row.get(0))
        .optional()?;
    let Some(number) = number else { return Ok(()) };
    file.prepare_cached("INSERT OR REPLACE INTO noted_domain (domain, verdict) VALUES (?1, ?2)")?
        .execute(params![number, note.verdict.as_str()])?;
    let mut insert = file.prepare_cached(
        "INSERT OR REPLACE INTO noted_source (domain, source, state) VALUES (?1, ?2, ?3)",
    )?;
    note.sources.iter().try_for_each(|(source, state)| {
        insert.execute(params![number, source, *state as i64]).map(drop)
    })
}

/// On how many of these days each reporter wrote. Reporters of one name are one.
pub(super) fn reporters(file: &Connection, window: Window) -> Answer<Vec<ReporterDays>> {
    let mut query = file.prepare_cached(
        "SELECT DISTINCT reporter, day FROM report
         WHERE standing = 0 AND day BETWEEN ?1 AND ?2",
    )?;
    let mut days: HashMap<i64, BTreeSet<i32>> = HashMap::new();
    let mut rows = query.query([window.from.0, window.to.0])?;
    while let Some(row) = rows.next()? {
        days.entry(row.get(0)?).or_default().insert(row.get(1)?);
    }
    let mut name = file.prepare_cached("SELECT org_name FROM reporter WHERE id = ?1")?;
    let mut named: BTreeMap<String, BTreeSet<i32>> = BTreeMap::new();
    for (number, mut days) in days {
        named.entry(name.query_row([number], |row| row.get(0))?).or_default().append(&mut days);
    }
    Ok(named.into_iter().filter_map(|(reporter, days)| counted(reporter, &days)).collect())
}

fn counted(reporter: String, days: &BTreeSet<i32>) -> Option<ReporterDays> {
    let (first, last) = (Day(*days.first()?), Day(*days.last()?));
    Some(ReporterDays { reporter, days: u32::try_from(days.len()).ok()?, first, last })
}

/// How many reports came after one. Their numbers rise, and none is ever taken away.
pub(super) fn arrived(file: &Connection, after: u64) -> Answer<Arrived> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let arrived = file
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE standing = 0), count(*) FILTER (WHERE standing <> 0),
                    (SELECT coalesce(max(id), 0) FROM report)
             FROM report WHERE id > ?1",
        )?
        .query_row([after], |row| {
            let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
            Ok(Arrived { counted: count(0)?, aside: count(1)?, last: count(2)? })
        })?;
    Ok(arrived)
}

/// What was refused or kept aside among the inputs that came after the mark.
pub(super) fn troubles(file: &Connection, after: InputMark) -> Answer<Troubles> {
    let after = first_new(file, after)?;
    let mut found = Troubles { mark: mark(file)?, ..Troubles::default() };
    let up_to = i64::try_from(found.mark.number).unwrap_or(i64::MAX);
    let mut query = file.prepare_cached(
        "SELECT outcome, coalesce(reason, ''), count(*) FROM input
         WHERE id BETWEEN ?1 AND ?2
           AND outcome IN ('rejected', 'conflict', 'foreign', 'unverified')
         GROUP BY 1, 2 ORDER BY 3 DESC, 2",
    )?;
    let mut rows = query.query([after, up_to])?;
    while let Some(row) = rows.next()? {
        let count = row.get::<_, i64>(2)?.unsigned_abs();
        match row.get::<_, String>(0)?.as_str() {
            "conflict" => found.conflicts += count,
            "foreign" => found.foreign += count,
            "unverified" => found.unverified += count,
            _ => found.rejected.push(ReasonCount { reason: row.get(1)?, count }),
        }
    }
    let mut query = file.prepare_cached(
        "SELECT origin, sender, received_at FROM input
         WHERE id BETWEEN ?1 AND ?2 AND outcome = 'rejected'
         ORDER BY id LIMIT ?3",
    )?;
    let inputs = query.query_map([after, up_to, NAMED], |row| {
        Ok(RejectedInput {
            origin: row.get(0)?,
            sender: row.get::<_, Option<String>>(1)?.filter(|sender| !sender.is_empty()),
            received_at: row.get::<_, Option<i64>>(2)?.map(rfc3339),
        })
    })?;
    found.rejected_inputs = inputs.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// The number of the first input behind the mark: where the marked input was forgotten, another may
/// bear its number.
fn first_new(file: &Connection, mark: InputMark) -> rusqlite::Result<i64> {
    let number = i64::try_from(mark.number).unwrap_or(i64::MAX);
    let is_there = file
        .prepare_cached("SELECT 1 FROM input WHERE id = ?1 AND identity = ?2")?
        .exists(params![number, mark.identity.0])?;
    Ok(if is_there { number.saturating_add(1) } else { number })
}

/// The last input of all.
fn mark(file: &Connection) -> rusqlite::Result<InputMark> {
    let last = file
        .prepare_cached("SELECT id, identity FROM input ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| {
            let number = row.get::<_, i64>(0)?.unsigned_abs();
            Ok(InputMark { number, identity: Digest(row.get(1)?) })
        })
        .optional()?;
    Ok(last.unwrap_or_default())
}
