//! The **environment** of a run: variables, clock and terminal, read once.
//!
//! In: the process. Out: plain values, so that a test can make them. Refuses a
//! `SOURCE_DATE_EPOCH` that is not a number.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};
use crate::model::secret::Secret;
use crate::render::Page;

use super::config::places::places;
use super::config::variables::PREFIX;

/// A page is never narrower or wider than this, whatever the terminal.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=120;

/// What stands around a run.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    /// `RUAUDIT_DB`.
    pub(super) db: Option<PathBuf>,
    /// `RUAUDIT_CONFIG`.
    pub(super) config: Option<PathBuf>,
    /// The folder in which `ruaudit.db` is looked for.
    pub(super) folder: PathBuf,
    /// Where a configuration is looked for, in this order.
    pub(super) places: Vec<PathBuf>,
    /// Every variable of this program, by name.
    pub(super) variables: Vec<Variable>,
    /// Seconds since 1970 UTC: the clock, or `SOURCE_DATE_EPOCH`.
    pub(super) now: i64,
    /// What standard output looks like.
    pub(super) page: Page,
}

/// A variable; its value may be a password.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    /// Its name, with `RUAUDIT_`.
    pub(super) name: String,
    /// Its value.
    pub(super) value: Secret,
}

impl Environment {
    /// Reads the process's own.
    pub(super) fn of_process() -> Result<Self> {
        let path = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let folder = PathBuf::new();
        Ok(Self {
            db: path("RUAUDIT_DB"),
            config: path("RUAUDIT_CONFIG"),
            places: places(&folder, path("XDG_CONFIG_HOME"), path("HOME")),
            folder,
            variables: variables(std::env::vars_os())?,
            now: match std::env::var_os("SOURCE_DATE_EPOCH") {
                Some(text) => moment(&text.to_string_lossy())?,
                None => clock(),
            },
            page: page(),
        })
    }
}

/// The variables of this program, in the order of their names.
fn variables(all: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<Variable>> {
    let own = all.filter_map(|(name, value)| {
        let name = name.to_string_lossy().into_owned();
        // these two may name a file whose name is no text
        let is_path = name == "RUAUDIT_DB" || name == "RUAUDIT_CONFIG";
        (name.starts_with(PREFIX) && !is_path).then_some((name, value))
    });
    let mut found = own
        .map(|(name, value)| match value.into_string() {
            Ok(value) => Ok(Variable { name, value: Secret::new(value) }),
            Err(_) => {
                let what = format!("cannot read {name}");
                Err(Error::new(what, "it is not UTF-8", "write it so, or unset it"))
            }
        })
        .collect::<Result<Vec<_>>>()?;
    found.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
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

/// All variables of the process.
pub(super) fn all_variables() -> Vec<(OsString, OsString)> {
    std::env::vars_os().collect()
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

    #[cfg(unix)]
    #[test]
    fn only_variables_of_this_program_are_taken_and_they_must_be_text() {
        use std::os::unix::ffi::OsStringExt as _;
        let all = |name: &str, value: &[u8]| {
            variables([(name.into(), OsString::from_vec(value.to_vec()))].into_iter())
        };
        let found = all("RUAUDIT_ACCOUNT_MAIN_PASSWORD", b"hunter2").unwrap();
        assert_eq!("hunter2", found[0].value.expose());
        assert!(!format!("{found:?}").contains("hunter2"));
        assert!(all("PATH", b"\xff").unwrap().is_empty());
        assert!(all("RUAUDIT_DB", b"\xff").unwrap().is_empty());
        let error = all("RUAUDIT_WINDOW", b"\xff").unwrap_err().to_string();
        assert!(error.contains("RUAUDIT_WINDOW") && error.contains("UTF-8"), "{error}");
    }

    #[test]
    fn a_moment_is_a_number_or_an_error() {
        assert_eq!(1_794_182_400, moment("1794182400").unwrap());
        assert!(moment("yesterday").unwrap_err().to_string().contains("SOURCE_DATE_EPOCH"));
    }
}
