//! What only the file's own rows can show: standings, authenticity, provenance, odd numbers.

use super::*;
use crate::model::{Authenticity, Filter};
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

/// Reports 1 to 4 with the standings of those numbers from 0 on, a domain each, all on day 20000.
fn store() -> SqliteStore {
    let store = SqliteStore::in_memory().unwrap();
    store
        .connection
        .execute_batch(
            "INSERT INTO domain VALUES (1, 'a.example'), (2, 'b.example'), (3, 'c.example'),
                                       (4, 'd.example');
             INSERT INTO reporter (id, digest, org_name, email, dialect)
                 VALUES (1, x'01', 'r.example', '', 'rfc7489');
             INSERT INTO policy (id, digest, domain) VALUES (1, x'01', 1);
             INSERT INTO fingerprint (id, digest, header_from, disposition, dkim, spf)
                 VALUES (1, x'01', 'a.example', 'none', 'pass', 'pass');
             INSERT INTO report VALUES
                 (1, x'01', x'01', 0, 1, 20000, 1, 1, 'id', 0, 1, NULL, '[{\"text\":\"e\"}]', 2, 0),
                 (2, x'01', x'02', 1, 2, 20000, 1, 1, 'id', 0, 1, NULL, NULL, 0, 0),
                 (3, x'03', x'03', 2, 3, 20000, 1, 1, '<id>', 0, 1, NULL, NULL, 0, 0),
                 (4, x'04', x'04', 3, 4, 20001, 1, 1, 'other', 0, 1, NULL, NULL, 2, 0);
             INSERT INTO record VALUES (1, 20000, 1, 0, x'C0000201', 1, 9007199254740991);
             INSERT INTO record_aside VALUES (4, 0, x'C0000201', 1, 9223372036854775807),
                                             (4, 1, x'C0', 1, 9223372036854775807),
                                             (4, 2, 'x', 1, 9223372036854775807);
             INSERT INTO issue VALUES (1, 0, 'bad_count', 'record[1]/row/count', '-5', 7),
                                      (1, 1, 'of_the_future', '', '', 0),
                                      (1, 2, 'bad_count', 'record[2]/row/count', '', 0),
                                      (4, 0, 'bad_count', '', '', 9223372036854775807);
             INSERT INTO input VALUES
                 (1, x'01', x'01', 'm/a.eml > r.xml', 'accepted', 1, NULL, NULL, NULL, NULL, NULL,
                  5, 'd@r.example', '[\"r.example\",\"s.example\"]', 2),
                 (2, x'02', x'02', 'r.xml', 'duplicate', 1, NULL, NULL, NULL, NULL, NULL, 6, NULL,
                  'broken', NULL);",
        )
        .unwrap();
    store
}

fn numbers(store: &SqliteStore, filter: &ReportFilter) -> Vec<u64> {
    let mut found = Vec::new();
    store
        .reports(filter, &mut |line| {
            found.push(line.number);
            Ok(())
        })
        .unwrap();
    found
}

#[test]
fn domains_are_those_that_count_or_would() {
    assert_eq!(vec!["a.example", "b.example"], store().domains().unwrap());
}

#[test]
fn what_is_kept_aside_is_listed_and_counted() {
    let store = store();
    let aside = ReportFilter { aside: true, ..ReportFilter::default() };
    assert_eq!(vec![4, 2, 3], numbers(&store, &aside), "the newest day first, then by domain");
    let odd = ReportFilter { odd: true, ..aside.clone() };
    assert_eq!(vec![4], numbers(&store, &odd));
    assert_eq!(Foreign { reports: 1, domains: 1 }, store.foreign(None).unwrap());
    let day = |day| Some(Window { from: Day(day), to: Day(day) });
    assert_eq!(Foreign::default(), store.foreign(day(20_001)).unwrap());
}

#[test]
fn traffic_counts_what_is_odd_left_out_or_doubtful() {
    let store = store();
    let traffic = |domain: &str, window| {
        let found = store.traffic(&Filter { domain: domain.into(), window }).unwrap();
        let counts = (found.odd, found.unread_rows, found.conflicts);
        (counts, found.unverified, found.authenticity_failed)
    };
    assert_eq!(((1, 9, 0), 0, 1), traffic("a.example", None));
    assert_eq!(((0, 0, 1), 0, 0), traffic("b.example", None));
    assert_eq!(((0, 0, 0), 0, 0), traffic("c.example", None));
    assert_eq!(((0, 0, 0), 1, 0), traffic("d.example", None), "issues of what does not count");
    let before = Some(Window { from: Day(1), to: Day(19_999) });
    assert_eq!(((0, 0, 0), 0, 0), traffic("a.example", before));
}

#[test]
fn a_report_has_its_standing_its_rival_and_its_provenance() {
    let store = store();
    let of = |number| store.report(number).unwrap().unwrap();
    let counted = of(1);
    assert_eq!((Standing::Counted, None), (counted.standing, counted.contradicts));
    assert_eq!(Authenticity::Failed, counted.authenticity);
    assert_eq!("e", counted.report.errors[0].text);
    let issues: Vec<_> = counted.report.issues.iter().map(|issue| issue.more).collect();
    assert_eq!(vec![7, 0], issues, "a code of the future is passed over");
    assert_eq!(Some("d@r.example".to_owned()), counted.inputs[0].sender);
    assert_eq!(vec!["r.example", "s.example"], counted.inputs[0].signers);
    assert_eq!(Some(Authenticity::Failed), counted.inputs[0].authenticity);
    assert_eq!((None, 0), (counted.inputs[1].authenticity, counted.inputs[1].signers.len()));
    assert_eq!((Standing::Conflict, Some(1)), (of(2).standing, of(2).contradicts));
    assert_eq!((Standing::Foreign, None), (of(3).standing, of(3).contradicts));
    assert_eq!((Standing::Unverified, 3), (of(4).standing, of(4).report.records.len()));
    for number in [0, 5, u64::MAX] {
        assert_eq!(None, store.report(number).unwrap());
    }
}

#[test]
fn counts_that_cannot_be_added_up_do_not_fail_a_list() {
    let mut lines = Vec::new();
    let filter = ReportFilter { domain: Some("d.example".into()), ..ReportFilter::default() };
    store()
        .reports(&filter, &mut |line| {
            lines.push(line);
            Ok(())
        })
        .unwrap();
    assert_eq!((3, u64::MAX), (lines[0].records, lines[0].messages));
    assert_eq!(i64::MAX.unsigned_abs() + 1, lines[0].issues);
}

#[test]
fn a_name_is_an_id_or_an_input() {
    let store = store();
    let found = |name: &str| -> Vec<u64> {
        store.find_reports(name).unwrap().iter().map(|line| line.number).collect()
    };
    assert_eq!(vec![1, 2], found("id"));
    assert_eq!(vec![1, 2, 3], found("<id>"), "as it is stored, and as it was written");
    assert_eq!(vec![1], found("a.eml"));
    assert_eq!(vec![1], found("r.xml"));
    assert_eq!(Vec::<u64>::new(), found("eml"));
    assert_eq!(Vec::<u64>::new(), found(""));
}

#[test]
fn a_standing_or_an_authenticity_of_the_future_counts_for_nothing() {
    let store = store();
    store.connection.execute("UPDATE report SET standing = 9, authenticity = -3", []).unwrap();
    let found = store.report(1).unwrap().unwrap();
    assert_eq!((Standing::Unverified, Authenticity::Unknown), (found.standing, found.authenticity));
}
