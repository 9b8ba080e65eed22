//! Every deviation that reporters are known for, one test each: what they send, and what it must
//! become, to the last value and the last issue.
//!
//! A test `d01_...` is about the row D1 of the catalogue of deviations; the modules follow the
//! catalogue's sections. `rfc9990` is about what is no deviation at all but new, `peers` about what
//! other programs are known to get wrong. All inputs are invented and built in the tests.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod build;
mod check;
mod containers;
mod conventions;
mod metadata;
mod peers;
mod periods;
mod policy;
mod records;
mod results;
mod rfc9990;
mod wellformed;
