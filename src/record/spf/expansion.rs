//! What the **expansion** of an SPF record says: whom it lets pass, and what is wrong along the way.
//!
//! In: the tree of what was asked. Out: its look-ups counted, findings, networks, and whether an
//! address passes: yes, no, or unknown, where that hangs on a message or on an answer that nobody gave.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use crate::model::dns::{Family, Resolver};
use crate::model::finding::{Finding, Place, Severity};

use super::super::finding;
use super::everybody::{self, Everybody};
use super::expand::{Leads, Node, Published, Step, tree};
use super::network::Network;
use super::saving;
use super::term::Qualifier;
use super::walk::{Outcome, Walk};
use super::{MAX_LOOKUPS, MAX_VOID};

/// Findings that are told.
const MAX_FINDINGS: usize = 50;

/// What is to be done where several records stand at a name.
const ONE: &str =
    "one record with the terms of all, each once, and one `all` at its end; then delete the others";

/// Networks of IPv6 that are looked at, whether too many void look-ups stand in front of them.
const LOOKED_AT: usize = 100;

/// What an SPF record leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expansion {
    /// The record of the domain, and all that it leads to.
    pub root: Node,
    /// Terms that ask the DNS; [`MAX_LOOKUPS`] are followed.
    pub lookups: usize,
    /// Whether there may be more: a record that it leads to is unknown, or depends on the message.
    pub lookups_at_least: bool,
    /// Look-ups that find nothing, whoever sends; [`MAX_VOID`] are suffered.
    pub void: usize,
    /// Whether there may be more of those: something is unknown, or depends on the message.
    pub void_at_least: bool,
    /// The same for senders with an IPv4 address, and with an IPv6 address: of a host that has addresses
    /// of one family, the look-up for the other finds nothing (RFC 7208 section 5).
    pub void_by_family: [usize; 2],
    /// What is wrong, in the order of the record; a place is in the text of the domain's own record.
    pub findings: Vec<Finding>,
}

/// Whether an address passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Covered {
    /// SPF passes for it.
    Yes,
    /// It does not.
    No,
    /// That hangs on the message, or on an answer that nobody gave, or on the receiver.
    Unknown,
}

/// A network that may send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// The network.
    pub network: Network,
    /// The terms that lead to it, from the domain's own record on.
    pub by: Vec<String>,
}

/// Expands the record of a domain (lower case, A-labels, no final dot).
#[must_use]
pub fn expand(domain: &str, resolver: &dyn Resolver) -> Expansion {
    let root = tree(domain, resolver);
    let counted = counted(&root);
    let mut findings = Vec::new();
    told(&root, &[], &mut findings);
    if let Some(everybody) = of_all(&root) {
        let first = everybody.first();
        let at = root.terms.iter().position(|step| Some(step.term.as_str()) == first);
        findings.insert(0, (at.unwrap_or_default(), everybody.finding()));
    }
    placed(&root, &mut findings);
    let mut expansion = Expansion {
        root,
        lookups: counted.lookups,
        lookups_at_least: counted.hides_lookups,
        void: counted.void,
        void_at_least: counted.hides_voids,
        void_by_family: counted.void_by_family,
        findings: Vec::new(),
    };
    expansion.limits(&mut findings);
    findings.truncate(MAX_FINDINGS);
    expansion.findings = findings.into_iter().map(|(_, finding)| finding).collect();
    expansion
}

/// Look-ups and void look-ups.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) lookups: usize,
    void: usize,
    void_by_family: [usize; 2],
    hides_lookups: bool,
    hides_voids: bool,
}

/// Those of a record with all below it.
pub(super) fn counted(node: &Node) -> Counted {
    node.terms.iter().fold(Counted::default(), |sum, step| {
        let below = match &step.leads {
            Leads::Record(node) => counted(node),
            _ => Counted::default(),
        };
        let of = |at: usize| sum.void_by_family[at] + step.void[at] + below.void_by_family[at];
        Counted {
            lookups: sum.lookups + usize::from(step.looks_up) + below.lookups,
            void: sum.void + step.void_for_all() + below.void,
            void_by_family: [of(0), of(1)],
            hides_lookups: sum.hides_lookups || step.hides_a_record() || below.hides_lookups,
            hides_voids: sum.hides_voids || step.hides_voids() || below.hides_voids,
        }
    })
}

/// What is wrong at a record and below it, with the term of the domain's own record that leads there.
fn told(node: &Node, path: &[&str], findings: &mut Vec<(usize, Finding)>) {
    findings.extend(of_record(node, path).map(|finding| (0, finding)));
    for (at, step) in node.terms.iter().enumerate() {
        let path = [path, &[step.term.as_str()]].concat();
        let before = findings.len();
        match &step.leads {
            Leads::Record(below) => told(below, &path, findings),
            _ => findings.extend(of_step(node, step).map(|finding| (0, finding))),
        }
        findings[before..].iter_mut().for_each(|(term, _)| *term = at);
    }
}

/// What is wrong with the record at a name.
fn of_record(node: &Node, path: &[&str]) -> Option<Finding> {
    let name = &node.name;
    let by = path.last().map(|term| format!(" (by `{term}`)")).unwrap_or_default();
    let (code, severity, what) = match &node.record {
        Published::Record { .. } => return None,
        Published::Broken { why, .. } => (
            "spf_broken",
            Severity::Error,
            format!("the record of {name}{by} cannot be read: {why}"),
        ),
        Published::Several { texts } => (
            "spf_several",
            Severity::Error,
            format!("{name}{by} has {} SPF records; receivers answer permerror", texts.len()),
        ),
        Published::Missing { .. } if path.is_empty() => {
            ("spf_none", Severity::Warning, format!("{name} has no SPF record"))
        }
        Published::Missing { .. } => (
            "spf_none_included",
            Severity::Error,
            format!("{name}{by} has no SPF record; receivers answer permerror"),
        ),
        Published::Loop => (
            "spf_loop",
            Severity::Error,
            format!("the record of {name}{by} leads to itself; receivers answer permerror"),
        ),
        Published::Unknown { why } | Published::NotAsked { why } => (
            "spf_unknown",
            Severity::Warning,
            format!("nobody can tell now what the record of {name}{by} is: {why}"),
        ),
    };
    let instead = match &node.record {
        Published::Several { .. } => Some(ONE.to_owned()),
        Published::Missing { .. } if !path.is_empty() => {
            Some("leave the term out, or name the domain that the service tells".to_owned())
        }
        _ => None,
    };
    Some(Finding { instead, ..finding(code, severity, None, what) })
}

/// What is wrong with what a term leads to.
fn of_step(node: &Node, step: &Step) -> Option<Finding> {
    let (term, name) = (&step.term, &node.name);
    let (code, severity, what) = match &step.leads {
        Leads::Depends(what) => (
            "spf_depends",
            Severity::Hint,
            format!("what `{term}` of {name} matches depends {what}"),
        ),
        Leads::Unknown(why) => (
            "spf_unknown",
            Severity::Warning,
            format!("nobody can tell now what `{term}` of {name} matches: {why}"),
        ),
        Leads::Broken(why) => (
            "spf_too_many_exchangers",
            Severity::Error,
            format!("`{term}` of {name}: {why}, and answer permerror"),
        ),
        _ if step.dark.iter().any(Option::is_some) => {
            ("spf_unknown", Severity::Warning, partly_dark(name, step))
        }
        _ if step.void_for_all() > 0 => (
            "spf_void",
            Severity::Warning,
            format!("`{term}` of {name} finds no address ({} void look-ups)", step.void_for_all()),
        ),
        _ => return None,
    };
    Some(finding(code, severity, None, what))
}

/// That nobody can tell of some of the addresses.
fn partly_dark(name: &str, step: &Step) -> String {
    let dark = Family::BOTH.into_iter().zip(&step.dark);
    let told = dark.filter_map(|(family, why)| Some((family, why.as_ref()?)));
    let (families, whys): (Vec<_>, Vec<_>) =
        told.map(|(family, why)| (family.as_str(), why.as_str())).unzip();
    let why = whys.first().copied().unwrap_or_default();
    let families = families.join(" and ");
    format!(
        "nobody can tell now which {families} addresses `{}` of {name} matches: {why}",
        step.term
    )
}

/// Gives each finding the place of the term that leads to it, in the domain's own record.
fn placed(root: &Node, findings: &mut [(usize, Finding)]) {
    let Published::Record { text } = &root.record else { return };
    for (term, finding) in findings {
        finding.place = root.terms.get(*term).and_then(|step| {
            let from = text.match_indices(&step.term).map(|(from, _)| from).find(|from| {
                let to = from + step.term.len();
                let ends = matches!(text.as_bytes().get(to), None | Some(b' '));
                ends && text[..*from].ends_with(' ')
            })?;
            Some(Place { from, to: from + step.term.len() })
        });
    }
}

impl Expansion {
    /// What is wrong with the whole.
    fn limits(&self, findings: &mut Vec<(usize, Finding)>) {
        let (lookups, void) = (self.lookups, self.void);
        let at_least = if self.lookups_at_least { "at least " } else { "" };
        let mut push = |code, severity, what: String| {
            let instead = (code == "spf_too_many_lookups").then(|| saving::advice(&self.root));
            findings.insert(0, (0, Finding { instead, ..finding(code, severity, None, what) }));
        };
        if void > MAX_VOID {
            let what = format!(
                "{void} look-ups find nothing, and receivers should suffer {MAX_VOID} (RFC 7208 \
                 section 4.6.4): many answer permerror"
            );
            push("spf_too_many_void", Severity::Error, what);
        }
        let six = self.void_by_family[1];
        if void <= MAX_VOID && self.loses_six() {
            let what = format!(
                "for senders with an IPv6 address {six} look-ups find nothing, and receivers should \
                 suffer {MAX_VOID} (RFC 7208 section 4.6.4): name such senders first, by ip6:"
            );
            push("spf_too_many_void", Severity::Hint, what);
        }
        if lookups > MAX_LOOKUPS {
            // what was not counted to its end is no number
            let many = match self.lookups_at_least {
                true => format!("more than {MAX_LOOKUPS}"),
                false => lookups.to_string(),
            };
            let what = format!(
                "{many} look-ups, and receivers follow {MAX_LOOKUPS} (RFC 7208 section 4.6.4): beyond them \
                 they answer permerror"
            );
            push("spf_too_many_lookups", Severity::Error, what);
        } else if lookups + 1 >= MAX_LOOKUPS {
            let what = format!(
                "{at_least}{lookups} of {MAX_LOOKUPS} look-ups are used: the next change of a provider may be \
                 one too many"
            );
            push("spf_lookups_near_limit", Severity::Hint, what);
        }
    }

    /// Whether too many void look-ups stand in front of a network of IPv6 that may send.
    fn loses_six(&self) -> bool {
        let is_lost = |allowed: Allowed| {
            let mut walk = Walk::of(Some(allowed.network.address()));
            walk.record(&self.root);
            walk.void > MAX_VOID
        };
        let all = if self.void_by_family[1] > MAX_VOID { self.networks() } else { Vec::new() };
        let six = all.into_iter().filter(|allowed| allowed.network.address().is_ipv6());
        six.take(LOOKED_AT).any(is_lost)
    }

    /// Whether SPF passes for an address, as receivers go through the record: in order, up to the
    /// first match or the last look-up that they follow.
    #[must_use]
    pub fn covers(&self, address: IpAddr) -> Covered {
        let mut walk = Walk::of(Some(address.to_canonical()));
        match walk.record(&self.root) {
            _ if walk.void > MAX_VOID => Covered::Unknown,
            Outcome::Pass => Covered::Yes,
            Outcome::Other | Outcome::Broken | Outcome::Missing => Covered::No,
            Outcome::Unknown => Covered::Unknown,
        }
    }

    /// The networks that the record lets pass, in its order. What depends on the message is not among
    /// them.
    #[must_use]
    pub fn networks(&self) -> Vec<Allowed> {
        let mut allowed = Vec::new();
        gathered(&self.root, &[], &mut allowed);
        allowed
    }
}

/// Whether everybody passes.
pub(super) fn of_all(root: &Node) -> Option<Everybody> {
    let mut networks = Vec::new();
    gathered(root, &[], &mut networks);
    everybody::of(root, &networks)
}

fn gathered(node: &Node, path: &[&str], allowed: &mut Vec<Allowed>) {
    let passes = |step: &&Step| matches!(step.qualifier, None | Some(Qualifier::Pass));
    for step in node.terms.iter().filter(passes) {
        let path = [path, &[step.term.as_str()]].concat();
        let by = || path.iter().map(|term| (*term).to_owned()).collect::<Vec<String>>();
        match &step.leads {
            Leads::Record(below) => gathered(below, &path, allowed),
            Leads::Networks(networks) => {
                allowed
                    .extend(networks.iter().map(|network| Allowed { network: *network, by: by() }));
            }
            Leads::All => allowed.extend(everywhere().map(|network| Allowed { network, by: by() })),
            Leads::Depends(_) | Leads::Unknown(_) | Leads::Broken(_) => {}
        }
    }
}

/// Every address.
fn everywhere() -> impl Iterator<Item = Network> {
    let v4 = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let v6 = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    [v4, v6].into_iter().filter_map(|address| Network::new(address, 0))
}

#[cfg(test)]
mod tests;
