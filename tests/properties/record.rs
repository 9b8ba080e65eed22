//! **Invariants** of checking a record: what must hold of every text, whatever it is. The fuzz target
//! `check` uses them too.

use ruaudit::model::finding::{Checked, Place, RecordKind, Severity};
use ruaudit::record::check;

/// Every kind, and the one that is recognised.
const KINDS: [Option<RecordKind>; 4] =
    [None, Some(RecordKind::Dmarc), Some(RecordKind::Spf), Some(RecordKind::Dkim)];

/// Checks a text as every kind, and what came of it.
///
/// # Panics
/// Where an invariant does not hold.
pub fn holds(text: &str) {
    for kind in KINDS {
        holds_as(text, kind);
    }
}

fn holds_as(text: &str, kind: Option<RecordKind>) {
    let checked = check(text, kind);
    assert_eq!(checked, check(text, kind), "checked again, it is something else");
    if kind.is_some() {
        assert_eq!(kind, checked.kind);
    }
    let severities: Vec<Severity> =
        checked.findings.iter().map(|finding| finding.severity).collect();
    assert!(severities.is_sorted(), "{severities:?}");
    for finding in &checked.findings {
        assert!(!finding.what.is_empty() && !finding.what.ends_with('.'), "{finding:?}");
        assert!(
            finding.place.is_none_or(|place| inside(place, &checked.text)),
            "{finding:?} of {text:?}"
        );
    }
    if let Some(corrected) = &checked.corrected {
        is_right(text, corrected, &checked);
    }
}

/// Whether a place is in a text; an empty one is where something is missing.
fn inside(place: Place, text: &str) -> bool {
    place.from <= place.to && text.get(place.from..place.to).is_some()
}

/// A corrected record has no errors left, and stays as it is.
fn is_right(text: &str, corrected: &str, checked: &Checked) {
    let again = check(&where_it_stands(corrected, checked), checked.kind);
    let errors: Vec<_> = again
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.code)
        .collect();
    assert!(errors.is_empty(), "{errors:?} in {corrected:?} of {text:?}");
    assert_eq!(None, again.corrected, "{corrected:?} of {text:?}");
    assert_ne!(corrected, checked.text);
}

/// A consent to reports needs no policy, and is known by its name alone.
fn where_it_stands(corrected: &str, checked: &Checked) -> String {
    let at_consent = checked.name.as_deref().is_some_and(|name| name.contains("._report._dmarc"));
    if checked.kind != Some(RecordKind::Dmarc) || !at_consent {
        return corrected.to_owned();
    }
    let text = corrected.replace('\\', r"\\").replace('"', "\\\"");
    format!("acme.example._report._dmarc.reports.example. IN TXT \"{text}\"")
}
