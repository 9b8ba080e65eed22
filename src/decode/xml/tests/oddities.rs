//! What is accepted and said.

use super::*;

#[test]
fn rows_that_cannot_be_counted_stay_out_and_are_said() {
    let null = report(&PLAIN.replace("<count>7", "<count>0"));
    assert_eq!((0, vec![IssueCode::NullRecord]), (null.records.len(), codes(&null)));
    let bad = report(&PLAIN.replace("<count>7", "<count>many"));
    assert_eq!((0, vec![IssueCode::BadCount]), (bad.records.len(), codes(&bad)));
    assert_eq!("record[1]/row/count", bad.issues[0].place);
    let address = report(&PLAIN.replace("192.0.2.1", "unknown"));
    assert_eq!(vec![IssueCode::BadAddress], codes(&address));
    assert_eq!(SourceAddress::Unreadable("unknown".into()), address.records[0].source);
}

#[test]
fn unknown_words_never_pass() {
    let report = report(&PLAIN.replace("<dkim>pass</dkim>", "<dkim>Passed</dkim>"));
    assert!(!report.fingerprints[0].passes());
    assert_eq!(vec![IssueCode::UnknownWord], codes(&report));
}

#[test]
fn a_period_older_than_dmarc_is_odd_and_one_before_1970_is_refused() {
    for begin in ["0", "1293839999"] {
        let old = report(&PLAIN.replace("1794182400", begin));
        assert_eq!(vec![IssueCode::OddPeriod], codes(&old), "{begin}");
    }
    for begin in ["-1", "-1000000000000000"] {
        assert_eq!(Reason::BadDateRange, reason(&PLAIN.replace("1794182400", begin)), "{begin}");
    }
}

#[test]
fn a_bad_count_is_said_with_the_address_it_belongs_to() {
    let (code, _, value) = issue("<count>7", "<count>-5");
    assert_eq!((IssueCode::BadCount, "-5 (192.0.2.1)"), (code, value.as_str()));
    let (_, _, value) = issue("<count>7", &format!("<count>{}", "9".repeat(1_000)));
    assert!(value.ends_with("9 (192.0.2.1)"), "{value}");
}

#[test]
fn a_row_about_a_domain_that_the_policy_does_not_cover_is_said() {
    for below in ["a.acme.example", "ACME.example."] {
        let text = PLAIN.replace(">acme.example</header", &format!(">{below}</header"));
        assert_eq!(Vec::<IssueCode>::new(), codes(&report(&text)), "{below}");
    }
    for foreign in ["example", "badacme.example", "other.example"] {
        let (code, place, value) = issue(">acme.example</header", &format!(">{foreign}</header"));
        assert_eq!((IssueCode::ForeignFrom, "record[1]/header_from"), (code, place.as_str()));
        assert_eq!(foreign, value);
    }
}

#[test]
fn results_that_contradict_each_other_are_said() {
    let code = |from: &str, to: &str| issue(from, to).0;
    for disposition in ["quarantine", "reject"] {
        let now = format!("<disposition>{disposition}");
        assert_eq!(IssueCode::Inconsistent, code("<disposition>none", &now));
        let reason = "</spf><reason><type>other</type></reason></policy";
        let explained = PLAIN.replace("<disposition>none", &now).replace("</spf></policy", reason);
        assert_eq!(Vec::<IssueCode>::new(), codes(&report(&explained)));
    }
    let fails = PLAIN.replace("<dkim>pass</dkim>", "<dkim>fail</dkim>");
    let passed = fails.replace("<disposition>none", "<disposition>pass");
    assert_eq!(vec![IssueCode::Inconsistent], codes(&report(&passed)));
    assert_eq!(IssueCode::Inconsistent, code("<spf>fail</spf>", "<spf>pass</spf>"));
}

#[test]
fn what_a_record_must_have_and_lacks_is_said() {
    let (start, end) =
        (PLAIN.find("<auth_results>").unwrap(), PLAIN.find("</auth_results>").unwrap());
    let results = &PLAIN[start..end + "</auth_results>".len()];
    let fails = PLAIN.replace("<dkim>pass</dkim>", "<dkim>fail</dkim>");
    let without = report(&fails.replace(results, ""));
    let place = without.issues[0].place.as_str();
    assert_eq!(
        ("record[1]/auth_results", vec![IssueCode::MissingElement]),
        (place, codes(&without))
    );
    let empty = report(&fails.replace(results, "<auth_results/>"));
    assert_eq!(Vec::<IssueCode>::new(), codes(&empty));
}

#[test]
fn a_selector_is_required_by_the_later_rfc_only() {
    let text = PLAIN.replace("<selector>s1</selector>", "");
    assert_eq!(Vec::<IssueCode>::new(), codes(&report(&text)));
    let later = text.replace("<p>none", "<testing>n</testing><p>none");
    let issues = report(&later).issues;
    assert_eq!(1, issues.len());
    assert_eq!("record[1]/auth_results/dkim/selector", issues[0].place);
    let scope = report(&PLAIN.replace("selector>", "scope>"));
    assert_eq!(None, scope.fingerprints[0].dkim_auth[0].selector);
    assert_eq!(vec![IssueCode::UnknownElement], codes(&scope));
}

#[test]
fn words_that_no_rfc_knows_are_said_wherever_they_stand() {
    for (from, to, place) in [
        ("<p>none</p>", "<p>none</p><testing>maybe</testing>", "policy_published/testing"),
        (
            "<p>none</p>",
            "<p>none</p><discovery_method>maybe</discovery_method>",
            "policy_published/discovery_method",
        ),
        ("mfrom", "maybe", "record[1]/auth_results/spf/scope"),
        ("softfail", "maybe", "record[1]/auth_results/spf/result"),
    ] {
        let found = issue(from, to);
        assert_eq!((IssueCode::UnknownWord, place.to_owned(), "maybe".to_owned()), found);
    }
    let (code, ..) = issue("<result>softfail</result>", "");
    assert_eq!(IssueCode::MissingElement, code);
}

#[test]
fn what_stands_twice_is_said_and_the_first_counts() {
    let (code, _, value) = issue("<count>7</count>", "<count>7</count><count>8</count>");
    assert_eq!((IssueCode::RepeatedElement, "8"), (code, value.as_str()));
    let contact = "<extra_contact_info>a</extra_contact_info>";
    let twice = format!("{contact}{}<report_id>", contact.replace(">a<", ">b<"));
    let report = report(&PLAIN.replace("<report_id>", &twice));
    assert_eq!("a", report.reporter.extra_contact_info.as_ref().unwrap().text);
    assert_eq!(vec![IssueCode::RepeatedElement], codes(&report));
}

#[test]
fn times_are_read_as_they_are_or_refused() {
    let (code, ..) = issue("<begin>1794182400", "<begin>1794182400000");
    assert_eq!(IssueCode::UnitGuess, code);
    for text in ["1794182400000000", "2026-11-09", "1.7941824E9", ""] {
        let text = PLAIN.replace("1794182400", text);
        assert_eq!(Reason::BadDateRange, super::reason(&text));
    }
    let (code, _, value) = issue("<begin>1794182400", "<begin>1794355200");
    assert_eq!((IssueCode::OddPeriod, "1794355200-1794268799"), (code, value.as_str()));
    let none = report(&PLAIN.replace("1794182400", "1794268799"));
    assert_eq!(Vec::<IssueCode>::new(), codes(&none));
}
