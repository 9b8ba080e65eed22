//! Rule 5, **asks**: what is likely own, and fails. Only a person can say.
//!
//! In: a source of which nothing is aligned. Out: the first of four signs of an owner's sender that
//! nobody set up: it is a known service; one other domain signs its mail; one network sends much of
//! it; or one network tries the domain's own SPF or DKIM again and again. A monthly invoice run and a
//! machine that sends ten mails a month end here: an enforced policy breaks them first.

use std::collections::BTreeMap;

use crate::model::numbers::{agree, amount, percent};
use crate::model::verdict::Class;

use super::classify::{Matched, Rules};
use super::domain::{organizational, shown};
use super::facts::Facts;
use super::signs::{self, Attempts, Counted, is_plain, is_trying};
use super::source::{Key, Source};

/// The first sign that fits.
pub(super) fn asks(source: &Source<'_>, rules: &Rules<'_, '_>) -> Option<Matched> {
    let (rule, counted) = own_organization(source, rules)
        .or_else(|| known_sender(source, rules))
        .or_else(|| one_signer(source, rules))
        .or_else(|| one_network(source, rules))
        .or_else(|| steady(source, rules))?;
    Some(Matched { class: Class::Asks, health: None, rule, counted })
}

type Found = Option<(String, Vec<usize>)>;

/// The rows of a source as the signs see them.
fn counted<'r, 'a>(
    source: &'r Source<'_>,
    rules: &'r Rules<'a, '_>,
) -> impl Iterator<Item = Counted<'r, 'a>> {
    source.rows_of(rules.traffic).filter_map(|(_, row)| {
        Some(Counted {
            fact: rules.facts.get(row.fingerprint as usize)?,
            messages: row.messages,
            network: Key::network(&row.source),
            day: Some(row.day),
            told_by: Some(rules.reporters.organization(row.reporter)),
        })
    })
}

/// (a) As a sending service is known, the domain's own organisation is, too.
fn own_organization(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    authenticates(source, rules, "the domain's own organisation, not aligned", |fact| {
        fact.own_unaligned
    })
}

/// (a) By raw DKIM or SPF, a few messages are enough.
fn known_sender(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    authenticates(source, rules, "a known sender", |fact| fact.known_sender)
}

fn authenticates(
    source: &Source<'_>,
    rules: &Rules<'_, '_>,
    whom: &str,
    is: impl Fn(&Facts<'_>) -> bool,
) -> Found {
    let count = signs::authenticating(source, rules.facts, rules.limits, &is)?;
    let how = agree(count, "authenticates", "authenticate");
    let rule = format!("{} {how} as {whom}", amount(count, "failing message"));
    Some((rule, rules.pick(source, |fact| is_plain(fact) && is(fact))))
}

/// (b) One other organisation's signature passes.
fn one_signer(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    let (domain, signed) = signs::signer(counted(source, rules), rules.limits)?;
    let days = match signed.are_many(rules.limits) {
        true => String::new(),
        false => format!(", on {}", amount(signed.days.len() as u64, "day")),
    };
    let rule = format!(
        "{} {} a good signature of {}{days}",
        amount(signed.messages, "failing message"),
        agree(signed.messages, "carries", "carry"),
        shown(domain)
    );
    let signs = |fact: &Facts<'_>| fact.foreign_dkim.map(organizational) == Some(domain);
    Some((rule, rules.pick(source, |fact| is_plain(fact) && signs(fact))))
}

/// (c) Much of it, and (d) on several days, of one network.
fn one_network(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    let networks = signs::attempts(counted(source, rules), is_trying, |fact| fact.tries_own);
    much(&networks, rules).map(|rule| (rule, rules.pick(source, is_trying))).or_else(|| {
        let rule = often(&networks, rules)?;
        Some((rule, rules.pick(source, |fact| is_trying(fact) && fact.tries_own)))
    })
}

/// Much of it, from one network and on many days, whatever it tries: a machine that nobody set up sends
/// so, and forgers move on.
fn steady(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    let networks = signs::attempts(counted(source, rules), is_plain, |_| true);
    let (limits, total) = (rules.limits, &rules.total);
    let fits = |attempts: &&Attempts| {
        attempts.days.len() >= limits.steady_days as usize
            && (attempts.are_much(limits.asks_share, total.all as f64, limits)
                || attempts.are_much_besides(limits.asks_share, total, limits))
    };
    let most = networks.values().filter(fits).max_by_key(|attempts| attempts.messages)?;
    let rule = format!(
        "{} from one network on {}, without any authentication",
        amount(most.messages, "failing message"),
        amount(most.days.len() as u64, "day")
    );
    Some((rule, rules.pick(source, is_plain)))
}

fn much(networks: &BTreeMap<Key<'_>, Attempts>, rules: &Rules<'_, '_>) -> Option<String> {
    let limits = rules.limits;
    let most = signs::busiest(networks)?;
    // how much else the domain sends must not make its invoices noise
    let wholes = [
        (&rules.total, limits.asks_share, "the domain's mail"),
        (&rules.unnamed, limits.asks_failing_share, "all that fail without a name"),
    ];
    let plainly =
        wholes.iter().find(|(whole, share, _)| most.are_much(*share, whole.all as f64, limits));
    plainly.map(|(whole, _, what)| of_whole(most.messages, whole.all, what)).or_else(|| {
        wholes.iter().find_map(|(whole, share, what)| {
            let fits = |attempts: &&Attempts| attempts.are_much_besides(*share, whole, limits);
            let found = networks.values().filter(fits).map(|attempts| attempts.besides(whole));
            let name = shown(rules.reporters.name(whole.loudest?));
            Some(format!("without {name}, {}", of_whole(found.max()?, whole.others, what)))
        })
    })
}

fn of_whole(count: u64, whole: u64, what: &str) -> String {
    let share = percent(count, whole.max(count));
    format!("{} from one network, {share} of {what}", amount(count, "failing message"))
}

fn often(networks: &BTreeMap<Key<'_>, Attempts>, rules: &Rules<'_, '_>) -> Option<String> {
    let days = networks.values().map(|attempts| attempts.days.len()).max()?;
    (days > 0 && days >= rules.limits.asks_days as usize).then(|| {
        format!(
            "one network tries the domain's own SPF or DKIM on {}, and fails",
            amount(days as u64, "day")
        )
    })
}
