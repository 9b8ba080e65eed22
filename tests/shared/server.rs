//! A **server** that the tests start: private to this run of them, in a folder of its own, on free ports of
//! the loopback.
//!
//! A small shell watches over it: when the tests end, however they end, its standard input ends too, and
//! it takes the server and the folder away.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server is waited for that is being started.
const START: Duration = Duration::from_secs(20);

/// How often other ports are tried: between finding a free one and using it, it may be taken.
const TRIES: u32 = 5;

/// Starts the program with its arguments, and ends it when its own standard input ends.
const GUARD: &str = r#"
folder=$1
shift
"$@" &
server=$!
cat >/dev/null
kill -TERM $server
wait $server
rm -rf "$folder"
kill -KILL 0
"#;

/// What a server says as it starts goes there.
const STARTED: &str = "started";

/// How a program becomes a server.
pub(crate) struct Server {
    /// Where it may lie.
    pub(crate) places: [&'static str; 3],
    /// What to install where it is missing.
    pub(crate) needed: &'static str,
    /// What it is given before the path of its configuration.
    pub(crate) options: &'static [&'static str],
    /// The name of its configuration in its folder.
    pub(crate) configuration: &'static str,
    /// Where else in its folder it says something.
    pub(crate) logs: &'static [&'static str],
}

/// Keeps a server running as long as it lives.
pub(crate) struct Guard {
    /// Holds its standard input open.
    shell: Child,
}

/// A folder for a server, whose processes may be other users.
pub(crate) fn folder() -> PathBuf {
    let folder = tempfile::tempdir().unwrap().keep();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    folder
}

impl Server {
    /// Starts it in a folder, again and again where its port was taken meanwhile.
    pub(crate) fn start<S>(&self, mut attempt: impl FnMut() -> Result<S, String>) -> S {
        let mut last = String::new();
        for _ in 0..TRIES {
            match attempt() {
                Ok(server) => return server,
                Err(said) => last = said,
            }
        }
        panic!("it does not start ({}):\n{last}", self.needed);
    }

    /// Starts the program in a folder that has its configuration, and waits until it is told of what it said
    /// whether it runs: none as long as nobody can tell. If it does not, what it said instead.
    pub(crate) fn run(
        &self,
        folder: &Path,
        runs: impl Fn(&str) -> Option<bool>,
    ) -> Result<Guard, String> {
        let mut guard = self.guarded(folder);
        let until = Instant::now() + START;
        loop {
            let said = self.said(folder);
            match runs(&said) {
                Some(true) => return Ok(guard),
                None if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
                _ => {
                    guard.end();
                    return Err(said);
                }
            }
        }
    }

    /// What it has said since its start.
    fn said(&self, folder: &Path) -> String {
        let logs = [&[STARTED], self.logs].concat();
        logs.iter().map(|log| fs::read_to_string(folder.join(log)).unwrap_or_default()).collect()
    }

    fn guarded(&self, folder: &Path) -> Guard {
        let said = File::create(folder.join(STARTED)).unwrap();
        let program = self.places.iter().find(|path| Path::new(path).exists()).expect(self.needed);
        let shell = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(folder)
            .arg(program)
            .args(self.options)
            .arg(folder.join(self.configuration))
            .stdin(Stdio::piped())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .process_group(0) // what interrupts the tests must not reach it, or nobody tidies up
            .spawn()
            .unwrap();
        Guard { shell }
    }
}

impl Guard {
    fn end(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().unwrap();
    }
}
