//! Containers built by hand, since no honest writer makes the ones that are needed here: gzip files
//! that repeat a block, and zip archives in which every field can lie.

use std::io::Write as _;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compress, Compression, Crc, FlushCompress};

/// Quick, and what cannot be packed grows by next to nothing: level 1 would add a twentieth each time.
const PACKING: Compression = Compression::new(2);

/// A gzip file.
pub(crate) fn gz(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), PACKING);
    encoder.write_all(content.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// A raw deflate stream of texts, each so many times over; what it holds is never in memory.
pub(crate) fn deflated(texts: &[(&[u8], usize)]) -> (Vec<u8>, Crc) {
    let (mut out, mut crc) = (Vec::new(), Crc::new());
    for (text, times) in texts {
        let block = block(text);
        let mut once = Crc::new();
        once.update(text);
        for _ in 0..*times {
            out.extend_from_slice(&block);
            crc.combine(&once);
        }
    }
    // an empty stored block that is the last one
    out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    (out, crc)
}

/// A text deflated so that it can stand anywhere in a stream, any number of times.
fn block(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + (text.len() >> 3) + 1_024);
    let mut compress = Compress::new(Compression::best(), false);
    compress.compress_vec(text, &mut out, FlushCompress::Full).unwrap();
    assert_eq!(text.len() as u64, compress.total_in());
    out
}

/// A gzip file of texts, each so many times over.
pub(crate) fn gz_of(texts: &[(&[u8], usize)]) -> Vec<u8> {
    let (body, crc) = deflated(texts);
    let head: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    [head, &body, &crc.sum().to_le_bytes(), &crc.amount().to_le_bytes()].concat()
}

/// A member of a zip archive; every field as it is to stand there.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    /// 0 stored, 8 deflated.
    pub(crate) method: u16,
    /// Bit 0: encrypted.
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    /// What is declared of the content's size.
    pub(crate) size: u32,
    /// What is declared of the data's size.
    pub(crate) packed: u32,
    /// Unix mode, in the upper half.
    pub(crate) attributes: u32,
    pub(crate) extra: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap()
}

impl Member {
    fn new(name: &str, method: u16, data: Vec<u8>, crc: &Crc) -> Self {
        Self {
            name: name.into(),
            method,
            flags: 0,
            crc: crc.sum(),
            size: crc.amount(),
            packed: short(data.len()),
            attributes: 0o100_644 << 16,
            extra: Vec::new(),
            data,
        }
    }

    /// A deflated one.
    pub(crate) fn deflated(name: &str, content: impl AsRef<[u8]>) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), PACKING);
        encoder.write_all(content.as_ref()).unwrap();
        let mut crc = Crc::new();
        crc.update(content.as_ref());
        Self::new(name, 8, encoder.finish().unwrap(), &crc)
    }

    /// A deflated one of texts, each so many times over.
    pub(crate) fn repeated(name: &str, texts: &[(&[u8], usize)]) -> Self {
        let (data, crc) = deflated(texts);
        Self::new(name, 8, data, &crc)
    }

    /// A stored one.
    pub(crate) fn stored(name: &str, content: impl AsRef<[u8]>) -> Self {
        let mut crc = Crc::new();
        crc.update(content.as_ref());
        Self::new(name, 0, content.as_ref().to_vec(), &crc)
    }

    /// The fields that stand both before the data and in the directory.
    fn common(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for word in [20, self.flags, self.method, 0, 0x21] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        for long in [self.crc, self.packed, self.size] {
            out.extend_from_slice(&long.to_le_bytes());
        }
        for length in [self.name.len(), self.extra.len()] {
            out.extend_from_slice(&u16::try_from(length).unwrap().to_le_bytes());
        }
        out
    }

    /// The header, the name and the data.
    pub(crate) fn local(&self) -> Vec<u8> {
        [b"PK\x03\x04", &self.common()[..], &self.name, &self.extra, &self.data].concat()
    }

    /// The entry in the directory.
    pub(crate) fn entry(&self, offset: u32) -> Vec<u8> {
        let made_by: &[u8] = &[20, 3];
        let tail = [&[0; 6], &self.attributes.to_le_bytes()[..], &offset.to_le_bytes()].concat();
        [b"PK\x01\x02", made_by, &self.common(), &tail, &self.name, &self.extra].concat()
    }
}

/// The trailer of an archive: so many entries, so many bytes of directory, which starts there.
pub(crate) fn trailer(entries: u16, length: u32, offset: u32, comment: &[u8]) -> Vec<u8> {
    let count = entries.to_le_bytes();
    let comment_length = u16::try_from(comment.len()).unwrap().to_le_bytes();
    [
        b"PK\x05\x06\0\0\0\0",
        &count[..],
        &count,
        &length.to_le_bytes(),
        &offset.to_le_bytes(),
        &comment_length,
        comment,
    ]
    .concat()
}

/// An archive.
pub(crate) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        directory.extend(member.entry(short(out.len())));
        out.extend(member.local());
    }
    let start = short(out.len());
    out.extend_from_slice(&directory);
    let count = u16::try_from(members.len()).unwrap_or(u16::MAX);
    out.extend(trailer(count, short(directory.len()), start, b""));
    out
}
