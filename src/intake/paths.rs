//! Files and folders, as named on the command line.
//!
//! In: paths. Out: their files, one input each, folders in the order of their names (bytes, not
//! language). Refuses paths that do not exist. Inside folders only regular files are opened: no
//! symbolic link is followed, and a pipe or a device would wait for ever.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Intake;
use crate::error::{Error, Result};
use crate::model::{Origin, Outcome, RawInput, Reason, Rejection, Stage};

/// The name of standard input on the command line.
const STANDARD_INPUT: &str = "-";

/// The files under some paths.
#[derive(Debug)]
pub struct Paths {
    /// What is still to be visited, the next one last.
    pending: Vec<Entry>,
    max_bytes: u64,
    left_out: Vec<PathBuf>,
    expected: u64,
}

/// Something that is still to be visited.
#[derive(Debug)]
enum Entry {
    Input(PathBuf),
    Folder(PathBuf),
}

impl Paths {
    /// Checks that every path is there. `-` is standard input. `max_bytes` bounds one file.
    ///
    /// # Errors
    /// Names the first path that does not exist or cannot be opened.
    pub fn new(paths: &[PathBuf], max_bytes: u64) -> Result<Self> {
        let mut pending = paths.iter().map(|path| entry(path)).collect::<Result<Vec<_>>>()?;
        let expected = pending.iter().filter(|entry| matches!(entry, Entry::Input(_))).count();
        pending.reverse();
        Ok(Self { pending, max_bytes, left_out: Vec::new(), expected: expected as u64 })
    }

    /// Leaves out the files of a store, which may lie in the folder that is read.
    #[must_use]
    pub fn without_store(mut self, store: &Path) -> Self {
        if let Ok(store) = store.canonicalize() {
            let beside = ["", "-wal", "-shm", "-journal"];
            self.left_out = beside
                .iter()
                .map(|end| {
                    let mut name = store.clone().into_os_string();
                    name.push(end);
                    name.into()
                })
                .collect();
        }
        self
    }

    /// Puts a folder's entries in place of the folder.
    fn open_folder(&mut self, folder: &Path) -> std::io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                entries.push(Entry::Folder(entry.path()));
            } else if kind.is_file() {
                entries.push(Entry::Input(entry.path()));
            }
        }
        entries.sort_by(|a, b| b.path().as_os_str().cmp(a.path().as_os_str()));
        let inputs = entries.iter().filter(|entry| matches!(entry, Entry::Input(_))).count();
        self.expected += inputs as u64;
        self.pending.append(&mut entries);
        Ok(())
    }

    /// Whether a file belongs to the store. Only files of that name are looked at closely.
    fn is_left_out(&self, path: &Path) -> bool {
        self.left_out.iter().any(|out| {
            out.file_name() == path.file_name()
                && path.canonicalize().is_ok_and(|path| path == *out)
        })
    }
}

impl Entry {
    fn path(&self) -> &Path {
        match self {
            Self::Input(path) | Self::Folder(path) => path,
        }
    }
}

impl Intake for Paths {
    fn next(&mut self) -> Result<Option<RawInput>> {
        while let Some(entry) = self.pending.pop() {
            match entry {
                Entry::Folder(folder) => {
                    if let Err(error) = self.open_folder(&folder) {
                        return Ok(Some(unreadable(&folder, &error)));
                    }
                }
                Entry::Input(path) if self.is_left_out(&path) => {}
                Entry::Input(path) if path.as_os_str() == STANDARD_INPUT => {
                    return Ok(Some(read_standard_input(self.max_bytes)));
                }
                Entry::Input(path) => return Ok(Some(read_file(&path, self.max_bytes))),
            }
        }
        Ok(None)
    }

    fn expected(&self) -> u64 {
        self.expected
    }
}

fn entry(path: &Path) -> Result<Entry> {
    if path.as_os_str() == STANDARD_INPUT {
        return Ok(Entry::Input(path.to_owned()));
    }
    let metadata = fs::metadata(path).map_err(|error| {
        Error::new(
            format!("cannot read `{}`", path.display()),
            error,
            "name a file or a folder of reports, or - for standard input",
        )
    })?;
    if metadata.is_dir() {
        Ok(Entry::Folder(path.to_owned()))
    } else {
        Ok(Entry::Input(path.to_owned()))
    }
}

fn read_file(path: &Path, max_bytes: u64) -> RawInput {
    let read = File::open(path).and_then(|file| {
        let metadata = file.metadata()?;
        let modified = metadata.modified().ok().and_then(seconds);
        Ok((modified, read_bounded(file, metadata.len(), max_bytes)?))
    });
    match read {
        Ok((received_at, bytes)) => RawInput { origin: origin(path), received_at, bytes },
        Err(error) => unreadable(path, &error),
    }
}

fn read_standard_input(max_bytes: u64) -> RawInput {
    let path = Path::new("standard input");
    match read_bounded(std::io::stdin().lock(), 0, max_bytes) {
        Ok(bytes) => RawInput { origin: origin(path), received_at: None, bytes },
        Err(error) => unreadable(path, &error),
    }
}

/// Reads all there is, or says that it is too much. What a file says of its length is only a hint.
fn read_bounded(
    mut from: impl Read,
    length: u64,
    max: u64,
) -> std::io::Result<std::result::Result<Vec<u8>, Outcome>> {
    let too_large = || {
        let detail = format!("more than {max} bytes (limit input_bytes)");
        Outcome::Rejected(Rejection::new(Stage::Intake, Reason::TooLarge, detail))
    };
    if length > max {
        return Ok(Err(too_large()));
    }
    let capacity = usize::try_from(length.saturating_add(1)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(capacity);
    from.by_ref().take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > max { Err(too_large()) } else { Ok(bytes) })
}

fn unreadable(path: &Path, error: &std::io::Error) -> RawInput {
    let rejection = Rejection::new(Stage::Intake, Reason::Unreadable, error.to_string());
    RawInput { origin: origin(path), received_at: None, bytes: Err(Outcome::Rejected(rejection)) }
}

fn origin(path: &Path) -> Origin {
    Origin::input(path.to_string_lossy())
}

fn seconds(time: std::time::SystemTime) -> Option<i64> {
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &mut Paths) -> Vec<String> {
        std::iter::from_fn(|| paths.next().unwrap()).map(|raw| raw.origin.input).collect()
    }

    #[test]
    fn folders_are_read_in_the_order_of_names_and_links_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("b")).unwrap();
        for name in ["b/2", "b/1", "c", "a"] {
            fs::write(at(name), name).unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("a"), at("d")).unwrap();
            std::os::unix::fs::symlink(folder.path(), at("loop")).unwrap();
        }
        let mut paths = Paths::new(&[folder.path().to_owned()], 100).unwrap();
        let expected = ["a", "b/1", "b/2", "c"].map(|name| at(name).to_string_lossy().into_owned());
        assert_eq!(expected.to_vec(), names(&mut paths));
        assert_eq!(4, paths.expected());
    }

    #[test]
    fn a_missing_path_is_an_error_and_a_large_file_a_rejection() {
        let missing = Paths::new(&["/no/such/folder".into()], 1).unwrap_err().to_string();
        assert!(missing.contains("`/no/such/folder`"), "{missing}");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("large"), "123456").unwrap();
        let mut paths = Paths::new(&[folder.path().to_owned()], 5).unwrap();
        let raw = paths.next().unwrap().unwrap();
        assert!(matches!(raw.bytes, Err(Outcome::Rejected(r)) if r.reason == Reason::TooLarge));
    }

    #[test]
    fn the_store_in_the_folder_is_not_an_input() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("ruaudit.db");
        for name in ["ruaudit.db", "ruaudit.db-wal", "other"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let paths = Paths::new(&[folder.path().to_owned()], 100).unwrap();
        assert_eq!(1, names(&mut paths.without_store(&store)).len());
    }
}
