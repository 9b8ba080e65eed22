//! The **present record** from the DNS: `advise --live`, `record next --live`, and what is kept of it.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::named::Named;
use crate::odd;
/// The moment that counts as now: just after the samples' last day.
pub(crate) const NOW: &str = "1793000000";

pub(crate) const ACME: &str = "v=DMARC1; p=none; rua=mailto:dmarc@acme.example; fo=1";
pub(crate) const NEXT: &str = "v=DMARC1; p=quarantine; rua=mailto:dmarc@acme.example; fo=1";

/// `parked.example` has no record.
const ZONE: &str = r#"
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A 127.0.0.1
_dmarc.acme.example. TXT "v=DMARC1; p=none; rua=mailto:dm" "arc@acme.example; fo=1"
_dmarc.acme.example. TXT "another text"
*._domainkey.acme.example. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_dmarc.shop.example. TXT "v=DMARC1; p=none"
_dmarc.shop.example. TXT "v=DMARC1; p=reject"
_dmarc.quirks.example. TXT "v=DMARC1; p=none; p=none"
shop.example. TXT "v=spf1 ip4:192.0.2.0/24 -all"
"#;

/// What reports ask for is there already; and a record that is full.
const THERE: &str = r#"
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A 127.0.0.1
_dmarc.parked.example. TXT "v=DMARC1; p=none; rua=mailto:d@parked.example,mailto:d@c.test,mailto:d@e.test"
parked.example._report._dmarc.c.test. TXT "v=DMARC1;"
parked.example. TXT "v=spf1 -all"
parked.example. MX 0 .
_dmarc.shop.example. TXT "v=DMARC1; p=none; rua=mailto:d@shop.example"
shop.example. TXT "v=spf1 include:_spf.shop.example -all"
_spf.shop.example. TXT "v=spf1 ip4:203.0.113.0/24 -all"
_dmarc.acme.example. TXT "v=DMARC1; p=none; rua=mailto:d@acme.example"
_dmarc.acme-mail.example. TXT "v=DMARC1 p=none rua=mailto:d@acme-mail.example"
*._domainkey.acme.example. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
acme.example. TXT "v=spf1 exists:a.t exists:b.t exists:c.t exists:d.t exists:e.t exists:f.t exists:g.t exists:h.t exists:i.t exists:j.t exists:k.t -all"
"#;

/// Knows a record of each domain.
pub(crate) fn there() -> SocketAddr {
    static SERVER: OnceLock<Named> = OnceLock::new();
    SERVER.get_or_init(|| Named::start(&[(".", THERE)])).address()
}

/// The zone of `acme-mail.example` cannot be loaded: every question about it is answered with SERVFAIL.
pub(crate) fn server() -> SocketAddr {
    static SERVER: OnceLock<Named> = OnceLock::new();
    let zones = [(".", ZONE), ("acme-mail.example", "this is no zone\n")];
    SERVER.get_or_init(|| Named::start(&zones)).address()
}

/// What a command answers; it must end with that code.
pub(crate) fn ends(folder: &Path, code: i32, args: &[&str]) -> Value {
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
pub(crate) fn asks(folder: &Path, server: SocketAddr, code: i32, args: &[&str]) -> Value {
    ends(folder, code, &[args, &["--nameserver", &server.to_string()]].concat())
}

/// A folder with a store of the samples.
pub(crate) fn stage() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports");
    ends(folder.path(), 0, &["ingest", samples.to_str().unwrap()]);
    folder
}

pub(crate) fn of<'a>(found: &'a Value, domain: &str) -> &'a Value {
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
    for (said, domain, verdict) in [
        ("the DNS has no DMARC record at _dmarc.parked.example now", "parked.example", "hold"),
        ("the DNS has 2 DMARC records at _dmarc.shop.example", "shop.example", "review"),
        ("the record in the DNS cannot be read", "quirks.example", "hold"),
        (
            "it is not known what the DNS says of _dmarc.acme-mail.example",
            "acme-mail.example",
            "ready",
        ),
    ] {
        let advice = of(&found, domain);
        let notes = [&advice["headline"], &advice["notes"]].map(Value::to_string).concat();
        assert!(notes.contains(said), "{domain}: {notes}");
        assert_eq!(false, advice["record_is_complete"], "{domain}");
        assert_eq!(verdict, advice["verdict"], "{domain}");
        let built = [&advice["record"], &advice["rollback"]];
        assert_eq!([&Value::Null; 2], built, "{domain}: nothing is built from reports");
        assert!(!notes.contains("no DMARC record") || domain == "parked.example", "{notes}");
        assert!(notes.contains("run: ruaudit "), "the way on: {notes}");
    }
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

/// A report about a domain.
fn report(domain: &str, reporter: &str) -> String {
    format!(
        "<feedback><report_metadata><org_name>{reporter}</org_name><email>a@{reporter}</email>\
         <report_id>{domain}</report_id><date_range><begin>1792800000</begin><end>1792886399</end>\
         </date_range></report_metadata><policy_published><domain>{domain}</domain><p>none</p>\
         </policy_published><record><row><source_ip>192.0.2.9</source_ip><count>1000000</count>\
         <policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf>\
         </policy_evaluated></row><identifiers><header_from>{domain}</header_from></identifiers>\
         <auth_results/></record></feedback>"
    )
}

/// A store of the samples, and of domains that somebody forged reports about.
fn flooded(forged: usize) -> TempDir {
    let stage = stage();
    let folder = stage.path().join("forged");
    std::fs::create_dir(&folder).unwrap();
    for at in 0..forged {
        let text = report(&format!("a{at}.lost.test"), "forger.example");
        std::fs::write(folder.join(format!("{at}.xml")), text).unwrap();
    }
    ends(stage.path(), 0, &["ingest", "forged"]);
    stage
}

/// A server that leaves what holds these words without an answer, and knows one record for all else; and
/// the names that it was asked for, in order.
fn lossy(lost: &'static [&str]) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let notes = Arc::clone(&asked);
    let server = odd::answering_some(move |question| {
        let name = String::from_utf8_lossy(&question[12..]).into_owned();
        let is_lost = lost.iter().any(|word| name.contains(word));
        notes.lock().unwrap().push(name);
        (!is_lost).then(|| odd::empty(question, 0, 3))
    });
    (server, asked)
}

#[test]
fn names_that_nobody_answers_do_not_stand_in_the_way_of_the_others() {
    let stage = flooded(40);
    let (server, asked) = lossy(&["lost"]);
    let found = asks(stage.path(), server, 0, &["advise"]);
    for domain in ["acme.example", "shop.example"] {
        let notes = of(&found, domain)["notes"].to_string();
        assert!(!notes.contains("not known") && !notes.contains("no server answers"), "{notes}");
    }
    let notes = of(&found, "a1.lost.test")["notes"].to_string();
    assert!(notes.contains("no answer within"), "{notes}");
    let asked = asked.lock().unwrap();
    let first = |word: &str| asked.iter().position(|name| name.contains(word)).unwrap();
    assert!(first("acme") < first("lost"), "what most reporters tell of is asked about first");
}

#[test]
fn a_label_puts_a_domain_first() {
    let stage = flooded(2);
    ends(stage.path(), 0, &["label", "a1.lost.test", "192.0.2.9", "ours"]);
    let (server, asked) = lossy(&[]);
    asks(stage.path(), server, 0, &["advise"]);
    assert!(asked.lock().unwrap()[0].contains("a1"), "{asked:?}");
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

#[test]
fn a_check_keeps_several_records_so_that_none_is_taken_for_the_present_one() {
    let stage = stage();
    let was = "v=DMARC1; p=none; rua=mailto:d@shop.example";
    ends(stage.path(), 0, &["advise", "shop.example", "--record", was]);
    asks(stage.path(), server(), 1, &["check", "shop.example"]);
    let history = ends(stage.path(), 0, &["record", "history", "shop.example"]);
    let records = history["records"].as_array().unwrap().iter();
    assert_eq!(2, records.filter(|one| one["several"] == true).count(), "{history}");
    let next = ends(stage.path(), 1, &["record", "next", "shop.example"]);
    assert_eq!("reports", next["keep"]["origin"], "{next}");
}

#[test]
fn the_command_to_run_stands_on_one_line() {
    let stage = stage();
    let (_, page, _) = says(stage.path(), server(), &["advise", "parked.example"]);
    let run = "ruaudit record new parked.example --live --rua ADDRESS\n";
    assert!(page.contains(run), "{page}");
}

/// What a command says on standard error, and how it ends.
pub(crate) fn says(
    folder: &Path,
    server: SocketAddr,
    args: &[&str],
) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ruaudit"))
        .args(args)
        .args(["--nameserver", &server.to_string()])
        .current_dir(folder)
        .env_clear()
        .env("SOURCE_DATE_EPOCH", NOW)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
