//! The **class** of a source: what it is to the domain, by the first rule that matches.
//!
//! In: the sources and the facts of their fingerprints. Out: class, health, the rule in words with
//! its numbers, and which rows it looked at. Where it is in doubt, a source is own: calling an own
//! sender a forwarder or a list would hide its failures, the other way round only asks for a look.
//! What hangs on the word of one reporter is doubted (`doubt`).

use std::collections::{BTreeMap, HashSet};

use crate::model::numbers::{agree, amount, percent, thousands};
use crate::model::verdict::{Class, Health, Tally};
use crate::model::{Label, LabelWord, Traffic};

use super::asks::asks;
use super::facts::{Excuse, Facts};
use super::homes::{Homes, Signed};
use super::label;
use super::providers::{Kind, Provider};
use super::reporter::{Reporters, Whole, only_at, told_by};
use super::signs::{self, is_plain};
use super::source::{Key, Source};
use super::thresholds::Thresholds;
use super::weight::Weights;

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

/// The messages of a source, by what matters to rules 2 and 3.
struct Mix {
    /// Failing, and excused as list mail.
    list: u64,
    /// Not SPF-aligned, and signed at another source or excused as forwarded.
    forwarded: u64,
    /// What `forwarded` is a part of: DKIM-aligned mail whose selector is told, and excused mail.
    traceable: u64,
}

impl Mix {
    fn of(source: &Source<'_>, rules: &Rules<'_, '_>) -> Self {
        let excused = |fact: &Facts<'_>| fact.excuse.is_some() && !fact.spf;
        let signed = |fact: &Facts<'_>| fact.dkim && !fact.signatures.is_empty();
        Self {
            list: rules.sum(source, is_list_mail),
            forwarded: rules.sum(source, |fact| rules.is_forwarded(fact, source.key)),
            traceable: rules.sum(source, |fact| signed(fact) || excused(fact)),
        }
    }
}

fn is_list_mail(fact: &Facts<'_>) -> bool {
    !fact.passes() && fact.excuse == Some(Excuse::List)
}

/// At least half, and something.
fn is_half(part: u64, whole: u64) -> bool {
    part > 0 && part >= whole.saturating_sub(part)
}

fn only_sends(source: &Source<'_>) -> bool {
    source.provider.is_some_and(Provider::only_sends)
}

/// Rule 2: a known host of lists, or so called by receivers.
fn list(source: &Source<'_>, mix: &Mix, rules: &Rules<'_, '_>) -> Option<Matched> {
    let matched = |rule, counted| Some(Matched { class: Class::List, health: None, rule, counted });
    if source.is_mostly_authorised() {
        return None;
    }
    if source.provider.is_some_and(|provider| provider.kind == Kind::List) {
        return matched("a known mailing list host".to_owned(), rules.pick(source, |_| true));
    }
    let (failing, all) = (source.tally.dmarc_fail, source.tally.messages);
    if only_sends(source) || !is_half(mix.list, failing) || !is_half(failing, all) {
        return None;
    }
    let rule = format!(
        "receivers called {} of its {} mailing list mail",
        thousands(mix.list),
        amount(failing, "failing message")
    );
    matched(rule, rules.pick(source, is_list_mail))
}

/// Rule 3: passes on what is at home elsewhere, or so called by receivers.
fn forwarder(source: &Source<'_>, mix: &Mix, rules: &Rules<'_, '_>) -> Option<Matched> {
    let matched =
        |rule, counted| Some(Matched { class: Class::Forwarder, health: None, rule, counted });
    let known = source.provider.is_some_and(|provider| provider.kind == Kind::Forwarder);
    if known && source.tally.spf_aligned == 0 {
        return matched("a known forwarder".to_owned(), rules.pick(source, |_| true));
    }
    let most = mix.forwarded > mix.traceable.saturating_sub(mix.forwarded);
    // Half of all its mail, too: few forwarded messages must not hide many that plainly fail.
    if only_sends(source) || !most || !is_half(mix.forwarded, source.tally.messages) {
        return None;
    }
    let rule = format!(
        "{} of {} {} at home elsewhere, or called forwarded by receivers",
        thousands(mix.forwarded),
        amount(source.tally.messages, "message"),
        agree(mix.forwarded, "is signed by a key", "are signed by keys")
    );
    matched(rule, rules.pick(source, |fact| rules.is_forwarded(fact, source.key)))
}

/// Rule 4: some of it is aligned.
fn own(source: &Source<'_>, rules: &Rules<'_, '_>) -> Option<Matched> {
    let tally = &source.tally;
    let (count, how) = match (tally.spf_aligned, tally.dkim_aligned) {
        (0, 0) => return None,
        (0, dkim) => (dkim, "signed by the domain"),
        (spf, _) => (spf, "authorised by the domain's SPF"),
    };
    let health = health(tally, rules.limits);
    let rule = format!(
        "{} of {} {how}{}",
        thousands(count),
        amount(tally.messages, "message"),
        fares(health, tally)
    );
    let fails = health == Health::Misconfigured;
    let looked_at = |fact: &Facts<'_>| if tally.spf_aligned > 0 { fact.spf } else { fact.dkim };
    let counted = rules.pick(source, |fact| looked_at(fact) || (fails && !fact.passes()));
    Some(Matched { class: Class::Own, health: Some(health), rule, counted })
}

/// Rule 4, too: what the domain's own names sign or authorise is own, though strict alignment
/// makes it fail.
fn own_unaligned(source: &Source<'_>, rules: &Rules<'_, '_>) -> Option<Matched> {
    let fits = |fact: &Facts<'_>| fact.own_name_unaligned && fact.excuse.is_none();
    let count = rules.sum(source, fits);
    (count >= rules.limits.source_total_failure).then(|| Matched {
        class: Class::Own,
        health: Some(health(&source.tally, rules.limits)),
        rule: format!(
            "{} {} as a name of the domain's own, not aligned",
            amount(count, "failing message"),
            agree(count, "authenticates", "authenticate")
        ),
        counted: rules.pick(source, fits),
    })
}

/// Rule 4, too: own once is own, though nothing of it is aligned any more.
fn own_once(source: &Source<'_>, rules: &Rules<'_, '_>) -> Option<Matched> {
    let passed = |print: &usize| {
        let fact = rules.facts.get(*print);
        fact.is_some_and(|fact| fact.passes() && !rules.is_forwarded(fact, source.key))
    };
    let fails = fails_entirely(&source.tally, rules.limits);
    (fails && source.passed_before.iter().any(passed)).then(|| Matched {
        class: Class::Own,
        health: Some(Health::Misconfigured),
        rule: format!(
            "was aligned before the window; now none of {} is",
            amount(source.tally.messages, "message")
        ),
        counted: rules.pick(source, |_| true),
    })
}

/// Nothing aligns here, but the same machines send the owner's mail in the name of the domain
/// itself, or of subdomains. A service that many use tells nothing by that; it is asked about.
fn own_besides(source: &Source<'_>, limits: &Thresholds) -> Option<Matched> {
    let unsure = matches!(source.class, Class::Asks | Class::Threat | Class::Noise);
    if !unsure || source.provider.is_some() || source.label.is_some() {
        return None;
    }
    let elsewhere = if source.below { "the domain itself" } else { "subdomains" };
    Some(Matched {
        class: Class::Own,
        health: Some(health(&source.tally, limits)),
        rule: format!(
            "nothing aligns in {}, from where own mail of {elsewhere} comes",
            amount(source.tally.messages, "message")
        ),
        counted: source.uses.iter().map(|(print, _)| *print).collect(),
    })
}

/// What is said of an own source besides why it is one.
fn fares(health: Health, tally: &Tally) -> String {
    match health {
        Health::Misconfigured => {
            format!("; {} fail DMARC", percent(tally.dmarc_fail, tally.messages))
        }
        Health::Fragile => "; only SPF ever aligns".to_owned(),
        Health::Healthy => String::new(),
    }
}

fn health(tally: &Tally, limits: &Thresholds) -> Health {
    let share = tally.dmarc_fail as f64 / tally.messages.max(1) as f64;
    if is_misconfigured(tally, limits) {
        Health::Misconfigured
    } else if tally.dkim_aligned == 0 && share < limits.source_failure_share {
        Health::Fragile
    } else {
        Health::Healthy
    }
}

/// Too large a share of more than a few messages fails, or all of some.
pub(super) fn is_misconfigured(tally: &Tally, limits: &Thresholds) -> bool {
    fails_entirely(tally, limits) || fails_a_share(tally, limits)
}

/// How ten mails a month show that all fail.
fn fails_entirely(tally: &Tally, limits: &Thresholds) -> bool {
    tally.dmarc_pass == 0 && tally.messages >= limits.source_total_failure
}

fn fails_a_share(tally: &Tally, limits: &Thresholds) -> bool {
    tally.messages > limits.source_messages
        && tally.dmarc_fail as f64 >= limits.source_failure_share * tally.messages as f64
}

/// Whether a source fails a share of its mail that cannot be chance.
pub(super) fn fails_often(source: &Source<'_>, limits: &Thresholds) -> bool {
    fails_a_share(&source.tally, limits)
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
