//! The keys of the JSON answers: other programs read them, so README.md lists them and this test
//! holds them. A new key is added here and there; a key is never renamed.

use serde_json::Value;

use crate::stage::{own, samples, shared};

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
    "subdomains",
    "header_froms",
    "label",
    "label_note",
    "fails_only_at",
    "failed_until",
    "evidence",
    "disagreements",
];
const EVIDENCE: &[&str] = &[
    "code",
    "messages",
    "addresses",
    "reporters",
    "first_day",
    "last_day",
    "header_from",
    "dkim",
    "spf",
    "reasons",
    "disposition",
    "counted",
];
const AFTER_MOVE: &[&str] = &[
    "since",
    "days",
    "messages",
    "predicted",
    "failures",
    "quarantined",
    "rejected",
    "cusum",
    "cusum_limit",
    "expected_rate",
    "alarming_rate",
];
const NAME: &[&str] = &[
    "header_from",
    "messages",
    "dkim_aligned",
    "spf_aligned",
    "dmarc_pass",
    "dmarc_fail",
    "own",
    "own_failing",
    "ready",
];
const ADVICE: &[&str] = &[
    "domain",
    "policy",
    "verdict",
    "next",
    "subdomains_only",
    "headline",
    "not_before",
    "gates",
    "blockers",
    "policy_history",
    "names",
    "disagreements",
    "what_if",
    "after_move",
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
const FOREIGN: &[&str] = &["reports", "domains"];
const REPORTS: &[&str] = &[
    "number",
    "day",
    "domain",
    "reporter",
    "report_id",
    "records",
    "messages",
    "issues",
    "standing",
    "authenticity",
];
const REPORT: &[&str] = &[
    "number",
    "day",
    "standing",
    "contradicts",
    "authenticity",
    "received_at",
    "reporter",
    "report_id",
    "begin",
    "end",
    "errors",
    "policy",
    "records",
    "issues",
    "inputs",
];
const REPORTER: &[&str] =
    &["org_name", "email", "extra_contact_info", "generator", "version", "namespace", "dialect"];
const POLICY: &[&str] = &[
    "domain",
    "p",
    "sp",
    "np",
    "adkim",
    "aspf",
    "fo",
    "pct",
    "testing",
    "discovery_method",
    "psd",
];
const RECORD: &[&str] = &[
    "source_ip",
    "count",
    "dmarc",
    "dkim_aligned",
    "spf_aligned",
    "disposition",
    "header_from",
    "envelope_from",
    "envelope_to",
    "override_reasons",
    "dkim_auth",
    "spf_auth",
];
const ISSUE: &[&str] = &["code", "meaning", "place", "value", "more"];
const INPUT: &[&str] = &["origin", "outcome", "seen_at", "sender", "signers", "authenticity"];
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

const BACKTEST: &[&str] =
    &["domain", "from", "to", "gates", "raw", "verdicts", "policy", "next", "changes"];
const FOLLOWED: &[&str] = &[
    "ready",
    "days_to_ready",
    "hit",
    "own",
    "days_after",
    "predicted",
    "wrong",
    "unanswered",
    "at_most",
    "reach",
];
const OUTCOMES: &[&str] = &["ready", "wrong", "median_days", "hit", "own", "unanswered"];

/// All of these keys and no other.
pub(crate) fn has(wanted: &[&str], found: &Value, what: &str) {
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

fn advice(found: &Value) {
    has(&["window", "domains"], found, "advise");
    window(&found["window"]);
    each(&found["domains"]).for_each(recommendation);
}

fn recommendation(domain: &Value) {
    has(ADVICE, domain, "a domain of advise");
    for gate in domain["gates"].as_array().unwrap() {
        has(&["gate", "passed", "found", "needed", "arithmetic"], gate, "a gate");
        assert!(gate["passed"].is_boolean(), "{gate}");
        assert!(!gate["gate"].as_str().unwrap().contains(' '), "a code, not words: {gate}");
    }
    for blocker in domain["blockers"].as_array().unwrap() {
        has(BLOCKER, blocker, "a blocker");
        numbers(blocker, &["messages", "failing"]);
    }
    let what_if = &domain["what_if"];
    has(&["worst_case", "with_overrides", "spared", "likely"], what_if, "what_if");
    numbers(what_if, &["spared"]);
    likely(&what_if["likely"]);
    for hits in [&what_if["worst_case"], &what_if["with_overrides"]] {
        let kinds = ["own", "unanswered", "forwarded", "list", "forged"];
        has(&kinds, hits, "what_if");
        numbers(hits, &kinds);
    }
    if !domain["rate"].is_null() {
        has(RATE, &domain["rate"], "rate");
        numbers(&domain["rate"], &RATE[..4]);
        assert!(RATE[4..].iter().all(|key| domain["rate"][key].is_f64()), "{domain}");
    }
    for span in domain["policy_history"].as_array().unwrap() {
        has(&["p", "sp", "partial", "from", "to", "days"], span, "a span of the policy");
    }
    domain["names"].as_array().unwrap().iter().for_each(|name| has(NAME, name, "a name"));
    for disagreement in domain["disagreements"].as_array().unwrap() {
        let keys = ["mechanism", "reported", "recomputed", "reporters", "messages"];
        has(&keys, disagreement, "a disagreement");
    }
    if !domain["after_move"].is_null() {
        has(AFTER_MOVE, &domain["after_move"], "after_move");
        likely(&domain["after_move"]["predicted"]);
    }
    assert!(domain["notes"].is_array() && domain["blind_spots"].is_array(), "{domain}");
}

fn likely(range: &Value) {
    if !range.is_null() {
        has(&["low", "high", "days"], range, "a likely range");
        numbers(range, &["low", "high", "days"]);
    }
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
        for rows in source["evidence"].as_array().unwrap() {
            has(EVIDENCE, rows, "rows of a source");
            numbers(rows, &EVIDENCE[1..4]);
        }
        assert!(source["why"].is_array() && source["busiest_addresses"].is_array(), "{source}");
    }
}

#[test]
fn the_keys_of_backtest_stay() {
    let found = shared().json("backtest");
    has(&["domains", "portfolio"], &found, "backtest");
    for domain in each(&found["domains"]) {
        has(BACKTEST, domain, "a domain of backtest");
        for rule in ["gates", "raw"] {
            has(FOLLOWED, &domain[rule], rule);
            numbers(&domain[rule], &["hit", "own", "days_after", "unanswered"]);
            likely(&domain[rule]["predicted"]);
        }
        for verdict in each(&domain["verdicts"]) {
            has(&["verdict", "days"], verdict, "days of a verdict");
        }
        for change in each(&domain["changes"]) {
            has(&["day", "verdict"], change, "a change of the verdict");
        }
    }
    let portfolio = &found["portfolio"];
    has(&["domains", "gates", "raw"], portfolio, "the portfolio");
    for rule in ["gates", "raw"] {
        has(OUTCOMES, &portfolio[rule], rule);
        numbers(&portfolio[rule], &["ready", "wrong", "hit", "own", "unanswered"]);
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
fn the_keys_of_reports_and_report_stay() {
    let stage = shared();
    let found = stage.json("reports quirks.example --odd --window all");
    has(&["window", "reports"], &found, "reports");
    window(&found["window"]);
    for line in each(&found["reports"]) {
        has(REPORTS, line, "a line of reports");
        numbers(line, &["number", "records", "messages", "issues"]);
        let found = stage.json(&format!("report {}", line["number"]));
        has(REPORT, &found, "report");
        numbers(&found, &["number"]);
        has(REPORTER, &found["reporter"], "reporter");
        has(POLICY, &found["policy"], "policy");
        found["records"].as_array().unwrap().iter().for_each(record);
        for issue in each(&found["issues"]) {
            has(ISSUE, issue, "an issue");
            numbers(issue, &["more"]);
        }
        each(&found["inputs"]).for_each(|input| has(INPUT, input, "an input"));
    }
}

fn record(record: &Value) {
    has(RECORD, record, "a record of report");
    numbers(record, &["count"]);
    for (list, keys) in [
        ("override_reasons", ["type", "comment"].as_slice()),
        ("dkim_auth", &["domain", "selector", "result", "human_result"]),
        ("spf_auth", &["domain", "scope", "result", "human_result"]),
    ] {
        record[list].as_array().unwrap().iter().for_each(|thing| has(keys, thing, list));
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
