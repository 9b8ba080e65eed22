//! The **crowd**: senders that are too many to be told one by one.
//!
//! In: the grouped rows of a domain. Out: its sources with their classes. Up to [`MOST`] each sender is
//! a source. A forged report can claim hundreds of thousands; then each is still judged by itself, by
//! the same rules, but only the most important are kept: those in the way, most failing messages
//! first, and the busiest. The others are put together with those of the same outcome, so that what
//! fails or must be asked about stands in the way as before, all mail is in the totals, and nothing
//! that passes hides what does not.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::model::numbers::{amount, thousands};
use crate::model::verdict::{Class, Health};
use crate::model::{Day, Traffic};

use super::Question;
use super::classify::{Gathered, Rules, classify};
use super::facts::Facts;
use super::grouping::{self, Groups};
use super::source::{Key, SUBDOMAINS, Source};
use super::weight::Weights;

/// Sources that are told one by one: more than anybody reads.
pub(super) const MOST: usize = 10_000;

/// What came of judging a sender by itself. Only equals are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Outcome {
    class: Class,
    health: Option<Health>,
    below: bool,
    /// Whether it lacks the DKIM that reject needs.
    lacks_dkim: bool,
    is_doubted: bool,
}

impl Outcome {
    fn of(source: &Source<'_>, rules: &Rules<'_, '_>) -> Self {
        let Source { class, health, below, is_doubted, .. } = *source;
        // which matters of own mail alone
        let lacks_dkim = class == Class::Own && source.lacks_dkim(rules.limits);
        Self { class, health, below, lacks_dkim, is_doubted }
    }

    fn name(&self) -> String {
        let health = match self.health {
            Some(Health::Misconfigured) => ", failing",
            Some(Health::Fragile) => ", fragile",
            Some(Health::Healthy) | None => "",
        };
        let dkim = if self.lacks_dkim { ", without DKIM" } else { "" };
        let doubted = if self.is_doubted { ", doubted" } else { "" };
        let below = if self.below { SUBDOMAINS } else { "" };
        format!("other senders: {}{health}{dkim}{doubted}{below}", self.class.as_str())
    }
}

/// A sender that was judged, in few bytes.
struct Brief {
    id: u32,
    outcome: Outcome,
    /// Whether its sender has own mail in the other scope.
    besides_own: bool,
    is_labelled: bool,
    blocks: bool,
    first_day: Day,
    believed_since: Day,
    messages: u64,
    failing: u64,
    signed: (u64, u64),
}

impl Brief {
    fn of(id: u32, source: &Source<'_>, rules: &Rules<'_, '_>) -> Self {
        let misconfigured = source.health == Some(Health::Misconfigured);
        Self {
            id,
            outcome: Outcome::of(source, rules),
            besides_own: false,
            is_labelled: source.label.is_some(),
            blocks: source.class == Class::Asks || misconfigured,
            first_day: source.first_day,
            believed_since: source.believed_since,
            messages: source.tally.messages,
            failing: source.tally.dmarc_fail,
            signed: source.signed,
        }
    }
}

/// The sources with their classes, the busiest first.
pub(super) fn classified<'a>(
    mut groups: Groups<'a, '_>,
    facts: &'a [Facts<'a>],
    traffic: &'a Traffic,
    weights: &Weights,
    question: &Question<'a>,
) -> Vec<Source<'a>> {
    let ids: Vec<u32> = groups.ids().collect();
    if ids.len() <= MOST {
        let mut sources = groups.all();
        classify(&mut sources, facts, traffic, weights, question.thresholds);
        return sources;
    }
    let mut gathered = Gathered::new(facts, traffic);
    ids.iter().for_each(|id| gathered.add(&groups.nameless(*id)));
    let rules = gathered.rules(weights, question.thresholds);
    let mut briefs = judged(&ids, &mut groups, &rules);
    most_important_first(&mut briefs);
    let (kept, crowd) = briefs.split_at_mut(MOST);
    let mut sources: Vec<_> = kept.iter().map(|brief| alone(brief, &mut groups, &rules)).collect();
    crowd.sort_unstable_by_key(|brief| (brief.outcome, brief.id));
    let alike = crowd.chunk_by(|one, other| one.outcome == other.outcome);
    sources.extend(
        (0_u8..)
            .zip(alike)
            .map(|(number, members)| together(Key::Crowd(number), members, &mut groups)),
    );
    sources.iter_mut().for_each(|source| rules.tell(source));
    grouping::sort(&mut sources);
    sources
}

/// Judges each by itself, and then those besides own mail of the same sender once more.
fn judged<'a>(ids: &[u32], groups: &mut Groups<'a, '_>, rules: &Rules<'a, '_>) -> Vec<Brief> {
    let mut brief = |id: u32, besides_own: bool| {
        let mut source = groups.nameless(id);
        rules.class(&mut source);
        if besides_own {
            rules.class_besides(&mut source);
        }
        Brief { besides_own, ..Brief::of(id, &source, rules) }
    };
    let mut briefs: Vec<Brief> = ids.iter().map(|id| brief(*id, false)).collect();
    let own = briefs.iter().filter(|brief| brief.outcome.class == Class::Own);
    let own: HashSet<u32> = own.map(|brief| brief.id).collect();
    for one in briefs.iter_mut().filter(|one| own.contains(&Groups::other_scope(one.id))) {
        *one = brief(one.id, true);
    }
    briefs
}

/// Puts [`MOST`] first: half of them by what the operator labelled and what is in the way, the others by
/// how busy they are.
fn most_important_first(briefs: &mut [Brief]) {
    briefs.sort_by_key(|brief| {
        let failing = if brief.blocks { brief.failing } else { 0 };
        (!brief.is_labelled, !brief.blocks, Reverse(failing), brief.id)
    });
    briefs[MOST / 2..].sort_by_key(|brief| (Reverse(brief.messages), brief.id));
}

fn alone<'a>(brief: &Brief, groups: &mut Groups<'a, '_>, rules: &Rules<'a, '_>) -> Source<'a> {
    let mut source = groups.source(brief.id);
    rules.class(&mut source);
    if brief.besides_own {
        rules.class_besides(&mut source);
    }
    source
}

/// What is the same of all members is that of the source; of what differs, it is the worst.
fn together<'a>(key: Key<'a>, members: &[Brief], groups: &mut Groups<'a, '_>) -> Source<'a> {
    let outcome = &members[0].outcome;
    let ids: Vec<u32> = members.iter().map(|member| member.id).collect();
    let mut source = groups.together(&ids, Source::empty(key, outcome.below, outcome.name()));
    (source.class, source.health) = (outcome.class, outcome.health);
    source.is_doubted = outcome.is_doubted;
    source.first_day = members.iter().map(|m| m.first_day).max().unwrap_or(source.first_day);
    let believed = members.iter().map(|member| member.believed_since).max();
    source.believed_since = believed.unwrap_or(source.believed_since);
    source.signed = members.iter().fold((0_u64, 0_u64), |(signed, messages), member| {
        (signed.saturating_add(member.signed.0), messages.saturating_add(member.signed.1))
    });
    source.rule = format!(
        "{}, each judged by itself, with the same outcome: {} of {} fail",
        amount(members.len() as u64, "sender"),
        thousands(source.tally.dmarc_fail),
        amount(source.tally.messages, "message")
    );
    source
}

#[cfg(test)]
mod tests;
