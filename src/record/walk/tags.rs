//! The **tags** of a DMARC record that decide where the walk ends and which policy holds.
//!
//! In: a TXT value. Out: what stands in these tags, as receivers take it. It refuses nothing; what is
//! wrong with the rest, the rules for DMARC records tell.

use crate::model::discovery::PolicyTag;
use crate::model::txt::BLANK;

use super::super::dmarc::is_valid_uri;

/// The tags that decide.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tags {
    /// `psd=y` is true, `psd=n` false; none for `u`, for what is not valid, and without the tag.
    pub(super) psd: Option<bool>,
    /// Each policy in lower case, valid or not.
    pub(super) p: Option<String>,
    pub(super) sp: Option<String>,
    pub(super) np: Option<String>,
    /// Whether a URI in `rua` is valid.
    pub(super) reports: bool,
}

impl Tags {
    /// Reads a record. Of a tag that stands twice the first is taken.
    pub(super) fn of(text: &str) -> Self {
        let value = |tag: &str| value(text, tag);
        let policy = |tag: &str| value(tag).map(str::to_ascii_lowercase);
        Self {
            psd: match value("psd").map(str::to_ascii_lowercase).as_deref() {
                Some("y") => Some(true),
                Some("n") => Some(false),
                _ => None,
            },
            p: policy("p"),
            sp: policy("sp"),
            np: policy("np"),
            reports: value("rua").is_some_and(|uris| uris.split(',').any(is_uri)),
        }
    }

    /// The policy of a tag, where the record has it.
    pub(super) fn policy(&self, tag: PolicyTag) -> Option<&str> {
        match tag {
            PolicyTag::P => self.p.as_deref(),
            PolicyTag::Sp => self.sp.as_deref(),
            PolicyTag::Np => self.np.as_deref(),
        }
    }

    /// What makes the policy unusable (RFC 9989 section 4.10.1): one that is not valid, or no `p` and
    /// nobody who is to get reports.
    pub(super) fn wrong(&self) -> Option<String> {
        let tags = [("p", &self.p), ("sp", &self.sp), ("np", &self.np)];
        let wrong = tags.into_iter().find_map(|(tag, word)| {
            let word = word.as_deref().filter(|word| !is_policy(word))?;
            Some(format!("{tag}={word} is no policy"))
        });
        let missing = || self.p.is_none().then(|| "it has no p".to_owned());
        wrong.or_else(missing)
    }
}

/// The value of a tag.
pub(in crate::record) fn value<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    text.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim_matches(BLANK).eq_ignore_ascii_case(tag).then(|| value.trim_matches(BLANK))
    })
}

fn is_policy(word: &str) -> bool {
    matches!(word, "none" | "quarantine" | "reject")
}

/// Whether reports can go to an item of a list.
fn is_uri(item: &str) -> bool {
    is_valid_uri(item.trim_matches(BLANK))
}
