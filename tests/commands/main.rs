//! The commands from outside: the real program on the sample reports, its answers parsed back.
//!
//! What it says must be what the samples' generator counted, the same in every format, safe to show,
//! and in the shape that README.md promises. `tests/cli.rs` has what needs no store.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "../shared/bare.rs"]
mod bare;
#[path = "../shared/keys.rs"]
mod lists;

mod agreement;
mod answers;
mod configuration;
mod durability;
mod hostile;
mod inputs;
mod keys;
mod labels;
mod nightly;
mod pages;
mod providers;
mod record;
mod refusals;
mod reports;
mod resolve;
mod settings;
mod stage;
mod watch;
mod windows;
mod wording;
