//! Which record of a history is **named** as one to go back to: one that can be vouched for, or none.
//!
//! In: what is kept of a domain, and which numbers are told. Out: a record that the operator gave, or that
//! stood in the DNS for longer than a false answer lasts, with the reason. A single answer of the DNS is
//! anybody's who can forge one, and what is proposed is built on such an answer: neither is named. Nor do
//! reports vouch for a record: they show its policy, never its addresses, and a forged one shows any.

use crate::model::Day;
use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};
use crate::model::publication::{Remembered, WayBack};

use super::{DAY, is_beside, is_same, numbers};

/// How long a cache may hold what it was told, and so a lie that it was told once (RFC 8767 section 4).
const CACHED: i64 = 7 * DAY;

/// The last of those that can be vouched for: a DMARC record of the domain rather than another, and one that
/// stood there alone.
pub(super) fn of(domain: &str, kept: &[KeptRecord], told: &[Remembered]) -> Option<WayBack> {
    let numbers = numbers(kept);
    let own = format!("_dmarc.{domain}");
    let vouched = kept.iter().filter_map(|record| {
        let number = 1 + numbers.iter().position(|one| is_same(one, record))?;
        let is_told = told.iter().any(|one| one.number == Some(number));
        let because = because(record, kept).filter(|_| is_told)?;
        let is_own = record.kind == RecordKind::Dmarc && record.name == own;
        let rank = (is_own, !is_beside(record, kept), record.first_at, record.last_at);
        Some((rank, WayBack { number, because }))
    });
    vouched.max_by_key(|(rank, _)| *rank).map(|(_, way_back)| way_back)
}

/// Why a record can be vouched for.
fn because(record: &KeptRecord, kept: &[KeptRecord]) -> Option<String> {
    let [first, last] = [record.first_at, record.last_at].map(Day::of);
    match record.seen {
        Seen::Given => Some(format!("was given on {last}")),
        Seen::Dns if lasted(record, CACHED) && !is_between(record, kept) => {
            Some(format!("stood in the DNS from {first} to {last}"))
        }
        Seen::Dns | Seen::Proposed => None,
    }
}

fn lasted(record: &KeptRecord, longer_than: i64) -> bool {
    record.last_at.saturating_sub(record.first_at) > longer_than
}

/// Whether another stood at its name before it was first seen there and after it was last: then two false
/// answers, however far apart, look like one that lasted.
fn is_between(record: &KeptRecord, kept: &[KeptRecord]) -> bool {
    kept.iter().any(|other| {
        (&other.name, other.kind, other.seen) == (&record.name, record.kind, Seen::Dns)
            && other.first_at < record.first_at
            && other.last_at > record.last_at
    })
}

#[cfg(test)]
mod tests {
    use super::super::remembered;
    use super::*;

    /// A record that was known so from one day to another.
    fn known(seen: Seen, rua: &str, first: i64, last: i64) -> KeptRecord {
        KeptRecord {
            domain: "a.example".into(),
            name: "_dmarc.a.example".into(),
            kind: RecordKind::Dmarc,
            text: format!("v=DMARC1; p=none; rua=mailto:{rua}@a.example"),
            seen,
            first_at: first * DAY,
            last_at: last * DAY,
        }
    }

    fn named(kept: &[KeptRecord]) -> Option<(usize, String)> {
        let found = of("a.example", kept, &remembered("a.example", kept, &[]))?;
        Some((found.number, found.because))
    }

    #[test]
    fn a_single_answer_of_the_dns_is_not_named_nor_what_is_proposed() {
        let truth = known(Seen::Dns, "d", 0, 30);
        let lie = known(Seen::Dns, "evil", 31, 31);
        let proposed = known(Seen::Proposed, "next", 31, 60);
        let told = Some((1, "stood in the DNS from 1970-01-01 to 1970-01-31".to_owned()));
        assert_eq!(told, named(&[truth, lie.clone(), proposed.clone()]));
        assert_eq!(None, named(&[lie, proposed]));
        assert_eq!(None, named(&[known(Seen::Dns, "cached", 0, 7)]));
        assert!(named(&[known(Seen::Dns, "d", 0, 8)]).is_some());
    }

    #[test]
    fn what_the_operator_gave_is_named() {
        let given = known(Seen::Given, "d", 5, 5);
        let told = Some((1, "was given on 1970-01-06".to_owned()));
        assert_eq!(told, named(&[given.clone(), known(Seen::Dns, "evil", 6, 6)]));
        // the same text, which the DNS had on one day
        assert_eq!(told, named(&[known(Seen::Dns, "d", 4, 4), given]));
    }

    #[test]
    fn two_false_answers_weeks_apart_are_none_that_lasted() {
        let (truth, lie) = (known(Seen::Dns, "d", 0, 60), known(Seen::Dns, "evil", 10, 40));
        assert_eq!(Some(1), named(&[truth, lie]).map(|found| found.0));
    }

    #[test]
    fn a_dmarc_record_is_named_rather_than_another_and_only_one_that_would_work() {
        let spf = KeptRecord {
            kind: RecordKind::Spf,
            name: "a.example".into(),
            text: "v=spf1 -all".into(),
            ..known(Seen::Dns, "", 20, 60)
        };
        let dmarc = known(Seen::Dns, "d", 0, 30);
        assert_eq!(Some(1), named(&[dmarc.clone(), spf.clone()]).map(|found| found.0));
        let broken = KeptRecord { text: "v=DMARC1; p=none; p=none".into(), ..dmarc };
        assert_eq!(Some(2), named(&[broken.clone(), spf]).map(|found| found.0));
        assert_eq!(None, named(&[broken]));
    }
}
