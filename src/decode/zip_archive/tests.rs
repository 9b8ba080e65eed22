//! Archives as they should be, as they are, and as an attacker makes them.

use std::io::Write;

use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;
use crate::decode::limits::Limits;

/// An archive of named contents, deflated.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

type Read = Vec<(Option<String>, Result<Vec<u8>, Reason>)>;

fn read_with(bytes: &[u8], limits: &Limits) -> Result<Read, Reason> {
    let mut budget = Budget::new(limits);
    let mut members = Members::open(bytes, &budget).map_err(|rejection| rejection.reason)?;
    let next = || members.next(&mut budget);
    Ok(std::iter::from_fn(next)
        .map(|member| (member.name, member.content.map_err(|rejection| rejection.reason)))
        .collect())
}

fn read_all(bytes: &[u8]) -> Result<Read, Reason> {
    read_with(bytes, &Limits::default())
}

fn file(name: &str, content: &[u8]) -> (Option<String>, Result<Vec<u8>, Reason>) {
    (Some(name.into()), Ok(content.to_vec()))
}

fn failed(name: &str, reason: Reason) -> (Option<String>, Result<Vec<u8>, Reason>) {
    (Some(name.into()), Err(reason))
}

/// Where the directory's first entry, or the trailer, stands.
fn find(bytes: &[u8], magic: &[u8]) -> usize {
    memmem::rfind(bytes, magic).unwrap()
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

/// Sets a field in the local header and in the directory of a one-member archive.
fn put_both(bytes: &mut [u8], local: usize, central: usize, what: &[u8]) {
    put(bytes, local, what);
    let directory = find(bytes, DIRECTORY_MAGIC);
    put(bytes, directory + central, what);
}

#[test]
fn files_are_read_in_order_and_folders_and_links_are_not() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer.add_directory("folder", options).unwrap();
    writer.add_symlink("link", "/etc/passwd", options).unwrap();
    writer.start_file("folder/b.xml", options).unwrap();
    writer.write_all(b"b").unwrap();
    writer.start_file("a.xml", options.compression_method(CompressionMethod::Stored)).unwrap();
    writer.write_all(b"a").unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(Ok(vec![file("folder/b.xml", b"b"), file("a.xml", b"a")]), read_all(&bytes));
}

#[test]
fn names_are_given_as_they_stand() {
    let long = "x".repeat(5000);
    for name in ["../../etc/x.xml", "C:\\x.xml", "/abs.xml", "a\0b.xml", "\u{1b}[2J", &long] {
        assert_eq!(Ok(vec![file(name, b"r")]), read_all(&archive(&[(name, b"r")])));
    }
}

#[test]
fn an_empty_archive_holds_nothing() {
    assert_eq!(Ok(vec![]), read_all(&archive(&[])));
}

#[test]
fn what_stands_around_an_archive_is_passed_over() {
    let plain = archive(&[("a", b"one")]);
    for (before, after) in [("", "\r\n"), ("junk", ""), ("PK\x03\x04junk", "")] {
        let bytes = [before.as_bytes(), &plain, after.as_bytes()].concat();
        assert_eq!(Ok(vec![file("a", b"one")]), read_all(&bytes), "{before:?} {after:?}");
    }
    let far = [plain, vec![b'x'; 70_000]].concat();
    assert_eq!(Ok(vec![file("a", b"one")]), read_all(&far));
}

#[test]
fn two_archives_in_a_row_are_both_read() {
    let bytes = [archive(&[("a", b"one")]), archive(&[("b", b"two")])].concat();
    assert_eq!(Ok(vec![file("a", b"one"), file("b", b"two")]), read_all(&bytes));
}

#[test]
fn a_damaged_directory_is_done_without() {
    let whole = archive(&[("a", b"one"), ("b", b"two")]);
    let directory = memmem::find(&whole, DIRECTORY_MAGIC).unwrap();
    let both = Ok(vec![file("a", b"one"), file("b", b"two")]);
    for cut in directory + 4..whole.len() {
        assert_eq!(both, read_all(&whole[..cut]), "cut at {cut}");
    }
    let mut miscounted = whole.clone();
    let trailer = find(&whole, b"PK\x05\x06");
    for count in [[0, 0], [5, 0], [255, 255]] {
        put(&mut miscounted, trailer + 8, &count);
        put(&mut miscounted, trailer + 10, &count);
        assert_eq!(both, read_all(&miscounted), "{count:?}");
    }
}

#[test]
fn an_archive_cut_in_a_member_is_corrupt() {
    let whole = archive(&[("a", b"one"), ("b", b"two")]);
    let directory = memmem::find(&whole, DIRECTORY_MAGIC).unwrap();
    for cut in 4..directory {
        let found = read_all(&whole[..cut]).unwrap();
        assert_eq!(Some(Err(Reason::Corrupt)), found.last().map(|(_, r)| r.clone()), "{cut}");
        assert_eq!(1, found.iter().filter(|(_, content)| content.is_err()).count(), "{cut}");
        for (_, content) in found.into_iter().filter(|(_, content)| content.is_ok()) {
            assert!([b"one", b"two"].contains(&&content.unwrap()[..].try_into().unwrap()));
        }
    }
}

#[test]
fn members_with_one_name_are_all_read() {
    let mut bytes = archive(&[("a", b"one"), ("b", b"two")]);
    for at in memmem::find_iter(&bytes.clone(), b"b").collect::<Vec<_>>() {
        bytes[at] = b'a';
    }
    assert_eq!(Ok(vec![file("a", b"one"), file("a", b"two")]), read_all(&bytes));
}

#[test]
fn damage_costs_its_member_only() {
    let mut bytes = archive(&[("a", b"one"), ("b", b"two")]);
    let first_crc = memmem::find(&bytes, DIRECTORY_MAGIC).unwrap() + 16;
    bytes[first_crc] ^= 1;
    assert_eq!(Ok(vec![failed("a", Reason::Corrupt), file("b", b"two")]), read_all(&bytes));
}

#[test]
fn what_cannot_be_read_says_why() {
    let mut bytes = archive(&[("a", b"one")]);
    put_both(&mut bytes, 6, 8, &[1, 0]);
    assert_eq!(Ok(vec![failed("a", Reason::Encrypted)]), read_all(&bytes));
    for method in [1, 9, 12, 14, 77, 93, 98] {
        let mut bytes = archive(&[("a", b"one")]);
        put_both(&mut bytes, 8, 10, &[method, 0]);
        let limits = Limits::default();
        let mut budget = Budget::new(&limits);
        let member = Members::open(&bytes, &budget).unwrap().next(&mut budget).unwrap();
        let rejection = member.content.unwrap_err();
        assert_eq!(Reason::UnsupportedCompression, rejection.reason);
        assert!(rejection.detail.contains(&format!("method {method};")), "{}", rejection.detail);
    }
}

#[test]
fn what_cannot_be_read_says_why_without_a_directory_too() {
    let cut = |mut bytes: Vec<u8>| {
        bytes.truncate(find(&bytes, b"PK\x05\x06"));
        bytes
    };
    let mut bytes = cut(archive(&[("a", b"one")]));
    put(&mut bytes, 8, &[12, 0]);
    assert_eq!(Ok(vec![failed("a", Reason::UnsupportedCompression)]), read_all(&bytes));
    let mut bytes = cut(archive(&[("a", b"one")]));
    put(&mut bytes, 6, &[1, 0]);
    assert_eq!(Ok(vec![(None, Err(Reason::Encrypted))]), read_all(&bytes));
}

#[test]
fn declared_sizes_are_not_believed() {
    let content = b"some text some text some text";
    for size in [0_u32, 10, 5_000_000, u32::MAX - 1, u32::MAX] {
        let mut bytes = archive(&[("a", content)]);
        let directory = find(&bytes, DIRECTORY_MAGIC);
        put(&mut bytes, directory + 24, &size.to_le_bytes());
        let found = read_all(&bytes);
        let whole = Ok(vec![file("a", content)]);
        assert!(found == whole || found == Ok(vec![failed("a", Reason::Corrupt)]), "{found:?}");
    }
}

#[test]
fn a_bomb_stops_at_the_limit_and_the_others_are_read() {
    let bytes = archive(&[("bomb", &vec![0; 4 << 20]), ("a", b"one")]);
    let limits = Limits { report_bytes: 1 << 20, ..Limits::default() };
    let expected = vec![failed("bomb", Reason::TooLarge), file("a", b"one")];
    assert_eq!(Ok(expected), read_with(&bytes, &limits));
}

#[test]
fn the_total_of_all_members_is_bounded() {
    let medium = vec![0; 1 << 20];
    let bytes = archive(&[("a", &medium), ("b", &medium), ("c", &medium), ("d", &medium)]);
    let limits = Limits { total_bytes: 5 << 19, ..Limits::default() };
    let reasons: Vec<_> =
        read_with(&bytes, &limits).unwrap().into_iter().map(|(_, c)| c.err()).collect();
    assert_eq!(vec![None, None, Some(Reason::TooLarge)], reasons);
}

#[test]
fn overlapping_members_are_refused_beyond_the_size_of_the_archive() {
    let noise: Vec<u8> = (0..40_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
    let mut bytes = archive(&[("a", &noise)]);
    let (directory, trailer) = (find(&bytes, DIRECTORY_MAGIC), find(&bytes, b"PK\x05\x06"));
    let (entry, mut end) = (bytes[directory..trailer].to_vec(), bytes[trailer..].to_vec());
    bytes.truncate(directory);
    for index in 0..20_u8 {
        let mut entry = entry.clone();
        entry[46] = b'A' + index;
        bytes.extend(entry);
    }
    put(&mut end, 8, &[20, 0, 20, 0]);
    put(&mut end, 12, &(20 * entry.len() as u32).to_le_bytes());
    bytes.extend(end);
    let found = read_all(&bytes).unwrap();
    let refused = found.iter().filter(|(_, content)| content.is_err()).count();
    assert!(found.len() < 8 && refused == 1, "{refused} of {}", found.len());
    assert!(found[found.len() - 1].1.is_err());
}

#[test]
fn entries_are_counted_before_the_directory_is_read() {
    let names: Vec<_> = (0..20).map(|index| index.to_string()).collect();
    let members: Vec<_> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let bytes = archive(&members);
    let limits = |archive_entries| Limits { archive_entries, ..Limits::default() };
    assert_eq!(Err(Reason::TooManyParts), read_with(&bytes, &limits(19)));
    assert_eq!(Ok(20), read_with(&bytes, &limits(20)).map(|found| found.len()));
    let directory = memmem::find(&bytes, DIRECTORY_MAGIC).unwrap();
    let found = read_with(&bytes[..directory], &limits(3)).unwrap();
    assert_eq!(4, found.len());
    assert_eq!(Some((None, Err(Reason::TooManyParts))), found.last().cloned());
}

#[test]
fn a_directory_of_bulky_fields_is_refused() {
    let entry = [DIRECTORY_MAGIC, &[0; 24], &[255; 6], &[0; 12], &vec![0; 3 * 65_535][..]].concat();
    let bytes = [&b"PK\x03\x04"[..], &entry.repeat(30)].concat();
    assert_eq!(Err(Reason::Corrupt), read_all(&bytes));
}

/// One stored member with an extra field of these 64-bit numbers in the directory, which the 32-bit
/// fields refer to: size, compressed size and offset.
fn zip64(numbers: [u64; 3]) -> Vec<u8> {
    let mut bytes = archive(&[("a", b"some text some text some text")]);
    let (directory, trailer) = (find(&bytes, DIRECTORY_MAGIC), find(&bytes, b"PK\x05\x06"));
    for at in [20, 24, 42] {
        put(&mut bytes, directory + at, &[0xff; 4]);
    }
    put(&mut bytes, directory + 30, &28_u16.to_le_bytes());
    let field = [1_u16, 24].into_iter().flat_map(u16::to_le_bytes);
    let field: Vec<u8> = field.chain(numbers.into_iter().flat_map(u64::to_le_bytes)).collect();
    let length = (trailer - directory + field.len()) as u32;
    put(&mut bytes, trailer + 12, &length.to_le_bytes());
    bytes.splice(directory + 47..directory + 47, field);
    bytes
}

#[test]
fn numbers_of_64_bits_are_read_and_not_believed() {
    let content = b"some text some text some text";
    let plain = archive(&[("a", content)]);
    let compressed = u64::from(plain[find(&plain, DIRECTORY_MAGIC) + 20]);
    assert_eq!(Ok(vec![file("a", content)]), read_all(&zip64([29, compressed, 0])));
    for numbers in [
        [u64::MAX, compressed, 0],
        [29, u64::MAX, 0],
        [29, compressed, u64::MAX],
        [u64::MAX; 3],
        [1 << 62, 1 << 62, 1 << 62],
    ] {
        let whole = vec![file("a", content)];
        let found = read_all(&zip64(numbers)).unwrap_or_default();
        let is_corrupt = |(_, content): &(_, Result<Vec<u8>, _>)| *content == Err(Reason::Corrupt);
        assert!(found == whole || found.iter().all(is_corrupt), "{numbers:?}: {found:?}");
    }
}

#[test]
fn a_trailer_in_a_comment_or_a_second_one_hides_no_member() {
    let plain = archive(&[("a", b"one")]);
    let trailer = find(&plain, b"PK\x05\x06");
    let empty = archive(&[]);
    let mut commented = plain.clone();
    put(&mut commented, trailer + 20, &(empty.len() as u16).to_le_bytes());
    commented.extend(&empty);
    let mut pointing = plain[trailer..].to_vec();
    put(&mut pointing, 16, &[0xff; 4]);
    let twice = [&plain[..], &plain[trailer..]].concat();
    for bytes in [commented, [&plain[..], &empty].concat(), [&plain[..], &pointing].concat(), twice]
    {
        assert_eq!(Ok(vec![file("a", b"one")]), read_all(&bytes));
    }
}

#[test]
fn a_trailer_of_64_bits_that_points_nowhere_costs_nothing() {
    let plain = archive(&[("a", b"one")]);
    let trailer = find(&plain, b"PK\x05\x06");
    for number in [0, 1, u64::MAX, 1 << 63, plain.len() as u64] {
        let record = [&b"PK\x06\x06"[..], &44_u64.to_le_bytes(), &[45, 0, 45, 0], &[0; 8]].concat();
        let record = [record, number.to_le_bytes().repeat(4)].concat();
        let locator = [&b"PK\x06\x07\0\0\0\0"[..], &number.to_le_bytes(), &[1, 0, 0, 0]].concat();
        let mut end = plain[trailer..].to_vec();
        put(&mut end, 8, &[0xff; 12]);
        let bytes = [&plain[..trailer], &record, &locator, &end].concat();
        assert_eq!(Ok(vec![file("a", b"one")]), read_all(&bytes), "{number}");
    }
}
