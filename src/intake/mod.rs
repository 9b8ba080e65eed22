//! Where bytes come from. An intake hands over whole inputs; it opens nothing and judges nothing.

use crate::error::Result;
use crate::model::{Origin, RawInput};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

mod ahead;
mod file;
pub mod imap;
mod mbox;
pub mod oauth;
pub mod password;
pub mod paths;
pub mod regular;
pub mod seen;
pub mod sign_in;
pub mod surroundings;
pub mod tls;

/// A wish to stop, which somebody else may express at any moment. Who works looks at it between two
/// inputs, and ends as if there were no more.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// One that stands for a flag that is set elsewhere, by a signal for example.
    #[must_use]
    pub fn on(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }

    /// Expresses the wish.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was expressed.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// An intake that ends when somebody wishes it.
pub struct Stoppable<'a> {
    /// Where the inputs come from.
    pub intake: &'a mut (dyn Intake + Send),
    /// The wish.
    pub stop: &'a Stop,
}

impl Intake for Stoppable<'_> {
    fn next(&mut self) -> Result<Option<RawInput>> {
        if self.stop.is_asked() { Ok(None) } else { self.intake.next() }
    }

    fn again(&mut self, origin: &Origin) -> Option<RawInput> {
        if self.stop.is_asked() { None } else { self.intake.again(origin) }
    }

    fn expected(&self) -> u64 {
        self.intake.expected()
    }
}

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
