//! What the catalogue's rows about mails and archives do not name, and what was decided for it:
//! archives of other kinds, files and mails that end too late or too early, and two conventions of
//! the RFCs that contradict each other (section 1.5).

use super::build::{
    NAME, SUBJECT, Xml, attached, gz, mail, mail_with, multipart, plain, tar, words, zip,
};
use super::check::{
    assert_issues, assert_plain, clean, identity, messages, outcomes, read, reports, way_to_report,
};

/// A mail of some words and the plain report, cut before the delimiter that would close it.
fn unclosed(report: &str) -> Vec<u8> {
    let whole = mail(SUBJECT, &multipart("mixed", &[words(), report.to_owned()]));
    let whole = String::from_utf8(whole).unwrap();
    let (before, _) = whole.rsplit_once("\r\n--=_mixed").unwrap();
    before.as_bytes().to_vec()
}

#[test]
fn a_tar_is_read_like_a_zip() {
    let second = Xml::plain().set("report_id", "2026.11.09.2");
    let archive =
        tar(&[(NAME, &plain()), ("readme.txt", b"hello"), ("b.xml", second.0.as_bytes())]);
    for input in [archive.clone(), gz(&archive)] {
        let ids: Vec<_> = reports(input).into_iter().map(|report| report.report_id).collect();
        assert_eq!(vec!["2026.11.09.1", "2026.11.09.2"], ids);
    }
    let one = gz(&tar(&[(NAME, &plain())]));
    assert_plain(mail_with(&[attached("application/x-gtar", "reports.tar.gz", &one)]));
    assert_eq!(NAME, way_to_report(one));
}

#[test]
fn whatever_follows_a_gzip_file_is_said() {
    for (tail, said) in [
        (&b"\n"[..], "1 byte"),
        (b"\0\0\0\0", "4 bytes"),
        (b"-- \r\nsent by a gateway", "22 bytes"),
        (b"\x1f\x8bno member", "11 bytes"),
    ] {
        let report = read([&gz(&plain()), tail].concat());
        assert_issues(&[("trailing_bytes", said)], &report);
        assert_eq!(7, messages(&report));
    }
}

#[test]
fn a_mail_that_is_never_closed_is_read_and_says_so() {
    let report = read(unclosed(&attached("application/gzip", "r.xml.gz", &gz(&plain()))));
    assert_issues(&[("unclosed_mail", "")], &report);
    assert_eq!(7, messages(&report));
}

#[test]
fn a_mail_that_is_cut_off_before_its_report_is_rejected() {
    let input = unclosed("Content-Type: application/gzip; name=r.xml.gz\r\n");
    assert_eq!(vec!["rejected mime/truncated"], outcomes(input));
}

#[test]
fn conflict_1_a_version_is_a_decimal_or_a_text() {
    let known = |version: &str| identity(Xml::plain().set("version", version));
    for version in ["1.0", "1", "1.00", "01.0"] {
        let report = clean(Xml::plain().set("version", version));
        assert_eq!(Some(version), report.reporter.version.as_deref());
        assert_eq!("rfc7489", report.reporter.dialect.as_str());
        let (key, content) = (known(version).key, known(version).content);
        assert_eq!((known("1.0").key, known("1.0").content), (key, content), "{version}");
    }
}

#[test]
fn conflict_2_an_id_that_no_file_name_can_repeat_is_no_matter() {
    let id = "1f0c-77.a_b@receiver.example";
    let report = Xml::plain().set("report_id", id);
    for unique in ["1f0c77ab", "somethingelse", "1f0c-77.a_b@receiver.example"] {
        let name = format!("receiver.example!acme.example!1794182400!1794268799!{unique}.xml");
        assert_eq!(id, clean(zip(&[(&name, report.0.as_bytes())])).report_id);
    }
    let bracketed = Xml::plain().set("report_id", &format!("&lt;{id}&gt;"));
    assert_eq!(id, clean(bracketed.clone()).report_id);
    assert_eq!(identity(report).key, identity(bracketed).key);
}

#[test]
fn conflict_3_errors_are_one_element_or_several() {
    let texts = |xml: Xml| -> Vec<String> {
        clean(xml).errors.into_iter().map(|error| error.text).collect()
    };
    assert_eq!(Vec::<String>::new(), texts(Xml::plain()));
    let one = Xml::plain().after("date_range", "<error>no DNS for an hour</error>");
    assert_eq!(vec!["no DNS for an hour"], texts(one.clone()));
    let two = one.after("error", "<error>and again</error>");
    assert_eq!(vec!["no DNS for an hour", "and again"], texts(two));
}
