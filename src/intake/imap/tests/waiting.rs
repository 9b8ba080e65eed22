//! Tests of waiting for new mail.

use std::time::{Duration, Instant};

use super::server::{FOR_EVER, FakeServer, HANG_UP};
use crate::intake::Stop;
use crate::intake::imap::Mailbox;

const SOON: Duration = Duration::from_millis(400);

fn listed(server: &FakeServer) -> Mailbox {
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", true).expect("a folder");
    mailbox.uids().expect("a list");
    mailbox
}

#[test]
fn new_mail_ends_the_wait_and_no_mail_does_not() {
    let server = FakeServer::good(&[1]);
    let mut mailbox = listed(&server);
    let began = Instant::now();
    assert!(!mailbox.wait(SOON).expect("a connection"));
    assert!(began.elapsed() >= SOON && began.elapsed() < Duration::from_secs(20));
    assert_eq!((1, 1), (server.commands("IDLE").len(), server.commands("DONE").len()));
    let delivering = FakeServer::new(&[1], |_, command| {
        (command == "IDLE").then(|| "+ idling\r\n* OK still here\r\n* 2 EXISTS\r\n".into())
    });
    assert!(listed(&delivering).wait(Duration::from_secs(20)).expect("a connection"));
}

#[test]
fn what_came_before_the_wait_ends_it_at_once() {
    let server = FakeServer::new(&[1], |_, command| {
        (command == "UID STORE 1 +FLAGS.SILENT ($k)")
            .then(|| "* 3 EXISTS\r\nTAG OK done\r\n".into())
    });
    let mut mailbox = listed(&server);
    let how = crate::model::Settle::Flag("$k".into());
    mailbox.settle(&how, &[1], &[], &mut |_| Ok(())).expect("settled");
    assert!(mailbox.wait(Duration::from_secs(20)).expect("a connection"));
    assert!(server.commands("IDLE").is_empty());
}

#[test]
fn a_server_that_talks_on_and_on_in_idle_is_left() {
    let server = FakeServer::new(&[1], |_, command| {
        (command == "IDLE")
            .then(|| format!("+ idling\r\n{}{FOR_EVER}", "* 1 FETCH (FLAGS ())\r\n".repeat(100)))
    });
    let mut mailbox = listed(&server);
    let began = Instant::now();
    assert!(mailbox.wait(Duration::from_secs(20)).expect("another connection"), "look again");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_connection_lost_while_waiting_means_to_look_again() {
    let server = FakeServer::new(&[1], |_, command| {
        (command == "IDLE").then(|| format!("+ idling\r\n* BYE good night\r\n{HANG_UP}"))
    });
    let mut mailbox = listed(&server);
    assert!(mailbox.wait(Duration::from_secs(20)).expect("another connection"));
    assert_eq!(vec![1], mailbox.uids().expect("a list"));
    assert_eq!(2, server.connections());
}

#[test]
fn a_server_without_idle_is_asked() {
    let server = FakeServer::new(&[1], |_, command| {
        (command == "NOOP").then(|| "* 2 EXISTS\r\nTAG OK done\r\n".into())
    })
    .with_capabilities("IMAP4rev1");
    assert!(listed(&server).wait(SOON).expect("a connection"));
    assert!(server.commands("IDLE").is_empty());
}

#[test]
fn who_wishes_to_stop_does_not_wait() {
    let server = FakeServer::good(&[1]);
    let mut mailbox = listed(&server);
    let stop = Stop::default();
    mailbox.stop = stop.clone();
    let asking = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        stop.ask();
    });
    let began = Instant::now();
    assert!(!mailbox.wait(Duration::from_secs(20)).expect("a connection"));
    assert!(began.elapsed() < Duration::from_secs(5));
    asking.join().expect("a thread");
}
