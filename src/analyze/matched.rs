//! The **rows that a rule looked at**, as evidence: rows of a source that say the same are put
//! together, and the busiest are shown.
//!
//! In: a classified source. Out: at most eight groups, most messages first; every text is cut to
//! what can be shown, whatever a report claims.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::evidence::MatchedRows;
use crate::model::report::{DkimAuth, LangText, OverrideReason, SpfAuth};
use crate::model::traffic::TrafficRow;
use crate::model::{Fingerprint, SourceAddress, Traffic};

use super::domain::shown;
use super::facts::Facts;
use super::source::Source;

/// Most groups that are shown.
const MOST_GROUPS: usize = 8;
/// Most results, and most reasons, that are shown of one group.
const MOST_RESULTS: usize = 8;
/// Most fingerprints of one source that are put into groups, the busiest: a forged report can claim very
/// many, and each says much.
const MOST_PRINTS: usize = 10_000;

/// What makes rows the same to a reader: all that is shown of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Said {
    header_from: String,
    dkim: Vec<String>,
    spf: Vec<String>,
    reasons: Vec<String>,
    disposition: String,
    aligned: (bool, bool),
    counted: bool,
}

impl Said {
    fn of(print: &Fingerprint, fact: &Facts<'_>, counted: bool) -> Self {
        Self {
            header_from: shown(&print.header_from).to_owned(),
            dkim: print.dkim_auth.iter().take(MOST_RESULTS).map(signature).collect(),
            spf: print.spf_auth.iter().take(MOST_RESULTS).map(check).collect(),
            reasons: print.reasons.iter().take(MOST_RESULTS).map(reason).collect(),
            disposition: shown(print.disposition.as_str()).to_owned(),
            aligned: (fact.dkim, fact.spf),
            counted,
        }
    }
}

fn signature(signature: &DkimAuth) -> String {
    let selector = signature.selector.as_deref().unwrap_or_default();
    let slash = if selector.is_empty() { "" } else { "/" };
    let (domain, result) = (shown(&signature.domain), shown(signature.result.as_str()));
    format!("{domain}{slash}{}={result}", shown(selector))
}

fn check(check: &SpfAuth) -> String {
    format!("{}={}", shown(&check.domain), shown(check.result.as_str()))
}

fn reason(reason: &OverrideReason) -> String {
    let comment = reason.comment.as_ref().map(|LangText { text, .. }| text.trim());
    match comment.filter(|comment| !comment.is_empty()) {
        Some(comment) => format!("{}:{}", shown(reason.kind.as_str()), shown(comment)),
        None => shown(reason.kind.as_str()).to_owned(),
    }
}

/// Who and when, of one group.
#[derive(Default)]
struct Extent<'a> {
    addresses: BTreeSet<&'a SourceAddress>,
    reporters: BTreeSet<u32>,
    days: BTreeSet<crate::model::Day>,
}

impl<'a> Extent<'a> {
    fn add(&mut self, row: &'a TrafficRow) {
        self.addresses.insert(&row.source);
        self.reporters.insert(row.reporter);
        self.days.insert(row.day);
    }
}

/// The evidence of a source's class.
pub(super) fn matched(
    source: &Source<'_>,
    facts: &[Facts<'_>],
    traffic: &Traffic,
) -> Vec<MatchedRows> {
    if source.is_crowd() {
        return Vec::new(); // what each rule looked at is not known any more
    }
    let groups = busiest(source, facts, traffic);
    let group_of: HashMap<usize, usize> = groups
        .iter()
        .enumerate()
        .flat_map(|(at, group)| group.prints.iter().map(move |print| (*print, at)))
        .collect();
    let mut extents: Vec<Extent<'_>> = groups.iter().map(|_| Extent::default()).collect();
    for (_, row) in source.rows_of(traffic) {
        if let Some(at) = group_of.get(&(row.fingerprint as usize)) {
            extents[*at].add(row);
        }
    }
    let rows = groups.into_iter().zip(extents);
    rows.filter_map(|(group, extent)| {
        let code = facts.get(*group.prints.first()?)?.code;
        Some(MatchedRows {
            code,
            messages: group.messages,
            addresses: extent.addresses.len() as u64,
            reporters: extent.reporters.len() as u64,
            first_day: *extent.days.first()?,
            last_day: *extent.days.last()?,
            header_from: group.said.header_from,
            dkim: group.said.dkim,
            spf: group.said.spf,
            reasons: group.said.reasons,
            disposition: group.said.disposition,
            counted: group.said.counted,
        })
    })
    .collect()
}

/// Fingerprints that say the same.
struct Group {
    said: Said,
    prints: Vec<usize>,
    messages: u64,
}

fn busiest(source: &Source<'_>, facts: &[Facts<'_>], traffic: &Traffic) -> Vec<Group> {
    let counted: BTreeSet<usize> = source.counted.iter().copied().collect();
    let mut groups: BTreeMap<Said, (Vec<usize>, u64)> = BTreeMap::new();
    for (at, messages) in source.uses.iter().take(MOST_PRINTS) {
        let (Some(print), Some(fact)) = (traffic.fingerprints.get(*at), facts.get(*at)) else {
            continue;
        };
        let group = groups.entry(Said::of(print, fact, counted.contains(at))).or_default();
        group.0.push(*at);
        group.1 = group.1.saturating_add(*messages);
    }
    let mut groups: Vec<_> = groups
        .into_iter()
        .map(|(said, (prints, messages))| Group { said, prints, messages })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.messages));
    groups.truncate(MOST_GROUPS);
    groups
}
