//! The **stage**: the program, an empty folder to run it in, and a store of the samples that tests
//! may share as long as they only read it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use assert_cmd::Command;
use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::Value;
use tempfile::TempDir;

use crate::bare::bare;

/// The moment that counts as now: just after the samples' last day.
pub(crate) const NOW: &str = "1793000000";

/// The domains of the samples, in the order of their names.
pub(crate) const DOMAINS: [&str; 5] =
    ["acme-mail.example", "acme.example", "parked.example", "quirks.example", "shop.example"];

/// A program that hangs fails its test; the longest wait in here is the ten seconds for a lock.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the samples lie.
pub(crate) fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports")
}

/// What their generator counted.
pub(crate) fn truth() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/truth.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The program in a folder, at the moment that counts as now.
pub(crate) fn plain(folder: &Path) -> std::process::Command {
    bare(folder, NOW)
}

/// The program with arguments, to be watched.
pub(crate) fn ruaudit<A: AsRef<OsStr>>(
    folder: &Path,
    args: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::from_std(plain(folder));
    command.args(args).timeout(PATIENCE);
    command
}

/// What a line of arguments without blanks in them answers; it must succeed and say nothing else.
pub(crate) fn answer(folder: &Path, line: &str) -> String {
    let output = ruaudit(folder, line.split_whitespace()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{line}`: {errors}");
    assert_eq!("", errors, "`{line}` has something to remark");
    String::from_utf8(output.stdout).unwrap()
}

/// An answer in JSON.
pub(crate) fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&answer(folder, &format!("{line} --format json"))).unwrap()
}

/// Reads paths into the folder's store; what the program says of it.
pub(crate) fn ingest<A: AsRef<OsStr>>(folder: &Path, paths: impl IntoIterator<Item = A>) -> Value {
    let output =
        ruaudit(folder, ["ingest", "--format", "json"]).args(paths).assert().success().stderr("");
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// How a command fails: exit code 2, nothing on standard output, this on standard error.
pub(crate) fn failure(command: &mut Command) -> String {
    let output = command.assert().code(2).stdout("").get_output().stderr.clone();
    let text = String::from_utf8(output).unwrap();
    assert!(text.starts_with("error: "), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

/// A folder with a store of the samples.
pub(crate) struct Stage {
    folder: TempDir,
    /// What the program said of reading them.
    pub(crate) ingested: Value,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ingested = ingest(folder.path(), [samples()]);
        Self { folder, ingested }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn answer(&self, line: &str) -> String {
        answer(self.path(), line)
    }

    pub(crate) fn json(&self, line: &str) -> Value {
        json(self.path(), line)
    }

    pub(crate) fn csv(&self, line: &str) -> Vec<Vec<String>> {
        let text = self.answer(&format!("{line} --format csv"));
        let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        csv.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    pub(crate) fn ndjson(&self, line: &str) -> Vec<Value> {
        let text = self.answer(&format!("{line} --format ndjson"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A store that others read too: read only! It is made once for all tests that run at one time,
/// and removed after the last of them.
pub(crate) fn shared() -> Arc<Stage> {
    static SHARED: Mutex<Weak<Stage>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap();
    shared.upgrade().unwrap_or_else(|| {
        let stage = Arc::new(Stage::new());
        *shared = Arc::downgrade(&stage);
        stage
    })
}

/// A store of its own, to be changed.
pub(crate) fn own() -> Stage {
    Stage::new()
}

/// Every table with every row.
pub(crate) fn dump(db: &Path) -> Vec<(String, Vec<Vec<Cell>>)> {
    let connection = Connection::open(db).unwrap();
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut names = connection.prepare(names).unwrap();
    let names: Vec<String> =
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    names.into_iter().map(|name| (name.clone(), rows(&connection, &name))).collect()
}

fn rows(connection: &Connection, table: &str) -> Vec<Vec<Cell>> {
    let mut query = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = query.column_count();
    let row = query.query_map([], |row| (0..columns).map(|at| row.get(at)).collect());
    row.unwrap().map(Result::unwrap).collect()
}
