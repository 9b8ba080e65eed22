//! A **term** of an SPF record (RFC 7208 section 4.6.1): a mechanism with its qualifier, or a modifier.
//!
//! In: one word of the record. Out: what it means, or the **fault**: what is wrong, where in the word,
//! and the word that was probably meant.

use super::address;
use super::domain;
use super::guess;
use super::macros;
use super::network::Network;

/// What a match means (RFC 7208 section 4.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Qualifier {
    /// `+`, and nothing.
    Pass,
    /// `-`.
    Fail,
    /// `~`.
    Softfail,
    /// `?`.
    Neutral,
}

impl Qualifier {
    fn of(sign: char) -> Option<Self> {
        Some(match sign {
            '+' => Self::Pass,
            '-' => Self::Fail,
            '~' => Self::Softfail,
            '?' => Self::Neutral,
            _ => return None,
        })
    }
}

/// The names of `a` and `mx`: whose addresses, and how many bits of them count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// None: the domain of the record itself.
    pub(super) domain: Option<String>,
    pub(super) v4: u8,
    pub(super) v6: u8,
}

/// A mechanism.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mechanism {
    All,
    Include(String),
    A(Target),
    Mx(Target),
    Ptr,
    Ip(Network),
    Exists(String),
}

/// A term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    Directive(Qualifier, Mechanism),
    Redirect(String),
    Exp,
    /// A modifier that receivers ignore: its name in lower case.
    Other(String),
}

impl Term {
    /// Whether receivers ask the DNS for it, so that it counts (RFC 7208 section 4.6.4).
    pub(super) fn looks_up(&self) -> bool {
        match self {
            Self::Redirect(_) => true,
            Self::Directive(_, mechanism) => {
                !matches!(mechanism, Mechanism::All | Mechanism::Ip(_))
            }
            Self::Exp | Self::Other(_) => false,
        }
    }

    pub(super) fn is_all(&self) -> bool {
        matches!(self, Self::Directive(_, Mechanism::All))
    }
}

/// What is wrong with a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    /// Bytes of the word: the first, and the one after the last; none for the whole word.
    pub(super) part: Option<(usize, usize)>,
    pub(super) what: String,
    /// The word that was probably meant, or several.
    pub(super) instead: Option<String>,
}

impl Fault {
    pub(super) fn new(code: &'static str, what: impl Into<String>) -> Self {
        Self { code, part: None, what: what.into(), instead: None }
    }

    pub(super) fn instead(self, word: impl Into<Option<String>>) -> Self {
        Self { instead: word.into(), ..self }
    }

    /// The fault is in this part of the word.
    pub(super) fn at(self, word: &str, part: &str) -> Self {
        Self { part: super::part_of(word, part), ..self }
    }
}

/// A word taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) word: &'a str,
    /// The qualifier as it is written; empty without one.
    pub(super) sign: &'a str,
    pub(super) name: &'a str,
    /// What follows the name: `:`, `=` or `/`.
    pub(super) mark: Option<char>,
    /// What follows a `:` or `=`; with a `/`, from there on.
    pub(super) value: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn of(word: &'a str) -> Self {
        let signed = word.starts_with(|c| Qualifier::of(c).is_some());
        let (sign, rest) = word.split_at(usize::from(signed));
        let end = rest.find([':', '=', '/']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let mark = rest.chars().next();
        let value = if mark == Some('/') { rest } else { rest.get(1..).unwrap_or_default() };
        Self { word, sign, name, mark, value }
    }

    fn qualifier(&self) -> Qualifier {
        self.sign.chars().next().and_then(Qualifier::of).unwrap_or(Qualifier::Pass)
    }

    /// The same word with another name, mark and value.
    pub(super) fn with(&self, rest: &str) -> String {
        format!("{}{rest}", self.sign)
    }
}

/// Reads a word.
pub(super) fn read(word: &str) -> Result<Term, Fault> {
    let parts = Parts::of(word);
    match parts.mark {
        Some('=') => modifier(&parts),
        _ => mechanism(&parts).map(|found| Term::Directive(parts.qualifier(), found)),
    }
}

fn modifier(parts: &Parts) -> Result<Term, Fault> {
    let name = parts.name.to_ascii_lowercase();
    if !is_modifier_name(&name) {
        let what = format!("`{}` is no name of a modifier", parts.name);
        return Err(Fault::new("spf_unknown_mechanism", what).at(parts.word, parts.name));
    }
    if !parts.sign.is_empty() {
        let what = format!("`{name}=` takes no qualifier; receivers answer permerror");
        return Err(Fault::new("spf_qualified_modifier", what)
            .at(parts.word, parts.sign)
            .instead(parts.word[parts.sign.len()..].to_owned()));
    }
    match name.as_str() {
        "redirect" => domain::read(parts, "").map(Term::Redirect),
        "exp" => domain::read(parts, "").map(|_| Term::Exp),
        // ignored, and yet a macro in it that is none is an error of syntax (section 4.6)
        _ => match macros::check(parts.value) {
            Ok(()) => Ok(Term::Other(name)),
            Err((part, what)) => Err(Fault::new("spf_bad_macro", what).at(parts.word, part)),
        },
    }
}

fn is_modifier_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn mechanism(parts: &Parts) -> Result<Mechanism, Fault> {
    let name = parts.name.to_ascii_lowercase();
    match name.as_str() {
        "all" => all(parts),
        "include" => domain::read(parts, "include").map(Mechanism::Include),
        "exists" => domain::read(parts, "exists").map(Mechanism::Exists),
        "a" => target(parts).map(Mechanism::A),
        "mx" => target(parts).map(Mechanism::Mx),
        "ptr" => ptr(parts),
        "ip4" | "ip6" => address::read(parts).map(Mechanism::Ip),
        _ => Err(guess::unknown(parts)),
    }
}

fn all(parts: &Parts) -> Result<Mechanism, Fault> {
    if parts.mark.is_none() {
        return Ok(Mechanism::All);
    }
    let what = "`all` takes nothing behind it; receivers answer permerror";
    Err(Fault::new("spf_all_with_value", what).instead(parts.with("all")))
}

fn ptr(parts: &Parts) -> Result<Mechanism, Fault> {
    match parts.mark {
        None => Ok(Mechanism::Ptr),
        _ => domain::read(parts, "ptr").map(|_| Mechanism::Ptr),
    }
}

fn target(parts: &Parts) -> Result<Target, Fault> {
    let (domain, lengths) = match parts.mark {
        None => (None, ""),
        Some('/') => (None, parts.value),
        Some(_) => {
            let (domain, lengths) = domain::split(parts.value);
            let alone = Parts { value: domain, ..*parts };
            let domain = domain::read(&alone, parts.name);
            (Some(domain.map_err(|fault| behind(fault, lengths))?), lengths)
        }
    };
    let (v4, v6) = address::lengths(parts, lengths)?;
    Ok(Target { domain, v4, v6 })
}

/// A fault of the name alone: what is proposed keeps the prefix length.
fn behind(fault: Fault, lengths: &str) -> Fault {
    let instead = fault.instead.clone().map(|word| format!("{word}{lengths}"));
    fault.instead(instead)
}
