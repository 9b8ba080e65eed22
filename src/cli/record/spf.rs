//! What **SPF** wants: the whole record with what your own senders lack, counted as receivers count.
//!
//! In: the sources of a domain, and its SPF record as the DNS has it now, or as it was kept. Out: one
//! record to put in the place of the present one, or why there is none. Nobody is ever added whom nobody
//! has called own: a forged message must not make a record that allows its sender. No record is proposed
//! that receivers answer with permerror, nor one beside another, also where that is misspelt (`unseen`).

use crate::model::command;
use crate::model::dns::Resolver;
use crate::model::finding::{Checked, RecordKind, Severity};
use crate::model::kept::KeptRecord;
use crate::model::publication::{Origin, SpfChange};
use crate::model::verdict::{Class, SourceSummary};
use crate::record::present::Live;
use crate::record::spf::{Expansion, MAX_LOOKUPS, Published, expand, is_record};
use crate::record::{check, edit};
use crate::render::record::finding_text;

use super::super::present::relied::broken;

mod unseen;

/// What of the record is known.
#[derive(Debug, Default)]
struct Today {
    text: Option<String>,
    origin: Option<Origin>,
    problem: Option<String>,
    /// What the next one is made of.
    base: Option<String>,
    /// Texts in its place that receivers do not see.
    unseen: Vec<String>,
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
    let is_asked_for = !add.is_empty() || !today.unseen.is_empty();
    if !is_asked_for && today.text.is_none() {
        return None;
    }
    let dns = dns.filter(|_| today.origin == Some(Origin::Dns));
    let needed = dns.and_then(|dns| lookups(domain, &today, &add, dns));
    let broken = dns.filter(|_| today.text.is_some()).and_then(|dns| {
        let why = broken(domain, &expand(domain, dns))?;
        Some(format!("{why}; mend it first: ruaudit check {}", command::domain(domain)))
    });
    let too_many = needed.and_then(Needed::too_many);
    let base = today.base.as_deref().filter(|_| is_asked_for);
    let with = |base| match (&too_many, &broken) {
        (None, Some(why)) => Err(why.clone()),
        _ => with(base, &add, needed),
    };
    let (changed, refused) = match base.map(with).transpose() {
        Ok(changed) => (changed, None),
        Err(why) => (None, Some(why)),
    };
    let unasked = too_many.or(broken).filter(|_| !is_asked_for);
    let is_new = today.text.is_none() && today.unseen.is_empty();
    let forms = if is_new { edit::added } else { edit::changed };
    Some(SpfChange {
        record: changed.as_deref().map(|text| forms(domain, text)),
        problem: problem(&today, refused.or(unasked), is_asked_for),
        add,
        changed,
        origin: today.origin,
        lookups: needed.and_then(Needed::exactly),
        today: today.text,
        unseen: today.unseen,
    })
}

/// Why there is no changed record, or what must be known of it.
fn problem(today: &Today, refused: Option<String>, is_asked_for: bool) -> Option<String> {
    let told = today.problem.clone();
    match (refused, told) {
        (refused, _) if !is_asked_for => refused,
        // that nothing is to be put beside it must be said whatever else is wrong
        (Some(why), Some(told)) if !today.unseen.is_empty() => Some(format!("{told}; {why}")),
        (refused, told) => refused.or(told),
    }
}

/// The record with the terms, where receivers would take it.
fn with(base: &str, add: &[String], needed: Option<Needed>) -> Result<String, String> {
    if let Some(why) = needed.and_then(Needed::too_many) {
        return Err(why);
    }
    let changed =
        edit::with_mechanisms(base, add).ok_or_else(|| "it is no SPF record".to_owned())?;
    let Checked { findings, .. } = check(&changed, Some(RecordKind::Spf));
    match findings.iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(changed),
        Some(error) => Err(format!("the record needs mending first: {}", finding_text(error))),
    }
}

/// Look-ups that a record needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    /// So many.
    Exactly(usize),
    /// More than receivers make: not all could be counted.
    TooMany,
}

impl Needed {
    fn exactly(self) -> Option<usize> {
        match self {
            Self::Exactly(count) => Some(count),
            Self::TooMany => None,
        }
    }

    /// Why receivers would not take it, if that is so.
    fn too_many(self) -> Option<String> {
        let many = match self {
            Self::Exactly(..=MAX_LOOKUPS) => return None,
            Self::Exactly(count) => count.to_string(),
            Self::TooMany => format!("more than {MAX_LOOKUPS}"),
        };
        Some(format!(
            "the record needs {many} look-ups with all that is to be in it, and receivers stop at \
             {MAX_LOOKUPS}: SPF fails for all mail (permerror); take out an include that no report uses \
             first, or sign with DKIM instead"
        ))
    }
}

/// The present record: as the DNS has it, else the last that it was known to have.
fn today(domain: &str, live: Option<&Live>, kept: &[KeptRecord]) -> Today {
    let because = |problem: String| Today { problem: Some(problem), ..Today::default() };
    match live {
        Some(Live::Record(text)) => known(text, Origin::Dns, None),
        Some(Live::Unseen(texts)) => unseen::today(domain, texts, Origin::Dns),
        Some(Live::Missing) => Today {
            base: Some("v=spf1 ~all".to_owned()),
            ..because(format!(
                "the DNS has no SPF record at {domain}: this one is new; put in what else sends for you"
            ))
        },
        Some(Live::Several(texts)) => because(format!(
            "the DNS has {} SPF records at {domain}, so that receivers fail all mail (permerror): put \
             all into one first, with what is to be added",
            texts.len()
        )),
        Some(Live::Unknown(why)) => of_kept(
            domain,
            kept,
            format!("it is not known what the DNS has at {domain} now ({why})"),
        ),
        None => of_kept(domain, kept, "the present SPF record is not known".to_owned()),
    }
}

fn known(text: &str, origin: Origin, problem: Option<String>) -> Today {
    let text = Some(text.to_owned());
    Today { base: text.clone(), text, origin: Some(origin), problem, unseen: Vec::new() }
}

fn of_kept(domain: &str, kept: &[KeptRecord], why: String) -> Today {
    let is_spf = |one: &&KeptRecord| one.kind == RecordKind::Spf && one.name == domain;
    let newest = kept.iter().filter(is_spf).map(|kept| kept.last_at).max();
    let mut last = kept.iter().filter(is_spf).filter(|kept| Some(kept.last_at) == newest);
    // of several that stood there at once, nobody knows which does now
    let (Some(one), None) = (last.next(), last.next()) else {
        let put = "put this into the record that stands there, before `all`; --live shows it whole";
        return Today { problem: Some(format!("{why}: {put}")), ..Today::default() };
    };
    let day = crate::model::Day::of(one.last_at);
    let why = format!("{why}: this rests on the one of {day}; --live asks the DNS");
    if is_record(&one.text) {
        return known(&one.text, Origin::Kept, Some(why));
    }
    let found = unseen::today(domain, std::slice::from_ref(&one.text), Origin::Kept);
    let told = found.problem.iter().fold(why, |why, told| format!("{why}; {told}"));
    Today { problem: Some(told), ..found }
}

/// The look-ups of the record of a domain with these terms; none where nobody could count them, and what was
/// counted is no more than receivers make.
fn lookups(domain: &str, today: &Today, add: &[String], dns: &dyn Resolver) -> Option<Needed> {
    let (mut count, mut is_all) = match (today.unseen.is_empty(), &today.base) {
        (false, Some(text)) => counted(&unseen::expanded(domain, text, dns))?,
        _ => counted(&expand(domain, dns))?,
    };
    for include in add.iter().filter_map(|term| term.strip_prefix("include:")) {
        let (more, is_all_of_it) = counted(&expand(include, dns))?;
        count += 1 + more;
        is_all &= is_all_of_it;
    }
    match is_all {
        true => Some(Needed::Exactly(count)),
        false => (count > MAX_LOOKUPS).then_some(Needed::TooMany),
    }
}

/// The look-ups of a record, and whether these are all.
fn counted(spf: &Expansion) -> Option<(usize, bool)> {
    let is_known = matches!(spf.root.record, Published::Record { .. } | Published::Broken { .. });
    is_known.then_some((spf.lookups, !spf.lookups_at_least))
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
    fn a_misspelt_record_is_corrected_and_no_second_is_put_beside_it() {
        for (text, corrected) in [
            ("v=spf1ip4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.9 -all"),
            ("V = spf1 mx ~all", "v=spf1 mx ip4:192.0.2.9 ~all"),
            ("spf1 ip4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.9 -all"),
        ] {
            for (live, kept) in
                [(Some(Live::Unseen(vec![text.into()])), Vec::new()), (None, vec![kept(text, 1)])]
            {
                let found = of(live, &kept);
                assert_eq!(Some(corrected), found.changed.as_deref(), "{text}");
                assert_eq!((None, &vec![text.to_owned()]), (found.today, &found.unseen));
                assert_eq!("unchanged", found.record.unwrap().cpanel.ttl, "{text}");
                let problem = found.problem.unwrap();
                assert!(problem.contains("edit that one, do not add a second"), "{problem}");
            }
        }
    }

    #[test]
    fn of_misspelt_records_that_nobody_can_read_or_several_none_is_made() {
        let unseen = |texts: &[&str]| {
            of(Some(Live::Unseen(texts.iter().map(|text| (*text).to_owned()).collect())), &[])
        };
        let broken = unseen(&["v=spf1ip4:300.1.1.1 -all"]);
        assert_eq!((None, None), (broken.changed, broken.record));
        assert!(broken.problem.unwrap().contains("do not add a second"));
        let several = unseen(&["v=spf1ip4:192.0.2.1 -all", "spf1 mx -all"]);
        assert_eq!((None, 2), (several.record, several.unseen.len()));
        assert!(several.problem.unwrap().contains("make one record of them"));
    }

    #[test]
    fn a_misspelt_record_is_told_where_nothing_is_to_be_added() {
        let unseen = Live::Unseen(vec!["v=spf1mx -all".to_owned()]);
        let found = change("a.example", Vec::new(), Some(&unseen), &[], None).unwrap();
        assert_eq!(Some("v=spf1 mx -all"), found.changed.as_deref());
        assert_eq!(None, change("a.example", Vec::new(), Some(&Live::Missing), &[], None));
        let read = Live::Record("v=spf1 mx -all".into());
        let found = change("a.example", Vec::new(), Some(&read), &[], None).unwrap();
        assert_eq!((None, None), (found.changed, found.problem));
    }

    #[test]
    fn the_look_ups_of_a_corrected_record_are_counted() {
        use crate::model::dns::{Answer, Says};
        let dns = Says(Answer::Found(vec!["v=spf1 exists:a.test exists:b.test -all".to_owned()]));
        let terms: String = (0..9).map(|at| format!("exists:h{at}.test ")).collect();
        let unseen = Live::Unseen(vec![format!("v = spf1 {terms}include:c.test -all")]);
        let found = change("a.example", add(), Some(&unseen), &[], Some(&dns)).unwrap();
        assert_eq!((Some(12), None), (found.lookups, found.changed));
        let problem = found.problem.unwrap();
        assert!(problem.contains("do not add a second") && problem.contains("12 look-ups"));
    }

    #[test]
    fn a_record_that_would_not_work_is_not_proposed() {
        let found = of(Some(Live::Record("v=spf1 ip4:300.1.1.1 -all".into())), &[]);
        assert_eq!(None, found.changed);
        assert!(found.problem.unwrap().contains("needs mending first"));
        let needed = |needed| with("v=spf1 -all", &add(), Some(needed));
        assert!(needed(Needed::Exactly(11)).unwrap_err().contains("needs 11 look-ups"));
        assert!(needed(Needed::TooMany).unwrap_err().contains("needs more than 10 look-ups"));
        assert!(needed(Needed::Exactly(10)).is_ok());
    }
}
