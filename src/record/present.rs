//! The **present record** of a domain: what stands in the DNS now, or what was last known of it.
//!
//! In: a name and who can be asked, or the records that are kept. Out: the record, or why there is none.
//! Only the domain's own name is asked: a record found further up is another domain's to change.

use crate::model::Day;
use crate::model::dns::{Answer, Resolver};
use crate::model::evidence::PolicySpan;
use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};
use crate::model::txt::{TagList, is_dmarc};

use super::kind;
use super::spf::is_record as is_spf;

/// Texts that receivers do not see of which one answer tells.
const MOST_UNSEEN: usize = 3;

/// What the DNS says of a record at a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// There is one: its TXT value.
    Record(String),
    /// There is none.
    Missing,
    /// There is none that receivers see, but texts that are meant as one: a few of them.
    Unseen(Vec<String>),
    /// There are several, so that receivers discard all of them (RFC 9989 section 4.10).
    Several(Vec<String>),
    /// Nobody can tell now: why.
    Unknown(String),
}

impl Live {
    /// Whether it is one record that can be read as a DMARC record.
    #[must_use]
    pub fn is_read(&self) -> bool {
        matches!(self, Self::Record(text) if TagList::parse_dmarc(text).is_ok())
    }
}

/// Whether a kept record can be a domain's DMARC record: one that was rebuilt from reports lacks addresses.
#[must_use]
pub fn is_record(record: &KeptRecord) -> bool {
    record.kind == RecordKind::Dmarc
        && !record.text.contains('<')
        && policy(record).is_some()
        && (record.seen != Seen::Dns || is_dmarc(&record.text))
}

/// Asks for a domain's DMARC record, at its own name.
#[must_use]
pub fn dmarc(domain: &str, resolver: &dyn Resolver) -> Live {
    dmarc_of(resolver.txt(&format!("_dmarc.{domain}")))
}

/// What the answer about a domain's `_dmarc` name comes to.
#[must_use]
pub fn dmarc_of(answer: Answer<Vec<String>>) -> Live {
    seen_or_meant(answer, RecordKind::Dmarc, is_dmarc)
}

/// Asks for a domain's SPF record.
#[must_use]
pub fn spf(domain: &str, resolver: &dyn Resolver) -> Live {
    spf_of(resolver.txt(domain))
}

/// What the answer about the TXT records of a domain comes to, of SPF.
#[must_use]
pub fn spf_of(answer: Answer<Vec<String>>) -> Live {
    seen_or_meant(answer, RecordKind::Spf, is_spf)
}

/// The one text of that kind; where there is none, those that are meant as one.
fn seen_or_meant(
    answer: Answer<Vec<String>>,
    kind: RecordKind,
    is_kind: impl Fn(&str) -> bool,
) -> Live {
    let is_meant = |text: &&String| kind::of_published(text) == Some(kind);
    let unseen: Vec<String> = match &answer {
        Answer::Found(texts) => texts.iter().filter(is_meant).take(MOST_UNSEEN).cloned().collect(),
        _ => Vec::new(),
    };
    match one(answer, is_kind) {
        Live::Missing if !unseen.is_empty() => Live::Unseen(unseen),
        other => other,
    }
}

/// The one text of that kind.
fn one(answer: Answer<Vec<String>>, is_kind: impl Fn(&str) -> bool) -> Live {
    let texts = match answer {
        Answer::Found(texts) => texts,
        Answer::NoData | Answer::NoName => return Live::Missing,
        Answer::Unknown(why) => return Live::Unknown(why),
    };
    let mut found: Vec<String> = texts.into_iter().filter(|text| is_kind(text)).collect();
    match (found.len(), found.pop()) {
        (1, Some(text)) => Live::Record(text),
        (0, _) | (_, None) => Live::Missing,
        (_, Some(last)) => {
            found.push(last);
            Live::Several(found)
        }
    }
}

/// Why there is no DMARC record to go by, where that is so.
#[must_use]
pub fn why_not(live: &Live, name: &str) -> Option<String> {
    Some(match live {
        Live::Record(text) => {
            let why = TagList::parse_dmarc(text).err()?;
            format!("the record in the DNS cannot be read: {why}")
        }
        Live::Missing => format!("the DNS has no DMARC record at {name} now"),
        Live::Unseen(_) => format!(
            "the DNS has no DMARC record at {name} that receivers see, but a text that is meant as one"
        ),
        Live::Several(texts) => format!(
            "the DNS has {} DMARC records at {name}, so that receivers discard all of them: take \
             away all but one",
            texts.len()
        ),
        Live::Unknown(why) => format!("it is not known what the DNS says of {name} now ({why})"),
    })
}

/// The last of the records that are kept of a domain, if it can still be the present one: `latest` is the
/// last policy that reports saw. A record that was seen or given is passed over where later reports saw
/// another policy; one that was proposed is taken only where they have seen its policy since.
#[must_use]
pub fn last_kept<'a>(
    kept: &'a [KeptRecord],
    latest: Option<&PolicySpan>,
) -> Option<&'a KeptRecord> {
    let is_whole = |record: &&KeptRecord| is_record(record);
    let says_it = |record: &KeptRecord, latest: &PolicySpan| {
        policy(record).is_some_and(|p| p.eq_ignore_ascii_case(&latest.p))
    };
    let holds = |record: &&KeptRecord| {
        let Some(latest) = latest else { return record.seen != Seen::Proposed };
        let says_it = says_it(record, latest);
        match record.seen {
            Seen::Proposed => says_it && latest.to >= Day::of(record.first_at),
            Seen::Dns | Seen::Given => says_it || latest.to <= Day::of(record.last_at),
        }
    };
    let newest = newest_in_dns(kept);
    // of two known at one moment, the one that reports confirm
    let rank = |record: &&KeptRecord| {
        (record.last_at, latest.is_some_and(|latest| says_it(record, latest)))
    };
    let last = kept.iter().filter(is_whole).filter(holds).max_by_key(rank)?;
    // the DNS has had several since, or one that cannot be read: nobody knows which it has now
    let is_plain = newest.len() < 2 && newest.iter().all(is_whole);
    let is_newer = newest.first().is_none_or(|newest| newest.last_at < last.last_at);
    Some(last).filter(|_| is_plain || is_newer)
}

/// The DMARC records that the DNS had when it was last asked and answered with any.
fn newest_in_dns(kept: &[KeptRecord]) -> Vec<&KeptRecord> {
    let of_dns = || {
        kept.iter().filter(|record| record.kind == RecordKind::Dmarc && record.seen == Seen::Dns)
    };
    let Some(at) = of_dns().map(|record| record.last_at).max() else { return Vec::new() };
    of_dns().filter(|record| record.last_at == at).collect()
}

/// `p`; none of a text that is no DMARC record, and `none` where the tag is missing.
fn policy(record: &KeptRecord) -> Option<String> {
    let list = TagList::parse_dmarc(&record.text).ok()?;
    Some(list.get("p").unwrap_or("none").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dns::Says;

    fn says(texts: &[&str]) -> Says {
        Says(Answer::Found(texts.iter().map(|text| (*text).to_owned()).collect()))
    }

    #[test]
    fn other_texts_at_the_name_are_passed_over() {
        let record = "v=DMARC1; p=none";
        let live = dmarc("a.example", &says(&["google-site=1", record, "v=dmarc1; p=none"]));
        assert_eq!(Live::Record(record.to_owned()), live);
        for none in ["v=DMARC1 p=none", " v=DMARC1; p=none", "\"v=DMARC1; p=none\""] {
            let unseen = Live::Unseen(vec![none.to_owned()]);
            assert_eq!(unseen, dmarc("a.example", &says(&["google-site=1", none])), "{none}");
        }
        assert_eq!(Live::Missing, dmarc("a.example", &says(&["google-site=1", "v=spf1 -all"])));
        let several = Live::Several(vec![record.to_owned(), "v = DMARC1".to_owned()]);
        assert_eq!(several, dmarc("a.example", &says(&[record, "v = DMARC1"])));
        let spf_record = "v=SPF1 -all";
        assert_eq!(Live::Record(spf_record.into()), spf("a.example", &says(&[spf_record, record])));
        for none in ["v=spf10 -all", "v=spf1;", "v=spf1ip4:192.0.2.1 -all", "V = spf1 mx -all"] {
            let unseen = Live::Unseen(vec![none.to_owned()]);
            assert_eq!(unseen, spf("a.example", &says(&["google-site=1", none])), "{none}");
        }
        assert_eq!(Live::Missing, spf("a.example", &says(&["google-site=1", record])));
    }

    #[test]
    fn what_nobody_answered_is_unknown_and_never_missing() {
        assert_eq!(Live::Missing, dmarc("a.example", &Says(Answer::NoName)));
        let unknown = Says(Answer::Unknown("SERVFAIL".into()));
        assert_eq!(Live::Unknown("SERVFAIL".into()), dmarc("a.example", &unknown));
    }

    fn kept(seen: Seen, p: &str, day: &str) -> KeptRecord {
        let at = i64::from(Day::parse(day).unwrap().0) * 86_400;
        KeptRecord {
            domain: "a.example".into(),
            name: "_dmarc.a.example".into(),
            kind: RecordKind::Dmarc,
            text: format!("v=DMARC1; p={p}; rua=mailto:d@a.example"),
            seen,
            first_at: at,
            last_at: at,
        }
    }

    fn span(p: &str, to: &str) -> PolicySpan {
        let (from, to) = (Day::parse("2026-01-01").unwrap(), Day::parse(to).unwrap());
        PolicySpan { p: p.into(), sp: None, partial: false, from, to, days: 9 }
    }

    #[test]
    fn the_last_kept_record_is_taken_unless_later_reports_contradict_it() {
        let given = kept(Seen::Given, "none", "2026-10-01");
        let all = [given.clone()];
        assert_eq!(Some(&given), last_kept(&all, None));
        assert_eq!(Some(&given), last_kept(&all, Some(&span("none", "2026-11-01"))));
        assert_eq!(None, last_kept(&all, Some(&span("quarantine", "2026-11-01"))));
        let before = span("quarantine", "2026-09-30");
        assert_eq!(Some(&given), last_kept(&all, Some(&before)), "it is newer than the reports");
    }

    #[test]
    fn a_proposed_record_is_taken_only_where_reports_have_seen_its_policy_since() {
        let proposed = kept(Seen::Proposed, "quarantine", "2026-10-02");
        let all = [kept(Seen::Given, "none", "2026-10-01"), proposed.clone()];
        assert_eq!(Some(&all[0]), last_kept(&all, Some(&span("none", "2026-11-01"))));
        assert_eq!(Some(&all[0]), last_kept(&all, None));
        assert_eq!(Some(&proposed), last_kept(&all, Some(&span("quarantine", "2026-11-01"))));
        let mut rebuilt = proposed;
        rebuilt.text = "v=DMARC1; p=quarantine; rua=mailto:<your present rua>".into();
        assert_eq!(None, last_kept(&[rebuilt], Some(&span("quarantine", "2026-11-01"))));
    }

    #[test]
    fn of_several_at_once_and_behind_one_that_cannot_be_read_none_is_taken() {
        let old = kept(Seen::Dns, "none", "2026-10-01");
        let several =
            [kept(Seen::Dns, "none", "2026-10-02"), kept(Seen::Dns, "reject", "2026-10-02")];
        assert_eq!(None, last_kept(&several, None));
        let mut broken = kept(Seen::Dns, "none", "2026-10-02");
        broken.text = "v=DMARC1; p=none; p=none".into();
        assert_eq!(None, last_kept(&[old.clone(), broken.clone()], None));
        let given = kept(Seen::Given, "none", "2026-10-03");
        assert_eq!(Some(&given), last_kept(&[old.clone(), broken, given.clone()], None));
        let mut unseen = kept(Seen::Dns, "none", "2026-10-02");
        unseen.text = format!("\"{}\"", unseen.text);
        assert_eq!(None, last_kept(&[old, unseen], None), "receivers do not see it");
    }
}
