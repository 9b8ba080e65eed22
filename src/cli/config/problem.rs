//! What is **wrong** with a configuration, and where it came from: the file or a variable.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::Error;

/// What is wrong. No part of it holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Wrong {
    /// The whole path of the key, or nothing.
    pub(super) key: String,
    /// Why it cannot be used.
    pub(super) why: String,
    /// What would be right.
    pub(super) remedy: String,
}

impl Wrong {
    /// Something about a key: `why` goes on where its name ends.
    pub(super) fn new(key: &str, why: impl std::fmt::Display, remedy: impl Into<String>) -> Self {
        Self { key: key.to_owned(), why: format!("`{key}` {why}"), remedy: remedy.into() }
    }

    /// Something about the whole.
    pub(super) fn whole(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { key: String::new(), why: why.into(), remedy: remedy.into() }
    }
}

/// Where each value came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::cli) struct Origins {
    /// The file that was read.
    pub(in crate::cli) file: Option<PathBuf>,
    /// The keys that the environment set, each with the name of the variable.
    pub(in crate::cli) variables: BTreeMap<String, String>,
    /// The folder that paths in the environment are seen from.
    pub(super) folder: PathBuf,
}

impl Origins {
    /// A path, seen from the folder of the file, or from the current one if a variable named it.
    pub(super) fn resolve(&self, key: &str, path: impl AsRef<Path>) -> PathBuf {
        let of_variable = self.variables.contains_key(key);
        if of_variable { &self.folder } else { self.home() }.join(path)
    }

    /// The folder that paths in the file are seen from, and where the store lies unless said: that of
    /// the file. What is no file on a disk (`/dev/null`, a pipe) has none, and the current folder is
    /// taken.
    pub(super) fn home(&self) -> &Path {
        match self.file.as_deref().filter(|file| file.is_file()) {
            Some(file) => file.parent().unwrap_or(Path::new("")),
            None => &self.folder,
        }
    }

    /// The error that a run stops with.
    pub(in crate::cli) fn error(&self, wrong: &Wrong) -> Error {
        let what = match (self.variables.get(&wrong.key), &self.file) {
            (Some(variable), _) => format!("cannot use {variable}"),
            (None, Some(file)) => format!("cannot use the configuration {}", file.display()),
            (None, None) => "cannot use the configuration".to_owned(),
        };
        Error::new(what, &wrong.why, wrong.remedy.clone())
    }
}
