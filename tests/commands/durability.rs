//! What a store can be relied on for: reading again changes nothing, and a run that is killed in the
//! middle leaves a store that the next run completes. Output that nobody reads is no failure.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tempfile::TempDir;

use crate::stage::{dump, ingest, own, plain, samples, shared};

/// Enough for the store to be written to several times.
const REPORTS: usize = 3_000;

#[test]
fn reading_the_samples_again_changes_no_row_of_any_table() {
    let stage = own();
    let db = stage.path().join("ruaudit.db");
    let before = dump(&db);
    assert!(before.iter().any(|(name, rows)| name == "input" && !rows.is_empty()), "an empty dump");
    let again = ingest(stage.path(), [samples()]);
    assert_eq!((&json!(0), &json!(0)), (&again["reports"], &again["messages"]));
    assert_eq!(stage.ingested["inputs"], again["inputs"]);
    for key in ["rejected", "skipped", "deferred"] {
        assert_eq!(stage.ingested[key], again[key], "{key}");
    }
    for (before, after) in before.iter().zip(dump(&db)) {
        assert!(*before == after, "table {} is changed", before.0);
    }
}

/// Small reports, a file each, no two the same.
fn reports(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let path = samples().join("quirks/d22-no-declaration.xml");
    let model = fs::read_to_string(path).unwrap();
    let (before, rest) = model.split_once("<report_id>").unwrap();
    let (_, after) = rest.split_once("</report_id>").unwrap();
    for number in 0..REPORTS {
        let text = format!("{before}<report_id>{number}</report_id>{after}");
        fs::write(folder.join(format!("{number:05}.xml")), text).unwrap();
    }
}

/// How many reports a store has; none as long as it is not there.
fn stored(db: &Path) -> usize {
    let count = || {
        let connection = Connection::open_with_flags(db, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.query_row("SELECT count(*) FROM report", [], |row| row.get::<_, i64>(0))
    };
    count().map_or(0, |count| usize::try_from(count).unwrap())
}

/// Waits until the store holds something, then kills the run (signal 9). Whether it was still going.
fn kill_midway(mut child: Child, db: &Path) -> bool {
    let started = Instant::now();
    while stored(db) == 0 {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing is ever stored");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// A folder with the store of a run that was killed; a run that was faster is started anew.
fn killed(inputs: &Path) -> TempDir {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let mut command = plain(folder.path());
        let child = command.arg("ingest").arg(inputs).stdout(Stdio::null()).spawn().unwrap();
        if kill_midway(child, &folder.path().join("ruaudit.db")) {
            return folder;
        }
    }
    panic!("no run could be killed before it ended");
}

#[test]
fn a_run_that_is_killed_is_completed_by_the_next() {
    let calm = tempfile::tempdir().unwrap();
    let inputs = calm.path().join("reports");
    reports(&inputs);
    let whole = ingest(calm.path(), [&inputs]);
    assert_eq!(json!(REPORTS), whole["reports"]);

    let killed = killed(&inputs);
    let db = killed.path().join("ruaudit.db");
    let half = stored(&db);
    assert!((1..REPORTS).contains(&half), "{half} of {REPORTS} are stored");
    let rest = ingest(killed.path(), [&inputs]);
    assert_eq!((&json!(REPORTS - half), &json!(half)), (&rest["reports"], &rest["duplicates"]));
    assert!(dump(&calm.path().join("ruaudit.db")) == dump(&db), "the stores differ");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let stage = shared();
    for line in [
        "export --window all",
        "export --window all --format ndjson",
        "sources acme.example --all --format json",
        "sources acme.example --all --verbose",
    ] {
        let mut command = plain(stage.path());
        command.args(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(!first.is_empty(), "{line}");
        assert_eq!("", String::from_utf8_lossy(&output.stderr), "{line}");
        assert_eq!(Some(0), output.status.code(), "{line}");
    }
}

#[test]
fn an_audit_that_nobody_reads_still_keeps_the_reports() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = plain(folder.path());
    command.arg("audit").arg(samples().join("parked"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((Some(0), &b""[..]), (output.status.code(), &*output.stderr));
    let found = crate::stage::json(folder.path(), "summary parked.example --window all");
    assert_eq!(shared().json("summary parked.example --window all"), found);
}
