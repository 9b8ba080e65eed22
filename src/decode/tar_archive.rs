//! **Tar archives** (POSIX `ustar`, GNU and pax). In: the bytes of one. Out: its files one after
//! another, each whole or with the reason why not, so that only one is held at a time.
//!
//! Folders, links and devices are passed over; no name is ever used as a path; no declared size is
//! believed. The crate reads one header at a time and nothing else, so that long names, pax
//! headers and sparse maps cost no more than the bytes that are there. An archive that breaks off
//! is refused after its whole members. All use of the tar crate is in this file.

use tar::{Archive, EntryType, Header, PaxExtensions};

use super::budget::{Budget, Stop};
use super::unpack::Member;
use crate::model::{Reason, Rejection, Stage};

/// Headers and contents fill whole blocks of so many bytes.
const BLOCK: usize = 512;

/// Bytes of a long name, or of a pax header, that are looked at.
const NAME_BYTES: usize = 4 << 10;

/// The members of an archive, as they are read.
pub(super) struct Members<'a> {
    bytes: &'a [u8],
    /// Where the next header stands; none when there is nothing more to be read.
    next: Option<usize>,
    /// Whether an end mark was met: what follows it need not be an archive.
    is_ended: bool,
    /// The name that a header before the member gives it.
    long_name: Option<Vec<u8>>,
}

/// One header and what it describes.
struct Entry<'a> {
    header: Header,
    /// What follows it.
    content: &'a [u8],
    /// Whether less follows than it says.
    is_cut: bool,
}

impl<'a> Members<'a> {
    /// Opens an archive.
    pub(super) fn open(bytes: &'a [u8]) -> Self {
        Self { bytes, next: Some(0), is_ended: false, long_name: None }
    }

    /// The next file, or none when there are no more.
    pub(super) fn next(&mut self, budget: &mut Budget<'_>) -> Option<Member> {
        while let Some(at) = self.next
            && !budget.is_spent()
        {
            let entry = match self.entry(at) {
                Ok(Some(entry)) => entry,
                Ok(None) => continue,
                Err(rejection) => return Some(self.end(rejection)),
            };
            if self.describes_next(&entry) {
                continue;
            }
            if !budget.take_entry() {
                return Some(self.end(budget.too_many_entries()));
            }
            if let Some(member) = self.member(&entry, at, budget) {
                return Some(member);
            }
        }
        None
    }

    /// The header at a place and what follows it; none if an end mark stands there. The next header
    /// is then looked for behind it.
    fn entry(&mut self, at: usize) -> Result<Option<Entry<'a>>, Rejection> {
        let rest = &self.bytes[at..];
        let Some(block) = rest.get(..BLOCK) else { return self.short(at, rest) };
        if block.iter().all(|byte| *byte == 0) {
            self.is_ended = true;
            self.next = Some(at + BLOCK);
            return Ok(None);
        }
        let (header, size) = match read_header(block) {
            Ok(read) => read,
            Err(_) if self.is_ended => return self.stop(),
            Err(error) => return Err(corrupt(format!("tar: {error}"), at)),
        };
        self.is_ended = false;
        let start = at + BLOCK + sparse_maps(&header, &rest[BLOCK..]);
        let content = &self.bytes[start.min(self.bytes.len())..];
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let end = size.checked_next_multiple_of(BLOCK).and_then(|size| start.checked_add(size));
        self.next = Some(end.unwrap_or(usize::MAX).min(self.bytes.len()));
        let is_cut = content.len() < size;
        Ok(Some(Entry { header, content: &content[..size.min(content.len())], is_cut }))
    }

    /// Less than a header is left: the end, if an end mark came before, or else it was cut off.
    fn short(&mut self, at: usize, rest: &[u8]) -> Result<Option<Entry<'a>>, Rejection> {
        if self.is_ended || (rest.iter().all(|byte| *byte == 0) && !rest.is_empty()) {
            return self.stop();
        }
        Err(corrupt("tar: the archive ends without an end mark; files may be missing", at))
    }

    fn stop(&mut self) -> Result<Option<Entry<'a>>, Rejection> {
        self.next = None;
        Ok(None)
    }

    /// The last thing to be said of the archive.
    fn end(&mut self, rejection: Rejection) -> Member {
        self.next = None;
        Member { name: None, content: Err(rejection) }
    }

    /// Keeps what a header says of the member after it; false if it is a member itself.
    fn describes_next(&mut self, entry: &Entry<'a>) -> bool {
        let text = &entry.content[..entry.content.len().min(NAME_BYTES)];
        match entry.header.entry_type() {
            _ if entry.is_cut => return false,
            EntryType::GNULongName => self.long_name = Some(until_null(text).to_vec()),
            EntryType::XHeader => self.long_name = pax_path(text).or(self.long_name.take()),
            EntryType::GNULongLink | EntryType::XGlobalHeader => {}
            _ => return false,
        }
        true
    }

    /// A member that is a file.
    fn member(&mut self, entry: &Entry<'a>, at: usize, budget: &mut Budget<'_>) -> Option<Member> {
        let long_name = self.long_name.take();
        if entry.is_cut {
            return Some(self.end(corrupt("tar: the archive breaks off inside a member", at)));
        }
        let name = long_name.unwrap_or_else(|| entry.header.path_bytes().into_owned());
        let name = Some(String::from_utf8_lossy(&name).into_owned());
        let content = match entry.header.entry_type() {
            EntryType::Regular | EntryType::Continuous => read(entry.content, at, budget),
            EntryType::GNUSparse => Err(sparse(at)),
            _ => return None,
        };
        Some(Member { name, content })
    }
}

/// A header whose checksum is right, and the size that it gives for what follows.
fn read_header(block: &[u8]) -> std::io::Result<(Header, u64)> {
    let mut archive = Archive::new(block);
    let first = archive.entries()?.raw(true).next();
    let entry = first.unwrap_or_else(|| Err(std::io::ErrorKind::UnexpectedEof.into()))?;
    Ok((entry.header().clone(), entry.size()))
}

/// How many bytes of further sparse maps stand between a header and its content.
fn sparse_maps(header: &Header, rest: &[u8]) -> usize {
    const CONTINUES: usize = 504;
    if header.entry_type() != EntryType::GNUSparse {
        return 0;
    }
    let mut continues = header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
    let maps = rest.chunks(BLOCK).take_while(|map| {
        std::mem::replace(&mut continues, map.get(CONTINUES).is_some_and(|flag| *flag != 0))
    });
    maps.count() * BLOCK
}

fn read(content: &[u8], at: usize, budget: &mut Budget<'_>) -> Result<Vec<u8>, Rejection> {
    let mut out = Vec::new();
    budget.read(content, &mut out).map_err(|stop| match stop {
        Stop::Over(rejection) => rejection,
        Stop::Damaged(error) => corrupt(format!("tar: {error}"), at),
    })?;
    Ok(out)
}

/// The `path` of a pax header.
fn pax_path(text: &[u8]) -> Option<Vec<u8>> {
    let mut records = PaxExtensions::new(text).map_while(Result::ok);
    let path = records.find(|record| record.key_bytes() == b"path")?;
    Some(path.value_bytes().to_vec())
}

fn until_null(text: &[u8]) -> &[u8] {
    memchr::memchr(0, text).map_or(text, |end| &text[..end])
}

fn sparse(at: usize) -> Rejection {
    let detail = "tar: a sparse file; only plain files are read";
    Rejection::new(Stage::Unpack, Reason::UnsupportedCompression, detail).at(at as u64)
}

fn corrupt(detail: impl Into<String>, at: usize) -> Rejection {
    Rejection::new(Stage::Unpack, Reason::Corrupt, detail).at(at as u64)
}

#[cfg(test)]
mod tests;
