//! The **environment over the file**: each key can be set by a variable, which wins.
//!
//! A variable is called `RUAUDIT_` and the key's path, in upper case, with `_` between. In: the
//! file's table and the variables. Out: the table as both have it. Refuses a variable that stands
//! for no key. A value is never quoted.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::cli::environment::Variable;
use crate::cli::nearest::nearest;

use super::keys::{SECRET_ENDS, Shape, account_paths, fixed_paths, is_name, tables};
use super::problem::Wrong;

/// What every variable of this program begins with.
pub(in crate::cli) const PREFIX: &str = "RUAUDIT_";
/// Read elsewhere: they must be known before a file is.
const APART: [&str; 2] = ["RUAUDIT_CONFIG", "RUAUDIT_DB"];
/// How many names of accounts a misspelt variable is compared under.
const SPLITS: usize = 16;

/// The variable that stands for a key.
pub(in crate::cli) fn variable_of(path: &str) -> String {
    let fold = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    PREFIX.chars().chain(path.chars().map(fold)).collect()
}

/// Puts what the variables say into the table. Answers the keys that they set, with their names.
pub(super) fn overlay(
    table: &mut Table,
    variables: &[Variable],
    wrong: &mut Vec<Wrong>,
) -> BTreeMap<String, String> {
    let (mut set, mut strangers) = (BTreeMap::new(), Vec::new());
    let names = tables(table, "account").map(|(name, _)| name.clone()).collect::<Vec<_>>();
    for variable in variables.iter().filter(|variable| !APART.contains(&variable.name.as_str())) {
        let Some((path, shape)) = locate(&variable.name, &names) else {
            strangers.push(variable.name.as_str());
            continue;
        };
        let text = variable.value.expose();
        if text.is_empty() {
            continue; // as if it were not set
        }
        set.insert(path.clone(), variable.name.clone());
        match shape.read(text) {
            Some(value) => put(table, &path, value),
            None => wrong.push(Wrong {
                why: "its value has another form".into(),
                remedy: asks(shape).into(),
                key: path,
            }),
        }
    }
    give_way(table, &set);
    let named = named_by_the_configuration(table);
    wrong.extend(strangers.into_iter().filter(|name| !named.contains(*name)).map(unknown));
    set
}

/// What would be right in a variable.
fn asks(shape: Shape) -> &'static str {
    match shape {
        Shape::Texts => "give texts with commas between them, or a list as TOML has it",
        shape => shape.asks(),
    }
}

/// The key that a variable stands for. Names of accounts that the file has are tried first; then
/// the name is what stands before the longest key that ends the variable's name.
fn locate(variable: &str, accounts: &[String]) -> Option<(String, Shape)> {
    if let Some(found) = fixed_paths().into_iter().find(|(path, _)| variable_of(path) == variable) {
        return Some(found);
    }
    for name in accounts.iter().filter(|name| is_name(name)) {
        let mut paths = account_paths(name).into_iter();
        if let Some(found) = paths.find(|(path, _)| variable_of(path) == variable) {
            return Some(found);
        }
    }
    let rest = variable.strip_prefix("RUAUDIT_ACCOUNT_")?.to_ascii_lowercase();
    let ends = account_paths("").into_iter().filter_map(|(path, shape)| {
        let key = path.strip_prefix("account..")?.to_owned();
        let name = rest.strip_suffix(&key.replace('.', "_"))?.strip_suffix('_')?;
        is_name(name).then(|| (name.len(), format!("account.{name}.{key}"), shape))
    });
    ends.min_by_key(|(length, ..)| *length).map(|(_, path, shape)| (path, shape))
}

/// Sets a key. What stands in the way and is no section stays, to be refused as the file's.
fn put(table: &mut Table, path: &str, value: Value) {
    let (sections, key) = path.rsplit_once('.').unwrap_or(("", path));
    let mut at = Some(table);
    for section in sections.split('.').filter(|section| !section.is_empty()) {
        at = at.and_then(|table| {
            table.entry(section).or_insert_with(|| Table::new().into()).as_table_mut()
        });
    }
    if let Some(table) = at {
        table.insert(key.to_owned(), value);
    }
}

/// Of the ways to give one secret only one may be used: where a variable uses one, those of the
/// file give way.
fn give_way(table: &mut Table, set: &BTreeMap<String, String>) {
    let Some(accounts) = table.get_mut("account").and_then(Value::as_table_mut) else { return };
    for (name, account) in accounts.iter_mut() {
        let Some(account) = account.as_table_mut() else { continue };
        prefer(account, &format!("account.{name}."), "password", set);
        if let Some(oauth) = account.get_mut("oauth").and_then(Value::as_table_mut) {
            prefer(oauth, &format!("account.{name}.oauth."), "client_secret", set);
        }
    }
}

fn prefer(table: &mut Table, prefix: &str, secret: &str, set: &BTreeMap<String, String>) {
    let keys = SECRET_ENDS.map(|end| format!("{secret}{end}"));
    let is_set = |key: &String| set.contains_key(&format!("{prefix}{key}"));
    if keys.iter().any(is_set) {
        keys.iter().filter(|key| !is_set(key)).for_each(|key| drop(table.remove(key)));
    }
}

/// The variables in which secrets are kept by `password_env` and `client_secret_env`.
fn named_by_the_configuration(table: &Table) -> BTreeSet<String> {
    let accounts = tables(table, "account").filter_map(|(_, account)| account.as_table());
    let named = accounts.flat_map(|account| {
        let secret = account.get("oauth").and_then(|oauth| oauth.get("client_secret_env"));
        account.get("password_env").into_iter().chain(secret)
    });
    named.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn unknown(name: &str) -> Wrong {
    let known: Vec<String> = fixed_paths().iter().map(|(path, _)| variable_of(path)).collect();
    let mut known: BTreeSet<String> = known.into_iter().chain(APART.map(str::to_owned)).collect();
    if let Some(rest) = name.strip_prefix("RUAUDIT_ACCOUNT_") {
        let ends = rest.match_indices('_').map(|(at, _)| &rest[..at]).filter(|it| !it.is_empty());
        known.extend(ends.take(SPLITS).flat_map(|account| {
            account_paths(account).into_iter().map(|(path, _)| variable_of(&path))
        }));
    }
    // what all of them begin with says nothing about which one was meant
    let short = |name: &str| name.strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let known: Vec<String> = known.iter().map(|name| short(name)).collect();
    let remedy = match nearest(&short(name), known.iter().map(String::as_str)).first() {
        Some(near) => format!("did you mean {PREFIX}{near}?"),
        None => "unset it; `ruaudit config init -` shows every key".to_owned(),
    };
    Wrong::whole(format!("the variable {name} stands for no key"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Secret;

    fn overlaid(file: &str, variables: &[(&str, &str)]) -> Result<Table, String> {
        let mut table = file.parse().unwrap();
        let variables = variables
            .iter()
            .map(|(name, value)| Variable { name: (*name).to_owned(), value: Secret::new(*value) });
        let mut wrong = Vec::new();
        overlay(&mut table, &variables.collect::<Vec<_>>(), &mut wrong);
        match wrong.first() {
            Some(wrong) => Err(format!("{}; {}", wrong.why, wrong.remedy)),
            None => Ok(table),
        }
    }

    fn assert_same(expected: &str, file: &str, variables: &[(&str, &str)]) {
        assert_eq!(Ok(expected.parse::<Table>().unwrap()), overlaid(file, variables));
    }

    #[test]
    fn every_shape_can_be_set() {
        assert_same(
            "window = '7d'\ndomains = ['a.example', 'b.example']\npaths = ['a,b']\n\
             provenance.require = true\nthresholds.observed_days = 14\nthresholds.asks_share = 0.5",
            "window = '31d'",
            &[
                ("RUAUDIT_WINDOW", "7d"),
                ("RUAUDIT_DOMAINS", "a.example, b.example,"),
                ("RUAUDIT_PATHS", " [\"a,b\"]"),
                ("RUAUDIT_PROVENANCE_REQUIRE", "True"),
                ("RUAUDIT_THRESHOLDS_OBSERVED_DAYS", "14"),
                ("RUAUDIT_THRESHOLDS_ASKS_SHARE", "0.5"),
                ("RUAUDIT_LIMITS_RECORDS", ""),
                ("RUAUDIT_DB", "a.db"),
            ],
        );
    }

    #[test]
    fn accounts_of_the_file_are_found_by_their_names_and_others_by_their_keys() {
        let file = "[account.Acme-Mail]\nhost = 'a'";
        assert_same(
            "[account.Acme-Mail]\nhost = 'b'\noauth.client_id = 'i'\n\
             [account.x_oauth]\nuser = 'u'\n[account.main]\npassword_command = ['a', 'b']\n\
             oauth.client_secret_command = '[ -f a ] && cat a'\noauth.token_file = 't'",
            file,
            &[
                ("RUAUDIT_ACCOUNT_ACME_MAIL_HOST", "b"),
                ("RUAUDIT_ACCOUNT_ACME_MAIL_OAUTH_CLIENT_ID", "i"),
                ("RUAUDIT_ACCOUNT_X_OAUTH_USER", "u"),
                ("RUAUDIT_ACCOUNT_MAIN_PASSWORD_COMMAND", "['a', 'b']"),
                ("RUAUDIT_ACCOUNT_MAIN_OAUTH_CLIENT_SECRET_COMMAND", "[ -f a ] && cat a"),
                ("RUAUDIT_ACCOUNT_MAIN_OAUTH_TOKEN_FILE", "t"),
            ],
        );
    }

    #[test]
    fn a_secret_of_the_environment_takes_the_place_of_the_files() {
        assert_same(
            "[account.main]\npassword = 's,[ '\nhost = 'h'\noauth.client_secret_env = 'E'",
            "[account.main]\npassword_file = 'f'\nhost = 'h'\noauth.client_secret = 'x'",
            &[
                ("RUAUDIT_ACCOUNT_MAIN_PASSWORD", "s,[ "),
                ("RUAUDIT_ACCOUNT_MAIN_OAUTH_CLIENT_SECRET_ENV", "E"),
            ],
        );
    }

    #[test]
    fn a_variable_that_stands_for_no_key_is_answered_with_the_nearest() {
        for (name, near) in [
            ("RUAUDIT_WINDWO", "RUAUDIT_WINDOW?"),
            ("RUAUDIT_OBSERVED_DAYS", "RUAUDIT_THRESHOLDS_OBSERVED_DAYS?"),
            ("RUAUDIT_CONFG", "RUAUDIT_CONFIG?"),
            ("RUAUDIT_ACCOUNT_MAIN_PASWORD", "RUAUDIT_ACCOUNT_MAIN_PASSWORD?"),
            ("RUAUDIT_ACCOUNT_A_B_OAUTH_CLIENTID", "RUAUDIT_ACCOUNT_A_B_OAUTH_CLIENT_ID?"),
            ("RUAUDIT_QQQQQQQQQQQQ", "unset it"),
            ("RUAUDIT_ACCOUNT_HOST", "unset it"),
        ] {
            let error = overlaid("", &[(name, "hunter2")]).unwrap_err();
            assert!(error.contains(near) && error.contains(name), "{name}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let file = "[account.main]\npassword_env = 'RUAUDIT_MY_SECRET'";
        assert!(overlaid(file, &[("RUAUDIT_MY_SECRET", "x")]).is_ok(), "the file names it");
    }

    #[test]
    fn a_value_of_another_shape_is_refused_and_not_shown() {
        for (name, right) in [
            ("RUAUDIT_THRESHOLDS_OBSERVED_DAYS", "whole number"),
            ("RUAUDIT_THRESHOLDS_ASKS_SHARE", "like 0.02"),
            ("RUAUDIT_PROVENANCE_REQUIRE", "true or false"),
            ("RUAUDIT_ACCOUNT_MAIN_PORT", "whole number"),
        ] {
            let error = overlaid("", &[(name, "hunter2")]).unwrap_err();
            assert!(error.contains(right) && !error.contains("hunter2"), "{error}");
        }
        let error = overlaid("", &[("RUAUDIT_DOMAINS", "[1]")]).unwrap_err();
        assert!(error.contains("commas"), "{error}");
    }
}
