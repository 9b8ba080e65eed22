//! A source **counted**: its name, its label, and what its rows add up to.
//!
//! In: a sender, and the rows of one of its two sources. Out: the source with its tallies, days, addresses
//! and fingerprints. Nothing is judged.

use crate::model::{Day, SourceAddress, Traffic};

use super::super::facts::Facts;
use super::super::source::{Key, SUBDOMAINS, Source};
use super::address::confirmed;
use super::senders::Grouping;

impl<'a> Grouping<'a> {
    /// Counts the rows of a source.
    pub(super) fn count(
        &mut self,
        mut source: Source<'a>,
        rows: Vec<u32>,
        traffic: &'a Traffic,
        facts: &[Facts<'a>],
    ) -> Source<'a> {
        let (mut prints, mut addresses) = (Vec::new(), Vec::new());
        for index in &rows {
            let row = &traffic.rows[*index as usize];
            let Some(fact) = facts.get(row.fingerprint as usize) else { continue };
            source.add(row, fact);
            let (print, address) =
                (row.fingerprint as usize, self.address_of_row[*index as usize] as usize);
            touch(&mut self.per_fingerprint, &mut prints, print, row.messages);
            touch(&mut self.per_address, &mut addresses, address, row.messages);
        }
        source.uses = drain(&mut self.per_fingerprint, prints);
        source.addresses = drain(&mut self.per_address, addresses)
            .into_iter()
            .map(|(id, messages)| (self.addresses[id].address, messages))
            .collect();
        source.addresses.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        source.is_unconfirmed = self.is_unconfirmed(&source);
        source.first_day = source.days.first().map_or(Day(0), |day| day.day);
        source.last_day = source.days.last().map_or(Day(0), |day| day.day);
        source.rows = rows;
        source
    }

    pub(super) fn empty(&self, key: Key<'a>, below: bool) -> Source<'a> {
        let sender = key.name(self.known, &self.labels);
        let label = match key {
            Key::Label(at) => Some(at),
            _ => self.labels.of_name(&sender, below),
        };
        let name = if below { format!("{sender}{SUBDOMAINS}") } else { sender };
        let source = self.unlabelled(key, below, name);
        Source { label: label.and_then(|at| self.labels.get(at)), ..source }
    }

    /// A source that no label names; one of addresses that a label names has that one.
    pub(super) fn unlabelled(&self, key: Key<'a>, below: bool, name: String) -> Source<'a> {
        let label = if let Key::Label(at) = key { self.labels.get(at) } else { None };
        let provider = key.provider(self.known);
        Source { label, provider, ..Source::empty(key, below, name) }
    }

    fn is_unconfirmed(&self, source: &Source<'_>) -> bool {
        let unconfirmed = |(address, _): &(&SourceAddress, u64)| {
            confirmed(address, self.hosts).is_some_and(|name| name.is_none())
        };
        !source.addresses.is_empty() && source.addresses.iter().all(unconfirmed)
    }
}

fn touch(counts: &mut [u64], touched: &mut Vec<usize>, at: usize, messages: u64) {
    if counts[at] == 0 {
        touched.push(at);
    }
    counts[at] = counts[at].saturating_add(messages);
}

/// Takes the touched counts out, most first, and leaves zeros.
fn drain(counts: &mut [u64], mut touched: Vec<usize>) -> Vec<(usize, u64)> {
    touched.sort_unstable();
    touched.dedup();
    let take = |at: usize| (at, std::mem::take(&mut counts[at]));
    let mut out: Vec<_> = touched.into_iter().map(take).collect();
    out.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    out
}
