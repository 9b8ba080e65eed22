//! Values as RFC 8601 shows them, as servers write them, and as a forger would have them.

use std::fmt::Write as _;

use super::*;

/// A value as `server: method=result key=value, ...`, or `none`.
fn told(value: &str) -> String {
    let Some(results) = read(value) else { return "none".into() };
    let mut told = format!("{}:", results.server);
    for MethodResult { method, result, properties } in results.list {
        write!(told, " {method}={result}").unwrap();
        for (key, value) in properties {
            write!(told, " {key}={value}").unwrap();
        }
        told.push(',');
    }
    told
}

#[test]
fn the_examples_of_rfc_8601_are_read() {
    for (expected, value) in [
        ("example.org:", "example.org 1; none"),
        (
            "example.com: spf=pass smtp.mailfrom=example.net,",
            "example.com;\r\n          spf=pass smtp.mailfrom=example.net",
        ),
        (
            "example.com: auth=pass smtp.auth=sender@example.net, spf=pass smtp.mailfrom=example.net,",
            "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass \
             smtp.mailfrom=example.net",
        ),
        (
            "example.com: dkim=pass reason=good signature header.i=@mail-router.example.net, \
             dkim=fail reason=bad signature header.i=@newyork.example.com,",
            "example.com; dkim=pass reason=\"good signature\" header.i=@mail-router.example.net; \
             dkim=fail reason=\"bad signature\" header.i=@newyork.example.com",
        ),
        (
            "foo.example.net: dkim=fail policy.expired=1362471462,",
            "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait \
             for it) fail\r\n policy (A dot can go here) . (like that) expired\r\n (this surprised \
             me) = (as I wasn't expecting it) 1362471462",
        ),
    ] {
        assert_eq!(expected, told(value));
    }
}

#[test]
fn what_servers_write_is_read() {
    for (expected, value) in [
        (
            "mx.example: dkim=pass header.i=@a.example header.s=s header.b=ab+/c, \
             dmarc=pass header.from=a.example,",
            "mx.example; dkim=pass header.i=@a.example header.s=s header.b=ab+/c==; dmarc=pass \
             (p=REJECT sp=REJECT dis=NONE) header.from=a.example",
        ),
        (
            "mx.example: spf=pass smtp.mailfrom=b@a.example smtp.helo=h.example, compauth=pass reason=100,",
            "MX.example;spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=b@a.example\n\t\
             smtp.helo=h.example;compauth=pass reason=100;",
        ),
        ("none", "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dkim=none"),
        ("mx.example: spf=pass smtp.mailfrom=,", "mx.example; SPF=Pass smtp.mailfrom=\"\""),
    ] {
        assert_eq!(expected.to_lowercase(), told(value).to_lowercase());
    }
}

#[test]
fn a_server_may_be_quoted_and_have_a_version() {
    for value in ["mx.example", " (c) mx.example (c(c)c) ; none", "\"mx.example\" 1; none"] {
        assert_eq!("mx.example:", told(value));
    }
    for value in
        ["", ";", "mx.example x; none", "a b c; none", "(mx.example; x", "\"mx.example", "a=b"]
    {
        assert_eq!("none", told(value), "{value}");
    }
}

#[test]
fn comments_and_quoted_strings_prove_nothing() {
    for (expected, value) in [
        ("mx:", "mx; (dmarc=pass)"),
        ("mx: dmarc=fail,", "mx; dmarc=fail (dmarc=pass)"),
        ("mx: dmarc=fail,", "mx; dmarc=fail (a (b) ; dmarc=pass \\) ; dmarc=pass)"),
        ("mx: dmarc=fail reason=x; dmarc=pass,", "mx; dmarc=fail reason=\"x; dmarc=pass\""),
        ("mx: dmarc=fail reason=\"; dmarc=pass,", "mx; dmarc=fail reason=\"\\\"; dmarc=pass\""),
        ("x; dmarc=pass:", "\"x; dmarc=pass\""),
        ("mx:", "mx; \"dmarc\"=pass"),
        ("mx:", "mx; dmarc=\"pass\""),
        ("mx:", "mx; x dmarc=pass"),
        ("mx:", "mx; dmarc fail=pass"),
    ] {
        assert_eq!(expected, told(value), "{value}");
    }
}

#[test]
fn a_result_with_anything_odd_in_it_is_none() {
    for value in [
        "mx; dkim=pass header.d=a.example (open",
        "mx; dkim=pass header.d=\"a.example",
        "mx; dkim=pass header.d=a.example .evil.example",
        "mx; dkim=pass header.d=a.example @evil.example header.s=x",
        "mx; spf=pass smtp.mailfrom= smtp.helo=a.example",
        "mx; dkim=",
        "mx; dkim",
        "mx; =pass",
        "mx; dkim==pass",
    ] {
        assert_eq!("mx:", told(value), "{value}");
    }
    let value =
        "mx; spf=pass smtp.mailfrom=\"x@a.example\"@evil.example; dkim=pass header.d=b.example";
    let expected =
        "mx: spf=pass smtp.mailfrom=x@a.example@evil.example, dkim=pass header.d=b.example,";
    assert_eq!(expected, told(value));
}

#[test]
fn what_does_not_end_and_what_cannot_be_read_of_dmarc_is_broken() {
    for (expected, value) in [
        (false, "mx; dmarc=fail (x) header.from=a.example; dkim=pass"),
        (false, "mx; x dkim=pass; dkim=; spf"),
        (true, "mx; dkim=pass header.d=a.example; spf=fail (open; dmarc=fail"),
        (true, "mx; dkim=pass; spf=fail smtp.mailfrom=\"open; dmarc=fail"),
        (true, "mx; DMARC fail; dkim=pass"),
        (true, "mx; dmarc/1=fail header.from=a b; dkim=pass"),
    ] {
        assert_eq!(expected, read(value).unwrap().is_broken, "{value}");
    }
}

#[test]
fn what_begins_with_a_server_is_told_even_if_it_cannot_be_read() {
    for value in [
        "mx.acme.example",
        "(c) MX.acme.example; none",
        "mx.acme.example/1; none",
        "mx.acme.example x y;",
        "mx.acme.example.;",
        "mx.acme.example=x",
        "\"mx.acme.example\" 1",
        "\"mx.acme.example; none",
    ] {
        assert!(begins_with(value, "mx.acme.example"), "{value}");
        assert!(begins_with(value, "mx.acme.example."), "{value}");
    }
    for value in [
        "",
        ";",
        "x (mx.acme.example)",
        "mx.acme.example.evil.example",
        "mx.acme.example-x",
        "mx.acme.examples",
        "mx.acme.exampl\u{e9}",
        "(mx.acme.example",
        "=mx.acme.example",
    ] {
        assert!(!begins_with(value, "mx.acme.example"), "{value}");
    }
    assert!(!begins_with("x", ""));
}

#[test]
fn floods_cost_one_pass() {
    let start = std::time::Instant::now();
    for piece in ["(", "\"", "a=", "a=b ", ";", "\\", "x.", "a;b=c(d)", "=", "\"a\""] {
        let _ = read(&format!("mx; {}", piece.repeat(200_000)));
    }
    assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
}

proptest::proptest! {
    #[test]
    fn any_value_is_read_without_a_panic(value: String) {
        let _ = read(&value);
    }

    #[test]
    fn any_pieces_are_read_without_a_panic(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec!["mx", ";", "=", "(", ")", "\"", "\\", " ", ".", "dkim", "é"]),
            0..40,
        )
    ) {
        let _ = read(&pieces.concat());
    }
}
