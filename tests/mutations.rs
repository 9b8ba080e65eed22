//! Every sample report, damaged: cut off at every byte, and with single bits flipped.
//!
//! A damaged file may be refused, or read whole for all that; what it may never be is read in part
//! and taken for the whole. So: a report of a cut file is one of the whole file's reports, and a
//! report of a flipped one that has lost rows, or an input that has lost reports, says so.
//!
//! Thinned, so that it takes less than a minute: one reporter's daily or weekly files differ in
//! little but the date and the domain, so of each such series the first is taken. A file over 20 kB is
//! cut at every byte of its first and last 2 kB and at every 97th between: what lies between is
//! compressed, and one cut there is like another.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use ruaudit::decode::{Limits, decode};
use ruaudit::model::{Accepted, IssueCode, Origin, Outcome, RawInput, Reason, Trace};

/// The moment that counts as now: just after the samples' last day.
const NOW: i64 = 1_793_000_000;

/// How many bits of a file are flipped, each in a copy of its own.
const FLIPS: u64 = 200;

/// Larger files are not cut at every byte.
const LARGE: usize = 20_000;

/// How many failures are shown.
const SHOWN: usize = 20;

struct Sample {
    name: String,
    bytes: Vec<u8>,
    whole: Found,
}

/// What became of an input.
struct Found(Vec<Trace>);

impl Found {
    /// The largest sample unpacks to 34 kB. A bomb takes its time up to the limit from every cut.
    fn of(bytes: &[u8]) -> Self {
        let limits = Limits { report_bytes: 40 << 10, ..Limits::default() };
        let input = RawInput::new(Origin::input("sample"), Ok(bytes.to_vec()));
        Self(decode(input, NOW, &limits))
    }

    fn accepted(&self) -> impl Iterator<Item = (&Origin, &Accepted)> {
        self.0.iter().filter_map(|trace| match &trace.outcome {
            Outcome::Accepted(accepted) => Some((&trace.origin, &**accepted)),
            _ => None,
        })
    }

    fn rejections(&self) -> usize {
        self.0.iter().filter(|trace| matches!(trace.outcome, Outcome::Rejected(_))).count()
    }

    fn has_panicked(&self) -> bool {
        self.0.iter().any(|trace| match &trace.outcome {
            Outcome::Rejected(rejection) => rejection.reason == Reason::Panicked,
            _ => false,
        })
    }

    /// What is odd about any of it, and where.
    fn issues(&self) -> BTreeSet<(IssueCode, &str, &str)> {
        self.accepted().flat_map(|(_, accepted)| issues(accepted)).collect()
    }

    /// The report that another one was before it was damaged: of the same key, or else of the same
    /// place, or else any.
    fn original(&self, origin: &Origin, of: &Accepted) -> Option<&Accepted> {
        let mut by_key = self.accepted().filter(|(_, known)| known.identity.key == of.identity.key);
        let mut by_place = self.accepted().filter(|(place, _)| *place == origin);
        let found = by_key.next().or_else(|| by_place.next()).or_else(|| self.accepted().next());
        found.map(|(_, accepted)| accepted)
    }
}

fn issues(accepted: &Accepted) -> impl Iterator<Item = (IssueCode, &str, &str)> {
    accepted.report.issues.iter().map(|issue| (issue.code, &*issue.place, &*issue.value))
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.file_name().unwrap() != "README.md" {
            into.push(path);
        }
    }
}

/// What the files of one series have in common: the reporter and the ending. A file whose name
/// does not begin as RFC 9990 section 3.5.2 says, or with a reporter and a date, is its own series.
fn series(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    let dated =
        || file.find(|c: char| c.is_ascii_digit()).filter(|at| file[*at..].starts_with("2026-"));
    file.find('!').or_else(dated).map_or(name, |end| &file[..end])
}

/// The samples, one of each series.
fn samples() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    paths.sort();
    let mut met = BTreeSet::new();
    let mut samples = Vec::new();
    for path in paths {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let ending = path.extension().unwrap_or_default().to_owned();
        if met.insert((series(&name).to_owned(), ending)) {
            let bytes = fs::read(&path).unwrap();
            let whole = Found::of(&bytes);
            samples.push(Sample { name, bytes, whole });
        }
    }
    assert!(samples.len() > 100, "only {} samples", samples.len());
    samples
}

/// Where a file is cut.
fn cuts(length: usize) -> Vec<usize> {
    let is_cut =
        |at: &usize| length <= LARGE || *at < 2_000 || length - at < 2_000 || at.is_multiple_of(97);
    (0..length).filter(is_cut).collect()
}

/// What is wrong with what was read of a cut file.
fn wrong_with_cut(whole: &Found, cut: &Found) -> Option<String> {
    if cut.has_panicked() {
        return Some("panicked".into());
    }
    let is_known = |accepted: &Accepted| {
        whole.accepted().any(|(_, known)| {
            (known.identity.key, known.identity.content)
                == (accepted.identity.key, accepted.identity.content)
        })
    };
    let strange = cut.accepted().find(|(_, accepted)| !is_known(accepted));
    strange
        .map(|(_, accepted)| format!("another report: {:?}", accepted.report.records))
        .or_else(|| wrong_with_number(whole, cut))
}

/// What is wrong with what was read of a flipped file.
fn wrong_with_flip(whole: &Found, flipped: &Found) -> Option<String> {
    if flipped.has_panicked() {
        return Some("panicked".into());
    }
    flipped.accepted().find_map(|(origin, accepted)| {
        let original = whole.original(origin, accepted)?;
        let (before, after) = (original.report.records.len(), accepted.report.records.len());
        let known: BTreeSet<_> = issues(original).collect();
        let says_so = issues(accepted).any(|issue| !known.contains(&issue));
        (after < before && !says_so).then(|| format!("{after} of {before} records, in silence"))
    })
}

/// An input of which some reports are left, and some not, says so.
fn wrong_with_number(whole: &Found, damaged: &Found) -> Option<String> {
    let (before, after) = (whole.accepted().count(), damaged.accepted().count());
    let says_so =
        damaged.rejections() > whole.rejections() || !damaged.issues().is_subset(&whole.issues());
    (0 < after && after < before && !says_so)
        .then(|| format!("{after} of {before} reports, in silence"))
}

/// A generator of numbers that are the same in every run (splitmix64).
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    (1..).map(move |step: u64| {
        let mut z = seed.wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

/// Which bits of a file are flipped, counted from its start.
fn flips(bytes: &[u8]) -> Vec<usize> {
    let bits = bytes.len() * 8;
    let seed = bytes.iter().fold(26, |seed: u64, byte| seed.rotate_left(5) ^ u64::from(*byte));
    numbers(seed)
        .take(if bits == 0 { 0 } else { FLIPS as usize })
        .map(|number| usize::try_from(number % bits as u64).unwrap())
        .collect()
}

fn assert_none(failures: &[String]) {
    let shown = failures.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} failures, such as\n{shown}", failures.len());
}

#[test]
fn a_file_cut_off_anywhere_never_passes_for_another_report() {
    let failures: Vec<String> = samples()
        .par_iter()
        .flat_map(|sample| {
            cuts(sample.bytes.len()).into_par_iter().filter_map(move |at| {
                let wrong = wrong_with_cut(&sample.whole, &Found::of(&sample.bytes[..at]))?;
                Some(format!("{} cut at {at}: {wrong}", sample.name))
            })
        })
        .collect();
    assert_none(&failures);
}

/// What is wrong with copies of a sample in each of which one bit is flipped.
fn wrong_flips(sample: &Sample, wrong: fn(&Found, &Found) -> Option<String>) -> Vec<String> {
    let failure = |bit: usize| {
        let (at, mask) = (bit / 8, 1 << (bit % 8));
        let mut bytes = sample.bytes.clone();
        bytes[at] ^= mask;
        let wrong = wrong(&sample.whole, &Found::of(&bytes))?;
        Some(format!("{} with {mask:#04x} of byte {at} flipped: {wrong}", sample.name))
    };
    flips(&sample.bytes).into_par_iter().filter_map(failure).collect()
}

#[test]
fn a_report_in_a_file_with_a_flipped_bit_never_loses_rows_in_silence() {
    let samples = samples();
    let failures: Vec<String> =
        samples.par_iter().flat_map(|sample| wrong_flips(sample, wrong_with_flip)).collect();
    assert_none(&failures);
}

#[test]
fn a_file_with_a_flipped_bit_never_loses_one_of_its_reports_in_silence() {
    let holds_several = |sample: &&Sample| sample.whole.accepted().count() > 1;
    let samples = samples();
    let samples: Vec<&Sample> = samples.iter().filter(holds_several).collect();
    assert!(samples.len() > 3, "only {} samples", samples.len());
    let failures: Vec<String> =
        samples.par_iter().flat_map(|sample| wrong_flips(sample, wrong_with_number)).collect();
    assert_none(&failures);
}
