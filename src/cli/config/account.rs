//! An **account** as the configuration has it: read, and refused where it could not work.

use std::path::Path;
use std::time::Duration;

use toml::{Table, Value};

use crate::cli::accounts::{Access, Account};
use crate::cli::nearest::nearest;
use crate::intake::imap::{Patience, Security, Server};
use crate::model::mailbox::{Settle, Tidy};
use crate::model::names::MAX_NAME;

use super::keys::tables;
use super::oauth;
use super::problem::{Origins, Wrong};
use super::section::Section;
use super::settle;
use super::variables::variable_of;

/// The longest that a server is waited for: a day.
const SECONDS: std::ops::RangeInclusive<u32> = 1..=86_400;
/// How often a server is tried in a row.
const ATTEMPTS: std::ops::RangeInclusive<u32> = 1..=100;

/// Reads every account; of each the first thing that is wrong. `store` is the store's folder.
pub(super) fn accounts(
    table: &Table,
    origins: &Origins,
    store: &Path,
    wrong: &mut Vec<Wrong>,
) -> Vec<Account> {
    let mut found: Vec<Account> = Vec::new();
    for (name, account) in tables(table, "account") {
        let Some(account) = account.as_table() else { continue };
        let prefix = format!("account.{name}.");
        let section = Section::new(account, &prefix, origins);
        match self::account(name, account, section, origins, store) {
            Ok(account) => found.push(account),
            Err(problem) => wrong.push(meant(problem, name, table, origins)),
        }
    }
    wrong.extend(twins(&found));
    found
}

fn account(
    name: &str,
    table: &Table,
    section: Section<'_>,
    origins: &Origins,
    store: &Path,
) -> Result<Account, Wrong> {
    let server = server(section)?;
    let user = section.required("user", "give the name to sign in with, often the address")?;
    let folders = settle::folders(section)?;
    let tidy = settle::tidy(section, &folders)?;
    let access = access(name, table, section, origins, store)?;
    let login = format!("ruaudit login {name}"); // the options are put behind it at the end
    let (name, user) = (name.to_owned(), user.to_owned());
    Ok(Account { name, login, server, user, access, folders, tidy })
}

fn server(section: Section<'_>) -> Result<Server, Wrong> {
    let remedy = "give the name of the mail server, like \"imap.example.com\"";
    let host = section.required("host", remedy)?;
    let host = host.strip_suffix('.').unwrap_or(host);
    if let Some((why, remedy)) = no_host(host) {
        return Err(section.wrong("host", why, remedy));
    }
    let words =
        [("tls", Security::Tls), ("starttls", Security::StartTls), ("plain", Security::Plain)];
    let security = section.word("security", &words)?.unwrap_or_default();
    if security == Security::Plain && !is_loopback(host) {
        let why = "would send the password for all to read";
        let remedy = "write \"tls\" or \"starttls\"; \"plain\" is for localhost, 127.0.0.0/8, ::1";
        return Err(section.wrong("security", why, remedy));
    }
    let usual = if security == Security::Tls { 993 } else { 143 };
    let port = section.number("port", 1..=u16::MAX.into())?.and_then(|port| port.try_into().ok());
    Ok(Server {
        host: host.to_owned(),
        port: port.unwrap_or(usual),
        security,
        ca_file: section.path("ca_file")?,
        patience: patience(section)?,
    })
}

/// Why this is no name or address of a server, and what would be right.
fn no_host(host: &str) -> Option<(&'static str, &'static str)> {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if host.contains("://") {
        Some(("begins with a scheme", "give the name alone, and say `security` besides"))
    } else if host.starts_with('[') {
        Some(("has brackets", "write the address without them, and the port as `port`"))
    } else if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        Some(("has a port", "give the name alone, and the port as `port`"))
    } else if !host.is_ascii() {
        Some(("is not as DNS has it", "write it as DNS has it (xn--...)"))
    } else if host.len() > MAX_NAME || !host.split('.').all(label) {
        Some(("is no name of a server", "give a name like \"imap.example.com\", or an address"))
    } else {
        None
    }
}

/// Whether a connection to this host never leaves the machine.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn patience(section: Section<'_>) -> Result<Patience, Wrong> {
    let usual = Patience::default();
    let seconds = |key, usual| -> Result<Duration, Wrong> {
        let seconds = section.number(key, SECONDS)?;
        Ok(seconds.map_or(usual, |seconds| Duration::from_secs(seconds.into())))
    };
    Ok(Patience {
        connect: seconds("connect_seconds", usual.connect)?,
        command: seconds("command_seconds", usual.command)?,
        bodies: seconds("body_seconds", usual.bodies)?,
        attempts: section.number("attempts", ATTEMPTS)?.unwrap_or(usual.attempts),
        back_off: usual.back_off,
    })
}

fn access(
    name: &str,
    table: &Table,
    section: Section<'_>,
    origins: &Origins,
    store: &Path,
) -> Result<Access, Wrong> {
    let password = section.secret("password")?;
    let oauth = table.get("oauth").and_then(Value::as_table);
    match (password, oauth) {
        (Some(password), None) => Ok(Access::Password(password)),
        (None, Some(oauth)) => {
            let prefix = format!("account.{name}.oauth.");
            let token_file = store.join(format!("ruaudit-{name}.token.json"));
            oauth::access(Section::new(oauth, &prefix, origins), token_file)
        }
        (Some(_), Some(_)) => Err(section.wrong(
            "oauth",
            format!("stands beside a password of `account.{name}`"),
            "keep one of them, and take the other out",
        )),
        (None, None) => Err(section.wrong(
            "password",
            "is missing, and so is every other way to sign in",
            "give password_file, password_env, password_command, password_credential or \
             password, or [account.NAME.oauth]",
        )),
    }
}

/// An account that variables alone make may be a misspelt name of another.
fn meant(wrong: Wrong, name: &str, table: &Table, origins: &Origins) -> Wrong {
    let prefix = format!("account.{name}.");
    let keys = origins.variables.keys().filter(|key| key.starts_with(&prefix)).count();
    let (count, deep) = table.get("account").and_then(|it| it.get(name)).map_or((0, 0), sizes);
    if keys == 0 || keys != count + deep {
        return wrong;
    }
    let others = tables(table, "account").map(|(other, _)| other.as_str());
    let others = nearest(name, others.filter(|other| *other != name));
    let remedy = match others.first() {
        Some(near) => format!("the account {name} is only in the environment; meant {near}?"),
        None => format!("{}, in {}", wrong.remedy, variable_of(&wrong.key)),
    };
    Wrong { remedy, ..wrong }
}

/// How many values an account has itself, and how many its `oauth` has.
fn sizes(account: &Value) -> (usize, usize) {
    let account = account.as_table();
    let deep = account.and_then(|account| account.get("oauth")).and_then(Value::as_table);
    let own = account.map_or(0, |it| it.values().filter(|value| !value.is_table()).count());
    (own, deep.map_or(0, Table::len))
}

/// Finds accounts that would read the same folder twice, or share their variables.
fn twins(accounts: &[Account]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (at, one) in accounts.iter().enumerate() {
        for other in &accounts[..at] {
            let prefix = format!("account.{}", one.name);
            if variable_of(&one.name) == variable_of(&other.name) {
                let why = format!("and `account.{}` would share their variables", other.name);
                wrong.push(Wrong::new(&prefix, why, "rename one of them"));
            }
            let mut shared = one.folders.iter().filter(|folder| other.folders.contains(folder));
            if let Some(folder) = shared.next().filter(|_| same_mailbox(one, other)) {
                let why = format!("reads `{folder}` of a mailbox that `{}` reads too", other.name);
                let remedy = "take it out of one of them";
                wrong.push(Wrong::new(&format!("{prefix}.folders"), why, remedy));
            }
            if same_mailbox(one, other) {
                wrong.extend(circle(one, other).or_else(|| circle(other, one)));
            }
        }
    }
    wrong
}

/// Mails that one account moves to where the other reads them would never come to rest.
fn circle(one: &Account, other: &Account) -> Option<Wrong> {
    let Tidy { processed, rejected, other: rest } = &one.tidy;
    let keys = [("processed", processed), ("rejected", rejected), ("other", rest)];
    let moves = keys.iter().filter_map(|(key, settle)| match settle {
        Settle::Move(target) => Some((key, target)),
        Settle::Leave | Settle::Flag(_) | Settle::Delete => None,
    });
    let is_read = |target: &str| other.folders.iter().any(|it| settle::is_one_place(it, target));
    let (key, target) = moves.into_iter().find(|(_, target)| is_read(target))?;
    let why = format!("moves mails to `{target}`, which `{}` reads", other.name);
    let prefix = format!("account.{}.{key}", one.name);
    Some(Wrong::new(&prefix, why, "name a folder that no account reads"))
}

fn same_mailbox(one: &Account, other: &Account) -> bool {
    one.user == other.user
        && one.server.host.eq_ignore_ascii_case(&other.server.host)
        && one.server.port == other.server.port
}
