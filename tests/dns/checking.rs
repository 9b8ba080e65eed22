//! `check DOMAIN`, the program itself against a real server: the page, the document, the exit codes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::{named, odd};

/// Just after the last day of the sample reports.
const NOW: &str = "1793000000";

pub(crate) fn ruaudit(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruaudit"));
    command.current_dir(folder).env("SOURCE_DATE_EPOCH", NOW).args(args);
    command.timeout(Duration::from_secs(60)).output().unwrap()
}

pub(crate) fn check_at(server: SocketAddr, folder: &Path, domain: &str, more: &[&str]) -> Output {
    let server = server.to_string();
    ruaudit(folder, &[&["check", domain, "--nameserver", &server], more].concat())
}

/// Checks a domain without a store.
pub(crate) fn check(domain: &str, more: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    check_at(named::shared(), folder.path(), domain, more)
}

pub(crate) fn page(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn document(domain: &str, more: &[&str]) -> Value {
    serde_json::from_slice(&check(domain, &[more, &["--format", "json"]].concat()).stdout).unwrap()
}

/// The codes of all findings of the whole.
pub(crate) fn codes(found: &Value) -> Vec<&str> {
    let list = found["findings"].as_array().unwrap();
    list.iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// A folder with a store of the sample reports, made once.
pub(crate) fn samples() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = TempDir::new().unwrap().keep();
        let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports");
        let done = ruaudit(&folder, &["ingest", "--quiet", reports.to_str().unwrap()]);
        assert!(folder.join("ruaudit.db").exists(), "{}", String::from_utf8_lossy(&done.stderr));
        folder
    })
}

/// The document of a domain that the sample reports are about.
pub(crate) fn with_reports(domain: &str) -> Value {
    let output = check_at(named::shared(), samples(), domain, &["--format", "json"]);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_domain_in_order_is_fine() {
    let output = check("good.check", &["--selector", "s1"]);
    let page = page(&output);
    assert_eq!(Some(0), output.status.code(), "{page}");
    for text in [
        "quarantine, the p of _dmarc.good.check",
        "mailto:dmarc@good.check: of the same organisation",
        "3 of 10 that receivers make",
        "include:_spf.esp.check [2]: the record of _spf.esp.check",
        "10         mail.good.check",
        "s1._domainkey.good.check: RSA, 2048 bits",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
}

#[test]
fn no_line_is_wider_than_the_page_but_a_value() {
    for domain in [
        "good.check",
        "bad.check",
        "bare.check",
        "sender.example",
        "broken.example",
        "space.unseen",
        "twice.unseen",
        "wild-alias.unseen",
    ] {
        for line in page(&check(domain, &["--selector", "s1"])).lines() {
            let is_value = line.starts_with("  v=") || line.contains("v=spf1");
            assert!(is_value || line.chars().count() <= 80, "{domain}: {line}");
        }
    }
}

#[test]
fn what_is_wrong_is_told_with_exit_code_1() {
    let output = check("bad.check", &[]);
    let page = page(&output);
    assert_eq!(Some(1), output.status.code());
    for text in [
        "`rejct` is no policy",
        "did not agree: nothing is sent",
        "FAILS include:bad.check [1]: back to bad.check",
        "FAILS include:nothing.bad.check [1]: nothing.bad.check has no SPF record",
        "beyond look-up 10",
        "12 in place of the 10 that receivers make",
        "the domain takes no mail",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
}

#[test]
fn a_domain_without_anything_is_told_so() {
    let output = check("bare.check", &[]);
    assert_eq!(Some(1), output.status.code());
    let found = document("bare.check", &["--selector", "s1"]);
    assert_eq!(vec!["domain_dmarc_none", "domain_key_missing"], codes(&found));
    assert_eq!("missing", found["spf"]["status"]);
    assert_eq!("missing", found["mx"]["status"]);
    assert_eq!("missing", found["dkim"][0]["status"]);
}

#[test]
fn several_records_and_ways_that_differ_are_told() {
    let several = document("several.example", &[]);
    assert_eq!("domain_dmarc_several", codes(&several)[0]);
    assert_eq!(2, several["dmarc"]["checked"].as_array().unwrap().len());
    let differ = document("a.b.mid.example", &[]);
    assert!(codes(&differ).contains(&"domain_ways_differ"), "{differ}");
}

#[test]
fn what_only_the_dns_can_tell_of_a_record_is_told() {
    for (domain, code) in [
        ("sender.example", "domain_report_not_authorised"),
        ("sender.example", "domain_report_elsewhere"),
        ("toolong.example", "domain_report_too_long"),
        ("sub.unused.example", "domain_tag_unused"),
        ("y.example", "domain_psd"),
    ] {
        let found = document(domain, &[]);
        assert!(codes(&found).contains(&code), "{domain}: {code}: {:?}", codes(&found));
    }
    for domain in ["bank.psd", "unused.example", "agrees.example", "own.example"] {
        let found = document(domain, &[]);
        let told = codes(&found);
        let odd = told.iter().find(|code| code.contains("report_") || code.contains("tag_unused"));
        assert_eq!(None, odd, "{domain}");
    }
}

#[test]
fn keys_are_told_by_length_and_state() {
    let found = document("good.check", &["--selector", "old", "--selector", "gone"]);
    let (old, gone) = (&found["dkim"][0], &found["dkim"][1]);
    assert_eq!((1024, "rsa"), (old["bits"].as_u64().unwrap(), old["kind"].as_str().unwrap()));
    assert_eq!("warning", old["checked"]["findings"][0]["severity"]);
    assert_eq!((true, None), (gone["revoked"].as_bool().unwrap(), gone["bits"].as_u64()));
}

#[test]
fn keys_of_every_kind_are_told_apart() {
    let selectors = ["short", "ed", "test", "turned", "dangling", "two"];
    let args: Vec<&str> = selectors.iter().flat_map(|one| ["--selector", one]).collect();
    let found = document("keys.check", &args);
    let keys = found["dkim"].as_array().unwrap();
    let told = |at: usize, key: &str| keys[at][key].to_string();
    assert_eq!(
        ("512", "error"),
        (&*told(0, "bits"), keys[0]["checked"]["findings"][0]["severity"].as_str().unwrap())
    );
    for at in [1, 3] {
        assert_eq!(("\"ed25519\"", "\"found\""), (&*told(at, "kind"), &*told(at, "status")));
    }
    assert_eq!(
        ("true", "true"),
        (&*told(2, "testing"), &*(told(1, "testing") == "false").to_string())
    );
    assert_eq!(("\"missing\"", "\"several\""), (&*told(4, "status"), &*told(5, "status")));
    assert!(keys.iter().all(|key| key["wildcard"] == false));
    let parked = document("parked.check", &["--selector", "any"]);
    let key = &parked["dkim"][0];
    assert_eq!((true, true), (key["revoked"] == true, key["wildcard"] == true), "{key}");
}

#[test]
fn reports_stand_beside_the_dns() {
    let args = ["--selector", "unused", "--format", "json"];
    let output = check_at(named::shared(), samples(), "acme.example", &args);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let policy = &found["reports"]["policy"];
    assert_eq!(
        (false, "none"),
        (policy["same_as_dns"].as_bool().unwrap(), policy["p"].as_str().unwrap())
    );
    let codes = codes(&found);
    for code in [
        "domain_sender_not_covered",
        "domain_key_missing",
        "domain_key_unused",
        "domain_policy_not_seen",
    ] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    let selectors: Vec<_> = found["dkim"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["selector"].as_str().unwrap())
        .collect();
    assert_eq!(vec!["unused", "mx2026", "ses7k2q"], selectors);
    assert!(found["dkim"][1]["seen"]["passed"].as_u64().unwrap() > 9_000);
    let senders = found["reports"]["senders"].as_array().unwrap();
    assert_eq!(
        vec!["203.0.113.10", "203.0.113.11"],
        senders[0]["not_covered"]
            .as_array()
            .unwrap()
            .iter()
            .map(|ip| ip.as_str().unwrap())
            .collect::<Vec<_>>()
    );
    assert_eq!(Some(0), output.status.code(), "warnings and hints alone");
    let output = check_at(named::shared(), samples(), "acme.example", &["--strict"]);
    assert_eq!(Some(1), output.status.code(), "with --strict warnings count");
}

#[test]
fn what_the_dns_said_of_a_known_domain_is_kept() {
    let own = TempDir::new().unwrap(); // others ask for more keys
    std::fs::copy(samples().join("ruaudit.db"), own.path().join("ruaudit.db")).unwrap();
    let samples = || own.path();
    let kept = || {
        let output = ruaudit(samples(), &["record", "history", "acme.example", "--format", "json"]);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let of_dns = |record: &&Value| record["seen"] == "dns";
        found["records"].as_array().unwrap().iter().filter(of_dns).cloned().collect::<Vec<_>>()
    };
    check_at(named::shared(), samples(), "acme.example", &[]);
    let once = kept();
    let names: Vec<_> = once.iter().map(|record| record["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"_dmarc.acme.example") && names.contains(&"acme.example"), "{names:?}");
    check_at(named::shared(), samples(), "acme.example", &[]);
    assert_eq!(once.len(), kept().len(), "the same record is one");
    check_at(named::shared(), samples(), "good.example", &[]);
    let output = ruaudit(samples(), &["record", "history", "good.example", "--format", "json"]);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("dns"), "nobody reported on it");
}

#[test]
fn what_nobody_could_tell_is_unknown_and_exit_code_2() {
    let output = check("broken.example", &[]);
    let page = page(&output);
    assert_eq!(Some(2), output.status.code(), "{page}");
    assert!(page.contains("SERVFAIL") && !page.contains("no DMARC policy holds"), "{page}");
}

#[test]
fn a_dead_server_ends_in_unknown_within_the_time_limit() {
    let (_socket, server) = odd::dead();
    let folder = TempDir::new().unwrap();
    let start = Instant::now();
    let output = check_at(server, folder.path(), "good.check", &["--timeout", "2"]);
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    let page = page(&output);
    assert_eq!(Some(2), output.status.code(), "{page}");
    assert!(page.contains("_dmarc.good.check: unknown: no answer within"), "{page}");
    assert_eq!(1, page.matches("Unknown    _dmarc.good.check").count(), "{page}");
    assert!(!page.contains("ERROR"), "{page}");
}

#[test]
fn a_port_at_which_nobody_listens_is_told_at_once() {
    let (socket, server) = odd::dead();
    drop(socket);
    let folder = TempDir::new().unwrap();
    let start = Instant::now();
    let output = check_at(server, folder.path(), "good.check", &[]);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    let page = page(&output);
    assert_eq!(Some(2), output.status.code(), "{page}");
    let told = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = format!(
        "Unknown _dmarc.good.check, _dmarc.check, the SPF record of good.check, the mail exchangers \
         of good.check: nobody can be reached at {server}: Connection refused"
    );
    assert!(told.contains(&why), "{page}");
}

#[test]
fn the_effect_is_that_of_the_whole() {
    for (domain, texts) in [
        (
            "two.check",
            vec![
                "Receivers take none of the 2 records at _dmarc.two.check",
                "permerror, since 2 SPF records stand at this name",
                "this one in place of all 2: v=spf1 ",
                "ip4:192.0.2.0/24",
            ],
        ),
        (
            "many.check",
            vec![
                "Aggregate reports go to d@many.check; nothing is sent to d@refuses.example",
                "SPF passes for the 2 networks that receivers find before they fail at",
                "For anybody else they answer permerror",
                "12 look-ups, where receivers make 10, are used: 2 by the record itself, 10 by those that \
                 it leads to",
            ],
        ),
        ("alone.check", vec!["2 of 10 look-ups are used: by the record itself"]),
        ("first.check", vec!["permerror at `include:nothing.check`, whoever sends"]),
        ("next.check", vec!["SPF passes for the addresses of the domain and", "by the record of"]),
    ] {
        let page = page(&check(domain, &[])).split_whitespace().collect::<Vec<_>>().join(" ");
        for text in texts {
            assert!(page.contains(text), "{domain}: {text}\n{page}");
        }
        assert!(!page.contains("what it includes uses more"), "{page}");
        let denied = ["(policy reject)", "Mail from anywhere else fails: some"];
        assert!(domain != "two.check" || !denied.iter().any(|text| page.contains(text)), "{page}");
    }
}

#[test]
fn of_destinations_that_were_not_looked_at_it_is_said_how_many() {
    let found = document("crowd.check", &[]);
    let dmarc = &found["dmarc"];
    assert_eq!(
        (16, 2),
        (
            dmarc["destinations"].as_array().unwrap().len(),
            dmarc["destinations_left"].as_u64().unwrap()
        )
    );
    assert!(codes(&found).contains(&"domain_report_left"), "{found}");
    let page = page(&check("crowd.check", &[])).split_whitespace().collect::<Vec<_>>().join(" ");
    let some =
        "Aggregate reports go to perhaps 2 more addresses that were not looked at; nothing is sent";
    assert!(page.contains(some) && page.contains("and 2 more, which were not looked at"), "{page}");
    assert!(!page.contains("go to nobody"), "{page}");
}

#[test]
fn what_is_no_name_is_refused() {
    let long = format!("{}.example", "a".repeat(64));
    for (args, text) in [
        (vec![long.as_str()], "a label has 64 bytes"),
        (vec!["good.check", "--selector", "a b"], "cannot use --selector"),
        (vec!["good.check", "--timeout", "0"], "0 is not in"),
        (vec!["good.check", "--nameserver", "ns.example"], "is no address"),
    ] {
        let folder = TempDir::new().unwrap();
        let output = ruaudit(folder.path(), &[&["check"], args.as_slice()].concat());
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(Some(2), output.status.code(), "{errors}");
        assert!(errors.contains(text), "{text}: {errors}");
    }
}
