//! What answers and errors **say**: of gates that a step does not ask for, of records in quotes, of
//! keys that are almost right, and of domains with long names.

use std::fs;

use crate::stage::{failure, own, ruaudit, shared};

#[test]
fn a_gate_that_the_step_does_not_ask_for_is_told_as_such() {
    let stage = shared();
    let explain = |domain: &str, gate: &str| {
        let error = failure(&mut ruaudit(stage.path(), ["advise", domain, "--explain", gate]));
        error.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let error = explain("acme.example", "dkim");
    assert!(error.contains("gate dkim is not asked for the step to quarantine"), "{error}");
    assert!(error.contains("those asked for are: time, coverage, own_sources,"), "{error}");
    let error = explain("parked.example", "Own-Sources");
    assert!(error.contains("gate own_sources is not asked for the step to reject"), "{error}");
    assert!(explain("acme.example", "dikm").contains("nothing to explain by the name"));
}

#[test]
fn a_record_in_quotes_is_published_and_undone_without_them() {
    let stage = shared();
    let record = r#""v=DMARC1; p=none; " "rua=mailto:a@acme.example""#;
    let args = ["advise", "acme.example", "--record", record];
    let output = ruaudit(stage.path(), args).assert().success().get_output().stdout.clone();
    let page = String::from_utf8(output).unwrap();
    assert!(page.contains("undo with  v=DMARC1; p=none; rua=mailto:a@acme.example\n"), "{page}");
    assert!(!page.contains('"'), "{page}");
}

#[test]
fn a_key_that_lacks_a_letter_is_not_sent_to_another_section() {
    let stage = own();
    fs::write(stage.path().join("ruaudit.toml"), "provider = 'own.tsv'\n").unwrap();
    let error = failure(&mut ruaudit(stage.path(), ["summary"]));
    assert!(error.contains("did you mean `providers`?"), "{error}");
}

#[test]
fn of_a_forwarder_nothing_is_to_be_done_about_spf() {
    let stage = shared();
    let page = stage.answer("providers addy.io");
    assert!(page.contains("(forwarder)"), "{page}");
    assert!(page.contains("nothing to mend there") && !page.contains("never aligned"), "{page}");
}

#[test]
fn reporters_are_explained_as_they_are_counted() {
    let stage = shared();
    let found = stage.json("advise quirks.example --explain coverage");
    let gate = &found["explained"][0]["gates"][0];
    let lines = gate["arithmetic"].as_array().unwrap();
    let counted = gate["found"].as_str().unwrap().split(' ').next().unwrap();
    let counts = |line: &&serde_json::Value| !line.as_str().unwrap().ends_with("too few to count");
    assert_eq!(counted, lines.iter().filter(counts).count().to_string(), "{gate}");
}

#[test]
fn every_help_fits_eighty_columns() {
    let stage = shared();
    for command in [
        "advise",
        "audit",
        "backtest",
        "check",
        "export",
        "label",
        "labels",
        "labels export",
        "labels import",
        "profile",
        "providers",
        "sources",
        "summary",
    ] {
        let help = stage.answer(&format!("{command} --help"));
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
    }
}
