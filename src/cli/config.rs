//! The **configuration file**: `db`, `window`, `domains`, `[provenance]`, `[thresholds]` and
//! `[limits]`, in TOML.
//!
//! In: a path. Out: what it says; what it does not say stays as it is. Refuses keys that it does
//! not know, with the nearest that it does: a typing error must not silently change a verdict.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::analyze::Thresholds;
use crate::decode::Limits;
use crate::error::{Error, Result};

use super::nearest::nearest;

/// What a configuration file may say.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Config {
    /// The store; seen from the file's own folder.
    pub(super) db: Option<PathBuf>,
    /// The files and folders that `run` reads; seen from the file's own folder.
    pub(super) paths: Vec<PathBuf>,
    /// The window, as `--window` has it.
    pub(super) window: Option<String>,
    /// The operator's domains; reports about others, not below these, are kept aside. All if empty.
    pub(super) domains: Vec<String>,
    /// Whose word is taken for who sent a report.
    pub(super) provenance: Trust,
    /// The numbers that decide.
    pub(super) thresholds: Thresholds,
    /// The limits of decoding.
    pub(super) limits: Limits,
}

/// Whose word is taken for who sent a report (RFC 8601).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Trust {
    /// The names that the operator's own mail servers write into `Authentication-Results`.
    pub(super) authserv_ids: Vec<String>,
    /// Whether reports by mail count only if these servers say that the mail is genuine.
    pub(super) require: bool,
}

impl Config {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            failed(path, error, "name a file that is there with --config, or leave it out")
        })?;
        let mut config = Self::parse(path, &text)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.db = config.db.map(|db| folder.join(db));
        config.paths.iter_mut().for_each(|path| *path = folder.join(&*path));
        Ok(config)
    }

    fn parse(path: &Path, text: &str) -> Result<Self> {
        let remedy = "mend the file; README.md shows every key";
        let table: toml::Table = text.parse().map_err(|error| failed(path, error, remedy))?;
        check_keys(&table).map_err(|(why, remedy)| failed(path, why, remedy))?;
        let mut config: Self = toml::from_str(text).map_err(|error| failed(path, error, remedy))?;
        config.domains.iter_mut().for_each(|name| *name = folded(name));
        check_domains(&config.domains)
            .map_err(|why| failed(path, why, "write domains like \"acme.example\""))?;
        let ids = &mut config.provenance.authserv_ids;
        ids.iter_mut().for_each(|id| *id = id.trim().to_owned());
        check_trust(&config.provenance).map_err(|why| {
            failed(path, why, "name your mail server as it stands in Authentication-Results")
        })?;
        check_shares(&config.thresholds)
            .map_err(|why| failed(path, why, "give a share from 0 to 1, like 0.02"))?;
        check_depths(&config.limits)
            .map_err(|why| failed(path, why, "give a depth from 1 to 100; real reports need 3"))?;
        Ok(config)
    }
}

fn failed(path: &Path, why: impl std::fmt::Display, remedy: impl Into<String>) -> Error {
    let why = why.to_string();
    Error::new(format!("cannot use the configuration {}", path.display()), why.trim_end(), remedy)
}

/// Finds the first key that nothing reads: what is wrong, and what would be right.
fn check_keys(table: &toml::Table) -> std::result::Result<(), (String, String)> {
    const TOP: [&str; 7] =
        ["db", "paths", "window", "domains", "provenance", "thresholds", "limits"];
    check_level(table, "", &TOP.map(str::to_owned))?;
    let sections = [
        ("provenance", keys(&Trust::default())),
        ("thresholds", keys(&Thresholds::default())),
        ("limits", keys(&Limits::default())),
    ];
    for (name, known) in sections {
        if let Some(section) = table.get(name).and_then(toml::Value::as_table) {
            check_level(section, &format!("{name}."), &known)?;
        }
    }
    Ok(())
}

fn check_level(
    table: &toml::Table,
    prefix: &str,
    known: &[String],
) -> std::result::Result<(), (String, String)> {
    let Some(key) = table.keys().find(|key| !known.contains(key)) else {
        return Ok(());
    };
    let known = known.iter().map(String::as_str);
    let remedy = match nearest(key, known.clone()).first() {
        Some(near) => format!("did you mean `{prefix}{near}`?"),
        None => format!("there are: {}", known.collect::<Vec<_>>().join(", ")),
    };
    Err((format!("no such key `{prefix}{key}`"), remedy))
}

/// The keys of a section, from the values themselves, so that no list can go out of date.
fn keys(section: &impl Serialize) -> Vec<String> {
    toml::Table::try_from(section).map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

/// A domain as reports are known by: lower case, without a final dot.
fn folded(name: &str) -> String {
    let name = name.trim();
    name.strip_suffix('.').unwrap_or(name).to_lowercase()
}

/// What is no domain can never match, and would set every report aside.
fn check_domains(domains: &[String]) -> std::result::Result<(), String> {
    let is_name = |name: &str| {
        let label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        name.contains('.') && name.split('.').all(label)
    };
    match domains.iter().find(|name| !is_name(name)) {
        Some(name) if !name.is_ascii() => {
            Err(format!("`domains` holds `{name}`; write it as DNS has it (xn--...)"))
        }
        Some(name) => Err(format!("`domains` holds `{name}`, which is no domain")),
        None => Ok(()),
    }
}

fn check_trust(trust: &Trust) -> std::result::Result<(), String> {
    if trust.authserv_ids.iter().any(String::is_empty) {
        return Err("`provenance.authserv_ids` holds an empty name".into());
    }
    // The name ends at the first of these where it is read, so it would never match.
    let ends_name = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, ';' | '=' | '"' | '\'' | '(' | ')')
    };
    if let Some(id) = trust.authserv_ids.iter().find(|id| id.contains(ends_name)) {
        let shown = id.escape_debug();
        return Err(format!(
            "`provenance.authserv_ids` holds `{shown}`, which can never match: give the name alone, \
             up to the first blank or semicolon"
        ));
    }
    if trust.require && trust.authserv_ids.is_empty() {
        return Err(
            "`provenance.require` without `provenance.authserv_ids` would count no mail".into()
        );
    }
    Ok(())
}

/// Every threshold with a fraction is a share; TOML can also say `nan` and `inf`.
fn check_shares(thresholds: &Thresholds) -> std::result::Result<(), String> {
    let table = toml::Table::try_from(thresholds).unwrap_or_default();
    for (key, value) in &table {
        let share = value.as_float().unwrap_or_default();
        let certain = key == "confidence" && (share <= 0.0 || share >= 1.0);
        if certain || !(0.0..=1.0).contains(&share) {
            return Err(format!("`thresholds.{key}` cannot be {share}"));
        }
    }
    Ok(())
}

/// Each level of nesting costs stack, which must not run out.
fn check_depths(limits: &Limits) -> std::result::Result<(), String> {
    let depths = [("container_depth", limits.container_depth), ("mime_depth", limits.mime_depth)];
    match depths.iter().find(|(_, depth)| !(1..=100).contains(depth)) {
        Some((key, depth)) => Err(format!("`limits.{key}` cannot be {depth}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> std::result::Result<Config, String> {
        Config::parse(Path::new("ruaudit.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_stays_as_it_is() {
        assert_eq!(Ok(Config::default()), parse(""));
        let config = parse("window = '7d'\n[thresholds]\nobserved_days = 14\n").unwrap();
        assert_eq!(Some("7d".to_owned()), config.window);
        assert_eq!(14, config.thresholds.observed_days);
        assert_eq!(Thresholds::default().confidence, config.thresholds.confidence);
    }

    #[test]
    fn unknown_keys_are_named_with_the_nearest_right_one() {
        let error = parse("[thresholds]\nobservd_days = 14\n").unwrap_err();
        assert!(error.contains("no such key `thresholds.observd_days`"), "{error}");
        assert!(error.contains("did you mean `thresholds.observed_days`?"), "{error}");
        let error = parse("windwo = '7d'").unwrap_err();
        assert!(error.contains("did you mean `window`?"), "{error}");
        let error = parse("[limits]\nxyzzyxyzzy = 1").unwrap_err();
        assert!(error.contains("there are: ") && error.contains("report_bytes"), "{error}");
    }

    #[test]
    fn every_key_of_every_section_is_known() {
        let table = |name: &str, section: toml::Table| {
            toml::to_string(&toml::Table::from_iter([(name.to_owned(), section.into())])).unwrap()
        };
        let limits = table("limits", toml::Table::try_from(Limits::default()).unwrap());
        let thresholds = table("thresholds", toml::Table::try_from(Thresholds::default()).unwrap());
        assert_eq!(Ok(Config::default()), parse(&format!("{limits}\n{thresholds}")));
    }

    #[test]
    fn domains_are_folded_and_must_be_domains() {
        let config = parse("domains = ['ACME.Example.', 'shop.example']").unwrap();
        assert_eq!(vec!["acme.example", "shop.example"], config.domains);
        for wrong in
            ["", "acme", "https://acme.example", "joe@acme.example", "*.acme.example", "a..b"]
        {
            let error = parse(&format!("domains = ['{wrong}']")).unwrap_err();
            assert!(error.contains("no domain") && error.contains("acme.example"), "{error}");
        }
        assert!(parse("domains = ['münchen.example']").unwrap_err().contains("xn--"));
    }

    #[test]
    fn trust_needs_somebody_who_is_trusted() {
        let config =
            parse("[provenance]\nauthserv_ids = ['mx.acme.example']\nrequire = true").unwrap();
        assert!(config.provenance.require);
        let error = parse("[provenance]\nrequire = true").unwrap_err();
        assert!(error.contains("authserv_ids"), "{error}");
        assert!(parse("[provenance]\nauthserv_ids = ['']").unwrap_err().contains("empty name"));
        assert!(parse("[provenance]\nauthserv_ids = [' ']").unwrap_err().contains("empty name"));
        let error = parse("[provenance]\nauthserv_id = ['x']").unwrap_err();
        assert!(error.contains("did you mean `provenance.authserv_ids`?"), "{error}");
    }

    #[test]
    fn names_of_servers_that_can_never_match_are_refused() {
        let parse = |id: &str| {
            let id = toml::Value::from(id);
            parse(&format!("[provenance]\nauthserv_ids = ['ok.example', {id}]"))
        };
        let config = parse(" mx.acme.example\t").unwrap();
        assert_eq!(vec!["ok.example", "mx.acme.example"], config.provenance.authserv_ids);
        assert!(parse("host_1").is_ok());
        for wrong in ["mx;", "mx 1", "a\tb", "\"mx\"", "'mx'", "mx\u{7}x", "mx (a)", "a=b", "m\nx"]
        {
            let error = parse(wrong).unwrap_err();
            assert!(error.contains("never match"), "{wrong:?}: {error}");
            assert!(!error.contains('\u{7}'), "{error:?}");
        }
    }

    #[test]
    fn impossible_values_are_refused() {
        for line in
            ["confidence = 1.0", "reject_rate = nan", "day_coverage = 1.5", "asks_share = -0.1"]
        {
            let error = parse(&format!("[thresholds]\n{line}")).unwrap_err();
            assert!(error.contains("from 0 to 1"), "{line}: {error}");
        }
        assert!(parse("window = 7").unwrap_err().contains("window"));
        assert!(parse("[limits]\nrecords = -1").is_err());
        let error = parse("[limits]\nmime_depth = 100000").unwrap_err();
        assert!(error.contains("limits.mime_depth") && error.contains("1 to 100"), "{error}");
    }

    #[test]
    fn the_store_is_seen_from_the_files_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, "db = 'mail.db'").unwrap();
        assert_eq!(Some(folder.path().join("mail.db")), Config::read(&path).unwrap().db);
    }
}
