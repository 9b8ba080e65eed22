//! The window: which days an answer speaks of.

use serde_json::{Value, json};

use crate::stage::{failure, ruaudit, shared};

fn messages(found: &Value) -> u64 {
    let domains = found["domains"].as_array().unwrap();
    domains.iter().map(|domain| domain["messages"].as_u64().unwrap()).sum()
}

#[test]
fn a_window_is_a_number_of_days_or_all_or_from_and_to() {
    let stage = shared();
    for (text, from, to) in [
        ("31d", "2026-09-24", "2026-10-24"),
        ("7d", "2026-10-18", "2026-10-24"),
        ("1d", "2026-10-24", "2026-10-24"),
        ("all", "2026-09-20", "2026-10-24"),
        ("2026-10-01..2026-10-07", "2026-10-01", "2026-10-07"),
        ("2020-01-01..2020-01-31", "2020-01-01", "2020-01-31"),
    ] {
        for command in ["summary", "advise", "sources acme.example"] {
            let found = stage.json(&format!("{command} --window {text}"));
            assert_eq!(json!({"from": from, "to": to}), found["window"], "{command} {text}");
        }
    }
    assert_eq!(stage.json("summary"), stage.json("summary --window 31d"));
}

#[test]
fn windows_side_by_side_add_up_to_the_whole() {
    let stage = shared();
    let parts = ["2026-09-20..2026-10-06", "2026-10-07..2026-10-07", "2026-10-08..2026-10-24"];
    let parts = parts.map(|window| messages(&stage.json(&format!("summary --window {window}"))));
    assert_eq!(messages(&stage.json("summary --window all")), parts.iter().sum::<u64>());
    assert!(parts.iter().all(|part| *part > 0), "{parts:?}");
}

#[test]
fn an_export_keeps_to_its_window() {
    let stage = shared();
    let day = "2026-10-07";
    let records = stage.ndjson(&format!("export --window {day}..{day}"));
    assert!(!records.is_empty() && records.iter().all(|record| record["day"] == day));
    let counted: u64 = records.iter().map(|record| record["count"].as_u64().unwrap()).sum();
    assert_eq!(messages(&stage.json(&format!("summary --window {day}..{day}"))), counted);
}

#[test]
fn days_without_reports_are_no_error_and_no_verdict() {
    let found = shared().json("advise --window 2020-01-01..2020-01-31");
    for domain in found["domains"].as_array().unwrap() {
        assert_eq!(json!("hold"), domain["verdict"], "{domain}");
        assert_eq!(Value::Null, domain["record"], "{domain}");
    }
}

#[test]
fn a_window_that_is_none_is_told_what_is_right() {
    let stage = shared();
    for (text, right) in [
        ("7", "write 31d"),
        ("0d", "write 31d"),
        ("-7d", "write 31d"),
        ("a month", "write 31d"),
        ("", "write 31d"),
        ("2026-10-01", "2026-10-01..2026-10-31"),
        ("2026-10-01..", "write it like 2026-11-20"),
        ("2026-13-01..2026-10-01", "write it like 2026-11-20"),
        ("2026-02-30..2026-03-01", "write it like 2026-11-20"),
        ("2026-10-31..2026-10-01", "first: 2026-10-01..2026-10-31"),
    ] {
        for command in ["summary", "advise", "export"] {
            let window = format!("--window={text}");
            let error = failure(&mut ruaudit(stage.path(), [command, &window]));
            assert!(error.contains(right), "{window}: {error}");
        }
    }
}

#[test]
fn old_reports_are_remarked_on_unless_the_run_is_to_be_quiet() {
    let stage = shared();
    let mut command = ruaudit(stage.path(), ["summary"]);
    let output = command.env("SOURCE_DATE_EPOCH", "1796000000").assert().success();
    let remark = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(remark.starts_with("note: ") && remark.contains("2026-10-24"), "{remark}");
    let mut command = ruaudit(stage.path(), ["summary", "--quiet"]);
    command.env("SOURCE_DATE_EPOCH", "1796000000").assert().success().stderr("");
}
