//! Reading **mailboxes**, against a real Dovecot and against a server that misbehaves on purpose.
//!
//! `dovecot`, `account`, `fake`, `mails` and `program` are what the tests stand on; the other files
//! are tests, by what they ask. They need Dovecot 2.3 and openssl; where these are missing they
//! fail and say so, for a test that is skipped in silence proves nothing.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "../shared/bare.rs"]
mod bare;
#[path = "../shared/server.rs"]
mod server;

mod account;
mod authority;
mod dovecot;
mod fake;
mod mails;
mod program;
mod token_server;

mod bench;
mod crashes;
mod faults;
mod hooks;
mod nightly;
mod oauth;
mod reading;
mod settling;
mod signing_in;
mod watching;
