//! The **tags** of a DKIM key (RFC 6376 section 3.2), with their places.
//!
//! In: a TXT value. Out: the tags, and the parts that are none.

use crate::model::finding::Place;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// As it is written.
    pub(super) name: String,
    /// Without blanks at its ends.
    pub(super) value: String,
    /// The name, `=` and the value.
    pub(super) place: Place,
    /// The value alone.
    pub(super) of_value: Place,
}

impl Tag {
    /// The place of the value; of the tag where it has none.
    pub(super) fn of_value_or_place(&self) -> Place {
        if self.value.is_empty() { self.place } else { self.of_value }
    }
}

/// A part between semicolons that is no tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stray {
    pub(super) text: String,
    pub(super) place: Place,
}

/// Reads the tags. Empty parts are left out: the last may be empty, and others are told elsewhere.
pub(super) fn read(text: &str) -> (Vec<Tag>, Vec<Stray>) {
    let (mut tags, mut strays) = (Vec::new(), Vec::new());
    let mut from = 0;
    for part in text.split(';') {
        let place = trimmed(text, from, from + part.len());
        let inner = &text[place.from..place.to];
        from += part.len() + 1;
        match inner.split_once('=') {
            _ if inner.is_empty() => {}
            Some((name, _)) if is_name(name.trim()) => tags.push(tag(text, place, name.len())),
            _ => strays.push(Stray { text: inner.to_owned(), place }),
        }
    }
    (tags, strays)
}

fn tag(text: &str, place: Place, name: usize) -> Tag {
    let of_value = trimmed(text, place.from + name + 1, place.to);
    Tag {
        name: text[place.from..place.from + name].trim().to_owned(),
        value: text[of_value.from..of_value.to].to_owned(),
        place,
        of_value,
    }
}

/// A name of a tag: a letter, then letters, digits and `_`.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A place without the blanks at its ends.
fn trimmed(text: &str, from: usize, to: usize) -> Place {
    let part = &text[from..to];
    let left = part.len() - part.trim_start().len();
    let inner = part.trim().len();
    Place { from: from + left, to: from + left + inner }
}

/// Whether a part between two semicolons is empty (RFC 6376 allows the last alone).
pub(super) fn empty_part(text: &str) -> Option<Place> {
    let parts: Vec<&str> = text.split(';').collect();
    let inner = parts.len().saturating_sub(1);
    let at = parts[..inner].iter().position(|part| part.trim().is_empty())?;
    let from = parts[..at].iter().map(|part| part.len() + 1).sum::<usize>();
    Some(Place { from, to: from + parts[at].len() + 1 })
}

/// The record of its parts, the version first.
pub(super) fn written(parts: Vec<(usize, Option<String>)>) -> Option<String> {
    let parts: Option<Vec<String>> = parts.into_iter().map(|(_, part)| part).collect();
    let mut parts: Vec<String> = parts?.into_iter().filter(|part| !part.is_empty()).collect();
    parts.sort_by_key(|part| !part.starts_with("v="));
    let first = parts.first()?;
    // without it, nobody but its name tells what the record is
    if !first.starts_with("v=") {
        parts.insert(0, "v=DKIM1".to_owned());
    }
    Some(parts.join("; "))
}
