//! The keys of `reports` and `report`.

use serde_json::Value;

use super::{numbers, window};
use crate::lists::{each, has};
use crate::stage::shared;

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
