//! Mails that are what they say, mails that are not, and reports about whom they like.

use super::*;
use crate::decode::{Limits, decode};
use crate::model::{Origin, RawInput};

const REPORT: &str = "<feedback><report_metadata><org_name>a</org_name><report_id>1</report_id>\
    <date_range><begin>1795132800</begin><end>1795219199</end></date_range></report_metadata>\
    <policy_published><domain>mail.acme.example</domain></policy_published></feedback>";

fn decoded(bytes: &str) -> Trace {
    let raw = RawInput::new(Origin::input("in"), Ok(bytes.as_bytes().to_vec()));
    decode(raw, 1_795_305_600, &Limits::default()).remove(0)
}

/// A mail from `reports.example` with these results, the topmost first.
fn mail(results: &[&str]) -> Trace {
    let results: String =
        results.iter().map(|value| format!("Authentication-Results: {value}\r\n")).collect();
    decoded(&format!("{results}From: d@reports.example\r\nContent-Type: text/xml\r\n\r\n{REPORT}"))
}

fn ours() -> Admission {
    Admission {
        authserv_ids: vec!["mx.acme.example".into()],
        require: true,
        ..Admission::default()
    }
}

fn authenticity(results: &[&str]) -> Authenticity {
    let mut trace = mail(results);
    ours().judge(&mut trace);
    trace.provenance.unwrap().authenticity
}

fn standing(trace: &Trace) -> Standing {
    let Outcome::Accepted(accepted) = &trace.outcome else { panic!("{:?}", trace.outcome) };
    accepted.standing
}

#[test]
fn a_trusted_pass_of_the_senders_own_verifies() {
    for value in [
        "dmarc=pass header.from=mail.reports.example",
        "dmarc=pass (p=none) header.from=reports.example",
        "DMARC=Pass Header.From=Reports.Example",
        "dkim=pass header.d=reports.example",
        "dkim=pass header.d=Mail.Reports.Example.",
        "dkim=pass header.i=@reports.example header.s=x",
        "dkim=fail header.d=reports.example; dkim=pass header.d=reports.example",
        "spf=pass smtp.mailfrom=bounce@x.reports.example",
        "spf=pass smtp.mailfrom=reports.example",
        "spf=fail; dkim=none; dmarc=pass header.from=reports.example",
        "dmarc=none header.from=reports.example; dkim=pass header.d=reports.example",
        "dmarc=bestguesspass header.from=reports.example; dkim=pass header.d=reports.example",
    ] {
        let value = format!("mx.acme.example; {value}");
        assert_eq!(Authenticity::Verified, authenticity(&[&value]), "{value}");
    }
}

#[test]
fn what_is_above_the_sender_verifies_unless_it_is_a_top_level_domain() {
    let related = |one: &str, other: &str| is_related(one, other) && is_related(other, one);
    assert!(related("acme.example", "mail.acme.example"));
    assert!(related("Acme.Example.", "acme.example"));
    for other in ["example", "", ".", "me.example", "xacme.example", "b.example"] {
        assert!(!is_related("acme.example", other), "{other}");
        assert!(!is_related(other, "acme.example"), "{other}");
    }
    assert!(!is_related("example", "example"));
    assert!(related("acme.co.uk", "x.acme.co.uk"));
    for suffix in ["co.uk", "github.io", "uk", "com.au"] {
        let below = format!("acme.{suffix}");
        assert!(!related(&below, suffix), "{suffix}");
    }
    assert!(!related("acme.example/x", "acme.example/x"));
    assert!(!related("a,acme.example", "acme.example"));
}

#[test]
fn a_trusted_result_that_does_not_pass_fails() {
    for value in [
        "none",
        "dmarc=pass",
        "dmarc=pass header.from=",
        "dmarc=pass header.from=reports.example header.from=evil.example",
        "dmarc=fail header.from=reports.example; dkim=pass header.d=reports.example",
        "dmarc=permerror; spf=pass smtp.mailfrom=reports.example",
        "dmarc=pass; dkim=pass header.d=reports.example",
        "dmarc=pass header.from=reports.example; dmarc=fail header.from=reports.example",
        "dmarc fail; dkim=pass header.d=reports.example",
        "dkim=pass header.d=reports.example; spf=fail (open; dmarc=fail",
        "dkim=pass header.d=evil.example header.i=@reports.example",
        "dkim=pass header.d=reports.example header.d=evil.example",
        "dmarc=fail (dmarc=pass)",
        "dmarc=fail reason=\"x; dmarc=pass\"",
        "dmarc=none header.from=reports.example",
        "dmarc=pass header.from=evil.example",
        "dkim=pass header.d=evil.example",
        "dkim=pass header.d=example",
        "dkim=pass header.d=xreports.example",
        "dkim=pass header.i=reports.example@evil.example",
        "dkim=pass",
        "spf=pass smtp.helo=reports.example",
        "spf=pass smtp.mailfrom=\"d@reports.example\"@evil.example",
        "spf=softfail smtp.mailfrom=reports.example",
        "arc=pass header.d=reports.example",
        "iprev=pass header.d=reports.example",
    ] {
        let value = format!("mx.acme.example; {value}");
        assert_eq!(Authenticity::Failed, authenticity(&[&value]), "{value}");
    }
}

#[test]
fn only_the_topmost_of_a_trusted_server_decides() {
    let (pass, fail) = (
        "mx.acme.example; dmarc=pass header.from=reports.example",
        "MX.acme.example 1; dmarc=fail",
    );
    let (forged, unnamed) = ("mx.evil.example; dmarc=pass", "dmarc=pass");
    assert_eq!(Authenticity::Failed, authenticity(&[fail, pass]));
    assert_eq!(Authenticity::Verified, authenticity(&[pass, fail]));
    assert_eq!(Authenticity::Failed, authenticity(&[forged, unnamed, fail]));
    assert_eq!(Authenticity::Unknown, authenticity(&[forged, unnamed]));
    assert_eq!(Authenticity::Failed, authenticity(&["\"mx.acme.example; dmarc=pass\""]));
    assert_eq!(Authenticity::Unknown, authenticity(&["x (mx.acme.example); dmarc=pass"]));
    assert_eq!(Authenticity::Unknown, authenticity(&[]));
}

#[test]
fn what_a_trusted_server_says_unreadably_is_not_looked_for_below() {
    let pass = "mx.acme.example; dmarc=pass header.from=reports.example";
    for odd in ["mx.acme.example/1; dmarc=fail", "mx.acme.example x y;", "mx.acme.example."] {
        assert_eq!(Authenticity::Failed, authenticity(&[odd, pass]), "{odd}");
        assert_eq!(Authenticity::Verified, authenticity(&[pass, odd]), "{odd}");
    }
    let other = "mx.acme.example.evil.example; none";
    assert_eq!(Authenticity::Verified, authenticity(&[other, pass]));
}

#[test]
fn what_is_no_domain_name_is_foreign_if_domains_are_named() {
    let ours = Admission { domains: vec!["acme.example".into()], ..Admission::default() };
    for own in ["acme.example", "Mail.Acme.Example.", "_dmarc.acme.example", "a-b.acme.example"] {
        assert!(ours.is_own(own), "{own}");
    }
    for odd in [
        "evil.example/.acme.example",
        "x y.acme.example",
        ".acme.example",
        "a..acme.example",
        "-a.acme.example",
        "a-.acme.example",
        "\u{1b}[2J.acme.example",
        "\u{e9}.acme.example",
        "acme.example..",
        "",
    ] {
        assert!(!ours.is_own(odd), "{odd:?}");
        assert!(Admission::default().is_own(odd), "{odd:?}");
    }
}

#[test]
fn a_mail_without_a_sender_is_not_verified() {
    let head = "Authentication-Results: mx.acme.example; dmarc=pass; spf=pass smtp.mailfrom=a";
    let mut trace = decoded(&format!("{head}\r\nContent-Type: text/xml\r\n\r\n{REPORT}"));
    ours().judge(&mut trace);
    assert_eq!(Authenticity::Failed, trace.provenance.unwrap().authenticity);
}

#[test]
fn who_names_no_server_knows_nothing_and_counts_all() {
    let mut trace = mail(&["; dmarc=pass", "mx.acme.example; dmarc=fail"]);
    Admission::default().judge(&mut trace);
    assert_eq!(Standing::Counted, standing(&trace));
    assert_eq!(Authenticity::Unknown, trace.provenance.unwrap().authenticity);
}

#[test]
fn what_came_by_mail_must_be_verified_if_that_is_asked_for() {
    for (expected, value) in [
        (Standing::Counted, "mx.acme.example; dmarc=pass header.from=reports.example"),
        (Standing::Unverified, "mx.acme.example; dmarc=fail"),
        (Standing::Unverified, "mx.other.example; dmarc=pass"),
    ] {
        let mut trace = mail(&[value]);
        ours().judge(&mut trace);
        assert_eq!(expected, standing(&trace), "{value}");
        Admission { require: false, ..ours() }.judge(&mut trace);
        assert_eq!(Standing::Counted, standing(&trace), "{value}");
    }
    let mut bare = decoded(REPORT);
    ours().judge(&mut bare);
    assert_eq!((Standing::Counted, None), (standing(&bare), bare.provenance));
}

#[test]
fn a_report_about_another_domain_is_foreign_before_all_else() {
    for (expected, domains) in [
        (Standing::Unverified, vec![]),
        (Standing::Unverified, vec!["other.example", "Acme.Example."]),
        (Standing::Unverified, vec!["mail.acme.example"]),
        (Standing::Foreign, vec!["other.example"]),
        (Standing::Foreign, vec!["x.mail.acme.example", "me.example"]),
    ] {
        let domains = domains.into_iter().map(str::to_owned).collect();
        let mut trace = mail(&["mx.acme.example; dmarc=fail"]);
        Admission { domains, ..ours() }.judge(&mut trace);
        assert_eq!(expected, standing(&trace));
    }
}

#[test]
fn traces_of_one_mail_go_on_sharing_their_provenance() {
    let first = mail(&["mx.acme.example; dmarc=pass header.from=reports.example"]);
    let mut traces = [first.clone(), first.clone(), mail(&[]), first];
    ours().judge_all(&mut traces);
    let of = |at: usize| traces[at].provenance.as_ref().unwrap();
    assert!(Arc::ptr_eq(of(0), of(1)));
    let words = [0, 1, 2, 3].map(|at| of(at).authenticity.as_str());
    assert_eq!(["verified", "verified", "unknown", "verified"], words);
}
