//! What **receivers do** with an SPF record, in sentences.
//!
//! In: what came of looking at it. Out: a sentence each.

use crate::model::finding::{Finding, Severity};

use super::MAX_LOOKUPS;
use super::everybody;
use super::lint::Read;
use super::order;
use super::term::{Mechanism, Qualifier, Term};

/// Mechanisms that are named, of those that let pass: the others are counted.
const NAMED: usize = 10;

/// The effect of a record.
pub(super) fn of(findings: &[Finding], terms: &[Read], is_seen: bool) -> Vec<String> {
    if !is_seen {
        return vec![
            "Receivers see no SPF record: SPF gives `none`, and DMARC has DKIM alone".to_owned(),
        ];
    }
    if broken(findings) {
        return vec![
            "Receivers answer permerror: SPF passes for nobody, and DMARC has DKIM alone"
                .to_owned(),
        ];
    }
    let reached = order::reached(terms);
    let all = everybody::of_terms(&reached);
    let terms: Vec<&Term> = reached.iter().filter_map(|read| read.term.as_ref()).collect();
    let mut effect: Vec<String> = match all {
        None => who(&terms).into_iter().chain([elsewhere(&terms)]).collect(),
        Some(all) => all.said(elsewhere(&terms)),
    };
    effect.extend(asks(&terms));
    effect
}

/// How many look-ups the record uses by itself.
fn asks(terms: &[&Term]) -> Option<String> {
    let asks = terms.iter().filter(|term| term.looks_up()).count();
    let includes = |term: &Term| matches!(term, Term::Directive(_, Mechanism::Include(_)));
    let more = if terms.iter().any(|term| includes(term)) {
        "; what it includes uses more"
    } else if redirect(terms).is_some() {
        "; the record that it leads to may use more"
    } else {
        ""
    };
    (asks > 0).then(|| {
        format!("{asks} of the {MAX_LOOKUPS} look-ups are used by the record itself{more}")
    })
}

/// Whether receivers answer permerror.
fn broken(findings: &[Finding]) -> bool {
    const READABLE: &[&str] = &[
        "spf_ignored_term",
        "spf_two_records",
        "spf_redirect_with_all",
        "spf_terms_after_all",
        "spf_everybody",
    ];
    findings
        .iter()
        .any(|finding| finding.severity == Severity::Error && !READABLE.contains(&finding.code))
}

/// Who may send, of the terms up to the first `all`; nothing where the record names nobody and another
/// record decides.
pub(super) fn who(terms: &[&Term]) -> Option<String> {
    let mut parts = Vec::new();
    let mut networks = 0;
    for term in terms.iter().take_while(|term| !term.is_all()) {
        let Term::Directive(Qualifier::Pass, mechanism) = term else { continue };
        match mechanism {
            Mechanism::Ip(_) => networks += 1,
            other => parts.extend(allowed(other)),
        }
    }
    match networks {
        0 => {}
        1 => parts.insert(0, "one network".to_owned()),
        many => parts.insert(0, format!("{many} networks")),
    }
    if parts.len() > NAMED {
        let others = format!("{} others", parts.len() - NAMED + 1);
        parts.truncate(NAMED - 1);
        parts.push(others);
    }
    let decides = || redirect(terms).is_some() && !terms.iter().any(|term| term.is_all());
    match parts.split_last() {
        None if decides() => None,
        None => Some("No server is named that may send".to_owned()),
        Some((last, [])) => Some(format!("SPF passes for {last}")),
        Some((last, rest)) => Some(format!("SPF passes for {} and {last}", rest.join(", "))),
    }
}

fn allowed(mechanism: &Mechanism) -> Option<String> {
    let of = |domain: &Option<String>| match domain {
        None => "the domain".to_owned(),
        Some(domain) => domain.clone(),
    };
    Some(match mechanism {
        Mechanism::Include(domain) => format!("whom {domain} lets pass"),
        Mechanism::A(target) => format!("the addresses of {}", of(&target.domain)),
        Mechanism::Mx(target) => format!("the mail exchangers of {}", of(&target.domain)),
        Mechanism::Ptr => "servers whose reverse name is in the domain".to_owned(),
        Mechanism::Exists(domain) => format!("whoever makes {domain} exist"),
        Mechanism::All | Mechanism::Ip(_) => return None,
    })
}

/// What becomes of mail from elsewhere.
pub(super) fn elsewhere(terms: &[&Term]) -> String {
    let all = terms.iter().find_map(|term| match term {
        Term::Directive(qualifier, Mechanism::All) => Some(*qualifier),
        _ => None,
    });
    match (all, redirect(terms)) {
        (Some(Qualifier::Pass), _) => "Mail from anywhere else passes too".to_owned(),
        (Some(Qualifier::Fail), _) => {
            "Mail from anywhere else fails: some receivers refuse it".to_owned()
        }
        (Some(Qualifier::Softfail), _) => {
            "Mail from anywhere else fails softly: most receivers take it and look closer"
                .to_owned()
        }
        (None, Some(domain)) => {
            format!("For mail from anywhere else the record of {domain} decides")
        }
        (Some(Qualifier::Neutral), _) | (None, None) => {
            "Of mail from anywhere else nothing is said (neutral)".to_owned()
        }
    }
}

/// The record that decides where nothing matches.
fn redirect<'a>(terms: &[&'a Term]) -> Option<&'a String> {
    terms.iter().find_map(|term| match term {
        Term::Redirect(domain) => Some(domain),
        _ => None,
    })
}
