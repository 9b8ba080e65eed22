//! What one document may cost.

use super::*;

#[test]
fn nesting_and_rows_are_bounded() {
    let deep = PLAIN.replace("<row>", &format!("{}<row>", "<x>".repeat(1_000_000)));
    assert_eq!(Reason::TooDeep, reason(&deep));
    let limits = Limits { records: 0, ..Limits::default() };
    match read_all(PLAIN, &limits).remove(0) {
        Err(Outcome::Rejected(rejection)) => assert_eq!(Reason::TooManyRecords, rejection.reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn long_texts_are_cut_and_said() {
    let long = "é".repeat(100_000);
    let report =
        report(&PLAIN.replace("receiver.example</org_name>", &format!("{long}</org_name>")));
    assert_eq!(Limits::default().text_bytes, report.reporter.org_name.len());
    assert_eq!(vec![IssueCode::ValueTooLong], codes(&report));
}

#[test]
fn a_flood_of_results_in_one_record_is_cut_and_said() {
    let dkim = "<dkim><domain>x.example</domain><result>fail</result></dkim>".repeat(500);
    let reasons = "<reason><type>other</type></reason>".repeat(500);
    let text = PLAIN.replace("<spf><domain>", &format!("{dkim}<spf><domain>"));
    let report =
        report(&text.replace("</policy_evaluated>", &format!("{reasons}</policy_evaluated>")));
    let print = &report.fingerprints[0];
    assert_eq!((100, 100, 1), (print.dkim_auth.len(), print.reasons.len(), print.spf_auth.len()));
    assert!(codes(&report).contains(&IssueCode::ValueTooLong));
}

/// A report with as many records as asked for, each with another selector.
fn with_records(count: usize) -> String {
    let (start, end) = (PLAIN.find("<record>").unwrap(), PLAIN.find("</feedback>").unwrap());
    let row = |n: usize| PLAIN[start..end].replace(">s1<", &format!(">s{n}<"));
    let rows: String = (0..count).map(row).collect();
    format!("{}{rows}{}", &PLAIN[..start], &PLAIN[end..])
}

#[test]
fn different_rows_and_their_lists_are_bounded() {
    let limits = Limits { combinations: 9, ..Limits::default() };
    // a fingerprint, a signature and an SPF check each
    assert!(read_all(&with_records(3), &limits).remove(0).is_ok());
    match read_all(&with_records(4), &limits).remove(0) {
        Err(Outcome::Rejected(rejection)) => {
            assert_eq!(Reason::TooManyRecords, rejection.reason);
            assert!(rejection.detail.contains("limit combinations"), "{}", rejection.detail);
        }
        other => panic!("{other:?}"),
    }
    let same = with_records(1_000).replace(">s", ">").replace("selector>", "human_result>");
    assert!(read_all(&same, &Limits::default()).remove(0).is_ok());
}

#[test]
fn a_flood_of_issues_is_counted_and_hides_no_other() {
    let text = with_records(500).replace("<count>7", "<count>-").replace("<pct>", "<x/><pct>");
    let issues = report(&text).issues;
    let bad: Vec<_> = issues.iter().filter(|i| i.code == IssueCode::BadCount).collect();
    assert_eq!((10, 490), (bad.len(), bad[9].more));
    let limits = Limits { issues: 1, ..Limits::default() };
    let few = read_all(&text, &limits).remove(0).unwrap();
    assert_eq!(vec![IssueCode::UnknownElement, IssueCode::BadCount], codes(&few));
    assert_eq!(499, few.issues[1].more);
}

#[test]
fn text_in_many_pieces_is_bounded_while_it_grows() {
    let long = "&amp;x<!-- -->".repeat(100_000) + "&" + &"n".repeat(100_000) + ";";
    let report = report(&PLAIN.replace("receiver.example</org_name>", &(long + "</org_name>")));
    assert_eq!(Limits::default().text_bytes, report.reporter.org_name.len());
    assert_eq!(vec![IssueCode::ValueTooLong, IssueCode::BadReference], {
        let mut codes = codes(&report);
        codes.sort_by_key(|code| *code != IssueCode::ValueTooLong);
        codes
    });
}

#[test]
fn a_flood_of_signs_that_start_nothing_is_refused_in_time() {
    let flood = PLAIN.replace("</feedback>", &format!("{}</feedback>", "<".repeat(200_000)));
    let limits = Limits { report_bytes: 400_000, ..Limits::default() };
    assert!(read_all(&flood, &limits).remove(0).is_err());
    let report = report(&flood);
    assert_eq!(vec![IssueCode::Recovered; 10], codes(&report)[..10]);
    assert_eq!(199_990, report.issues[9].more);
}

#[test]
fn a_tag_that_never_ends_is_refused_before_it_is_kept() {
    let of = |filler: &str, times: usize| {
        let text = PLAIN
            .replace("<report_metadata>", &format!("{}<report_metadata>", filler.repeat(times)));
        match read_text(&text) {
            Ok(_) => None,
            Err(Outcome::Rejected(rejection)) => Some(rejection.reason),
            Err(other) => panic!("{other:?}"),
        }
    };
    let long = "x".repeat(SEARCHED);
    assert_eq!(Some(Reason::TooLarge), of(&format!("<{long}/>"), 1));
    assert_eq!(None, of(&format!("<!-- {long} -->"), 1));
    // many that are nearly as long cost one pass
    assert!(!has_endless_tag(&format!("{}>", "<".repeat(TAG_MAX - 1)).repeat(20)));
    assert!(has_endless_tag(&"<".repeat(SEARCHED + 1)));
}

#[test]
fn a_root_with_many_attributes_costs_one_pass() {
    let attributes: String = (0..20_000).map(|n| format!(" a{n}='x'")).collect();
    let children = "<x xmlns='urn:x'/>".repeat(20_000);
    let text = PLAIN
        .replace("<feedback>", &format!("<feedback{attributes} xmlns='urn:y'>"))
        .replace("</feedback>", &format!("{children}</feedback>"));
    assert_eq!(1, report(&text).records.len());
}

#[test]
fn elements_that_mean_nothing_are_counted() {
    let flood = |count| {
        PLAIN.replace("<report_metadata>", &format!("{}<report_metadata>", "<r/>".repeat(count)))
    };
    assert_eq!(1, report(&flood(100_000)).records.len());
    assert_eq!(Reason::TooManyParts, reason(&flood(1_000_001)));
}

#[test]
fn reports_without_rows_are_not_free() {
    let limits = Limits { combinations: 100, ..Limits::default() };
    let empty = PLAIN[..PLAIN.find("<record>").unwrap()].to_owned() + "</feedback>";
    let found = read_all(&empty.repeat(300), &limits);
    let accepted = found.iter().filter(|outcome| outcome.is_ok()).count();
    assert!((50..=200).contains(&accepted), "{accepted}");
    assert!(found.iter().skip(accepted).all(Result::is_err));
}
