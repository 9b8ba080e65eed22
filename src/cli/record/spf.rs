//! What **SPF** wants: the whole record with what your own senders lack, counted as receivers count.
//!
//! In: the sources of a domain, and its SPF record as the DNS has it now, or as it was kept. Out: one
//! record to put in the place of the present one, or why there is none. Nobody is ever added whom nobody
//! has called own: a forged message must not make a record that allows its sender. No record is proposed
//! that receivers answer with permerror, nor one beside another.

use crate::model::dns::Resolver;
use crate::model::finding::{Checked, RecordKind, Severity};
use crate::model::kept::KeptRecord;
use crate::model::publication::{Origin, SpfChange};
use crate::model::verdict::{Class, SourceSummary};
use crate::record::present::Live;
use crate::record::spf::{Expansion, MAX_LOOKUPS, Published, expand};
use crate::record::{check, edit};
use crate::render::record::finding_text;

/// What of the record is known.
struct Today {
    text: Option<String>,
    origin: Option<Origin>,
    problem: Option<String>,
    /// Whether it is known that there is none.
    is_missing: bool,
}

/// What is to be added to the record of the domain: the terms that its own senders lack.
pub(super) fn additions(domain: &str, sources: &[SourceSummary]) -> Vec<String> {
    let mut add: Vec<String> = Vec::new();
    for (of, term) in terms(sources) {
        if of == domain && !add.contains(&term) {
            add.push(term);
        }
    }
    add
}

/// The same of other domains that its senders bounce to, and of networks that somebody must look at.
pub(super) fn notes(domain: &str, sources: &[SourceSummary]) -> Vec<String> {
    let mut notes = Vec::new();
    for source in own(sources) {
        let Some(addition) = &source.spf_add else { continue };
        if addition.domain != domain && !addition.mechanisms.is_empty() {
            notes.push(format!(
                "{} bounces to {}: add {} to the SPF record of that name",
                source.source,
                addition.domain,
                addition.mechanisms.join(" ")
            ));
        }
        if let Some(network) = &addition.only_if_all_yours {
            notes.push(format!(
                "{} is not added to the SPF record of {}: add {network} only if all of that network is \
                 yours, else each address that is",
                source.source, addition.domain
            ));
        }
    }
    notes
}

fn own(sources: &[SourceSummary]) -> impl Iterator<Item = &SourceSummary> {
    sources.iter().filter(|source| source.class == Class::Own)
}

fn terms(sources: &[SourceSummary]) -> impl Iterator<Item = (&str, String)> {
    own(sources).filter_map(|source| source.spf_add.as_ref()).flat_map(|addition| {
        addition.mechanisms.iter().map(|term| (addition.domain.as_str(), term.clone()))
    })
}

/// The record with that in it.
pub(super) fn change(
    domain: &str,
    add: Vec<String>,
    live: Option<&Live>,
    kept: &[KeptRecord],
    dns: Option<&dyn Resolver>,
) -> Option<SpfChange> {
    let today = today(domain, live, kept);
    if add.is_empty() && today.text.is_none() {
        return None;
    }
    let dns = dns.filter(|_| today.origin == Some(Origin::Dns));
    let lookups = dns.and_then(|dns| lookups(domain, &add, dns));
    let base = match &today.text {
        Some(text) => Some(text.as_str()),
        None if today.is_missing => Some("v=spf1 ~all"),
        None => None,
    };
    let changed =
        base.filter(|_| !add.is_empty()).map(|base| with(base, &add, lookups)).transpose();
    let (changed, refused) = match changed {
        Ok(changed) => (changed, None),
        Err(why) => (None, Some(why)),
    };
    let is_too_long = lookups.filter(|count| add.is_empty() && *count > MAX_LOOKUPS).map(too_many);
    let problem = match add.is_empty() {
        true => is_too_long,
        false => refused.or_else(|| today.problem.clone()),
    };
    let forms = if today.is_missing { edit::added } else { edit::changed };
    Some(SpfChange {
        record: changed.as_deref().map(|text| forms(domain, text)),
        add,
        changed,
        origin: today.origin,
        lookups,
        problem,
        today: today.text,
    })
}

/// The record with the terms, where receivers would take it.
fn with(base: &str, add: &[String], lookups: Option<usize>) -> Result<String, String> {
    if let Some(count) = lookups.filter(|count| *count > MAX_LOOKUPS) {
        return Err(too_many(count));
    }
    let changed =
        edit::with_mechanisms(base, add).ok_or_else(|| "it is no SPF record".to_owned())?;
    let Checked { findings, .. } = check(&changed, Some(RecordKind::Spf));
    match findings.iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(changed),
        Some(error) => Err(format!("the record needs mending first: {}", finding_text(error))),
    }
}

fn too_many(count: usize) -> String {
    format!(
        "the record needs {count} look-ups with all that is to be in it, and receivers stop at \
         {MAX_LOOKUPS}: SPF fails for all mail (permerror); take out an include that no report uses \
         first, or sign with DKIM instead"
    )
}

/// The present record: as the DNS has it, else the last that it was known to have.
fn today(domain: &str, live: Option<&Live>, kept: &[KeptRecord]) -> Today {
    let none = |problem: Option<String>, is_missing| Today {
        text: None,
        origin: None,
        problem,
        is_missing,
    };
    match live {
        Some(Live::Record(text)) => Today {
            text: Some(text.clone()),
            origin: Some(Origin::Dns),
            problem: None,
            is_missing: false,
        },
        Some(Live::Missing | Live::Unseen(_)) => none(
            Some(format!(
                "the DNS has no SPF record at {domain}: this one is new; put in what else sends for you"
            )),
            true,
        ),
        Some(Live::Several(texts)) => none(
            Some(format!(
                "the DNS has {} SPF records at {domain}, so that receivers fail all mail (permerror): put \
                 all into one first, with what is to be added",
                texts.len()
            )),
            false,
        ),
        Some(Live::Unknown(why)) => of_kept(
            domain,
            kept,
            format!("it is not known what the DNS has at {domain} now ({why})"),
        ),
        None => of_kept(domain, kept, "the present SPF record is not known".to_owned()),
    }
}

fn of_kept(domain: &str, kept: &[KeptRecord], why: String) -> Today {
    let is_spf = |one: &&KeptRecord| one.kind == RecordKind::Spf && one.name == domain;
    let newest = kept.iter().filter(is_spf).map(|kept| kept.last_at).max();
    let mut last = kept.iter().filter(is_spf).filter(|kept| Some(kept.last_at) == newest);
    let (text, day) = match (last.next(), last.next()) {
        (Some(one), None) => (Some(one.text.clone()), crate::model::Day::of(one.last_at)),
        // of several that stood there at once, nobody knows which does now
        _ => (None, crate::model::Day(0)),
    };
    let problem = match &text {
        Some(_) => format!("{why}: this rests on the one of {day}; --live asks the DNS"),
        None => format!(
            "{why}: put this into the record that stands there, before `all`; --live shows it whole"
        ),
    };
    let origin = text.is_some().then_some(Origin::Kept);
    Today { text, origin, problem: Some(problem), is_missing: false }
}

/// The look-ups of the record of a domain with these terms; none where nobody could count them all.
fn lookups(domain: &str, add: &[String], dns: &dyn Resolver) -> Option<usize> {
    let mut count = counted(&expand(domain, dns))?;
    for include in add.iter().filter_map(|term| term.strip_prefix("include:")) {
        count += 1 + counted(&expand(include, dns))?;
    }
    Some(count)
}

fn counted(spf: &Expansion) -> Option<usize> {
    let is_known = matches!(spf.root.record, Published::Record { .. } | Published::Broken { .. });
    (is_known && (!spf.lookups_at_least || spf.lookups > MAX_LOOKUPS)).then_some(spf.lookups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kept::Seen;

    fn add() -> Vec<String> {
        vec!["ip4:192.0.2.9".to_owned()]
    }

    fn kept(text: &str, last_at: i64) -> KeptRecord {
        KeptRecord {
            domain: "a.example".into(),
            name: "a.example".into(),
            kind: RecordKind::Spf,
            text: text.into(),
            seen: Seen::Dns,
            first_at: 0,
            last_at,
        }
    }

    fn of(live: Option<Live>, kept: &[KeptRecord]) -> SpfChange {
        change("a.example", add(), live.as_ref(), kept, None).unwrap()
    }

    #[test]
    fn one_whole_record_is_made_of_the_present_one() {
        let found = of(Some(Live::Record("v=spf1 mx -all".into())), &[]);
        assert_eq!(Some("v=spf1 mx ip4:192.0.2.9 -all"), found.changed.as_deref());
        assert_eq!((Some(Origin::Dns), None), (found.origin, found.problem));
        assert_eq!("a.example.", found.record.unwrap().cpanel.name);
    }

    #[test]
    fn where_there_is_none_a_new_one_is_made_and_where_there_are_several_none() {
        let found = of(Some(Live::Missing), &[]);
        assert_eq!(Some("v=spf1 ip4:192.0.2.9 ~all"), found.changed.as_deref());
        let several =
            of(Some(Live::Several(vec!["v=spf1 -all".into(), "v=spf1 mx -all".into()])), &[]);
        assert_eq!(None, several.changed);
        assert!(several.problem.unwrap().contains("2 SPF records"));
    }

    #[test]
    fn what_is_not_known_is_taken_from_what_is_kept_with_its_date() {
        let unknown = Live::Unknown("SERVFAIL".into());
        let found = of(Some(unknown.clone()), &[kept("v=spf1 a ~all", 86_400)]);
        assert_eq!(Some("v=spf1 a ip4:192.0.2.9 ~all"), found.changed.as_deref());
        assert!(found.problem.unwrap().contains("1970-01-02"));
        assert_eq!(None, of(Some(unknown), &[]).changed);
        assert_eq!(None, of(None, &[kept("v=spf1 a ~all", 1), kept("v=spf1 mx ~all", 1)]).changed);
    }

    #[test]
    fn a_record_that_would_not_work_is_not_proposed() {
        let found = of(Some(Live::Record("v=spf1 ip4:300.1.1.1 -all".into())), &[]);
        assert_eq!(None, found.changed);
        assert!(found.problem.unwrap().contains("needs mending first"));
        assert!(with("v=spf1 -all", &add(), Some(11)).unwrap_err().contains("11 look-ups"));
        assert!(with("v=spf1 -all", &add(), Some(10)).is_ok());
    }
}
