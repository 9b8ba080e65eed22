//! Inputs as reporters send them.

use std::io::{Cursor, Write};

use ::base64::prelude::{BASE64_STANDARD, Engine as _};
use flate2::{Compression, write::GzEncoder};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

mod hostile;
mod mails;

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

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = ::tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
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
        tar(&[("a.xml", REPORT)]),
        gz(&tar(&[("a.xml", REPORT)])),
        gz(&tar(&[("a.xml.gz", &gz(REPORT))])),
        tar(&[("readme", b"x"), ("a.eml", &eml)]),
        mixed(&[attached("application/x-tar", &gz(&tar(&[("a.xml.gz", &gz(REPORT))])))]),
        mixed(&[attached("application/x-tar", &tar(&[("a.xml", REPORT)]))]),
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
fn a_tar_that_breaks_off_is_rejected_after_its_whole_members() {
    let whole = tar(&[("one.xml", REPORT), ("two.xml", OTHER)]);
    assert_eq!(vec!["in > one.xml", "in > two.xml"], origins(&whole));
    for bytes in [&whole[..1024 + 512 + 10], &whole[..1024 + 300], &whole[..1024]] {
        assert_eq!(vec!["report", "unpack corrupt"], words(bytes));
    }
    let limits = Limits { archive_entries: 1, ..Limits::default() };
    assert_eq!(vec!["report", "unpack too_many_parts"], words_with(&whole, &limits));
}

/// The codes of what is noted on each thing found, with where and what.
fn notes(bytes: &[u8]) -> Vec<Vec<String>> {
    let told = |note: &Issue| format!("{} {} {}", note.code.as_str(), note.place, note.value);
    opened(bytes).iter().map(|found| found.notes.iter().map(told).collect()).collect()
}

#[test]
fn what_follows_a_gzip_file_is_noted_on_the_reports_in_it_only() {
    let long = [gz(REPORT), b"\r\n".to_vec()].concat();
    assert_eq!(vec![vec!["trailing_bytes gzip 2 bytes"]], notes(&long));
    assert_eq!(vec![vec!["trailing_bytes gzip 1 byte"]], notes(&[gz(REPORT), vec![0]].concat()));
    let archive = zip(&[("a.gz", &long), ("b.gz", &gz(OTHER))]);
    assert_eq!(vec![vec!["trailing_bytes a.gz 2 bytes"], vec![]], notes(&archive));
    let twice = [gz(&long), b"\x1f\x8bgarbage".to_vec()].concat();
    let expected = ["trailing_bytes gzip 9 bytes", "trailing_bytes gzip 2 bytes"];
    assert_eq!(vec![expected.to_vec()], notes(&twice));
    let several = [gz(&zip(&[("a", REPORT), ("b", OTHER)])), vec![0]].concat();
    assert_eq!(vec![vec!["trailing_bytes gzip 1 byte"]; 2], notes(&several));
}

#[test]
fn damage_beside_a_report_is_rejected_and_costs_it_nothing() {
    let broken = &gz(REPORT)[..30];
    let bytes =
        mixed(&[attached("x/y; name=bad", broken), attached("x/y; name=good", &gz(REPORT))]);
    assert_eq!(vec!["unpack corrupt", "report"], words(&bytes));
}
