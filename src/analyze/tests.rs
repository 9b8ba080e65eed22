//! What the judgement says of domains that every postmaster has met.

use crate::model::Day;
use crate::model::verdict::{Class, Health, SourceSummary, Verdict};
use crate::model::words::{Disposition, OverrideKind, Policy};

mod words;

use super::Judgement;
use super::scenario::*;

fn source<'a>(judged: &'a Judgement, name: &str) -> &'a SourceSummary {
    let names: Vec<_> = judged.sources.iter().map(|s| &s.source).collect();
    judged.sources.iter().find(|s| s.source == name).unwrap_or_else(|| panic!("{names:?}"))
}

fn unmet(judged: &Judgement) -> Vec<&str> {
    judged.advice.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate).collect()
}

#[track_caller]
fn assert_verdict(verdict: Verdict, next: Option<Policy>, judged: &Judgement) {
    let advice = &judged.advice;
    assert_eq!((verdict, &next), (advice.verdict, &advice.next), "{advice:#?}");
    assert_eq!(next.is_some(), advice.record.is_some());
}

fn noted(judged: &Judgement, text: &str) -> bool {
    judged.advice.notes.iter().any(|note| note.contains(text))
}

#[test]
fn a_clean_domain_is_ready_for_quarantine() {
    let judged = Scenario::at("none").own().judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!("move p=none to p=quarantine", judged.advice.headline);
    assert_eq!(Vec::<&str>::new(), unmet(&judged));
    assert_eq!("_dmarc.shop.example", judged.advice.record_name);
    let record = "v=DMARC1; p=quarantine; rua=mailto:<your present rua>";
    assert_eq!(Some(record), judged.advice.record.as_deref());
    let rollback = "v=DMARC1; p=none; rua=mailto:<your present rua>";
    assert_eq!(Some(rollback), judged.advice.rollback.as_deref());
    assert!(
        noted(&judged, "change p=none to p=quarantine and keep rua"),
        "{:?}",
        judged.advice.notes
    );
    let own = source(&judged, "192.0.2.0/24");
    assert_eq!((Class::Own, Some(Health::Healthy)), (own.class, own.health));
    assert_eq!((3100, 3100, 1), (own.tally.messages, own.tally.dmarc_pass, own.addresses));
    assert_eq!(
        (62, 31, 3100),
        (judged.summary.reports, judged.summary.records, judged.summary.tally.messages)
    );
}

#[test]
fn forty_percent_of_forgeries_do_not_delay_the_move() {
    let judged = Scenario::at("none").own().forgeries(67, &forged()).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!(67 * 31, judged.advice.what_if.worst_case.forged);
    assert_eq!(0, judged.advice.what_if.worst_case.own);
}

#[test]
fn a_parked_domain_is_ready_for_reject() {
    let judged = Scenario::at("none").forgeries(8, &forged()).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    assert_eq!("sends nothing: move p=none to p=reject", judged.advice.headline);
    assert!(noted(&judged, "v=spf1 -all") && noted(&judged, "null MX"));
    assert_eq!(None, judged.advice.rate);
}

#[test]
fn silence_between_reports_is_normal_for_a_parked_domain() {
    let seldom = Scenario::empty().reports(0..1, 0..2).reports(29..30, 0..1);
    let judged = seldom.mail([0, 29], "198.51.100.7", &forged(), 1).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
}

#[test]
fn a_parked_domain_seen_for_nine_days_waits() {
    let judged = Scenario::empty().reports(22..31, 0..2).judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(Some(Day(LAST + 19)), judged.advice.not_before);
    assert!(judged.advice.headline.contains("sends nothing so far"));
}

#[test]
fn a_parked_domain_at_reject_stays() {
    assert_verdict(Verdict::Stay, None, &Scenario::at("reject").forgeries(8, &forged()).judge());
}

#[test]
fn a_parked_domain_with_one_real_sender_is_not_parked() {
    let parked = Scenario::at("none").forgeries(8, &forged());
    let judged = parked.mail([3, 12, 20], "203.0.113.9", &forged(), 4).judge();
    assert_verdict(Verdict::Review, None, &judged);
    assert_eq!(Class::Asks, source(&judged, "203.0.113.0/24").class);
}

#[test]
fn a_quiet_domain_holds_for_want_of_messages() {
    let judged = Scenario::at("none").mail((0..31).step_by(4), "192.0.2.10", &own(), 1).judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["rate"], unmet(&judged));
    assert!(noted(&judged, "8 own messages are too few"), "{:?}", judged.advice.notes);
    assert_eq!(None, judged.advice.not_before);
}

#[test]
fn a_known_service_that_is_misaligned_is_asked_about_at_three_messages() {
    let judged = Scenario::at("none")
        .own()
        .mail([3, 9, 20], "198.51.100.5", &service("mcsv.net"), 1)
        .judge();
    assert_verdict(Verdict::Review, None, &judged);
    let mailchimp = source(&judged, "Mailchimp");
    assert_eq!(vec!["signs as mcsv.net, bounces to bounce.mcsv.net"], mailchimp.why);
    let fix = mailchimp.fix.as_deref().unwrap();
    assert!(fix.contains("switch on DKIM for shop.example at Mailchimp"), "{fix}");
    assert_eq!("Mailchimp", judged.advice.blockers[0].source);
    assert_eq!(3, judged.advice.what_if.worst_case.unanswered);
}

#[test]
fn an_unknown_service_that_is_misaligned_is_asked_about_above_ten_messages() {
    let mail = service("invoicer.example");
    let few = Scenario::at("none").own().mail(0..10, "198.51.100.5", &mail, 1).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &few);
    let many = Scenario::at("none").own().mail(0..11, "198.51.100.5", &mail, 1).judge();
    assert_verdict(Verdict::Review, None, &many);
    assert_eq!(Class::Asks, source(&many, "invoicer.example").class);
}

#[test]
fn a_monthly_invoice_run_is_not_noise() {
    let judged = Scenario::at("none").own().mail([25], "203.0.113.9", &forged(), 40).judge();
    assert_verdict(Verdict::Review, None, &judged);
    let run = source(&judged, "203.0.113.0/24");
    assert!(run.rule.contains("40 failing messages from one network"), "{}", run.rule);
    let fix = run.fix.as_deref().unwrap();
    assert!(fix.contains("add 203.0.113.9 to the SPF record of shop.example"), "{fix}");
}

#[test]
fn ten_mails_a_month_that_try_our_domain_are_not_noise() {
    let judged =
        Scenario::at("none").own().mail((0..30).step_by(3), "203.0.113.9", &forged(), 1).judge();
    assert_verdict(Verdict::Review, None, &judged);
    assert!(source(&judged, "203.0.113.0/24").rule.contains("on 10 days"));
}

#[test]
fn forwarders_do_not_stand_in_the_way() {
    let broken = bare().signed(DOMAIN, "s1", "fail").bounces("alumni.example", "pass");
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.7", &forwarded("alumni.example"), 50)
        .daily("198.51.100.7", &broken, 2)
        .judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!(Class::Forwarder, source(&judged, "alumni.example").class);
    assert_eq!(62, judged.advice.what_if.worst_case.forwarded);
}

#[test]
fn a_forwarder_that_keeps_the_envelope_is_one_too() {
    let plain = bare().signed(DOMAIN, "s1", "pass").bounces(DOMAIN, "softfail");
    let judged = Scenario::at("none").own().daily("198.51.100.7", &plain, 3).judge();
    assert_eq!(Class::Forwarder, source(&judged, "198.51.100.0/24").class);
}

#[test]
fn few_forwarded_messages_do_not_hide_many_that_fail() {
    let judged = Scenario::at("none")
        .own()
        .mail([1], "203.0.113.9", &bare().signed(DOMAIN, "s1", "pass").bounces(DOMAIN, "fail"), 5)
        .daily("203.0.113.9", &forged(), 10)
        .judge();
    assert_verdict(Verdict::Fix, None, &judged);
    assert_eq!(Class::Own, source(&judged, "203.0.113.0/24").class);
}

#[test]
fn arc_makes_a_forwarder_and_a_bare_local_policy_does_not() {
    let failing = || bare().signed(DOMAIN, "s1", "fail").bounces("relay.example", "pass");
    let arc = failing().excused(OverrideKind::LocalPolicy, "arc=pass as.1.d=relay.example=pass");
    let judged = Scenario::at("none").own().daily("198.51.100.7", &arc, 5).judge();
    assert_eq!(Class::Forwarder, source(&judged, "relay.example").class);
    assert_eq!(
        (155, 0),
        (
            judged.advice.what_if.worst_case.forwarded,
            judged.advice.what_if.with_overrides.forwarded
        )
    );
    let local = failing().excused(OverrideKind::LocalPolicy, "we know better");
    let judged = Scenario::at("none").own().daily("198.51.100.7", &local, 5).judge();
    assert_eq!(Class::Asks, source(&judged, "relay.example").class);
}

#[test]
fn list_mail_blocks_reject_and_not_quarantine() {
    let list = bare()
        .signed(DOMAIN, "s1", "fail")
        .signed("lists.example", "l", "pass")
        .bounces("lists.example", "pass")
        .excused(OverrideKind::MailingList, "");
    let judged = Scenario::at("none").own().daily("198.51.100.7", &list, 1).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!(Class::List, source(&judged, "lists.example").class);
    let judged = Scenario::at("quarantine").own().daily("198.51.100.7", &list, 1).judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert_eq!(vec!["people"], unmet(&judged));
    assert_eq!(
        "stay at p=quarantine: 31 messages went through mailing lists",
        judged.advice.headline
    );
    assert!(noted(&judged, "go on by hand"));
}

#[test]
fn one_mailing_list_row_does_not_hide_an_own_sender_that_fails() {
    let failing = bare().signed(DOMAIN, "s1", "fail").bounces("crm.example", "pass");
    let passing = forwarded("crm.example").signed("crm.example", "c", "pass");
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.7", &passing, 10)
        .daily("198.51.100.7", &failing, 1)
        .mail([4], "198.51.100.7", &failing.clone().excused(OverrideKind::MailingList, ""), 1)
        .judge();
    assert_verdict(Verdict::Fix, None, &judged);
    assert_eq!(Some(Health::Misconfigured), source(&judged, "crm.example").health);
}

#[test]
fn one_reporter_is_not_enough() {
    let judged = Scenario::empty().reports(0..31, 0..1).own().judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["coverage"], unmet(&judged));
    assert_eq!(None, judged.advice.not_before);
}

#[test]
fn gaps_in_the_reports_hold_the_move_until_enough_days_have_them() {
    let judged = Scenario::empty().reports(0..8, 0..2).reports(17..31, 0..2).own().judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["time", "coverage"], unmet(&judged));
    // 22 of 31 days have reports: 14 more make 36 of 45, which is 80 %
    assert_eq!(Some(Day(LAST + 14)), judged.advice.not_before);
}

#[test]
fn a_sender_that_began_yesterday_must_be_watched_for_a_fortnight() {
    let new = bare().signed(DOMAIN, "k2", "pass").bounces(DOMAIN, "pass");
    let scenario = || Scenario::at("none").own().mail([29, 30], "203.0.113.9", &new, 5);
    let judged = scenario().judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!(vec!["stability"], unmet(&judged));
    assert_eq!(Some(Day(LAST + 13)), judged.advice.not_before);
    assert!(judged.advice.headline.contains("203.0.113.0/24"), "{}", judged.advice.headline);
    let judged = scenario().earlier("203.0.113.77", &new, -40).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn a_new_address_with_a_known_signature_is_no_new_sender() {
    let judged = Scenario::at("none").own().mail([29, 30], "203.0.113.9", &own(), 5).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn a_policy_that_changed_last_week_is_observed_anew() {
    let changed = Scenario::empty().reports(0..24, 0..2).then("quarantine").reports(24..31, 0..2);
    let judged = changed.own().judge();
    assert_verdict(Verdict::Hold, None, &judged);
    assert_eq!("quarantine", judged.advice.policy);
    assert_eq!("not enough evidence yet: 7 of 28 days at p=quarantine", judged.advice.headline);
    assert_eq!(Some(Day(LAST + 21)), judged.advice.not_before);
}

#[test]
fn clean_quarantine_is_ready_for_reject() {
    let judged = Scenario::at("quarantine").own().judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    assert_eq!(8, judged.advice.gates.len());
}

#[test]
fn test_mode_and_samples_come_before_reject() {
    for scenario in [
        Scenario::with(in_test_mode),
        Scenario::with(|p| {
            p.p = Some(Policy::Quarantine);
            p.pct = Some("25".into());
        }),
    ] {
        let judged = scenario.own().judge();
        assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
        let record = judged.advice.record.as_deref().unwrap();
        assert!(!record.contains("t=y") && !record.contains("pct"), "{record}");
        assert_ne!(judged.advice.record, judged.advice.rollback);
        assert!(noted(&judged, "in full comes before p=reject"));
    }
}

#[test]
fn own_mail_in_quarantine_means_going_back() {
    let failing = forwarded("crm.example").unaligned().met(Disposition::Quarantine);
    let failing = Mail(crate::model::Fingerprint { dkim_auth: Vec::new(), ..failing.0 });
    let signed = forwarded("crm.example").signed("crm.example", "c", "pass");
    let judged = Scenario::at("quarantine")
        .own()
        .daily("198.51.100.7", &signed, 10)
        .daily("198.51.100.7", &failing, 2)
        .judge();
    assert_verdict(Verdict::Rollback, Some(Policy::None), &judged);
    assert!(judged.advice.headline.contains("62 own messages were stopped, most of crm.example"));
    assert_eq!("crm.example", judged.advice.blockers[0].source);
    assert!(judged.advice.record.unwrap().starts_with("v=DMARC1; p=none;"));
    assert!(judged.advice.rollback.unwrap().starts_with("v=DMARC1; p=quarantine;"));
}

#[test]
fn own_mail_that_fails_and_is_delivered_all_the_same_is_to_be_mended() {
    let judged = Scenario::at("quarantine").own().daily("192.0.2.10", &forged(), 5).judge();
    assert_verdict(Verdict::Fix, None, &judged);
    assert_eq!(
        "one of your own senders fails alignment: mend 192.0.2.0/24 first",
        judged.advice.headline
    );
}

#[test]
fn clean_reject_stays() {
    let judged = Scenario::at("reject").own().judge();
    assert_verdict(Verdict::Stay, None, &judged);
    assert!(judged.advice.gates.iter().all(|gate| gate.passed));
}

#[test]
fn a_sender_that_only_spf_aligns_blocks_reject_alone() {
    let fragile = bare().bounces("bounce.shop.example", "pass");
    let judged = Scenario::at("none").own().daily("203.0.113.9", &fragile, 5).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert_eq!(Some(Health::Fragile), source(&judged, "203.0.113.0/24").health);
    let judged = Scenario::at("quarantine").own().daily("203.0.113.9", &fragile, 5).judge();
    assert_verdict(Verdict::Fix, None, &judged);
    assert_eq!(vec!["dkim"], unmet(&judged));
    assert!(judged.advice.blockers[0].fix.contains("forwarding breaks SPF"));
}

#[test]
fn a_service_that_shares_the_home_selector_is_no_forwarder() {
    let esp = forwarded("bounce.crmflow.example").signed("crmflow.example", "esp", "pass");
    let judged = Scenario::at("none").own().daily("198.51.100.7", &esp, 30).judge();
    assert_eq!(Class::Own, source(&judged, "crmflow.example").class);
    let known = forwarded("bounce.sendgrid.net");
    let judged = Scenario::at("none").own().daily("198.51.100.7", &known, 30).judge();
    assert_eq!(Class::Own, source(&judged, "SendGrid").class);
}

#[test]
fn mail_without_a_selector_has_no_home_and_is_own() {
    let unsaid = bare().signed(DOMAIN, "", "pass").bounces("alumni.example", "pass");
    let judged = Scenario::at("none").own().daily("198.51.100.7", &unsaid, 3).judge();
    assert_eq!(Class::Own, source(&judged, "alumni.example").class);
}

#[test]
fn one_service_that_is_both_aligned_and_not_is_one_source_to_mend() {
    let aligned = service("sendgrid.net").signed(DOMAIN, "k1", "pass");
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.5", &aligned, 20)
        .daily("198.51.100.99", &service("sendgrid.net"), 20)
        .judge();
    assert_verdict(Verdict::Fix, None, &judged);
    let sendgrid = source(&judged, "SendGrid");
    assert_eq!((Some(Health::Misconfigured), 2), (sendgrid.health, sendgrid.addresses));
}

#[test]
fn a_service_whose_signature_failed_once_is_still_that_service() {
    let aligned = service("sendgrid.net").signed(DOMAIN, "k1", "pass");
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.5", &aligned, 20)
        .mail([7], "198.51.100.5", &bare().bounces("bounce.sendgrid.net", "temperror"), 2)
        .judge();
    assert_eq!(2, judged.sources.len());
    assert_eq!(2, source(&judged, "SendGrid").tally.dmarc_fail);
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
}

#[test]
fn an_unreadable_address_keeps_its_count() {
    let judged = Scenario::at("none")
        .own()
        .daily("not an address", &forged(), 1)
        .daily("neither", &forged(), 1)
        .judge();
    let unreadable = source(&judged, "unreadable address");
    assert_eq!((62, 2), (unreadable.tally.messages, unreadable.addresses));
    assert_verdict(Verdict::Review, None, &judged);
}

#[test]
fn no_traffic_at_all_is_said_plainly() {
    let mut scenario = Scenario::empty();
    for window in [scenario.window, None] {
        scenario.window = window;
        let judged = scenario.judge();
        assert_verdict(Verdict::Hold, None, &judged);
        assert!(judged.advice.headline.starts_with("no reports"));
        assert_eq!(("", None), (judged.advice.policy.as_str(), judged.advice.rollback));
    }
}
