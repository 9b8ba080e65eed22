//! The **token file**: one token, which only its owner can read.
//!
//! In: a token. Out: the same. It is written beside and given its name when it is whole and on the
//! disk; it is never wider than 0600, not even for a moment. Refuses to read a file that others can
//! read or write, and to write where something else than a file stands.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::intake::Stop;

use super::token::Token;

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
    /// When the file cannot be read, when others can read or write it, when it holds no token.
    pub fn read(&self) -> Result<Option<Token>> {
        let mut json = Vec::new();
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unreadable(error)),
        };
        self.check_mode(&file)?;
        file.take(MOST).read_to_end(&mut json).map_err(|error| self.unreadable(error))?;
        Token::parse(&json, &self.path).map(Some)
    }

    /// Whether others can read or write a file, is asked of the open file: its name could be given
    /// to another one meanwhile.
    #[cfg(unix)]
    fn check_mode(&self, file: &File) -> Result<()> {
        use std::os::unix::fs::MetadataExt as _;
        let mode = file.metadata().map_err(|error| self.unreadable(error))?.mode();
        if mode & 0o077 == 0 {
            return Ok(());
        }
        Err(Error::new(
            format!("cannot use the token in {}", self.path.display()),
            format!("others can read or write the file (mode {:04o})", mode & 0o7777),
            format!("run: chmod 600 {}", self.path.display()),
        ))
    }

    #[cfg(not(unix))]
    fn check_mode(&self, _: &File) -> Result<()> {
        Ok(())
    }

    /// Makes room for a new token, so that a token is not asked for that could not be kept.
    ///
    /// # Errors
    /// When it cannot be written there.
    pub fn prepare(&self) -> Result<Prepared> {
        let path = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        if path.exists() && !path.is_file() {
            let why = "something else than a file stands there";
            return Err(self.unwritable(why));
        }
        let file = temporary(folder(&path)).map_err(|error| self.unwritable(error.kind()))?;
        let mut prepared = Prepared { file, path };
        prepared.reserve().map_err(|error| self.unwritable(error))?;
        Ok(prepared)
    }

    /// Puts a token there that comes from elsewhere.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, token: &Token) -> Result<()> {
        let _lock = self.lock(&Stop::default())?;
        self.prepare()?.write(token)
    }

    /// Keeps others from renewing the token at the same time: where refresh tokens rotate, the
    /// slower of two would be left with one that is good for nothing.
    ///
    /// # Errors
    /// When another process keeps it too long, or somebody wishes to stop meanwhile, or there can be
    /// no lock.
    pub(super) fn lock(&self, stop: &Stop) -> Result<TokenLock> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        let file = owned(OpenOptions::new().write(true).create(true).truncate(false)).open(path);
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

/// A file of a name that nobody can guess, open to its owner alone from the first moment.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ruaudit-token-");
    #[cfg(unix)]
    let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
    #[cfg(unix)]
    builder.permissions(mode);
    builder.tempfile_in(folder)
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
