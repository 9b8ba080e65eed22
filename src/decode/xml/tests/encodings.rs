//! Encodings and references.

use super::*;

fn read_bytes(bytes: &[u8]) -> Result<Report, Outcome> {
    let mut found = Vec::new();
    let limits = Limits::default();
    read(bytes.to_vec(), NOW, &limits, &mut Room::new(&limits), &mut |outcome| found.push(outcome));
    assert_eq!(1, found.len(), "{found:?}");
    found.remove(0)
}

#[test]
fn a_declaration_that_the_bytes_contradict_is_said() {
    let utf16: Vec<u8> = PLAIN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(vec![IssueCode::Misencoded], codes(&read_bytes(&utf16).unwrap()));
    let utf8 = PLAIN.replace("UTF-8", "ISO-8859-1").replace("receiver", "receivér");
    let report = read_bytes(utf8.as_bytes()).unwrap();
    assert_eq!(("receivér.example", 1), (report.reporter.org_name.as_str(), report.issues.len()));
    assert_eq!(IssueCode::Misencoded, report.issues[0].code);
}

#[test]
fn utf_32_is_rejected_and_never_read_without_its_nulls() {
    for unit in [u32::to_le_bytes, u32::to_be_bytes] {
        let bytes: Vec<u8> = PLAIN.chars().flat_map(|c| unit(u32::from(c))).collect();
        let Err(Outcome::Rejected(rejection)) = read_bytes(&bytes) else { panic!("accepted") };
        assert_eq!((Stage::Xml, Reason::Malformed), (rejection.stage, rejection.reason));
    }
}

#[test]
fn references_to_what_is_no_character_stay_as_they_are() {
    for reference in ["&#0;", "&#x1b;", "&#xD800;", "&#xFFFE;", "&#99999999;", "&;", "&unknown;"] {
        let text =
            PLAIN.replace("receiver.example</org_name>", &format!("a{reference}</org_name>"));
        let report = report(&text);
        assert_eq!(format!("a{reference}"), report.reporter.org_name);
        assert_eq!(vec![IssueCode::BadReference], codes(&report), "{reference}");
    }
    let known =
        report(&PLAIN.replace("receiver.example</org_name>", "&#x41;&lt;b&#10;</org_name>"));
    assert_eq!(("A<b", 0), (known.reporter.org_name.as_str(), known.issues.len()));
}
