//! Selectors that **reports alone** show: forged mail can name any, and a wildcard answers for all of them.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::checking::{check, check_at, codes, page, ruaudit};
use crate::named;

/// Messages: how many, the selector of their signature, and what came of it.
const MAIL: &[(u64, &str, &str)] = &[
    (50, "gone", "pass"),
    (9, "two", "pass"),
    (8, "lost", "pass"),
    (7, "bad", "fail"),
    (6, "dark", "fail"),
    (3, "forged1", "fail"),
    (2, "forged2", "fail"),
    (1, "forged3", "fail"),
];

/// A report about `forged.check`, of the day before now.
fn report() -> String {
    report_of("r.example", MAIL)
}

/// A report about it by somebody.
fn report_of(name: &str, mail: &[(u64, &str, &str)]) -> String {
    let row = |(count, selector, result): &(u64, &str, &str)| {
        format!(
            "<record><row><source_ip>192.0.2.9</source_ip><count>{count}</count><policy_evaluated>\
             <disposition>none</disposition><dkim>{result}</dkim><spf>fail</spf></policy_evaluated>\
             </row><identifiers><header_from>forged.check</header_from></identifiers><auth_results>\
             <dkim><domain>forged.check</domain><selector>{selector}</selector>\
             <result>{result}</result></dkim></auth_results></record>"
        )
    };
    let rows: String = mail.iter().map(row).collect();
    format!(
        "<feedback><report_metadata><org_name>{name}</org_name><email>a@{name}</email>\
         <report_id>1</report_id><date_range><begin>1792800000</begin><end>1792886399</end></date_range>\
         </report_metadata><policy_published><domain>forged.check</domain><p>none</p>\
         </policy_published>{rows}</feedback>"
    )
}

/// A folder with a store of that report.
fn stage() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("report.xml"), report()).unwrap();
    let done = ruaudit(folder.path(), &["ingest", "report.xml"]);
    assert_eq!(Some(0), done.status.code(), "{}", String::from_utf8_lossy(&done.stderr));
    folder
}

fn key<'a>(found: &'a Value, selector: &str) -> &'a Value {
    let mut keys = found["dkim"].as_array().unwrap().iter();
    keys.find(|key| key["selector"] == selector).unwrap()
}

/// The severities of the findings with that code.
fn severities<'a>(found: &'a Value, code: &str) -> Vec<&'a str> {
    let all = found["findings"].as_array().unwrap().iter();
    let all = all.filter(|finding| finding["code"] == code);
    all.map(|finding| finding["severity"].as_str().unwrap()).collect()
}

#[test]
fn nothing_of_a_selector_of_reports_weighs_more_than_that_its_key_is_missing() {
    let folder = stage();
    let output = check_at(named::shared(), folder.path(), "forged.check", &["--format", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(Some(0), output.status.code(), "{found}");
    for selector in ["forged1", "forged2", "forged3", "lost"] {
        let key = key(&found, selector);
        assert_eq!(("missing", true), (key["status"].as_str().unwrap(), key["wildcard"] == true));
        assert_eq!(
            (&Value::Null, "v=spf1 -all"),
            (&key["checked"], key["passed_over"][0].as_str().unwrap())
        );
    }
    assert_eq!(vec!["warning", "hint", "hint", "hint"], severities(&found, "domain_key_missing"));
    assert_eq!(vec!["warning"], severities(&found, "domain_key_several"));
    assert_eq!(vec!["warning"], severities(&found, "domain_key_revoked"));
    let bad = key(&found, "bad");
    assert_eq!("found", bad["status"]);
    for finding in bad["checked"]["findings"].as_array().unwrap() {
        assert_eq!("hint", finding["severity"], "it never passed: {finding}");
    }
    assert_eq!("unknown", key(&found, "dark")["status"]);
    assert!(found["unknown"].to_string().contains("dark._domainkey.forged.check"), "{found}");
}

#[test]
fn selectors_that_many_reporters_show_are_looked_at_before_those_of_one_report() {
    let rows = |mail: &[(u64, String)], name: &str| {
        let mail: Vec<(u64, &str, &str)> =
            mail.iter().map(|(count, selector)| (*count, selector.as_str(), "pass")).collect();
        report_of(name, &mail)
    };
    let flood: Vec<(u64, String)> = (0..90).map(|at| (9_000_000, format!("f{at}"))).collect();
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("flood.xml"), rows(&flood, "evil.example")).unwrap();
    for name in ["a.example", "b.example"] {
        let own = [(1, "real".to_owned())];
        fs::write(folder.path().join(format!("{name}.xml")), rows(&own, name)).unwrap();
    }
    let done = ruaudit(folder.path(), &["ingest", "."]);
    assert_eq!(Some(0), done.status.code(), "{}", String::from_utf8_lossy(&done.stderr));
    let output = check_at(named::shared(), folder.path(), "forged.check", &["--format", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!("real", found["dkim"][0]["selector"]);
    let count = found["dkim"].as_array().unwrap().len();
    assert_eq!((50, 41), (count, found["keys_left"].as_u64().unwrap()));
    assert!(codes(&found).contains(&"domain_keys_left"), "{:?}", codes(&found));
}

#[test]
fn what_is_no_key_is_never_kept_as_one() {
    let folder = stage();
    check_at(named::shared(), folder.path(), "forged.check", &["--selector", "more"]);
    let output = ruaudit(folder.path(), &["record", "history", "forged.check", "--format", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let records = found["records"].as_array().unwrap().iter();
    let names: Vec<&str> = records
        .filter(|record| {
            record["kind"] == "DKIM" || record["name"].to_string().contains("_domainkey")
        })
        .map(|record| record["name"].as_str().unwrap())
        .collect();
    assert_eq!(vec!["gone._domainkey.forged.check"], names, "{found}");
}

#[test]
fn a_selector_that_was_asked_for_and_has_no_key_is_an_error_whatever_else_stands_there() {
    let output = check("catch.check", &["--selector", "any"]);
    let page = page(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(Some(1), output.status.code(), "{page}");
    for text in [
        "any._domainkey.catch.check: no key, but another text: “v=spf1 -all”, by a wildcard: any name \
         has it",
        "ERROR no key stands at any._domainkey.catch.check, but a text that a wildcard puts there",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
    let found =
        crate::checking::document("forged.check", &["--selector", "two", "--selector", "bad"]);
    assert!(codes(&found).contains(&"domain_key_several"));
    assert_eq!(
        "error",
        key(&found, "bad")["checked"]["findings"][0]["severity"],
        "it was asked for"
    );
}
