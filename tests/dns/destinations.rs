//! Who agreed to get reports, against a real server.

use ruaudit::lookup::dns::{Dns, DnsLimits};
use ruaudit::model::discovery::Consent;
use ruaudit::model::dns::Resolver as _;
use ruaudit::record::destination::destinations;

use crate::named;

/// A consent as a word.
fn word(consent: &Consent) -> &str {
    match consent {
        Consent::Same => "same",
        Consent::Authorised { wildcard: Some(true) } => "wildcard",
        Consent::Authorised { wildcard: Some(false) } => "authorised",
        Consent::Authorised { wildcard: None } => "authorised?",
        Consent::Redirected { to } | Consent::RedirectedElsewhere { to } => to,
        Consent::NotAuthorised => "not authorised",
        Consent::NoHost => "no_host",
        Consent::TooLong => "too long",
        Consent::NoAddress { .. } => "no address",
        Consent::Unknown { .. } => "unknown",
    }
}

fn dns() -> Dns {
    Dns::new(Some(named::shared()), DnsLimits::default()).unwrap()
}

#[test]
fn each_destination_is_asked_whether_it_agreed() {
    let dns = dns();
    let texts = dns.txt("_dmarc.sender.example").found().unwrap();
    let found = destinations(&texts[0], "sender.example", &dns);
    let got: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|to| (to.tag, to.host.as_deref().unwrap_or_default(), word(&to.consent)))
        .collect();
    assert_eq!(
        vec![
            ("rua", "sender.example", "same"),
            ("rua", "mail.sender.example", "same"),
            ("rua", "agrees.example", "authorised"),
            ("rua", "refuses.example", "not authorised"),
            ("rua", "wild.example", "wildcard"),
            ("rua", "moves.example", "mailto:b@moves.example"),
            ("rua", "moves-away.example", "mailto:b@elsewhere.example"),
            ("rua", "broken.example", "unknown"),
            ("rua", "", "no address"),
            ("rua", "", "no address"),
            ("ruf", "other-text.example", "not authorised"),
            ("ruf", "alias-agrees.example", "authorised"),
        ],
        got
    );
    assert!(matches!(found[5].consent, Consent::Redirected { .. }));
    assert!(matches!(found[6].consent, Consent::RedirectedElsewhere { .. }));
    assert_eq!(Some("sender.example._report._dmarc.agrees.example"), found[2].name.as_deref());
}

#[test]
fn a_name_too_long_to_be_asked_for_agrees_to_nothing() {
    let host = format!("{}.example", vec!["a".repeat(60); 3].join("."));
    let at = format!("{}.example", vec!["b".repeat(20); 3].join("."));
    let found = destinations(&format!("v=DMARC1; p=none; rua=mailto:r@{host}"), &at, &dns());
    assert_eq!(vec![Consent::TooLong], found.into_iter().map(|to| to.consent).collect::<Vec<_>>());
}
