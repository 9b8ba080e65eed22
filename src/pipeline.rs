//! The one loop that joins intake, decode and store.

use crate::error::Result;
use crate::model::Written;
use crate::store::Store;

/// What an ingest did.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Ingested {
    /// Files and mails read.
    pub inputs: u64,
    /// What the store made of them.
    #[serde(flatten)]
    pub written: Written,
    /// How long it took.
    pub seconds: f64,
}

/// Who is told how far an ingest has come.
pub trait Progress: Sync {
    /// So many inputs are known of by now.
    fn expect(&self, inputs: u64);
    /// So many inputs are stored by now.
    fn stored(&self, inputs: u64);
}

/// Reads everything that `intake` offers into `store`.
///
/// # Errors
/// When the store cannot be written, or a folder cannot be listed.
pub fn ingest(
    _intake: &mut (dyn crate::intake::Intake + Send),
    _store: &mut dyn Store,
    _now: i64,
    _limits: &crate::decode::Limits,
    _progress: &dyn Progress,
) -> Result<Ingested> {
    unimplemented!("see the next commit")
}
