//! The store in one SQLite file.

use std::path::Path;

use super::Store;
use crate::error::Result;
use crate::model::{
    Filter, StoredRecord, StoredTrace, Trace, TraceFilter, Traffic, Window, Written,
};

/// A store in one file.
#[derive(Debug)]
pub struct SqliteStore {}

impl SqliteStore {
    /// Opens a store to write, making it if there is none.
    ///
    /// # Errors
    /// When the file is not a store of ours, is newer than this program, or cannot be opened.
    pub fn open(_path: &Path) -> Result<Self> {
        unimplemented!("see the next commit")
    }

    /// Opens a store to read. It must exist.
    ///
    /// # Errors
    /// When there is none, or as [`SqliteStore::open`].
    pub fn open_existing(_path: &Path) -> Result<Self> {
        unimplemented!("see the next commit")
    }
}

impl Store for SqliteStore {
    fn write(&mut self, _batch: &[Trace], _now: i64) -> Result<Written> {
        unimplemented!("see the next commit")
    }
    fn domains(&self) -> Result<Vec<String>> {
        unimplemented!("see the next commit")
    }
    fn span(&self) -> Result<Option<Window>> {
        unimplemented!("see the next commit")
    }
    fn traffic(&self, _filter: &Filter) -> Result<Traffic> {
        unimplemented!("see the next commit")
    }
    fn records(
        &self,
        _domain: Option<&str>,
        _window: Option<Window>,
        _each: &mut dyn FnMut(&StoredRecord) -> Result<()>,
    ) -> Result<()> {
        unimplemented!("see the next commit")
    }
    fn traces(
        &self,
        _filter: TraceFilter,
        _each: &mut dyn FnMut(StoredTrace) -> Result<()>,
    ) -> Result<()> {
        unimplemented!("see the next commit")
    }
}
