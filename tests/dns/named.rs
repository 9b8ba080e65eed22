//! A real **BIND**, private to this run of the tests: in a folder of its own, on a free port of the
//! loopback, with the zones that it is given. It does not recurse, and it is the root: what stands in
//! none of its zones does not exist.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::sync::OnceLock;

use crate::server::{self, Guard, Server};

const BIND: Server = Server {
    places: ["/usr/sbin/named", "/usr/local/sbin/named", "/usr/bin/named"],
    needed: "the tests of the DNS need BIND 9. On Debian: apt-get install bind9",
    options: &["-g", "-c"],
    configuration: "named.conf",
    logs: &[],
};

/// A running server.
pub(crate) struct Named {
    address: SocketAddr,
    _guard: Guard,
}

/// The server that most tests share, with the zones of `zones/`. `broken.example` cannot be loaded: every
/// question about it is answered with SERVFAIL.
pub(crate) fn shared() -> SocketAddr {
    static SHARED: OnceLock<Named> = OnceLock::new();
    let zones = [
        (
            ".",
            concat!(
                include_str!("zones/root.zone"),
                include_str!("zones/walks.zone"),
                include_str!("zones/checks.zone")
            ),
        ),
        ("broken.example", "this is no zone\n"),
    ];
    SHARED.get_or_init(|| Named::start(&zones)).address
}

impl Named {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A server with zones: the name of each, and its file.
    pub(crate) fn start(zones: &[(&str, &str)]) -> Self {
        BIND.start(|| Self::try_to_start(zones))
    }

    /// A started server, or what it said instead of starting.
    fn try_to_start(zones: &[(&str, &str)]) -> Result<Self, String> {
        let folder = server::folder();
        let port = free_port();
        let mut configuration = configuration(&folder, port);
        for (at, (zone, text)) in zones.iter().enumerate() {
            fs::write(folder.join(format!("{at}.zone")), text).unwrap();
            let line = format!("zone \"{zone}\" {{ type primary; file \"{at}.zone\"; }};\n");
            configuration.push_str(&line);
        }
        fs::write(folder.join("named.conf"), configuration).unwrap();
        let guard = BIND.run(&folder, runs)?;
        Ok(Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), _guard: guard })
    }
}

/// A port that is free for TCP and for UDP.
fn free_port() -> u16 {
    loop {
        let stream = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = stream.local_addr().unwrap();
        if UdpSocket::bind(address).is_ok() {
            return address.port();
        }
    }
}

/// Whether it runs on its port.
fn runs(said: &str) -> Option<bool> {
    if said.contains("address in use") || said.contains("exiting (due to") {
        return Some(false);
    }
    let runs = said.lines().any(|line| line.ends_with(" running"));
    // a record that is wrong by mistake would be told as SERVFAIL by every test
    assert!(!runs || !said.contains("zone ./IN: not loaded"), "{said}");
    runs.then_some(true)
}

fn configuration(folder: &Path, port: u16) -> String {
    format!(
        r#"
options {{
  directory "{folder}";
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion no;
  dnssec-validation no;
  empty-zones-enable no;
  notify no;
}};
controls {{ }};
"#,
        folder = folder.display()
    )
}
