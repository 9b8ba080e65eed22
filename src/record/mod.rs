//! The TXT **records** that a domain publishes: read, checked, mended and found.
//!
//! In: text as people paste it, and a [`Resolver`](crate::model::dns::Resolver) where a name must be
//! asked for. Out: findings with their places, what receivers will do, and the record as it should be.
//! Pure but for the questions that it puts to the resolver it is given. Nothing is refused: what is no
//! record is told so.

pub mod destination;
pub mod dkim;
pub mod dmarc;
pub mod edit;
pub mod spf;
pub mod walk;

use crate::model::finding::Finding;

/// What one kind's rules say of a TXT value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Linted {
    /// What was found, by place.
    pub findings: Vec<Finding>,
    /// What receivers will do with it, a sentence each.
    pub effect: Vec<String>,
    /// The record with every error mended that can be; none where nothing is wrong, or nobody can tell.
    pub corrected: Option<String>,
}
