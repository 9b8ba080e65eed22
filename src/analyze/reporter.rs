//! The **reporters** behind the numbers of a source: who tells how much of it.
//!
//! In: rows. Out: counts by organisation (several addresses of one are one voice), and the one
//! that alone sees a source fail. A report can claim any number, so nobody is believed alone.

use std::collections::{BTreeMap, HashMap};

use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::model::Traffic;
use crate::model::verdict::Tally;

use super::domain::{organizational, shown};
use super::facts::Facts;
use super::source::Source;
use super::thresholds::Thresholds;

/// What one is called that has neither a name nor an address.
const NAMELESS: &str = "a reporter without a name";

/// Organisations that are named in one breath.
const MOST_NAMED: usize = 3;

/// The organisations that wrote reports, by number.
#[derive(Debug)]
pub(super) struct Reporters<'a> {
    /// By reporter.
    organizations: Vec<usize>,
    /// By organisation: the name of its first reporter.
    names: Vec<&'a str>,
}

impl<'a> Reporters<'a> {
    /// Those of the traffic: by the domain of the e-mail address, else by name. One whose name shows
    /// nothing is called by that domain.
    pub(super) fn of(traffic: &'a Traffic) -> Self {
        let mut ids: HashMap<String, usize> = HashMap::new();
        let mut found = Self { organizations: Vec::new(), names: Vec::new() };
        for reporter in &traffic.reporters {
            let domain = reporter.email.rsplit_once('@').map(|(_, domain)| domain.trim());
            let domain = organizational(domain.unwrap_or(reporter.org_name.trim()));
            let next = ids.len();
            let id = *ids.entry(domain.to_ascii_lowercase()).or_insert_with(|| {
                let names = [reporter.org_name.trim(), domain, NAMELESS];
                found.names.extend(names.into_iter().find(|name| is_visible(name)));
                next
            });
            found.organizations.push(id);
        }
        found
    }

    /// The organisation of a reporter. Those that are in no list are one, of no name.
    pub(super) fn organization(&self, reporter: u32) -> usize {
        self.organizations.get(reporter as usize).copied().unwrap_or(self.names.len())
    }

    /// Its name.
    pub(super) fn name(&self, organization: usize) -> &'a str {
        self.names.get(organization).copied().unwrap_or(NAMELESS)
    }

    /// The names of some, [`MOST_NAMED`] at most, and how many more there are.
    pub(super) fn names_of(&self, organizations: &[usize]) -> String {
        let names = organizations.iter().take(MOST_NAMED).map(|id| shown(self.name(*id)));
        let names = names.collect::<Vec<_>>().join(", ");
        match organizations.len().saturating_sub(MOST_NAMED) {
            0 => names,
            more => format!("{names} and {more} more"),
        }
    }

    /// Whether a reporter is in a list.
    pub(super) fn knows(&self, reporter: u32) -> bool {
        (reporter as usize) < self.organizations.len()
    }

    /// How many messages each tells of.
    pub(super) fn told(&self, traffic: &Traffic) -> BTreeMap<usize, u64> {
        let mut told: BTreeMap<usize, u64> = BTreeMap::new();
        for row in &traffic.rows {
            let messages = told.entry(self.organization(row.reporter)).or_default();
            *messages = messages.saturating_add(row.messages);
        }
        told
    }

    /// What each tells of a source.
    pub(super) fn tallies(
        &self,
        source: &Source<'_>,
        facts: &[Facts<'_>],
        traffic: &Traffic,
    ) -> BTreeMap<usize, Tally> {
        let mut tallies: BTreeMap<usize, Tally> = BTreeMap::new();
        for (_, row) in source.rows_of(traffic) {
            if let Some(fact) = facts.get(row.fingerprint as usize) {
                let tally = tallies.entry(self.organization(row.reporter)).or_default();
                tally.add(row.messages, fact.dkim, fact.spf);
            }
        }
        tallies
    }
}

/// Whether a name shows something: blanks have many forms, some of no width.
fn is_visible(name: &str) -> bool {
    name.chars().any(char::is_alphanumeric)
}

/// The organisation that outweighs the others, by the messages that each tells of, and its part of
/// them all: it tells nearly everything, and is not alone.
pub(super) fn outweighing(told: &BTreeMap<usize, u64>, limits: &Thresholds) -> Option<Outweighing> {
    let all = told.values().fold(0, |sum: u64, messages| sum.saturating_add(*messages));
    let (organization, messages) = told.iter().max_by_key(|(_, messages)| **messages)?;
    let outweighs = *messages < all && *messages as f64 >= limits.swamping_share * all as f64;
    outweighs.then_some(Outweighing { organization: *organization, messages: *messages, all })
}

/// Messages that a share is taken of. Who claims many would make every share small, so that it is taken
/// of what the others tell, too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole {
    pub(super) all: u64,
    /// Who tells the most of them.
    pub(super) loudest: Option<usize>,
    /// How many the others tell of.
    pub(super) others: u64,
}

impl Whole {
    /// By what each tells.
    pub(super) fn of(told: &BTreeMap<usize, u64>) -> Self {
        let sum = |besides: Option<usize>| {
            let told = told.iter().filter(|(id, _)| Some(**id) != besides);
            told.fold(0, |sum: u64, (_, messages)| sum.saturating_add(*messages))
        };
        let loudest = told.iter().max_by_key(|(_, messages)| **messages).map(|(id, _)| *id);
        Self { all: sum(None), loudest, others: sum(loudest) }
    }

    /// The domain's messages, without those of the organisation that outweighs all others.
    pub(super) fn of_domain(
        traffic: &Traffic,
        reporters: &Reporters<'_>,
        limits: &Thresholds,
    ) -> Self {
        let told = reporters.told(traffic);
        let whole = Self::of(&told);
        let all = outweighing(&told, limits).map_or(whole.all, |most| most.all - most.messages);
        Self { all, ..whole }
    }
}

/// An organisation that outweighs the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outweighing {
    pub(super) organization: usize,
    /// Messages that it tells of.
    pub(super) messages: u64,
    /// Messages that all tell of.
    pub(super) all: u64,
}

/// The reporter that alone sees a source fail: it tells of nearly all failures, the others saw
/// enough of the source and next to none, and the difference is no chance.
pub(super) fn only_at<'a>(
    source: &Source<'_>,
    facts: &[Facts<'_>],
    traffic: &Traffic,
    reporters: &Reporters<'a>,
    limits: &Thresholds,
) -> Option<&'a str> {
    let tallies = reporters.tallies(source, facts, traffic);
    let (worst, there) = tallies.iter().max_by_key(|(_, tally)| tally.dmarc_fail)?;
    let mut others = Tally::default();
    tallies.iter().filter(|(id, _)| *id != worst).for_each(|(_, tally)| others.merge(tally));
    let all = there.dmarc_fail.saturating_add(others.dmarc_fail);
    let alone = there.dmarc_fail > 0
        && there.dmarc_fail as f64 >= limits.one_reporter_share * all as f64
        && others.messages >= limits.other_reporters_messages
        && (others.dmarc_fail as f64) < limits.other_reporters_share * others.messages as f64
        && chance(there, &others) < 1.0 - limits.confidence;
    alone.then(|| reporters.name(*worst))
}

/// The reporters that tell of a source's failing mail, where they are one or two.
pub(super) fn told_by<'a>(
    source: &Source<'_>,
    facts: &[Facts<'_>],
    traffic: &Traffic,
    reporters: &Reporters<'a>,
) -> Vec<&'a str> {
    let tallies = reporters.tallies(source, facts, traffic);
    let failing = tallies.into_iter().filter(|(_, tally)| tally.dmarc_fail > 0);
    let names: Vec<&str> = failing.map(|(id, _)| reporters.name(id)).collect();
    if names.len() <= 2 { names } else { Vec::new() }
}

/// How likely a difference as large as this is by chance: the likelihood-ratio test (G) of whether
/// the failure rate is the same for both, against the chi-squared distribution.
fn chance(one: &Tally, other: &Tally) -> f64 {
    let all = one.messages as f64 + other.messages as f64;
    let failing = one.dmarc_fail as f64 + other.dmarc_fail as f64;
    let cells = [
        (one.dmarc_fail, one.messages, failing),
        (one.dmarc_pass, one.messages, all - failing),
        (other.dmarc_fail, other.messages, failing),
        (other.dmarc_pass, other.messages, all - failing),
    ];
    let term = |(observed, row, column): (u64, u64, f64)| {
        let (observed, expected) = (observed as f64, row as f64 * column / all);
        if observed > 0.0 && expected > 0.0 { observed * (observed / expected).ln() } else { 0.0 }
    };
    let g: f64 = 2.0 * cells.into_iter().map(term).sum::<f64>();
    ChiSquared::new(1.0).map_or(1.0, |squared| squared.sf(g.max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::traffic::ReporterName;

    fn tally(pass: u64, fail: u64) -> Tally {
        let mut tally = Tally::default();
        tally.add(pass, true, false);
        tally.add(fail, false, false);
        tally
    }

    #[test]
    fn the_chance_is_that_of_the_likelihood_ratio_test() {
        // 10 of 100 against 2 of 100: G = 6.1626, p = 0.0130 (1 degree of freedom)
        let found = chance(&tally(90, 10), &tally(98, 2));
        assert!((0.013048 - found).abs() < 1e-6, "{found}");
        assert!(chance(&tally(50, 5), &tally(100, 10)) > 0.99);
        assert!(chance(&tally(0, 3), &tally(20, 0)) < 0.001);
    }

    #[test]
    fn an_organisation_whose_name_shows_nothing_is_called_by_its_address() {
        let named = |org_name: &str, email: &str| ReporterName {
            org_name: org_name.into(),
            email: email.into(),
        };
        let traffic = Traffic {
            reporters: vec![
                named(" \u{200b}\u{a0}", "dmarc@mail.blank.example"),
                named(" Acme ", "d@acme.example"),
                named("", " "),
                named("\t", "x@ "),
            ],
            ..Traffic::default()
        };
        let reporters = Reporters::of(&traffic);
        let name = |at: u32| reporters.name(reporters.organization(at));
        let nameless = "a reporter without a name";
        assert_eq!(["blank.example", "Acme", nameless, nameless], [0, 1, 2, 3].map(name));
    }

    #[test]
    fn forged_counts_have_a_chance_too() {
        let huge = tally(u64::MAX / 2, u64::MAX / 2);
        assert!((0.0..=1.0).contains(&chance(&huge, &tally(1, 1))));
        assert!((0.0..=1.0).contains(&chance(&tally(0, 0), &tally(0, 0))));
    }
}
