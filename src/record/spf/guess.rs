//! **Guesses** at what was meant by a word that is no term.
//!
//! In: a word taken apart. Out: the fault, with the word that was probably meant where there is one.

use super::super::near::distance;
use super::address;
use super::domain;
use super::term::{Fault, Parts};

/// Names that people give to mechanisms, beside slips of the finger.
const ALIASES: &[(&str, &str)] = &[
    ("ipv4", "ip4"),
    ("ipv6", "ip6"),
    ("ip-4", "ip4"),
    ("ip-6", "ip6"),
    ("ip", "ip4"),
    ("ipaddress", "ip4"),
    ("host", "a"),
    ("aaaa", "a"),
    ("domain", "a"),
    ("spf", "include"),
    ("inc", "include"),
    ("includes", "include"),
    ("including", "include"),
    ("exist", "exists"),
];

/// The mechanisms, the long ones in reach of a slip of the finger.
const MECHANISMS: &[&str] = &["include", "exists", "all", "ip4", "ip6", "ptr"];

/// Modifiers that have a meaning to somebody, besides `redirect` and `exp`: RFC 6652.
const REPORTING: &[&str] = &["ra", "rp", "rr"];

/// What a modifier that receivers do not know was meant to be: the name of a mechanism, which takes a
/// colon, or `redirect` or `exp`. None where it may be meant as it stands.
pub(super) fn modifier(name: &str) -> Option<&'static str> {
    if REPORTING.contains(&name) {
        return None;
    }
    let plain = MECHANISMS.iter().chain(&["a", "mx"]).copied();
    plain.clone().find(|known| *known == name).or_else(|| {
        let near = ["redirect", "include"].into_iter().find(|known| distance(name, known) <= 2);
        near.or_else(|| alias(name))
    })
}

fn alias(name: &str) -> Option<&'static str> {
    ALIASES.iter().find(|(wrong, _)| *wrong == name).map(|(_, right)| *right)
}

/// The mechanism that a name was probably meant to be.
fn mechanism(name: &str) -> Option<&'static str> {
    let name = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    let known = ["a", "mx"].iter().chain(MECHANISMS).find(|known| **known == name).copied();
    known.or_else(|| alias(&name)).or_else(|| {
        MECHANISMS.iter().copied().find(|known| {
            let reach = if known.len() > 3 { 2 } else { 1 };
            distance(&name, known) <= reach && (known.len() > 3 || name.len() >= 2)
        })
    })
}

/// The fault of a word that is no term.
pub(super) fn unknown(parts: &Parts) -> Fault {
    let known = [sign_behind, doubled_sign, bare_address, web];
    if let Some(fault) = known.iter().find_map(|fault| fault(parts)) {
        return fault;
    }
    if matches!(parts.name, "redirect" | "exp") {
        let what = format!("`{}` takes `=`; receivers answer permerror", parts.name);
        let instead = format!("{}={}", parts.name, parts.value);
        return unknown_name(parts, what).instead((!parts.value.is_empty()).then_some(instead));
    }
    if parts.name.starts_with('!') {
        let what = "`!` negates nothing in SPF: a term that is to fail begins with `-`; receivers answer permerror";
        return unknown_name(parts, what.to_owned());
    }
    if let Some(right) = mechanism(parts.name) {
        let what = format!("there is no mechanism `{}`; receivers answer permerror", parts.name);
        return unknown_name(parts, what).instead(renamed(parts, right));
    }
    let bare = domain::bare(&parts.word[parts.sign.len()..]);
    if domain::is_host(bare) {
        return bare_name(parts, bare);
    }
    let what = format!("`{}` is no term of SPF; receivers answer permerror", parts.word);
    unknown_name(parts, what)
}

fn unknown_name(parts: &Parts, what: String) -> Fault {
    Fault::new("spf_unknown_mechanism", what).at(parts.word, parts.name)
}

/// The word with the right name of a mechanism.
fn renamed(parts: &Parts, right: &str) -> Option<String> {
    if right == "all" {
        return parts.mark.is_none().then(|| parts.with("all"));
    }
    if right.starts_with("ip") {
        let address = parts.value.split('/').next().unwrap_or_default();
        let family = match address::meant(address) {
            Some(address) if address.is_ipv6() => "ip6",
            Some(_) => "ip4",
            None => right,
        };
        return (!parts.value.is_empty()).then(|| parts.with(&format!("{family}:{}", parts.value)));
    }
    match parts.mark {
        Some('/') => Some(parts.with(&format!("{right}{}", parts.value))),
        Some(mark) => Some(parts.with(&format!("{right}{mark}{}", parts.value))),
        None => matches!(right, "a" | "mx" | "ptr").then(|| parts.with(right)),
    }
}

/// What is shown as meant: nobody means an `all` that lets anybody pass.
pub(super) fn shown(word: &str) -> String {
    let lets_pass = ["all", "+all"].iter().any(|all| word.eq_ignore_ascii_case(all));
    if lets_pass { "~all".to_owned() } else { word.to_owned() }
}

/// `all=-`, `all=-all`, `all=fail`.
pub(super) fn all_of_value(value: &str) -> String {
    let sign = match value.to_ascii_lowercase().as_str() {
        "-" | "-all" | "fail" | "hardfail" => "-",
        "~" | "~all" | "softfail" => "~",
        "?" | "?all" | "neutral" => "?",
        _ => "",
    };
    format!("{sign}all")
}

/// `all-`, for `-all`.
fn sign_behind(parts: &Parts) -> Option<Fault> {
    let (name, sign) = parts.word.split_at_checked(3)?;
    let is_sign = matches!(sign, "-" | "~" | "?" | "+");
    let what = format!(
        "the qualifier stands in front: there is no mechanism `{}`; receivers answer \
                        permerror",
        parts.word
    );
    (is_sign && name.eq_ignore_ascii_case("all"))
        .then(|| unknown_name(parts, what).instead(format!("{sign}all")))
}

/// `--all`, `~-all`: the last sign is the one beside the word.
fn doubled_sign(parts: &Parts) -> Option<Fault> {
    let rest = parts.word.trim_start_matches(['+', '-', '~', '?']);
    let signs = &parts.word[..parts.word.len() - rest.len()];
    if signs.len() < 2 || rest.is_empty() {
        return None;
    }
    let same = signs.chars().all(|c| signs.starts_with(c));
    let what = format!("`{signs}` is more than one qualifier; receivers answer permerror");
    let instead = same.then(|| format!("{}{rest}", &signs[..1]));
    Some(Fault::new("spf_doubled_qualifier", what).at(parts.word, signs).instead(instead))
}

/// An address without its mechanism.
fn bare_address(parts: &Parts) -> Option<Fault> {
    let rest = &parts.word[parts.sign.len()..];
    let (address, length) = match rest.split_once('/') {
        Some((address, length)) => (address, format!("/{length}")),
        None => (rest, String::new()),
    };
    let found = address::meant(address)?;
    let mechanism = if found.is_ipv4() { "ip4" } else { "ip6" };
    let what = format!("an address needs `{mechanism}:` before it; receivers answer permerror");
    let instead = parts.with(&format!("{mechanism}:{found}{length}"));
    Some(Fault::new("spf_bare_address", what).instead(instead))
}

/// The address of a web page.
fn web(parts: &Parts) -> Option<Fault> {
    let name = parts.name.to_ascii_lowercase();
    if !matches!(name.as_str(), "http" | "https") {
        return None;
    }
    let what = "the address of a web page is no term of SPF; receivers answer permerror";
    Some(Fault::new("spf_web_address", what))
}

/// A name without its mechanism.
fn bare_name(parts: &Parts, name: &str) -> Fault {
    let what = format!(
        "a name needs a mechanism before it: `a:{name}` where it is a server, `include:{name}` \
         where it has an SPF record of its own; receivers answer permerror"
    );
    let record = name.split('.').any(|label| label.to_ascii_lowercase().contains("spf"));
    let instead = record.then(|| parts.with(&format!("include:{name}")));
    Fault::new("spf_bare_name", what).instead(instead)
}
