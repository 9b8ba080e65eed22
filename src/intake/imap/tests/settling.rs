//! Tests of what is done with mails that have been read.

use super::server::{FakeServer, HANG_UP, uids_of};
use crate::error::Error;
use crate::intake::Stop;
use crate::intake::imap::{Mailbox, Step};
use crate::model::Settle;

const WITHOUT_MOVE: &str = "IMAP4rev1 UIDPLUS";

/// The steps that were confirmed, and the warnings.
fn settle(
    mailbox: &mut Mailbox,
    how: &Settle,
    uids: &[u32],
    copied: &[u32],
) -> (Vec<String>, Vec<String>) {
    let mut steps = Vec::new();
    let mut note = |step: Step<'_>| {
        steps.push(format!("{step:?}"));
        Ok(())
    };
    mailbox.open("INBOX", true).expect("a folder");
    let warnings = mailbox.settle(how, uids, copied, &mut note).expect("settled");
    (steps, warnings)
}

fn to_done() -> Settle {
    Settle::Move("done".into())
}

/// No command ever empties the folder of what somebody else marked.
fn assert_spares_others(server: &FakeServer) {
    assert!(server.commands("EXPUNGE").is_empty() && server.commands("CLOSE").is_empty());
}

#[test]
fn mails_are_moved_to_a_folder_that_is_made_if_it_is_missing() {
    let server = FakeServer::good(&[1, 2, 3]);
    let (steps, warnings) = settle(&mut server.mailbox(), &to_done(), &[3, 1, 1], &[]);
    assert_eq!((vec!["Gone([1, 3])".to_owned()], Vec::<String>::new()), (steps, warnings));
    assert_eq!(vec!["CREATE done"], server.commands("CREATE"));
    assert_eq!(vec!["UID MOVE 1,3 done"], server.commands("UID MOVE"));
    let there = FakeServer::new(&[1], |_, command| {
        (command == "LIST \"\" done").then(|| "* LIST () \"/\" done\r\nTAG OK done\r\n".into())
    });
    settle(&mut there.mailbox(), &to_done(), &[1], &[]);
    assert!(there.commands("CREATE").is_empty());
    assert_spares_others(&server);
}

#[test]
fn the_prefix_of_a_users_folders_is_respected() {
    let server = FakeServer::new(&[1], |_, command| {
        let said = "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\nTAG OK done\r\n";
        (command == "NAMESPACE").then(|| said.into())
    })
    .with_capabilities("IMAP4rev1 MOVE NAMESPACE");
    settle(&mut server.mailbox(), &Settle::Move("dmarc/\u{dc}bel".into()), &[1], &[]);
    assert_eq!(vec!["UID MOVE 1 INBOX.dmarc.&ANw-bel"], server.commands("UID MOVE"));
}

#[test]
fn without_move_a_copy_is_noted_before_the_original_is_taken_away() {
    let server = FakeServer::good(&[1, 2, 3]).with_capabilities(WITHOUT_MOVE);
    let (steps, warnings) = settle(&mut server.mailbox(), &to_done(), &[1, 2, 3], &[2]);
    assert_eq!(vec!["Copied([1, 3])", "Gone([1, 2, 3])"], steps);
    assert!(warnings.is_empty());
    assert_eq!(vec!["UID COPY 1,3 done"], server.commands("UID COPY"));
    assert_eq!(vec!["UID STORE 1:3 +FLAGS.SILENT (\\Deleted)"], server.commands("UID STORE"));
    assert_eq!(vec!["UID EXPUNGE 1:3"], server.commands("UID EXPUNGE"));
    assert_spares_others(&server);
}

#[test]
fn a_server_that_can_neither_move_nor_delete_single_mails_is_left_alone() {
    for how in [to_done(), Settle::Delete] {
        let server = FakeServer::good(&[1, 2]).with_capabilities("IMAP4rev1");
        let (steps, warnings) = settle(&mut server.mailbox(), &how, &[1, 2], &[]);
        assert_eq!((0, 1), (steps.len(), warnings.len()));
        assert!(warnings[0].contains("UIDPLUS"), "{warnings:?}");
        let touching =
            ["UID STORE", "UID COPY", "CREATE"].map(|start| server.commands(start).len());
        assert_eq!([0, 0, 0], touching);
        assert_spares_others(&server);
    }
}

#[test]
fn a_mail_that_cannot_be_moved_does_not_hold_the_others() {
    let server = FakeServer::new(&[1, 2, 3, 4, 5], |_, command| {
        let set = command.strip_prefix("UID MOVE ")?.split(' ').next()?;
        uids_of(set).contains(&4).then(|| "TAG NO [CANNOT] locked\r\n".into())
    });
    let (steps, warnings) = settle(&mut server.mailbox(), &to_done(), &[1, 2, 3, 4, 5], &[]);
    assert_eq!(vec!["Gone([1, 2])", "Gone([3])", "Gone([5])"], steps);
    let expected = "1 mail stays as found, and could not be moved to done: the server says: NO [CANNOT] locked";
    assert_eq!(vec![expected], warnings);
}

#[test]
fn a_server_that_refuses_every_mail_is_not_asked_for_each() {
    let server = FakeServer::new(&[1], |_, command| {
        command.starts_with("UID MOVE").then(|| "TAG NO [OVERQUOTA] full\r\n".into())
    });
    let uids: Vec<u32> = (1..=1000).collect();
    let (steps, warnings) = settle(&mut server.mailbox(), &to_done(), &uids, &[]);
    assert!(
        steps.is_empty() && warnings[0].starts_with("1000 mails stay as found"),
        "{warnings:?}"
    );
    assert!(server.commands("UID MOVE").len() < 40);
}

#[test]
fn a_folder_that_is_missing_after_all_is_made_and_the_move_repeated() {
    let mut is_made = false;
    let server = FakeServer::new(&[1], move |_, command| {
        is_made |= command.starts_with("CREATE");
        let is_early = command.starts_with("UID MOVE") && !is_made;
        match command {
            "LIST \"\" done" => Some("* LIST () \"/\" done\r\nTAG OK done\r\n".into()),
            "CREATE done" => Some("TAG NO [ALREADYEXISTS] somebody was faster\r\n".into()),
            _ => is_early.then(|| "TAG NO [TRYCREATE] no such folder\r\n".into()),
        }
    });
    assert_eq!(vec!["Gone([1])"], settle(&mut server.mailbox(), &to_done(), &[1], &[]).0);
}

#[test]
fn a_move_is_finished_on_another_connection() {
    let server = FakeServer::new(&[1, 2], |connection, command| {
        (connection == 1 && command.starts_with("UID MOVE")).then(|| HANG_UP.into())
    });
    assert_eq!(vec!["Gone([1, 2])"], settle(&mut server.mailbox(), &to_done(), &[1, 2], &[]).0);
    assert_eq!(2, server.commands("SELECT INBOX").len());
}

#[test]
fn of_a_move_that_was_cut_off_only_what_is_still_there_is_moved_again() {
    // the server has moved 1 and 2 of three when the connection ends
    let server = FakeServer::new(&[3], |connection, command| match command {
        "UID MOVE 1:3 done" => Some(HANG_UP.into()),
        _ => (connection > 1 && command == "UID SEARCH UID 1:3")
            .then(|| "* SEARCH 3\r\nTAG OK done\r\n".into()),
    });
    let (steps, warnings) = settle(&mut server.mailbox(), &to_done(), &[1, 2, 3], &[]);
    assert_eq!(vec!["Gone([1, 2])", "Gone([3])"], steps);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(vec!["UID MOVE 1:3 done", "UID MOVE 3 done"], server.commands("UID MOVE"));
}

#[test]
fn a_copy_that_was_cut_off_is_not_repeated_and_said_to_be_unknown() {
    let uids: Vec<u32> = (1..=120).collect();
    let server = FakeServer::new(&uids, |_, command| {
        (command == "UID COPY 51:100 done").then(|| HANG_UP.into())
    })
    .with_capabilities(WITHOUT_MOVE);
    let (steps, warnings) = settle(&mut server.mailbox(), &to_done(), &uids, &[]);
    assert_eq!((3, 3), (steps.len(), server.commands("UID COPY").len()));
    let expunged: Vec<u32> = (1..=50).chain(101..=120).collect();
    assert_eq!(format!("Gone({expunged:?})"), steps[2]);
    assert_eq!(1, warnings.len());
    assert!(warnings[0].contains("not known whether 50 mails were copied to done"), "{warnings:?}");
}

#[test]
fn a_server_that_hangs_up_at_every_move_is_tried_as_often_as_any() {
    for (capabilities, command) in [("IMAP4rev1 MOVE", "UID MOVE"), (WITHOUT_MOVE, "UID COPY")] {
        let uids: Vec<u32> = (1..=500).collect();
        let server = FakeServer::new(&uids, move |_, said| {
            said.starts_with(command).then(|| HANG_UP.into())
        })
        .with_capabilities(capabilities);
        let mut mailbox = server.mailbox();
        mailbox.open("INBOX", true).expect("a folder");
        let error = mailbox.settle(&to_done(), &uids, &[], &mut |_| Ok(())).expect_err("an end");
        assert!(error.to_string().contains("(tried 3 times)"), "{error}");
        assert_eq!((3, 3), (server.commands(command).len(), server.connections()));
    }
}

#[test]
fn losses_and_failures_to_connect_count_together() {
    let server = FakeServer::new(&[1], |connection, command| match command {
        "GREETING" => (connection % 2 == 0).then(|| HANG_UP.into()),
        _ => command.starts_with("UID STORE").then(|| HANG_UP.into()),
    });
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", true).expect("a folder");
    let flag = Settle::Flag("$k".into());
    assert!(mailbox.settle(&flag, &[1], &[], &mut |_| Ok(())).is_err());
    assert_eq!(3, server.connections());
}

#[test]
fn what_cannot_be_removed_is_not_left_marked_as_deleted() {
    let refusing = |unmarks: bool| {
        FakeServer::new(&[1, 2], move |_, command| {
            let is_refused =
                command.starts_with("UID EXPUNGE") || !unmarks && command.contains("-FLAGS");
            is_refused.then(|| "TAG NO not allowed\r\n".into())
        })
    };
    let server = refusing(true);
    let (steps, warnings) = settle(&mut server.mailbox(), &Settle::Delete, &[1, 2], &[]);
    let expected =
        "2 mails stay as found, and could not be deleted: the server says: NO not allowed";
    assert_eq!((Vec::<String>::new(), vec![expected.to_owned()]), (steps, warnings));
    assert_eq!(
        "UID STORE 2 -FLAGS.SILENT (\\Deleted)",
        server.commands("UID STORE").last().expect("a command")
    );
    let (_, warnings) = settle(&mut refusing(false).mailbox(), &Settle::Delete, &[1, 2], &[]);
    assert!(
        warnings[1].contains("bear \\Deleted now") && warnings[1].ends_with("2"),
        "{warnings:?}"
    );
}

#[test]
fn who_wishes_to_stop_settles_nothing_more() {
    let uids: Vec<u32> = (1..=120).collect();
    let server = FakeServer::good(&uids);
    let stop = Stop::default();
    let mut mailbox = server.mailbox();
    mailbox.stop = stop.clone();
    mailbox.open("INBOX", true).expect("a folder");
    let mut done = |_: Step<'_>| {
        stop.ask();
        Ok(())
    };
    let settled = mailbox.settle(&to_done(), &uids, &[], &mut done);
    assert_eq!(Some(Vec::new()), settled.ok());
    assert_eq!(1, server.commands("UID MOVE").len());
    mailbox.session = None;
    for how in [to_done(), Settle::Delete, Settle::Flag("$k".into())] {
        assert_eq!(Some(Vec::new()), mailbox.settle(&how, &uids, &[], &mut |_| Ok(())).ok());
    }
    assert_eq!(1, server.connections());
}

#[test]
fn who_wishes_to_stop_in_the_middle_of_a_loss_is_told_of_none() {
    for (command, how) in
        [("UID MOVE", to_done()), ("UID EXPUNGE", Settle::Delete), ("LIST \"\" done", to_done())]
    {
        let stop = Stop::default();
        let asking = stop.clone();
        let server = FakeServer::new(&[1], move |_, said| {
            said.starts_with(command).then(|| {
                asking.ask();
                HANG_UP.into()
            })
        });
        let mut mailbox = server.mailbox();
        mailbox.stop = stop;
        mailbox.open("INBOX", true).expect("a folder");
        assert_eq!(Some(Vec::new()), mailbox.settle(&how, &[1], &[], &mut |_| Ok(())).ok());
        assert_eq!(1, server.connections(), "{command}");
    }
}

#[test]
fn a_keyword_is_set_where_the_server_keeps_it() {
    let how = Settle::Flag("$RuauditProcessed".into());
    let server = FakeServer::good(&[1, 2]);
    assert_eq!(vec!["Flagged([1, 2])"], settle(&mut server.mailbox(), &how, &[1, 2], &[]).0);
    assert_eq!(
        vec!["UID STORE 1:2 +FLAGS.SILENT ($RuauditProcessed)"],
        server.commands("UID STORE")
    );
    let without = FakeServer::new(&[1], |_, command| {
        let said = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [PERMANENTFLAGS (\\Seen)] x\r\nTAG OK x\r\n";
        (command == "SELECT INBOX").then(|| said.into())
    });
    let (steps, warnings) = settle(&mut without.mailbox(), &how, &[1], &[]);
    assert!(
        steps.is_empty() && warnings[0].contains("keeps no keyword $RuauditProcessed"),
        "{warnings:?}"
    );
}

#[test]
fn mails_are_deleted_in_chunks_and_what_cannot_be_noted_stops_it() {
    let uids: Vec<u32> = (1..=700).collect();
    let server = FakeServer::good(&uids);
    let (steps, _) = settle(&mut server.mailbox(), &Settle::Delete, &uids, &[]);
    assert_eq!((2, 2), (steps.len(), server.commands("UID EXPUNGE").len()));
    assert_spares_others(&server);
    let server = FakeServer::good(&uids);
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", true).expect("a folder");
    let mut full = |_: Step<'_>| Err(Error::new("cannot note", "the disk is full", "make room"));
    assert!(mailbox.settle(&Settle::Delete, &uids, &[], &mut full).is_err());
    assert_eq!(1, server.commands("UID EXPUNGE").len());
}

#[test]
fn a_folder_opened_for_reading_is_not_touched() {
    let server = FakeServer::good(&[1]);
    let mut mailbox = server.mailbox();
    mailbox.open("INBOX", false).expect("a folder");
    let warnings = mailbox.settle(&Settle::Delete, &[1], &[], &mut |_| Ok(())).expect("settled");
    assert!(warnings[0].contains("only be read") && server.commands("UID").is_empty());
    mailbox.close();
    assert_eq!(1, server.commands("LOGOUT").len());
}
