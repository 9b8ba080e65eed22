//! **Alignment**, worked out again from the raw results: what a reporter says of DKIM and SPF
//! beside what its own `auth_results` show (RFC 9989 section 4.4, RFC 7489 section 3.1).
//!
//! In: rows, their fingerprints, and the policies that each reporter saw on each day. Out: where
//! the two contradict each other, with a reason in words. The reporter's word stays what is
//! counted. Nothing is claimed where the raw results do not tell, or where DNS would have to be
//! asked: the tree walk of RFC 9989 is known only as far as the report shows where it ended.

mod aligned;
mod contradiction;
mod mechanism;

use std::collections::{BTreeMap, HashMap};

use crate::model::evidence::Disagreement;
use crate::model::traffic::TrafficRow;
use crate::model::{Day, Traffic};

use super::domain::shown;
use super::facts::Facts;
use super::reporter::Reporters;
use super::source::Source;

use contradiction::{Contradiction, Reason, contradiction, sentence};
use mechanism::Mechanism;

/// Most reporters that are named.
const MOST_REPORTERS: usize = 3;

/// What each reporter saw on each day: indices of policies, none twice.
type Seen = HashMap<(Day, u32), Vec<u32>>;

/// Works rows out, and remembers what it worked out.
pub(super) struct Recomputed<'a> {
    traffic: &'a Traffic,
    seen: Seen,
    known: HashMap<(Mechanism, u32, u32), Option<Contradiction<'a>>>,
}

impl<'a> Recomputed<'a> {
    /// Of that traffic; nothing is worked out yet.
    pub(super) fn of(traffic: &'a Traffic) -> Self {
        let mut seen = Seen::new();
        for report in &traffic.reports {
            let policies = seen.entry((report.day, report.reporter)).or_default();
            if !policies.contains(&report.policy) && policies.len() < MOST_POLICIES {
                policies.push(report.policy);
            }
        }
        Self { traffic, seen, known: HashMap::new() }
    }

    /// What contradicts a row. Where its reporter saw several policies on that day, all of them must
    /// agree on it.
    fn row(&mut self, mechanism: Mechanism, row: &TrafficRow) -> Option<Contradiction<'a>> {
        let traffic = self.traffic;
        let print = traffic.fingerprints.get(row.fingerprint as usize)?;
        let mut found = None;
        for index in self.seen.get(&(row.day, row.reporter))? {
            let policy = traffic.policies.get(*index as usize)?;
            let key = (mechanism, row.fingerprint, *index);
            let known = self.known.get(&key).copied().unwrap_or_else(|| {
                let new = contradiction(mechanism, print, policy);
                if self.known.len() < MOST_KNOWN {
                    self.known.insert(key, new);
                }
                new
            });
            found = Some(known?);
        }
        found
    }
}

/// Most that is remembered: what a forged report claims beyond that is worked out again.
const MOST_KNOWN: usize = 100_000;

/// Most policies of one reporter and day that are compared.
const MOST_POLICIES: usize = 16;

/// Messages that contradict their reporter in one way.
#[derive(Default)]
struct Contradicted<'a> {
    messages: u64,
    by_organization: BTreeMap<usize, u64>,
    /// By passing domain and visible domain.
    examples: BTreeMap<Option<(&'a str, &'a str)>, u64>,
}

/// Where reporters and their raw results contradict each other, most messages first.
pub(super) fn disagreements(rows: &mut Recomputed<'_>, facts: &[Facts<'_>]) -> Vec<Disagreement> {
    let traffic = rows.traffic;
    let reporters = Reporters::of(traffic);
    let mut found: BTreeMap<(Mechanism, bool, Reason), Contradicted<'_>> = BTreeMap::new();
    for (row, mechanism) in
        traffic.rows.iter().flat_map(|row| Mechanism::ALL.map(|mechanism| (row, mechanism)))
    {
        let Some((reason, domain)) = rows.row(mechanism, row) else { continue };
        let Some(fact) = facts.get(row.fingerprint as usize) else { continue };
        let passes = if mechanism == Mechanism::Dkim { fact.dkim } else { fact.spf };
        let from =
            traffic.fingerprints.get(row.fingerprint as usize).map(|p| p.header_from.as_str());
        let sums = found.entry((mechanism, passes, reason)).or_default();
        let organization = reporters.organization(row.reporter);
        for count in [
            &mut sums.messages,
            sums.by_organization.entry(organization).or_default(),
            sums.examples.entry(domain.zip(from)).or_default(),
        ] {
            *count = count.saturating_add(row.messages);
        }
    }
    let mut told: Vec<_> = found
        .into_iter()
        .map(|((m, passes, reason), sums)| told(m, passes, reason, &sums, &reporters))
        .collect();
    told.sort_by_key(|disagreement| std::cmp::Reverse(disagreement.messages));
    told
}

fn told(
    mechanism: Mechanism,
    passes: bool,
    reason: Reason,
    sums: &Contradicted<'_>,
    reporters: &Reporters<'_>,
) -> Disagreement {
    let example = sums.examples.iter().max_by_key(|(_, messages)| **messages);
    let mut busiest: Vec<_> = sums.by_organization.iter().collect();
    busiest.sort_by_key(|(_, messages)| std::cmp::Reverse(**messages));
    let name = |(organization, _): (&usize, &u64)| shown(reporters.name(*organization)).to_owned();
    Disagreement {
        mechanism: mechanism.as_str(),
        reported: if passes { "pass" } else { "fail" },
        recomputed: sentence(reason, mechanism, example.and_then(|(example, _)| *example)),
        reporters: busiest.into_iter().take(MOST_REPORTERS).map(name).collect(),
        messages: sums.messages,
    }
}

/// Counts, for each source, the messages of which DKIM or SPF contradicts the reporter.
pub(super) fn count(sources: &mut [Source<'_>], rows: &mut Recomputed<'_>) {
    let traffic = rows.traffic;
    for source in sources {
        let contradicted = source
            .rows_of(traffic)
            .filter(|(_, row)| Mechanism::ALL.iter().any(|m| rows.row(*m, row).is_some()))
            .fold(0, |sum: u64, (_, row)| sum.saturating_add(row.messages));
        source.disagreements = contradicted;
    }
}
