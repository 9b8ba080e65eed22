//! Rule 4: what makes a source an **own** one.
//!
//! In: a source. Out: class own with its health, and why, where some of it is aligned, or was, or
//! authenticates as a name of the domain's own, or comes from where own mail of the other scope comes.

use crate::model::numbers::{agree, amount, thousands};
use crate::model::verdict::{Class, Health};

use super::super::facts::Facts;
use super::super::source::Source;
use super::super::thresholds::Thresholds;
use super::health::{fails_entirely, fares, health};
use super::{Matched, Rules};

/// Rule 4: some of it is aligned.
pub(super) fn own(source: &Source<'_>, rules: &Rules<'_, '_>) -> Option<Matched> {
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
pub(super) fn own_unaligned(source: &Source<'_>, rules: &Rules<'_, '_>) -> Option<Matched> {
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
pub(super) fn own_once(source: &Source<'_>, rules: &Rules<'_, '_>) -> Option<Matched> {
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
pub(super) fn own_besides(source: &Source<'_>, limits: &Thresholds) -> Option<Matched> {
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
