//! The **standing** of reports that are stored: which count, and which are kept aside.
//!
//! In: a report's number, or which domains are the operator's. Out: rows moved between `record` and
//! `record_aside`. A conflict stays one whatever happens: it is for a person to decide.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::problem::Problem;
use crate::model::{Authenticity, Standing};

/// Whether a report of that standing would count if it came under other terms.
pub(super) fn is_aside_for_now(standing: i64) -> bool {
    standing == Standing::Foreign as i64 || standing == Standing::Unverified as i64
}

/// Notes that a mail which brought a report once more is known to be genuine.
pub(super) fn verify(
    file: &Transaction<'_>,
    report: i64,
    authenticity: Authenticity,
) -> rusqlite::Result<()> {
    if authenticity != Authenticity::Verified {
        return Ok(());
    }
    file.prepare_cached("UPDATE report SET authenticity = ?2 WHERE id = ?1 AND authenticity <> ?2")?
        .execute([report, authenticity as i64])
        .map(drop)
}

/// Puts a report that is kept aside into the totals.
pub(super) fn count(file: &Transaction<'_>, report: i64) -> rusqlite::Result<()> {
    for step in [
        "INSERT INTO record (domain, day, report, seq, source, fingerprint, count)
         SELECT report.domain, report.day, report.id, aside.seq, aside.source, aside.fingerprint,
                aside.count
         FROM record_aside AS aside JOIN report ON report.id = aside.report WHERE report.id = ?1",
        "DELETE FROM record_aside WHERE report = ?1",
        "UPDATE report SET standing = 0 WHERE id = ?1",
    ] {
        file.prepare_cached(step)?.execute([report])?;
    }
    Ok(())
}

/// Takes a report out of the totals, since it is about a domain of somebody else.
fn set_aside(file: &Transaction<'_>, report: i64) -> rusqlite::Result<()> {
    for step in [
        "INSERT INTO record_aside (report, seq, source, fingerprint, count)
         SELECT record.report, record.seq, record.source, record.fingerprint, record.count
         FROM record JOIN report ON report.id = ?1
         WHERE record.domain = report.domain AND record.day = report.day AND record.report = ?1",
        "DELETE FROM record WHERE report = ?1
             AND (domain, day) = (SELECT domain, day FROM report WHERE id = ?1)",
    ] {
        file.prepare_cached(step)?.execute([report])?;
    }
    file.prepare_cached("UPDATE report SET standing = ?2 WHERE id = ?1")?
        .execute([report, Standing::Foreign as i64])
        .map(drop)
}

/// Brings the standing of all reports in line with which domains are the operator's.
pub(super) fn reconsider(
    file: &mut Connection,
    is_own: &dyn Fn(&str) -> bool,
) -> Result<(), Problem> {
    let (aside, counted) = (domains(file, Standing::Foreign)?, domains(file, Standing::Counted)?);
    let returning = aside.into_iter().filter(|(_, name)| is_own(name));
    let leaving = counted.into_iter().filter(|(_, name)| !is_own(name));
    let (returning, leaving): (Vec<_>, Vec<_>) = (returning.collect(), leaving.collect());
    if returning.is_empty() && leaving.is_empty() {
        return Ok(());
    }
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (domain, _) in returning {
        for report in reports(&transaction, domain, Standing::Foreign)? {
            count(&transaction, report)?;
        }
    }
    // the condition is said twice, so that the partial index serves
    transaction.execute(
        "UPDATE input SET outcome = 'accepted', reason = NULL, detail = NULL
         WHERE outcome NOT IN ('accepted', 'duplicate') AND outcome = 'foreign'
           AND (SELECT standing FROM report WHERE id = input.report) = 0",
        [],
    )?;
    for (domain, _) in leaving {
        for report in reports(&transaction, domain, Standing::Counted)? {
            set_aside(&transaction, report)?;
        }
    }
    Ok(transaction.commit()?)
}

/// The domains that have reports of a standing.
fn domains(file: &Connection, standing: Standing) -> rusqlite::Result<Vec<(i64, String)>> {
    // an aside standing is written out, so that the partial index serves
    let sql = match standing {
        Standing::Counted => {
            "SELECT id, name FROM domain
             WHERE EXISTS (SELECT 1 FROM report WHERE domain = domain.id AND standing = 0)"
        }
        _ => {
            "SELECT DISTINCT domain.id, name FROM report JOIN domain ON domain.id = report.domain
             WHERE standing = ?1 AND standing <> 0"
        }
    };
    let mut query = file.prepare_cached(sql)?;
    let values: &[i64] = if standing == Standing::Counted { &[] } else { &[standing as i64] };
    let rows = query
        .query_map(rusqlite::params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn reports(file: &Transaction<'_>, domain: i64, standing: Standing) -> rusqlite::Result<Vec<i64>> {
    let mut query =
        file.prepare_cached("SELECT id FROM report WHERE domain = ?1 AND standing = ?2")?;
    let rows = query.query_map(params![domain, standing as i64], |row| row.get(0))?;
    rows.collect()
}
