//! What a label **aims at**: a source by its name, an address, or a network.
//!
//! In: what was typed, read or stored. Out: the same in one spelling, and what it speaks of. Refuses
//! what was meant as an address or a network and is none that can be labelled: the judgement reads
//! labels by the same rules as the command that sets them, so that what the one refuses the other
//! ignores.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::Label;

/// What follows the name of a source whose mail is all of subdomains.
pub const SUBDOMAINS: &str = " (subdomains)";

/// What a label aims at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Aim {
    at: At,
    /// Only at mail of subdomains.
    below: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum At {
    Name(String),
    Network(Network),
}

/// A network; one address, if the prefix is as long as it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    first: IpAddr,
    length: u8,
}

/// Why a label aims at nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AimFault {
    /// Nothing is named.
    Empty,
    /// It has so many characters, more than [`Label::NAME_CHARS`].
    Long(usize),
    /// It was meant as an address, and is none.
    NoAddress,
    /// What follows the `/` is no number.
    NoNumber,
    /// A prefix of that length is no network of one operator, or of no network at all.
    Length {
        /// The one that was given, at most 255.
        given: u8,
        /// The shortest that will do.
        shortest: u8,
        /// The longest: that of one address.
        longest: u8,
    },
    /// An address inside a network, where the first of it belongs.
    Inside {
        /// The network that it lies in.
        network: Network,
        /// The address.
        address: IpAddr,
    },
}

impl Aim {
    /// Reads it.
    ///
    /// # Errors
    /// For what was meant as an address or a network and is none that can be labelled; for nothing,
    /// and for more than a name can hold.
    pub fn parse(text: &str) -> Result<Self, AimFault> {
        let text = text.trim();
        match text.chars().count() {
            0 => return Err(AimFault::Empty),
            1..=Label::NAME_CHARS => {}
            chars => return Err(AimFault::Long(chars)),
        }
        let (name, below) = parted(text);
        let name = name.trim_end();
        let at = match Network::parse(name)? {
            Some(network) => At::Network(network),
            None => At::Name(name.to_owned()),
        };
        Ok(Self { at, below })
    }

    /// What the name of a source is looked up by: in lower case, without what follows it where its mail
    /// is all of subdomains; and whether it is.
    #[must_use]
    pub fn key(source: &str) -> (String, bool) {
        let (name, below) = parted(source);
        (name.to_lowercase(), below)
    }

    /// The network that it aims at, if it aims at addresses.
    #[must_use]
    pub fn network(&self) -> Option<Network> {
        match self.at {
            At::Network(network) => Some(network),
            At::Name(_) => None,
        }
    }

    /// Whether it aims at addresses.
    #[must_use]
    pub fn is_network(&self) -> bool {
        self.network().is_some()
    }

    /// Whether the address is one that it aims at.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        self.network().is_some_and(|network| network.holds(address))
    }

    /// Whether it aims at mail of these visible names: of the domain itself, or of names below it. A
    /// label that does not say which speaks of both.
    #[must_use]
    pub fn is_of(&self, below: bool) -> bool {
        below || !self.below
    }

    /// Whether it aims at mail of subdomains alone.
    #[must_use]
    pub fn is_below(&self) -> bool {
        self.below
    }

    /// The same in the spelling of a source that it names.
    #[must_use]
    pub fn spelt_as(&self, source: &str) -> Self {
        match &self.at {
            At::Name(_) => Self { at: At::Name(parted(source).0.to_owned()), below: self.below },
            At::Network(_) => self.clone(),
        }
    }

    /// What it names, without of which mail: the name of the source that a network makes.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        match &self.at {
            At::Name(name) => Cow::Borrowed(name),
            At::Network(network) => Cow::Owned(network.to_string()),
        }
    }
}

/// The name, and whether what follows it says that only subdomains are meant.
fn parted(source: &str) -> (&str, bool) {
    let at = source.len().checked_sub(SUBDOMAINS.len());
    match at.and_then(|at| source.split_at_checked(at)) {
        Some((name, end)) if end.eq_ignore_ascii_case(SUBDOMAINS) => (name, true),
        _ => (source, false),
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        if self.below { f.write_str(SUBDOMAINS) } else { Ok(()) }
    }
}

impl Network {
    /// The shortest prefixes, IPv4 and IPv6: larger than these is no network of one operator.
    const SHORTEST: (u8, u8) = (8, 16);

    /// Reads it; nothing of what is plainly a name.
    fn parse(text: &str) -> Result<Option<Self>, AimFault> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return if is_meant(address) { Err(AimFault::NoAddress) } else { Ok(None) };
        };
        let length = match length {
            None => width(address),
            Some(digits) if !digits.bytes().all(|b| b.is_ascii_digit()) => {
                return Err(AimFault::NoNumber);
            }
            Some(digits) => digits.parse().unwrap_or(u8::MAX),
        };
        let (address, length) = unmapped(address, length);
        Self::new(address, length).map(Some)
    }

    fn new(address: IpAddr, length: u8) -> Result<Self, AimFault> {
        let longest = width(address);
        let shortest = if address.is_ipv4() { Self::SHORTEST.0 } else { Self::SHORTEST.1 };
        if !(shortest..=longest).contains(&length) {
            return Err(AimFault::Length { given: length, shortest, longest });
        }
        let network = Self { first: first(address, length), length };
        if network.first != address {
            return Err(AimFault::Inside { network, address });
        }
        Ok(network)
    }

    /// The network of that prefix in which the address lies; none where addresses of its family are
    /// shorter.
    #[must_use]
    pub fn around(address: IpAddr, length: u8) -> Option<Self> {
        let address = address.to_canonical();
        let fits = length <= width(address);
        fits.then(|| Self { first: first(address, length), length })
    }

    /// How many bits its addresses share.
    #[must_use]
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Whether the address lies in it.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && first(address, self.length) == self.first
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        if self.length == width(self.first) { Ok(()) } else { write!(f, "/{}", self.length) }
    }
}

/// Whether the text was meant as an address: it has nothing in it that an address has not.
fn is_meant(text: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let v6 = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
    let digits = !text.is_empty() && text.chars().all(digits);
    digits || (text.contains(':') && text.chars().all(v6))
}

/// An IPv4 network in IPv6 notation is the IPv4 network, as of addresses in reports.
fn unmapped(address: IpAddr, length: u8) -> (IpAddr, u8) {
    match (address.to_canonical(), length.checked_sub(96)) {
        (first @ IpAddr::V4(_), Some(length)) if address.is_ipv6() => (first, length),
        _ => (address, length),
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
            assert_eq!(aim(text), aim(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_labelled_is_refused() {
        let length = |given, shortest, longest| AimFault::Length { given, shortest, longest };
        for (expected, text) in [
            (AimFault::Empty, " "),
            (AimFault::Long(254), &*"a".repeat(254)),
            (AimFault::NoAddress, "192.0.2"),
            (AimFault::NoNumber, "192.0.2.0/+8"),
            (length(0, 8, 32), "0.0.0.0/0"),
            (length(0, 8, 32), "::ffff:0:0/96"),
            (length(255, 16, 128), "2001:db8::/999"),
        ] {
            assert_eq!(Err(expected), Aim::parse(text), "{text}");
        }
        let inside = Aim::parse("192.0.2.21/28").unwrap_err();
        let AimFault::Inside { network, address } = inside else { panic!("{inside:?}") };
        assert_eq!("192.0.2.16/28 192.0.2.21", format!("{network} {address}"));
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let holds = |text: &str, ip: &str| aim(text).holds(ip.parse().unwrap());
        for (expected, text, ip) in [
            (true, "192.0.2.16/28", "192.0.2.31"),
            (false, "192.0.2.16/28", "192.0.2.32"),
            (false, "192.0.2.16/28", "192.0.2.15"),
            (true, "192.0.2.16/28", "::ffff:192.0.2.16"),
            (true, "2001:db8::/33", "2001:db8:7fff::1"),
            (false, "2001:db8::/33", "2001:db8:8000::"),
            (true, "192.0.2.1", "192.0.2.1"),
            (false, "192.0.2.1", "192.0.2.2"),
            (false, "Mailchimp", "192.0.2.1"),
        ] {
            assert_eq!(expected, holds(text, ip), "{text} {ip}");
        }
    }

    #[test]
    fn an_address_lies_in_the_networks_that_hold_it() {
        let ip: IpAddr = "192.0.2.21".parse().unwrap();
        assert_eq!(aim("192.0.2.16/28").network(), Network::around(ip, 28));
        assert_eq!(aim("192.0.2.21").network(), Network::around(ip, 32));
        assert_eq!(None, Network::around(ip, 33));
    }

    #[test]
    fn the_name_of_a_source_is_parted_from_its_scope() {
        assert_eq!(("mailchimp".to_owned(), true), Aim::key("Mailchimp (Subdomains)"));
        assert_eq!(("mailchimp".to_owned(), false), Aim::key("Mailchimp"));
        let spelt = aim("mailchimp (Subdomains)").spelt_as("Mailchimp (subdomains)");
        assert_eq!("Mailchimp (subdomains)", spelt.to_string());
    }
}
