//! The **signs** of an owner's sender that nobody set up, each worked out in one place.
//!
//! In: rows, counted: of the window, with their days and who tells of them; or of the months before it,
//! of which only the messages are known. Out: what authenticates as somebody, who signs, what each
//! network tries. What is enough for a question is said here; in which words, where it is asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Day;

use super::domain::organizational;
use super::facts::Facts;
use super::reporter::Whole;
use super::source::{Key, Source};
use super::thresholds::Thresholds;

/// A row as the signs see it.
pub(super) struct Counted<'r, 'a> {
    /// What its fingerprint says.
    pub(super) fact: &'r Facts<'a>,
    /// How many messages.
    pub(super) messages: u64,
    /// From where.
    pub(super) network: Key<'r>,
    /// The day; none where several are counted in one.
    pub(super) day: Option<Day>,
    /// Who tells of it, by organisation; none where several do.
    pub(super) told_by: Option<usize>,
}

/// Fails, and no receiver made an exception.
pub(super) fn is_plain(fact: &Facts<'_>) -> bool {
    !fact.passes() && fact.excuse.is_none()
}

/// Authenticates as anybody, or tries the owner's SPF or DKIM.
pub(super) fn is_trying(fact: &Facts<'_>) -> bool {
    let foreign = fact.foreign_dkim.is_some() || fact.foreign_spf.is_some();
    is_plain(fact) && (foreign || fact.tries_own || fact.own_unaligned)
}

/// How many messages of a source fit.
pub(super) fn sum(
    source: &Source<'_>,
    facts: &[Facts<'_>],
    fits: impl Fn(&Facts<'_>) -> bool,
) -> u64 {
    let fits = source.uses.iter().filter(|(print, _)| facts.get(*print).is_some_and(&fits));
    fits.fold(0, |sum: u64, (_, messages)| sum.saturating_add(*messages))
}

/// (a) The failing messages that authenticate as whom `is` picks. Of a known sender, or of the
/// domain's own organisation, a few are enough.
pub(super) fn authenticating(
    source: &Source<'_>,
    facts: &[Facts<'_>],
    limits: &Thresholds,
    is: impl Fn(&Facts<'_>) -> bool,
) -> Option<u64> {
    let count = sum(source, facts, |fact| is_plain(fact) && is(fact));
    (count >= limits.asks_service_messages).then_some(count)
}

/// What one organisation signs.
#[derive(Default)]
pub(super) struct Signed {
    pub(super) messages: u64,
    pub(super) days: BTreeSet<Day>,
}

impl Signed {
    /// Whether the messages alone are enough.
    pub(super) fn are_many(&self, limits: &Thresholds) -> bool {
        self.messages > limits.asks_messages
    }

    fn are_enough(&self, limits: &Thresholds) -> bool {
        let stable = self.days.len() >= limits.asks_days as usize;
        self.are_many(limits) || (stable && self.messages >= limits.asks_service_messages)
    }
}

/// (b) One other organisation's signature passes: on many messages, or on a few, but day after day.
/// A machine that sends ten mails a month is no less the owner's; who signs with a domain bought for
/// the day does not come back.
pub(super) fn signer<'r, 'a: 'r>(
    rows: impl Iterator<Item = Counted<'r, 'a>>,
    limits: &Thresholds,
) -> Option<(&'a str, Signed)> {
    let mut signers: BTreeMap<&str, Signed> = BTreeMap::new();
    for row in rows.filter(|row| is_plain(row.fact)) {
        let Some(domain) = row.fact.foreign_dkim else { continue };
        let signed = signers.entry(organizational(domain)).or_default();
        signed.messages = signed.messages.saturating_add(row.messages);
        signed.days.extend(row.day);
    }
    let enough = signers.into_iter().filter(|(_, signed)| signed.are_enough(limits));
    enough.max_by_key(|(_, signed)| signed.messages)
}

/// What one network of a source tries.
#[derive(Default)]
pub(super) struct Attempts {
    /// Messages.
    pub(super) messages: u64,
    /// The same by who tells of them.
    told: BTreeMap<usize, u64>,
    /// Days on which it did, as far as they are counted.
    pub(super) days: BTreeSet<Day>,
}

impl Attempts {
    fn add(&mut self, row: &Counted<'_, '_>) {
        self.messages = self.messages.saturating_add(row.messages);
        if let Some(organization) = row.told_by {
            let told = self.told.entry(organization).or_default();
            *told = told.saturating_add(row.messages);
        }
    }

    /// The messages that others than the loudest of a whole tell of.
    pub(super) fn besides(&self, whole: &Whole) -> u64 {
        let loudest = whole.loudest.and_then(|organization| self.told.get(&organization));
        self.messages - loudest.map_or(0, |messages| self.messages.min(*messages))
    }

    /// (c) Whether they are more than a few, and that share of a whole: much of it.
    pub(super) fn are_much(&self, share: f64, whole: f64, limits: &Thresholds) -> bool {
        is_much(self.messages, share, whole, limits)
    }

    /// The same by what others than its loudest tell of both.
    pub(super) fn are_much_besides(&self, share: f64, whole: &Whole, limits: &Thresholds) -> bool {
        is_much(self.besides(whole), share, whole.others as f64, limits)
    }
}

fn is_much(messages: u64, share: f64, whole: f64, limits: &Thresholds) -> bool {
    messages > limits.asks_messages && messages as f64 >= share * whole
}

/// What each network does of what fits. A source may lie in many: each is looked at by itself.
/// `on_days`: of which of it the days are counted.
pub(super) fn attempts<'r, 'a: 'r>(
    rows: impl Iterator<Item = Counted<'r, 'a>>,
    fits: impl Fn(&Facts<'_>) -> bool,
    on_days: impl Fn(&Facts<'_>) -> bool,
) -> BTreeMap<Key<'r>, Attempts> {
    let mut networks: BTreeMap<Key<'r>, Attempts> = BTreeMap::new();
    for row in rows.filter(|row| fits(row.fact)) {
        let attempts = networks.entry(row.network).or_default();
        attempts.add(&row);
        attempts.days.extend(row.day.filter(|_| on_days(row.fact)));
    }
    networks
}

/// The network that tries the most.
pub(super) fn busiest<'n>(networks: &'n BTreeMap<Key<'_>, Attempts>) -> Option<&'n Attempts> {
    networks.values().max_by_key(|attempts| attempts.messages)
}
