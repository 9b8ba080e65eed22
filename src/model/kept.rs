//! What is **kept** of questions to the world: the TXT records that were ever seen or proposed, and the
//! names of addresses.

use std::net::IpAddr;

use serde::{Serialize, Serializer};

use super::day::rfc3339;
use super::finding::RecordKind;

/// How a record came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// It stood in the DNS.
    Dns,
    /// The operator gave it, with `--record` or in the configuration.
    Given,
    /// This program proposed it.
    Proposed,
}

impl Seen {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dns, Self::Given, Self::Proposed];

    /// The word for it: a stable code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Given => "given",
            Self::Proposed => "proposed",
        }
    }
}

/// A record that was seen or proposed. The same text at the same name, known in the same way, is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptRecord {
    /// The policy domain, lower case.
    pub domain: String,
    /// Where it stands: `_dmarc.shop.example`.
    pub name: String,
    /// Its kind.
    pub kind: RecordKind,
    /// The TXT value.
    pub text: String,
    /// How it is known.
    pub seen: Seen,
    /// When it was first known so, seconds since 1970 UTC.
    pub first_at: i64,
    /// When last.
    pub last_at: i64,
}

impl KeptRecord {
    /// Records of one domain that are kept.
    pub const AT_MOST: usize = 1_000;

    /// Bytes of a text: as many as the data of a TXT record has.
    pub const TEXT_BYTES: usize = 65_535;
}

/// What a look-up of an address came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HostStatus {
    /// A name that leads back to the address.
    Confirmed,
    /// A name that leads elsewhere, or nowhere.
    Unconfirmed,
    /// No name.
    Nameless,
    /// Nobody could tell.
    Unknown,
}

impl HostStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Confirmed, Self::Unconfirmed, Self::Nameless, Self::Unknown];

    /// The word for it: a stable code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Unconfirmed => "unconfirmed",
            Self::Nameless => "nameless",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known of an address beyond the reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptHost {
    /// The address.
    pub address: IpAddr,
    /// What the look-up came to.
    pub status: HostStatus,
    /// Its name by reverse DNS, lower case, without a final dot.
    pub name: Option<String>,
    /// The country of its network, two letters (ISO 3166), from the operator's file.
    pub country: Option<String>,
    /// The number of its network (AS number).
    pub network: Option<u32>,
    /// Who owns that network.
    pub owner: Option<String>,
    /// When it was looked up, seconds since 1970 UTC; RFC 3339 in documents.
    #[serde(serialize_with = "as_moment")]
    pub looked_up_at: i64,
}

fn as_moment<S: Serializer>(seconds: &i64, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&rfc3339(*seconds))
}
