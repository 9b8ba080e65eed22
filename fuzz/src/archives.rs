//! **Archives built by a recipe**. In: bytes, each of which decides something. Out: a gzip file, a
//! zip or tar archive, or a mail with one of them attached: mostly right, so that what lies inside
//! is reached, and wrong in the places that the recipe says.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc, GzBuilder};

/// An ordinary report, split where pieces are put in.
const REPORT: [&str; 2] = [
    "<feedback><report_metadata><org_name>receiver.example</org_name><email>a@receiver.example\
     </email><report_id>one</report_id><date_range><begin>1792108800</begin><end>1792195199</end>\
     </date_range></report_metadata><policy_published><domain>acme.example</domain><p>none</p>\
     </policy_published><record><row><source_ip>192.0.2.1</source_ip><count>3</count>\
     <policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>",
    "</policy_evaluated></row><identifiers><header_from>acme.example</header_from></identifiers>\
     <auth_results/></record></feedback>",
];

/// How many members an archive may get.
const MEMBERS_MAX: usize = 4;

/// How deep archives are built inside each other: one deeper than is read.
const DEPTH_MAX: usize = 4;

/// Bytes that decide, read from the front; zeros when they run out.
pub struct Recipe<'a>(&'a [u8]);

impl<'a> Recipe<'a> {
    /// A recipe.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// So many bytes, or what is left.
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// The right number, or one of the recipe's where its next byte says so.
    fn number(&mut self, right: u32) -> u32 {
        match self.byte() {
            0xff => self.take(4).iter().fold(0, |number, byte| number << 8 | u32::from(*byte)),
            0xfe => u32::MAX,
            0xfd => right.wrapping_add(1),
            0xfc => right.wrapping_sub(1),
            _ => right,
        }
    }

    fn members(&mut self) -> usize {
        usize::from(self.byte()) % MEMBERS_MAX + 1
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An archive, or the bytes that are left.
#[must_use]
pub fn container(recipe: &mut Recipe<'_>, depth: usize) -> Vec<u8> {
    match recipe.byte() % 6 {
        0 => gzip(recipe, depth),
        1 => zip(recipe, depth),
        2 => tar(recipe, depth),
        3 => mail(recipe, depth),
        4 => gzipped(&tar(recipe, depth), Compression::fast()),
        _ => recipe.take(usize::MAX).to_vec(),
    }
}

/// What a member holds.
fn content(recipe: &mut Recipe<'_>, depth: usize) -> Vec<u8> {
    match recipe.byte() % 8 {
        0 | 1 => REPORT.concat().into_bytes(),
        2 | 3 => report_around(recipe),
        4 | 5 if depth < DEPTH_MAX && !recipe.is_empty() => container(recipe, depth + 1),
        6 => vec![b' '; 1 << (recipe.byte() % 18)],
        _ => piece(recipe).to_vec(),
    }
}

fn report_around(recipe: &mut Recipe<'_>) -> Vec<u8> {
    let [before, after] = REPORT.map(str::as_bytes);
    let repeat = usize::from(recipe.byte() % 64) + 1;
    [before, &piece(recipe).repeat(repeat), after].concat()
}

fn piece<'a>(recipe: &mut Recipe<'a>) -> &'a [u8] {
    let length = usize::from(recipe.byte());
    recipe.take(length)
}

/// A gzip file of several members, with or without the optional fields of RFC 1952.
fn gzip(recipe: &mut Recipe<'_>, depth: usize) -> Vec<u8> {
    let mut file = Vec::new();
    for _ in 0..recipe.members() {
        let start = file.len();
        let (fields, level) = (recipe.byte(), recipe.byte());
        let content = content(recipe, depth);
        let mut builder = GzBuilder::new();
        if fields & 1 != 0 {
            builder = builder.extra(piece(recipe));
        }
        if fields & 2 != 0 {
            builder = builder.filename(without_nuls(piece(recipe)));
        }
        if fields & 4 != 0 {
            builder = builder.comment(without_nuls(piece(recipe)));
        }
        file = finish(builder.write(file, Compression::new(u32::from(level % 10))), &content);
        if fields & 8 != 0 {
            damage(recipe, &mut file[start..]);
        }
        if fields & 16 != 0 {
            file.truncate(file.len() - usize::from(recipe.byte()).min(file.len() - start));
        }
        if fields & 32 != 0 {
            file.extend_from_slice(piece(recipe));
        }
    }
    file
}

fn without_nuls(name: &[u8]) -> Vec<u8> {
    name.iter().map(|byte| (*byte).max(1)).collect()
}

fn gzipped(content: &[u8], level: Compression) -> Vec<u8> {
    finish(GzEncoder::new(Vec::new(), level), content)
}

fn finish(mut encoder: GzEncoder<Vec<u8>>, content: &[u8]) -> Vec<u8> {
    encoder.write_all(content).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// Changes one byte, counted from the end of what is given where the recipe says so.
fn damage(recipe: &mut Recipe<'_>, bytes: &mut [u8]) {
    let (at, change) = (usize::from(recipe.byte()), recipe.byte());
    let at = if at < 128 { at } else { bytes.len().saturating_sub(256 - at) };
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= change;
    }
}

/// A zip archive: local headers, then the directory, then its end.
fn zip(recipe: &mut Recipe<'_>, depth: usize) -> Vec<u8> {
    let style = recipe.byte();
    let mut file = if style & 1 != 0 { piece(recipe).to_vec() } else { Vec::new() };
    let mut directory = Vec::new();
    let members = recipe.members();
    for _ in 0..members {
        zip_member(recipe, depth, &mut file, &mut directory);
    }
    let start = file.len();
    if style & 2 == 0 {
        let (count, length) = (members as u32, directory.len() as u32);
        file.append(&mut directory);
        zip_end(recipe, &mut file, count, length, start as u32);
    }
    if style & 4 != 0 {
        file.extend_from_slice(piece(recipe));
    }
    file
}

fn zip_member(recipe: &mut Recipe<'_>, depth: usize, file: &mut Vec<u8>, directory: &mut Vec<u8>) {
    let start = file.len() as u32;
    let content = content(recipe, depth);
    let (kind, flags) = (recipe.byte(), recipe.byte());
    let (method, packed) = match kind % 8 {
        0..=2 => (8, deflated(&content)),
        3 => (u16::from(recipe.byte()), content.clone()),
        _ => (0, content.clone()),
    };
    let name = recipe.take(usize::from(kind / 8));
    let sizes_follow = flags & 8 != 0;
    let sum = recipe.number(crc(&content));
    let sizes = [recipe.number(packed.len() as u32), recipe.number(content.len() as u32)];
    let common = |local: bool| {
        let told = if local && sizes_follow { [0; 3] } else { [sum, sizes[0], sizes[1]] };
        let mut fields = [20, u16::from(flags), method, 0, 0].map(u16::to_le_bytes).concat();
        fields.extend(told.map(u32::to_le_bytes).concat());
        fields.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        fields
    };
    file.extend([b"PK\x03\x04", &common(true)[..], name, &packed].concat());
    if sizes_follow {
        let magic: &[u8] = if recipe.byte() < 128 { b"PK\x07\x08" } else { b"" };
        file.extend([magic, &[sum, sizes[0], sizes[1]].map(u32::to_le_bytes).concat()].concat());
    }
    let mode = if recipe.byte() == 1 { 0o120_777_u32 << 16 } else { 0 };
    let offset = recipe.number(start).to_le_bytes();
    let tail = [&[0; 6][..], &mode.to_le_bytes(), &offset, name].concat();
    directory.extend([b"PK\x01\x02\x14\x03", &common(false)[..], &tail].concat());
}

fn zip_end(recipe: &mut Recipe<'_>, file: &mut Vec<u8>, count: u32, length: u32, start: u32) {
    let count = [recipe.number(count) as u16; 2].map(u16::to_le_bytes).concat();
    let place = [recipe.number(length), recipe.number(start)].map(u32::to_le_bytes).concat();
    let length = usize::from(recipe.byte() % 8);
    let comment = recipe.take(length);
    let comment_length = (comment.len() as u16).to_le_bytes();
    file.extend([b"PK\x05\x06\0\0\0\0", &count[..], &place, &comment_length, comment].concat());
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

fn crc(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

/// A tar archive, whose headers may lie in every field.
fn tar(recipe: &mut Recipe<'_>, depth: usize) -> Vec<u8> {
    let mut file = Vec::new();
    for _ in 0..recipe.members() {
        let content = content(recipe, depth);
        file.extend(tar_header(recipe, content.len()));
        file.extend_from_slice(&content);
        file.resize(file.len().next_multiple_of(512), 0);
    }
    let ends = usize::from(recipe.byte() % 4);
    file.resize(file.len() + [1_024, 0, 512, 10_240][ends], 0);
    if recipe.byte() == 1 {
        file.truncate(file.len() - usize::from(recipe.byte()).min(file.len()));
    }
    file
}

fn tar_header(recipe: &mut Recipe<'_>, length: usize) -> [u8; 512] {
    let mut header = [0; 512];
    let style = recipe.byte();
    let name = if style & 1 != 0 { piece(recipe) } else { b"report.xml" };
    put(&mut header, 0, &name[..name.len().min(100)]);
    let length = recipe.number(length as u32);
    put(&mut header, 124, format!("{length:011o}\0").as_bytes());
    header[156] = if style & 2 != 0 { recipe.byte() } else { b'0' };
    put(&mut header, 257, if style & 4 != 0 { b"ustar  \0" } else { b"ustar\x0000" });
    if style & 8 != 0 {
        let at = usize::from(recipe.byte()) * 2;
        let piece = piece(recipe);
        put(&mut header, at, &piece[..piece.len().min(512 - at)]);
    }
    put(&mut header, 148, b"        ");
    let sum = header.iter().map(|byte| u32::from(*byte)).sum();
    let sum = recipe.number(sum) % 0o1_000_000;
    put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes());
    header
}

fn put(header: &mut [u8; 512], at: usize, bytes: &[u8]) {
    header[at..at + bytes.len()].copy_from_slice(bytes);
}

/// A mail with an archive attached as it stands, or in base64.
fn mail(recipe: &mut Recipe<'_>, depth: usize) -> Vec<u8> {
    use base64::Engine as _;
    let inner = content(recipe, depth);
    let (coding, body) = match recipe.byte() % 2 {
        0 => ("base64", base64::engine::general_purpose::STANDARD.encode(&inner).into_bytes()),
        _ => ("8bit", inner),
    };
    let head = format!(
        "Subject: Report\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: {coding}\r\n\r\n"
    );
    let end: &[u8] = if recipe.byte() == 1 { b"" } else { b"\r\n--b--\r\n" };
    [head.as_bytes(), &body, end].concat()
}
