//! What each kind of sender is taken for, and what is asked or said of it.

use crate::model::verdict::{Class, Health, Verdict};
use crate::model::words::{OverrideKind, Policy};

use super::super::scenario::*;
use super::{assert_verdict, source};

#[test]
fn a_known_service_that_is_misaligned_is_asked_about_at_three_messages() {
    let judged = Scenario::at("none")
        .own()
        .mail([3, 9, 20], "198.51.100.5", &service("mcsv.net"), 1)
        .judge();
    assert_verdict(Verdict::Review, None, &judged);
    let mailchimp = source(&judged, "Mailchimp");
    assert_eq!(vec!["signs as mcsv.net, bounces to mcsv.net"], mailchimp.why);
    let fix = mailchimp.fix.as_deref().unwrap();
    assert!(
        fix.contains("is Mailchimp yours? If so: switch on DKIM for shop.example there (A"),
        "{fix}"
    );
    assert_eq!("Mailchimp", judged.advice.blockers[0].source);
    assert_eq!(3, judged.advice.what_if.worst_case.unanswered);
}

#[test]
fn an_unknown_service_that_is_misaligned_is_asked_about_above_ten_messages_or_on_three_days() {
    let mail = service("invoicer.example");
    let few = Scenario::at("none").own().mail(0..2, "198.51.100.5", &mail, 5).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &few);
    let often = Scenario::at("none").own().mail(0..3, "198.51.100.5", &mail, 1).judge();
    assert_verdict(Verdict::Review, None, &often);
    assert!(source(&often, "invoicer.example").rule.ends_with(", on 3 days"));
    let many = Scenario::at("none").own().mail([7], "198.51.100.5", &mail, 11).judge();
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
    assert!(fix.contains("add ip4:203.0.113.9 to the SPF record of shop.example"), "{fix}");
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
fn the_machines_of_one_service_are_one_reason() {
    let by = |name: &str| bare().signed("a.mcsv.net", "k", "pass").bounces(name, "pass");
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.5", &by("mail130.atl61.mcsv.net"), 3)
        .daily("198.51.100.6", &by("mail131.atl61.mcsv.net"), 2)
        .judge();
    assert_eq!(vec!["signs as mcsv.net, bounces to mcsv.net"], source(&judged, "Mailchimp").why);
}

#[test]
fn ten_messages_are_too_few_for_a_share_and_eleven_are_not() {
    let failing = |messages| {
        let passing = 10 - u64::from(messages == 10);
        let judged = Scenario::at("none")
            .own()
            .mail([1], "203.0.113.9", &bare().bounces(DOMAIN, "pass"), passing)
            .mail([1], "203.0.113.9", &forged(), 1)
            .judge();
        source(&judged, "203.0.113.0/24").health
    };
    assert_eq!(Some(Health::Healthy), failing(10));
    assert_eq!(Some(Health::Misconfigured), failing(11));
}
