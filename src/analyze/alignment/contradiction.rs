//! A **contradiction** between a reporter's word and its own raw results: the reason, and in words.
//!
//! In: a fingerprint and the policy that its reporter saw. Out: what speaks against the reporter, and the
//! domain that speaks for it most. Nothing where both ways to find the organisation may be meant.

use crate::model::words::{AlignedResult, DiscoveryMethod};
use crate::model::{Fingerprint, PolicyPublished};

use super::super::domain::{same_organization, shown};
use super::aligned::{Aligned, best, by_tree_walk};
use super::mechanism::Mechanism;

/// What contradicts what a reporter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// Passes, though nothing that passes is aligned.
    NothingAligned,
    /// Passes, though aligned only when relaxed, and the record asks for strict.
    TooLax,
    /// Fails, though what passes is the visible domain itself.
    Identical,
    /// Fails, though aligned when relaxed, as the record asks.
    TooStrict,
    /// Passes by the Public Suffix List, not by the tree walk that the report says it used.
    ListNotWalk,
    /// Fails by the Public Suffix List, passes by the tree walk that the report says it used.
    WalkNotList,
    /// The Public Suffix List says otherwise, the tree walk would agree, the report says neither.
    WalkUnsaid,
}

/// A reason, and the domain that speaks for it most.
pub(super) type Contradiction<'p> = (Reason, Option<&'p str>);

/// What the raw results say against a reporter.
pub(super) fn contradiction<'p>(
    mechanism: Mechanism,
    print: &'p Fingerprint,
    policy: &PolicyPublished,
) -> Option<Contradiction<'p>> {
    let reported = match mechanism.reported(print) {
        AlignedResult::Pass => true,
        AlignedResult::Fail => false,
        AlignedResult::Other(_) => return None,
    };
    let (passing, from) = (mechanism.passing(print)?, print.header_from.as_str());
    let relaxed = |domain: &str| match same_organization(domain, from) {
        true => Aligned::Relaxed,
        false => Aligned::No,
    };
    let (list, domain) = best(&passing, from, relaxed);
    let walked = best(&passing, from, |domain| by_tree_walk(domain, from, policy));
    let walk = policy.discovery_method == Some(DiscoveryMethod::TreeWalk);
    let unsaid = policy.discovery_method.is_none();
    let strict = mechanism.is_strict(policy);
    let reason = match (reported, list, walked.0) {
        _ if passing.is_empty() => reported.then_some(Reason::NothingAligned),
        (true, Aligned::Exactly, _) => None,
        (false, Aligned::Exactly, _) => Some(Reason::Identical),
        (true, Aligned::Relaxed, _) | (true, _, Aligned::Relaxed) if strict => Some(Reason::TooLax),
        (true, _, _) if strict => Some(Reason::NothingAligned),
        (false, _, _) if strict => None,
        (true, Aligned::Relaxed, Aligned::No) if walk => Some(Reason::ListNotWalk),
        (true, Aligned::Relaxed, _) => None,
        (true, _, Aligned::Relaxed) if walk => None,
        (true, _, Aligned::Relaxed) if unsaid => Some(Reason::WalkUnsaid),
        (true, _, Aligned::Unknown) if walk || unsaid => None,
        (true, _, _) => Some(Reason::NothingAligned),
        (false, Aligned::Relaxed, Aligned::Relaxed) => Some(Reason::TooStrict),
        (false, Aligned::Relaxed, _) if walk || unsaid => None,
        (false, Aligned::Relaxed, _) => Some(Reason::TooStrict),
        (false, _, Aligned::Relaxed) if walk => Some(Reason::WalkNotList),
        (false, _, _) => None,
    };
    let by_walk = matches!(reason, Some(Reason::WalkNotList | Reason::WalkUnsaid));
    reason.map(|reason| (reason, if by_walk { walked.1 } else { domain }))
}

/// The reason in words.
pub(super) fn sentence(
    reason: Reason,
    mechanism: Mechanism,
    example: Option<(&str, &str)>,
) -> String {
    let (domain, from) = example.unwrap_or(("nothing", "the visible domain"));
    let (domain, from, tag) = (shown(domain), shown(from), mechanism.tag());
    let what = match mechanism {
        Mechanism::Dkim => "a signature of",
        Mechanism::Spf => "SPF for",
    };
    match reason {
        Reason::NothingAligned if example.is_none() => {
            "no raw result passes, so none can be aligned".to_owned()
        }
        Reason::NothingAligned => {
            format!("only {what} {domain} passes, which is not aligned with {from}")
        }
        Reason::TooLax => format!(
            "{what} {domain} passes in mail of {from}; the record asks for strict alignment \
             ({tag}=s), the reporter took it for relaxed"
        ),
        Reason::Identical => {
            format!("{what} {domain} passes, and that is the visible domain itself")
        }
        Reason::TooStrict => format!(
            "{what} {domain} passes in mail of {from}; the record asks for relaxed alignment, the \
             reporter took it for strict"
        ),
        Reason::ListNotWalk => format!(
            "{what} {domain} is aligned with {from} by the Public Suffix List, and not by the tree \
             walk that the report names"
        ),
        Reason::WalkNotList => format!(
            "{what} {domain} is aligned with {from} by the tree walk that the report names, and \
             not by the Public Suffix List"
        ),
        Reason::WalkUnsaid => format!(
            "{what} {domain} is aligned with {from} by the tree walk (RFC 9989) only, and the \
             report does not say that it used one"
        ),
    }
}
