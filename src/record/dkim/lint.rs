//! **Checks** a DKIM key.
//!
//! In: a TXT value as receivers see it. Out: what is wrong with it and where, what receivers do with
//! it, and the record with its errors mended.

use crate::model::finding::{Finding, Place, Severity};

use super::super::judge::{Judged, MAX_LENGTH, several_strings};
use super::super::{Linted, finding};
use super::clean;
use super::pasted;
use super::rules;
use super::tags;

/// Checks a value.
#[must_use]
pub fn lint(text: &str) -> Linted {
    let mut judged = judge(text);
    judged.findings.sort_by_key(|finding| finding.place.map_or(0, |place| place.from));
    let corrected = judged.mended(judge);
    Linted { effect: effect(text, &judged), findings: judged.findings, corrected }
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
    findings.extend(several_strings("dkim_several_strings", text));
    Judged { findings, draft: found.draft }
}

fn effect(text: &str, judged: &Judged) -> Vec<String> {
    let useless = "Receivers cannot use this key: signatures with this selector do not pass";
    let mut errors = judged.findings.iter().filter(|one| one.severity == Severity::Error);
    if judged.has_errors() && errors.all(|one| one.code == "dkim_line_end") {
        let some = "Not every receiver can use this key: where one cannot, signatures with this selector do \
                    not pass";
        return vec![some.to_owned()];
    }
    let Ok(key) = super::key(text) else { return vec![useless.to_owned()] };
    if key.revoked {
        return vec!["The key is revoked: signatures with this selector do not pass".to_owned()];
    }
    if judged.has_errors() {
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
