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
    let line = contains("\ngood.zone:3: DMARC at _dmarc.acme.example  nothing to mend\n");
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
fn several_zone_files_are_told_apart_and_one_that_is_missing_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.zone", "$ORIGIN a.example.\n@ SOA a b (\n 1\n_dmarc TXT \"v=DMARC1; p=nine\"\n");
    write("b.zone", "$ORIGIN b.example.\n@ TXT \"v=spf1 mx ~all\"\n");
    let page = contains("2 records in 2 files: 2 errors")
        .and(contains("\na.zone:2: entry  1 error\n"))
        .and(contains("\na.zone:4: DMARC at _dmarc.a.example  "))
        .and(contains("\nb.zone:2: SPF at b.example  nothing to mend\n"));
    let mut all = check(folder.path());
    all.args(["--zone", "a.zone", "b.zone", "--strict"]).assert().code(1).stdout(page);
    let mut fine = check(folder.path());
    fine.args(["--zone", "b.zone", "--zone", "-", "--format", "json"]).write_stdin("");
    fine.assert().code(0).stdout(contains("\"file\": \"b.zone\""));
    let mut missing = check(folder.path()).args(["--zone", "none", "b.zone"]).assert().code(2);
    missing = missing.stdout(contains("b.zone:2: SPF"));
    missing.stderr(contains("cannot check none"));
    let mut csv = check(folder.path());
    let row = contains("\r\na.zone,2,,,error,zone_unbalanced,")
        .and(contains("\r\nb.zone,2,SPF,b.example,,,"));
    csv.args(["--zone", "a.zone", "b.zone", "--format", "csv"]).assert().code(1).stdout(row);
    check(folder.path()).args(["--zone", "."]).assert().code(2).stderr(contains("--zone ./*"));
}

#[test]
fn what_is_neither_a_record_nor_a_domain_is_told_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("record.txt"), GOOD).unwrap();
    for (said, given) in [
        ("did you mean: ruaudit check x.example", "user@x.example"),
        ("did you mean: ruaudit check x.example", "https://x.example/"),
        ("did you mean: ruaudit check com.example", "com"),
        ("ruaudit resolve 2001:db8::1", "2001:db8::1"),
        ("--file record.txt", "record.txt"),
    ] {
        check(folder.path()).arg(given).assert().code(2).stdout("").stderr(contains(said));
    }
    let nobody = ["--nameserver", "127.0.0.1:9", "--timeout", "1", "--format", "json"];
    let several = contains("\"domains\"").and(contains("\"domain\": \"x.example\""));
    let mut domains = check(folder.path());
    domains.args(["_dmarc.x.example", "y.example"]).args(nobody).assert().code(2).stdout(several);
    let mut said = check(folder.path());
    let remark =
        contains("s1._domainkey.x.example is where a DKIM key stands: x.example is checked");
    said.arg("s1._domainkey.x.example").args(nobody).assert().code(2).stderr(remark);
    let csv = ["x.example", "--format", "csv"];
    check(folder.path()).args(csv).assert().code(2).stderr(contains("--format json"));
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

#[test]
fn options_that_would_be_passed_over_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.zone"), format!("_dmarc.a.example. TXT \"{GOOD}\""))
        .unwrap();
    for args in [
        vec![GOOD, "--selector", "s1"],
        vec![GOOD, "--nameserver", "192.0.2.53"],
        vec!["--zone", "a.zone", "--selector", "s1"],
    ] {
        check(folder.path())
            .args(&args)
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains("for domains"));
    }
    for kind in ["dmarc", "spf", "dkim"] {
        let refused = check(folder.path()).args(["acme.example", "--kind", kind]).assert();
        refused.code(2).stdout("").stderr(contains("leave --kind out"));
    }
    check(folder.path()).args(["mx", "--kind", "spf"]).assert().code(1);
}

#[test]
fn the_help_fits_a_page_of_eighty_columns() {
    let folder = tempfile::tempdir().unwrap();
    let help = check(folder.path()).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let after = help.split("Exit codes:").nth(1).unwrap();
    assert!(after.lines().all(|line| line.chars().count() < 80), "{after}");
    let words = "a hint or a warning; 1 errors, and with\n--strict warnings; 2 it could not";
    assert!(after.contains(words), "{after}");
}

#[test]
fn a_key_by_itself_is_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let key = format!("MIIBIjANBgkqhkiG9w0BAQEF{}", "AAOCAQ8A".repeat(12));
    let told = check(folder.path()).arg(&key).assert().code(1);
    told.stdout(contains("the key stands without `v=DKIM1; p=` before it"));
}
