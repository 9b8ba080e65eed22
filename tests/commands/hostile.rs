//! Reports are strangers' work, and so are the names of files: nothing of them may move a cursor, turn
//! the order of letters or become a formula. JSON has every text as it was reported.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{answer, failure, ingest, json as asked, ruaudit, samples};

/// Erases a screen, ends a line, turns the order of letters, is nothing to see: all in one name.
const NAME: &str = "a\u{1b}[2J\r\n\u{9b}31m\u{202e}moc\u{200b}\u{7}.b";

const FORMULA: &str = "=HYPERLINK(\"http://evil.example\",\"x\")";

/// What a terminal or a reader's eye would obey.
fn is_bad(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_safe(page: &str, what: &str) {
    let bad: Vec<char> = page.chars().filter(|c| is_bad(*c)).collect();
    assert!(bad.is_empty(), "{what} shows {bad:?}: {page:?}");
}

/// A report in which every text that a stranger may choose is hostile.
fn report(text: &str) -> String {
    let text = text.replace('\u{1b}', "&#27;").replace('\u{7}', "&#7;").replace('\r', "&#13;");
    let text = text.replace('"', "&quot;");
    format!(
        "<feedback><report_metadata><org_name>{text}</org_name><email>{text}</email>\
         <report_id>{text}</report_id><date_range><begin>1792800000</begin><end>1792886399</end>\
         </date_range></report_metadata><policy_published><domain>acme.example</domain><p>{text}</p>\
         </policy_published><record><row><source_ip>{text}</source_ip><count>7</count>\
         <policy_evaluated><disposition>{text}</disposition><dkim>fail</dkim><spf>fail</spf>\
         <reason><type>{text}</type><comment>{text}</comment></reason></policy_evaluated></row>\
         <identifiers><header_from>{text}</header_from></identifiers><auth_results><dkim>\
         <domain>{text}</domain><selector>{text}</selector><result>pass</result></dkim><spf>\
         <domain>{text}</domain><result>{text}</result></spf></auth_results></record></feedback>"
    )
}

/// A store of the samples' hostile reports and of worse ones.
fn store() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    for name in ["formula-in-names.xml", "markup-in-names.xml"] {
        fs::copy(samples().join("broken").join(name), mail.join(name)).unwrap();
    }
    fs::write(mail.join("worse.xml"), report(&NAME.replace(['\u{1b}', '\u{7}'], ""))).unwrap();
    fs::write(mail.join("formula.xml"), report(FORMULA)).unwrap();
    fs::write(mail.join(format!("{NAME}.xml")), "<feedback><report_metadata>").unwrap();
    let domain = report("x").replace("acme.example", &NAME.replace(['\u{1b}', '\u{7}'], ""));
    fs::write(mail.join("domain.xml"), domain).unwrap();
    let found = ingest(folder.path(), [&mail]);
    assert_eq!((&json!(5), &json!(1)), (&found["reports"], &found["rejected"]), "{found}");
    folder
}

fn domains(folder: &Path) -> Vec<String> {
    let found = asked(folder, "summary --window all");
    let found = found["domains"].as_array().unwrap();
    found.iter().map(|domain| domain["domain"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_page_shows_what_a_terminal_obeys() {
    let folder = store();
    for line in [
        "summary --window all",
        "advise --verbose --window all",
        "rejected --all --verbose",
        "reports --window all",
        "reports --odd --verbose --window all",
    ] {
        is_safe(&answer(folder.path(), line), line);
    }
    for number in 1..=5 {
        for more in ["", " --verbose"] {
            let line = format!("report {number}{more}");
            is_safe(&answer(folder.path(), &line), &line);
        }
    }
    let domains = domains(folder.path());
    assert!(domains.iter().any(|domain| domain.chars().any(is_bad)), "{domains:?} are harmless");
    for domain in domains {
        let line = ["sources", &domain, "--all", "--verbose", "--window=all"];
        let output = ruaudit(folder.path(), line).assert().success().get_output().stdout.clone();
        is_safe(&String::from_utf8(output).unwrap(), &domain);
    }
    is_safe(&answer(folder.path(), "audit mail --verbose"), "audit");
}

#[test]
fn names_on_the_command_line_are_shown_safely_too() {
    let folder = tempfile::tempdir().unwrap();
    for args in
        [vec!["ingest", NAME], vec!["summary", "--db", NAME], vec!["audit", "x", "--config", NAME]]
    {
        is_safe(&failure(&mut ruaudit(folder.path(), &args)), args[0]);
    }
    let parked = samples().join("parked");
    let mut command = ruaudit(folder.path(), ["ingest", "--db", NAME]);
    let output = command.arg(parked).assert().success().get_output().stdout.clone();
    is_safe(&String::from_utf8(output).unwrap(), "the name of the store");
    for command in ["sources", "reports", "report"] {
        let error = failure(&mut ruaudit(folder.path(), [command, NAME, "--db", NAME]));
        is_safe(&error, "a name");
    }
}

#[test]
fn no_cell_of_csv_is_a_formula_and_none_holds_what_a_terminal_obeys() {
    let folder = store();
    for line in [
        "export --window all",
        "export --what sources --window all",
        "export --what domains --window all",
        "summary --window all --format csv",
        "rejected --all --format csv",
        "reports --window all --format csv",
    ] {
        let text = answer(folder.path(), line);
        let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        for cell in
            csv.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
        {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{line}: {cell:?}");
            let obeyed = |c: char| is_bad(c) && !['\n', '\r', '\t'].contains(&c);
            assert!(!cell.contains(obeyed), "{line}: {cell:?}");
        }
    }
    let records = answer(folder.path(), "export --window all");
    assert!(
        records.contains("\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\""),
        "{records}"
    );
}

#[test]
fn json_has_the_texts_as_they_were_reported() {
    let folder = store();
    let text = answer(folder.path(), "export --window all --format ndjson");
    let records: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reporters: Vec<_> =
        records.iter().map(|record| record["reporter"].as_str().unwrap()).collect();
    for name in [FORMULA, "<script>alert(\"x\")</script> \u{9b}31m\u{202e}elpmaxe.seitiddo\u{202c}"]
    {
        assert!(reporters.contains(&name), "{name:?} in {reporters:?}");
    }
    let origin = asked(folder.path(), "rejected")["rejected"][0]["origin"].clone();
    let mail = folder.path().join("mail");
    assert_eq!(format!("{}/{NAME}.xml", mail.display()), origin.as_str().unwrap());
}

#[test]
fn json_on_a_terminal_is_free_of_what_it_obeys() {
    let folder = store();
    let lines = ["summary --window all", "advise --window all", "rejected --all"];
    let reports = ["reports --window all", "report 1", "report 2", "report 3", "report 4"];
    for line in lines.into_iter().chain(reports) {
        let text = answer(folder.path(), &format!("{line} --format json"));
        let bad: Vec<char> = text.chars().filter(|c| is_bad(*c) && *c != '\n').collect();
        assert!(bad.is_empty(), "{line}: {bad:?}");
    }
}
