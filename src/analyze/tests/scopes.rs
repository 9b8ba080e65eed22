//! One sender, two sources: the domain itself, and the names below it.

use crate::model::verdict::{Class, Health};

use super::super::scenario::*;
use super::source;

fn below(mail: Mail) -> Mail {
    mail.from("news.shop.example")
}

#[test]
fn the_domain_itself_and_all_names_below_it_are_two_sources_of_one_sender() {
    let own_below = below(bare().signed("news.shop.example", "n1", "pass"));
    let other = own_below.clone().from("eu.shop.example");
    let judged = Scenario::at("none")
        .own()
        .daily("192.0.2.10", &own_below, 20)
        .daily("192.0.2.10", &other, 30)
        .judge();
    assert_eq!(2, judged.sources.len());
    let (itself, names) =
        (source(&judged, "192.0.2.0/24"), source(&judged, "192.0.2.0/24 (subdomains)"));
    assert_eq!((false, 3100), (itself.subdomains, itself.tally.messages));
    assert_eq!((true, 1550), (names.subdomains, names.tally.messages));
    assert_eq!(vec![DOMAIN], itself.header_froms);
    assert_eq!(vec!["eu.shop.example", "news.shop.example"], names.header_froms);
}

#[test]
fn at_most_five_visible_names_are_told() {
    let mut scenario = Scenario::at("none").own();
    for n in 1..8 {
        let mail = bare().signed(DOMAIN, "s1", "pass").from(&format!("n{n}.shop.example"));
        scenario = scenario.mail([1], "192.0.2.10", &mail, n);
    }
    let judged = scenario.judge();
    let names = &source(&judged, "192.0.2.0/24 (subdomains)").header_froms;
    assert_eq!(5, names.len());
    assert_eq!("n7.shop.example", names[0]);
}

#[test]
fn a_key_that_is_at_home_at_a_sender_is_at_home_in_both_scopes() {
    let ours = || bare().signed(DOMAIN, "s1", "pass");
    let judged = Scenario::at("none")
        .own()
        .daily("192.0.2.10", &below(ours()), 5)
        .daily("198.51.100.7", &below(ours()).bounces("alumni.example", "pass"), 5)
        .judge();
    assert_eq!(Class::Own, source(&judged, "192.0.2.0/24 (subdomains)").class);
    assert_eq!(Class::Forwarder, source(&judged, "alumni.example (subdomains)").class);
}

#[test]
fn a_nameless_row_joins_the_sender_of_its_address_whatever_the_scope() {
    let aligned = service("sendgrid.net").signed(DOMAIN, "k1", "pass");
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.5", &aligned, 20)
        .mail([7], "198.51.100.5", &below(bare().bounces("bounce.sendgrid.net", "temperror")), 2)
        .judge();
    assert_eq!(2, source(&judged, "SendGrid (subdomains)").tally.dmarc_fail);
}

#[test]
fn failing_mail_of_subdomains_from_an_own_machine_is_own() {
    let judged = Scenario::at("none").own().mail([2], "192.0.2.10", &below(forged()), 3).judge();
    let names = source(&judged, "192.0.2.0/24 (subdomains)");
    assert_eq!((Class::Own, Some(Health::Misconfigured)), (names.class, names.health));
    let judged = Scenario::at("none").own().mail([2], "203.0.113.9", &below(forged()), 3).judge();
    assert_eq!(Class::Noise, source(&judged, "203.0.113.0/24 (subdomains)").class);
}

#[test]
fn failing_mail_of_the_domain_itself_from_a_machine_of_its_subdomains_is_own() {
    let judged = Scenario::at("none")
        .daily("192.0.2.10", &below(own()), 20)
        .mail([2], "192.0.2.10", &forged(), 3)
        .judge();
    let itself = source(&judged, "192.0.2.0/24");
    assert_eq!((Class::Own, Some(Health::Misconfigured)), (itself.class, itself.health));
}

#[test]
fn the_same_service_for_other_names_is_asked_about_since_many_use_it() {
    let aligned = service("sendgrid.net").signed(DOMAIN, "k1", "pass");
    let judged = Scenario::at("none")
        .daily("198.51.100.5", &aligned, 20)
        .mail([7], "198.51.100.5", &below(service("sendgrid.net")), 3)
        .judge();
    assert_eq!(Class::Own, source(&judged, "SendGrid").class);
    assert_eq!(Class::Asks, source(&judged, "SendGrid (subdomains)").class);
}

#[test]
fn a_source_is_as_old_as_its_own_scope() {
    let mail = bare().signed(DOMAIN, "s1", "pass").bounces(DOMAIN, "pass");
    let judged = Scenario::at("none")
        .own()
        .mail([30], "192.0.2.10", &below(mail.clone()), 1)
        .earlier("192.0.2.10", &mail, -50)
        .judge();
    let first = |name: &str| source(&judged, name).first_day.0;
    assert_eq!(LAST - DAYS + 1 - 50, first("192.0.2.0/24"));
    assert_eq!(LAST, first("192.0.2.0/24 (subdomains)"));
}
