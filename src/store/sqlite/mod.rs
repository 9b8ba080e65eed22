//! The store in one SQLite file, laid out by `schema.sql`.
//!
//! In: traces. Out: counts, records, reports, traces. Refuses files that are not ours or were made by a newer
//! program. One process writes at a time, others wait for it; readers never wait (WAL).

mod hosts;
mod intern;
mod json;
mod kept;
mod knowledge;
mod mails;
mod migrate;
mod noted;
mod problem;
mod read;
mod standing;
mod write;

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::Store;
use crate::error::{Error, Result};
use crate::model::digest::{
    Arrived, InputMark, NotedDomain, NotedRun, Notes, ReporterDays, Troubles,
};
use crate::model::kept::{KeptHost, KeptRecord};
use crate::model::labelling::Retold;
use crate::model::mailbox::Progress;
use crate::model::{
    DomainProfile, Filter, FolderId, Foreign, History, KeptLabel, Knowledge, KnownMail, Replace,
    ReportFilter, ReportLine, SortedMail, StoredRecord, StoredReport, StoredTrace, Told, Trace,
    TraceFilter, Traffic, Window, Written,
};
use problem::Problem;

/// How long to wait for another process that writes.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// Memory for pages, in KiB. Rows arrive in the order of time but lie in the order of domains, so
/// inserting touches pages all over the table.
const CACHE_KIB: i64 = 32 * 1024;

/// Pages of the log after which it is written back; larger than SQLite's 1000 since each time
/// costs a sync.
const CHECKPOINT_PAGES: i64 = 4_000;

/// A store in one file.
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
    interned: intern::Interned,
    /// Whether what is written survives a loss of power the moment it is committed.
    is_lasting: bool,
    /// Which file it is, whatever lies under its name now.
    file: Option<FileId>,
}

impl SqliteStore {
    /// Opens a store to write, making it if there is none.
    ///
    /// # Errors
    /// When the file is not a store of ours, is newer than this program, or cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        let flags = OpenFlags::default();
        Self::connect(path, flags).map_err(|problem| problem.explain("open", path))
    }

    /// Opens a store to read. It must exist.
    ///
    /// # Errors
    /// When there is none, or as [`SqliteStore::open`].
    pub fn open_existing(path: &Path) -> Result<Self> {
        let length = std::fs::metadata(path).map(|metadata| metadata.len());
        let missing = match length {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "there is no such file",
            Ok(0) => "the file is empty",
            _ => {
                return Self::connect_to_read(path)
                    .map_err(|problem| problem.explain("open", path));
            }
        };
        Err(Error::new(
            format!("no store at `{}`", path.display()),
            missing,
            "read some reports first: `ruaudit ingest FOLDER`; or name the store with --db PATH",
        ))
    }

    /// Opens a file to read: as the writer does, since it may have to be brought to the present
    /// layout; where it cannot be written, as it is.
    fn connect_to_read(path: &Path) -> std::result::Result<Self, Problem> {
        let flags = OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE;
        let problem = match Self::connect(path, flags) {
            Err(problem @ Problem::Sqlite(_)) => problem,
            other => return other,
        };
        Self::connect_read_only(path).map_err(|_| problem)
    }

    /// Opens a file that cannot be written. Where its folder cannot be written either, SQLite can
    /// only read a store to which nobody writes: one without a log beside it.
    fn connect_read_only(path: &Path) -> std::result::Result<Self, Problem> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let plain = Connection::open_with_flags(path, flags);
        plain.map_err(Problem::from).and_then(|c| Self::readable(c, path)).or_else(|problem| {
            let mut log = path.as_os_str().to_owned();
            log.push("-wal");
            if Path::new(&log).exists() {
                return Err(problem);
            }
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            let still = Connection::open_with_flags(immutable(path), flags)?;
            Self::readable(still, path)
        })
    }

    fn readable(connection: Connection, path: &Path) -> std::result::Result<Self, Problem> {
        connection.busy_timeout(BUSY_WAIT)?;
        migrate::check(&connection)?;
        Ok(Self::new(connection, path))
    }

    /// From now on does not wait for another process that writes: what cannot be written at once fails.
    /// For what is worth keeping, and not worth waiting for.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn hurry(&mut self) -> Result<()> {
        let hurried = self.connection.busy_timeout(Duration::ZERO);
        hurried.map_err(|error| Problem::from(error).explain("write", &self.path))
    }

    /// A store in memory, gone when it is dropped.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self> {
        let path = Path::new(":memory:");
        Self::prepare(Connection::open_in_memory(), path)
            .map_err(|problem| problem.explain("open", path))
    }

    fn connect(path: &Path, flags: OpenFlags) -> std::result::Result<Self, Problem> {
        Self::prepare(Connection::open_with_flags(path, flags), path)
    }

    fn prepare(
        connection: rusqlite::Result<Connection>,
        path: &Path,
    ) -> std::result::Result<Self, Problem> {
        let mut connection = connection?;
        connection.busy_timeout(BUSY_WAIT)?;
        migrate::check(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        // every reference is to a row that this program has just found or made
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_prepared_statement_cache_capacity(32);
        migrate::migrate(&mut connection)?;
        Ok(Self::new(connection, path))
    }

    fn new(connection: Connection, path: &Path) -> Self {
        let (interned, file) = (intern::Interned::default(), FileId::of(path));
        Self { connection, path: path.to_owned(), interned, is_lasting: false, file }
    }

    /// From now on waits at each commit until it is on the disk. What can be read again from a file
    /// need not wait; a mail may be deleted as soon as its reports are committed.
    fn make_lasting(&mut self) -> std::result::Result<(), Problem> {
        if !self.is_lasting {
            self.connection.pragma_update(None, "synchronous", "FULL")?;
            self.is_lasting = true;
        }
        Ok(())
    }

    fn asked<T>(&self, answer: std::result::Result<T, Problem>) -> Result<T> {
        answer.map_err(|problem| problem.explain("read", &self.path))
    }
}

/// What tells one file from another that bears its name later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self(metadata.dev(), metadata.ino()))
    }

    /// Elsewhere a file that is open cannot be taken away.
    #[cfg(not(unix))]
    fn of(_path: &Path) -> Option<Self> {
        None
    }
}

/// A path as a URI that tells SQLite that nobody writes to the file.
fn immutable(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                uri.push(char::from(*byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn write_mails(&mut self, batch: &[Trace], mails: &[SortedMail], now: i64) -> Result<Written> {
        let lasting = if mails.is_empty() { Ok(()) } else { self.make_lasting() };
        let Self { connection, interned, .. } = self;
        let written = lasting.and_then(|()| write::batch(connection, interned, batch, mails, now));
        written.map_err(|problem| {
            // what was interned in the failed transaction is not there
            self.interned = intern::Interned::default();
            problem.explain("write to", &self.path)
        })
    }

    fn is_in_place(&self) -> bool {
        self.file.is_none() || self.file == FileId::of(&self.path)
    }

    fn mails(&self, folder: &FolderId) -> Result<Vec<KnownMail>> {
        self.asked(mails::known(&self.connection, folder))
    }

    fn settled(&mut self, folder: &FolderId, uids: &[u32], progress: Progress) -> Result<()> {
        mails::settled(&mut self.connection, folder, uids, progress)
            .map_err(|problem| problem.explain("write to", &self.path))
    }

    fn forget_mails(&mut self, folder: &FolderId, uids: &[u32]) -> Result<()> {
        mails::forget(&mut self.connection, folder, uids)
            .map_err(|problem| problem.explain("write to", &self.path))
    }

    fn reconsider(&mut self, is_own: &dyn Fn(&str) -> bool, require: bool) -> Result<()> {
        standing::reconsider(&mut self.connection, is_own, require)
            .map_err(|problem| problem.explain("write to", &self.path))
    }

    fn domains(&self) -> Result<Vec<String>> {
        self.asked(read::domains(&self.connection))
    }

    fn reporters_of_domains(&self) -> Result<HashMap<String, (i64, i64)>> {
        self.asked(read::reporters_of_domains(&self.connection))
    }

    fn span(&self) -> Result<Option<Window>> {
        self.asked(read::span(&self.connection))
    }

    fn traffic(&self, filter: &Filter) -> Result<Traffic> {
        self.asked(read::traffic(&self.connection, filter))
    }

    fn history(&self, domain: &str, window: Option<Window>) -> Result<History> {
        self.asked(read::history(&self.connection, domain, window))
    }

    fn records(
        &self,
        domain: Option<&str>,
        window: Option<Window>,
        each: &mut dyn FnMut(&StoredRecord) -> Result<()>,
    ) -> Result<()> {
        self.asked(read::records(&self.connection, domain, window, each))
    }

    fn reports(
        &self,
        filter: &ReportFilter,
        each: &mut dyn FnMut(ReportLine) -> Result<()>,
    ) -> Result<()> {
        self.asked(read::reports(&self.connection, filter, each))
    }

    fn report(&self, number: u64) -> Result<Option<StoredReport>> {
        self.asked(read::report(&self.connection, number))
    }

    fn find_reports(&self, name: &str) -> Result<Vec<ReportLine>> {
        self.asked(read::find(&self.connection, name))
    }

    fn foreign(&self, window: Option<Window>) -> Result<Foreign> {
        self.asked(read::foreign(&self.connection, window))
    }

    fn traces(
        &self,
        filter: TraceFilter,
        each: &mut dyn FnMut(StoredTrace) -> Result<()>,
    ) -> Result<()> {
        self.asked(read::traces(&self.connection, filter, each))
    }

    fn noted_run(&self) -> Result<Option<NotedRun>> {
        self.asked(noted::run(&self.connection))
    }

    fn noted_domain(&self, domain: &str) -> Result<Option<NotedDomain>> {
        self.asked(noted::domain(&self.connection, domain))
    }

    fn note(&mut self, notes: &Notes) -> Result<()> {
        noted::note(&mut self.connection, notes)
            .map_err(|problem| problem.explain("write to", &self.path))
    }

    fn reporter_days(&self, window: Window) -> Result<Vec<ReporterDays>> {
        self.asked(noted::reporters(&self.connection, window))
    }

    fn arrived(&self, after: u64) -> Result<Arrived> {
        self.asked(noted::arrived(&self.connection, after))
    }

    fn troubles(&self, after: InputMark) -> Result<Troubles> {
        self.asked(noted::troubles(&self.connection, after))
    }

    fn labels(&self) -> Result<Vec<KeptLabel>> {
        self.asked(knowledge::labels(&self.connection))
    }

    fn profiles(&self) -> Result<Vec<DomainProfile>> {
        self.asked(knowledge::profiles(&self.connection))
    }

    fn knowledge(&self, domain: &str) -> Result<Knowledge> {
        self.asked(knowledge::of(&self.connection, domain))
    }

    fn tell(&mut self, told: &Told, replace: Replace<'_>, now: i64) -> Result<Retold> {
        // what a person said cannot be read again
        let lasting = self.make_lasting();
        lasting
            .and_then(|()| knowledge::tell(&mut self.connection, told, replace, now))
            .map_err(|problem| problem.explain("write to", &self.path))
    }

    fn remove_label(&mut self, domain: &str, source: &str) -> Result<bool> {
        let lasting = self.make_lasting();
        lasting
            .and_then(|()| knowledge::remove_label(&self.connection, domain, source))
            .map_err(|problem| problem.explain("write to", &self.path))
    }

    fn addresses(&self, domain: Option<&str>, window: Option<Window>) -> Result<Vec<IpAddr>> {
        self.asked(read::addresses(&self.connection, domain, window))
    }

    fn hosts(&self, addresses: &[IpAddr]) -> Result<Vec<KeptHost>> {
        self.asked(hosts::known(&self.connection, addresses))
    }

    fn keep_hosts(&mut self, hosts: &[KeptHost]) -> Result<()> {
        hosts::keep(&mut self.connection, hosts)
            .map_err(|problem| problem.explain("write to", &self.path))
    }

    fn keep_record(&mut self, record: &KeptRecord) -> Result<()> {
        // a record that is replaced in the DNS cannot be asked for again
        let lasting = self.make_lasting();
        lasting
            .and_then(|()| kept::keep(&mut self.connection, record))
            .map_err(|problem| problem.explain("write to", &self.path))
    }

    fn kept_records(&self, domain: &str) -> Result<Vec<KeptRecord>> {
        self.asked(kept::of(&self.connection, domain))
    }
}

#[cfg(test)]
mod tests;
