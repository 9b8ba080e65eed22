//! Whether those who are **to get reports** agreed to (RFC 9990 section 4; RFC 9991 section 5 for `ruf`).
//!
//! In: a DMARC record, the domain at which it stands, and perhaps who can be asked. Out: each destination,
//! and whether receivers will send there; where nobody is asked, what others must publish first. A question
//! that nobody answered makes it unknown.

use super::dmarc::is_valid_uri;
use super::walk::{self, tags};
use crate::model::discovery::{Consent, ReportTo};
use crate::model::dns::{Answer, Resolver};
use crate::model::numbers::agree;
use crate::model::txt::{BLANK, is_dmarc};
use crate::model::{names, publication};

/// Destinations that are looked at, of each tag: receivers need not know more than a few.
pub const MOST: usize = 16;

/// The tags that name destinations.
pub const TAGS: [&str; 2] = ["rua", "ruf"];

/// The destinations of a record, in its order, `rua` first.
#[must_use]
pub fn destinations(text: &str, at: &str, resolver: &dyn Resolver) -> Vec<ReportTo> {
    let mut home = Home { at, resolver, organization: None };
    uris(text).map(|(tag, uri)| home.report_to(tag, uri)).collect()
}

/// How many destinations of a tag are beyond those that are looked at.
#[must_use]
pub fn left(text: &str, tag: &str) -> usize {
    of_tag(text, tag).count().saturating_sub(MOST)
}

/// The same of all tags together.
#[must_use]
pub fn left_of_all(text: &str) -> usize {
    TAGS.into_iter().map(|tag| left(text, tag)).sum()
}

/// That so many destinations were not looked at, in a sentence; none where all were.
#[must_use]
pub fn left_text(count: usize) -> Option<String> {
    let word = agree(count as u64, "address that is", "addresses that are");
    (count > 0).then(|| {
        format!(
            "{count} more {word} to get reports: whether they agreed was not asked, {MOST} of each tag \
             are looked at"
        )
    })
}

/// What others must publish before reports about a domain may go to them: one for each host of another
/// organisation, in the order of the record. Without a question to the DNS: organisations are told apart
/// by the Public Suffix List.
#[must_use]
pub fn consents(domain: &str, text: &str) -> Vec<publication::Consent> {
    let mut found: Vec<publication::Consent> = Vec::new();
    for host in TAGS.into_iter().flat_map(|tag| of_tag(text, tag)).filter_map(|uri| host(uri).ok())
    {
        let is_same = names::organizational(&host) == names::organizational(domain);
        if !is_same && !found.iter().any(|known| known.host == host) {
            found.push(wanted(domain, &host));
        }
    }
    found
}

/// The hosts of the addresses that are looked at, each once.
#[must_use]
pub fn hosts(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for host in uris(text).filter_map(|(_, uri)| host(uri).ok()) {
        if !found.contains(&host) {
            found.push(host);
        }
    }
    found
}

/// The record by which a host consents.
fn wanted(domain: &str, host: &str) -> publication::Consent {
    publication::Consent {
        host: host.to_owned(),
        name: name(domain, host),
        txt: "v=DMARC1;".to_owned(),
    }
}

/// Where a host says whether it takes reports about a domain.
fn name(domain: &str, host: &str) -> String {
    format!("{domain}._report._dmarc.{host}")
}

/// What must still be published, of destinations that were asked: what is there, or can never be, is left
/// out.
#[must_use]
pub fn lacking(domain: &str, asked: &[ReportTo]) -> Vec<publication::Consent> {
    let mut found: Vec<publication::Consent> = Vec::new();
    let refuses = |to: &&ReportTo| matches!(to.consent, Consent::NotAuthorised | Consent::NoHost);
    for host in asked.iter().filter(refuses).filter_map(|to| to.host.as_deref()) {
        if !found.iter().any(|known| known.host == host) {
            found.push(wanted(domain, host));
        }
    }
    found
}

/// The URIs of a record that are looked at with their tags, `rua` first.
fn uris(text: &str) -> impl Iterator<Item = (&'static str, &str)> {
    TAGS.into_iter().flat_map(move |tag| of_tag(text, tag).take(MOST).map(move |uri| (tag, uri)))
}

/// The URIs of a tag.
fn of_tag<'a>(text: &'a str, tag: &str) -> impl Iterator<Item = &'a str> {
    let uris = tags::value(text, tag).unwrap_or_default().split(',');
    uris.map(|uri| uri.trim_matches(BLANK)).filter(|uri| !uri.is_empty())
}

/// The domain at which the record stands.
struct Home<'a> {
    at: &'a str,
    resolver: &'a dyn Resolver,
    /// Its organisational domain, once it was asked for.
    organization: Option<Result<String, String>>,
}

impl Home<'_> {
    fn report_to(&mut self, tag: &'static str, uri: &str) -> ReportTo {
        let to = |host, name, consent| ReportTo { tag, uri: uri.to_owned(), host, name, consent };
        let host = match host(uri) {
            Ok(host) => host,
            Err(why) => return to(None, None, Consent::NoAddress { why }),
        };
        match self.is_same(&host) {
            Ok(true) => {
                let is_lost = host != self.at && self.is_nowhere(&host);
                let consent = if is_lost { Consent::NoHost } else { Consent::Same };
                to(Some(host), None, consent)
            }
            Ok(false) => {
                let name = name(self.at, &host);
                let consent = self.consent(tag, &host, &name);
                to(Some(host), Some(name), consent)
            }
            Err(why) => to(Some(host), None, Consent::Unknown { why }),
        }
    }

    /// Whether a host is of the same organisation.
    fn is_same(&mut self, host: &str) -> Result<bool, String> {
        if host == self.at {
            return Ok(true);
        }
        let (at, resolver) = (self.at, self.resolver);
        let home = self.organization.get_or_insert_with(|| walk::organizational(at, resolver));
        Ok(home.clone()? == walk::organizational(host, resolver)?)
    }

    /// What the host says at a name.
    fn consent(&self, tag: &str, host: &str, name: &str) -> Consent {
        if names::ascii(name).is_err() {
            return Consent::TooLong;
        }
        let texts = match self.resolver.txt(name) {
            Answer::Found(texts) => texts,
            Answer::NoName if self.is_nowhere(host) => return Consent::NoHost,
            Answer::NoData | Answer::NoName => return Consent::NotAuthorised,
            Answer::Unknown(why) => return Consent::Unknown { why },
        };
        let mut records = texts.iter().filter(|text| is_dmarc(text)).peekable();
        if records.peek().is_none() {
            return Consent::NotAuthorised;
        }
        let other = records.find_map(|text| tags::value(text, tag)).map(first_uri);
        match other.filter(|uri| !uri.is_empty()) {
            None => Consent::Authorised { wildcard: self.wildcard(host, &texts) },
            Some(uri) if self::host(uri).as_deref() == Ok(host) => {
                Consent::Redirected { to: uri.to_owned() }
            }
            Some(uri) => Consent::RedirectedElsewhere { to: uri.to_owned() },
        }
    }

    /// Whether the DNS knows no such host, so that no mail arrives there.
    fn is_nowhere(&self, host: &str) -> bool {
        self.resolver.exchanges(host) == Answer::NoName
    }

    /// Whether the answer comes from a wildcard: then the wildcard itself can be asked for, and says the
    /// same.
    fn wildcard(&self, host: &str, texts: &[String]) -> Option<bool> {
        match self.resolver.txt(&format!("*._report._dmarc.{host}")) {
            Answer::Found(wild) => Some(texts.iter().all(|text| wild.contains(text))),
            Answer::NoData | Answer::NoName => Some(false),
            Answer::Unknown(_) => None,
        }
    }
}

fn first_uri(uris: &str) -> &str {
    uris.split(',').next().unwrap_or_default().trim()
}

/// The host of a `mailto:` URI, as it is asked for; why there is none.
fn host(uri: &str) -> Result<String, String> {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return Err("it has no scheme: `mailto:` must stand in front of an address".to_owned());
    };
    if !scheme.eq_ignore_ascii_case("mailto") {
        return Err(format!("receivers need to know `mailto:` alone, and this is `{scheme}:`"));
    }
    // a size limit of RFC 7489, and header fields of RFC 6068, are no part of the address
    let address = rest.split(['!', '?']).next().unwrap_or_default();
    match address.rsplit_once('@') {
        Some((local, host)) if !local.is_empty() => {
            let host =
                names::ascii(host).map_err(|why| format!("{host} is no name of the DNS: {why}"))?;
            // one rule with the one that checks the record: what is no address there is asked nothing here
            let wrong =
                "it is no address that reports could go to; what is wrong stands with the record";
            is_valid_uri(uri).then_some(host).ok_or_else(|| wrong.to_owned())
        }
        _ => Err("it has no address".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_taken_out() {
        for (expected, uri) in [
            ("a.example", "mailto:r@A.Example"),
            ("a.example", "MAILTO:r@a.example!10m"),
            ("a.example", "mailto:r@a.example?subject=z"),
            ("xn--bcher-kva.example", "mailto:r@xn--bcher-kva.example"),
        ] {
            assert_eq!(Ok(expected.to_owned()), host(uri));
        }
    }

    #[test]
    fn what_is_no_address_is_told() {
        for uri in [
            "r@a.example",
            "https://a.example/x",
            "mailto:",
            "mailto:a",
            "mailto:@a.b",
            "mailto:a@",
            "mailto:a@b..c",
            "mailto:a@localhost",
            "mailto:\"a@b\"@q.example?x=y@z.example",
            "mailto:r@bücher.example",
        ] {
            assert!(host(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn foreign_hosts_must_consent_and_own_ones_need_not() {
        let record = "v=DMARC1; p=none; rua=mailto:a@reports.shop.example,mailto:b@Collector.test!10m,\
                      mailto:c@collector.test; ruf=mailto:d@other.test,https://x.test";
        let found = consents("mail.shop.example", record);
        let names: Vec<_> = found.iter().map(|consent| consent.name.as_str()).collect();
        assert_eq!(
            vec![
                "mail.shop.example._report._dmarc.collector.test",
                "mail.shop.example._report._dmarc.other.test"
            ],
            names
        );
        assert_eq!("v=DMARC1;", found[0].txt);
        assert!(consents("shop.co.uk", "v=DMARC1; rua=mailto:a@x.shop.co.uk").is_empty());
        assert_eq!(1, consents("shop.co.uk", "v=DMARC1; rua=mailto:a@other.co.uk").len());
    }
}
