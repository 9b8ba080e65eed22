//! The **values** of the keys that decide what counts and what is advised.
//!
//! In: sections whose shapes have been checked. Out: what they say; what they do not say stays as
//! it is. Refuses a value that could never be meant.

use std::net::SocketAddr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::analyze::Thresholds;
use crate::cli::window::WindowSpec;
use crate::decode::Limits;

use super::problem::Wrong;
use super::ranges;
use super::section::Section;

/// Whose word is taken for who sent a report (RFC 8601).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::cli) struct Trust {
    /// The names that the operator's own mail servers write into `Authentication-Results`.
    pub(in crate::cli) authserv_ids: Vec<String>,
    /// Whether reports by mail count only if these servers say that the mail is genuine.
    pub(in crate::cli) require: bool,
}

/// A whole section; as it is where it is not there.
pub(super) fn section<T: DeserializeOwned + Default>(
    table: &Table,
    name: &str,
) -> Result<T, Wrong> {
    let Some(section) = table.get(name) else { return Ok(T::default()) };
    section.clone().try_into().map_err(|error: toml::de::Error| {
        let why = format!("cannot be read: {}", error.message());
        Wrong::new(name, why, "give smaller numbers")
    })
}

/// The window.
pub(super) fn window(top: Section<'_>) -> Result<Option<WindowSpec>, Wrong> {
    let parse = |text| {
        WindowSpec::parse(text).map_err(|why| {
            let (why, remedy) = why.split_once("; ").unwrap_or((why.as_str(), "mend it"));
            top.wrong("window", format!("cannot be read: {why}"), remedy)
        })
    };
    top.text("window").map(parse).transpose()
}

/// The DNS server to ask; none where it is empty or not there.
pub(super) fn nameserver(top: Section<'_>) -> Result<Option<SocketAddr>, Wrong> {
    let text = top.text("nameserver").filter(|text| !text.trim().is_empty());
    let parse = |text: &str| {
        crate::cli::nameserver::parse(text).map_err(|_| {
            top.wrong(
                "nameserver",
                "is no address",
                "write it like \"192.0.2.53\" or \"192.0.2.53:5353\"",
            )
        })
    };
    text.map(parse).transpose()
}

/// The domains, folded.
pub(super) fn domains(top: Section<'_>) -> Result<Vec<String>, Wrong> {
    let mut domains = top.texts("domains").unwrap_or_default();
    domains.iter_mut().for_each(|name| *name = folded(name));
    let remedy = "write domains like \"acme.example\"";
    check_domains(&domains).map_err(|why| top.wrong("domains", why, remedy))?;
    Ok(domains)
}

/// Whose word is taken.
pub(super) fn trust(table: &Table) -> Result<Trust, Wrong> {
    let mut trust: Trust = section(table, "provenance")?;
    trust.authserv_ids.iter_mut().for_each(|id| *id = id.trim().to_owned());
    check_trust(&trust)?;
    Ok(trust)
}

/// The numbers that decide.
pub(super) fn thresholds(table: &Table) -> Result<Thresholds, Wrong> {
    let thresholds = section(table, "thresholds")?;
    ranges::check(&thresholds)?;
    Ok(thresholds)
}

/// The limits of decoding.
pub(super) fn limits(table: &Table) -> Result<Limits, Wrong> {
    let limits = section(table, "limits")?;
    check_depths(&limits)?;
    Ok(limits)
}

/// A domain as reports are known by: lower case, without a final dot.
fn folded(name: &str) -> String {
    let name = name.trim();
    name.strip_suffix('.').unwrap_or(name).to_lowercase()
}

/// What is no domain can never match, and would set every report aside.
fn check_domains(domains: &[String]) -> Result<(), String> {
    let is_name = |name: &str| {
        let label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        name.contains('.') && name.split('.').all(label)
    };
    match domains.iter().find(|name| !is_name(name)) {
        Some(name) if !name.is_ascii() => {
            Err(format!("holds `{name}`; write it as DNS has it (xn--...)"))
        }
        Some(name) => Err(format!("holds `{name}`, which is no domain")),
        None => Ok(()),
    }
}

fn check_trust(trust: &Trust) -> Result<(), Wrong> {
    let ids = "provenance.authserv_ids";
    let remedy = "name your mail server as it stands in Authentication-Results";
    if trust.authserv_ids.iter().any(String::is_empty) {
        return Err(Wrong::new(ids, "holds an empty name", remedy));
    }
    // The name ends at the first of these where it is read, so it would never match.
    let ends_name = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, ';' | '=' | '"' | '\'' | '(' | ')')
    };
    if let Some(id) = trust.authserv_ids.iter().find(|id| id.contains(ends_name)) {
        let why = format!("holds `{}`, which can never match", id.escape_debug());
        return Err(Wrong::new(
            ids,
            why,
            "give the name alone, up to the first blank or semicolon",
        ));
    }
    if trust.require && trust.authserv_ids.is_empty() {
        let why = format!("without `{ids}` would count no mail");
        return Err(Wrong::new("provenance.require", why, remedy));
    }
    Ok(())
}

/// Each level of nesting costs stack, which must not run out.
fn check_depths(limits: &Limits) -> Result<(), Wrong> {
    let depths = [("container_depth", limits.container_depth), ("mime_depth", limits.mime_depth)];
    match depths.iter().find(|(_, depth)| !(1..=100).contains(depth)) {
        Some((key, depth)) => Err(Wrong::new(
            &format!("limits.{key}"),
            format!("cannot be {depth}"),
            "give a depth from 1 to 100; real reports need 3",
        )),
        None => Ok(()),
    }
}
