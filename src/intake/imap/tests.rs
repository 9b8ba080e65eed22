//! Tests of fetching, against a server that does what no good one does.

mod hostile;
mod server;
mod settling;
mod signing_in;
mod waiting;

use std::time::{Duration, Instant};

use server::{DRIP, FOR_EVER, FakeServer, HANG_UP, SILENCE, bodies_asked, fetched};

use super::Mailbox;
use crate::intake::{Intake as _, Stop};
use crate::model::{Outcome, RawInput, Reason};

const MAX: u64 = 1000;

/// What all mails of the folder come to: `uid text`, `uid too_large`, `uid unfetched`.
fn pull(mailbox: &mut Mailbox) -> Vec<String> {
    mailbox.open("INBOX", true).expect("a folder");
    let uids = mailbox.uids().expect("a list");
    handed_over(mailbox, uids)
}

fn handed_over(mailbox: &mut Mailbox, uids: Vec<u32>) -> Vec<String> {
    let mut mails = mailbox.mails(uids, MAX);
    std::iter::from_fn(|| mails.next().expect("mails")).map(|input| line(&input)).collect()
}

fn line(input: &RawInput) -> String {
    let uid = input.mail.as_ref().map_or(0, |mail| mail.uid);
    let what = match &input.bytes {
        Ok(bytes) => String::from_utf8_lossy(bytes).trim().to_owned(),
        Err(Outcome::Rejected(rejection)) => rejection.reason.as_str().into(),
        Err(Outcome::Deferred(reason)) => reason.as_str().into(),
        Err(_) => "?".into(),
    };
    format!("{uid} {what}")
}

fn all(uids: &[u32]) -> Vec<String> {
    uids.iter().map(|uid| format!("{uid} mail {uid}")).collect()
}

#[test]
fn mails_come_in_order_and_say_where_they_lay_and_when_they_came() {
    let server = FakeServer::good(&[3, 9]).with_mail(12, "");
    let mut mailbox = server.mailbox();
    let folder = mailbox.open("inbox", false).expect("a folder");
    assert_eq!((3, "INBOX", 7), (folder.exists, folder.id.folder.as_str(), folder.id.uid_validity));
    assert_eq!(vec![(3, 8), (12, 0)], mailbox.sizes(&[12, 3, 4]).expect("sizes"));
    let uids = mailbox.uids().expect("a list");
    let mut mails = mailbox.mails(uids, MAX);
    assert_eq!(3, mails.expected());
    let first = mails.next().expect("mails").expect("a mail");
    let port = server.server().port;
    assert_eq!(format!("imap://u@127.0.0.1:{port}/INBOX;UIDVALIDITY=7/;UID=3"), first.origin.input);
    assert_eq!(Some(1_784_281_465), first.received_at);
    assert_eq!(Ok(b"mail 3\r\n".to_vec()), first.bytes);
    assert_eq!("9 mail 9", line(&mails.next().expect("mails").expect("a mail")));
    assert_eq!(Ok(Vec::new()), mails.next().expect("mails").expect("a mail").bytes);
    assert_eq!(None, mails.next().expect("mails"));
    assert_eq!(1, server.commands("EXAMINE INBOX").len());
}

#[test]
fn many_mails_come_in_batches_that_stay_small() {
    let uids: Vec<u32> = (1..=1300).map(|n| n * 2).collect();
    let server = FakeServer::good(&uids);
    assert_eq!(all(&uids), pull(&mut server.mailbox()));
    let largest = server.commands("UID FETCH").iter().map(String::len).max();
    assert!(largest.is_some_and(|length| length < 4000), "{largest:?}");
    let batches = server.commands("UID FETCH").iter().filter_map(|c| bodies_asked(c)).count();
    assert_eq!(8, batches);
}

#[test]
fn the_answer_to_another_command_is_no_answer() {
    let server = FakeServer::new(&[1, 2, 3], |connection, command| {
        let is_it = connection == 1 && bodies_asked(command).is_some();
        is_it.then(|| fetched(1, "mail 1\r\n", false) + "X9 OK done\r\n")
    });
    assert_eq!(all(&[1, 2, 3]), pull(&mut server.mailbox()));
    assert_eq!(2, server.connections());
}

#[test]
fn an_end_inside_a_mail_costs_no_mail_and_delivers_no_half() {
    let server = FakeServer::new(&[1, 2, 3], |connection, command| {
        let is_it = connection == 1 && bodies_asked(command).is_some();
        let half = "* 1 FETCH (UID 2 BODY[] {900}\r\nmail";
        is_it.then(|| fetched(1, "mail 1\r\n", false) + half + HANG_UP)
    });
    assert_eq!(all(&[1, 2, 3]), pull(&mut server.mailbox()));
    assert_eq!(2, server.connections());
}

/// A server that answers so whenever mail 5 is among those it is asked for.
fn stumbles_over_5(answer: &'static str) -> FakeServer {
    FakeServer::new(&[1, 2, 3, 4, 5, 6, 7, 8], move |_, command| {
        bodies_asked(command)?.contains(&5).then(|| answer.into())
    })
}

#[test]
fn one_mail_that_cannot_be_had_does_not_hold_the_others() {
    let mut expected = all(&[1, 2, 3, 4, 5, 6, 7, 8]);
    expected[4] = "5 unfetched".into();
    for answer in [
        "TAG NO [SERVERBUG] no\r\n",
        "TAG BAD no\r\n",
        "* BYE no\r\n\0hang up",
        "\u{1}\r\n\0hang up",
    ] {
        let server = stumbles_over_5(answer);
        assert_eq!(expected, pull(&mut server.mailbox()), "{answer}");
        let alone = |c: &String| bodies_asked(c) == Some(vec![5]);
        assert_eq!(2, server.commands("UID FETCH").iter().filter(|c| alone(c)).count());
    }
}

#[test]
fn the_mail_at_which_a_batch_breaks_is_found_at_once() {
    let server = FakeServer::new(&[1, 2, 3, 4, 5], |_, command| {
        let asked = bodies_asked(command).filter(|asked| asked.contains(&3))?;
        let before = asked.iter().filter(|uid| **uid < 3);
        let before: String =
            before.map(|uid| fetched(*uid, &format!("mail {uid}\r\n"), false)).collect();
        Some(before + "* BYE cannot open it\r\n" + HANG_UP)
    });
    let expected = ["1 mail 1", "2 mail 2", "3 unfetched", "4 mail 4", "5 mail 5"];
    assert_eq!(expected.to_vec(), pull(&mut server.mailbox()));
    assert_eq!(4, server.connections());
}

#[test]
fn a_mail_whose_size_cannot_be_had_is_still_asked_for() {
    let server = FakeServer::new(&[1, 2, 3, 4], |_, command| {
        let is_size = command.starts_with("UID FETCH") && command.contains("SIZE");
        let set = command.split(' ').nth(2).unwrap_or_default();
        (is_size && server::uids_of(set).contains(&2)).then(|| "* BYE no\r\n\0hang up".into())
    });
    let mut mailbox = server.mailbox();
    assert_eq!(all(&[1, 2, 3, 4]), pull(&mut mailbox));
    let sizes = mailbox.sizes(&[1, 2, 3]).expect("sizes");
    assert_eq!(vec![(1, 8), (3, 8)], sizes);
}

#[test]
fn a_mail_over_the_limit_is_not_asked_for_and_one_that_grows_over_it_is_swallowed() {
    let announced = "x".repeat(2000);
    let server = FakeServer::new(&[1, 2, 4], |_, command| {
        bodies_asked(command)?.contains(&2).then(|| {
            let grown = "y".repeat(512 << 10);
            let (one, four) = (fetched(1, "mail 1\r\n", false), fetched(4, "mail 4\r\n", false));
            one + &fetched(2, &grown, false) + &four + "TAG OK done\r\n"
        })
    });
    let server = server.with_mail(5, &announced);
    let expected = ["1 mail 1", "2 too_large", "4 mail 4", "5 too_large"];
    assert_eq!(expected.to_vec(), pull(&mut server.mailbox()));
    assert_eq!(1, server.connections());
    assert!(
        server
            .commands("UID FETCH")
            .iter()
            .all(|c| bodies_asked(c).is_none_or(|uids| !uids.contains(&5)))
    );
}

#[test]
fn a_mail_that_never_ends_is_too_large_and_the_others_come() {
    let server = FakeServer::new(&[1, 2, 3], |_, command| {
        bodies_asked(command)?.contains(&2).then(|| {
            let endless =
                format!("* 1 FETCH (UID 2 BODY[] {{4000000000}}\r\n{}", "z".repeat(100_000));
            fetched(1, "mail 1\r\n", false) + &endless + HANG_UP
        })
    });
    assert_eq!(vec!["1 mail 1", "2 too_large", "3 mail 3"], pull(&mut server.mailbox()));
}

#[test]
fn a_mail_is_read_in_whatever_form_it_comes() {
    let server = FakeServer::new(&[1, 2, 3], |_, command| {
        bodies_asked(command)?;
        let odd = "* XODD (\r\n* 9 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (BODY[] NIL UID 2)\r\n";
        let forms = "* 3 FETCH (X-GM-MSGID 12 BODY[] \"mail \\\"3\" UID 3)\r\n* 1 FETCH (BODY[] {6}\r\nmail 1 UID 1)\r\n";
        let unasked = fetched(77, "mail 77", false) + &fetched(1, "another", false);
        Some(format!("{odd}{forms}{unasked}TAG OK done\r\n"))
    });
    assert_eq!(vec!["1 mail 1", "2 unfetched", "3 mail \"3"], pull(&mut server.mailbox()));
}

/// A server that passes over the mail 2, and sends of the mail 3 no content; it lists these.
fn passing_over(listed: &'static str) -> FakeServer {
    FakeServer::new(&[1, 2, 3], move |_, command| {
        if command.starts_with("UID SEARCH UID") {
            return Some(format!("* SEARCH {listed}\r\nTAG OK done\r\n"));
        }
        let asked = bodies_asked(command)?;
        let has = |uid| asked.contains(&uid);
        let one = if has(1) { fetched(1, "mail 1\r\n", false) } else { String::new() };
        let three = if has(3) { "* 3 FETCH (UID 3)\r\n" } else { "" };
        Some(format!("{one}{three}TAG OK done\r\n"))
    })
}

#[test]
fn a_mail_that_is_gone_is_passed_over_and_one_without_a_body_is_not() {
    let server = passing_over("1 3");
    assert_eq!(vec!["1 mail 1", "3 unfetched"], pull(&mut server.mailbox()));
    assert_eq!(
        3,
        server.commands("UID FETCH").iter().filter(|c| bodies_asked(c).is_some()).count()
    );
}

#[test]
fn a_mail_that_is_listed_and_passed_over_is_not_missed_in_silence() {
    let server = passing_over("2");
    assert_eq!(vec!["1 mail 1", "3 unfetched", "2 unfetched"], pull(&mut server.mailbox()));
    assert_eq!(vec!["UID SEARCH UID 2"], server.commands("UID SEARCH UID"));
}

#[test]
fn a_list_that_does_not_agree_with_the_count_is_not_believed() {
    let server = FakeServer::new(&[1, 2, 3], |_, command| {
        command.starts_with("UID SEARCH").then(|| "* SEARCH 1 2\r\nTAG OK done\r\n".into())
    });
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", false).expect("a folder");
    let error = mailbox.uids().expect_err("one is missing").to_string();
    assert!(error.contains("says that there are 3 mails, and lists 2"), "{error}");
    let refusing = FakeServer::new(&[1], |_, command| {
        command.starts_with("UID SEARCH").then(|| "TAG NO not now\r\n".into())
    });
    let mut mailbox = refusing.mailbox();
    mailbox.open("INBOX", false).expect("a folder");
    assert!(mailbox.uids().expect_err("refused").to_string().contains("NO not now"));
}

#[test]
fn a_very_large_folder_is_listed_a_window_at_a_time() {
    let server = FakeServer::new(&[], |_, command| {
        let said = "* 250000 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nTAG OK done\r\n";
        let places = server::uids_of(command.strip_prefix("UID SEARCH ").unwrap_or_default());
        let uids: String = places.iter().map(|place| format!(" {}", place * 3)).collect();
        match command {
            "SELECT INBOX" => Some(said.into()),
            _ => command
                .starts_with("UID SEARCH")
                .then(|| format!("* SEARCH{uids}\r\nTAG OK done\r\n")),
        }
    });
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", true).expect("a folder");
    let expected: Vec<u32> = (1..=250_000).map(|place| place * 3).collect();
    assert!(expected == mailbox.uids().expect("a list"));
    let windows =
        ["1:100000", "100001:200000", "200001:250000"].map(|set| format!("UID SEARCH {set}"));
    assert_eq!(windows.to_vec(), server.commands("UID SEARCH"));
}

#[test]
fn a_folder_that_is_in_use_is_asked_for_again() {
    let mut is_free = false;
    let server = FakeServer::new(&[1], move |_, command| {
        let is_early = command == "SELECT INBOX"
            && !std::mem::replace(&mut is_free, command == "SELECT INBOX");
        is_early.then(|| "TAG NO [INUSE] another has it\r\n".into())
    });
    assert_eq!(all(&[1]), pull(&mut server.mailbox()));
    assert_eq!(1, server.connections());
}

#[test]
fn a_folder_made_anew_while_it_is_read_is_not_read_on() {
    let server = FakeServer::new(&[1, 2], |connection, command| match command {
        "SELECT INBOX" if connection == 2 => {
            Some("* 2 EXISTS\r\n* OK [UIDVALIDITY 8] x\r\nTAG OK done\r\n".into())
        }
        _ => (connection == 1 && bodies_asked(command).is_some()).then(|| HANG_UP.into()),
    });
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", true).expect("a folder");
    let mut mails = mailbox.mails(vec![1, 2], MAX);
    let error = mails.next().expect_err("another folder").to_string();
    assert!(error.contains("UIDVALIDITY has changed") && error.contains("next run"), "{error}");
    assert!(mailbox.open("INBOX", true).is_ok(), "opened anew, it is the new one");
}

/// What opening a folder fails with, and how long that takes.
fn failure(server: &FakeServer, patience: Duration, attempts: u32) -> (String, Duration) {
    let mut settings = server.server();
    settings.patience.command = patience;
    settings.patience.connect = patience;
    settings.patience.attempts = attempts;
    let began = Instant::now();
    let error = server.mailbox_of(settings).open("INBOX", true).expect_err("a failure");
    (error.to_string(), began.elapsed())
}

#[test]
fn a_server_that_hangs_or_drips_is_left_and_tried_again() {
    let patience = Duration::from_millis(300);
    for (at, how) in [
        ("GREETING", SILENCE),
        ("CAPABILITY", SILENCE),
        ("SELECT INBOX", SILENCE),
        ("SELECT INBOX", DRIP),
    ] {
        let server = FakeServer::new(&[1], move |_, command| {
            let untagged = "* OK still there, still there, still there\r\n".repeat(5);
            (command == at).then(|| untagged + how)
        });
        let (error, elapsed) = failure(&server, patience, 2);
        let silent_greeting = at == "GREETING" && error.contains("timed out after 0.3 s");
        assert!(
            silent_greeting || error.contains("timed out after 0.3 s (tried 2 times)"),
            "{at}: {error}"
        );
        assert_eq!(2, server.connections(), "{at}");
        assert!(elapsed < Duration::from_secs(3), "{at}: {elapsed:?}");
    }
}

#[test]
fn endless_data_and_an_endless_line_are_cut_off() {
    for endless in
        ["* 1 EXPUNGE\r\n", "* OK and so on ", "* 1 FETCH (UID 1 X {4000000000}\r\n", "nonsense "]
    {
        let server = FakeServer::new(&[1], move |_, command| {
            (command == "SELECT INBOX").then(|| endless.repeat(500) + FOR_EVER)
        });
        let (error, elapsed) = failure(&server, Duration::from_secs(20), 1);
        assert!(error.contains("more than 1048576 bytes"), "{endless}: {error}");
        assert!(elapsed < Duration::from_secs(10), "{endless}: {elapsed:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_so() {
    let mut settings = FakeServer::good(&[]).server();
    settings.port = 1;
    settings.patience.attempts = 2;
    let server = FakeServer::good(&[]);
    let error =
        server.mailbox_of(settings).open("INBOX", true).expect_err("nobody there").to_string();
    assert!(error.contains("connection refused (tried 2 times)"), "{error}");
    let web = FakeServer::new(&[], |_, command| {
        (command == "GREETING").then(|| "HTTP/1.1 400 Bad\r\n".into())
    });
    let (error, _) = failure(&web, Duration::from_secs(1), 1);
    assert!(error.contains("not a mail server"), "{error}");
}

#[test]
fn who_wishes_to_stop_gets_no_more_mails() {
    let server = FakeServer::good(&[1, 2, 3]);
    let stop = Stop::default();
    let mut mailbox = server.mailbox();
    mailbox.stop = stop.clone();
    mailbox.open("INBOX", true).expect("a folder");
    let mut mails = mailbox.mails(vec![1, 2, 3], MAX);
    assert_eq!("1 mail 1", line(&mails.next().expect("mails").expect("a mail")));
    stop.ask();
    assert_eq!(None, mails.next().expect("no failure"));
}

#[test]
fn a_server_that_hands_over_nothing_is_given_up_in_the_end() {
    let server = FakeServer::new(&(1..=300).collect::<Vec<_>>(), |_, command| {
        bodies_asked(command).map(|_| "TAG NO [SERVERBUG] broken\r\n".into())
    });
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", true).expect("a folder");
    let uids = mailbox.uids().expect("a list");
    let mut mails = mailbox.mails(uids, MAX);
    let error =
        std::iter::from_fn(|| mails.next().transpose()).find_map(Result::err).expect("an end");
    assert!(error.to_string().contains("NO [SERVERBUG] broken"), "{error}");
    assert_eq!("unfetched", Reason::Unfetched.as_str());
}
