//! Questions that outlive the window.

use crate::model::verdict::{Class, Verdict};
use crate::model::words::Policy;
use crate::model::{Label, LabelWord};

use super::super::scenario::*;
use super::assert_verdict;

#[test]
fn a_run_that_failed_last_quarter_is_asked_about_until_somebody_answers() {
    let run = service("letters.example");
    let scenario = || Scenario::at("none").own().earlier("203.0.113.9", &run, -40);
    let judged = scenario().judge();
    assert_verdict(Verdict::Review, None, &judged);
    let blocker = &judged.advice.blockers[0];
    assert_eq!(
        ("letters.example", Class::Asks, 40),
        (&*blocker.source, blocker.class, blocker.failing)
    );
    assert!(judged.sources.iter().all(|source| source.source != "letters.example"));
    let line = &judged.advice.gates[3].arithmetic[0];
    assert!(line.contains("before the window, and nobody said whose"), "{line}");
    let label = Label {
        domain: DOMAIN.into(),
        source: "letters.example".into(),
        label: LabelWord::Theirs,
        note: String::new(),
    };
    let answered = scenario().labelled(label).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &answered);
}

#[test]
fn what_the_window_shows_is_judged_there() {
    let run = service("letters.example");
    let mended = own().bounces("letters.example", "pass");
    let judged = Scenario::at("none")
        .own()
        .earlier("203.0.113.9", &run, -40)
        .daily("203.0.113.9", &mended, 4)
        .judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn forgeries_and_old_days_are_forgotten() {
    let forged_then = Scenario::at("none").own().earlier("203.0.113.9", &bare(), -40).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &forged_then);
    let long_ago =
        Scenario::at("none").own().earlier("203.0.113.9", &service("letters.example"), -93);
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &long_ago.judge());
}

#[test]
fn a_drift_that_has_begun_holds_the_move() {
    let judged =
        Scenario::at("none").own().mail(26..DAYS, "192.0.2.10", &own().unaligned(), 1).judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert!(
        judged.advice.headline.contains("own failures rise: 5 of"),
        "{}",
        judged.advice.headline
    );
}

#[test]
fn forgeries_of_a_day_before_the_window_are_compared_with_those_of_a_month() {
    let mut scenario = Scenario::at("none").own().forgeries(8, &forged());
    for net in 0..12 {
        scenario = scenario.earlier(&format!("203.0.{net}.9"), &forged(), -1);
    }
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &scenario.judge());
}
