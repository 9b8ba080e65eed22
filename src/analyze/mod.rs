//! Counts in, judgement out. Pure: no clock, no network, no store; the same traffic always gives
//! the same words.

pub mod thresholds;

pub use thresholds::Thresholds;

use crate::model::verdict::{DomainSummary, Recommendation, SourceSummary};
use crate::model::{Traffic, Window};

/// What is asked, besides the traffic.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The days that the traffic was taken from; `None` where the store is empty.
    pub window: Option<Window>,
    /// The numbers that decide.
    pub thresholds: &'a Thresholds,
    /// The TXT value that is published now, where the operator gave it.
    pub published: Option<&'a str>,
}

/// All that is concluded of one domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Volumes and pass rates.
    pub summary: DomainSummary,
    /// Who sends, the busiest first.
    pub sources: Vec<SourceSummary>,
    /// The verdict and the record.
    pub advice: Recommendation,
}

/// Judges one domain's traffic.
#[must_use]
pub fn judge(_traffic: &Traffic, _question: &Question<'_>) -> Judgement {
    unimplemented!("see the next commit")
}
