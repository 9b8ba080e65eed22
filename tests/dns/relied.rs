//! What own mail **relies on**, and the DNS has no longer: no step is proposed that would refuse it.

use std::net::SocketAddr;
use std::sync::OnceLock;

use serde_json::Value;

use crate::desk::{asks, json, page, samples, says, stage};
use crate::named::Named;

/// A domain at `p=quarantine` with two signing keys, and the head of every zone here.
const HEAD: &str = r#"
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A 127.0.0.1
_dmarc.acme-mail.example. TXT "v=DMARC1; p=quarantine; rua=mailto:d@acme-mail.example,mailto:d@c.test"
"#;

/// The keys of both of its senders.
pub(crate) const KEYS: &str = r#"
mx2026._domainkey.acme-mail.example. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
s1._domainkey.acme-mail.example. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"#;

/// Both keys are lost, and SPF fails.
const LOST: &str = r#"
mx2026._domainkey.acme-mail.example. TXT "v=DKIM1; k=rsa; p="
acme-mail.example. TXT "v=spf1 include:nothere.test ~all"
"#;

/// A server with these records, and with zones that cannot be loaded.
fn server(records: &str, broken: &[&str]) -> SocketAddr {
    let root = format!("{HEAD}{records}");
    let mut zones = vec![(".", root.as_str())];
    zones.extend(broken.iter().map(|zone| (*zone, "this is no zone\n")));
    let server = Box::leak(Box::new(Named::start(&zones)));
    server.address()
}

fn lost() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| server(LOST, &[]))
}

#[test]
fn a_step_that_would_refuse_all_own_mail_is_held_and_says_what_is_gone() {
    let gone = "the key at mx2026._domainkey.acme-mail.example is taken back (p= is empty), and 343 messages \
                of 203.0.113.0/24 passed by it (the last on 2026-10-24)";
    let below = "no key stands at s1._domainkey.acme-mail.example";
    let broken = "SPF of acme-mail.example fails: nothere.test (by `include:nothere.test`) has no SPF record";
    let (code, next) = page(lost(), &["record", "next", "acme-mail.example"]);
    assert_eq!(Some(1), code, "{next}");
    assert!(!next.contains("p=reject"), "{next}");
    let (_, advice) = page(lost(), &["advise", "acme-mail.example"]);
    for page in [&next, &advice] {
        assert!(
            page.contains("HOLD: mend the DNS first, which reports cannot show yet: "),
            "{page}"
        );
        for said in [gone, "publish the key that", below.rsplit(' ').next().unwrap(), broken] {
            assert!(page.contains(said), "{said}: {page}");
        }
    }
    assert!(advice.contains(below), "{advice}");
    assert!(next.contains("mend it first: ruaudit check acme-mail.example"), "{next}");
    for form in ["txt", "zone", "cpanel"] {
        let (code, text) = asks(lost(), &["record", "next", "acme-mail.example", "--as", form]);
        assert_eq!((Some(1), ""), (code, text.as_str()), "{form}");
    }
    let (code, found) = json(lost(), &["record", "next", "acme-mail.example"]);
    assert_eq!((Some(1), &Value::Null), (code, &found["record"]));
    assert_eq!("hold", found["verdict"]);
    assert_eq!(2, found["senders"].as_array().unwrap().len(), "{found}");
}

#[test]
fn the_gate_is_in_every_form_and_can_be_explained() {
    let (_, found) = json(lost(), &["advise", "acme-mail.example"]);
    let advice = &found["domains"][0];
    let gate = advice["gates"].as_array().unwrap().last().unwrap();
    assert_eq!(("dns", false), (gate["gate"].as_str().unwrap(), gate["passed"].as_bool().unwrap()));
    assert_eq!(("hold", 2), (advice["verdict"].as_str().unwrap(), blockers(advice)));
    let (code, page) = page(lost(), &["advise", "acme-mail.example", "--explain", "dns"]);
    assert!(code == Some(0) && page.contains("holds the step up"), "{page}");
    let stage = stage();
    let (_, text) = says(stage.path(), &["advise", "acme-mail.example", "--format", "json"]);
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!("ready", found["domains"][0]["verdict"], "who asks nobody is told as before");
}

fn blockers(advice: &Value) -> usize {
    advice["blockers"].as_array().unwrap().len()
}

#[test]
fn the_digest_of_a_night_knows_it_too_and_calls_a_person_where_a_step_was_due() {
    let stage = stage();
    let config = |server: SocketAddr| {
        let text = format!("live = true\nnameserver = \"{server}\"\npaths = ['in']\n");
        std::fs::write(stage.path().join("ruaudit.toml"), text).unwrap();
    };
    std::fs::create_dir(stage.path().join("in")).unwrap();
    let night = || -> Value {
        let (_, text) = says(stage.path(), &["run", "--format", "json"]);
        serde_json::from_str(&text).unwrap()
    };
    let of = |digest: &Value| {
        let domains = digest["domains"].as_array().unwrap().iter();
        domains.clone().find(|one| one["domain"] == "acme-mail.example").cloned()
    };
    config(server(KEYS, &[]));
    assert_eq!("ready", of(&night()).unwrap()["verdict"]);
    config(lost());
    let told = of(&night()).unwrap();
    assert_eq!(("hold", true), (told["verdict"].as_str().unwrap(), told["needs_person"] == true));
    assert!(told["act"].as_str().unwrap().starts_with("publish the key that"), "{told}");
    assert_eq!(None, of(&night()), "it was told");
    let (_, text) = says(stage.path(), &["audit", "--format", "json", samples().to_str().unwrap()]);
    let found: Value = serde_json::from_str(&text).unwrap();
    let all = found["advice"]["domains"].as_array().unwrap().iter();
    let advice = all.clone().find(|one| one["domain"] == "acme-mail.example").unwrap();
    assert_eq!("hold", advice["verdict"]);
}

#[test]
fn where_the_keys_stand_the_step_is_taken_whatever_spf_does() {
    let spf = "acme-mail.example. TXT \"v=spf1 include:nothere.test ~all\"\n";
    let (code, found) =
        json(server(&[KEYS, spf].concat(), &[]), &["record", "next", "acme-mail.example"]);
    assert_eq!(Some(0), code, "{found}");
    assert!(found["record"]["txt"].as_str().unwrap().contains("p=reject"));
    assert!(
        found["notes"].to_string().contains("do not count on SPF until that is mended"),
        "{found}"
    );
}

#[test]
fn a_record_that_lets_everybody_pass_is_told_as_that_and_does_not_fail() {
    let spf = "acme-mail.example. TXT \"v=spf1 +all\"\n";
    let server = server(&[KEYS, spf].concat(), &[]);
    for asked in [&["record", "next", "acme-mail.example"], &["advise", "acme-mail.example"][..]] {
        let (_, page) = page(server, asked);
        assert!(page.contains("SPF of acme-mail.example shuts nobody out: anybody may"), "{page}");
        for not in ["SPF of acme-mail.example fails", "mend it first"] {
            assert!(!page.contains(not), "{not}: {page}");
        }
    }
}

#[test]
fn a_key_that_nobody_could_tell_of_is_told_and_never_taken_for_missing() {
    let broken = server("", &["_domainkey.acme-mail.example"]);
    let (code, page) = page(broken, &["record", "next", "acme-mail.example"]);
    assert_eq!(Some(0), code, "{page}");
    for said in
        ["READY", "nobody could tell whether the DNS has what", "mx2026._domainkey", "ask again"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    let broken = server("", &["_domainkey.acme-mail.example"]);
    let (_, found) = json(broken, &["advise", "acme-mail.example"]);
    let gates = found["domains"][0]["gates"].as_array().unwrap();
    let gate = gates.iter().find(|gate| gate["gate"] == "dns").unwrap();
    assert_eq!(true, gate["passed"]);
    let told = gate["found"].as_str().unwrap();
    assert!(told.starts_with("nothing is known to be lost, but nobody could tell"), "{told}");
}

#[test]
fn a_consent_that_is_missing_is_told_with_the_advice() {
    let (_, page) = page(server(KEYS, &[]), &["advise", "acme-mail.example"]);
    let said =
        "no reports go to c.test before it publishes acme-mail.example._report._dmarc.c.test TXT";
    assert!(page.contains(said), "{page}");
}
