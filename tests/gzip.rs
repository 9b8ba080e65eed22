//! Gzip files against a second decoder, the `gzip` program, which is on every Debian.
//!
//! Six hundred files of many flavours, most of them damaged, hold a report. What `gzip` unpacks
//! (exit 0, or 2 where it warns of trailing garbage) must give the same as its output does when it
//! is read as plain XML; what `gzip` refuses (exit 1) must not be accepted. Where the two may
//! differ, [`Difference`] names how and why.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use ruaudit::decode::{Limits, decode};
use ruaudit::model::{IssueCode, Origin, Outcome, RawInput, Report};

/// Just after the report's period.
const NOW: i64 = 1_793_000_000;

/// How many files of each flavour and each damage there are; they differ in place and value.
const ROUNDS: u64 = 5;

const REPORT: &str = "<?xml version=\"1.0\"?>\n<feedback><report_metadata><org_name>receiver.example\
    </org_name><email>a@receiver.example</email><report_id>one</report_id><date_range><begin>\
    1792108800</begin><end>1792195199</end></date_range></report_metadata><policy_published>\
    <domain>acme.example</domain><p>none</p></policy_published><record><row><source_ip>192.0.2.1\
    </source_ip><count>3</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim>\
    <spf>fail</spf></policy_evaluated></row><identifiers><header_from>acme.example</header_from>\
    </identifiers><auth_results><dkim><domain>acme.example</domain><selector>a</selector><result>\
    pass</result></dkim></auth_results></record></feedback>\n";

/// How a member is written.
#[derive(Debug, Clone, Copy)]
struct Member {
    level: u32,
    /// Bits of FLG (RFC 1952 section 2.3.1): 1 text, 2 header checksum, 4 extra, 8 name, 16 comment.
    flags: u8,
}

impl Member {
    fn file(self, content: &[u8]) -> Vec<u8> {
        let mut file = vec![0x1f, 0x8b, 8, self.flags, 0x10, 0x20, 0x30, 0x60, 0, 3];
        if self.flags & 4 != 0 {
            file.extend_from_slice(b"\x06\0RU\x02\0\x1f\x8b");
        }
        if self.flags & 8 != 0 {
            file.extend_from_slice(b"receiver.example!acme.example!1792108800!1792195199.xml\0");
        }
        if self.flags & 16 != 0 {
            file.extend_from_slice(b"a comment\nin two lines\0");
        }
        if self.flags & 2 != 0 {
            let sum = checksum(&file);
            file.extend_from_slice(&sum.to_le_bytes()[..2]);
        }
        let mut encoder = DeflateEncoder::new(file, Compression::new(self.level));
        encoder.write_all(content).unwrap();
        let mut file = encoder.finish().unwrap();
        file.extend_from_slice(&checksum(content).to_le_bytes());
        file.extend_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
        file
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Whole files of many flavours.
fn flavours() -> Vec<(&'static str, Vec<u8>)> {
    let report = REPORT.as_bytes();
    let (head, tail) = report.split_at(report.len() / 2);
    let plain = Member { level: 6, flags: 0 };
    let with = |flags| Member { level: 6, flags };
    let level = |level| Member { level, flags: 0 };
    vec![
        ("stored blocks", level(0).file(report)),
        ("level 1", level(1).file(report)),
        ("level 9, text", Member { level: 9, flags: 1 }.file(report)),
        ("header checksum", with(2).file(report)),
        ("extra field", with(4).file(report)),
        ("name", with(8).file(report)),
        ("comment", with(16).file(report)),
        ("all fields", with(31).file(report)),
        ("two members", [plain.file(head), with(8).file(tail)].concat()),
        (
            "empty members around",
            [plain.file(b""), with(10).file(report), plain.file(b"")].concat(),
        ),
        ("a member for every 64 bytes", report.chunks(64).flat_map(|c| level(0).file(c)).collect()),
        ("blanks in a second member", [plain.file(report), with(4).file(b" \r\n")].concat()),
    ]
}

/// What is done to a file. The number decides where, and with what.
type Damage = fn(&mut Vec<u8>, usize);

const DAMAGES: [(&str, Damage); 10] = [
    ("none", |_, _| {}),
    ("cut off", |file, number| file.truncate(number % file.len())),
    ("cut in its trailer", |file, number| file.truncate(file.len() - 1 - number % 9)),
    ("flipped in its header", |file, number| flip(file, number % 80)),
    ("flipped anywhere", |file, number| flip(file, number)),
    ("flipped in its trailer", |file, number| {
        let trailer = file.len() - 8;
        flip(&mut file[trailer..], number);
    }),
    ("zeros behind", |file, number| file.extend(vec![0; number % 1_000 + 1])),
    ("a line end behind", |file, number| file.extend(b"\r\n".repeat(number % 3 + 1))),
    ("text behind", |file, number| file.extend(b"zyx\0".repeat(number % 15 + 1))),
    ("zeros, then text behind", |file, number| {
        file.extend(vec![0; number % 9 + 1]);
        file.push(b'x');
    }),
];

/// Flips one bit, counted from the start, and again from the start after the end.
fn flip(file: &mut [u8], bit: usize) {
    let bit = bit % (8 * file.len());
    file[bit / 8] ^= 1 << (bit % 8);
}

/// A number that depends on nothing but the case (the finaliser of splitmix64).
fn number(case: u64) -> usize {
    let mut z = case.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((z ^ (z >> 31)) >> 16).unwrap()
}

/// Every case: what it is called, and the file.
fn cases() -> Vec<(String, Vec<u8>)> {
    let mut cases = Vec::new();
    for (flavour, whole) in flavours() {
        for (damage, apply) in DAMAGES {
            for round in 0..ROUNDS {
                let mut file = whole.clone();
                apply(&mut file, number(cases.len() as u64));
                cases.push((format!("{flavour}, {damage}, round {round}"), file));
            }
        }
    }
    cases
}

/// What `gzip -dc` says: its exit code, and what it unpacked.
fn gzip(file: &[u8]) -> (i32, Vec<u8>) {
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(file).unwrap();
    std::io::Seek::rewind(&mut input).unwrap();
    let output =
        Command::new("gzip").arg("-dc").stdin(input).stderr(Stdio::null()).output().unwrap();
    (output.status.code().unwrap(), output.stdout)
}

/// The one report in some bytes, and whether bytes behind the archive were noted.
fn read(bytes: Vec<u8>) -> Option<(Report, bool)> {
    let traces = decode(RawInput::new(Origin::input("a"), Ok(bytes)), NOW, &Limits::default());
    let mut reports = traces.into_iter().filter_map(|trace| match trace.outcome {
        Outcome::Accepted(accepted) => Some(accepted.report),
        _ => None,
    });
    let mut report = reports.next()?;
    assert_eq!(None, reports.next(), "there is only one report");
    let before = report.issues.len();
    report.issues.retain(|issue| issue.code != IssueCode::TrailingBytes);
    let noted = report.issues.len() < before;
    Some((report, noted))
}

/// Where we differ from `gzip`, and why.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// After a whole report stands something that begins like a member and breaks off before its
    /// first byte comes out. `gzip` exits 1, though it did write the report. It is whole, so we
    /// accept it, and note the bytes behind it.
    BrokenBehindWholeReport,
}

/// Compares one file; what is wrong with it, or how the two may differ.
fn compare(file: Vec<u8>) -> Result<(i32, Option<Difference>), String> {
    let (exit, unpacked) = gzip(&file);
    let theirs = read(unpacked);
    let ours = read(file);
    match (exit, theirs, ours) {
        (0 | 2, None, None) | (1, _, None) => Ok((exit, None)),
        (0 | 2, Some((theirs, _)), Some((ours, _))) if theirs == ours => Ok((exit, None)),
        (1, Some((theirs, _)), Some((ours, true))) if theirs == ours => {
            Ok((exit, Some(Difference::BrokenBehindWholeReport)))
        }
        (exit, theirs, ours) => {
            let (theirs, ours) = (in_words(&theirs), in_words(&ours));
            Err(format!("gzip exits {exit} and gives {theirs}; ours gives {ours}"))
        }
    }
}

fn in_words(read: &Option<(Report, bool)>) -> String {
    let words = |(report, noted): &(Report, bool)| {
        let noted = if *noted { "with" } else { "without" };
        format!("a report of {} rows {noted} trailing bytes", report.records.len())
    };
    read.as_ref().map_or_else(|| "nothing".into(), words)
}

fn gzip_is_there() -> bool {
    let is_there = Command::new("gzip").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !is_there {
        let mut out = std::io::stderr();
        writeln!(out, "skipped: there is no gzip program to compare with").unwrap();
    }
    is_there
}

#[test]
fn what_gzip_unpacks_is_read_and_what_it_refuses_is_not() {
    if !gzip_is_there() {
        return;
    }
    let results: Vec<(String, _)> =
        cases().into_par_iter().map(|(name, file)| (name, compare(file))).collect();
    let wrong: Vec<_> = results.iter().filter(|(_, result)| result.is_err()).collect();
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), results.len());

    // the cases are worth something only if they meet every side of gzip
    let mut exits: BTreeMap<i32, usize> = BTreeMap::new();
    for (_, result) in &results {
        *exits.entry(result.as_ref().unwrap().0).or_default() += 1;
    }
    assert!(results.len() == 600 && exits.values().all(|count| *count > 80), "{exits:?}");
    assert_eq!(vec![0, 1, 2], exits.into_keys().collect::<Vec<_>>());
}

#[test]
fn trailing_bytes_are_noted_whatever_they_are() {
    let whole = Member { level: 6, flags: 0 }.file(REPORT.as_bytes());
    let (report, noted) = read(whole.clone()).unwrap();
    assert!(!noted);
    for behind in [&b"\0"[..], b"\r\n", b"x", b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0"] {
        let read = read([&whole, behind].concat());
        assert_eq!(Some((report.clone(), true)), read, "{}", behind.escape_ascii());
    }
}

/// Mail programs put a line before what they attach; `gzip` would refuse it.
#[test]
fn blanks_before_a_file_are_passed_over() {
    let whole = Member { level: 6, flags: 0 }.file(REPORT.as_bytes());
    assert_eq!(read(whole.clone()), read([b"\r\n ", &whole[..]].concat()));
}
