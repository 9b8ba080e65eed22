//! What can be read: standard input, and folders in which not everything is a plain file.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::stage::{ingest, json as asked, plain, ruaudit, samples};

/// A user without rights, to run as where the tests run as root.
const NOBODY: u32 = 65_534;

fn report() -> PathBuf {
    samples().join("quirks/d21-one-line.xml")
}

fn counts(found: &Value) -> [u64; 4] {
    ["inputs", "reports", "duplicates", "rejected"].map(|key| found[key].as_u64().unwrap())
}

#[test]
fn standard_input_may_be_a_report_an_archive_or_a_mail() {
    for name in ["quirks/d21-one-line.xml", "quirks/d02-zip.zip", "mail/single-part-zip.eml"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = ruaudit(folder.path(), ["ingest", "-", "--format", "json"]);
        let bytes = fs::read(samples().join(name)).unwrap();
        let output = command.write_stdin(bytes).assert().success().get_output().stdout.clone();
        let found: Value = serde_json::from_slice(&output).unwrap();
        assert_eq!([1, 1, 0, 0], counts(&found), "{name}");
    }
}

#[test]
fn what_came_by_standard_input_is_known_again_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = ruaudit(folder.path(), ["ingest", "-"]);
    command.write_stdin(fs::read(report()).unwrap()).assert().success();
    assert_eq!([1, 0, 1, 0], counts(&ingest(folder.path(), [report()])));
}

#[test]
fn empty_standard_input_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    ruaudit(folder.path(), ["ingest", "-", "--strict"]).write_stdin("").assert().success();
    let found = asked(folder.path(), "rejected --all");
    assert_eq!((&json!("standard input"), &json!("empty")), {
        let trace = &found["rejected"][0];
        (&trace["origin"], &trace["reason"])
    });
}

fn pipe(path: &Path) {
    let status = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_folder_with_pipes_and_links_in_circles_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir_all(mail.join("deep/er")).unwrap();
    fs::copy(report(), mail.join("deep/er/report.xml")).unwrap();
    pipe(&mail.join("a-pipe"));
    symlink(&mail, mail.join("deep/round-and-round")).unwrap();
    symlink("self", mail.join("self")).unwrap();
    symlink("nowhere", mail.join("broken-link")).unwrap();
    assert_eq!([1, 1, 0, 0], counts(&ingest(folder.path(), [&mail])));
}

#[test]
fn a_file_name_need_not_be_utf_8() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    fs::copy(report(), mail.join(OsStr::from_bytes(b"report-\xff.xml"))).unwrap();
    fs::write(mail.join(OsStr::from_bytes(b"broken-\xfe.xml")), "<feedback>").unwrap();
    assert_eq!([2, 1, 0, 1], counts(&ingest(folder.path(), [&mail])));
    let named = mail.join(OsStr::from_bytes(b"report-\xff.xml"));
    assert_eq!([1, 0, 1, 0], counts(&ingest(folder.path(), [named])));
    let found = asked(folder.path(), "rejected");
    let origin = found["rejected"][0]["origin"].as_str().unwrap();
    assert!(origin.ends_with("/mail/broken-\u{fffd}.xml"), "{origin}");
}

#[test]
fn paths_may_overlap_and_a_report_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let found = ingest(folder.path(), [report(), samples().join("quirks"), report()]);
    let alone = tempfile::tempdir().unwrap();
    let whole = ingest(alone.path(), [samples().join("quirks")]);
    assert_eq!(whole["reports"], found["reports"]);
    assert_eq!(whole["messages"], found["messages"]);
}

#[test]
fn the_store_in_the_folder_that_is_read_is_no_input() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(report(), folder.path().join("report.xml")).unwrap();
    assert_eq!([1, 1, 0, 0], counts(&ingest(folder.path(), ["."])));
    assert_eq!([1, 0, 1, 0], counts(&ingest(folder.path(), ["."])));
}

/// The program as a user who may not read everything; none if there is no way to be one.
fn as_nobody(folder: &Path) -> Option<std::process::Command> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    let ours = || {
        let mut command = plain(folder);
        if fs::metadata(folder).unwrap().uid() == 0 {
            command.uid(NOBODY);
        }
        command
    };
    let runs = ours().arg("--version").output().is_ok_and(|output| output.status.success());
    runs.then(ours)
}

#[test]
fn what_may_not_be_read_is_rejected_and_costs_its_neighbours_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir_all(mail.join("closed")).unwrap();
    for name in ["fine.xml", "secret.xml"] {
        fs::copy(report(), mail.join(name)).unwrap();
    }
    for name in ["secret.xml", "closed"] {
        fs::set_permissions(mail.join(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let Some(mut command) = as_nobody(folder.path()) else { return };
    let output = command.args(["ingest", "--format=json", "mail"]).output().unwrap();
    fs::set_permissions(mail.join("closed"), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!("", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json!(1), json!(2)), (found["reports"].clone(), found["rejected"].clone()));
    let found = asked(folder.path(), "rejected");
    for (at, name) in ["mail/closed", "mail/secret.xml"].iter().enumerate() {
        let trace = &found["rejected"][at];
        assert_eq!((&json!(name), &json!("unreadable")), (&trace["origin"], &trace["reason"]));
    }
}

#[test]
fn a_store_that_may_not_be_written_is_named_and_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    ingest(&closed, [samples().join("parked")]);
    fs::copy(closed.join("ruaudit.db"), closed.join("copy.db")).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(closed.join("ruaudit.db"), fs::Permissions::from_mode(0o444)).unwrap();
    if fs::metadata(&closed).unwrap().uid() != 0 {
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    }
    let run = |line: &str| {
        let mut command = as_nobody(folder.path())?;
        Some(command.args(line.split(' ')).output().unwrap())
    };
    for line in ["ingest --db closed/new.db -", "ingest --db closed/ruaudit.db -"] {
        let Some(output) = run(line) else { return };
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(Some(2), output.status.code(), "{line}: {error}");
        assert!(error.contains("writable"), "{line}: {error}");
    }
    let Some(output) = run("summary --quiet --db closed/ruaudit.db") else { return };
    let _ = fs::set_permissions(&closed, fs::Permissions::from_mode(0o755));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("parked.example"));
}
