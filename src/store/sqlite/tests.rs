//! What a store in a file knows of that file.

use super::*;

#[cfg(unix)]
#[test]
fn a_store_knows_whether_its_file_is_still_the_one_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let store = SqliteStore::open(&at("a.db")).unwrap();
    assert!(store.is_in_place() && SqliteStore::in_memory().unwrap().is_in_place());
    std::fs::rename(at("a.db"), at("b.db")).unwrap();
    assert!(!store.is_in_place());
    std::fs::write(at("a.db"), "").unwrap();
    assert!(!store.is_in_place(), "another file of its name");
}

#[test]
fn what_may_be_deleted_next_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&folder.path().join("a.db")).unwrap();
    let synchronous = |store: &SqliteStore| -> i64 {
        store.connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap()
    };
    store.write(&[], 0).unwrap();
    assert_eq!(1, synchronous(&store), "NORMAL: a file can be read again");
    let folder = FolderId { mailbox: "m".into(), folder: "f".into(), uid_validity: 1 };
    let mail = crate::model::MailId { folder: std::sync::Arc::new(folder), uid: 1 };
    let fate = crate::model::Fate::Other;
    store.write_mails(&[], &[SortedMail { mail, fate }], 0).unwrap();
    assert_eq!(2, synchronous(&store), "FULL");
}
