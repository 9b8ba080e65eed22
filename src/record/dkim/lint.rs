//! **Checks** a DKIM key.
//!
//! In: a TXT value as receivers see it. Out: what is wrong with it and where, what receivers do with
//! it, and the record with its errors mended. A mended record is checked again: what is not free of
//! errors then is not proposed.

use crate::model::finding::{Finding, Place, Severity};

use super::super::{Linted, finding};
use super::clean;
use super::pasted;
use super::rules;
use super::tags;

/// Longest text that is looked at: a key of 16,384 bits takes less than 3,000 bytes.
const MAX_LENGTH: usize = 8_192;

/// A text longer than this asks for a second string in the zone.
const ONE_STRING: usize = 255;

/// How often what was mended is mended again.
const ROUNDS: usize = 8;

/// What came of one look at a text.
#[derive(Default)]
struct Judged {
    findings: Vec<Finding>,
    /// The text with what could be mended at once; none where something could not.
    draft: Option<String>,
}

impl Judged {
    fn error(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Error)
    }
}

/// Checks a value.
#[must_use]
pub fn lint(text: &str) -> Linted {
    let mut judged = judge(text);
    judged.findings.sort_by_key(|finding| finding.place.map_or(0, |place| place.from));
    let corrected = if judged.error().is_some() { mended(judged.draft.take()) } else { None };
    Linted { effect: effect(text, &judged), findings: judged.findings, corrected }
}

fn mended(mut draft: Option<String>) -> Option<String> {
    for _ in 0..ROUNDS {
        let text = draft?;
        let judged = judge(&text);
        if judged.error().is_none() {
            return Some(text);
        }
        draft = judged.draft;
    }
    None
}

/// Why receivers cannot use a record; that a key is too short is told by its length.
pub(super) fn unusable(text: &str) -> Option<String> {
    let judged = judge(text);
    let mut errors = judged
        .findings
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error && finding.code != "dkim_short_key");
    errors.next().map(|finding| finding.what)
}

fn judge(text: &str) -> Judged {
    if text.len() > MAX_LENGTH {
        let what = format!("longer than {MAX_LENGTH} bytes: no key is");
        let finding = finding("dkim_too_long", Severity::Error, None, what);
        return Judged { findings: vec![finding], draft: None };
    }
    if let Some(pasted) = pasted::instead_of(text) {
        return Judged { findings: vec![pasted.finding], draft: pasted.meant };
    }
    let clean = clean::clean(text);
    let (tags, strays) = tags::read(&clean.text);
    let mut found = rules::check(&tags, &strays);
    if let Some(place) = tags::empty_part(&clean.text) {
        let what = "a semicolon too many; receivers cannot use the key";
        let (place, instead) = (Some(place), Some(";".to_owned()));
        let doubled = finding("dkim_empty_tag", Severity::Error, place, what);
        found.findings.push(Finding { instead, ..doubled });
    }
    let mut findings = clean.findings.clone();
    let mapped = |place: Option<Place>| place.map(|place| clean.place(place));
    findings
        .extend(found.findings.into_iter().map(|one| Finding { place: mapped(one.place), ..one }));
    findings.extend(length(text));
    Judged { findings, draft: found.draft }
}

fn length(text: &str) -> Option<Finding> {
    let what = format!(
        "{} bytes: in the zone it takes more than one string of up to {ONE_STRING}; receivers join \
         them without a gap",
        text.len()
    );
    let long = text.len() > ONE_STRING;
    long.then(|| finding("dkim_several_strings", Severity::Hint, None, what))
}

fn effect(text: &str, judged: &Judged) -> Vec<String> {
    let useless = "Receivers cannot use this key: signatures with this selector do not pass";
    let Ok(key) = super::key(text) else { return vec![useless.to_owned()] };
    if key.revoked {
        return vec!["The key is revoked: signatures with this selector do not pass".to_owned()];
    }
    if judged.error().is_some() {
        return vec![useless.to_owned()];
    }
    let kind = match key.kind {
        super::KeyKind::Rsa => format!("an RSA key of {} bits", key.bits),
        super::KeyKind::Ed25519 => "an Ed25519 key, which not every receiver knows".to_owned(),
    };
    let mut effect = vec![format!("Receivers verify signatures with {kind}")];
    if key.testing {
        let what = "They may treat a signature that does not pass as if the mail were not signed";
        effect.push(what.to_owned());
    }
    effect
}
