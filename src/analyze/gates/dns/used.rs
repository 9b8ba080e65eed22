//! When a sender **used** what it passes by, and whether something else took the place of what is gone.
//!
//! In: its rows, and how they would fare. Out: whether a way is over. A second stream that went on all the
//! while takes no place: only what began when the old one ended does.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Day;
use crate::model::traffic::TrafficRow;

use super::fares::{Fares, Way};

/// Days that an old key and the one in its place may both be in use, or neither.
const OVERLAP: i32 = 2;

/// The first and the last day of something.
type Span = (Day, Day);

/// When each way was used.
pub(super) struct Used<'a> {
    stands: BTreeMap<&'a Way, Span>,
    gone: BTreeMap<&'a Way, Span>,
    /// The days with mail of the sender.
    days: BTreeSet<Day>,
}

impl<'a> Used<'a> {
    pub(super) fn of(rows: &'a [(usize, &TrafficRow, Fares)]) -> Self {
        let (mut stands, mut gone) = (BTreeMap::new(), BTreeMap::new());
        for (_, row, fares) in rows {
            match fares {
                Fares::Passes(by) => by.iter().for_each(|way| widen(&mut stands, way, row.day)),
                Fares::Fails(causes) => {
                    causes.iter().for_each(|cause| widen(&mut gone, &cause.way, row.day));
                }
                Fares::Dark(_) => {}
            }
        }
        Self { stands, gone, days: rows.iter().map(|(_, row, _)| row.day).collect() }
    }

    /// Whether another has taken the place of a way that is gone: it began when that one ended, and goes on.
    pub(super) fn is_over(&self, way: &Way) -> bool {
        let Some(old) = self.gone.get(way) else { return false };
        self.stands.iter().any(|(new, span)| can_replace(new, way) && self.follows(*span, *old))
    }

    fn follows(&self, new: Span, old: Span) -> bool {
        let ended = old.1;
        // a weekly sender has no mail in between
        let is_near =
            new.0 <= ended.plus(OVERLAP) || self.days.range(ended.plus(1)..new.0).next().is_none();
        new.0 > old.0 && new.0 >= ended.plus(-OVERLAP) && is_near && new.1 > ended
    }
}

fn widen<'a>(spans: &mut BTreeMap<&'a Way, Span>, way: &'a Way, day: Day) {
    let span = spans.entry(way).or_insert((day, day));
    *span = (span.0.min(day), span.1.max(day));
}

/// A key takes the place of anything; an address only that of another under the same record: of those, one
/// begins every so often.
fn can_replace(new: &Way, old: &Way) -> bool {
    match (new, old) {
        (Way::Key(_), _) => true,
        (Way::Spf(new, _), Way::Spf(old, _)) => new == old,
        (Way::Spf(..), Way::Key(_)) => false,
    }
}
