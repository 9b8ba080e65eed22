//! Every input of the fuzz corpora, through the same invariants as in the fuzzer (docs/fuzzing.md).
//!
//! What the fuzzer once found stays found: its inputs lie in `fuzz/corpus`, small and named by
//! their content, or by what they broke.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "../fuzz/src/archives.rs"]
#[allow(unreachable_pub, reason = "public to the fuzz targets")]
mod archives;
#[path = "../fuzz/src/invariants.rs"]
#[allow(unreachable_pub, reason = "public to the fuzz targets")]
mod invariants;
#[path = "properties/record.rs"]
#[allow(unreachable_pub, reason = "public to the fuzz target")]
mod record;
#[path = "../fuzz/src/shapes.rs"]
#[allow(unreachable_pub, reason = "public to the fuzz targets")]
mod shapes;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Replays a corpus of reports, and fails with the names of all files that break an invariant.
fn replay(target: &str, shape: fn(&[u8]) -> Vec<u8>) {
    holds_of_all(target, |bytes| invariants::check(shape(bytes)));
}

fn holds_of_all(target: &str, check: impl Fn(&[u8]) + Sync + std::panic::RefUnwindSafe) {
    let files = corpus(target);
    assert!(files.len() > 20, "only {} files in the corpus {target}", files.len());
    let breaks = |file: &&PathBuf| {
        let bytes = fs::read(file).unwrap();
        catch_unwind(|| check(&bytes)).is_err()
    };
    let broken: Vec<&PathBuf> = files.par_iter().filter(breaks).collect();
    assert!(broken.is_empty(), "{} of {} files: {broken:#?}", broken.len(), files.len());
}

#[test]
fn mails_of_the_corpus_hold_the_invariants() {
    replay("mail", shapes::mail);
}

#[test]
fn containers_of_the_corpus_hold_the_invariants() {
    replay("container", shapes::container);
}

#[test]
fn documents_of_the_corpus_hold_the_invariants() {
    replay("xml", shapes::xml);
}

#[test]
fn records_of_the_corpus_hold_their_invariants() {
    holds_of_all("check", |bytes| record::holds(&String::from_utf8_lossy(bytes)));
}

/// An invariant that nothing can break would say nothing.
#[test]
fn a_report_that_breaks_an_invariant_is_noticed() {
    use ruaudit::decode::{Limits, decode};
    use ruaudit::model::{Origin, Outcome, RawInput};

    let input = RawInput::new(Origin::input("a"), Ok(shapes::xml(b"x||7")));
    let mut traces = decode(input, invariants::NOW, &Limits::default());
    invariants::check_traces(&traces, &invariants::limits());
    let Outcome::Accepted(accepted) = &mut traces[0].outcome else { panic!("{traces:?}") };
    accepted.report.records[0].count = 0;
    assert!(catch_unwind(|| invariants::check_traces(&traces, &invariants::limits())).is_err());
}

/// So that a clone stays small and a test run short.
#[test]
fn the_corpora_stay_small() {
    let files: Vec<PathBuf> =
        ["mail", "container", "xml", "check"].into_iter().flat_map(corpus).collect();
    let bytes: u64 = files.iter().map(|file| file.metadata().unwrap().len()).sum();
    assert!(files.len() < 1_500, "{} files", files.len());
    assert!(bytes < 1 << 20, "{bytes} bytes");
}
