//! **Alignment**, worked out again from the raw results: what a reporter says of DKIM and SPF
//! beside what its own `auth_results` show (RFC 9989 section 4.4, RFC 7489 section 3.1).
//!
//! In: rows, their fingerprints, and the policies that each reporter saw on each day. Out: where
//! the two contradict each other, with a reason in words. The reporter's word stays what is
//! counted. Nothing is claimed where the raw results do not tell, or where DNS would have to be
//! asked: the tree walk of RFC 9989 is known only as far as the report shows where it ended.

use std::collections::{BTreeMap, HashMap};

use crate::model::evidence::Disagreement;
use crate::model::traffic::TrafficRow;
use crate::model::words::{
    AlignedResult, AlignmentMode, DiscoveryMethod, DkimResult, SpfResult, SpfScope,
};
use crate::model::{Day, Fingerprint, PolicyPublished, Traffic};

use super::domain::{bare, is_at_or_below, same_organization, shown};
use super::facts::Facts;
use super::reporter::Reporters;
use super::source::Source;

/// Most reporters that are named.
const MOST_REPORTERS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Mechanism {
    Dkim,
    Spf,
}

impl Mechanism {
    const ALL: [Self; 2] = [Self::Dkim, Self::Spf];

    fn as_str(self) -> &'static str {
        match self {
            Self::Dkim => "dkim",
            Self::Spf => "spf",
        }
    }

    fn tag(self) -> &'static str {
        match self {
            Self::Dkim => "adkim",
            Self::Spf => "aspf",
        }
    }

    fn reported(self, print: &Fingerprint) -> &AlignedResult {
        match self {
            Self::Dkim => &print.dkim,
            Self::Spf => &print.spf,
        }
    }

    fn is_strict(self, policy: &PolicyPublished) -> bool {
        let mode = match self {
            Self::Dkim => &policy.adkim,
            Self::Spf => &policy.aspf,
        };
        *mode == Some(AlignmentMode::Strict)
    }

    /// The domains that pass by the raw results; `None` where these do not tell.
    fn passing(self, print: &Fingerprint) -> Option<Vec<&str>> {
        match self {
            Self::Dkim => signed_by(print),
            Self::Spf => sent_by(print),
        }
    }
}

fn signed_by(print: &Fingerprint) -> Option<Vec<&str>> {
    let told = || print.dkim_auth.iter().filter(|s| !s.domain.is_empty());
    // A signature without a domain could be any.
    let unsaid = print.dkim_auth.len() > told().count();
    let passing: Vec<_> =
        told().filter(|s| s.result == DkimResult::Pass).map(|s| s.domain.as_str()).collect();
    (!print.dkim_auth.is_empty() && !unsaid).then_some(passing)
}

/// The envelope sender counts; the HELO name only where that sender is null.
fn sent_by(print: &Fingerprint) -> Option<Vec<&str>> {
    let null_sender = print.envelope_from.as_deref() == Some("");
    let helo = |scope: &Option<SpfScope>| *scope == Some(SpfScope::Helo);
    let told = || print.spf_auth.iter().filter(|check| !check.domain.is_empty());
    let envelope = || told().filter(|check| !helo(&check.scope));
    let passing = |result: &SpfResult| *result == SpfResult::Pass;
    if envelope().next().is_some() {
        return Some(
            envelope().filter(|c| passing(&c.result)).map(|c| c.domain.as_str()).collect(),
        );
    }
    let checks: Vec<_> = told().collect();
    (null_sender && !checks.is_empty()).then(|| {
        checks.into_iter().filter(|c| passing(&c.result)).map(|c| c.domain.as_str()).collect()
    })
}

/// By which rule a passing domain is aligned, the strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Aligned {
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
fn by_tree_walk(domain: &str, from: &str, policy: &PolicyPublished) -> Aligned {
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
fn best<'p>(
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

/// What contradicts what a reporter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
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
type Contradiction<'p> = (Reason, Option<&'p str>);

/// What the raw results say against a reporter.
fn contradiction<'p>(
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

fn sentence(reason: Reason, mechanism: Mechanism, example: Option<(&str, &str)>) -> String {
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
