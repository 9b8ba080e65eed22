//! What stops a run: exit code 2, one message that says what is wrong and what would be right, and
//! nothing half done. Rejections stop nothing: exit code 0, or 1 with `--strict`.

use std::fs;
use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::stage::{DOMAINS, dump, failure, ingest, own, plain, ruaudit, samples, shared};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// An error is one line that says what is wrong and then what would be right.
fn says(error: &str, wrong: &str, right: &str) {
    assert_eq!(1, error.lines().count(), "{error}");
    assert!(error.contains(wrong), "`{wrong}` in {error}");
    let (_, remedy) = error.split_once("; ").unwrap();
    assert!(remedy.contains(right), "`{right}` in {error}");
}

#[test]
fn strict_turns_a_rejection_into_exit_code_one_and_changes_nothing_else() {
    let folder = folder();
    let broken = samples().join("broken");
    for (command, more) in [("ingest", None), ("audit", Some("--quiet"))] {
        let run = |strict: Option<&str>| {
            let mut command = ruaudit(folder.path(), [command]);
            command.arg(&broken).args(strict).args(more);
            command
        };
        run(None).assert().code(0).stderr("");
        run(Some("--strict")).assert().code(1).stderr("");
    }
    let fine = samples().join("parked");
    ruaudit(folder.path(), ["ingest", "--strict"]).arg(fine).assert().code(0);
    let skipped = samples().join("broken/letter.txt");
    ruaudit(folder.path(), ["ingest", "--strict"]).arg(skipped).assert().code(0);
}

#[test]
fn a_path_that_is_not_there_stops_the_run_before_a_store_is_made() {
    let folder = folder();
    for command in ["ingest", "audit"] {
        let error = failure(ruaudit(folder.path(), [command]).arg(samples()).arg("no-such-folder"));
        says(&error, "`no-such-folder`", "name a file or a folder of reports");
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_domain_that_the_store_does_not_know_is_answered_with_those_it_does() {
    let stage = shared();
    for command in ["summary", "sources", "advise", "export"] {
        let error = failure(&mut ruaudit(stage.path(), [command, "acne.example"]));
        says(&error, "`acne.example`", "did you mean acme.example");
        let error = failure(&mut ruaudit(stage.path(), [command, "zzzzzzzzzzzz.net"]));
        says(&error, "no such domain", &DOMAINS.join(", "));
    }
    let error = failure(&mut ruaudit(stage.path(), ["advise", "acme.example", "acne.example"]));
    says(&error, "`acne.example`", "acme.example");
    for name in ["ACME.example", "acme.example."] {
        ruaudit(stage.path(), ["advise", name]).assert().success();
    }
}

#[test]
fn a_folder_or_a_domain_without_a_command_is_answered_with_the_command() {
    let folder = folder();
    let error = failure(&mut ruaudit(folder.path(), ["."]));
    assert!(error.contains("did you mean: ruaudit audit ."), "{error}");
    let error = failure(&mut ruaudit(folder.path(), ["acme.example", "advise"]));
    assert!(error.contains("did you mean: ruaudit advise acme.example"), "{error}");
}

#[test]
fn a_record_that_is_none_is_refused() {
    let stage = shared();
    let error =
        failure(&mut ruaudit(stage.path(), ["advise", "acme.example", "--record", "hello"]));
    says(&error, "--record 'hello'", "v=DMARC1; p=none");
}

#[test]
fn a_folder_without_reports_is_said_to_have_none() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let output = ruaudit(folder.path(), ["audit", "empty"]).assert().success();
    let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(said.contains("no report was found") && said.contains(".zip"), "{said}");
}

#[test]
fn a_store_that_is_not_there_is_not_made_by_asking() {
    let folder = folder();
    for line in ["summary", "sources acme.example", "advise", "rejected", "export"] {
        let error = failure(&mut ruaudit(folder.path(), line.split(' ')));
        says(&error, "no store at `ruaudit.db`", "ruaudit ingest");
    }
    assert!(names(folder.path()).is_empty());
    std::fs::write(folder.path().join("ruaudit.db"), "").unwrap();
    says(&failure(&mut ruaudit(folder.path(), ["summary"])), "is empty", "ruaudit ingest");
    assert_eq!(0, std::fs::metadata(folder.path().join("ruaudit.db")).unwrap().len());
}

/// A file that is no store of ours is refused by every command, and not a byte of it changes.
fn is_left_alone(db: &Path, wrong: &str, right: &str) {
    let folder = db.parent().unwrap();
    let (before, beside) = (fs::read(db).unwrap(), names(folder));
    let samples = samples().join("parked").display().to_string();
    for line in ["summary", "rejected", "export", "ingest", "audit"] {
        let mut command = ruaudit(folder, [line]);
        if ["ingest", "audit"].contains(&line) {
            command.arg(&samples);
        }
        says(&failure(command.arg("--db").arg(db)), wrong, right);
    }
    assert!(before == fs::read(db).unwrap(), "{wrong}: the file is changed");
    assert_eq!(beside, names(folder), "{wrong}: something is left beside it");
}

#[test]
fn a_text_is_refused_and_left_alone() {
    let folder = folder();
    let db = folder.path().join("letter.db");
    fs::write(&db, "Dear postmaster,\n".repeat(1_000)).unwrap();
    is_left_alone(&db, "the file is not a database", "name another file");
    fs::write(&db, "short").unwrap();
    is_left_alone(&db, "the file is not a database", "name another file");
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = folder();
    let db = folder.path().join("theirs.db");
    let theirs = Connection::open(&db).unwrap();
    theirs.execute_batch("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)").unwrap();
    drop(theirs);
    is_left_alone(&db, "a database of another program", "name another file");
}

#[test]
fn a_store_of_a_newer_program_is_refused_and_left_alone() {
    let folder = folder();
    ingest(folder.path(), [samples().join("parked")]);
    let db = folder.path().join("ruaudit.db");
    let newer = Connection::open(&db).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    newer.pragma_update(None, "journal_mode", "DELETE").unwrap();
    drop(newer);
    is_left_alone(&db, "version 99", "use the newer ruaudit");
}

#[test]
fn a_store_that_another_process_writes_to_can_be_read_and_is_waited_for() {
    let stage = own();
    let other = Connection::open(stage.path().join("ruaudit.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for command in ["summary", "advise", "rejected"] {
        stage.json(command);
    }
    let again = samples().join("parked");
    let error = failure(ruaudit(stage.path(), ["ingest"]).arg(&again));
    says(&error, "another process is writing to it", "run the same command again");
    other.execute_batch("ROLLBACK").unwrap();
    ruaudit(stage.path(), ["ingest"]).arg(again).assert().success();
}

#[test]
fn a_place_where_no_store_can_be_is_named() {
    let folder = folder();
    fs::create_dir(folder.path().join("folder")).unwrap();
    for (db, wrong, right) in [
        ("/dev/null/x.db", "/dev/null/x.db", "the folder must exist and be writable"),
        ("missing/x.db", "missing/x.db", "the folder must exist and be writable"),
        ("folder", "it is a folder", "name a file"),
    ] {
        let mut command = ruaudit(folder.path(), ["ingest", "--db", db]);
        says(&failure(command.arg(samples().join("parked"))), wrong, right);
    }
    let error = failure(&mut ruaudit(folder.path(), ["summary", "--db", "folder"]));
    says(&error, "it is a folder", "name a file");
    assert_eq!(vec!["folder".to_owned()], names(folder.path()));
}

#[test]
fn a_full_disk_is_an_error_wherever_the_answer_goes() {
    let stage = shared();
    for line in ["export", "export --format ndjson", "export --what domains"] {
        let line = format!("{line} -o /dev/full");
        let error = failure(&mut ruaudit(stage.path(), line.split(' ')));
        says(&error, "No space left", "Free some space");
    }
    for line in
        ["export", "summary", "summary --format csv", "advise --format json", "--help", "man"]
    {
        let mut command = plain(stage.path());
        command.args(line.split(' ')).stdout(File::create("/dev/full").unwrap());
        let output = command.output().unwrap();
        assert_eq!(Some(2), output.status.code(), "{line}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("No space left"), "{line}: {error}");
    }
}

/// A disk that small cannot be had in a test, but files that may not grow further can.
#[test]
fn a_store_on_a_full_disk_keeps_what_it_had() {
    let folder = folder();
    ingest(folder.path(), [samples().join("parked")]);
    let before = dump(&folder.path().join("ruaudit.db"));
    let limit = "ulimit -f 400; trap '' XFSZ; exec \"$0\" \"$@\"";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", limit, env!("CARGO_BIN_EXE_ruaudit"), "ingest"]).arg(samples());
    command.current_dir(folder.path()).env("SOURCE_DATE_EPOCH", crate::stage::NOW);
    let error = failure(&mut assert_cmd::Command::from_std(command));
    says(&error, "cannot write to the store `ruaudit.db`", "");
    assert_eq!(before, dump(&folder.path().join("ruaudit.db")));
    ingest(folder.path(), [samples()]);
    let found = crate::stage::json(folder.path(), "summary --window all");
    assert_eq!(shared().json("summary --window all"), found);
}

#[test]
fn an_export_does_not_write_over_the_store_or_what_belongs_to_it() {
    let stage = own();
    let db = stage.path().join("ruaudit.db");
    let before = dump(&db);
    for name in ["ruaudit.db", "./ruaudit.db", "ruaudit.db-wal", "ruaudit.db-shm"] {
        let error = failure(&mut ruaudit(stage.path(), ["export", "-o", name]));
        says(&error, "this is the store", "name another file");
    }
    assert_eq!(before, dump(&db));
}

#[test]
fn an_export_that_cannot_be_written_leaves_nothing_behind() {
    let (stage, folder) = (shared(), folder());
    for (name, wrong) in
        [("missing/a.csv", "missing/a.csv"), ("/dev/null/a.csv", "/dev/null/a.csv")]
    {
        let path = folder.path().join(name);
        let error = failure(ruaudit(stage.path(), ["export", "-o"]).arg(path));
        says(&error, wrong, "name a file in a folder that is there");
        assert!(!error.contains(".ruaudit-"), "a name that nobody gave: {error}");
    }
    let error = failure(ruaudit(stage.path(), ["export", "-o"]).arg(folder.path()));
    says(&error, "s a directory", "name a file");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_format_that_a_command_has_not_is_answered_with_those_it_has() {
    let stage = shared();
    for (line, right) in [
        ("advise --format csv", "--format table or --format json"),
        ("summary --format ndjson", "--format table or --format json or --format csv"),
        ("export --format json", "--format csv or --format ndjson"),
    ] {
        says(&failure(&mut ruaudit(stage.path(), line.split(' '))), "no such format", right);
    }
}
