//! The **names** of a zone file: what no name server takes for one, and whole names that lack their final dot.
//!
//! In: a name as it is written, and what the file says of its origin. Out: the name with its origin, or what is
//! wrong with it. Where no `$ORIGIN` says what the zone is, the names that SOA, NS and MX have tell it, and else
//! the Public Suffix List whether a name is a whole one.

use crate::model::finding::{Finding, Severity};
use crate::model::names::{MAX_LABEL, MAX_NAME, is_public_suffix};

use super::entries::Token;
use super::{Context, whole};

/// Whole names of hosts that are kept.
const MOST_HOSTS: usize = 16;

impl Context {
    /// A name with its origin, in lower case and without a final dot.
    pub(super) fn absolute(&self, name: &str) -> String {
        let name = name.to_lowercase();
        match (name.strip_suffix('.'), &self.origin) {
            (Some(whole), _) => whole.to_owned(),
            (None, Some(origin)) if name == "@" => origin.clone(),
            (None, Some(origin)) if !origin.is_empty() => format!("{name}.{origin}"),
            (None, _) => name,
        }
    }

    /// Keeps the whole names that a record of the zone itself has.
    pub(super) fn note_hosts(&mut self, kind: &Token, values: &[Token]) {
        if !["SOA", "NS", "MX"].iter().any(|word| kind.is_word(word)) {
            return;
        }
        let room = MOST_HOSTS.saturating_sub(self.hosts.len());
        let names = values.iter().take(2).map(|token| token.text().to_lowercase());
        let names = names.filter_map(|name| name.strip_suffix('.').map(str::to_owned));
        self.hosts.extend(names.filter(|name| name.len() <= MAX_NAME).take(room));
    }

    /// A whole name without its final dot, that of the owner: `_dmarc.acme.example`, in the zone acme.example.
    pub(super) fn without_dot(&self) -> Option<Finding> {
        let name = self.owner.as_deref().filter(|_| self.is_relative)?;
        if let Some(origin) = self.origin.as_deref() {
            let is_twice = !origin.is_empty() && name.ends_with(&format!(".{origin}.{origin}"));
            let right = is_twice.then(|| &name[..name.len() - origin.len() - 1])?;
            let what = format!("without a final dot the name is {name}, where nobody looks");
            return Some(final_dot(Severity::Error, what, right));
        }
        let domain = of_domain(name).filter(|domain| domain.contains('.') && !self.is_bare)?;
        let is_zone = self.hosts.iter().any(|host| is_below(host, domain));
        let severity = if is_zone { Severity::Error } else { Severity::Hint };
        let told = is_zone || domain.rsplit('.').next().is_some_and(is_public_suffix);
        let what = format!(
            "without a final dot name servers put the zone behind it: in the zone {domain} the name is \
             {name}.{domain}, where nobody looks"
        );
        told.then(|| final_dot(severity, what, name))
    }

    /// An alias that leads to a whole name without its final dot.
    pub(super) fn target_without_dot(&self, target: &str) -> Option<Finding> {
        let is_whole = target.contains('.')
            && !target.ends_with('.')
            && target.rsplit('.').next().is_some_and(is_public_suffix);
        if !is_whole || self.is_bare || self.origin.as_deref() == Some("") {
            return None;
        }
        let below = self.origin.as_deref().map_or("the zone".to_owned(), str::to_owned);
        let what =
            format!("without a final dot the alias leads to a name below {below}, not to {target}");
        Some(final_dot(Severity::Error, what, target))
    }
}

/// Whether a name is a domain, or below it.
fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The domain that a name of a record is about.
fn of_domain(name: &str) -> Option<&str> {
    let behind_key = name.split_once("._domainkey.").map(|(_, domain)| domain);
    Some(behind_key.or_else(|| name.strip_prefix("_dmarc.")).unwrap_or(name))
}

fn final_dot(severity: Severity, what: String, right: &str) -> Finding {
    Finding { instead: Some(format!("{right}.")), ..whole("record_name_final_dot", severity, what) }
}

/// Why no name server takes a whole name (RFC 1035 section 2.3.4).
pub(super) fn refused(name: &str) -> Option<Finding> {
    let letters = name.chars().count();
    let what = if letters > MAX_NAME {
        return Some(super::bounds::name_too_long(letters));
    } else if name.split('.').any(|label| label.chars().count() > MAX_LABEL) {
        format!("a label of the name has more than {MAX_LABEL} letters")
    } else if !name.is_empty() && name.split('.').any(str::is_empty) {
        "the name has an empty label: two dots with nothing between".to_owned()
    } else {
        return None;
    };
    Some(whole("record_name", Severity::Error, format!("{what}: no name server loads this")))
}
