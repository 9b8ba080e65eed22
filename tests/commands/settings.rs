//! The settings as a process meets them: arguments, the environment, and the configuration file.

use std::fs;
use std::path::Path;

use predicates::str::contains;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{Stage, failure, ingest, json, ruaudit, samples, shared};

fn folder_with(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ruaudit.toml"), config).unwrap();
    folder
}

/// A configuration for a store of the samples.
fn on(stage: &Stage, more: &str) -> TempDir {
    let db = stage.path().join("ruaudit.db");
    folder_with(&format!("db = '{}'\n{more}", db.display()))
}

fn verdict(folder: &Path, domain: &str) -> Value {
    json(folder, &format!("advise {domain}"))["domains"][0]["verdict"].clone()
}

#[test]
fn the_store_is_named_by_argument_then_environment_then_file() {
    let folder = folder_with("db = 'file.db'\n");
    let parked = samples().join("parked");
    let read = || {
        let mut command = ruaudit(folder.path(), ["ingest"]);
        command.arg(&parked);
        command
    };
    let exists = |name: &str| folder.path().join(name).is_file();
    read().env("RUAUDIT_DB", "variable.db").args(["--db", "argument.db"]).assert().success();
    assert!(exists("argument.db") && !exists("variable.db") && !exists("file.db"));
    read().env("RUAUDIT_DB", "variable.db").assert().success();
    assert!(exists("variable.db") && !exists("file.db"));
    read().assert().success();
    assert!(exists("file.db"));
    fs::remove_file(folder.path().join("ruaudit.toml")).unwrap();
    read().env("RUAUDIT_DB", "").assert().success().stdout(contains("Kept in ruaudit.db."));
    assert!(exists("ruaudit.db"));
}

#[test]
fn a_relative_store_is_seen_from_the_file_that_names_it() {
    let (folder, elsewhere) = (folder_with("db = 'deep/store.db'\n"), tempfile::tempdir().unwrap());
    fs::create_dir(folder.path().join("deep")).unwrap();
    let config = folder.path().join("ruaudit.toml");
    let parked = samples().join("parked");
    ruaudit(elsewhere.path(), ["ingest"])
        .arg(&parked)
        .arg("--config")
        .arg(&config)
        .assert()
        .success();
    assert!(folder.path().join("deep/store.db").is_file());
    assert_eq!(0, fs::read_dir(elsewhere.path()).unwrap().count(), "nothing is made elsewhere");
    ruaudit(elsewhere.path(), ["summary"])
        .env("RUAUDIT_CONFIG", &config)
        .assert()
        .success()
        .stdout(contains("parked.example"));
}

#[test]
fn the_default_store_lies_beside_the_file_that_is_named() {
    let (folder, elsewhere) = (folder_with(""), tempfile::tempdir().unwrap());
    let mut read = ruaudit(elsewhere.path(), ["ingest"]);
    read.arg(samples().join("parked")).arg("--config").arg(folder.path().join("ruaudit.toml"));
    read.assert().success();
    assert!(folder.path().join("ruaudit.db").is_file());
    assert_eq!(0, fs::read_dir(elsewhere.path()).unwrap().count(), "nothing is made elsewhere");
}

#[test]
fn a_threshold_changes_a_verdict() {
    let stage = shared();
    assert_eq!(json!("ready"), verdict(stage.path(), "acme.example"));
    let folder = on(&stage, "[thresholds]\nobserved_days = 60\n");
    assert_eq!(json!("hold"), verdict(folder.path(), "acme.example"));
    let gates = json(folder.path(), "advise acme.example")["domains"][0]["gates"].clone();
    let time = gates.as_array().unwrap().iter().find(|gate| gate["gate"] == "time").unwrap();
    assert_eq!(
        (&json!(false), &json!("60 days, spread over 31")),
        (&time["passed"], &time["needed"])
    );
}

#[test]
fn a_window_in_the_file_holds_unless_another_is_given() {
    let stage = shared();
    let folder = on(&stage, "window = '7d'\n");
    let from = |line| json(folder.path(), line)["window"]["from"].clone();
    assert_eq!(json!("2026-10-18"), from("summary"));
    assert_eq!(stage.json("summary")["window"]["from"], from("summary --window 31d"));
}

#[test]
fn a_limit_in_the_file_is_kept_to() {
    let folder = folder_with("[limits]\ninput_bytes = 100\n");
    let found = ingest(folder.path(), [samples().join("quirks/d21-one-line.xml")]);
    assert_eq!((&json!(0), &json!(1)), (&found["reports"], &found["rejected"]));
}

#[test]
fn a_file_that_is_wrong_stops_the_run_and_says_what_is_right() {
    for (text, right) in [
        ("dbb = 'x.db'\n", "did you mean `db`?"),
        ("[threshold]\nobserved_days = 60\n", "did you mean `thresholds`?"),
        ("[thresholds]\nobserve_days = 60\n", "did you mean `thresholds.observed_days`?"),
        ("[limits]\ninput_byte = 60\n", "did you mean `limits.input_bytes`?"),
        ("[thresholds]\nobserved_days = 'many'\n", "give a whole number"),
        ("[thresholds]\nquarantine_rate = 2.0\n", "a share above 0 and below 1"),
        ("window = '7w'\n", "write 31d"),
        ("not toml", "`ruaudit config init -` shows every key"),
    ] {
        let folder = folder_with(text);
        let error = failure(&mut ruaudit(folder.path(), ["summary"]));
        assert!(error.contains(right), "{text}: {error}");
        let error = failure(ruaudit(folder.path(), ["ingest"]).arg(samples().join("parked")));
        assert!(error.contains(right), "{text}: {error}");
        assert_eq!(1, fs::read_dir(folder.path()).unwrap().count(), "{text}: no store is made");
    }
}

#[test]
fn a_configuration_that_is_named_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let error = failure(&mut ruaudit(folder.path(), ["summary", "--config", "none.toml"]));
    assert!(error.contains("none.toml") && error.contains("--config"), "{error}");
    let error = failure(ruaudit(folder.path(), ["summary"]).env("RUAUDIT_CONFIG", "gone.toml"));
    assert!(error.contains("gone.toml"), "{error}");
}
