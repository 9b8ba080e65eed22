//! The **hostile** inputs: what accidents leave and attackers build, one test for each kind, H1 to
//! H57. A rua address stands in public DNS, so each of these will come.
//!
//! A test is named by its number. The bytes of each kind are made by one function, listed in
//! `inputs::CASES`; tests decode smaller ones of the same shape where the real size would take a
//! debug build too long. H50 to H55 need a mailbox and are not here.
//!
//! To measure memory and time of a release build, write every case to a folder, in full size:
//! `RUAUDIT_HOSTILE_OUT=/tmp/cases cargo test --test hostile -- --ignored every_case_is_written`

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "../shared/bare.rs"]
mod bare;

mod archives;
mod build;
mod files;
mod heavy;
mod inputs;
mod judge;
mod mail;
mod output;
mod program;
mod report;
mod runs;
mod tarballs;
mod values;
mod xml;
