//! A real **BIND**, private to this run of the tests: in a folder of its own, on a free port of the
//! loopback, with the zones that it is given. It does not recurse, and it is the root: what stands in
//! none of its zones does not exist.
//!
//! A small shell watches over it: when the tests end, however they end, its standard input ends too, and
//! it takes the server and the folder away.

use std::fs::{self, File, Permissions};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What is installed where it is missing.
const NEEDED: &str = "the tests of the DNS need BIND 9. On Debian: apt-get install bind9";

/// How long a server is waited for that is being started.
const START: Duration = Duration::from_secs(20);

/// How often other ports are tried: between finding a free one and using it, it may be taken.
const TRIES: u32 = 5;

/// Ends what it started when its standard input ends.
const GUARD: &str = r#"
"$0" -g -c "$1/named.conf" &
server=$!
cat >/dev/null
kill -TERM $server
wait $server
rm -rf "$1"
kill -KILL 0
"#;

/// A running server.
pub(crate) struct Named {
    address: SocketAddr,
    /// Holds its standard input open as long as the tests run.
    _guard: Child,
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
        let mut last = String::new();
        for _ in 0..TRIES {
            match Self::try_to_start(zones) {
                Ok(named) => return named,
                Err(said) => last = said,
            }
        }
        panic!("BIND does not start ({NEEDED}):\n{last}");
    }

    /// A started server, or what it said instead of starting.
    fn try_to_start(zones: &[(&str, &str)]) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap().keep();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let port = free_port();
        let mut configuration = configuration(&folder, port);
        for (at, (zone, text)) in zones.iter().enumerate() {
            fs::write(folder.join(format!("{at}.zone")), text).unwrap();
            let line = format!("zone \"{zone}\" {{ type primary; file \"{at}.zone\"; }};\n");
            configuration.push_str(&line);
        }
        fs::write(folder.join("named.conf"), configuration).unwrap();
        let mut guard = guard(&folder);
        match complaint(&folder) {
            None => {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                Ok(Self { address, _guard: guard })
            }
            Some(said) => {
                drop(guard.stdin.take());
                guard.wait().unwrap();
                Err(said)
            }
        }
    }
}

/// Starts the shell that starts the server.
fn guard(folder: &Path) -> Child {
    let said = File::create(folder.join("said")).unwrap();
    Command::new("sh")
        .args(["-c", GUARD])
        .arg(program())
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(said.try_clone().unwrap())
        .stderr(said)
        .process_group(0) // what interrupts the tests must not reach it, or nobody tidies up
        .spawn()
        .unwrap()
}

fn program() -> PathBuf {
    let places = ["/usr/sbin/named", "/usr/local/sbin/named", "/usr/bin/named"];
    places.into_iter().map(PathBuf::from).find(|path| path.exists()).expect(NEEDED)
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

/// Waits until a server runs on its port. If it does not, what it says instead.
fn complaint(folder: &Path) -> Option<String> {
    let until = Instant::now() + START;
    loop {
        let said = fs::read_to_string(folder.join("said")).unwrap_or_default();
        let failed = said.contains("address in use") || said.contains("exiting (due to");
        if failed || Instant::now() > until {
            return Some(said);
        }
        if said.lines().any(|line| line.ends_with(" running")) {
            // a record that is wrong by mistake would be told as SERVFAIL by every test
            assert!(!said.contains("zone ./IN: not loaded"), "{said}");
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
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
