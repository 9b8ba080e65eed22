//! **Shapes**: how the fuzzer's bytes become an input that gets deep. In: any bytes. Out: an input.
//!
//! Files of the right kind pass as they are, so that real ones serve as seeds; other bytes are read
//! as a recipe for building one.

use super::archives::{Recipe, container as build};

/// A mail: whatever follows, a header line stands first.
#[must_use]
pub fn mail(data: &[u8]) -> Vec<u8> {
    [b"From: reports@receiver.example\r\n", data].concat()
}

/// An archive: what begins like one as it is, or else one built by the recipe.
#[must_use]
pub fn container(data: &[u8]) -> Vec<u8> {
    match data {
        [0x1f, 0x8b, ..] | [b'P', b'K', ..] => data.to_vec(),
        _ => build(&mut Recipe::new(data), 0),
    }
}

/// A report: text that begins with `<` or a byte order mark as it is, or else a skeleton with
/// pieces of `data` in its places.
#[must_use]
pub fn xml(data: &[u8]) -> Vec<u8> {
    match data {
        [b'<' | 0xef | 0xff | 0xfe | 0, ..] | [] => data.to_vec(),
        [coding, pieces @ ..] => in_coding(*coding, skeleton(pieces)),
    }
}

/// A report whose places hold the pieces, separated by `|`, in order; a place without a piece, or
/// with an empty one, holds what an ordinary report does.
fn skeleton(pieces: &[u8]) -> Vec<u8> {
    let mut pieces = pieces.split(|byte| *byte == b'|');
    let mut report = Vec::new();
    for (before, usual) in SKELETON {
        report.extend_from_slice(before.as_bytes());
        let piece = pieces.next().filter(|piece| !piece.is_empty());
        report.extend_from_slice(piece.unwrap_or(usual.as_bytes()));
    }
    report
}

/// What stands before each place, and what usually stands in it. The places that matter most are
/// the first, so that short inputs reach them.
const SKELETON: &[(&str, &str)] = &[
    ("", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
    ("<feedback><record><row><source_ip>", "192.0.2.1"),
    ("</source_ip><count>", "3"),
    ("</count><policy_evaluated><disposition>", "none"),
    ("</disposition><dkim>", "pass"),
    ("</dkim><spf>", "fail"),
    ("</spf>", "<reason><type>forwarded</type><comment>list</comment></reason>"),
    ("</policy_evaluated>", ""),
    ("</row>", ""),
    ("<identifiers><header_from>", "acme.example"),
    ("</header_from>", "<envelope_from>acme.example</envelope_from>"),
    ("</identifiers><auth_results>", ""),
    ("<dkim><domain>", "acme.example"),
    ("</domain><result>", "pass"),
    ("</result>", "<selector>a</selector>"),
    ("</dkim><spf><domain>", "acme.example"),
    ("</domain><result>", "pass"),
    ("</result>", "<scope>mfrom</scope>"),
    ("</spf></auth_results>", ""),
    ("</record>", ""),
    ("<policy_published><domain>", "acme.example"),
    ("</domain><p>", "none"),
    ("</p>", "<sp>none</sp><adkim>r</adkim><aspf>r</aspf><pct>100</pct>"),
    ("</policy_published><report_metadata><org_name>", "receiver.example"),
    ("</org_name><email>", "reports@receiver.example"),
    ("</email><report_id>", "one"),
    ("</report_id><date_range><begin>", "1792108800"),
    ("</begin><end>", "1792195199"),
    ("</end></date_range>", ""),
    ("</report_metadata>", ""),
    ("</feedback>", ""),
];

/// The same text in UTF-16 for four codings, else as it is.
fn in_coding(coding: u8, text: Vec<u8>) -> Vec<u8> {
    let units = || text.iter().map(|byte| u16::from(*byte));
    match coding {
        1 => units().flat_map(u16::to_le_bytes).collect(),
        2 => units().flat_map(u16::to_be_bytes).collect(),
        3 => std::iter::once(0xfeff).chain(units()).flat_map(u16::to_le_bytes).collect(),
        4 => std::iter::once(0xfeff).chain(units()).flat_map(u16::to_be_bytes).collect(),
        _ => text,
    }
}
