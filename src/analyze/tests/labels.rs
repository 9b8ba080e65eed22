//! What the operator said of a source.

use crate::model::verdict::{Class, Health, Verdict};
use crate::model::words::{OverrideKind, Policy};
use crate::model::{Label, LabelWord};

use super::super::scenario::*;
use super::{assert_verdict, noted, source};

fn label(domain: &str, source: &str, label: LabelWord, note: &str) -> Label {
    Label { domain: domain.into(), source: source.into(), label, note: note.into() }
}

fn ours(source: &str) -> Label {
    label(DOMAIN, source, LabelWord::Ours, "")
}

#[test]
fn ours_is_own_and_fails_where_nothing_is_aligned() {
    let few = Scenario::at("none").own().mail([1], "198.51.100.5", &service("mcsv.net"), 1);
    assert_eq!(Class::Noise, source(&few.judge(), "Mailchimp").class);
    let note = label(DOMAIN, "mailchimp", LabelWord::Ours, "the shop's letters");
    let judged = few.labelled(note).judge();
    let mailchimp = source(&judged, "Mailchimp");
    assert_eq!((Class::Own, Some(Health::Misconfigured)), (mailchimp.class, mailchimp.health));
    assert_eq!("labelled ours: \"the shop's letters\"; 100.0% fail DMARC", mailchimp.rule);
    assert_eq!(Some(LabelWord::Ours), mailchimp.label);
    assert_eq!(Some("the shop's letters"), mailchimp.label_note.as_deref());
    // nobody is asked whose it is, so the sender is named, and the reason is told
    let fix = mailchimp.fix.as_deref().unwrap();
    assert!(fix.starts_with("switch on DKIM for shop.example at Mailchimp (Account"), "{fix}");
    assert!(fix.ends_with("): it survives forwarding, too"), "{fix}");
}

#[test]
fn ours_that_passes_is_healthy_and_has_no_note_where_none_was_given() {
    let judged = Scenario::at("none").own().labelled(ours("192.0.2.0/24")).judge();
    let own = source(&judged, "192.0.2.0/24");
    assert_eq!((Class::Own, Some(Health::Healthy)), (own.class, own.health));
    assert_eq!(("labelled ours", None), (own.rule.as_str(), own.label_note.as_deref()));
}

#[test]
fn each_word_makes_its_class() {
    for (class, word) in [
        (Class::Own, LabelWord::Ours),
        (Class::Threat, LabelWord::Theirs),
        (Class::Forwarder, LabelWord::Forwarder),
        (Class::List, LabelWord::List),
    ] {
        let judged = Scenario::at("none")
            .own()
            .daily("198.51.100.5", &service("mcsv.net"), 5)
            .labelled(label("*", "Mailchimp", word, ""))
            .judge();
        assert_eq!(class, source(&judged, "Mailchimp").class);
    }
}

#[test]
fn a_label_is_stronger_than_any_other_rule() {
    let listed = service("mcsv.net").excused(OverrideKind::MailingList, "");
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.5", &listed, 5)
        .labelled(label(DOMAIN, "192.0.2.0/24", LabelWord::Theirs, "sold"))
        .labelled(ours("Mailchimp"))
        .judge();
    assert_eq!(Class::Threat, source(&judged, "192.0.2.0/24").class);
    assert_eq!(Class::Own, source(&judged, "Mailchimp").class);
}

#[test]
fn a_name_labels_both_scopes_and_a_scoped_name_only_its_own() {
    let mail = service("mcsv.net");
    let both = Scenario::at("none").own().daily("198.51.100.5", &mail, 5).daily(
        "198.51.100.5",
        &mail.clone().from("news.shop.example"),
        5,
    );
    let classes = |scenario: &Scenario| {
        let judged = scenario.judge();
        let class = |name| source(&judged, name).class;
        (class("Mailchimp"), class("Mailchimp (subdomains)"))
    };
    assert_eq!((Class::Asks, Class::Asks), classes(&both));
    let both = both.labelled(label("*", "Mailchimp", LabelWord::Theirs, ""));
    assert_eq!((Class::Threat, Class::Threat), classes(&both));
    let both = both.labelled(ours("Mailchimp (subdomains)"));
    assert_eq!((Class::Threat, Class::Own), classes(&both));
}

#[test]
fn the_domains_own_label_wins_over_that_of_every_domain() {
    let judged = Scenario::at("none")
        .own()
        .daily("198.51.100.5", &service("mcsv.net"), 5)
        .labelled(label("*", "Mailchimp", LabelWord::Theirs, ""))
        .labelled(ours("Mailchimp"))
        .labelled(label("other.example", "Mailchimp", LabelWord::List, ""))
        .judge();
    assert_eq!(Class::Own, source(&judged, "Mailchimp").class);
}

#[test]
fn an_address_or_a_network_that_is_labelled_is_a_source_of_its_own() {
    let judged = Scenario::at("none")
        .own()
        .daily("203.0.113.9", &forged(), 5)
        .daily("203.0.113.200", &service("mcsv.net"), 7)
        .daily("203.0.113.201", &service("mcsv.net"), 11)
        .daily("203.0.113.202", &service("mcsv.net"), 13)
        .labelled(ours("203.0.113.192/28"))
        .labelled(label(DOMAIN, "203.0.113.201", LabelWord::Theirs, ""))
        .judge();
    let found = |name| (source(&judged, name).class, source(&judged, name).tally.messages);
    assert_eq!((Class::Asks, 155), found("203.0.113.0/24"));
    assert_eq!((Class::Own, 20 * 31), found("203.0.113.192/28"));
    assert_eq!((Class::Threat, 11 * 31), found("203.0.113.201"));
}

#[test]
fn a_labelled_network_has_two_scopes_as_any_sender() {
    let scenario = Scenario::at("none").daily("203.0.113.9", &own(), 5).daily(
        "203.0.113.9",
        &forged().from("news.shop.example"),
        1,
    );
    let judged = scenario.labelled(ours("203.0.113.0/28")).judge();
    let health = |name| source(&judged, name).health;
    assert_eq!(Some(Health::Healthy), health("203.0.113.0/28"));
    assert_eq!(Some(Health::Misconfigured), health("203.0.113.0/28 (subdomains)"));
}

#[test]
fn a_labelled_network_is_as_old_as_its_earlier_mail() {
    let judged = Scenario::at("none")
        .daily("203.0.113.9", &own(), 5)
        .earlier("203.0.113.7", &own(), -60)
        .labelled(ours("203.0.113.0/28"))
        .judge();
    assert_eq!(LAST - DAYS + 1 - 60, source(&judged, "203.0.113.0/28").first_day.0);
}

#[test]
fn a_label_for_a_source_that_is_not_seen_does_no_harm() {
    let plain = Scenario::at("none").own().judge();
    let judged = Scenario::at("none")
        .own()
        .labelled(ours("Nobody"))
        .labelled(ours("198.51.100.0/24"))
        .labelled(ours(""))
        .judge();
    assert_eq!(plain, judged);
}

#[test]
fn a_long_note_is_cut() {
    let note = "x".repeat(5000);
    let judged = Scenario::at("none")
        .own()
        .labelled(label(DOMAIN, "192.0.2.10", LabelWord::Ours, &note))
        .judge();
    assert_eq!(253, source(&judged, "192.0.2.10").label_note.as_ref().unwrap().len());
}

#[test]
fn no_key_is_at_home_at_somebody_who_is_not_the_owner() {
    // Most SPF-aligned mail under the key comes from the thief; it must not take the key with it.
    let signed = || bare().signed(DOMAIN, "k9", "pass");
    let scenario = Scenario::at("none")
        .own()
        .daily("203.0.113.9", &signed().bounces(DOMAIN, "pass"), 50)
        .daily("198.51.100.7", &signed().bounces("crm.example", "pass"), 30);
    assert_eq!(Class::Forwarder, source(&scenario.judge(), "crm.example").class);
    let theirs = label(DOMAIN, "203.0.113.9", LabelWord::Theirs, "");
    let judged = scenario.labelled(theirs).judge();
    assert_eq!(Class::Own, source(&judged, "crm.example").class);
}

#[test]
fn a_step_that_rests_on_your_word_says_so() {
    let quiet = Scenario::at("none").mail((0..31).step_by(4), "192.0.2.10", &own(), 1);
    let judged = quiet.labelled(ours("192.0.2.0/24")).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert!(noted(&judged, "this rests on your word: 8 own messages are too few"));
    let judged = Scenario::at("none").own().labelled(ours("192.0.2.0/24")).judge();
    assert!(!noted(&judged, "your word"), "{:?}", judged.advice.notes);
}

#[test]
fn whose_word_a_step_of_subdomains_rests_on_is_asked_of_their_mail() {
    let open = || Scenario::with(|p| (p.p, p.sp) = (Some(Policy::Reject), Some(Policy::None)));
    // nobody sends from them, and a little own mail of the domain itself fails
    let little = || open().mail((0..31).step_by(4), "192.0.2.10", &own(), 1);
    let judged = little().mail([3], "192.0.2.10", &forged(), 1).judge();
    assert_verdict(Verdict::Ready, Some(Policy::Reject), &judged);
    assert!(!noted(&judged, "your word"), "{:?}", judged.advice.notes);
    // ten messages of theirs, of a sender that is named
    let below = own().from("news.shop.example");
    let judged = little()
        .mail((0..30).step_by(3), "203.0.113.9", &below, 1)
        .labelled(ours("203.0.113.0/24"))
        .judge();
    assert_verdict(Verdict::Ready, Some(Policy::Quarantine), &judged);
    assert!(noted(&judged, "your word: 10 own messages are"), "{:?}", judged.advice.notes);
}
