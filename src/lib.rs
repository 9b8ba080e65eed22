//! `ruaudit` reads DMARC aggregate reports and says whether a domain may move to `p=quarantine`
//! or `p=reject` without losing its own mail, and what to mend first.

pub mod analyze;
pub mod cli;
pub mod decode;
pub mod error;
pub mod intake;
pub mod model;
pub mod pipeline;
pub mod render;
pub mod store;
