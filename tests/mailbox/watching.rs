//! **Watching**: `pull --watch` reads mails as they come, and ends when it is asked to.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::dovecot::shared;
use crate::fake::{Act, Fake, Served, at};
use crate::mails::{junk, report, reports, truth};
use crate::program::{Desk, Running, plain};

/// From the delivery of a mail to its being stored. Dovecot alone takes half a second.
const SOON: Duration = Duration::from_secs(6);

/// Asks a watch to end, and sees how it does.
fn end(running: Running) {
    running.signal("TERM");
    let asked = Instant::now();
    let ended = running.wait();
    assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[test]
fn a_mail_is_read_when_it_comes_and_a_signal_ends_the_watch() {
    let account = Account::holding(shared(), "watched", &reports(0..3));
    let desk = Desk::reading(&account, "processed = \"move\"\n");
    let mut watch = desk.start("pull --watch");
    watch.until("the first are moved", || account.count("processed") == 3);
    account.deliver(&[report(3)]);
    let delivered = Instant::now();
    watch.until("the new one is moved", || account.count("processed") == 4);
    assert!(delivered.elapsed() < SOON, "{:?}", delivered.elapsed());
    assert_eq!(truth(&reports(0..4)), desk.stored());
    end(watch);
}

#[test]
fn a_watch_connects_again_when_the_server_ends_the_connection() {
    let account = Account::holding(shared(), "kicked", &reports(0..2));
    let desk = Desk::reading(&account, "");
    let mut watch = desk.start("pull --watch");
    watch.until("the first are stored", || desk.reports() == 2);
    watch.until("it is signed in", || account.clients() > 0);
    account.kick();
    account.deliver(&[report(2)]);
    watch.until("the new one is stored", || desk.reports() == 3);
    end(watch);
}

#[test]
fn several_accounts_and_folders_are_watched_at_once() {
    let one = Account::holding(shared(), "watched-one", &reports(0..1));
    let two = Account::holding(shared(), "watched-two", &reports(1..2));
    two.deliver_to("more", &[]);
    let lines = "folders = [\"INBOX\", \"more\"]\n";
    let desk = Desk::new(&(plain("one", &one, "") + &plain("two", &two, lines)));
    let mut watch = desk.start("pull --watch --every 1s");
    watch.until("the first are stored", || desk.reports() == 2);
    one.deliver(&[report(2)]);
    two.deliver(&[report(3)]);
    two.deliver_to("more", &[report(4)]);
    watch.until("the new ones are stored", || desk.reports() == 5);
    end(watch);
}

#[test]
fn a_server_that_cannot_tell_is_asked_again_and_again() {
    let fake = Fake::serving(Served::of(&reports(0..2)).able_to("IMAP4rev1 UIDPLUS"), vec![]);
    let desk = Desk::new(&fake.entry(""));
    let mut watch = desk.start("pull --watch --every 1s");
    watch.until("the first are stored", || desk.reports() == 2);
    fake.mailbox(|all| all.deliver(report(2).on_the_wire()));
    watch.until("the new one is stored", || desk.reports() == 3);
    assert_eq!(0, fake.heard_with("IDLE"));
    end(watch);
}

#[test]
fn a_server_that_refuses_the_password_is_asked_once() {
    let account = Account::holding(shared(), "watched-refused", &reports(0..1));
    let text = plain("main", &account, "").replace("secret", "wrong");
    let desk = Desk::new(&text);
    let mut watch = desk.start("pull --watch --every 1s");
    watch.until("it is refused", || account.refusals() > 0);
    sleep(Duration::from_secs(5));
    assert_eq!(1, account.refusals());
    watch.signal("TERM");
    let ended = watch.wait();
    assert_eq!(1, ended.err.matches("cannot sign in").count(), "{}", ended.err);
    assert!(ended.err.contains("in an hour"), "{}", ended.err);
}

#[test]
fn mails_are_never_deleted_for_a_store_that_is_no_longer_there() {
    let account = Account::holding(shared(), "store-gone", &[junk(0)]);
    let desk = Desk::reading(&account, "other = \"delete\"\n");
    let mut watch = desk.start("pull --watch --every 1s");
    watch.until("the first is deleted", || account.count("INBOX") == 0);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(desk.path().join(format!("ruaudit.db{end}")));
    }
    account.deliver(&[junk(1)]);
    watch.until("the second is deleted", || account.count("INBOX") == 0);
    end(watch);
    let traces = desk.run("rejected --all --format json").json();
    let origin = traces["rejected"][0]["origin"].as_str().unwrap();
    assert!(origin.contains("UID=2"), "it stands in the store that is there: {traces}");
}

#[test]
fn a_mailbox_in_which_nothing_happens_is_left_in_peace() {
    let fake = Fake::holding(&reports(0..2), vec![]);
    let desk = Desk::new(&fake.entry(""));
    let mut watch = desk.start("pull --watch");
    watch.until("it waits", || fake.heard_with("IDLE") > 0);
    // the folder is looked at once more, for what came before it was listened to
    let last = std::cell::Cell::new(0);
    watch.until("it has looked", || {
        let before = last.replace(fake.heard().len());
        sleep(Duration::from_secs(3));
        before == last.get() && before == fake.heard().len()
    });
    let heard = last.get();
    fake.mailbox(|all| all.deliver(report(2).on_the_wire()));
    sleep(Duration::from_secs(3));
    assert!(heard < 60, "{:?}", fake.heard());
    assert_eq!(heard, fake.heard().len(), "nobody told it of the new mail");
    end(watch);
}

#[test]
fn a_goodbye_while_it_waits_ends_no_watch() {
    let goodbye = Act::Say("+ waiting\n* BYE down for a moment\n");
    let rules = vec![(at("IDLE").once(), vec![goodbye, Act::Close])];
    let fake = Fake::holding(&reports(0..2), rules);
    let desk = Desk::new(&fake.entry(""));
    let mut watch = desk.start("pull --watch --every 1s");
    watch.until("it was sent away", || fake.heard_with("IDLE") > 0);
    fake.mailbox(|all| all.deliver(report(2).on_the_wire()));
    watch.until("the new one is stored", || desk.reports() == 3);
    assert!(fake.connections() > 1);
    end(watch);
}

#[test]
fn a_watch_outlives_a_server_that_is_away_for_a_while() {
    let away = vec![Act::Say("* BYE closed for repairs\n"), Act::Close];
    let fake = Fake::holding(&reports(0..2), vec![(at("GREETING"), away)]);
    let desk = Desk::new(&fake.entry("").replace("attempts = 2", "attempts = 1"));
    let mut watch = desk.start("pull --watch --every 1s");
    watch.until("it is said", || watch_said(&fake));
    assert!(watch.ended().is_none());
    fake.mend();
    watch.until("all is stored", || desk.reports() == 2);
    end(watch);
}

/// Whether it came back after it was sent away.
fn watch_said(fake: &Fake) -> bool {
    fake.connections() >= 2
}

#[test]
fn a_folder_of_files_is_watched_too() {
    let desk = Desk::new("");
    let folder = desk.path().join("incoming");
    fs::create_dir(&folder).unwrap();
    let put = |number: usize| fs::write(folder.join(format!("{number}.eml")), report(number).raw);
    put(1).unwrap();
    let mut watch = desk.start("ingest --watch --every 1s incoming");
    watch.until("the first is stored", || desk.reports() == 1);
    put(2).unwrap();
    watch.until("the new one is stored", || desk.reports() == 2);
    end(watch);
}
