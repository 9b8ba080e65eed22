//! The **token file**: one token, which only its owner can read.
//!
//! In: a token. Out: the same. It is written beside and given its name when it is whole and on the
//! disk; it is never wider than 0600, not even for a moment. Refuses to read a file that is another
//! user's or that others can read or write, and to write where something else than a file stands.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::intake::{Stop, regular};

use super::token::Token;

mod left_over;

/// Bytes of a file; real ones have 2 to 6 thousand.
const MOST: u64 = 256 << 10;
/// Bytes that are set aside on the disk before a token is asked for.
const SET_ASIDE: [u8; 16 << 10] = [b' '; 16 << 10];
/// How long another process is waited for that renews the token.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 120 });
/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// Where a token is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFile {
    path: PathBuf,
}

/// The lock on a token, released with the value, or with the process however it ends.
#[derive(Debug)]
pub(super) struct TokenLock(#[expect(dead_code, reason = "held, not read")] File);

/// A file beside the token's that has room for a new one.
#[derive(Debug)]
pub struct Prepared {
    file: NamedTempFile,
    path: PathBuf,
}

impl TokenFile {
    /// The file at this path.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The token in it; `None` when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, when it is another user's or others can read or write it, when it
    /// holds no token.
    pub fn read(&self) -> Result<Option<Token>> {
        let mut json = Vec::new();
        let file = match regular::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unreadable(error)),
        };
        self.check_owner(&file)?;
        file.take(MOST).read_to_end(&mut json).map_err(|error| self.unreadable(error))?;
        Token::parse(&json, &self.path).map(Some)
    }

    /// Whose a file is, and whether others can read or write it, is asked of the open file: its name
    /// could be given to another one meanwhile.
    #[cfg(unix)]
    fn check_owner(&self, file: &File) -> Result<()> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = file.metadata().map_err(|error| self.unreadable(error))?;
        let (place, mode) = (self.path.display(), metadata.mode());
        let fail =
            |why, remedy| Err(Error::new(format!("cannot use the token in {place}"), why, remedy));
        if mode & 0o077 != 0 {
            let why = format!("others can read or write the file (mode {:04o})", mode & 0o7777);
            return fail(why, format!("run: chmod 600 {place}"));
        }
        let ours = rustix::process::geteuid().as_raw();
        let Some(other) = stranger(metadata.uid(), ours) else { return Ok(()) };
        let why = format!("it is a file of user {other}, and this is user {ours}");
        fail(why, format!("run ruaudit as that user, or: chown {ours} {place}"))
    }

    #[cfg(not(unix))]
    fn check_owner(&self, _: &File) -> Result<()> {
        Ok(())
    }

    /// Makes room for a new token, so that a token is not asked for that could not be kept.
    ///
    /// # Errors
    /// When it cannot be written there.
    pub fn prepare(&self) -> Result<Prepared> {
        let path = self.real();
        if path.exists() && !path.is_file() {
            let why = "something else than a file stands there";
            return Err(self.unwritable(why));
        }
        let file = temporary(&path).map_err(|error| self.unwritable(error.kind()))?;
        let mut prepared = Prepared { file, path };
        prepared.reserve().map_err(|error| self.unwritable(error))?;
        Ok(prepared)
    }

    /// Puts a token there that comes from elsewhere.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, token: &Token) -> Result<()> {
        let lock = self.lock(&Stop::default())?;
        self.remove_left_over(&lock);
        self.prepare()?.write(token)
    }

    /// Its path without links: what lies beside it, lies there however the file is named.
    fn real(&self) -> PathBuf {
        let resolved = std::fs::canonicalize(&self.path).or_else(|error| {
            let name = self.path.file_name().ok_or(error)?;
            std::fs::canonicalize(folder(&self.path)).map(|folder| folder.join(name))
        });
        resolved.unwrap_or_else(|_| self.path.clone())
    }

    /// Keeps others from renewing the token at the same time: where refresh tokens rotate, the
    /// slower of two would be left with one that is good for nothing.
    ///
    /// # Errors
    /// When another process keeps it too long, or somebody wishes to stop meanwhile, or there can be
    /// no lock.
    pub(super) fn lock(&self, stop: &Stop) -> Result<TokenLock> {
        let mut path = self.real().into_os_string();
        path.push(".lock");
        let mut options = OpenOptions::new();
        let options = owned(options.write(true).create(true).truncate(false));
        let file = regular::open_with(options, Path::new(&path));
        let file = file.map_err(|error| self.unwritable(error))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(TokenLock(file)),
                Err(TryLockError::Error(error)) => return Err(self.unwritable(error)),
                Err(TryLockError::WouldBlock) if stop.is_asked() || Instant::now() >= deadline => {
                    return Err(self.unwritable("another process keeps it locked"));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(GLANCE),
            }
        }
    }

    fn unreadable(&self, why: impl std::fmt::Display) -> Error {
        let remedy = "let this user read it, or name another `token_file`";
        Error::new(format!("cannot read the token in {}", self.path.display()), why, remedy)
    }

    fn unwritable(&self, why: impl std::fmt::Display) -> Error {
        let what = format!("cannot keep a token in {}", self.path.display());
        Error::new(what, why, "name a `token_file` in a folder that is there and can be written")
    }
}

impl Prepared {
    fn reserve(&mut self) -> io::Result<()> {
        self.file.write_all(&SET_ASIDE)?;
        self.file.as_file().sync_all()
    }

    /// Puts the token there; when this returns, it is on the disk.
    ///
    /// # Errors
    /// When the disk fails. What was there before stays.
    pub fn write(self, token: &Token) -> Result<()> {
        let json = token.to_json()?;
        let what = format!("cannot keep a token in {}", self.path.display());
        self.put(&json)
            .map_err(|error| Error::new(what, error, "is the disk full? Free some space"))
    }

    fn put(self, json: &[u8]) -> io::Result<()> {
        let Self { mut file, path } = self;
        file.rewind()?;
        file.write_all(json)?;
        file.as_file().set_len(json.len() as u64)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        sync_folder(folder(&path))
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}

/// Whose a file is that is neither ours nor root's.
#[cfg(unix)]
fn stranger(owner: u32, ours: u32) -> Option<u32> {
    (owner != ours && owner != 0).then_some(owner)
}

/// A file beside the token's of a name that nobody can guess, open to its owner alone from the first
/// moment.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let start = left_over::start_of_name(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&start).rand_bytes(left_over::UNGUESSED);
    #[cfg(unix)]
    let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
    #[cfg(unix)]
    builder.permissions(mode);
    builder.tempfile_in(folder(path))
}

#[cfg(unix)]
fn owned(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn owned(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// A name is on the disk when its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
