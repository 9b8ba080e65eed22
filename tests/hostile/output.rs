//! What is shown of hostile texts: H27 to H32, through the program, on a page, in CSV and in JSON.

use std::fs;
use std::path::Path;

use serde_json::{Value, json as object};
use tempfile::TempDir;

use crate::program::{answer, ingest, json, names, old, ruaudit};
use crate::report::{good, head, record, set};

const PAGES: [&str; 4] = [
    "summary --window all",
    "advise --verbose --window all",
    "rejected --all --verbose",
    "audit mail --verbose --window all",
];

const TABLES: [&str; 5] = [
    "export --window all",
    "export --what sources --window all",
    "export --what domains --window all",
    "summary --window all --format csv",
    "rejected --all --format csv",
];

/// Text as XML has it.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\r', "&#13;").replace('\n', "&#10;")
}

/// A report with a text wherever a stranger may choose one.
fn filled(id: &str, text: &str) -> String {
    let (text, domain) = (xml(text), format!("{id}.example"));
    let elements = ["org_name", "email", "report_id"];
    let head = elements.iter().fold(head("x", &domain), |head, element| set(&head, element, &text));
    let comment =
        format!("<reason><type>{text}</type><comment>{text}</comment></reason></policy_evaluated>");
    let record = ["disposition", "header_from", "selector", "scope", "source_ip"]
        .iter()
        .fold(record(), |record, element| set(&record, element, &text))
        .replace("</policy_evaluated>", &comment);
    format!("{head}{record}</feedback>")
}

/// A store in which a text stands wherever one can: in a report, in its policy domain, and in the
/// name of a file that is rejected.
fn store(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    old(&mail.join("filled.xml"), filled("filled", text));
    let domain = set(&good(), "domain", &xml(text));
    old(&mail.join("domain.xml"), domain);
    let name: String = text.chars().filter(|c| !matches!(c, '/' | '\0')).take(40).collect();
    old(&mail.join(format!("{name}.xml")), "<feedback><report_metadata>");
    let found = ingest(folder.path(), ["mail"]);
    assert_eq!((&object!(2), &object!(1)), (&found["reports"], &found["rejected"]), "{found}");
    folder
}

/// All of the pages that a person sees, the sources of each domain too.
fn pages(folder: &Path) -> Vec<String> {
    let mut pages: Vec<String> = PAGES.iter().map(|line| answer(folder, line)).collect();
    for domain in domains(folder) {
        let line = ["sources", "--all", "--verbose", "--window=all", "--", &domain];
        let output = ruaudit(folder, line).assert().success().get_output().stdout.clone();
        pages.push(String::from_utf8(output).unwrap());
    }
    pages
}

fn domains(folder: &Path) -> Vec<String> {
    let found = json(folder, "summary --window all");
    let domains = found["domains"].as_array().unwrap().iter();
    domains.map(|domain| domain["domain"].as_str().unwrap().to_owned()).collect()
}

/// All cells of all tables.
fn cells(folder: &Path) -> Vec<String> {
    let mut cells = Vec::new();
    for line in TABLES {
        let text = answer(folder, line);
        let mut csv = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        for row in csv.records() {
            cells.extend(row.unwrap().iter().map(str::to_owned));
        }
    }
    assert!(cells.len() > 50, "{} cells", cells.len());
    cells
}

fn records(folder: &Path) -> Vec<Value> {
    let text = answer(folder, "export --window all --format ndjson");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether JSON has a text as it was reported, as the name of a reporter.
fn json_has(folder: &Path, text: &str) -> bool {
    records(folder).iter().any(|record| record["reporter"] == text)
}

fn is_bad(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[test]
fn h27_nothing_on_a_page_moves_a_cursor_or_turns_letters() {
    let text = "a\u{9b}31m\u{9d}0;x\u{9c}\u{202e}moc\u{200b}\u{2066}\u{feff}\u{7f}.b";
    let folder = store(text);
    for page in pages(folder.path()) {
        let bad: Vec<char> = page.chars().filter(|c| is_bad(*c)).collect();
        assert!(bad.is_empty(), "{bad:?} in {page:?}");
    }
    for cell in cells(folder.path()) {
        assert!(!cell.chars().any(|c| is_bad(c) && !"\r\t".contains(c)), "{cell:?}");
    }
    assert!(json_has(folder.path(), text));
    for line in &PAGES[..3] {
        let text = answer(folder.path(), &format!("{line} --format json"));
        assert!(!text.chars().any(is_bad), "{text:?}");
    }
}

#[test]
fn h28_no_cell_begins_like_a_formula_and_numbers_stay_numbers() {
    for text in
        ["=HYPERLINK(\"http://evil.example\",\"x\")", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"]
    {
        let folder = store(text);
        for cell in cells(folder.path()) {
            let is_number = cell.parse::<f64>().is_ok();
            assert!(
                is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{text}: {cell:?}"
            );
        }
        assert!(json_has(folder.path(), text.trim()), "{text:?} in {:?}", records(folder.path()));
    }
    let folder = store("=1");
    assert!(records(folder.path()).iter().all(|record| record["count"].is_u64()));
}

#[test]
fn h29_markup_stays_text() {
    let text = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&amp;";
    let folder = store(text);
    assert!(json_has(folder.path(), text));
    assert!(cells(folder.path()).iter().any(|cell| cell == text));
    assert_eq!(2, domains(folder.path()).len());
}

#[test]
fn h30_texts_that_a_database_would_obey_are_only_looked_for() {
    let folder = store("x'); DROP TABLE report; --");
    let name = domains(folder.path()).into_iter().find(|domain| domain.contains("drop")).unwrap();
    let output = ruaudit(folder.path(), ["summary", &name, "--window=all", "--format=json"])
        .assert()
        .success();
    let found: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(
        (&object!(name), &object!(1)),
        (&found["domains"][0]["domain"], &found["domains"][0]["reports"])
    );
    for nobody in
        ["%", "_illed.example", "filled%", "' OR '1'='1", "filled.example' --", "$.domain", "fil*"]
    {
        ruaudit(folder.path(), ["sources", "--window=all", "--", nobody])
            .assert()
            .code(2)
            .stdout("");
    }
    assert_eq!(2, records(folder.path()).len());
}

#[test]
fn h31_a_line_end_in_a_name_makes_no_line_and_a_template_is_no_template() {
    let lines = |text: &str| {
        pages(store(text).path()).iter().map(|page| page.lines().count()).collect::<Vec<_>>()
    };
    // as wide as the line end is shown (`\\n`), so that lines wrap alike
    assert_eq!(lines("x00z"), lines("x\nz"), "a line more");
    let text = "{}%s%n${x}{{7*7}}$(id)`id`";
    let folder = store(text);
    let shown = answer(folder.path(), "rejected --verbose");
    assert!(shown.contains(&text[..20]), "{shown}");
    assert!(json_has(folder.path(), text));
}

#[test]
fn h32_names_that_are_paths_make_no_file() {
    for text in ["../../evil", "/tmp/ruaudit-evil", "CON", "..x", &"x".repeat(5_000)] {
        let folder = store(text);
        for line in PAGES.iter().chain(&TABLES) {
            answer(folder.path(), line);
        }
        let made = names(folder.path()).into_iter().filter(|name| !name.starts_with("ruaudit.db"));
        assert_eq!(vec!["mail"], made.collect::<Vec<_>>(), "{text}");
        assert_eq!(3, names(&folder.path().join("mail")).len(), "{text}");
        assert!(!Path::new("/tmp/ruaudit-evil").exists());
    }
}
