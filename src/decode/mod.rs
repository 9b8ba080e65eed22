//! Bytes in, outcomes out. Pure: no file, no clock, no network.

mod budget;
mod gzip;
pub mod limits;
mod mime;
mod sniff;
// Until the entry point calls it.
#[allow(dead_code)]
mod unpack;
mod zip_archive;

pub use limits::Limits;
