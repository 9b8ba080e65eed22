//! The **hindsight**: whose each message was, as it looks now.
//!
//! In: the whole history. Out: of each row whether it is own, whether nobody has said whose it is,
//! and whether it fails; and by that, what a move on some day would have hit of the mail that it reaches.

use crate::model::backtest::{FOLLOWED_DAYS, Followed};
use crate::model::verdict::Class;
use crate::model::{Day, History, Window};

use super::super::facts::Facts;
use super::super::{Question, weighed};
use super::Move;

/// What a row is, looking back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    class: Class,
    fails: bool,
    /// Whether it is mail of a name below the domain.
    below: bool,
}

/// A row of no source.
const NOBODYS: Known = Known { class: Class::Noise, fails: false, below: false };

/// Every row of a history, judged by all that is known now.
pub(super) struct Hindsight(Vec<Known>);

impl Hindsight {
    /// Groups and classifies the whole history as one window.
    pub(super) fn of(history: &History, facts: &[Facts<'_>], question: &Question<'_>) -> Self {
        let traffic = &history.traffic;
        let sources = weighed(traffic, facts, question);
        let mut known = vec![NOBODYS; traffic.rows.len()];
        for source in &sources {
            for row in &source.rows {
                let row = *row as usize;
                let print = traffic.rows[row].fingerprint as usize;
                let fails = facts.get(print).is_some_and(|fact| !fact.passes());
                known[row] = Known { class: source.class, fails, below: source.below };
            }
        }
        Self(known)
    }

    /// What a move on that day would have hit in the month after, as far as the reports reach.
    pub(super) fn follow(&self, history: &History, step: &Move, reported: Window) -> Followed {
        let days_of = |from: Day, to: Day| u32::try_from(to.0.saturating_sub(from.0)).unwrap_or(0);
        let ready = step.day;
        let mut followed = Followed {
            ready: Some(ready),
            days_to_ready: Some(days_of(reported.from, ready)),
            days_after: days_of(ready, reported.to).min(FOLLOWED_DAYS),
            predicted: step.predicted,
            at_most: Some(step.at_most),
            reach: Some(step.reach),
            ..Followed::default()
        };
        let last = ready.plus(i32::try_from(FOLLOWED_DAYS).unwrap_or(i32::MAX));
        let after = Window { from: ready.plus(1), to: last };
        for (row, known) in history.traffic.rows.iter().zip(&self.0) {
            if after.contains(row.day) && step.reach.holds(known.below) {
                count(&mut followed, *known, row.messages);
            }
        }
        followed.wrong = followed.hit > step.at_most;
        followed
    }
}

fn count(followed: &mut Followed, known: Known, messages: u64) {
    let add = |sum: &mut u64, yes: bool| {
        *sum = sum.saturating_add(if yes { messages } else { 0 });
    };
    let own = known.class == Class::Own;
    add(&mut followed.own, own);
    add(&mut followed.hit, own && known.fails);
    add(&mut followed.unanswered, known.class == Class::Asks && known.fails);
}
