use super::*;

fn wanted(rua: &str) -> Wanted {
    Wanted {
        policy: Policy::None,
        subdomains: None,
        nonexistent: None,
        strict_dkim: false,
        strict_spf: false,
        rua: uris(rua).unwrap(),
        ruf: Vec::new(),
        failure_options: None,
        testing: false,
    }
}

#[test]
fn a_new_record_says_what_was_asked_for_and_no_defaults() {
    assert_eq!(
        "v=DMARC1; p=none; rua=mailto:dmarc@shop.example",
        new_record(&wanted("dmarc@shop.example"))
    );
    let all = Wanted {
        policy: Policy::Quarantine,
        subdomains: Some(Policy::Reject),
        nonexistent: Some(Policy::Quarantine),
        strict_dkim: true,
        strict_spf: true,
        failure_options: Some("1:d".into()),
        testing: true,
        ruf: uris("fail@shop.example").unwrap(),
        ..wanted("a@shop.example,mailto:b@shop.example")
    };
    assert_eq!(
        "v=DMARC1; p=quarantine; sp=reject; np=quarantine; adkim=s; aspf=s; \
         rua=mailto:a@shop.example,mailto:b@shop.example; ruf=mailto:fail@shop.example; fo=1:d; t=y",
        new_record(&all)
    );
    let same = Wanted {
        subdomains: Some(Policy::None),
        nonexistent: Some(Policy::None),
        failure_options: Some("0".into()),
        ..wanted("a@shop.example")
    };
    assert_eq!("v=DMARC1; p=none; rua=mailto:a@shop.example", new_record(&same));
}

#[test]
fn addresses_become_uris_that_nothing_can_end() {
    for (expected, given) in [
        ("mailto:dmarc@shop.example", "dmarc@shop.example"),
        ("mailto:Dmarc@shop.example", " MAILTO:Dmarc@Shop.Example. "),
        ("mailto:a%21b@shop.example", "a!b@shop.example"),
        ("mailto:%22a%2Cb%20c%22@shop.example", "\"a,b c\"@shop.example"),
        ("mailto:a%2Cb@shop.example", "mailto:a%2Cb@shop.example"),
        ("mailto:a%252Cb@shop.example", "a%2Cb@shop.example"),
        ("mailto:a%3Bb@shop.example", "a;b@shop.example"),
        ("mailto:a%3Fb@shop.example", "a?b@shop.example"),
        ("mailto:a@shop.example?subject=dmarc", "mailto:a@shop.example?subject=dmarc"),
        ("mailto:a@shop.example", "mailto:a@shop.example?"),
        ("mailto:a+b@xn--mnchen-3ya.example", "a+b@münchen.example"),
    ] {
        assert_eq!(Ok(expected.to_owned()), uri(given), "{given}");
        assert_eq!(Ok(vec![expected.to_owned()]), uris(given), "{given}");
    }
    assert_eq!(1, uris("a@shop.example,mailto:a@shop.example").unwrap().len(), "each once");
}

#[test]
fn what_nobody_could_write_to_is_refused_with_the_reason() {
    for (reason, given) in [
        ("empty", ""),
        ("empty", "mailto:"),
        ("`@`", "shop.example"),
        ("no name", "dmarc@localhost"),
        ("no name", "dmarc@shop..example"),
        ("no name", "dmarc@shop example"),
        ("`?subject=x`", "dmarc@shop.example?subject=x"),
        ("`?subject=x@y.example`", "dmarc@shop.example?subject=x@y.example"),
        ("no name", "mailto:dmarc@shop?subject=x"),
        ("`@`", "mailto:dmarc?cc=x@y.example"),
        ("two digits", "mailto:dmarc@shop.example?subject=\"x\""),
        ("two digits", "mailto:dmarc@shop.example?subject=x!10m"),
        ("obsolete", "dmarc@shop.example!10m"),
        ("before", "@shop.example"),
        ("blank", "d marc@shop.example"),
        ("blank", "Dmarc <dmarc@shop.example"),
        ("blank", "a@b@shop.example"),
        ("ASCII", "dmärc@shop.example"),
        ("control", "\"a\nb\"@shop.example"),
        ("https", "https://collector.example/in"),
        ("names of tags", "rua=mailto:dmarc@shop.example"),
        ("names of tags", "RUF=dmarc@shop.example"),
    ] {
        let refused = uri(given).unwrap_err();
        assert!(refused.why.contains(reason), "{given}: {}", refused.why);
    }
    assert!(uris("a@shop.example,").is_err(), "an empty one is a typing error");
}

#[test]
fn whatever_is_made_of_addresses_is_read_back_as_it_was() {
    let record = new_record(&wanted("\"x;y, p=reject!\"@shop.example,b@shop.example"));
    let list = TagList::parse_dmarc(&record).unwrap();
    assert_eq!(Some("none"), list.get("p"));
    assert_eq!(2, list.get("rua").unwrap().split(',').count());
}

#[test]
fn long_values_become_several_strings_in_a_zone_file() {
    assert_eq!(r#""a\"b\\""#, zone_strings(r#"a"b\"#));
    let long = zone_strings(&"x".repeat(256));
    assert_eq!(format!("\"{}\" \"x\"", "x".repeat(255)), long);
    assert_eq!("\"\"", zone_strings(""));
    assert_eq!(r#""\195\188\010""#, zone_strings("ü\n"));
}

#[test]
fn the_fields_of_the_zone_editor_stand_in_its_order() {
    let forms = changed("_dmarc.shop.example", "v=DMARC1; p=none");
    assert_eq!(
        [
            ("Name", "_dmarc.shop.example."),
            ("TTL", "unchanged"),
            ("Type", "TXT"),
            ("Record", "v=DMARC1; p=none")
        ],
        forms.cpanel.fields()
    );
    assert_eq!("_dmarc.shop.example. IN TXT \"v=DMARC1; p=none\"", forms.zone);
    assert_eq!("14400", added("_dmarc.shop.example", "v=DMARC1; p=none").cpanel.ttl);
}

#[test]
fn mechanisms_are_added_before_all_and_only_once() {
    let add = ["ip4:192.0.2.1".to_owned(), "ip4:192.0.2.2".to_owned()];
    for (expected, spf) in [
        ("v=spf1 mx ip4:192.0.2.1 ip4:192.0.2.2 ~all", "v=spf1  mx ~all"),
        ("v=spf1 +ip4:192.0.2.1 ip4:192.0.2.2 -ALL", "v=spf1 +ip4:192.0.2.1 -ALL"),
        ("v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 redirect=a.example", "v=spf1 redirect=a.example"),
        ("v=spf1 ip4:192.0.2.1 ip4:192.0.2.2", "v=spf1"),
    ] {
        assert_eq!(Some(expected.to_owned()), with_mechanisms(spf, &add), "{spf}");
    }
    assert_eq!(None, with_mechanisms("v=DMARC1; p=none", &add));
    assert_eq!(None, with_mechanisms("", &add));
}
