//! A **network**: an address and how many of its bits count.
//!
//! In: an address and a prefix length. Out: whether an address lies in it. It refuses a prefix longer
//! than the address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Serialize, Serializer};

/// A network, without bits behind its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network of an address; none where the prefix is longer than the address.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let address = match address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32u32.checked_sub(prefix.into())?).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128u32.checked_sub(prefix.into())?).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
            }
        };
        Some(Self { address, prefix })
    }

    /// Its first address.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How many bits count.
    #[must_use]
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether an address lies in it. An IPv4 address written as IPv6 is the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4()
            && Self::new(address, self.prefix).is_some_and(|network| network == *self)
    }
}

impl fmt::Display for Network {
    /// A single address is written without its prefix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let single = if self.address.is_ipv4() { 32 } else { 128 };
        if self.prefix == single {
            write!(f, "{}", self.address)
        } else {
            write!(f, "{}/{}", self.address, self.prefix)
        }
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str, prefix: u8) -> Network {
        Network::new(address.parse().unwrap(), prefix).unwrap()
    }

    fn holds(network: Network, address: &str) -> bool {
        network.contains(address.parse().unwrap())
    }

    #[test]
    fn bits_behind_the_prefix_do_not_count() {
        assert_eq!("192.0.2.0/24", network("192.0.2.77", 24).to_string());
        assert_eq!("2001:db8::/32", network("2001:db8:7::1", 32).to_string());
        assert_eq!("192.0.2.77", network("192.0.2.77", 32).to_string());
        assert_eq!("0.0.0.0/0", network("192.0.2.77", 0).to_string());
        assert_eq!(None, Network::new("192.0.2.77".parse().unwrap(), 33));
        assert_eq!(None, Network::new("::1".parse().unwrap(), 129));
    }

    #[test]
    fn an_address_lies_in_networks_of_its_own_family_alone() {
        assert!(holds(network("192.0.2.0", 24), "192.0.2.255"));
        assert!(!holds(network("192.0.2.0", 24), "192.0.3.0"));
        assert!(holds(network("192.0.2.0", 24), "::ffff:192.0.2.1"));
        assert!(!holds(network("::", 0), "192.0.2.1"));
        assert!(holds(network("::", 0), "2001:db8::1"));
    }
}
