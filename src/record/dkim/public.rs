//! The **public key** in `p=`: RSA as the SubjectPublicKeyInfo of X.509, Ed25519 as 32 bytes.
//!
//! In: base64, and what kind of key it should be. Out: its length in bits, or what it is instead.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::KeyKind;
use super::der::{self, Broken};

/// What is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) code: &'static str,
    pub(super) what: String,
    pub(super) cure: Cure,
}

/// What would mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cure {
    None,
    /// Another `k=`.
    Kind(KeyKind),
    /// Another `p=`.
    Value(String),
}

/// rsaEncryption, 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// id-Ed25519, 1.3.101.112.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// As receivers decode: padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What the bytes are.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// The bits of an RSA key, and whether it stands without the frame of X.509.
    Rsa {
        bits: usize,
        bare: bool,
        exponent: bool,
    },
    /// In the frame of X.509: the 32 bytes.
    FramedEd25519(Vec<u8>),
    Ed25519,
    Private,
    Certificate,
    Ssh,
    Short(usize),
    /// So many bytes too many.
    Long(usize),
    Odd,
}

/// Reads a key: its bits.
pub(super) fn read(p: &str, kind: KeyKind) -> Result<usize, Wrong> {
    let bytes = decode(p)?;
    match (look(&bytes), kind) {
        (Found::Rsa { exponent: false, .. }, _) => Err(wrong(
            "dkim_key_odd",
            "the exponent of the key is none that RSA can use; receivers cannot use the key",
        )),
        (Found::Rsa { bits, .. }, KeyKind::Rsa) => Ok(bits),
        (Found::Ed25519, KeyKind::Ed25519) => Ok(256),
        (Found::Rsa { .. }, KeyKind::Ed25519) => {
            Err(of_kind("the key is an RSA key, and `k=` says ed25519", KeyKind::Rsa))
        }
        (Found::Ed25519, KeyKind::Rsa) => Err(of_kind(
            "the key looks like an Ed25519 key, and `k=` does not say so",
            KeyKind::Ed25519,
        )),
        (Found::FramedEd25519(key), _) => Err(Wrong {
            cure: Cure::Value(base64::engine::general_purpose::STANDARD.encode(key)),
            ..wrong(
                "dkim_key_framed",
                "an Ed25519 key stands here as its 32 bytes alone (RFC 8463 section 4.2), not in \
                 the frame that OpenSSL writes; receivers cannot use it",
            )
        }),
        (other, _) => Err(useless(&other, bytes.len())),
    }
}

/// Whether an RSA key stands without the frame of X.509.
pub(super) fn is_bare(p: &str) -> bool {
    decode(p).is_ok_and(|bytes| matches!(look(&bytes), Found::Rsa { bare: true, .. }))
}

fn wrong(code: &'static str, what: &str) -> Wrong {
    Wrong { code, what: what.to_owned(), cure: Cure::None }
}

fn of_kind(what: &str, kind: KeyKind) -> Wrong {
    let what = format!("{what}; receivers cannot use it");
    Wrong { code: "dkim_other_kind", what, cure: Cure::Kind(kind) }
}

fn useless(found: &Found, length: usize) -> Wrong {
    match found {
        Found::Private => wrong(
            "dkim_private_key",
            "this is a private key: whoever read it can sign as this domain. Never publish it, and \
             make a new pair",
        ),
        Found::Certificate => wrong(
            "dkim_certificate",
            "this is a certificate; a public key belongs here; receivers cannot use it",
        ),
        Found::Ssh => wrong(
            "dkim_ssh_key",
            "this is a key of SSH, in a form of its own; receivers cannot use it",
        ),
        Found::Short(missing) => Wrong {
            what: format!(
                "the key is cut off: at least {missing} bytes are missing at its end; receivers \
                 cannot use it"
            ),
            ..wrong("dkim_key_cut", "")
        },
        Found::Long(more) => Wrong {
            what: format!(
                "{more} bytes too many stand behind the key, as if it stood twice or text were \
                 glued to it; many receivers cannot use it"
            ),
            ..wrong("dkim_key_too_long", "")
        },
        _ => Wrong {
            what: format!("these {length} bytes are no public key; receivers cannot use it"),
            ..wrong("dkim_key_odd", "")
        },
    }
}

/// Decodes base64; blanks in it do not count (RFC 6376 section 3.2).
fn decode(p: &str) -> Result<Vec<u8>, Wrong> {
    let plain: String = p.chars().filter(|c| !" \t\r\n".contains(*c)).collect();
    if let Some(odd) = plain.chars().find(|c| !c.is_ascii_alphanumeric() && !"+/=".contains(*c)) {
        let what = format!(
            "`{}` is no character of base64; receivers cannot use the key",
            odd.escape_debug()
        );
        return Err(Wrong { what, ..wrong("dkim_bad_base64", "") });
    }
    let what = "the key is no whole base64: a character is missing or one too many, or `=` stands \
                inside; receivers cannot use it";
    BASE64.decode(plain).map_err(|_| wrong("dkim_bad_base64", what))
}

fn look(bytes: &[u8]) -> Found {
    if bytes.len() == 32 {
        return Found::Ed25519;
    }
    if bytes.starts_with(b"\0\0\0\x07ssh-rsa") || bytes.starts_with(b"\0\0\0\x0bssh-ed25519") {
        return Found::Ssh;
    }
    let outer = match der::expect(bytes, der::SEQUENCE) {
        Ok(outer) => outer,
        Err(Broken::Short(missing)) if bytes.first() == Some(&der::SEQUENCE) => {
            return Found::Short(missing);
        }
        Err(_) => return Found::Odd,
    };
    if let Some(private) = private(outer.content) {
        return private;
    }
    match framed(outer.content).or_else(|| bare(outer.content)) {
        Some(_) if !outer.rest.is_empty() => Found::Long(outer.rest.len()),
        Some(found) => found,
        None => Found::Odd,
    }
}

/// A private key or a certificate.
fn private(content: &[u8]) -> Option<Found> {
    let first = der::element(content).ok()?;
    let second = der::element(first.rest).ok();
    match first.tag {
        der::INTEGER if first.content.len() <= 1 => Some(Found::Private),
        der::SEQUENCE if first.content.first() == Some(&0xa0) => Some(Found::Certificate),
        der::SEQUENCE if second.is_some_and(|second| second.tag == der::OCTET_STRING) => {
            Some(Found::Private)
        }
        _ => None,
    }
}

/// The SubjectPublicKeyInfo of X.509: which algorithm, and a bit string with the key.
fn framed(content: &[u8]) -> Option<Found> {
    let algorithm = der::expect(content, der::SEQUENCE).ok()?;
    let oid = der::expect(algorithm.content, der::OID).ok()?;
    let bits = der::expect(algorithm.rest, der::BIT_STRING).ok()?;
    let (unused, key) = bits.content.split_first()?;
    if *unused != 0 || !bits.rest.is_empty() {
        return None;
    }
    match oid.content {
        RSA => numbers(der::expect(key, der::SEQUENCE).ok()?.content, false),
        ED25519 => (key.len() == 32).then(|| Found::FramedEd25519(key.to_vec())),
        _ => None,
    }
}

/// The RSAPublicKey of PKCS #1, without a frame.
fn bare(content: &[u8]) -> Option<Found> {
    numbers(content, true)
}

/// Modulus and exponent.
fn numbers(content: &[u8], bare: bool) -> Option<Found> {
    let modulus = der::expect(content, der::INTEGER).ok()?;
    let exponent = der::expect(modulus.rest, der::INTEGER).ok()?;
    let odd = exponent.content.last().is_some_and(|last| last % 2 == 1);
    let usable = odd && der::bits(exponent.content) > 1;
    exponent.rest.is_empty().then(|| Found::Rsa {
        bits: der::bits(modulus.content),
        bare,
        exponent: usable,
    })
}
