//! The **providers** of the operator: a file of senders, whose lines come before those that the
//! program knows.
//!
//! In: the key that names the file. Out: all senders. Refuses what is no file, what is too long and
//! what is no table of senders, with the line that is wrong.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analyze::Providers;

use super::problem::Wrong;
use super::section::Section;

/// What is read of a file: more than a table may hold, so that a longer one is refused.
const MAX_BYTES: u64 = (1 << 20) + 1;

/// The operator's own senders, with those that the program knows behind them.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct OwnProviders {
    /// The file.
    pub(in crate::cli) path: PathBuf,
    /// All senders.
    pub(in crate::cli) known: Arc<Providers>,
}

/// Those of the file that `providers` names; none where it names none.
pub(super) fn providers(top: Section<'_>) -> Result<Option<OwnProviders>, Wrong> {
    if top.text("providers").is_none_or(str::is_empty) {
        return Ok(None);
    }
    let Some(path) = top.path("providers")? else { return Ok(None) };
    let shown = path.display();
    let text = read(&path).map_err(|why| {
        let why = format!("names {shown}, which cannot be read: {why}");
        top.wrong("providers", why, "name a file that is there, or take the key out")
    })?;
    let known = Providers::with(&text).map_err(|wrong| {
        let line = wrong.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        let why = format!("names {shown}, which cannot be used: {line}{}", wrong.why);
        top.wrong("providers", why, wrong.remedy)
    })?;
    Ok(Some(OwnProviders { path, known: Arc::new(known) }))
}

/// A pipe would be waited for, and a device never ends.
fn read(path: &Path) -> Result<String, String> {
    let kind = path.metadata().map_err(|error| error.to_string())?;
    if !kind.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}
