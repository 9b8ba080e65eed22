//! **Steps** from what stands in the DNS: `record new`, `record next` and `record history` beside it.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::live::{ACME, NEXT, NOW, asks, ends, says, server, stage, there};
use crate::named::Named;

/// SPF records that receivers do not see.
const MISSPELT: &str = r#"
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A 127.0.0.1
_dmarc.shop.example. TXT "v=DMARC1; p=none; rua=mailto:d@shop.example"
shop.example. TXT "v=spf1ip4:192.0.2.0/24 -all"
shop.example. TXT "another text"
_dmarc.acme.example. TXT "v=DMARC1; p=none; rua=mailto:d@acme.example"
acme.example. TXT "spf1 ip4:192.0.2.1 -all"
acme.example. TXT "V = spf1 mx -all"
_dmarc.parked.example. TXT "v=DMARC1; p=none; rua=mailto:d@parked.example"
parked.example. TXT "v=spf1-all"
"#;

fn misspelt() -> SocketAddr {
    static SERVER: OnceLock<Named> = OnceLock::new();
    SERVER.get_or_init(|| Named::start(&[(".", MISSPELT)])).address()
}

/// What it prints at a moment.
fn page_at(folder: &Path, now: &str, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ruaudit"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("SOURCE_DATE_EPOCH", now)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// What `record next` answers in each form: nothing, and the exit code.
fn prints_nothing(folder: &Path, server: SocketAddr, code: i32, domain: &str) {
    for form in ["txt", "zone", "cpanel"] {
        let output = Command::new(env!("CARGO_BIN_EXE_ruaudit"))
            .args(["record", "next", domain, "--as", form, "--nameserver", &server.to_string()])
            .current_dir(folder)
            .env_clear()
            .env("SOURCE_DATE_EPOCH", NOW)
            .output()
            .unwrap();
        assert_eq!(Some(code), output.status.code(), "{domain} {form}");
        assert_eq!("", String::from_utf8_lossy(&output.stdout), "{domain} {form}");
    }
}

#[test]
fn no_step_is_built_from_a_record_that_is_not_there_or_cannot_be_read() {
    let stage = stage();
    for (domain, code, in_dns, run) in [
        ("parked.example", 1, &[][..], "ruaudit record new parked.example --live --rua ADDRESS"),
        (
            "shop.example",
            1,
            &["v=DMARC1; p=none", "v=DMARC1; p=reject"],
            "ruaudit check shop.example",
        ),
        ("quirks.example", 1, &["v=DMARC1; p=none; p=none"], "ruaudit check quirks.example"),
        ("acme-mail.example", 2, &[], "ruaudit record next acme-mail.example --live"),
    ] {
        let found = asks(stage.path(), server(), code, &["record", "next", domain]);
        let null = [&found["record"], &found["draft"], &found["keep"]];
        assert_eq!([&Value::Null; 3], null, "{domain}");
        let mut texts: Vec<_> =
            found["in_dns"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        texts.sort_unstable();
        assert_eq!(in_dns, texts, "{domain}");
        assert_eq!(run, found["run"][0], "{domain}");
        assert!(!found.to_string().contains("your present rua"), "{found}");
        prints_nothing(stage.path(), server(), code, domain);
    }
    let history = ends(stage.path(), 0, &["record", "history", "shop.example"]);
    let records = history["records"].as_array().unwrap().iter();
    let several: Vec<_> = records.filter(|one| one["several"] == true).collect();
    assert_eq!(2, several.len(), "both that stood there at once are remembered: {history}");
    let next = ends(stage.path(), 1, &["record", "next", "shop.example"]);
    assert_eq!("reports", next["keep"]["origin"], "none of the two is taken for the present one");
}

#[test]
fn a_record_that_is_gone_leads_back_to_the_last_one_known() {
    let stage = stage();
    let was = "v=DMARC1; p=none; rua=mailto:d@parked.example";
    ends(stage.path(), 0, &["advise", "parked.example", "--record", was]);
    let found = asks(stage.path(), server(), 1, &["record", "next", "parked.example"]);
    let keep = &found["keep"];
    assert_eq!([was, "kept", "2026-10-26"], ["txt", "origin", "seen_on"].map(|key| &keep[key]));
    assert_eq!(
        "ruaudit record new parked.example --live --rua mailto:d@parked.example",
        found["run"][0]
    );
    let new = ["record", "new", "parked.example", "--live", "--rua", "mailto:d@parked.example"];
    let found = asks(stage.path(), server(), 0, &new);
    assert_eq!(was, found["record"]["txt"], "what is told to be run does it");
    prints_nothing(stage.path(), server(), 1, "parked.example");
}

#[test]
fn a_new_record_says_what_stands_there_already() {
    let folder = tempfile::tempdir().unwrap();
    let new = ["record", "new", "acme.example", "--rua", "x@acme.example"];
    let output = Command::new(env!("CARGO_BIN_EXE_ruaudit"))
        .args(new)
        .args(["--nameserver", &server().to_string()])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(Some(2), output.status.code());
    assert!(error.contains(ACME) && error.contains("from the DNS, asked now"), "{error}");
    let found = asks(folder.path(), server(), 0, &[&new[..], &["--replace"]].concat());
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
fn what_the_dns_has_already_is_not_asked_for() {
    let stage = stage();
    let parked = |found: &Value| found["notes"].to_string();
    let told = "a domain without mail is best closed";
    let found = ends(stage.path(), 1, &["record", "next", "parked.example"]);
    assert!(parked(&found).contains(told), "{found}");
    let next = ["record", "next", "parked.example"];
    let found = asks(stage.path(), there(), 0, &next);
    assert!(!parked(&found).contains(told), "{found}");
    assert_eq!("dns", found["keep"]["origin"]);
    let wanted: Vec<_> = found["consents"].as_array().unwrap().iter().collect();
    assert_eq!(1, wanted.len(), "the other has consented: {found}");
    assert_eq!("e.test", wanted[0]["host"]);
    let found = asks(stage.path(), there(), 0, &["advise", "parked.example"]);
    assert!(!found.to_string().contains(told), "{found}");
    ends(stage.path(), 0, &["label", "shop.example", "203.0.113.77", "ours"]);
    let found = asks(stage.path(), there(), 1, &["record", "next", "shop.example"]);
    assert_eq!(serde_json::json!([]), found["spf"]["add"]);
    assert!(
        found["notes"].to_string().contains("allows 203.0.113.77 by now (asked now)"),
        "{found}"
    );
    let fixes = |server| asks(stage.path(), server, 0, &["advise", "shop.example"]).to_string();
    assert!(fixes(server()).contains("add ip4:203.0.113.77 to the SPF record of shop.example"));
    let found = fixes(there());
    assert!(!found.contains("add ip4:203.0.113.77"), "{found}");
    assert!(found.contains("as it is (it allows this by now) and sign with DKIM"), "{found}");
}

#[test]
fn the_look_ups_of_spf_are_counted_and_too_many_are_told() {
    let stage = stage();
    ends(stage.path(), 0, &["label", "shop.example", "203.0.113.77", "ours"]);
    let found = asks(stage.path(), server(), 1, &["record", "next", "shop.example"]);
    assert_eq!(0, found["spf"]["lookups"]);
    assert_eq!("shop.example.", found["spf"]["record"]["cpanel"]["name"]);
    let found = asks(stage.path(), there(), 0, &["record", "next", "acme.example"]);
    assert_eq!(11, found["spf"]["lookups"]);
    assert!(found["spf"]["problem"].as_str().unwrap().contains("11 look-ups"), "{found}");
    let args = ["record", "next", "shop.example", "--spf", "--as", "txt", "--nameserver"];
    let spf = |server: SocketAddr| {
        let output = Command::new(env!("CARGO_BIN_EXE_ruaudit"))
            .args(args)
            .arg(server.to_string())
            .current_dir(stage.path())
            .env_clear()
            .env("SOURCE_DATE_EPOCH", NOW)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let whole = "v=spf1 ip4:192.0.2.0/24 ip4:203.0.113.77 -all\n".to_owned();
    assert_eq!((Some(0), whole), spf(server()));
    assert_eq!((Some(1), String::new()), spf(there()), "it is there already");
}

#[test]
fn a_record_that_receivers_do_not_see_is_shown_and_no_second_is_put_beside_it() {
    let stage = stage();
    let text = "v=DMARC1 p=none rua=mailto:d@acme-mail.example";
    let found = asks(stage.path(), there(), 1, &["record", "next", "acme-mail.example"]);
    assert_eq!(serde_json::json!([text]), found["in_dns"]);
    assert!(found["notes"].to_string().contains("edit that one"), "{found}");
    assert_eq!("ruaudit check acme-mail.example", found["run"][0]);
    let new = ["record", "new", "acme-mail.example", "--rua", "d@acme-mail.example"];
    let (code, out, error) = says(stage.path(), there(), &new);
    assert_eq!((Some(2), ""), (code, out.as_str()));
    assert!(error.contains(text) && error.contains("edit that one"), "{error}");
    let found = asks(stage.path(), there(), 0, &[&new[..], &["--replace"]].concat());
    assert_eq!("unchanged", found["record"]["cpanel"]["ttl"]);
    let history = ends(stage.path(), 0, &["record", "history", "acme-mail.example"]);
    let kept = history["records"].as_array().unwrap().iter().find(|one| one["txt"] == text);
    assert_eq!(Value::Null, kept.unwrap()["number"], "nobody is to go back to it: {history}");
}

#[test]
fn a_new_record_needs_to_know_what_stands_there_where_the_dns_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let new = ["record", "new", "acme-mail.example", "--rua", "x@acme-mail.example"];
    let (code, out, error) = says(folder.path(), server(), &new);
    assert_eq!((Some(2), ""), (code, out.as_str()));
    assert!(error.contains("not known whether") && error.contains("--replace"), "{error}");
    asks(folder.path(), server(), 0, &[&new[..], &["--replace"]].concat());
}

#[test]
fn a_misspelt_spf_record_is_shown_and_corrected_and_no_second_is_put_beside_it() {
    let stage = stage();
    ends(stage.path(), 0, &["label", "shop.example", "203.0.113.77", "ours"]);
    let found = asks(stage.path(), misspelt(), 1, &["record", "next", "shop.example"]);
    let text = "v=spf1ip4:192.0.2.0/24 -all";
    let whole = "v=spf1 ip4:192.0.2.0/24 ip4:203.0.113.77 -all";
    let spf = &found["spf"];
    assert_eq!((&Value::Null, &serde_json::json!([text])), (&spf["today"], &spf["unseen"]));
    assert_eq!((whole, 0), (spf["changed"].as_str().unwrap(), spf["lookups"].as_u64().unwrap()));
    assert_eq!("unchanged", spf["record"]["cpanel"]["ttl"]);
    let next = ["record", "next", "shop.example"];
    let (_, page, _) = says(stage.path(), misspelt(), &next);
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        &format!("asked now, and receivers do not see it: {text} publish shop.example TXT {whole}"),
        "in the place of the text above: edit that",
        "edit that one, do not add a second",
        "(no space stands behind `v=spf1`; receivers do not see the record): edit",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let spf = [&next[..], &["--spf", "--as", "cpanel"]].concat();
    let (code, out, error) = says(stage.path(), misspelt(), &spf);
    assert_eq!(Some(0), code);
    assert!(out.starts_with(&format!("Keep first {text}\n")) && out.contains(whole), "{out}");
    assert!(error.contains("do not add a second"), "{error}");
    let spf = [&["record", "next", "acme.example"], &spf[3..]].concat();
    let (code, out, error) = says(stage.path(), misspelt(), &spf);
    assert_eq!((Some(1), ""), (code, out.as_str()));
    assert!(error.contains("make one record of them") && error.contains("V = spf1"), "{error}");
    let history = ends(stage.path(), 0, &["record", "history", "shop.example"]);
    let kept = history["records"].as_array().unwrap().iter().find(|one| one["txt"] == text);
    assert_eq!(Value::Null, kept.unwrap()["number"], "nobody is to go back to it: {history}");
}

#[test]
fn a_domain_without_mail_gets_its_spf_record_in_the_place_of_a_misspelt_one() {
    let stage = stage();
    let found = asks(stage.path(), misspelt(), 0, &["record", "next", "parked.example"]);
    let notes = found["notes"].to_string();
    assert!(notes.contains("in the place of what stands there"), "{found}");
    assert_eq!("v=spf1 -all", found["spf"]["changed"]);
}

#[test]
fn of_consents_that_were_not_asked_for_it_is_said_how_many() {
    let stage = stage();
    let text = format!("live = true\nnameserver = \"{}\"\n", there());
    std::fs::write(stage.path().join("ruaudit.toml"), text).unwrap();
    let rua = |many: usize| {
        let all: Vec<String> = (0..many).map(|at| format!("mailto:d@h{at}.test")).collect();
        format!("v=DMARC1; p=none; rua={}; ruf=mailto:d@e.test", all.join(","))
    };
    let next = ["record", "next", "acme.example", "--record"];
    let args = |record: &str| [&next[..], &[record]].concat().join("\n");
    let said = "2 more addresses that are to get reports: whether they agreed was not asked, 16 of each \
                tag are looked at";
    for (many, left) in [(18, 2), (16, 0)] {
        let record = args(&rua(many));
        let args: Vec<&str> = record.split('\n').collect();
        let found = ends(stage.path(), 0, &args);
        assert_eq!(17, found["consents"].as_array().unwrap().len());
        assert_eq!(left, found["consents_left"]);
        assert_eq!(left == 2, found["notes"].to_string().contains(said), "{found}");
        let page = page_at(stage.path(), NOW, &args);
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(left == 2, page.contains(said), "{page}");
    }
}

#[test]
fn the_way_back_to_an_spf_record_leaves_other_texts_alone() {
    let stage = stage();
    asks(stage.path(), server(), 1, &["record", "next", "shop.example"]);
    let history = ends(stage.path(), 0, &["record", "history", "shop.example"]);
    let mut records = history["records"].as_array().unwrap().iter();
    let spf = records.find(|one| one["name"] == "shop.example").unwrap();
    let number = spf["number"].to_string();
    let back = ends(stage.path(), 0, &["record", "history", "shop.example", "--back", &number]);
    assert!(back["notes"][0].as_str().unwrap().contains("leave the others"), "{back}");
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
    let page = page_at(stage.path(), NOW, &["record", "history", "acme.example"]);
    assert!(page.contains("--back NUMBER"), "one answer of the DNS vouches for nothing: {page}");
    let later = "1793700000";
    let server = server().to_string();
    let again = ["record", "next", "acme.example", "--nameserver", &server];
    page_at(stage.path(), later, &again);
    let page = page_at(stage.path(), later, &["record", "history", "acme.example"]);
    assert!(page.contains("stood in the DNS from 2026-10-26 to 2026-11-03."), "{page}");
    let dead = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let begun = Instant::now();
    let found = asks(stage.path(), dead.local_addr().unwrap(), 0, &next);
    assert!(begun.elapsed() < Duration::from_secs(9), "its questions are put at once");
    assert_eq!([NEXT, ACME, "kept"], texts(&found).each_ref().map(String::as_str));
    assert!(found["notes"].to_string().contains("not known what the DNS says"), "{found}");
}
