//! Clauses about standing: which reports count, which are kept aside, and what changes that.

use std::sync::Arc;

use ruaudit::model::{Authenticity, Outcome, Provenance, Standing, Trace};
use ruaudit::store::Store;

use crate::{NOW, Sent, messages, outcomes, records};

/// The same traces with another standing.
fn standing(mut traces: Vec<Trace>, standing: Standing) -> Vec<Trace> {
    for trace in &mut traces {
        if let Outcome::Accepted(accepted) = &mut trace.outcome {
            accepted.standing = standing;
        }
    }
    traces
}

pub(crate) fn reports_about_others_are_kept_aside_until_they_are_ones_own(store: &mut dyn Store) {
    let foreign = Sent::new("other.example", "1");
    let batch = standing(foreign.traces("a.xml"), Standing::Foreign);
    let written = store.write(&batch, NOW).unwrap();
    assert_eq!((0, 1, 0), (written.reports, written.foreign, written.messages));
    assert_eq!(1, store.write(&batch, NOW).unwrap().duplicates);
    store.write(&Sent::new("acme.example", "1").traces("b.xml"), NOW).unwrap();
    assert_eq!(
        (0, 7),
        (messages(store, "other.example", None), messages(store, "acme.example", None))
    );
    assert_eq!(vec!["foreign"], outcomes(store));
    store.reconsider(&|_| true, false).unwrap();
    assert_eq!(
        (7, 7),
        (messages(store, "other.example", None), messages(store, "acme.example", None))
    );
    assert_eq!(Vec::<String>::new(), outcomes(store));
    store.reconsider(&|domain| domain == "other.example", false).unwrap();
    assert_eq!(
        (7, 0),
        (messages(store, "other.example", None), messages(store, "acme.example", None))
    );
    assert_eq!(1, records(store, None).len());
    store.reconsider(&|_| true, false).unwrap();
    assert_eq!(2, records(store, None).len());
    // read again under the new terms, it is only seen before
    assert_eq!(1, store.write(&foreign.traces("a.xml"), NOW).unwrap().duplicates);
}

pub(crate) fn a_conflict_stays_one_whoevers_the_domain_is(store: &mut dyn Store) {
    let mut sent = Sent::new("acme.example", "1");
    store.write(&sent.traces("a.xml"), NOW).unwrap();
    sent.rows = vec![("192.0.2.9", 1_000, false)];
    assert_eq!(1, store.write(&sent.traces("b.xml"), NOW).unwrap().conflicts);
    store.reconsider(&|_| false, false).unwrap();
    store.reconsider(&|_| true, false).unwrap();
    assert_eq!(7, messages(store, "acme.example", None));
}

/// The same traces as if a mail had brought them.
fn mailed(mut traces: Vec<Trace>, authenticity: Authenticity) -> Vec<Trace> {
    let mail = Provenance { authenticity, ..Provenance::default() };
    let mail = Arc::new(mail);
    traces.iter_mut().for_each(|trace| trace.provenance = Some(mail.clone()));
    traces
}

fn forged(sent: &Sent, origin: &str) -> Vec<Trace> {
    mailed(standing(sent.traces(origin), Standing::Unverified), Authenticity::Failed)
}

pub(crate) fn a_report_that_nobody_vouched_for_counts_once_a_genuine_mail_brings_it(
    store: &mut dyn Store,
) {
    let sent = Sent::new("acme.example", "1");
    assert_eq!(1, store.write(&forged(&sent, "a.eml"), NOW).unwrap().unverified);
    store.reconsider(&|_| true, true).unwrap();
    assert_eq!(0, messages(store, "acme.example", None));
    let genuine = mailed(sent.traces("b.eml"), Authenticity::Verified);
    let written = store.write(&genuine, NOW).unwrap();
    assert_eq!((1, 1, 7), (written.reports, written.records, written.messages));
    assert_eq!(7, messages(store, "acme.example", None));
    assert_eq!(1, store.write(&genuine, NOW).unwrap().duplicates);
    // the forger's mail brings nothing that does not count, now
    assert_eq!(Vec::<String>::new(), outcomes(store));
    assert_eq!(1, store.write(&forged(&sent, "a.eml"), NOW).unwrap().duplicates);
    assert_eq!(7, messages(store, "acme.example", None));
}

pub(crate) fn what_need_not_be_vouched_for_any_more_counts(store: &mut dyn Store) {
    let sent = Sent::new("acme.example", "1");
    store.write(&forged(&sent, "a.eml"), NOW).unwrap();
    store.reconsider(&|_| true, false).unwrap();
    assert_eq!(7, messages(store, "acme.example", None));
    assert_eq!(Vec::<String>::new(), outcomes(store));
    // looked at again more closely, it does not
    assert_eq!(1, store.write(&forged(&sent, "a.eml"), NOW).unwrap().duplicates);
    assert_eq!(0, messages(store, "acme.example", None));
    assert_eq!(vec!["unverified"], outcomes(store));
}

pub(crate) fn what_is_kept_aside_occupies_no_key(store: &mut dyn Store) {
    let mut false_one = Sent::new("acme.example", "1");
    false_one.rows = vec![("192.0.2.66", 1_000, true)];
    let genuine = Sent::new("acme.example", "1");
    assert_eq!(1, store.write(&forged(&false_one, "a.eml"), NOW).unwrap().unverified);
    let mail = mailed(genuine.traces("b.eml"), Authenticity::Verified);
    let written = store.write(&mail, NOW).unwrap();
    assert_eq!((1, 0), (written.reports, written.conflicts));
    store.reconsider(&|_| true, false).unwrap();
    assert_eq!(7, messages(store, "acme.example", None));
    assert_eq!(vec!["conflict"], outcomes(store));
}

pub(crate) fn what_nobody_vouches_for_gives_way_to_what_somebody_does(store: &mut dyn Store) {
    let mut false_one = Sent::new("acme.example", "1");
    false_one.rows = vec![("192.0.2.66", 1_000, true)];
    store.write(&mailed(false_one.traces("a.eml"), Authenticity::Failed), NOW).unwrap();
    assert_eq!(1_000, messages(store, "acme.example", None));
    let mail = mailed(Sent::new("acme.example", "1").traces("b.eml"), Authenticity::Verified);
    let written = store.write(&mail, NOW).unwrap();
    assert_eq!((1, 1), (written.reports, written.conflicts));
    assert_eq!(7, messages(store, "acme.example", None));
    assert_eq!(vec!["conflict"], outcomes(store));
    // but what lies in a folder was put there by somebody who may
    let mut filed = Sent::new("acme.example", "2");
    store.write(&filed.traces("c.xml"), NOW).unwrap();
    filed.rows = vec![("192.0.2.9", 1, true)];
    let mail = mailed(filed.traces("d.eml"), Authenticity::Verified);
    assert_eq!(1, store.write(&mail, NOW).unwrap().conflicts);
    assert_eq!(14, messages(store, "acme.example", None));
}

pub(crate) fn of_foreign_twins_one_counts(store: &mut dyn Store) {
    let mut sent = Sent::new("other.example", "1");
    store.write(&standing(sent.traces("a.xml"), Standing::Foreign), NOW).unwrap();
    sent.rows = vec![("192.0.2.9", 1_000, false)];
    let second = standing(sent.traces("b.xml"), Standing::Foreign);
    assert_eq!(1, store.write(&second, NOW).unwrap().foreign);
    assert_eq!(Vec::<String>::new(), store.domains().unwrap());
    store.reconsider(&|_| true, false).unwrap();
    assert_eq!(7, messages(store, "other.example", None));
    assert_eq!(vec!["conflict"], outcomes(store));
}

pub(crate) fn what_came_by_mail_is_not_vouched_for_by_a_change_of_domains(store: &mut dyn Store) {
    let sent = Sent::new("other.example", "1");
    let mail = mailed(sent.traces("a.eml"), Authenticity::Failed);
    store.write(&standing(mail, Standing::Foreign), NOW).unwrap();
    store.reconsider(&|_| true, true).unwrap();
    assert_eq!(0, messages(store, "other.example", None));
    assert_eq!(vec!["unverified"], outcomes(store));
}
