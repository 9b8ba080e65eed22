//! The documents in `docs/` against the program: every limit, every code and every
//! key of the configuration stands there, as it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ruaudit::decode::Limits;
use ruaudit::model::{IssueCode, Reason, Standing};

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The rows of the tables in a text, cell by cell, without code marks.
fn rows(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.split('|').skip(1).map(|cell| cell.trim().replace('`', "")).collect())
        .collect()
}

#[test]
fn every_limit_stands_there_with_its_default() {
    let limits = toml::Table::try_from(Limits::default()).unwrap();
    let expected: BTreeSet<_> =
        limits.iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
    let rows = rows(&document("limits.md"));
    let found: BTreeSet<_> = rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(expected, found);
}

#[test]
fn every_code_stands_there_and_no_other() {
    let text = document("codes.md");
    let (reasons, issues) = text.split_once("## What was odd").unwrap();
    let named = |text| rows(text).into_iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    let aside = Standing::ALL.iter().skip(1).map(|standing| standing.as_str());
    let expected: BTreeSet<_> = Reason::ALL.iter().map(|code| code.as_str()).chain(aside).collect();
    let found = named(reasons);
    assert_eq!(expected, found.iter().map(String::as_str).collect());
    let expected: BTreeSet<_> = IssueCode::ALL.iter().map(|code| code.as_str()).collect();
    let found = named(issues);
    assert_eq!(expected, found.iter().map(String::as_str).collect());
}

/// The keys of the file that `config init` writes, each with its value there.
fn keys_of_the_template() -> BTreeMap<String, toml::Value> {
    let mut init = std::process::Command::new(env!("CARGO_BIN_EXE_ruaudit"));
    let template = init.args(["config", "init", "-"]).env_clear().output().unwrap();
    assert!(template.status.success(), "{template:?}");
    let template = String::from_utf8(template.stdout).unwrap();
    let keys = template.lines().map(|line| match line.strip_prefix('#') {
        Some(key) if !key.starts_with(' ') => format!("{key}\n"),
        _ => format!("{line}\n"),
    });
    let table: toml::Table = keys.collect::<String>().parse().unwrap();
    let mut found = BTreeMap::new();
    collect("", &table, &mut found);
    found
}

fn collect(prefix: &str, table: &toml::Table, found: &mut BTreeMap<String, toml::Value>) {
    for (key, value) in table {
        // the account of the template is called main; in the document it is any
        let key = if prefix == "account." { "NAME" } else { key };
        match value {
            toml::Value::Table(table) => collect(&format!("{prefix}{key}."), table, found),
            value => drop(found.insert(format!("{prefix}{key}"), value.clone())),
        }
    }
}

/// What a value is called in the document.
fn types(value: &toml::Value) -> &'static [&'static str] {
    match value {
        toml::Value::String(_) => &["text", "path"],
        toml::Value::Integer(_) => &["number"],
        toml::Value::Float(_) => &["share", "factor"],
        toml::Value::Boolean(_) => &["true or false"],
        _ => &["list", "list of paths", "command"],
    }
}

#[test]
fn every_key_of_the_configuration_stands_there_with_its_variable_type_and_default() {
    let keys = keys_of_the_template();
    let rows = rows(&document("configuration.md"));
    let found: BTreeSet<_> = rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(keys.keys().cloned().collect::<BTreeSet<_>>(), found);
    assert_eq!(rows.len(), found.len(), "no key stands there twice");
    for row in rows {
        let [key, variable, kind, default, ..] = row.as_slice() else { panic!("{row:?}") };
        assert_eq!(&format!("RUAUDIT_{}", key.replace('.', "_").to_uppercase()), variable);
        let value = &keys[key];
        assert!(types(value).contains(&kind.as_str()), "{key}: {kind}");
        let without =
            ["required", "none", "of the provider", "what is offered", "beside the store"];
        if !(key.starts_with("account.") && without.contains(&default.as_str())) {
            assert_eq!(&value.to_string(), default, "{key}");
        }
    }
}
