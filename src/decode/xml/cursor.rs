//! A **cursor** over a document: from an element to its children, its text, or past it.
//!
//! In: text. Out: elements and their text, borrowed where nothing had to be put together. Refuses
//! what is not well-formed, ends too early, nests too deep or carries a document type definition
//! (RFC 9990 section 8.1 warns of XML bombs; no entity is ever expanded).
//!
//! The end of input alone is never success: whoever opens an element meets its end, or a rejection.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::element::Element;
use super::issues::Issues;
use super::pieces::{append, clipped, cut, is_blank, trim};
use super::text::is_forbidden_char;
use crate::decode::Limits;
use crate::decode::sniff::find_feedback_tag;
use crate::model::{IssueCode, LangText, Reason, Rejection, Stage};

/// How many elements of a document may be passed over.
const PASSED_OVER_MAX: usize = 1_000_000;

/// A result of moving the cursor.
pub(super) type Moved<T> = Result<T, Rejection>;

/// An element that was entered.
pub(super) struct Tag<'a> {
    /// Which element.
    pub element: Element,
    start: BytesStart<'a>,
}

impl Tag<'_> {
    /// The name as it was written, with its prefix.
    pub(super) fn name(&self) -> String {
        self.start.name().as_ref().chars().take(80).collect()
    }

    /// The value of an attribute, as written.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.start.attributes();
        attributes.with_checks(false);
        let found = attributes.flatten().find(|a| a.key.local_name().as_ref() == name)?;
        Some(found.value.trim().chars().take(80).collect())
    }

    /// The namespace that the tag declares for itself.
    pub(super) fn namespace(&self) -> Option<String> {
        namespace(&self.start)
    }
}

fn namespace(start: &BytesStart<'_>) -> Option<String> {
    let name = start.name();
    let wanted = name.prefix().map_or_else(|| "xmlns".into(), |p| format!("xmlns:{}", p.as_ref()));
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    let found = attributes.flatten().find(|a| a.key.as_ref() == wanted.as_str())?;
    Some(found.value.trim().chars().take(200).collect())
}

/// A text in a declared language, as it is read.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub(super) struct Passage<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// The language, as written.
    pub lang: Option<String>,
}

impl Passage<'_> {
    /// The same, for the model.
    pub(super) fn to_lang_text(&self) -> LangText {
        LangText { text: self.text.as_ref().to_owned(), lang: self.lang.clone() }
    }
}

/// The cursor.
pub(super) struct Cursor<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    /// Where the reader began, in bytes from the start of the document.
    offset: usize,
    depth: usize,
    /// The root of the document.
    root: Option<BytesStart<'a>>,
    /// The namespace that the root declares for itself: looked for once, for a root may be large.
    root_namespace: Option<String>,
    /// Elements that were passed over.
    passed_over: usize,
    limits: &'a Limits,
    /// What was odd so far.
    pub issues: Issues,
}

impl<'a> Cursor<'a> {
    /// A cursor before the first element that starts at or after `offset`, in bytes.
    pub(super) fn new(text: &'a str, offset: usize, limits: &'a Limits) -> Self {
        let issues = Issues::new(limits.issues);
        let start = text.get(offset..).unwrap_or_default();
        Self {
            reader: reader(start),
            text,
            offset,
            depth: 0,
            root: None,
            root_namespace: None,
            passed_over: 0,
            limits,
            issues,
        }
    }

    /// Where another report starts behind what was read, in bytes from the start.
    pub(super) fn next_document(&self) -> Option<usize> {
        self.find_report(usize::try_from(self.position()).ok()?)
    }

    /// Where another report starts behind the place of a rejection.
    pub(super) fn next_document_after(&self, rejection: &Rejection) -> Option<usize> {
        self.find_report(usize::try_from(rejection.position?).ok()?)
    }

    fn find_report(&self, from: usize) -> Option<usize> {
        find_feedback_tag(self.text.as_bytes().get(from..)?).map(|at| from + at)
    }

    /// Starts again at the first report inside what was taken for one; says whether there is any.
    pub(super) fn restart_at_report(&mut self) -> bool {
        let Some(offset) = self.find_report(self.offset) else { return false };
        self.reader = reader(&self.text[offset..]);
        self.offset = offset;
        self.depth = 0;
        true
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.reader.buffer_position() + self.offset as u64
    }

    /// Enters the next child of the present element; `None` at its end, which is then behind.
    pub(super) fn child(&mut self, parent: Element) -> Moved<Option<Tag<'a>>> {
        self.child_or_text(parent, None)
    }

    /// The same, for an element that some reporters write text into: the first text goes there.
    pub(super) fn child_or_text(
        &mut self,
        parent: Element,
        mut bare: Option<&mut Option<Cow<'a, str>>>,
    ) -> Moved<Option<Tag<'a>>> {
        loop {
            match self.event()? {
                Event::Start(start) => return self.enter_child(start, parent).map(Some),
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(None);
                }
                // the blanks between elements, so common that they are told apart first
                Event::Text(text) if is_blank(&text) => {}
                Event::Text(text) => match &mut bare {
                    Some(bare) if bare.is_none() => {
                        **bare = Some(self.fit(trim(text.xml10_content()), parent));
                    }
                    _ => self.stray(&text, parent),
                },
                Event::CData(text) => self.stray(&text, parent),
                Event::GeneralRef(name) => self.stray(&name, parent),
                Event::Eof => return Err(self.truncated(parent)),
                _ => {}
            }
        }
    }

    /// Enters the first element of the document; `None` if there is none.
    pub(super) fn root(&mut self) -> Moved<Option<Tag<'a>>> {
        loop {
            match self.event()? {
                Event::Start(start) => {
                    self.root_namespace = namespace(&start);
                    self.root = Some(start.clone());
                    return self.enter(start).map(Some);
                }
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// Whether anything but comments and blanks follows the root element.
    pub(super) fn has_more(&mut self) -> bool {
        loop {
            match self.reader.read_event() {
                Ok(Event::Eof) => return false,
                Ok(Event::Text(text)) if text.trim().is_empty() => {}
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                _ => return true,
            }
        }
    }

    /// The text of the present element, trimmed, up to its end, which is then behind. Elements
    /// inside are passed over.
    pub(super) fn text(&mut self, of: Element) -> Moved<Cow<'a, str>> {
        let max = self.limits.text_bytes.saturating_mul(2);
        let mut whole = Cow::Borrowed("");
        loop {
            match self.event()? {
                Event::Text(text) => append(&mut whole, text.xml10_content(), max),
                Event::CData(text) => append(&mut whole, text.xml10_content(), max),
                Event::GeneralRef(name) => {
                    let resolved = self.resolve(&name, of);
                    append(&mut whole, resolved, max);
                }
                Event::Start(start) => {
                    let tag = self.enter_child(start, of)?;
                    self.unknown(&tag, of)?;
                }
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(self.fit(trim(whole), of));
                }
                Event::Eof => return Err(self.truncated(of)),
                _ => {}
            }
        }
    }

    /// The text of the present element, with its language.
    pub(super) fn passage(&mut self, tag: &Tag<'_>) -> Moved<Passage<'a>> {
        let lang = tag.attribute("lang");
        Ok(Passage { text: self.text(tag.element)?, lang })
    }

    /// Passes over an element that was entered where extensions may stand (RFC 9990 section 5):
    /// in silence if it is one, and as unknown if not.
    pub(super) fn extension(&mut self, tag: &Tag<'_>, parent: Element) -> Moved<()> {
        if self.is_extension(tag) { self.skip(parent) } else { self.unknown(tag, parent) }
    }

    /// Whether an element is in another namespace than the report's own, by its prefix or by what
    /// it declares.
    fn is_extension(&self, tag: &Tag<'_>) -> bool {
        let (name, root) = (tag.start.name(), self.root.as_ref());
        match name.prefix() {
            Some(prefix) => {
                let of_root = root.and_then(|root| root.name().prefix());
                of_root.is_none_or(|of_root| of_root.as_ref() != prefix.as_ref())
            }
            None => {
                let own = tag.namespace().filter(|own| !own.is_empty());
                own.is_some() && own != self.root_namespace
            }
        }
    }

    /// Passes over an element that was entered, whatever it holds, and notes it as unknown.
    pub(super) fn unknown(&mut self, tag: &Tag<'_>, parent: Element) -> Moved<()> {
        let name = tag.start.name();
        self.issues.note(IssueCode::UnknownElement, name.as_ref(), || parent.as_str().into());
        self.skip(parent)
    }

    /// Passes over an element that was entered, whatever it holds, without keeping any of it.
    pub(super) fn skip(&mut self, parent: Element) -> Moved<()> {
        let outside = self.depth - 1;
        self.pass_over()?;
        while self.depth > outside {
            match self.event()? {
                Event::Start(start) => {
                    self.pass_over()?;
                    self.enter(start)?;
                }
                Event::End(_) => self.depth -= 1,
                Event::Eof => return Err(self.truncated(parent)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Counts an element that means nothing: no extension has so many.
    fn pass_over(&mut self) -> Moved<()> {
        self.passed_over += 1;
        if self.passed_over > PASSED_OVER_MAX {
            let detail = format!("more than {PASSED_OVER_MAX} elements that no RFC knows");
            return Err(self.reject(Reason::TooManyParts, detail));
        }
        Ok(())
    }

    /// Enters a child of a known element. A report inside a report is the next one: the one that
    /// it seems to stand in was cut off.
    fn enter_child(&mut self, start: BytesStart<'a>, parent: Element) -> Moved<Tag<'a>> {
        let tag = self.enter(start)?;
        if tag.element == Element::Feedback
            && self.root.as_ref().is_some_and(|root| root.name() == tag.start.name())
        {
            let detail = format!("another report starts inside <{}>", parent.as_str());
            return Err(Rejection::new(Stage::Xml, Reason::Truncated, detail).at(self.before(&tag)));
        }
        Ok(tag)
    }

    /// Where a tag starts that was just entered.
    fn before(&self, tag: &Tag<'_>) -> u64 {
        let behind = usize::try_from(self.position()).unwrap_or(usize::MAX);
        let inside = behind.saturating_sub(tag.start.len());
        let text = self.text.as_bytes().get(..inside).unwrap_or_default();
        memchr::memrchr(b'<', text).unwrap_or(inside) as u64
    }

    fn enter(&mut self, start: BytesStart<'a>) -> Moved<Tag<'a>> {
        self.depth += 1;
        if self.depth > self.limits.xml_depth {
            let detail =
                format!("elements nest deeper than {} (limit xml_depth)", self.limits.xml_depth);
            return Err(self.reject(Reason::TooDeep, detail));
        }
        let element = Element::of(start.local_name().as_ref());
        Ok(Tag { element, start })
    }

    fn event(&mut self) -> Moved<Event<'a>> {
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => {
                let detail = Reason::DtdNotAllowed.meaning();
                Err(self.reject(Reason::DtdNotAllowed, detail))
            }
            Ok(event) => Ok(event),
            Err(quick_xml::Error::Syntax(error)) => {
                Err(self.reject(Reason::Truncated, clipped(&error)))
            }
            Err(error) => Err(self.reject(Reason::Malformed, clipped(&error))),
        }
    }

    fn resolve(&mut self, name: &BytesRef<'a>, of: Element) -> Cow<'a, str> {
        let literal: &str = name;
        let known = match name.resolve_char_ref() {
            Ok(Some(c)) if !is_forbidden_char(c) => return c.to_string().into(),
            Ok(Some(_)) | Err(_) => None,
            Ok(None) => quick_xml::escape::resolve_xml_entity(literal),
        };
        match known {
            Some(text) => Cow::Borrowed(text),
            None => {
                self.issues.note(IssueCode::BadReference, literal, || of.as_str().into());
                let end = literal.floor_char_boundary(self.limits.text_bytes);
                Cow::Owned(format!("&{};", &literal[..end]))
            }
        }
    }

    fn stray(&mut self, text: &str, parent: Element) {
        let text = text.trim();
        if !text.is_empty() {
            self.issues.note(IssueCode::StrayText, text, || parent.as_str().into());
        }
    }

    /// Cuts a text to the limit, and says so.
    fn fit(&mut self, text: Cow<'a, str>, of: Element) -> Cow<'a, str> {
        let max = self.limits.text_bytes;
        if text.len() <= max {
            return text;
        }
        self.issues.note(IssueCode::ValueTooLong, &text, || of.as_str().into());
        cut(text, max)
    }

    fn truncated(&self, inside: Element) -> Rejection {
        let detail = format!("inside <{}>", inside.as_str());
        self.reject(Reason::Truncated, detail)
    }

    /// A rejection at the present position.
    pub(super) fn reject(&self, reason: Reason, detail: impl Into<String>) -> Rejection {
        Rejection::new(Stage::Xml, reason, detail).at(self.position())
    }
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.allow_dangling_amp = true;
    reader
}
