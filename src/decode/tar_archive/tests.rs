//! Archives as programs write them, as accidents cut them and as an attacker makes them.

use tar::Builder;

use super::*;
use crate::decode::limits::Limits;

type Read = Vec<(Option<String>, Result<Vec<u8>, Reason>)>;

fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header
}

/// An archive of named contents.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = header(EntryType::Regular, content.len() as u64);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// One header with its checksum, as it stands in an archive.
fn raw(mut header: Header) -> Vec<u8> {
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn read_with(bytes: &[u8], limits: &Limits) -> Read {
    let mut budget = Budget::new(limits);
    let mut members = Members::open(bytes);
    let next = || members.next(&mut budget);
    std::iter::from_fn(next)
        .map(|member| (member.name, member.content.map_err(|rejection| rejection.reason)))
        .collect()
}

fn read_all(bytes: &[u8]) -> Read {
    read_with(bytes, &Limits::default())
}

fn file(name: &str, content: &[u8]) -> (Option<String>, Result<Vec<u8>, Reason>) {
    (Some(name.into()), Ok(content.to_vec()))
}

const BROKEN: (Option<String>, Result<Vec<u8>, Reason>) = (None, Err(Reason::Corrupt));

#[test]
fn files_are_read_in_order_and_all_else_is_passed_over() {
    let mut builder = Builder::new(Vec::new());
    for (kind, name) in [
        (EntryType::Directory, "folder/"),
        (EntryType::Fifo, "pipe"),
        (EntryType::Char, "tty"),
        (EntryType::Block, "disk"),
    ] {
        builder.append_data(&mut header(kind, 0), name, &b""[..]).unwrap();
    }
    for kind in [EntryType::Symlink, EntryType::Link] {
        builder.append_link(&mut header(kind, 0), "link", "/etc/passwd").unwrap();
    }
    let mut plain = header(EntryType::Regular, 1);
    builder.append_data(&mut plain, "folder/b.xml", &b"b"[..]).unwrap();
    builder.append_data(&mut plain, "a.xml", &b"a"[..]).unwrap();
    let bytes = builder.into_inner().unwrap();
    assert_eq!(vec![file("folder/b.xml", b"b"), file("a.xml", b"a")], read_all(&bytes));
}

#[test]
fn an_empty_archive_and_empty_members_are_read() {
    assert_eq!(Read::new(), read_all(&archive(&[])));
    assert_eq!(
        vec![file("a", b""), file("b", b"x")],
        read_all(&archive(&[("a", b""), ("b", b"x")]))
    );
}

#[test]
fn long_names_of_both_kinds_belong_to_the_next_member_only() {
    let long = format!("{}!acme.example.xml", "x".repeat(150));
    let bytes = archive(&[(&long, b"one"), ("b", b"two")]);
    assert_eq!(vec![file(&long, b"one"), file("b", b"two")], read_all(&bytes));
    let mut builder = Builder::new(Vec::new());
    builder.append_pax_extensions([("mtime", &b"1.5"[..]), ("path", long.as_bytes())]).unwrap();
    for name in ["short", "b"] {
        let mut header = header(EntryType::Regular, 3);
        builder.append_data(&mut header, name, &b"abc"[..]).unwrap();
    }
    let bytes = builder.into_inner().unwrap();
    assert_eq!(vec![file(&long, b"abc"), file("b", b"abc")], read_all(&bytes));
}

#[test]
fn names_are_given_as_they_stand() {
    for name in ["../../etc/x.xml", "/abs.xml", "C:\\x.xml", "\u{1b}[2J"] {
        let mut header = header(EntryType::Regular, 1);
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        let bytes = [raw(header), vec![b'r'], vec![0; 511 + 1024]].concat();
        assert_eq!(vec![file(name, b"r")], read_all(&bytes));
    }
}

#[test]
fn an_archive_cut_anywhere_is_corrupt_after_its_whole_members() {
    let whole = archive(&[("a", b"one"), ("b", &[7; 700])]);
    let members = [file("a", b"one"), file("b", &[7; 700])];
    for cut in 1..whole.len() - 1024 {
        let complete = usize::from(cut >= 515) + usize::from(cut >= 1024 + 512 + 700);
        let expected = [&members[..complete], &[BROKEN]].concat();
        assert_eq!(expected, read_all(&whole[..cut]), "cut at {cut}");
    }
    for cut in whole.len() - 1023..whole.len() {
        assert_eq!(members.to_vec(), read_all(&whole[..cut]), "cut at {cut}");
    }
}

#[test]
fn what_follows_the_end_mark_is_read_if_it_is_an_archive() {
    let one = archive(&[("a", b"one")]);
    for after in [&b"\r\n"[..], b"garbage", &[b'x'; 2000]] {
        assert_eq!(vec![file("a", b"one")], read_all(&[&one, after].concat()));
    }
    let two = [one, archive(&[("b", b"two")])].concat();
    assert_eq!(vec![file("a", b"one"), file("b", b"two")], read_all(&two));
}

#[test]
fn a_header_that_is_damaged_ends_it() {
    let mut bytes = archive(&[("a", b"one"), ("b", b"two")]);
    bytes[1024] ^= 1;
    assert_eq!(vec![file("a", b"one"), BROKEN], read_all(&bytes));
}

#[test]
fn declared_sizes_are_not_believed() {
    for size in [1 << 20, 1 << 40, 1 << 62, u64::MAX - 600, u64::MAX] {
        let bytes = [raw(header(EntryType::Regular, size)), vec![0; 4096]].concat();
        assert_eq!(vec![BROKEN], read_all(&bytes), "{size}");
    }
}

#[test]
fn a_name_of_many_megabytes_is_cut_and_costs_one_look() {
    let size = 10 << 20;
    let mut bytes = raw(header(EntryType::GNULongName, size));
    bytes.extend(vec![b'n'; usize::try_from(size).unwrap()]);
    let member = archive(&[("a", b"one")]);
    let found = read_all(&[bytes.clone(), member.clone()].concat());
    assert_eq!(vec![file(&"n".repeat(NAME_BYTES), b"one")], found);
    bytes[156] = b'x';
    let mut pax = header(EntryType::XHeader, size);
    pax.set_cksum();
    bytes[..BLOCK].copy_from_slice(pax.as_bytes());
    assert_eq!(vec![file("a", b"one")], read_all(&[bytes, member].concat()));
}

/// A sparse member that says it is this large, with one further map and 512 bytes of content.
fn sparse_member(real_size: &[u8; 12]) -> Vec<u8> {
    let mut sparse = header(EntryType::GNUSparse, 512);
    sparse.as_gnu_mut().unwrap().realsize = *real_size;
    sparse.as_gnu_mut().unwrap().isextended = [1];
    let mut map = vec![b'7'; 504];
    map.resize(BLOCK, 0);
    [raw(sparse), map, vec![b'd'; BLOCK]].concat()
}

#[test]
fn a_sparse_member_is_refused_whatever_it_claims_and_costs_its_neighbours_nothing() {
    let mut huge = [0; 12];
    huge[0] = 0x80;
    huge[4] = 0x40;
    let bytes = [sparse_member(&huge), archive(&[("a", b"one")])].concat();
    let found = read_all(&bytes);
    let expected = (Some(String::new()), Err(Reason::UnsupportedCompression));
    assert_eq!(vec![expected, file("a", b"one")], found);
    assert_eq!(vec![BROKEN], read_all(&sparse_member(&huge)[..700]));
}

#[test]
fn bombs_and_floods_stop_at_the_limits() {
    let bytes = archive(&[("a", &[0; 3000]), ("b", b"two"), ("c", &[0; 2000])]);
    let limits = Limits { report_bytes: 2500, ..Limits::default() };
    let expected =
        vec![(Some("a".into()), Err(Reason::TooLarge)), file("b", b"two"), file("c", &[0; 2000])];
    assert_eq!(expected, read_with(&bytes, &limits));
    let limits = Limits { archive_entries: 2, ..Limits::default() };
    let expected = [file("a", &[0; 3000]), file("b", b"two"), (None, Err(Reason::TooManyParts))];
    assert_eq!(expected.to_vec(), read_with(&bytes, &limits));
    let folders = raw(header(EntryType::Directory, 0)).repeat(50);
    let limits = Limits { archive_entries: 49, ..Limits::default() };
    assert_eq!(vec![(None, Err(Reason::TooManyParts))], read_with(&folders, &limits));
}

proptest::proptest! {
    #[test]
    fn a_mutated_archive_ends(
        changes in proptest::collection::vec((0_usize..4096, proptest::num::u8::ANY), 1..20),
    ) {
        let mut bytes = archive(&[("a", b"one"), (&"x".repeat(120), &[7; 700])]);
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        proptest::prop_assert!(read_all(&bytes).len() < 20);
    }
}
