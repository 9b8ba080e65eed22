//! What the fuzz targets share: how bytes become inputs, and what must hold of every input.
//!
//! `tests/fuzz_corpus.rs` includes the modules by path, so that the corpus is replayed by an
//! ordinary `cargo test` exactly as the fuzzer ran it.

pub mod archives;
pub mod invariants;
#[path = "../../tests/properties/record.rs"]
pub mod record;
pub mod shapes;
