//! By which rule two names are **aligned**: as one name, by the Public Suffix List, or by the tree walk of
//! RFC 9989 section 4.10, as far as the report shows where it ended.
//!
//! In: the domains that pass, the visible domain, the policy. Out: how the best of them is aligned; where
//! DNS would have to be asked, that it is not known.

use crate::model::PolicyPublished;

use super::super::domain::{bare, is_at_or_below};

/// By which rule a passing domain is aligned, the strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aligned {
    /// The same name.
    Exactly,
    /// The same organisation.
    Relaxed,
    /// Without asking DNS, nobody can say.
    Unknown,
    /// Another organisation.
    No,
}

/// How two names are aligned where the record was found by the tree walk. The policy domain is the
/// organisational domain, or, at a public suffix (`psd=y`), one label below it is. Where the record
/// stands at the visible domain itself, names below are aligned; what lies above is not told.
pub(super) fn by_tree_walk(domain: &str, from: &str, policy: &PolicyPublished) -> Aligned {
    let at = bare(&policy.domain);
    let psd = policy.psd.as_deref().unwrap_or_default();
    let is_psd = |word: &str| psd.eq_ignore_ascii_case(word);
    let organization = match is_at_or_below(from, at) {
        false => None,
        true if bare(from).eq_ignore_ascii_case(at) => {
            return by_own_record(domain, at, is_psd("n"));
        }
        true if is_psd("y") => one_label_more(from, at),
        true => Some(at),
    };
    match organization {
        Some(organization) if is_at_or_below(domain, organization) => Aligned::Relaxed,
        Some(_) => Aligned::No,
        None => Aligned::Unknown,
    }
}

/// Where the record stands at the visible domain. Whether it is the organisational domain is known
/// where it says so (`psd=n`), or where nothing above both names is more than a top-level domain.
fn by_own_record(domain: &str, at: &str, is_organization: bool) -> Aligned {
    if is_at_or_below(domain, at) {
        Aligned::Relaxed
    } else if is_organization || shared_labels(domain, at) < 2 {
        Aligned::No
    } else {
        Aligned::Unknown
    }
}

fn shared_labels(one: &str, other: &str) -> usize {
    let pairs = bare(one).rsplit('.').zip(bare(other).rsplit('.'));
    pairs.take_while(|(one, other)| one.eq_ignore_ascii_case(other)).count()
}

/// The name that is one label longer than the parent.
fn one_label_more<'a>(name: &'a str, parent: &str) -> Option<&'a str> {
    let name = bare(name);
    let before = name.len().checked_sub(parent.len() + 1)?;
    let from = name.get(..before)?.rfind('.').map_or(0, |dot| dot + 1);
    name.get(from..)
}

/// How the best of the passing domains is aligned, by the Public Suffix List or the tree walk.
pub(super) fn best<'p>(
    passing: &[&'p str],
    from: &str,
    by: impl Fn(&str) -> Aligned,
) -> (Aligned, Option<&'p str>) {
    let rank = |domain: &&'p str| {
        let exactly = bare(domain).eq_ignore_ascii_case(bare(from));
        (if exactly { Aligned::Exactly } else { by(domain) }, Some(*domain))
    };
    passing.iter().map(rank).min_by_key(|(aligned, _)| *aligned).unwrap_or((Aligned::No, None))
}
