use super::super::scenario::{LAST, Scenario};
use super::*;
use crate::model::Day;
use crate::model::verdict::{Blocker, Class, Gate, RateBound};

fn regulars() -> Regulars {
    let strangers = Strangers { names: "rare.example".to_owned(), count: 1, days: 28 };
    Regulars { traffic: Traffic::default(), strangers }
}

/// An advice of that verdict; READY publishes that record.
fn advice(verdict: Verdict, record: &str) -> Recommendation {
    let mut advice = Scenario::at("none").own().judge().advice;
    advice.verdict = verdict;
    advice.record = (verdict == Verdict::Ready).then(|| record.to_owned());
    advice.headline = format!("the headline of {record}");
    advice.notes.clear();
    advice
}

/// One that waits, for those gates, after so many days at the present policy.
fn waiting(missing: &[&'static str], failures: u64, days: i32) -> Recommendation {
    let mut advice = advice(Verdict::Hold, "");
    for gate in &mut advice.gates {
        gate.passed = !missing.contains(&gate.gate);
    }
    let present = missing.iter().all(|gate| advice.gates.iter().any(|have| have.gate == *gate));
    assert!(present, "{missing:?}");
    advice.rate = advice.rate.map(|rate| RateBound { failures, ..rate });
    if let Some(span) = advice.policy_history.last_mut() {
        (span.from, span.to) = (Day(LAST - days + 1), Day(LAST));
    }
    advice
}

fn blocked(verdict: Verdict, source: &str) -> Recommendation {
    let mut advice = advice(verdict, source);
    advice.blockers = vec![Blocker {
        source: source.to_owned(),
        class: Class::Own,
        messages: 9,
        failing: 9,
        why: String::new(),
        fix: String::new(),
    }];
    advice
}

#[test]
fn the_more_careful_verdict_holds_whole() {
    let (weigh, ready) = (regulars(), || advice(Verdict::Ready, "v=DMARC1; p=quarantine"));
    for verdict in [Verdict::Review, Verdict::Fix, Verdict::Rollback] {
        let known = blocked(verdict, "a");
        let mut found = weigh.weigh(ready(), known.clone());
        assert_eq!(1, found.notes.len(), "{:?}", found.notes);
        assert!(
            found.notes[0].starts_with("rare.example says otherwise, on few days, and is left")
        );
        found.notes.clear();
        assert_eq!(known, found, "nothing of the other is in it");
    }
    for verdict in [Verdict::Review, Verdict::Fix, Verdict::Stay] {
        let all = blocked(verdict, "a");
        let mut found = weigh.weigh(all.clone(), ready());
        let note = "without what rare.example says, on few days, it would be ready";
        assert_eq!(vec![note], found.notes);
        found.notes.clear();
        assert_eq!(all, found);
    }
}

#[test]
fn a_policy_that_strangers_alone_tell_of_is_none() {
    let mut all = advice(Verdict::Stay, "");
    all.policy = "reject".to_owned();
    let known = advice(Verdict::Ready, "v=DMARC1; p=quarantine");
    let found = regulars().weigh(all, known.clone());
    assert_eq!((known.policy, known.record), (found.policy, found.record));
}

#[test]
fn a_rollback_of_strangers_is_a_question_and_publishes_nothing() {
    let mut all = blocked(Verdict::Rollback, "a");
    all.record = Some("v=DMARC1; p=none".to_owned());
    all.notes = vec!["sp=none is taken out".to_owned()];
    let found = regulars().weigh(all.clone(), advice(Verdict::Ready, "v=DMARC1; p=reject"));
    assert_eq!((Verdict::Review, None, None), (found.verdict, found.record, found.next));
    assert!(
        found.notes.is_empty() && found.headline.starts_with("rare.example alone, on few days")
    );
    assert_eq!((all.gates, all.rate, all.blockers), (found.gates, found.rate, found.blockers));
    let both = regulars().weigh(blocked(Verdict::Rollback, "a"), blocked(Verdict::Rollback, "b"));
    assert_eq!(Verdict::Rollback, both.verdict);
}

#[test]
fn of_two_records_the_one_that_stops_less_is_published() {
    let ready = |record: &str| advice(Verdict::Ready, record);
    let open = "v=DMARC1; p=quarantine; sp=none";
    let closed = "v=DMARC1; p=quarantine";
    let stricter = "v=DMARC1; p=quarantine; sp=reject";
    for (all, known, published) in [
        (open, closed, open),       // a stranger alone tells of a subdomain that fails
        (closed, open, open),       // a stranger hides one
        (stricter, closed, closed), // strangers state a tag that nobody else does
        (closed, closed, closed),
        ("v=DMARC1; p=reject; np=none", "v=DMARC1; p=reject", "v=DMARC1; p=reject; np=none"),
    ] {
        let found = regulars().weigh(ready(all), ready(known));
        assert_eq!(Some(published), found.record.as_deref(), "{all} {known}");
        assert_eq!(format!("the headline of {published}"), found.headline, "it is of one piece");
    }
}

#[test]
fn too_little_without_strangers_holds_nobody_up() {
    let ready = || advice(Verdict::Ready, "v=DMARC1; p=quarantine");
    let verdict = |known| regulars().weigh(ready(), known).verdict;
    for missing in [&["time"][..], &["coverage"], &["rate"], &["time", "coverage", "rate"]] {
        assert_eq!(Verdict::Ready, verdict(waiting(missing, 0, 28)), "{missing:?}");
        assert_eq!(Verdict::Hold, verdict(waiting(missing, 0, 27)), "they saw it for too short");
    }
    assert_eq!(Verdict::Hold, verdict(waiting(&["rate"], 1, 31)), "something fails");
    assert_eq!(Verdict::Hold, verdict(waiting(&["stability"], 0, 31)));
    assert_eq!(Verdict::Hold, verdict(waiting(&["time", "stability"], 0, 31)));
}

#[test]
fn a_move_that_strangers_say_was_earlier_was_when_the_regulars_saw_it() {
    let moved = |days: i32| {
        let mut advice = waiting(&["time"], 0, days);
        let before = advice.policy_history[0].clone();
        let p = "none".to_owned();
        let (from, to) = (Day(LAST - 99), Day(LAST - days));
        advice.policy_history.insert(0, PolicySpan { p, from, to, ..before });
        advice
    };
    let mut all = moved(25);
    (all.verdict, all.record) = (Verdict::Ready, Some("v=DMARC1; p=reject".to_owned()));
    assert_eq!(Verdict::Hold, regulars().weigh(all.clone(), moved(11)).verdict);
    assert_eq!(Verdict::Ready, regulars().weigh(all, moved(25)).verdict);
}

#[test]
fn what_strangers_hide_behind_another_fault_is_told() {
    let found = regulars().weigh(blocked(Verdict::Fix, "invented"), blocked(Verdict::Fix, "real"));
    assert_eq!("real", found.blockers[0].source);
    let mut all = blocked(Verdict::Fix, "real");
    all.blockers.push(blocked(Verdict::Fix, "also").blockers.remove(0));
    assert_eq!(2, regulars().weigh(all, blocked(Verdict::Fix, "real")).blockers.len());
}

#[test]
fn gates_keep_their_names() {
    let names: Vec<&str> =
        advice(Verdict::Ready, "").gates.iter().map(|gate: &Gate| gate.gate).collect();
    for gate in ["time", "coverage", "rate"] {
        assert!(names.contains(&gate), "{names:?}");
    }
}
