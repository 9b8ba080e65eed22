//! Where bytes come from. An intake hands over whole inputs; it opens nothing and judges nothing.

use crate::error::Result;
use crate::model::RawInput;

mod ahead;
mod file;
mod mbox;
pub mod paths;

/// A place that inputs come from.
pub trait Intake {
    /// The next input, in a fixed order; `None` when there are no more. An input that cannot be
    /// read is one whose bytes are an outcome.
    ///
    /// # Errors
    /// When nothing more can be had at all.
    fn next(&mut self) -> Result<Option<RawInput>>;

    /// How many inputs are known of by now, for a progress bar.
    fn expected(&self) -> u64;
}
