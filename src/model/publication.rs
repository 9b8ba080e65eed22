//! A record **to publish**, in the forms in which people enter it, and what goes with it.
//!
//! `record` makes the forms; pages and JSON show the same values. Field names are the JSON keys.

use serde::Serialize;

use super::finding::Finding;
use super::verdict::{Class, Verdict};

/// One TXT record in every form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// Where it stands: `_dmarc.shop.example`.
    pub name: String,
    /// The value, as receivers see it.
    pub txt: String,
    /// A line of a zone file: strings of at most 255 bytes, escaped (RFC 1035 section 5.1).
    pub zone: String,
    /// What cPanel's zone editor asks for.
    pub cpanel: ZoneEditor,
}

/// Makes every form of a record, from its name and its value. Renderers are given one: they may not
/// know how a record is written.
pub type Forms = fn(name: &str, value: &str) -> Publication;

/// The fields of cPanel's zone editor, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ZoneEditor {
    /// `Name`: with a final dot, so that nothing is put behind it.
    pub name: String,
    /// `TTL`: seconds, or `unchanged`.
    pub ttl: String,
    /// `Type`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `Record`: the value, without quotes.
    pub record: String,
}

impl ZoneEditor {
    /// The fields with the words that stand in front of them there.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 4] {
        [("Name", &self.name), ("TTL", &self.ttl), ("Type", self.kind), ("Record", &self.record)]
    }
}

/// How the present record is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// It was given with `--record`.
    Given,
    /// It stands in the DNS now.
    Dns,
    /// The store kept it from an earlier day.
    Kept,
    /// It is put together from reports, which do not show all of it.
    Reports,
}

/// The record of today: to be copied and kept before anything is overwritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Today {
    /// The TXT value.
    pub txt: String,
    /// How it is known.
    pub origin: Origin,
    /// Whether it could be published as it stands.
    pub complete: bool,
    /// The day on which it was last known so, of a kept one (`2026-10-26`).
    pub seen_on: Option<String>,
}

/// What another domain must publish, so that reports may be sent to it (RFC 9990 section 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// Where the reports are to go.
    pub host: String,
    /// The name of the TXT record there.
    pub name: String,
    /// Its value.
    pub txt: String,
}

/// A sender that is not ready, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sender {
    /// Its name, as `sources` shows it.
    pub source: String,
    /// What it is to the domain.
    pub class: Class,
    /// Its messages in the window.
    pub messages: u64,
    /// How many of them fail.
    pub failing: u64,
    /// What to do, or what to ask.
    pub fix: String,
}

/// The domain's SPF record, and what reports ask to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpfChange {
    /// The record in the DNS now; none where that is not known, or there is none.
    pub today: Option<String>,
    /// What to add for senders that are yours.
    pub add: Vec<String>,
    /// The record with all of that in it; none where the present one is not known, or receivers would
    /// not take it.
    pub changed: Option<String>,
    /// How the present one is known; none where it is not, or there is none.
    pub origin: Option<Origin>,
    /// Its look-ups, with what is to be added (RFC 7208 section 4.6.4 allows ten); none where nobody
    /// counted.
    pub lookups: Option<usize>,
    /// Why there is no changed record, or what must be known of it.
    pub problem: Option<String>,
    /// The changed record in every form.
    pub record: Option<Publication>,
    /// Texts that stand there, are meant as the record and are not seen by receivers: to be edited, where
    /// no record is there. Of one alone `changed` is that text corrected.
    pub unseen: Vec<String>,
}

/// A DKIM key whose signatures do not verify, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The sender that signs with it.
    pub source: String,
    /// Where the key stands: `s1._domainkey.shop.example`.
    pub name: String,
    /// What receivers found.
    pub result: String,
    /// In how many messages.
    pub messages: u64,
    /// What the DNS has there now; none where it was not asked.
    pub dns: Option<KeyInDns>,
    /// What to do.
    pub fix: String,
}

/// What the DNS has at the name of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyInDns {
    /// A key that can be read.
    Found,
    /// None.
    Missing,
    /// One that is taken back (an empty `p=`).
    Revoked,
    /// One that cannot be read.
    Broken,
    /// Nobody could tell.
    Unknown,
}

/// A new record, or the next one, with all that a person must know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposed {
    /// The policy domain.
    pub domain: String,
    /// What the advisor says; none of a new record.
    pub verdict: Option<Verdict>,
    /// The same in a sentence.
    pub headline: Option<String>,
    /// The record to publish; none where there is no step to take.
    pub record: Option<Publication>,
    /// The record to keep for going back; none where there is none, or nobody knows.
    pub keep: Option<Today>,
    /// What is wrong with, or worth knowing of, the record to publish.
    pub findings: Vec<Finding>,
    /// What receivers will do with it.
    pub effect: Vec<String>,
    /// What others must publish, so that reports reach them.
    pub consents: Vec<Consent>,
    /// What a person must know besides.
    pub notes: Vec<String>,
    /// Senders that must be mended or named.
    pub senders: Vec<Sender>,
    /// What SPF wants; none where nothing is to be added and the record is not known.
    pub spf: Option<SpfChange>,
    /// Keys that signatures in the domain's name need, of your own senders.
    pub dkim: Vec<KeyChange>,
    /// The step as far as reports show the present record, with a placeholder: not to be published as it
    /// stands; or the record to put at the end of an alias. None where `record` is there, or there is no step.
    pub draft: Option<String>,
    /// The records that the DNS has, where no step can be taken from them: several, or one that cannot
    /// be read.
    pub in_dns: Vec<String>,
    /// Commands to run instead, the likeliest first.
    pub run: Vec<String>,
    /// Addresses of `rua` and `ruf` whose consent was not asked for, since there are too many.
    pub consents_left: usize,
    /// Where the record of today stands, where the name that receivers ask for is an alias (CNAME) of that:
    /// `record` is none then, and `draft` is what is to stand there.
    pub alias: Option<String>,
}

impl Proposed {
    /// Nothing yet, of a domain.
    #[must_use]
    pub fn of(domain: String) -> Self {
        Self {
            domain,
            verdict: None,
            headline: None,
            record: None,
            keep: None,
            findings: Vec::new(),
            effect: Vec::new(),
            consents: Vec::new(),
            notes: Vec::new(),
            senders: Vec::new(),
            spf: None,
            dkim: Vec::new(),
            draft: None,
            in_dns: Vec::new(),
            run: Vec::new(),
            consents_left: 0,
            alias: None,
        }
    }
}

/// One line of a domain's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remembered {
    /// How it is known: `dns`, `given`, `proposed`, or `reports`.
    pub seen: &'static str,
    /// The first day, or moment, at which it was known so (RFC 3339).
    pub first: String,
    /// The last.
    pub last: String,
    /// Where it stands.
    pub name: String,
    /// The TXT value; of `reports` only what they show of the policy.
    pub txt: String,
    /// Whether `txt` is the whole record.
    pub complete: bool,
    /// By which number it is asked for; none where it is not complete.
    pub number: Option<usize>,
    /// Whether the DNS had several at that name at once.
    pub several: bool,
}

/// The record of a history that is named as one to go back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WayBack {
    /// Its number.
    pub number: usize,
    /// Why it can be vouched for: `was given on 2026-10-26`.
    pub because: String,
}
