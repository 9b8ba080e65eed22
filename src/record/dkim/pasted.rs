//! What is **pasted in place of** a DKIM key.
//!
//! In: a TXT value. Out: what it is, where it is something else, and the key in it where there is one.

use crate::model::finding::{Finding, Place, Severity};
use crate::model::names::MAX_NAME;

use super::super::finding;
use super::tags;

/// What stands there instead.
pub(super) struct Pasted {
    pub(super) finding: Finding,
    /// The record that was meant.
    pub(super) meant: Option<String>,
}

/// Recognises what is no key record.
pub(super) fn instead_of(text: &str) -> Option<Pasted> {
    let lower = text.trim_start().to_ascii_lowercase();
    other(&lower, text).or_else(|| armoured(text)).or_else(|| bare(text))
}

fn pasted(code: &'static str, what: &str, text: &str) -> Pasted {
    let place = (!text.is_empty()).then_some(Place { from: 0, to: text.len() });
    let what = what.to_owned();
    let finding = finding(code, Severity::Error, place, what);
    Pasted { finding, meant: None }
}

fn other(lower: &str, text: &str) -> Option<Pasted> {
    let (code, what) = if text.contains("PRIVATE KEY") {
        (
            "dkim_private_key",
            "this is a private key: whoever read it can sign as this domain. Never publish it, and \
             make a new pair",
        )
    } else if text.contains("BEGIN CERTIFICATE") {
        ("dkim_certificate", "this is a certificate; the record of a public key belongs here")
    } else if lower.starts_with("v=dmarc") {
        ("dkim_other_record", "this is a DMARC record: it belongs at _dmarc")
    } else if lower.starts_with("v=spf") {
        ("dkim_other_record", "this is an SPF record: it belongs at the domain itself")
    } else if is_signature(lower) {
        ("dkim_signature", "this is the header field that a signature stands in, and no key")
    } else if lower.starts_with("ssh-") {
        ("dkim_ssh_key", "this is a key of SSH, in a form of its own")
    } else if is_name(text.trim()) {
        (
            "dkim_name",
            "this is the name of a server, and no key: where a provider gives a name, it belongs \
             into a CNAME record",
        )
    } else {
        return None;
    };
    Some(pasted(code, what, text))
}

fn is_signature(lower: &str) -> bool {
    let (tags, _) = tags::read(lower);
    lower.starts_with("dkim-signature:")
        || ["bh", "b"].iter().all(|name| tags.iter().any(|tag| tag.name == *name))
}

fn is_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    name.len() <= MAX_NAME && name.contains('.') && name.split('.').all(label)
}

/// A key between `-----BEGIN PUBLIC KEY-----` and its end.
fn armoured(text: &str) -> Option<Pasted> {
    const FROM: &str = "-----BEGIN ";
    let from = text.find(FROM)?;
    let head = &text[from + FROM.len()..];
    let (title, body) = head.split_once("-----")?;
    let (key, rest) = body.split_once("-----").unwrap_or((body, ""));
    let key: String = key.chars().filter(|c| !c.is_whitespace()).collect();
    let end = rest.find("-----").map_or(text.len(), |at| text.len() - rest.len() + at + 5);
    let what = "the lines that frame a key in a file stand in the record; receivers cannot use it";
    let mut found = pasted("dkim_armour", what, text);
    found.finding.place = Some(Place { from, to: end });
    if title.ends_with("PUBLIC KEY") && is_base64(&key) {
        let before = text[..from].trim_end();
        let tags =
            if before.ends_with("p=") { before.to_owned() } else { "v=DKIM1; p=".to_owned() };
        found.meant = Some(format!("{tags}{key}"));
    }
    Some(found)
}

/// A key without its tags.
fn bare(text: &str) -> Option<Pasted> {
    let key: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if key.len() < 40 || !is_base64(&key) {
        return None;
    }
    let what = "the key stands without `v=DKIM1; p=` before it; receivers cannot use it";
    let meant = Some(format!("v=DKIM1; p={key}"));
    Some(Pasted { meant, ..pasted("dkim_no_key", what, text) })
}

fn is_base64(text: &str) -> bool {
    let plain = text.trim_end_matches('=');
    !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
}
