//! `ingest --watch`: files are read as they appear and change, and a signal ends it cleanly.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::stage::{failure, json, plain, ruaudit, samples};

/// A watch of a folder that looks every second, and what it says.
fn watch(at: &Path, folder: &str) -> (Child, BufReader<ChildStdout>) {
    let mut command = plain(at);
    command.args(["ingest", "--watch", "--every", "1s", "--format", "json", folder]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

fn next(out: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("`{line}`: {error}"))
}

fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(samples().join("quirks").join(name)).unwrap()
}

#[test]
fn files_are_read_as_they_appear_and_a_signal_ends_it_cleanly() {
    for name in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("in");
        fs::create_dir(&at).unwrap();
        fs::write(at.join("1.xml"), sample("d22-no-declaration.xml")).unwrap();
        let (mut child, mut out) = watch(folder.path(), "in");
        let first = next(&mut out);
        assert_eq!((1, 1), (first["inputs"].as_u64().unwrap(), first["reports"].as_u64().unwrap()));
        fs::create_dir(at.join("sub")).unwrap();
        let half = sample("d02-zip.zip");
        fs::write(folder.path().join("part"), &half[..half.len() / 2]).unwrap();
        fs::rename(folder.path().join("part"), at.join("sub/2")).unwrap();
        let second = next(&mut out);
        assert_eq!(1, second["inputs"], "only what is new: {second}");
        fs::write(at.join("sub/2"), half).unwrap();
        let third = next(&mut out);
        assert_eq!(1, third["reports"], "a file that was replaced is read: {third}");
        signal(&child, name);
        assert_eq!(Some(0), child.wait().unwrap().code(), "{name}");
        let again = json(folder.path(), "ingest in");
        assert_eq!(
            (0, 2),
            (again["reports"].as_u64().unwrap(), again["duplicates"].as_u64().unwrap())
        );
    }
}

#[test]
fn what_cannot_be_watched_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let error = failure(&mut ruaudit(folder.path(), ["ingest", "--watch", "-"]));
    assert!(error.contains("standard input"), "{error}");
    let error = failure(&mut ruaudit(folder.path(), ["ingest", "--watch", "nowhere"]));
    assert!(error.contains("`nowhere`"), "{error}");
    let line = ["ingest", "--watch", "--every", "5", "."];
    let output = ruaudit(folder.path(), line).output().unwrap();
    assert_eq!(Some(2), output.status.code());
    assert!(String::from_utf8_lossy(&output.stderr).contains("write 30s, 5m or 1h"));
    assert!(!folder.path().join("ruaudit.db").exists());
}
