//! What is said **before a record** is published: names that do not exist, addresses that no mail reaches, a
//! policy that is lowered, and a step that nobody can wait for.

use std::net::SocketAddr;
use std::sync::OnceLock;

use crate::desk::{asks, complains, json, page, says, stage};
use crate::named::Named;

const ZONE: &str = r#"
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A 127.0.0.1
parked.test. MX 0 .
_dmarc.parked.test. TXT "v=DMARC1; p=reject; rua=mailto:d@parked.test"
mail.parked.test. A 192.0.2.1
open.test. MX 10 mx.open.test.
_dmarc.open.test. TXT "v=DMARC1; p=none; rua=mailto:d@open.test"
mail.open.test. A 192.0.2.1
bakery.test. MX 10 mx.bakery.test.
_dmarc.bakery.test. TXT "v=DMARC1; p=none; rua=mailto:d@bakery.test; fo=1"
fresh.test. MX 10 mx.fresh.test.
parked.example. MX 0 .
parked.example. TXT "v=spf1 ~all"
quirks.example. MX 10 mx.quirks.example.
_dmarc.shop.example. TXT "v=DMARC1; p=none; rua=mailto:d@parked.test"
acme.example. MX 10 mx.acme.example.
"#;

fn server() -> SocketAddr {
    static SERVER: OnceLock<Named> = OnceLock::new();
    SERVER.get_or_init(|| Named::start(&[(".", ZONE)])).address()
}

/// What is noted of a new record.
fn noted(domain: &str, rua: &str, more: &[&str]) -> String {
    let args = [&["record", "new", domain, "--live", "--rua", rua], more].concat();
    let (code, found) = json(server(), &args);
    assert_eq!(Some(0), code, "{found}");
    found["notes"].to_string()
}

#[test]
fn a_name_that_does_not_exist_is_asked_about() {
    let said = "the DNS knows no name nonexist.test: is it spelt right?";
    assert!(noted("nonexist.test", "d@fresh.test", &[]).contains(said));
    assert!(!noted("fresh.test", "d@fresh.test", &[]).contains("knows no name"));
}

#[test]
fn a_stricter_policy_that_holds_by_the_record_above_is_not_lowered_without_a_word() {
    let said = "of parked.test holds for mail.parked.test: this record lowers that to p=none; to keep it: \
                --policy reject";
    let notes = noted("mail.parked.test", "d@open.test", &[]);
    assert!(notes.contains(said), "{notes}");
    let kept = noted("mail.parked.test", "d@open.test", &["--policy", "reject"]);
    assert!(!kept.contains("lowers"), "{kept}");
    assert!(!noted("mail.open.test", "d@open.test", &[]).contains("lowers"));
}

#[test]
fn an_address_that_no_mail_reaches_is_told() {
    let notes = noted("fresh.test", "d@parked.test,d@gone.test,d@fresh.test", &[]);
    for said in ["parked.test has a null MX", "the DNS knows no name gone.test"] {
        assert!(notes.contains(said), "{said}: {notes}");
    }
    assert!(!notes.contains("fresh.test has"), "{notes}");
}

#[test]
fn a_domain_without_mail_is_not_sent_to_a_mailbox_of_its_own() {
    let (code, found) = json(server(), &["record", "next", "parked.example"]);
    assert_eq!(Some(1), code);
    assert_eq!("ruaudit record new parked.example --live --rua ADDRESS", found["run"][0]);
    let (_, page) = page(server(), &["advise", "parked.example"]);
    assert!(page.contains("of another domain: no MX of parked.example takes mail"), "{page}");
    assert!(!page.contains("dmarc-reports@parked.example"), "{page}");
    assert!(page.contains("in the place of the record that stands there (v=spf1 ~all)"), "{page}");
}

#[test]
fn what_reports_say_of_a_domain_is_told_with_its_new_record() {
    let said = "the reports alone call it ready for p=reject (sends nothing: move p=none to p=reject): \
                --policy reject";
    let notes = noted("parked.example", "d@fresh.test", &[]);
    assert!(notes.contains(said), "{notes}");
    let asked = noted("parked.example", "d@fresh.test", &["--policy", "reject"]);
    assert!(!asked.contains("the reports alone"), "{asked}");
}

#[test]
fn where_there_is_no_record_no_waiting_brings_reports_and_that_is_the_headline() {
    let (_, found) = json(server(), &["advise", "quirks.example"]);
    let advice = &found["domains"][0];
    assert_eq!("the DNS has no DMARC record at _dmarc.quirks.example now", advice["headline"]);
    assert_eq!(
        ("hold", true),
        (advice["verdict"].as_str().unwrap(), advice["not_before"].is_null())
    );
}

#[test]
fn a_record_that_is_there_already_stands_on_a_line_of_its_own() {
    let stage = stage();
    let address = server().to_string();
    let new = ["record", "new", "bakery.test", "--rua", "d@bakery.test", "--nameserver", &address];
    let error = complains(stage.path(), &new);
    let record = "v=DMARC1; p=none; rua=mailto:d@bakery.test; fo=1\nerror: bakery.test has a DMARC record \
                  already: it stands above, from the DNS, asked now; take the next step from it: ruaudit record \
                  next bakery.test --live";
    assert!(error.starts_with(record), "{error}");
    assert_eq!((Some(2), String::new()), asks(server(), &new[..5]));
}

#[test]
fn a_record_that_was_given_and_would_not_work_is_checked_itself() {
    let stage = stage();
    let record = "v=DMARC1; p=none; rua=d@acme.example";
    let error = complains(stage.path(), &["record", "next", "acme.example", "--record", record]);
    let said =
        "mend the present record first: ruaudit check 'v=DMARC1; p=none; rua=d@acme.example'";
    assert!(error.contains(said), "{error}");
    assert_eq!(Some(1), says(stage.path(), &["check", record]).0);
}

#[test]
fn what_reports_cannot_show_is_told_once_with_the_command_that_helps() {
    let (_, page) = page(server(), &["advise"]);
    assert_eq!(1, page.matches("which failing mail is forged").count(), "{page}");
    assert!(page.contains("(ruaudit resolve)"), "{page}");
}
