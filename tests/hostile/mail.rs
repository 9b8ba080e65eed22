//! Mails: H43 to H45, and TLS reports, H57.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ruaudit::decode::Limits;

use crate::build::{Member, gz, zip};
use crate::judge::{quickly, report, traces, words, words_with};
use crate::report::{good, named};

/// Lines of base64.
pub(crate) fn base64(content: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(content);
    let mut lines = String::with_capacity(text.len() + text.len() / 38 + 2);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(76));
        lines += line;
        lines += "\r\n";
        rest = more;
    }
    lines
}

/// A part with its fields and its body.
pub(crate) fn part(fields: &str, body: &str) -> String {
    format!("{fields}\r\n\r\n{body}")
}

/// A part that carries a file.
pub(crate) fn file(name: &str, content: &[u8]) -> String {
    let fields = format!(
        "Content-Type: application/octet-stream; name=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64"
    );
    part(&fields, &base64(content))
}

/// A multipart, closed.
pub(crate) fn multipart(boundary: &str, parts: &[String]) -> String {
    let mut out = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n");
    for part in parts {
        out += &format!("--{boundary}\r\n{part}\r\n");
    }
    out + &format!("--{boundary}--\r\n")
}

/// A mail of that entity.
pub(crate) fn mail(entity: &str) -> Vec<u8> {
    format!("From: dmarc@mailcloud.example\r\nSubject: Report\r\nMIME-Version: 1.0\r\n{entity}")
        .into_bytes()
}

/// A mail of these parts.
pub(crate) fn mixed(parts: &[String]) -> Vec<u8> {
    mail(&multipart("b1", parts))
}

/// A mail without a sender of its own, with one file.
pub(crate) fn with_file(name: &str, content: &[u8]) -> Vec<u8> {
    format!("MIME-Version: 1.0\r\n{}", multipart("b1", &[file(name, content)])).into_bytes()
}

/// Multiparts inside each other, never closed.
pub(crate) fn deep_multiparts(depth: usize) -> Vec<u8> {
    let open = |n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
    mail(&(0..depth).map(open).collect::<String>())
}

/// Mails inside each other.
pub(crate) fn deep_messages(depth: usize) -> Vec<u8> {
    mail(&"Content-Type: message/rfc822\r\n\r\n".repeat(depth))
}

#[test]
fn h43_parts_inside_each_other_end_at_the_limit() {
    assert_eq!(vec!["mime too_deep"], quickly(|| words(&deep_multiparts(10_000))));
    assert_eq!(vec!["mime too_deep"], quickly(|| words(&deep_messages(300_000))));
    let beside = file("chain.eml", &deep_messages(100));
    let found = words(&mixed(&[beside, file("r.xml", good().as_bytes())]));
    assert!(
        found.contains(&"accepted".to_owned()) && found.contains(&"mime too_deep".to_owned()),
        "{found:?}"
    );
}

/// Multiparts that all have one boundary, so that each delimiter could be anyone's.
pub(crate) fn boundary_loop(depth: usize) -> Vec<u8> {
    let open = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(depth);
    mail(&(open + &file("r.xml", good().as_bytes()) + "\r\n--b--\r\n"))
}

/// Siblings whose boundaries never occur.
pub(crate) fn absent_boundaries(count: usize) -> Vec<u8> {
    let absent = part("Content-Type: multipart/mixed; boundary=absent", "x");
    let mut parts = vec![file("r.xml", good().as_bytes())];
    parts.extend(vec![absent; count]);
    mixed(&parts)
}

#[test]
fn h43_boundaries_that_loop_or_never_occur_are_read_in_one_pass() {
    // the outermost multipart owns every delimiter, so the part inside is found at once
    let found = quickly(|| words(&boundary_loop(5)));
    assert_eq!(vec!["accepted"], found);
    let expected = vec!["accepted", "mime too_many_parts"];
    assert_eq!(expected, quickly(|| words(&absent_boundaries(16_000))));
    let missing = part(
        "Content-Type: multipart/mixed",
        &format!("--x\r\n{}\r\n--x--\r\n", file("r.xml", good().as_bytes())),
    );
    assert_eq!(vec!["accepted"], words(&mail(&missing)));
    let twice = format!(
        "Content-Type: multipart/mixed; boundary=wrong\r\n{}",
        multipart("b1", &[file("r.xml", good().as_bytes())])
    );
    assert_eq!(vec!["accepted"], words(&mail(&twice)));
    let dashes = format!(
        "Content-Type: multipart/mixed; boundary=\"{}\"\r\n\r\n{}",
        "-".repeat(200_000),
        "-".repeat(2_000_000)
    );
    assert_eq!(1, quickly(|| words(&mail(&dashes))).len());
}

/// Parts without end, each with a report of its own.
pub(crate) fn many_parts(count: usize) -> Vec<u8> {
    let part = |n| file(&format!("{n}.xml.gz"), &gz(named(&format!("part-{n}"))));
    mixed(&(0..count).map(part).collect::<Vec<_>>())
}

#[test]
fn h43_parts_are_counted_and_the_first_are_read() {
    let limits = Limits { mime_parts: 20, ..Limits::default() };
    let found = words_with(&many_parts(30), &limits);
    // the mail itself is a part
    assert_eq!(20, found.len(), "{found:?}");
    assert_eq!("mime too_many_parts", found.last().unwrap());
    assert!(found[..19].iter().all(|word| word == "accepted"), "{found:?}");
}

/// A header line without end.
pub(crate) fn long_header(bytes: usize) -> Vec<u8> {
    [
        format!("Subject: {}\r\n", "x".repeat(bytes)).as_bytes(),
        &mixed(&[file("r.xml", good().as_bytes())]),
    ]
    .concat()
}

/// A name in pieces without end (RFC 2231), in each of so many parts.
pub(crate) fn name_in_pieces(pieces: usize, parts: usize) -> Vec<u8> {
    let pieces: String = (0..pieces).map(|n| format!(";\r\n n*{n}=x")).collect();
    let part = part(&format!("Content-Type: application/gzip{pieces}"), "x");
    let mut all = vec![part; parts];
    all.push(file("r.xml", good().as_bytes()));
    mixed(&all)
}

#[test]
fn h43_header_lines_without_end_are_refused() {
    assert_eq!(vec!["mime too_large"], quickly(|| words(&long_header(10 << 20))));
    assert_eq!(vec!["accepted"], words(&long_header(200_000)));
    let skipped = "skipped not_a_report";
    let expected = vec![skipped, skipped, skipped, "accepted"];
    assert_eq!(expected, quickly(|| words(&name_in_pieces(9_000, 3))));
}

#[test]
fn h43_encodings_that_are_wrong_are_seen_through() {
    let report = good();
    let of = |encoding: &str, body: &str| {
        let fields = format!(
            "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: {encoding}"
        );
        words(&mixed(&[part(&fields, body)]))
    };
    let coded = base64(report.as_bytes());
    for (encoding, body) in [
        ("base64", report.as_str()),
        ("7bit", &coded),
        ("quoted-printable", &coded),
        ("x-unknown", &report),
        ("base64", coded.trim_end().trim_end_matches('=')),
        ("base64", &coded.replace("\r\n", " \r\n\r\n ")),
    ] {
        assert_eq!(vec!["accepted"], of(encoding, body), "{encoding}");
    }
    let with_footer = format!("{coded}\r\n-- \r\nlist footer\r\n");
    assert_eq!(vec!["accepted trailing_bytes"], of("base64", &with_footer));
    let eight_bit = [
        b"Subject: \xe9\r\nX-\xff: \xfe\r\n".as_slice(),
        &mixed(&[file("r.xml", report.as_bytes())]),
    ]
    .concat();
    assert_eq!(vec!["accepted"], words(&eight_bit));
}

#[test]
fn h43_a_mail_that_is_cut_off_says_so() {
    let whole =
        mixed(&[file("a.xml", named("a").as_bytes()), file("b.xml", named("b").as_bytes())]);
    let text = String::from_utf8(whole).unwrap();
    let unclosed = text.strip_suffix("--b1--\r\n").unwrap();
    let expected = vec!["accepted unclosed_mail", "accepted unclosed_mail"];
    assert_eq!(expected, words(unclosed.as_bytes()));
    let in_the_first = text.find("base64\r\n\r\n").unwrap() + 12;
    assert_eq!(vec!["mime truncated"], words(&text.as_bytes()[..in_the_first]));
}

/// A report attached twice: as it is, and under another name.
pub(crate) fn attached_twice() -> Vec<u8> {
    let content = gz(good());
    mixed(&[file("r.xml.gz", &content), file("again.xml.gz", &content)])
}

#[test]
fn h44_what_a_mail_holds_twice_is_read_once() {
    assert_eq!(vec!["accepted"], words(&attached_twice()));
}

/// What comes to the address of reports and is none.
fn no_reports() -> Vec<(&'static str, Vec<u8>)> {
    let text = |body: &str| part("Content-Type: text/plain", body);
    let bounce = "Content-Type: multipart/report; report-type=delivery-status; boundary=b1\r\n\r\n\
                  --b1\r\n\r\nYour mail could not be delivered.\r\n--b1\r\n\
                  Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\
                  \r\nAction: failed\r\n--b1--\r\n";
    let calendar =
        part("Content-Type: text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
    vec![
        ("bounce", mail(bounce)),
        (
            "auto-reply",
            mail(&format!(
                "Auto-Submitted: auto-replied\r\n{}",
                text("I am away until Monday.\r\n")
            )),
        ),
        (
            "newsletter",
            mail(&part(
                "Content-Type: text/html",
                "<html><body><p>Give us your feedback!</p></body></html>",
            )),
        ),
        ("calendar", mixed(&[text("Invitation"), calendar])),
        ("signature", mixed(&[text("Hello"), file("smime.p7s", &[0x30, 0x82, 1, 2, 3])])),
        (
            "encrypted",
            mixed(&[
                part("Content-Type: application/pgp-encrypted", "Version: 1"),
                file("x.asc", b"-----BEGIN PGP MESSAGE-----"),
            ]),
        ),
        ("pdf", mixed(&[file("invoice.pdf", b"%PDF-1.7\n1 0 obj")])),
        (
            "pictures",
            mixed(&[file("pictures.zip", &zip(&[Member::stored("a.png", b"\x89PNG\r\n")]))]),
        ),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
        ("text", b"Dear colleague, this is a letter.".to_vec()),
    ]
}

#[test]
fn h45_what_is_no_report_is_skipped() {
    for (name, bytes) in no_reports() {
        assert_eq!(vec!["skipped not_a_report"], words(&bytes), "{name}");
    }
    let beside: Vec<String> = (0..3)
        .map(|_| part("Content-Type: text/plain", "Hello"))
        .chain([file("r.xml", good().as_bytes())])
        .collect();
    assert_eq!(vec!["accepted"], words(&mixed(&beside)));
}

#[test]
fn h45_an_attachment_that_cannot_be_read_leaves_a_trace_beside_a_good_one() {
    let broken = file("lost.xml.gz", &gz(named("lost"))[1..]);
    let parts = [file("r.xml", good().as_bytes()), broken, file("logo.png", b"\x89PNG")];
    assert_eq!(vec!["accepted", "skipped not_a_report"], words(&mixed(&parts)));
    let flood: Vec<_> = (0..90).map(|n| file(&format!("{n}.zip"), b"junk")).collect();
    assert_eq!(vec!["skipped not_a_report"; 20], quickly(|| words(&mixed(&flood))));
}

#[test]
fn h45_one_bad_part_never_costs_its_siblings() {
    let parts = [
        file("a.xml", named("a").as_bytes()),
        file("cut.xml.gz", &gz(named("x"))[..60]),
        file("secret.zip", &zip(&[Member { flags: 1, ..Member::stored("s.xml", [7; 99]) }])),
        file("cut.xml", &good().as_bytes()[..400]),
        file("dtd.xml", good().replacen("<feedback>", "<!DOCTYPE x []><feedback>", 1).as_bytes()),
        file("b.xml.gz", &gz(named("b"))),
        part(
            "Content-Type: message/rfc822",
            &String::from_utf8(mixed(&[file("c.xml", named("c").as_bytes())])).unwrap(),
        ),
    ];
    let expected = [
        "accepted",
        "unpack corrupt",
        "unpack encrypted",
        "xml truncated",
        "xml dtd_not_allowed",
        "accepted",
        "accepted",
    ];
    assert_eq!(expected.to_vec(), words(&mixed(&parts)));
}

/// A TLS report that nests without end, and others that a JSON reader would stumble over.
pub(crate) fn json(what: &str, size: usize) -> Vec<u8> {
    let text = match what {
        "deep" => "[".repeat(size),
        "deep objects" => "{\"a\":".repeat(size / 5),
        "keys" => format!("{{{}\"policies\":[]}}", "\"policies\":[],".repeat(size / 14)),
        "string" => format!("{{\"organization-name\":\"{}\"}}", "x".repeat(size)),
        "numbers" => "{\"total-successful-session-count\":1e400,\"x\":NaN,\"y\":-0}".to_owned(),
        _ => "[{\"report-id\":\"x\"}]".to_owned(),
    };
    text.into_bytes()
}

#[test]
fn h57_a_tls_report_is_no_dmarc_report_whatever_it_holds() {
    for what in ["deep", "deep objects", "keys", "string", "numbers", "array"] {
        let bytes = json(what, 1 << 20);
        assert_eq!(vec!["skipped not_a_report"], quickly(|| words(&bytes)), "{what}");
        assert_eq!(vec!["skipped not_a_report"], words(&gz(&bytes)), "{what}");
        assert_eq!(
            vec!["skipped not_a_report"],
            words(&with_file("r.json.gz", &gz(&bytes))),
            "{what}"
        );
    }
    let both =
        mixed(&[file("tls.json.gz", &gz(json("deep", 9_999))), file("r.xml", good().as_bytes())]);
    assert_eq!(1, report(&both).records.len());
}

/// Control characters and paths in the names of parts and in the subject.
pub(crate) fn bad_names() -> Vec<u8> {
    let name = "=?utf-8?q?=1b[2J=E2=80=AE../../x?=";
    [format!("Subject: {name}\r\n").as_bytes(), &mixed(&[file(name, &gz(good())[..50])])].concat()
}

#[test]
fn h43_names_of_parts_are_kept_as_they_are_and_never_a_path() {
    let found = traces(&bad_names(), &Limits::default());
    assert_eq!(vec!["unpack corrupt"], words(&bad_names()));
    assert_eq!("in", found[0].origin.input);
    assert!(
        found[0].origin.part.ends_with("../../x") || found[0].origin.part.contains("=?utf-8?"),
        "{:?}",
        found[0].origin
    );
}
