//! Where the mail of a sender **bounces to**, where that is a domain of others: receivers ask for SPF there, and
//! SPF of the visible domain is never asked.
//!
//! In: a sender and what its reports say. Out: the domain, or none where some of its mail aligns by SPF, or
//! bounces to the domain's own organisation.

use std::collections::BTreeMap;

use crate::model::words::SpfScope;
use crate::model::{Traffic, names};

use super::source::Source;

/// The foreign domain to which most of its mail bounces.
pub(super) fn of(traffic: &Traffic, source: &Source<'_>) -> Option<String> {
    if source.tally.spf_aligned > 0 {
        return None;
    }
    let mut sent: BTreeMap<&str, u64> = BTreeMap::new();
    for (print, messages) in &source.uses {
        let Some(print) = traffic.fingerprints.get(*print) else { continue };
        let asked = print.spf_auth.iter().filter(|spf| spf.scope != Some(SpfScope::Helo));
        for spf in asked.filter(|spf| !spf.domain.is_empty()) {
            let sum = sent.entry(&spf.domain).or_default();
            *sum = sum.saturating_add(*messages);
        }
    }
    let own = names::organizational(&traffic.domain);
    let is_own = |domain: &str| names::organizational(domain).eq_ignore_ascii_case(own);
    if sent.keys().any(|domain| is_own(domain)) {
        return None;
    }
    let (domain, _) = sent.into_iter().max_by_key(|(_, messages)| *messages)?;
    Some(domain.to_owned())
}
