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

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::model::{
    Accepted, Digest, Identity, Outcome, RawInput, Reason, Rejection, Stage, Trace,
};

/// Decodes one input. `now` is the moment that counts as now, seconds since 1970 UTC.
#[must_use]
pub fn decode(input: RawInput, now: i64, limits: &Limits) -> Vec<Trace> {
    let RawInput { origin, received_at, bytes } = input;
    let trace = |digest, origin, outcome| Trace { origin, digest, received_at, outcome };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(outcome) => return vec![trace(Digest::default(), origin, outcome)],
    };
    let digest = Digest::of(&bytes);
    let mut found = Vec::with_capacity(1);
    // what was found before a panic is whole, so it is kept
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        unpack::open(&origin, bytes, limits, &mut |document| {
            let outcome = match document.content {
                Ok(xml) => read_document(&xml, now, limits),
                Err(outcome) => outcome,
            };
            found.push((document.origin, outcome));
        });
    }));
    if let Err(panic) = decoded {
        let rejection = Rejection::new(Stage::Xml, Reason::Panicked, panic_text(&*panic));
        found.push((origin, Outcome::Rejected(rejection)));
    }
    found.into_iter().map(|(origin, outcome)| trace(digest, origin, outcome)).collect()
}

/// Reads one document and works out what it is known by.
fn read_document(xml: &[u8], now: i64, limits: &Limits) -> Outcome {
    match xml::read(xml, now, limits) {
        Ok(report) => {
            let identity = Identity::of(&report);
            Outcome::Accepted(Box::new(Accepted { report, identity }))
        }
        Err(outcome) => outcome,
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
