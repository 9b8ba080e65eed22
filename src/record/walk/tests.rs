//! Tests of the steps of the walk; whole walks are tried against a real server (`tests/dns`).

use super::super::dmarc;
use super::*;

#[test]
fn the_walk_drops_a_label_at_a_time_and_jumps_over_long_names() {
    let names = |name: &'static str| {
        std::iter::successors(Some(name), |name| above(name)).collect::<Vec<_>>()
    };
    assert_eq!(vec!["a.b.example", "b.example", "example"], names("a.b.example"));
    assert_eq!(
        vec![
            "a.b.c.d.e.f.g.h.i.j.mail.example.com",
            "g.h.i.j.mail.example.com",
            "h.i.j.mail.example.com",
            "i.j.mail.example.com",
            "j.mail.example.com",
            "mail.example.com",
            "example.com",
            "com"
        ],
        {
            // the example of RFC 9989 section 4.10
            names("a.b.c.d.e.f.g.h.i.j.mail.example.com")
        }
    );
    assert_eq!(8, names("a.b.c.d.e.f.g.h").len());
    assert_eq!(7, names("a.b.c.d.e.f.g").len());
}

#[test]
fn the_domain_below_a_public_suffix_is_found() {
    assert_eq!("shop.bank.example", one_below("bank.example", "a.b.shop.bank.example"));
    assert_eq!("shop.bank.example", one_below("bank.example", "shop.bank.example"));
    assert_eq!("bank.example", one_below("example", "a.b.shop.bank.example"));
}

#[test]
fn a_bad_policy_counts_as_none_only_where_somebody_gets_reports() {
    let decided = |text: &str| {
        let read = Tags::of(text);
        match decide("a.example", text, &read, &[PolicyTag::P], String::new()) {
            Decision::Policy { policy, .. } => policy,
            _ => "no policy".to_owned(),
        }
    };
    for (expected, text) in [
        ("reject", "v=DMARC1; p=Reject"),
        ("none", "v=DMARC1; p=rejct; rua=mailto:a@a.example"),
        ("no policy", "v=DMARC1; p=rejct"),
        ("no policy", "v=DMARC1; p=rejct; rua=a@a.example"),
        ("none", "v=DMARC1; p=reject; sp=quarantin; rua=mailto:a@a.example"),
        ("no policy", "v=DMARC1; p=reject; np=quarantin"),
        ("none", "v=DMARC1; rua=mailto:a@a.example"),
        ("no policy", "v=DMARC1"),
    ] {
        assert_eq!(expected, decided(text), "{text}");
    }
}

#[test]
fn the_walk_reads_a_record_as_the_rules_do() {
    for text in [
        "v=DMARC1; p=banana; rua=mailto:nobody",
        "v=DMARC1; p=banana; rua=mailto:a@a.example",
        "v=DMARC1; p=reject\u{a0}; rua=mailto:a@a.example",
        "v=DMARC1; p=reject; sp=no",
        "v=DMARC1; p=reject; np=; rua=mailto:a@a.example",
        "v=DMARC1; p = Reject ; rua = https://a.example/x , mailto:a@localhost",
        "v=DMARC1; rua=mailto:\"a@b\"@q.example",
        "v=DMARC1; rua=MAILTO:a@q.example!10m",
        "v=DMARC1; p=none; p=reject",
        "v=DMARC1",
    ] {
        let (walked, read) = (Tags::of(text), dmarc::reading(text).unwrap());
        assert_eq!(read.is_spoilt(), walked.wrong().is_some(), "{text}");
        assert_eq!(!read.rua.is_empty(), walked.reports, "{text}");
    }
}

#[test]
fn what_a_record_says_is_what_receivers_make_of_it() {
    let says = |text: &str| policies(text).map(|(p, sp)| format!("{p} {sp}"));
    for (expected, text) in [
        (Some("none none"), "v=DMARC1; rua=mailto:a@a.example"),
        (Some("reject reject"), "v=DMARC1; p=Reject"),
        (Some("reject none"), "v=DMARC1; p=reject; sp=none"),
        (Some("none none"), "v=DMARC1; p=reject; sp=rejct; rua=mailto:a@a.example"),
        (None, "v=DMARC1; p=reject; sp=rejct"),
    ] {
        assert_eq!(expected.map(str::to_owned), says(text), "{text}");
    }
}
