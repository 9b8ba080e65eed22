//! **Unpacking**: one input opened to the documents inside it. In: the bytes of a file or a mail.
//! Out: each report document, whole and as yet undecoded, or what became of something instead.
//!
//! Mail, zip, tar and gzip lie inside each other in any order; one recursion opens them all, bounded
//! by one [`Budget`]. What stands beside a report (texts, pictures, a readme) is passed over in
//! silence; an input without any report is skipped, once. But what a mail calls a report and is none
//! is skipped by itself. A container that breaks off is rejected, whatever came out of it. What is
//! merely odd about a container is noted on every report in it.

use std::borrow::Cow;

use super::budget::Budget;
use super::limits::Limits;
use super::sniff::{Kind, has_feedback_tag, sniff};
use super::{gzip, mime, tar_archive, zip_archive};
use crate::model::{Issue, IssueCode, Origin, Outcome, Reason, Rejection, Stage};

/// What was found inside an input: one report document, or what became of it instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it stood.
    pub origin: Origin,
    /// The bytes of one XML document in whatever encoding, or a rejection or a skip.
    pub content: Result<Vec<u8>, Outcome>,
    /// What was odd about the containers around it, outermost first.
    pub notes: Vec<Issue>,
    /// With the first thing found in a mail: the headers of that mail.
    pub head: Option<Vec<u8>>,
}

/// What a mail calls a report and is none is told so many times for each mail.
const UNREAD_MAX: usize = 20;

/// One file in an archive.
pub(super) struct Member {
    /// Its name as it stands there; none when what follows concerns the archive.
    pub name: Option<String>,
    /// What it holds.
    pub content: Result<Vec<u8>, Rejection>,
}

/// Opens an input to the documents inside, and hands on each as soon as it is found, in order. At
/// least one thing is found in every input.
pub(crate) fn open(origin: &Origin, bytes: Vec<u8>, limits: &Limits, found: &mut dyn FnMut(Found)) {
    let kind = sniff(&bytes);
    let mut budget = Budget::new(limits);
    if kind == Kind::Mail {
        // mails inside it can be as large, each
        budget.count(bytes.len());
    }
    let mut opening = Opening {
        budget,
        found,
        head: None,
        handed_on: 0,
        unread: 0,
        is_told: false,
        content: false,
        placeholder: false,
    };
    let (origin, notes) = (origin.clone(), Vec::new());
    let place = Place { origin, depth: 0, notes, is_whole: true, in_mail: false };
    opening.look(&place, kind, Cow::Owned(bytes));
    opening.close(&place.origin);
}

/// Where something lies.
#[derive(Clone)]
struct Place {
    origin: Origin,
    /// How many containers are around it.
    depth: usize,
    /// What was odd about them.
    notes: Vec<Issue>,
    /// Whether it is the whole input, at most compressed.
    is_whole: bool,
    /// Whether a mail is around it.
    in_mail: bool,
}

impl Place {
    /// The place of what lies in the container at this one.
    fn below(&self, origin: Origin) -> Self {
        let Self { notes, in_mail, .. } = self.clone();
        Self { origin, depth: self.depth + 1, notes, is_whole: false, in_mail }
    }

    /// The same, with a note of what follows in the container.
    fn trailing(self, container: &str, count: usize) -> Self {
        let bytes = if count == 1 { "byte" } else { "bytes" };
        self.noted(IssueCode::TrailingBytes, container, format!("{count} {bytes}"))
    }

    /// The same, with a note about the container.
    fn noted(mut self, code: IssueCode, container: &str, value: String) -> Self {
        let part = self.origin.part.as_str();
        let place = if part.is_empty() { container } else { part }.to_owned();
        self.notes.push(Issue { code, place, value, more: 0 });
        self
    }
}

/// One input while it is being opened.
struct Opening<'a> {
    budget: Budget<'a>,
    found: &'a mut dyn FnMut(Found),
    /// The headers of the mail that the input is, until they are handed on.
    head: Option<Vec<u8>>,
    /// How many documents and rejections were handed on.
    handed_on: usize,
    /// How many things of the outermost mail were skipped by themselves.
    unread: usize,
    /// Whether anything was told of the input.
    is_told: bool,
    /// Whether something was passed over that is not empty.
    content: bool,
    /// Whether one of the parts says that it stands for no report.
    placeholder: bool,
}

impl Opening<'_> {
    /// Looks at bytes.
    fn look(&mut self, place: &Place, kind: Kind, bytes: Cow<'_, [u8]>) {
        match kind {
            Kind::Empty => {}
            Kind::Placeholder => self.placeholder = true,
            Kind::Xml if has_feedback_tag(&bytes) => self.hand_on(place, Ok(bytes.into_owned())),
            Kind::Xml | Kind::Other => self.content = true,
            Kind::Gzip | Kind::Zip | Kind::Tar | Kind::Mail if self.is_too_deep(place) => {
                self.reject(place, too_deep(kind, place.depth));
            }
            Kind::Gzip => self.gzip(place, bytes),
            Kind::Zip => self.zip(place, bytes.trim_ascii_start()),
            Kind::Tar => self.tar(place, &bytes),
            Kind::Mail => self.mail(place, &bytes),
        }
    }

    /// Looks at bytes that came out of a container.
    fn look_inside(&mut self, place: &Place, kind: Kind, bytes: Vec<u8>) {
        let held = bytes.len();
        self.budget.hold(held);
        self.look(place, kind, Cow::Owned(bytes));
        self.budget.release(held);
    }

    fn is_too_deep(&self, place: &Place) -> bool {
        place.depth >= self.budget.limits.container_depth
    }

    fn gzip(&mut self, place: &Place, bytes: Cow<'_, [u8]>) {
        // The total was passed before, and that was said.
        if self.budget.is_spent() {
            return;
        }
        let unpacked = gzip::unpack(&bytes, &mut self.budget);
        drop(bytes);
        match unpacked {
            Ok(unpacked) => self.gunzipped(place, unpacked),
            Err(rejection) => self.reject(place, rejection),
        }
    }

    fn gunzipped(&mut self, place: &Place, unpacked: gzip::Unpacked) {
        let gzip::Unpacked { bytes, trailing } = unpacked;
        let kind = sniff(&bytes);
        let mut inside = place.below(place.origin.clone());
        inside.is_whole = place.is_whole;
        // a tar.gz is one container: who makes it knows of no other; and a store may compress mails
        let is_one = kind == Kind::Tar || (kind == Kind::Mail && place.is_whole);
        inside.depth -= usize::from(is_one);
        if trailing > 0 {
            inside = inside.trailing("gzip", trailing);
        }
        self.look_inside(&inside, kind, bytes);
    }

    fn zip(&mut self, place: &Place, bytes: &[u8]) {
        let mut members = match zip_archive::Members::open(bytes, &self.budget) {
            Ok(members) => members,
            Err(rejection) => return self.reject(place, rejection),
        };
        while let Some(member) = members.next(&mut self.budget) {
            self.member(place, member);
        }
    }

    fn tar(&mut self, place: &Place, bytes: &[u8]) {
        let mut members = tar_archive::Members::open(bytes);
        while let Some(member) = members.next(&mut self.budget) {
            self.member(place, member);
        }
    }

    fn member(&mut self, archive: &Place, member: Member) {
        let origin = member
            .name
            .map_or_else(|| archive.origin.clone(), |name| archive.origin.inside(&shown(&name)));
        let place = archive.below(origin);
        match member.content {
            Ok(inner) => self.look_inside(&place, sniff(&inner), inner),
            Err(rejection) => self.reject(&place, rejection),
        }
    }

    fn mail(&mut self, place: &Place, bytes: &[u8]) {
        let before = self.handed_on;
        self.budget.enter_mail();
        if place.is_whole {
            let most = self.budget.limits.header_bytes;
            self.head = Some(mime::head(bytes, most).unwrap_or_default().to_vec());
        }
        if !place.in_mail {
            self.unread = 0;
        }
        let mail = mime::take_apart(&place.origin, bytes, &mut self.budget);
        let mut inside = place.below(place.origin.clone());
        inside.in_mail = true;
        if mail.is_unclosed {
            inside = inside.noted(IssueCode::UnclosedMail, "mail", String::new());
        }
        let mut leaves = mail.leaves.into_iter().peekable();
        while let Some(mut leaf) = leaves.next() {
            let is_last = mail.is_cut_off && leaves.peek().is_none();
            // what is left of the part where a mail breaks off is told by the rejection below
            leaf.claims_report &= !is_last || self.handed_on > before;
            self.leaf(&mut inside, leaf);
        }
        for (origin, rejection) in mail.rejections {
            inside.origin = origin;
            self.reject(&inside, rejection);
        }
        self.budget.leave_mail();
        if mail.is_cut_off && self.handed_on == before {
            self.reject(place, cut_off());
        }
    }

    /// Looks at a part of a mail, at a place in that mail.
    fn leaf(&mut self, inside: &mut Place, leaf: mime::Leaf<'_>) {
        let is_none = match leaf.kind {
            Kind::Xml => !has_feedback_tag(&leaf.bytes),
            kind => kind == Kind::Other,
        };
        inside.origin = leaf.origin;
        if is_none && leaf.claims_report {
            self.skip(inside);
        } else if leaf.rest > 0 {
            let noted = inside.clone().trailing("part", leaf.rest);
            self.look(&noted, leaf.kind, leaf.bytes);
        } else {
            self.look(inside, leaf.kind, leaf.bytes);
        }
    }

    /// Says that what was called a report is none.
    fn skip(&mut self, place: &Place) {
        self.content = true;
        if self.unread < UNREAD_MAX {
            self.unread += 1;
            self.tell(place.clone(), Err(Outcome::Skipped(Reason::NotAReport)));
        }
    }

    fn reject(&mut self, place: &Place, rejection: Rejection) {
        self.hand_on(place, Err(Outcome::Rejected(rejection)));
    }

    fn hand_on(&mut self, place: &Place, content: Result<Vec<u8>, Outcome>) {
        self.handed_on += 1;
        self.tell(place.clone(), content);
    }

    fn tell(&mut self, place: Place, content: Result<Vec<u8>, Outcome>) {
        self.is_told = true;
        let Place { origin, notes, .. } = place;
        (self.found)(Found { origin, content, notes, head: self.head.take() });
    }

    /// Says so if the input held no report.
    fn close(self, origin: &Origin) {
        if self.is_told {
            return;
        }
        let is_empty = self.placeholder || !self.content;
        let reason = if is_empty { Reason::Empty } else { Reason::NotAReport };
        let (origin, content) = (origin.clone(), Err(Outcome::Skipped(reason)));
        (self.found)(Found { origin, content, notes: Vec::new(), head: self.head });
    }
}

fn cut_off() -> Rejection {
    let detail = "the mail ends before its last part is closed";
    Rejection::new(Stage::Mime, Reason::Truncated, detail)
}

fn too_deep(kind: Kind, depth: usize) -> Rejection {
    let detail = format!("{} inside {depth} containers (limit container_depth)", kind.as_words());
    Rejection::new(Stage::Unpack, Reason::TooDeep, detail)
}

/// A sender's name as part of an origin: raw, but no longer than a file name can be.
pub(super) fn shown(name: &str) -> Cow<'_, str> {
    const NAME_MAX: usize = 255;
    if name.len() <= NAME_MAX {
        return Cow::Borrowed(name);
    }
    let end = name.floor_char_boundary(NAME_MAX);
    Cow::Owned(format!("{}\u{2026}", &name[..end]))
}

#[cfg(test)]
mod tests;
