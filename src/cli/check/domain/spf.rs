//! The SPF record of a domain with all that it leads to, flattened into lines.

use crate::model::dns::{Family, Resolver};
use crate::model::domain_check::{Branch, Presence, SpfCheck};
use crate::model::finding::{Checked, Finding, RecordKind, Severity};
use crate::record::spf::{
    Covered, Expansion, Leads, MAX_LOOKUPS, Node, Published, Step, expand, in_place_of,
};

use super::ask::{MOST_CHECKED, checked};
use super::coverage::Covers;

/// Terms that are kept, those that matter and those of the first records first: more than receivers follow.
const MOST_BRANCHES: usize = 500;

/// Networks of a term that are named.
const NAMED: usize = 3;

/// Checks it. Besides: whether an address is covered.
pub(super) fn check(domain: &str, resolver: &dyn Resolver) -> (SpfCheck, Covers) {
    let expansion = expand(domain, resolver);
    let (status, texts): (Presence, &[String]) = match &expansion.root.record {
        Published::Record { text } | Published::Broken { text, .. } => {
            (Presence::Found, std::slice::from_ref(text))
        }
        Published::Several { texts } => (Presence::Several, texts),
        Published::Missing { .. } => (Presence::Missing, &[]),
        Published::Loop | Published::Unknown { .. } | Published::NotAsked { .. } => {
            (Presence::Unknown, &[])
        }
    };
    let mut checked: Vec<Checked> = texts
        .iter()
        .take(MOST_CHECKED)
        .map(|text| checked(RecordKind::Spf, domain, text))
        .collect();
    // as it stands: with all that it leads to, and beside the others
    let effect = expansion.effect();
    for one in checked.iter_mut().filter(|_| !effect.is_empty()) {
        one.effect.clone_from(&effect);
    }
    let mut findings = new_findings(&expansion, &checked);
    if status == Presence::Several {
        one_in_place(texts, &mut checked, &mut findings);
    }
    // where SPF passes for nobody, or for everybody, nothing is refused early
    let is_idle = expansion.findings.iter().any(|found| found.code == "spf_everybody");
    if is_idle || !matches!(expansion.root.record, Published::Record { .. }) {
        for one in &mut checked {
            one.findings.retain(|found| found.code != "spf_fail_before_dmarc");
        }
    }
    let is_counted = matches!(expansion.root.record, Published::Record { .. });
    let mut lines = Lines { branches: Vec::new(), lookups: 0 };
    lines.of(&expansion.root, 0);
    let all = lines.branches;
    let kept = Branch::outline(&all, MOST_BRANCHES);
    let branches_left = all.len() - kept.len();
    let of_kept = all.into_iter().enumerate().filter(|(at, _)| kept.contains(at));
    let branches = of_kept.map(|(_, branch)| branch).collect();
    let found = SpfCheck {
        status,
        findings,
        checked,
        lookups: is_counted.then_some(expansion.lookups),
        void_lookups: is_counted.then_some(expansion.void),
        branches,
        why: match &expansion.root.record {
            Published::Unknown { why } | Published::NotAsked { why } => Some(why.clone()),
            _ => None,
        },
        lookups_at_least: is_counted && expansion.lookups_at_least,
        void_lookups_at_least: is_counted && expansion.void_at_least,
        branches_left,
    };
    (found, covers(expansion))
}

/// Tells what to publish in place of several records.
fn one_in_place(texts: &[String], checked: &mut [Checked], findings: &mut [Finding]) {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let one = in_place_of(&texts, texts.len(), false);
    for record in checked {
        record.corrected.clone_from(&one.corrected);
    }
    if let Some(several) = findings.iter_mut().find(|finding| finding.code == "spf_several") {
        several.instead = Some(one.instead);
    }
}

/// What the expansion found that the record itself does not show.
fn new_findings(expansion: &Expansion, checked: &[Checked]) -> Vec<Finding> {
    let known: Vec<&Finding> = checked.iter().flat_map(|one| &one.findings).collect();
    let is_faulty = known.iter().any(|finding| finding.severity == Severity::Error);
    let is_dark = !matches!(
        expansion.root.record,
        Published::Record { .. } | Published::Broken { .. } | Published::Several { .. }
    );
    let mut found = expansion.findings.clone();
    found.retain(|finding| {
        let again = known.iter().any(|one| one.code == finding.code);
        let said = is_faulty && finding.code == "spf_broken";
        // that nobody can tell of the record itself is said of the whole
        let said = said || (is_dark && finding.code == "spf_unknown");
        !(again || said)
    });
    found.sort_by_key(|finding| finding.severity);
    found
}

fn covers(expansion: Expansion) -> Covers {
    Box::new(move |address| match expansion.covers(address) {
        Covered::Yes => Some(true),
        Covered::No => Some(false),
        Covered::Unknown => None,
    })
}

/// The lines so far, and the look-ups that receivers have made when they come to the next.
struct Lines {
    branches: Vec<Branch>,
    lookups: usize,
}

impl Lines {
    fn of(&mut self, node: &Node, depth: usize) {
        for step in &node.terms {
            self.step(step, depth);
        }
    }

    fn step(&mut self, step: &Step, depth: usize) {
        let before = self.lookups;
        self.lookups += usize::from(step.looks_up);
        let too_many = step.looks_up && self.lookups > MAX_LOOKUPS;
        let (mut leads, broken) = leads(&step.leads);
        for (family, why) in Family::BOTH.into_iter().zip(&step.dark) {
            let Some(why) = why else { continue };
            leads.push_str(&format!("; {} unknown: {why}", family.as_str()));
        }
        let at = self.branches.len();
        self.branches.push(Branch {
            depth,
            term: step.term.clone(),
            lookups: 0,
            leads: if too_many { format!("{leads}; beyond look-up {MAX_LOOKUPS}") } else { leads },
            fails: broken || too_many,
            unknown: step.unknown().map(str::to_owned),
        });
        if let Leads::Record(below) = &step.leads {
            self.of(below, depth + 1);
        }
        self.branches[at].lookups = self.lookups - before;
    }
}

/// What a term leads to, in words; and whether receivers fail there.
fn leads(leads: &Leads) -> (String, bool) {
    match leads {
        Leads::All => ("every address".to_owned(), false),
        Leads::Networks(networks) if networks.is_empty() => ("no address".to_owned(), false),
        Leads::Networks(networks) => {
            let named = networks.iter().take(NAMED).map(ToString::to_string);
            let mut text = named.collect::<Vec<_>>().join(", ");
            if networks.len() > NAMED {
                text.push_str(&format!(" and {} more", networks.len() - NAMED));
            }
            (text, false)
        }
        Leads::Record(node) => match &node.record {
            Published::Record { .. } => (format!("the record of {}", node.name), false),
            Published::Broken { why, .. } => {
                (format!("the record of {} cannot be read: {why}", node.name), true)
            }
            Published::Several { texts } => {
                (format!("{} records of {}", texts.len(), node.name), true)
            }
            Published::Missing { .. } => (format!("{} has no SPF record", node.name), true),
            Published::Loop => (format!("back to {}, which led here", node.name), true),
            Published::Unknown { why } | Published::NotAsked { why } => {
                (format!("{}: unknown: {why}", node.name), false)
            }
        },
        Leads::Depends(what) => (format!("depends {what}"), false),
        Leads::Unknown(why) => (format!("unknown: {why}"), false),
        Leads::Broken(why) => (why.clone(), true),
    }
}
