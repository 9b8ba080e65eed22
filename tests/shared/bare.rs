//! The **bare** program that the tests run: in a folder of its own, with nothing of the environment of whoever
//! runs them but the way to other programs, and with a moment that counts as now.

use std::path::Path;
use std::process::Command;

/// The program in a folder. `now` is in seconds since 1970.
pub(crate) fn bare(folder: &Path, now: impl ToString) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruaudit"));
    command.current_dir(folder).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("SOURCE_DATE_EPOCH", now.to_string());
    command
}
