//! Inputs as reporters send them.

use std::io::{Cursor, Write};

use ::base64::prelude::{BASE64_STANDARD, Engine as _};
use flate2::{Compression, write::GzEncoder};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

mod hostile;

const REPORT: &[u8] = b"<?xml version=\"1.0\"?>\n<feedback><report_metadata/></feedback>\n";
const OTHER: &[u8] = b"<feedback xmlns=\"urn:x\"><other/></feedback>";

fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn base64(content: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(content);
    let lines: Vec<_> =
        text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line)).collect();
    lines.join("\r\n")
}

/// A part with its fields and body.
fn part(kind: &str, body: &str) -> String {
    format!("Content-Type: {kind}\r\n\r\n{body}")
}

/// A part that carries a file in base64.
fn attached(kind: &str, content: &[u8]) -> String {
    let fields = format!("{kind}\r\nContent-Transfer-Encoding: base64");
    part(&fields, &base64(content))
}

fn multipart(subtype: &str, boundary: &str, parts: &[String]) -> String {
    let mut body = String::new();
    for part in parts {
        body += &format!("--{boundary}\r\n{part}\r\n");
    }
    body += &format!("--{boundary}--\r\n");
    part(&format!("multipart/{subtype}; boundary=\"{boundary}\""), &body)
}

fn mail(entity: &str) -> Vec<u8> {
    format!("From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n{entity}").into_bytes()
}

fn mixed(parts: &[String]) -> Vec<u8> {
    mail(&multipart("mixed", "b1", parts))
}

fn text() -> String {
    part("text/plain", "This is a report.\r\n")
}

fn open_with(bytes: &[u8], limits: &Limits) -> Vec<Found> {
    let mut all = Vec::new();
    open(&Origin::input("in"), bytes.to_vec(), limits, &mut |found| all.push(found));
    all
}

fn opened(bytes: &[u8]) -> Vec<Found> {
    open_with(bytes, &Limits::default())
}

fn documents(bytes: &[u8]) -> Vec<Vec<u8>> {
    opened(bytes).into_iter().filter_map(|found| found.content.ok()).collect()
}

/// What each thing became: `report`, or the code of its reason after what became of it.
fn words_with(bytes: &[u8], limits: &Limits) -> Vec<String> {
    let word = |found: Found| match found.content {
        Ok(_) => "report".into(),
        Err(Outcome::Rejected(r)) => format!("{} {}", r.stage.as_str(), r.reason.as_str()),
        Err(Outcome::Skipped(reason)) => format!("skipped {}", reason.as_str()),
        Err(other) => panic!("never: {other:?}"),
    };
    open_with(bytes, limits).into_iter().map(word).collect()
}

fn words(bytes: &[u8]) -> Vec<String> {
    words_with(bytes, &Limits::default())
}

fn origins(bytes: &[u8]) -> Vec<String> {
    opened(bytes).into_iter().map(|found| found.origin.to_string()).collect()
}

/// Asserts that an input holds this report, whole, and nothing else.
fn assert_report(bytes: &[u8]) {
    let content = opened(bytes).into_iter().map(|found| found.content).collect::<Vec<_>>();
    assert_eq!(vec![Ok(REPORT.to_vec())], content, "{}", String::from_utf8_lossy(bytes));
}

#[test]
fn a_bare_report_is_passed_on_as_it_is() {
    let bytes = REPORT.to_vec();
    let place = bytes.as_ptr();
    open(&Origin::input("in"), bytes, &Limits::default(), &mut |found| {
        let content = found.content.unwrap();
        assert_eq!((REPORT, place), (&content[..], content.as_ptr()));
    });
    for mark in [&b"\xef\xbb\xbf"[..], b"\r\n "] {
        let bytes = [mark, REPORT].concat();
        assert_eq!(vec![bytes.clone()], documents(&bytes));
    }
}

#[test]
fn nothing_is_empty_and_the_placeholder_too() {
    for bytes in [&b""[..], b" \r\n", b"unused", b"unused\r\n", b"\xef\xbb\xbf"] {
        assert_eq!(vec!["skipped empty"], words(bytes));
        assert_eq!(vec!["skipped empty"], words(&gz(bytes)));
        assert_eq!(vec!["skipped empty"], words(&zip(&[("!a!b.xml", bytes)])));
    }
    assert_eq!(vec!["skipped empty"], words(&zip(&[])));
    let placeholder = mixed(&[text(), attached("application/gzip; name=\"!a.gz\"", b"unused")]);
    assert_eq!(vec!["skipped empty"], words(&placeholder));
}

#[test]
fn what_is_no_report_is_skipped_once() {
    let html = part("text/html", "<html><body>Your feedback, please</body></html>");
    let image = attached("image/png", b"\x89PNG\r\n\x1a\n0000");
    let calendar = part("text/calendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR");
    let bounce = part(
        "message/delivery-status",
        "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: a\r\n\r\nFinal-Recipient: b\r\n\r\nA: b\r\n",
    );
    let tls_report = attached("application/tlsrpt+gzip", &gz(b"{\"organization-name\":\"x\"}"));
    let encrypted = part("application/octet-stream", "-----BEGIN PGP MESSAGE-----\r\n");
    for parts in
        [vec![text()], vec![html, image], vec![bounce], vec![calendar, tls_report, encrypted]]
    {
        assert_eq!(vec!["skipped not_a_report"], words(&mixed(&parts)), "{parts:?}");
    }
    for bytes in
        [&b"hello"[..], b"<html/>", b"{}", &gz(b"hello"), &zip(&[("a", b"x"), ("b", b"y")])]
    {
        assert_eq!(vec!["skipped not_a_report"], words(bytes));
    }
}

#[test]
fn containers_lie_inside_each_other() {
    let eml = mixed(&[attached("application/gzip", &gz(REPORT))]);
    for bytes in [
        gz(REPORT),
        gz(&gz(REPORT)),
        gz(&gz(&gz(REPORT))),
        [gz(REPORT), b"\r\n".to_vec()].concat(),
        zip(&[("a.xml", REPORT)]),
        zip(&[("a.zip", &zip(&[("a.xml", REPORT)]))]),
        zip(&[("a.xml.gz", &gz(REPORT))]),
        gz(&zip(&[("a.xml", REPORT)])),
        zip(&[("a.eml", &eml)]),
        eml,
    ] {
        assert_report(&bytes);
    }
}

#[test]
fn deeper_than_the_limit_is_rejected() {
    let four = gz(&gz(&gz(&gz(REPORT))));
    assert_eq!(vec!["unpack too_deep"], words(&four));
    let nested = (0..5).fold(REPORT.to_vec(), |inner, _| zip(&[("a.zip", &inner)]));
    assert_eq!(vec!["unpack too_deep"], words(&nested));
    let limits = Limits { container_depth: 5, ..Limits::default() };
    assert_eq!(vec!["report"], words_with(&nested, &limits));
}

#[test]
fn several_reports_and_junk_give_the_reports_with_their_origins() {
    let bytes = zip(&[
        ("readme.txt", b"hello"),
        ("one.xml", REPORT),
        ("__MACOSX/._one.xml", b"\0\x05\x16\x07"),
        ("two.xml.gz", &gz(OTHER)),
        ("../../bad.gz", b"\x1f\x8bnonsense"),
    ]);
    assert_eq!(vec!["report", "report", "unpack corrupt"], words(&bytes));
    let expected = vec!["in > one.xml", "in > two.xml.gz", "in > ../../bad.gz"];
    assert_eq!(expected, origins(&bytes));
    let mail = mixed(&[text(), attached("application/zip; name=r.zip", &bytes)]);
    assert_eq!("in > r.zip > one.xml", origins(&mail)[0]);
}

#[test]
fn mails_as_reporters_send_them_are_read() {
    let zipped = zip(&[("a.xml", REPORT)]);
    let gzipped = gz(REPORT);
    let xml = String::from_utf8_lossy(REPORT).into_owned();
    let alternative = multipart("alternative", "b2", &[text(), part("text/html", "<p>x</p>")]);
    let related = multipart("related", "b3", &[alternative]);
    let inner = String::from_utf8(mixed(&[attached("application/gzip", &gzipped)])).unwrap();
    let inner = inner.replace("b1", "inner");
    for (case, bytes) in [
        ("one part, no multipart", mail(&attached("application/zip; name=a!b.zip", &zipped))),
        ("a deep nest", mixed(&[related, attached("application/gzip", &gzipped)])),
        (
            "octet-stream",
            mixed(&[attached("application/octet-stream; name=a!b!1!2.xml.gz", &gzipped)]),
        ),
        ("a type that lies", mixed(&[attached("application/zip; name=a.zip", &gzipped)])),
        ("text that is gzip", mixed(&[attached("text/plain", &gzipped)])),
        ("no hyphen", mixed(&[attached("x", &zipped).replace("Content-Type", "ContentType")])),
        (
            "in alternative",
            mail(&multipart("alternative", "b", &[text(), attached("application/gzip", &gzipped)])),
        ),
        ("forwarded", mixed(&[text(), part("message/rfc822", &inner)])),
        ("forwarded in base64", mixed(&[attached("message/rfc822", inner.as_bytes())])),
        (
            "an .eml file",
            mixed(&[attached("application/octet-stream; name=a.eml", inner.as_bytes())]),
        ),
        (
            "a comment",
            mixed(&[attached("application/gzip", &gzipped).replace("base64", "base64 (x)")]),
        ),
        ("no encoding named", mixed(&[part("application/gzip", &base64(&gzipped))])),
        (
            "wrong encoding",
            mixed(&[attached("application/gzip", &gzipped).replace(": base64", ": 8bit")]),
        ),
        ("no headers", mixed(&[base64(&gzipped)])),
        (
            "twice",
            mixed(&[attached("application/gzip", &gzipped), attached("x/y; name=b", &gzipped)]),
        ),
        (
            "a mailbox line",
            [b"From a@example.org Sat\r\n".to_vec(), mixed(&[attached("x/y", &gzipped)])].concat(),
        ),
        ("a footer", mixed(&[attached("x/y", &gzipped) + "\r\n____\r\nlist footer\r\n"])),
        (
            "LF only",
            String::from_utf8(mixed(&[attached("x/y", &gzipped)]))
                .unwrap()
                .replace("\r\n", "\n")
                .into_bytes(),
        ),
        ("bare XML", mixed(&[text(), part("text/xml", &xml)])),
        ("XML in base64", mixed(&[attached("application/xml", REPORT)])),
        (
            "XML that claims base64",
            mixed(&[part("text/xml\r\nContent-Transfer-Encoding: base64", &xml)]),
        ),
        (
            "quoted-printable",
            mixed(&[part(
                "text/xml\r\nContent-Transfer-Encoding: quoted-printable",
                &xml.replace('=', "=3D"),
            )]),
        ),
    ] {
        let content: Vec<_> = opened(&bytes).into_iter().map(|found| found.content).collect();
        assert_eq!(vec![Ok(REPORT.to_vec())], content, "{case}");
    }
}

#[test]
fn odd_boundaries_lose_nothing() {
    let whole = String::from_utf8(mixed(&[text(), attached("x/y", &gz(REPORT))])).unwrap();
    assert_report(whole.replace("boundary=\"b1\"", "boundary=other").as_bytes());
    assert_report(whole.replace("; boundary=\"b1\"", " boundary=b1").as_bytes());
    assert_report(whole.replace("boundary=\"b1\"", "x=y").as_bytes());
    assert_report(whole.replace("--b1--\r\n", "").as_bytes());
    assert_report(whole.replace("boundary=\"b1\"", "boundary*=utf-8''b%31").as_bytes());
    let same = multipart("mixed", "b1", &[text()]);
    assert_report(&mixed(&[same, attached("x/y", &gz(REPORT))]));
}

#[test]
fn eight_bit_attachments_keep_their_bytes() {
    let latin = b"<feedback><org_name>caf\xe9</org_name></feedback>";
    let head = mail("Content-Type: text/xml\r\n\r\n");
    assert_eq!(vec![latin.to_vec()], documents(&[&head[..], latin].concat()));
}

#[test]
fn parts_after_a_digest_are_not_lost() {
    let file = base64(&gz(REPORT));
    let bytes = format!(
        "X: y\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\nContent-Type: multipart/digest; \
         boundary=cc\n\n--cc\n\nContent-Type: message/rfc822\n\nSubject: z\n\nhi\n--cc--\n--bb\n\
         Content-Type: application/gzip; name=lost.gz\nContent-Transfer-Encoding: base64\n\n{file}\n--bb--\n"
    );
    assert_eq!(vec!["in > lost.gz"], origins(bytes.as_bytes()));
    assert_report(bytes.as_bytes());
}

#[test]
fn damage_beside_a_report_is_rejected_and_costs_it_nothing() {
    let broken = &gz(REPORT)[..30];
    let bytes =
        mixed(&[attached("x/y; name=bad", broken), attached("x/y; name=good", &gz(REPORT))]);
    assert_eq!(vec!["unpack corrupt", "report"], words(&bytes));
}
