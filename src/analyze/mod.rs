//! Counts in, judgement out. Pure: no clock, no network, no store; the same traffic always gives
//! the same words.

mod absent;
mod after;
mod age;
mod alignment;
mod arithmetic;
mod asks;
pub mod backtest;
mod bounces;
mod case;
pub mod changes;
mod classify;
mod coverage;
mod crowd;
mod domain;
mod doubt;
mod facts;
mod fixes;
mod gates;
mod grouping;
mod healed;
mod homes;
mod label;
mod lacks;
mod matched;
mod names;
mod notes;
mod observed;
mod outlier;
pub mod providers;
mod recommend;
mod relied;
mod reporter;
mod rising;
mod signs;
mod source;
pub mod statistics;
mod step;
mod strangers;
pub mod thresholds;
mod unanswered;
mod wait;
mod weight;
mod whatif;

#[cfg(test)]
mod scenario;
#[cfg(test)]
mod tests;

pub use providers::Providers;
pub use relied::{InDns, Now, Relied, SpfNow, relied};
pub use thresholds::Thresholds;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::LazyLock;

use crate::model::txt::TagList;
use crate::model::verdict::{
    Class, DomainSummary, Health, RateBound, Recommendation, SourceSummary, Tally,
};
use crate::model::words::Policy;
use crate::model::{Day, Hosts, Knowledge, Traffic, Window};

use alignment::Recomputed;
use case::Case;
use facts::Facts;
use grouping::Groups;
use observed::{Observed, sample};
use reporter::Reporters;
use source::{DayCount, Source};
use strangers::Regulars;
use weight::{Heard, Weights};

/// Addresses and names shown of one source.
const BUSIEST: usize = 5;

/// Why no record is proposed, where the DNS was asked for the present one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standstill {
    /// There is none to change, or none that can be read: why. No step is due then.
    Unfit(String),
    /// Nobody could tell. The step is due all the same.
    Unknown,
}

/// What is asked, besides the traffic.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The days that the traffic was taken from; `None` where the store is empty.
    pub window: Option<Window>,
    /// The numbers that decide.
    pub thresholds: &'a Thresholds,
    /// The TXT value that is published now, where the operator gave it.
    pub published: Option<&'a str>,
    /// Why there is no record to change, where the DNS was asked: reports do not take its place then.
    pub standstill: Option<Standstill>,
    /// What the DNS has now of that which own mail relies on ([`relied()`]), where it was asked: the step then
    /// has one gate more.
    pub in_dns: Option<&'a InDns>,
    /// The day of asking, where it matters: no date that is told lies before it.
    pub today: Option<Day>,
    /// The senders that are known.
    pub providers: &'a Providers,
    /// What the operator knows of the domain.
    pub knowledge: &'a Knowledge,
    /// The addresses whose names were looked up.
    pub hosts: &'a Hosts,
    /// The traffic of the month before the present policy began, where that was lately (see
    /// [`moved`]).
    pub before: Option<&'a Traffic>,
}

impl<'a> Question<'a> {
    /// About the traffic of that window, and nothing else known.
    #[must_use]
    pub fn new(window: Option<Window>, thresholds: &'a Thresholds) -> Self {
        static NOTHING: LazyLock<(Knowledge, Hosts)> = LazyLock::new(Default::default);
        let (knowledge, hosts) = &*NOTHING;
        Self {
            window,
            thresholds,
            published: None,
            standstill: None,
            in_dns: None,
            today: None,
            providers: Providers::built_in(),
            knowledge,
            hosts,
            before: None,
        }
    }
}

/// All that is concluded of one domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Volumes and pass rates.
    pub summary: DomainSummary,
    /// Who sends, the busiest first.
    pub sources: Vec<SourceSummary>,
    /// The verdict and the record.
    pub advice: Recommendation,
    /// Organisations that wrote about it in the window, by name.
    pub reporters: usize,
    /// Days of the window that they wrote of.
    pub days: usize,
}

/// Judges one domain's traffic. Rows that point outside the lists are passed over.
#[must_use]
pub fn judge(traffic: &Traffic, question: &Question<'_>) -> Judgement {
    let observed = observe(traffic, question);
    let facts = facts_of(traffic, question);
    let mut sources = classified(traffic, &facts, question, &observed.weights);
    let mut recomputed = Recomputed::of(traffic);
    alignment::count(&mut sources, &mut recomputed);
    let unanswered = unanswered::unanswered(traffic, &facts, question);
    let case = Case::of(traffic, question, &observed, &facts, (&sources, &unanswered));
    let mut advice = heard_again(recommend::recommend(&case), traffic, question, &facts);
    advice.disagreements = alignment::disagreements(&mut recomputed, &facts);
    let summaries = sources.iter().map(|source| summary_of(source, &case)).collect();
    let (reporters, days) = spread(traffic);
    let summary = summary(traffic, &observed, &sources);
    Judgement { summary, sources: summaries, advice, reporters, days }
}

/// A source with all of its addresses: what a [`SourceSummary`] shows some of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Its name.
    pub source: String,
    /// What it is to the domain.
    pub class: Class,
    /// Whether it sends in the name of subdomains.
    pub subdomains: bool,
    /// Its messages.
    pub tally: Tally,
    /// Its addresses with their messages, the busiest first.
    pub addresses: Vec<(IpAddr, u64)>,
    /// The domain of others to which its mail bounces, where none of it aligns by SPF.
    pub bounces_to: Option<String>,
}

/// Who sends, the busiest first, with every address.
#[must_use]
pub fn senders(traffic: &Traffic, question: &Question<'_>) -> Vec<Sender> {
    let facts = facts_of(traffic, question);
    let sender = |source: Source<'_>| Sender {
        bounces_to: bounces::of(traffic, &source),
        class: source.class,
        subdomains: source.below,
        tally: source.tally,
        addresses: source
            .addresses
            .iter()
            .filter_map(|(at, sent)| Some((at.ip()?, *sent)))
            .collect(),
        source: source.name,
    };
    weighed(traffic, &facts, question).into_iter().map(sender).collect()
}

/// What is advised, and nothing told of sources or of reporters that contradict themselves: for the
/// back-test, which asks many times and knows the facts of all fingerprints already. Besides, the bound
/// of the own failure rate of the domain and its subdomains together, where they are judged apart.
fn advise<'a>(
    traffic: &'a Traffic,
    question: &Question<'a>,
    observed: &'a Observed<'a>,
    facts: &'a [Facts<'a>],
) -> (Recommendation, Option<RateBound>) {
    let (advice, together) = by_all(traffic, question, observed, facts);
    (heard_again(advice, traffic, question, facts), together)
}

/// The same by all reports alike.
fn by_all<'a>(
    traffic: &'a Traffic,
    question: &Question<'a>,
    observed: &'a Observed<'a>,
    facts: &'a [Facts<'a>],
) -> (Recommendation, Option<RateBound>) {
    let sources = classified(traffic, facts, question, &observed.weights);
    let unanswered = unanswered::unanswered(traffic, facts, question);
    let case = Case::of(traffic, question, observed, facts, (&sources, &unanswered));
    let together = case.evidence.together.as_ref().map(|rate| rate.bound);
    (recommend::recommend(&case), together)
}

/// The same, with what is advised by those alone who write about the domain regularly.
fn heard_again(
    advice: Recommendation,
    traffic: &Traffic,
    question: &Question<'_>,
    facts: &[Facts<'_>],
) -> Recommendation {
    let Some(regulars) = Regulars::of(traffic, question.thresholds) else { return advice };
    let observed = observe(&regulars.traffic, question);
    let (known, _) = by_all(&regulars.traffic, question, &observed, facts);
    regulars.weigh(advice, known)
}

fn observe<'a>(traffic: &'a Traffic, question: &Question<'_>) -> Observed<'a> {
    let given = question.published.and_then(given_policy);
    Observed::of(traffic, question.window, given, question.thresholds)
}

/// Who says that a domain sends nothing has answered for every source that would be asked about.
fn answer(source: &mut Source<'_>) {
    if source.class == Class::Asks {
        source.class = Class::Threat;
        source.rule.push_str("; you said that the domain sends nothing");
    }
}

/// The first day of the present policy, where it enforces something and began lately, after another:
/// what came before that move is worth a look ([`Question::before`]).
#[must_use]
pub fn moved(traffic: &Traffic, question: &Question<'_>) -> Option<Day> {
    observe(traffic, question).moved(question.thresholds)
}

/// What each fingerprint says.
fn facts_of<'a>(traffic: &'a Traffic, question: &Question<'_>) -> Vec<Facts<'a>> {
    let fact = |print| Facts::of(print, &traffic.domain, question.providers);
    traffic.fingerprints.iter().map(fact).collect()
}

/// The sources of a domain's traffic, each with its class, where nothing else is asked of it.
fn weighed<'a>(
    traffic: &'a Traffic,
    facts: &'a [Facts<'a>],
    question: &Question<'a>,
) -> Vec<Source<'a>> {
    let weights = Weights::of(traffic, &Reporters::of(traffic), question.thresholds);
    classified(traffic, facts, question, &weights)
}

/// The sources of a domain's traffic, each with its class, by what the word of each reporter weighs.
fn classified<'a>(
    traffic: &'a Traffic,
    facts: &'a [Facts<'a>],
    question: &Question<'a>,
    weights: &Weights,
) -> Vec<Source<'a>> {
    let reporters = Reporters::of(traffic);
    let heard = Heard { reporters: &reporters, weights };
    let groups = Groups::of(traffic, facts, question, heard);
    let mut sources = crowd::classified(groups, facts, traffic, weights, question);
    if question.knowledge.profile.sends_mail == Some(false) {
        sources.iter_mut().for_each(answer);
    }
    healed::mark(&mut sources, facts, traffic, question.thresholds);
    sources
}

/// How many organisations wrote, and of how many days.
fn spread(traffic: &Traffic) -> (usize, usize) {
    let reporter = |at: u32| Some(traffic.reporters.get(at as usize)?.org_name.as_str());
    let names: BTreeSet<_> = traffic.reports.iter().filter_map(|r| reporter(r.reporter)).collect();
    let days: BTreeSet<_> = traffic.reports.iter().map(|report| report.day).collect();
    (names.len(), days.len())
}

/// The policy of a record that the operator gave, where it has a known one, and whether it holds in
/// part only.
fn given_policy(text: &str) -> Option<(Policy, bool)> {
    let list = TagList::parse_dmarc(text).ok()?;
    let policy = list.get("p").map(Policy::parse).filter(Policy::is_known)?;
    let testing = list.get("t").is_some_and(|t| t.eq_ignore_ascii_case("y"));
    Some((policy, testing || list.get("pct").and_then(sample).is_some()))
}

/// The policy as text; empty where no report tells it.
fn policy_text(observed: &Observed<'_>) -> String {
    if observed.reports == 0 { String::new() } else { observed.policy.as_str().to_owned() }
}

fn summary(traffic: &Traffic, observed: &Observed<'_>, sources: &[Source<'_>]) -> DomainSummary {
    let mut tally = Tally::default();
    sources.iter().for_each(|source| tally.merge(&source.tally));
    DomainSummary {
        domain: traffic.domain.clone(),
        policy: policy_text(observed),
        reports: observed.reports,
        records: traffic.rows.iter().fold(0, |sum, row| sum.saturating_add(row.records)),
        tally,
        sources: sources.iter().map(|source| source.members).sum(),
        conflicts: traffic.conflicts,
        odd: traffic.odd,
        unread_rows: traffic.unread_rows,
        unverified: traffic.unverified,
        authenticity_failed: traffic.authenticity_failed,
    }
}

fn summary_of(source: &Source<'_>, case: &Case<'_>) -> SourceSummary {
    let facts = case.evidence.facts;
    let busiest = source.addresses.iter().take(BUSIEST);
    let names = source.header_froms(case.traffic).into_iter().take(BUSIEST);
    let bad = source.health == Some(Health::Misconfigured);
    let failed_until = source.healed.filter(|_| bad);
    SourceSummary {
        source: source.name.clone(),
        class: source.class,
        health: source.health,
        rule: source.rule.clone(),
        tally: source.tally,
        quarantined: source.quarantined,
        rejected: source.rejected,
        addresses: source.addresses.len() as u64,
        busiest_addresses: busiest
            .map(|(address, _)| domain::shown(&address.to_string()).to_owned())
            .collect(),
        first_day: source.first_day,
        last_day: source.last_day,
        why: fixes::why(source, facts),
        fix: match failed_until {
            Some(day) => {
                Some(format!("nothing to mend now: it failed until {day} and has passed since"))
            }
            None => fixes::fix(source, &case.setting()),
        },
        failed_until,
        subdomains: source.below,
        header_froms: names.map(|name| domain::shown(name).to_owned()).collect(),
        label: source.label.map(|label| label.label),
        label_note: source.label.and_then(label::note),
        fails_only_at: source.fails_only_at.map(|name| domain::shown(name).to_owned()),
        evidence: matched::matched(source, facts, case.traffic),
        disagreements: source.disagreements,
        hosts: Vec::new(), // whoever asks knows more of them than what is judged by
        spf_add: lacks::spf(source, &case.setting()),
        dkim_failing: lacks::keys(source, case.traffic),
        failing_since: failing_since(&source.days, case.evidence.limits.source_failure_share),
    }
}

/// The first day of the latest run of days on which at least this share of a source's mail fails.
/// Days without mail of it do not end a run.
fn failing_since(days: &[DayCount], share: f64) -> Option<Day> {
    let fails =
        |day: &&DayCount| day.failing > 0 && day.failing as f64 >= share * day.messages as f64;
    let latest = days.iter().rev().skip_while(|day| !fails(day));
    latest.take_while(fails).last().map(|day| day.day)
}
