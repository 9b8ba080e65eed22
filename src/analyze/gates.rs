//! The **gates**: the conditions for the next step, what was found of each and what is needed.
//!
//! In: what was observed and the classified sources. Out: every gate that the step has, met or
//! not, with its numbers. Forged mail is no condition: much of it is the reason to move.

use std::collections::HashMap;

use crate::model::numbers::{agree, amount, percent, thousands};
use crate::model::verdict::{Class, Gate, Health, RateBound};
use crate::model::words::Policy;
use crate::model::{Day, Profile, Traffic};

use super::arithmetic;
use super::facts::{Excuse, Facts};
use super::observed::{Held, Observed};
use super::outlier::Rate;
use super::relied::InDns;
use super::rising::Rising;
use super::source::Source;
use super::thresholds::Thresholds;

pub(super) mod dns;
pub(super) mod rate;

/// The day on which the first own source that uses it began, by signature (d=, selector).
type FirstUsed<'a> = HashMap<(&'a str, &'a str), Day>;

/// What the gates look at.
#[derive(Clone)]
pub(super) struct Evidence<'a> {
    pub(super) observed: &'a Observed<'a>,
    /// How long the policy has held that a step would change: `p`, or that of subdomains.
    pub(super) held: Held,
    /// Those that are judged: of the domain itself, or of its subdomains.
    pub(super) sources: Vec<&'a Source<'a>>,
    /// Senders before the window that nobody has named; the window does not show them.
    pub(super) unanswered: Vec<&'a Source<'a>>,
    /// Every source of the domain.
    pub(super) everything: &'a [Source<'a>],
    pub(super) facts: &'a [Facts<'a>],
    pub(super) traffic: &'a Traffic,
    /// Of the own sources among `sources`.
    pub(super) rate: Option<RateBound>,
    /// The same with the days that it came from.
    pub(super) rests_on: Option<Rate>,
    /// Of the own sources of the domain and its subdomains together, where they are judged apart.
    pub(super) together: Option<Rate>,
    pub(super) profile: &'a Profile,
    pub(super) limits: &'a Thresholds,
    /// What the DNS has now of that which own mail relies on, where it was asked.
    pub(super) in_dns: Option<&'a InDns>,
}

impl<'a> Evidence<'a> {
    pub(super) fn own(&self) -> impl Iterator<Item = &'a Source<'a>> + Clone {
        self.sources.iter().copied().filter(|source| source.class == Class::Own)
    }

    /// The own sources that fail, and have not stopped failing.
    pub(super) fn failing(&self) -> impl Iterator<Item = &'a Source<'a>> {
        let bad = |source: &&Source<'_>| source.health == Some(Health::Misconfigured);
        self.own().filter(bad).filter(|source| source.healed.is_none())
    }

    /// The sources that only a person can name.
    pub(super) fn asking(&self) -> impl Iterator<Item = &'a Source<'a>> {
        let asks = self.sources.iter().copied().filter(|source| source.class == Class::Asks);
        asks.chain(self.unanswered.iter().copied())
    }

    /// The gates of a domain that sends, before it takes that step.
    pub(super) fn gates(&self, target: &Policy) -> Vec<Gate> {
        let mut gates = vec![
            self.time(),
            self.coverage(),
            self.own_sources(),
            self.answers(),
            self.stability(),
            self.rate_gate(target),
        ];
        if *target == Policy::Reject {
            gates.push(self.dkim());
            gates.push(self.people());
        }
        gates.extend(self.dns(target));
        gates
    }

    /// The gates of a domain that sends nothing: silence between reports is normal there.
    pub(super) fn parked_gates(&self) -> Vec<Gate> {
        let (span, needed) = (self.observed.span(), self.limits.observed_days);
        let (said, lines) = (self.profile.sends_mail == Some(false), arithmetic::span(self));
        let seen = format!("{} from the first report to the last", days(span));
        let time = Gate {
            gate: "time",
            passed: said || span >= needed,
            found: if said { format!("{seen}; you said that it sends nothing") } else { seen },
            needed: days(needed),
            arithmetic: lines,
        };
        let coverage = Gate {
            gate: "coverage",
            // nobody writes often of a domain that sends nothing
            passed: said
                || (!self.is_contradicted()
                    && self.observed.heard as u64 >= u64::from(self.limits.reporters)),
            found: amount(self.observed.heard as u64, "reporter") + &self.contradictions(),
            needed: self.reporters_needed() + &self.agreement_needed(),
            arithmetic: arithmetic::reporters(self),
        };
        vec![time, coverage]
    }

    fn time(&self) -> Gate {
        let Held { tag, days: found, span, .. } = &self.held;
        let (needed, needed_span) = (self.limits.observed_days, self.limits.observed_span);
        let seen = format!("{} with reports at {tag}", days(*found));
        Gate {
            gate: "time",
            passed: *found >= needed && *span >= needed_span,
            found: match span {
                _ if span <= found => seen,
                _ => format!("{seen}, spread over {span}"),
            },
            needed: format!("{}, spread over {needed_span}", days(needed)),
            arithmetic: arithmetic::time(self),
        }
    }

    pub(super) fn enough_reporters(&self) -> bool {
        self.observed.reporters as u64 >= u64::from(self.limits.reporters)
    }

    /// Those that count, and those that are heard of on too few days.
    fn reporters_found(&self) -> String {
        let (counted, heard) = (self.observed.reporters as u64, self.observed.heard as u64);
        let seldom = heard.saturating_sub(counted);
        if self.enough_reporters() || seldom == 0 {
            return amount(counted, "reporter");
        }
        let on = amount(u64::from(self.limits.reporter_days), "day");
        let wrote = agree(seldom, "writes", "write");
        format!("{} ({seldom} more {wrote} on fewer than {on})", amount(counted, "reporter"))
    }

    fn reporters_needed(&self) -> String {
        amount(u64::from(self.limits.reporters), "reporter")
    }

    fn coverage(&self) -> Gate {
        let coverage = &self.observed.coverage;
        let silent = match coverage.silent() {
            0 => String::new(),
            count => format!(", {} without any mail left out", amount(count, "weekday")),
        };
        Gate {
            gate: "coverage",
            // a domain that seldom sends is seldom reported on
            passed: !self.is_contradicted()
                && self.enough_reporters()
                && (coverage.is_enough() || self.is_attested()),
            found: format!(
                "{}, reports on {} of {}{silent}",
                self.reporters_found(),
                coverage.reported(),
                days(coverage.days())
            ) + &self.contradictions(),
            needed: format!(
                "{}, reports on {:.0}% of the days",
                self.reporters_needed(),
                self.limits.day_coverage * 100.0
            ) + &self.agreement_needed(),
            arithmetic: arithmetic::reporters(self),
        }
    }

    /// Whether so many reports contradict earlier ones that nobody knows which are genuine: whoever
    /// guesses the name of a report can be there first.
    fn is_contradicted(&self) -> bool {
        let (aside, counted) = (self.traffic.conflicts, self.observed.reports);
        let all = aside.saturating_add(counted);
        counted > 0 && aside > 0 && aside as f64 >= self.limits.conflict_share * all as f64
    }

    fn contradictions(&self) -> String {
        if self.is_contradicted() {
            let reports = amount(self.traffic.conflicts, "report");
            let contradict = agree(self.traffic.conflicts, "contradicts", "contradict");
            format!(", but {reports} {contradict} others of the same name")
        } else {
            String::new()
        }
    }

    fn agreement_needed(&self) -> String {
        if self.is_contradicted() {
            let share = self.limits.conflict_share * 100.0;
            format!(", fewer than {share:.0}% of the reports contradicting others")
        } else {
            String::new()
        }
    }

    fn own_sources(&self) -> Gate {
        let count = self.failing().count() as u64;
        Gate {
            gate: "own_sources",
            passed: count == 0,
            found: format!(
                "{} of {} {}",
                amount(count, "own source"),
                self.own().count(),
                agree(count, "fails", "fail")
            ),
            needed: "none fails".to_owned(),
            arithmetic: arithmetic::own_sources(self),
        }
    }

    fn answers(&self) -> Gate {
        let count = self.asking().count();
        Gate {
            gate: "answers",
            passed: count == 0,
            found: format!("{} that only a person can name", amount(count as u64, "source")),
            needed: "none".to_owned(),
            arithmetic: self.asking().map(arithmetic::rule).collect(),
        }
    }

    fn stability(&self) -> Gate {
        let newest = self.newest_own();
        let (wanted, rising) = (self.limits.stable_days, self.rising());
        Gate {
            gate: "stability",
            passed: self.missing_stable_days() == 0 && rising.is_none(),
            found: rising.map(rising_found).unwrap_or_else(|| {
                newest.map_or_else(
                    || self.without_newest(),
                    |source| {
                        let (name, day) = (&source.name, source.believed_since);
                        format!("the newest own source, {name}, began on {day}")
                    },
                )
            }),
            needed: format!("no new own source for {}, no rising failures", days(wanted)),
            arithmetic: arithmetic::stability(self),
        }
    }

    /// Where no source is the newest: there is none, or each uses the signatures of an older one.
    fn without_newest(&self) -> String {
        let none = self.own().next().is_none();
        if none { "no own source" } else { "no own source is a new sender" }.to_owned()
    }

    /// Own failures that rise, by the last week.
    pub(super) fn rising(&self) -> Option<Rising> {
        let Rate { days, bound, .. } = self.rests_on.as_ref()?;
        let rising = Rising::of(days, self.observed.last_day?, bound.design_effect, self.limits);
        rising.filter(Rising::is_alarming)
    }

    /// The own source that began last. One whose mail carries signatures that an older own source
    /// used already is no new sender, only a new address of a known one.
    pub(super) fn newest_own(&self) -> Option<&'a Source<'a>> {
        let first_used = self.signatures_first_used();
        let newest = |source: &&'a Source<'a>| (source.believed_since, source.name.as_str());
        let new = |source: &&'a Source<'a>| !self.is_known_by_signature(source, &first_used);
        self.own().filter(new).max_by_key(newest)
    }

    fn is_known_by_signature(&self, source: &Source<'_>, first_used: &FirstUsed<'_>) -> bool {
        // among many put together, one that is new may hide
        if source.health != Some(Health::Healthy) || source.is_crowd() {
            return false;
        }
        let older =
            |s: &(&str, &str)| first_used.get(s).is_some_and(|day| *day < source.believed_since);
        let mut known = 0_u64;
        for (print, messages) in &source.uses {
            if self.facts[*print].signatures.iter().any(older) {
                known = known.saturating_add(*messages);
            }
        }
        known as f64 >= self.limits.known_signature_share * source.tally.messages as f64
    }

    /// Worked out once for all sources: comparing each with each would take too long where a
    /// forged report claims many.
    fn signatures_first_used(&self) -> FirstUsed<'a> {
        let mut first_used = FirstUsed::new();
        for source in self.everything.iter().filter(|source| source.class == Class::Own) {
            let uses = source.believed_uses.iter().filter_map(|print| self.facts.get(*print));
            for signature in uses.flat_map(|fact| &fact.signatures) {
                let day = first_used.entry(*signature).or_insert(source.believed_since);
                *day = (*day).min(source.believed_since);
            }
        }
        first_used
    }

    pub(super) fn missing_stable_days(&self) -> u32 {
        // Sources that were there when the store began are not known to be new.
        let (Some(newest), Some(last)) = (self.newest_own(), self.observed.last_day) else {
            return 0;
        };
        if self.observed.reported.is_some_and(|r| newest.believed_since <= r.from) {
            return 0;
        }
        let age = u32::try_from(last.0.saturating_sub(newest.believed_since.0)).unwrap_or(0);
        self.limits.stable_days.saturating_sub(age)
    }

    /// Own sources that rely on SPF.
    pub(super) fn without_dkim(&self) -> impl Iterator<Item = &'a Source<'a>> {
        let limits = self.limits;
        self.own().filter(move |source| source.lacks_dkim(limits))
    }

    fn dkim(&self) -> Gate {
        let count = self.without_dkim().count();
        let worst = self.without_dkim().min_by(|a, b| share(a.signed).total_cmp(&share(b.signed)));
        let share = self.limits.reject_dkim_share * 100.0;
        Gate {
            gate: "dkim",
            passed: count == 0,
            found: worst.map_or("every own source signs".to_owned(), |source| {
                format!(
                    "{} {} DKIM; it aligns {} of {}",
                    amount(count as u64, "own source"),
                    agree(count as u64, "lacks", "lack"),
                    percent(source.signed.0, source.signed.1),
                    source.name
                )
            }),
            needed: format!("{share:.0}% of every own source's mail DKIM-aligned"),
            arithmetic: self.own().map(arithmetic::signed).collect(),
        }
    }

    /// Messages that went through mailing lists: of list sources, or so called by a receiver.
    pub(super) fn list_messages(&self) -> u64 {
        let of = |source: &Source<'_>| match source.class {
            Class::List => source.tally.messages,
            _ => source
                .uses
                .iter()
                .filter(|(print, _)| self.facts[*print].excuse == Some(Excuse::List))
                .fold(0, |sum: u64, (_, messages)| sum.saturating_add(*messages)),
        };
        self.everything.iter().map(of).fold(0, u64::saturating_add)
    }

    fn people(&self) -> Gate {
        let messages = self.list_messages();
        let found = format!("{} through mailing lists", amount(messages, "message"));
        let said = |what| format!("{found}; you said that {what}");
        let (passed, found) = match self.profile.posts_to_lists {
            Some(false) => (true, said("nobody posts to lists")),
            Some(true) => (false, said("people post to lists")),
            None => (messages == 0, found),
        };
        Gate {
            gate: "people",
            passed,
            found,
            needed: "nobody posts to mailing lists".to_owned(),
            arithmetic: arithmetic::lists(self),
        }
    }
}

fn rising_found(rising: Rising) -> String {
    let of = |(messages, failing): (u64, u64)| {
        format!("{} of {}", thousands(failing), thousands(messages))
    };
    format!(
        "own failures rise: {} in the last week, {} before it",
        of(rising.week),
        of(rising.before)
    )
}

fn share((part, whole): (u64, u64)) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn days(count: u32) -> String {
    amount(u64::from(count), "day")
}
