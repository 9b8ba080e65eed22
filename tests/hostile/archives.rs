//! Gzip and zip: H1 to H16.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use ruaudit::decode::Limits;

use crate::build::{Member, gz, gz_of, trailer, zip};
use crate::heavy::Noise;
use crate::judge::{quickly, rejection, reports, tally, traces, words, words_with};
use crate::report::{good, named};

const MIB: usize = 1 << 20;

/// Limits that a small bomb passes.
fn small() -> Limits {
    Limits { report_bytes: MIB, total_bytes: 3 * MIB, ..Limits::default() }
}

/// A gzip file of so many MiB of zeros.
pub(crate) fn gzip_bomb(mib: usize) -> Vec<u8> {
    gz_of(&[(&[0; MIB], mib)])
}

#[test]
fn h01_a_gzip_bomb_stops_at_the_limit() {
    let rejection = rejection(&gzip_bomb(64), &small());
    assert_eq!(
        "unpack too_large",
        format!("{} {}", rejection.stage.as_str(), rejection.reason.as_str())
    );
    assert_eq!("unpacks to more than 1048576 bytes (limit report_bytes)", rejection.detail);
}

/// A zip archive of a report and so many MiB of zeros.
pub(crate) fn zip_bomb(mib: usize) -> Vec<u8> {
    zip(&[Member::repeated("bomb.xml", &[(&[0; MIB], mib)]), Member::deflated("r.xml", good())])
}

/// The same without its directory, so that it has to be read from the start.
pub(crate) fn zip_bomb_without_directory(mib: usize) -> Vec<u8> {
    let bomb = Member::repeated("bomb.xml", &[(&[0; MIB], mib)]);
    [bomb.local(), Member::deflated("r.xml", good()).local()].concat()
}

#[test]
fn h02_a_zip_bomb_stops_at_the_limit_and_costs_its_neighbour_nothing() {
    for bomb in [zip_bomb(64), zip_bomb_without_directory(64)] {
        assert_eq!(vec!["unpack too_large", "accepted"], words_with(&bomb, &small()));
    }
}

/// An archive whose directory names one member so many times.
pub(crate) fn overlapping(entries: usize, kernel: &Member) -> Vec<u8> {
    let mut out = kernel.local();
    let start = u32::try_from(out.len()).unwrap();
    for number in 0..entries {
        let name = format!("{number:05}.xml").into_bytes();
        out.extend(Member { name, ..kernel.clone() }.entry(0));
    }
    let length = u32::try_from(out.len()).unwrap() - start;
    out.extend(trailer(u16::try_from(entries).unwrap(), length, start, b""));
    out
}

/// A report that packs badly, so that it is most of an archive.
pub(crate) fn noisy_member() -> Member {
    let comment = format!("<!-- {} --><record>", Noise::new().text(100_000));
    Member::deflated("00000.xml", good().replacen("<record>", &comment, 1))
}

#[test]
fn h03_members_that_overlap_are_read_a_few_times_at_most() {
    let found = tally(&overlapping(900, &noisy_member()), &Limits::default());
    let of = |word: &str| found.iter().find(|(found, _)| found == word).map_or(0, |(_, n)| *n);
    assert!((1..=16).contains(&of("accepted")), "{found:?}");
    assert!(of("unpack corrupt") + of("unpack too_large") > 0, "{found:?}");
}

/// A file wrapped in gzip so many times.
pub(crate) fn gzip_in_gzip(times: usize) -> Vec<u8> {
    (0..times).fold(good().into_bytes(), |inner, _| gz(inner))
}

/// Archives in archives in archives, `wide` of them in each.
pub(crate) fn zips_in_zips(deep: usize, wide: usize) -> Vec<u8> {
    (0..deep).fold(good().into_bytes(), |inner, level| {
        let member = |n| Member::deflated(&format!("{level}-{n}.zip"), &inner);
        zip(&(0..wide).map(member).collect::<Vec<_>>())
    })
}

#[test]
fn h04_archives_in_archives_end_at_the_third() {
    assert_eq!(vec!["accepted"], words(&gzip_in_gzip(3)));
    assert_eq!(vec!["unpack too_deep"], words(&gzip_in_gzip(4)));
    assert_eq!(vec!["unpack too_deep"], words(&gzip_in_gzip(200)));
    let found = tally(&zips_in_zips(5, 4), &Limits::default());
    assert_eq!(vec![("unpack too_deep".to_owned(), 64)], found);
    let few = Limits { archive_entries: 50, ..Limits::default() };
    let found = words_with(&zips_in_zips(3, 4), &few);
    assert_eq!("unpack too_many_parts", found.last().unwrap());
    assert!(found.len() <= 51, "{}", found.len());
}

/// An archive of so many empty members with names that no report has, and a report.
pub(crate) fn many_entries(count: usize) -> Vec<u8> {
    let empty = |n| Member::stored(&format!("folder-{n}/"), "");
    let mut members: Vec<Member> = (0..count).map(empty).collect();
    members.insert(0, Member::deflated("r.xml", good()));
    zip(&members)
}

#[test]
fn h05_members_are_counted_before_their_names_are_looked_at() {
    let rejection = quickly(|| rejection(&many_entries(66_000), &Limits::default()));
    assert_eq!(
        "unpack too_many_parts",
        format!("{} {}", rejection.stage.as_str(), rejection.reason.as_str())
    );
    assert!(rejection.detail.contains("limit archive_entries"), "{}", rejection.detail);
    assert_eq!(vec!["accepted"], words(&many_entries(999)));
    assert_eq!(vec!["unpack too_many_parts"], words(&many_entries(1_000)));
}

/// An archive of so many members, each of so many MiB of blanks after a report.
pub(crate) fn many_medium(count: usize, mib: usize) -> Vec<u8> {
    let member = |n| {
        let report = named(&format!("medium-{n}"));
        Member::repeated(&format!("{n}.xml"), &[(report.as_bytes(), 1), (&[b' '; MIB], mib)])
    };
    zip(&(0..count).map(member).collect::<Vec<_>>())
}

#[test]
fn h06_members_that_are_each_small_enough_share_one_total() {
    let limits = Limits { report_bytes: 2 * MIB, total_bytes: 5 * MIB, ..Limits::default() };
    let found = words_with(&many_medium(9, 1), &limits);
    assert_eq!(vec!["accepted", "accepted", "accepted", "accepted", "unpack too_large"], found);
}

/// Members that declare no bytes, few, and four gigabytes.
pub(crate) fn lying_sizes() -> Vec<u8> {
    let lies = [0, 1, u32::MAX - 1].map(|size| {
        let honest = Member::deflated(&format!("{size}.xml"), named(&format!("lie-{size}")));
        Member { size, ..honest }
    });
    zip(&[&lies[..], &[Member::deflated("honest.xml", good())]].concat())
}

/// A gzip file whose trailer says that it holds four gigabytes.
pub(crate) fn lying_gzip_size() -> Vec<u8> {
    let mut file = gz(good());
    let end = file.len();
    file[end - 4..].copy_from_slice(&u32::MAX.to_le_bytes());
    file
}

#[test]
fn h07_declared_sizes_are_not_believed() {
    let found = words(&lying_sizes());
    assert_eq!(4, found.len(), "{found:?}");
    assert_eq!("accepted", found[3]);
    assert!(
        found.iter().all(|word| ["accepted", "unpack corrupt"].contains(&word.as_str())),
        "{found:?}"
    );
    assert_eq!(vec!["unpack corrupt"], words(&lying_gzip_size()));
}

/// A member with a zip64 field in which all sizes and the offset are the largest there are.
pub(crate) fn zip64_without_end() -> Vec<u8> {
    let mut member = Member::deflated("r.xml", good());
    member.extra = [&[1, 0, 24, 0], &[0xff; 24][..]].concat();
    (member.size, member.packed) = (u32::MAX, u32::MAX);
    let local = Member::deflated("r.xml", good()).local();
    let directory = member.entry(u32::MAX);
    let (length, start) =
        (u32::try_from(directory.len()).unwrap(), u32::try_from(local.len()).unwrap());
    [local, directory, trailer(1, length, start, b"")].concat()
}

/// An archive whose comment is the trailer of another directory.
pub(crate) fn trailer_in_comment() -> Vec<u8> {
    let plain = zip(&[Member::deflated("r.xml", good())]);
    let end = plain.len();
    let comment = trailer(1, u32::MAX, u32::MAX, b"");
    [&plain[..end - 2], &u16::try_from(comment.len()).unwrap().to_le_bytes(), &comment].concat()
}

/// An archive with two trailers that contradict each other.
pub(crate) fn two_trailers() -> Vec<u8> {
    let plain = zip(&[Member::deflated("r.xml", good())]);
    [plain, trailer(u16::MAX, 0, 0, b"")].concat()
}

/// A zip64 trailer that points beyond everything.
pub(crate) fn zip64_trailer() -> Vec<u8> {
    let local = Member::deflated("r.xml", good()).local();
    let record =
        [b"PK\x06\x06", &44_u64.to_le_bytes()[..], &[45, 3, 45, 0], &[0; 8], &[0xff; 32]].concat();
    let start = local.len() as u64;
    let locator = [b"PK\x06\x07", &[0; 4][..], &start.to_le_bytes(), &[1, 0, 0, 0]].concat();
    [local, record, locator, trailer(u16::MAX, u32::MAX, u32::MAX, b"")].concat()
}

#[test]
fn h08_sizes_and_offsets_beyond_everything_are_errors() {
    for (name, bytes) in [
        ("zip64", zip64_without_end()),
        ("comment", trailer_in_comment()),
        ("two trailers", two_trailers()),
        ("zip64 trailer", zip64_trailer()),
    ] {
        let found = words(&bytes);
        let fine = |word: &String| ["accepted", "unpack corrupt"].contains(&word.as_str());
        assert!(!found.is_empty() && found.iter().all(fine), "{name}: {found:?}");
        assert!(found.iter().filter(|word| *word == "accepted").count() <= 1, "{name}: {found:?}");
    }
}

/// A member that needs a password, beside one that does not.
pub(crate) fn encrypted() -> Vec<u8> {
    let secret = Member { flags: 1, ..Member::stored("secret.xml", [7; 300]) };
    zip(&[secret, Member::deflated("r.xml", good())])
}

#[test]
fn h09_an_encrypted_member_is_rejected_and_its_neighbour_read() {
    assert_eq!(vec!["unpack encrypted", "accepted"], words(&encrypted()));
}

/// Members packed as deflate64, bzip2, lzma and zstd, beside a report.
pub(crate) fn other_methods() -> Vec<u8> {
    let of = |method: u16| Member { method, ..Member::stored(&format!("{method}.xml"), [7; 300]) };
    let mut members = [9, 12, 14, 93].map(of).to_vec();
    members.push(Member::deflated("r.xml", good()));
    zip(&members)
}

#[test]
fn h10_another_compression_is_rejected_and_named() {
    let unsupported = "unpack unsupported_compression";
    let expected = vec![unsupported, unsupported, unsupported, unsupported, "accepted"];
    assert_eq!(expected, words(&other_methods()));
    let traces = traces(&other_methods(), &Limits::default());
    let details: Vec<_> = traces.iter().map(|trace| format!("{:?}", trace.outcome)).collect();
    for (detail, name) in details.iter().zip(["method", "method", "method", "method"]) {
        assert!(detail.contains(name), "{detail}");
    }
}

/// Names that a path must not be made of, and a link.
pub(crate) fn bad_names() -> Vec<u8> {
    let mut members: Vec<Member> =
        NAMES.iter().map(|name| Member::deflated(name, named(&name.replace('\0', "")))).collect();
    let link = Member { attributes: 0o120_777 << 16, ..Member::stored("link.xml", "/etc/passwd") };
    members.push(link);
    zip(&members)
}

const NAMES: [&str; 6] =
    ["../../etc/x.xml", "C:\\x.xml", "/abs.xml", "nul\0.xml", "\\\\host\\share.xml", "CON"];

#[test]
fn h11_names_in_archives_are_only_shown() {
    let traces = traces(&bad_names(), &Limits::default());
    let parts: Vec<_> = traces.iter().map(|trace| trace.origin.part.as_str()).collect();
    assert_eq!(NAMES.to_vec(), parts);
    assert_eq!(6, reports(&bad_names()).len());
    for path in ["../../etc/x.xml", "/abs.xml", "C:\\x.xml", "CON"] {
        assert!(!std::path::Path::new(path).exists(), "{path} was written");
    }
}

/// Reports, a broken one and junk in one archive.
pub(crate) fn reports_and_junk() -> Vec<u8> {
    let cut = &good()[..good().len() / 2];
    zip(&[
        Member::deflated("a.xml", named("a")),
        Member::stored("noise.bin", [0xa5; 4_000]),
        Member::deflated("cut.xml", cut),
        Member::deflated("b.xml.gz", gz(named("b"))),
        Member::deflated("readme.txt", "These are reports.\n"),
        Member::stored("damaged.xml.gz", &gz(named("d"))[..100]),
        Member::deflated("c.xml", named("c")),
    ])
}

#[test]
fn h12_every_report_in_an_archive_is_read_whatever_lies_beside_it() {
    let expected = ["accepted", "xml truncated", "accepted", "unpack corrupt", "accepted"];
    assert_eq!(expected.to_vec(), words(&reports_and_junk()));
}

/// A report in a hundred members of a gzip file.
pub(crate) fn gzip_members() -> Vec<u8> {
    good().as_bytes().chunks(good().len() / 100 + 1).flat_map(gz).collect()
}

/// A report, and then something that is no gzip member, or a damaged one.
pub(crate) fn gzip_and(after: &[u8]) -> Vec<u8> {
    [&gz(good())[..], after].concat()
}

#[test]
fn h13_all_members_of_a_gzip_file_are_one_report() {
    assert_eq!(vec!["accepted"], words(&gzip_members()));
    for after in [&b"\r\n"[..], b"\0\0\0\0", b"garbage", b"\x1f\x8bgarbage"] {
        let found = words(&gzip_and(after));
        assert_eq!(vec!["accepted trailing_bytes"], found, "{}", after.escape_ascii());
    }
    let limits = Limits { gzip_members: 50, ..Limits::default() };
    assert_eq!(vec!["unpack too_many_parts"], words_with(&gzip_members(), &limits));
}

/// A report that is cut off, at so many bytes before its end.
pub(crate) fn cut_gzip(before_end: usize) -> Vec<u8> {
    let mut whole = gz(good());
    whole.truncate(whole.len() - before_end);
    whole
}

#[test]
fn h14_a_damaged_gzip_file_is_never_half_a_report() {
    for before_end in [1, 4, 8, 9, 50, 200] {
        assert_eq!(vec!["unpack corrupt"], words(&cut_gzip(before_end)), "{before_end}");
    }
    let whole = gz(good());
    for at in [whole.len() - 1, whole.len() - 8, whole.len() / 2] {
        let mut bad = whole.clone();
        bad[at] ^= 0x55;
        assert_eq!(vec!["unpack corrupt"], words(&bad), "byte {at}");
    }
}

/// Optional gzip fields that fill the file: a name without end.
pub(crate) fn endless_gzip_name(bytes: usize) -> Vec<u8> {
    [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3][..], &vec![b'n'; bytes]].concat()
}

/// The same with a comment and an end.
pub(crate) fn long_gzip_comment(bytes: usize) -> Vec<u8> {
    let builder = GzBuilder::new().comment(vec![b'c'; bytes]).extra(vec![7; 65_000]);
    let mut encoder = builder.write(Vec::new(), Compression::fast());
    encoder.write_all(good().as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn h15_long_fields_of_gzip_are_no_way_around_the_limits() {
    assert_eq!(vec!["unpack corrupt"], words(&endless_gzip_name(2 * MIB)));
    let found = words(&long_gzip_comment(2 * MIB));
    assert!(found == ["accepted"] || found == ["unpack corrupt"], "{found:?}");
    assert_eq!(vec!["accepted"], words(&long_gzip_comment(50)));
}

#[test]
fn h16_nothing_and_unused_are_empty() {
    let nothing: [&[u8]; 6] =
        [b"", b" \r\n\t", b"\xef\xbb\xbf", b"unused", b"\nunused\r\n", &[b' '; 5_000]];
    for bytes in nothing {
        assert_eq!(vec!["skipped empty"], words(bytes), "{}", bytes.escape_ascii());
        assert_eq!(vec!["skipped empty"], words(&gz(bytes)), "{}", bytes.escape_ascii());
        let inside = zip(&[Member::stored("r.xml", bytes)]);
        assert_eq!(vec!["skipped empty"], words(&inside), "{}", bytes.escape_ascii());
    }
    assert_eq!(vec!["skipped empty"], words(&zip(&[])));
}
