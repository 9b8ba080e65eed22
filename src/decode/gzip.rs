//! **Gzip** (RFC 1952): one file, in one or several members. In: the bytes of the file. Out: what
//! all members hold together, and how much follows them.
//!
//! Refuses what is damaged or cut off, even if some of it came out: a prefix of a report would pass
//! for the whole one. Blanks before the file are passed over; so is anything after its last member,
//! but that is counted.

use std::io;

use flate2::bufread::GzDecoder;

use super::budget::{Budget, Stop};
use crate::model::{Reason, Rejection, Stage};

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What a gzip file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unpacked {
    /// What its members hold, one after another.
    pub bytes: Vec<u8>,
    /// How many bytes follow the last whole member.
    pub trailing: usize,
}

/// Unpacks all members of a gzip file.
pub(super) fn unpack(file: &[u8], budget: &mut Budget<'_>) -> Result<Unpacked, Rejection> {
    let mut rest = file.trim_ascii_start();
    let mut bytes = Vec::with_capacity(first_guess(rest.len()));
    let mut members = 0;
    while rest.starts_with(&MAGIC) {
        if members == budget.limits.gzip_members {
            return Err(too_many(members));
        }
        let before = bytes.len();
        let mut decoder = GzDecoder::new(rest);
        let result = budget.read(&mut decoder, &mut bytes);
        let after = decoder.into_inner();
        match result {
            Ok(()) => members += 1,
            Err(Stop::Over(rejection)) => return Err(rejection),
            // Bytes after a whole member that only look like another one.
            Err(Stop::Damaged(_)) if members > 0 && bytes.len() == before => break,
            Err(Stop::Damaged(error)) => return Err(corrupt(&error, file.len() - after.len())),
        }
        rest = after;
    }
    Ok(Unpacked { bytes, trailing: rest.len() })
}

/// Reports shrink to a twelfth. What a trailer says of the size is the sender's word, so not asked.
fn first_guess(compressed: usize) -> usize {
    const RATIO: usize = 16;
    const CAP: usize = 256 << 10;
    compressed.saturating_mul(RATIO).min(CAP)
}

fn too_many(members: usize) -> Rejection {
    let detail = format!("more than {members} gzip members (limit gzip_members)");
    Rejection::new(Stage::Unpack, Reason::TooManyParts, detail)
}

fn corrupt(error: &io::Error, position: usize) -> Rejection {
    Rejection::new(Stage::Unpack, Reason::Corrupt, format!("gzip: {error}")).at(position as u64)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder};

    use super::*;
    use crate::decode::limits::Limits;

    fn gz(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzBuilder::new().write(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(file: &[u8]) -> Result<Vec<u8>, Rejection> {
        with_trailing(file).map(|(bytes, _)| bytes)
    }

    fn with_trailing(file: &[u8]) -> Result<(Vec<u8>, usize), Rejection> {
        let limits = Limits::default();
        let unpacked = unpack(file, &mut Budget::new(&limits))?;
        Ok((unpacked.bytes, unpacked.trailing))
    }

    fn reason(file: &[u8], limits: &Limits) -> Reason {
        unpack(file, &mut Budget::new(limits)).unwrap_err().reason
    }

    #[test]
    fn all_members_are_read() {
        let file = [gz(b"one "), gz(b"two")].concat();
        assert_eq!(Ok(b"one two".to_vec()), unpacked(&file));
    }

    #[test]
    fn blanks_before_and_anything_after_are_passed_over_and_what_is_after_is_counted() {
        for (before, after) in [("", "\r\n"), ("\r\n", ""), ("", "\0\0\0"), (" ", "garbage")] {
            let file = [before.as_bytes(), &gz(b"whole"), after.as_bytes()].concat();
            let expected = Ok((b"whole".to_vec(), after.len()));
            assert_eq!(expected, with_trailing(&file), "{before:?} {after:?}");
        }
    }

    #[test]
    fn garbage_that_looks_like_a_member_costs_no_whole_one() {
        for garbage in [&b"\x1f\x8bgarbage"[..], b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff"]
        {
            let file = [gz(b"whole"), garbage.to_vec()].concat();
            assert_eq!(Ok((b"whole".to_vec(), garbage.len())), with_trailing(&file));
        }
    }

    #[test]
    fn a_second_member_that_breaks_off_is_corrupt() {
        let second = gz(&b"0123456789abcdef".repeat(99));
        let file = [gz(b"whole"), second[..second.len() - 4].to_vec()].concat();
        assert_eq!(Reason::Corrupt, reason(&file, &Limits::default()));
    }

    #[test]
    fn a_damaged_file_is_corrupt_and_says_where() {
        let whole = gz(&b"some text that is worth compressing ".repeat(40));
        for cut in 2..whole.len() {
            let rejection = unpacked(&whole[..cut]).unwrap_err();
            assert_eq!((Stage::Unpack, Reason::Corrupt), (rejection.stage, rejection.reason));
            assert!(rejection.position.unwrap() <= cut as u64);
        }
        for at in [whole.len() - 1, whole.len() - 8] {
            let mut bad = whole.clone();
            bad[at] ^= 0x55;
            assert_eq!(Reason::Corrupt, reason(&bad, &Limits::default()), "byte {at}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = gz(&vec![0; 4 << 20]);
        let limits = Limits { report_bytes: 1 << 20, ..Limits::default() };
        assert_eq!(Reason::TooLarge, reason(&bomb, &limits));
        let limits = Limits { total_bytes: 1 << 20, ..Limits::default() };
        assert_eq!(Reason::TooLarge, reason(&bomb, &limits));
    }

    #[test]
    fn members_share_one_limit_and_are_counted() {
        let limits = Limits { report_bytes: 5, ..Limits::default() };
        assert_eq!(Reason::TooLarge, reason(&[gz(b"abc"), gz(b"def")].concat(), &limits));
        let limits = Limits { gzip_members: 2, ..Limits::default() };
        assert_eq!(Reason::TooManyParts, reason(&gz(b"").repeat(3), &limits));
        let empty = Unpacked { bytes: Vec::new(), trailing: 0 };
        assert_eq!(Ok(empty), unpack(&gz(b"").repeat(2), &mut Budget::new(&limits)));
    }

    #[test]
    fn long_header_fields_cost_nothing() {
        let head = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3];
        let file = [&head[..], &vec![b'n'; 5 << 20]].concat();
        assert_eq!(Reason::Corrupt, reason(&file, &Limits::default()));
        let named = GzBuilder::new().filename("a.xml").extra(vec![7; 60_000]);
        let mut encoder = named.write(Vec::new(), Compression::fast());
        encoder.write_all(b"whole").unwrap();
        assert_eq!(Ok(b"whole".to_vec()), unpacked(&encoder.finish().unwrap()));
    }
}
