//! Inputs that are as heavy as the limits allow: what costs the most memory or time of all that is
//! let in. Each takes the bytes that it may unpack to, so that tests run the same shapes small.

use std::fmt::Write as _;

use ruaudit::decode::Limits;

use crate::build::{Member, gz, gz_of, zip};
use crate::judge::{quickly, words};
use crate::mail;
use crate::report::{good, head, named, record};

/// Texts that do not compress: xorshift, in hexadecimal.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// So many characters.
    pub(crate) fn text(&mut self, length: usize) -> String {
        let mut out = String::with_capacity(length + 16);
        while out.len() < length {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            write!(out, "{:016x}", self.0).unwrap();
        }
        out.truncate(length);
        out
    }
}

/// A report that is filled up with units to a size.
fn filled(id: &str, bytes: usize, mut unit: impl FnMut(&mut String, usize)) -> String {
    let mut out = String::with_capacity(bytes + (64 << 10));
    out += &head(id, "acme.example");
    for number in 0.. {
        let before = out.len();
        unit(&mut out, number);
        if out.len() + "</feedback>".len() > bytes {
            out.truncate(before);
            break;
        }
    }
    out + "</feedback>"
}

/// A record with texts in the places where texts cost the most.
fn row(out: &mut String, address: &str, from: &str, more: &str) {
    write!(
        out,
        "<record><row><source_ip>{address}</source_ip><count>1</count>{more}</row>\
         <identifiers><header_from>{from}</header_from></identifiers></record>"
    )
    .unwrap();
}

/// What differs from record to record.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Nothing, and rows are as short as can be.
    Rows,
    /// The address, which cannot be read and is as long as is kept.
    Addresses,
    /// `header_from`, short.
    Froms,
    /// `header_from`, 600 bytes: just under the limit of combinations.
    PaddedFroms,
    /// `header_from`, as long as a text may be.
    LongFroms,
    /// `header_from` as short as it can be, in letters of which each is three bytes or more as an
    /// A-label.
    Idns,
    /// `header_from` of some thousand different letters, which an encoder to A-labels that is not
    /// stopped goes over once for each.
    LongIdns,
    /// A hundred reasons in each row.
    Reasons,
    /// The comment of a reason, 600 bytes.
    Comments,
    /// The comments of a hundred reasons, as long as a text may be.
    LongComments,
    /// A hundred signatures in each row.
    Signatures,
    /// `human_result`, 600 bytes.
    Remarks,
    /// Everything is odd.
    Oddities,
}

pub(crate) const SHAPES: [Shape; 13] = [
    Shape::Rows,
    Shape::Addresses,
    Shape::Froms,
    Shape::PaddedFroms,
    Shape::LongFroms,
    Shape::Idns,
    Shape::LongIdns,
    Shape::Reasons,
    Shape::Comments,
    Shape::LongComments,
    Shape::Signatures,
    Shape::Remarks,
    Shape::Oddities,
];

/// A document of a shape, so many bytes of it.
pub(crate) fn document(shape: Shape, id: &str, bytes: usize) -> String {
    let pad = |length: usize| "x".repeat(length);
    let (pad80, pad600, pad16k) = (pad(72), pad(560), pad(16_300));
    let letters: String = ('\u{4e00}'..='\u{62ff}').collect();
    let id_text = id.to_owned();
    filled(id, bytes, move |out, n| match shape {
        Shape::Rows => out.push_str("<record><row><count>1</count></row></record>"),
        Shape::Addresses => row(out, &format!("{n:08}{pad80}"), "a", ""),
        Shape::Froms => row(out, "::1", &format!("{id_text}{n}"), ""),
        Shape::PaddedFroms => row(out, "::1", &format!("{id_text}{n}{pad600}"), ""),
        Shape::LongFroms => row(out, "::1", &format!("{n}{pad16k}"), ""),
        Shape::Idns => row(out, "::1", &format!("\u{4e2d}\u{fffd}{n}.\u{e9}{id_text}"), ""),
        Shape::LongIdns => row(out, "::1", &format!("{letters}{n}"), ""),
        Shape::Reasons => {
            let reason = |k| format!("<reason><type>{n}-{k}</type></reason>");
            let reasons: String = (0..100).map(reason).collect();
            row(out, "::1", "a", &format!("<policy_evaluated>{reasons}</policy_evaluated>"));
        }
        Shape::Comments => {
            let comment = format!("<reason><comment lang='en'>{n}{pad600}</comment></reason>");
            row(out, "::1", "a", &format!("<policy_evaluated>{comment}</policy_evaluated>"));
        }
        Shape::LongComments => {
            let comment = |k| format!("<reason><comment>{n}-{k}{pad16k}</comment></reason>");
            let comments: String = (0..20).map(comment).collect();
            row(out, "::1", "a", &format!("<policy_evaluated>{comments}</policy_evaluated>"));
        }
        Shape::Signatures => {
            let dkim = |k| format!("<dkim><domain>d{n}-{k}</domain><selector>s</selector></dkim>");
            let signatures: String = (0..100).map(dkim).collect();
            let auth = format!("<auth_results>{signatures}</auth_results></record>");
            row(out, "::1", "a", "");
            out.truncate(out.len() - "</record>".len());
            out.push_str(&auth);
        }
        Shape::Remarks => {
            let spf =
                format!("<spf><domain>a</domain><human_result>{n}{pad600}</human_result></spf>");
            row(out, "::1", "a", "");
            out.truncate(out.len() - "</record>".len());
            out.push_str(&format!("<auth_results>{spf}</auth_results></record>"));
        }
        Shape::Oddities => {
            out.push_str("<a/>b<record>c<row>d<count>-1</count>&e;<count/></row></record>")
        }
    })
}

/// The same, compressed.
pub(crate) fn shape(shape: Shape, bytes: usize) -> Vec<u8> {
    gz(document(shape, "h", bytes))
}

/// A document that turns out to be not well-formed behind its last record, so that it is read twice.
pub(crate) fn recovered(kind: Shape, bytes: usize) -> Vec<u8> {
    let whole = document(kind, "r", bytes - 100);
    gz(whole.replace("</feedback>", "<extension><x>a<1</x></extension></feedback>"))
}

/// Records with remarks that do not compress, in a mail.
pub(crate) fn noisy_mail(bytes: usize) -> Vec<u8> {
    let mut noise = Noise::new();
    let document = filled("noise", bytes, |out, _| {
        let reason = format!("<reason><comment>{}</comment></reason>", noise.text(600));
        row(out, "::1", "a", &format!("<policy_evaluated>{reason}</policy_evaluated>"));
    });
    mail::mixed(&[mail::file("r.xml.gz", &gz(document))])
}

/// So many reports, one after another in one text, which share its bytes.
pub(crate) fn reports_in_a_row(count: usize, bytes: usize) -> Vec<u8> {
    let one = |n| document(Shape::Froms, &format!("{n:x}"), bytes / count);
    gz((0..count).map(one).collect::<String>())
}

/// A zip archive of so many reports, which share the bytes.
pub(crate) fn reports_in_a_zip(shape: Shape, count: usize, bytes: usize) -> Vec<u8> {
    let one = |n| {
        Member::deflated(&format!("{n}.xml"), document(shape, &format!("{n:x}"), bytes / count))
    };
    zip(&(0..count).map(one).collect::<Vec<_>>())
}

/// A mail of so many reports, which share the bytes.
pub(crate) fn reports_in_a_mail(shape: Shape, count: usize, bytes: usize) -> Vec<u8> {
    let one =
        |n| mail::file(&format!("{n}.gz"), &gz(document(shape, &format!("{n:x}"), bytes / count)));
    mail::mixed(&(0..count).map(one).collect::<Vec<_>>())
}

/// A document that is stored in a zip archive, which is compressed: it is there twice.
pub(crate) fn stored_in_a_gzip(bytes: usize) -> Vec<u8> {
    gz(zip(&[Member::stored("r.xml", document(Shape::PaddedFroms, "s", bytes))]))
}

/// How a text is written that takes more room as UTF-8, and twice if something must be replaced.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Swelling {
    /// Two bytes each that become three.
    Utf16,
    /// A byte each that becomes three.
    Windows1252,
    /// The same, with a control character, cut in its last tag.
    Windows1252AndWorse,
    /// A byte in three that is no UTF-8 and becomes three.
    Invalid,
    /// A byte each that XML forbids and that becomes three.
    Controls,
    /// Plain ASCII but for one control character, cut in its last tag.
    OneControl,
}

pub(crate) const SWELLINGS: [Swelling; 6] = [
    Swelling::Utf16,
    Swelling::Windows1252,
    Swelling::Windows1252AndWorse,
    Swelling::Invalid,
    Swelling::Controls,
    Swelling::OneControl,
];

/// A report with such a text in a comment, compressed.
pub(crate) fn swelling(how: Swelling, bytes: usize) -> Vec<u8> {
    let report = good();
    let (before, after) = report.split_once("<record>").unwrap();
    let latin = before.replace("UTF-8", "windows-1252");
    let (before, unit): (&str, &[u8]) = match how {
        Swelling::Utf16 => {
            let wide =
                |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
            let before =
                [vec![0xff, 0xfe], wide(&before.replace("UTF-8", "UTF-16")), wide("<!--")].concat();
            let chunk = [0x2d, 0x4e].repeat(32 << 10);
            let after = wide(&format!("--><record>{after}"));
            return gz_of(&[(&before, 1), (&chunk, bytes / chunk.len()), (&after, 1)]);
        }
        Swelling::Windows1252 | Swelling::Windows1252AndWorse => (&latin, b"\x80"),
        Swelling::Invalid => (before, b"\xc3\xa9\xff"),
        Swelling::Controls => (before, b"\x01"),
        Swelling::OneControl => (before, b"x"),
    };
    let chunk = unit.repeat((64 << 10) / unit.len());
    let (mut before, mut after) = (format!("{before}<!--"), format!("--><record>{after}"));
    if matches!(how, Swelling::Windows1252AndWorse | Swelling::OneControl) {
        before.push('\u{1}');
        after = after.trim_end().trim_end_matches("k>").to_owned();
    }
    gz_of(&[(before.as_bytes(), 1), (&chunk, bytes / chunk.len()), (after.as_bytes(), 1)])
}

/// Mails inside each other, each whole inside the next as quoted-printable, which makes them no
/// smaller.
pub(crate) fn quoted_messages(depth: usize, bytes: usize) -> Vec<u8> {
    let inner = mail::multipart(
        "b1",
        &[mail::file("r.xml", good().as_bytes()), mail::part("X: y", &"x\r\n".repeat(bytes / 3))],
    );
    let inner = String::from_utf8(mail::mail(&inner)).unwrap();
    let quoted = |inner: String, _| {
        let body = inner.replace('=', "=3D");
        let fields = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable";
        String::from_utf8(mail::mail(&mail::part(fields, &body))).unwrap()
    };
    (0..depth).fold(inner, quoted).into_bytes()
}

/// An archive of so many bombs, of so many MiB each.
pub(crate) fn bombs(count: usize, mib: usize) -> Vec<u8> {
    let one = |n| Member::repeated(&format!("{n}.xml"), &[(&[b'<'; 1 << 20], mib)]);
    zip(&(0..count).map(one).collect::<Vec<_>>())
}

/// An mbox of so many mails, each with a zip archive of so many tiny reports of distinct domains.
pub(crate) fn flood(mails: usize, reports: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for n in 0..mails {
        out.extend_from_slice(b"From x@y.example Sat Nov 21 10:00:00 2026\n");
        out.extend(mail::mixed(&[mail::file("r.zip", &tiny_reports(n, reports))]));
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// A zip archive of so many tiny reports, each of a domain of its own.
pub(crate) fn tiny_reports(batch: usize, count: usize) -> Vec<u8> {
    let one = |n| {
        let domain = format!("d{batch}-{n}.example");
        let xml = format!(
            "{}{}</feedback>",
            head("tiny", &domain),
            record().replace("acme.example", &domain)
        );
        Member::deflated(&format!("{n}.xml"), xml)
    };
    zip(&(0..count).map(one).collect::<Vec<_>>())
}

/// Tags that could be the root, and are not.
pub(crate) fn almost_roots(bytes: usize) -> Vec<u8> {
    let chunk = "<feedbac><a:feedbacks>".repeat((64 << 10) / 22);
    gz_of(&[(chunk.as_bytes(), bytes / chunk.len()), (named("x").as_bytes(), 1)])
}

fn is_sound(word: &str) -> bool {
    !word.ends_with("panicked") && !word.is_empty()
}

#[test]
fn h21_the_heaviest_shapes_end_as_reports_or_at_a_limit() {
    for kind in SHAPES {
        let found = quickly(|| words(&shape(kind, 300 << 10)));
        assert_eq!(1, found.len(), "{kind:?}: {found:?}");
        assert!(is_sound(&found[0]) && found[0].starts_with("accepted"), "{kind:?}: {found:?}");
    }
}

#[test]
fn h24_texts_that_swell_end_as_reports_or_at_a_limit() {
    for how in SWELLINGS {
        let found = quickly(|| words(&swelling(how, 1 << 20)));
        assert_eq!(1, found.len(), "{how:?}: {found:?}");
        assert!(found[0].starts_with("accepted"), "{how:?}: {found:?}");
    }
}

#[test]
fn h43_mails_inside_each_other_share_what_they_may_unpack_to() {
    assert_eq!(vec!["accepted"], quickly(|| words(&quoted_messages(5, 1 << 20))));
    let limits = Limits { total_bytes: 2 << 20, ..Limits::default() };
    let found = quickly(|| crate::judge::words_with(&quoted_messages(9, 1 << 20), &limits));
    assert!(found.iter().any(|word| word.ends_with("too_large")), "{found:?}");
}

#[test]
fn h06_heavy_containers_are_read_to_a_limit() {
    const SIZE: usize = 400 << 10;
    for (name, expected, bytes) in [
        ("row", 20, reports_in_a_row(20, SIZE)),
        ("zip", 20, reports_in_a_zip(Shape::Froms, 20, SIZE)),
        ("mail", 20, reports_in_a_mail(Shape::Reasons, 20, 5 * SIZE)),
        ("stored", 1, stored_in_a_gzip(SIZE)),
        ("recovered", 1, recovered(Shape::PaddedFroms, SIZE)),
        ("noise", 1, noisy_mail(SIZE)),
        ("roots", 1, almost_roots(SIZE)),
    ] {
        let found = quickly(|| words(&bytes));
        assert_eq!(expected, found.len(), "{name}: {found:?}");
        assert!(found.iter().all(|word| is_sound(word)), "{name}: {found:?}");
    }
    let limits = Limits { report_bytes: 2 << 20, total_bytes: 5 << 20, ..Limits::default() };
    let found = quickly(|| crate::judge::words_with(&bombs(20, 4), &limits));
    assert!(found.iter().all(|word| word == "unpack too_large") && found.len() <= 3, "{found:?}");
}
