//! The **nightly run** over mailboxes: it reads them, tidies them up, and its digest tells what of
//! that somebody should know.

use serde_json::Value;

use crate::fake::{Act, Fake, Served, at};
use crate::mails::{reports, truth};
use crate::program::Desk;

/// A run in JSON, which ends with this exit code.
fn run(desk: &Desk, code: i32) -> Value {
    let ended = desk.run("run --format json");
    assert_eq!(Some(code), ended.code, "{}{}", ended.out, ended.err);
    ended.json()
}

#[test]
fn it_reads_mailboxes_and_paths_and_tidies_up() {
    let fake = Fake::holding(&reports(0..4), vec![]);
    let desk = Desk::new(&format!("paths = [\"in\"]\n{}", fake.entry("processed = \"move\"\n")));
    std::fs::create_dir(desk.path().join("in")).unwrap();
    for mail in reports(3..6) {
        std::fs::write(desk.path().join("in").join(&mail.id), &mail.raw).unwrap();
    }
    let first = run(&desk, 0);
    let read = ["inputs", "reports", "duplicates"].map(|key| first["read"][key].as_u64().unwrap());
    assert_eq!([7, 6, 1], read, "{first}");
    assert_eq!(4, first["accounts"][0]["folders"][0]["moved"], "{first}");
    assert_eq!(truth(&reports(0..6)), desk.stored());
    assert_eq!((0, 4), fake.mailbox(|all| (all.uids().len(), all.folders["processed"])));
    let second = run(&desk, 0);
    assert_eq!(
        (0.into(), 0.into()),
        (second["read"]["reports"].clone(), second["changed"].clone())
    );
}

#[test]
fn an_account_that_fails_is_told_and_costs_the_others_nothing() {
    let no = Act::Say("{tag} NO [AUTHENTICATIONFAILED] not you\n");
    let closed = Fake::holding(&[], vec![(at("LOGIN"), vec![no])]);
    let fake = Fake::holding(&reports(0..2), vec![]);
    let entry = closed.entry("").replace("[account.main]", "[account.closed]");
    let desk = Desk::new(&(entry + &fake.entry("")));
    let digest = run(&desk, 2);
    assert_eq!(2, digest["read"]["reports"], "{digest}");
    assert_eq!(
        (true.into(), "closed".into()),
        (digest["needs_person"].clone(), digest["failed"][0]["place"].clone())
    );
    let error = digest["failed"][0]["error"].as_str().unwrap();
    assert!(error.starts_with("cannot ") && error.contains("not you"), "{digest}");
    for (line, named) in [("run", 1), ("run --quiet", 1), ("run --format json", 0)] {
        let ended = desk.run(line);
        assert_eq!((Some(2), ""), (ended.code, ended.err.as_str()), "{line}: the digest tells it");
        assert_eq!(named, ended.out.matches("\nclosed failed: cannot ").count(), "{}", ended.out);
    }
}

#[test]
fn of_an_account_in_which_several_folders_fail_standard_error_says_the_others() {
    let fake = Fake::holding(&reports(0..1), vec![]);
    let desk = Desk::new(&fake.entry("folders = [\"a\", \"b\"]\n"));
    let ended = desk.run("run");
    assert_eq!(Some(2), ended.code, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("\nmain failed: cannot "), "{}", ended.out);
    assert!(ended.err.starts_with("error: main: cannot "), "{}", ended.err);
    assert_eq!(1, ended.err.lines().count(), "{}", ended.err);
}

#[test]
fn what_a_server_cannot_do_stands_in_the_digest() {
    let served = Served::of(&reports(0..2)).able_to("IMAP4rev1");
    let fake = Fake::serving(served, vec![]);
    let desk = Desk::new(&fake.entry("processed = \"move\"\n"));
    for _ in 0..2 {
        let ended = desk.run("run");
        assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
        assert!(ended.out.contains("main: the server can neither move"), "{}", ended.out);
    }
}

#[test]
fn a_mail_that_is_never_handed_over_is_told_once_in_the_end() {
    let fake = Fake::holding(&reports(0..3), vec![(at("UID FETCH*BODY"), vec![Act::ByeAt(2)])]);
    let desk = Desk::new(&fake.entry(""));
    let told: Vec<Value> = (0..6).map(|_| run(&desk, 0)["rejected"].take()).collect();
    let unfetched = serde_json::json!([{"reason": "unfetched", "count": 1}]);
    let nothing = serde_json::json!([]);
    let expected = [&nothing, &nothing, &nothing, &nothing, &unfetched, &nothing];
    assert_eq!(expected.to_vec(), told.iter().collect::<Vec<_>>());
    fake.mend();
    assert_eq!(1, run(&desk, 0)["read"]["reports"]);
    assert_eq!(truth(&reports(0..3)), desk.stored());
}
