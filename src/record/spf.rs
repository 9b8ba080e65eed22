//! The rules for **SPF** records (RFC 7208).
//!
//! In: a TXT value as receivers see it, or a domain and who can be asked. Out: what is wrong with the
//! record, and all that it leads to. It refuses nothing: what is no record is told so.

mod address;
mod domain;
mod effect;
mod expand;
mod expansion;
mod guess;
mod lint;
mod macros;
mod network;
mod order;
mod strict;
mod term;
mod version;
mod words;

pub use expand::{Leads, MAX_QUESTIONS, MAX_TIME, Node, Published, Step};
pub use expansion::{Allowed, Covered, Expansion, expand};
pub use lint::{lint, of_deprecated_type};
pub use network::Network;
pub use term::Qualifier;

/// Most terms of a record that ask the DNS, those of its includes with them (RFC 7208 section 4.6.4).
pub const MAX_LOOKUPS: usize = 10;

/// Most look-ups that find nothing (RFC 7208 section 4.6.4).
pub const MAX_VOID: usize = 2;

/// Whether a TXT value is an SPF record: `v=spf1`, and nothing or a space behind it (RFC 7208 section
/// 4.5).
#[must_use]
pub fn is_record(text: &str) -> bool {
    let version = text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("v=spf1"));
    version && matches!(text.as_bytes().get(6), None | Some(b' '))
}

/// Where a slice of a text stands in it: its first byte, and the one after its last; none for an empty
/// one and for a slice of something else.
fn part_of(text: &str, part: &str) -> Option<(usize, usize)> {
    let from = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let to = from.checked_add(part.len())?;
    (!part.is_empty() && to <= text.len()).then_some((from, to))
}

#[cfg(test)]
mod tests;
