//! **Mail** (RFC 5322, RFC 2045): taken apart to the files inside. In: the bytes of one mail. Out:
//! its leaves, decoded and sniffed, in order, and what could not be read.
//!
//! The walk is our own, because anyone can send anything: every slice lies between the delimiters
//! of the one around it, so a level costs one pass, and depth, parts and headers are bounded.
//! Declared types decide only what has parts inside; what a leaf is, its bytes say.

mod base64;
mod fields;
mod multipart;
mod quoted_printable;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use self::fields::{Encoding, Fields, Shape};
use super::budget::Budget;
use super::limits::Limits;
use super::sniff::{Kind, is_header_line, sniff};
use super::unpack::shown;
use crate::model::{Digest, Origin, Reason, Rejection, Stage};

/// One part without parts inside.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    /// Where it stood.
    pub origin: Origin,
    /// What it is.
    pub kind: Kind,
    /// What it holds, decoded.
    pub bytes: Cow<'a, [u8]>,
    /// How many bytes behind it are not in its encoding.
    pub rest: usize,
    /// Whether it is declared or named as a report would be.
    pub claims_report: bool,
}

impl Leaf<'_> {
    fn into_owned<'b>(self) -> Leaf<'b> {
        let Self { origin, kind, bytes, rest, claims_report } = self;
        Leaf { origin, kind, bytes: Cow::Owned(bytes.into_owned()), rest, claims_report }
    }
}

/// What a mail holds.
#[derive(Debug)]
pub(super) struct Mail<'a> {
    /// Its leaves, in order; what it holds twice, once.
    pub leaves: Vec<Leaf<'a>>,
    /// What could not be read: at most one of each reason.
    pub rejections: Vec<(Origin, Rejection)>,
    /// Whether one of its multiparts has no closing delimiter.
    pub is_unclosed: bool,
    /// Whether that is one which nothing around it closes: the mail itself breaks off.
    pub is_cut_off: bool,
}

/// Takes a mail apart.
pub(super) fn take_apart<'a>(origin: &Origin, mail: &'a [u8], budget: &mut Budget<'_>) -> Mail<'a> {
    let mut met = Met::default();
    let leaves = Walk { budget, met: &mut met, leaves: Vec::new() }.leaves_of(Entity {
        raw: mail.trim_ascii_start(),
        origin: origin.clone(),
        depth: 0,
        implied: Shape::Text,
        is_enclosed: false,
    });
    let Met { rejections, is_unclosed, is_cut_off, .. } = met;
    Mail { leaves: once_each(leaves), rejections, is_unclosed, is_cut_off }
}

/// The block of headers of a mail, if it is no longer than `most` bytes.
pub(super) fn head(mail: &[u8], most: usize) -> Option<&[u8]> {
    split_head(mail.trim_ascii_start(), most).map(|(head, _)| head)
}

/// One message or part: headers, an empty line, a body.
struct Entity<'a> {
    raw: &'a [u8],
    origin: Origin,
    /// How many parts are around it.
    depth: usize,
    /// What it is without a type.
    implied: Shape,
    /// Whether a multipart around it is closed.
    is_enclosed: bool,
}

impl<'a> Entity<'a> {
    /// A part of this one, or the message in it.
    fn inner<'b>(&self, raw: &'b [u8], implied: Shape) -> Entity<'b> {
        let Self { origin, depth, is_enclosed, .. } = self;
        let (depth, is_enclosed) = (depth + 1, *is_enclosed);
        Entity { raw, origin: origin.clone(), depth, implied, is_enclosed }
    }
}

/// What a walk has met so far.
#[derive(Default)]
struct Met {
    leaves: usize,
    rejections: Vec<(Origin, Rejection)>,
    is_unclosed: bool,
    is_cut_off: bool,
}

/// A walk through the parts of one mail.
struct Walk<'w, 'l, 'a> {
    budget: &'w mut Budget<'l>,
    met: &'w mut Met,
    leaves: Vec<Leaf<'a>>,
}

impl<'a> Walk<'_, '_, 'a> {
    fn leaves_of(mut self, entity: Entity<'a>) -> Vec<Leaf<'a>> {
        self.entity(entity);
        self.leaves
    }

    fn entity(&mut self, entity: Entity<'a>) {
        let Limits { mime_parts, header_bytes, .. } = *self.budget.limits;
        if !self.budget.take_part() {
            return self.reject(&entity, too_many(mime_parts));
        }
        let Some((head, body)) = split_head(entity.raw, header_bytes) else {
            return self.reject(&entity, long_head(header_bytes));
        };
        let fields = Fields::read(head, entity.implied);
        match fields.shape {
            Shape::Multipart | Shape::Digest => self.multipart(entity, &fields, body),
            Shape::Message => self.message(entity, &fields, body),
            Shape::Text | Shape::File => self.leaf(entity, &fields, body),
        }
    }

    fn multipart(&mut self, mut entity: Entity<'a>, fields: &Fields, body: &'a [u8]) {
        let parts = multipart::split(body, fields.boundary.as_deref(), self.budget.parts());
        if parts.slices.is_empty() {
            return self.leaf(entity, fields, body);
        }
        self.met.is_unclosed |= parts.is_unclosed;
        self.met.is_cut_off |= parts.is_unclosed && !entity.is_enclosed;
        entity.is_enclosed |= !parts.is_unclosed;
        if self.may_go_below(&entity) {
            let implied = if fields.shape == Shape::Digest { Shape::Message } else { Shape::Text };
            for part in parts.slices {
                self.entity(entity.inner(part, implied));
            }
        }
    }

    fn message(&mut self, mut entity: Entity<'a>, fields: &Fields, body: &'a [u8]) {
        if !self.may_go_below(&entity) {
            return;
        }
        let name = fields.name.as_deref().unwrap_or("message");
        entity.origin = entity.origin.inside(&shown(name));
        match decode(fields.encoding, body).0 {
            Cow::Borrowed(inner) => {
                self.entity(entity.inner(inner.trim_ascii_start(), Shape::Text));
            }
            Cow::Owned(inner) => {
                if let Err(rejection) = self.budget.take_bytes(inner.len()) {
                    return self.reject(&entity, rejection);
                }
                let inner = entity.inner(inner.trim_ascii_start(), Shape::Text);
                let (budget, met) = (&mut *self.budget, &mut *self.met);
                let below = Walk { budget, met, leaves: Vec::new() }.leaves_of(inner);
                self.leaves.extend(below.into_iter().map(Leaf::into_owned));
            }
        }
    }

    fn leaf(&mut self, entity: Entity<'a>, fields: &Fields, body: &'a [u8]) {
        self.met.leaves += 1;
        let Content { kind, bytes, rest } = content(fields, body);
        let origin = match &fields.name {
            Some(name) => entity.origin.inside(&shown(name)),
            None if entity.depth == 0 => entity.origin,
            None => entity.origin.inside(&format!("part {}", self.met.leaves)),
        };
        let claims_report = fields.claims_report();
        self.leaves.push(Leaf { origin, kind, bytes, rest, claims_report });
    }

    fn may_go_below(&mut self, entity: &Entity<'_>) -> bool {
        let limit = self.budget.limits.mime_depth;
        if entity.depth >= limit {
            let detail = format!("parts nested deeper than {limit} levels (limit mime_depth)");
            self.reject(entity, Rejection::new(Stage::Mime, Reason::TooDeep, detail));
        }
        entity.depth < limit
    }

    /// Keeps one rejection of each reason: a mail can be wrong in the same way many thousand times.
    fn reject(&mut self, entity: &Entity<'_>, rejection: Rejection) {
        if !self.met.rejections.iter().any(|(_, known)| known.reason == rejection.reason) {
            self.met.rejections.push((entity.origin.clone(), rejection));
        }
    }
}

fn too_many(limit: usize) -> Rejection {
    let detail = format!("more than {limit} parts in a mail (limit mime_parts)");
    Rejection::new(Stage::Mime, Reason::TooManyParts, detail)
}

fn long_head(limit: usize) -> Rejection {
    let detail = format!("a block of headers longer than {limit} bytes (limit header_bytes)");
    Rejection::new(Stage::Mime, Reason::TooLarge, detail)
}

/// Splits headers from body. They end with an empty line, or with the part. None: they are longer
/// than `most`.
fn split_head(raw: &[u8], most: usize) -> Option<(&[u8], &[u8])> {
    let raw = without_mailbox_line(raw);
    if !is_header_line(raw) && !raw.starts_with(b"\n") && !raw.starts_with(b"\r\n") {
        return Some((&[], raw));
    }
    let (mut start, mut fields) = (0, 0);
    for newline in memchr::memchr_iter(b'\n', &raw[..raw.len().min(most)]) {
        let line = &raw[start..newline];
        start = newline + 1;
        if matches!(line, b"" | b"\r") {
            return Some(split_at(raw, start, fields));
        }
        if is_header_line(line) || line.starts_with(b" ") || line.starts_with(b"\t") {
            fields = start;
        }
    }
    (raw.len() <= most).then(|| split_at(raw, raw.len(), fields))
}

/// Splits behind the headers; but where nothing follows them, behind the last line that is one: the
/// empty line was damaged, and what looks like headers is the body.
fn split_at(raw: &[u8], end: usize, fields: usize) -> (&[u8], &[u8]) {
    let is_all = raw[end..].trim_ascii().is_empty();
    raw.split_at(if is_all { fields } else { end })
}

/// Drops the line that mailboxes put before a mail.
fn without_mailbox_line(raw: &[u8]) -> &[u8] {
    if !raw.starts_with(b"From ") && !raw.starts_with(b">From ") {
        return raw;
    }
    memchr::memchr(b'\n', raw).map_or(&[], |newline| &raw[newline + 1..])
}

/// A body as its encoding has it, and how many bytes behind that are something else.
fn decode(encoding: Encoding, body: &[u8]) -> (Cow<'_, [u8]>, usize) {
    match encoding {
        Encoding::Identity => (Cow::Borrowed(body), 0),
        Encoding::Base64 => from_base64(body),
        Encoding::QuotedPrintable => (Cow::Owned(quoted_printable::decode(body)), 0),
    }
}

fn from_base64<'a>(body: &[u8]) -> (Cow<'a, [u8]>, usize) {
    let base64::Decoded { bytes, rest } = base64::decode(body);
    (Cow::Owned(bytes), rest)
}

/// What a leaf holds.
struct Content<'a> {
    kind: Kind,
    bytes: Cow<'a, [u8]>,
    rest: usize,
}

/// What a leaf holds: decoded as it says, or else as it stands, or else as base64 if it begins like
/// something known in base64. What can be opened wins; what cannot is not kept.
fn content<'a>(fields: &Fields, body: &'a [u8]) -> Content<'a> {
    let read = |(bytes, rest): (Cow<'a, [u8]>, usize)| Content {
        kind: openable(fields, &bytes),
        bytes,
        rest,
    };
    let declared = read(decode(fields.encoding, body));
    if is_openable(declared.kind) {
        return declared;
    }
    if fields.encoding != Encoding::Identity && is_openable(openable(fields, body)) {
        return read((Cow::Borrowed(body), 0));
    }
    if fields.encoding != Encoding::Base64 && looks_like_base64(body) {
        return read(from_base64(body));
    }
    Content { bytes: Cow::Borrowed(&[]), ..declared }
}

/// What bytes are; but text that begins like headers, as a bounce does, is no mail.
fn openable(fields: &Fields, bytes: &[u8]) -> Kind {
    match sniff(bytes) {
        Kind::Mail if fields.shape == Shape::Text => Kind::Other,
        kind => kind,
    }
}

fn is_openable(kind: Kind) -> bool {
    matches!(kind, Kind::Xml | Kind::Gzip | Kind::Zip | Kind::Tar | Kind::Mail)
}

/// Whether a body begins as gzip, zip or XML does in base64.
fn looks_like_base64(body: &[u8]) -> bool {
    const STARTS: [&[u8]; 6] = [b"H4sI", b"UEsD", b"PD94", b"PGZl", b"77u/PD94", b"77u/PGZl"];
    let body = body.trim_ascii_start();
    STARTS.iter().any(|start| body.starts_with(start))
}

/// Drops leaves that hold the same as one before. Only leaves of one length are compared.
fn once_each(leaves: Vec<Leaf<'_>>) -> Vec<Leaf<'_>> {
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for leaf in leaves.iter().filter(|leaf| is_openable(leaf.kind)) {
        *lengths.entry(leaf.bytes.len()).or_default() += 1;
    }
    let is_alone = |leaf: &Leaf<'_>| lengths.get(&leaf.bytes.len()).is_none_or(|count| *count < 2);
    let mut seen = HashSet::new();
    let mut is_new = |leaf: &Leaf<'_>| {
        is_alone(leaf) || !is_openable(leaf.kind) || seen.insert(Digest::of(&leaf.bytes))
    };
    leaves.into_iter().filter(|leaf| is_new(leaf)).collect()
}
