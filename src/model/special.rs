//! **Special addresses**: those that no mail of a stranger can come from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is, where nobody on the internet can be asked about it: what the local server says
/// of such an address is about another machine. Addresses of documentation are asked about like any:
/// they stand in examples only. (RFC 6890 and the registries that it made.)
#[must_use]
pub fn special(address: IpAddr) -> Option<&'static str> {
    match address.to_canonical() {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        _ if address.is_loopback() => Some("this machine itself"),
        _ if address.is_private() => Some("private"),
        (100, 64..=127, _) => Some("shared behind a carrier's address translation"),
        _ if address.is_link_local() => Some("of one link only"),
        _ if address.is_multicast() => Some("of a group"),
        (0 | 240..=255, ..) | (192, 0, 0) | (198, 18 | 19, _) => Some("reserved"),
        _ => None,
    }
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    match address.segments() {
        _ if address.is_loopback() => Some("this machine itself"),
        [0xfc00..=0xfdff, ..] => Some("private"),
        [0xfe80..=0xfebf, ..] => Some("of one link only"),
        [0xff00..=0xffff, ..] => Some("of a group"),
        [0 | 0x100 | 0xfec0..=0xfeff, ..] => Some("reserved"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_internet_can_be_asked_about_is_asked() {
        for (expected, addresses) in [
            (Some("private"), "10.0.0.1 172.16.0.1 192.168.1.1 fd00::1 fc00::1 ::ffff:10.0.0.1"),
            (Some("this machine itself"), "127.0.0.1 ::1"),
            (Some("shared behind a carrier's address translation"), "100.64.0.1 100.127.255.255"),
            (Some("of one link only"), "169.254.1.1 fe80::1 febf::1"),
            (Some("of a group"), "224.0.0.1 ff02::1"),
            (Some("reserved"), "0.0.0.0 240.0.0.1 255.255.255.255 198.18.0.1 192.0.0.1 :: fec0::1"),
            (None, "192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 9.9.9.9 100.63.0.1 100.128.0.1"),
            (None, "172.15.0.1 172.32.0.1 2620:fe::9 198.17.0.1 198.20.0.1 ::ffff:9.9.9.9"),
        ] {
            for address in addresses.split(' ') {
                assert_eq!(expected, special(address.parse().unwrap()), "{address}");
            }
        }
    }
}
