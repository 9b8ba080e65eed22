//! The **class** of a source: what it is to the domain, by the first rule that matches.
//!
//! In: the sources and the facts of their fingerprints. Out: class, health, and the rule in words
//! with its numbers. Where it is in doubt, a source is own: calling an own sender a forwarder or a
//! list would hide its failures, the other way round only asks for a look.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::numbers::{agree, amount, percent, thousands};
use crate::model::verdict::{Class, Health};
use crate::model::{Day, Traffic};

use super::domain::{organizational, shown};
use super::facts::{Excuse, Facts};
use super::providers::{Kind, Provider};
use super::source::{Key, Source};
use super::thresholds::Thresholds;

/// A rule that matched.
struct Matched {
    class: Class,
    health: Option<Health>,
    rule: String,
}

/// Gives every source its class.
pub(super) fn classify(
    sources: &mut [Source<'_>],
    facts: &[Facts<'_>],
    traffic: &Traffic,
    limits: &Thresholds,
) {
    let homes = homes(sources, facts);
    let total = sources.iter().fold(0, |sum: u64, s| sum.saturating_add(s.tally.messages));
    for source in sources.iter_mut() {
        let mix = Mix::of(source, facts, &homes);
        let matched = list(source, &mix)
            .or_else(|| forwarder(source, &mix))
            .or_else(|| own(source, limits))
            .or_else(|| asks(source, &mix, total, facts, traffic, limits))
            .unwrap_or_else(|| noise(source));
        take(source, matched);
    }
    let own: HashSet<(Key<'_>, bool)> = sources
        .iter()
        .filter(|source| source.class == Class::Own)
        .map(|source| (source.key, source.below))
        .collect();
    for source in sources.iter_mut().filter(|source| own.contains(&(source.key, !source.below))) {
        if let Some(matched) = own_besides(source, limits) {
            take(source, matched);
        }
    }
}

fn take(source: &mut Source<'_>, matched: Matched) {
    source.class = matched.class;
    source.health = matched.health;
    source.rule = matched.rule;
}

/// Nothing aligns here, but the same machines send the owner's mail in the name of the domain
/// itself, or of subdomains. A service that many use tells nothing by that; it is asked about.
fn own_besides(source: &Source<'_>, limits: &Thresholds) -> Option<Matched> {
    let unsure = matches!(source.class, Class::Asks | Class::Noise);
    if !unsure || source.provider.is_some() {
        return None;
    }
    let elsewhere = if source.below { "the domain itself" } else { "subdomains" };
    let rule = format!(
        "nothing aligns in {}, from where own mail of {elsewhere} comes",
        amount(source.tally.messages, "message")
    );
    Some(Matched { class: Class::Own, health: Some(health(source, limits)), rule })
}

/// Where each of the owner's signatures (d=, selector) is at home: the sender with most
/// SPF-aligned mail under it; where there is none, the sending service with most mail under it.
type Homes<'a> = HashMap<Signature<'a>, Home<'a>>;

type Signature<'a> = (&'a str, &'a str);

/// Messages that are SPF-aligned, and those of sending services.
type Weight = (u64, u64);

struct Home<'a> {
    sender: Key<'a>,
    weight: Weight,
}

fn homes<'a>(sources: &[Source<'a>], facts: &[Facts<'a>]) -> Homes<'a> {
    let mut homes: Homes<'a> = HashMap::new();
    for ((signature, sender), weight) in weights(sources, facts) {
        let home = homes.entry(signature).or_insert(Home { sender, weight });
        // Of equals the lesser key, so that no order of a map shows.
        if (weight, std::cmp::Reverse(sender)) > (home.weight, std::cmp::Reverse(home.sender)) {
            *home = Home { sender, weight };
        }
    }
    homes
}

/// By signature and sender, whatever the sender sends in the name of.
fn weights<'a>(
    sources: &[Source<'a>],
    facts: &[Facts<'a>],
) -> HashMap<(Signature<'a>, Key<'a>), Weight> {
    let mut weights: HashMap<_, Weight> = HashMap::new();
    for source in sources {
        let service = source.provider.is_some_and(Provider::only_sends);
        for (print, messages) in &source.uses {
            let fact = &facts[*print];
            let when = |yes: bool| if yes { *messages } else { 0 };
            let more = (when(fact.spf), when(service || fact.signs_twice));
            for signature in fact.signatures.iter().filter(|_| more > (0, 0)) {
                let weight = weights.entry((*signature, source.key)).or_default();
                weight.0 = weight.0.saturating_add(more.0);
                weight.1 = weight.1.saturating_add(more.1);
            }
        }
    }
    weights
}

/// The messages of a source, by what matters to the rules.
#[derive(Default)]
struct Mix {
    /// Failing, and excused as list mail.
    list: u64,
    /// Not SPF-aligned, and signed at another source or excused as forwarded.
    forwarded: u64,
    /// What `forwarded` is a part of: DKIM-aligned mail whose selector is told, and excused mail.
    traceable: u64,
    /// Failing, without any excuse.
    plain: u64,
    /// Of these: authenticating as a known sender.
    known: u64,
    /// Of these: authenticating as anybody, or trying the owner's SPF or DKIM.
    trying: u64,
}

impl Mix {
    fn of(source: &Source<'_>, facts: &[Facts<'_>], homes: &Homes<'_>) -> Self {
        let mut mix = Self::default();
        for (print, messages) in &source.uses {
            mix.add(&facts[*print], *messages, |signature| {
                homes.get(signature).is_some_and(|home| home.sender != source.key)
            });
        }
        mix
    }

    fn add(&mut self, fact: &Facts<'_>, messages: u64, elsewhere: impl Fn(&(&str, &str)) -> bool) {
        let count = |count: &mut u64, yes: bool| {
            *count = count.saturating_add(if yes { messages } else { 0 });
        };
        let fails = !fact.passes();
        let excused = fact.excuse.is_some() && !fact.spf;
        let carried = fact.dkim && !fact.spf && !fact.signs_twice;
        let away = carried && fact.signatures.iter().any(elsewhere);
        count(&mut self.list, fails && fact.excuse == Some(Excuse::List));
        count(&mut self.forwarded, away || (excused && !fact.signs_twice));
        count(&mut self.traceable, (fact.dkim && !fact.signatures.is_empty()) || excused);
        let plain = fails && fact.excuse.is_none();
        let foreign = fact.foreign_dkim.is_some() || fact.foreign_spf.is_some();
        count(&mut self.plain, plain);
        count(&mut self.known, plain && fact.known_sender);
        count(&mut self.trying, plain && (foreign || fact.tries_own));
    }
}

/// At least half, and something.
fn is_half(part: u64, whole: u64) -> bool {
    part > 0 && part >= whole.saturating_sub(part)
}

fn only_sends(source: &Source<'_>) -> bool {
    source.provider.is_some_and(Provider::only_sends)
}

fn list(source: &Source<'_>, mix: &Mix) -> Option<Matched> {
    let matched = |rule| Some(Matched { class: Class::List, health: None, rule });
    if source.is_mostly_authorised() {
        return None;
    }
    if source.provider.is_some_and(|provider| provider.kind == Kind::List) {
        return matched("a known mailing list host".to_owned());
    }
    let (failing, all) = (source.tally.dmarc_fail, source.tally.messages);
    if only_sends(source) || !is_half(mix.list, failing) || !is_half(failing, all) {
        return None;
    }
    matched(format!(
        "receivers called {} of its {} mailing list mail",
        thousands(mix.list),
        amount(failing, "failing message")
    ))
}

fn forwarder(source: &Source<'_>, mix: &Mix) -> Option<Matched> {
    let matched = |rule| Some(Matched { class: Class::Forwarder, health: None, rule });
    let known = source.provider.is_some_and(|provider| provider.kind == Kind::Forwarder);
    if known && source.tally.spf_aligned == 0 {
        return matched("a known forwarder".to_owned());
    }
    let most = mix.forwarded > mix.traceable.saturating_sub(mix.forwarded);
    // Half of all its mail, too: few forwarded messages must not hide many that plainly fail.
    if only_sends(source) || !most || !is_half(mix.forwarded, source.tally.messages) {
        return None;
    }
    matched(format!(
        "{} of {} {} at home elsewhere, or called forwarded by receivers",
        thousands(mix.forwarded),
        amount(source.tally.messages, "message"),
        agree(mix.forwarded, "is signed by a key", "are signed by keys")
    ))
}

fn own(source: &Source<'_>, limits: &Thresholds) -> Option<Matched> {
    let tally = &source.tally;
    let (count, how) = match (tally.spf_aligned, tally.dkim_aligned) {
        (0, 0) => return None,
        (0, dkim) => (dkim, "signed by the domain"),
        (spf, _) => (spf, "authorised by the domain's SPF"),
    };
    let health = health(source, limits);
    let fails = match health {
        Health::Misconfigured => {
            format!("; {} fail DMARC", percent(tally.dmarc_fail, tally.messages))
        }
        Health::Fragile => "; only SPF ever aligns".to_owned(),
        Health::Healthy => String::new(),
    };
    let rule =
        format!("{} of {} {how}{fails}", thousands(count), amount(tally.messages, "message"));
    Some(Matched { class: Class::Own, health: Some(health), rule })
}

fn health(source: &Source<'_>, limits: &Thresholds) -> Health {
    let tally = &source.tally;
    let share = tally.dmarc_fail as f64 / tally.messages.max(1) as f64;
    let entirely = tally.dmarc_pass == 0 && tally.messages >= limits.source_total_failure;
    if entirely || fails_often(source, limits) {
        Health::Misconfigured
    } else if tally.dkim_aligned == 0 && share < limits.source_failure_share {
        Health::Fragile
    } else {
        Health::Healthy
    }
}

/// Whether a source fails a share of its mail that cannot be chance.
pub(super) fn fails_often(source: &Source<'_>, limits: &Thresholds) -> bool {
    let tally = &source.tally;
    tally.messages > limits.source_messages
        && tally.dmarc_fail as f64 >= limits.source_failure_share * tally.messages as f64
}

fn asks(
    source: &Source<'_>,
    mix: &Mix,
    total: u64,
    facts: &[Facts<'_>],
    traffic: &Traffic,
    limits: &Thresholds,
) -> Option<Matched> {
    let few = limits.asks_messages;
    let one_network = source.is_one_network();
    let rule = if mix.known >= limits.asks_service_messages {
        format!(
            "{} {} as a known sender",
            amount(mix.known, "failing message"),
            agree(mix.known, "authenticates", "authenticate")
        )
    } else if let Some((domain, count)) = signer(source, facts).filter(|(_, count)| *count > few) {
        format!(
            "{} {} a good signature of {}",
            amount(count, "failing message"),
            agree(count, "carries", "carry"),
            shown(domain)
        )
    } else if one_network
        && mix.trying > few
        && mix.trying as f64 >= limits.asks_share * total as f64
    {
        format!(
            "{} from one network, {} of the domain's mail",
            amount(mix.trying, "failing message"),
            percent(mix.trying, total)
        )
    } else {
        // Counting days reads the rows again, so it comes last.
        let days = if one_network { days_trying(source, facts, traffic) } else { 0 };
        if days < limits.asks_days as usize || days == 0 {
            return None;
        }
        format!(
            "one network tries the domain's own SPF or DKIM on {}, and fails",
            amount(days as u64, "day")
        )
    };
    Some(Matched { class: Class::Asks, health: None, rule })
}

/// The foreign organisation that signs most of the failing mail.
fn signer<'a>(source: &Source<'_>, facts: &[Facts<'a>]) -> Option<(&'a str, u64)> {
    let mut signers: BTreeMap<&str, u64> = BTreeMap::new();
    for (print, messages) in &source.uses {
        let fact = &facts[*print];
        let plain = !fact.passes() && fact.excuse.is_none();
        if let Some(domain) = fact.foreign_dkim.filter(|_| plain) {
            let count = signers.entry(organizational(domain)).or_default();
            *count = count.saturating_add(*messages);
        }
    }
    signers.into_iter().max_by_key(|(_, count)| *count)
}

fn days_trying(source: &Source<'_>, facts: &[Facts<'_>], traffic: &Traffic) -> usize {
    let tries = |print: u32| {
        facts
            .get(print as usize)
            .is_some_and(|fact| !fact.passes() && fact.excuse.is_none() && fact.tries_own)
    };
    let rows = source.rows.iter().filter_map(|row| traffic.rows.get(*row as usize));
    rows.filter(|row| tries(row.fingerprint)).map(|row| row.day).collect::<BTreeSet<Day>>().len()
}

fn noise(source: &Source<'_>) -> Matched {
    let what = match source.key {
        Key::Net4(_) | Key::Net6(_) | Key::Unreadable => "nothing authenticates",
        Key::Provider(_) | Key::Domain(_) => "authenticates as somebody else",
    };
    let rule = format!("{what}: {}", amount(source.tally.dmarc_fail, "failing message"));
    Matched { class: Class::Noise, health: None, rule }
}
