//! The **present record** from the DNS: `advise --live`, `record next --live`, and what is kept of it.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::named::Named;

/// The moment that counts as now: just after the samples' last day.
const NOW: &str = "1793000000";

const ACME: &str = "v=DMARC1; p=none; rua=mailto:dmarc@acme.example; fo=1";
const NEXT: &str = "v=DMARC1; p=quarantine; rua=mailto:dmarc@acme.example; fo=1";

/// `parked.example` has no record.
const ZONE: &str = r#"
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A 127.0.0.1
_dmarc.acme.example. TXT "v=DMARC1; p=none; rua=mailto:dm" "arc@acme.example; fo=1"
_dmarc.acme.example. TXT "another text"
_dmarc.shop.example. TXT "v=DMARC1; p=none"
_dmarc.shop.example. TXT "v=DMARC1; p=reject"
_dmarc.quirks.example. TXT "v=DMARC1; p=none; p=none"
shop.example. TXT "v=spf1 ip4:192.0.2.0/24 -all"
"#;

/// The zone of `acme-mail.example` cannot be loaded: every question about it is answered with SERVFAIL.
fn server() -> SocketAddr {
    static SERVER: OnceLock<Named> = OnceLock::new();
    let zones = [(".", ZONE), ("acme-mail.example", "this is no zone\n")];
    SERVER.get_or_init(|| Named::start(&zones)).address()
}

/// What a command answers; it must end with that code.
fn ends(folder: &Path, code: i32, args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_ruaudit"))
        .args(args)
        .args(["--format", "json"])
        .current_dir(folder)
        .env_clear()
        .env("SOURCE_DATE_EPOCH", NOW)
        .output()
        .unwrap();
    assert_eq!(Some(code), output.status.code(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The same, asking a server.
fn asks(folder: &Path, server: SocketAddr, code: i32, args: &[&str]) -> Value {
    ends(folder, code, &[args, &["--nameserver", &server.to_string()]].concat())
}

/// A folder with a store of the samples.
fn stage() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports");
    ends(folder.path(), 0, &["ingest", samples.to_str().unwrap()]);
    folder
}

fn of<'a>(found: &'a Value, domain: &str) -> &'a Value {
    let mut domains = found["domains"].as_array().unwrap().iter();
    domains.find(|one| one["domain"] == domain).unwrap()
}

#[test]
fn each_domain_is_judged_by_its_record_in_the_dns_and_what_is_not_there_is_told() {
    let stage = stage();
    let found = asks(stage.path(), server(), 0, &["advise", "--live"]);
    let acme = of(&found, "acme.example");
    assert_eq!([NEXT, ACME], [&acme["record"], &acme["rollback"]].map(|it| it.as_str().unwrap()));
    assert_eq!(true, acme["record_is_complete"]);
    for (said, domain) in [
        ("the DNS has no DMARC record at _dmarc.parked.example now", "parked.example"),
        ("the DNS has 2 DMARC records at _dmarc.shop.example", "shop.example"),
        ("the record in the DNS cannot be read", "quirks.example"),
        ("it is not known what the DNS says of _dmarc.acme-mail.example", "acme-mail.example"),
    ] {
        let advice = of(&found, domain);
        let notes = advice["notes"].to_string();
        assert!(notes.contains(said), "{domain}: {notes}");
        assert_eq!(false, advice["record_is_complete"], "{domain}");
        assert!(!notes.contains("no DMARC record") || domain == "parked.example", "{notes}");
    }
}

#[test]
fn what_the_dns_has_is_kept_and_known_when_it_does_not_answer() {
    let stage = stage();
    let next = ["record", "next", "acme.example"];
    let texts = |found: &Value| {
        [&found["record"]["txt"], &found["keep"]["txt"], &found["keep"]["origin"]]
            .map(|text| text.as_str().unwrap().to_owned())
    };
    let found = asks(stage.path(), server(), 0, &next);
    assert_eq!([NEXT, ACME, "dns"], texts(&found).each_ref().map(String::as_str));
    let history = ends(stage.path(), 0, &["record", "history", "acme.example"]);
    let dns = history["records"].as_array().unwrap().iter().find(|one| one["seen"] == "dns");
    assert_eq!(ACME, dns.unwrap()["txt"]);
    let dead = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let begun = Instant::now();
    let found = asks(stage.path(), dead.local_addr().unwrap(), 0, &next);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!([NEXT, ACME, "kept"], texts(&found).each_ref().map(String::as_str));
    assert!(found["notes"].to_string().contains("not known what the DNS says"), "{found}");
}

#[test]
fn a_new_record_says_what_stands_there_already() {
    let folder = tempfile::tempdir().unwrap();
    let new = ["record", "new", "acme.example", "--rua", "x@acme.example"];
    let found = asks(folder.path(), server(), 0, &new);
    assert_eq!(ACME, found["keep"]["txt"]);
    assert_eq!("unchanged", found["record"]["cpanel"]["ttl"]);
    let new = ["record", "new", "parked.example", "--rua", "x@parked.example"];
    let found = asks(folder.path(), server(), 0, &new);
    assert_eq!(Value::Null, found["keep"]);
    assert_eq!("14400", found["record"]["cpanel"]["ttl"]);
}

#[test]
fn the_spf_record_gets_what_a_sender_of_yours_lacks() {
    let stage = stage();
    ends(stage.path(), 0, &["label", "shop.example", "203.0.113.77", "ours"]);
    let found = asks(stage.path(), server(), 1, &["record", "next", "shop.example"]);
    assert_eq!("v=spf1 ip4:192.0.2.0/24 ip4:203.0.113.77 -all", found["spf"]["changed"]);
    assert_eq!("v=spf1 ip4:192.0.2.0/24 -all", found["spf"]["today"]);
}

#[test]
fn many_domains_and_a_dead_server_end_within_the_time_limit() {
    let stage = stage();
    let dead = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let begun = Instant::now();
    let found = asks(stage.path(), dead.local_addr().unwrap(), 0, &["advise"]);
    assert!(begun.elapsed() < Duration::from_secs(20));
    for advice in found["domains"].as_array().unwrap() {
        assert!(advice["notes"].to_string().contains("it is not known"), "{advice}");
    }
}

#[test]
fn the_configuration_can_ask_for_it_always() {
    let stage = stage();
    let server = server();
    let text = format!("live = true\nnameserver = \"{server}\"\n");
    std::fs::write(stage.path().join("ruaudit.toml"), text).unwrap();
    let found = ends(stage.path(), 0, &["advise", "acme.example"]);
    assert_eq!(ACME, found["domains"][0]["rollback"]);
    let given = "v=DMARC1; p=none; rua=mailto:given@acme.example";
    let found = ends(stage.path(), 0, &["advise", "acme.example", "--record", given]);
    assert_eq!(given, found["domains"][0]["rollback"], "what is given wins");
}
