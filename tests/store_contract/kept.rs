//! Clauses about the records that were seen or proposed.

use ruaudit::model::finding::RecordKind;
use ruaudit::model::kept::{KeptRecord, Seen};
use ruaudit::store::Store;

use crate::NOW;

fn record(text: &str, seen: Seen, at: i64) -> KeptRecord {
    KeptRecord {
        domain: "acme.example".into(),
        name: "_dmarc.acme.example".into(),
        kind: RecordKind::Dmarc,
        text: text.into(),
        seen,
        first_at: at,
        last_at: at,
    }
}

pub(crate) fn a_record_known_again_is_one_and_remembers_when(store: &mut dyn Store) {
    assert!(store.kept_records("acme.example").unwrap().is_empty());
    store.keep_record(&record("v=DMARC1; p=none", Seen::Dns, NOW)).unwrap();
    let again = KeptRecord {
        domain: "ACME.example".into(),
        name: "_DMARC.Acme.Example".into(),
        ..record("v=DMARC1; p=none", Seen::Dns, NOW + 60)
    };
    store.keep_record(&again).unwrap();
    store.keep_record(&record("v=DMARC1; p=none", Seen::Dns, NOW + 30)).unwrap();
    let expected = KeptRecord { last_at: NOW + 60, ..record("v=DMARC1; p=none", Seen::Dns, NOW) };
    assert_eq!(vec![expected], store.kept_records("Acme.EXAMPLE").unwrap());
}

pub(crate) fn records_are_told_apart_by_all_that_they_are(store: &mut dyn Store) {
    let first = record("v=DMARC1; p=none", Seen::Dns, NOW);
    let spf = KeptRecord {
        name: "acme.example".into(),
        kind: RecordKind::Spf,
        text: "v=spf1 -all".into(),
        ..first.clone()
    };
    let others = [
        record("v=DMARC1; p=none", Seen::Given, NOW + 1),
        record("v=DMARC1; p=NONE", Seen::Dns, NOW + 2),
        KeptRecord { last_at: NOW + 9, ..record("v=DMARC1; p=reject", Seen::Proposed, NOW + 3) },
        KeptRecord { name: "_dmarc.b.acme.example".into(), first_at: NOW + 4, ..first.clone() },
        KeptRecord { first_at: NOW + 5, last_at: NOW + 5, ..spf },
        KeptRecord { kind: RecordKind::Dkim, first_at: NOW + 6, last_at: NOW + 6, ..first.clone() },
    ];
    others.iter().for_each(|other| store.keep_record(other).unwrap());
    store.keep_record(&first).unwrap();
    store.keep_record(&KeptRecord { domain: "b.example".into(), ..first.clone() }).unwrap();
    let expected: Vec<_> = std::iter::once(first).chain(others).collect();
    assert_eq!(expected, store.kept_records("acme.example").unwrap(), "the first known first");
    assert_eq!(1, store.kept_records("b.example").unwrap().len());
}

pub(crate) fn what_no_txt_record_has_room_for_is_refused(store: &mut dyn Store) {
    let long = "x".repeat(KeptRecord::TEXT_BYTES);
    store.keep_record(&record(&long, Seen::Dns, NOW)).unwrap();
    for wrong in [
        record(&format!("{long}x"), Seen::Dns, NOW),
        record("", Seen::Dns, NOW),
        KeptRecord { name: "n".repeat(300), ..record("v=DMARC1", Seen::Dns, NOW) },
    ] {
        let error = store.keep_record(&wrong).unwrap_err().to_string();
        assert!(error.contains("cannot keep"), "{error}");
    }
    assert_eq!(1, store.kept_records("acme.example").unwrap().len());
}

pub(crate) fn the_records_of_a_domain_are_bounded(store: &mut dyn Store) {
    let other = KeptRecord { domain: "b.example".into(), ..record("v=DMARC1", Seen::Dns, 0) };
    store.keep_record(&other).unwrap();
    let last = i64::try_from(KeptRecord::AT_MOST).unwrap();
    for number in 0..=last {
        let text = format!("v=DMARC1; p=none; fo={number}");
        store.keep_record(&record(&text, Seen::Dns, number)).unwrap();
    }
    let kept = store.kept_records("acme.example").unwrap();
    // what was there first stays, and what is new has room
    assert_eq!((KeptRecord::AT_MOST, 0, last), {
        (kept.len(), kept[0].first_at, kept[kept.len() - 1].last_at)
    });
    assert_eq!(vec![other], store.kept_records("b.example").unwrap());
}
