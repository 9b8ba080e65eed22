//! Which **server of the DNS** is asked: `--nameserver IP[:PORT]`.

use std::net::{IpAddr, SocketAddr};

/// The port of the DNS (RFC 1035 section 4.2).
const PORT: u16 = 53;

/// Reads `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`.
pub(super) fn parse(text: &str) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let alone = |address: IpAddr| SocketAddr::new(address, PORT);
    let server = bare.parse().map(alone).ok().or_else(|| text.parse().ok());
    server.filter(|server| server.port() != 0).ok_or_else(|| {
        format!("`{text}` is no address; write 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_an_address_with_or_without_a_port() {
        for (expected, text) in [
            ("192.0.2.53:53", "192.0.2.53"),
            ("192.0.2.53:5353", "192.0.2.53:5353"),
            ("[2001:db8::53]:53", "2001:db8::53"),
            ("[2001:db8::53]:53", "[2001:db8::53]"),
            ("[2001:db8::53]:5353", "[2001:db8::53]:5353"),
        ] {
            assert_eq!(Ok(expected.to_owned()), parse(text).map(|server| server.to_string()));
        }
        for wrong in ["", "ns.acme.example", "192.0.2.53:0", "192.0.2.53:99999", "192.0.2.53:"] {
            assert!(parse(wrong).unwrap_err().contains("write 192.0.2.53"), "{wrong}");
        }
    }
}
