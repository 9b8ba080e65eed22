//! **Several** records of a kind at one name.
//!
//! In: the records that stand there. Out: what receivers make of them, and what to publish in their place. Of a
//! group so much is kept for one record as for thousands.

use crate::model::finding::{Finding, RecordKind, Severity};

use super::paste::Pasted;
use super::{Linted, brief, is_part, spf, whole};

/// All records of a kind at a name, as far as each of them must know: so much for one as for thousands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Group<'a> {
    pub(super) count: usize,
    /// Those that receivers count where they look for more than one.
    seen: usize,
    first: Option<&'a Pasted>,
    differs: bool,
    /// The first that differ, as far as they can be made one.
    texts: [Option<&'a str>; spf::MOST_MERGED],
    /// Whether there are more.
    has_more: bool,
    /// Whether one is not whole.
    has_part: bool,
}

impl<'a> Group<'a> {
    pub(super) fn of(records: impl Iterator<Item = &'a Pasted>, kind: Option<RecordKind>) -> Self {
        let mut group = Self::default();
        records.for_each(|record| group.add(record, kind));
        group
    }

    /// Takes one more, in the order of the lines.
    pub(super) fn add(&mut self, record: &'a Pasted, kind: Option<RecordKind>) {
        self.count += 1;
        self.seen += usize::from(kind.is_some_and(|kind| counts(kind, &record.text)));
        let first = *self.first.get_or_insert(record);
        self.differs |= first.text != record.text;
        self.has_part |= record.findings.iter().any(is_part);
        let text = as_meant(record);
        if !self.texts.contains(&Some(text)) {
            match self.texts.iter_mut().find(|it| it.is_none()) {
                Some(free) => *free = Some(text),
                None => self.has_more = true,
            }
        }
    }

    /// The texts, without one.
    fn beside(&self, text: Option<&str>) -> Vec<&'a str> {
        self.texts.iter().copied().flatten().filter(|it| Some(*it) != text).collect()
    }
}

/// A record as it was meant, where it is published as something else.
fn as_meant(record: &Pasted) -> &str {
    record.meant.as_deref().unwrap_or(&record.text)
}

/// More than one record of a kind at a name.
pub(super) fn several(kind: RecordKind, one: &Pasted, alike: Group<'_>, linted: &mut Linted) {
    let (word, count) = (kind.as_str(), alike.count);
    if !alike.differs {
        // DNS keeps equal records once
        if alike.first.is_some_and(|first| first.line != one.line) {
            let what = format!("the same {word} record stands {count} times at this name");
            linted.findings.push(whole("record_repeated", Severity::Warning, what));
        }
        return;
    }
    let (outcome, effect) = match kind {
        RecordKind::Dmarc => (
            "receivers discard all of them (RFC 9989 section 4.10)",
            "Receivers act as if there were no DMARC record, and send no reports",
        ),
        RecordKind::Spf => (
            "SPF ends in permerror (RFC 7208 section 4.5)",
            "Receivers cannot check SPF: it never passes",
        ),
        RecordKind::Dkim => (
            "which key a receiver takes is left to chance (RFC 6376 section 3.6.2.2)",
            "Signatures pass or fail by chance",
        ),
    };
    linted.corrected = None;
    let instead = match kind {
        RecordKind::Spf => {
            let one =
                spf::in_place_of(&alike.beside(None), count, alike.has_more || alike.has_part);
            linted.corrected = one.corrected;
            one.instead
        }
        RecordKind::Dmarc | RecordKind::Dkim => "keep one, delete the others".to_owned(),
    };
    let (severity, what) = match alike.seen {
        0 => {
            let what = format!(
                "receivers see none of {count} {word} records at one name: were they mended, {outcome}"
            );
            (Severity::Error, what)
        }
        1 => {
            let what = format!(
                "of {count} {word} records at one name receivers see one, and pass over the others for \
                 their version: were that mended, {outcome}"
            );
            (Severity::Warning, what)
        }
        _ => {
            linted.effect = vec![effect.to_owned()];
            (Severity::Error, format!("{count} {word} records stand at one name: {outcome}"))
        }
    };
    let what = format!("{what}{}", beside(one, &alike));
    let finding = whole("record_several", severity, what);
    linted.findings.push(Finding { instead: Some(instead), ..finding });
}

/// The others that stand there, as far as they are known.
fn beside(one: &Pasted, alike: &Group<'_>) -> String {
    let texts = alike.beside(Some(as_meant(one)));
    let named: Vec<_> = texts.iter().map(|text| format!("`{}`", brief(text))).collect();
    match (named.as_slice(), alike.has_more) {
        ([], _) => String::new(),
        (named, false) => format!("; beside this one stands {}", named.join(" and ")),
        (named, true) => format!("; beside this one stands {} and others", named.join(" and ")),
    }
}

/// Whether receivers count a record where they look for more than one: those of another version are
/// dropped first (RFC 9989 section 4.10 step 2, RFC 7208 section 4.5).
fn counts(kind: RecordKind, text: &str) -> bool {
    match kind {
        RecordKind::Dmarc => crate::model::txt::is_dmarc(text),
        RecordKind::Spf => spf::is_record(text),
        RecordKind::Dkim => true,
    }
}
