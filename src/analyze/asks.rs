//! Rule 5, **asks**: what is likely own, and fails. Only a person can say.
//!
//! In: a source of which nothing is aligned. Out: the first of four signs of an owner's sender that
//! nobody set up: it is a known service; one other domain signs its mail; one network sends much of
//! it; or one network tries the domain's own SPF or DKIM again and again. A monthly invoice run and a
//! machine that sends ten mails a month end here: an enforced policy breaks them first.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Day;
use crate::model::numbers::{agree, amount, percent};
use crate::model::traffic::TrafficRow;
use crate::model::verdict::Class;

use super::classify::{Matched, Rules};
use super::domain::{organizational, shown};
use super::facts::Facts;
use super::reporter::Whole;
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

/// Fails, and no receiver made an exception.
pub(super) fn is_plain(fact: &Facts<'_>) -> bool {
    !fact.passes() && fact.excuse.is_none()
}

/// Authenticates as anybody, or tries the owner's SPF or DKIM.
pub(super) fn is_trying(fact: &Facts<'_>) -> bool {
    let foreign = fact.foreign_dkim.is_some() || fact.foreign_spf.is_some();
    is_plain(fact) && (foreign || fact.tries_own || fact.own_unaligned)
}

/// (a) As a sending service is known, the domain's own organisation is, too.
fn own_organization(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    let fits = |fact: &Facts<'_>| is_plain(fact) && fact.own_unaligned;
    let count = rules.sum(source, fits);
    (count >= rules.limits.asks_service_messages).then(|| {
        let rule = format!(
            "{} {} as the domain's own organisation, not aligned",
            amount(count, "failing message"),
            agree(count, "authenticates", "authenticate")
        );
        (rule, rules.pick(source, fits))
    })
}

/// (a) By raw DKIM or SPF, a few messages are enough.
fn known_sender(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    let fits = |fact: &Facts<'_>| is_plain(fact) && fact.known_sender;
    let count = rules.sum(source, fits);
    (count >= rules.limits.asks_service_messages).then(|| {
        let rule = format!(
            "{} {} as a known sender",
            amount(count, "failing message"),
            agree(count, "authenticates", "authenticate")
        );
        (rule, rules.pick(source, fits))
    })
}

/// What one organisation signs.
#[derive(Default)]
struct Signed {
    messages: u64,
    days: BTreeSet<Day>,
}

/// (b) One other organisation's signature passes: on many messages, or on a few, but day after day.
/// A machine that sends ten mails a month is no less the owner's; who signs with a domain bought for
/// the day does not come back.
fn one_signer(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    let mut signers: BTreeMap<&str, Signed> = BTreeMap::new();
    for (_, row) in source.rows_of(rules.traffic) {
        let fact = rules.facts.get(row.fingerprint as usize).filter(|fact| is_plain(fact));
        if let Some(domain) = fact.and_then(|fact| fact.foreign_dkim) {
            let signed = signers.entry(organizational(domain)).or_default();
            signed.messages = signed.messages.saturating_add(row.messages);
            signed.days.insert(row.day);
        }
    }
    let limits = rules.limits;
    let fits = |signed: &Signed| {
        let stable = signed.days.len() >= limits.asks_days as usize;
        let few = signed.messages >= limits.asks_service_messages;
        signed.messages > limits.asks_messages || (stable && few)
    };
    let found = signers.into_iter().filter(|(_, signed)| fits(signed));
    let (domain, signed) = found.max_by_key(|(_, signed)| signed.messages)?;
    let days = match signed.messages > limits.asks_messages {
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

/// What one network of a source tries.
#[derive(Default)]
struct Attempts {
    /// Messages that authenticate as anybody, or try the owner's SPF or DKIM.
    messages: u64,
    /// The same by who tells of them.
    told: BTreeMap<usize, u64>,
    /// Days on which it did, or, of the steady, sent at all.
    days: BTreeSet<Day>,
}

impl Attempts {
    fn add(&mut self, row: &TrafficRow, rules: &Rules<'_, '_>) {
        self.messages = self.messages.saturating_add(row.messages);
        let told = self.told.entry(rules.reporters.organization(row.reporter)).or_default();
        *told = told.saturating_add(row.messages);
    }

    /// The messages that others than the loudest of a whole tell of.
    fn besides(&self, whole: &Whole) -> u64 {
        let loudest = whole.loudest.and_then(|organization| self.told.get(&organization));
        self.messages - loudest.map_or(0, |messages| self.messages.min(*messages))
    }

    /// Whether they are that share of a whole.
    fn are(&self, share: f64, whole: &Whole) -> bool {
        self.messages as f64 >= share * whole.all as f64
    }

    /// The same by what others than its loudest tell of both.
    fn are_besides(&self, share: f64, whole: &Whole, rules: &Rules<'_, '_>) -> bool {
        let messages = self.besides(whole);
        messages > rules.limits.asks_messages && messages as f64 >= share * whole.others as f64
    }
}

/// (c) Much of it, and (d) on several days, of one network. A source may lie in many: each is
/// looked at by itself.
fn one_network(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    let mut networks: BTreeMap<Key<'_>, Attempts> = BTreeMap::new();
    for (_, row) in source.rows_of(rules.traffic) {
        let fact = rules.facts.get(row.fingerprint as usize);
        let Some(fact) = fact.filter(|fact| is_trying(fact)) else { continue };
        let attempts = networks.entry(Key::network(&row.source)).or_default();
        attempts.add(row, rules);
        if fact.tries_own {
            attempts.days.insert(row.day);
        }
    }
    much(&networks, rules).map(|rule| (rule, rules.pick(source, is_trying))).or_else(|| {
        let rule = often(&networks, rules)?;
        Some((rule, rules.pick(source, |fact| is_trying(fact) && fact.tries_own)))
    })
}

/// Much of it, from one network and on many days, whatever it tries: a machine that nobody set up sends
/// so, and forgers move on.
fn steady(source: &Source<'_>, rules: &Rules<'_, '_>) -> Found {
    let mut networks: BTreeMap<Key<'_>, Attempts> = BTreeMap::new();
    for (_, row) in source.rows_of(rules.traffic) {
        if rules.facts.get(row.fingerprint as usize).is_some_and(is_plain) {
            let attempts = networks.entry(Key::network(&row.source)).or_default();
            attempts.add(row, rules);
            attempts.days.insert(row.day);
        }
    }
    let (limits, total) = (rules.limits, &rules.total);
    let fits = |attempts: &Attempts| {
        attempts.days.len() >= limits.steady_days as usize
            && attempts.messages > limits.asks_messages
            && (attempts.are(limits.asks_share, total)
                || attempts.are_besides(limits.asks_share, total, rules))
    };
    let most = networks.values().filter(|attempts| fits(attempts)).max_by_key(|a| a.messages)?;
    let rule = format!(
        "{} from one network on {}, without any authentication",
        amount(most.messages, "failing message"),
        amount(most.days.len() as u64, "day")
    );
    Some((rule, rules.pick(source, is_plain)))
}

fn much(networks: &BTreeMap<Key<'_>, Attempts>, rules: &Rules<'_, '_>) -> Option<String> {
    let limits = rules.limits;
    let most = networks.values().max_by_key(|attempts| attempts.messages)?;
    if most.messages <= limits.asks_messages {
        return None;
    }
    // how much else the domain sends must not make its invoices noise
    let wholes = [
        (&rules.total, limits.asks_share, "the domain's mail"),
        (&rules.unnamed, limits.asks_failing_share, "all that fail without a name"),
    ];
    let plainly = wholes.iter().find(|(whole, share, _)| most.are(*share, whole));
    plainly.map(|(whole, _, what)| of_whole(most.messages, whole.all, what)).or_else(|| {
        wholes.iter().find_map(|(whole, share, what)| {
            let fits = |attempts: &&Attempts| attempts.are_besides(*share, whole, rules);
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
