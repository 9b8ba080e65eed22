//! Asking the **DNS**, against a real BIND and against servers that misbehave on purpose.
//!
//! `named`, `odd` and `desk` are what the tests stand on, `zones/` is what the real one knows; the other files
//! are tests, by what they ask. They need BIND 9; where it is missing they fail and say so, for a test
//! that is skipped in silence proves nothing.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "../shared/bare.rs"]
mod bare;
#[path = "../shared/keys.rs"]
mod lists;
#[path = "../shared/server.rs"]
mod server;

mod desk;
mod named;
mod odd;

mod aliases;
mod answers;
mod beware;
mod checking;
mod dark;
mod destinations;
mod digest;
mod everybody;
mod forged;
mod keys;
mod live;
mod long;
mod pace;
mod plainly;
mod relied;
mod renewed;
mod resolve;
mod steps;
mod system;
mod unseen;
mod walks;
