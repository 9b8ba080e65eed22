//! A real **Dovecot**, private to this run of the tests: in a folder of its own, on free ports of
//! the loopback, with certificates of the tests' own authority. Whoever the user, the password is
//! `secret`.
//!
//! Each is started once and shared by all tests, each of which has a user of its own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Duration;

use crate::authority;
use crate::server::{self, Guard, Server};

const DOVECOT: Server = Server {
    places: ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/usr/bin/dovecot"],
    needed: "the tests of the mailbox need Dovecot 2.3. On Debian: apt-get install dovecot-imapd",
    options: &["-F", "-c"],
    configuration: "dovecot.conf",
    logs: &["log"],
};

/// How the folders of a mailbox are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// `processed`, with `/` between levels.
    Slashes,
    /// `INBOX.processed`, with `.` between levels, as Courier has it.
    BelowInbox,
}

/// How a server is set up.
#[derive(Debug, Clone, Copy)]
struct Setup<'a> {
    names: Names,
    /// Whom it asks whether a token is good (RFC 7662); it takes none if there is nobody.
    introspection: Option<&'a str>,
}

/// A running server.
pub(crate) struct Dovecot {
    folder: PathBuf,
    /// Speaks in the clear, and TLS after STARTTLS.
    pub(crate) plain: u16,
    /// Speaks TLS from the first byte.
    pub(crate) tls: u16,
    _guard: Guard,
}

/// The server that most tests share.
pub(crate) fn shared() -> &'static Dovecot {
    static SHARED: OnceLock<Dovecot> = OnceLock::new();
    SHARED.get_or_init(|| Dovecot::start(Setup { names: Names::Slashes, introspection: None }))
}

/// One whose folders are all below INBOX.
pub(crate) fn below_inbox() -> &'static Dovecot {
    static SHARED: OnceLock<Dovecot> = OnceLock::new();
    SHARED.get_or_init(|| Dovecot::start(Setup { names: Names::BelowInbox, introspection: None }))
}

/// One that takes tokens besides, and asks there whether they are good. It runs until all tests have.
pub(crate) fn taking_tokens(introspection: &str) -> &'static Dovecot {
    let setup = Setup { names: Names::Slashes, introspection: Some(introspection) };
    Box::leak(Box::new(Dovecot::start(setup)))
}

impl Dovecot {
    fn start(setup: Setup<'_>) -> Self {
        DOVECOT.start(|| Self::try_to_start(setup))
    }

    /// A started server, or what it said instead of starting.
    fn try_to_start(setup: Setup<'_>) -> Result<Self, String> {
        let folder = server::folder();
        authority::found(&folder);
        for part in ["mail", "rawlog"] {
            own(&make(&folder.join(part)));
        }
        let [plain, tls] = free_ports();
        let configuration = configuration(&folder, setup, plain, tls);
        fs::write(folder.join("dovecot.conf"), configuration).unwrap();
        let guard = DOVECOT.run(&folder, |said| runs(said, [plain, tls]))?;
        Ok(Self { folder, plain, tls, _guard: guard })
    }

    /// The authority that signed its certificate.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// An authority that did not.
    pub(crate) fn stranger(&self) -> PathBuf {
        self.folder.join("stranger.pem")
    }

    /// Where a user's mails lie.
    pub(crate) fn maildir(&self, user: &str) -> PathBuf {
        self.folder.join("mail").join(user)
    }

    /// Where what a user's clients say is written down, if the folder is there.
    pub(crate) fn rawlog(&self, user: &str) -> PathBuf {
        self.folder.join("rawlog").join(user)
    }

    /// The lines of the log that hold a text.
    pub(crate) fn log(&self, text: &str) -> Vec<String> {
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }

    /// Dovecot's own tool, with this server's configuration.
    pub(crate) fn doveadm<const N: usize>(&self, args: [&str; N]) -> Output {
        let mut command = Command::new("doveadm");
        command.arg("-c").arg(self.folder.join("dovecot.conf")).args(args).output().unwrap()
    }
}

fn free_ports() -> [u16; 2] {
    let listeners = [0; 2].map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Whether it runs. Its port may be another's by now, who accepts connections too.
fn runs(said: &str, ports: [u16; 2]) -> Option<bool> {
    if said.contains("Fatal") {
        return Some(false);
    }
    (said.contains("starting up") && ports.into_iter().all(accepts)).then_some(true)
}

fn accepts(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

/// Makes a folder and those above it.
pub(crate) fn make(path: &Path) -> PathBuf {
    fs::create_dir_all(path).unwrap();
    path.to_path_buf()
}

/// Gives a file to the user that mails belong to: `mail` where the tests run as root, which
/// Dovecot refuses to read mails as; otherwise whoever runs them.
pub(crate) fn own(path: &Path) {
    if is_root() {
        std::os::unix::fs::chown(path, Some(MAIL), Some(MAIL)).unwrap();
    }
}

/// The user and the group `mail`, on every Debian.
const MAIL: u32 = 8;

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// What `id` says of whoever runs the tests.
fn id(option: &str) -> String {
    let output = Command::new("id").arg(option).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// As which users Dovecot runs.
fn users() -> String {
    if is_root() {
        return "default_internal_user = dovecot\ndefault_login_user = dovenull\n".to_owned();
    }
    let (user, group) = (id("-un"), id("-gn"));
    let mut lines = format!(
        "default_internal_user = {user}\ndefault_internal_group = {group}\n\
         default_login_user = {user}\n"
    );
    for service in ["anvil", "imap-login", "stats"] {
        lines.push_str(&format!("service {service} {{\n  chroot =\n}}\n"));
    }
    lines
}

/// How tokens are taken: the lines for the configuration.
fn tokens(folder: &Path, introspection: &str) -> String {
    let path = folder.join("tokens.conf");
    let lines = format!(
        "introspection_mode = post\nintrospection_url = {introspection}\n\
         username_attribute = username\nactive_attribute = active\nactive_value = true\n"
    );
    fs::write(&path, lines).unwrap();
    format!(
        "auth_mechanisms = plain login xoauth2 oauthbearer\npassdb {{\n  driver = oauth2\n  \
         mechanisms = xoauth2 oauthbearer\n  args = {}\n}}\n",
        path.display()
    )
}

fn configuration(folder: &Path, setup: Setup<'_>, plain: u16, tls: u16) -> String {
    let namespace = match setup.names {
        Names::Slashes => "prefix =\n  separator = /",
        Names::BelowInbox => "prefix = INBOX.\n  separator = .",
    };
    let (uid, gid) =
        if is_root() { (MAIL.to_string(), MAIL.to_string()) } else { (id("-u"), id("-g")) };
    let users = users();
    let tokens = setup.introspection.map_or_else(String::new, |url| tokens(folder, url));
    let folder = folder.display();
    format!(
        r"
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
auth_verbose = yes
rawlog_dir = {folder}/rawlog/%u
protocols = imap
listen = 127.0.0.1, 127.0.0.2
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
namespace inbox {{
  inbox = yes
  {namespace}
}}
{users}first_valid_uid = {uid}
first_valid_gid = {gid}
mail_max_userip_connections = 50
auth_mechanisms = plain login
auth_failure_delay = 0
{tokens}passdb {{
  driver = static
  mechanisms = plain login
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
# without this, refused sign-ins are answered later and later
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"
    )
}
