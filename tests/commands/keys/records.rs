//! The keys of `check` and of `record`.

use serde_json::Value;

use super::numbers;
use crate::lists::{each, has};
use crate::stage::{own, ruaudit};

const RECORD: &[&str] =
    &["line", "kind", "name", "text", "worst", "findings", "effect", "corrected", "file"];
const FINDING: &[&str] = &["code", "severity", "place", "what", "instead"];

/// What `check` answers to this on standard input, whatever its exit code.
fn check(option: &str, given: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let args = ["check", option, "-", "--format", "json"];
    let output = ruaudit(folder.path(), args).write_stdin(given).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_keys_of_check_stay() {
    let record = "v=DMARC1; p=rejct; rua=a@acme.example; x=1; sp=none";
    let zone = format!("$ORIGIN acme.example.\n_dmarc TXT \"{record}\"\n");
    for (option, given) in [("--file", record), ("--zone", zone.as_str())] {
        let found = check(option, given);
        has(&["records", "errors", "warnings", "hints"], &found, "check");
        numbers(&found, &["errors", "warnings", "hints"]);
        for record in each(&found["records"]) {
            has(RECORD, record, "a record");
            assert_eq!(option == "--zone", record["line"].is_u64(), "{record}");
            assert_eq!("dmarc", record["kind"]);
            for finding in each(&record["findings"]) {
                has(FINDING, finding, "a finding");
                if !finding["place"].is_null() {
                    has(&["from", "to"], &finding["place"], "a place");
                    numbers(&finding["place"], &["from", "to"]);
                }
            }
        }
    }
    assert_eq!(serde_json::json!([]), check("--zone", "")["records"]);
}

const PROPOSED: &[&str] = &[
    "domain",
    "verdict",
    "headline",
    "record",
    "keep",
    "findings",
    "effect",
    "consents",
    "notes",
    "senders",
    "spf",
    "dkim",
    "draft",
    "in_dns",
    "run",
    "consents_left",
    "alias",
];

#[test]
fn the_keys_of_record_stay() {
    let stage = own();
    let json = |code: i32, args: &[&str]| -> Value {
        let args = [&["record"], args, &["--format", "json"]].concat();
        let output = ruaudit(stage.path(), args).assert().code(code).get_output().clone();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let label = ["label", "shop.example", "203.0.113.77", "ours"];
    ruaudit(stage.path(), label).assert().success();
    let next = json(0, &["next", "acme.example", "--record", "v=DMARC1; p=none"]);
    let shop = json(1, &["next", "shop.example"]);
    let new = json(0, &["new", "new.example", "--rua", "a@c.test"]);
    for found in [&next, &shop, &new] {
        has(PROPOSED, found, "a record");
    }
    has(&["name", "txt", "zone", "cpanel"], &next["record"], "its forms");
    has(&["name", "ttl", "type", "record"], &next["record"]["cpanel"], "cPanel");
    has(&["txt", "origin", "complete", "seen_on"], &next["keep"], "the record to keep");
    has(&["host", "name", "txt"], &new["consents"][0], "a consent");
    has(&["source", "class", "messages", "failing", "fix"], &shop["senders"][0], "a sender");
    let keys = ["today", "add", "changed", "origin", "lookups", "problem", "record", "unseen"];
    has(&keys, &shop["spf"], "spf");
    let history = json(0, &["history", "acme.example"]);
    has(&["domain", "records", "way_back"], &history, "a history");
    let keys = ["seen", "first", "last", "name", "txt", "complete", "number", "several"];
    has(&keys, &history["records"][0], "a remembered record");
}
