use super::*;
use crate::model::Day;
use crate::model::backtest::VerdictDays;
use crate::render::specimens::text;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn followed(ready: &str, days: u32, hit: u64, high: u64) -> Followed {
    Followed {
        ready: Some(day(ready)),
        days_to_ready: Some(days),
        hit,
        own: 4_512,
        days_after: 30,
        predicted: Some(Likely { low: 0, high, days: 30 }),
        wrong: hit > high + 1,
        unanswered: 0,
        at_most: Some(high + 1),
        reach: Some(Reach::All),
    }
}

fn specimen(domain: &str) -> Backtest {
    Backtest {
        domain: domain.into(),
        from: Some(day("2026-07-24")),
        to: Some(day("2026-11-20")),
        gates: followed("2026-08-21", 28, 3, 9),
        raw: Followed { predicted: None, ..followed("2026-08-07", 14, 36, 4) },
        verdicts: vec![
            VerdictDays { verdict: "ready", days: 92 },
            VerdictDays { verdict: "hold", days: 28 },
        ],
        policy: "none".into(),
        next: Some("quarantine".into()),
        changes: vec![
            VerdictChange { day: day("2026-07-25"), verdict: "wait" },
            VerdictChange { day: day("2026-08-21"), verdict: "ready" },
        ],
    }
}

#[test]
fn a_story_tells_when_each_rule_said_to_move_and_what_came_of_it() {
    let page = text(|out| stories(out, Page::PLAIN, &[specimen("acme.example")]));
    assert_eq!(
        "acme.example at p=none, 2026-07-24..2026-11-20 (120 days)\n  \
         verdicts: ready on 92 days, hold on 28 days\n  \
         changes: 2026-07-25 wait, 2026-08-21 ready\n  \
         the gates said to move to p=quarantine on 2026-08-21, after 28 days; in the 30\n    \
         days after, 3 of 4,512 own messages failed; predicted for a month: 0 to 9\n    \
         likely, 10 at most\n  \
         the plain rule (98% of all mail passes) said to move on 2026-08-07, after 14\n    \
         days; in the 30 days after, 36 of 4,512 own messages failed, more than was\n    \
         predicted for a month: 5 at most\n",
        page
    );
}

#[test]
fn of_many_changes_the_last_ones_are_told() {
    let change = |at: i32| {
        let verdict = if at % 2 == 0 { "wait" } else { "fix" };
        VerdictChange { day: Day(20_000 + at), verdict }
    };
    let all: Vec<_> = (0..11).map(change).collect();
    let told = changes(&all).unwrap();
    assert!(told.starts_with("changes: 3 before, then 2024-10-07 fix, "), "{told}");
    assert_eq!(CHANGES, told.matches(" wait").count() + told.matches(" fix").count());
    assert_eq!(None, changes(&all[..1]), "one verdict is no change");
}

#[test]
fn what_cannot_be_known_yet_is_said() {
    let mut test = specimen("new.example");
    test.from = Some(day("2026-11-01"));
    test.gates = Followed::default();
    test.raw.days_after = 0;
    let page = text(|out| stories(out, Page::PLAIN, &[test.clone()]));
    for said in ["the gates never said to move", "no later reports show", "20 days are too few"] {
        assert!(page.replace("\n    ", " ").contains(said), "{said}: {page}");
    }
    let sums = Portfolio::default();
    let page = text(|out| portfolio(out, Page::PLAIN, &[test.clone()], &sums, false));
    assert!(page.contains("1 domain has fewer than 60 days of reports"), "{page}");
    assert!(!page.contains("FALSE READY"), "no sums of no domain: {page}");
}

#[test]
fn a_domain_at_reject_has_no_step_to_test() {
    let (gates, raw) = (Followed::default(), Followed::default());
    let test = Backtest { policy: "reject".into(), gates, raw, ..specimen("end.example") };
    let page = text(|out| stories(out, Page::PLAIN, std::slice::from_ref(&test)));
    assert!(page.contains("no step after p=reject"), "{page}");
}

#[test]
fn a_story_says_whose_mail_was_counted() {
    let mut test = specimen("acme.example");
    test.gates.reach = Some(Reach::Subdomains);
    test.raw.reach = Some(Reach::Domain);
    let story = |test: &Backtest| {
        let page = text(|out| stories(out, Page::PLAIN, std::slice::from_ref(test)));
        page.replace("\n    ", " ")
    };
    let page = story(&test);
    assert!(page.contains("the gates said to move subdomains to sp=quarantine on"), "{page}");
    assert!(page.contains("3 of 4,512 own messages of subdomains failed"), "{page}");
    assert!(page.contains("36 of 4,512 own messages of the domain itself failed"), "{page}");
    test.policy = "reject".into();
    let page = story(&test);
    assert!(page.contains("subdomains to sp") && !page.contains("plain rule"), "{page}");
    let row = row(&test);
    assert_eq!([Value::from("subdomains"), Value::from("domain")], row[25..]);
}

#[test]
fn of_many_domains_those_are_shown_of_which_most_went_wrong() {
    let mut tests: Vec<_> = (10..70).map(|n| specimen(&format!("d{n}.example"))).collect();
    tests[59].gates = followed("2026-08-21", 28, 40, 9);
    tests[59].gates.unanswered = 7;
    let sums = Outcomes { ready: 60, wrong: 1, median_days: Some(28), ..Outcomes::default() };
    let sums = Portfolio { domains: 60, gates: sums, raw: Outcomes::default() };
    let page = text(|out| portfolio(out, Page::PLAIN, &tests, &sums, false));
    let lines: Vec<_> = page.lines().collect();
    assert!(lines[1].starts_with("d69.example") && lines[1].contains("!40"), "{page}");
    assert!(lines[2].starts_with("d10.example"), "{page}");
    assert_eq!("and 35 more domains: --all", lines[26]);
    assert!(lines.iter().all(|line| line.len() <= 80), "{page}");
    assert!(page.contains("gates        60     1 (1.7%)           28"), "{page}");
    let all = text(|out| portfolio(out, Page::PLAIN, &tests, &sums, true));
    assert!(all.contains("d68.example") && !all.contains(" more "), "{all}");
}

#[test]
fn a_row_has_a_value_for_every_column_and_none_for_what_did_not_happen() {
    let mut test = specimen("acme.example");
    test.raw = Followed::default();
    let row = row(&test);
    let at = |name: &str| &row[COLUMNS.iter().position(|column| *column == name).unwrap()];
    assert_eq!(&Value::from("2026-08-21"), at("ready"));
    assert_eq!(&Value::Number(3), at("hit"));
    assert_eq!(&Value::Flag(false), at("wrong"));
    for missing in ["raw_ready", "raw_hit", "raw_at_most", "raw_wrong"] {
        assert_eq!(&Value::Missing, at(missing), "{missing}");
    }
}
