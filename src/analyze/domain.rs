//! The **organisational domain**: the part of a name that somebody registered, by the Public
//! Suffix List. Names with the same one are aligned when relaxed (RFC 7489 section 3.2).
//!
//! In: names as reports write them. Out: slices of the same names. A public suffix, a single
//! label or nonsense is its own organisational domain, so it aligns with nothing else. The list itself
//! is asked in [`model::names`](crate::model::names).

pub(super) use crate::model::names::{MAX_NAME, bare, organizational};

/// Whether two names have the same organisational domain. An empty name has none.
pub(super) fn same_organization(one: &str, other: &str) -> bool {
    !bare(one).is_empty() && organizational(one).eq_ignore_ascii_case(organizational(other))
}

/// Whether a name is another, or lies below it.
pub(super) fn is_at_or_below(name: &str, parent: &str) -> bool {
    let (name, parent) = (bare(name), bare(parent));
    let rest = name.len().checked_sub(parent.len()).and_then(|at| name.split_at_checked(at));
    let ends = |(before, end): (&str, &str)| {
        end.eq_ignore_ascii_case(parent) && (before.is_empty() || before.ends_with('.'))
    };
    !parent.is_empty() && rest.is_some_and(ends)
}

/// The name, cut to what DNS allows, for showing.
pub(super) fn shown(name: &str) -> &str {
    match name.len() {
        0..=MAX_NAME => name,
        _ => name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_final_dot_do_not_part_an_organisation() {
        assert!(same_organization("Bounce.Shop.Example.", "shop.example"));
        assert!(!same_organization("shop.co.uk", "other.co.uk"));
        assert!(!same_organization("notshop.example", "shop.example"));
        assert!(!same_organization("", ""));
    }

    #[test]
    fn a_name_lies_below_another_at_a_label_only() {
        for (expected, name, parent) in [
            (true, "shop.example", "Shop.Example."),
            (true, "a.b.shop.example.", "shop.example"),
            (false, "notshop.example", "shop.example"),
            (false, "example", "shop.example"),
            (false, "shop.example", ""),
        ] {
            assert_eq!(expected, is_at_or_below(name, parent), "{name} {parent}");
        }
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        assert_eq!("a.example", shown("a.example"));
        assert_eq!(252, shown(&"é".repeat(400)).len());
    }
}
