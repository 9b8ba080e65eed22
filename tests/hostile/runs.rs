//! Whole runs: floods, forgeries, two at once, a kill, a full disk (H39 to H42, H56), and a folder in
//! which one file in ten is hostile.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json as object};
use tempfile::TempDir;

use crate::heavy::tiny_reports;
use crate::inputs::LIGHT;
use crate::program::{counts, ingest, json, old, plain};
use crate::report::{head, named, record, set, with_records};
use crate::values;

/// A folder with an empty folder `mail` in it.
fn stage() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    (folder, mail)
}

#[test]
fn h39_a_later_report_of_one_id_never_replaces_the_first() {
    let (folder, mail) = stage();
    old(&mail.join("a.xml"), named("twice"));
    ingest(folder.path(), ["mail"]);
    let totals = || {
        let mut found = json(folder.path(), "summary --window all")["domains"][0].take();
        found["conflicts"] = Value::Null;
        found
    };
    let before = totals();
    old(&mail.join("b.xml"), with_records("twice", &set(&record(), "count", "99")));
    old(&mail.join("c.xml"), with_records("twice", &set(&record(), "count", "98")));
    let found = ingest(folder.path(), ["mail"]);
    assert_eq!([0, 1, 2], counts(&found, ["reports", "duplicates", "conflicts"]));
    assert_eq!(before, totals());
    assert_eq!(
        [0, 3, 0],
        counts(&ingest(folder.path(), ["mail"]), ["reports", "duplicates", "conflicts"])
    );
}

#[test]
fn h41_reports_about_other_domains_are_kept_out_of_totals() {
    let (folder, mail) = stage();
    fs::write(folder.path().join("ruaudit.toml"), "domains = [\"acme.example\"]\n").unwrap();
    old(&mail.join("foreign.xml"), values::foreign());
    old(&mail.join("own.xml"), named("own"));
    let below = set(&named("below"), "domain", "news.acme.example")
        .replace("<header_from>", "<header_from>news.");
    old(&mail.join("below.xml"), below);
    let found = ingest(folder.path(), ["mail"]);
    assert_eq!([2, 1, 0], counts(&found, ["reports", "foreign", "rejected"]), "{found}");
    let summary = json(folder.path(), "summary --window all");
    let domains = summary["domains"].as_array().unwrap().iter();
    let domains: Vec<_> = domains.map(|domain| domain["domain"].as_str().unwrap()).collect();
    assert!(!domains.contains(&"bank.example"), "{domains:?}");
}

#[test]
fn h42_a_flood_of_tiny_reports_is_stored_to_the_last() {
    let (folder, mail) = stage();
    for n in 0..20 {
        old(&mail.join(format!("{n:02}.zip")), tiny_reports(n, 1_000));
    }
    let found = ingest(folder.path(), ["mail"]);
    assert_eq!(
        [20, 20_000, 20_000, 0],
        counts(&found, ["inputs", "reports", "messages", "rejected"])
    );
    let connection = Connection::open(folder.path().join("ruaudit.db")).unwrap();
    let domains: i64 =
        connection.query_row("SELECT count(*) FROM domain", [], |row| row.get(0)).unwrap();
    assert!(domains >= 20_000, "{domains}");
}

/// Writes so many reports, each of some rows.
fn many(mail: &Path, count: usize) {
    for n in 0..count {
        let rows = record().repeat(1 + n % 7);
        old(&mail.join(format!("{n:05}.xml")), with_records(&format!("many-{n}"), &rows));
    }
}

/// How many reports and rows a store has; none as long as it cannot be read.
fn stored(folder: &Path) -> Option<(i64, i64)> {
    let path = folder.join("ruaudit.db");
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    let count = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0)).ok();
    Some((count("SELECT count(*) FROM report")?, count("SELECT count(*) FROM record")?))
}

fn is_intact(folder: &Path) {
    let connection = Connection::open(folder.join("ruaudit.db")).unwrap();
    let check: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!("ok", check);
}

/// What a calm run stores of so many reports.
fn calm(count: usize) -> (i64, i64) {
    let (folder, mail) = stage();
    many(&mail, count);
    ingest(folder.path(), ["mail"]);
    stored(folder.path()).unwrap()
}

#[test]
fn h56_two_runs_at_once_store_every_report_once() {
    let (folder, mail) = stage();
    many(&mail, 1_200);
    let start = || {
        let mut command = plain(folder.path());
        command.args(["ingest", "--quiet", "--format", "json", "mail"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let found = [start(), start()].map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    });
    let sum = |key: &str| found.iter().map(|one| one[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!([1_200, 1_200, 0, 0], ["reports", "duplicates", "conflicts", "rejected"].map(sum));
    assert_eq!(Some(calm(1_200)), stored(folder.path()));
    is_intact(folder.path());
}

/// Starts a run, and kills it when it has stored something. Whether reports are missing then.
fn is_killed_midway(folder: &Path, all: i64) -> bool {
    let reports = || stored(folder).map_or(0, |(reports, _)| reports);
    let before = reports();
    let mut command = plain(folder);
    let mut run =
        command.args(["ingest", "--quiet", "mail"]).stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while reports() == before && run.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing is ever stored");
        std::thread::sleep(Duration::from_millis(1));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    (1..all).contains(&reports())
}

#[test]
fn h56_a_run_that_is_killed_anywhere_is_completed_by_the_next() {
    let (folder, mail) = stage();
    many(&mail, 1_500);
    let partial = (0..4).filter(|_| is_killed_midway(folder.path(), 1_500)).count();
    assert!(partial > 0, "no run was killed before it was done");
    let rest = ingest(folder.path(), ["mail"]);
    assert_eq!(
        [1_500, 0, 0],
        [
            counts(&rest, ["reports", "duplicates"]).iter().sum(),
            rest["conflicts"].as_u64().unwrap(),
            rest["rejected"].as_u64().unwrap()
        ]
    );
    assert_eq!(Some(calm(1_500)), stored(folder.path()));
    is_intact(folder.path());
}

/// The program in a shell that lets no file grow beyond so many blocks, as on a full disk.
#[cfg(unix)]
fn with_little_room(folder: &Path, blocks: u32) -> std::process::Output {
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" ingest --quiet mail");
    let mut command = std::process::Command::new("sh");
    command.current_dir(folder).args(["-c", &line, env!("CARGO_BIN_EXE_ruaudit")]);
    command.env("SOURCE_DATE_EPOCH", crate::report::NOW.to_string()).output().unwrap()
}

#[cfg(unix)]
#[test]
fn h56_a_full_disk_is_an_error_and_the_next_run_completes_the_store() {
    let (folder, mail) = stage();
    many(&mail, 3_000);
    let output = with_little_room(folder.path(), 400);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(Some(2), output.status.code(), "{error}");
    assert!(error.starts_with("error: ") && !error.contains("panicked"), "{error}");
    if let Some((reports, _)) = stored(folder.path()) {
        assert!(reports < 3_000, "there was room after all");
    }
    let rest = ingest(folder.path(), ["mail"]);
    assert_eq!(3_000, counts(&rest, ["reports", "duplicates"]).iter().sum::<u64>());
    assert_eq!(Some(calm(3_000)), stored(folder.path()));
    is_intact(folder.path());
}

const DOMAINS: [&str; 3] = ["one.example", "two.example", "three.example"];

/// Nine good reports for each hostile file.
const GOOD: usize = 9 * LIGHT.len();

/// A good report about one of three domains.
fn good_report(n: usize) -> String {
    let domain = DOMAINS[n % DOMAINS.len()];
    let records = (0..=n % 5).map(|row| {
        let record = record().replace("acme.example", domain);
        let record = set(&record, "count", &(n + row + 1).to_string());
        let address = format!("192.0.2.{}", n % 200 + row);
        if row == 3 {
            set(&set(&record, "dkim", "fail"), "spf", "fail")
        } else {
            set(&record, "source_ip", &address)
        }
    });
    format!("{}{}</feedback>", head(&format!("good-{n}"), domain), records.collect::<String>())
}

/// The totals of the three domains.
fn totals(folder: &Path) -> Vec<Value> {
    let found = json(folder, "summary --window all");
    let domains = found["domains"].as_array().unwrap().iter();
    let ours = domains.filter(|domain| DOMAINS.iter().any(|ours| domain["domain"] == *ours));
    ours.cloned().collect()
}

#[test]
fn a_folder_in_which_one_file_in_ten_is_hostile_gives_the_same_totals_as_without_them() {
    let [(good, good_mail), (mixed, mixed_mail), (hostile, hostile_mail)] =
        [stage(), stage(), stage()];
    for n in 0..GOOD {
        old(&good_mail.join(format!("{n:03}.xml")), good_report(n));
        old(&mixed_mail.join(format!("{n:03}.xml")), good_report(n));
    }
    for (n, (name, make)) in LIGHT.iter().enumerate() {
        let (name, bytes) = (format!("{:03}-{name}", 9 * n), make());
        old(&mixed_mail.join(&name), &bytes);
        old(&hostile_mail.join(&name), &bytes);
    }
    let found = [&good, &mixed, &hostile].map(|folder| ingest(folder.path(), ["mail"]));
    assert_eq!(object!(GOOD), found[0]["reports"]);
    assert_eq!(3, totals(good.path()).len());
    assert_eq!(totals(good.path()), totals(mixed.path()));
    for key in [
        "inputs",
        "reports",
        "duplicates",
        "conflicts",
        "rejected",
        "skipped",
        "deferred",
        "records",
        "messages",
    ] {
        let [alone, mixed, hostile] = [0, 1, 2].map(|at| found[at][key].as_u64().unwrap());
        assert_eq!(alone + hostile, mixed, "{key}");
    }
    assert_eq!(object!(0), found[0]["rejected"]);
    assert_eq!(Vec::<Value>::new(), totals(hostile.path()));
}
