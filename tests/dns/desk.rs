//! A **desk** for tests of commands that ask the DNS: a store of the samples, and what a command says of it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::bare::bare;

/// The moment that counts as now: just after the samples' last day.
const NOW: &str = "1793000000";

/// A folder with a store of the samples.
pub(crate) fn stage() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    says(folder.path(), &["ingest", samples().to_str().unwrap()]);
    folder
}

pub(crate) fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports")
}

/// What comes of a command.
fn output(folder: &Path, args: &[&str]) -> Output {
    bare(folder, NOW).args(args).output().unwrap()
}

/// How a command ends, and what it prints.
pub(crate) fn says(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = output(folder, args);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// The same of a command that asks a server, its lines put together.
pub(crate) fn page(server: SocketAddr, args: &[&str]) -> (Option<i32>, String) {
    let (code, page) = asks(server, args);
    (code, page.split_whitespace().collect::<Vec<_>>().join(" "))
}

pub(crate) fn asks(server: SocketAddr, args: &[&str]) -> (Option<i32>, String) {
    let stage = stage();
    says(stage.path(), &[args, &["--nameserver", &server.to_string()]].concat())
}

pub(crate) fn json(server: SocketAddr, args: &[&str]) -> (Option<i32>, Value) {
    let (code, text) = asks(server, &[args, &["--format", "json"]].concat());
    (code, serde_json::from_str(&text).unwrap())
}

/// What a command says on standard error.
pub(crate) fn complains(folder: &Path, args: &[&str]) -> String {
    String::from_utf8(output(folder, args).stderr).unwrap()
}
