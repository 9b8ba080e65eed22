//! Files and folders, as named on the command line.

use std::path::PathBuf;

use super::Intake;
use crate::error::Result;
use crate::model::RawInput;

/// The files under some paths.
#[derive(Debug)]
pub struct Paths {}

impl Paths {
    /// Checks that every path is there. `-` is standard input. `max_bytes` bounds one file.
    ///
    /// # Errors
    /// Names the first path that does not exist or cannot be opened.
    pub fn new(_paths: &[PathBuf], _max_bytes: u64) -> Result<Self> {
        unimplemented!("see the next commit")
    }
}

impl Intake for Paths {
    fn next(&mut self) -> Result<Option<RawInput>> {
        unimplemented!("see the next commit")
    }

    fn expected(&self) -> u64 {
        unimplemented!("see the next commit")
    }
}
