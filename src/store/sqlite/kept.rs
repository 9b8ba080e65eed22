//! The TXT **records that were seen or proposed**: the way back.
//!
//! In: a record, and how it is known. Out: all of a domain, the first known first. Refuses names and
//! texts that no TXT record has room for; of too many of one domain, those are forgotten first that stood
//! in the DNS together and do no longer, then proposed ones, and those last that somebody gave.

use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::problem::Problem;
use crate::error::Error;
use crate::model::Label;
use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};

type Answer<T> = Result<T, Problem>;

/// Records of one domain that are kept, as SQLite counts.
const AT_MOST: i64 = KeptRecord::AT_MOST as i64;

const KINDS: [RecordKind; 3] = [RecordKind::Dmarc, RecordKind::Spf, RecordKind::Dkim];

/// Keeps one.
pub(super) fn keep(file: &mut Connection, record: &KeptRecord) -> Answer<()> {
    let KeptRecord { domain, name, kind, text, seen, first_at, last_at } = record;
    fits("domain", domain.len(), Label::NAME_CHARS)?;
    fits("name", name.len(), Label::NAME_CHARS)?;
    fits("text", text.len(), KeptRecord::TEXT_BYTES)?;
    let (domain, name) = (domain.to_lowercase(), name.to_lowercase());
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction
        .prepare_cached(
            "INSERT INTO kept_record (domain, name, kind, text, seen, first_at, last_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (domain, name, kind, text, seen) DO UPDATE SET
                 first_at = min(first_at, excluded.first_at),
                 last_at = max(last_at, excluded.last_at)",
        )?
        .execute(params![domain, name, kind.as_str(), text, seen.as_str(), first_at, last_at])?;
    forget(&transaction, &domain)?;
    Ok(transaction.commit()?)
}

/// Forgets those of a domain that are too many.
fn forget(file: &Connection, domain: &str) -> rusqlite::Result<()> {
    let too_many = file
        .prepare_cached("SELECT 1 FROM kept_record WHERE domain = ?1 LIMIT 1 OFFSET ?2")?
        .exists(params![domain, AT_MOST])?;
    if !too_many {
        return Ok(());
    }
    file.prepare_cached(FORGET)?.execute(params![domain, AT_MOST]).map(drop)
}

/// An answer of the DNS is anybody's who can forge one: what stood there beside others goes first, unless it
/// is what was last seen there.
const FORGET: &str = "
    DELETE FROM kept_record WHERE domain = ?1 AND (name, kind, text, seen) IN (
        SELECT name, kind, text, seen FROM (
            SELECT name, kind, text, seen, last_at,
                count(*) OVER (PARTITION BY name, kind, seen, last_at) AS together,
                max(last_at) OVER (PARTITION BY name, kind, seen) AS newest
            FROM kept_record WHERE domain = ?1)
        ORDER BY CASE
                WHEN seen = 'given' THEN 0
                WHEN seen = 'proposed' THEN 2
                WHEN together > 1 AND last_at < newest THEN 3
                ELSE 1 END,
            last_at DESC, name, kind, text, seen
        LIMIT -1 OFFSET ?2)";

fn fits(what: &str, bytes: usize, at_most: usize) -> Answer<()> {
    if (1..=at_most).contains(&bytes) {
        return Ok(());
    }
    let why = if bytes == 0 { "it is empty".into() } else { format!("it has {bytes} bytes") };
    let remedy = format!("give one of at most {at_most} bytes");
    Err(Error::new(format!("cannot keep the {what} of the record"), why, remedy).into())
}

/// All of a domain.
pub(super) fn of(file: &Connection, domain: &str) -> Answer<Vec<KeptRecord>> {
    // an older store on a medium that cannot be written is read as it is
    if !file.prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'kept_record'")?.exists([])? {
        return Ok(Vec::new());
    }
    let mut query = file.prepare_cached(
        "SELECT domain, name, kind, text, seen, first_at, last_at FROM kept_record
         WHERE domain = ?1 ORDER BY first_at, last_at, name, kind, text, seen",
    )?;
    let rows = query.query_map([domain.to_lowercase()], record)?;
    Ok(rows.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?)
}

/// One; none where a word in it cannot have been written by this program.
fn record(row: &Row<'_>) -> rusqlite::Result<Option<KeptRecord>> {
    let (kind, seen): (String, String) = (row.get(2)?, row.get(4)?);
    let kind = KINDS.into_iter().find(|known| known.as_str() == kind);
    let seen = Seen::ALL.into_iter().find(|known| known.as_str() == seen);
    let (Some(kind), Some(seen)) = (kind, seen) else { return Ok(None) };
    Ok(Some(KeptRecord {
        domain: row.get(0)?,
        name: row.get(1)?,
        kind,
        text: row.get(3)?,
        seen,
        first_at: row.get(5)?,
        last_at: row.get(6)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_store_that_cannot_be_brought_to_the_present_layout_knows_nothing() {
        let file = Connection::open_in_memory().unwrap();
        assert!(of(&file, "acme.example").unwrap().is_empty());
    }

    #[test]
    fn words_of_another_program_are_passed_over() {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(include_str!("../../../schema.sql")).unwrap();
        let insert = "INSERT INTO kept_record VALUES ('a.example', 'n', ?1, 'v=DMARC1', ?2, 0, 0)";
        for words in [["DMARC", "dns"], ["BIMI", "dns"], ["DMARC", "dreamt"]] {
            file.execute(insert, words).unwrap();
        }
        assert_eq!(1, of(&file, "a.example").unwrap().len());
    }

    #[test]
    fn what_stood_together_is_forgotten_before_a_given_record_or_one_that_stood_alone() {
        let mut file = Connection::open_in_memory().unwrap();
        file.execute_batch(include_str!("../../../schema.sql")).unwrap();
        let record = |kind, text: &str, seen, at| KeptRecord {
            domain: "a.example".into(),
            name: "_dmarc.a.example".into(),
            kind,
            text: text.into(),
            seen,
            first_at: at,
            last_at: at,
        };
        let genuine = [
            record(RecordKind::Dmarc, "given", Seen::Given, 1),
            record(RecordKind::Dmarc, "alone", Seen::Dns, 2),
            record(RecordKind::Spf, "spf", Seen::Dns, 3),
        ];
        genuine.iter().for_each(|one| keep(&mut file, one).unwrap_or_else(|_| panic!("{one:?}")));
        let many = KeptRecord::AT_MOST / 8 + 1;
        for at in 0..many {
            for one in 0..8 {
                let text = format!("{at} {one}");
                let moment = 10 + i64::try_from(at).unwrap();
                let record = record(RecordKind::Dmarc, &text, Seen::Dns, moment);
                assert!(keep(&mut file, &record).is_ok());
            }
        }
        let kept = of(&file, "a.example").unwrap_or_default();
        assert_eq!(KeptRecord::AT_MOST, kept.len());
        assert!(genuine.iter().all(|one| kept.contains(one)));
        let newest = kept.iter().filter(|one| one.text.starts_with(&format!("{} ", many - 1)));
        assert_eq!(8, newest.count());
    }
}
