//! Mails of mailboxes: known only once what was in them is stored, and forgotten with their folder.

use std::sync::Arc;

use ruaudit::model::mailbox::Progress;
use ruaudit::model::{Fate, FolderId, KnownMail, MailId, Origin, RawInput, SortedMail};
use ruaudit::store::Store;

use super::{NOW, Sent};

fn folder(uid_validity: u32) -> FolderId {
    FolderId { mailbox: "a@mail.example:993".into(), folder: "INBOX".into(), uid_validity }
}

fn sorted(uid_validity: u32, uid: u32, fate: Fate) -> SortedMail {
    SortedMail { mail: MailId { folder: Arc::new(folder(uid_validity)), uid }, fate }
}

fn known(store: &dyn Store, uid_validity: u32) -> Vec<(u32, Fate, u32, Progress)> {
    let found = store.mails(&folder(uid_validity)).unwrap();
    let each = |mail: KnownMail| (mail.uid, mail.fate, mail.tries, mail.progress);
    found.into_iter().map(each).collect()
}

pub(crate) fn mails_are_known_with_what_became_of_them(store: &mut dyn Store) {
    assert!(known(store, 1).is_empty());
    let mails = [sorted(1, 9, Fate::Other), sorted(1, 2, Fate::Processed)];
    let traces = Sent::new("acme.example", "1").traces("mail");
    let written = store.write_mails(&traces, &mails, NOW).unwrap();
    assert_eq!(1, written.reports);
    let lies = Progress::Untouched;
    assert_eq!(vec![(2, Fate::Processed, 0, lies), (9, Fate::Other, 0, lies)], known(store, 1));
    let elsewhere = FolderId { folder: "Other".into(), ..folder(1) };
    assert!(store.mails(&elsewhere).unwrap().is_empty());
    store.settled(&folder(1), &[9], Progress::Flagged).unwrap();
    store.settled(&elsewhere, &[2], Progress::Flagged).unwrap();
    store.forget_mails(&folder(2), &[2]).unwrap();
    let flagged = (9, Fate::Other, 0, Progress::Flagged);
    assert_eq!(vec![(2, Fate::Processed, 0, lies), flagged], known(store, 1));
    store.forget_mails(&folder(1), &[2, 77]).unwrap();
    assert_eq!(vec![flagged], known(store, 1));
}

pub(crate) fn a_mail_that_was_not_fetched_is_counted_until_it_comes(store: &mut dyn Store) {
    for tries in 1..=3 {
        store.write_mails(&[], &[sorted(1, 5, Fate::Unfetched)], NOW).unwrap();
        assert_eq!(vec![(5, Fate::Unfetched, tries, Progress::Untouched)], known(store, 1));
    }
    store.write_mails(&[], &[sorted(1, 5, Fate::Processed)], NOW).unwrap();
    assert_eq!(vec![(5, Fate::Processed, 3, Progress::Untouched)], known(store, 1));
}

pub(crate) fn a_new_life_of_a_folder_begins_with_nothing(store: &mut dyn Store) {
    let largest = u32::MAX;
    store.write_mails(&[], &[sorted(1, largest, Fate::Other)], NOW).unwrap();
    assert_eq!(1, known(store, 1).len());
    assert!(known(store, 2).is_empty(), "another life");
    let traces = Sent::new("acme.example", "1").traces("mail");
    store.write_mails(&traces, &[sorted(2, 1, Fate::Processed)], NOW).unwrap();
    assert_eq!(1, known(store, 2).len());
    assert!(known(store, 1).is_empty(), "the old one is gone");
}

pub(crate) fn a_mail_reads_like_any_input(store: &mut dyn Store) {
    let id = MailId { folder: Arc::new(folder(1)), uid: 3 };
    let origin = Origin::input("imap://a@mail.example/INBOX;UIDVALIDITY=1/;UID=3");
    let raw = RawInput { mail: Some(id), ..RawInput::new(origin, Ok(Vec::new())) };
    let traces = ruaudit::decode::decode(raw, NOW, &ruaudit::decode::Limits::default());
    assert_eq!(Fate::Other, Fate::of(&traces));
    let mails = [sorted(1, 3, Fate::of(&traces))];
    assert_eq!(1, store.write_mails(&traces, &mails, NOW).unwrap().skipped);
}
