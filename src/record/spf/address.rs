//! The **addresses** of `ip4` and `ip6`, and the prefix lengths of `a` and `mx` (RFC 7208 section 5.6).
//!
//! In: a word taken apart. Out: the network, or the fault with what was probably meant.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::domain;
use super::network::Network;
use super::term::{Fault, Parts};

/// Reads the value of `ip4` or `ip6`.
pub(super) fn read(parts: &Parts) -> Result<Network, Fault> {
    let v4 = parts.name.eq_ignore_ascii_case("ip4");
    let value = if parts.mark == Some(':') { parts.value } else { "" };
    if value.is_empty() {
        let what = format!("`{}:` needs an address; receivers answer permerror", parts.name);
        return Err(Fault::new("spf_no_address", what));
    }
    let (address, length) = match value.split_once('/') {
        None => (value, None),
        Some((address, length)) => (address, Some(length)),
    };
    let parsed = if v4 {
        address.parse::<Ipv4Addr>().map(IpAddr::V4).ok()
    } else {
        address.parse::<Ipv6Addr>().map(IpAddr::V6).ok()
    };
    let Some(parsed) = parsed else { return Err(no_address(parts, address, length)) };
    let most = if v4 { 32 } else { 128 };
    let prefix = length.map_or(Ok(most), |length| prefix(parts, length, most))?;
    Network::new(parsed, prefix)
        .ok_or_else(|| Fault::new("spf_bad_prefix", "the prefix is longer than the address"))
}

/// Reads a prefix length of an address of so many bits.
fn prefix(parts: &Parts, length: &str, most: u8) -> Result<u8, Fault> {
    let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    let number = length.parse::<u8>().ok().filter(|number| digits && *number <= most);
    if let Some(number) = number.filter(|number| number.to_string() == length) {
        return Ok(number);
    }
    let what = format!("`/{length}` is no prefix length: a number from 0 to {most} is");
    let before = &parts.word[..parts.word.rfind(length).unwrap_or(parts.word.len())];
    // what is every address was meant by nobody
    let meant = number.or_else(|| mask(length)).filter(|number| *number > 0);
    let meant = meant.map(|number| format!("{before}{number}"));
    let meant = match length {
        "" => Some(before.trim_end_matches('/').to_owned()),
        _ => meant,
    };
    Err(Fault::new("spf_bad_prefix", what).at(parts.word, length).instead(meant))
}

/// The prefix length of a mask such as 255.255.255.0.
fn mask(text: &str) -> Option<u8> {
    let bits = text.parse::<Ipv4Addr>().ok()?.to_bits();
    let ones = bits.leading_ones();
    (bits.count_ones() == ones).then_some(ones as u8)
}

/// Reads the prefix lengths behind `a` and `mx`: nothing, `/24`, `//64` or `/24//64`.
pub(super) fn lengths(parts: &Parts, text: &str) -> Result<(u8, u8), Fault> {
    let (v4, v6) = match text.split_once("//") {
        None => (text, None),
        Some((v4, v6)) => (v4, Some(v6)),
    };
    let v4 = match v4.strip_prefix('/') {
        None => 32,
        Some(v4) => prefix(parts, v4, 32)?,
    };
    let v6 = v6.map_or(Ok(128), |v6| prefix(parts, v6, 128))?;
    Ok((v4, v6))
}

/// What stands in place of an address, and what was probably meant.
fn no_address(parts: &Parts, address: &str, length: Option<&str>) -> Fault {
    let behind = length.map(|length| format!("/{length}")).unwrap_or_default();
    if let Some(meant) = meant(address) {
        let mechanism = if meant.is_ipv4() { "ip4" } else { "ip6" };
        let (code, what) = if parts.name.eq_ignore_ascii_case(mechanism) {
            ("spf_bad_address", format!("`{address}` is no address as {mechanism} takes it"))
        } else {
            ("spf_other_family", format!("`{address}` belongs behind {mechanism}:"))
        };
        let instead = parts.with(&format!("{mechanism}:{meant}{behind}"));
        return Fault::new(code, permerror(&what)).at(parts.word, parts.value).instead(instead);
    }
    if let Some(network) = starred(address).filter(|_| length.is_none()) {
        let what = format!("`{address}` is no network as SPF writes it");
        let instead = parts.with(&format!("ip4:{network}"));
        return Fault::new("spf_bad_address", permerror(&what))
            .at(parts.word, address)
            .instead(instead);
    }
    let bare = domain::bare(address);
    if domain::is_host(bare) && !begins_as_address(bare) {
        let what = format!("`{bare}` is a name; `{}:` takes an address", parts.name);
        let instead = parts.with(&format!("a:{bare}{behind}"));
        return Fault::new("spf_host_as_address", permerror(&what))
            .at(parts.word, parts.value)
            .instead(instead);
    }
    let what = permerror(&format!("`{address}` is no address"));
    Fault::new("spf_bad_address", what).at(parts.word, address)
}

/// `192.0.2.1mx`: no name that anybody gives a host.
fn begins_as_address(name: &str) -> bool {
    let octets = name.split('.').take(3).filter(|label| label.parse::<u8>().is_ok());
    octets.count() == 3
}

fn permerror(what: &str) -> String {
    format!("{what}; receivers answer permerror")
}

/// The address that a text means that is not quite one: in brackets, with a port, with leading zeros,
/// of the other family.
pub(super) fn meant(text: &str) -> Option<IpAddr> {
    let text = domain::bare(text);
    let inner = text.trim_start_matches('[');
    let inner = inner.split_once(']').map_or(inner, |(inside, _)| inside);
    if let Ok(address) = inner.parse::<IpAddr>() {
        return Some(address);
    }
    let without_port = inner.rsplit_once(':').map_or(inner, |(address, _)| address);
    let zeros = |octet: &str| -> Option<u8> {
        let digits = !octet.is_empty() && octet.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| octet.parse().ok()).flatten()
    };
    let octets: Option<Vec<u8>> =
        without_port.trim_end_matches('.').split('.').map(zeros).collect();
    <[u8; 4]>::try_from(octets?).ok().map(IpAddr::from)
}

/// The network of `192.0.2.*`.
fn starred(text: &str) -> Option<Network> {
    let octets: Vec<&str> = text.split('.').collect();
    let known = octets.iter().take_while(|octet| octet.parse::<u8>().is_ok()).count();
    let rest = octets.get(known..)?;
    let stars = octets.len() == 4 && !rest.is_empty() && rest.iter().all(|octet| *octet == "*");
    if !stars || known == 0 {
        return None;
    }
    let mut bytes = [0; 4];
    for (byte, octet) in bytes.iter_mut().zip(&octets[..known]) {
        *byte = octet.parse().ok()?;
    }
    Network::new(IpAddr::from(bytes), (known * 8) as u8)
}
