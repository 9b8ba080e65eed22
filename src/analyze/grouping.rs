//! The **grouping** of rows into sources.
//!
//! In: a domain's traffic and the facts of its fingerprints, labels, reverse names. Out: the
//! sources, the busiest first, each with its counts; nothing is judged. Per row the **sender** is
//! the first of: the addresses that a label names; the provider or organisational domain of the
//! bounce domain that passes SPF, where that is not the owner's; the same of a signature; of the
//! confirmed name of the address, where it was looked up; the network (/24 for IPv4, /48 for
//! IPv6). Afterwards a row that names nobody joins the sender that most of its address's mail
//! belongs to: a service whose signature failed once is still that service. A sender's mail in the
//! name of the domain itself is one source, its mail in the name of subdomains, however many, is
//! another: they have policies of their own (`p` and `sp`).

mod address;
mod counted;
mod senders;

use std::collections::HashMap;

use crate::model::Traffic;

use super::Question;
use super::age::Before;
use super::facts::Facts;
use super::source::{Key, Source};
use super::weight::Heard;

use senders::Grouping;

/// The sources of a domain's traffic, counted one at a time, since a forged report can claim very many.
pub(super) struct Groups<'a, 'h> {
    grouping: Grouping<'a>,
    traffic: &'a Traffic,
    facts: &'a [Facts<'a>],
    before: HashMap<u32, Before>,
    heard: Heard<'h, 'a>,
    /// The rows, source by source, each in their order.
    rows: Vec<u32>,
    /// By source: where its rows begin; and last, where all end.
    starts: Vec<u32>,
}

impl<'a, 'h> Groups<'a, 'h> {
    /// Groups the rows; nothing is counted yet.
    pub(super) fn of(
        traffic: &'a Traffic,
        facts: &'a [Facts<'a>],
        question: &Question<'a>,
        heard: Heard<'h, 'a>,
    ) -> Self {
        let grouping = Grouping::new(traffic, facts, question);
        let before = grouping.before(traffic, facts, heard);
        let (rows, starts) = grouping.rows_by_source(traffic, facts);
        Self { grouping, traffic, facts, before, heard, rows, starts }
    }

    /// The sources that have rows, by number. The numbers of a sender's two differ in the last bit.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> + use<'_, 'a, 'h> {
        let starts = (0_u32..).zip(self.starts.windows(2));
        starts.filter(|(_, ends)| ends[0] < ends[1]).map(|(id, _)| id)
    }

    /// The number of what the same sender sends in the other scope.
    pub(super) fn other_scope(id: u32) -> u32 {
        id ^ 1
    }

    /// One source, counted.
    pub(super) fn source(&mut self, id: u32) -> Source<'a> {
        let (key, below) = self.sender(id);
        let empty = self.grouping.empty(key, below);
        self.counted(id, empty)
    }

    /// The same without its name, which no rule looks at.
    pub(super) fn nameless(&mut self, id: u32) -> Source<'a> {
        let (key, below) = self.sender(id);
        let mut empty = if self.grouping.labels.has_names() {
            self.grouping.empty(key, below)
        } else {
            self.grouping.unlabelled(key, below, String::new())
        };
        empty.name.clear();
        self.counted(id, empty)
    }

    fn sender(&self, id: u32) -> (Key<'a>, bool) {
        (self.grouping.keys.keys[id as usize / 2], id % 2 == 1)
    }

    fn counted(&mut self, id: u32, empty: Source<'a>) -> Source<'a> {
        let rows = self.rows_of(id).to_vec();
        let mut source = self.grouping.count(empty, rows, self.traffic, self.facts);
        let before = self.before.get(&id).cloned().unwrap_or_default();
        before.give(&mut source, self.traffic, self.heard);
        source
    }

    /// All of them, the busiest first.
    pub(super) fn all(mut self) -> Vec<Source<'a>> {
        let ids: Vec<u32> = self.ids().collect();
        let mut sources: Vec<_> = ids.into_iter().map(|id| self.source(id)).collect();
        sort(&mut sources);
        sources
    }

    /// Several put together, as `empty` names them.
    pub(super) fn together(&mut self, ids: &[u32], empty: Source<'a>) -> Source<'a> {
        let mut rows: Vec<u32> = ids.iter().flat_map(|id| self.rows_of(*id)).copied().collect();
        rows.sort_unstable();
        let source = self.grouping.count(empty, rows, self.traffic, self.facts);
        Source { members: ids.len() as u64, ..source }
    }

    fn rows_of(&self, id: u32) -> &[u32] {
        let ends = &self.starts[id as usize..][..2];
        &self.rows[ends[0] as usize..ends[1] as usize]
    }
}

/// The busiest first, names breaking ties.
pub(super) fn sort(sources: &mut [Source<'_>]) {
    sources.sort_by(|one, other| {
        let key = |s: &Source<'_>| std::cmp::Reverse(s.tally.messages);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.name.cmp(&other.name))
            .then((one.key, one.below).cmp(&(other.key, other.below)))
    });
}
