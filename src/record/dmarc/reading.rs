//! A record **as a receiver reads it** (RFC 9989 sections 4.7 and 4.10.1): strictly, and passing over
//! what it does not understand.

use std::collections::HashSet;

use crate::model::txt::{BLANK, is_dmarc};

use super::addresses::{is_valid, without_size};
use super::tags::POLICIES;

/// What a tag for a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::record) enum Policy {
    Missing,
    Invalid,
    /// One of [`POLICIES`].
    Is(&'static str),
}

impl Policy {
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::Is(word) => Some(word),
            Self::Missing | Self::Invalid => None,
        }
    }
}

/// What a receiver takes from a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::record) struct Reading {
    pub(super) p: Policy,
    pub(super) sp: Policy,
    pub(super) np: Policy,
    /// Whether alignment is strict: of DKIM, of SPF.
    pub(super) strict: [bool; 2],
    pub(super) testing: bool,
    /// The share that receivers of the older rules apply it to, in per cent.
    pub(super) pct: u32,
    /// Valid addresses for aggregate reports, without sizes.
    pub(in crate::record) rua: Vec<String>,
    /// The same for failure reports.
    pub(super) ruf: Vec<String>,
    /// Whether a tag stands twice, which makes the whole invalid to some (RFC 6376 section 3.2).
    pub(super) has_twice: bool,
}

impl Reading {
    /// Whether a policy word makes the whole record one of p=none, or of nothing.
    pub(in crate::record) fn is_spoilt(&self) -> bool {
        [self.sp, self.np].contains(&Policy::Invalid)
            || matches!(self.p, Policy::Invalid | Policy::Missing)
    }
}

/// What is no DMARC record to a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::record) struct NoRecord;

/// Reads a value.
pub(in crate::record) fn read(text: &str) -> Result<Reading, NoRecord> {
    if !is_dmarc(text) {
        return Err(NoRecord);
    }
    let tags: Vec<(String, &str)> = text
        .split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| {
            (name.trim_matches(BLANK).to_ascii_lowercase(), value.trim_matches(BLANK))
        })
        .collect();
    let get = |name: &str| tags.iter().find(|(have, _)| have == name).map(|(_, value)| *value);
    let names: HashSet<&str> = tags.iter().map(|(name, _)| name.as_str()).collect();
    let is = |name: &str, wanted: &str| get(name).is_some_and(|it| it.eq_ignore_ascii_case(wanted));
    Ok(Reading {
        p: policy(get("p")),
        sp: policy(get("sp")),
        np: policy(get("np")),
        strict: [is("adkim", "s"), is("aspf", "s")],
        testing: is("t", "y"),
        pct: get("pct").and_then(|pct| pct.parse().ok()).filter(|pct| *pct <= 100).unwrap_or(100),
        rua: list(get("rua")),
        // of a public suffix it is ignored (RFC 9991 section 2)
        ruf: if is("psd", "y") { Vec::new() } else { list(get("ruf")) },
        has_twice: names.len() < tags.len(),
    })
}

fn policy(value: Option<&str>) -> Policy {
    let Some(value) = value else { return Policy::Missing };
    let found = POLICIES.iter().find(|word| word.eq_ignore_ascii_case(value));
    found.map_or(Policy::Invalid, |word| Policy::Is(word))
}

fn list(value: Option<&str>) -> Vec<String> {
    let items = value.unwrap_or_default().split(',').map(|item| item.trim_matches(BLANK));
    items.filter(|item| is_valid(item)).map(|item| without_size(item).0.to_owned()).collect()
}

/// Whether a tag of this name stands in the text.
pub(super) fn has_tag(text: &str, name: &str) -> bool {
    text.split(';')
        .filter_map(|part| part.split_once('='))
        .any(|(have, _)| have.trim_matches(BLANK).eq_ignore_ascii_case(name))
}
