//! Tests of a server that means harm: time and memory stay bounded, whatever it says.

use std::time::{Duration, Instant};

use super::server::{DRIP, FOR_EVER, FakeServer, bodies_asked, fetched};
use super::{MAX, failure, line};
use crate::intake::imap::Mailbox;
use crate::intake::{Intake as _, Stop};

/// A folder with so many mails, whose windows are answered so.
fn listing(exists: &'static str, answer: impl Fn(usize) -> String + Send + 'static) -> Mailbox {
    let mut windows = 0;
    let server = FakeServer::new(&[], move |_, command| {
        windows += usize::from(command.starts_with("UID SEARCH"));
        let said = format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nTAG OK done\r\n");
        let answer = || answer(windows) + "TAG OK done\r\n";
        match command {
            "SELECT INBOX" => Some(said),
            _ => command.starts_with("UID SEARCH").then(answer),
        }
    });
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", true).expect("a folder");
    mailbox
}

fn numbers(uids: std::ops::RangeInclusive<u32>) -> String {
    let uids: String = uids.map(|uid| format!(" {uid}")).collect();
    format!("* SEARCH{uids}\r\n")
}

#[test]
fn a_list_longer_than_the_folder_and_a_folder_longer_than_anybody_reads_are_refused() {
    let error = listing("4000000000", |_| numbers(1..=100_000)).uids().expect_err("too many");
    assert!(error.to_string().contains("there are 4000000000, more than 5000000"), "{error}");
    let error = listing("3", |_| numbers(1..=4)).uids().expect_err("one too many");
    assert!(error.to_string().contains("more mails than fit into the places 1 to 3"), "{error}");
    let error = listing("3", |_| numbers(1..=400_000)).uids().expect_err("far too many");
    assert!(error.to_string().contains("more than 2097152 bytes"), "{error}");
}

#[test]
fn a_folder_that_grows_while_it_is_listed_is_listed_as_it_was() {
    let mut mailbox = listing("2", |_| "* SEARCH 1 2\r\n* 4000000000 EXISTS\r\n".into());
    assert_eq!(vec![1, 2], mailbox.uids().expect("a list"));
    assert!(mailbox.wait(Duration::from_secs(20)).expect("a connection"), "there is more");
}

#[test]
fn a_mail_that_goes_while_windows_are_listed_makes_them_be_listed_again() {
    // the first of 150,000 goes between the two windows, and all others move up by one place
    let mut mailbox = listing("150000", |window| match window {
        1 => numbers(1..=100_000) + "* 1 EXPUNGE\r\n",
        2 => numbers(100_002..=150_000),
        3 => numbers(2..=100_001),
        _ => numbers(100_002..=150_000),
    });
    assert!((2..=150_000).collect::<Vec<u32>>() == mailbox.uids().expect("a list"));
    let mut always = listing("150000", |window| {
        if window % 2 == 1 {
            numbers(1..=100_000) + "* 1 EXPUNGE\r\n"
        } else {
            numbers(100_002..=150_000)
        }
    });
    assert!(always.uids().is_err(), "a list that is never sure");
}

#[test]
fn a_message_that_never_says_what_it_is_is_not_read_on() {
    let no_blank = format!("* {}", "x{1}\r\ny".repeat(64));
    let literals = format!("* 1 FETCH (X {}", "{1}\r\ny".repeat(2000));
    for nonsense in [no_blank, literals] {
        let said = nonsense.clone();
        let server = FakeServer::new(&[1], move |_, command| {
            (command == "SELECT INBOX").then(|| said.clone() + FOR_EVER)
        });
        let (error, elapsed) = failure(&server, Duration::from_secs(20), 1);
        assert!(error.contains("what is not IMAP"), "{nonsense}: {error}");
        assert!(elapsed < Duration::from_secs(3), "{nonsense}: {elapsed:?}");
    }
}

#[test]
fn a_server_that_does_not_stop_speaking_does_not_hold_who_wishes_to_stop() {
    let server = FakeServer::new(&[1], |_, command| {
        (command == "SELECT INBOX").then(|| "* OK still busy\r\n".repeat(100) + DRIP)
    });
    let mut settings = server.server();
    settings.patience.command = Duration::from_secs(60);
    let mut mailbox = server.mailbox_of(settings);
    let stop = Stop::default();
    mailbox.stop = stop.clone();
    stop.ask();
    let began = Instant::now();
    assert!(mailbox.open("INBOX", true).is_err());
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn mails_that_are_larger_than_announced_are_not_all_kept_at_once() {
    // each is as large as may be, and said to be small
    let large = |uid: u32| uid.to_string() + &" ".repeat(600_000 - 1);
    let server = FakeServer::new(&(1..=6).collect::<Vec<_>>(), move |_, command| {
        let asked = bodies_asked(command)?;
        let mails: String =
            asked.iter().rev().map(|uid| fetched(*uid, &large(*uid), false)).collect();
        Some(mails + "TAG OK done\r\n")
    });
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", true).expect("a folder");
    let mut mails = mailbox.mails((1..=6).collect(), 600_000);
    let uids: Vec<String> =
        std::iter::from_fn(|| mails.next().expect("mails")).map(|input| line(&input)).collect();
    assert_eq!(["1 1", "2 2", "3 3", "4 4", "5 5", "6 6"].to_vec(), uids);
    let asked: Vec<_> =
        server.commands("UID FETCH").iter().filter_map(|c| bodies_asked(c)).collect();
    // of the six there was room for the last two; the connection was left as too much came
    assert!(asked.iter().filter(|uids| uids.contains(&6)).count() <= 2, "{asked:?}");
    assert!(asked.len() > 2, "{asked:?}");
}

#[test]
fn a_server_that_slowly_says_that_all_is_well_and_sends_nothing_is_left() {
    let server = FakeServer::new(&(1..=300).collect::<Vec<_>>(), |_, command| {
        bodies_asked(command)?;
        std::thread::sleep(Duration::from_millis(80));
        Some("TAG OK done\r\n".into())
    });
    let mut settings = server.server();
    settings.patience.command = Duration::from_millis(100);
    let mut mailbox = server.mailbox_of(settings);
    mailbox.open("INBOX", true).expect("a folder");
    let error = mailbox.mails((1..=300).collect(), MAX).next().expect_err("an end").to_string();
    assert!(error.contains("no mail has come for 1 s: it answers, and sends nothing"), "{error}");
    // each answer takes 80 ms or more: so many came in that second, not all there are
    let asked = server.commands("UID FETCH").len();
    assert!(asked <= 20, "{asked}");
}
