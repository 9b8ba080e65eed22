//! The rules for the **tags** of a DKIM key (RFC 6376 section 3.6.1).
//!
//! In: tags. Out: what is wrong with each, and the record with it mended.

use crate::model::finding::{Finding, Place, Severity};

use super::super::{brief, finding};
use super::KeyKind;
use super::mistaken::{self, Lost};
use super::public::{self, Cure, Wrong};
use super::tags::{self, Stray, Tag, is_name};

/// RFC 8301 section 3.2: shorter keys are not verified with.
const MIN_BITS: usize = 1_024;

/// RFC 8301 section 3.2: keys should have this length.
const GOOD_BITS: usize = 2_048;

/// RFC 8301 section 3.2: longer keys need not be verified with.
const MAX_BITS: usize = 4_096;

/// The tags that have a meaning, and `g`, which had one.
pub(super) const KNOWN: &[&str] = &["v", "h", "k", "n", "p", "s", "t", "g"];

/// What came of the rules.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    /// The mended record; none where something cannot be mended.
    pub(super) draft: Option<String>,
}

/// What the rules write to.
struct Rules {
    findings: Vec<Finding>,
}

impl Rules {
    fn error(&mut self, code: &'static str, place: Place, what: impl Into<String>) {
        self.findings.push(finding(code, Severity::Error, Some(place), what));
    }

    fn warn(&mut self, code: &'static str, place: Place, what: impl Into<String>) {
        self.findings.push(finding(code, Severity::Warning, Some(place), what));
    }

    fn hint(&mut self, code: &'static str, place: Place, what: impl Into<String>) {
        self.findings.push(finding(code, Severity::Hint, Some(place), what));
    }

    /// What was meant in place of the last finding.
    fn instead(&mut self, meant: Option<String>) -> Option<String> {
        if let Some(last) = self.findings.last_mut() {
            last.instead.clone_from(&meant);
        }
        meant
    }
}

/// Checks the tags of a record.
pub(super) fn check(tags: &[Tag], strays: &[Stray]) -> Found {
    let mut rules = Rules { findings: Vec::new() };
    let mut parts: Vec<(usize, Option<String>)> = Vec::new();
    for stray in strays {
        parts.push((stray.place.from, rules.stray(stray, tags)));
    }
    for (at, tag) in tags.iter().enumerate() {
        parts.push((tag.place.from, rules.tag(tag, &tags[..at], tags)));
    }
    rules.version(tags);
    rules.missing(tags, strays);
    parts.sort_by_key(|(from, _)| *from);
    Found { findings: rules.findings, draft: tags::written(parts) }
}

impl Rules {
    /// A part that is no tag.
    fn stray(&mut self, stray: &Stray, tags: &[Tag]) -> Option<String> {
        let what = format!(
            "`{}` is no tag: `name=value` is; receivers cannot use the key",
            brief(&stray.text)
        );
        self.error("dkim_no_tag", stray.place, what);
        let meant = match stray.text.split_once(':') {
            _ if stray.text.eq_ignore_ascii_case("dkim1") => Some("v=DKIM1".to_owned()),
            // the key, with `p=` forgotten
            None if tags.iter().all(|tag| tag.name != "p")
                && public::read(&stray.text, declared(tags)).is_ok() =>
            {
                Some(format!("p={}", stray.text))
            }
            Some((name, value)) if KNOWN.contains(&name.trim()) => {
                Some(format!("{}={}", name.trim(), value.trim()))
            }
            _ => None,
        };
        self.instead(meant)
    }

    /// Checks a tag: what stands there when the record is mended.
    fn tag(&mut self, tag: &Tag, before: &[Tag], all: &[Tag]) -> Option<String> {
        let same = Some(format!("{}={}", tag.name, tag.value));
        let lower = tag.name.to_ascii_lowercase();
        if before.iter().any(|other| other.name == tag.name) {
            self.again(tag, before)
        } else if lower != tag.name && KNOWN.contains(&lower.as_str()) {
            let what =
                format!("receivers do not know `{}=`: names of tags are small letters", tag.name);
            self.error("dkim_tag_case", tag.place, what);
            self.instead(Some(format!("{lower}={}", tag.value)))
        } else if let Some(apart) = apart(tag) {
            let what = "a semicolon is missing between two tags; receivers cannot use the key";
            self.error("dkim_missing_semicolon", tag.place, what);
            self.instead(Some(apart))
        } else {
            match tag.name.as_str() {
                "v" => self.value_of_version(tag),
                "k" => self.kind(tag, all),
                "p" => self.public(tag, all),
                "h" => self.hashes(tag),
                "s" => self.services(tag),
                "t" => self.flags(tag, same),
                "n" => same,
                _ => self.unknown(tag, same),
            }
        }
    }

    fn again(&mut self, tag: &Tag, before: &[Tag]) -> Option<String> {
        let what = format!("`{}=` stands twice; receivers cannot use the key", tag.name);
        self.error("dkim_duplicate_tag", tag.place, what);
        let same = before.iter().any(|other| other.name == tag.name && other.value == tag.value);
        same.then(String::new)
    }

    fn value_of_version(&mut self, tag: &Tag) -> Option<String> {
        if tag.value != "DKIM1" {
            let what = "the version is not exactly `DKIM1`; receivers discard the record";
            self.error("dkim_version", tag.place, what);
            let plain: String = tag.value.chars().filter(|c| !c.is_whitespace()).collect();
            let near = ["dkim1", "dkim", "dkim1.0", "1", "dkim-1", "dkim2", "dkiml", "dkimi"];
            let meant = near.contains(&plain.to_ascii_lowercase().as_str());
            return self.instead(meant.then(|| "v=DKIM1".to_owned()));
        }
        Some("v=DKIM1".to_owned())
    }

    /// Where the version stands, and whether.
    fn version(&mut self, tags: &[Tag]) {
        match tags.iter().position(|tag| tag.name == "v") {
            Some(0) => {}
            Some(at) => {
                let what = "`v=DKIM1` must be the first tag; receivers discard the record";
                self.error("dkim_version_not_first", tags[at].place, what);
                self.instead(Some("v=DKIM1 at the beginning".to_owned()));
            }
            None if tags.iter().any(|tag| tag.name == "p") => {
                let what = "the record does not begin with `v=DKIM1`: receivers take it, some \
                            control panels and checkers do not";
                self.findings.push(finding("dkim_no_version", Severity::Hint, None, what));
            }
            None => {}
        }
    }

    fn missing(&mut self, tags: &[Tag], strays: &[Stray]) {
        let stray = strays.iter().any(|stray| stray.text.starts_with("p:"));
        let inside = tags.iter().filter_map(apart).any(|text| text.contains("; p="));
        if !stray && !inside && tags.iter().all(|tag| !tag.name.eq_ignore_ascii_case("p")) {
            let what = "there is no key in it (`p=`); receivers cannot use the record";
            self.findings.push(finding("dkim_no_key", Severity::Error, None, what));
        }
    }

    fn kind(&mut self, tag: &Tag, all: &[Tag]) -> Option<String> {
        if matches!(tag.value.as_str(), "rsa" | "ed25519") {
            let right = kind_of(all).unwrap_or(declared(all)).as_str();
            return Some(format!("k={right}"));
        }
        let what = format!(
            "no receiver knows the kind of key `{}`; the record is ignored",
            brief(&tag.value)
        );
        self.error("dkim_unknown_kind", tag.of_value_or_place(), what);
        let meant = match tag.value.to_ascii_lowercase().as_str() {
            "rsa" | "rsa1024" | "rsa2048" | "rsa4096" | "rsa-sha256" | "rsa-sha1" | "ras" => {
                Some("k=rsa")
            }
            "ed25519" | "ed25519-sha256" | "ed-25519" | "eddsa" => Some("k=ed25519"),
            _ => None,
        };
        self.instead(meant.map(str::to_owned))
    }

    fn public(&mut self, tag: &Tag, all: &[Tag]) -> Option<String> {
        let plain: String = tag.value.chars().filter(|c| !c.is_whitespace()).collect();
        if plain.is_empty() {
            let what = "the key is empty: it is revoked, and signatures with it do not pass";
            self.warn("dkim_revoked", tag.place, what);
            return Some("p=".to_owned());
        }
        let kind = declared(all);
        match public::read(&plain, kind) {
            Err(wrong) => match mistaken::lost_plus(&tag.value, kind) {
                Some(lost) => self.lost_plus(lost, wrong.code, tag),
                None => self.no_key(wrong, tag, &plain, all),
            },
            Ok(bits) => {
                if kind == KeyKind::Rsa {
                    self.length(tag, bits);
                }
                if public::is_bare(&plain) {
                    let what = "the key stands without the frame of X.509 that others have around \
                                it; not every receiver can use it";
                    self.warn("dkim_bare_key", tag.of_value_or_place(), what);
                }
                if !plain.len().is_multiple_of(4) {
                    self.padding(tag, &plain);
                }
                (kind == KeyKind::Ed25519 || bits >= MIN_BITS).then(|| format!("p={plain}"))
            }
        }
    }

    /// A `+` that a web form made a blank of.
    fn lost_plus(&mut self, lost: Lost, code: &'static str, tag: &Tag) -> Option<String> {
        let at = tag.of_value.from + lost.at;
        let what = "a `+` is missing where this blank stands: web forms make one of it. Receivers leave blanks \
                    out (RFC 6376 section 3.6.1) and cannot use the key; with `+` it is whole";
        self.error(code, Place { from: at, to: at + 1 }, what);
        self.instead(Some(format!("p={}", lost.key)))
    }

    /// What is no key, whatever its blanks were.
    fn no_key(&mut self, wrong: Wrong, tag: &Tag, plain: &str, all: &[Tag]) -> Option<String> {
        let is_short = matches!(wrong.code, "dkim_key_cut" | "dkim_bad_base64");
        let blank = if is_short && tag.value.contains(' ') {
            ". Or a `+` is missing at a blank inside: web forms make one of it, and nobody can tell at which"
        } else {
            ""
        };
        self.error(wrong.code, tag.of_value_or_place(), wrong.what + blank);
        let cure = match (wrong.cure, mistaken::key_in(plain, declared(all))) {
            (Cure::None, Some(key)) => Cure::Value(key),
            (cure, _) => cure,
        };
        self.cured(cure, plain, all)
    }

    /// RFC 6376 lets the `=` at the end be left out, and RFC 4648 does not.
    fn padding(&mut self, tag: &Tag, plain: &str) {
        let padded = format!("{plain}{}", &"==="[..3 - (plain.len() + 3) % 4]);
        let what = "the `=` at the end of the key is missing: some receivers cannot decode it";
        self.warn("dkim_no_padding", tag.of_value_or_place(), what);
        self.instead(Some(format!("p={padded}")));
    }

    /// The mended `p=`, where the cure lies in it or in `k=`.
    fn cured(&mut self, cure: Cure, plain: &str, all: &[Tag]) -> Option<String> {
        match cure {
            Cure::None => None,
            Cure::Value(value) => self.instead(Some(format!("p={value}"))),
            Cure::Kind(kind) => {
                let named = all.iter().any(|tag| tag.name == "k");
                self.instead(Some(format!("k={}", kind.as_str())));
                // where `k=` stands, it is mended there
                let missing = if named { String::new() } else { format!("k={}; ", kind.as_str()) };
                Some(format!("{missing}p={plain}"))
            }
        }
    }

    fn length(&mut self, tag: &Tag, bits: usize) {
        let place = tag.of_value_or_place();
        if bits < MIN_BITS {
            let what = format!(
                "{bits} bits: receivers do not verify with RSA keys of less than {MIN_BITS} (RFC \
                 8301), and such a key can be broken"
            );
            self.error("dkim_short_key", place, what);
        } else if bits < GOOD_BITS {
            let what = format!("{bits} bits: RSA keys should have {GOOD_BITS} (RFC 8301)");
            self.warn("dkim_weak_key", place, what);
        } else if bits > MAX_BITS {
            let what = format!("{bits} bits: receivers need not verify with more than {MAX_BITS}");
            self.hint("dkim_long_key", place, what);
        }
    }

    fn hashes(&mut self, tag: &Tag) -> Option<String> {
        let mut known = tag.value.split(':').map(str::trim);
        if !known.any(|hash| hash == "sha256") {
            let what = "the key allows no hash that receivers accept: sha256 is the one (RFC 8301)";
            self.error("dkim_hash", tag.of_value_or_place(), what);
            return self.instead(Some("h=sha256".to_owned()));
        }
        Some(format!("h={}", tag.value))
    }

    fn services(&mut self, tag: &Tag) -> Option<String> {
        let mut services = tag.value.split(':').map(str::trim);
        if services.any(|service| matches!(service, "*" | "email")) {
            return Some(format!("s={}", tag.value));
        }
        let what = "the key is not for mail: `*` and `email` are; receivers ignore it";
        self.error("dkim_service", tag.of_value_or_place(), what);
        let meant = matches!(
            tag.value.to_ascii_lowercase().as_str(),
            "mail" | "e-mail" | "email" | "smtp" | ""
        );
        self.instead(meant.then(|| "s=email".to_owned()))
    }

    fn flags(&mut self, tag: &Tag, same: Option<String>) -> Option<String> {
        if tag.value.is_empty() {
            let what = "`t=` has no flag, and means nothing";
            self.hint("dkim_unknown_flag", tag.place, what);
            self.instead(Some("it may be left out".to_owned()));
            return same;
        }
        for flag in tag.value.split(':').map(str::trim) {
            let place = tag.of_value_or_place();
            match flag {
                "y" => self.warn(
                    "dkim_testing",
                    place,
                    "the domain says that it tests DKIM: receivers may treat a signature that does \
                     not pass as none. Take `y` out when the test is over",
                ),
                "s" => {}
                other => {
                    let what = format!("receivers ignore the flag `{}`", brief(other));
                    self.hint("dkim_unknown_flag", place, what);
                }
            }
        }
        same
    }

    fn unknown(&mut self, tag: &Tag, same: Option<String>) -> Option<String> {
        if tag.name == "g" {
            let what =
                "`g=` is obsolete; old receivers match it against the sender, new ones ignore it";
            self.warn("dkim_granularity", tag.place, what);
        } else {
            let what = format!("receivers ignore the tag `{}`", brief(&tag.name));
            self.hint("dkim_unknown_tag", tag.place, what);
        }
        same
    }
}

/// The tag with a semicolon before each further `name=` in its value; none where there is none.
fn apart(tag: &Tag) -> Option<String> {
    if tag.name == "n" {
        return None;
    }
    let mut words =
        tag.value.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let mut text = format!("{}={}", tag.name, first.trim_end_matches(':'));
    let mut found = false;
    for word in words {
        let begins = word.split_once('=').is_some_and(|(name, value)| {
            is_name(name) && KNOWN.contains(&name) && !value.trim_matches('=').is_empty()
        });
        text.push_str(if begins { "; " } else { " " });
        text.push_str(word.trim_end_matches(':'));
        found |= begins;
    }
    found.then_some(text)
}

/// The kind of key that `p=` holds, where it is not what `k=` says.
fn kind_of(all: &[Tag]) -> Option<KeyKind> {
    let p = all.iter().find(|tag| tag.name == "p")?;
    match public::read(&p.value, declared(all)).err()?.cure {
        Cure::Kind(kind) => Some(kind),
        Cure::None | Cure::Value(_) => None,
    }
}

/// The kind of key that `k=` says.
fn declared(all: &[Tag]) -> KeyKind {
    let inside = |tag: &Tag| apart(tag).is_some_and(|text| text.contains("; k=ed25519"));
    match all.iter().find(|tag| tag.name == "k") {
        Some(k) if k.value.eq_ignore_ascii_case("ed25519") => KeyKind::Ed25519,
        // behind a semicolon that is missing
        None if all.iter().any(inside) => KeyKind::Ed25519,
        _ => KeyKind::Rsa,
    }
}
