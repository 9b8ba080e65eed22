//! The rules for **SPF** records (RFC 7208).
//!
//! In: a TXT value as receivers see it, or a domain and who can be asked. Out: what is wrong with the
//! record, and all that it leads to. It refuses nothing: what is no record is told so.

mod address;
mod domain;
mod effect;
mod everybody;
mod expand;
mod expansion;
mod glued;
mod guess;
mod lint;
mod macros;
mod merge;
mod network;
mod order;
mod saving;
mod strict;
mod term;
mod version;
mod walk;
mod whole;
mod words;

pub use expand::{Leads, MAX_QUESTIONS, Node, Published, Step};
pub use expansion::{Allowed, Covered, Expansion, expand};
pub use lint::{lint, of_deprecated_type};
pub use merge::{InPlace, MOST_MERGED, in_place_of};
pub use network::Network;
pub use term::Qualifier;

/// The codes of findings about SPF records.
pub const CODES: &[&str] = &[
    "spf_no_version",
    "spf_other_kind",
    "spf_version_case",
    "spf_version",
    "spf_version_not_first",
    "spf_odd_blank",
    "spf_quote",
    "spf_comma",
    "spf_backslash",
    "spf_not_ascii",
    "spf_space_inside",
    "spf_space_missing",
    "spf_too_long",
    "spf_deprecated_type",
    "spf_leading_space",
    "spf_unknown_modifier",
    "spf_ignored_term",
    "spf_two_records",
    "spf_long",
    "spf_several_strings",
    "spf_unknown_mechanism",
    "spf_qualified_modifier",
    "spf_all_with_value",
    "spf_no_domain",
    "spf_bad_macro",
    "spf_bad_domain",
    "spf_address_as_domain",
    "spf_no_address",
    "spf_bad_prefix",
    "spf_bad_address",
    "spf_other_family",
    "spf_host_as_address",
    "spf_doubled_qualifier",
    "spf_bare_address",
    "spf_web_address",
    "spf_bare_name",
    "spf_ptr",
    "spf_everybody",
    "spf_wide_network",
    "spf_private_address",
    "spf_mapped_address",
    "spf_host_bits",
    "spf_duplicate_term",
    "spf_duplicate_modifier",
    "spf_redirect_with_all",
    "spf_terms_after_all",
    "spf_neutral_all",
    "spf_no_all",
    "spf_fail_before_dmarc",
    "spf_too_many_lookups",
];

/// The codes of findings about what an SPF record leads to.
pub const EXPANSION_CODES: &[&str] = &[
    "spf_broken",
    "spf_several",
    "spf_none",
    "spf_none_included",
    "spf_loop",
    "spf_unknown",
    "spf_depends",
    "spf_too_many_exchangers",
    "spf_void",
    "spf_too_many_void",
    "spf_too_many_lookups",
    "spf_lookups_near_limit",
    "spf_everybody",
];

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
