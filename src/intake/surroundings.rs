//! **Surroundings**: what stands around the program where it signs in.
//!
//! In: the variables of the environment, and a wish to stop; both from the edge of the program. Out:
//! one variable, or those that another program may see. Refuses to hand on the secrets of accounts.

use std::ffi::OsString;

use super::Stop;

/// How the names begin of variables that configure accounts, of which some are secrets.
const OF_ACCOUNTS: &str = "RUAUDIT_ACCOUNT_";

/// What stands around. Without more, there are no variables and nobody wishes to stop.
#[derive(Debug, Clone)]
pub struct Surroundings {
    variables: fn() -> Vec<(OsString, OsString)>,
    stop: Stop,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self::new(Vec::new, Stop::default())
    }
}

impl Surroundings {
    /// Those of a program. `variables`: all of its environment; they are asked for when one is
    /// needed, and not kept.
    #[must_use]
    pub fn new(variables: fn() -> Vec<(OsString, OsString)>, stop: Stop) -> Self {
        Self { variables, stop }
    }

    /// The wish to stop.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The value of a variable, if it is set.
    pub(super) fn variable(&self, name: &str) -> Option<OsString> {
        let mut all = (self.variables)().into_iter();
        all.find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// The variables that a program sees which is run for one account: none of any account.
    pub(super) fn for_commands(&self) -> Vec<(OsString, OsString)> {
        let mut all = (self.variables)();
        all.retain(|(name, _)| !name.as_encoded_bytes().starts_with(OF_ACCOUNTS.as_bytes()));
        all
    }
}
