//! The **back-test**: every past day judged by what had arrived by then, and what would have come of
//! moving on the first day of *ready*.
//!
//! In: a domain's whole history, and the question as it would be asked. Out: the first day on which
//! this program's gates, and beside them the raw rule, said to move; what each had told to expect;
//! and the own messages that failed in the month after. Whose a message is, is told with hindsight:
//! by the class that its source has when the whole history is known, with every label. It refuses to
//! know more of a past day than was known on it: of the window, the senders before it, the policies
//! before it, and the labels that were set by then. Nobody keeps when a profile was given or what the
//! list of senders was: of these, every past day is judged by those of today.

mod hindsight;
mod labelled;
mod portfolio;
mod raw;
mod reached;
mod replay;
#[cfg(test)]
mod tests;

use crate::model::backtest::{
    Backtest, FOLLOWED_DAYS, Followed, Reach, VerdictChange, VerdictDays,
};
use crate::model::evidence::Likely;
use crate::model::verdict::{RateBound, Recommendation, Verdict};
use crate::model::{Day, History, Traffic, Window};

use statrs::distribution::{ContinuousCDF, Normal};

use super::facts::Facts;
use super::observed::Observed;
use super::{Question, Thresholds, advise, facts_of, observe};
use hindsight::Hindsight;
use labelled::Labelled;
use replay::Replay;

pub use portfolio::portfolio;

/// Replays one domain. The question's window, record and day are not used: each past day has its
/// own, and what is published now was not then.
#[must_use]
pub fn backtest(history: &History, question: &Question<'_>) -> Backtest {
    replayed(history, question, |_| false)
}

/// The same until the gates say to move, and no further: what the raw rule would have said later,
/// and the verdicts of later days, are not in it. For trying thresholds on many domains.
#[must_use]
pub fn until_ready(history: &History, question: &Question<'_>) -> Backtest {
    replayed(history, question, |course| course.gates.is_some())
}

fn replayed(
    history: &History,
    question: &Question<'_>,
    is_enough: impl Fn(&Course) -> bool,
) -> Backtest {
    let facts = facts_of(&history.traffic, question);
    let replay = Replay::new(history, question.thresholds.coverage_days);
    let mut past = Past::new(&replay, &facts, Labelled::new(question.knowledge, history));
    let mut course = Course::default();
    for day in replay.days() {
        course.evening(day, &mut past, question);
        if is_enough(&course) {
            break;
        }
    }
    course.finish(history, &replay, &Hindsight::of(history, &facts, question))
}

/// What the past days are judged with: working copies, and what was worked out once.
struct Past<'a> {
    replay: &'a Replay<'a>,
    /// Of the fingerprints of the whole history.
    facts: &'a [Facts<'a>],
    labelled: Labelled<'a>,
    arrived: Traffic,
    /// The month before a move, where there was one.
    before: Option<Traffic>,
}

impl<'a> Past<'a> {
    fn new(replay: &'a Replay<'a>, facts: &'a [Facts<'a>], labelled: Labelled<'a>) -> Self {
        Self { replay, facts, labelled, arrived: replay.nothing(), before: None }
    }
}

/// What was said so far.
#[derive(Default)]
struct Course {
    /// The policy that held when the reports began: `p`.
    policy: Option<String>,
    gates: Option<Move>,
    raw: Option<Move>,
    /// The day and the verdict of the last judgement: it holds until the next one.
    last: Option<(Day, Verdict)>,
    days: [u32; Verdict::ALL.len()],
    changes: Vec<VerdictChange>,
}

/// A rule's first word to move.
struct Move {
    day: Day,
    next: Option<String>,
    predicted: Option<Likely>,
    at_most: u64,
    reach: Reach,
}

/// The advice of one evening.
struct Advised {
    advice: Recommendation,
    /// If it is to move: whose mail that reaches, and the bound of that mail's own failures.
    reach: Reach,
    rate: Option<RateBound>,
    /// What the raw rule expects if it says to move.
    raw: Option<u64>,
    /// The days that the reports of the window tell of.
    seen: Window,
}

impl Advised {
    /// What the gates say of what had arrived, and the raw rule beside them.
    fn of<'a>(
        arrived: &'a Traffic,
        question: &Question<'a>,
        observed: &'a Observed<'a>,
        facts: &'a [Facts<'a>],
        seen: Window,
    ) -> Self {
        let (advice, together) = advise(arrived, question, observed, facts);
        let reach = reached::by_gates(&advice);
        let rate = together.filter(|_| reach == Reach::All).or(advice.rate);
        let raw = raw::ready(arrived, seen, question.thresholds);
        Self { advice, reach, rate, raw, seen }
    }
}

impl Course {
    /// Judges what had arrived by then.
    fn evening(&mut self, day: Day, past: &mut Past<'_>, question: &Question<'_>) {
        let Some(window) = past.replay.arrived_by(day, &mut past.arrived) else { return };
        let Past { replay, facts, labelled, arrived, before } = past;
        let (arrived, limits) = (&*arrived, question.thresholds);
        let asked = Question {
            window: Some(window),
            today: Some(day),
            published: None,
            before: None,
            knowledge: labelled.by(day),
            ..question.clone()
        };
        let observed = observe(arrived, &asked);
        let before = observed.moved(limits).map(|since| {
            let before = before.get_or_insert_with(|| replay.nothing());
            replay.month_before(since, day, before);
            &*before
        });
        let seen = replay::reported(arrived).unwrap_or(window);
        let asked = Question { before, ..asked };
        let advised = Advised::of(arrived, &asked, &observed, facts, seen);
        self.until(day);
        self.follow(day, &advised, limits);
    }

    /// Counts the days on which nothing arrived: the verdict of the last arrival still held.
    fn until(&mut self, day: Day) {
        if let Some((last, verdict)) = self.last {
            let between = day.0.saturating_sub(last.0);
            self.count(verdict, u32::try_from(between).unwrap_or(0));
        }
    }

    fn count(&mut self, verdict: Verdict, days: u32) {
        let sum = &mut self.days[verdict.urgency()];
        *sum = sum.saturating_add(days);
    }

    /// Takes note of what the gates and the raw rule say.
    fn follow(&mut self, day: Day, advised: &Advised, limits: &Thresholds) {
        let advice = &advised.advice;
        if self.last.is_none_or(|(_, verdict)| verdict != advice.verdict) {
            self.changes.push(VerdictChange { day, verdict: advice.verdict.as_str() });
        }
        self.last = Some((day, advice.verdict));
        let from = self.policy.get_or_insert_with(|| advice.policy.clone());
        let at_reject = from == "reject";
        if *from != advice.policy || (at_reject && advised.reach != Reach::Subdomains) {
            return; // another step than the one that is tested, or none
        }
        if self.gates.is_none() && advice.verdict == Verdict::Ready {
            self.gates = Some(Move {
                day,
                next: advice.next.as_ref().map(|next| next.as_str().to_owned()),
                predicted: advice.what_if.likely,
                at_most: at_most(advised, limits),
                reach: advised.reach,
            });
        }
        if let (None, Some(at_most), false) = (&self.raw, advised.raw, at_reject) {
            let reach = reached::by_raw(advice);
            self.raw = Some(Move { day, next: None, predicted: None, at_most, reach });
        }
    }

    fn finish(mut self, history: &History, replay: &Replay<'_>, known: &Hindsight) -> Backtest {
        if let Some((_, verdict)) = self.last {
            self.count(verdict, 1); // the last day itself
        }
        let reported = replay.reported();
        let followed = |step: &Option<Move>| {
            step.as_ref().zip(reported).map_or_else(Followed::default, |(step, reported)| {
                known.follow(history, step, reported)
            })
        };
        Backtest {
            domain: history.traffic.domain.clone(),
            from: reported.map(|window| window.from),
            to: reported.map(|window| window.to),
            gates: followed(&self.gates),
            raw: followed(&self.raw),
            verdicts: verdict_days(self.days),
            policy: self.policy.unwrap_or_default(),
            next: self.gates.and_then(|step| step.next),
            changes: self.changes,
        }
    }
}

fn verdict_days(days: [u32; Verdict::ALL.len()]) -> Vec<VerdictDays> {
    let given = Verdict::ALL.iter().zip(days).filter(|(_, days)| *days > 0);
    given.map(|(verdict, days)| VerdictDays { verdict: verdict.as_str(), days }).collect()
}

/// The most own failures that the advice let expect in the days after: the upper end of the likely
/// range, or what the bound of the rate leaves to chance, whichever is more; none at all of a domain
/// without own mail.
fn at_most(advised: &Advised, limits: &Thresholds) -> u64 {
    let of_rate = |rate: &RateBound| {
        let a_day = rate.messages as f64 / f64::from(advised.seen.days().max(1));
        chance(rate.upper_rate * a_day * f64::from(FOLLOWED_DAYS), limits)
    };
    let bound = advised.rate.as_ref().map_or(0, of_rate);
    bound.max(advised.advice.what_if.likely.map_or(0, |likely| likely.high))
}

/// The most that a count comes to by chance (one-sided, at the confidence of every bound) when so many
/// are expected.
fn chance(expected: f64, limits: &Thresholds) -> u64 {
    let errors = Normal::standard().inverse_cdf(limits.confidence);
    (expected + errors * expected.sqrt()).ceil() as u64
}
