//! The real **program** in a folder of its own, and files to feed it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use assert_cmd::Command;
use serde_json::Value;

use crate::bare::bare;
use crate::report::NOW;

/// The program in a folder, at the moment that counts as now.
pub(crate) fn plain(folder: &Path) -> std::process::Command {
    bare(folder, NOW)
}

/// The program with arguments; one that hangs fails its test.
pub(crate) fn ruaudit<A: AsRef<OsStr>>(
    folder: &Path,
    args: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::from_std(plain(folder));
    command.args(args).timeout(Duration::from_secs(60));
    command
}

/// What the program answers to a line of arguments without blanks in them.
pub(crate) fn answer(folder: &Path, line: &str) -> String {
    let output = ruaudit(folder, line.split_whitespace()).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

/// The same in JSON.
pub(crate) fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&answer(folder, &format!("{line} --format json"))).unwrap()
}

/// Reads paths into the folder's store; what the program says of it.
pub(crate) fn ingest<A: AsRef<OsStr>>(folder: &Path, paths: impl IntoIterator<Item = A>) -> Value {
    let output =
        ruaudit(folder, ["ingest", "--quiet", "--format", "json"]).args(paths).assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// Some of the counts of an ingest.
pub(crate) fn counts<const N: usize>(found: &Value, keys: [&str; N]) -> [u64; N] {
    keys.map(|key| found[key].as_u64().unwrap_or_else(|| panic!("{key} in {found}")))
}

/// Writes a file that nobody has touched for a day.
pub(crate) fn old(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap();
    age(path);
}

/// Makes a file one that nobody has touched for a day.
pub(crate) fn age(path: &Path) {
    let day_before = UNIX_EPOCH + Duration::from_secs(u64::try_from(NOW).unwrap() - 86_400);
    File::options().append(true).open(path).unwrap().set_modified(day_before).unwrap();
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
