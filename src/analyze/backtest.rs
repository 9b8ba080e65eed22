//! The **back-test**: every past day judged by what had arrived by then, and what would have come of
//! moving on the first day of *ready*.
//!
//! In: a domain's whole history, and the question as it would be asked. Out: the first day on which
//! this program's gates, and beside them the raw rule, said to move; what each had told to expect;
//! and the own messages that failed in the month after. Whose a message is, is told with hindsight:
//! by the class that its source has when the whole history is known. It refuses to know more of a
//! past day than was known on it: of the window, the senders before it, and the policies before it.

mod hindsight;
mod portfolio;
mod raw;
mod replay;
#[cfg(test)]
mod tests;

use crate::model::backtest::{Backtest, FOLLOWED_DAYS, Followed, VerdictDays};
use crate::model::evidence::Likely;
use crate::model::verdict::{RateBound, Recommendation, Verdict};
use crate::model::{Day, History, Window};

use super::{Question, judge, moved};
use hindsight::Hindsight;
use replay::Replay;

pub use portfolio::portfolio;

/// The one-sided 95 % quantile of the normal distribution.
const NORMAL_95: f64 = 1.645;

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
    let mut replay = Replay::new(history, question.thresholds.coverage_days);
    let mut course = Course::default();
    for day in replay.days() {
        course.evening(day, &mut replay, question);
        if is_enough(&course) {
            break;
        }
    }
    course.finish(history, &replay, &Hindsight::of(history, question))
}

/// What was said so far.
#[derive(Default)]
struct Course {
    /// The policy that held when the reports began.
    policy: Option<String>,
    gates: Option<Move>,
    raw: Option<Move>,
    /// The day and the verdict of the last judgement: it holds until the next one.
    last: Option<(Day, Verdict)>,
    days: [u32; Verdict::ALL.len()],
}

/// A rule's first word to move.
struct Move {
    day: Day,
    next: Option<String>,
    predicted: Option<Likely>,
    at_most: u64,
}

impl Course {
    /// Judges what had arrived by then.
    fn evening(&mut self, day: Day, replay: &mut Replay<'_>, question: &Question<'_>) {
        let Some((traffic, window)) = replay.arrived_by(day) else { return };
        let asked = Question {
            window: Some(window),
            today: Some(day),
            published: None,
            before: None,
            ..question.clone()
        };
        let seen = replay::reported(traffic).unwrap_or(window);
        let raw = raw::ready(traffic, seen);
        let since = moved(traffic, &asked);
        let before = since.map(|since| replay.month_before(since, day));
        let asked = Question { before: before.as_ref(), ..asked };
        self.reach(day);
        self.follow(day, &judge(replay.arrived(), &asked).advice, raw, seen);
    }

    /// Counts the days on which nothing arrived: the verdict of the last arrival still held.
    fn reach(&mut self, day: Day) {
        if let Some((last, verdict)) = self.last {
            let between = day.0.saturating_sub(last.0);
            self.count(verdict, u32::try_from(between).unwrap_or(0));
        }
    }

    fn count(&mut self, verdict: Verdict, days: u32) {
        if let Some(at) = Verdict::ALL.iter().position(|one| *one == verdict) {
            self.days[at] = self.days[at].saturating_add(days);
        }
    }

    /// Takes note of what the gates say, and of what the raw rule expects if it says to move.
    fn follow(&mut self, day: Day, advice: &Recommendation, raw: Option<u64>, seen: Window) {
        self.last = Some((day, advice.verdict));
        let from = self.policy.get_or_insert_with(|| advice.policy.clone());
        if *from != advice.policy || from == "reject" {
            return; // another step than the one that is tested, or none
        }
        if self.gates.is_none() && advice.verdict == Verdict::Ready {
            self.gates = Some(Move {
                day,
                next: advice.next.as_ref().map(|next| next.as_str().to_owned()),
                predicted: advice.what_if.likely,
                at_most: at_most(advice, seen),
            });
        }
        if let (None, Some(at_most)) = (&self.raw, raw) {
            self.raw = Some(Move { day, next: None, predicted: None, at_most });
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
fn at_most(advice: &Recommendation, seen: Window) -> u64 {
    let of_rate = |rate: &RateBound| {
        let a_day = rate.messages as f64 / f64::from(seen.days().max(1));
        chance(rate.upper_rate * a_day * f64::from(FOLLOWED_DAYS))
    };
    let bound = advice.rate.as_ref().map_or(0, of_rate);
    bound.max(advice.what_if.likely.map_or(0, |likely| likely.high))
}

/// The most that a count comes to by chance (95 %, one-sided) when so many are expected.
fn chance(expected: f64) -> u64 {
    (expected + NORMAL_95 * expected.sqrt()).ceil() as u64
}
