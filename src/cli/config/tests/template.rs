//! What `config init` writes, with every key uncommented.

use std::collections::BTreeSet;

use super::*;
use crate::cli::config::init::TEMPLATE;
use crate::cli::config::keys;

/// The template with its keys set, but for some.
fn uncommented(without: impl Fn(&str) -> bool) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(key) if !key.is_empty() && !key.starts_with(' ') => {
            let is_left_out = without(key.split(" =").next().unwrap_or_default());
            if is_left_out { String::new() } else { format!("{key}\n") }
        }
        _ => format!("{line}\n"),
    };
    TEMPLATE.lines().map(line).collect()
}

#[test]
fn as_it_is_written_it_changes_nothing() {
    assert_eq!(Ok(usual()), parse(TEMPLATE));
}

#[test]
fn every_key_stands_there_and_no_other() {
    let table: Table = uncommented(|_| false).parse().unwrap();
    let mut wrong = Vec::new();
    keys::check(&table, &mut wrong);
    assert_eq!(Vec::<Wrong>::new(), wrong);
    let known = keys::fixed_paths().into_iter().chain(keys::account_paths("main"));
    let known: BTreeSet<String> = known.map(|(path, _)| path).collect();
    let mut found = BTreeSet::new();
    paths("", &table, &mut found);
    assert_eq!(known, found);
}

fn paths(prefix: &str, table: &Table, found: &mut BTreeSet<String>) {
    for (key, value) in table {
        match value.as_table() {
            Some(table) => paths(&format!("{prefix}{key}."), table, found),
            None => drop(found.insert(format!("{prefix}{key}"))),
        }
    }
}

/// The account of the template, with the one or the other way to sign in.
fn account(kept: &str) -> Config {
    let text = uncommented(|key| {
        let is_secret = key.starts_with("password") || key.starts_with("client_secret");
        is_secret && key != kept || key == "[account.main.oauth]" && kept.starts_with("password")
    });
    // without its header, what stands below would be of the account
    let text = match (kept.starts_with("password"), text.split_once("#[account.main.oauth]")) {
        (true, _) => {
            let (before, rest) = text.split_once("# Signing in with OAuth").unwrap();
            format!("{before}{}", &rest[rest.find("[provenance]").unwrap()..])
        }
        _ => text,
    };
    parse(&text).unwrap()
}

#[test]
fn what_is_shown_as_a_default_is_the_default() {
    let config = account("password_file");
    assert_eq!(
        (Thresholds::default(), Limits::default(), Trust::default()),
        (config.thresholds, config.limits, config.provenance)
    );
    assert_eq!((Vec::<String>::new(), Vec::<PathBuf>::new()), (config.domains, config.paths));
    assert_eq!(WindowSpec::default(), config.window.unwrap());
    let shown = &config.accounts[0];
    let short = parse("[account.main]\nhost = 'imap.example.com'\nuser = 'u'\npassword = 'p'");
    let mut short = short.unwrap().accounts.remove(0);
    short.server.ca_file.clone_from(&shown.server.ca_file);
    assert_eq!(
        (&short.server, &short.folders, &short.tidy),
        (&shown.server, &shown.folders, &shown.tidy)
    );
}

#[test]
fn every_way_to_sign_in_can_be_taken_from_it() {
    for end in keys::SECRET_ENDS {
        let config = account(&format!("password{end}"));
        assert!(matches!(config.accounts[0].access, Access::Password(_)), "password{end}");
        let config = account(&format!("client_secret{end}"));
        let Access::Oauth { client_secret, token_file, .. } = &config.accounts[0].access else {
            panic!("client_secret{end}")
        };
        assert!(client_secret.is_some() && token_file.ends_with("ruaudit-main.token.json"));
    }
}

#[test]
fn it_fits_a_terminal_of_a_hundred_columns() {
    let long = TEMPLATE.lines().find(|line| line.chars().count() > 100);
    assert_eq!(None, long);
}
