//! What **reports** say beside the DNS: the selectors that sign for the domain, the policy that receivers
//! saw last, and the domain's own senders.

use std::collections::{HashMap, HashSet};

use crate::analyze::Sender;
use crate::error::Result;
use crate::model::discovery::{Discovery, Stood};
use crate::model::domain_check::{Beside, PolicySeen, SelectorSeen};
use crate::model::names;
use crate::model::report::DkimAuth;
use crate::model::words::DkimResult;
use crate::model::{Day, Traffic, Window};
use crate::record::walk::policies;
use crate::store::sqlite::SqliteStore;

use super::super::super::Streams;
use super::super::super::failure::remark;
use super::super::super::settings::Settings;
use super::super::super::survey::Survey;
use super::coverage::{self, Covers};

/// A selector that reports show.
#[derive(Debug, Clone)]
pub(super) struct Selector {
    pub(super) selector: String,
    pub(super) domain: String,
    pub(super) seen: SelectorSeen,
    last: Day,
    /// Who shows it.
    reporters: HashSet<u32>,
}

/// What the store knows of the domain.
pub(super) struct Known {
    traffic: Traffic,
    senders: Vec<Sender>,
    window: Window,
}

impl Known {
    /// Reads it; nothing where there is no store, or it knows nothing of the domain.
    pub(super) fn load(
        domain: &str,
        settings: &Settings,
        streams: &mut Streams<'_>,
    ) -> Result<Option<Self>> {
        if !settings.db.exists() {
            return Ok(None);
        }
        let store = match SqliteStore::open_existing(&settings.db) {
            Ok(store) => store,
            Err(error) => {
                let text = format!("what reports say is left out: {error}");
                remark(streams.err, settings.quiet, &text);
                return Ok(None);
            }
        };
        let survey = Survey::silent(&store, settings)?;
        if survey.domain(domain, false).is_err() {
            return Ok(None);
        }
        let Some(window) = survey.window else { return Ok(None) };
        let traffic = survey.seen(domain)?;
        let senders = survey.senders(&traffic)?;
        Ok(Some(Self { traffic, senders, window }))
    }

    /// The selectors of signatures in the name of the domain's organisation: what most reporters show first, then the
    /// busiest.
    pub(super) fn selectors(&self) -> Vec<Selector> {
        let mut found = HashMap::new();
        for row in &self.traffic.rows {
            self.count(&mut found, (row.reporter, row.fingerprint), row.day, row.messages);
        }
        for row in &self.traffic.earlier {
            self.count(&mut found, (row.reporter, row.fingerprint), row.last_day, 0);
        }
        let mut all: Vec<Selector> = found.into_values().collect();
        all.sort_by(|one, other| {
            let busy =
                |it: &Selector| (it.reporters.len(), it.seen.passed, it.seen.failed, it.last);
            busy(other).cmp(&busy(one)).then_with(|| one.selector.cmp(&other.selector))
        });
        all
    }

    fn count(
        &self,
        found: &mut HashMap<(String, String), Selector>,
        (reporter, fingerprint): (u32, u32),
        day: Day,
        messages: u64,
    ) {
        let fingerprint = usize::try_from(fingerprint).ok();
        let Some(mail) = fingerprint.and_then(|at| self.traffic.fingerprints.get(at)) else {
            return;
        };
        for signature in mail.dkim_auth.iter().filter(|one| self.is_of_domain(one)) {
            let Some(selector) = signature.selector.as_deref() else { continue };
            let selector = selector.to_ascii_lowercase();
            let key = (selector.clone(), signature.domain.clone());
            let entry = found.entry(key).or_insert_with(|| Selector {
                selector,
                domain: signature.domain.clone(),
                seen: SelectorSeen {
                    passed: 0,
                    failed: 0,
                    last_passed: None,
                    last_seen: day.to_string(),
                },
                last: day,
                reporters: HashSet::new(),
            });
            entry.reporters.insert(reporter);
            entry.add(signature.result == DkimResult::Pass, day, messages);
        }
    }

    /// Whether a signature is in the name of the domain's organisation, and names a selector that may be
    /// one: reports can claim any.
    fn is_of_domain(&self, signature: &DkimAuth) -> bool {
        let same = names::organizational(&signature.domain)
            .eq_ignore_ascii_case(names::organizational(&self.traffic.domain));
        let selector = signature.selector.as_deref().unwrap_or_default();
        same && !selector.is_empty()
            && names::ascii(&super::keys::name(selector, &signature.domain)).is_ok()
    }

    /// What stands beside the DNS.
    pub(super) fn beside(&self, found: &Discovery, covers: &Covers, now: i64) -> Beside {
        let (senders, others) = coverage::of(&self.senders, covers);
        Beside {
            from: self.window.from.to_string(),
            to: self.window.to.to_string(),
            policy: self.policy(found, now),
            senders,
            others,
        }
    }

    /// The policy of the newest reports; of several, what most of them show.
    fn policy(&self, found: &Discovery, now: i64) -> Option<PolicySeen> {
        let reports = self.traffic.reports.iter().chain(&self.traffic.policies_before);
        let day = reports.clone().map(|count| count.day).max()?;
        let mut by_policy: HashMap<u32, u64> = HashMap::new();
        for count in reports.filter(|count| count.day == day) {
            *by_policy.entry(count.policy).or_default() += count.reports;
        }
        let (policy, reports) = by_policy.into_iter().max_by_key(|(at, count)| (*count, *at))?;
        let policy = self.traffic.policies.get(usize::try_from(policy).ok()?)?;
        let word = |policy: &Option<crate::model::words::Policy>| {
            policy.as_ref().map(|policy| policy.as_str().to_owned())
        };
        let (p, sp) = (word(&policy.p), word(&policy.sp));
        let same_as_dns = same(found, &policy.domain, p.as_deref(), sp.as_deref());
        let days_ago = Day::of(now).0.saturating_sub(day.0).max(0);
        let (domain, day) = (policy.domain.clone(), day.to_string());
        Some(PolicySeen { domain, p, sp, day, days_ago, reports, same_as_dns })
    }
}

impl Selector {
    fn add(&mut self, passed: bool, day: Day, messages: u64) {
        let count = if passed { &mut self.seen.passed } else { &mut self.seen.failed };
        *count = count.saturating_add(messages);
        if day > self.last {
            self.last = day;
            self.seen.last_seen = day.to_string();
        }
        let later = |last: &String| *last < day.to_string();
        if passed && self.seen.last_passed.as_ref().is_none_or(later) {
            self.seen.last_passed = Some(day.to_string());
        }
    }
}

/// Whether the record of the DNS at a domain has a policy that receivers saw; none where that is unknown.
fn same(found: &Discovery, domain: &str, p: Option<&str>, sp: Option<&str>) -> Option<bool> {
    let asked = found.walk.asked.iter().chain(&found.list.asked);
    let text = match &asked.clone().find(|asked| asked.domain == domain)?.answer {
        Stood::Record { text } => text,
        Stood::Unknown { .. } => return None,
        _ => return Some(false),
    };
    // a report may leave out what the record leaves out
    let now = policies(text);
    Some(now.is_some_and(|(now_p, now_sp)| {
        p.unwrap_or("none") == now_p && sp.is_none_or(|sp| sp == now_sp)
    }))
}

#[cfg(test)]
mod tests;
