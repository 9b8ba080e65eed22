//! The rules for DMARC records (RFC 9989).
//!
//! In: a TXT value as receivers see it. Out: what is wrong with it, what receivers make of it, and the
//! record that was meant. It refuses nothing. What only DNS can tell (who may receive the reports,
//! which name is a public suffix) is not looked at here.
//!
//! Reading is done twice: strictly, as receivers do, for what will happen ([`reading`]); and leniently,
//! for what was meant. Letters are mended first ([`letters`]), then tags ([`tags`]), then each value
//! ([`values`], [`addresses`]), then what tags say together ([`whole`]).

mod addresses;
mod effect;
mod letters;
mod reading;
mod tags;
mod values;
mod version;
mod whole;

use std::ops::Range;

use crate::model::finding::{Finding, Severity};

use super::Linted;
pub(super) use addresses::{is_host, is_valid as is_valid_uri};
use letters::Letters;
#[cfg(test)]
pub(super) use reading::read as reading;
use tags::Tag;

/// The codes of findings about DMARC records.
pub const CODES: &[&str] = &[
    "dmarc_no_version",
    "dmarc_version",
    "dmarc_version_not_first",
    "dmarc_version_blanks",
    "dmarc_two_records",
    "dmarc_many_parts",
    "dmarc_policy",
    "dmarc_no_policy",
    "dmarc_subdomain_policy",
    "dmarc_policy_not_second",
    "dmarc_no_mailto",
    "dmarc_uri",
    "dmarc_uri_scheme",
    "dmarc_uri_size",
    "dmarc_uri_empty",
    "dmarc_uri_twice",
    "dmarc_many_uris",
    "dmarc_placeholder",
    "dmarc_list_blank",
    "dmarc_list_semicolon",
    "dmarc_no_rua",
    "dmarc_smart_quote",
    "dmarc_quote",
    "dmarc_backslash",
    "dmarc_odd_blank",
    "dmarc_hidden_letter",
    "dmarc_line_end",
    "dmarc_not_ascii",
    "dmarc_empty_part",
    "dmarc_empty_value",
    "dmarc_no_equals",
    "dmarc_equals",
    "dmarc_no_semicolon",
    "dmarc_semicolon",
    "dmarc_duplicate_tag",
    "dmarc_misspelt_tag",
    "dmarc_unknown_tag",
    "dmarc_tag_case",
    "dmarc_fo",
    "dmarc_fo_blanks",
    "dmarc_fo_alone",
    "dmarc_ruf_psd",
    "dmarc_historic",
    "dmarc_pct",
    "dmarc_default_used",
    "dmarc_weaker",
    "dmarc_same",
    "dmarc_test_idle",
    "dmarc_test_on",
    "dmarc_psd",
    "dmarc_tag_unused",
    "dmarc_reject",
];

/// Where the rules are looked at, and what came of them so far.
struct Work {
    letters: Letters,
    tags: Vec<Tag>,
    found: Vec<Finding>,
    /// Whether something was mended.
    mended: bool,
    /// Whether nobody can tell what was meant.
    hopeless: bool,
}

/// Checks a value.
#[must_use]
pub fn lint(text: &str) -> Linted {
    let work = rules(text);
    let effect = effect::of(&reading::read(text));
    let corrected = work.corrected();
    Linted { findings: work.found, effect, corrected }
}

/// Mends what is said of a record that stands below its organisational domain, `is_known` where that domain
/// was asked: it decides on mail of other names.
pub fn below(effect: &mut Vec<String>, organization: &str, is_known: bool) {
    effect::below(effect, organization, is_known);
}

/// Checks a value that allows reports about another domain (`a.example._report._dmarc.b.example`,
/// RFC 9990 section 4): the version is all that it needs.
#[must_use]
pub fn lint_authorisation(text: &str) -> Linted {
    let needless = [
        "dmarc_no_policy",
        "dmarc_no_rua",
        "dmarc_policy_not_second",
        "dmarc_fo_alone",
        "dmarc_psd",
        "dmarc_reject",
    ];
    let mut work = rules(text);
    work.found.retain(|finding| !needless.contains(&finding.code));
    let effect = match reading::read(text) {
        Ok(_) => "Receivers may send reports about the domain in front of _report here",
        Err(_) => "Receivers take this for no leave: they send no reports about that domain here",
    };
    let is_right = reading::read(text).is_ok();
    let corrected = (!is_right).then(|| "v=DMARC1".to_owned());
    Linted { findings: work.found, effect: vec![effect.to_owned()], corrected }
}

/// All rules.
fn rules(text: &str) -> Work {
    let mut work = Work {
        letters: Letters::default(),
        tags: Vec::new(),
        found: Vec::new(),
        mended: false,
        hopeless: false,
    };
    letters::mend(text, &mut work);
    tags::split(&mut work);
    version::check(&mut work);
    tags::name(&mut work);
    tags::merge(&mut work);
    values::check(&mut work);
    addresses::check(&mut work);
    whole::check(&mut work, &reading::read(text));
    work.found.sort_by_key(|finding| (finding.severity, finding.place.map(|place| place.from)));
    work
}

impl Work {
    /// Keeps a finding about these letters of the mended text.
    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        at: impl Into<Option<Range<usize>>>,
        what: impl Into<String>,
        instead: Option<String>,
    ) {
        let place = at.into().map(|at| self.letters.place(&at));
        self.found.push(Finding { code, severity, place, what: what.into(), instead });
    }

    /// An error with what would be right, which was put there.
    fn mend(
        &mut self,
        code: &'static str,
        at: Range<usize>,
        what: impl Into<String>,
        instead: impl Into<String>,
    ) {
        self.mended = true;
        self.add(Severity::Error, code, at, what, Some(instead.into()));
    }

    /// The tag of this name.
    fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.name == name)
    }

    /// The value of a tag, in lower case.
    fn value(&self, name: &str) -> Option<String> {
        self.tag(name).map(|tag| tag.value.to_ascii_lowercase())
    }

    /// The record that was meant; none where nothing is to be mended, nobody can tell, or something
    /// would still be wrong with it.
    fn corrected(&self) -> Option<String> {
        if self.hopeless || !self.mended {
            return None;
        }
        let rank = |tag: &&Tag| match tag.name.as_str() {
            "v" => 0,
            "p" => 1,
            _ => 2,
        };
        let mut tags: Vec<&Tag> = self.tags.iter().collect();
        tags.sort_by_key(rank);
        let text: Vec<_> = tags.iter().map(|tag| format!("{}={}", tag.name, tag.value)).collect();
        let text = text.join("; ");
        let is_clean = rules(&text).found.iter().all(|finding| finding.severity != Severity::Error);
        is_clean.then_some(text)
    }
}

#[cfg(test)]
mod tests;
