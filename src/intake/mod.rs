//! Where bytes come from. An intake hands over whole inputs; it opens nothing and judges nothing.

use crate::error::Result;
use crate::model::{Origin, RawInput};

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

    /// Looks once more at an input that was handed over while it could still grow, after a while
    /// in which it should have come to rest. None: it cannot be had a second time.
    fn again(&mut self, _origin: &Origin) -> Option<RawInput> {
        None
    }

    /// How many inputs are known of by now, for a progress bar.
    fn expected(&self) -> u64;
}
