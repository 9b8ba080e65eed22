//! **Zip archives**. In: the bytes of one. Out: its members one after another, each whole or with
//! the reason why not, so that only one is held at a time.
//!
//! Reads by the directory at the end; where that is damaged, empty or ambiguous, from the start,
//! member by member. Folders and symbolic links are passed over. No name is ever used as a path, no
//! declared size is believed. All use of the zip crate is in this file.

use std::io::{Cursor, Read};

use memchr::memmem;
use zip::CompressionMethod;
use zip::read::{ZipArchive, ZipFile, ZipFileEntry, read_zipfile_from_stream};
use zip::result::ZipError;

use super::budget::{Budget, Stop};
use super::unpack::Member;
use crate::model::{Reason, Rejection, Stage};

const LOCAL_MAGIC: &[u8] = b"PK\x03\x04";
const DIRECTORY_MAGIC: &[u8] = b"PK\x01\x02";

/// How many times its own size an archive's members may claim to occupy, together: headers that
/// lie a little are read, thousands of members over the same bytes are not.
const OVERLAP: u64 = 4;

/// Names, extra fields and comments of a directory: the crate keeps several times as much.
const DIRECTORY_BYTES: usize = 4 << 20;

/// The members of an archive, as they are read.
pub(super) struct Members<'a> {
    bytes: &'a [u8],
    /// What is to be read from the start, member by member.
    stream: Option<&'a [u8]>,
    /// Whether that may end anywhere: it stands before the archive proper.
    stream_is_extra: bool,
    /// What is to be read by its directory, after the stream, and the next entry of it.
    archive: Option<(ZipArchive<Cursor<&'a [u8]>>, usize)>,
    /// Something to be said of the archive before its members.
    notice: Option<Rejection>,
    /// Compressed bytes that members may still claim.
    claim: u64,
}

impl<'a> Members<'a> {
    /// Opens an archive.
    pub(super) fn open(bytes: &'a [u8], budget: &Budget<'_>) -> Result<Self, Rejection> {
        check_directory(bytes, budget)?;
        let stream = bytes.starts_with(LOCAL_MAGIC).then_some(bytes);
        let claim = (bytes.len() as u64).saturating_mul(OVERLAP);
        let (stream_is_extra, archive, notice) = (false, None, None);
        let mut members = Self { bytes, stream, stream_is_extra, archive, notice, claim };
        match ZipArchive::new(Cursor::new(bytes)) {
            Err(error) if stream.is_none() => return Err(refused(&error, 0)),
            Err(_) => {}
            // The directory denies what is plainly there.
            Ok(archive) if archive.is_empty() && stream.is_some() => {}
            // The directory shows only the last of several members with one name.
            Ok(archive) if archive.has_duplicate_names() => members.read_repeated(archive),
            Ok(archive) => members.read_by_directory(archive),
        }
        Ok(members)
    }

    fn read_by_directory(&mut self, archive: ZipArchive<Cursor<&'a [u8]>>) {
        // What stands before the archive may be another one.
        let before = usize::try_from(archive.offset()).ok().filter(|offset| *offset > 0);
        self.stream = self.stream.and(before).and_then(|offset| self.bytes.get(..offset));
        self.stream_is_extra = true;
        self.archive = Some((archive, 0));
    }

    /// Members whose sizes stand after them cannot be read from the start.
    fn read_repeated(&mut self, archive: ZipArchive<Cursor<&'a [u8]>>) {
        const FLAGS: usize = 6;
        const SIZES_FOLLOW: u8 = 1 << 3;
        if self.stream.is_some() && self.bytes.get(FLAGS).is_some_and(|f| f & SIZES_FOLLOW == 0) {
            return;
        }
        let detail = "zip: several members have one name; only the last of them can be read";
        self.notice = Some(corrupt(detail, archive.central_directory_start()));
        self.stream = None;
        self.archive = Some((archive, 0));
    }

    /// The next file, or none when there are no more.
    pub(super) fn next(&mut self, budget: &mut Budget<'_>) -> Option<Member> {
        if let Some(notice) = self.notice.take() {
            return Some(Member { name: None, content: Err(notice) });
        }
        while !budget.is_spent() {
            let member = if self.stream.is_some() {
                self.next_in_stream(budget)
            } else if self.archive.is_some() {
                self.next_in_directory(budget)
            } else {
                return None;
            };
            if member.is_some() {
                return member;
            }
        }
        None
    }

    /// One step from the start; it may yield nothing.
    fn next_in_stream(&mut self, budget: &mut Budget<'_>) -> Option<Member> {
        let rest = self.stream.as_mut()?;
        let position = self.bytes.len() - rest.len();
        let end = match read_zipfile_from_stream(rest) {
            Ok(Some(mut file)) if budget.take_entry() => {
                let member = file.is_file().then(|| read(&mut file, position as u64, budget));
                drop(file);
                // where a damaged member ends is a guess: what fails after it was said with it
                self.stream_is_extra |= member.as_ref().is_some_and(|m| m.content.is_err());
                return member;
            }
            Ok(Some(_)) => Some(budget.too_many_entries()),
            Ok(None) => None,
            Err(_) if self.stream_is_extra => None,
            Err(error) => Some(refused(&error, position as u64)),
        };
        self.stream = None;
        end.map(|rejection| Member { name: None, content: Err(rejection) })
    }

    /// One step along the directory; it may yield nothing.
    fn next_in_directory(&mut self, budget: &mut Budget<'_>) -> Option<Member> {
        let (archive, next) = self.archive.as_mut()?;
        let index = *next;
        *next += 1;
        let Ok(entry) = archive.by_index_data(index) else {
            self.archive = None;
            return None;
        };
        if !budget.take_entry() {
            self.archive = None;
            return Some(Member { name: None, content: Err(budget.too_many_entries()) });
        }
        if !entry.is_file() {
            return None;
        }
        let position = entry.header_start();
        let claimed = entry.compressed_size().min(self.bytes.len() as u64);
        if self.claim < claimed {
            // what follows overlaps as well, or so it claims
            self.archive = None;
            return Some(Member { name: None, content: Err(overlapping(position)) });
        }
        self.claim -= claimed;
        let refusal = unreadable(&entry, position);
        let name = Some(lossy(entry.name_raw()));
        match refusal
            .map_or_else(|| archive.by_index(index).map_err(|e| refused(&e, position)), Err)
        {
            Ok(mut file) => Some(read(&mut file, position, budget)),
            Err(rejection) => Some(Member { name, content: Err(rejection) }),
        }
    }
}

/// Reads one file whole.
fn read<R: Read>(file: &mut ZipFile<'_, R>, position: u64, budget: &mut Budget<'_>) -> Member {
    let name = Some(lossy(file.name_raw()));
    if let Some(rejection) = unreadable(&file.entry(), position) {
        return Member { name, content: Err(rejection) };
    }
    let mut out = Vec::new();
    let content = match budget.read(file, &mut out) {
        Ok(()) => Ok(out),
        Err(Stop::Over(rejection)) => Err(rejection),
        Err(Stop::Damaged(error)) => Err(corrupt(format!("zip: {error}"), position)),
    };
    Member { name, content }
}

/// Bounds what the crate builds while opening: counted before it is asked, and by the entries that
/// are there, because the count in the trailer is the sender's word.
fn check_directory(bytes: &[u8], budget: &Budget<'_>) -> Result<(), Rejection> {
    const LENGTHS: std::ops::Range<usize> = 28..34;
    let (mut entries, mut text) = (0, 0);
    for at in memmem::find_iter(bytes, DIRECTORY_MAGIC) {
        let lengths = bytes[at..].get(LENGTHS).unwrap_or_default().as_chunks().0;
        text += lengths.iter().map(|pair| usize::from(u16::from_le_bytes(*pair))).sum::<usize>();
        entries += 1;
        if entries > budget.entries() {
            return Err(budget.too_many_entries());
        }
        if text > DIRECTORY_BYTES {
            let detail = "zip: a directory of more than 4 MiB of names, extra fields and comments";
            return Err(corrupt(detail, at as u64));
        }
    }
    Ok(())
}

/// Why an entry cannot be read, as far as its header tells.
fn unreadable(entry: &ZipFileEntry<'_>, position: u64) -> Option<Rejection> {
    if entry.encrypted() {
        return Some(encrypted(position));
    }
    let method = match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated => return None,
        #[expect(deprecated, reason = "the only way to the number")]
        CompressionMethod::Unsupported(number) => number.to_string(),
        other => other.to_string(),
    };
    let detail =
        format!("zip: compression method {method}; only 0 (stored) and 8 (deflate) are read");
    Some(Rejection::new(Stage::Unpack, Reason::UnsupportedCompression, detail).at(position))
}

fn refused(error: &ZipError, position: u64) -> Rejection {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            encrypted(position)
        }
        _ => corrupt(format!("zip: {error}"), position),
    }
}

fn encrypted(position: u64) -> Rejection {
    Rejection::new(Stage::Unpack, Reason::Encrypted, "zip: the member needs a password")
        .at(position)
}

fn overlapping(position: u64) -> Rejection {
    corrupt(
        "zip: the members overlap: together they claim far more than the archive holds",
        position,
    )
}

fn corrupt(detail: impl Into<String>, position: u64) -> Rejection {
    Rejection::new(Stage::Unpack, Reason::Corrupt, detail).at(position)
}

fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests;
