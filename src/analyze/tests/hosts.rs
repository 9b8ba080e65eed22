//! What the names of addresses add, where they were looked up.

use crate::model::verdict::{Class, Health};

use super::super::scenario::*;
use super::source;

#[test]
fn machines_of_one_confirmed_organisation_are_one_source() {
    let judged = Scenario::at("none")
        .daily("192.0.2.10", &own(), 20)
        .daily("198.51.100.20", &own(), 10)
        .looked_up("192.0.2.10", Some(("mx1.hoster.example", true)))
        .looked_up("198.51.100.20", Some(("mx2.hoster.example", true)))
        .judge();
    assert_eq!(1, judged.sources.len());
    assert_eq!((930, 2), {
        let hoster = source(&judged, "hoster.example");
        (hoster.tally.messages, hoster.addresses)
    });
}

#[test]
fn a_name_that_does_not_lead_back_is_none() {
    let judged = Scenario::at("none")
        .own()
        .looked_up("192.0.2.10", Some(("mx1.hoster.example", false)))
        .judge();
    assert_eq!(Class::Own, source(&judged, "192.0.2.0/24").class);
}

#[test]
fn the_name_that_mail_authenticates_as_is_before_that_of_its_machine() {
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.5", &service("mcsv.net"), 5)
        .daily("198.51.100.6", &bare(), 2)
        .looked_up("198.51.100.5", Some(("vm1.cloud.example", true)))
        .looked_up("198.51.100.6", Some(("vm2.cloud.example", true)))
        .judge();
    assert_eq!(155, source(&judged, "Mailchimp").tally.messages);
    assert_eq!(62, source(&judged, "cloud.example").tally.messages);
}

#[test]
fn a_source_is_a_threat_where_all_fails_and_no_address_has_a_confirmed_name() {
    let scenario = || Scenario::at("none").own().mail([3], "203.0.113.9", &forged(), 2);
    let class = |scenario: Scenario| source(&scenario.judge(), "203.0.113.0/24").class;
    assert_eq!(Class::Noise, class(scenario()), "nothing was looked up");
    assert_eq!(Class::Threat, class(scenario().looked_up("203.0.113.9", None)));
    let unconfirmed = Some(("mail.shop.example", false));
    assert_eq!(Class::Threat, class(scenario().looked_up("203.0.113.9", unconfirmed)));
    let one_of_two = scenario().mail([3], "203.0.113.10", &forged(), 1);
    assert_eq!(Class::Noise, class(one_of_two.looked_up("203.0.113.9", None)));
}

#[test]
fn what_must_be_asked_is_asked_whatever_the_name_of_its_address() {
    let judged = Scenario::at("none")
        .own()
        .mail([25], "203.0.113.9", &forged(), 40)
        .looked_up("203.0.113.9", None)
        .judge();
    assert_eq!(Class::Asks, source(&judged, "203.0.113.0/24").class);
}

#[test]
fn one_network_of_a_hoster_is_asked_about_by_itself() {
    let scenario = |first: &[i32], second: &[i32]| {
        let judged = Scenario::at("none")
            .own()
            .mail(first.iter().copied(), "203.0.113.9", &forged(), 1)
            .mail(second.iter().copied(), "198.51.100.9", &forged(), 1)
            .looked_up("203.0.113.9", Some(("a.hoster.example", true)))
            .looked_up("198.51.100.9", Some(("b.hoster.example", true)))
            .judge();
        source(&judged, "hoster.example").class
    };
    assert_eq!(Class::Asks, scenario(&[1, 2, 3], &[9]));
    assert_eq!(Class::Noise, scenario(&[1, 2], &[9, 10]));
}

#[test]
fn a_source_by_name_is_as_old_as_its_network() {
    let judged = Scenario::at("none")
        .daily("192.0.2.10", &own(), 20)
        .earlier("192.0.2.11", &own(), -70)
        .looked_up("192.0.2.10", Some(("mx1.hoster.example", true)))
        .judge();
    let hoster = source(&judged, "hoster.example");
    assert_eq!((LAST - DAYS + 1 - 70, Some(Health::Healthy)), (hoster.first_day.0, hoster.health));
}
