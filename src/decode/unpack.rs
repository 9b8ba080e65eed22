//! **Unpacking**: one input opened to the documents inside it. In: the bytes of a file or a mail.
//! Out: each report document, whole and as yet undecoded, or what became of something instead.
//!
//! Mail, zip and gzip lie inside each other in any order; one recursion opens them all, bounded by
//! one [`Budget`]. What stands beside a report (texts, pictures, a readme) is passed over in
//! silence; an input without any report is skipped, once. A container that breaks off is rejected,
//! whatever came out of it.

use std::borrow::Cow;

use super::budget::Budget;
use super::limits::Limits;
use super::sniff::{Kind, has_feedback_tag, sniff};
use super::zip_archive::{Member, Members};
use super::{gzip, mime};
use crate::model::{Origin, Outcome, Reason, Rejection, Stage};

/// What was found inside an input: one report document, or what became of it instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it stood.
    pub origin: Origin,
    /// The bytes of one XML document in whatever encoding, or a rejection or a skip.
    pub content: Result<Vec<u8>, Outcome>,
}

/// Opens an input to the documents inside, and hands on each as soon as it is found, in order. At
/// least one thing is found in every input.
pub(crate) fn open(origin: &Origin, bytes: Vec<u8>, limits: &Limits, found: &mut dyn FnMut(Found)) {
    let kind = sniff(&bytes);
    let budget = Budget::new(limits);
    let mut opening =
        Opening { budget, found, anything: false, content: false, placeholder: false };
    opening.look(origin, kind, Cow::Owned(bytes), 0);
    opening.close(origin);
}

/// One input while it is being opened.
struct Opening<'a> {
    budget: Budget<'a>,
    found: &'a mut dyn FnMut(Found),
    /// Whether a document or a rejection was handed on.
    anything: bool,
    /// Whether something was passed over that is not empty.
    content: bool,
    /// Whether one of the parts says that it stands for no report.
    placeholder: bool,
}

impl Opening<'_> {
    /// Looks at bytes that lie inside `depth` containers.
    fn look(&mut self, origin: &Origin, kind: Kind, bytes: Cow<'_, [u8]>, depth: usize) {
        match kind {
            Kind::Empty => {}
            Kind::Placeholder => self.placeholder = true,
            Kind::Xml if has_feedback_tag(&bytes) => self.hand_on(origin, Ok(bytes.into_owned())),
            Kind::Xml | Kind::Other => self.content = true,
            Kind::Gzip | Kind::Zip | Kind::Mail if self.is_too_deep(depth) => {
                self.reject(origin, too_deep(kind, depth));
            }
            Kind::Gzip => self.gzip(origin, bytes, depth),
            Kind::Zip => self.zip(origin, bytes.trim_ascii_start(), depth),
            Kind::Mail => self.mail(origin, &bytes, depth),
        }
    }

    fn is_too_deep(&self, depth: usize) -> bool {
        depth >= self.budget.limits.container_depth
    }

    fn gzip(&mut self, origin: &Origin, bytes: Cow<'_, [u8]>, depth: usize) {
        // The total was passed before, and that was said.
        if self.budget.is_spent() {
            return;
        }
        let unpacked = gzip::unpack(&bytes, &mut self.budget);
        drop(bytes);
        match unpacked {
            Ok(inner) => self.look(origin, sniff(&inner), Cow::Owned(inner), depth + 1),
            Err(rejection) => self.reject(origin, rejection),
        }
    }

    fn zip(&mut self, origin: &Origin, bytes: &[u8], depth: usize) {
        let mut members = match Members::open(bytes, &self.budget) {
            Ok(members) => members,
            Err(rejection) => return self.reject(origin, rejection),
        };
        while let Some(Member { name, content }) = members.next(&mut self.budget) {
            let origin = name.map_or_else(|| origin.clone(), |name| origin.inside(&shown(&name)));
            match content {
                Ok(inner) => self.look(&origin, sniff(&inner), Cow::Owned(inner), depth + 1),
                Err(rejection) => self.reject(&origin, rejection),
            }
        }
    }

    fn mail(&mut self, origin: &Origin, bytes: &[u8], depth: usize) {
        self.budget.enter_mail();
        let mail = mime::take_apart(origin, bytes, &mut self.budget);
        for leaf in mail.leaves {
            self.look(&leaf.origin, leaf.kind, leaf.bytes, depth + 1);
        }
        for (origin, rejection) in mail.rejections {
            self.reject(&origin, rejection);
        }
        self.budget.leave_mail();
    }

    fn reject(&mut self, origin: &Origin, rejection: Rejection) {
        self.hand_on(origin, Err(Outcome::Rejected(rejection)));
    }

    fn hand_on(&mut self, origin: &Origin, content: Result<Vec<u8>, Outcome>) {
        self.anything = true;
        (self.found)(Found { origin: origin.clone(), content });
    }

    /// Says so if the input held no report.
    fn close(self, origin: &Origin) {
        if self.anything {
            return;
        }
        let is_empty = self.placeholder || !self.content;
        let reason = if is_empty { Reason::Empty } else { Reason::NotAReport };
        (self.found)(Found { origin: origin.clone(), content: Err(Outcome::Skipped(reason)) });
    }
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
