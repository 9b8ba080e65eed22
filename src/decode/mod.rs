//! Bytes in, outcomes out. Pure: no file, no clock, no network.
//!
//! An input goes through `unpack` (mails, gzip, zip, tar, down to single documents) and then `xml` (a
//! document becomes a report). Everything in it ends as exactly one outcome, and nothing in it can
//! cost its neighbours: a panic is a bug, and a rejection.

mod admission;
mod budget;
mod gzip;
pub mod limits;
mod mime;
mod provenance;
mod sniff;
mod tar_archive;
mod unpack;
mod xml;
mod zip_archive;

pub use admission::Admission;
pub use limits::Limits;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::model::{
    Accepted, Digest, Identity, Issue, Origin, Outcome, RawInput, Reason, Rejection, Report, Stage,
    Standing, Trace,
};

/// Decodes one input. `now` is the moment that counts as now, seconds since 1970 UTC.
#[must_use]
pub fn decode(input: RawInput, now: i64, limits: &Limits) -> Vec<Trace> {
    let RawInput { origin, received_at, bytes, may_grow, .. } = input;
    let mut provenance = None;
    let (digest, mut found) = match bytes {
        Ok(bytes) => {
            let digest = Digest::of(&bytes);
            let find = |found: &mut Vec<_>| {
                open(&origin, bytes, now, limits, &mut |origin, outcome, head| {
                    if found.is_empty() {
                        provenance = head.map(provenance::read).map(Arc::new);
                    }
                    found.push((origin, outcome));
                });
            };
            (digest, survive(&origin, find))
        }
        Err(outcome) => (Digest::default(), vec![(origin, outcome)]),
    };
    tell_apart(&mut found);
    let trace = |(origin, outcome)| {
        let provenance = provenance.clone();
        Trace { origin, digest, received_at, provenance, outcome }
    };
    let traces = found.into_iter().map(trace).collect();
    if may_grow { wait_for_more(traces) } else { traces }
}

/// Opens an input, and reads every document in it. If it is a mail, its headers come with the first.
fn open(origin: &Origin, bytes: Vec<u8>, now: i64, limits: &Limits, each: &mut Each<'_>) {
    let mut room = xml::Room::new(limits);
    let mut outcomes = Outcomes { left: outcomes_max(limits), input: origin, each };
    unpack::open(origin, bytes, limits, &mut |document| {
        let unpack::Found { origin, content, notes, head } = document;
        if outcomes.left == 0 {
            return;
        }
        let head = head.as_deref();
        match content {
            Ok(xml) => xml::read(xml, now, limits, &mut room, &mut |report| {
                let outcome = report.map_or_else(|other| other, |report| accepted(report, &notes));
                outcomes.add(&origin, outcome, head);
            }),
            Err(outcome) => outcomes.add(&origin, outcome, head),
        }
    });
}

/// Who takes what becomes of an input: where it stood, what became of it, and the headers of the mail
/// around it all, if there is one.
type Each<'a> = dyn FnMut(Origin, Outcome, Option<&[u8]>) + 'a;

/// How much one input may become. Each outcome is kept, so a small archive of empty documents would
/// fill the store.
fn outcomes_max(limits: &Limits) -> usize {
    const LEAST: usize = 2_000;
    limits.archive_entries.saturating_mul(2).max(LEAST)
}

/// What becomes of an input, up to a limit.
struct Outcomes<'a> {
    left: usize,
    input: &'a Origin,
    each: &'a mut Each<'a>,
}

impl Outcomes<'_> {
    /// Hands on one more; in place of the last one, that there are too many.
    fn add(&mut self, origin: &Origin, outcome: Outcome, head: Option<&[u8]>) {
        match self.left {
            0 => return,
            1 => {
                let detail = "more reports and refusals than one input may hold (twice the limit \
                              archive_entries)";
                let rejection = Rejection::new(Stage::Unpack, Reason::TooManyParts, detail);
                (self.each)(self.input.clone(), Outcome::Rejected(rejection), head);
            }
            _ => (self.each)(origin.clone(), outcome, head),
        }
        self.left -= 1;
    }
}

/// What an input that may not be whole yet cannot be blamed for is put off, once for all its parts.
/// Without a digest the store forgets that as soon as the input can be read.
fn wait_for_more(mut traces: Vec<Trace>) -> Vec<Trace> {
    let Some(first) = traces.iter().find(|trace| is_early(&trace.outcome)) else { return traces };
    let put_off = Trace {
        origin: Origin::input(first.origin.input.clone()),
        digest: Digest::default(),
        outcome: Outcome::Deferred(Reason::StillGrowing),
        ..first.clone()
    };
    traces.retain(|trace| !is_early(&trace.outcome));
    traces.push(put_off);
    traces
}

/// Whether more bytes could make a difference.
fn is_early(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Rejected(rejection) => matches!(
            rejection.reason,
            Reason::Truncated | Reason::Corrupt | Reason::Malformed | Reason::Empty
        ),
        Outcome::Skipped(reason) => matches!(reason, Reason::Empty | Reason::NotAReport),
        Outcome::Accepted(_) | Outcome::Deferred(_) => false,
    }
}

/// What `find` finds. A panic costs what was still to come, and is a rejection of the input; what
/// was found before it is whole, so it is kept.
fn survive(
    origin: &Origin,
    find: impl FnOnce(&mut Vec<(Origin, Outcome)>),
) -> Vec<(Origin, Outcome)> {
    let mut found = Vec::with_capacity(1);
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| find(&mut found))) {
        let rejection = Rejection::new(Stage::Xml, Reason::Panicked, panic_text(&*panic));
        found.push((origin.clone(), Outcome::Rejected(rejection)));
    }
    found
}

/// Gives every thing in an input an origin of its own: two attachments may have one name, and an
/// archive may be wrong in two ways. A store knows things by their origin, so one would hide the
/// other.
fn tell_apart(found: &mut [(Origin, Outcome)]) {
    if found.len() < 2 {
        return;
    }
    let mut met: HashMap<Origin, u32> = HashMap::new();
    for (origin, _) in found {
        let place = origin.clone();
        while met.contains_key(origin) {
            let count = met.entry(place.clone()).or_default();
            *count += 1;
            *origin = place.inside(&format!("no. {count}"));
        }
        met.insert(origin.clone(), 1);
    }
}

/// A report with what it is known by, and what was odd about the containers around it.
fn accepted(mut report: Report, notes: &[Issue]) -> Outcome {
    report.issues.splice(0..0, notes.iter().cloned());
    let identity = Identity::of(&report);
    Outcome::Accepted(Box::new(Accepted { report, identity, standing: Standing::Counted }))
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests;
