//! Tests of the steps of the walk; whole walks are tried against a real server (`tests/dns`).

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
fn only_what_begins_with_the_version_is_a_record() {
    for (expected, text) in [
        (true, "v=DMARC1"),
        (true, "v=DMARC1; p=none"),
        (true, "V \t= DMARC1\t;p=none"),
        (false, "v=DMARC1 p=none"),
        (false, "v=dmarc1; p=none"),
        (false, "v=DMARC10; p=none"),
        (false, " v=DMARC1; p=none"),
        (false, "p=none; v=DMARC1"),
        (false, "v=spf1 -all"),
        (false, ""),
    ] {
        assert_eq!(expected, tags::is_dmarc(text), "{text}");
    }
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
