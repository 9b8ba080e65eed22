//! `run` on three successive mornings, and what may go wrong in one.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{dump, plain, ruaudit};

mod silence;

/// Midnight of 2026-11-20, UTC.
const FRIDAY: i64 = 1_795_132_800;

/// When the job runs: three o'clock.
const HOUR: i64 = 3 * 3_600;

const DAY: i64 = 86_400;

/// What one address sent on one day, and how it authenticated.
#[derive(Clone, Copy)]
enum Mail {
    /// Both aligned.
    Own,
    /// The same address, and nothing aligns.
    Broken,
    /// Signs and bounces as a service only.
    Service,
}

impl Mail {
    fn row(self, count: u32) -> String {
        let (ip, word, domain) = match self {
            Self::Own => ("192.0.2.10", "pass", "acme.example"),
            Self::Broken => ("192.0.2.10", "fail", "acme.example"),
            Self::Service => ("198.51.100.7", "fail", "mcsv.net"),
        };
        let raw = if matches!(self, Self::Broken) { "fail" } else { "pass" };
        format!(
            "<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>\
             <disposition>none</disposition><dkim>{word}</dkim><spf>{word}</spf>\
             </policy_evaluated></row><identifiers><header_from>acme.example</header_from>\
             </identifiers><auth_results><dkim><domain>{domain}</domain><selector>s</selector>\
             <result>{raw}</result></dkim><spf><domain>{domain}</domain><result>{raw}</result>\
             </spf></auth_results></record>"
        )
    }
}

/// A report of a day, so many days before that Friday.
fn report(org: &str, domain: &str, ago: i64, rows: &str) -> String {
    let begin = FRIDAY - ago * DAY;
    let end = begin + DAY - 1;
    format!(
        "<feedback><report_metadata><org_name>{org}</org_name><email>d@{org}</email>\
         <report_id>{org}-{begin}</report_id><date_range><begin>{begin}</begin><end>{end}</end>\
         </date_range></report_metadata><policy_published><domain>{domain}</domain><p>none</p>\
         </policy_published>{rows}</feedback>"
    )
}

/// A folder with a configuration and a month of clean reports up to Thursday.
fn month() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ruaudit.toml"), "paths = ['in']\n").unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    for ago in 1..=40 {
        for org in ["google.example", "yahoo.example"] {
            arrive(folder.path(), org, ago, Mail::Own);
        }
    }
    folder
}

fn arrive(folder: &Path, org: &str, ago: i64, mail: Mail) {
    let text = report(
        org,
        "acme.example",
        ago,
        &mail.row(if matches!(mail, Mail::Broken) { 300 } else { 100 }),
    );
    drop_in(folder, &format!("{org}-{ago}.xml"), &text);
}

/// Puts a file there that nobody has written to for long.
fn drop_in(folder: &Path, name: &str, text: &str) {
    let path = folder.join("in").join(name);
    fs::write(&path, text).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
}

/// The job, so many days after that Friday.
fn morning(folder: &Path, day: i64, line: &str) -> Command {
    let mut command = ruaudit(folder, line.split_whitespace());
    command.env("SOURCE_DATE_EPOCH", (FRIDAY + day * DAY + HOUR).to_string());
    command
}

/// What it prints; it must end so, and remark nothing.
fn says(folder: &Path, day: i64, line: &str, code: i32) -> String {
    let output = morning(folder, day, line).assert().code(code).stderr("").get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    let long = text.lines().find(|line| line.chars().count() > 80);
    assert_eq!(None, long.filter(|_| !line.contains("json")));
    text
}

#[test]
fn three_mornings() {
    let folder = month();
    let path = folder.path();
    assert_eq!(
        "First run: 1 domain of 1 needs you. The next one tells what has changed.\n\
         80 new reports in 80 files and mails\n\
         \n\
         DOMAIN        POLICY  MESSAGES  VERDICT\n\
         acme.example  none       6,200  READY: move p=none to p=quarantine\n\
         What to do with each: ruaudit advise DOMAIN\n",
        says(path, 0, "run", 0)
    );
    assert_eq!(
        "Nothing has changed since 2026-11-20 03:00 UTC: 0 new reports.\n",
        says(path, 0, "run --check", 0)
    );
    arrive(path, "google.example", 0, Mail::Broken);
    arrive(path, "yahoo.example", 0, Mail::Own);
    drop_in(path, "broken.xml", "<feedback><report_metadata>");
    drop_in(path, "new.xml", &report("google.example", "new.example", 0, ""));
    let second = says(path, 1, "run --check", 3);
    let (answer, rest) = second.split_once("\n\n").unwrap();
    assert_eq!(
        "1 domain needs you.\n\
         Since 2026-11-20 03:00 UTC: 3 new reports in 84 files and mails",
        answer
    );
    assert!(
        rest.starts_with(
            "acme.example  FIX (was READY): one own sender fails alignment: mend 192.0.2.0/24\n  \
             192.0.2.0/24 is yours and fails since 2026-11-20: 300 of 6,400 messages\n    -> "
        ),
        "{second}"
    );
    assert!(
        rest.ends_with(
            "\n\nNew domains: new.example\n\
             \n\
             1 input could not be read (1 truncated): ruaudit rejected\n  \
             in/broken.xml\n"
        ),
        "{second}"
    );
    third(path);
}

/// A service appears, and what was broken goes on being broken.
fn third(path: &Path) {
    for (org, mail) in [("google.example", Mail::Service), ("yahoo.example", Mail::Broken)] {
        arrive(path, org, -1, mail);
    }
    let found: Value =
        serde_json::from_str(&says(path, 2, "run --check --format json", 3)).unwrap();
    let document =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/nightly.md"));
    let document = document.unwrap();
    let told = found.as_object().unwrap().keys();
    let missing = told.clone().find(|key| !document.contains(&format!("`{key}`")));
    assert_eq!((None, 20), (missing, told.count()), "each key stands in docs/nightly.md");
    assert_eq!(json!("2026-11-21T03:00:00Z"), found["since"]);
    assert_eq!(
        (json!(true), json!(2)),
        (found["needs_person"].clone(), found["read"]["reports"].clone())
    );
    let changes = found["domains"].as_array().unwrap();
    assert_eq!((1, json!(1)), (changes.len(), found["need_person"].clone()));
    let change = &changes[0];
    assert_eq!(
        (&json!("acme.example"), &json!("fix"), &json!("fix"), &json!(false)),
        (&change["domain"], &change["verdict"], &change["was"], &change["is_new"])
    );
    let sources = change["sources"].as_array().unwrap();
    assert_eq!(1, sources.len(), "of what failed before nothing is said: {change}");
    assert_eq!(
        (&json!("Mailchimp"), &json!("asks"), &json!(100), &json!(true)),
        (
            &sources[0]["source"],
            &sources[0]["event"],
            &sources[0]["failing"],
            &sources[0]["in_the_way"]
        )
    );
    assert_eq!(json!([]), found["rejected"], "the broken file was told of yesterday");
}

#[test]
fn quiet_is_silent_until_somebody_is_needed() {
    let folder = month();
    let path = folder.path();
    assert_ne!("", says(path, 0, "run --quiet", 0), "what the first run finds is news");
    drop_in(path, "broken.xml", "<feedback><report_metadata>");
    drop_in(path, "new.xml", &report("google.example", "new.example", 1, ""));
    assert_eq!("", says(path, 0, "run --quiet --check", 0));
    assert_eq!("", says(path, 0, "run -q --format json", 0));
    arrive(path, "google.example", 0, Mail::Broken);
    let said = says(path, 1, "run --quiet --check", 3);
    assert!(said.starts_with("1 domain needs you.\n"), "{said}");
    assert_eq!("", says(path, 1, "run --quiet --check", 0));
}

#[test]
fn what_is_mended_is_told_and_needs_nobody() {
    let folder = month();
    let path = folder.path();
    arrive(path, "google.example", 0, Mail::Broken);
    says(path, 1, "run", 0);
    for org in ["google.example", "yahoo.example"] {
        for ago in -40..0 {
            arrive(path, org, ago, Mail::Own);
        }
    }
    let said = says(path, 41, "run --check", 3);
    assert!(said.contains("acme.example  READY (was FIX): move p=none"), "{said}");
    assert!(said.contains("  192.0.2.0/24 is mended: 6,200 messages, none fails\n"), "{said}");
}

#[test]
fn a_rehearsal_counts_and_changes_nothing() {
    let folder = month();
    let path = folder.path();
    let said = says(path, 0, "run --dry-run", 0);
    assert!(said.starts_with("in: 80 files and mails, "), "{said}");
    assert_eq!(
        vec!["in", "ruaudit.toml"],
        {
            let mut names: Vec<_> = fs::read_dir(path)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        },
        "neither store nor lock"
    );
    says(path, 0, "run", 0);
    let before = dump(&path.join("ruaudit.db"));
    arrive(path, "google.example", 0, Mail::Broken);
    let found: Value =
        serde_json::from_str(&says(path, 1, "run --dry-run --format json", 0)).unwrap();
    assert_eq!(json!(81), found["paths"][0]["inputs"]);
    assert_eq!(before, dump(&path.join("ruaudit.db")));
    assert!(says(path, 1, "run --check", 3).starts_with("1 domain needs you"), "not yet told");
}

#[test]
fn what_could_not_be_written_is_told_again() {
    let folder = month();
    let path = folder.path();
    says(path, 0, "run", 0);
    arrive(path, "google.example", 0, Mail::Broken);
    let full = fs::File::options().write(true).open("/dev/full");
    let Ok(full) = full else { return }; // not every system has it
    let mut cut = plain(path);
    cut.args(["run"]).env("SOURCE_DATE_EPOCH", (FRIDAY + DAY + HOUR).to_string());
    let output = cut.stdout(full).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    assert_eq!(Some(2), output.status.code(), "{output:?}");
    let said = says(path, 1, "run --check", 3);
    assert!(said.contains("FIX (was READY)"), "{said}");
}

#[test]
fn a_path_that_is_gone_costs_the_others_nothing_and_needs_a_person() {
    let folder = month();
    let path = folder.path();
    fs::write(path.join("ruaudit.toml"), "paths = ['gone', 'in']\n").unwrap();
    let said = says(path, 0, "run --check", 2);
    assert!(said.contains("1 account or path could not be read"), "{said}");
    assert!(
        said.contains("80 new reports") && said.contains("\ngone failed: cannot read"),
        "{said}"
    );
    assert_ne!("", says(path, 0, "run --quiet", 2), "as long as it is gone");
    let said = says(path, 0, "run --dry-run", 2);
    assert!(said.contains("in: 80 files and mails") && said.contains("gone failed"), "{said}");
}

#[test]
fn without_anything_to_read_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["run", "run --quiet", "run --dry-run"] {
        let output = morning(folder.path(), 0, line).assert().code(2).get_output().clone();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with("error: there is nothing to run: "), "{text}");
        assert!(text.contains("`paths`") && text.contains("--config"), "{text}");
    }
    assert_eq!(0, fs::read_dir(folder.path()).unwrap().count());
}

#[test]
fn a_second_run_is_told_who_is_at_work() {
    let folder = month();
    let path = folder.path();
    let lock = fs::File::create(path.join("ruaudit.db.lock")).unwrap();
    lock.lock().unwrap();
    fs::write(path.join("ruaudit.db.lock"), "process 4711, since 2026-11-20T03:00:00Z\n").unwrap();
    for line in ["run", "run --quiet --check"] {
        morning(path, 0, line).assert().code(4).stdout("").stderr(
            "note: another run is at work on `ruaudit.db`: process 4711, since \
             2026-11-20T03:00:00Z; let it end\n",
        );
    }
    assert!(!path.join("ruaudit.db").exists());
    says(path, 0, "run --dry-run", 0);
    drop(lock);
    says(path, 0, "run", 0);
    assert!(path.join("ruaudit.db.lock").exists());
}

#[test]
fn the_lock_of_a_process_that_was_killed_is_free() {
    let folder = month();
    let path = folder.path();
    // a pipe in the folder that is named holds the run at work: nobody writes to it
    let status = std::process::Command::new("mkfifo").arg(path.join("pipe")).status();
    if !status.is_ok_and(|status| status.success()) {
        return; // not every system has it
    }
    fs::write(path.join("ruaudit.toml"), "paths = ['pipe']\n").unwrap();
    let mut child = plain(path).arg("run").spawn().unwrap();
    let lock = path.join("ruaudit.db.lock");
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while fs::read_to_string(&lock).unwrap_or_default().is_empty() {
        assert!(std::time::Instant::now() < patience, "no lock was taken");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let held = morning(path, 0, "run").assert().code(4).get_output().clone();
    let text = String::from_utf8(held.stderr).unwrap();
    assert!(text.contains(&format!("process {}, since", child.id())), "{text}");
    child.kill().unwrap();
    child.wait().unwrap();
    fs::write(path.join("ruaudit.toml"), "paths = ['in']\n").unwrap();
    says(path, 0, "run", 0);
}

#[test]
fn the_lock_and_the_store_in_the_folder_that_is_read_are_left_alone() {
    let folder = month();
    let path = folder.path();
    fs::write(path.join("ruaudit.toml"), "db = 'in/x.db'\npaths = ['in']\n").unwrap();
    let found: Value = serde_json::from_str(&says(path, 0, "run --format json", 0)).unwrap();
    assert_eq!(
        (json!(80), json!(0)),
        (found["read"]["inputs"].clone(), found["read"]["skipped"].clone())
    );
}

#[test]
fn a_store_in_a_folder_that_is_not_there_is_an_error_like_any_other() {
    let folder = month();
    let output =
        morning(folder.path(), 0, "run --db no/such.db").assert().code(2).get_output().clone();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: cannot open the store `no/such.db`: "), "{text}");
}

#[test]
fn a_new_domain_that_one_stranger_writes_of_calls_nobody_until_more_is_known() {
    let folder = month();
    let path = folder.path();
    says(path, 0, "run", 0);
    let forged = |org: &str, ago| {
        let text =
            report(org, "acme.test", ago, &Mail::Broken.row(300).replace(".example", ".test"));
        drop_in(path, &format!("forged-{org}-{ago}.xml"), &text);
    };
    forged("stranger.example", 0);
    forged("stranger.example", -1);
    assert_eq!("", says(path, 2, "run --quiet --check", 0));
    let said = says(path, 2, "run --verbose", 0);
    assert!(said.starts_with("Nothing has changed"), "it was noted: {said}");
    forged("google.example", -1);
    let said = says(path, 2, "run --quiet --check", 3);
    assert!(said.contains("\nacme.test  "), "{said}");
    assert_eq!("", says(path, 2, "run --quiet --check", 0));
}
