//! What one organisation alone cannot hide: a failing sender, a question, missing signatures, a rollback.

use crate::model::verdict::{Class, Health};
use crate::model::words::Disposition;

use super::*;

/// Mail of every day that fails, as that reporter sees it.
fn fails_at(scenario: Scenario, by: u32, messages: u64) -> Scenario {
    let broken = bare().signed(DOMAIN, "s1", "fail");
    scenario.mail_seen_by(by, 0..DAYS, "192.0.2.10", &broken, messages)
}

const OWN: &str = "192.0.2.0/24";

#[test]
fn nine_tenths_of_one_reporter_hide_no_failing_sender() {
    let failing = |first, second| {
        let judged = heard(seen(Scenario::at("none"), 30, 0), &[("liar", "")]).mail_seen_by(
            3,
            0..DAYS,
            "192.0.2.10",
            &own(),
            700,
        );
        fails_at(fails_at(judged, 0, first), 1, second).judge()
    };
    let judged = failing(2, 2);
    assert_eq!(Some(Health::Misconfigured), source(&judged, OWN).health);
    let rule = &source(&judged, OWN).rule;
    assert!(rule.starts_with("without liar, which tells 91.6% of its mail: "), "{rule}");
    // One receiver alone that fails 3 % is no fault of the source, where a large one sees none.
    assert_eq!(Some(Health::Healthy), source(&failing(2, 0), OWN).health);
}

#[test]
fn from_half_of_the_mail_on_a_reporter_is_doubted_and_not_below() {
    let health = |messages| {
        let judged = heard(Scenario::at("none"), &[("liar", "")])
            .mail_seen_by(0, [1], "192.0.2.10", &own(), 94)
            .mail_seen_by(0, [1], "192.0.2.10", &forged(), 1)
            .mail_seen_by(1, [1], "192.0.2.10", &forged(), 2)
            .mail_seen_by(3, [1], "192.0.2.10", &own(), messages);
        source(&judged.judge(), OWN).health
    };
    // 97 messages, 3 of which fail: 3.1 %; with 96 more 1.6 %.
    assert_eq!(Some(Health::Healthy), health(96));
    assert_eq!(Some(Health::Misconfigured), health(97));
}

#[test]
fn a_large_receiver_and_one_that_alone_fails_three_percent_are_no_fault() {
    let judged =
        fails_at(
            heard(Scenario::at("none"), &[("small", "")])
                .daily("192.0.2.10", &own(), 70)
                .mail_seen_by(1, 0..DAYS, "192.0.2.10", &own(), 29),
            1,
            1,
        );
    let judged = judged.mail_seen_by(3, 0..DAYS, "192.0.2.10", &own(), 5).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn who_poses_as_a_large_reporter_takes_no_failures_away() {
    for lie in [400_000, 20_000] {
        let honest = seen(Scenario::at("none"), 20, 0);
        let judged = fails_at(honest, 0, 10).mail_seen_by(0, [25], "192.0.2.10", &own(), lie);
        let judged = judged.judge();
        assert_eq!(Some(Health::Misconfigured), source(&judged, OWN).health);
        let rule = &source(&judged, OWN).rule;
        assert!(rule.starts_with("without what google.com suddenly tells of it: "), "{rule}");
    }
}

#[test]
fn a_newsletter_that_all_see_makes_no_ordinary_day_bad() {
    // Half of what fails is seen at both; on ordinary days it is 3 %, in the month 0.2 %.
    let letter = (0..2).fold(seen(Scenario::at("none"), 32, 1), |scenario, by| {
        scenario.mail_seen_by(by, [20], "192.0.2.10", &own(), 20_000)
    });
    assert_eq!(Some(Health::Healthy), source(&letter.judge(), OWN).health);
}

#[test]
fn a_question_is_not_made_small_by_one_reporter() {
    let run = heard(seen(Scenario::at("none"), 500, 0), &[("liar", "")])
        .mail_seen_by(0, [9], "203.0.113.9", &forged(), 15)
        .mail_seen_by(1, [9], "203.0.113.9", &forged(), 15);
    assert_eq!(Class::Asks, source(&run.judge(), "203.0.113.0/24").class);
    let lied = (0..200).fold(run, |scenario, net: u32| {
        let address = format!("45.{}.7.9", net);
        scenario.mail_seen_by(3, [5], &address, &bare(), 11)
    });
    let judged = lied.judge();
    let run = source(&judged, "203.0.113.0/24");
    assert_eq!(Class::Asks, run.class);
    let rule = "without liar, 30 failing messages from one network, 100.0% of all that fail without a \
                name";
    assert_eq!(rule, run.rule);
}

#[test]
fn signatures_that_one_reporter_claims_do_not_open_reject() {
    let by_spf = bare().bounces(DOMAIN, "pass");
    let relies = |lie: u64| {
        let scenario = (0..2).fold(seen(Scenario::at("quarantine"), 500, 0), |scenario, by| {
            scenario.mail_seen_by(by, 0..DAYS, "203.0.113.90", &by_spf, 10)
        });
        let scenario = heard(scenario, &[("liar", "")]);
        scenario.mail_seen_by(3, [5], "203.0.113.90", &own(), lie).judge()
    };
    for lie in [0, 100_000] {
        let judged = relies(lie);
        assert_eq!(vec!["dkim"], unmet(&judged), "{lie}");
        let gate = judged.advice.gates.iter().find(|gate| gate.gate == "dkim").unwrap();
        assert!(gate.found.contains("it aligns 0.0% of 203.0.113.0/24"), "{}", gate.found);
    }
}

#[test]
fn a_rollback_is_not_hidden_by_one_reporter() {
    let refused = bare().signed(DOMAIN, "s1", "fail").met(Disposition::Quarantine);
    let real = (0..2).fold(seen(Scenario::at("quarantine"), 60, 0), |scenario, by| {
        scenario.mail_seen_by(by, DAYS - 9..DAYS, "192.0.2.10", &refused, 8)
    });
    let hidden =
        heard(real, &[("liar", "")]).mail_seen_by(3, 0..DAYS, "192.0.2.10", &own(), 1_000).judge();
    assert_eq!(Verdict::Rollback, hidden.advice.verdict, "{}", hidden.advice.headline);
}

#[test]
fn two_names_and_six_messages_roll_nothing_back() {
    let stopped = bare().signed("sendgrid.net", "e", "pass").met(Disposition::Quarantine);
    let mail = service("sendgrid.net").signed(DOMAIN, "k", "pass");
    let told = |messages| {
        let scenario = heard(seen(Scenario::at("quarantine"), 300, 0), &[("a", ""), ("b", "")]);
        let scenario = scenario.mail_seen_by(0, 0..DAYS, "198.51.100.5", &mail, 1);
        (3..5)
            .fold(scenario, |scenario, by| {
                scenario.mail_seen_by(by, [30], "198.51.100.5", &stopped, messages)
            })
            .judge()
    };
    let few = told(3);
    assert_eq!(Verdict::Fix, few.advice.verdict, "{}", few.advice.headline);
    assert!(few.advice.blockers[0].why.ends_with(", told by a and b only"));
    // 18,631 own messages and what is told: half a percent are 94.
    assert_eq!(Verdict::Fix, told(46).advice.verdict);
    let many = told(47).advice;
    assert_eq!((Verdict::Review, None), (many.verdict, many.record));
    let asks =
        "a, b alone, on few days, say that own mail is stopped: ask there before you roll back";
    assert_eq!(asks, many.headline);
}

#[test]
fn one_report_of_a_stranger_is_no_second_reporter() {
    let one = || {
        let mut scenario = Scenario::empty().reports(0..DAYS, 0..1);
        scenario = scenario.daily("192.0.2.10", &own(), 100);
        scenario
    };
    let with = |days: i32| {
        let mut scenario = heard(one(), &[("liar", "")]).reports(0..days, 3..4);
        scenario.traffic.reports.sort_by_key(|report| (report.day, report.reporter));
        scenario.judge()
    };
    let judged = with(2);
    assert_eq!(vec!["coverage"], unmet(&judged));
    let found = &judged.advice.gates.iter().find(|g| g.gate == "coverage").unwrap().found;
    assert!(found.starts_with("1 reporter (1 more writes on fewer than 3 days)"), "{found}");
    assert_eq!(vec!["time"], unmet(&with(3)), "three days of two are no month");
    assert_eq!(Vec::<&str>::new(), unmet(&with(DAYS)));
}
