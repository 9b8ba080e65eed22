//! The TXT **records that were seen or proposed**: the way back.
//!
//! In: a record, and how it is known. Out: all of a domain, the first known first. Refuses names and
//! texts that no TXT record has room for; of too many of one domain, those are forgotten first that stood
//! in the DNS together and do no longer, then proposed ones, and those last that somebody gave; before them
//! those that the DNS had first, and those that it had for longest.

use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::problem::Problem;
use crate::error::Error;
use crate::model::Label;
use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};

type Answer<T> = Result<T, Problem>;

/// Records of one domain that are kept, as SQLite counts.
const AT_MOST: i64 = KeptRecord::AT_MOST as i64;

/// Records of one kind that the DNS had first, and so many that it had for longest, that outlast what came
/// after them: of all kinds together fewer than are kept, so that there is room for what is new.
const LASTING: i64 = 50;

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
    file.prepare_cached(FORGET)?.execute(params![domain, AT_MOST, LASTING]).map(drop)
}

/// An answer of the DNS is anybody's who can forge one: what stood there beside others goes first, unless it
/// is what was last seen there. Forged answers, however many, come after what was there first, and none of
/// them stood there for as long: those two outlast all but what the operator gave. They are counted by kind
/// and not by name, since whoever forges answers and reports makes as many names of keys as they like.
const FORGET: &str = "
    DELETE FROM kept_record WHERE domain = ?1 AND (name, kind, text, seen) IN (
        SELECT name, kind, text, seen FROM (
            SELECT name, kind, text, seen, last_at,
                count(*) OVER (PARTITION BY name, kind, seen, last_at) AS together,
                max(last_at) OVER (PARTITION BY name, kind, seen) AS newest,
                row_number() OVER (PARTITION BY kind, seen
                    ORDER BY first_at, last_at DESC, name, text) AS nth_first,
                row_number() OVER (PARTITION BY kind, seen
                    ORDER BY last_at - first_at DESC, first_at, name, text) AS nth_longest
            FROM kept_record WHERE domain = ?1)
        ORDER BY CASE
                WHEN seen = 'given' THEN 0
                WHEN seen = 'dns' AND min(nth_first, nth_longest) <= ?3 THEN 1
                WHEN seen = 'proposed' THEN 3
                WHEN together > 1 AND last_at < newest THEN 4
                ELSE 2 END,
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

    fn store() -> Connection {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(include_str!("../../../schema.sql")).unwrap();
        file
    }

    /// A DMARC record of one moment.
    fn record(text: &str, seen: Seen, at: i64) -> KeptRecord {
        KeptRecord {
            domain: "a.example".into(),
            name: "_dmarc.a.example".into(),
            kind: RecordKind::Dmarc,
            text: text.into(),
            seen,
            first_at: at,
            last_at: at,
        }
    }

    fn put(file: &mut Connection, record: &KeptRecord) {
        keep(file, record).unwrap_or_else(|_| panic!("{record:?}"));
    }

    #[test]
    fn what_stood_together_is_forgotten_before_a_given_record_or_one_that_stood_alone() {
        let mut file = store();
        let genuine = [
            record("given", Seen::Given, 1),
            record("alone", Seen::Dns, 2),
            KeptRecord { kind: RecordKind::Spf, ..record("spf", Seen::Dns, 3) },
        ];
        genuine.iter().for_each(|one| put(&mut file, one));
        let many = KeptRecord::AT_MOST / 8 + 1;
        for at in 0..many {
            for one in 0..8 {
                let moment = 10 + i64::try_from(at).unwrap();
                put(&mut file, &record(&format!("{at} {one}"), Seen::Dns, moment));
            }
        }
        let kept = of(&file, "a.example").unwrap_or_default();
        assert_eq!(KeptRecord::AT_MOST, kept.len());
        assert!(genuine.iter().all(|one| kept.contains(one)));
        let newest = kept.iter().filter(|one| one.text.starts_with(&format!("{} ", many - 1)));
        assert_eq!(8, newest.count());
    }

    /// What the DNS had at one moment after another, each alone: more than are kept, at a name each. Of a
    /// hundred of them the last is kept by the program, so that it forgets.
    fn flood(file: &mut Connection, kind: RecordKind, name: impl Fn(i64) -> String) {
        for at in 0..=AT_MOST {
            let lie = record(&format!("lie {at}"), Seen::Dns, 10_000 + at);
            let lie = KeptRecord { kind, name: name(at), ..lie };
            if at % 100 == 0 {
                put(file, &lie);
                continue;
            }
            let insert = "INSERT INTO kept_record VALUES ('a.example', ?1, ?2, ?3, 'dns', ?4, ?4)";
            let row = params![lie.name, lie.kind.as_str(), lie.text, lie.last_at];
            file.execute(insert, row).unwrap();
        }
    }

    #[test]
    fn what_was_given_stood_first_or_stood_longest_outlasts_thousands_of_single_records() {
        let mut file = store();
        let spf = KeptRecord {
            kind: RecordKind::Spf,
            name: "a.example".into(),
            ..record("spf", Seen::Dns, 5)
        };
        let genuine = [
            record("given", Seen::Given, 1),
            record("first", Seen::Dns, 2),
            KeptRecord { last_at: 9_000, ..record("longest", Seen::Dns, 600) },
            spf,
        ];
        // a hundred that were there before the longest, each for a moment
        (0..100).for_each(|at| put(&mut file, &record(&format!("early {at}"), Seen::Dns, 10 + at)));
        genuine.iter().for_each(|one| put(&mut file, one));
        flood(&mut file, RecordKind::Dmarc, |_| "_dmarc.a.example".into());
        flood(&mut file, RecordKind::Dkim, |at| format!("s{at}._domainkey.a.example"));
        let kept = of(&file, "a.example").unwrap_or_default();
        assert_eq!(KeptRecord::AT_MOST, kept.len());
        for one in &genuine {
            assert!(kept.contains(one), "{one:?}");
        }
        let newest = format!("lie {}", KeptRecord::AT_MOST);
        assert!(kept.iter().any(|one| one.kind == RecordKind::Dkim && one.text == newest));
        put(&mut file, &record("now", Seen::Dns, 90_000));
        let kept = of(&file, "a.example").unwrap_or_default();
        assert!(kept.iter().any(|one| one.text == "now"), "there is room for what is new");
    }

    #[test]
    fn a_record_that_stood_longest_outlasts_lies_that_stood_beside_it() {
        let mut file = store();
        let genuine = KeptRecord { first_at: 1, ..record("genuine", Seen::Dns, 9_999) };
        put(&mut file, &genuine);
        put(&mut file, &record("beside it", Seen::Dns, 9_999));
        flood(&mut file, RecordKind::Dmarc, |_| "_dmarc.a.example".into());
        assert!(of(&file, "a.example").unwrap_or_default().contains(&genuine));
    }
}
