//! What the nightly run notes, and what it asks for its digest.

use ruaudit::decode::{Limits, decode};
use ruaudit::model::digest::{
    Arrived, DomainNote, InputMark, NotedRun, Notes, ReasonCount, ReporterDays, SourceState,
    Troubles,
};
use ruaudit::model::verdict::Verdict;
use ruaudit::model::{Digest, Origin, Outcome, RawInput, Reason, Rejection, Stage, Window};
use ruaudit::store::Store;

use super::{NOW, Sent, day, traces};

fn note(domain: &str, verdict: Verdict, sources: &[(&str, SourceState)]) -> DomainNote {
    let sources = sources.iter().map(|(name, state)| ((*name).to_owned(), *state)).collect();
    DomainNote { domain: domain.into(), verdict, sources }
}

fn run(at: i64, silent: &[&str]) -> NotedRun {
    NotedRun {
        at,
        mark: InputMark { number: 7, identity: Digest([9; 16]) },
        reports: 5,
        first_at: NOW - 9,
        silence_told: (silent.len() > 1).then_some(NOW),
        silent_reporters: silent.iter().map(|name| (*name).to_owned()).collect(),
    }
}

pub(super) fn what_was_noted_is_read_back_and_only_the_given_is_changed(store: &mut dyn Store) {
    assert_eq!(None, store.noted_run().unwrap());
    for domain in ["acme.example", "shop.example"] {
        store.write(&Sent::new(domain, "1").traces(domain), NOW).unwrap();
    }
    assert_eq!(None, store.noted_domain("acme.example").unwrap());
    let sources = [("Mailchimp", SourceState::Fails), ("192.0.2.0/24", SourceState::Passes)];
    let domains = vec![
        note("acme.example", Verdict::Fix, &sources),
        note("shop.example", Verdict::Hold, &[("x", SourceState::Asks)]),
        note("unknown.example", Verdict::Hold, &[]),
    ];
    store.note(&Notes { run: run(NOW, &["Yahoo", "google.com"]), domains }).unwrap();
    assert_eq!(Some(run(NOW, &["Yahoo", "google.com"])), store.noted_run().unwrap());
    assert_eq!(None, store.noted_domain("unknown.example").unwrap());
    let change = note(
        "acme.example",
        Verdict::Ready,
        &[("Mailchimp", SourceState::Gone), ("y", SourceState::Asks)],
    );
    store.note(&Notes { run: run(NOW + 1, &["Yahoo"]), domains: vec![change] }).unwrap();
    assert_eq!(Some(run(NOW + 1, &["Yahoo"])), store.noted_run().unwrap());
    let noted = store.noted_domain("acme.example").unwrap().unwrap();
    let expected = [
        ("192.0.2.0/24", SourceState::Passes),
        ("Mailchimp", SourceState::Gone),
        ("y", SourceState::Asks),
    ];
    assert_eq!(Verdict::Ready, noted.verdict);
    assert_eq!(
        expected.map(|(name, state)| (name.to_owned(), state)).to_vec(),
        noted.sources.into_iter().collect::<Vec<_>>()
    );
    assert_eq!(Verdict::Hold, store.noted_domain("shop.example").unwrap().unwrap().verdict);
}

pub(super) fn who_wrote_on_which_days_is_counted_by_name(store: &mut dyn Store) {
    let sent = |org, id, day, domain| Sent { org, day, ..Sent::new(domain, id) };
    let batch: Vec<_> = [
        sent("Yahoo", "1", 0, "acme.example"),
        sent("Yahoo", "2", 0, "shop.example"),
        sent("Yahoo", "3", 3, "acme.example"),
        sent("google.com", "4", 9, "acme.example"),
        sent("google.com", "5", 4, "acme.example"),
    ]
    .iter()
    .flat_map(|sent| sent.traces(sent.id))
    .collect();
    store.write(&batch, NOW).unwrap();
    // kept aside: it does not count
    let foreign = sent("elsewhere.example", "6", 1, "other.example").traces("6");
    store.write(&foreign, NOW).unwrap();
    store.reconsider(&|domain| domain != "other.example", false).unwrap();
    let window = Window { from: day(0), to: day(4) };
    let of = |name: &str, days, first, last| ReporterDays {
        reporter: name.into(),
        days,
        first: day(first),
        last: day(last),
    };
    let expected = vec![of("Yahoo", 2, 0, 3), of("google.com", 1, 4, 4)];
    assert_eq!(expected, store.reporter_days(window).unwrap());
}

pub(super) fn the_reports_that_came_since_are_counted(store: &mut dyn Store) {
    assert_eq!(Arrived::default(), store.arrived(0).unwrap());
    store.write(&Sent::new("acme.example", "1").traces("1"), NOW).unwrap();
    let first = store.arrived(0).unwrap();
    assert_eq!((1, 0), (first.counted, first.aside));
    let rival = Sent { rows: vec![("192.0.2.9", 1, false)], ..Sent::new("acme.example", "1") };
    let mut batch = rival.traces("rival");
    batch.extend(Sent::new("acme.example", "1").traces("again"));
    batch.extend(Sent::new("acme.example", "2").traces("2"));
    store.write(&batch, NOW).unwrap();
    let later = store.arrived(first.last).unwrap();
    assert_eq!((1, 1), (later.counted, later.aside));
    assert_eq!(
        Arrived { last: later.last, ..Arrived::default() },
        store.arrived(later.last).unwrap()
    );
}

fn counts(reasons: &[ReasonCount]) -> Vec<(&str, u64)> {
    reasons.iter().map(|one| (one.reason.as_str(), one.count)).collect()
}

fn origins(troubles: &Troubles) -> Vec<&str> {
    troubles.rejected_inputs.iter().map(|input| input.origin.as_str()).collect()
}

pub(super) fn a_refused_mail_says_who_sent_it_and_when(store: &mut dyn Store) {
    let mail = |from: &str| {
        format!(
            "{from}Subject: report\r\nContent-Type: text/xml; name=r.xml\r\n\r\n<feedback><x></y>"
        )
    };
    let url = |uid| format!("imap://a@mail.example/INBOX;UIDVALIDITY=1/;UID={uid}");
    let mut batch = traces(&url(1), mail("From: D <dmarc@r.example>\r\n").into_bytes());
    batch.extend(traces(&url(2), mail("").into_bytes()));
    store.write(&batch, NOW).unwrap();
    let found = store.troubles(InputMark::default()).unwrap();
    let at = Some("2026-11-18T11:06:40Z".to_owned());
    let known: Vec<_> =
        found.rejected_inputs.into_iter().map(|i| (i.sender, i.received_at)).collect();
    let expected = vec![(Some("dmarc@r.example".to_owned()), at.clone()), (None, at)];
    assert_eq!(expected, known);
    let listed = super::troubles(store, false);
    let listed: Vec<_> = listed.into_iter().map(|t| (t.sender, t.received_at)).collect();
    assert_eq!(expected, listed);
}

pub(super) fn troubles_are_told_once_and_only_those_behind_the_mark(store: &mut dyn Store) {
    assert!(store.troubles(InputMark::default()).unwrap().is_empty());
    let sent = Sent::new("acme.example", "1");
    let mut batch = traces("a.xml", b"<feedback><x></y></feedback>".to_vec());
    batch.extend(sent.traces("b.xml"));
    batch.extend(Sent { rows: vec![("192.0.2.9", 1, false)], ..sent.clone() }.traces("c.xml"));
    batch.extend(traces("d.xml", b"<feedback><version>1".to_vec()));
    batch.extend(traces("e.xml", b"<feedback><version>2".to_vec()));
    batch.extend(traces("note.txt", b"nothing".to_vec()));
    store.write(&batch, NOW).unwrap();
    let found = store.troubles(InputMark::default()).unwrap();
    assert_eq!(vec![("truncated", 2), ("malformed", 1)], counts(&found.rejected));
    assert_eq!(vec!["a.xml", "d.xml", "e.xml"], origins(&found));
    assert_eq!((1, 0, 0), (found.conflicts, found.foreign, found.unverified));
    assert!(store.troubles(found.mark).unwrap().is_empty());
    store.write(&batch, NOW + 1_000).unwrap();
    assert!(store.troubles(found.mark).unwrap().is_empty(), "the same files are no news");
    store.write(&traces("f.xml", b"<feedback><x></y></feedback>".to_vec()), NOW).unwrap();
    let later = store.troubles(found.mark).unwrap();
    assert_eq!((vec![("malformed", 1)], 0), (counts(&later.rejected), later.conflicts));
    assert_eq!(vec!["f.xml"], origins(&later));
}

pub(super) fn an_input_in_the_place_of_one_that_was_forgotten_is_told(store: &mut dyn Store) {
    let rejection = Rejection::new(Stage::Intake, Reason::Unreadable, "permission denied");
    let raw = RawInput::new(Origin::input("a.xml"), Err(Outcome::Rejected(rejection)));
    store.write(&decode(raw, NOW, &Limits::default()), NOW).unwrap();
    let found = store.troubles(InputMark::default()).unwrap();
    assert_eq!(1, found.rejected.len());
    store.write(&traces("a.xml", b"<feedback><x></y></feedback>".to_vec()), NOW).unwrap();
    let later = store.troubles(found.mark).unwrap();
    assert_eq!(vec![("malformed", 1)], counts(&later.rejected));
}

pub(super) fn what_is_refused_after_it_was_deferred_is_told(store: &mut dyn Store) {
    let came = |store: &mut dyn Store, outcome: Outcome| {
        let raw = RawInput::new(Origin::input("imap://a@mail.example/"), Err(outcome));
        store.write(&decode(raw, NOW, &Limits::default()), NOW).unwrap();
        store.troubles(InputMark::default()).unwrap()
    };
    let waits = came(store, Outcome::Deferred(Reason::Unfetched));
    assert!(waits.is_empty());
    let rejection = || Outcome::Rejected(Rejection::new(Stage::Intake, Reason::Unfetched, ""));
    came(store, rejection());
    let later = store.troubles(waits.mark).unwrap();
    assert_eq!(vec![("unfetched", 1)], counts(&later.rejected));
    came(store, rejection());
    assert!(store.troubles(later.mark).unwrap().is_empty(), "once");
}
