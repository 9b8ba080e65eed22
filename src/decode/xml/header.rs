//! The **header** of a report: everything that stands before its records.
//!
//! In: the children of `feedback` but `record`. Out: reporter, period and policy. Refuses a report
//! without a policy domain or without a period that can be read.

use std::borrow::Cow;

use super::cursor::{Cursor, Moved, Passage, Tag};
use super::element::Element;
use super::filled;
use super::issues::Issues;
use super::record::{once, once_passage};
use super::{domain, meaning};
use crate::model::words::{AlignmentMode, Dialect, DiscoveryMethod, Policy, Testing};
use crate::model::{IssueCode, LangText, PolicyPublished, Reason, Rejection, Reporter, Stage};

/// How many `error` elements are kept; the RFCs disagree whether there may be more than one.
const ERRORS_MAX: usize = 10;

/// The texts of the header.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    /// The root's namespace.
    pub namespace: Option<String>,
    /// Whether an element stands there that only RFC 9990 knows.
    pub has_9990_elements: bool,
    version: Option<Cow<'a, str>>,
    org_name: Option<Cow<'a, str>>,
    email: Option<Cow<'a, str>>,
    extra_contact_info: Option<Passage<'a>>,
    generator: Option<Cow<'a, str>>,
    report_id: Option<Cow<'a, str>>,
    begin: Option<Cow<'a, str>>,
    end: Option<Cow<'a, str>>,
    errors: Vec<LangText>,
    policies: usize,
    policy: PolicyTexts<'a>,
}

/// The texts of `policy_published`.
#[derive(Debug, Default)]
struct PolicyTexts<'a> {
    domain: Option<Cow<'a, str>>,
    p: Option<Cow<'a, str>>,
    sp: Option<Cow<'a, str>>,
    np: Option<Cow<'a, str>>,
    adkim: Option<Cow<'a, str>>,
    aspf: Option<Cow<'a, str>>,
    fo: Option<Cow<'a, str>>,
    pct: Option<Cow<'a, str>>,
    testing: Option<Cow<'a, str>>,
    discovery_method: Option<Cow<'a, str>>,
    psd: Option<Cow<'a, str>>,
}

/// What the header says.
pub(super) struct Heading {
    pub reporter: Reporter,
    pub report_id: String,
    pub begin: i64,
    pub end: i64,
    pub errors: Vec<LangText>,
    pub policy: PolicyPublished,
}

impl<'a> Header<'a> {
    /// An empty header under a root of that namespace.
    pub(super) fn new(namespace: Option<String>) -> Self {
        Self { namespace, ..Self::default() }
    }

    /// Reads one child of `feedback`.
    pub(super) fn child(&mut self, cursor: &mut Cursor<'a>, tag: &Tag<'a>) -> Moved<()> {
        match tag.element {
            Element::Version => once(cursor, tag, &mut self.version),
            Element::ReportMetadata => self.metadata(cursor),
            Element::PolicyPublished => self.policy_published(cursor),
            Element::Extension | Element::Extensions => {
                self.has_9990_elements = true;
                cursor.skip(Element::Feedback)
            }
            _ => cursor.extension(tag, Element::Feedback),
        }
    }

    fn metadata(&mut self, cursor: &mut Cursor<'a>) -> Moved<()> {
        while let Some(tag) = cursor.child(Element::ReportMetadata)? {
            match tag.element {
                Element::OrgName => once(cursor, &tag, &mut self.org_name)?,
                Element::Email => once(cursor, &tag, &mut self.email)?,
                Element::ExtraContactInfo => {
                    once_passage(cursor, &tag, &mut self.extra_contact_info)?;
                }
                Element::ReportId => once(cursor, &tag, &mut self.report_id)?,
                Element::DateRange => self.date_range(cursor)?,
                Element::Error => self.error(cursor, &tag)?,
                Element::Generator => {
                    self.has_9990_elements = true;
                    once(cursor, &tag, &mut self.generator)?;
                }
                _ => cursor.unknown(&tag, Element::ReportMetadata)?,
            }
        }
        Ok(())
    }

    fn error(&mut self, cursor: &mut Cursor<'a>, tag: &Tag<'a>) -> Moved<()> {
        let error = cursor.passage(tag)?;
        if self.errors.len() == ERRORS_MAX {
            let value = format!("more than {ERRORS_MAX}");
            cursor.issues.note(IssueCode::ValueTooLong, &value, || "error".into());
        } else if !error.text.is_empty() {
            self.errors.push(error.to_lang_text());
        }
        Ok(())
    }

    fn date_range(&mut self, cursor: &mut Cursor<'a>) -> Moved<()> {
        while let Some(tag) = cursor.child(Element::DateRange)? {
            match tag.element {
                Element::Begin => once(cursor, &tag, &mut self.begin)?,
                Element::End => once(cursor, &tag, &mut self.end)?,
                _ => cursor.unknown(&tag, Element::DateRange)?,
            }
        }
        Ok(())
    }

    fn policy_published(&mut self, cursor: &mut Cursor<'a>) -> Moved<()> {
        self.policies += 1;
        if self.policies > 1 {
            let place = || "feedback".into();
            cursor.issues.note(IssueCode::RepeatedElement, "policy_published", place);
            return cursor.skip(Element::Feedback);
        }
        while let Some(tag) = cursor.child(Element::PolicyPublished)? {
            match tag.element {
                Element::Testing | Element::DiscoveryMethod => self.has_9990_elements = true,
                Element::T => {
                    let place = || "policy_published".into();
                    cursor.issues.note(IssueCode::AliasElement, "t", place);
                }
                _ => {}
            }
            match self.policy.slot(tag.element) {
                Some(slot) => once(cursor, &tag, slot)?,
                None if matches!(tag.element, Element::Rf | Element::Ri) => {
                    cursor.skip(Element::PolicyPublished)?;
                }
                None => cursor.unknown(&tag, Element::PolicyPublished)?,
            }
        }
        Ok(())
    }

    /// Works out what the header says.
    pub(super) fn finish(self, issues: &mut Issues, dialect: Dialect) -> Moved<Heading> {
        let begin = moment(self.begin.as_deref(), "begin", issues)?;
        let end = moment(self.end.as_deref(), "end", issues)?;
        let email = self.email.unwrap_or_default().into_owned();
        let reporter = Reporter {
            org_name: org_name(self.org_name.as_deref(), &email, issues),
            email,
            extra_contact_info: filled_passage(self.extra_contact_info.as_ref()),
            generator: filled(self.generator),
            version: filled(self.version),
            namespace: self.namespace,
            dialect,
        };
        let report_id = report_id(self.report_id.as_deref(), issues);
        let policy = self.policy.finish(issues)?;
        Ok(Heading { reporter, report_id, begin, end, errors: self.errors, policy })
    }
}

impl<'a> PolicyTexts<'a> {
    /// Where an element's text goes.
    fn slot(&mut self, element: Element) -> Option<&mut Option<Cow<'a, str>>> {
        Some(match element {
            Element::Domain => &mut self.domain,
            Element::P => &mut self.p,
            Element::Sp => &mut self.sp,
            Element::Np => &mut self.np,
            Element::Adkim => &mut self.adkim,
            Element::Aspf => &mut self.aspf,
            Element::Fo => &mut self.fo,
            Element::Pct => &mut self.pct,
            Element::Testing | Element::T => &mut self.testing,
            Element::DiscoveryMethod => &mut self.discovery_method,
            Element::Psd => &mut self.psd,
            _ => return None,
        })
    }

    fn finish(self, issues: &mut Issues) -> Moved<PolicyPublished> {
        let text = self.domain.unwrap_or_default();
        let (domain, issue) = domain::read(&text);
        if !domain.contains(char::is_alphanumeric) {
            let detail = "nobody knows whose mail this is about";
            return Err(Rejection::new(Stage::Report, Reason::MissingDomain, detail));
        }
        if let Some(code) = issue {
            issues.note(code, &text, || "policy_published/domain".into());
        }
        if self.p.is_none() {
            issues.note(IssueCode::MissingElement, "", || "policy_published/p".into());
        }
        let policy = PolicyPublished {
            domain,
            p: self.p.as_deref().map(Policy::parse),
            sp: self.sp.as_deref().map(Policy::parse),
            np: self.np.as_deref().map(Policy::parse),
            adkim: self.adkim.as_deref().map(AlignmentMode::parse),
            aspf: self.aspf.as_deref().map(AlignmentMode::parse),
            fo: self.fo.map(Cow::into_owned),
            pct: self.pct.map(Cow::into_owned),
            testing: self.testing.as_deref().map(Testing::parse),
            discovery_method: self.discovery_method.as_deref().map(DiscoveryMethod::parse),
            psd: self.psd.map(Cow::into_owned),
        };
        check_words(&policy, issues);
        Ok(policy)
    }
}

/// Notes the words that no RFC knows; an empty element is another way to leave it out.
fn check_words(policy: &PolicyPublished, issues: &mut Issues) {
    let discovery = policy.discovery_method.as_ref();
    let words = [
        ("p", policy.p.as_ref().map(|w| (w.is_known(), w.as_str()))),
        ("sp", policy.sp.as_ref().map(|w| (w.is_known(), w.as_str()))),
        ("np", policy.np.as_ref().map(|w| (w.is_known(), w.as_str()))),
        ("adkim", policy.adkim.as_ref().map(|w| (w.is_known(), w.as_str()))),
        ("aspf", policy.aspf.as_ref().map(|w| (w.is_known(), w.as_str()))),
        ("testing", policy.testing.as_ref().map(|w| (w.is_known(), w.as_str()))),
        ("discovery_method", discovery.map(|w| (w.is_known(), w.as_str()))),
    ];
    for (name, word) in words {
        if let Some((false, word)) = word
            && !word.is_empty()
        {
            issues.note(IssueCode::UnknownWord, word, || format!("policy_published/{name}"));
        }
    }
}

fn moment(text: Option<&str>, name: &str, issues: &mut Issues) -> Moved<i64> {
    let text = text.unwrap_or_default();
    let Some(moment) = meaning::moment(text) else {
        let detail = format!("date_range/{name} is `{text}`, not seconds since 1970");
        return Err(Rejection::new(Stage::Report, Reason::BadDateRange, detail));
    };
    let oddities =
        [(moment.is_guess, IssueCode::UnitGuess), (moment.is_other, IssueCode::OtherForm)];
    for (_, code) in oddities.into_iter().filter(|(is_met, _)| *is_met) {
        issues.note(code, text, || format!("date_range/{name}"));
    }
    Ok(moment.seconds)
}

fn filled_passage(passage: Option<&Passage<'_>>) -> Option<LangText> {
    passage.filter(|passage| !passage.text.is_empty()).map(Passage::to_lang_text)
}

/// The reporter's name, or failing that the domain that it writes from.
fn org_name(text: Option<&str>, email: &str, issues: &mut Issues) -> String {
    match text {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => {
            issues.note(IssueCode::MissingElement, "", || "report_metadata/org_name".into());
            email.rsplit_once('@').map_or(email, |(_, domain)| domain).to_lowercase()
        }
    }
}

fn report_id(text: Option<&str>, issues: &mut Issues) -> String {
    let text = text.unwrap_or_default();
    if text.is_empty() {
        issues.note(IssueCode::MissingElement, "", || "report_metadata/report_id".into());
    }
    let bare = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    bare.unwrap_or(text).to_owned()
}
