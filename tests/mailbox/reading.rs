//! **Reading** a mailbox: every report is stored once, whatever happens to the mails meanwhile, and
//! nothing is fetched that is known.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::account::Account;
use crate::dovecot::shared;
use crate::fake::{Act, Fake, at};
use crate::mails::{broken, junk, padded, report, reports, truth};
use crate::program::{Desk, counts, plain};

#[test]
fn a_pull_stores_exactly_what_is_there_and_a_second_fetches_nothing() {
    let mut mails = reports(0..450);
    mails.extend((0..5).map(junk));
    mails.extend((0..3).map(broken));
    mails.extend((0..4).map(|n| report(n).again(&format!("again-{n}"))));
    let account = Account::holding(shared(), "exactly", &mails);
    account.listen();
    let desk = Desk::reading(&account, "");
    let pulled = desk.pulled();
    let keys = ["mails", "new", "reports", "duplicates", "rejected", "deferred"];
    assert_eq!([462, 462, 450, 4, 3, 0], counts(&pulled, keys));
    assert_eq!(truth(&mails), desk.stored());

    let fetched = account.commands_with("BODY");
    assert!(fetched > 0);
    assert_eq!([462, 0, 0, 0, 0, 0], counts(&desk.pulled(), keys));
    assert_eq!(fetched, account.commands_with("BODY"));
    assert_eq!(truth(&mails), desk.stored());
}

#[test]
fn reading_leaves_no_trace_in_the_mailbox() {
    let mails = [report(1), junk(2), broken(3)];
    let account = Account::holding(shared(), "no-trace", &mails);
    Desk::reading(&account, "").pulled();
    let flags: BTreeSet<_> = account.flags("INBOX").into_values().collect();
    assert_eq!(
        (3, vec!["INBOX"]),
        (account.count("INBOX"), account.folders().iter().map(String::as_str).collect())
    );
    assert!(flags.iter().all(|flags| flags.is_empty() || flags == "\\Recent"), "{flags:?}");
}

#[test]
fn only_new_mails_are_fetched() {
    let account = Account::holding(shared(), "only-new", &reports(0..5));
    let desk = Desk::reading(&account, "");
    desk.pulled();
    account.deliver(&reports(5..7));
    account.listen();
    assert_eq!([7, 2, 2], counts(&desk.pulled(), ["mails", "new", "reports"]));
    let bodies: Vec<_> = account.commands().into_iter().filter(|c| c.contains("BODY")).collect();
    assert!(bodies.len() == 1 && bodies[0].contains("UID FETCH 6:7"), "{bodies:?}");
    assert_eq!(truth(&reports(0..7)), desk.stored());
}

#[test]
fn what_a_pull_says_keeps_its_keys() {
    let account = Account::holding(shared(), "keys", &[report(1), junk(1)]);
    let pulled = Desk::reading(&account, "processed = \"move\"\n").pulled();
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let these = |text: &str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    let sums = "inputs reports duplicates conflicts foreign unverified rejected skipped deferred \
                records messages seconds";
    assert_eq!(these(&format!("accounts {sums}")), keys(&pulled));
    let account = &pulled["accounts"][0];
    assert_eq!(these("account folders warnings error"), keys(account));
    let folder = sums.replace("inputs", "folder mails new flagged moved deleted");
    assert_eq!(these(&folder), keys(&account["folders"][0]));
    assert_eq!(
        ("main", "INBOX"),
        (account["account"].as_str().unwrap(), account["folders"][0]["folder"].as_str().unwrap())
    );
    assert_eq!((Some(2), Some(1)), (pulled["inputs"].as_u64(), pulled["reports"].as_u64()));
}

#[test]
fn a_line_says_what_became_of_an_account() {
    let account = Account::holding(shared(), "line", &reports(0..12));
    let desk = Desk::reading(&account, "processed = \"move\"\n");
    let ended = desk.run("pull");
    assert!(ended.out.starts_with("main: 12 new mails in "), "{}", ended.out);
    assert!(ended.out.contains("12 new reports"), "{}", ended.out);
    assert!(ended.out.contains("12 moved to processed"), "{}", ended.out);
    assert!(ended.out.lines().all(|line| line.chars().count() <= 80), "{}", ended.out);
    let ended = desk.run("pull");
    assert!(ended.out.starts_with("main: no new mail"), "{}", ended.out);
}

#[test]
fn the_same_report_in_two_mailboxes_counts_once() {
    let one = Account::holding(shared(), "twice-one", &reports(0..6));
    let two = Account::holding(shared(), "twice-two", &reports(3..9));
    let desk = Desk::new(&(plain("one", &one, "") + &plain("two", &two, "")));
    let pulled = desk.pulled();
    assert_eq!(Some(3), pulled["duplicates"].as_u64());
    assert_eq!(truth(&reports(0..9)), desk.stored());
}

#[test]
fn several_folders_are_read_whatever_their_names() {
    let account = Account::holding(shared(), "folders", &reports(0..2));
    account.deliver_to("lists/dmarc", &reports(2..4));
    account.deliver_to("Entw&APw-rfe", &reports(4..6)); // Entwürfe
    let desk = Desk::reading(&account, "folders = [\"INBOX\", \"lists/dmarc\", \"Entwürfe\"]\n");
    let pulled = desk.pulled();
    assert_eq!(3, pulled["accounts"][0]["folders"].as_array().unwrap().len());
    assert_eq!(truth(&reports(0..6)), desk.stored());
    assert_eq!(Some(0), desk.pulled()["inputs"].as_u64());
}

#[test]
fn a_folder_that_is_not_there_is_named_and_the_others_are_read() {
    let mails = reports(0..3);
    let account = Account::holding(shared(), "no-folder", &mails);
    let desk = Desk::reading(&account, "folders = [\"Reports\", \"INBOX\"]\n");
    let ended = desk.pull("");
    assert_eq!(Some(2), ended.code, "{}{}", ended.out, ended.err);
    assert!(format!("{}{}", ended.out, ended.err).contains("Reports"), "{}", ended.err);
    assert_eq!(truth(&mails), desk.stored());
}

#[test]
fn a_new_life_of_a_folder_is_read_again_and_nothing_counts_twice() {
    let mails = reports(0..20);
    let account = Account::holding(shared(), "new-life", &mails);
    let desk = Desk::reading(&account, "");
    desk.pulled();
    account.renumber("INBOX");
    account.deliver(&reports(20..22));
    let pulled = desk.pulled();
    assert_eq!([22, 2, 20], counts(&pulled, ["new", "reports", "duplicates"]));
    assert_eq!(truth(&reports(0..22)), desk.stored());
    assert_eq!(22, desk.noted().len(), "what was known of the old life is forgotten");
    assert_eq!([0], counts(&desk.pulled(), ["new"]));
}

#[test]
fn a_mail_over_the_limit_is_rejected_and_never_asked_for() {
    let mails = [report(1), padded(2, 200_000), report(3)];
    let account = Account::holding(shared(), "limit", &mails);
    account.listen();
    let text = format!("{}[limits]\ninput_bytes = 50000\n", plain("main", &account, ""));
    let desk = Desk::new(&text);
    assert_eq!([2, 1], counts(&desk.pulled(), ["reports", "rejected"]));
    assert_eq!(truth([&mails[0], &mails[2]]), desk.stored());
    let bodies: Vec<_> = account.commands().into_iter().filter(|c| c.contains("BODY")).collect();
    assert!(bodies.iter().all(|line| line.contains("FETCH 1,3")), "{bodies:?}");

    let rejected = desk.run("rejected --format json").json()["rejected"][0].clone();
    assert_eq!(
        ("intake", "too_large"),
        (rejected["stage"].as_str().unwrap(), rejected["reason"].as_str().unwrap())
    );
    let origin = rejected["origin"].as_str().unwrap();
    let place = format!("imap://limit@127.0.0.1:{}/INBOX;UIDVALIDITY=", shared().plain);
    assert!(origin.starts_with(&place) && origin.ends_with("/;UID=2"), "{origin}");

    // with room for it, it is read when that is asked for
    desk.configure(&plain("main", &account, "rejected = \"move\"\nprocessed = \"move\"\n"));
    let ended = desk.pull("--again");
    assert_eq!([1, 1, 3], counts(&ended.json(), ["new", "reports", "moved"]), "{}", ended.out);
    assert_eq!(truth(&mails), desk.stored());
    assert_eq!((3, 0), (account.count("processed"), account.count("rejected")));
    let rejected = desk.run("rejected --format json").json();
    assert_eq!(0, rejected["rejected"].as_array().unwrap().len(), "{rejected}");
}

#[test]
fn a_mail_that_the_server_cannot_read_waits_and_the_others_come() {
    let mails = reports(0..30);
    let account = Account::holding(shared(), "unreadable", &mails);
    account.forbid("report-7");
    let desk = Desk::reading(&account, "processed = \"move\"\n");
    let ended = desk.pull("");
    assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
    assert_eq!([29, 1, 29], counts(&ended.json(), ["reports", "deferred", "moved"]));
    assert!(ended.warnings().contains("UID") || ended.err.contains("UID"), "{}", ended.err);
    let others: Vec<_> = mails.iter().filter(|mail| mail.id != "report-7").collect();
    assert_eq!(truth(others), desk.stored());
    assert_eq!(1, account.count("INBOX"));

    account.permit("report-7");
    assert_eq!([1, 0, 1], counts(&desk.pulled(), ["reports", "deferred", "moved"]));
    assert_eq!((truth(&mails), 0), (desk.stored(), account.count("INBOX")));
}

#[test]
fn mails_may_be_taken_away_while_they_are_pulled() {
    let mails = reports(0..400);
    let account = Account::holding(shared(), "taken-away", &mails);
    let desk = Desk::reading(&account, "");
    let running = desk.start("pull --format json");
    let gone = ["report-399", "report-250", "report-5"];
    gone.iter().for_each(|id| account.expunge("INBOX", id));
    let ended = running.wait();
    assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
    let stored = desk.report_ids();
    for mail in &mails {
        let taken = gone.contains(&mail.id.as_str());
        assert!(taken || stored.contains(&mail.id), "{} is lost", mail.id);
    }
    assert_eq!([0], counts(&desk.pulled(), ["new"]));
    assert_eq!(397, desk.noted().len());
}

#[test]
fn a_dry_run_changes_nothing() {
    let mails = [report(1), report(2), junk(3)];
    let account = Account::holding(shared(), "dry", &mails);
    let desk = Desk::reading(&account, "processed = \"move\"\nother = \"delete\"\n");
    let ended = desk.pull("--dry-run");
    assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
    assert_eq!([3, 3], counts(&ended.json(), ["mails", "new"]));
    assert_eq!((3, 0), (account.count("INBOX"), desk.reports()));
    let planned = &ended.json()["accounts"][0];
    let then = ["processed", "rejected", "other"].map(|key| planned[key].as_str().unwrap());
    assert_eq!(["move:processed", "leave", "delete"], then);
    assert_eq!(vec!["INBOX"], account.folders());
    assert!(account.flags("INBOX").values().all(|flags| !flags.contains("Seen")));
    assert_eq!([3, 2], counts(&desk.pulled(), ["new", "reports"]));
}

#[test]
fn with_strict_what_was_rejected_shows_in_the_exit_code() {
    let account = Account::holding(shared(), "strict", &[report(1), broken(2)]);
    let desk = Desk::reading(&account, "");
    assert_eq!(Some(1), desk.pull("--strict").code);
    assert_eq!(Some(0), desk.pull("--strict").code, "it was rejected before");
}

#[test]
fn two_pulls_never_overlap() {
    let fake = Fake::holding(&reports(0..2), vec![(at("UID FETCH*BODY"), vec![Act::Hang])]);
    let desk = Desk::new(&fake.entry("").replace("_seconds = 2", "_seconds = 60"));
    let mut first = desk.start("pull");
    first.until("it asks for mails", || fake.heard_with("BODY") > 0);
    let ended = desk.run("pull");
    assert_eq!(Some(4), ended.code, "{}{}", ended.out, ended.err);
    assert!(ended.err.contains(&first.id().to_string()), "{}", ended.err);
    first.kill();
    fake.mend();
    assert_eq!([2], counts(&desk.pulled(), ["reports"]), "a lock ends with its holder");
}
