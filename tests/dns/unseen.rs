//! What stands in the DNS although receivers pass over it: `check DOMAIN` against a real server.

use ruaudit::lookup::dns::{Dns, DnsLimits};
use ruaudit::model::dns::{Answer, Resolver as _};
use serde_json::Value;

use crate::checking::{check, codes, document, page};
use crate::named;

/// What is told: each text that is not seen, as `kind name -> corrected`.
fn unseen(found: &Value) -> Vec<String> {
    let records = found["unseen"]["records"].as_array().unwrap();
    let told = |record: &Value| {
        let text = |key: &str| record[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} -> {}", text("kind"), text("name"), text("corrected"))
    };
    records.iter().map(told).collect()
}

/// The severity of a finding of the domain.
fn severity<'a>(found: &'a Value, code: &str) -> &'a str {
    let mut all = found["findings"].as_array().unwrap().iter();
    let finding = all.find(|finding| finding["code"] == code);
    finding.map_or("", |finding| finding["severity"].as_str().unwrap())
}

#[test]
fn a_misspelt_record_is_shown_with_its_fault_and_corrected() {
    for (name, expected) in [
        (
            "space",
            vec![
                "dmarc _dmarc.space.unseen -> v=DMARC1; p=reject; rua=mailto:r@space.unseen",
                "spf space.unseen -> v=spf1 ip4:192.0.2.1 -all",
            ],
        ),
        (
            "blank",
            vec![
                "dmarc _dmarc.blank.unseen -> v=DMARC1; p=none; rua=mailto:r@blank.unseen",
                "spf blank.unseen -> v=spf1 ip4:192.0.2.1 -all",
            ],
        ),
        (
            "quotes",
            vec![
                "dmarc _dmarc.quotes.unseen -> v=DMARC1; p=none; rua=mailto:r@quotes.unseen",
                "spf quotes.unseen -> v=spf1 ip4:192.0.2.1 -all",
            ],
        ),
        ("colon", vec!["dmarc _dmarc.colon.unseen -> v=DMARC1; p=none; rua=mailto:r@colon.unseen"]),
    ] {
        let domain = format!("{name}.unseen");
        let found = document(&domain, &[]);
        assert_eq!(expected, unseen(&found), "{name}");
        assert_eq!("error", severity(&found, "domain_dmarc_unseen"), "{name}");
        assert_eq!(Some(1), check(&domain, &[]).status.code(), "{name}");
    }
    let page = page(&check("space.unseen", &[]));
    for text in [
        "no DMARC record, but another text: “v=DMARC 1;",
        "\n  v=DMARC 1; p=reject; rua=mailto:r@space.unseen\n  ^^^^^^^^^\n",
        "Corrected:\n  v=DMARC1; p=reject; rua=mailto:r@space.unseen\n",
        "p=reject holds at once",
        "Corrected:\n  v=spf1 ip4:192.0.2.1 -all\n",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
}

#[test]
fn beside_a_record_that_counts_a_misspelt_one_is_a_warning() {
    let found = document("beside.unseen", &[]);
    assert_eq!("none", found["dmarc"]["discovery"]["walk"]["decision"]["policy"]);
    assert_eq!(vec!["domain_dmarc_unseen", "domain_spf_unseen"], codes(&found));
    assert_eq!("warning", severity(&found, "domain_dmarc_unseen"));
    assert_eq!("warning", severity(&found, "domain_spf_unseen"));
    let passed_over = &found["dmarc"]["discovery"]["walk"]["asked"][0]["passed_over"];
    assert_eq!(serde_json::json!(["v=dmarc1; p=reject", "some-verification=123"]), *passed_over);
    assert_eq!(Some(0), check("beside.unseen", &[]).status.code());
    assert_eq!(Some(1), check("beside.unseen", &["--strict"]).status.code());
}

#[test]
fn a_record_at_a_name_where_nobody_looks_is_found_with_the_right_name() {
    for (domain, expected) in [
        ("apex.unseen", vec!["dmarc apex.unseen -> -"]),
        ("under.unseen", vec!["dmarc dmarc.under.unseen -> -"]),
        (
            "twice.unseen",
            vec![
                "dmarc _dmarc.twice.unseen.twice.unseen -> -",
                "spf twice.unseen.twice.unseen -> -",
            ],
        ),
        ("swapped.unseen", vec!["spf _dmarc.swapped.unseen -> -", "dmarc swapped.unseen -> -"]),
    ] {
        let found = document(domain, &[]);
        assert_eq!(expected, unseen(&found), "{domain}");
        for finding in found["findings"].as_array().unwrap() {
            if finding["code"] == "domain_dmarc_unseen" {
                let right = format!("v=DMARC1; p=none; rua=mailto:r@{domain} at _dmarc.{domain}");
                assert_eq!(right, finding["instead"].as_str().unwrap());
                assert_eq!("error", finding["severity"]);
            }
        }
    }
}

#[test]
fn what_is_wrong_at_the_organisation_is_told_below_it() {
    let corrected = "v=DMARC1; p=none; rua=mailto:r@parent.unseen";
    for domain in ["parent.unseen", "sub.parent.unseen"] {
        let found = document(domain, &[]);
        assert_eq!(vec![format!("dmarc _dmarc.parent.unseen -> {corrected}")], unseen(&found));
        assert_eq!("error", severity(&found, "domain_dmarc_unseen"), "{domain}");
    }
    // a good record above, and a stray text beside it: nothing that this domain needs
    let found = document("sub.beside.unseen", &[]);
    assert_eq!("warning", severity(&found, "domain_dmarc_unseen"));
}

#[test]
fn an_alias_that_leads_to_no_record_is_told() {
    let found = document("alias.unseen", &[]);
    assert_eq!("policies.host.unseen", found["unseen"]["alias"]);
    assert_eq!("error", severity(&found, "domain_dmarc_alias"));
    let page = page(&check("alias.unseen", &[]));
    assert!(page.contains("_dmarc.alias.unseen: an alias of policies.host.unseen: no such name"));
    // of one that leads to a record it is worth knowing where that stands
    let found = document("alias.example", &[]);
    let policy = &found["dmarc"]["discovery"]["walk"]["decision"]["policy"];
    assert_eq!(
        ("hint", "reject"),
        (severity(&found, "domain_dmarc_alias"), policy.as_str().unwrap())
    );
}

#[test]
fn a_wildcard_that_answers_is_told_and_is_no_record_in_a_wrong_place() {
    for (domain, wildcard, code, expected) in [
        ("wild.unseen", "*.wild.unseen", "domain_wildcard", "hint"),
        ("ghost.wild.unseen", "*.wild.unseen", "domain_wildcard", "hint"),
        ("wild-dmarc.unseen", "*.wild-dmarc.unseen", "domain_wildcard", "warning"),
        ("wild-alias.unseen", "*.wild-alias.unseen", "domain_dmarc_alias", "hint"),
    ] {
        let found = document(domain, &[]);
        assert_eq!(wildcard, found["unseen"]["wildcard"], "{domain}");
        assert_eq!(expected, severity(&found, code), "{domain}");
        assert_eq!(Vec::<String>::new(), unseen(&found), "{domain}");
    }
}

#[test]
fn other_texts_are_shown_and_nothing_is_said_against_them() {
    let found = document("other.unseen", &[]);
    assert_eq!(vec!["domain_dmarc_none"], codes(&found));
    let page = page(&check("other.unseen", &[]));
    assert!(
        page.contains("no DMARC record, but another text:\n             “some-verification=123”")
    );
    let found = document("good.check", &[]);
    let nothing = serde_json::json!({"records": [], "alias": null, "wildcard": null});
    assert_eq!(nothing, found["unseen"]);
}

#[test]
fn a_null_exchanger_stands_alone() {
    let found = document("nullmx.check", &[]);
    assert_eq!("error", severity(&found, "domain_null_mx"));
    assert_eq!(false, found["mx"]["null"]);
    let page = page(&check("nullmx.check", &[]));
    assert!(page.contains("0          .\n  10         mail.good.check\n"), "{page}");
    let alone = document("bad.check", &[]);
    assert_eq!(("", true), (severity(&alone, "domain_null_mx"), alone["mx"]["null"] == true));
}

#[test]
fn the_walk_and_the_check_of_a_record_agree_on_what_counts() {
    let found = document("nobody.unseen", &[]);
    assert_eq!("nothing", found["dmarc"]["discovery"]["walk"]["decision"]["status"]);
    let effect = found["dmarc"]["checked"][0]["effect"][0].as_str().unwrap();
    assert!(effect.contains("as if there were no DMARC record"), "{effect}");
}

#[test]
fn an_alias_is_told_at_its_first_step_and_nothing_else_is_one() {
    let dns = Dns::new(Some(named::shared()), DnsLimits::default()).unwrap();
    let host = |name: &str| Answer::Found(name.to_owned());
    assert_eq!(host("c1.chain.example"), dns.alias("c0.chain.example"));
    assert_eq!(host("nowhere.host.example"), dns.alias("_dmarc.lost.example"));
    assert_eq!(Answer::NoData, dns.alias("plain.example"));
    assert_eq!(Answer::NoName, dns.alias("nothing.example"));
    assert!(matches!(dns.alias("broken.example"), Answer::Unknown(_)));
}
