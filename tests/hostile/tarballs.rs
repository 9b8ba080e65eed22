//! Tar archives, which are read like zip: H3 to H7, H11 and H12 once more.

use ruaudit::decode::Limits;

use crate::build::gz;
use crate::judge::{quickly, words, words_with};
use crate::report::{good, named};

/// A member: its header, its content and what fills the last block. `size` is what it declares.
pub(crate) fn member(name: &str, kind: u8, size: &[u8; 12], content: &[u8]) -> Vec<u8> {
    let mut head = [0; 512];
    head[..name.len()].copy_from_slice(name.as_bytes());
    head[100..108].copy_from_slice(b"0000644\0");
    head[108..124].copy_from_slice(b"0000000\x000000000\0");
    head[124..136].copy_from_slice(size);
    head[136..148].copy_from_slice(b"00000000000\0");
    head[148..156].copy_from_slice(b"        ");
    head[156] = kind;
    head[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    [&head[..], content, &vec![0; content.len().next_multiple_of(512) - content.len()]].concat()
}

/// A size as tar writes it.
pub(crate) fn octal(size: usize) -> [u8; 12] {
    let text = format!("{size:011o}\0");
    text.as_bytes().try_into().unwrap()
}

/// A plain file.
pub(crate) fn plain(name: &str, content: impl AsRef<[u8]>) -> Vec<u8> {
    member(name, b'0', &octal(content.as_ref().len()), content.as_ref())
}

/// An archive of members.
pub(crate) fn tar(members: &[Vec<u8>]) -> Vec<u8> {
    [members.concat(), vec![0; 1_024]].concat()
}

/// Reports, a link, a device and a broken report.
pub(crate) fn reports_and_junk() -> Vec<u8> {
    tar(&[
        plain("../../etc/a.xml", named("a")),
        member("link", b'2', &octal(0), b""),
        member("zero", b'3', &octal(0), b""),
        member("folder/", b'5', &octal(0), b""),
        plain("cut.xml", &good().as_bytes()[..400]),
        plain("b.xml.gz", gz(named("b"))),
    ])
}

#[test]
fn h12_every_report_in_a_tar_archive_is_read() {
    let expected = vec!["accepted", "xml truncated", "accepted"];
    assert_eq!(expected, words(&reports_and_junk()));
    assert_eq!(expected, words(&gz(reports_and_junk())));
}

/// A member that declares eight gigabytes, or all that sixty-four bits can say.
pub(crate) fn lying_size(base256: bool) -> Vec<u8> {
    let mut size = *b"77777777777\0";
    if base256 {
        size = [0xff; 12];
        size[0] = 0x80;
    }
    tar(&[plain("a.xml", named("a")), member("b.xml", b'0', &size, named("b").as_bytes())])
}

#[test]
fn h07_sizes_declared_in_a_tar_archive_are_not_believed() {
    for base256 in [false, true] {
        let found = words(&lying_size(base256));
        assert_eq!(vec!["accepted", "unpack corrupt"], found, "{base256}");
    }
}

/// An archive of so many members.
pub(crate) fn many_members(count: usize) -> Vec<u8> {
    let mut members = vec![plain("r.xml", good())];
    members.extend((0..count).map(|n| member(&format!("folder-{n}/"), b'5', &octal(0), b"")));
    tar(&members)
}

#[test]
fn h05_members_of_a_tar_archive_are_counted() {
    let found = quickly(|| words(&many_members(20_000)));
    assert_eq!("unpack too_many_parts", found.last().unwrap());
    assert!(found.len() <= 2, "{found:?}");
}

/// Long names of long names, each of so many bytes (GNU `L`, pax `x` and `g`).
pub(crate) fn long_names(count: usize, bytes: usize) -> Vec<u8> {
    let kinds = [b'L', b'K', b'x', b'g'];
    let name = "n".repeat(bytes);
    let of = |n: usize| member("././@LongLink", kinds[n % 4], &octal(bytes), name.as_bytes());
    let mut members: Vec<_> = (0..count).map(of).collect();
    members.push(plain("r.xml", good()));
    tar(&members)
}

#[test]
fn h15_long_names_in_a_tar_archive_are_no_way_around_the_limits() {
    let found = quickly(|| words(&long_names(8, 100_000)));
    assert!(found == ["accepted"] || found == ["unpack corrupt"], "{found:?}");
    let few = Limits { archive_entries: 10, ..Limits::default() };
    let found = quickly(|| words_with(&long_names(100, 1_000), &few));
    assert!(found.len() <= 2, "{found:?}");
}

#[test]
fn h14_a_tar_archive_that_is_cut_off_says_so_and_costs_no_whole_member() {
    let whole = tar(&[plain("a.xml", named("a")), plain("b.xml", named("b"))]);
    let first = plain("a.xml", named("a")).len();
    let found = words(&whole[..first + 512 + 100]);
    assert_eq!(vec!["accepted", "unpack corrupt"], found);
}
