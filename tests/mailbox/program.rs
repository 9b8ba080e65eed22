//! The real **program** at a desk of its own: a folder with a configuration and a store.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::account::Account;
use crate::bare::bare;
use crate::dovecot::Dovecot;
use crate::mails::{NOW, Truth};

/// A program that hangs fails its test.
const PATIENCE: Duration = Duration::from_secs(50);

/// How often a running program is looked at.
const GLANCE: Duration = Duration::from_millis(2);

/// A folder in which the program is run.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    /// A desk with a configuration.
    pub(crate) fn new(configuration: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.configure(configuration);
        desk
    }

    /// One that reads the inbox of an account in the clear, with more lines for the account.
    pub(crate) fn reading(account: &Account, lines: &str) -> Self {
        Self::new(&plain("main", account, lines))
    }

    /// Another configuration.
    pub(crate) fn configure(&self, configuration: &str) {
        let path = self.path().join("ruaudit.toml");
        fs::write(&path, configuration).unwrap();
        // it holds a password
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program with a line of arguments without blanks in them, not yet started. It has nothing
    /// of the environment of whoever runs the tests but the way to programs.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = bare(self.path(), NOW);
        command.args(line.split_whitespace()).env("HOME", self.path());
        command
    }

    /// Starts the program.
    pub(crate) fn start(&self, line: &str) -> Running {
        Running::start(self.command(line), tempfile::tempdir().unwrap())
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, line: &str) -> Ended {
        self.start(line).wait()
    }

    /// `pull` in JSON.
    pub(crate) fn pull(&self, line: &str) -> Ended {
        self.run(&format!("pull {line} --format json"))
    }

    /// `pull` that must go well and have nothing to remark.
    pub(crate) fn pulled(&self) -> Value {
        let ended = self.pull("");
        assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
        assert_eq!("", ended.err);
        ended.json()
    }

    /// Reports and messages for each domain, as the store has them.
    pub(crate) fn stored(&self) -> Truth {
        let ended = self.run("summary --format json");
        if ended.err.contains("no store at") {
            return Truth::new(); // there is none yet, or it is being made
        }
        assert_eq!(Some(0), ended.code, "{}", ended.err);
        let count = |row: &Value, key: &str| row[key].as_u64().unwrap();
        let line = |row: &Value| {
            let domain = row["domain"].as_str().unwrap().to_owned();
            (domain, (count(row, "reports"), count(row, "messages")))
        };
        ended.json()["domains"].as_array().unwrap().iter().map(line).collect()
    }

    /// The ids of the reports that are stored.
    pub(crate) fn report_ids(&self) -> BTreeSet<String> {
        let ended = self.run("reports --format json");
        assert_eq!(Some(0), ended.code, "{}", ended.err);
        let id = |row: &Value| row["report_id"].as_str().unwrap().to_owned();
        ended.json()["reports"].as_array().unwrap().iter().map(id).collect()
    }

    /// How many reports are stored.
    pub(crate) fn reports(&self) -> u64 {
        self.stored().values().map(|(reports, _)| reports).sum()
    }

    /// The mails that the store notes, by folder: number and what became of it.
    pub(crate) fn noted(&self) -> Vec<(String, u32, u8)> {
        let store = rusqlite::Connection::open(self.path().join("ruaudit.db")).unwrap();
        let mut query = store
            .prepare(
                "SELECT name, uid, fate FROM mail JOIN folder ON id = mail.folder ORDER BY 1, 2",
            )
            .unwrap();
        let row = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        row.unwrap().map(Result::unwrap).collect()
    }
}

/// An account in the configuration that is reached in the clear.
pub(crate) fn plain(name: &str, account: &Account, lines: &str) -> String {
    let Account { server, user } = account;
    entry(name, user, &format!("security = \"plain\"\nport = {}\n{lines}", server.plain))
}

/// One that is reached over TLS.
pub(crate) fn tls(name: &str, user: &str, server: &Dovecot, lines: &str) -> String {
    entry(name, user, &format!("port = {}\n{lines}", server.tls))
}

/// An account on this machine, with more lines; the password is `secret` unless they say another.
pub(crate) fn entry(name: &str, user: &str, lines: &str) -> String {
    let given = |key: &str| lines.lines().any(|line| line.starts_with(key));
    let mut text = format!("[account.{name}]\nuser = \"{user}\"\n");
    if !given("host") {
        text.push_str("host = \"127.0.0.1\"\n");
    }
    if !given("password") && !given("[") {
        text.push_str("password = \"secret\"\n");
    }
    format!("{text}{lines}\n")
}

/// A program that runs. It is killed when nobody holds it any more.
pub(crate) struct Running {
    child: Child,
    begun: Instant,
    peak: u64,
    output: TempDir,
}

impl Running {
    fn start(mut command: Command, output: TempDir) -> Self {
        let file = |name: &str| File::create(output.path().join(name)).unwrap();
        command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
        Self { child: command.spawn().unwrap(), begun: Instant::now(), peak: 0, output }
    }

    /// Its process number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How long it runs.
    pub(crate) fn runs(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Looks whether it has ended, and how much memory it uses.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.peak = self.peak.max(resident(self.id()).unwrap_or(0));
        self.child.try_wait().unwrap()
    }

    /// Waits until something is so. It fails if the program ends meanwhile.
    pub(crate) fn until(&mut self, what: &str, so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !so() {
            let (out, err) = (self.text("out"), self.text("err"));
            assert!(self.ended().is_none(), "ended before {what}:\n{out}{err}");
            assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}:\n{out}{err}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.output.path().join(name)).unwrap()).into_owned()
    }

    /// Asks it to end, by a signal: `TERM`, `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.id());
        assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
    }

    /// Kills it: the signal 9, which nothing can prepare for.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ended {
        let status = loop {
            if let Some(status) = self.ended() {
                break status;
            }
            assert!(self.runs() < PATIENCE, "it hangs:\n{}{}", self.text("out"), self.text("err"));
            std::thread::sleep(GLANCE);
        };
        let [out, err] = ["out", "err"].map(|name| self.text(name));
        assert!(!err.contains("panicked"), "{err}");
        Ended { code: status.code(), took: self.runs(), peak: self.peak, out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    /// How long it ran.
    pub(crate) took: Duration,
    /// The most memory it used at once, in bytes.
    pub(crate) peak: u64,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Its answer.
    pub(crate) fn json(&self) -> Value {
        let Self { out, err, .. } = self;
        serde_json::from_str(out).unwrap_or_else(|e| panic!("{e}: {out}{err}"))
    }

    /// What it says went wrong with the first account. It must be the only complaint.
    pub(crate) fn failure(&self) -> String {
        assert_eq!(Some(2), self.code, "{}{}", self.out, self.err);
        let error = &self.json()["accounts"][0]["error"];
        error.as_str().unwrap_or_else(|| panic!("no error: {}{}", self.out, self.err)).to_owned()
    }

    /// All that it warns of.
    pub(crate) fn warnings(&self) -> String {
        self.json()["accounts"][0]["warnings"].to_string()
    }
}

/// The most memory that a process has used so far, in bytes.
fn resident(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes << 10)
}

/// Some counts of the first account's first folder.
pub(crate) fn counts<const N: usize>(pulled: &Value, keys: [&str; N]) -> [u64; N] {
    let folder = &pulled["accounts"][0]["folders"][0];
    keys.map(|key| folder[key].as_u64().unwrap_or_else(|| panic!("no {key} in {pulled}")))
}
