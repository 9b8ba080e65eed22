//! What the **DNS** answers, and who can be asked.
//!
//! A name that is not there, and a question that nobody answered, are different things: the second must
//! never be told as the first.

use std::net::IpAddr;

use serde::Serialize;

/// An answer of the DNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// There is one.
    Found(T),
    /// The name exists, without such a record.
    NoData,
    /// There is no such name (NXDOMAIN).
    NoName,
    /// Nobody can tell now: a time-out, SERVFAIL, a refusal. Why, in words.
    Unknown(String),
}

impl<T> Answer<T> {
    /// What was found.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(found) => Some(found),
            Self::NoData | Self::NoName | Self::Unknown(_) => None,
        }
    }

    /// Whether it is certain that there is none.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::NoData | Self::NoName)
    }

    /// The same with what was found turned into something else.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Found(found) => Answer::Found(turn(found)),
            Self::NoData => Answer::NoData,
            Self::NoName => Answer::NoName,
            Self::Unknown(why) => Answer::Unknown(why),
        }
    }
}

/// A family of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4: A records.
    V4,
    /// IPv6: AAAA records.
    V6,
}

impl Family {
    /// Both, in the order in which lists by family have them.
    pub const BOTH: [Self; 2] = [Self::V4, Self::V6];

    /// That of an address. An IPv4 address written as IPv6 is an IPv4 address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        if address.to_canonical().is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// As people write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// A mail exchanger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Exchange {
    /// Lower is tried first.
    pub preference: u16,
    /// Its name, lower case, without a final dot; empty for a null MX (RFC 7505).
    pub host: String,
}

/// Whether a domain says by these that it takes no mail: one exchanger without a name, and no other (RFC 7505
/// section 3).
#[must_use]
pub fn is_null_mx(exchanges: &[Exchange]) -> bool {
    matches!(exchanges, [only] if only.host.is_empty())
}

/// Who answers questions about names. Names are given and returned in lower case, as A-labels, without a
/// final dot. Asking never fails: what could not be asked is [`Answer::Unknown`].
pub trait Resolver {
    /// The TXT records of a name, the strings of each joined without a gap.
    fn txt(&self, name: &str) -> Answer<Vec<String>>;
    /// Its IPv4 and IPv6 addresses.
    fn addresses(&self, name: &str) -> Answer<Vec<IpAddr>>;
    /// Its addresses of one family: what becomes of the other is no matter.
    fn addresses_of(&self, name: &str, family: Family) -> Answer<Vec<IpAddr>> {
        match self.addresses(name) {
            Answer::Found(mut found) => {
                found.retain(|address| Family::of(*address) == family);
                if found.is_empty() { Answer::NoData } else { Answer::Found(found) }
            }
            none => none,
        }
    }
    /// Its mail exchangers, in order of preference.
    fn exchanges(&self, name: &str) -> Answer<Vec<Exchange>>;
    /// The names of an address (PTR).
    fn names(&self, address: IpAddr) -> Answer<Vec<String>>;
    /// The name that a name is an alias of, at the first step (CNAME). Who cannot tell need not.
    fn alias(&self, name: &str) -> Answer<String> {
        Answer::Unknown(format!("whether {name} is an alias is not asked"))
    }
}

/// Answers every TXT question alike, for tests.
#[cfg(test)]
pub(crate) struct Says(pub(crate) Answer<Vec<String>>);

#[cfg(test)]
impl Resolver for Says {
    fn txt(&self, _: &str) -> Answer<Vec<String>> {
        self.0.clone()
    }
    fn addresses(&self, _: &str) -> Answer<Vec<IpAddr>> {
        Answer::NoName
    }
    fn exchanges(&self, _: &str) -> Answer<Vec<Exchange>> {
        Answer::NoName
    }
    fn names(&self, _: IpAddr) -> Answer<Vec<String>> {
        Answer::NoName
    }
}
