//! What some organisations that tell little of the mail cannot say, however many they are.

use crate::model::verdict::{Class, Verdict};
use crate::model::words::{AlignmentMode, Disposition, OverrideKind, Testing};

use super::*;

/// A month at that policy whose mail two reporters see, and so many strangers that see none yet.
fn with_strangers(policy: &str, count: u32) -> Scenario {
    let names: Vec<(String, String)> =
        (0..count).map(|n| (format!("s{n}"), String::new())).collect();
    let names: Vec<(&str, &str)> = names.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    heard(seen(Scenario::at(policy), 500, 0), &names)
}

/// Says what each stranger saw on these days.
fn say(scenario: Scenario, days: std::ops::Range<i32>, ip: &str, mail: &Mail, n: u64) -> Scenario {
    let all = u32::try_from(scenario.traffic.reporters.len()).unwrap();
    (3..all)
        .fold(scenario, |scenario, by| scenario.mail_seen_by(by, days.clone(), ip, mail, n))
        .reported_too(days, 3..all)
}

trait ReportedToo {
    fn reported_too(self, days: std::ops::Range<i32>, by: std::ops::Range<u32>) -> Self;
}

impl ReportedToo for Scenario {
    fn reported_too(self, days: std::ops::Range<i32>, by: std::ops::Range<u32>) -> Self {
        let mut scenario = self.reports(days, by);
        scenario.traffic.reports.sort_by_key(|report| (report.day, report.reporter));
        scenario
    }
}

fn new() -> Mail {
    bare().signed(DOMAIN, "k2", "pass").bounces(DOMAIN, "pass")
}

#[test]
fn a_stranger_makes_no_sender_older() {
    let young = |strangers, ip| {
        let real = with_strangers("none", strangers).mail([29, 30], "203.0.113.9", &new(), 5);
        unmet(&say(real, 0..1, ip, &new(), 1).judge()).join(" ")
    };
    assert_eq!("stability", young(0, "203.0.113.9"));
    for strangers in [1, 2, 9] {
        assert_eq!("stability", young(strangers, "203.0.113.9"));
        assert_eq!("stability", young(strangers, "192.0.2.10"), "the key of an older sender");
    }
}

#[test]
fn before_the_window_a_stranger_makes_no_sender_older_either() {
    let young = |by: u32| {
        let real = with_strangers("none", 2).mail([29, 30], "203.0.113.9", &new(), 5);
        let mut told = real.earlier("203.0.113.9", &new(), -40);
        told.traffic.earlier[0].reporter = by;
        unmet(&told.judge()).join(" ")
    };
    assert_eq!(("", "stability"), (young(1).as_str(), young(3).as_str()));
}

#[test]
fn who_tells_one_message_in_twenty_is_believed_and_so_are_all_where_nobody_is_regular() {
    // the others tell 1,000 a day
    let young = |days: i32, messages| {
        let real = with_strangers("none", 1).mail([29, 30], "203.0.113.9", &new(), 5);
        let heard = say(real, 1..days, "192.0.2.10", &own(), messages);
        unmet(&say(heard, 0..1, "203.0.113.9", &new(), messages).judge()).join(" ")
    };
    assert_eq!(("stability", ""), (young(6, 60).as_str(), young(7, 60).as_str()));
    assert_eq!("stability", young(31, 52));
    let quiet = Scenario::at("none").mail([0, 9, 29, 30], "192.0.2.10", &own(), 60).mail_seen_by(
        1,
        [2, 29, 30],
        "203.0.113.9",
        &new(),
        5,
    );
    let gate = |judged: &Judgement| {
        judged.advice.gates.iter().find(|gate| gate.gate == "stability").unwrap().passed
    };
    assert!(gate(&quiet.judge()), "judged by all that is told");
}

#[test]
fn a_source_of_strangers_alone_is_as_old_as_the_second_says() {
    let told = |seconds: i32| {
        let mut scenario = with_strangers("none", 2);
        for (by, from) in [(3, 2), (4, seconds)] {
            scenario = scenario.mail_seen_by(by, [from, 30], "203.0.113.9", &new(), 5);
        }
        unmet(&scenario.judge()).join(" ")
    };
    assert_eq!(("", "stability"), (told(16).as_str(), told(17).as_str()));
}

#[test]
fn no_number_of_strangers_passes_a_failing_service_on() {
    let service = service("crm.example");
    let carried = bare().signed(DOMAIN, "s1", "pass").bounces("bounce.crm.example", "pass");
    let listed = service.clone().excused(OverrideKind::MailingList, "");
    for lie in [&carried, &listed] {
        for strangers in [1, 2, 5, 20] {
            let real = (0..2).fold(with_strangers("none", strangers), |scenario, by| {
                scenario.mail_seen_by(by, 0..DAYS, "198.51.100.9", &service, 3)
            });
            let judged = say(real, 20..23, "198.51.100.9", lie, 300).judge();
            let crm = source(&judged, "crm.example");
            assert_eq!(Class::Asks, crm.class, "{strangers}: {}", crm.rule);
        }
    }
}

#[test]
fn who_tells_most_of_the_mail_is_believed_that_it_was_passed_on() {
    let plain = service("club.example");
    let listed = plain.clone().excused(OverrideKind::MailingList, "");
    let class = |most: &Mail, few: &Mail, messages: u64| {
        let real = (0..2).fold(with_strangers("none", 2), |scenario, by| {
            scenario.mail_seen_by(by, 0..DAYS, "198.51.100.9", most, 3)
        });
        let judged = say(real, 0..DAYS, "198.51.100.9", few, messages).judge();
        source(&judged, "club.example").class
    };
    assert_eq!((Class::List, Class::Asks), (class(&listed, &plain, 1), class(&plain, &listed, 4)));
}

/// Own mail that is quarantined, as these strangers say on so many days.
fn refused(strangers: u32, days: i32) -> Judgement {
    let refused = bare().signed(DOMAIN, "s1", "fail").met(Disposition::Quarantine);
    let real = with_strangers("quarantine", strangers);
    say(real, DAYS - days..DAYS, "192.0.2.10", &refused, 1_500).judge()
}

#[test]
fn strangers_whom_the_others_contradict_roll_nothing_back() {
    for (strangers, days) in [(1, 3), (1, 6), (2, 1), (9, 6)] {
        let judged = refused(strangers, days);
        assert_verdict(Verdict::Fix, None, &judged);
    }
}

#[test]
fn strangers_whom_nobody_contradicts_are_to_be_asked() {
    // the others see the same server on nineteen messages since then, and on twenty
    let verdict = |others: u64| {
        let refused = bare().signed(DOMAIN, "s1", "fail").met(Disposition::Quarantine);
        let names = heard(seen(Scenario::at("quarantine"), 500, 0), &[("a", ""), ("b", "")]);
        let mail = names.mail_seen_by(0, [30], "203.0.113.9", &own(), others);
        say(mail, 30..31, "203.0.113.9", &refused, 300).judge().advice.verdict
    };
    assert_eq!((Verdict::Review, Verdict::Fix), (verdict(19), verdict(20)));
}

#[test]
fn who_alone_tells_of_stopped_mail_is_named() {
    let one = refused(1, 7);
    assert_eq!(Verdict::Rollback, one.advice.verdict);
    let end = ", told by s0 alone: ask there before you roll back";
    assert!(one.advice.headline.ends_with(end), "{}", one.advice.headline);
    let two = refused(2, 7).advice.headline;
    assert!(two.contains(" of 192.0.2.0/24 were stopped; then mend it"), "{two}");
}

#[test]
fn a_tag_of_few_is_noted_and_not_published() {
    let stating = |days: i32, messages: u64| {
        let scenario = with_strangers("none", 2).seeing(|policy| {
            (policy.adkim, policy.sp) = (Some(AlignmentMode::Strict), Some(Policy::Reject));
            policy.np = Some(Policy::Reject);
        });
        say(scenario, DAYS - days..DAYS, "192.0.2.10", &own(), messages).judge()
    };
    let plain = "v=DMARC1; p=quarantine; rua=mailto:<your present rua>";
    for (days, messages) in [(1, 500), (3, 500), (6, 500), (31, 25)] {
        let judged = stating(days, messages);
        assert_eq!(Some(plain), judged.advice.record.as_deref(), "{days} {messages}");
        assert!(noted(&judged, "s0, s1 alone state sp=reject, np=reject, adkim=s: left out here"));
    }
    // 1,000 a day are told by the others: 53 are one in twenty
    let undo = stating(31, 27).advice.rollback.unwrap();
    assert!(undo.contains("sp=reject; adkim=s"), "{undo}");
}

#[test]
fn test_mode_is_told_by_one_who_writes_regularly() {
    let next = |days: i32| {
        let scenario = with_strangers("quarantine", 1);
        let scenario = scenario.seeing(|policy| policy.testing = Some(Testing::Yes));
        say(scenario, DAYS - days..DAYS, "192.0.2.10", &own(), 1).judge()
    };
    let (few, regular) = (next(6), next(7));
    assert_eq!(Some(Policy::Reject), few.advice.next);
    assert!(noted(&few, "s0 alone states t=y: left out here"));
    assert!(regular.advice.rollback.unwrap().contains("t=y"));
}

#[test]
fn an_old_report_of_a_stranger_parks_nothing() {
    let parked = |by: u32, days: &[i32]| {
        let mut scenario = heard(Scenario::empty(), &[("s0", "")]).reports(21..DAYS, 0..2);
        for day in days {
            scenario = scenario.reported_too(*day..*day + 1, by..by + 1);
        }
        scenario.judge().advice.verdict
    };
    assert_eq!(Verdict::Hold, parked(3, &[]));
    assert_eq!(Verdict::Hold, parked(3, &[0]));
    assert_eq!(Verdict::Hold, parked(3, &[0, 1, 2, 3, 4, 5]));
    assert_eq!(Verdict::Ready, parked(0, &[0]), "of one who wrote of a week of days");
}
