//! `ruaudit check` from outside: where a record comes from, exit codes, and what a person reads.

use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

const GOOD: &str = "v=DMARC1; p=none; rua=mailto:a@acme.example";

fn check(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruaudit"));
    command.current_dir(folder).env_clear().arg("check");
    command
}

#[test]
fn the_exit_code_tells_errors_and_with_strict_warnings() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path()).arg(GOOD).assert().code(0).stderr("");
    check(folder.path()).arg("v=DMARC1; p=none").assert().code(0).stdout(contains("1 warning"));
    check(folder.path()).args(["v=DMARC1; p=none", "--strict"]).assert().code(1);
    check(folder.path()).arg("v=DMARC1; p=rejct").assert().code(1).stdout(contains("-> p=reject"));
    let hint = format!("\"{GOOD}\"");
    check(folder.path()).args([&hint, "--strict"]).assert().code(0).stdout(contains("1 hint"));
    check(folder.path()).args(["--file", "none.txt"]).assert().code(2).stderr(contains("none.txt"));
    check(folder.path()).assert().code(2);
}

#[test]
fn a_record_comes_from_arguments_a_file_or_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("record.txt"), format!("{GOOD}\n")).unwrap();
    let fine = contains("DMARC  nothing to mend");
    check(folder.path()).args(["--file", "record.txt"]).assert().code(0).stdout(fine.clone());
    check(folder.path()).arg("-").write_stdin(GOOD).assert().code(0).stdout(fine.clone());
    check(folder.path()).args(GOOD.split(' ')).assert().code(0).stdout(fine);
    let latin1 = b"v=DMARC1; p=\x93none\x94".as_slice();
    check(folder.path()).arg("-").write_stdin(latin1).assert().code(1);
    check(folder.path()).arg("-").write_stdin("a".repeat(70_000)).assert().code(2);
}

#[test]
fn a_record_that_the_shell_cut_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path()).arg("v=DMARC1").assert().code(1).stderr(contains("single quotes"));
    check(folder.path()).args(["v=DMARC1", "--quiet"]).assert().code(1).stderr("");
}

#[test]
fn a_zone_file_is_checked_whole() {
    let folder = tempfile::tempdir().unwrap();
    let zone = format!("$ORIGIN acme.example.\n@ 60 IN TXT \"x=1\"\n_dmarc IN TXT \"{GOOD}\"\n");
    std::fs::write(folder.path().join("good.zone"), &zone).unwrap();
    let line = contains("line 3: DMARC at _dmarc.acme.example  nothing to mend");
    check(folder.path()).args(["--zone", "good.zone"]).assert().code(0).stdout(line);
    let broken = zone.replace("p=none", "p=nonne");
    let json = contains("\"line\": 3").and(contains("\"errors\": 1"));
    let mut command = check(folder.path());
    command
        .args(["--zone", "-", "--format", "json"])
        .write_stdin(broken)
        .assert()
        .code(1)
        .stdout(json);
    let none = check(folder.path()).args(["--zone", "-"]).write_stdin("a A 192.0.2.1\n").assert();
    none.code(0).stderr(contains("no DMARC, SPF or DKIM record"));
}

#[test]
fn every_row_fits_the_page_but_for_what_is_to_be_copied() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = super::tables().into_iter().flat_map(|(_, table)| table.record);
    for row in rows.by_ref().step_by(7) {
        let output = check(folder.path()).arg("-").write_stdin(row.given.clone()).output().unwrap();
        let page = String::from_utf8(output.stdout).unwrap();
        for line in
            page.lines().filter(|line| !line.starts_with("  v=") && !line.starts_with("  k="))
        {
            assert!(line.chars().count() <= 80, "{}: {line}", row.what);
        }
        assert!(!page.contains('\u{200b}'), "{page}");
    }
}

#[test]
fn the_record_of_a_guide_gets_a_helpful_answer() {
    let folder = tempfile::tempdir().unwrap();
    let guide = "v=DMARC1; p=none; rua=mailto:dmarc-reports@yourdomain.com; \
                 ruf=mailto:dmarc-failures@yourdomain.com; sp=none; pct=100";
    let page = contains("yourdomain.com stands in guides for your own domain")
        .and(contains("pct is historic"))
        .and(contains("sp=none\n"));
    check(folder.path()).arg(guide).assert().code(0).stdout(page);
    let typos = "v=DMARC 1; p=none, rua=dmarc-reports@yourdomain.com; \
                 rfu=mailto:dmarc-failures@yourdomain.com; sp=noen; pct=100";
    let mended = guide.replace("; pct=100", "");
    let page = contains("5 errors").and(contains(format!("  {mended}\n")));
    check(folder.path()).arg(typos).assert().code(1).stdout(page);
}
