//! Bytes in, outcomes out. Pure: no file, no clock, no network.
//!
//! An input goes through `unpack` (mails, gzip, zip, down to single documents) and then `xml` (a
//! document becomes a report). Everything in it ends as exactly one outcome, and nothing in it can
//! cost its neighbours: a panic is a bug, and a rejection.

mod budget;
mod gzip;
pub mod limits;
mod mime;
mod sniff;
mod unpack;
mod xml;
mod zip_archive;

pub use limits::Limits;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::model::{
    Accepted, Digest, Identity, Origin, Outcome, RawInput, Reason, Rejection, Report, Stage,
    Standing, Trace,
};

/// Decodes one input. `now` is the moment that counts as now, seconds since 1970 UTC.
#[must_use]
pub fn decode(input: RawInput, now: i64, limits: &Limits) -> Vec<Trace> {
    let RawInput { origin, received_at, bytes, .. } = input;
    let trace =
        |digest, origin, outcome| Trace { origin, digest, received_at, provenance: None, outcome };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(outcome) => return vec![trace(Digest::default(), origin, outcome)],
    };
    let digest = Digest::of(&bytes);
    let mut found = survive(&origin, |found| {
        unpack::open(&origin, bytes, limits, &mut |document| {
            let origin = document.origin;
            match document.content {
                Ok(xml) => xml::read(&xml, now, limits, &mut |report| {
                    found.push((origin.clone(), report.map_or_else(|other| other, accepted)));
                }),
                Err(outcome) => found.push((origin, outcome)),
            }
        });
    });
    tell_apart(&mut found);
    found.into_iter().map(|(origin, outcome)| trace(digest, origin, outcome)).collect()
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

/// A report with what it is known by.
fn accepted(report: Report) -> Outcome {
    let identity = Identity::of(&report);
    Outcome::Accepted(Box::new(Accepted { report, identity, standing: Standing::Counted }))
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_rejection_and_what_was_found_is_kept() {
        let zip = Origin::input("a.zip");
        let found = survive(&zip, |found| {
            found.push((zip.inside("r.xml"), Outcome::Skipped(Reason::Empty)));
            panic!("this is a test");
        });
        let rejection = Rejection::new(Stage::Xml, Reason::Panicked, "this is a test");
        let expected = [
            (zip.inside("r.xml"), Outcome::Skipped(Reason::Empty)),
            (zip.clone(), Outcome::Rejected(rejection)),
        ];
        assert_eq!(expected.to_vec(), found);
    }

    #[test]
    fn things_at_one_place_are_told_apart_whatever_their_names() {
        let zip = Origin::input("a.zip");
        let report = zip.inside("r.xml");
        let places =
            [&report, &report.inside("no. 2"), &report, &zip, &report, &zip].map(Origin::clone);
        let mut found = places.map(|origin| (origin, Outcome::Skipped(Reason::Empty)));
        tell_apart(&mut found);
        let names = found.map(|(origin, _)| origin.part);
        let expected = ["r.xml", "r.xml > no. 2", "r.xml > no. 3", "", "r.xml > no. 4", "no. 2"];
        assert_eq!(expected.map(str::to_owned), names);
    }
}
