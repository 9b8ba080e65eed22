//! What a nightly run tells of the **records**: a DMARC record that the DNS has otherwise than at the last
//! run. Whoever deletes one by mistake, or adds a second, hears of it the night after.
//!
//! In: what the DNS says now, where it is asked, and the records that are kept. Out: the change, if there is
//! one. What nobody could tell is no change; what the last digest told is not told again.

use std::collections::BTreeSet;

use crate::model::digest::RecordChange;
use crate::model::finding::RecordKind;
use crate::model::kept::{KeptRecord, Seen};
use crate::model::txt::is_dmarc;
use crate::record::present::{Live, why_not};

use super::super::kept::{FRESH, together};

/// Compares what the DNS has of a domain with what it had. `last_run` is when the last digest was written.
pub(super) fn changed(
    domain: &str,
    live: &Live,
    kept: &[KeptRecord],
    last_run: i64,
) -> Option<RecordChange> {
    let name = format!("_dmarc.{domain}");
    let (at, was) = last_seen(kept, &name)?;
    let now: BTreeSet<&str> = match live {
        Live::Record(text) => BTreeSet::from([text.as_str()]),
        Live::Several(texts) => together(texts),
        // it was told on the night after it was last seen
        Live::Missing | Live::Unseen(_) if at.saturating_add(FRESH) < last_run => return None,
        Live::Missing | Live::Unseen(_) => BTreeSet::new(),
        Live::Unknown(_) => return None,
    };
    if now == was {
        return None;
    }
    let problem = why_not(live, &name);
    let owned = |texts: BTreeSet<&str>| texts.into_iter().map(str::to_owned).collect();
    Some(RecordChange {
        domain: domain.to_owned(),
        was: owned(was),
        now: owned(now),
        needs_person: problem.is_some(),
        problem,
        name,
    })
}

/// What the DNS had when it last had anything, and when that was.
fn last_seen<'a>(kept: &'a [KeptRecord], name: &str) -> Option<(i64, BTreeSet<&'a str>)> {
    let of_dns = || {
        let is_one = |record: &&KeptRecord| {
            // what receivers do not see is no record to them
            record.name == name
                && record.kind == RecordKind::Dmarc
                && record.seen == Seen::Dns
                && is_dmarc(&record.text)
        };
        kept.iter().filter(is_one)
    };
    let at = of_dns().map(|record| record.last_at).max()?;
    let newest = of_dns().filter(|record| record.last_at == at);
    Some((at, newest.map(|record| record.text.as_str()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST_RUN: i64 = 1_000_000;
    const RECORD: &str = "v=DMARC1; p=none; rua=mailto:d@a.example";

    fn kept(text: &str, last_at: i64) -> KeptRecord {
        KeptRecord {
            domain: "a.example".into(),
            name: "_dmarc.a.example".into(),
            kind: RecordKind::Dmarc,
            text: text.into(),
            seen: Seen::Dns,
            first_at: 0,
            last_at,
        }
    }

    fn told(live: &Live, kept: &[KeptRecord]) -> Option<RecordChange> {
        changed("a.example", live, kept, LAST_RUN)
    }

    #[test]
    fn a_record_that_is_gone_is_told_once() {
        let change = told(&Live::Missing, &[kept(RECORD, LAST_RUN)]).unwrap();
        assert_eq!((vec![RECORD.to_owned()], true), (change.was, change.needs_person));
        assert!(change.now.is_empty() && change.problem.unwrap().contains("no DMARC record"));
        let unseen = "v=DMARC1 p=none; rua=mailto:d@a.example";
        let hidden = Live::Unseen(vec![unseen.into()]);
        let change = told(&hidden, &[kept(RECORD, LAST_RUN)]).unwrap();
        assert!(change.now.is_empty() && change.problem.unwrap().contains("receivers see"));
        assert_eq!(None, told(&hidden, &[kept(RECORD, 9), kept(unseen, LAST_RUN)]));
        // seen a little before that run, which therefore did not keep it anew
        assert!(told(&Live::Missing, &[kept(RECORD, LAST_RUN - FRESH)]).is_some());
        assert_eq!(None, told(&Live::Missing, &[kept(RECORD, LAST_RUN - FRESH - 1)]));
    }

    #[test]
    fn another_record_is_told_and_needs_nobody() {
        let other = "v=DMARC1; p=quarantine; rua=mailto:d@a.example";
        let change = told(&Live::Record(other.into()), &[kept(RECORD, 5), kept("v=DMARC1", 4)]);
        let change = change.unwrap();
        assert_eq!((vec![RECORD.to_owned()], vec![other.to_owned()]), (change.was, change.now));
        assert_eq!((None, false), (change.problem, change.needs_person));
    }

    #[test]
    fn a_second_one_and_one_that_cannot_be_read_need_a_person_until_they_are_known() {
        let broken = "v=DMARC1; p=none; p=none";
        let both = Live::Several(vec![broken.into(), RECORD.into()]);
        for live in [both.clone(), Live::Record(broken.into())] {
            assert!(told(&live, &[kept(RECORD, LAST_RUN)]).unwrap().needs_person, "{live:?}");
        }
        assert_eq!(None, told(&both, &[kept(RECORD, 9), kept(broken, 9)]));
        // mended
        let change = told(&Live::Record(RECORD.into()), &[kept(RECORD, 9), kept(broken, 9)]);
        assert!(!change.unwrap().needs_person);
    }

    #[test]
    fn of_very_many_at_once_those_are_compared_that_are_kept() {
        let many: Vec<String> = (0..99).map(|at| format!("v=DMARC1; x={at}")).collect();
        let kept: Vec<KeptRecord> = together(&many).into_iter().map(|it| kept(it, 9)).collect();
        assert_eq!(None, told(&Live::Several(many), &kept));
    }

    #[test]
    fn nothing_is_told_of_what_is_as_it_was_or_was_never_seen_or_is_not_known() {
        let live = Live::Record(RECORD.into());
        assert_eq!(None, told(&live, &[kept(RECORD, 5)]));
        assert_eq!(None, told(&live, &[]));
        assert_eq!(None, told(&Live::Missing, &[]));
        assert_eq!(None, told(&Live::Unknown("SERVFAIL".into()), &[kept(RECORD, LAST_RUN)]));
        let given = KeptRecord { seen: Seen::Given, ..kept(RECORD, LAST_RUN) };
        assert_eq!(None, told(&Live::Missing, &[given]));
    }
}
