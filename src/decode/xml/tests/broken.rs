//! Documents that are damaged, cut off or joined.

use super::*;

#[test]
fn every_cut_of_a_document_is_refused_or_loses_nothing() {
    let whole = report(PLAIN);
    for end in 0..PLAIN.trim_end().len() {
        match read_text(&PLAIN[..end]) {
            Err(Outcome::Rejected(r)) => assert!(
                matches!(r.reason, Reason::Truncated | Reason::Malformed),
                "cut at {end}: {r:?}"
            ),
            Err(Outcome::Skipped(reason)) => assert_eq!(Reason::NotAReport, reason, "cut at {end}"),
            Err(other) => panic!("cut at {end}: {other:?}"),
            Ok(report) => {
                assert_eq!(vec![IssueCode::UnclosedDocument], codes(&report), "cut at {end}");
                assert_eq!(whole.records, report.records, "cut at {end}");
            }
        }
    }
}

#[test]
fn document_type_definitions_are_refused() {
    let bomb = PLAIN.replace("<feedback>", "<!DOCTYPE f [<!ENTITY a \"aaaa\">]><feedback>");
    assert_eq!(Reason::DtdNotAllowed, reason(&bomb));
}

#[test]
fn reports_one_after_another_are_all_read() {
    let other = PLAIN.replace("<count>7", "<count>8").replace("abc-1", "abc-2");
    let found = read_all(&format!("{PLAIN}{other}<feedback><x>"), &Limits::default());
    let ids: Vec<_> = found
        .iter()
        .map(|one| one.as_ref().map(|r| (r.report_id.as_str(), r.issues.len())))
        .collect();
    assert_eq!([Ok(("abc-1", 0)), Ok(("abc-2", 0))], ids[..2]);
    match &found[2] {
        Err(Outcome::Rejected(rejection)) => {
            assert_eq!(Reason::Truncated, rejection.reason);
            assert!(rejection.position > Some(2 * PLAIN.len() as u64));
        }
        other => panic!("{other:?}"),
    }
    let flood = read_all(&"<feedback/>".repeat(100_000), &Limits::default());
    assert_eq!(DOCUMENTS_MAX + 1, flood.len());
}

/// A report with a `<` that starts no element in three places.
fn with_strays() -> String {
    PLAIN
        .replace("receiver.example</org_name>", "bad<xml.net</org_name>")
        .replace("dmarc@receiver.example", "<a@b>")
        .replace("<header_from>", "<envelope_from><></envelope_from><header_from>")
}

#[test]
fn a_sign_that_starts_no_element_is_read_as_text() {
    let report = report(&with_strays());
    let found: Vec<_> = report.issues.iter().map(|i| (i.code, i.value.as_str())).collect();
    assert_eq!(
        vec![
            (IssueCode::Recovered, "<xml.net"),
            (IssueCode::Recovered, "<a@b>"),
            (IssueCode::Recovered, "<>"),
            (IssueCode::OtherForm, "<>"),
        ],
        found
    );
    assert_eq!(
        ("bad<xml.net", "<a@b>"),
        (report.reporter.org_name.as_str(), report.reporter.email.as_str())
    );
    assert_eq!(Some(""), report.fingerprints[0].envelope_from.as_deref());
    assert_eq!(7, report.records[0].count);
}

#[test]
fn the_last_sign_may_swallow_the_last_tag() {
    let report = super::report(&PLAIN.replace("</feedback>", " a < b </feedback>"));
    assert_eq!((IssueCode::Recovered, "< b"), (report.issues[0].code, &*report.issues[0].value));
    assert!(codes(&report)[1..].iter().all(|code| *code == IssueCode::StrayText));
    let quoted = PLAIN.replace("receiver.example</org_name>", "we <3 \"you</org_name>");
    assert_eq!("we <3 \"you", super::report(&quoted).reporter.org_name);
}

#[test]
fn every_cut_of_a_document_with_strays_is_refused_or_loses_nothing() {
    let text = with_strays();
    let whole = report(&text);
    for end in 0..text.trim_end().len() {
        if let Ok(report) = read_text(&text[..end]) {
            assert!(codes(&report).contains(&IssueCode::UnclosedDocument), "cut at {end}");
            assert_eq!(whole.records, report.records, "cut at {end}");
        }
    }
}

#[test]
fn what_no_second_reading_mends_keeps_its_first_rejection() {
    let text = with_strays().replace("</row>", "</wor>");
    let Err(Outcome::Rejected(rejection)) = read_text(&text) else { panic!("accepted") };
    assert_eq!(Reason::Malformed, rejection.reason);
    let at = usize::try_from(rejection.position.unwrap()).unwrap();
    assert!(text[..at].ends_with("</email>"), "{}", &text[..at]);
}

#[test]
fn a_broken_report_costs_its_neighbours_nothing() {
    let other = PLAIN.replace("abc-1", "abc-2");
    let cut = &PLAIN[..PLAIN.find("</row>").unwrap()];
    let in_text = &PLAIN[..PLAIN.find("ver.example</org_name>").unwrap()];
    let wrong = PLAIN.replace("</row>", "</wor>");
    for broken in [cut, in_text, &wrong] {
        let found = read_all(&format!("{broken}{other}{}", with_strays()), &Limits::default());
        assert_eq!(3, found.len(), "{broken}");
        let Err(Outcome::Rejected(rejection)) = &found[0] else { panic!("{:?}", found[0]) };
        assert!(matches!(rejection.reason, Reason::Malformed | Reason::Truncated));
        assert_eq!("abc-2", found[1].as_ref().unwrap().report_id);
        assert_eq!(IssueCode::Recovered, found[2].as_ref().unwrap().issues[0].code);
    }
}

#[test]
fn nothing_behind_a_document_type_definition_is_read() {
    let bomb = format!("<!DOCTYPE f [<!ENTITY a \"aaaa\">]>{PLAIN}");
    assert_eq!(Reason::DtdNotAllowed, reason(&bomb));
    let hidden = with_strays().replace("<feedback>", "<!DOCTYPE f SYSTEM 'x'><feedback>");
    assert_eq!(Reason::DtdNotAllowed, reason(&hidden));
}

#[test]
fn the_next_report_is_found_whatever_the_prefix_and_case_of_its_root() {
    let prefixed = PLAIN
        .replace("<feedback>", "<d:feedback xmlns:d='x'>")
        .replace("</feedback>", "</d:feedback>");
    let capital = PLAIN.replace("feedback>", "Feedback>");
    let found = read_all(&format!("{prefixed}{capital}{prefixed}"), &Limits::default());
    let counts: Vec<_> = found.iter().map(|one| one.as_ref().map(|r| r.records.len())).collect();
    assert_eq!(vec![Ok(1), Ok(1), Ok(1)], counts);
    let wrapped = report(&format!("<xs:schema xmlns:xs='x'>{prefixed}"));
    assert_eq!(vec![IssueCode::WrappedDocument], codes(&wrapped));
    for text in [&prefixed, &capital] {
        let unclosed = report(text.trim_end().strip_suffix('>').unwrap());
        assert_eq!(vec![IssueCode::UnclosedDocument], codes(&unclosed));
    }
}
