//! What **nobody could tell** of a domain, beside what is known: how it is told, and the exit code.

use serde_json::Value;

use crate::checking::{check, document, page};

fn unknown(found: &Value) -> Vec<&str> {
    found["unknown"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn a_part_of_it_that_is_unknown_is_told_with_why_and_exit_code_2() {
    for (domain, args, what) in [
        ("dark.check", vec![], "`include:x.broken.example` of SPF: "),
        ("dark-a.check", vec![], "`a:x.broken.example` of SPF: "),
        ("dark-to.check", vec![], "whether mailto:d@x.broken.example agreed: "),
        ("good.check", vec!["--selector", "dark"], "the key at dark._domainkey.good.check: "),
    ] {
        let output = check(domain, &args);
        assert_eq!(Some(2), output.status.code(), "{domain}\n{}", page(&output));
        let found = document(domain, &args);
        let told = unknown(&found);
        assert_eq!(1, told.len(), "{domain}: {told:?}");
        assert!(told[0].starts_with(what) && told[0].contains("SERVFAIL"), "{domain}: {told:?}");
        let spared = check(domain, &[args, vec!["--strict"]].concat());
        assert_eq!(
            Some(2),
            spared.status.code(),
            "{domain}: what is unknown comes before warnings"
        );
    }
}

#[test]
fn an_error_weighs_more_than_what_nobody_could_tell() {
    let output = check("good.check", &["--selector", "dark", "--selector", "nothing"]);
    assert_eq!(Some(1), output.status.code(), "{}", page(&output));
}

#[test]
fn look_ups_that_cannot_be_counted_are_at_least_so_many() {
    let told = |domain| page(&check(domain, &[])).split_whitespace().collect::<Vec<_>>().join(" ");
    let dark = told("dark.check");
    assert!(dark.contains("at least 1 of 10 that receivers make"), "{dark}");
    assert!(dark.contains("at least 0 of 2 that may find"), "{dark}");
    assert!(dark.contains("At least 1 of 10 look-ups are used"), "{dark}");
    // of a host the look-up is known, and not whether it finds something
    let host = told("dark-a.check");
    assert!(host.contains("Look-ups 1 of 10") && host.contains("at least 0 of 2"), "{host}");
    for (domain, expected) in
        [("dark.check", [true, true]), ("dark-a.check", [false, true]), ("good.check", [false; 2])]
    {
        let spf = &document(domain, &[])["spf"];
        let least = ["lookups_at_least", "void_lookups_at_least"].map(|key| spf[key] == true);
        assert_eq!(expected, least, "{domain}");
        let dark =
            spf["branches"].as_array().unwrap().iter().filter(|one| !one["unknown"].is_null());
        assert_eq!(usize::from(domain != "good.check"), dark.count(), "{domain}");
    }
}

#[test]
fn ten_look_ups_are_followed_and_the_eleventh_is_permerror() {
    let ten = document("ten.check", &[]);
    assert_eq!(
        (10, 0),
        (ten["spf"]["lookups"].as_u64().unwrap(), ten["spf"]["void_lookups"].as_u64().unwrap())
    );
    let failing = |found: &Value| -> Vec<String> {
        let all = found["spf"]["branches"].as_array().unwrap().iter();
        all.filter(|one| one["fails"] == true)
            .map(|one| one["term"].as_str().unwrap().to_owned())
            .collect()
    };
    let spf_codes = |found: &Value| -> Vec<String> {
        let all = found["spf"]["findings"].as_array().unwrap().iter();
        all.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(Vec::<String>::new(), failing(&ten));
    assert_eq!(vec!["spf_lookups_near_limit"], spf_codes(&ten));
    assert_eq!(Some(0), check("ten.check", &[]).status.code());
    let eleven = document("eleven.check", &[]);
    assert_eq!(11, eleven["spf"]["lookups"].as_u64().unwrap());
    assert_eq!(vec!["a"], failing(&eleven), "the last alone");
    assert_eq!(vec!["spf_too_many_lookups"], spf_codes(&eleven));
    assert_eq!(Some(1), check("eleven.check", &[]).status.code());
}

#[test]
fn a_null_mx_is_told_alone_and_beside_others() {
    let null = |domain| document(domain, &[])["mx"].clone();
    let (alone, beside, none) = (null("bad.check"), null("nullmx.check"), null("good.check"));
    assert_eq!([true, false, false], [&alone, &beside, &none].map(|mx| mx["null"] == true));
    assert_eq!(
        ("found", ""),
        (alone["status"].as_str().unwrap(), alone["exchanges"][0]["host"].as_str().unwrap())
    );
    assert_eq!(2, beside["exchanges"].as_array().unwrap().len());
    let codes = document("nullmx.check", &[])["findings"].to_string();
    assert!(codes.contains("domain_null_mx"), "{codes}");
}
