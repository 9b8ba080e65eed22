//! The **unanswered**: senders that would have been asked about in the months before the window, and
//! that the window does not show.
//!
//! In: who sent before the window. Out: sources of class *asks* with their counts of then. A run once a
//! quarter that fails must not be forgotten when its day leaves the window: nobody has said whose it
//! is. What is seen in the window is judged there; what the operator labelled is answered.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::model::numbers::{agree, amount};
use crate::model::traffic::EarlierRow;
use crate::model::verdict::Class;
use crate::model::{Day, SourceAddress, Traffic};

use super::Question;
use super::crowd::MOST;
use super::domain::shown;
use super::facts::Facts;
use super::label::Labels;
use super::signs::{self, Counted, is_plain, is_trying};
use super::source::{Key, SUBDOMAINS, Source};
use super::thresholds::Thresholds;

/// Days of a month, by which the counts of several are compared with those of one.
const MONTH: f64 = 31.0;

/// The sources, most failing messages first.
pub(super) fn unanswered<'a>(
    traffic: &'a Traffic,
    facts: &'a [Facts<'a>],
    question: &Question<'a>,
) -> Vec<Source<'a>> {
    if question.knowledge.profile.sends_mail == Some(false) || traffic.earlier.is_empty() {
        return Vec::new();
    }
    let lately = lately(traffic, question);
    let before: Vec<(&EarlierRow, &Facts<'_>)> = lately.collect_rows(traffic, facts);
    if !before.iter().any(|(_, fact)| is_plain(fact)) {
        return Vec::new();
    }
    let unnamed = unnamed(&before, &lately, traffic, facts);
    let senders = Senders {
        labels: Labels::of(question.knowledge, &traffic.domain),
        facts,
        unnamed,
        question,
    };
    let rows = senders.absent(before, &Present::of(traffic, facts));
    let mut asking: Vec<&[Row<'a>]> = rows
        .chunk_by(|one, other| one.sender() == other.sender())
        .filter(|rows| senders.source(rows).is_some())
        .collect();
    if asking.len() > MOST {
        asking.sort_by_cached_key(|rows| (Reverse(failing(rows)), rows[0].sender()));
    }
    let (alone, crowd) = asking.split_at(asking.len().min(MOST));
    let mut sources: Vec<_> = alone.iter().filter_map(|rows| senders.source(rows)).collect();
    sources.extend([false, true].into_iter().filter_map(|below| together(crowd, below)));
    sources.sort_by(|a, b| {
        b.tally.dmarc_fail.cmp(&a.tally.dmarc_fail).then_with(|| a.name.cmp(&b.name))
    });
    sources
}

/// A row from before the window, and whose it is.
struct Row<'a> {
    key: Key<'a>,
    row: &'a EarlierRow,
    fact: &'a Facts<'a>,
}

impl<'a> Row<'a> {
    /// The sender, and whether it sent in the name of subdomains.
    fn sender(&self) -> (Key<'a>, bool) {
        (self.key, self.fact.subdomain)
    }
}

fn failing(rows: &[Row<'_>]) -> u64 {
    let failing = rows.iter().filter(|row| !row.fact.passes()).map(|row| row.row.messages);
    failing.fold(0, u64::saturating_add)
}

/// By what a sender is judged.
struct Senders<'q, 'a> {
    labels: Labels<'a>,
    facts: &'a [Facts<'a>],
    unnamed: f64,
    question: &'q Question<'a>,
}

impl<'a> Senders<'_, 'a> {
    /// The rows of those that the window does not show and no label of an address names, sender by sender.
    fn absent(
        &self,
        before: Vec<(&'a EarlierRow, &'a Facts<'a>)>,
        present: &Present<'_>,
    ) -> Vec<Row<'a>> {
        let row = |(row, fact): (&'a EarlierRow, &'a Facts<'a>)| Row {
            key: fact.named.unwrap_or_else(|| Key::network(&row.source)),
            row,
            fact,
        };
        let mut rows: Vec<Row<'a>> = before.into_iter().map(row).collect();
        rows.retain(|Row { key, row, fact }| {
            let labelled = self.labels.of_address(&row.source, fact.subdomain).is_some();
            !labelled && !present.shows(*key, &row.source)
        });
        rows.sort_by(|one, other| one.sender().cmp(&other.sender()));
        rows
    }

    /// The source of one sender's rows; `None` where nobody would be asked about it.
    fn source(&self, rows: &[Row<'a>]) -> Option<Source<'a>> {
        let (key, below) = rows.first()?.sender();
        let mut source = Source::empty(key, below, String::new());
        rows.iter().for_each(|row| add(&mut source, row.row, row.fact));
        let limits = self.question.thresholds;
        let asked = asks(&mut source, self.facts, self.unnamed, limits);
        (asked && named(&mut source, &self.labels, self.question)).then_some(source)
    }
}

/// Those that are too many to be told one by one.
fn together<'a>(crowd: &[&[Row<'a>]], below: bool) -> Option<Source<'a>> {
    let members = || crowd.iter().filter(|rows| rows[0].fact.subdomain == below);
    let scope = if below { SUBDOMAINS } else { "" };
    let name = format!("other senders: asks, before the window{scope}");
    let mut source = Source::empty(Key::Crowd(u8::MAX - u8::from(below)), below, name);
    for row in members().copied().flatten() {
        add(&mut source, row.row, row.fact);
    }
    source.members = members().count() as u64;
    source.class = Class::Asks;
    sort(&mut source);
    source.rule = format!(
        "{} came until {}, before the window, of {} each of which would be asked about",
        amount(source.tally.dmarc_fail, "failing message"),
        source.last_day,
        amount(source.members, "sender")
    );
    (source.members > 0).then_some(source)
}

/// Puts the busiest first.
fn sort(source: &mut Source<'_>) {
    source.uses.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    source.addresses.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    source.addresses.dedup_by(|a, b| a.0 == b.0);
}

/// The days before the window that are looked at.
struct Lately {
    from: Day,
    months: f64,
}

fn lately(traffic: &Traffic, question: &Question<'_>) -> Lately {
    let days = i32::try_from(question.thresholds.unanswered_days).unwrap_or(i32::MAX);
    let last = traffic.earlier.iter().map(|row| row.last_day).max().unwrap_or(Day(0));
    let to = question.window.map_or(last, |window| window.from);
    let from = to.plus(-days);
    let first = traffic.earlier.iter().map(|row| row.first_day).min().unwrap_or(to).max(from);
    let months = f64::from(to.0.saturating_sub(first.0)) / MONTH;
    // of a few days before the window, a month is made of as many as there are
    Lately { from, months: months.max(1.0 / MONTH) }
}

impl Lately {
    fn collect_rows<'a>(
        &self,
        traffic: &'a Traffic,
        facts: &'a [Facts<'a>],
    ) -> Vec<(&'a EarlierRow, &'a Facts<'a>)> {
        let with_fact = |row: &'a EarlierRow| Some((row, facts.get(row.fingerprint as usize)?));
        let rows = traffic.earlier.iter().filter(|row| row.last_day >= self.from);
        rows.filter_map(with_fact).collect()
    }
}

/// Failing messages of a month without a receiver's exception: of the months before the window, or of the
/// window, whichever are more. What a few days before it show is little to compare with.
fn unnamed(
    rows: &[(&EarlierRow, &Facts<'_>)],
    lately: &Lately,
    traffic: &Traffic,
    facts: &[Facts<'_>],
) -> f64 {
    let before = rows.iter().filter(|(_, fact)| is_plain(fact));
    let before = before.map(|(row, _)| row.messages as f64).sum::<f64>() / lately.months;
    let now =
        traffic.rows.iter().filter(|row| facts.get(row.fingerprint as usize).is_some_and(is_plain));
    before.max(now.map(|row| row.messages as f64).sum())
}

/// What the window shows.
struct Present<'a> {
    keys: HashSet<Key<'a>>,
    addresses: HashSet<&'a SourceAddress>,
}

impl<'a> Present<'a> {
    fn of(traffic: &'a Traffic, facts: &[Facts<'a>]) -> Self {
        let room = traffic.rows.len().min(facts.len());
        let (mut keys, mut addresses) =
            (HashSet::with_capacity(room), HashSet::with_capacity(room));
        for row in &traffic.rows {
            addresses.insert(&row.source);
            keys.insert(Key::network(&row.source));
            keys.extend(facts.get(row.fingerprint as usize).and_then(|fact| fact.named));
        }
        Self { keys, addresses }
    }

    fn shows(&self, key: Key<'_>, address: &SourceAddress) -> bool {
        self.keys.contains(&key) || self.addresses.contains(address)
    }
}

/// Names a source; false where a label speaks of it.
fn named<'a>(source: &mut Source<'a>, labels: &Labels<'a>, question: &Question<'a>) -> bool {
    let sender = source.key.name(question.providers, labels);
    let scope = if source.below { SUBDOMAINS } else { "" };
    let is_labelled = labels.of_name(&sender, source.below).is_some();
    source.name = format!("{sender}{scope}");
    source.provider = source.key.provider(question.providers);
    source.class = Class::Asks;
    !is_labelled
}

fn add<'a>(source: &mut Source<'a>, row: &'a EarlierRow, fact: &Facts<'a>) {
    let first = source.uses.is_empty();
    source.tally.add(row.messages, fact.dkim, fact.spf);
    source.uses.push((row.fingerprint as usize, row.messages));
    source.addresses.push((&row.source, row.messages));
    let earlier = if first { row.first_day } else { source.first_day.min(row.first_day) };
    let later = if first { row.last_day } else { source.last_day.max(row.last_day) };
    (source.first_day, source.last_day) = (earlier, later);
}

fn is_one_network(source: &Source<'_>) -> bool {
    let mut networks = source.addresses.iter().map(|(address, _)| Key::network(address));
    let first = networks.next();
    networks.all(|network| Some(network) == first)
}

/// Its rows as the signs see them, in the order in which they were added.
fn counted<'r, 'a>(
    source: &'r Source<'a>,
    facts: &'r [Facts<'a>],
) -> impl Iterator<Item = Counted<'r, 'a>> {
    source.uses.iter().zip(&source.addresses).filter_map(|((print, messages), (address, _))| {
        Some(Counted {
            fact: facts.get(*print)?,
            messages: *messages,
            network: Key::network(address),
            day: None,
            told_by: None,
        })
    })
}

/// The sign by which it would have been asked about, as in the window: a known sender, one other
/// signer, or much mail of one network.
fn sign(
    source: &Source<'_>,
    facts: &[Facts<'_>],
    unnamed: f64,
    limits: &Thresholds,
) -> Option<String> {
    if source.tally.dmarc_pass > 0 {
        return None;
    }
    if signs::authenticating(source, facts, limits, |fact| fact.known_sender).is_some() {
        return Some("as a known sender".to_owned());
    }
    if let Some((name, _)) = signs::signer(counted(source, facts), limits) {
        return Some(format!("with good signatures of {}", shown(name)));
    }
    let networks = signs::attempts(counted(source, facts), is_trying, |_| false);
    let most = signs::busiest(&networks)?;
    let much = most.are_much(limits.asks_failing_share, unnamed, limits);
    (much && is_one_network(source)).then(|| "from one network".to_owned())
}

/// Whether it would have been asked about; its rule says why.
fn asks(source: &mut Source<'_>, facts: &[Facts<'_>], unnamed: f64, limits: &Thresholds) -> bool {
    let Some(how) = sign(source, facts, unnamed, limits) else { return false };
    let failing = source.tally.dmarc_fail;
    sort(source);
    source.rule = format!(
        "{} came {how} until {}, before the window, and nobody said whose {}",
        amount(failing, "failing message"),
        source.last_day,
        agree(failing, "it is", "they are")
    );
    true
}
