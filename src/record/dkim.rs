//! The rules for **DKIM** keys (RFC 6376 section 3.6.1, RFC 8301, RFC 8463).
//!
//! In: a TXT value as receivers see it. Out: what is wrong with it, or the key. It refuses nothing but
//! in [`key`]: there, what receivers cannot use is an error.

mod clean;
mod der;
mod lint;
mod mistaken;
mod pasted;
mod public;
mod rules;
mod tags;

pub use lint::lint;

use serde::Serialize;

/// The codes of findings about DKIM keys.
pub const CODES: &[&str] = &[
    "dkim_private_key",
    "dkim_certificate",
    "dkim_other_record",
    "dkim_signature",
    "dkim_ssh_key",
    "dkim_name",
    "dkim_armour",
    "dkim_no_key",
    "dkim_backslash",
    "dkim_quote",
    "dkim_line_end",
    "dkim_not_ascii",
    "dkim_short_key",
    "dkim_too_long",
    "dkim_empty_tag",
    "dkim_several_strings",
    "dkim_no_tag",
    "dkim_tag_case",
    "dkim_missing_semicolon",
    "dkim_duplicate_tag",
    "dkim_version",
    "dkim_version_not_first",
    "dkim_no_version",
    "dkim_unknown_kind",
    "dkim_revoked",
    "dkim_bare_key",
    "dkim_no_padding",
    "dkim_weak_key",
    "dkim_long_key",
    "dkim_hash",
    "dkim_service",
    "dkim_testing",
    "dkim_unknown_flag",
    "dkim_granularity",
    "dkim_unknown_tag",
    "dkim_key_odd",
    "dkim_key_framed",
    "dkim_other_kind",
    "dkim_key_cut",
    "dkim_key_too_long",
    "dkim_bad_base64",
];

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// RFC 6376.
    Rsa,
    /// RFC 8463.
    Ed25519,
}

impl KeyKind {
    /// The word in `k=`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// A key as receivers use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Key {
    /// How it signs.
    pub kind: KeyKind,
    /// Its length: of the modulus of RSA, 256 for Ed25519; 0 for a revoked one.
    pub bits: usize,
    /// Whether it is revoked: `p=` is empty.
    pub revoked: bool,
    /// Whether the domain is testing DKIM (`t=y`).
    pub testing: bool,
}

/// Reads a key as receivers do.
///
/// # Errors
/// Says why receivers cannot use it.
pub fn key(text: &str) -> Result<Key, String> {
    let tags = tags::read(text).0;
    if let Some(why) = lint::unusable(text) {
        return Err(why);
    }
    let value = |name: &str| tags.iter().find(|tag| tag.name == name).map(|tag| tag.value.clone());
    let kind = match value("k").as_deref() {
        Some("ed25519") => KeyKind::Ed25519,
        _ => KeyKind::Rsa,
    };
    let flags = value("t").unwrap_or_default();
    let testing = flags.split(':').any(|flag| flag.trim() == "y");
    let p = value("p").unwrap_or_default();
    let bits = if p.is_empty() { 0 } else { public::read(&p, kind).map_err(|wrong| wrong.what)? };
    Ok(Key { kind, bits, revoked: p.is_empty(), testing })
}

#[cfg(test)]
mod tests;
