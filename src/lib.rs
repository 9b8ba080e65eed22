//! `ruaudit` reads DMARC aggregate reports and says whether a domain may move to `p=quarantine`
//! or `p=reject` without losing its own mail, and what to mend first.
//!
//! # The tour
//!
//! ```text
//! intake -> RawInput -> decode -> Trace -> store -> Traffic -> analyze -> Judgement -> render
//! ```
//!
//! [`intake`] hands over files and mails, whole. [`decode`] opens them and reads the reports
//! inside: pure, bounded, on every core. [`store`] keeps them and counts. [`analyze`] judges the
//! counts: pure. [`render`] writes what was concluded. [`pipeline`] joins the first three, [`cli`]
//! all of them. [`model`] holds the nouns that cross from one room to another; rooms beside each
//! other never use each other (`tests/layers.rs`).
//!
//! # The ledger of words
//!
//! | word | means only | never |
//! |---|---|---|
//! | source | the sending side: `row/source_ip`, and what it is grouped into | where reports come from: that is an **intake** |
//! | report | one parsed aggregate report (`feedback`) | our own output |
//! | record, row | the XML's `record` and its `row` | a line of the database |
//! | policy | `policy_published` | our **thresholds** |
//! | disposition | what the receiver did with the mail | our **verdict** |
//! | aligned | `policy_evaluated` says `pass` | a raw pass, an **auth result** |
//! | override reason | `policy_evaluated/reason` | our own reasons |
//! | issue | an oddity in an accepted report | a **rejection** (not accepted), a **skip** (no report inside), a **deferral** (look again later) |

pub mod analyze;
pub mod cli;
pub mod decode;
pub mod error;
pub mod intake;
pub mod model;
pub mod pipeline;
pub mod render;
pub mod store;
