//! The **environment** of a run: variables, clock and terminal, read once.
//!
//! In: the process. Out: plain values, so that a test can make them. Refuses a
//! `SOURCE_DATE_EPOCH` that is not a number.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};
use crate::render::Page;

/// A page is never narrower or wider than this, whatever the terminal.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=120;

/// What stands around a run.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    /// `RUAUDIT_DB`.
    pub(super) db: Option<PathBuf>,
    /// `RUAUDIT_CONFIG`.
    pub(super) config: Option<PathBuf>,
    /// The folder in which `ruaudit.toml` and `ruaudit.db` are looked for.
    pub(super) folder: PathBuf,
    /// Seconds since 1970 UTC: the clock, or `SOURCE_DATE_EPOCH`.
    pub(super) now: i64,
    /// What standard output looks like.
    pub(super) page: Page,
}

impl Environment {
    /// Reads the process's own.
    pub(super) fn of_process() -> Result<Self> {
        let path = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        Ok(Self {
            db: path("RUAUDIT_DB"),
            config: path("RUAUDIT_CONFIG"),
            folder: PathBuf::new(),
            now: match std::env::var_os("SOURCE_DATE_EPOCH") {
                Some(text) => moment(&text.to_string_lossy())?,
                None => clock(),
            },
            page: page(),
        })
    }
}

/// Reads `SOURCE_DATE_EPOCH`.
fn moment(text: &str) -> Result<i64> {
    text.parse().map_err(|error| {
        Error::new(
            "cannot read SOURCE_DATE_EPOCH",
            format!("`{text}`: {error}"),
            "give the seconds since 1970-01-01 UTC, or unset it",
        )
    })
}

/// Seconds since 1970; a clock that stands before that is taken as 1970.
pub(super) fn clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn page() -> Page {
    let out = io::stdout();
    let colour = anstream::AutoStream::choice(&out) != anstream::ColorChoice::Never;
    let size = if out.is_terminal() { terminal_size::terminal_size() } else { None };
    let width = size.map_or(Page::PLAIN.width, |(width, _)| width.0.into());
    Page { width: width.clamp(*WIDTHS.start(), *WIDTHS.end()), colour, verbose: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_number_or_an_error() {
        assert_eq!(1_794_182_400, moment("1794182400").unwrap());
        assert!(moment("yesterday").unwrap_err().to_string().contains("SOURCE_DATE_EPOCH"));
    }
}
