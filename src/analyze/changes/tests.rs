use super::*;
use crate::analyze::scenario::{self, Scenario};
use crate::model::verdict::{Blocker, Gate};

mod reporters;

/// A judgement with one own source that passes.
fn judged(verdict: Verdict) -> Judgement {
    let mut judged = Scenario::at("none").own().judge();
    assert_eq!(1, judged.sources.len());
    judged.sources[0].source = "203.0.113.0/24".into();
    judged.advice.verdict = verdict;
    judged
}

fn with_source(verdict: Verdict, name: &str, class: Class, health: Option<Health>) -> Judgement {
    let mut judged = judged(verdict);
    let mut source = judged.sources[0].clone();
    (source.source, source.class, source.health) = (name.into(), class, health);
    source.failing_since = Some(Day(scenario::LAST));
    source.fix = Some("mend it".into());
    judged.sources.push(source);
    judged
}

fn noted(verdict: Verdict, sources: &[(&str, SourceState)]) -> NotedDomain {
    let own = ("203.0.113.0/24", SourceState::Passes);
    let sources = sources.iter().chain([&own]).map(|(name, state)| ((*name).to_owned(), *state));
    NotedDomain { verdict, is_thin: false, sources: sources.collect() }
}

/// What a later run tells of one domain, and notes.
fn compared(
    judged: &Judgement,
    before: Option<&NotedDomain>,
) -> (Option<DomainChange>, Option<DomainNote>) {
    let mut gathering = Gathering::new(false, true, 20);
    let note = gathering.add(judged, before);
    (gathering.finish().domains.pop(), note)
}

/// What a later run tells of the second source, and notes of it.
fn told_of(
    class: Class,
    health: Option<Health>,
    before: Option<SourceState>,
) -> (Option<SourceEvent>, Option<SourceState>) {
    let judged = with_source(Verdict::Hold, "Mailchimp", class, health);
    let before: Vec<_> = before.map(|state| ("Mailchimp", state)).into_iter().collect();
    let (change, note) = compared(&judged, Some(&noted(Verdict::Hold, &before)));
    let event = change.map(|change| {
        assert_eq!(1, change.sources.len());
        change.sources[0].event
    });
    (event, note.map(|note| note.sources[0].1))
}

#[test]
fn a_source_that_was_labelled_somebody_elses_calls_nobody() {
    for class in [Class::Threat, Class::Forwarder, Class::List] {
        let of = |before| {
            let judged = with_source(Verdict::Hold, "Mailchimp", class, None);
            let sources: Vec<_> = [("Mailchimp", before)].into_iter().collect();
            let before = noted(Verdict::Hold, &sources);
            compared(&judged, Some(&before))
        };
        for before in [SourceState::Asks, SourceState::Fails, SourceState::Passes] {
            let (change, note) = of(before);
            assert_eq!(None, change, "{class:?}");
            assert_eq!(SourceState::Gone, note.unwrap().sources[0].1);
        }
        let judged = with_source(Verdict::Hold, "Mailchimp", class, None);
        assert_eq!((None, None), compared(&judged, Some(&noted(Verdict::Hold, &[]))));
    }
}

#[test]
fn where_nothing_is_other_nothing_is_told_and_nothing_noted() {
    let before = noted(Verdict::Hold, &[]);
    assert_eq!((None, None), compared(&judged(Verdict::Hold), Some(&before)));
}

#[test]
fn a_verdict_that_changed_is_told_with_what_it_was() {
    let before = noted(Verdict::Hold, &[]);
    let (change, note) = compared(&judged(Verdict::Ready), Some(&before));
    let change = change.unwrap();
    assert_eq!((Verdict::Ready, Some(Verdict::Hold)), (change.verdict, change.was));
    assert!(change.needs_person && !change.is_new && change.sources.is_empty());
    assert_eq!("the record to publish: ruaudit advise shop.example", change.act.unwrap());
    let note = note.unwrap();
    assert_eq!((Verdict::Ready, 0), (note.verdict, note.sources.len()));
}

#[test]
fn only_verdicts_that_ask_for_an_act_need_a_person() {
    for verdict in Verdict::ALL {
        let other = if verdict == Verdict::Hold { Verdict::Stay } else { Verdict::Hold };
        let (change, _) = compared(&judged(verdict), Some(&noted(other, &[])));
        let needs = !matches!(verdict, Verdict::Hold | Verdict::Stay);
        assert_eq!(needs, change.unwrap().needs_person, "{verdict:?}");
    }
}

#[test]
fn the_next_act_of_trouble_is_that_of_its_worst_source() {
    let mut judged = judged(Verdict::Fix);
    judged.advice.blockers = vec![Blocker {
        source: "Mailchimp".into(),
        class: Class::Own,
        messages: 7,
        failing: 7,
        why: String::new(),
        fix: "switch on DKIM".into(),
    }];
    let act = |judged: &Judgement| compared(judged, None).0.unwrap().act;
    assert_eq!(Some("switch on DKIM".to_owned()), act(&judged));
    judged.advice.verdict = Verdict::Hold;
    judged.advice.not_before = Some(Day(scenario::LAST));
    assert_eq!(Some("wait until 2026-11-20 at the least".to_owned()), act(&judged));
    judged.advice.verdict = Verdict::Stay;
    assert_eq!(None, act(&judged));
}

#[test]
fn every_change_of_a_source_is_told_as_what_it_is() {
    use SourceEvent as Event;
    use SourceState::{Asks, Fails, Gone, Passes};
    let (own, asks) = (Class::Own, Class::Asks);
    let (well, fragile, bad) =
        (Some(Health::Healthy), Some(Health::Fragile), Some(Health::Misconfigured));
    for (class, health, before, event, state) in [
        (own, well, None, Some(Event::New), Passes),
        (own, well, Some(Fails), Some(Event::Mended), Passes),
        (own, fragile, Some(Asks), Some(Event::Mended), Passes),
        (own, well, Some(Gone), None, Passes),
        (own, bad, None, Some(Event::Fails), Fails),
        (own, bad, Some(Passes), Some(Event::Fails), Fails),
        (own, bad, Some(Gone), Some(Event::Fails), Fails),
        (own, bad, Some(Asks), Some(Event::Fails), Fails),
        (asks, None, None, Some(Event::Asks), Asks),
        (asks, None, Some(Passes), Some(Event::Asks), Asks),
        (asks, None, Some(Gone), Some(Event::Asks), Asks),
        (asks, None, Some(Fails), None, Asks),
    ] {
        let expected = (event, Some(state));
        assert_eq!(expected, told_of(class, health, before), "{class:?} {health:?} {before:?}");
    }
    for (class, health, state) in
        [(own, well, Passes), (own, fragile, Passes), (own, bad, Fails), (asks, None, Asks)]
    {
        assert_eq!((None, None), told_of(class, health, Some(state)), "{class:?} {health:?}");
    }
}

#[test]
fn noise_forwarders_and_lists_are_never_told_and_never_noted() {
    for class in [Class::Noise, Class::Forwarder, Class::List] {
        assert_eq!((None, None), told_of(class, None, None));
        let gone = (None, Some(SourceState::Gone));
        assert_eq!(gone, told_of(class, None, Some(SourceState::Asks)), "{class:?}");
        assert_eq!((None, None), told_of(class, None, Some(SourceState::Gone)));
    }
}

#[test]
fn a_source_that_sends_nothing_any_more_is_noted_and_not_told() {
    let before = noted(Verdict::Hold, &[("Mailchimp", SourceState::Fails)]);
    let (change, note) = compared(&judged(Verdict::Hold), Some(&before));
    assert_eq!(None, change);
    assert_eq!(vec![("Mailchimp".to_owned(), SourceState::Gone)], note.unwrap().sources);
}

#[test]
fn a_source_that_fails_says_since_when_how_much_and_what_to_do() {
    let mut judged =
        with_source(Verdict::Fix, "Mailchimp", Class::Own, Some(Health::Misconfigured));
    judged.sources[1].tally.dmarc_fail = 7;
    let (change, _) = compared(&judged, Some(&noted(Verdict::Fix, &[])));
    let change = change.unwrap();
    assert!(change.needs_person, "although the verdict is the same");
    let source = &change.sources[0];
    let expected = ("Mailchimp", 7, Some(Day(scenario::LAST)), Some("mend it"));
    assert_eq!(expected, (&*source.source, source.failing, source.since, source.fix.as_deref()));
}

#[test]
fn a_sender_to_be_named_needs_a_person_only_where_it_holds_up_a_move() {
    let mut judged = with_source(Verdict::Review, "Mailchimp", Class::Asks, None);
    let needs = |judged: &Judgement| {
        compared(judged, Some(&noted(Verdict::Review, &[]))).0.unwrap().needs_person
    };
    assert!(!needs(&judged));
    judged.advice.blockers = vec![Blocker {
        source: "Mailchimp".into(),
        class: Class::Asks,
        messages: 7,
        failing: 7,
        why: String::new(),
        fix: String::new(),
    }];
    assert!(needs(&judged));
}

#[test]
fn the_first_run_tells_verdicts_and_no_sources_but_notes_them() {
    let judged = with_source(Verdict::Fix, "Mailchimp", Class::Own, Some(Health::Misconfigured));
    let mut gathering = Gathering::new(true, true, 20);
    let note = gathering.add(&judged, None).unwrap();
    let found = gathering.finish();
    assert_eq!((1, 1, 1, 0), (found.judged, found.changed, found.need_person, found.new));
    assert!(found.domains[0].sources.is_empty());
    assert_eq!(vec![VerdictCount { verdict: Verdict::Fix, count: 1 }], found.verdicts);
    assert_eq!(2, note.sources.len());
}

#[test]
fn a_new_domain_is_told_with_its_senders_in_later_runs() {
    let judged = with_source(Verdict::Fix, "Mailchimp", Class::Own, Some(Health::Misconfigured));
    let (change, note) = compared(&judged, None);
    let change = change.unwrap();
    assert!(change.is_new && change.needs_person);
    assert_eq!((None, 2), (change.was, change.sources.len()));
    assert_eq!(SourceEvent::Fails, change.sources[0].event, "the worst is first");
    assert_eq!(2, note.unwrap().sources.len());
}

/// What is told and noted of a domain that few reports speak of, where anybody may send one.
fn forged(
    before: Option<&NotedDomain>,
    reporters: usize,
    days: usize,
    messages: u64,
) -> (DomainChange, DomainNote) {
    let mut judged =
        with_source(Verdict::Fix, "Mailchimp", Class::Own, Some(Health::Misconfigured));
    (judged.reporters, judged.days, judged.summary.tally.messages) = (reporters, days, messages);
    let (change, note) = compared(&judged, before);
    (change.unwrap(), note.unwrap())
}

#[test]
fn a_new_domain_of_which_little_is_known_is_told_and_calls_nobody() {
    for (reporters, days, messages) in [(1, 9, 900), (9, 1, 900), (9, 9, 9)] {
        let (change, note) = forged(None, reporters, days, messages);
        assert!(change.is_new && !change.needs_person && note.is_thin, "{change:?}");
    }
    let (change, note) = forged(None, 2, 2, 10);
    assert!(change.needs_person && !note.is_thin);
}

#[test]
fn a_domain_of_which_little_was_known_calls_once_more_is() {
    let (_, note) = forged(None, 1, 1, 5);
    let sources = note.sources.into_iter().collect();
    let before = NotedDomain { verdict: note.verdict, is_thin: true, sources };
    let (change, note) = forged(Some(&before), 2, 2, 10);
    assert!(change.needs_person && !change.is_new && !note.is_thin, "{change:?}");
    let before = NotedDomain { is_thin: false, ..before };
    let judged = with_source(Verdict::Fix, "Mailchimp", Class::Own, Some(Health::Misconfigured));
    assert_eq!((None, None), compared(&judged, Some(&before)), "once");
}

#[test]
fn a_domain_that_was_known_well_or_is_configured_calls_however_few_write() {
    let hold = noted(Verdict::Hold, &[]);
    assert!(forged(Some(&hold), 1, 1, 5).0.needs_person);
    let mut judged = judged(Verdict::Fix);
    judged.reporters = 1;
    let mut gathering = Gathering::new(false, false, 20);
    assert!(!gathering.add(&judged, None).unwrap().is_thin);
    assert_eq!(1, gathering.finish().need_person);
}

#[test]
fn own_mail_that_fails_too_often_calls_where_the_policy_stops_it() {
    let slipped = |policy: &str, was: Verdict, time: bool| {
        let mut judged = judged(Verdict::Hold);
        judged.advice.policy = policy.into();
        judged.advice.rate.as_mut().unwrap().failures = 9;
        let gate = |gate, passed| Gate {
            gate,
            passed,
            found: String::new(),
            needed: String::new(),
            arithmetic: Vec::new(),
        };
        judged.advice.gates = vec![gate("time", time), gate("rate", false)];
        compared(&judged, Some(&noted(was, &[]))).0.unwrap()
    };
    let change = slipped("quarantine", Verdict::Ready, true);
    let act = "p=quarantine stops what fails: see ruaudit sources shop.example";
    assert_eq!((true, Some(act)), (change.needs_person, change.act.as_deref()));
    assert!(slipped("reject", Verdict::Stay, true).needs_person);
    assert!(!slipped("none", Verdict::Ready, true).needs_person);
    assert!(!slipped("quarantine", Verdict::Fix, true).needs_person);
    assert!(!slipped("quarantine", Verdict::Ready, false).needs_person, "just moved");
}

#[test]
fn of_many_changes_the_most_urgent_are_held_and_all_are_counted() {
    let mut gathering = Gathering::new(false, true, 3);
    for n in 0..100_u64 {
        let verdict = Verdict::ALL[usize::try_from(n % 6).unwrap()];
        let mut judged = judged(verdict);
        judged.advice.domain = format!("{n:02}.example");
        judged.summary.tally.messages = n;
        gathering.add(&judged, Some(&noted(Verdict::Hold, &[])));
    }
    let found = gathering.finish();
    assert_eq!((100, 84, 68), (found.judged, found.changed, found.need_person));
    let names: Vec<_> = found.domains.iter().map(|change| change.domain.as_str()).collect();
    assert_eq!(vec!["96.example", "90.example", "84.example"], names, "rollback, the busiest");
    assert_eq!(6, found.verdicts.len());
    assert_eq!(100, found.verdicts.iter().map(|one| one.count).sum::<u64>());
}

#[test]
fn of_many_senders_of_one_domain_some_are_told_and_a_bounded_number_is_noted() {
    let mut judged = judged(Verdict::Hold);
    let source = judged.sources[0].clone();
    judged.sources = (0..2_000)
        .map(|n| SourceSummary { source: format!("{n}.example"), ..source.clone() })
        .collect();
    let (change, note) = compared(&judged, Some(&noted(Verdict::Hold, &[])));
    let change = change.unwrap();
    assert_eq!((5, 495), (change.sources.len(), change.more_sources));
    let note = note.unwrap();
    assert_eq!(501, note.sources.len(), "and the one that is gone");
    let before = NotedDomain {
        verdict: Verdict::Hold,
        is_thin: false,
        sources: note.sources.into_iter().collect(),
    };
    judged.sources.insert(0, SourceSummary { source: "another".into(), ..source });
    let (change, note) = compared(&judged, Some(&before));
    assert_eq!(1, change.unwrap().sources.len());
    assert_eq!(vec![("another".to_owned(), SourceState::Passes)], note.unwrap().sources);
}

#[test]
fn since_when_a_source_fails_is_the_start_of_its_latest_run_of_bad_days() {
    let since = |days: &[i32]| {
        let (days, broken) = (days.iter().copied(), scenario::own().unaligned());
        let judged = Scenario::at("none").own().mail(days, "192.0.2.10", &broken, 10).judge();
        let source = judged.sources.iter().find(|s| s.class == Class::Own).unwrap();
        source.failing_since.map(|day| day.0 - scenario::LAST)
    };
    assert_eq!(None, since(&[]));
    assert_eq!(Some(-2), since(&[28, 29, 30]));
    assert_eq!(Some(-2), since(&[3, 4, 28, 29, 30]), "not the trouble of weeks ago");
    assert_eq!(Some(-27), since(&[3, 4]), "nor is it forgotten once it is over");
}
