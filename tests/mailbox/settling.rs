//! **Settling**: what is done with mails once what was in them is stored.

use std::collections::BTreeMap;

use crate::account::Account;
use crate::dovecot::{below_inbox, shared};
use crate::fake::{Act, Fake, Served, at};
use crate::mails::{Mail, broken, junk, report, reports, truth};
use crate::program::{Desk, counts};

/// One mail of each fate.
fn one_of_each() -> [Mail; 3] {
    [report(1), broken(2), junk(3)]
}

/// Where each mail lies, in one line.
fn places(account: &Account) -> String {
    let line = |(id, folders): (String, Vec<String>)| format!("{id}: {}", folders.join(" "));
    account.places().into_iter().map(line).collect::<Vec<_>>().join(", ")
}

#[test]
fn mails_are_flagged_by_what_became_of_them() {
    let account = Account::holding(shared(), "flag", &one_of_each());
    let lines = "processed = \"flag\"\nrejected = \"flag:Broken\"\nother = \"flag\"\n";
    let desk = Desk::reading(&account, lines);
    assert_eq!([3], counts(&desk.pulled(), ["flagged"]));
    let flags = account.flags("INBOX");
    assert!(flags["report-1"].contains("$RuauditProcessed"), "{flags:?}");
    assert!(flags["broken-2"].contains("Broken"), "{flags:?}");
    assert!(flags["junk-3"].contains("$RuauditOther"), "{flags:?}");
    assert!(flags.values().all(|flags| !flags.contains("Seen")), "{flags:?}");
    account.listen();
    assert_eq!([0], counts(&desk.pulled(), ["flagged"]));
    assert_eq!(0, account.commands_with("STORE"), "what is flagged is not flagged again");
}

#[test]
fn mails_are_moved_by_what_became_of_them() {
    let account = Account::holding(shared(), "move", &one_of_each());
    let lines = "processed = \"move\"\nrejected = \"move:dmarc/broken\"\nother = \"move:Others\"\n";
    let desk = Desk::reading(&account, lines);
    assert_eq!([3, 0], counts(&desk.pulled(), ["moved", "deleted"]));
    let found = "broken-2: dmarc.broken, junk-3: Others, report-1: processed";
    assert_eq!(found, places(&account));
    account.deliver(&reports(4..6));
    assert_eq!([2, 2], counts(&desk.pulled(), ["new", "moved"]), "the folders are there already");
    assert_eq!((0, 3), (account.count("INBOX"), account.count("processed")));
    assert_eq!(0, desk.noted().len(), "what is gone is forgotten");
}

#[test]
fn mails_without_a_report_are_not_touched_unless_asked() {
    let account = Account::holding(shared(), "junk-stays", &one_of_each());
    Desk::reading(&account, "processed = \"delete\"\nrejected = \"move\"\n").pulled();
    assert_eq!("broken-2: rejected, junk-3: INBOX", places(&account));
    assert_eq!(Some(&String::new()), without_recent(&account).get("junk-3"));
}

fn without_recent(account: &Account) -> BTreeMap<String, String> {
    let bare =
        |(id, flags): (String, String)| (id, flags.replace("\\Recent", "").trim().to_owned());
    account.flags("INBOX").into_iter().map(bare).collect()
}

#[test]
fn mails_are_deleted_if_asked() {
    let account = Account::holding(shared(), "delete", &one_of_each());
    let lines = "processed = \"delete\"\nrejected = \"delete\"\nother = \"delete\"\n";
    let desk = Desk::reading(&account, lines);
    assert_eq!([3, 0], counts(&desk.pulled(), ["deleted", "moved"]));
    assert_eq!((0, 1), (account.count("INBOX"), desk.reports()));
}

#[test]
fn a_mail_that_somebody_else_marked_as_deleted_is_not_expunged_with_the_others() {
    let account = Account::holding(shared(), "marked", &one_of_each());
    let user = &account.user;
    let marked = ["flags", "add", "-u", user, "\\Deleted", "mailbox", "INBOX", "subject", "season"];
    assert!(account.server.doveadm(marked).status.success());
    Desk::reading(&account, "processed = \"delete\"\nrejected = \"move\"\n").pulled();
    assert_eq!("broken-2: rejected, junk-3: INBOX", places(&account));
}

#[test]
fn another_configuration_tidies_up_what_was_read_before() {
    let mails = reports(0..250);
    let account = Account::holding(shared(), "tidies", &mails);
    let desk = Desk::reading(&account, "");
    desk.pulled();
    assert_eq!(250, account.count("INBOX"));
    desk.configure(&crate::program::plain("main", &account, "processed = \"flag:Seen-by-us\"\n"));
    assert_eq!([0, 250], counts(&desk.pulled(), ["new", "flagged"]));
    desk.configure(&crate::program::plain("main", &account, "processed = \"move:old\"\n"));
    account.listen();
    assert_eq!([0, 250], counts(&desk.pulled(), ["new", "moved"]));
    assert_eq!(0, account.commands_with("BODY"));
    assert_eq!((0, 250), (account.count("INBOX"), account.count("old")));
    assert_eq!(truth(&mails), desk.stored());
}

#[test]
fn folders_are_made_where_the_server_has_room_for_them() {
    let account = Account::holding(below_inbox(), "prefix", &one_of_each());
    let lines =
        "processed = \"move\"\nrejected = \"move:INBOX/dmarc/broken\"\nother = \"move:a/b\"\n";
    let desk = Desk::reading(&account, lines);
    assert_eq!([3], counts(&desk.pulled(), ["moved"]));
    assert_eq!("broken-2: dmarc.broken, junk-3: a.b, report-1: processed", places(&account));
}

#[test]
fn a_folder_that_is_read_is_no_place_to_move_mails_to() {
    let account = Account::holding(shared(), "circle", &one_of_each());
    let lines = "folders = [\"INBOX\", \"done\"]\nprocessed = \"move:done\"\n";
    let ended = Desk::reading(&account, lines).run("pull");
    assert_eq!(Some(2), ended.code, "{}", ended.out);
    assert!(ended.err.contains("done"), "{}", ended.err);
    assert_eq!(3, account.count("INBOX"));
}

#[test]
fn moved_mails_are_not_taken_for_new_ones_when_they_come_back() {
    let mails = reports(0..3);
    let account = Account::holding(shared(), "come-back", &mails);
    let desk = Desk::reading(&account, "processed = \"move\"\n");
    desk.pulled();
    account.deliver(&mails);
    assert_eq!([3, 0, 3, 3], counts(&desk.pulled(), ["new", "reports", "duplicates", "moved"]));
    assert_eq!(truth(&mails), desk.stored());
}

/// Pulls from a server that can do only some things.
fn able_to(capabilities: &'static str, lines: &str) -> (Fake, Desk) {
    let fake = Fake::serving(Served::of(&reports(0..6)).able_to(capabilities), vec![]);
    let desk = Desk::new(&fake.entry(lines));
    (fake, desk)
}

#[test]
fn without_move_mails_are_copied_and_then_expunged_by_number() {
    let (fake, desk) = able_to("IMAP4rev1 UIDPLUS", "processed = \"move\"\n");
    assert_eq!([6], counts(&desk.pulled(), ["moved"]));
    assert_eq!((0, 6), fake.mailbox(|all| (all.uids().len(), all.folders["processed"])));
    assert_eq!(0, fake.heard_with("UID MOVE"));
    assert!(fake.heard_with("UID EXPUNGE") > 0);
}

#[test]
fn without_move_and_uidplus_mails_are_left_with_a_warning() {
    for lines in ["processed = \"move\"\n", "processed = \"delete\"\n"] {
        let (fake, desk) = able_to("IMAP4rev1", lines);
        let ended = desk.pull("");
        assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
        assert!(ended.warnings().contains("UIDPLUS"), "{}", ended.warnings());
        assert_eq!((6, 6), (fake.mailbox(|all| all.uids().len()), desk.reports()));
        assert_eq!(0, fake.heard_with("EXPUNGE"), "it would take more than ours");
        assert_eq!([0], counts(&desk.pull("").json(), ["new"]));
    }
}

#[test]
fn a_copy_that_was_made_is_not_made_again() {
    let rules = vec![(at("UID STORE*Deleted").once(), vec![Act::Close])];
    let served = Served::of(&reports(0..6)).able_to("IMAP4rev1 UIDPLUS");
    let fake = Fake::serving(served, rules);
    let text = fake.entry("processed = \"move\"\n").replace("attempts = 2", "attempts = 1");
    let desk = Desk::new(&text);
    desk.pull("");
    assert_eq!(6, fake.mailbox(|all| all.folders["processed"]));
    desk.pull("");
    assert_eq!((0, 6), fake.mailbox(|all| (all.uids().len(), all.folders["processed"])));
    assert_eq!(truth(&reports(0..6)), desk.stored());
}

#[test]
fn a_move_that_the_server_refuses_is_said_and_made_by_the_next_run() {
    let no = "{tag} NO [OVERQUOTA] no room for more\n";
    let fake = Fake::holding(&reports(0..6), vec![(at("UID MOVE"), vec![Act::Say(no)])]);
    let desk = Desk::new(&fake.entry("processed = \"move\"\n"));
    let ended = desk.pull("");
    let said = format!("{}{}", ended.out, ended.err);
    assert!(said.contains("no room for more"), "{said}");
    assert_eq!((6, 6), (fake.mailbox(|all| all.uids().len()), desk.reports()));
    fake.mend();
    assert_eq!([0, 6], counts(&desk.pulled(), ["new", "moved"]));
    assert_eq!(truth(&reports(0..6)), desk.stored());
}

#[test]
fn a_flag_that_the_server_refuses_is_said_and_set_by_the_next_run() {
    let no = "{tag} NO [LIMIT] too many keywords\n";
    let fake = Fake::holding(&reports(0..6), vec![(at("UID STORE"), vec![Act::Say(no)])]);
    let desk = Desk::new(&fake.entry("processed = \"flag\"\n"));
    let ended = desk.pull("");
    assert!(format!("{}{}", ended.out, ended.err).contains("too many keywords"), "{}", ended.out);
    fake.mend();
    assert_eq!([0, 6], counts(&desk.pulled(), ["new", "flagged"]));
    let flags = fake.mailbox(|all| all.flags());
    assert!(flags.iter().all(|flags| flags == "$RuauditProcessed"), "{flags:?}");
}
