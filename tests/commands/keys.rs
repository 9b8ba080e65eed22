//! The keys of the JSON answers: other programs read them, so README.md lists them and this test
//! holds them. A new key is added here and there; a key is never renamed.

use serde_json::Value;

use crate::lists::{each, has};
use crate::stage::{own, samples, shared};

mod advisor;
mod records;
mod reports;

const INGEST: &[&str] = &[
    "inputs",
    "reports",
    "duplicates",
    "conflicts",
    "foreign",
    "unverified",
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
    "odd",
    "unread_rows",
    "unverified",
    "authenticity_failed",
];
const FOREIGN: &[&str] = &["reports", "domains"];
const REJECTED: &[&str] = &[
    "origin",
    "outcome",
    "stage",
    "reason",
    "detail",
    "position",
    "seen_at",
    "sender",
    "received_at",
];

fn numbers(found: &Value, keys: &[&str]) {
    for key in keys {
        assert!(found[key].is_u64(), "{key}: {}", found[key]);
    }
}

fn ingest(found: &Value) {
    has(INGEST, found, "ingest");
    numbers(found, &INGEST[..11]);
    assert!(found["seconds"].is_f64(), "{found}");
}

fn window(found: &Value) {
    has(&["from", "to"], found, "window");
    assert!(found["from"].is_string() && found["to"].is_string(), "{found}");
}

fn summary(found: &Value) {
    has(&["window", "domains", "foreign"], found, "summary");
    window(&found["window"]);
    has(FOREIGN, &found["foreign"], "foreign");
    numbers(&found["foreign"], FOREIGN);
    for domain in each(&found["domains"]) {
        has(SUMMARY, domain, "a domain of summary");
        numbers(domain, &SUMMARY[2..]);
    }
}

#[test]
fn the_keys_of_ingest_and_summary_stay() {
    let stage = shared();
    ingest(&stage.ingested);
    summary(&stage.json("summary"));
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
    advisor::advice(&found["advice"]);
}

#[test]
fn an_empty_store_has_the_same_keys() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.xml"), "<feedback>").unwrap();
    crate::stage::ingest(folder.path(), ["broken.xml"]);
    let window = serde_json::json!({"from": null, "to": null});
    let none = serde_json::json!({"reports": 0, "domains": 0});
    for (command, nothing) in [
        ("summary", serde_json::json!({"window": window, "domains": [], "foreign": none})),
        ("advise", serde_json::json!({"window": window, "domains": []})),
        ("reports", serde_json::json!({"window": window, "reports": []})),
    ] {
        assert_eq!(nothing, crate::stage::json(folder.path(), command), "{command}");
    }
}
