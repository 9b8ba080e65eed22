//! The keys of the JSON answers: other programs read them, so README.md lists them and this test
//! holds them. A new key is added here and there; a key is never renamed.

use serde_json::Value;

use crate::stage::{own, samples, shared};

const INGEST: &[&str] = &[
    "inputs",
    "reports",
    "duplicates",
    "conflicts",
    "rejected",
    "skipped",
    "deferred",
    "records",
    "messages",
    "seconds",
];
const SUMMARY: &[&str] = &[
    "domain",
    "policy",
    "reports",
    "records",
    "messages",
    "dkim_aligned",
    "spf_aligned",
    "dmarc_pass",
    "dmarc_fail",
    "sources",
    "conflicts",
];
const SOURCE: &[&str] = &[
    "source",
    "class",
    "health",
    "rule",
    "messages",
    "dkim_aligned",
    "spf_aligned",
    "dmarc_pass",
    "dmarc_fail",
    "quarantined",
    "rejected",
    "addresses",
    "busiest_addresses",
    "first_day",
    "last_day",
    "why",
    "fix",
];
const ADVICE: &[&str] = &[
    "domain",
    "policy",
    "verdict",
    "next",
    "headline",
    "not_before",
    "gates",
    "blockers",
    "what_if",
    "rate",
    "record_name",
    "record",
    "record_is_complete",
    "rollback",
    "notes",
    "blind_spots",
];
const BLOCKER: &[&str] = &["source", "class", "messages", "failing", "why", "fix"];
const RATE: &[&str] = &[
    "messages",
    "failures",
    "days",
    "bad_days",
    "design_effect",
    "upper_rate",
    "upper_bad_days",
    "unseen_share",
];
const REJECTED: &[&str] =
    &["origin", "outcome", "stage", "reason", "detail", "position", "seen_at"];

/// All of these keys and no other.
fn has(wanted: &[&str], found: &Value, what: &str) {
    let mut wanted: Vec<&str> = wanted.to_vec();
    wanted.sort_unstable();
    let mut keys: Vec<&str> = found.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(wanted, keys, "{what}");
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    let list = list.as_array().unwrap();
    assert!(!list.is_empty());
    list.iter()
}

fn numbers(found: &Value, keys: &[&str]) {
    for key in keys {
        assert!(found[key].is_u64(), "{key}: {}", found[key]);
    }
}

fn ingest(found: &Value) {
    has(INGEST, found, "ingest");
    numbers(found, &INGEST[..9]);
    assert!(found["seconds"].is_f64(), "{found}");
}

fn window(found: &Value) {
    has(&["from", "to"], found, "window");
    assert!(found["from"].is_string() && found["to"].is_string(), "{found}");
}

fn summary(found: &Value) {
    has(&["window", "domains"], found, "summary");
    window(&found["window"]);
    for domain in each(&found["domains"]) {
        has(SUMMARY, domain, "a domain of summary");
        numbers(domain, &SUMMARY[2..]);
    }
}

fn advice(found: &Value) {
    has(&["window", "domains"], found, "advise");
    window(&found["window"]);
    each(&found["domains"]).for_each(recommendation);
}

fn recommendation(domain: &Value) {
    has(ADVICE, domain, "a domain of advise");
    for gate in domain["gates"].as_array().unwrap() {
        has(&["gate", "passed", "found", "needed"], gate, "a gate");
        assert!(gate["passed"].is_boolean(), "{gate}");
        assert!(!gate["gate"].as_str().unwrap().contains(' '), "a code, not words: {gate}");
    }
    for blocker in domain["blockers"].as_array().unwrap() {
        has(BLOCKER, blocker, "a blocker");
        numbers(blocker, &["messages", "failing"]);
    }
    has(&["worst_case", "with_overrides"], &domain["what_if"], "what_if");
    for hits in domain["what_if"].as_object().unwrap().values() {
        let kinds = ["own", "unanswered", "forwarded", "list", "forged"];
        has(&kinds, hits, "what_if");
        numbers(hits, &kinds);
    }
    if !domain["rate"].is_null() {
        has(RATE, &domain["rate"], "rate");
        numbers(&domain["rate"], &RATE[..4]);
        assert!(RATE[4..].iter().all(|key| domain["rate"][key].is_f64()), "{domain}");
    }
    assert!(domain["notes"].is_array() && domain["blind_spots"].is_array(), "{domain}");
}

#[test]
fn the_keys_of_ingest_and_summary_stay() {
    let stage = shared();
    ingest(&stage.ingested);
    summary(&stage.json("summary"));
}

#[test]
fn the_keys_of_advise_stay() {
    advice(&shared().json("advise"));
}

#[test]
fn the_keys_of_sources_stay() {
    let found = shared().json("sources shop.example");
    has(&["domain", "window", "sources"], &found, "sources");
    window(&found["window"]);
    for source in each(&found["sources"]) {
        has(SOURCE, source, "a source");
        numbers(source, &SOURCE[4..12]);
        assert!(source["why"].is_array() && source["busiest_addresses"].is_array(), "{source}");
    }
}

#[test]
fn the_keys_of_rejected_stay() {
    let found = shared().json("rejected --all");
    has(&["rejected"], &found, "rejected");
    for trace in each(&found["rejected"]) {
        has(REJECTED, trace, "a trace");
        assert!(trace["position"].is_null() || trace["position"].is_u64(), "{trace}");
        assert_eq!("2026-10-26T07:33:20Z", trace["seen_at"]);
    }
}

#[test]
fn the_keys_of_audit_stay() {
    let found = own().json(&format!("audit {}", samples().join("shop").display()));
    has(&["ingest", "summary", "advice"], &found, "audit");
    ingest(&found["ingest"]);
    summary(&found["summary"]);
    advice(&found["advice"]);
}

#[test]
fn an_empty_store_has_the_same_keys() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.xml"), "<feedback>").unwrap();
    crate::stage::ingest(folder.path(), ["broken.xml"]);
    for command in ["summary", "advise"] {
        let found = crate::stage::json(folder.path(), command);
        let nothing = serde_json::json!({"window": {"from": null, "to": null}, "domains": []});
        assert_eq!(nothing, found, "{command}");
    }
}
