//! Clauses about looking back: the policies of the year before, and when a report became known.

use std::sync::Arc;

use ruaudit::model::{Day, Provenance, Trace, Window};
use ruaudit::store::Store;

use crate::{BEGIN, NOW, Sent, day, filter, messages};

const DAY: i64 = 86_400;

pub(crate) fn the_policies_of_the_year_before_are_counted(store: &mut dyn Store) {
    let days = [(0, "1"), (-1, "2"), (-1, "3"), (-365, "4"), (-366, "5")];
    for (day, id) in days {
        store.write(&Sent { day, ..Sent::new("acme.example", id) }.traces(id), NOW).unwrap();
    }
    let old = Sent { org: "old.example", day: -9, ..Sent::new("acme.example", "6") };
    store.write(&old.traces("6"), NOW).unwrap();
    let traffic = store.traffic(&filter("acme.example", Some((0, 0)))).unwrap();
    let found: Vec<_> = traffic
        .policies_before
        .iter()
        .map(|count| {
            let reporter = &traffic.reporters[count.reporter as usize].org_name;
            assert_eq!("acme.example", traffic.policies[count.policy as usize].domain);
            (count.day, reporter.as_str(), count.reports)
        })
        .collect();
    let expected = vec![
        (day(-365), "receiver.example", 1),
        (day(-9), "old.example", 1),
        (day(-1), "receiver.example", 2),
    ];
    assert_eq!(expected, found);
    assert_eq!(1, traffic.reports.len(), "the window's own are not among them");
    let all = store.traffic(&filter("acme.example", None)).unwrap();
    assert!(all.policies_before.is_empty(), "nothing lies before all days");
}

/// The report as a mail brings it at that moment; as a file where there is none.
fn arriving(sent: &Sent, at: Option<i64>) -> Vec<Trace> {
    let mut traces = sent.traces(sent.id);
    for trace in &mut traces {
        trace.received_at = at.or(trace.received_at);
        trace.provenance = at.map(|_| Arc::new(Provenance::default()));
    }
    traces
}

pub(crate) fn a_report_is_known_from_the_day_that_its_mail_came(store: &mut dyn Store) {
    let end = BEGIN + DAY - 1;
    for (id, at) in [
        ("file", None),
        ("at once", Some(end)),
        ("late", Some(end + 3 * DAY)),
        ("month", Some(end + 30 * DAY)),
        ("too early", Some(end - 1)),
        ("too late", Some(end + 30 * DAY + 1)),
    ] {
        store.write(&arriving(&Sent::new("acme.example", id), at), NOW).unwrap();
    }
    // a copy in a folder says nothing, and nothing is known of the mail any more
    store.write(&Sent::new("acme.example", "late").traces("a copy"), NOW).unwrap();
    let history = store.history("acme.example", None).unwrap();
    let arrivals: Vec<(Day, u64)> = history
        .report_arrivals
        .iter()
        .zip(&history.traffic.reports)
        .map(|(arrival, count)| (*arrival, count.reports))
        .collect();
    assert_eq!(vec![(day(0), 1), (day(1), 4), (day(30), 1)], arrivals);
    let rows: Vec<(Day, u64)> = history
        .row_arrivals
        .iter()
        .zip(&history.traffic.rows)
        .map(|(arrival, row)| (*arrival, row.messages))
        .collect();
    assert_eq!(vec![(day(0), 7), (day(1), 28), (day(30), 7)], rows);
    assert!(history.traffic.rows.iter().all(|row| row.day == day(0)));
}

pub(crate) fn a_contradiction_is_known_from_the_day_that_its_mail_came(store: &mut dyn Store) {
    let end = BEGIN + DAY - 1;
    for (id, at) in [("a", Some(end)), ("b", Some(end + 2 * DAY)), ("c", None)] {
        let other = Sent { rows: vec![("192.0.2.9", 900, true)], ..Sent::new("acme.example", id) };
        store.write(&arriving(&Sent::new("acme.example", id), Some(end)), NOW).unwrap();
        store.write(&arriving(&other, at), NOW).unwrap();
    }
    let history = store.history("acme.example", None).unwrap();
    let found = history.conflicts.iter();
    let found: Vec<_> = found.map(|found| (found.day, found.arrival, found.reports)).collect();
    let expected = vec![(day(0), day(0), 1), (day(0), day(1), 1), (day(0), day(2), 1)];
    assert_eq!(expected, found);
    assert_eq!(3, history.traffic.conflicts);
    let later = Some(Window { from: day(1), to: day(2) });
    assert!(store.history("acme.example", later).unwrap().conflicts.is_empty());
}

pub(crate) fn a_history_holds_the_days_that_were_asked_for_and_all_their_mail(
    store: &mut dyn Store,
) {
    for (day, id) in [(0, "1"), (1, "2"), (2, "3")] {
        let rows = vec![("192.0.2.1", 7, true), ("192.0.2.1", 2, true), ("192.0.2.9", 1, false)];
        let sent = Sent { day, rows, ..Sent::new("acme.example", id) };
        store.write(&sent.traces(id), NOW).unwrap();
    }
    let rival =
        Sent { day: 1, rows: vec![("192.0.2.9", 9, true)], ..Sent::new("acme.example", "2") };
    store.write(&rival.traces("rival"), NOW).unwrap();
    let window = Some(Window { from: day(1), to: day(2) });
    let history = store.history("acme.example", window).unwrap();
    let traffic = &history.traffic;
    assert_eq!((2, 1), (traffic.reports.len(), traffic.conflicts));
    let rows: Vec<_> = traffic.rows.iter().map(|r| (r.day, r.messages, r.records)).collect();
    let expected = vec![(day(1), 9, 2), (day(1), 1, 1), (day(2), 9, 2), (day(2), 1, 1)];
    assert_eq!(expected, rows);
    assert_eq!(traffic.rows.len(), history.row_arrivals.len());
    assert!(traffic.earlier.is_empty() && traffic.policies_before.is_empty());
    let all = store.history("acme.example", None).unwrap().traffic;
    let plain = store.traffic(&filter("acme.example", None)).unwrap();
    assert_eq!((&plain.reports, &plain.rows), (&all.reports, &all.rows));
    let sum: u64 = all.rows.iter().map(|row| row.messages).sum();
    assert_eq!(messages(store, "acme.example", None), sum);
    assert!(store.history("else.example", None).unwrap().traffic.rows.is_empty());
}
