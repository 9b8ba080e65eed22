//! **Keeping** records: what was seen in the DNS, given or proposed goes into the store with its date,
//! so that there is a way back.
//!
//! In: records, noted while a command works. Out: nothing. Keeping is a service, never a condition: a store
//! that cannot be written, or that another process writes to at this moment, is left as it is, and nobody
//! waits for it.

use std::path::Path;

use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};
use crate::record::present::Live;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

/// A record that was known so at most so many seconds ago is not written again.
pub(super) const FRESH: i64 = 3_600;

/// Records to be kept.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    now: i64,
    records: Vec<KeptRecord>,
    /// Where several stand at once.
    together: Vec<(String, RecordKind)>,
}

impl Keeping {
    /// Nothing yet.
    pub(super) fn new(now: i64) -> Self {
        Self { now, ..Self::default() }
    }

    /// Notes one.
    pub(super) fn note(
        &mut self,
        domain: &str,
        name: &str,
        kind: RecordKind,
        text: &str,
        seen: Seen,
    ) {
        self.records.push(KeptRecord {
            domain: domain.to_owned(),
            name: name.to_owned(),
            kind,
            text: text.trim().to_owned(),
            seen,
            first_at: self.now,
            last_at: self.now,
        });
    }

    /// Notes what the DNS has. Several at once are noted as of this moment, however lately each was: that
    /// they stood there together is what must be remembered.
    pub(super) fn note_live(&mut self, domain: &str, name: &str, kind: RecordKind, live: &Live) {
        let texts = match live {
            Live::Record(text) => std::slice::from_ref(text),
            Live::Several(texts) => {
                self.together.push((name.to_owned(), kind));
                texts
            }
            Live::Missing | Live::Unknown(_) => &[],
        };
        for text in texts {
            self.note(domain, name, kind, text, Seen::Dns);
        }
    }

    /// Keeps all of them, as far as that can be done at once.
    pub(super) fn keep(self, mut store: SqliteStore) {
        if store.hurry().is_ok() {
            self.keep_in(&mut store);
        }
    }

    /// The same in the store at a path, if there is one.
    pub(super) fn keep_at(self, db: &Path) {
        if let Ok(store) = SqliteStore::open_existing(db) {
            self.keep(store);
        }
    }

    /// Keeps all of them, waiting for others who write. Stops at the first that cannot be kept.
    pub(super) fn keep_in(self, store: &mut dyn Store) {
        for record in &self.records {
            let known = store.kept_records(&record.domain).unwrap_or_default();
            let is_one = !self.together.contains(&(record.name.clone(), record.kind));
            if is_one && known.iter().any(|known| is_fresh(known, record)) {
                continue;
            }
            if store.keep_record(record).is_err() {
                return;
            }
        }
    }
}

fn is_fresh(known: &KeptRecord, record: &KeptRecord) -> bool {
    let is_same = (&known.name, known.kind, &known.text, known.seen)
        == (&record.name, record.kind, &record.text, record.seen);
    is_same && (0..FRESH).contains(&record.last_at.saturating_sub(known.last_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(now: i64) -> Keeping {
        let mut keeping = Keeping::new(now);
        let name = "_dmarc.a.example";
        keeping.note("a.example", name, RecordKind::Dmarc, " v=DMARC1; p=none ", Seen::Given);
        keeping
    }

    #[test]
    fn a_record_is_kept_once_with_its_first_and_last_moment() {
        let mut store = SqliteStore::in_memory().unwrap();
        for now in [1_000, 1_001, 50_000] {
            noted(now).keep_in(&mut store);
        }
        let kept = store.kept_records("a.example").unwrap();
        assert_eq!(1, kept.len());
        assert_eq!((1_000, 50_000), (kept[0].first_at, kept[0].last_at));
        assert_eq!("v=DMARC1; p=none", kept[0].text);
    }

    #[test]
    fn nobody_waits_for_a_store_that_is_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("ruaudit.db");
        drop(SqliteStore::open(&db).unwrap());
        let other = rusqlite::Connection::open(&db).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let begun = std::time::Instant::now();
        noted(1_000).keep_at(&db);
        assert!(begun.elapsed() < std::time::Duration::from_secs(5));
        other.execute_batch("ROLLBACK").unwrap();
        let kept = || SqliteStore::open_existing(&db).unwrap().kept_records("a.example").unwrap();
        assert!(kept().is_empty());
        noted(1_000).keep_at(&db);
        assert_eq!(1, kept().len());
        noted(1_000).keep_at(&folder.path().join("other.db"));
        assert!(!folder.path().join("other.db").exists(), "no store is made for it");
    }
}
