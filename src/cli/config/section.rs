//! A **section** of a configuration whose shapes have been checked: its values, by their keys.

use std::path::PathBuf;

use toml::{Table, Value};

use crate::cli::nearest::nearest;
use crate::intake::password::PasswordSource;
use crate::model::secret::Secret;

use super::keys::SECRET_ENDS;
use super::problem::{Origins, Wrong};

/// A section, and where its values came from.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    table: &'a Table,
    prefix: &'a str,
    origins: &'a Origins,
}

impl<'a> Section<'a> {
    /// The section below `prefix`, which ends with a dot or is empty.
    pub(super) fn new(table: &'a Table, prefix: &'a str, origins: &'a Origins) -> Self {
        Self { table, prefix, origins }
    }

    /// What is wrong with a key.
    pub(super) fn wrong(
        &self,
        key: &str,
        why: impl std::fmt::Display,
        remedy: impl Into<String>,
    ) -> Wrong {
        Wrong::new(&format!("{}{key}", self.prefix), why, remedy)
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.table.get(key).and_then(Value::as_str)
    }

    /// True or false.
    pub(super) fn switch(&self, key: &str) -> Option<bool> {
        self.table.get(key).and_then(Value::as_bool)
    }

    /// A text that must be there, without blanks around it and without control characters.
    pub(super) fn required(&self, key: &str, remedy: &str) -> Result<&'a str, Wrong> {
        let text = self.text(key).ok_or_else(|| self.wrong(key, "is missing", remedy))?;
        if text.trim() != text || text.is_empty() || text.contains(char::is_control) {
            let why = "is empty, or has blanks around it or control characters";
            return Err(self.wrong(key, why, remedy));
        }
        Ok(text)
    }

    /// A number within bounds.
    pub(super) fn number(
        &self,
        key: &str,
        bounds: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<u32>, Wrong> {
        let Some(number) = self.table.get(key).and_then(Value::as_integer) else { return Ok(None) };
        let found = u32::try_from(number).ok().filter(|number| bounds.contains(number));
        let (from, to) = (bounds.start(), bounds.end());
        let remedy = || format!("give a number from {from} to {to}");
        found.map(Some).ok_or_else(|| self.wrong(key, format!("cannot be {number}"), remedy()))
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let list = self.table.get(key).and_then(Value::as_array)?;
        Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// A path, seen from where it was named.
    pub(super) fn path(&self, key: &str) -> Result<Option<PathBuf>, Wrong> {
        let Some(path) = self.text(key) else { return Ok(None) };
        self.seen(key, path).map(Some)
    }

    /// A list of paths.
    pub(super) fn paths(&self, key: &str) -> Result<Vec<PathBuf>, Wrong> {
        let paths = self.texts(key).unwrap_or_default();
        paths.iter().map(|path| self.seen(key, path)).collect()
    }

    fn seen(&self, key: &str, path: &str) -> Result<PathBuf, Wrong> {
        if path.is_empty() || path.contains('\0') {
            return Err(self.wrong(key, "names no file", "give a path, or leave the key out"));
        }
        Ok(self.origins.resolve(&format!("{}{key}", self.prefix), path))
    }

    /// One of some words; the first of them unless it is given.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<Option<T>, Wrong> {
        let Some(text) = self.text(key) else { return Ok(None) };
        if let Some((_, found)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*found));
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let remedy = match nearest(text, known.iter().copied()).first() {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("write one of \"{}\"", known.join("\", \"")),
        };
        Err(self.wrong(key, "has a word that is not known", remedy))
    }

    /// Where a secret is kept, by the one key of five that is there.
    pub(super) fn secret(&self, name: &str) -> Result<Option<PasswordSource>, Wrong> {
        let keys = SECRET_ENDS.map(|end| format!("{name}{end}"));
        let given: Vec<&String> = keys.iter().filter(|key| self.table.contains_key(*key)).collect();
        match given.as_slice() {
            [] => Ok(None),
            [key] => self.source(key, key.strip_prefix(name).unwrap_or_default()).map(Some),
            [one, other, ..] => {
                let why = format!("stands beside `{}{one}`", self.prefix);
                Err(self.wrong(other, why, "keep one of them, and take the other out"))
            }
        }
    }

    /// What the key of a secret says, by how the key ends.
    fn source(&self, key: &str, end: &str) -> Result<PasswordSource, Wrong> {
        if end == "_command" {
            return self.command(key).map(PasswordSource::Command);
        }
        let text = self.text(key).unwrap_or_default();
        if text.is_empty() {
            return Err(self.wrong(key, "is empty", "give it, or take the key out"));
        }
        let refused = |why, remedy: &str| Err(self.wrong(key, why, remedy));
        match end {
            "_file" => self.seen(key, text).map(PasswordSource::File),
            "_env" if text.contains(['=', '\0']) => {
                refused("cannot be the name of a variable", "give the name of a variable")
            }
            "_env" => Ok(PasswordSource::Variable(text.to_owned())),
            "_credential" if text.contains(['/', '\0']) || text.starts_with('.') => {
                let remedy = "give the name that LoadCredential= has before the colon";
                refused("cannot be the name of a credential", remedy)
            }
            "_credential" => Ok(PasswordSource::Credential(text.to_owned())),
            _ if text.contains(['\0', '\r', '\n']) => {
                refused("has a line break or a nought, which no server takes", "give it alone")
            }
            _ => Ok(PasswordSource::Given(Secret::new(text))),
        }
    }

    /// The words of a command; a single text is for the shell.
    fn command(&self, key: &str) -> Result<Vec<String>, Wrong> {
        let shell = |text: &str| ["sh", "-c", text].map(str::to_owned).to_vec();
        let program = match self.texts(key) {
            Some(words) => words.first().cloned(),
            None => self.text(key).map(str::to_owned),
        };
        if program.is_none_or(|word| word.trim().is_empty()) {
            return Err(self.wrong(key, "is empty", "give a command, or take the key out"));
        }
        Ok(self.texts(key).unwrap_or_else(|| shell(self.text(key).unwrap_or_default())))
    }
}
