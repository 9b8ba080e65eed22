//! The README's examples, run for real: every `console` block is a command line after `$ ` and what it
//! prints on the samples; `console 30` shows the first thirty lines of it. After a change that is meant: `UPDATE_GOLDEN=1 cargo test --test readme`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The moment that counts as now: just after the samples' last day.
const NOW: &str = "1793000000";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a line as a shell would, with the program on the path and the samples beside it.
fn run(line: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_ruaudit")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:{path}", program.display()))
        .env("SOURCE_DATE_EPOCH", NOW)
        .output()
        .unwrap();
    assert!(output.status.success(), "`{line}`: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// How long an ingest took is different each time.
fn without_time(text: &str) -> String {
    let Some((before, rest)) = text.split_once(" files in ") else { return text.to_owned() };
    let after = rest.find(':').map_or("", |at| &rest[at..]);
    format!("{before} files in 0.08 s{after}")
}

/// As many lines as are to be shown; all of them if that is not said.
fn first_lines(text: &str, shown: &str) -> String {
    let Ok(count) = shown.parse() else { return text.to_owned() };
    let lines: String = text.split_inclusive('\n').take(count).collect();
    format!("{lines}...\n")
}

/// The README with every block's output replaced by what the command prints now.
fn with_real_output(readme: &str, folder: &Path) -> (String, usize) {
    let (mut text, mut blocks) = (String::new(), 0);
    let mut lines = readme.split_inclusive('\n');
    while let Some(line) = lines.next() {
        text.push_str(line);
        let Some(shown) = line.strip_prefix("```console").map(str::trim) else { continue };
        let command = lines.next().unwrap();
        text.push_str(command);
        let command = command.strip_prefix("$ ").expect("a console block begins with `$ `");
        text.push_str(&first_lines(&without_time(&run(command.trim_end(), folder)), shown));
        blocks += 1;
        let end = lines.find(|line| line.trim_end() == "```").expect("the block ends");
        text.push_str(end);
    }
    (text, blocks)
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().join("sample-reports");
    copy(&root().join("sample-reports"), &samples);
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (real, blocks) = with_real_output(&readme, folder.path());
    assert!(blocks >= 5, "only {blocks} examples found");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(root().join("README.md"), &real).unwrap();
        return;
    }
    let difference = readme.lines().zip(real.lines()).find(|(shown, real)| shown != real);
    assert_eq!(None, difference, "the first line that differs (README, program)");
    assert_eq!(readme.lines().count(), real.lines().count());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
            // a file that was just written and cannot be read is looked at again, last of all
            let file = fs::File::options().write(true).open(&target).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
    }
}
