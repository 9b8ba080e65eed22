//! What **SPF and DKIM** want, as reports show it: senders that must sign, and addresses that SPF must allow.
//!
//! In: the sources of a domain, and its SPF record where the DNS has it or the store kept it. Out: what to
//! do at each sender, and the SPF record with what your own senders lack. Nobody is ever added whom nobody
//! has called own: a forged message must not make a record that allows its sender.

use crate::model::finding::{RecordKind, Severity};
use crate::model::kept::Seen;
use crate::model::publication::{Sender, SpfChange};
use crate::model::verdict::{Class, Health, SourceSummary};
use crate::record::present::Live;
use crate::record::{edit, present, spf};
use crate::store::Store;

use super::super::kept::Keeping;
use super::super::present::LiveArgs;
use super::super::settings::Settings;

/// The senders that are not ready: own ones that fail or that SPF alone carries, and those to be named.
pub(super) fn of(sources: &[SourceSummary]) -> Vec<Sender> {
    sources.iter().filter_map(sender).collect()
}

fn sender(source: &SourceSummary) -> Option<Sender> {
    let is_ready = match source.class {
        Class::Own => matches!(source.health, None | Some(Health::Healthy)),
        Class::Asks => false,
        Class::Forwarder | Class::List | Class::Threat | Class::Noise => true,
    };
    if is_ready || source.failed_until.is_some() {
        return None;
    }
    Some(Sender {
        source: source.source.clone(),
        class: source.class,
        messages: source.tally.messages,
        failing: source.tally.dmarc_fail,
        fix: source.fix.clone()?,
    })
}

/// What SPF wants.
pub(super) fn spf(
    domain: &str,
    sources: &[SourceSummary],
    live: &LiveArgs,
    settings: &Settings,
    store: &dyn Store,
    keeping: &mut Keeping,
) -> Option<SpfChange> {
    let own = sources.iter().filter(|source| source.class == Class::Own).filter_map(sender);
    let fixes: Vec<String> = own.map(|sender| sender.fix).collect();
    let add = edit::mechanisms_in(&fixes.join(" "));
    let today = today(domain, live, settings, store, keeping);
    if today.is_none() && add.is_empty() {
        return None;
    }
    let changed = today.as_deref().and_then(|today| edit::with_mechanisms(today, &add));
    let works = |text: &String| {
        !spf::lint(text).findings.iter().any(|finding| finding.severity == Severity::Error)
    };
    Some(SpfChange { today, add, changed: changed.filter(works) })
}

/// The present record: as the DNS has it, else the last that it was known to have.
fn today(
    domain: &str,
    live: &LiveArgs,
    settings: &Settings,
    store: &dyn Store,
    keeping: &mut Keeping,
) -> Option<String> {
    if let Some(Ok(dns)) = live.resolver(settings) {
        match present::spf(domain, &dns) {
            Live::Record(text) => {
                keeping.note(domain, domain, RecordKind::Spf, &text, Seen::Dns);
                return Some(text);
            }
            Live::Missing | Live::Several(_) => return None,
            Live::Unknown(_) => {}
        }
    }
    let kept = store.kept_records(domain).unwrap_or_default();
    let is_spf = |kind, name: &str| kind == RecordKind::Spf && name == domain;
    let last = kept.into_iter().filter(|kept| is_spf(kept.kind, &kept.name));
    last.max_by_key(|kept| kept.last_at).map(|kept| kept.text)
}
