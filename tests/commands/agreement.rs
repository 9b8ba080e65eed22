//! One command says the same in every format: tables, CSV and NDJSON are parsed back and compared
//! with the JSON.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::stage::{DOMAINS, Stage, shared};

/// A JSON value as a CSV cell has it. A text that begins like a formula has a `'` in front there.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@']) => format!("'{text}"),
        Value::String(text) => shown(text),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// The characters of the samples that a terminal would obey, made visible.
fn shown(text: &str) -> String {
    ['\u{9b}', '\u{202e}', '\u{202c}']
        .iter()
        .fold(text.to_owned(), |text, c| text.replace(*c, &c.escape_unicode().to_string()))
}

/// The CSV's columns in order, each row a copy of what `things` has under those names. Columns that
/// `things` has not are passed over if they are named in `more`.
fn compare(csv: &[Vec<String>], things: &[Value], more: &[&str], what: &str) {
    let (columns, rows) = csv.split_first().unwrap();
    assert_eq!(things.len(), rows.len(), "rows of {what}");
    let mut compared = 0;
    for (thing, row) in things.iter().zip(rows) {
        for (column, found) in columns.iter().zip(row).filter(|(name, _)| !more.contains(&&***name))
        {
            let value =
                thing.get(column).unwrap_or_else(|| panic!("{what}: no {column} in {thing}"));
            assert_eq!(cell(value), *found, "{column} of {what}");
            compared += 1;
        }
    }
    assert!(compared >= rows.len() * 5 && !rows.is_empty(), "{what}: {compared} compared");
}

fn list(found: &Value, key: &str) -> Vec<Value> {
    found[key].as_array().unwrap().clone()
}

#[test]
fn csv_says_the_same_as_json() {
    let stage = shared();
    let more = ["verdict", "next", "headline", "record"];
    for window in ["31d", "all"] {
        let line = format!("summary --window {window}");
        compare(&stage.csv(&line), &list(&stage.json(&line), "domains"), &more, &line);
    }
    for domain in DOMAINS {
        let line = format!("sources {domain}");
        compare(&stage.csv(&line), &list(&stage.json(&line), "sources"), &["domain"], &line);
    }
    for line in ["reports", "reports --odd --window all", "reports acme.example --window 7d"] {
        compare(&stage.csv(line), &list(&stage.json(line), "reports"), &[], line);
    }
    let line = "rejected --all";
    compare(&stage.csv(line), &list(&stage.json(line), "rejected"), &[], line);
}

#[test]
fn an_export_says_the_same_as_csv_and_as_lines() {
    let stage = shared();
    for what in ["records", "sources", "domains"] {
        let line = format!("export --what {what} --window all");
        compare(&stage.csv(&line), &stage.ndjson(&line), &[], &line);
    }
}

#[test]
fn an_export_of_domains_says_the_same_as_summary_and_advise() {
    let stage = shared();
    let advice = list(&stage.json("advise"), "domains");
    let summary = list(&stage.json("summary"), "domains");
    for (at, line) in stage.ndjson("export --what domains").iter().enumerate() {
        for (key, value) in summary[at].as_object().unwrap() {
            assert_eq!(*value, line[key], "{key}");
        }
        for key in ["verdict", "next", "headline", "record"] {
            assert_eq!(advice[at][key], line[key], "{key}");
        }
    }
}

/// `17,086` as a number.
fn number(text: &str) -> u64 {
    text.replace(',', "").parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// Whether a shown share is the share, with one decimal.
fn is_share(shown: &str, part: &Value, whole: &Value) -> bool {
    let [part, whole] = [part, whole].map(|value| value.as_u64().unwrap());
    if whole == 0 {
        return shown == "-";
    }
    let (exact, edge) = (part as f64 / whole as f64 * 100.0, part > 0 && part < whole);
    match shown.strip_suffix('%').unwrap() {
        "<0.1" => edge && exact < 0.1,
        "100.0" => part == whole,
        "0.0" => part == 0,
        shown => (shown.parse::<f64>().unwrap() - exact).abs() < if edge { 0.1 } else { 0.0 },
    }
}

/// The cells of each line, by the first of them.
fn lines_by_first_word(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let cells = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    cells.filter_map(|cells| Some((*cells.first()?, cells))).collect()
}

fn shares(cells: &[&str], thing: &Value) {
    for (shown, key) in cells.iter().zip(["dmarc_pass", "dkim_aligned", "spf_aligned"]) {
        assert!(is_share(shown, &thing[key], &thing["messages"]), "{key}: {shown} in {thing}");
    }
}

#[test]
fn the_table_of_summary_says_the_same_as_json() {
    let stage = shared();
    for window in ["31d", "all", "7d"] {
        let line = format!("summary --window {window}");
        let (text, found) = (stage.answer(&line), stage.json(&line));
        let (from, to) = (&found["window"]["from"], &found["window"]["to"]);
        let days = format!("Window: {}..{} (", from.as_str().unwrap(), to.as_str().unwrap());
        assert!(text.starts_with(&days), "{text}");
        let lines = lines_by_first_word(&text);
        for domain in list(&found, "domains") {
            let cells = &lines[domain["domain"].as_str().unwrap()];
            let policy = Some(cells[1]).filter(|policy| *policy != "-").unwrap_or_default();
            assert_eq!(domain["policy"], policy);
            for (at, key) in [(2, "reports"), (3, "messages"), (7, "sources")] {
                assert_eq!(domain[key], number(cells[at]), "{key}: {cells:?}");
            }
            shares(&cells[4..7], &domain);
        }
    }
}

/// The class as the table has it: an own source that does not fare well says so.
fn class(source: &Value) -> &str {
    match source["health"].as_str() {
        Some("misconfigured") => "own, failing",
        Some("fragile") => "own, fragile",
        _ => source["class"].as_str().unwrap(),
    }
}

fn compare_sources(stage: &Stage, domain: &str) {
    let text = stage.answer(&format!("sources {domain} --all"));
    let found = list(&stage.json(&format!("sources {domain}")), "sources");
    let is_row = |line: &&str| line.trim_start().starts_with(|c: char| c.is_ascii_digit());
    // what stands below a source is indented further than its number can be
    let rows: Vec<&str> =
        text.lines().filter(is_row).filter(|line| line.ends_with(['%', '-'])).collect();
    assert_eq!(found.len(), rows.len(), "{text}");
    for (source, row) in found.iter().zip(rows) {
        let cells: Vec<&str> =
            row.trim().split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        assert_eq!(source["messages"], number(cells[0]), "{row}");
        assert_eq!(source["source"], cells[1], "{row}");
        assert_eq!(class(source), cells[2], "{row}");
        shares(&[cells[5], cells[3], cells[4]], source);
    }
}

#[test]
fn the_table_of_sources_says_the_same_as_json() {
    let stage = shared();
    DOMAINS.iter().for_each(|domain| compare_sources(&stage, domain));
}

#[test]
fn a_short_table_of_sources_counts_what_it_leaves_out() {
    let stage = shared();
    let found = list(&stage.json("sources acme.example"), "sources");
    let text = stage.answer("sources acme.example");
    let all: u64 = found.iter().map(|source| source["messages"].as_u64().unwrap()).sum();
    let rows: Vec<u64> = text
        .lines()
        .filter(|line| line.ends_with('%'))
        .map(|line| number(line.split_whitespace().next().unwrap()))
        .collect();
    let more = text.lines().last().unwrap();
    let words: Vec<&str> = more.split_whitespace().collect();
    assert_eq!(found.len(), rows.len() + number(words[1]) as usize, "{more}");
    assert_eq!(all, rows.iter().sum::<u64>() + number(words[5]), "{more}");
}

/// A page as one line, since a person reads over line ends.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_page_of_advise_says_the_same_as_json() {
    let stage = shared();
    for domain in list(&stage.json("advise"), "domains") {
        let name = domain["domain"].as_str().unwrap();
        let text = stage.answer(&format!("advise {name} --verbose"));
        let page = one_line(&text);
        let word = domain["verdict"].as_str().unwrap().to_uppercase();
        let heading = format!("{name} {word}: {}", domain["headline"].as_str().unwrap());
        assert!(page.contains(&one_line(&heading)), "{heading}\n{text}");
        for gate in list(&domain, "gates") {
            let mark = if gate["passed"] == true { "ok" } else { "--" };
            let [name, found, needed] =
                ["gate", "found", "needed"].map(|key| gate[key].as_str().unwrap());
            let name = name.replace('_', " ");
            let line = one_line(&format!("{mark} {name}: {found} (needed: {needed})"));
            assert!(page.contains(&line), "{line}\n{text}");
        }
        if let Some(record) = domain["record"].as_str() {
            assert!(text.lines().any(|line| line.trim() == record), "{record}\n{text}");
        }
    }
}

#[test]
fn the_page_of_rejected_names_each_that_json_names() {
    let stage = shared();
    let found = list(&stage.json("rejected --all"), "rejected");
    let text = stage.answer("rejected --all");
    let without_blanks = |text: &str| text.split_whitespace().collect::<String>();
    let page = without_blanks(&text);
    let heads = text.lines().filter(|line| !line.starts_with(' ')).count();
    assert_eq!(found.len(), heads, "{text}");
    for trace in found {
        for key in ["origin", "outcome", "stage", "reason", "detail"] {
            let value = without_blanks(trace[key].as_str().unwrap());
            assert!(page.contains(&value), "{key} {value}\n{text}");
        }
    }
}
