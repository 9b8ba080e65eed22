//! The **class** of a source: what it is to the domain, by the first rule that matches.
//!
//! In: the sources and the facts of their fingerprints. Out: class, health, the rule in words with
//! its numbers, and which rows it looked at. Where it is in doubt, a source is own: calling an own
//! sender a forwarder or a list would hide its failures, the other way round only asks for a look.
//! What hangs on the word of one reporter is doubted (`doubt`).

mod health;
mod own;
mod passed_on;

use std::collections::{BTreeMap, HashSet};

use crate::model::numbers::{agree, amount};
use crate::model::verdict::{Class, Health};
use crate::model::{Label, LabelWord, Traffic};

use super::asks::asks;
use super::facts::Facts;
use super::homes::{Homes, Signed};
use super::label;
use super::reporter::{Reporters, Whole, only_at, told_by};
use super::signs::{self, is_plain};
use super::source::{Key, Source};
use super::thresholds::Thresholds;
use super::weight::Weights;

use health::{fares, health};
use own::{own, own_besides, own_once, own_unaligned};
use passed_on::{Mix, forwarder, list};

pub(super) use health::{fails_often, is_misconfigured};

/// A rule that matched.
pub(super) struct Matched {
    pub(super) class: Class,
    pub(super) health: Option<Health>,
    pub(super) rule: String,
    /// The fingerprints that it counted.
    pub(super) counted: Vec<usize>,
}

impl Matched {
    /// Whether it stands in the way of a move.
    pub(super) fn blocks(&self) -> bool {
        self.class == Class::Asks || self.health == Some(Health::Misconfigured)
    }
}

/// What the rules look at, besides the source.
pub(super) struct Rules<'a, 'w> {
    pub(super) facts: &'a [Facts<'a>],
    pub(super) traffic: &'a Traffic,
    pub(super) limits: &'a Thresholds,
    pub(super) homes: Homes<'a>,
    pub(super) reporters: Reporters<'a>,
    pub(super) weights: &'w Weights,
    /// The domain's messages; without the reporter that outweighs all others, if one does.
    pub(super) total: Whole,
    /// Failing messages of sources of which nothing passes: forged, or of senders that nobody set up.
    pub(super) unnamed: Whole,
}

/// What the rules must know of all sources before they judge one, added up source by source.
pub(super) struct Gathered<'a> {
    facts: &'a [Facts<'a>],
    traffic: &'a Traffic,
    reporters: Reporters<'a>,
    signed: Signed<'a>,
    unnamed: BTreeMap<usize, u64>,
}

impl<'a> Gathered<'a> {
    /// Nothing yet.
    pub(super) fn new(facts: &'a [Facts<'a>], traffic: &'a Traffic) -> Self {
        let reporters = Reporters::of(traffic);
        let (signed, unnamed) = (Signed::default(), BTreeMap::new());
        Self { facts, traffic, reporters, signed, unnamed }
    }

    /// Adds a source.
    pub(super) fn add(&mut self, source: &Source<'a>) {
        self.signed.add(source, self.facts, self.traffic, &self.reporters);
        if source.tally.dmarc_pass > 0 {
            return;
        }
        let plain = |at: u32| self.facts.get(at as usize).is_some_and(|fact| fact.excuse.is_none());
        for (_, row) in source.rows_of(self.traffic).filter(|(_, row)| plain(row.fingerprint)) {
            let told = self.unnamed.entry(self.reporters.organization(row.reporter)).or_default();
            *told = told.saturating_add(row.messages);
        }
    }

    /// The rules.
    pub(super) fn rules<'w>(self, weights: &'w Weights, limits: &'a Thresholds) -> Rules<'a, 'w> {
        let Self { facts, traffic, reporters, signed, unnamed } = self;
        let total = Whole::of_domain(traffic, &reporters, limits);
        let (homes, unnamed) = (signed.homes(), Whole::of(&unnamed));
        Rules { facts, traffic, limits, homes, reporters, weights, total, unnamed }
    }
}

/// Gives every source its class.
pub(super) fn classify<'a>(
    sources: &mut [Source<'a>],
    facts: &'a [Facts<'a>],
    traffic: &'a Traffic,
    weights: &Weights,
    limits: &'a Thresholds,
) {
    let mut gathered = Gathered::new(facts, traffic);
    sources.iter().for_each(|source| gathered.add(source));
    let rules = gathered.rules(weights, limits);
    sources.iter_mut().for_each(|source| rules.class(source));
    let own: HashSet<(Key<'_>, bool)> = sources
        .iter()
        .filter(|source| source.class == Class::Own)
        .map(|source| (source.key, source.below))
        .collect();
    for source in sources.iter_mut().filter(|source| own.contains(&(source.key, !source.below))) {
        rules.class_besides(source);
    }
    sources.iter_mut().for_each(|source| rules.tell(source));
}

fn take(source: &mut Source<'_>, matched: Matched) {
    source.class = matched.class;
    source.health = matched.health;
    source.rule = matched.rule;
    source.counted = matched.counted;
}

impl<'a> Rules<'a, '_> {
    /// Gives a source its class, by itself.
    pub(super) fn class(&self, source: &mut Source<'a>) {
        let (matched, is_doubted) = self.doubting(source, self.judge(source));
        take(source, self.unless_by_strangers(source, matched));
        source.is_doubted = is_doubted;
        source.signed = self.signed(source);
    }

    /// The same once more of one whose sender has own mail in the other scope.
    pub(super) fn class_besides(&self, source: &mut Source<'a>) {
        if let Some(matched) = own_besides(source, self.limits) {
            take(source, matched);
        }
    }

    /// Finds out who tells that it fails.
    pub(super) fn tell(&self, source: &mut Source<'a>) {
        let asked = matches!(source.class, Class::Own | Class::Asks);
        if asked && source.tally.dmarc_fail > 0 {
            let (facts, traffic) = (self.facts, self.traffic);
            source.fails_only_at = only_at(source, facts, traffic, &self.reporters, self.limits);
            source.told_by = told_by(source, facts, traffic, &self.reporters);
        }
    }
}

impl Rules<'_, '_> {
    /// The first rule that matches.
    pub(super) fn judge(&self, source: &Source<'_>) -> Matched {
        if let Some(label) = source.label {
            return labelled(source, label, self.limits);
        }
        let mix = Mix::of(source, self);
        list(source, &mix, self)
            .or_else(|| forwarder(source, &mix, self))
            .or_else(|| own(source, self))
            .or_else(|| own_unaligned(source, self))
            .or_else(|| own_once(source, self))
            .or_else(|| asks(source, self))
            .or_else(|| threat(source, self))
            .unwrap_or_else(|| noise(source, self))
    }

    /// Mail that somebody passes on: signed by a key of another sender, or so called by a receiver.
    pub(super) fn is_forwarded(&self, fact: &Facts<'_>, sender: Key<'_>) -> bool {
        let carried = fact.dkim && !fact.spf && !fact.signs_twice;
        let excused = fact.excuse.is_some() && !fact.spf && !fact.signs_twice;
        excused || (carried && self.homes.are_elsewhere(fact, sender))
    }

    /// The fingerprints of a source that fit.
    pub(super) fn pick(
        &self,
        source: &Source<'_>,
        fits: impl Fn(&Facts<'_>) -> bool,
    ) -> Vec<usize> {
        let prints = source.uses.iter().map(|(print, _)| *print);
        prints.filter(|print| self.facts.get(*print).is_some_and(&fits)).collect()
    }

    /// How many messages of a source fit.
    pub(super) fn sum(&self, source: &Source<'_>, fits: impl Fn(&Facts<'_>) -> bool) -> u64 {
        signs::sum(source, self.facts, fits)
    }
}

/// Rule 1: what the operator said.
fn labelled(source: &Source<'_>, label: &Label, limits: &Thresholds) -> Matched {
    let word = label.label.as_str();
    let rule = match label::note(label) {
        Some(note) => format!("labelled {word}: \"{note}\""),
        None => format!("labelled {word}"),
    };
    let class = match label.label {
        LabelWord::Ours => Class::Own,
        LabelWord::Theirs => Class::Threat,
        LabelWord::Forwarder => Class::Forwarder,
        LabelWord::List => Class::List,
    };
    let tally = &source.tally;
    let unaligned = tally.dmarc_pass == 0 && tally.messages > 0;
    let health = if unaligned { Health::Misconfigured } else { health(tally, limits) };
    let health = (class == Class::Own).then_some(health);
    let rule = rule + &health.map_or(String::new(), |health| fares(health, tally));
    Matched { class, health, rule, counted: source.uses.iter().map(|(print, _)| *print).collect() }
}

/// Rule 6: everything fails, nothing is excused, and no address has a confirmed name. Only where
/// names were looked up.
fn threat(source: &Source<'_>, rules: &Rules<'_, '_>) -> Option<Matched> {
    let fails = source.tally.messages > 0 && rules.sum(source, is_plain) == source.tally.messages;
    (fails && source.is_unconfirmed).then(|| Matched {
        class: Class::Threat,
        health: None,
        rule: format!(
            "{} {}, and no address has a confirmed name",
            amount(source.tally.messages, "message"),
            agree(source.tally.messages, "fails", "fail")
        ),
        counted: rules.pick(source, |_| true),
    })
}

/// Rule 7: the rest.
fn noise(source: &Source<'_>, rules: &Rules<'_, '_>) -> Matched {
    let what = match source.key {
        Key::Label(_) | Key::Net4(_) | Key::Net6(_) | Key::Unreadable | Key::Crowd(_) => {
            "nothing authenticates"
        }
        Key::Provider(_) | Key::Domain(_) => "authenticates as somebody else",
    };
    let rule = format!("{what}: {}", amount(source.tally.dmarc_fail, "failing message"));
    let counted = rules.pick(source, |fact| !fact.passes());
    Matched { class: Class::Noise, health: None, rule, counted }
}
