//! The SPF record that is **misspelt**: it stands in the DNS, and receivers do not see it.
//!
//! In: the texts that are meant as one. Out: of one alone that text corrected, for the next record to be
//! made of; of several, or where nobody can tell what was meant, none. Never a new one: beside the misspelt
//! one it would be the second as soon as somebody mends that.

use std::net::IpAddr;

use crate::model::command;
use crate::model::dns::{Answer, Exchange, Family, Resolver};
use crate::model::finding::{Checked, Severity};
use crate::model::publication::Origin;
use crate::record::spf::{Expansion, expand};
use crate::record::unseen;

use super::Today;

/// What is known where these texts stand in the place of the record.
pub(super) fn today(domain: &str, texts: &[String], origin: Origin) -> Today {
    let (base, problem) = match texts {
        [text] => one(domain, text),
        _ => (None, several(domain, texts.len())),
    };
    Today { text: None, origin: Some(origin), problem: Some(problem), base, unseen: texts.to_vec() }
}

/// The corrected record, and what must be known of it.
fn one(domain: &str, text: &str) -> (Option<String>, String) {
    let (fault, corrected) = unseen(domain, domain, text).map(read).unwrap_or_default();
    let what = format!(
        "receivers do not see what stands at {domain} and is meant as an SPF record{fault}: edit that \
         one, do not add a second"
    );
    let how = match &corrected {
        Some(_) => "once corrected it holds, and nobody has obeyed it so far: put in what else sends for you"
            .to_owned(),
        None => format!("nobody can tell what it was meant to say: ruaudit check {}", command::domain(domain)),
    };
    (corrected, format!("{what}; {how}"))
}

/// What is wrong, in brackets, and the record as it was meant.
fn read(checked: Checked) -> (String, Option<String>) {
    let error = checked.findings.iter().find(|finding| finding.severity == Severity::Error);
    let fault = error.map_or(String::new(), |error| format!(" ({})", error.what));
    (fault, checked.corrected)
}

fn several(domain: &str, many: usize) -> String {
    format!(
        "receivers see none of {many} texts that stand at {domain} and are meant as SPF records: make one \
         record of them, do not add another: ruaudit check {}",
        command::domain(domain)
    )
}

/// Where that record leads to, were it the one that stands at the domain.
pub(super) fn expanded(domain: &str, text: &str, dns: &dyn Resolver) -> Expansion {
    expand(domain, &Mended { domain, text, dns })
}

/// The DNS, with that record at the domain.
struct Mended<'a> {
    domain: &'a str,
    text: &'a str,
    dns: &'a dyn Resolver,
}

impl Resolver for Mended<'_> {
    fn txt(&self, name: &str) -> Answer<Vec<String>> {
        match name == self.domain {
            true => Answer::Found(vec![self.text.to_owned()]),
            false => self.dns.txt(name),
        }
    }

    fn addresses(&self, name: &str) -> Answer<Vec<IpAddr>> {
        self.dns.addresses(name)
    }

    fn addresses_of(&self, name: &str, family: Family) -> Answer<Vec<IpAddr>> {
        self.dns.addresses_of(name, family)
    }

    fn exchanges(&self, name: &str) -> Answer<Vec<Exchange>> {
        self.dns.exchanges(name)
    }

    fn names(&self, address: IpAddr) -> Answer<Vec<String>> {
        self.dns.names(address)
    }

    fn alias(&self, name: &str) -> Answer<String> {
        self.dns.alias(name)
    }
}
