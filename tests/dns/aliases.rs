//! A `_dmarc` name that is an **alias**: no record is put beside a CNAME.

use std::net::SocketAddr;
use std::sync::OnceLock;

use crate::desk::{asks, json, page, says, stage};
use crate::named::Named;

/// One alias that leads to a record by two steps, one that leads nowhere, and one that a wildcard makes.
const ZONE: &str = r#"
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A 127.0.0.1
_dmarc.acme.example. CNAME acme.vendor.test.
acme.vendor.test. CNAME acme.dmarc.vendor.test.
acme.dmarc.vendor.test. TXT "v=DMARC1; p=none; rua=mailto:d@acme.example"
*._domainkey.acme.example. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_dmarc.parked.example. CNAME gone.vendor.test.
*.acme-mail.example. CNAME wild.vendor.test.
wild.vendor.test. TXT "v=DMARC1; p=quarantine; rua=mailto:d@acme-mail.example"
mx2026._domainkey.acme-mail.example. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
s1._domainkey.acme-mail.example. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"#;

const END: &str = "acme.dmarc.vendor.test";

fn server() -> SocketAddr {
    static SERVER: OnceLock<Named> = OnceLock::new();
    SERVER.get_or_init(|| Named::start(&[(".", ZONE)])).address()
}

#[test]
fn the_step_is_shown_for_the_name_at_the_end_and_nothing_is_printed_to_be_entered() {
    let (code, found) = json(server(), &["record", "next", "acme.example"]);
    assert_eq!((Some(1), true), (code, found["record"].is_null()));
    assert_eq!(END, found["alias"]);
    assert_eq!("v=DMARC1; p=quarantine; rua=mailto:d@acme.example", found["draft"]);
    let (_, page) = page(server(), &["record", "next", "acme.example"]);
    for said in [
        "to be published at acme.dmarc.vendor.test, by whoever runs that name:",
        "_dmarc.acme.example is an alias (CNAME) of acme.dmarc.vendor.test, and no TXT record can stand beside",
        "or delete the CNAME first",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("publish _dmarc.acme.example"), "{page}");
    for form in ["txt", "zone", "cpanel"] {
        let (code, text) = asks(server(), &["record", "next", "acme.example", "--as", form]);
        assert_eq!((Some(1), ""), (code, text.as_str()), "{form}");
    }
    let stage = stage();
    let run = found["run"][0].as_str().unwrap();
    let (before, after) = run.split_once(" --record '").unwrap();
    assert_eq!("ruaudit record next acme.example", before);
    let (today, _) = after.split_once('\'').unwrap();
    let args = ["record", "next", "acme.example", "--record", today, "--as", "cpanel"];
    let (code, text) = says(stage.path(), &args);
    assert_eq!(Some(0), code, "what is told to be run prints it");
    assert!(text.contains("p=quarantine"), "{text}");
}

#[test]
fn the_advice_names_the_place_where_the_record_stands() {
    let (_, found) = json(server(), &["advise", "acme.example"]);
    let advice = &found["domains"][0];
    assert_eq!(END, advice["record_name"]);
    assert!(advice["notes"][0].as_str().unwrap().contains("is an alias (CNAME)"), "{advice}");
}

#[test]
fn no_new_record_is_made_beside_an_alias_whether_or_not_it_leads_to_one() {
    for (domain, end) in [("acme.example", END), ("parked.example", "gone.vendor.test")] {
        let rua = format!("d@{domain}");
        let args = ["record", "new", domain, "--live", "--rua", &rua, "--as", "zone", "--replace"];
        assert_eq!((Some(2), String::new()), asks(server(), &args), "{domain}");
        let stage = stage();
        let address = ["--nameserver", &server().to_string()];
        for args in [&args[..], &args[..args.len() - 1]] {
            let error = crate::desk::complains(stage.path(), &[args, &address].concat());
            assert!(error.contains(end) && error.contains("delete the CNAME first"), "{error}");
            assert!(!error.contains("--replace"), "that makes none either: {error}");
        }
    }
}

#[test]
fn an_alias_that_a_wildcard_makes_ends_where_a_record_is_put() {
    let (code, found) = json(server(), &["record", "next", "acme-mail.example"]);
    assert_eq!((Some(0), true), (code, found["alias"].is_null()), "{found}");
    assert_eq!("_dmarc.acme-mail.example", found["record"]["name"]);
}

#[test]
fn a_check_tells_of_the_alias_behind_which_a_record_is_found() {
    let (_, found) = json(server(), &["check", "acme.example"]);
    let findings = found["findings"].as_array().unwrap().iter();
    let alias: Vec<_> = findings.filter(|one| one["code"] == "domain_dmarc_alias").collect();
    let [alias] = alias.as_slice() else { panic!("{found}") };
    assert_eq!("hint", alias["severity"]);
    assert!(alias["what"].as_str().unwrap().ends_with("the record stands there"), "{alias}");
}
