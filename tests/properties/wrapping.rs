//! The bytes of a document in one of the ways that it travels in: an encoding, an archive, a mail.

use std::io::{Cursor, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::document::Dice;

/// A text in UTF-8 or UTF-16, with a byte order mark or without.
pub(crate) fn encoded(text: &str, dice: &mut Dice) -> Vec<u8> {
    let marked = format!("\u{feff}{text}");
    match dice.throw(6) {
        0 => marked.into_bytes(),
        1 => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        2 => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        3 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

/// A document as it is, in an archive, in a mail, or in an archive in a mail.
pub(crate) fn wrapped(document: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let packed = match dice.throw(5) {
        0 => gzip(&document, dice),
        1 => gzip_of_two(&document, dice),
        2 => zip(&document, CompressionMethod::Deflated),
        3 => zip(&document, CompressionMethod::Stored),
        _ => document,
    };
    match dice.throw(3) {
        0 => packed,
        1 => mail(&base64_body(&packed, dice), "base64", dice),
        _ => mail(&quoted_printable_body(&packed, dice), "Quoted-Printable", dice),
    }
}

fn gzip(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let level = u32::try_from(dice.throw(10)).unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip_of_two(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let (first, second) = bytes.split_at(dice.throw(bytes.len()));
    [gzip(first, dice), gzip(second, dice)].concat()
}

fn zip(bytes: &[u8], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    writer.start_file("receiver.example!acme.example!1!2.xml", options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Base64 in lines of any length.
pub(crate) fn base64_body(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let text = STANDARD.encode(bytes);
    let length = [4, 40, 64, 75, 76, 998, usize::MAX][dice.throw(7)];
    let lines: Vec<&[u8]> = text.as_bytes().chunks(length).collect();
    lines.join(&b"\r\n"[..])
}

/// Quoted-printable (RFC 2045 section 6.7) in lines of at most 76 characters, most of them shorter.
pub(crate) fn quoted_printable_body(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut body = String::new();
    let mut column = 0;
    for byte in bytes {
        let is_plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') && dice.throw(30) > 0;
        let piece = if is_plain { char::from(*byte).to_string() } else { format!("={byte:02X}") };
        if column + piece.len() > 75 || dice.throw(50) == 0 {
            body.push_str("=\r\n");
            column = 0;
        }
        column += piece.len();
        body.push_str(&piece);
    }
    body.into_bytes()
}

/// A mail with one attachment, or that is one.
pub(crate) fn mail(body: &[u8], encoding: &str, dice: &mut Dice) -> Vec<u8> {
    let kind = ["application/octet-stream", "application/gzip", "text/xml", "application/zip"];
    let file = format!(
        "Content-Type: {};\r\n name=\"r.bin\"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n",
        kind[dice.throw(4)]
    );
    let head = "From: reports@receiver.example\r\nMIME-Version: 1.0\r\n";
    if dice.throw(2) == 0 {
        return [head.as_bytes(), file.as_bytes(), body].concat();
    }
    let start = "Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\n\
        Content-Type: text/plain\r\n\r\nThis is a report.\r\n--=_b\r\n";
    let end = "\r\n--=_b--\r\n";
    [head.as_bytes(), start.as_bytes(), file.as_bytes(), body, end.as_bytes()].concat()
}
