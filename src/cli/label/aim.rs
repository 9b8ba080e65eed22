//! What a label **aims at**: a source by its name, an address, or a network.
//!
//! In: what was typed or read. Out: the same in one spelling, and whether it speaks of a source or
//! an address. Refuses what was meant as an address or a network and is none.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::error::{Error, Result};
use crate::render::escape::escape;

/// What follows the name of a source whose mail is all of subdomains.
const SUBDOMAINS: &str = " (subdomains)";

/// The shortest prefixes: larger than these is no network of one operator.
const SHORTEST: (u8, u8) = (8, 16);

/// What a label aims at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Aim {
    at: At,
    /// Only at mail of subdomains.
    below: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    Name(String),
    Network(Network),
}

/// A network; one address, if the prefix is as long as it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    first: IpAddr,
    length: u8,
}

impl Aim {
    /// Reads it.
    pub(in crate::cli) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let at = text.len().checked_sub(SUBDOMAINS.len());
        let (name, below) = match at.and_then(|at| text.split_at_checked(at)) {
            Some((name, end)) if end.eq_ignore_ascii_case(SUBDOMAINS) => (name.trim_end(), true),
            _ => (text, false),
        };
        let at = match Network::parse(name)? {
            Some(network) => At::Network(network),
            None => At::Name(name.to_owned()),
        };
        Ok(Self { at, below })
    }

    /// Whether it aims at addresses.
    pub(in crate::cli) fn is_network(&self) -> bool {
        matches!(self.at, At::Network(_))
    }

    /// Whether it speaks of a source of that name. Of mail of subdomains it does too, unless there is
    /// a label for that alone.
    pub(in crate::cli) fn names(&self, source: &str) -> bool {
        let (shown, below) = Self::key(source);
        let name = self.name().to_lowercase();
        // a name may have been copied from a page, which shows it escaped
        self.is_of(below) && (name == shown || name == escape(&shown))
    }

    /// What the name of a source is looked up by: in lower case, without what follows it where its mail
    /// is all of subdomains; and whether it is.
    pub(in crate::cli) fn key(source: &str) -> (String, bool) {
        match source.strip_suffix(SUBDOMAINS) {
            Some(sender) => (sender.to_lowercase(), true),
            None => (source.to_lowercase(), false),
        }
    }

    /// Whether the address is one that it aims at.
    pub(in crate::cli) fn holds(&self, address: IpAddr) -> bool {
        matches!(self.at, At::Network(network) if network.holds(address))
    }

    /// Whether it aims at mail of these visible names: of the domain itself, or of names below it.
    pub(in crate::cli) fn is_of(&self, below: bool) -> bool {
        below || !self.below
    }

    /// The same in the spelling of a source that it names.
    pub(in crate::cli) fn spelt_as(&self, source: &str) -> Self {
        let name = source.strip_suffix(SUBDOMAINS).unwrap_or(source);
        match &self.at {
            At::Name(_) => Self { at: At::Name(name.to_owned()), below: self.below },
            At::Network(_) => self.clone(),
        }
    }

    fn name(&self) -> String {
        match &self.at {
            At::Name(name) => name.clone(),
            At::Network(network) => network.to_string(),
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        if self.below { f.write_str(SUBDOMAINS) } else { Ok(()) }
    }
}

impl Network {
    /// Reads it; nothing of what is plainly a name.
    fn parse(text: &str) -> Result<Option<Self>> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            let digits = |c: char| c.is_ascii_digit() || c == '.';
            let v6 = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
            let is_meant = !address.is_empty()
                && (address.chars().all(digits)
                    || (address.contains(':') && address.chars().all(v6)));
            let why = "it is no address";
            return if is_meant { Err(bad(text, why, EXAMPLES)) } else { Ok(None) };
        };
        let full = width(address);
        let length = match length {
            None => full,
            Some(digits) if !digits.bytes().all(|b| b.is_ascii_digit()) => {
                return Err(bad(text, "the prefix is no number", EXAMPLES));
            }
            Some(digits) => digits.parse().unwrap_or(u8::MAX),
        };
        Self::new(text, address, length).map(Some)
    }

    fn new(text: &str, address: IpAddr, length: u8) -> Result<Self> {
        let full = width(address);
        let shortest = if address.is_ipv4() { SHORTEST.0 } else { SHORTEST.1 };
        if !(shortest..=full).contains(&length) {
            let remedy = format!("give a prefix from /{shortest} to /{full}");
            return Err(bad(text, format!("/{length} is no prefix that can be labelled"), remedy));
        }
        let first = first(address, length);
        if first != address {
            let remedy =
                format!("write {first}/{length} for the network, {address} for the address");
            return Err(bad(text, "it has bits behind its prefix", remedy));
        }
        Ok(Self { first, length }.unmapped())
    }

    /// An IPv4 network in IPv6 notation is the IPv4 network, as of addresses in reports.
    fn unmapped(self) -> Self {
        match (self.first.to_canonical(), self.length.checked_sub(96)) {
            (first @ IpAddr::V4(_), Some(length)) if self.first.is_ipv6() => Self { first, length },
            _ => self,
        }
    }

    fn holds(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && first(address, self.length) == self.first
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        if self.length == width(self.first) { Ok(()) } else { write!(f, "/{}", self.length) }
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The first address of the network of that prefix.
fn first(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length.min(32))).unwrap_or(0);
            IpAddr::V4((ip.to_bits() & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask))
        }
    }
}

const EXAMPLES: &str =
    "write an address like 192.0.2.1 or 2001:db8::1, or a network like 192.0.2.0/28";

fn bad(text: &str, why: impl fmt::Display, remedy: impl Into<String>) -> Error {
    Error::new(format!("cannot label `{}`", escape(text)), why, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aim(text: &str) -> Aim {
        Aim::parse(text).unwrap()
    }

    #[test]
    fn every_address_and_network_has_one_spelling() {
        for (expected, text) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1", " 192.0.2.1/32 "),
            ("192.0.2.0/28", "192.0.2.0/28"),
            ("192.0.2.0/28", "192.0.2.0/028"),
            ("2001:db8::1", "2001:DB8:0:0::1"),
            ("2001:db8::/33", "2001:0db8::/33"),
            ("192.0.2.1", "::ffff:192.0.2.1"),
            ("192.0.2.0/24", "::ffff:192.0.2.0/120"),
            ("192.0.2.0/24 (subdomains)", "192.0.2.0/24 (Subdomains)"),
            ("Mailchimp", "Mailchimp"),
            ("mcsv.net (subdomains)", "mcsv.net  (SUBDOMAINS)"),
            ("a/b.example", "a/b.example"),
            ("cafe.be", "cafe.be"),
        ] {
            assert_eq!(expected, aim(text).to_string(), "{text}");
        }
    }

    #[test]
    fn what_was_meant_as_an_address_and_is_none_is_answered_with_what_is_right() {
        for (text, right) in [
            ("192.0.2.5/24", "192.0.2.0/24 for the network, 192.0.2.5 for the address"),
            ("2001:db8::1/32", "2001:db8::/32 for the network"),
            ("0.0.0.0/0", "/8 to /32"),
            ("10.0.0.0/7", "/8 to /32"),
            ("192.0.2.0/33", "/8 to /32"),
            ("192.0.2.0/999", "/8 to /32"),
            ("::/0", "/16 to /128"),
            ("2001:db8::/129", "/16 to /128"),
            ("192.0.2.0/", "/8 to /32"),
            ("192.0.2.0/+8", "192.0.2.0/28"),
            ("192.0.2", "192.0.2.0/28"),
            ("300.1.1.1", "192.0.2.0/28"),
            ("2001:db8:::1", "2001:db8::1"),
        ] {
            let error = Aim::parse(text).unwrap_err().to_string();
            assert!(error.contains(right), "{text}: {error}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let holds = |text: &str, ip: &str| aim(text).holds(ip.parse().unwrap());
        assert!(holds("192.0.2.16/28", "192.0.2.31") && !holds("192.0.2.16/28", "192.0.2.32"));
        assert!(holds("2001:db8::/33", "2001:db8:7fff::1"));
        assert!(!holds("2001:db8::/33", "2001:db8:8000::"));
        assert!(holds("192.0.2.1", "192.0.2.1") && !holds("192.0.2.1", "192.0.2.2"));
        assert!(!holds("Mailchimp", "192.0.2.1"));
    }

    #[test]
    fn a_name_speaks_of_both_sources_of_a_sender_unless_it_says_one() {
        assert!(aim("MAILCHIMP").names("Mailchimp"));
        assert!(aim("mailchimp").names("Mailchimp (subdomains)"));
        assert!(aim("mailchimp (subdomains)").names("Mailchimp (subdomains)"));
        assert!(!aim("mailchimp (subdomains)").names("Mailchimp"));
        assert!(aim("192.0.2.0/24").names("192.0.2.0/24"));
        assert!(aim("a\\u{1b}.example").names("a\u{1b}.example"), "as a page shows it");
        let spelt = aim("mailchimp (Subdomains)").spelt_as("Mailchimp (subdomains)");
        assert_eq!("Mailchimp (subdomains)", spelt.to_string());
    }
}
