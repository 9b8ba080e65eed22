//! Where a domain's **DMARC record is found**: by the tree walk of RFC 9989 section 4.10, and by the
//! Public Suffix List of RFC 7489 section 6.6.3.
//!
//! In: a name and who can be asked. Out: what was asked and answered, the record that decides, the policy
//! that holds for the name, and its organisational domain. A question that nobody answered makes the
//! outcome unknown, never missing.

pub(super) mod tags;

use self::tags::Tags;
use super::kind;
use crate::model::discovery::{Asked, Decision, Discovery, PolicyTag, Stood, Way};
use crate::model::dns::{Answer, Resolver};
use crate::model::finding::RecordKind;
use crate::model::names;
use crate::model::txt::is_dmarc;

/// Why the record of the name itself holds.
const AT_NAME: &str = "it stands at the name itself";

/// With so many labels the walk jumps (RFC 9989 section 4.10, step 3).
const JUMPS_FROM: usize = 8;

/// Texts of a name that are kept though receivers pass over them.
const MOST_PASSED_OVER: usize = 10;

/// With so many it goes on after the jump.
const JUMPS_TO: usize = 7;

/// Finds the record of a domain by both ways. A text that is no name is unknown by both.
#[must_use]
pub fn discover(domain: &str, resolver: &dyn Resolver) -> Discovery {
    let domain = match names::ascii(domain) {
        Ok(domain) => domain,
        Err(why) => return no_name(domain, &why),
    };
    let asked = walk(&domain, resolver);
    let organization = organization(&domain, &asked);
    let mut existence = Existence { domain: &domain, resolver, known: None };
    let decision = by_walk(&domain, &asked, organization.as_deref(), &mut existence);
    let list = by_list(&domain, &asked, resolver);
    let walk = Way { asked, organization, decision };
    let differs = differences(&walk, &list);
    let exists = existence.known.and_then(Result::ok);
    Discovery { domain, exists, walk, list, differs }
}

/// What a record says to receivers: the policy of the domain itself, and of the names below it; none where
/// it does not count (RFC 9989 sections 4.7 and 4.10.1).
#[must_use]
pub fn policies(text: &str) -> Option<(String, String)> {
    let read = Tags::of(text);
    let by = |tags: &[PolicyTag]| match decide("", text, &read, tags, String::new()) {
        Decision::Policy { policy, .. } => Some(policy),
        Decision::Nothing { .. } | Decision::Unknown { .. } => None,
    };
    Some((by(&[PolicyTag::P])?, by(&[PolicyTag::Sp, PolicyTag::P])?))
}

/// The organisational domain of a name by the tree walk (RFC 9989 section 4.10.2); why nobody can tell,
/// where nobody can.
///
/// # Errors
/// What could not be asked.
pub fn organizational(domain: &str, resolver: &dyn Resolver) -> Result<String, String> {
    let domain = names::ascii(domain)?;
    let asked = walk(&domain, resolver);
    organization(&domain, &asked).ok_or_else(|| unanswered(&asked).unwrap_or_default())
}

fn no_name(domain: &str, why: &str) -> Discovery {
    let why = format!("{domain} is no name of the DNS: {why}");
    let way = || Way {
        asked: Vec::new(),
        organization: None,
        decision: Decision::Unknown { why: why.clone() },
    };
    Discovery {
        domain: domain.to_owned(),
        exists: None,
        walk: way(),
        list: way(),
        differs: Vec::new(),
    }
}

/// Asks at the name and above it, until a record says whether it is a public suffix, and at most eight
/// times.
fn walk(domain: &str, resolver: &dyn Resolver) -> Vec<Asked> {
    let mut asked = Vec::new();
    let mut at = Some(domain);
    while let Some(name) = at {
        let step = ask(name, resolver);
        let stops = matches!(&step.answer, Stood::Record { text } if Tags::of(text).psd.is_some());
        asked.push(step);
        at = if stops { None } else { above(name) };
    }
    asked
}

/// The next name of the walk; none above the last label.
fn above(name: &str) -> Option<&str> {
    let labels = name.split('.').count();
    let drop = if labels >= JUMPS_FROM { labels - JUMPS_TO } else { 1 };
    name.splitn(drop + 1, '.').nth(drop)
}

/// What stands at `_dmarc.` of a domain.
fn ask(domain: &str, resolver: &dyn Resolver) -> Asked {
    let name = format!("_dmarc.{domain}");
    let (answer, passed_over) = if name.len() > names::MAX_NAME {
        (Stood::TooLong, Vec::new())
    } else {
        match resolver.txt(&name) {
            Answer::Found(texts) => stood(texts),
            Answer::NoData => (Stood::NoData, Vec::new()),
            Answer::NoName => (Stood::NoName, Vec::new()),
            Answer::Unknown(why) => (Stood::Unknown { why }, Vec::new()),
        }
    };
    Asked { domain: domain.to_owned(), name, answer, passed_over }
}

/// What is left when all but DMARC records are dropped (RFC 9989 section 4.10, step 2), and what was.
fn stood(texts: Vec<String>) -> (Stood, Vec<String>) {
    let (mut texts, mut dropped): (Vec<_>, Vec<_>) =
        texts.into_iter().partition(|text| is_dmarc(text));
    dropped.sort_by_key(|text| kind::of_published(text) != Some(RecordKind::Dmarc));
    dropped.truncate(MOST_PASSED_OVER);
    let stood = match texts.len() {
        0 => Stood::OtherText,
        1 => Stood::Record { text: texts.remove(0) },
        _ => Stood::Several { texts },
    };
    (stood, dropped)
}

/// What could not be asked, where anything could not.
fn unanswered(asked: &[Asked]) -> Option<String> {
    asked.iter().find_map(|step| match &step.answer {
        Stood::Unknown { why } => Some(format!("{}: {why}", step.name)),
        _ => None,
    })
}

/// The records of a walk, the longest name first.
fn records(asked: &[Asked]) -> impl Iterator<Item = (&str, &str)> {
    asked.iter().filter_map(|step| match &step.answer {
        Stood::Record { text } => Some((step.domain.as_str(), text.as_str())),
        _ => None,
    })
}

/// The organisational domain by what a walk found (RFC 9989 section 4.10.2).
fn organization(domain: &str, asked: &[Asked]) -> Option<String> {
    if unanswered(asked).is_some() {
        return None;
    }
    // the first record with a `psd` of y or n ended the walk
    let Some((at, text)) = records(asked).last() else { return Some(domain.to_owned()) };
    match Tags::of(text).psd {
        Some(true) if at != domain => Some(one_below(at, domain).to_owned()),
        _ => Some(at.to_owned()),
    }
}

/// The name one label below another, on the way to a third that lies below both.
fn one_below<'a>(at: &str, domain: &'a str) -> &'a str {
    let labels = domain.split('.').count() - at.split('.').count();
    domain.splitn(labels, '.').last().unwrap_or(domain)
}

/// Whether a name exists: asked once, and only where it decides.
struct Existence<'a> {
    domain: &'a str,
    resolver: &'a dyn Resolver,
    known: Option<Result<bool, String>>,
}

impl Existence<'_> {
    fn ask(&mut self) -> Result<bool, String> {
        let answer = || match self.resolver.txt(self.domain) {
            Answer::Found(_) | Answer::NoData => Ok(true),
            Answer::NoName => Ok(false),
            Answer::Unknown(why) => Err(format!("{}: {why}", self.domain)),
        };
        self.known.get_or_insert_with(answer).clone()
    }
}

/// What holds by the walk (RFC 9989 section 4.10.1): the record of the name itself, or of its
/// organisational domain, or of the public suffix above that.
fn by_walk(
    domain: &str,
    asked: &[Asked],
    organization: Option<&str>,
    existence: &mut Existence<'_>,
) -> Decision {
    if let Some((at, text)) = records(asked).next().filter(|(at, _)| *at == domain) {
        return decide(at, text, &Tags::of(text), &[PolicyTag::P], AT_NAME.to_owned());
    }
    let Some(organization) = organization else {
        return Decision::Unknown { why: unanswered(asked).unwrap_or_default() };
    };
    let at_organization = records(asked).find(|(at, _)| *at == organization);
    let at_suffix = || records(asked).find(|(_, text)| Tags::of(text).psd == Some(true));
    let (record, role) = match at_organization {
        Some(record) => (Some(record), "the organisational domain"),
        None => (at_suffix(), "the public suffix above it"),
    };
    let Some((at, text)) = record else {
        return Decision::Nothing { why: nothing(asked) };
    };
    let read = Tags::of(text);
    let mut tags = vec![PolicyTag::Sp, PolicyTag::P];
    if read.np.is_some() {
        match existence.ask() {
            Ok(true) => {}
            Ok(false) => tags.insert(0, PolicyTag::Np),
            Err(why) => return Decision::Unknown { why },
        }
    }
    decide(at, text, &read, &tags, format!("{domain} has none of its own, and {at} is {role}"))
}

/// Why a walk came to nothing.
fn nothing(asked: &[Asked]) -> String {
    let several = asked.iter().find(|step| matches!(step.answer, Stood::Several { .. }));
    match several {
        Some(step) => format!("more than one record stands at {}: receivers take none", step.name),
        None => "no name on the way has a record".to_owned(),
    }
}

/// What a record makes of a name, by the first of some tags that it has; where it has none of them, it is
/// `none` (RFC 9989 section 4.7).
fn decide(at: &str, text: &str, read: &Tags, tags: &[PolicyTag], why: String) -> Decision {
    let policy = |tag: PolicyTag, policy: &str, why: String| Decision::Policy {
        at: at.to_owned(),
        text: text.to_owned(),
        tag,
        policy: policy.to_owned(),
        why,
    };
    match read.wrong() {
        Some(wrong) if read.reports => {
            policy(PolicyTag::P, "none", format!("{why}; {wrong}, so that it counts as p=none"))
        }
        Some(wrong) => Decision::Nothing {
            why: format!(
                "the record at _dmarc.{at} does not count: {wrong}, and no address for reports is \
                 valid"
            ),
        },
        None => {
            let first = tags.iter().find_map(|tag| read.policy(*tag).map(|word| (*tag, word)));
            let (tag, word) = first.unwrap_or((PolicyTag::P, "none"));
            policy(tag, word, why)
        }
    }
}

/// What holds by the Public Suffix List (RFC 7489 section 6.6.3): the record of the name itself, or where
/// there is none at all, of its organisational domain. What the walk asked is not asked again.
fn by_list(domain: &str, walked: &[Asked], resolver: &dyn Resolver) -> Way {
    let organization = names::organizational(domain).to_owned();
    let again = |name: &str| walked.iter().find(|step| step.domain == name).cloned();
    let mut asked = vec![again(domain).unwrap_or_else(|| ask(domain, resolver))];
    if asked.iter().all(|own| is_absent(&own.answer)) && organization != domain {
        asked.push(again(&organization).unwrap_or_else(|| ask(&organization, resolver)));
    }
    let decision = match asked.last().map(|step| (step.domain.as_str(), &step.answer)) {
        Some((at, Stood::Record { text })) => {
            let tags =
                if at == domain { &[PolicyTag::P][..] } else { &[PolicyTag::Sp, PolicyTag::P] };
            let why = if at == domain {
                AT_NAME.to_owned()
            } else {
                format!("{domain} has none of its own, and {at} is the organisational domain")
            };
            // these receivers do not know `np`: it cannot spoil the record either
            let read = Tags { np: None, ..Tags::of(text) };
            decide(at, text, &read, tags, why)
        }
        _ => match unanswered(&asked) {
            Some(why) => Decision::Unknown { why },
            None => Decision::Nothing { why: nothing(&asked) },
        },
    };
    Way { asked, organization: Some(organization), decision }
}

/// Whether no DMARC record stands there for certain.
fn is_absent(answer: &Stood) -> bool {
    matches!(answer, Stood::OtherText | Stood::NoData | Stood::NoName | Stood::TooLong)
}

/// What the two ways make different.
fn differences(walk: &Way, list: &Way) -> Vec<String> {
    let mut differs = Vec::new();
    if let (Some(one), Some(other)) = (&walk.organization, &list.organization)
        && one != other
    {
        differs.push(format!(
            "the organisational domain is {one} by the tree walk and {other} by the Public Suffix \
             List: relaxed alignment is judged against another name"
        ));
    }
    let holds = |decision: &Decision| match decision {
        Decision::Policy { at, policy, tag, .. } => {
            Some(format!("{policy} ({} of _dmarc.{at})", tag.as_str()))
        }
        Decision::Nothing { .. } => Some("no policy".to_owned()),
        Decision::Unknown { .. } => None,
    };
    if let (Some(one), Some(other)) = (holds(&walk.decision), holds(&list.decision))
        && one != other
    {
        differs.push(format!(
            "receivers that walk the tree apply {one}, those that use the Public Suffix List {other}"
        ));
    }
    differs
}

#[cfg(test)]
mod tests;
