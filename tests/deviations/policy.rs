//! Section 4.4: the policy that was found. Absent, empty and said are three things, and nothing
//! unknown becomes a policy that enforces.

use ruaudit::model::PolicyPublished;

use super::build::Xml;
use super::check::{assert_issues, assert_missing, clean, messages, only, outcomes, read};

const NEW: &str = "xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"";

/// `sp` as it was said.
fn sp(policy: &PolicyPublished) -> Option<&str> {
    policy.sp.as_ref().map(|word| word.as_str())
}

#[test]
fn d45_mail_dmarc_writes_the_tags_of_the_record_as_elements() {
    let input = Xml::plain()
        .root(NEW)
        .without("version")
        .set("policy_published/p", "quarantine")
        .set("policy_published/sp", "quarantine")
        .swap("policy_published/pct", "<t>y</t><psd>n</psd>");
    let report = read(input);
    assert_issues(&[("alias_element", "t")], &report);
    let policy = &report.policy;
    assert_eq!(Some("y"), policy.testing.as_ref().map(|word| word.as_str()));
    assert_eq!((Some("n"), Some("0")), (policy.psd.as_deref(), policy.fo.as_deref()));
    assert_eq!((None, Some("quarantine")), (policy.pct.as_deref(), sp(policy)));
    assert_eq!("rfc9990", report.reporter.dialect.as_str());
}

#[test]
fn d46_yahoo_leaves_out_the_policy_for_subdomains() {
    let policy = clean(Xml::plain().without("policy_published/sp")).policy;
    assert_eq!((None, None), (sp(&policy), policy.np.as_ref()));
    assert_eq!(Some("none"), policy.p.as_ref().map(|word| word.as_str()));
}

#[test]
fn d47_cisco_writes_it_empty() {
    for empty in ["<sp/>", "<sp></sp>", "<sp> </sp>"] {
        let report = clean(Xml::plain().swap("policy_published/sp", empty));
        assert_eq!(Some(""), sp(&report.policy));
        assert!(!report.policy.sp.unwrap().is_known());
    }
}

#[test]
fn d48_mail_ru_writes_nil() {
    let report = read(Xml::plain().set("policy_published/sp", "nil"));
    assert_issues(&[("unknown_word", "nil")], &report);
    assert_eq!("policy_published/sp", report.issues[0].place);
    assert_eq!(Some("nil"), sp(&report.policy));
    assert!(!report.policy.sp.unwrap().is_known());
}

#[test]
fn d49_fastmail_leaves_out_the_alignment_modes() {
    let input = Xml::plain().without("policy_published/adkim").without("policy_published/aspf");
    let report = clean(input);
    assert_eq!((None, None), (report.policy.adkim.clone(), report.policy.aspf.clone()));
    assert!(only(&report).passes());
}

#[test]
fn d50_most_leave_out_the_failure_options() {
    assert_eq!(None, clean(Xml::plain().without("policy_published/fo")).policy.fo);
    let said = clean(Xml::plain().set("policy_published/fo", "1:d:s"));
    assert_eq!(Some("1:d:s"), said.policy.fo.as_deref());
}

#[test]
fn d51_one_passes_on_rf_and_ri() {
    let input = Xml::plain().after("policy_published/fo", "<rf>afrf</rf><ri>86400</ri>");
    assert_eq!(clean(Xml::plain()), clean(input));
}

#[test]
fn d52_google_writes_np_into_reports_of_the_old_rfc() {
    let report = clean(Xml::plain().after("policy_published/sp", "<np>reject</np>"));
    assert_eq!(Some("reject"), report.policy.np.as_ref().map(|word| word.as_str()));
    assert_eq!("rfc7489", report.reporter.dialect.as_str());
    assert_eq!(None, report.reporter.namespace);
}

#[test]
fn d53_of_several_policies_the_first_counts() {
    let second = "<policy_published><domain>other.example</domain><p>reject</p>\
                  </policy_published>";
    let report = read(Xml::plain().after("policy_published", second));
    assert_issues(&[("repeated_element", "policy_published")], &report);
    assert_eq!(clean(Xml::plain()).policy, report.policy);
    assert_eq!(7, messages(&report));
}

#[test]
fn a_policy_that_nobody_knows_enforces_nothing() {
    let input =
        Xml::plain().set("policy_published/p", "reject!").set("policy_published/adkim", "x");
    let report = read(input);
    assert_issues(&[("unknown_word", "reject!"), ("unknown_word", "x")], &report);
    assert!(!report.policy.p.unwrap().is_known());
    let absent = read(Xml::plain().without("policy_published/p"));
    assert_missing(&["policy_published/p"], &absent);
    assert_eq!(None, absent.policy.p);
}

#[test]
fn a_policy_of_no_domain_is_refused() {
    for input in
        [Xml::plain().without("policy_published"), Xml::plain().set("policy_published/domain", " ")]
    {
        assert_eq!(vec!["rejected report/missing_domain"], outcomes(input));
    }
}

#[test]
fn a_domain_in_another_form_is_read_as_what_was_meant() {
    let about = |domain: &str| {
        read(Xml::plain().set("policy_published/domain", domain).set("header_from", domain))
    };
    for plain in ["ACME.Example", "acme.example."] {
        let report = about(plain);
        assert_issues(&[], &report);
        assert_eq!("acme.example", report.policy.domain);
    }
    for (domain, meant) in
        [("&lt;joe@acme.example&gt;", "acme.example"), ("bücher.example", "xn--bcher-kva.example")]
    {
        let report = about(domain);
        let written = domain.replace("&lt;", "<").replace("&gt;", ">");
        assert_issues(&[("other_form", &written), ("other_form", &written)], &report);
        assert_eq!(
            (meant, meant),
            (report.policy.domain.as_str(), only(&report).header_from.as_str())
        );
    }
}

#[test]
fn what_is_no_domain_is_kept_as_text() {
    let label = format!("{}.example", "a".repeat(64));
    let long = format!("{}example", "abcdefgh.".repeat(28));
    for domain in [
        "acme..example",
        "-acme.example",
        "acme-.example",
        "ac me.example",
        "xn--000.example",
        &label,
        &long,
    ] {
        let xml = Xml::plain().set("policy_published/domain", domain);
        let report = read(xml.set("header_from", domain));
        let kept: String = domain.chars().take(120).collect();
        assert_issues(&[("bad_domain", &kept), ("bad_domain", &kept)], &report);
        assert_eq!((domain, domain), (&*report.policy.domain, &*only(&report).header_from));
    }
}
