//! Pages for people: help has examples, and everything fits 80 columns.

use crate::stage::{DOMAINS, answer, own, samples, shared};

const COMMANDS: [&str; 18] = [
    "audit",
    "ingest",
    "summary",
    "sources",
    "advise",
    "check",
    "label",
    "labels",
    "profile",
    "record",
    "rejected",
    "reports",
    "report",
    "backtest",
    "export",
    "providers",
    "completions",
    "man",
];

/// Every line fits, but for a TXT value: that is there to be copied whole.
fn fits(page: &str, what: &str) {
    for line in page.lines().filter(|line| !line.contains("v=DMARC1;")) {
        assert!(line.chars().count() <= 80, "{what}: {line}");
        assert_eq!(line.trim_end(), line, "{what} ends a line with blanks");
    }
}

#[test]
fn help_has_examples_and_fits() {
    let folder = tempfile::tempdir().unwrap();
    let commands =
        COMMANDS.iter().flat_map(|name| [format!("{name} --help"), format!("{name} -h")]);
    for line in commands.chain(["--help".into(), "-h".into()]) {
        let page = answer(folder.path(), &line);
        let (_, examples) = page.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{line}"));
        assert!(examples.starts_with("  ruaudit "), "{line}: {page}");
        for text in page.lines() {
            assert!(text.chars().count() <= 80, "{line}: {text}");
        }
    }
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let page = answer(folder.path(), "--help");
    for name in COMMANDS {
        assert!(page.lines().any(|line| line.starts_with(&format!("  {name} "))), "{name}");
    }
    assert!(page.contains("Exit codes: 0"), "{page}");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    for name in COMMANDS.into_iter().chain([
        "labels-export",
        "labels-import",
        "record-new",
        "record-next",
        "record-history",
    ]) {
        let page = answer(folder.path(), &format!("man {name}"));
        assert!(page.contains(&format!(".TH ruaudit-{name} 1")), "{name}: {page}");
        assert!(page.contains("Examples:"), "{name}: {page}");
    }
}

#[test]
fn the_examples_of_help_are_arguments_that_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    for name in COMMANDS.iter().filter(|name| !["completions", "man"].contains(name)) {
        let page = answer(folder.path(), &format!("{name} --help"));
        for example in page.lines().filter_map(|line| line.strip_prefix("  ruaudit ")) {
            let plain = example.split(['|', '>', '<', '\'']).next().unwrap();
            // an example that asks the DNS must not wait for it
            let hasty = ["--timeout", "1"].iter().filter(|_| **name == *"check").copied();
            let args = plain.split_whitespace().chain(hasty);
            let output = crate::stage::ruaudit(folder.path(), args).output().unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            // there is no store and no such file, but clap has no complaint
            let only_quoted_is_missing =
                example.contains("--record '") || example.starts_with("check '");
            assert!(!errors.contains("--help") || only_quoted_is_missing, "{example}: {errors}");
        }
    }
}

#[test]
fn every_page_fits_a_terminal() {
    let stage = shared();
    let numbers = ["1", "100", "200", "300", "380"].map(|number| format!("report {number}"));
    let lines = ["summary", "advise", "rejected", "rejected --all", "reports", "reports --odd"];
    for line in lines.map(str::to_owned).into_iter().chain(numbers) {
        for more in ["", " --verbose"] {
            let line = format!("{line}{more}");
            fits(&stage.answer(&line), &line);
        }
    }
    for domain in DOMAINS {
        for more in ["", " --all", " --verbose", " --all --verbose"] {
            let line = format!("sources {domain}{more}");
            fits(&stage.answer(&line), &line);
        }
    }
    for window in ["all", "1d", "2020-01-01..2020-01-02"] {
        for command in ["summary", "advise --verbose", "sources shop.example"] {
            let line = format!("{command} --window {window}");
            fits(&stage.answer(&line), &line);
        }
    }
}

#[test]
fn the_pages_of_audit_and_ingest_fit() {
    let (stage, samples) = (own(), samples());
    fits(&stage.answer(&format!("audit {}", samples.display())), "audit");
    fits(&stage.answer(&format!("ingest {}", samples.display())), "ingest");
    let db =
        "a-name-for-a-store-that-is-much-longer-than-a-line-of-a-terminal-and-then-some-more.db";
    fits(&stage.answer(&format!("ingest {} --db {db}", samples.display())), "a long name");
}

#[test]
fn the_first_line_of_an_audit_accounts_for_every_input() {
    let stage = own();
    let folder = tempfile::tempdir().unwrap();
    let page = answer(folder.path(), &format!("audit {}", samples().display()));
    let account: Vec<&str> = page.split("\nWindow:").next().unwrap().split_whitespace().collect();
    let account = account.join(" ");
    for (key, words) in [
        ("inputs", "files in"),
        ("reports", "new reports"),
        ("duplicates", "seen before"),
        ("rejected", "unreadable"),
        ("skipped", "not reports"),
    ] {
        let part = format!("{} {words}", stage.ingested[key]);
        assert!(account.contains(&part), "{part}: {account}");
    }
    assert!(account.contains("1 contradicts an earlier report"), "{account}");
}
