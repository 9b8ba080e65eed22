//! The **keys** of a configuration, and the shape that the value of each must have.
//!
//! In: a table of TOML. Out: what is wrong with it. A value is never quoted: it may be a password
//! that stands behind the wrong key.

use serde::Serialize;
use toml::{Table, Value};

use crate::analyze::Thresholds;
use crate::cli::nearest::nearest;
use crate::decode::Limits;

use super::problem::Wrong;

/// The shape of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text.
    Text,
    /// A whole number from nought on.
    Number,
    /// A number with a fraction.
    Share,
    /// True or false.
    Switch,
    /// A list of texts.
    Texts,
    /// A command: a list, or one text for the shell.
    Command,
}

use Shape::{Command, Number, Share, Switch, Text, Texts};

/// What stands above all sections.
const TOP: &[(&str, Shape)] = &[
    ("db", Text),
    ("window", Text),
    ("domains", Texts),
    ("paths", Texts),
    ("providers", Text),
    ("mmdb", Texts),
    ("live", Switch),
    ("nameserver", Text),
];

const PROVENANCE: &[(&str, Shape)] = &[("authserv_ids", Texts), ("require", Switch)];

const ACCOUNT: &[(&str, Shape)] = &[
    ("host", Text),
    ("user", Text),
    ("security", Text),
    ("port", Number),
    ("ca_file", Text),
    ("password", Text),
    ("password_file", Text),
    ("password_env", Text),
    ("password_command", Command),
    ("password_credential", Text),
    ("folders", Texts),
    ("processed", Text),
    ("rejected", Text),
    ("other", Text),
    ("connect_seconds", Number),
    ("command_seconds", Number),
    ("body_seconds", Number),
    ("attempts", Number),
];

const OAUTH: &[(&str, Shape)] = &[
    ("provider", Text),
    ("tenant", Text),
    ("flow", Text),
    ("client_id", Text),
    ("client_secret", Text),
    ("client_secret_file", Text),
    ("client_secret_env", Text),
    ("client_secret_command", Command),
    ("client_secret_credential", Text),
    ("scope", Text),
    ("authorize_url", Text),
    ("device_url", Text),
    ("token_url", Text),
    ("ca_file", Text),
    ("mechanism", Text),
    ("token_file", Text),
];

/// The keys that say where a secret is kept, behind its name: exactly one of them.
pub(super) const SECRET_ENDS: [&str; 5] = ["", "_file", "_env", "_command", "_credential"];

impl Shape {
    /// What would be right.
    pub(super) fn asks(self) -> &'static str {
        match self {
            Text => "give a text in quotes",
            Number => "give a whole number, 0 or more",
            Share => "give a number, like 0.02",
            Switch => "give true or false",
            Texts => "give a list of texts, like [\"one\", \"two\"]",
            Command => {
                "give a list like [\"pass\", \"show\", \"dmarc\"], or one text for the shell"
            }
        }
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Text => value.is_str(),
            Number => value.as_integer().is_some_and(|number| number >= 0),
            Share => value.is_float() || value.is_integer(),
            Switch => value.is_bool(),
            Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_str)),
            Command => value.is_str() || Texts.fits(value),
        }
    }

    /// Reads the value of an environment variable; None if it has another shape.
    pub(super) fn read(self, text: &str) -> Option<Value> {
        let value = match self {
            Text => text.into(),
            Number => text.trim().parse::<i64>().ok()?.into(),
            Share => text.trim().parse::<f64>().ok()?.into(),
            Switch => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => true.into(),
                "false" | "no" | "0" => false.into(),
                _ => return None,
            },
            Texts if text.trim_start().starts_with('[') => array(text)?,
            Texts => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::Array(items.map(Value::from).collect())
            }
            Command => array(text).unwrap_or_else(|| text.into()),
        };
        self.fits(&value).then_some(value)
    }
}

fn array(text: &str) -> Option<Value> {
    let text = text.trim();
    let table: Table = format!("it = {text}").parse().ok().filter(|_| text.starts_with('['))?;
    table.get("it").filter(|value| value.is_array()).cloned()
}

/// A level of the configuration: its keys, and the sections below.
struct Level {
    prefix: String,
    keys: Vec<(String, Shape)>,
    sections: &'static [&'static str],
}

impl Level {
    fn top() -> Self {
        let sections = &["provenance", "thresholds", "limits", "account"];
        Self { prefix: String::new(), keys: owned(TOP), sections }
    }

    fn section(name: &str, keys: Vec<(String, Shape)>) -> Self {
        Self { prefix: format!("{name}."), keys, sections: &[] }
    }

    fn account(name: &str) -> Self {
        Self { sections: &["oauth"], ..Self::section(&format!("account.{name}"), owned(ACCOUNT)) }
    }

    fn oauth(name: &str) -> Self {
        Self::section(&format!("account.{name}.oauth"), owned(OAUTH))
    }

    /// The sections whose names are fixed.
    fn fixed() -> [(&'static str, Self); 3] {
        [
            ("provenance", owned(PROVENANCE)),
            ("thresholds", of(&Thresholds::default())),
            ("limits", of(&Limits::default())),
        ]
        .map(|(name, keys)| (name, Self::section(name, keys)))
    }

    /// Each key with its whole path.
    fn paths(self) -> impl Iterator<Item = (String, Shape)> {
        let Self { prefix, keys, .. } = self;
        keys.into_iter().map(move |(key, shape)| (format!("{prefix}{key}"), shape))
    }

    /// Notes what is wrong on this level.
    fn check(&self, table: &Table, wrong: &mut Vec<Wrong>) {
        for (key, value) in table {
            let path = format!("{}{key}", self.prefix);
            let shape = self.keys.iter().find(|(known, _)| known == key).map(|(_, shape)| *shape);
            if self.sections.contains(&key.as_str()) {
                if !value.is_table() {
                    let remedy = format!("write it as [{path}], with its keys below");
                    wrong.push(Wrong::new(&path, "is a section, no single value", remedy));
                }
            } else if let Some(shape) = shape {
                if !shape.fits(value) {
                    wrong.push(Wrong::new(&path, kind(value), shape.asks()));
                }
            } else {
                wrong.push(self.unknown(key));
            }
        }
    }

    fn unknown(&self, key: &str) -> Wrong {
        let keys = self.keys.iter().map(|(key, _)| key.as_str());
        let known = keys.chain(self.sections.iter().copied());
        let remedy = match (elsewhere(key, &self.prefix), nearest(key, known.clone()).first()) {
            (Some(place), Some(near)) if is_number_of(near, key) => {
                format!("did you mean `{}{near}`? If not: {place}", self.prefix)
            }
            (Some(place), _) => place,
            (None, Some(near)) => format!("did you mean `{}{near}`?", self.prefix),
            (None, None) => format!("there are: {}", known.collect::<Vec<_>>().join(", ")),
        };
        let path = format!("{}{key}", self.prefix);
        Wrong { why: format!("no such key `{path}`"), key: path, remedy }
    }
}

/// Whether the two are the singular and the plural of one word.
fn is_number_of(one: &str, other: &str) -> bool {
    one.strip_suffix('s') == Some(other) || other.strip_suffix('s') == Some(one)
}

/// Where a key belongs that is right elsewhere. In TOML a key belongs to the section above it, which
/// is easily forgotten.
fn elsewhere(key: &str, prefix: &str) -> Option<String> {
    let has = |keys: &[(&str, Shape)]| keys.iter().any(|(known, _)| *known == key);
    if has(TOP) {
        return Some("write it above the first [section]".into());
    }
    let account = prefix.strip_prefix("account.").and_then(|rest| rest.split('.').next());
    let account = account.unwrap_or("main");
    if has(ACCOUNT) {
        return Some(format!("it belongs below [account.{account}]"));
    }
    if has(OAUTH) {
        return Some(format!("it belongs below [account.{account}.oauth]"));
    }
    let fixed = Level::fixed();
    let (name, _) = fixed.iter().find(|(_, it)| it.keys.iter().any(|(known, _)| known == key))?;
    Some(format!("it belongs below [{name}]"))
}

/// What a value is, without the value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "is a text",
        Value::Integer(number) if *number < 0 => "is a negative number",
        Value::Integer(_) => "is a whole number",
        Value::Float(_) => "is a number with a fraction",
        Value::Boolean(_) => "is true or false",
        Value::Datetime(_) => "is a date",
        Value::Array(_) => "is a list, or one of other things than texts",
        Value::Table(_) => "is a section",
    }
}

fn owned(keys: &[(&str, Shape)]) -> Vec<(String, Shape)> {
    keys.iter().map(|(key, shape)| ((*key).to_owned(), *shape)).collect()
}

/// The keys of a section, from the values themselves, so that no list can go out of date.
fn of(section: &impl Serialize) -> Vec<(String, Shape)> {
    let table = Table::try_from(section).unwrap_or_default();
    let shape = |value: &Value| if value.is_float() { Share } else { Number };
    table.iter().map(|(key, value)| (key.clone(), shape(value))).collect()
}

/// Notes every key that nothing reads, and every value of a wrong shape.
pub(super) fn check(table: &Table, wrong: &mut Vec<Wrong>) {
    Level::top().check(table, wrong);
    for (name, level) in Level::fixed() {
        if let Some(section) = table.get(name).and_then(Value::as_table) {
            level.check(section, wrong);
        }
    }
    for (name, account) in tables(table, "account") {
        let Some(account) = account.as_table().filter(|_| is_name(name)) else {
            wrong.push(Wrong::new(
                &format!("account.{name}"),
                "is no account",
                "write it as [account.NAME], where a name has letters, digits, - and _",
            ));
            continue;
        };
        Level::account(name).check(account, wrong);
        if let Some(oauth) = account.get("oauth").and_then(Value::as_table) {
            Level::oauth(name).check(oauth, wrong);
        }
    }
}

/// What lies in a section, if it is there.
pub(super) fn tables<'a>(
    table: &'a Table,
    name: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    table.get(name).and_then(Value::as_table).into_iter().flatten()
}

/// Whether an account may be called that: it becomes part of file names and variables.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Every key whose path is fixed.
pub(super) fn fixed_paths() -> Vec<(String, Shape)> {
    let fixed = Level::fixed().into_iter().flat_map(|(_, level)| level.paths());
    Level::top().paths().chain(fixed).collect()
}

/// Every key of an account.
pub(super) fn account_paths(name: &str) -> Vec<(String, Shape)> {
    Level::account(name).paths().chain(Level::oauth(name).paths()).collect()
}
