//! The **step**: the record to publish for a policy, and the one to keep for going back.
//!
//! In: the record that is published, where it was given, else what reports show of it. Out: TXT
//! values in which only what the step needs has changed, and notes on what was changed and why.
//! Reports never show `rua` and `ruf`; a record built from them says so.

use crate::model::evidence::RUA_IS_UNSEEN;
use crate::model::txt::TagList;
use crate::model::words::{AlignmentMode, Policy};

use super::observed::{Observed, sample, strictness};

/// What stands in a rebuilt record for the addresses that reports do not show.
const PRESENT_RUA: &str = "<your present rua>";

/// The record as it stands now.
#[derive(Debug)]
pub(super) struct Present<'a> {
    given: Option<&'a str>,
    list: TagList,
    rebuilt: bool,
    problem: Option<String>,
}

/// A record to publish.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    /// The TXT value.
    pub(super) text: String,
    /// What a person must know of it.
    pub(super) notes: Vec<String>,
    /// Whether it leaves subdomains at a weaker policy.
    pub(super) spares_subdomains: bool,
}

/// What becomes of subdomains when `p` moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Below {
    /// They come along: a weaker `sp` or `np` is taken out.
    Follows,
    /// They keep the policy that they have.
    Stays(Unready),
    /// Nothing is changed for them: on the way back.
    Untouched,
}

/// Why subdomains keep their policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unready {
    /// Mail of theirs fails.
    Fails,
    /// None fails, and it is too little to be sure.
    TooFew,
}

impl<'a> Present<'a> {
    /// Takes the given record, or rebuilds it from the reports.
    pub(super) fn of(given: Option<&'a str>, observed: &Observed<'_>) -> Self {
        let parsed = given.map(TagList::parse_dmarc);
        let problem = parsed.as_ref().and_then(|p| p.as_ref().err().cloned());
        match parsed {
            Some(Ok(list)) => Self { given, list, rebuilt: false, problem },
            _ => Self { given, list: rebuilt(observed), rebuilt: true, problem },
        }
    }

    /// The value of a tag.
    pub(super) fn tag(&self, name: &str) -> Option<&str> {
        self.list.get(name)
    }

    /// The tags by which the policy holds in part only: `t=y`, and a `pct` below 100.
    pub(super) fn partial_tags(&self) -> Vec<&'static str> {
        let testing = self.tag("t").is_some_and(|t| t.eq_ignore_ascii_case("y"));
        let sampled = self.tag("pct").and_then(sample).is_some();
        [("t", testing), ("pct", sampled)]
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(t, _)| t)
            .collect()
    }

    /// Whether it is put together from reports, and so lacks what they do not show.
    pub(super) fn is_rebuilt(&self) -> bool {
        self.rebuilt
    }

    /// Why the record that was given could not be read.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The present record: as it was given, else as far as it is known.
    pub(super) fn text(&self) -> String {
        self.given.map_or_else(|| self.list.to_string(), |text| text.trim().to_owned())
    }

    /// The record with another policy. `in_full` takes out `t=y` and a `pct` below 100.
    pub(super) fn with(&self, policy: &Policy, below: Below, in_full: bool) -> Proposal {
        let mut list = self.list.clone();
        let mut notes = Vec::new();
        let old = self.list.get("p").map_or(Policy::None, Policy::parse);
        list.set("p", policy.as_str());
        let stays = match below {
            Below::Stays(why) => Some(why),
            Below::Follows | Below::Untouched => None,
        };
        if stays.is_some() && self.list.get("sp").is_none() && strictness(&old) < strictness(policy)
        {
            list.set("sp", old.as_str());
            notes.push(format!(
                "sp={old} is added: subdomains stay at {old} until their mail is ready; np=reject \
                 can be set besides, for names that do not exist"
            ));
        }
        for tag in ["sp", "np"].into_iter().filter(|_| below != Below::Untouched) {
            notes.extend(self.subdomains(&mut list, tag, policy, stays));
        }
        for tag in self.partial_tags().into_iter().filter(|_| in_full) {
            list.remove(tag);
            notes.push(format!("{tag} is taken out, so that the policy holds in full"));
        }
        if self.rebuilt {
            notes.push(RUA_IS_UNSEEN.to_owned());
        }
        let sp = list.get("sp").map_or_else(|| policy.clone(), Policy::parse);
        let spares_subdomains = strictness(&sp) < strictness(policy);
        Proposal { text: list.to_string(), notes, spares_subdomains }
    }

    /// The record with another policy for subdomains: none of its own where that is `p`'s. A weaker
    /// `np` is taken out, but not on the way `back`.
    pub(super) fn with_subdomains(&self, policy: &Policy, back: bool) -> Proposal {
        let mut list = self.list.clone();
        let p = self.list.get("p").map_or(Policy::None, Policy::parse);
        let mut notes = Vec::new();
        let own = *policy != p;
        let weaker = if own { &["np"][..] } else { &["sp", "np"] };
        for tag in weaker.iter().filter(|_| !back) {
            notes.extend(self.subdomains(&mut list, tag, policy, None));
        }
        if own {
            list.set("sp", policy.as_str());
        } else {
            list.remove("sp");
        }
        if self.rebuilt {
            notes.push(RUA_IS_UNSEEN.to_owned());
        }
        let spares_subdomains = strictness(policy) < strictness(&p);
        Proposal { text: list.to_string(), notes, spares_subdomains }
    }

    /// A weaker `sp` or `np` leaves subdomains open when only `p` moves.
    fn subdomains(
        &self,
        list: &mut TagList,
        tag: &str,
        policy: &Policy,
        stays: Option<Unready>,
    ) -> Option<String> {
        let value = self.list.get(tag)?;
        if strictness(&Policy::parse(value)) >= strictness(policy) {
            return None;
        }
        let until = match stays {
            Some(Unready::Fails) => "a subdomain's failing mail is mended",
            Some(Unready::TooFew) => "there is enough mail of subdomains to be sure of it",
            None => "",
        };
        if stays.is_some() {
            return Some(format!(
                "{tag}={value} stays until {until}, so subdomains are not protected; np=reject can be \
                 set at once"
            ));
        }
        list.remove(tag);
        Some(if tag == "np" {
            format!("np={value} is taken out: it would leave names that do not exist at {value}")
        } else {
            format!(
                "{tag}={value} is taken out: it would leave subdomains at {value}; np=reject can \
                 be set besides, for names that do not exist"
            )
        })
    }
}

/// The record as far as reports show it ([`Observed::tag`] says how). Reporters fill `sp` and `np`
/// in where the record has none: `sp` with `p`, `np` with `sp` (RFC 9989 section 4.7). What says
/// the same as its default is left out.
fn rebuilt(observed: &Observed<'_>) -> TagList {
    let mut list = TagList::default();
    list.set("v", "DMARC1");
    list.set("p", observed.policy.as_str());
    let policies = [
        ("sp", observed.tag(|p| known(p.sp.as_ref()))),
        ("np", observed.new_tag(|p| known(p.np.as_ref()))),
    ];
    let mut default = observed.policy.as_str();
    for (tag, value) in policies {
        if let Some(value) = value.filter(|value| *value != default) {
            list.set(tag, value);
            default = value;
        }
    }
    let modes = [
        ("adkim", observed.tag(|p| p.adkim.as_ref().map(AlignmentMode::as_str))),
        ("aspf", observed.tag(|p| p.aspf.as_ref().map(AlignmentMode::as_str))),
    ];
    for (tag, _) in modes.iter().filter(|(_, value)| *value == Some("s")) {
        list.set(tag, "s");
    }
    if let Some(fo) = observed.tag(|p| p.fo.as_deref()).filter(|fo| is_fo(fo)) {
        list.set("fo", fo);
    }
    if observed.testing() {
        list.set("t", "y");
    }
    if let Some(pct) = observed.sampled() {
        list.set("pct", &pct.to_string());
    }
    list.set("rua", &format!("mailto:{PRESENT_RUA}"));
    list
}

fn known(policy: Option<&Policy>) -> Option<&str> {
    policy.filter(|policy| policy.is_known()).map(Policy::as_str)
}

/// `fo` as RFC 9991 has it and not the default; a forged report must not write other tags.
fn is_fo(value: &str) -> bool {
    value != "0" && value.len() <= 7 && value.split(':').all(|v| matches!(v, "0" | "1" | "d" | "s"))
}
