//! **In vain**: how often, and for how long, a server was asked for mails and sent none.
//!
//! In: what each command came to. Out: whether it is enough. A server that fails, hangs or politely
//! sends nothing is left in the end, and the next run goes on.

use std::time::{Duration, Instant};

use super::Patience;
use super::exchange::Trouble;

/// How many commands in a row may fail.
const FAILURES_MAX: u32 = 200;

/// How many commands in a row may be waited for in vain: more than a batch is parted into before
/// one mail is alone.
const TIMEOUTS_MAX: u32 = 16;

/// For how many commands' time no mail may come: longer than it takes to find the one in a batch at
/// which the server hangs.
const SPELL: u32 = 12;

/// What was asked for in vain since the last success.
#[derive(Debug, Default)]
pub(super) struct Vain {
    failures: u32,
    timeouts: u32,
    spent: Duration,
}

impl Vain {
    /// Notes a command that began then. `has_brought` something of what it asked for; `has_mail`: a
    /// mail, or that one is too large.
    pub(super) fn note(
        &mut self,
        began: Instant,
        outcome: &Result<(), Trouble>,
        has_brought: bool,
        has_mail: bool,
    ) {
        if has_brought || has_mail {
            (self.failures, self.timeouts) = (0, 0);
        }
        self.spent = if has_mail { Duration::ZERO } else { self.spent + began.elapsed() };
        if let Err(trouble) = outcome {
            self.failures += 1;
            self.timeouts += u32::from(matches!(trouble, Trouble::Lost(loss) if loss.is_timeout));
        }
    }

    /// How many failed in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Why no more is asked for, where it is enough.
    pub(super) fn enough(
        &self,
        outcome: &Result<(), Trouble>,
        patience: &Patience,
    ) -> Option<String> {
        let last = outcome.as_ref().err().map(Trouble::in_words);
        if self.failures >= FAILURES_MAX || self.timeouts >= TIMEOUTS_MAX {
            let (failures, last) = (self.failures, last.unwrap_or_default());
            return Some(format!(
                "the server hands over none, asked {failures} times in a row: {last}"
            ));
        }
        (self.spent >= patience.command.saturating_mul(SPELL)).then(|| {
            let last = last.unwrap_or_else(|| "it answers, and sends nothing".into());
            format!("no mail has come for {} s: {last}", self.spent.as_secs())
        })
    }
}
