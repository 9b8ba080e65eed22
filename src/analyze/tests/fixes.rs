//! What to do, for every way in which mail fails.

use super::super::scenario::*;
use super::source;
use crate::model::{Label, LabelWord};

fn fix(mail: &Mail, name: &str) -> String {
    let judged = Scenario::at("none").own().daily("198.51.100.5", mail, 20).judge();
    source(&judged, name).fix.clone().unwrap()
}

#[track_caller]
fn assert_says(part: &str, fix: &str) {
    assert!(fix.contains(part), "{fix}");
}

#[test]
fn a_bounce_domain_of_the_provider_wants_a_return_path() {
    let fix = fix(&bare().bounces("bounce.sendgrid.net", "pass"), "SendGrid");
    assert_says("set a return path (MAIL FROM) on a subdomain of shop.example", &fix);
    assert_says("and switch on DKIM for shop.example", &fix);
}

#[test]
fn a_provider_that_cannot_align_spf_wants_dkim_and_no_chase() {
    for mail in [bare().bounces("x.cmail19.com", "pass"), service("cmail19.com")] {
        let fix = fix(&mail, "Campaign Monitor");
        assert_says(
            "is Campaign Monitor yours? If so: switch on DKIM for shop.example there",
            &fix,
        );
        assert_says("do not chase SPF", &fix);
        assert!(!fix.contains("MAIL FROM"), "{fix}");
    }
}

#[test]
fn a_signature_of_the_provider_wants_its_own_domains_dkim() {
    let fix = fix(&service("sendgrid.net"), "SendGrid");
    assert_says("is SendGrid yours? If so: switch on DKIM for shop.example there (", &fix);
}

#[test]
fn a_private_mailbox_is_not_told_to_sign() {
    let fix = fix(&service("gmail.com"), "Gmail");
    assert_says("at Gmail: send through the domain's own servers", &fix);
}

#[test]
fn the_tenants_names_of_google_and_microsoft_are_known() {
    let google = fix(&service("shop-example.20230601.gappssmtp.com"), "Google Workspace");
    assert_says("is Google Workspace yours? If so: switch on DKIM for shop.example there", &google);
    let microsoft = fix(&service("shop.onmicrosoft.com"), "Microsoft 365");
    assert_says("is Microsoft 365 yours? If so: switch on DKIM for shop.example there", &microsoft);
}

#[test]
fn spf_alone_wants_dkim_before_reject() {
    let judged =
        Scenario::at("none").daily("192.0.2.10", &bare().bounces(DOMAIN, "pass"), 20).judge();
    let fix = source(&judged, "192.0.2.0/24").fix.clone().unwrap();
    assert_says("sign with DKIM for shop.example at 192.0.2.0/24 before p=reject", &fix);
}

#[test]
fn an_address_that_nobody_authorised_wants_spf_and_a_signature() {
    let fix = fix(&forged(), "198.51.100.0/24");
    assert_says("add ip4:198.51.100.5 to the SPF record of shop.example and sign with DKIM", &fix);
    assert_says("or relay through a server that signs", &fix);
}

#[test]
fn a_few_addresses_are_named_one_by_one_and_a_network_with_a_caution() {
    let sent_by = |addresses: &[String]| {
        let own = Scenario::at("none").own();
        let scenario = addresses.iter().fold(own, |all, ip| all.daily(ip, &forged(), 20));
        scenario.judge().sources.iter().find_map(|source| source.fix.clone()).unwrap()
    };
    let [two, six] = [2, 6].map(|n| (1..=n).map(|n| format!("198.51.100.{n}")).collect::<Vec<_>>());
    let fix = sent_by(&two);
    assert_says(
        "add ip4:198.51.100.1 ip4:198.51.100.2 to the SPF record of shop.example and",
        &fix,
    );
    let fix = sent_by(&six);
    assert_says("add ip4:198.51.100.0/24 to the SPF record of shop.example (only if all", &fix);
    assert_says("else each of its 6 addresses that is)", &fix);
    assert_says("add ip6:2001:db8::7 to the SPF record", &sent_by(&["2001:db8::7".to_owned()]));
}

#[test]
fn what_spf_lacks_is_told_as_terms_and_a_network_only_where_it_is_called_yours() {
    let lacks = |addresses: &[String], label: Option<&str>| {
        let mut scenario = Scenario::at("none").own();
        scenario = addresses.iter().fold(scenario, |all, ip| all.daily(ip, &forged(), 20));
        if let Some(source) = label {
            let (domain, source, note) = ("*".into(), source.into(), String::new());
            scenario = scenario.labelled(Label { domain, source, label: LabelWord::Ours, note });
        }
        scenario.judge().sources.into_iter().find_map(|source| source.spf_add).unwrap()
    };
    let [two, six] = [2, 6].map(|n| (1..=n).map(|n| format!("198.51.100.{n}")).collect::<Vec<_>>());
    let found = lacks(&two, None);
    assert_eq!(
        ("shop.example", vec!["ip4:198.51.100.1".to_owned(), "ip4:198.51.100.2".to_owned()], None),
        (found.domain.as_str(), found.mechanisms, found.only_if_all_yours)
    );
    let network = "ip4:198.51.100.0/24".to_owned();
    let found = lacks(&six, None);
    assert_eq!((Vec::new(), Some(network.clone())), (found.mechanisms, found.only_if_all_yours));
    let found = lacks(&six, Some("198.51.100.0/24"));
    assert_eq!(None, found.only_if_all_yours);
    assert!(found.mechanisms == [network] || found.mechanisms.len() == 6, "{found:?}");
    assert!(lacks(&["10.1.2.3".to_owned()], None).mechanisms.is_empty(), "nobody's address");
    let judged = Scenario::at("none").own().daily("198.51.100.5", &bare(), 20).judge();
    assert_eq!(None, source(&judged, "198.51.100.0/24").spf_add, "it did not try");
}

#[test]
fn keys_whose_signatures_fail_are_named_with_what_was_found() {
    let mail = bare().signed(DOMAIN, "k7", "permerror").bounces(DOMAIN, "pass");
    let mut scenario = Scenario::at("none").own().daily("198.51.100.5", &mail, 20);
    for evil in ["../x", "a b", "", "\u{202e}"] {
        let mail = bare().signed(DOMAIN, evil, "fail").bounces(DOMAIN, "pass");
        scenario = scenario.daily("198.51.100.5", &mail, 1);
    }
    let judged = scenario.judge();
    let keys = &source(&judged, "198.51.100.0/24").dkim_failing;
    assert_eq!(1, keys.len(), "{keys:?}");
    assert_eq!(("k7._domainkey.shop.example", "permerror"), (&*keys[0].name, &*keys[0].result));
}

#[test]
fn a_signature_that_does_not_verify_wants_its_key_compared() {
    let fix = fix(&bare().signed(DOMAIN, "k7", "fail"), "198.51.100.0/24");
    assert_says("compare the key at k7._domainkey.shop.example", &fix);
    assert_says("it is wrong or rotated, or a gateway changes signed mail", &fix);
}

#[test]
fn an_spf_record_that_cannot_be_worked_out_is_repaired() {
    for result in ["permerror", "temperror"] {
        let fix = fix(&bare().bounces(DOMAIN, result), "198.51.100.0/24");
        assert_says("repair the SPF record of shop.example (at most 10 look-ups, one record", &fix);
    }
}

#[test]
fn strict_alignment_wants_relaxed() {
    let mail = bare().signed("mail.shop.example", "s", "pass").unaligned();
    let judged = Scenario::with(strictly).own().daily("198.51.100.5", &mail, 20).judge();
    let strict = source(&judged, "198.51.100.0/24");
    assert_eq!(
        "620 failing messages authenticate as a name of the domain's own, not aligned",
        strict.rule
    );
    assert_says("use relaxed alignment", strict.fix.as_deref().unwrap());
}

#[test]
fn what_most_messages_show_is_mended_not_what_the_busiest_row_shows() {
    let mut scenario = Scenario::at("none").own().daily("198.51.100.5", &forged(), 5);
    for n in 0..4 {
        let mail = bare().signed(DOMAIN, &format!("k{n}"), "fail").bounces(DOMAIN, "fail");
        scenario = scenario.daily("198.51.100.5", &mail, 2 + n);
    }
    let judged = scenario.judge();
    assert_says("k3._domainkey", source(&judged, "198.51.100.0/24").fix.as_deref().unwrap());
}

#[test]
fn the_mail_of_subdomains_is_asked_about_as_such() {
    let mail = service("sendgrid.net").from("news.shop.example");
    let judged = Scenario::at("none").own().daily("198.51.100.5", &mail, 20).judge();
    let fix = source(&judged, "SendGrid (subdomains)").fix.clone().unwrap();
    assert_says("is SendGrid (subdomains) yours?", &fix);
    assert_says("switch on DKIM for shop.example there (Settings", &fix);
    let judged = Scenario::with(strictly).own().daily("198.51.100.5", &mail, 20).judge();
    let fix = source(&judged, "SendGrid (subdomains)").fix.clone().unwrap();
    assert_says("switch on DKIM for news.shop.example there", &fix);
}

#[test]
fn what_an_enforced_policy_is_for_wants_nothing() {
    let judged = Scenario::at("none").own().mail([1], "198.51.100.5", &forged(), 2).judge();
    assert_eq!(None, source(&judged, "198.51.100.0/24").fix);
}

#[test]
fn what_passes_and_is_aligned_whatever_a_reporter_says_is_its_to_mend() {
    let judged = Scenario::at("none").daily("198.51.100.5", &own().unaligned(), 20).judge();
    assert_says("ask the reporter about 198.51.100.0/24", &judged.advice.headline);
    let fix = source(&judged, "198.51.100.0/24").fix.clone().unwrap();
    assert_says("change nothing yet: shop.example passes and should be aligned", &fix);
    let strict = Scenario::with(strictly).own().daily("198.51.100.5", &own().unaligned(), 20);
    assert_says("mend 198.51.100.0/24", &strict.judge().advice.headline);
}
