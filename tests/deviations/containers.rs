//! Section 4.1: what stands around a report. Mails, archives, names and types that are not what
//! the RFCs ask for; the report inside is the plain one, so it must come out plain.

use super::build::{
    NAME, SUBJECT, attached, base64, gz, mail, mail_with, multipart, part, plain, words, zip,
};
use super::check::{
    assert_issues, assert_plain, clean, messages, only, outcomes, read, rows, way_to_report,
};

const ZIP_NAME: &str = "receiver.example!acme.example!1794182400!1794268799.zip";
const GZ_NAME: &str = "receiver.example!acme.example!1794182400!1794268799.xml.gz";

fn zipped() -> Vec<u8> {
    zip(&[(NAME, &plain())])
}

/// A mail as the RFCs ask for, but for its subject.
fn with_subject(subject: &str) -> Vec<u8> {
    let parts = [words(), attached("application/gzip", GZ_NAME, &gz(&plain()))];
    mail(subject, &multipart("mixed", &parts))
}

/// What every other test of this module compares with.
#[test]
fn the_plain_report_says_what_it_says() {
    let report = clean(plain());
    assert_eq!("receiver.example", report.reporter.org_name);
    assert_eq!("2026.11.09.1", report.report_id);
    assert_eq!("acme.example", report.policy.domain);
    assert_eq!(vec![("192.0.2.1".to_owned(), 7)], rows(&report));
    assert_eq!(("pass", "fail"), (only(&report).dkim.as_str(), only(&report).spf.as_str()));
}

#[test]
fn d01_google_sends_one_zip_as_the_whole_mail() {
    let input = mail(SUBJECT, &attached("application/zip", ZIP_NAME, &zipped()));
    assert_plain(input.clone());
    assert_eq!(format!("{ZIP_NAME} > {NAME}"), way_to_report(input));
}

#[test]
fn d02_google_and_opendmarc_send_zip_instead_of_gzip() {
    for name in [ZIP_NAME, "receiver.example!acme.example!1794182400!1794268799.xml.zip"] {
        assert_plain(mail_with(&[attached("application/zip", name, &zipped())]));
    }
    assert_plain(zipped());
}

#[test]
fn d03_google_and_mimecast_write_the_subject_in_lower_case() {
    let subject = "Report domain: acme.example Submitter: receiver.example Report-ID: 2026.11.09.1";
    assert_plain(with_subject(subject));
}

#[test]
fn d04_microsoft_encodes_the_subject_and_nests_the_parts() {
    let subject = format!("=?utf-8?B?{}?=", base64(b"Report Domain: acme.example").trim_end());
    let texts = [words(), part("Content-Type: text/html", "<p>A report is attached.</p>")];
    let related = multipart("related", &[multipart("alternative", &texts)]);
    let report = attached("application/gzip", GZ_NAME, &gz(&plain()));
    let beside = multipart("mixed", &[related, report.clone()]);
    assert_plain(mail(&subject, &beside));
    let below = multipart("related", &[multipart("alternative", &texts), report]);
    assert_plain(mail(&subject, &multipart("mixed", &[below])));
}

#[test]
fn d05_mail_ru_separates_the_subject_by_semicolons() {
    let subject = "Report Domain: acme.example; Submitter: Mail.Receiver; Report-ID: 2026.11.09.1";
    assert_plain(with_subject(subject));
}

#[test]
fn d06_amazon_puts_the_subjects_values_into_braces() {
    let subject = "Dmarc Aggregate Report Domain: {acme.example} Submitter: {Receiver SES} \
                   Date: {2026-11-09} Report-ID: {2026.11.09.1}";
    assert_plain(with_subject(subject));
    for subject in ["", "=?utf-8?B?????=", "Re: {}{}{}"] {
        assert_plain(with_subject(subject));
    }
}

#[test]
fn d07_amazon_sends_octets_under_names_unquoted_and_split() {
    let (first, second) = GZ_NAME.split_at(30);
    for fields in [
        format!("Content-Type: application/octet-stream; name={GZ_NAME}"),
        format!(
            "Content-Type: application/octet-stream;\r\n name*0=\"{first}\";\r\n name*1=\"{second}\""
        ),
        format!(
            "Content-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n \
             filename*0={first};\r\n filename*1={second}"
        ),
    ] {
        let encoded = format!("{fields}\r\nContent-Transfer-Encoding: base64");
        let input = mail_with(&[part(&encoded, &base64(&gz(&plain())))]);
        assert_plain(input.clone());
        assert_eq!(GZ_NAME, way_to_report(input), "{fields}");
    }
}

#[test]
fn d08_many_send_types_that_were_never_registered() {
    for kind in ["application/x-gzip", "application/gzip-compressed", "gzip/document", "x"] {
        assert_plain(mail_with(&[attached(kind, GZ_NAME, &gz(&plain()))]));
    }
    for kind in ["application/x-zip-compressed", "application/x-zip", "multipart/x-zip"] {
        assert_plain(mail_with(&[attached(kind, ZIP_NAME, &zipped())]));
    }
}

#[test]
fn d09_mimecast_and_gmx_send_types_and_names_that_contradict_the_content() {
    let gzip = gz(&plain());
    for (kind, name, content) in [
        ("application/zip", ZIP_NAME, &gzip),
        ("application/gzip", GZ_NAME, &zipped()),
        ("application/gzip", ZIP_NAME, &gzip),
        ("text/xml", NAME, &gzip),
        ("application/gzip", GZ_NAME, &plain()),
        ("image/png", "logo.png", &zipped()),
    ] {
        assert_plain(mail_with(&[attached(kind, name, content)]));
    }
}

#[test]
fn d10_mimecast_ends_the_gzip_file_with_a_line_end() {
    let file = [gz(&plain()), b"\r\n".to_vec()].concat();
    let mailed = mail_with(&[attached("application/gzip", GZ_NAME, &file)]);
    for input in [file, mailed] {
        let report = read(input);
        assert_issues(&[("trailing_bytes", "2 bytes")], &report);
        assert_eq!(7, messages(&report));
    }
}

#[test]
fn d11_someone_compresses_twice() {
    assert_plain(gz(&gz(&plain())));
    assert_plain(gz(&zipped()));
    assert_plain(mail_with(&[attached("application/gzip", GZ_NAME, &gz(&gz(&plain())))]));
}

#[test]
fn d12_trustwave_writes_the_type_without_its_hyphen() {
    let fields = format!(
        "ContentType: application/gzip; name=\"{GZ_NAME}\"\r\nContent-Transfer-Encoding: base64"
    );
    assert_plain(mail_with(&[part(&fields, &base64(&gz(&plain())))]));
}

#[test]
fn d13_some_attach_the_report_uncompressed() {
    let text = String::from_utf8(plain()).unwrap();
    let escaped = text.replace('=', "=3D").replace("<record>", "<rec=\r\nord>");
    for kind in ["text/xml", "application/xml", "text/plain", "application/octet-stream"] {
        assert_plain(mail_with(&[attached(kind, NAME, &plain())]));
        for (encoding, body) in
            [("7bit", &text), ("8bit", &text), ("binary", &text), ("quoted-printable", &escaped)]
        {
            let fields = format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}");
            assert_plain(mail_with(&[part(&fields, body)]));
        }
    }
}

#[test]
fn d14_rspamd_puts_the_report_among_the_alternatives() {
    let parts = [words(), attached("application/gzip", GZ_NAME, &gz(&plain()))];
    assert_plain(mail(SUBJECT, &multipart("alternative", &parts)));
}

#[test]
fn d15_journaling_attaches_the_mail_to_another() {
    let attachment = attached("application/zip", ZIP_NAME, &zipped());
    let inner = String::from_utf8(mail_with(&[attachment])).unwrap();
    let way = format!("report.eml > {ZIP_NAME} > {NAME}");
    let as_is = part("Content-Type: message/rfc822; name=report.eml", &inner);
    let encoded = attached("message/rfc822", "report.eml", inner.as_bytes());
    let as_file = attached("application/octet-stream", "report.eml", inner.as_bytes());
    for part in [as_is, encoded, as_file] {
        let input = mail_with(&[part]);
        assert_plain(input.clone());
        assert_eq!(way, way_to_report(input));
    }
}

#[test]
fn d16_opendmarc_writes_the_path_of_its_spool_into_the_name() {
    let name = format!("_var_db_opendmarc_{GZ_NAME}");
    let input = mail_with(&[attached("application/gzip", &name, &gz(&plain()))]);
    assert_plain(input.clone());
    assert_eq!(name, way_to_report(input));
    let inside = format!("../../var/db/opendmarc/{NAME}");
    assert_eq!(inside, way_to_report(zip(&[(&inside, &plain())])));
}

#[test]
fn d17_yahoo_attaches_the_word_unused() {
    let name = "!acme.example!1794182400!1794268799.xml";
    for content in [b"unused".to_vec(), b"unused\r\n".to_vec(), gz(b"unused")] {
        assert_eq!(vec!["skipped empty"], outcomes(content.clone()));
        let input = mail_with(&[attached("application/gzip", name, &content)]);
        assert_eq!(vec!["skipped empty"], outcomes(input));
    }
    let as_text = part(&format!("Content-Type: text/xml; name=\"{name}\""), "unused");
    assert_eq!(vec!["skipped empty"], outcomes(mail_with(&[as_text])));
}
