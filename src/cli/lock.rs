//! The **lock** of a store: one process at a time pulls, watches, or makes a digest.
//!
//! In: the path of the store. Out: the lock, held until it is dropped, or who holds it. The kernel
//! takes it from a process that dies, however it does. The file `STORE.lock` stays behind: whoever
//! removed it might remove one that another process has just locked. Plain reading into a store
//! needs no lock, since the store itself orders its writers.

use std::ffi::OsString;
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::intake::{Stop, regular};
use crate::model::day::rfc3339;
use crate::render::escape::escape;

use super::watch::pause;
use super::{Exit, Streams, written};

/// What a watch writes of itself.
const WATCH: &str = "watching process";

/// How long one that holds the lock for a while is waited for.
const TURN: Duration = Duration::from_secs(60);

/// How often it is looked whether it has ended.
const PAUSE: Duration = Duration::from_millis(200);

/// Bytes read of what the holder wrote.
const MOST: u64 = 200;

/// A lock that is held.
#[derive(Debug)]
pub(super) struct Lock {
    /// The lock lives as long as the open file.
    file: File,
}

impl Drop for Lock {
    /// Takes our name away: whoever holds the lock next is not to be taken for us. Where that fails,
    /// only the name is wrong, for a moment.
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

/// Another process holds the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    store: PathBuf,
    /// What it wrote of itself.
    holder: String,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holder = if self.holder.is_empty() { "a process" } else { &self.holder };
        let store = self.store.display().to_string();
        write!(f, "another run is at work on `{}`: {}; let it end", escape(&store), escape(holder))
    }
}

impl Held {
    /// Whether a watch holds it, which soon gives it back, or somebody who has yet to say who it is.
    fn is_brief(&self) -> bool {
        self.holder.is_empty() || self.holder.starts_with(WATCH)
    }
}

impl Lock {
    /// Takes the lock of a store, which need not be there yet; where a watch holds it, once that has
    /// read what it has in hand. `now` is written into it, seconds since 1970 UTC. Who holds it is an
    /// answer and no error.
    pub(super) fn take(store: &Path, now: i64) -> Result<std::result::Result<Self, Held>> {
        let until = Instant::now() + TURN;
        loop {
            match Self::try_take(store, now, "process")? {
                Err(held) if held.is_brief() && Instant::now() < until => std::thread::sleep(PAUSE),
                other => return Ok(other),
            }
        }
    }

    /// Takes the lock for one round of a watch, once whoever holds it has ended. None: that takes too
    /// long, or somebody asks to stop.
    pub(super) fn take_turn(store: &Path, now: i64, stop: &Stop) -> Result<Option<Self>> {
        let until = Instant::now() + TURN;
        loop {
            if let Ok(lock) = Self::try_take(store, now, WATCH)? {
                return Ok(Some(lock));
            }
            if Instant::now() > until || !pause(PAUSE, stop) {
                return Ok(None);
            }
        }
    }

    fn try_take(store: &Path, now: i64, who: &str) -> Result<std::result::Result<Self, Held>> {
        let path = path_of(store);
        let failed = |error| failed(store, &error);
        let mut file = open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = Vec::new();
                // what cannot be read is not worth an error: that the lock is held says enough
                let _ = (&file).take(MOST).read_to_end(&mut text);
                let holder = String::from_utf8_lossy(&text).trim().to_owned();
                return Ok(Err(Held { store: store.to_owned(), holder }));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let text = format!("{who} {}, since {}\n", std::process::id(), rfc3339(now));
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        Ok(Ok(Self { file }))
    }
}

/// Says on one line who is at work, even with `--quiet`: whoever finds this every night has a run
/// that hangs.
pub(super) fn busy(held: &Held, streams: &mut Streams<'_>) -> Result<Exit> {
    written(writeln!(streams.err, "note: {held}"))?;
    Ok(Exit::Busy)
}

/// Opens the file of the lock. A link in its place is not followed: what it leads to would be written
/// over.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    regular::open_in_place(&mut options, path)
}

/// Beside the store itself, so that two names of one store have one lock.
fn path_of(store: &Path) -> PathBuf {
    let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    let mut name = OsString::from(store);
    name.push(".lock");
    name.into()
}

/// The error that opening the store would give.
fn failed(store: &Path, error: &std::io::Error) -> Error {
    Error::new(
        format!("cannot open the store `{}`", store.display()),
        format!("its lock cannot be made: {error}"),
        "the folder must exist and be writable; or name another file with --db PATH",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-18.
    const NOW: i64 = 1_795_000_000;

    #[test]
    fn the_second_is_told_who_the_first_is_and_the_third_comes_in() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("a.db");
        let first = Lock::take(&store, NOW).unwrap().unwrap();
        let held = Lock::take(&store, NOW + 60).unwrap().unwrap_err().to_string();
        let who = format!("process {}, since 2026-11-18T", std::process::id());
        assert!(held.contains(&who) && held.contains("a.db") && !held.contains('\n'), "{held}");
        drop(first);
        let path = folder.path().join("a.db.lock");
        assert!(path.exists(), "it is left behind");
        std::fs::write(&path, "process 4194304000, since long ago, and a long line\n").unwrap();
        let _third = Lock::take(&store, NOW).unwrap().unwrap();
        let held = Lock::take(&store, NOW).unwrap().unwrap_err().to_string();
        assert!(held.contains(&who) && !held.contains("long"), "{held}");
    }

    #[test]
    fn a_watch_is_waited_for_and_a_run_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("a.db");
        let stop = Stop::default();
        let turn = Lock::take_turn(&store, NOW, &stop).unwrap().unwrap();
        std::thread::scope(|threads| {
            let run = threads.spawn(|| Lock::take(&store, NOW).unwrap().is_ok());
            std::thread::sleep(2 * PAUSE);
            assert!(!run.is_finished(), "did not wait");
            drop(turn);
            assert!(run.join().unwrap());
        });
        let path = folder.path().join("a.db.lock");
        assert_eq!("", std::fs::read_to_string(&path).unwrap(), "nobody's name stays behind");
        let _run = Lock::take(&store, NOW).unwrap().unwrap();
        assert!(Lock::take(&store, NOW).unwrap().is_err());
        stop.ask();
        assert!(Lock::take_turn(&store, NOW, &stop).unwrap().is_none(), "asked to stop");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_about_the_store() {
        let error = Lock::take(Path::new("/nonexistent/a.db"), NOW).unwrap_err().to_string();
        assert!(error.starts_with("cannot open the store `/nonexistent/a.db`"), "{error}");
        assert!(error.contains("the folder must exist"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_the_lock_is_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (store, precious) = (folder.path().join("a.db"), folder.path().join("precious"));
        std::fs::write(&precious, "mine").unwrap();
        std::os::unix::fs::symlink(&precious, folder.path().join("a.db.lock")).unwrap();
        assert!(Lock::take(&store, NOW).is_err());
        assert_eq!("mine", std::fs::read_to_string(&precious).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn two_names_of_one_store_have_one_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (store, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
        std::fs::write(&store, "").unwrap();
        std::os::unix::fs::symlink(&store, &other).unwrap();
        let _lock = Lock::take(&store, NOW).unwrap().unwrap();
        assert!(Lock::take(&other, NOW).unwrap().is_err());
    }
}
