//! The contract that any store must pass. A new kind of store is added at the end of this file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "store_contract/history.rs"]
mod history;
#[path = "store_contract/hosts.rs"]
mod hosts;
#[path = "store_contract/kept.rs"]
mod kept;
#[path = "store_contract/knowledge.rs"]
mod knowledge;
#[path = "store_contract/mails.rs"]
mod mails;
#[path = "store_contract/noted.rs"]
mod noted;
#[path = "store_contract/reports.rs"]
mod reports;
#[path = "store_contract/standing.rs"]
mod standing;

use std::net::IpAddr;

use ruaudit::decode::{Limits, decode};
use ruaudit::model::{
    Day, Filter, Label, LabelWord, Origin, Outcome, RawInput, Reason, Rejection, Replace,
    ReportFilter, SourceAddress, Stage, StoredRecord, StoredTrace, Told, Trace, TraceFilter,
    Window,
};
use ruaudit::store::Store;
use ruaudit::store::sqlite::SqliteStore;

const NOW: i64 = 1_795_000_000;

/// 2026-11-09, as seconds and as a day.
const BEGIN: i64 = 1_794_182_400;

fn day(offset: i32) -> Day {
    Day::of(BEGIN).plus(offset)
}

/// A report as a reporter would send it.
#[derive(Clone)]
struct Sent {
    org: &'static str,
    domain: &'static str,
    id: &'static str,
    day: i64,
    rows: Vec<(&'static str, i64, bool)>,
}

impl Sent {
    fn new(domain: &'static str, id: &'static str) -> Self {
        Self { org: "receiver.example", domain, id, day: 0, rows: vec![("192.0.2.1", 7, true)] }
    }

    fn xml(&self) -> String {
        let begin = BEGIN + self.day * 86_400;
        let rows: String = self
            .rows
            .iter()
            .map(|(ip, count, pass)| {
                let word = if *pass { "pass" } else { "fail" };
                format!(
                    "<record><row><source_ip>{ip}</source_ip><count>{count}</count>\
                     <policy_evaluated><disposition>none</disposition><dkim>{word}</dkim>\
                     <spf>fail</spf></policy_evaluated></row>\
                     <identifiers><header_from>{domain}</header_from></identifiers>\
                     <auth_results><dkim><domain>{domain}</domain><selector>s</selector>\
                     <result>{word}</result></dkim></auth_results></record>",
                    domain = self.domain
                )
            })
            .collect();
        format!(
            "<feedback><report_metadata><org_name>{}</org_name><email>d@r.example</email>\
             <report_id>{}</report_id><date_range><begin>{begin}</begin><end>{}</end></date_range>\
             </report_metadata><policy_published><domain>{}</domain><p>none</p></policy_published>\
             {rows}</feedback>",
            self.org,
            self.id,
            begin + 86_399,
            self.domain,
        )
    }

    fn traces(&self, origin: &str) -> Vec<Trace> {
        traces(origin, self.xml().into_bytes())
    }
}

fn traces(origin: &str, bytes: Vec<u8>) -> Vec<Trace> {
    let raw =
        RawInput { received_at: Some(NOW), ..RawInput::new(Origin::input(origin), Ok(bytes)) };
    decode(raw, NOW, &Limits::default())
}

fn filter(domain: &str, window: Option<(i32, i32)>) -> Filter {
    let window = window.map(|(from, to)| Window { from: day(from), to: day(to) });
    Filter { domain: domain.into(), window }
}

fn messages(store: &dyn Store, domain: &str, window: Option<(i32, i32)>) -> u64 {
    store.traffic(&filter(domain, window)).unwrap().rows.iter().map(|row| row.messages).sum()
}

fn troubles(store: &dyn Store, all: bool) -> Vec<StoredTrace> {
    let mut found = Vec::new();
    store
        .traces(TraceFilter { all }, &mut |trace| {
            found.push(trace);
            Ok(())
        })
        .unwrap();
    found
}

fn records(store: &dyn Store, domain: Option<&str>) -> Vec<StoredRecord> {
    let mut found = Vec::new();
    store
        .records(domain, None, &mut |record| {
            found.push(record.clone());
            Ok(())
        })
        .unwrap();
    found
}

fn an_empty_store_answers_with_nothing(store: &mut dyn Store) {
    assert_eq!(Vec::<String>::new(), store.domains().unwrap());
    assert_eq!(None, store.span().unwrap());
    assert_eq!(0, store.traffic(&filter("acme.example", None)).unwrap().rows.len());
    assert!(reports::reports(store, &ReportFilter::default()).is_empty());
    assert!(store.find_reports("1").unwrap().is_empty());
    assert_eq!((None, 0), (store.report(1).unwrap(), store.foreign(None).unwrap().reports));
    assert!(troubles(store, true).is_empty());
    assert_eq!(0, store.write(&[], NOW).unwrap().reports);
}

fn what_was_written_is_read_back(store: &mut dyn Store) {
    let mut sent = Sent::new("acme.example", "1");
    sent.rows = vec![("192.0.2.1", 7, true), ("2001:db8::1", 3, false), ("garbage", 2, false)];
    let written = store.write(&sent.traces("a.xml"), NOW).unwrap();
    assert_eq!((1, 3, 12), (written.reports, written.records, written.messages));
    assert_eq!(vec!["acme.example"], store.domains().unwrap());
    assert_eq!(Some(Window { from: day(0), to: day(0) }), store.span().unwrap());
    let traffic = store.traffic(&filter("acme.example", None)).unwrap();
    assert_eq!(12, traffic.rows.iter().map(|row| row.messages).sum::<u64>());
    assert_eq!(
        "receiver.example",
        traffic.reporters[traffic.reports[0].reporter as usize].org_name
    );
    assert_eq!("acme.example", traffic.policies[0].domain);
    let found = records(store, Some("acme.example"));
    let sources: Vec<_> = found.iter().map(|record| record.source.clone()).collect();
    let ip = |text: &str| SourceAddress::Ip(text.parse::<IpAddr>().unwrap());
    let unreadable = SourceAddress::Unreadable("garbage".into());
    assert_eq!(vec![ip("192.0.2.1"), ip("2001:db8::1"), unreadable], sources);
    assert_eq!(("1", BEGIN), (&*found[0].report_id, found[0].begin));
    assert_eq!("s", found[0].fingerprint.dkim_auth[0].selector.as_deref().unwrap());
}

fn writing_again_changes_nothing(store: &mut dyn Store) {
    let mut batch = Sent::new("acme.example", "1").traces("a.xml");
    batch.extend(traces("broken.xml", b"<feedback><x".to_vec()));
    batch.extend(traces("note.txt", b"hello".to_vec()));
    store.write(&batch, NOW).unwrap();
    let before = (records(store, None), troubles(store, true));
    let again = store.write(&batch, NOW + 1_000).unwrap();
    assert_eq!((0, 1, 0, 0), (again.reports, again.duplicates, again.records, again.messages));
    assert_eq!((1, 1), (again.rejected, again.skipped));
    assert_eq!(before, (records(store, None), troubles(store, true)));
}

fn the_same_report_from_two_places_counts_once(store: &mut dyn Store) {
    let sent = Sent::new("acme.example", "1");
    let mut batch = sent.traces("a.xml");
    batch.extend(sent.traces("b.xml"));
    let written = store.write(&batch, NOW).unwrap();
    assert_eq!((1, 1), (written.reports, written.duplicates));
    assert_eq!(7, messages(store, "acme.example", None));
}

fn a_conflict_is_kept_aside_and_said(store: &mut dyn Store) {
    let first = Sent::new("acme.example", "1");
    let second = Sent { rows: vec![("192.0.2.9", 1_000, false)], ..first.clone() };
    store.write(&first.traces("a.xml"), NOW).unwrap();
    let written = store.write(&second.traces("b.xml"), NOW).unwrap();
    assert_eq!((0, 0, 1), (written.reports, written.duplicates, written.conflicts));
    assert_eq!(0, written.messages);
    assert_eq!(7, messages(store, "acme.example", None));
    let traffic = store.traffic(&filter("acme.example", None)).unwrap();
    assert_eq!((1, 1), (traffic.conflicts, traffic.reports.len()));
    let trouble = &troubles(store, false)[0];
    assert_eq!(("b.xml", "conflict"), (trouble.origin.as_str(), trouble.outcome.as_str()));
    // the conflicting report is known by now, too
    assert_eq!(1, store.write(&second.traces("b.xml"), NOW).unwrap().duplicates);
}

fn ids_are_not_unique_among_reporters_domains_or_days(store: &mut dyn Store) {
    let one = Sent::new("acme.example", "1");
    let others = [
        Sent { org: "another.example", ..one.clone() },
        Sent { domain: "shop.example", ..one.clone() },
        Sent { day: 1, ..one.clone() },
    ];
    let batch: Vec<Trace> = std::iter::once(&one)
        .chain(&others)
        .enumerate()
        .flat_map(|(n, sent)| sent.traces(&format!("{n}.xml")))
        .collect();
    let written = store.write(&batch, NOW).unwrap();
    assert_eq!((4, 0, 0), (written.reports, written.duplicates, written.conflicts));
}

fn a_window_holds_its_days_and_what_came_earlier(store: &mut dyn Store) {
    let batch: Vec<Trace> = (0..4)
        .flat_map(|day| {
            let sent = Sent { day, ..Sent::new("acme.example", "1") };
            sent.traces(&format!("{day}.xml"))
        })
        .collect();
    store.write(&batch, NOW).unwrap();
    assert_eq!(28, messages(store, "acme.example", None));
    assert_eq!(14, messages(store, "acme.example", Some((1, 2))));
    let traffic = store.traffic(&filter("acme.example", Some((1, 2)))).unwrap();
    assert_eq!((2, 1), (traffic.reports.len(), traffic.earlier.len()));
    assert_eq!(day(0), traffic.earlier[0].first_day);
    assert_eq!(Some(Window { from: day(0), to: day(3) }), store.span().unwrap());
}

fn rejections_say_where_and_why_in_the_order_seen(store: &mut dyn Store) {
    let mut batch = traces("z.xml", b"<feedback><x></y></feedback>".to_vec());
    batch.extend(traces("a.txt", b"nothing here".to_vec()));
    batch.extend(traces("a.xml", b"<feedback><version>1".to_vec()));
    store.write(&batch, NOW).unwrap();
    let found = troubles(store, false);
    let origins: Vec<_> = found.iter().map(|trace| trace.origin.as_str()).collect();
    assert_eq!(vec!["z.xml", "a.xml"], origins);
    assert_eq!(("xml", "malformed"), (found[0].stage.as_str(), found[0].reason.as_str()));
    assert!(found[0].position.is_some() && found[0].seen_at.starts_with("2026-11-18T"));
    assert_eq!(3, troubles(store, true).len());
}

fn outcomes(store: &dyn Store) -> Vec<String> {
    troubles(store, true).into_iter().map(|trace| trace.outcome).collect()
}

fn an_input_that_can_be_read_later_is_no_trouble_any_more(store: &mut dyn Store) {
    let rejection = Rejection::new(Stage::Intake, Reason::Unreadable, "permission denied");
    let raw = RawInput::new(Origin::input("a.xml"), Err(Outcome::Rejected(rejection)));
    store.write(&decode(raw, NOW, &Limits::default()), NOW).unwrap();
    assert_eq!(1, troubles(store, false).len());
    store.write(&Sent::new("acme.example", "1").traces("a.xml"), NOW).unwrap();
    assert_eq!(0, troubles(store, false).len());
}

fn a_part_that_can_be_read_later_is_no_trouble_either(store: &mut dyn Store) {
    let rejection = Rejection::new(Stage::Intake, Reason::TooLarge, "more than 5 bytes");
    let origin = Origin::input("a.mbox").inside("mail 2");
    let bytes = Err(Outcome::Rejected(rejection));
    let raw = RawInput::new(origin.clone(), bytes);
    store.write(&decode(raw, NOW, &Limits::default()), NOW).unwrap();
    assert_eq!(1, troubles(store, false).len());
    let mut read = Sent::new("acme.example", "1").traces("a.mbox");
    read[0].origin = origin.inside("r.xml");
    store.write(&read, NOW).unwrap();
    assert_eq!(0, troubles(store, false).len());
}

fn parts_of_one_name_hide_nothing_of_each_other(store: &mut dyn Store) {
    let part =
        |text: &str| format!("--b\r\nContent-Type: application/xml; name=r.xml\r\n\r\n{text}\r\n");
    let report = Sent::new("acme.example", "1").xml();
    let parts = [part("<feedback><x>"), part(&report), part("<feedback><x><y>")].concat();
    let mail = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n");
    let written = store.write(&traces("a.eml", mail.into_bytes()), NOW).unwrap();
    assert_eq!((1, 2), (written.reports, written.rejected));
    assert_eq!(2, troubles(store, false).len());
}

fn counts_that_cannot_be_added_up_do_not_wrap_around(store: &mut dyn Store) {
    let mut sent = Sent::new("acme.example", "1");
    sent.rows = vec![("192.0.2.1", 9_007_199_254_740_991, false); 3_000];
    let written = store.write(&sent.traces("a.xml"), NOW).unwrap();
    assert_eq!((3_000, u64::MAX), (written.records, written.messages));
    assert_eq!(u64::MAX, messages(store, "acme.example", None));
}

type Clause = (&'static str, fn(&mut dyn Store));

/// Clauses with their names.
macro_rules! clauses {
    ($($clause:path,)*) => { &[$((stringify!($clause), $clause)),*] };
}

const CONTRACT: &[Clause] = clauses![
    an_empty_store_answers_with_nothing,
    what_was_written_is_read_back,
    writing_again_changes_nothing,
    the_same_report_from_two_places_counts_once,
    a_conflict_is_kept_aside_and_said,
    ids_are_not_unique_among_reporters_domains_or_days,
    a_window_holds_its_days_and_what_came_earlier,
    rejections_say_where_and_why_in_the_order_seen,
    an_input_that_can_be_read_later_is_no_trouble_any_more,
    a_part_that_can_be_read_later_is_no_trouble_either,
    parts_of_one_name_hide_nothing_of_each_other,
    standing::reports_about_others_are_kept_aside_until_they_are_ones_own,
    standing::a_conflict_stays_one_whoevers_the_domain_is,
    standing::a_report_that_nobody_vouched_for_counts_once_a_genuine_mail_brings_it,
    standing::what_need_not_be_vouched_for_any_more_counts,
    standing::what_is_kept_aside_occupies_no_key,
    standing::what_nobody_vouches_for_gives_way_to_what_somebody_does,
    standing::of_foreign_twins_one_counts,
    standing::what_came_by_mail_is_not_vouched_for_by_a_change_of_domains,
    counts_that_cannot_be_added_up_do_not_wrap_around,
    reports::a_report_is_read_back_as_it_was_decoded,
    reports::a_report_that_is_kept_aside_is_read_back_too,
    reports::every_input_that_brought_a_report_is_named,
    reports::reports_are_listed_newest_first_and_filtered,
    reports::a_report_is_found_by_its_id_and_by_what_brought_it,
    noted::what_was_noted_is_read_back_and_only_the_given_is_changed,
    noted::who_wrote_on_which_days_is_counted_by_name,
    noted::the_reports_that_came_since_are_counted,
    noted::a_refused_mail_says_who_sent_it_and_when,
    noted::troubles_are_told_once_and_only_those_behind_the_mark,
    noted::an_input_in_the_place_of_one_that_was_forgotten_is_told,
    noted::what_is_refused_after_it_was_deferred_is_told,
    reports::a_row_that_cannot_be_counted_is_told_of,
    mails::mails_are_known_with_what_became_of_them,
    mails::a_mail_that_was_not_fetched_is_counted_until_it_comes,
    mails::a_new_life_of_a_folder_begins_with_nothing,
    mails::a_mail_reads_like_any_input,
    history::the_policies_of_the_year_before_are_counted,
    history::a_report_is_known_from_the_day_that_its_mail_came,
    history::a_contradiction_is_known_from_the_day_that_its_mail_came,
    history::a_history_holds_the_days_that_were_asked_for_and_all_their_mail,
    knowledge::labels_are_kept_before_any_report_and_outlive_all,
    knowledge::a_label_is_one_whatever_its_case_and_remembers_since_when,
    knowledge::a_domain_knows_its_own_labels_first,
    knowledge::profiles_say_yes_no_or_nothing,
    knowledge::what_is_told_replaces_only_if_asked_to,
    knowledge::what_is_told_of_one_domain_leaves_the_others,
    knowledge::what_is_too_long_or_too_much_is_refused_whole,
    hosts::addresses_come_once_the_failing_and_the_busy_first,
    hosts::a_look_up_takes_the_place_of_the_one_before,
    hosts::what_nobody_could_tell_does_not_replace_what_was_known,
    kept::a_record_known_again_is_one_and_remembers_when,
    kept::records_are_told_apart_by_all_that_they_are,
    kept::what_no_txt_record_has_room_for_is_refused,
    kept::the_records_of_a_domain_are_bounded,
];

fn hold_contract(mut make: impl FnMut() -> Box<dyn Store>) {
    for (name, clause) in CONTRACT {
        let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| clause(&mut *make())));
        assert!(held.is_ok(), "the store breaks the contract: {name}");
    }
}

#[test]
fn sqlite_in_memory_holds_the_contract() {
    hold_contract(|| Box::new(SqliteStore::in_memory().unwrap()));
}

#[test]
fn sqlite_in_a_file_holds_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    hold_contract(|| {
        count += 1;
        Box::new(SqliteStore::open(&folder.path().join(format!("{count}.db"))).unwrap())
    });
}

#[test]
fn two_who_tell_the_same_at_once_have_added_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.db");
    drop(SqliteStore::open(&path).unwrap());
    let label = |n: u32| Label {
        domain: "acme.example".into(),
        source: format!("s{n}"),
        label: LabelWord::Ours,
        note: String::new(),
    };
    let told = Told { labels: (0..500).map(label).collect(), ..Told::default() };
    let start = std::sync::Barrier::new(4);
    let added: usize = std::thread::scope(|scope| {
        let tell = || {
            let mut store = SqliteStore::open(&path).unwrap();
            start.wait();
            store.tell(&told, Replace::Nothing, NOW).unwrap().added
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(tell)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(500, added);
}
