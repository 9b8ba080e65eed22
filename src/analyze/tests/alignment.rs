//! What reporters say of alignment, beside what their raw results show.

use crate::model::evidence::Disagreement;
use crate::model::report::{DkimAuth, PolicyPublished, SpfAuth};
use crate::model::words::{
    AlignedResult, AlignmentMode, DiscoveryMethod, DkimResult, SpfResult, SpfScope,
};

use super::super::scenario::*;
use super::source;

/// Mail of a name, as a reporter judges DKIM, and what it says of signatures (domain, result).
fn signed(from: &str, reported: AlignedResult, raw: &[(&str, &str)]) -> Mail {
    let mut mail = bare().from(from);
    mail.0.dkim = reported;
    mail.0.dkim_auth = raw
        .iter()
        .map(|(domain, result)| DkimAuth {
            domain: (*domain).into(),
            selector: None,
            result: DkimResult::parse(result),
            human_result: None,
        })
        .collect();
    mail
}

fn found(change: impl Fn(&mut PolicyPublished), mail: &Mail) -> Vec<Disagreement> {
    Scenario::with(change).mail([3], "192.0.2.10", mail, 7).judge().advice.disagreements
}

fn relaxed(_: &mut PolicyPublished) {}

fn walked(policy: &mut PolicyPublished) {
    policy.discovery_method = Some(DiscoveryMethod::TreeWalk);
}

fn one(found: &[Disagreement]) -> (&str, &str, &str) {
    assert_eq!(1, found.len(), "{found:?}");
    (found[0].mechanism, found[0].reported, &found[0].recomputed)
}

const PASS: AlignedResult = AlignedResult::Pass;
const FAIL: AlignedResult = AlignedResult::Fail;

#[test]
fn raw_results_that_agree_are_not_spoken_of() {
    for (reported, domain, result) in [
        (PASS, "shop.example", "pass"),
        (PASS, "mail.shop.example", "pass"),
        (PASS, "Shop.Example.", "pass"),
        (FAIL, "other.example", "pass"),
        (FAIL, "shop.example", "fail"),
    ] {
        let mail = signed(DOMAIN, reported, &[(domain, result)]);
        assert!(found(relaxed, &mail).is_empty(), "{domain} {result}");
    }
}

#[test]
fn missing_raw_results_are_no_disagreement() {
    assert!(found(relaxed, &signed(DOMAIN, PASS, &[])).is_empty());
    assert!(found(relaxed, &signed(DOMAIN, PASS, &[("", "pass")])).is_empty());
    let other = AlignedResult::Other("maybe".into());
    assert!(found(relaxed, &signed(DOMAIN, other, &[("other.example", "pass")])).is_empty());
}

#[test]
fn a_pass_without_an_aligned_signature_is_told_and_still_counts() {
    let mail = signed(DOMAIN, PASS, &[("other.example", "pass"), ("shop.example", "fail")]);
    let judged = Scenario::at("none")
        .own()
        .mail([3], "203.0.113.9", &mail, 7)
        .mail_seen_by(1, [3], "203.0.113.9", &mail, 5)
        .judge();
    let told = &judged.advice.disagreements;
    assert_eq!(
        (
            "dkim",
            "pass",
            "only a signature of other.example passes, which is not aligned with shop.example"
        ),
        one(told)
    );
    assert_eq!(
        (12, vec!["google.com".to_owned(), "Yahoo".to_owned()]),
        (told[0].messages, told[0].reporters.clone())
    );
    let other = source(&judged, "other.example");
    assert_eq!((12, 12), (other.disagreements, other.tally.dkim_aligned));
    assert_eq!(0, source(&judged, "192.0.2.0/24").disagreements);
    let nothing = signed(DOMAIN, PASS, &[("shop.example", "fail")]);
    assert_eq!("no raw result passes, so none can be aligned", one(&found(relaxed, &nothing)).2);
}

#[test]
fn relaxed_and_strict_mistaken_for_each_other_are_told_apart() {
    let below = |reported| signed(DOMAIN, reported, &[("mail.shop.example", "pass")]);
    let strict = found(relaxed, &below(FAIL));
    assert!(
        one(&strict)
            .2
            .ends_with("the record asks for relaxed alignment, the reporter took it for strict")
    );
    let lax = found(strictly, &below(PASS));
    assert!(one(&lax).2.contains("strict alignment (adkim=s), the reporter took it for relaxed"));
    assert!(found(strictly, &below(FAIL)).is_empty());
    let itself = found(strictly, &signed(DOMAIN, FAIL, &[(DOMAIN, "pass")]));
    assert!(one(&itself).2.contains("the visible domain itself"));
    let apart = found(strictly, &signed(DOMAIN, PASS, &[("other.example", "pass")]));
    assert!(one(&apart).2.contains("not aligned with shop.example"));
}

#[test]
fn the_mode_is_that_of_the_record_which_this_reporter_saw_on_that_day() {
    let below = signed(DOMAIN, PASS, &[("mail.shop.example", "pass")]);
    let scenario = |day| {
        Scenario::empty()
            .reports(0..10, 0..2)
            .seeing(strictly)
            .reports(10..20, 0..1)
            .mail([day], "192.0.2.10", &below, 7)
            .judge()
            .advice
            .disagreements
            .len()
    };
    assert_eq!((0, 1), (scenario(9), scenario(10)));
    let both = Scenario::empty()
        .reports(0..10, 0..1)
        .seeing(strictly)
        .reports(0..10, 0..1)
        .mail([3], "192.0.2.10", &below, 7)
        .judge();
    assert!(both.advice.disagreements.is_empty(), "one of two records agrees");
    let unknown = Scenario::empty().reports(0..3, 0..1).mail([9], "192.0.2.10", &below, 7).judge();
    assert!(unknown.advice.disagreements.is_empty());
}

#[test]
fn the_tree_walk_takes_the_policy_domain_for_the_organisation() {
    // By the Public Suffix List co.uk is none; by the walk a record there covers all below it.
    let at = |policy: &mut PolicyPublished| {
        walked(policy);
        policy.domain = "dept.shop.example".into();
    };
    let from = "a.dept.shop.example";
    for (reported, domain) in [(PASS, "b.dept.shop.example"), (PASS, "dept.shop.example")] {
        assert!(found(at, &signed(from, reported, &[(domain, "pass")])).is_empty(), "{domain}");
    }
    let outside = |reported| signed(from, reported, &[("shop.example", "pass")]);
    assert!(found(at, &outside(FAIL)).is_empty());
    assert!(
        one(&found(at, &outside(PASS))).2.contains("not by the tree walk that the report names")
    );
    let registry = |method: Option<DiscoveryMethod>| {
        move |policy: &mut PolicyPublished| {
            policy.domain = "co.uk".into();
            policy.discovery_method = method.clone();
        }
    };
    let suffix = |reported| signed("a.co.uk", reported, &[("b.co.uk", "pass")]);
    assert!(found(registry(Some(DiscoveryMethod::TreeWalk)), &suffix(PASS)).is_empty());
    let fails = found(registry(Some(DiscoveryMethod::TreeWalk)), &suffix(FAIL));
    assert!(one(&fails).2.ends_with("not by the Public Suffix List"));
    let unsaid = found(registry(None), &suffix(PASS));
    assert!(one(&unsaid).2.contains("does not say that it used one"));
    let by_list = found(registry(Some(DiscoveryMethod::Psl)), &suffix(PASS));
    assert!(one(&by_list).2.contains("not aligned with a.co.uk"));
}

#[test]
fn under_psd_y_the_organisation_is_one_label_longer_than_the_policy_domain() {
    let at = |policy: &mut PolicyPublished| {
        walked(policy);
        policy.domain = "registry.example".into();
        policy.psd = Some("y".into());
    };
    let from = "www.member.registry.example";
    assert!(found(at, &signed(from, PASS, &[("mail.member.registry.example", "pass")])).is_empty());
    let other = signed(from, FAIL, &[("other.registry.example", "pass")]);
    assert!(found(at, &other).is_empty());
}

#[test]
fn what_lies_above_a_record_at_the_visible_domain_is_not_judged_without_dns() {
    let at = |psd: Option<&'static str>| {
        move |policy: &mut PolicyPublished| {
            walked(policy);
            policy.domain = "dept.shop.example".into();
            policy.psd = psd.map(Into::into);
        }
    };
    for reported in [PASS, FAIL] {
        for domain in ["shop.example", "other.shop.example"] {
            let mail = signed("dept.shop.example", reported.clone(), &[(domain, "pass")]);
            assert!(found(at(None), &mail).is_empty(), "{domain}");
        }
    }
    let above = signed("dept.shop.example", PASS, &[("shop.example", "pass")]);
    assert_eq!(1, found(at(Some("n")), &above).len());
    let below = signed("dept.shop.example", FAIL, &[("x.dept.shop.example", "pass")]);
    assert_eq!(1, found(at(None), &below).len());
    let foreign = signed("dept.shop.example", PASS, &[("other.example", "pass")]);
    assert_eq!(1, found(at(None), &foreign).len());
}

/// SPF checks (domain, scope, result) beside an envelope sender.
fn checked(envelope: Option<&str>, raw: &[(&str, Option<SpfScope>, SpfResult)]) -> Mail {
    let mut mail = bare();
    mail.0.envelope_from = envelope.map(Into::into);
    mail.0.spf = PASS;
    mail.0.spf_auth = raw
        .iter()
        .cloned()
        .map(|(domain, scope, result)| SpfAuth {
            domain: domain.into(),
            scope,
            result,
            human_result: None,
        })
        .collect();
    mail
}

#[test]
fn the_helo_name_counts_only_where_the_envelope_sender_is_null() {
    let helo = ("mx.shop.example", Some(SpfScope::Helo), SpfResult::Pass);
    let other = ("other.example", Some(SpfScope::MailFrom), SpfResult::Pass);
    let both = [helo.clone(), other];
    assert!(
        one(&found(relaxed, &checked(Some("other.example"), &both)))
            .2
            .contains("SPF for other.example")
    );
    assert!(found(relaxed, &checked(Some(""), std::slice::from_ref(&helo))).is_empty());
    let foreign = [("mx.other.example", Some(SpfScope::Helo), SpfResult::Pass)];
    assert_eq!(1, found(relaxed, &checked(Some(""), &foreign)).len());
    assert!(found(relaxed, &checked(None, &foreign)).is_empty(), "the sender may have passed");
    assert!(found(relaxed, &checked(Some(DOMAIN), &foreign)).is_empty());
}

#[test]
fn spf_has_a_mode_of_its_own() {
    let mail = checked(None, &[("bounce.shop.example", None, SpfResult::Pass)]);
    assert!(found(strictly, &mail).is_empty(), "only adkim is strict");
    let strict = |policy: &mut PolicyPublished| policy.aspf = Some(AlignmentMode::Strict);
    assert!(one(&found(strict, &mail)).2.contains("(aspf=s)"));
}

#[test]
fn the_domain_that_most_messages_show_stands_for_all_and_few_reporters_are_named() {
    let mut scenario = Scenario::at("none");
    for n in 0..40 {
        let mail = signed(DOMAIN, PASS, &[(&format!("n{n}.example"), "pass")]);
        scenario = scenario.mail([3], "192.0.2.10", &mail, 1 + n);
    }
    let told = scenario.judge().advice.disagreements;
    assert!(one(&told).2.contains("n39.example"));
    assert_eq!(820, told[0].messages);
}
