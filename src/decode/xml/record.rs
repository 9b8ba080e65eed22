//! A **record** as it is read: its texts still borrowed from the document, so that the many rows
//! that say the same cost no memory of their own.
//!
//! In: a cursor inside `record`. Out: a [`Row`]. Refuses nothing but what the cursor refuses; what
//! the texts mean is worked out once for each different [`Seen`], in `meaning`.

use std::borrow::Cow;

use super::cursor::{Cursor, Moved, Passage, Tag};
use super::element::Element;
use crate::model::IssueCode;

/// How many reasons, DKIM results and SPF results of a record are kept, of each. RFC 9990 section
/// 3.1.3 asks reporters to stop at 100 signatures; a small archive can hold a million results.
const LIST_MAX: usize = 100;

/// One record's texts.
#[derive(Debug, Default)]
pub(super) struct Row<'a> {
    /// `row/source_ip`.
    pub source_ip: Option<Cow<'a, str>>,
    /// `row/count`.
    pub count: Option<Cow<'a, str>>,
    /// Everything else.
    pub seen: Seen<'a>,
}

/// All texts of a record but the address and the count.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub(super) struct Seen<'a> {
    /// `identifiers/header_from`.
    pub header_from: Option<Cow<'a, str>>,
    /// `identifiers/envelope_from`.
    pub envelope_from: Option<Cow<'a, str>>,
    /// `identifiers/envelope_to`.
    pub envelope_to: Option<Cow<'a, str>>,
    /// `policy_evaluated/disposition`.
    pub disposition: Option<Cow<'a, str>>,
    /// `policy_evaluated/dkim`.
    pub dkim: Option<Cow<'a, str>>,
    /// `policy_evaluated/spf`.
    pub spf: Option<Cow<'a, str>>,
    /// `policy_evaluated/reason`.
    pub reasons: Vec<SeenReason<'a>>,
    /// Whether there is an `auth_results`, whatever it holds.
    pub has_auth_results: bool,
    /// `auth_results/dkim`.
    pub dkim_auth: Vec<SeenAuth<'a>>,
    /// `auth_results/spf`.
    pub spf_auth: Vec<SeenAuth<'a>>,
}

/// One override reason's texts.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub(super) struct SeenReason<'a> {
    /// `type`, or the text of the element itself.
    pub kind: Cow<'a, str>,
    /// `comment`.
    pub comment: Option<Passage<'a>>,
}

/// One authentication result's texts.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub(super) struct SeenAuth<'a> {
    /// `domain`.
    pub domain: Cow<'a, str>,
    /// `selector` of DKIM, `scope` of SPF.
    pub qualifier: Option<Cow<'a, str>>,
    /// `result`.
    pub result: Cow<'a, str>,
    /// `human_result`.
    pub human_result: Option<Passage<'a>>,
}

impl Seen<'_> {
    /// What it costs to keep: itself, the entries of its lists, and its text.
    pub(super) fn cost(&self) -> usize {
        const TEXT: usize = 256;
        let entries = self.reasons.len() + self.dkim_auth.len() + self.spf_auth.len();
        1 + entries + self.text_bytes() / TEXT
    }

    fn text_bytes(&self) -> usize {
        let Self { header_from, envelope_from, envelope_to, disposition, dkim, spf, .. } = self;
        let texts = [header_from, envelope_from, envelope_to, disposition, dkim, spf];
        let said = |text: &Option<Cow<'_, str>>| text.as_ref().map_or(0, |text| text.len());
        let remark = |text: &Option<Passage<'_>>| text.as_ref().map_or(0, |text| text.text.len());
        let reasons = self.reasons.iter().map(|r| r.kind.len() + remark(&r.comment));
        let results = self.dkim_auth.iter().chain(&self.spf_auth).map(|auth| {
            auth.domain.len()
                + said(&auth.qualifier)
                + auth.result.len()
                + remark(&auth.human_result)
        });
        texts.into_iter().map(said).chain(reasons).chain(results).sum()
    }
}

/// Reads one record.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>) -> Moved<Row<'a>> {
    let mut row = Row::default();
    let (mut rows, mut identifiers, mut results) = (false, false, false);
    while let Some(tag) = cursor.child(Element::Record)? {
        match tag.element {
            Element::Row if is_first(cursor, &tag, Element::Record, &mut rows)? => {
                read_row(cursor, &mut row)?;
            }
            Element::Identifiers | Element::Identities
                if is_first(cursor, &tag, Element::Record, &mut identifiers)? =>
            {
                if tag.element == Element::Identities {
                    cursor.issues.note(IssueCode::AliasElement, "identities", || "record".into());
                }
                read_identifiers(cursor, &mut row.seen)?;
            }
            Element::AuthResults if is_first(cursor, &tag, Element::Record, &mut results)? => {
                read_auth_results(cursor, &mut row.seen)?;
            }
            Element::Row | Element::Identifiers | Element::Identities | Element::AuthResults => {}
            // RFC 9990 section 5: a record may end with extensions of any namespace
            _ => cursor.extension(&tag, Element::Record)?,
        }
    }
    Ok(row)
}

/// Whether an element is the first of its kind. Another one is passed over and said: put together,
/// two could say what neither does.
pub(super) fn is_first(
    cursor: &mut Cursor<'_>,
    tag: &Tag<'_>,
    parent: Element,
    met: &mut bool,
) -> Moved<bool> {
    let is_first = !std::mem::replace(met, true);
    if !is_first {
        let place = || parent.as_str().into();
        cursor.issues.note(IssueCode::RepeatedElement, tag.element.as_str(), place);
        cursor.skip(parent)?;
    }
    Ok(is_first)
}

fn read_row<'a>(cursor: &mut Cursor<'a>, row: &mut Row<'a>) -> Moved<()> {
    let mut evaluated = false;
    while let Some(tag) = cursor.child(Element::Row)? {
        match tag.element {
            Element::SourceIp => once(cursor, &tag, &mut row.source_ip)?,
            Element::Count => once(cursor, &tag, &mut row.count)?,
            Element::PolicyEvaluated => {
                if is_first(cursor, &tag, Element::Row, &mut evaluated)? {
                    read_evaluated(cursor, &mut row.seen)?;
                }
            }
            _ => cursor.unknown(&tag, Element::Row)?,
        }
    }
    Ok(())
}

fn read_evaluated<'a>(cursor: &mut Cursor<'a>, seen: &mut Seen<'a>) -> Moved<()> {
    while let Some(tag) = cursor.child(Element::PolicyEvaluated)? {
        match tag.element {
            Element::Disposition => once(cursor, &tag, &mut seen.disposition)?,
            Element::Dkim => once(cursor, &tag, &mut seen.dkim)?,
            Element::Spf => once(cursor, &tag, &mut seen.spf)?,
            Element::Reason => read_reason(cursor, seen)?,
            _ => cursor.unknown(&tag, Element::PolicyEvaluated)?,
        }
    }
    Ok(())
}

/// Reads a reason. One reporter writes the type as the element's own text, another sends reasons
/// with nothing inside, which are dropped.
fn read_reason<'a>(cursor: &mut Cursor<'a>, seen: &mut Seen<'a>) -> Moved<()> {
    let mut reason = SeenReason::default();
    let (mut kind, mut bare) = (None, None);
    while let Some(tag) = cursor.child_or_text(Element::Reason, Some(&mut bare))? {
        match tag.element {
            Element::Type => once(cursor, &tag, &mut kind)?,
            Element::Comment => once_passage(cursor, &tag, &mut reason.comment)?,
            _ => cursor.unknown(&tag, Element::Reason)?,
        }
    }
    if let (Some(_), Some(text)) = (&kind, &bare) {
        cursor.issues.note(IssueCode::StrayText, text, || "reason".into());
    }
    reason.kind = kind.or(bare).unwrap_or_default();
    reason.comment = reason.comment.filter(|comment| !comment.text.is_empty());
    if !reason.kind.is_empty() || reason.comment.is_some() {
        keep(cursor, Element::Reason, reason, &mut seen.reasons);
    }
    Ok(())
}

fn read_identifiers<'a>(cursor: &mut Cursor<'a>, seen: &mut Seen<'a>) -> Moved<()> {
    while let Some(tag) = cursor.child(Element::Identifiers)? {
        match tag.element {
            Element::HeaderFrom => once(cursor, &tag, &mut seen.header_from)?,
            Element::EnvelopeFrom => once(cursor, &tag, &mut seen.envelope_from)?,
            Element::EnvelopeTo => once(cursor, &tag, &mut seen.envelope_to)?,
            _ => cursor.unknown(&tag, Element::Identifiers)?,
        }
    }
    Ok(())
}

fn read_auth_results<'a>(cursor: &mut Cursor<'a>, seen: &mut Seen<'a>) -> Moved<()> {
    seen.has_auth_results = true;
    while let Some(tag) = cursor.child(Element::AuthResults)? {
        match tag.element {
            Element::Dkim => read_auth(cursor, tag.element, &mut seen.dkim_auth)?,
            Element::Spf => read_auth(cursor, tag.element, &mut seen.spf_auth)?,
            _ => cursor.unknown(&tag, Element::AuthResults)?,
        }
    }
    Ok(())
}

/// Reads one result into a list, unless the reporter wrote the elements but nothing into them.
fn read_auth<'a>(
    cursor: &mut Cursor<'a>,
    kind: Element,
    into: &mut Vec<SeenAuth<'a>>,
) -> Moved<()> {
    let mut auth = SeenAuth::default();
    let (mut domain, mut result) = (None, None);
    while let Some(tag) = cursor.child(kind)? {
        match tag.element {
            Element::Domain => once(cursor, &tag, &mut domain)?,
            Element::Result => once(cursor, &tag, &mut result)?,
            Element::Selector if kind == Element::Dkim => {
                once(cursor, &tag, &mut auth.qualifier)?;
            }
            Element::Scope if kind == Element::Spf => once(cursor, &tag, &mut auth.qualifier)?,
            Element::HumanResult => once_passage(cursor, &tag, &mut auth.human_result)?,
            _ => cursor.unknown(&tag, kind)?,
        }
    }
    auth.domain = domain.unwrap_or_default();
    auth.result = result.unwrap_or_default();
    auth.qualifier = auth.qualifier.filter(|text| !text.is_empty());
    auth.human_result = auth.human_result.filter(|text| !text.text.is_empty());
    if !auth.domain.is_empty() || !auth.result.is_empty() {
        keep(cursor, kind, auth, into);
    }
    Ok(())
}

/// Adds to a list, or notes that the list is full.
pub(super) fn keep<T>(cursor: &mut Cursor<'_>, kind: Element, item: T, list: &mut Vec<T>) {
    if list.len() < LIST_MAX {
        list.push(item);
    } else {
        let value = format!("more than {LIST_MAX}");
        cursor.issues.note(IssueCode::ValueTooLong, &value, || kind.as_str().into());
    }
}

/// Reads a text that may stand once; the first one counts.
pub(super) fn once<'a>(
    cursor: &mut Cursor<'a>,
    tag: &Tag<'_>,
    into: &mut Option<Cow<'a, str>>,
) -> Moved<()> {
    let text = cursor.text(tag.element)?;
    if into.is_none() {
        *into = Some(text);
    } else {
        cursor.issues.note(IssueCode::RepeatedElement, &text, || tag.element.as_str().into());
    }
    Ok(())
}

/// The same, for a text in a language.
pub(super) fn once_passage<'a>(
    cursor: &mut Cursor<'a>,
    tag: &Tag<'_>,
    into: &mut Option<Passage<'a>>,
) -> Moved<()> {
    let passage = cursor.passage(tag)?;
    if into.is_none() {
        *into = Some(passage);
    } else {
        let place = || tag.element.as_str().into();
        cursor.issues.note(IssueCode::RepeatedElement, &passage.text, place);
    }
    Ok(())
}
