//! Bytes in, outcomes out. Pure: no file, no clock, no network.

pub mod limits;

pub use limits::Limits;
