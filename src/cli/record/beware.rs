//! What must be known **before a new record** is published: that the name does not exist, that another's
//! stricter policy holds for it until then, and that reports say more of it.
//!
//! In: the domain, the policy that was asked for, and who can be asked. Out: sentences. What nobody could tell
//! is not spoken of: the record is made all the same.

use crate::error::Result;
use crate::model::discovery::Decision;
use crate::model::dns::{Answer, Resolver};
use crate::model::verdict::Verdict;
use crate::model::words::Policy;
use crate::record::walk::discover;
use crate::store::sqlite::SqliteStore;

use super::super::settings::Settings;
use super::super::survey::Survey;

/// What the DNS says of the name.
pub(super) fn in_dns(domain: &str, asked_for: &Policy, dns: &dyn Resolver) -> Vec<String> {
    let unknown = matches!(dns.txt(domain), Answer::NoName)
        .then(|| format!("the DNS knows no name {domain}: is it spelt right?"));
    unknown.into_iter().chain(lowered(domain, asked_for, dns)).collect()
}

/// That a record further up holds for the name, and is stricter.
fn lowered(domain: &str, asked_for: &Policy, dns: &dyn Resolver) -> Option<String> {
    let found = discover(domain, dns);
    let decided = [&found.walk, &found.list].into_iter().find_map(|way| match &way.decision {
        Decision::Policy { at, tag, policy, .. } => Some((at, tag, policy)),
        Decision::Nothing { .. } | Decision::Unknown { .. } => None,
    });
    let (at, tag, policy) = decided.filter(|(at, ..)| *at != domain)?;
    (rank(&Policy::parse(policy)) > rank(asked_for)).then(|| {
        format!(
            "today {}={policy} of {at} holds for {domain}: this record lowers that to p={asked_for}; to keep \
             it: --policy {policy}",
            tag.as_str()
        )
    })
}

fn rank(policy: &Policy) -> u8 {
    match policy {
        Policy::None | Policy::Other(_) => 0,
        Policy::Quarantine => 1,
        Policy::Reject => 2,
    }
}

/// That reports alone would have it stricter.
pub(super) fn by_reports(
    domain: &str,
    asked_for: &Policy,
    settings: &Settings,
) -> Result<Option<String>> {
    if !settings.db.exists() {
        return Ok(None);
    }
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::silent(&store, settings)?;
    if survey.domain(domain, false).is_err() {
        return Ok(None);
    }
    let advice = survey.judge(domain, None)?.advice;
    let next = advice.next.filter(|next| rank(next) > rank(asked_for));
    let is_ready = advice.verdict == Verdict::Ready && !advice.subdomains_only;
    Ok(next.filter(|_| is_ready).map(|next| {
        format!(
            "the reports alone call it ready for p={next} ({}): --policy {next} asks for that at once",
            advice.headline
        )
    }))
}
