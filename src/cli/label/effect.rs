//! What a label **does** to domains: each is judged before and after, and the two are compared.

use std::collections::HashMap;

use crate::analyze::Judgement;
use crate::error::Result;
use crate::model::SourceAddress;
use crate::model::knowledge::{Aim, Label, is_below};
use crate::model::labelling::{DomainEffect, SourceEffect};
use crate::model::traffic::Traffic;
use crate::model::verdict::{Class, Health, SourceSummary, Verdict};

use super::aim;
use crate::cli::survey::Survey;

/// A source that a label speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Seen {
    pub(in crate::cli) name: String,
    messages: u64,
    class: Option<Class>,
    health: Option<Health>,
}

/// A domain as it is judged now, and what of it a label speaks of.
#[derive(Debug)]
pub(in crate::cli) struct Look {
    pub(in crate::cli) domain: String,
    pub(in crate::cli) sources: Vec<Seen>,
    /// The names of all other sources.
    pub(in crate::cli) others: Vec<String>,
    verdict: Verdict,
    headline: String,
}

/// The domains that a label can change: the one, or all. One without reports changes in nothing.
pub(in crate::cli) fn reach(survey: &Survey<'_>, domain: &str) -> Result<Vec<String>> {
    let mut all = survey.domains(&[])?;
    if domain != Label::EVERY_DOMAIN {
        all.retain(|known| known == domain);
    }
    Ok(all)
}

/// All domains that the label can change, each judged once.
pub(in crate::cli) fn looks(survey: &Survey<'_>, domain: &str, aim: &Aim) -> Result<Vec<Look>> {
    reach(survey, domain)?.iter().map(|name| look(survey, name, aim)).collect()
}

/// Judges one domain.
pub(in crate::cli) fn look(survey: &Survey<'_>, domain: &str, aim: &Aim) -> Result<Look> {
    let judged = survey.judge(domain, None)?;
    let (named, others): (Vec<_>, Vec<_>) =
        judged.sources.iter().partition(|source| aim::names(aim, &source.source));
    let mut sources: Vec<Seen> = named.into_iter().map(seen).collect();
    if sources.is_empty() && aim.is_network() {
        let traffic = survey.seen(domain)?;
        sources.extend(from_there(&traffic, &judged.sources, aim));
    }
    Ok(Look {
        domain: domain.to_owned(),
        sources,
        others: others.into_iter().map(|source| source.source.clone()).collect(),
        verdict: judged.advice.verdict,
        headline: judged.advice.headline,
    })
}

/// How many messages of one domain each of its labels decides on: each message counts once.
pub(in crate::cli) struct Decided(HashMap<(String, bool), u64>);

impl Decided {
    /// Judges the domain.
    pub(in crate::cli) fn of(survey: &Survey<'_>, domain: &str) -> Result<Self> {
        Ok(Self::by_judgement(survey, domain, &survey.judge(domain, None)?))
    }

    /// The same by how the survey has judged the domain.
    pub(in crate::cli) fn by_judgement(
        survey: &Survey<'_>,
        domain: &str,
        judged: &Judgement,
    ) -> Self {
        let known = survey.known(domain);
        let is_own = |label: &Label| label.domain != Label::EVERY_DOMAIN;
        let labels: HashMap<(String, bool), bool> = known
            .labels
            .iter()
            .rev()
            .map(|label| (Aim::key(&label.source), is_own(label)))
            .collect();
        let mut decided = Self(HashMap::new());
        for source in judged.sources.iter().filter(|source| source.label.is_some()) {
            let (sender, below) = Aim::key(&source.source);
            // for mail of subdomains a label of that alone, unless only the wider one is the domain's
            let narrow = below.then(|| labels.get(&(sender.clone(), true))).flatten();
            let wide = labels.get(&(sender.clone(), false));
            let is_narrow = narrow.is_some_and(|own| *own || wide != Some(&true));
            let own = if is_narrow { narrow } else { wide };
            let name = if is_narrow { source.source.clone() } else { sender };
            let Some(own) = own else { continue };
            let messages = decided.0.entry((name.to_lowercase(), *own)).or_default();
            *messages = messages.saturating_add(source.tally.messages);
        }
        decided
    }

    /// Messages that the label of that source decides on: one of the domain's own, or of every domain.
    pub(in crate::cli) fn by(&self, source: &str, own: bool) -> u64 {
        self.0.get(&(source.to_lowercase(), own)).copied().unwrap_or_default()
    }
}

fn seen(source: &SourceSummary) -> Seen {
    Seen {
        name: source.source.clone(),
        messages: source.tally.messages,
        class: Some(source.class),
        health: source.health,
    }
}

/// The mail from addresses that no source is named after: part of others. Its class is that of the
/// busiest source that has one of these addresses among its busiest.
fn from_there(traffic: &Traffic, sources: &[SourceSummary], aim: &Aim) -> Option<Seen> {
    let messages = messages_from(traffic, aim);
    let has = |address: &String| address.parse().is_ok_and(|ip| aim.holds(ip));
    let home = sources.iter().find(|source| source.busiest_addresses.iter().any(has));
    (messages > 0).then(|| Seen {
        name: aim.to_string(),
        messages,
        class: home.map(|source| source.class),
        health: home.and_then(|source| source.health),
    })
}

/// Messages from addresses that a label aims at.
fn messages_from(traffic: &Traffic, aim: &Aim) -> u64 {
    let is_below = |print: u32| {
        let print = traffic.fingerprints.get(print as usize);
        print.is_some_and(|print| is_below(&print.header_from, &traffic.domain))
    };
    let is_from = |address: &SourceAddress| match address {
        SourceAddress::Ip(ip) => aim.holds(*ip),
        SourceAddress::Unreadable(_) => false,
    };
    let rows = traffic.rows.iter();
    rows.filter(|row| is_from(&row.source) && aim.is_of(is_below(row.fingerprint)))
        .fold(0, |sum, row| sum.saturating_add(row.messages))
}

/// What has changed.
pub(in crate::cli) fn compare(before: Vec<Look>, after: Vec<Look>) -> Vec<DomainEffect> {
    let pairs = before.into_iter().zip(after);
    pairs
        .map(|(before, after)| DomainEffect {
            sources: sources(&before, &after),
            domain: after.domain,
            verdict_before: before.verdict,
            verdict: after.verdict,
            headline: after.headline,
        })
        .collect()
}

/// The sources now, each with its class before; where none is left, those that were there.
fn sources(before: &Look, after: &Look) -> Vec<SourceEffect> {
    let was: HashMap<&str, &Seen> =
        before.sources.iter().map(|seen| (seen.name.as_str(), seen)).collect();
    let effect = |seen: &Seen| {
        let was = was.get(seen.name.as_str()).copied().or(before.sources.first());
        SourceEffect {
            source: seen.name.clone(),
            messages: seen.messages,
            class_before: was.and_then(|was| was.class),
            health_before: was.and_then(|was| was.health),
            class: seen.class,
            health: seen.health,
        }
    };
    if !after.sources.is_empty() {
        return after.sources.iter().map(effect).collect();
    }
    let gone = |seen: &Seen| SourceEffect { class: None, health: None, ..effect(seen) };
    before.sources.iter().map(gone).collect()
}
