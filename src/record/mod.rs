//! The TXT **records** that a domain publishes: read, checked, mended and found.
//!
//! In: text as people paste it, and a [`Resolver`](crate::model::dns::Resolver) where a name must be
//! asked for. Out: findings with their places, what receivers will do, and the record as it should be.
//! Pure but for the questions that it puts to the resolver it is given. Nothing is refused: what is no
//! record is told so.
