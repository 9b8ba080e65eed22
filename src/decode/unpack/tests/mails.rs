//! Mails as reporters, gateways and careless programs write them.

use super::*;

/// The same mail without its last delimiter.
fn unclosed(mail: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    text.strip_suffix("--b1--\r\n").unwrap().as_bytes().to_vec()
}

#[test]
fn an_unclosed_mail_is_noted_on_all_its_reports() {
    let parts = [attached("x/y; name=a", &gz(REPORT)), attached("x/y; name=b", OTHER)];
    let expected = vec![vec!["unclosed_mail mail "]; 2];
    assert_eq!(expected, notes(&unclosed(&mixed(&parts))));
    assert_eq!(vec![Vec::<String>::new(); 2], notes(&mixed(&parts)));
    let archive = zip(&[("a.eml", &unclosed(&mixed(&parts[..1]))), ("b.xml", OTHER)]);
    assert_eq!(vec![vec!["unclosed_mail a.eml "], vec![]], notes(&archive));
}

#[test]
fn an_unclosed_mail_without_a_report_is_truncated() {
    let eml = unclosed(&mixed(&[text()]));
    assert_eq!(vec!["mime truncated"], words(&eml));
    assert_eq!(vec!["mime truncated"], words(&zip(&[("a.eml", &eml), ("b.txt", b"x")])));
    let broken = unclosed(&mixed(&[attached("x/y", &gz(REPORT)[..30])]));
    assert_eq!(vec!["unpack corrupt"], words(&broken));
}

#[test]
fn a_boundary_that_was_never_met_is_not_unclosed() {
    let eml = String::from_utf8(unclosed(&mixed(&[text()]))).unwrap();
    for odd in ["boundary=other", "x=y"] {
        let eml = eml.replace("boundary=\"b1\"", odd);
        assert_eq!(vec!["skipped not_a_report"], words(eml.as_bytes()), "{odd}");
    }
    let head = mail("Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n");
    assert_eq!(vec!["skipped not_a_report"], words(&head));
}

#[test]
fn a_multipart_that_only_its_parent_closes_is_noted_and_no_more() {
    let nested = multipart("alternative", "b2", &[text()]).replace("--b2--\r\n", "");
    let bytes = mixed(&[nested.clone(), attached("x/y", &gz(REPORT))]);
    assert_eq!(vec![vec!["unclosed_mail mail "]], notes(&bytes));
    assert_eq!(vec!["skipped not_a_report"], words(&mixed(std::slice::from_ref(&nested))));
    assert_eq!(vec!["mime truncated"], words(&unclosed(&mixed(&[nested]))));
}

#[test]
fn messages_in_a_digest_need_no_type() {
    let eml = mixed(&[attached("application/gzip", &gz(REPORT))]);
    let eml = String::from_utf8(eml).unwrap();
    for part in [format!("\r\n{eml}"), part("message/rfc822", &eml)] {
        let digest = multipart("digest", "b2", &[part]);
        assert_report(&mail(&digest));
        assert_report(&mixed(&[text(), digest]));
    }
}

#[test]
fn all_kinds_of_messages_are_read_and_pieces_of_one_are_not() {
    let eml = String::from_utf8(mixed(&[attached("application/gzip", &gz(REPORT))])).unwrap();
    let inner = eml.replace("b1", "inner");
    assert_report(&mail(&part("message/rfc822", &inner)));
    assert_report(&mixed(&[part("message/global", &inner)]));
    let piece = part("message/partial; id=\"a@example.org\"; number=1; total=2", &inner);
    assert_eq!(vec!["skipped not_a_report"], words(&mail(&piece)));
}

#[test]
fn sealed_and_foreign_wrappings_are_no_reports() {
    let compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 a message of another program";
    let sealed = multipart(
        "encrypted; protocol=\"application/pgp-encrypted\"",
        "b2",
        &[
            part("application/pgp-encrypted", "Version: 1\r\n"),
            part("application/octet-stream", "x"),
        ],
    );
    for part in [
        attached("application/ms-tnef; name=winmail.dat", b"\x78\x9f\x3e\x22\x01\x00<feedback>"),
        attached("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"0\x82\x01"),
        attached("application/vnd.ms-outlook; name=report.msg", compound),
        sealed,
    ] {
        assert_eq!(vec!["skipped not_a_report"], words(&mixed(&[text(), part.clone()])), "{part}");
    }
    let signed =
        [attached("application/gzip", &gz(REPORT)), attached("application/pkcs7-signature", b"0")];
    assert_report(&mail(&multipart(
        "signed; protocol=\"application/pkcs7-signature\"",
        "b",
        &signed,
    )));
}

#[test]
fn a_part_without_the_hyphen_in_its_type_is_what_it_says() {
    let report = attached("application/zip", &zip(&[("a.xml", REPORT)]));
    let nested = multipart("mixed", "b2", &[text(), report.clone()]);
    assert_report(&mixed(&[nested.replace("Content-Type", "ContentType")]));
    let named = attached("application/zip; name=a.zip", &gz(REPORT));
    let bytes = mail(&named.replace("Content-Type", "ContentType"));
    assert_eq!(vec!["in > a.zip"], origins(&bytes));
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
fn what_a_mail_calls_a_report_and_is_none_is_skipped_by_itself() {
    for kind in [
        "application/gzip",
        "application/x-gzip; name=a",
        "application/zip",
        "application/x-zip-compressed",
        "text/xml",
        "application/octet-stream; name=r.XML.GZ",
        "text/plain; name=r.xml",
    ] {
        let other = attached(kind, b"<html>no feedback</html>");
        let junk = attached(kind, b"\x01\x02\x03");
        let good = attached("application/gzip; name=good.gz", &gz(REPORT));
        for bad in [&other, &junk] {
            let parts = [text(), bad.clone(), good.clone()];
            assert_eq!(vec!["skipped not_a_report", "report"], words(&mixed(&parts)), "{kind}");
            assert_eq!(vec!["skipped not_a_report"], words(&mixed(&parts[..2])), "{kind}");
            assert_eq!(vec!["skipped not_a_report"], words(&mail(bad)), "{kind}");
        }
    }
    let bad = attached("application/gzip; name=lost.xml.gz", b"junk");
    let bytes = mixed(&[attached("x/y; name=good", &gz(REPORT)), bad]);
    assert_eq!(vec!["in > good", "in > lost.xml.gz"], origins(&bytes));
}

#[test]
fn what_stands_beside_a_report_and_does_not_claim_to_be_one_is_passed_over() {
    let tls = gz(b"{\"organization-name\": 1}");
    let beside = [
        text(),
        part("text/html", "<html>your feedback</html>"),
        attached("image/png; name=logo.png", b"\x89PNG"),
        attached("image/svg+xml; name=logo.svg", b"<svg/>"),
        attached("application/pkcs7-signature; name=smime.p7s", b"0\x82"),
        attached("application/zip; name=pictures.zip", &zip(&[("a.png", b"\x89PNG")])),
        attached("application/tlsrpt+gzip; name=r.json.gz", &tls),
        attached("application/gzip; name=unused.gz", b"unused"),
        attached("application/gzip; name=empty.gz", b""),
        attached("application/gzip; name=good.gz", &gz(REPORT)),
    ];
    assert_eq!(vec!["report"], words(&mixed(&beside)));
}

#[test]
fn no_more_than_twenty_of_a_mail_are_skipped_by_themselves_and_none_hides_that_it_breaks_off() {
    let bad = |n: usize| attached(&format!("application/gzip; name={n}.xml.gz"), b"junk");
    let many: Vec<_> = (0..50).map(bad).collect();
    let eml = mixed(&many);
    assert_eq!(UNREAD_MAX, words(&eml).len());
    let inner =
        |n: usize| attached(&format!("x/y; name={n}.eml"), &[&eml[..], &[b' '; 3][..n]].concat());
    assert_eq!(UNREAD_MAX, words(&mixed(&[inner(1), inner(2), inner(3)])).len());
    assert_eq!(2 * UNREAD_MAX, words(&zip(&[("a.eml", &eml), ("b.eml", &eml)])).len());
    let broken = unclosed(&mixed(&many[..2]));
    assert_eq!(vec!["skipped not_a_report", "mime truncated"], words(&broken));
    let good = attached("x/y", &gz(REPORT));
    let broken = unclosed(&mixed(&[good, bad(1)]));
    assert_eq!(vec!["report", "skipped not_a_report"], words(&broken));
}
