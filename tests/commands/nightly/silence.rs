//! What has come since the last run, and what is said when nothing does: any more, from one reporter, or
//! ever.

use std::fs;

use serde_json::{Value, json};

use super::{Mail, arrive, drop_in, month, morning, says};

#[test]
fn a_mailbox_that_stops_is_one_line_and_calls_again_once_a_week() {
    let folder = month();
    let path = folder.path();
    says(path, 0, "run", 0);
    assert!(says(path, 3, "run --check", 0).starts_with("Nothing has changed"));
    let said = says(path, 4, "run --check", 3);
    assert!(said.starts_with("No reports come any more.\n"), "{said}");
    assert!(said.contains("\nno reports at all since 2026-11-19, 5 days ago: does"), "{said}");
    assert!(!said.contains("google.example"), "{said}");
    let said = says(path, 5, "run --check", 0);
    assert!(said.starts_with("Nothing new needs you.\n") && said.contains("6 days ago"), "{said}");
    assert_eq!("", says(path, 5, "run --check --quiet", 0));
    assert_eq!("", says(path, 10, "run --check --quiet", 0));
    for day in [11, 18] {
        let said = says(path, day, "run --check --quiet", 3);
        assert!(said.starts_with("No reports come any more.\n"), "{said}");
        assert_eq!("", says(path, day + 1, "run --check --quiet", 0));
    }
    // reports, and then silence again: that is another one
    arrive(path, "google.example", -18, Mail::Own);
    arrive(path, "yahoo.example", -18, Mail::Own);
    assert_eq!("", says(path, 20, "run --quiet --check", 0));
    assert!(says(path, 32, "run --quiet --check", 3).contains("since 2026-12-08, 14 days ago"));
}

#[test]
fn a_place_that_never_brings_a_report_is_told_and_calls_a_person_from_the_fifth_day_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("ruaudit.toml"), "paths = ['in']\n").unwrap();
    fs::create_dir(path.join("in")).unwrap();
    drop_in(path, "note.txt", "no report");
    let said = says(path, 0, "run --check", 0);
    assert_eq!(
        "First run: nothing needs you. The next one tells what has changed.\n\
         0 new reports in 1 file or mail\n\
         No report was found yet. Files and mails there: 1 in in\n",
        said
    );
    assert_eq!("", says(path, 4, "run --quiet --check", 0));
    for day in [5, 12, 20, 60] {
        let said = says(path, day, "run --quiet --check", 3);
        let expected = format!("\nno reports at all since the first run, {day} days ago: is this");
        assert!(
            said.starts_with("No report has come yet.\n") && said.contains(&expected),
            "{said}"
        );
        assert_eq!("", says(path, day + 1, "run --quiet --check", 0), "once a week");
    }
    arrive(path, "google.example", -60, Mail::Own);
    assert!(!says(path, 62, "run", 0).contains("yet"));
}

#[test]
fn a_reporter_that_falls_silent_is_told_while_others_write() {
    let folder = month();
    let path = folder.path();
    says(path, 0, "run", 0);
    (-5..=0).for_each(|ago| arrive(path, "google.example", ago, Mail::Own));
    let said = says(path, 6, "run --check", 0);
    assert!(
        said.contains("\nNo reports any more from: yahoo.example since 2026-11-19\n"),
        "{said}"
    );
    arrive(path, "google.example", -6, Mail::Own);
    assert!(says(path, 7, "run", 0).starts_with("Nothing has changed"));
    arrive(path, "yahoo.example", -6, Mail::Own);
    let said = says(path, 7, "run", 0);
    assert!(said.contains("\nReports again from: yahoo.example\n"), "{said}");
}

#[test]
fn reports_that_came_between_two_runs_are_counted() {
    let folder = month();
    let path = folder.path();
    says(path, 0, "run", 0);
    arrive(path, "google.example", 0, Mail::Broken);
    morning(path, 1, "ingest --quiet in").assert().code(0);
    let said = says(path, 1, "run", 0);
    assert!(said.contains(
        "\nSince 2026-11-20 03:00 UTC: 1 new report, 0 of them in this run (81 files and\n  mails)\n"
    ), "{said}");
    arrive(path, "yahoo.example", 0, Mail::Own);
    morning(path, 1, "ingest --quiet in").assert().code(0);
    let found: Value = serde_json::from_str(&says(path, 1, "run --format json", 0)).unwrap();
    assert_eq!((&json!(1), &json!(0)), (&found["new_reports"], &found["read"]["reports"]));
}
