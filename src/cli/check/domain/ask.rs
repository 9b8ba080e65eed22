//! What the DNS has of a domain: its DMARC record by both ways, and its mail exchangers.

use crate::model::discovery::{Asked, Decision, Discovery, ReportTo, Stood};
use crate::model::dns::{Answer, Resolver, is_null_mx};
use crate::model::domain_check::{DmarcCheck, MxCheck, Presence};
use crate::model::finding::{Checked, RecordKind};
use crate::record::destination::{destinations, left_of_all};
use crate::record::walk::discover;
use crate::record::{MAX_FINDINGS, dkim, dmarc, spf};

use super::effect;

/// Records of one kind that are checked one by one: where there are more, that is what is wrong.
pub(super) const MOST_CHECKED: usize = 10;

/// Steps of an alias that are followed.
const MOST_STEPS: usize = 8;

/// DMARC.
pub(super) fn dmarc(domain: &str, resolver: &dyn Resolver) -> DmarcCheck {
    let discovery = discover(domain, resolver);
    let destinations = match discovery.record() {
        Some((at, text)) => destinations(text, at, resolver),
        None => Vec::new(),
    };
    let checked = deciding(&discovery)
        .flat_map(|asked| texts(&asked.answer).iter().map(move |text| (asked, text)))
        .take(MOST_CHECKED)
        .map(|(asked, text)| as_it_stands(asked, text, &discovery, &destinations))
        .collect();
    let destinations_left = discovery.record().map_or(0, |(_, text)| left_of_all(text));
    DmarcCheck { discovery, checked, destinations, destinations_left }
}

/// A DMARC record, checked, with what receivers do with it there: beside other records, and with those
/// who are to get reports.
fn as_it_stands(asked: &Asked, text: &str, found: &Discovery, to: &[ReportTo]) -> Checked {
    let mut checked = checked(RecordKind::Dmarc, &asked.name, text);
    if let Stood::Several { texts } = &asked.answer {
        checked.corrected = None;
        checked.findings.retain(|finding| finding.code != "dmarc_reject");
        checked.effect = vec![format!(
            "Receivers take none of the {} records at {}, and act as if there were none there",
            texts.len(),
            asked.name
        )];
    } else if found.record().is_some_and(|(at, _)| at == asked.domain) {
        effect::with_consent(&mut checked.effect, text, to);
    }
    let above = found.walk.organization.as_deref();
    let is_below =
        |above: &&str| asked.domain.strip_suffix(above).is_some_and(|it| it.ends_with('.'));
    if let Some(organization) = above.filter(is_below) {
        dmarc::below(&mut checked.effect, organization, true);
    }
    checked
}

/// The names whose records decide; where none does, those with any record, which do not count.
fn deciding(found: &Discovery) -> impl Iterator<Item = &Asked> {
    let ats: Vec<&str> = [&found.walk, &found.list]
        .into_iter()
        .filter_map(|way| match &way.decision {
            Decision::Policy { at, .. } => Some(at.as_str()),
            Decision::Nothing { .. } | Decision::Unknown { .. } => None,
        })
        .collect();
    let again = found.list.asked.iter().filter(|asked| !found.walk.asked.contains(asked));
    let all = found.walk.asked.iter().chain(again);
    all.filter(move |asked| ats.is_empty() || ats.contains(&asked.domain.as_str()))
}

fn texts(answer: &Stood) -> &[String] {
    match answer {
        Stood::Record { text } => std::slice::from_ref(text),
        Stood::Several { texts } => texts,
        _ => &[],
    }
}

/// What stands at the name: the records, and the texts that are none to receivers.
pub(super) fn all_texts(asked: &Asked) -> Vec<String> {
    texts(&asked.answer).iter().chain(&asked.passed_over).cloned().collect()
}

/// A record of the DNS, checked: it is just what receivers see, and needs no unpasting.
pub(super) fn checked(kind: RecordKind, name: &str, text: &str) -> Checked {
    let linted = match kind {
        RecordKind::Dmarc => dmarc::lint(text),
        RecordKind::Spf => spf::lint(text),
        RecordKind::Dkim => dkim::lint(text),
    };
    let mut findings = linted.findings;
    findings.sort_by_key(|finding| (finding.severity, finding.place.map(|place| place.from)));
    findings.truncate(MAX_FINDINGS);
    Checked {
        kind: Some(kind),
        text: text.to_owned(),
        name: Some(name.to_owned()),
        findings,
        effect: linted.effect,
        corrected: linted.corrected,
    }
}

/// Whether a domain exists: the name, or one below it where something is found. None where nobody can tell.
pub(super) fn exists(
    found: &Discovery,
    spf: Presence,
    mx: &MxCheck,
    resolver: &dyn Resolver,
) -> Option<bool> {
    let own = found.walk.asked.first().map(|asked| &asked.answer);
    let has_own = !matches!(own, None | Some(Stood::NoName | Stood::Unknown { .. }));
    let is_there = |status| matches!(status, Presence::Found | Presence::Several);
    if has_own || is_there(spf) || is_there(mx.status) {
        return Some(true);
    }
    match resolver.txt(&found.domain) {
        Answer::Found(_) | Answer::NoData => Some(true),
        Answer::NoName => Some(false),
        Answer::Unknown(_) => None,
    }
}

/// The names that a name is an alias of, step by step; the same twice ends it.
pub(super) fn aliases(name: &str, resolver: &dyn Resolver) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    while let Some(to) = resolver.alias(steps.last().map_or(name, String::as_str)).found() {
        let is_known = to == name || steps.contains(&to);
        steps.push(to);
        if is_known || steps.len() >= MOST_STEPS {
            break;
        }
    }
    steps
}

/// Mail exchangers.
pub(super) fn mx(domain: &str, resolver: &dyn Resolver) -> MxCheck {
    let (status, exchanges, why) = match resolver.exchanges(domain) {
        Answer::Found(exchanges) => (Presence::Found, exchanges, None),
        Answer::NoData | Answer::NoName => (Presence::Missing, Vec::new(), None),
        Answer::Unknown(why) => (Presence::Unknown, Vec::new(), Some(why)),
    };
    let null = is_null_mx(&exchanges);
    MxCheck { status, null, exchanges, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_record_full_of_faults_some_are_told() {
        let text = format!("v=DMARC1; p=none; x={}", "\u{1b}[31m".repeat(2_000));
        let found = checked(RecordKind::Dmarc, "_dmarc.acme.example", &text);
        assert_eq!(MAX_FINDINGS, found.findings.len());
        assert!(found.findings.is_sorted_by_key(|finding| finding.severity));
    }
}
