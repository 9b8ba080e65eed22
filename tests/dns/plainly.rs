//! `check DOMAIN`: that the page says what is the matter, once, and nothing that does not hold.

use serde_json::Value;

use crate::checking::{check, check_at, codes, document, page, samples, with_reports};
use crate::named;

fn findings<'a>(list: &'a Value, code: &str) -> Vec<&'a Value> {
    let all = list.as_array().unwrap().iter();
    all.filter(|finding| finding["code"] == code).collect()
}

/// The page in one line, so that no break hides a text.
fn line(domain: &str, more: &[&str]) -> String {
    page(&check(domain, more)).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn of_a_name_that_does_not_exist_nothing_else_is_said() {
    let output = check("nonexist.check", &[]);
    let page = page(&output);
    assert_eq!(Some(1), output.status.code());
    let told: Vec<&str> = page.lines().skip(1).filter(|line| !line.is_empty()).collect();
    assert_eq!(
        vec![
            "  ERROR      the DNS knows no domain nonexist.check: is it spelt right?",
            "In all: 1 error"
        ],
        told
    );
    let found = document("nonexist.check", &[]);
    assert_eq!(Value::Bool(false), found["dmarc"]["discovery"]["exists"]);
    assert_eq!(vec!["domain_no_name"], codes(&found));
    assert_eq!(Some(0), found["spf"]["findings"].as_array().map(Vec::len));
    // what stands below a name makes it one
    for domain in ["good.check", "bare.check", "nohost.check"] {
        assert_eq!(Value::Bool(true), document(domain, &[])["dmarc"]["discovery"]["exists"]);
    }
}

#[test]
fn a_name_below_a_policy_that_does_not_exist_is_a_warning() {
    let found = document("typo.good.check", &[]);
    let told = findings(&found["findings"], "domain_no_name");
    assert_eq!(("warning", 1), (told[0]["severity"].as_str().unwrap(), told.len()));
    assert_eq!(Some(1), check("typo.good.check", &["--strict"]).status.code());
    let page = line("typo.good.check", &[]);
    assert!(page.contains("_dmarc.good.check") && !page.contains("Record none"), "{page}");
}

#[test]
fn an_alias_to_nowhere_is_named() {
    let found = document("hanging.check", &[]);
    assert_eq!("gone.hanging.check", found["aliases"][0]);
    let what =
        "hanging.check is an alias (CNAME) of gone.hanging.check, and the DNS knows no such name";
    assert_eq!(what, found["findings"][0]["what"]);
}

#[test]
fn hosts_that_do_not_exist_are_told_so_and_not_to_agree() {
    let found = document("nohost.check", &[]);
    let told = findings(&found["findings"], "domain_report_no_host");
    assert_eq!(2, told.len(), "of another organisation, and of the own");
    assert!(told.iter().all(|finding| finding["severity"] == "error"));
    let what = told[0]["what"].as_str().unwrap();
    assert_eq!(
        "the DNS knows no host nosuchhost.nowhere: receivers send nothing to rua \
         mailto:d@nosuchhost.nowhere",
        what
    );
    assert_eq!("no_host", found["dmarc"]["destinations"][0]["consent"]["status"]);
    assert!(line("nohost.check", &[]).contains("Aggregate reports go to nobody"));
}

#[test]
fn what_a_host_lacks_is_told_once() {
    let found = document("both.check", &[]);
    let told = findings(&found["findings"], "domain_report_not_authorised");
    assert_eq!(1, told.len());
    assert_eq!(
        "refuses.example did not agree to get reports: receivers send nothing to rua \
         mailto:a@refuses.example and ruf mailto:b@refuses.example",
        told[0]["what"]
    );
    let page = line("both.check", &[]);
    assert_eq!(1, page.matches("both.check._report._dmarc.refuses.example").count(), "{page}");
    assert!(page.contains("go to nobody Failure reports go to nobody"), "{page}");
}

#[test]
fn a_record_without_a_fault_is_well_formed_and_not_without_anything_to_mend() {
    for domain in ["both.check", "two.check", "good.check"] {
        for more in [&[][..], &["--verbose"]] {
            let page = line(domain, more);
            assert!(page.contains("well formed"), "{domain}: {page}");
            assert!(!page.contains("nothing to mend"), "{domain}: {page}");
        }
    }
    let page = line("both.check", &[]);
    assert!(page.contains("rather: leave the term out, or name the domain"), "{page}");
}

#[test]
fn an_alias_that_leads_to_no_key_is_named_with_its_end() {
    let found = document("keys.check", &["--selector", "dangling", "--selector", "step"]);
    let told = findings(&found["findings"], "domain_key_missing");
    let what: Vec<&str> = told.iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!(
        vec![
            "no key stands at dangling._domainkey.keys.check: it is an alias (CNAME) of \
             gone.keys.esp.check, and there is none there",
            "no key stands at step._domainkey.keys.check: it is an alias (CNAME) of \
             next.keys.esp.check, which leads to last.keys.esp.check, and there is none there"
        ],
        what
    );
    assert!(told[0]["instead"].as_str().unwrap().contains("published at gone.keys.esp.check"));
    let steps = serde_json::json!(["next.keys.esp.check", "last.keys.esp.check"]);
    assert_eq!(steps, found["dkim"][1]["aliases"]);
    let page = line("keys.check", &["--selector", "dangling"]);
    assert!(page.contains("an alias of gone.keys.esp.check: no key there"), "{page}");
    // a wildcard says it of every selector: nobody made an alias for this one
    let wild = document("wildkeys.check", &["--selector", "s1"]);
    assert_eq!(serde_json::json!([]), wild["dkim"][0]["aliases"]);
}

#[test]
fn too_many_look_ups_are_told_with_what_costs_most_and_what_can_be_done() {
    let found = document("eleven.check", &[]);
    let told = findings(&found["spf"]["findings"], "spf_too_many_lookups");
    assert_eq!(
        "`include:five.ten.check` costs 6, `include:rest.ten.check` costs 2: leave out services that \
         send no more; write `mx` and `a` as ip4: and ip6:, which cost nothing; give a \
         service a subdomain with a record of its own",
        told[0]["instead"]
    );
}

#[test]
fn what_the_page_counts_it_shows_or_says_where_to_see() {
    let page = line("keys.check", &["--selector", "bare"]);
    assert!(!page.contains("0 warnings"), "{page}");
    let hints = line("good.check", &["--selector", "s1"]);
    let verbose = line("good.check", &["--selector", "s1", "--verbose"]);
    assert!(hints.contains("(1 of the hints with --verbose)"), "{hints}");
    assert!(!verbose.contains("with --verbose)"), "{verbose}");
}

#[test]
fn nothing_is_said_twice() {
    let differ = line("a.b.mid.example", &[]);
    let what = document("a.b.mid.example", &[])["dmarc"]["discovery"]["differs"][0].clone();
    assert_eq!(1, differ.matches(what.as_str().unwrap()).count(), "{differ}");
    let tree = line("good.check", &[]);
    assert!(
        tree.contains(" ip4:192.0.2.0/26 include:") && !tree.contains("every address"),
        "{tree}"
    );
}

#[test]
fn what_holds_of_several_records_together_stands_below_the_last() {
    let told = line("two.check", &[]);
    assert_eq!(1, told.matches("Receivers take none of the 2 records").count(), "{told}");
    assert_eq!(1, told.matches("Receivers answer permerror, since 2").count(), "{told}");
    assert_eq!(1, told.matches(" Corrected: ").count(), "{told}");
}

#[test]
fn hints_that_do_not_hold_are_left_out() {
    for (domain, code) in [
        ("space.unseen", "spf_fail_before_dmarc"),
        ("unread.check", "spf_fail_before_dmarc"),
        ("two.check", "spf_fail_before_dmarc"),
        ("lax-include.check", "spf_fail_before_dmarc"),
        ("idle.check", "dmarc_reject"),
        ("two.check", "dmarc_reject"),
    ] {
        let text = document(domain, &[]).to_string();
        assert!(!text.contains(code), "{domain}: {text}");
    }
    assert!(document("good.check", &[]).to_string().contains("spf_fail_before_dmarc"));
    let unread = line("unread.check", &[]);
    assert!(unread.contains("SPF Record one that receivers cannot read SPF at"), "{unread}");
}

#[test]
fn where_the_mail_of_a_sender_bounces_to_is_told() {
    let found = with_reports("acme.example");
    let senders = found["reports"]["senders"].as_array().unwrap();
    let bounces = |name: &str| {
        let found = senders.iter().find(|sender| sender["source"].as_str().unwrap().contains(name));
        found.unwrap()["bounces_to"].clone()
    };
    assert_eq!("eu-west-1.amazonses.com", bounces("Amazon SES"));
    assert_eq!(Value::Null, bounces("203.0.113"), "its own domain is asked");
    let covered = "v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/28 -all";
    let zone = format!(
        "$TTL 60\n. SOA ns. h. 1 1 1 1 1\n. NS ns.\nns. A 127.0.0.1\nacme.example. TXT \"{covered}\"\n"
    );
    let server = named::Named::start(&[(".", &zone)]);
    let own = tempfile::TempDir::new().unwrap();
    std::fs::copy(samples().join("ruaudit.db"), own.path().join("ruaudit.db")).unwrap();
    let told = page(&check_at(server.address(), own.path(), "acme.example", &[]));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = "0 by SPF): covered, but its mail bounces to eu-west-1.amazonses.com: SPF is asked there, \
                and never aligns";
    assert!(told.contains(text) && told.contains("8,747 by SPF): SPF covers it"), "{told}");
}
