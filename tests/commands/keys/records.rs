//! The keys of `check`.

use serde_json::Value;

use super::{each, has, numbers};
use crate::stage::ruaudit;

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
