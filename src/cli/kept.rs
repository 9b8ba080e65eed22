//! **Keeping** records: what was seen in the DNS, given or proposed goes into the store with its date,
//! so that there is a way back.
//!
//! In: records, noted while a command works. Out: nothing. Keeping is a service, never a condition: a store
//! that cannot be written, or that another process writes to at this moment, is left as it is, and nobody
//! waits for it. Of the records of one answer a handful is kept: an answer can hold a thousand.
//!
//! What the DNS had at one moment stood there together; what was seen at another, however soon after, is
//! noted with a later moment. So the newest is always known, and how many there were.

use std::collections::BTreeSet;
use std::path::Path;

use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};
use crate::record::present::Live;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

/// A record that was known so at most so many seconds ago is not written again, where it is the newest.
pub(super) const FRESH: i64 = 3_600;

/// Records of one answer that are kept.
const MOST_TOGETHER: usize = 8;

/// Those of several texts of one answer that are kept: always the same ones.
pub(super) fn together(texts: &[String]) -> BTreeSet<&str> {
    let all: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
    all.into_iter().take(MOST_TOGETHER).collect()
}

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

    /// Notes one. What the DNS has is noted as it stands there: a blank may hide it from receivers.
    pub(super) fn note(
        &mut self,
        domain: &str,
        name: &str,
        kind: RecordKind,
        text: &str,
        seen: Seen,
    ) {
        let text = if seen == Seen::Dns { text } else { text.trim() };
        self.records.push(KeptRecord {
            domain: domain.to_owned(),
            name: name.to_owned(),
            kind,
            text: text.to_owned(),
            seen,
            first_at: self.now,
            last_at: self.now,
        });
    }

    /// Notes what the DNS has. Several at once are noted as of this moment, however lately each was: that
    /// they stood there together is what must be remembered.
    pub(super) fn note_live(&mut self, domain: &str, name: &str, kind: RecordKind, live: &Live) {
        let texts = match live {
            Live::Record(text) => BTreeSet::from([text.as_str()]),
            Live::Several(texts) => {
                self.together.push((name.to_owned(), kind));
                together(texts)
            }
            Live::Unseen(texts) => together(texts),
            Live::Missing | Live::Unknown(_) => BTreeSet::new(),
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
            let at = self.moment(&known);
            let is_one = !self.together.contains(&(record.name.clone(), record.kind));
            if is_one && is_fresh(record, at, &known) {
                continue;
            }
            let was = known.iter().find(|known| is_same(known, record));
            let first_at = was.map_or(at, |was| was.first_at);
            let record = KeptRecord { first_at, last_at: at, ..record.clone() };
            if store.keep_record(&record).is_err() {
                return;
            }
        }
    }

    /// The moment of what is noted: after that of all else that is known of the domain, so that two looks
    /// within a second are not taken for one, nor a clock that was put back for an older look.
    fn moment(&self, known: &[KeptRecord]) -> i64 {
        let is_noted = |known: &KeptRecord| self.records.iter().any(|one| is_same(one, known));
        let not_before =
            |known: &KeptRecord| known.last_at.saturating_add(i64::from(!is_noted(known)));
        let late = known.iter().filter(|known| known.last_at >= self.now);
        late.map(not_before).fold(self.now, i64::max)
    }
}

/// Whether a record need not be written again: it was lately, and nothing else has been known at its name
/// since, or at once with it.
fn is_fresh(record: &KeptRecord, at: i64, known: &[KeptRecord]) -> bool {
    let Some(was) = known.iter().find(|known| is_same(known, record)) else { return false };
    let is_newer = |other: &KeptRecord| {
        let stood_there_too = [other.seen, was.seen] == [Seen::Dns; 2];
        (&other.name, other.kind) == (&was.name, was.kind)
            && !is_same(other, was)
            && (other.last_at > was.last_at || (other.last_at == was.last_at && stood_there_too))
    };
    (0..FRESH).contains(&at.saturating_sub(was.last_at)) && !known.iter().any(is_newer)
}

fn is_same(one: &KeptRecord, other: &KeptRecord) -> bool {
    (&one.domain, &one.name, one.kind, &one.text, one.seen)
        == (&other.domain, &other.name, other.kind, &other.text, other.seen)
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

    const NAME: &str = "_dmarc.a.example";

    /// What the DNS had, at that moment.
    fn look(store: &mut SqliteStore, now: i64, texts: &[&str]) {
        let owned: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let live = match texts {
            [one] => Live::Record((*one).to_owned()),
            _ => Live::Several(owned),
        };
        let mut keeping = Keeping::new(now);
        keeping.note_live("a.example", NAME, RecordKind::Dmarc, &live);
        keeping.keep_in(store);
    }

    fn present(store: &SqliteStore) -> Option<String> {
        let kept = store.kept_records("a.example").unwrap();
        crate::record::present::last_kept(&kept, None).map(|last| last.text.clone())
    }

    #[test]
    fn a_record_that_comes_back_within_the_hour_is_the_present_one_again() {
        let (truth, lie) = ("v=DMARC1; p=none; rua=mailto:d@a.example", "v=DMARC1; p=none");
        let mut store = SqliteStore::in_memory().unwrap();
        for (now, text) in [(1_000, truth), (1_060, lie), (1_120, truth), (1_180, truth)] {
            look(&mut store, now, &[text]);
            assert_eq!(Some(text), present(&store).as_deref(), "{now}");
        }
        let kept = store.kept_records("a.example").unwrap();
        assert_eq!([1_120, 1_060], [kept[0].last_at, kept[1].last_at]);
        // behind several, too
        look(&mut store, 1_200, &[truth, lie]);
        assert_eq!(None, present(&store));
        look(&mut store, 1_200, &[truth]);
        assert_eq!(Some(truth), present(&store).as_deref());
    }

    #[test]
    fn two_looks_within_a_second_did_not_see_both_at_once() {
        let mut store = SqliteStore::in_memory().unwrap();
        let (one, other) = ("v=DMARC1; p=reject", "v=DMARC1; p=none");
        for text in [one, other, one, other] {
            look(&mut store, 1_000, &[text]);
            assert_eq!(Some(text), present(&store).as_deref());
        }
        let kept = store.kept_records("a.example").unwrap();
        assert_eq!([one, other], [&*kept[0].text, &*kept[1].text], "their order stays");
        look(&mut store, 1_000, &[one, other]);
        assert_eq!(None, present(&store), "now both stand there");
    }

    #[test]
    fn of_one_answer_a_handful_is_kept() {
        let mut store = SqliteStore::in_memory().unwrap();
        noted(1_000).keep_in(&mut store);
        let many: Vec<String> = (0..1_024).map(|at| format!("v=DMARC1;p=none;x={at}")).collect();
        let mut all: Vec<&str> = many.iter().map(String::as_str).collect();
        look(&mut store, 2_000, &all);
        let kept = store.kept_records("a.example").unwrap();
        assert_eq!(1 + MOST_TOGETHER, kept.len());
        all.reverse();
        look(&mut store, 3_000, &all);
        assert_eq!(kept.len(), store.kept_records("a.example").unwrap().len(), "the same ones");
        assert_eq!(None, present(&store));
    }
}
