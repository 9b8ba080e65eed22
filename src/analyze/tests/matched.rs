//! The rows that stand behind a class.

use crate::model::evidence::RowCode;
use crate::model::words::{Disposition, OverrideKind};

use super::super::scenario::*;
use super::source;

#[test]
fn every_way_to_pass_or_fail_has_its_code() {
    for (code, mail) in [
        (RowCode::B, own()),
        (RowCode::D, bare().signed(DOMAIN, "s", "pass")),
        (RowCode::S, bare().bounces(DOMAIN, "pass")),
        (RowCode::Xs, bare().bounces("esp.example", "pass").signed(DOMAIN, "s", "fail")),
        (RowCode::Xd, service("esp.example")),
        (RowCode::Xo, forged()),
        (RowCode::Xo, bare().signed(DOMAIN, "s", "fail")),
        (RowCode::X0, bare().bounces("esp.example", "fail")),
        (RowCode::X0, bare()),
    ] {
        let judged = Scenario::at("none").daily("192.0.2.10", &mail, 5).judge();
        assert_eq!(
            vec![code],
            judged.sources[0].evidence.iter().map(|r| r.code).collect::<Vec<_>>()
        );
    }
}

#[test]
fn rows_that_say_the_same_are_one_with_their_extent() {
    let mut other = service("esp.example");
    other.0.envelope_to = Some("reader.example".into());
    let judged = Scenario::at("none")
        .own()
        .mail([3, 9], "198.51.100.5", &service("esp.example"), 10)
        .mail_seen_by(1, [20], "198.51.100.6", &other, 4)
        .judge();
    let rows = &source(&judged, "esp.example").evidence;
    assert_eq!(1, rows.len());
    let first = LAST - DAYS + 1;
    assert_eq!((24, 2, 2), (rows[0].messages, rows[0].addresses, rows[0].reporters));
    assert_eq!((first + 3, first + 20), (rows[0].first_day.0, rows[0].last_day.0));
    assert_eq!(vec!["esp.example/esp=pass"], rows[0].dkim);
    assert_eq!(vec!["bounce.esp.example=pass"], rows[0].spf);
    assert_eq!(
        (DOMAIN, "none", true),
        (&*rows[0].header_from, &*rows[0].disposition, rows[0].counted)
    );
}

#[test]
fn what_the_rule_counted_stands_beside_what_it_did_not() {
    let excused =
        service("mcsv.net").excused(OverrideKind::LocalPolicy, "arc=pass").met(Disposition::None);
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.5", &service("mcsv.net"), 5)
        .daily("198.51.100.5", &excused, 1)
        .judge();
    let rows = &source(&judged, "Mailchimp").evidence;
    assert_eq!(
        vec![(155, true), (31, false)],
        rows.iter().map(|r| (r.messages, r.counted)).collect::<Vec<_>>()
    );
    assert_eq!(vec!["local_policy:arc=pass"], rows[1].reasons);
}

#[test]
fn at_most_eight_groups_are_told_and_every_text_is_cut() {
    let mut scenario = Scenario::at("none");
    for n in 1..12 {
        let selector = format!("{n}{}", "s".repeat(4000));
        scenario = scenario.mail([1], "192.0.2.10", &bare().signed(DOMAIN, &selector, "pass"), n);
    }
    let judged = scenario.judge();
    let rows = &source(&judged, "192.0.2.0/24").evidence;
    assert_eq!((8, 11), (rows.len(), rows[0].messages));
    assert!(rows.iter().all(|row| row.dkim[0].len() < 600));
}
