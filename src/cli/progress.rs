//! A **progress bar** on standard error, where somebody looks at it.

use indicatif::{ProgressBar, ProgressStyle};

use crate::pipeline::Progress;

/// A bar that clears itself away at the end.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar of so many things (`files`, `mails`), or one that draws nothing.
    pub(super) fn new(visible: bool, things: &str) -> Self {
        if !visible {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0); // draws on standard error
        let template = format!("{{bar:30}} {{pos}}/{{len}} {things}, {{eta}} left");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Progress for Bar {
    fn expect(&self, inputs: u64) {
        self.0.set_length(inputs);
    }

    fn stored(&self, inputs: u64) {
        // more came than was foretold: an archive or a mailbox holds several
        if self.0.length().is_some_and(|length| length < inputs) {
            self.0.set_length(inputs);
        }
        self.0.set_position(inputs);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
