//! The program from outside: exit codes, streams and pipes. What needs only values is tested beside
//! the code; a test stands here if it takes a process to see.

use std::process::Stdio;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, starts_with};

/// The program in an empty folder, without the variables of whoever runs the tests.
fn ruaudit(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruaudit"));
    command.current_dir(folder.path());
    for name in ["RUAUDIT_DB", "RUAUDIT_CONFIG", "SOURCE_DATE_EPOCH", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

#[test]
fn alone_it_shows_what_to_try_and_succeeds() {
    let folder = folder();
    ruaudit(&folder).assert().success().stdout(contains("ruaudit audit reports/")).stderr("");
    assert_eq!(0, std::fs::read_dir(folder.path()).unwrap().count(), "nothing is made");
}

#[test]
fn wrong_arguments_exit_with_two_and_say_what_is_right() {
    let folder = folder();
    ruaudit(&folder)
        .args(["summary", "--window", "7w"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(starts_with("error:").and(contains("write 31d")));
    ruaudit(&folder).args(["audti", "x"]).assert().code(2).stderr(contains("audit"));
}

#[test]
fn a_configuration_with_a_typing_error_stops_the_run() {
    let folder = folder();
    std::fs::write(folder.path().join("ruaudit.toml"), "[thresholds]\nreportes = 3\n").unwrap();
    ruaudit(&folder).arg("summary").assert().code(2).stdout("").stderr(
        "error: cannot use the configuration ruaudit.toml: no such key `thresholds.reportes`; \
         did you mean `thresholds.reporters`?\n",
    );
}

#[test]
fn a_moment_that_is_no_number_stops_the_run() {
    ruaudit(&folder())
        .env("SOURCE_DATE_EPOCH", "yesterday")
        .arg("summary")
        .assert()
        .code(2)
        .stderr(contains("SOURCE_DATE_EPOCH"));
}

#[test]
fn the_store_in_the_folder_that_is_read_is_no_input() {
    let folder = folder();
    std::fs::write(folder.path().join("letter.txt"), "no report").unwrap();
    for _ in 0..2 {
        let read = ruaudit(&folder).args(["ingest", "."]).assert().success();
        read.stdout(starts_with("1 file in ").and(contains(": 1 not a report\n")));
    }
    let inputs = ruaudit(&folder).args(["rejected", "--all"]).output().unwrap().stdout;
    let inputs = String::from_utf8(inputs).unwrap();
    assert!(inputs.contains("letter.txt") && !inputs.contains("ruaudit.db"), "{inputs}");
}

#[test]
fn output_without_a_terminal_has_no_colour() {
    let folder = folder();
    for args in [["--help"], ["audti"], ["--format=csv"]] {
        let output = ruaudit(&folder).args(args).output().unwrap();
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{args:?}");
    }
}

#[test]
fn a_closed_pipe_is_success() {
    for args in [&["man"][..], &["completions", "bash"], &["--help"], &[]] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_ruaudit"))
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        assert_eq!("", String::from_utf8_lossy(&output.stderr), "{args:?}");
    }
}
