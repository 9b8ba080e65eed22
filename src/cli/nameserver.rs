//! Which **server of the DNS** is asked, and the resolver that asks it: one for the life of a command.
//!
//! In: `--nameserver IP[:PORT]`, the configuration, and how long all questions may take. Out: a resolver
//! that asks the server that was given, else the one of the configuration, else those of the system; or why
//! there is nobody to ask.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::lookup::dns::{Dns, DnsLimits};

use super::settings::Settings;

/// The port of the DNS (RFC 1035 section 4.2).
const PORT: u16 = 53;

/// Reads `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`.
pub(super) fn parse(text: &str) -> std::result::Result<SocketAddr, String> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let alone = |address: IpAddr| SocketAddr::new(address, PORT);
    let server = bare.parse().map(alone).ok().or_else(|| text.parse().ok());
    server.filter(|server| server.port() != 0).ok_or_else(|| {
        format!("`{text}` is no address; write 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353")
    })
}

/// A resolver for questions that may take so long in all.
///
/// # Errors
/// Why there is nobody to ask, in words: for those who go on without.
pub(super) fn resolver(
    given: Option<SocketAddr>,
    settings: &Settings,
    whole: Duration,
) -> std::result::Result<Dns, String> {
    let limits = DnsLimits { whole, ..DnsLimits::default() };
    Dns::new(given.or(settings.nameserver), limits)
}

/// The same for those who cannot go on without.
///
/// # Errors
/// That nobody can be asked, with what that makes impossible.
pub(super) fn needed(
    given: Option<SocketAddr>,
    settings: &Settings,
    whole: Duration,
    what: impl FnOnce() -> String,
) -> Result<Dns> {
    resolver(given, settings, whole)
        .map_err(|why| Error::new(what(), why, "name a DNS server, like --nameserver 192.0.2.53"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_an_address_with_or_without_a_port() {
        for (expected, text) in [
            ("192.0.2.53:53", "192.0.2.53"),
            ("192.0.2.53:5353", " 192.0.2.53:5353 "),
            ("[2001:db8::53]:53", "2001:db8::53"),
            ("[2001:db8::53]:53", "[2001:db8::53]"),
            ("[2001:db8::53]:5353", "[2001:db8::53]:5353"),
        ] {
            assert_eq!(Ok(expected.to_owned()), parse(text).map(|server| server.to_string()));
        }
        for wrong in ["", " ", "ns.acme.example", "192.0.2.53:0", "192.0.2.53:99999", "192.0.2.53:"]
        {
            assert!(parse(wrong).unwrap_err().contains("write 192.0.2.53"), "{wrong}");
        }
    }
}
