//! Files and folders, as named on the command line.
//!
//! In: paths. Out: their files, one input each (of an mbox one for each mail), folders in the order
//! of their names (bytes, not language). Refuses paths that do not exist. Inside folders only
//! regular files are opened: no symbolic link is followed, and a pipe or a device would wait for
//! ever.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::Intake;
use super::mbox::{self, Mbox};
use crate::error::{Error, Result};
use crate::model::{Origin, Outcome, RawInput, Reason, Rejection, Stage};

/// The name of standard input on the command line.
const STANDARD_INPUT: &str = "-";

/// The files under some paths.
#[derive(Debug)]
pub struct Paths {
    /// What is still to be visited, the next one last.
    pending: Vec<Entry>,
    /// The mbox that is being read.
    open: Option<OpenMbox>,
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

/// An mbox on its way through.
#[derive(Debug)]
struct OpenMbox {
    path: PathBuf,
    mails: Mbox<BufReader<Box<dyn ReadSend>>>,
    /// How many mails were handed over.
    count: u64,
}

/// A reader that may be used by another thread.
trait ReadSend: Read + Send + std::fmt::Debug {}

impl<R: Read + Send + std::fmt::Debug> ReadSend for R {}

impl Paths {
    /// Checks that every path is there. `-` is standard input. `max_bytes` bounds one file.
    ///
    /// # Errors
    /// Names the first path that does not exist or cannot be opened.
    pub fn new(paths: &[PathBuf], max_bytes: u64) -> Result<Self> {
        let mut pending = paths.iter().map(|path| entry(path)).collect::<Result<Vec<_>>>()?;
        let expected = pending.iter().filter(|entry| matches!(entry, Entry::Input(_))).count();
        pending.reverse();
        Ok(Self { pending, open: None, max_bytes, left_out: Vec::new(), expected: expected as u64 })
    }

    /// Leaves out the files of a store, which may lie in the folder that is read. The store must
    /// be there by now: its name is followed to its file.
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

    /// Reads a file whole, or opens it as an mbox and gives nothing yet.
    fn open_file(&mut self, path: &Path) -> std::io::Result<Option<RawInput>> {
        if path.as_os_str() == STANDARD_INPUT {
            let input = Path::new("standard input");
            return self.open_reader(input, Box::new(std::io::stdin()), 0, None);
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let modified = metadata.modified().ok().and_then(seconds);
        self.open_reader(path, Box::new(file), metadata.len(), modified)
    }

    fn open_reader(
        &mut self,
        path: &Path,
        mut reader: Box<dyn ReadSend>,
        length: u64,
        received_at: Option<i64>,
    ) -> std::io::Result<Option<RawInput>> {
        let mut start = Vec::with_capacity(capacity(length, self.max_bytes));
        reader.by_ref().take(mbox::MAGIC.len() as u64).read_to_end(&mut start)?;
        if start == mbox::MAGIC {
            let whole: Box<dyn ReadSend> = Box::new(std::io::Cursor::new(start).chain(reader));
            let mails = Mbox::new(BufReader::new(whole), self.max_bytes);
            self.open = Some(OpenMbox { path: path.to_owned(), mails, count: 0 });
            return Ok(None);
        }
        let bytes = read_bounded(start, reader, length, self.max_bytes)?;
        Ok(Some(RawInput { origin: origin(path), received_at, bytes }))
    }

    /// The next mail of the mbox that is open.
    fn next_mail(&mut self) -> Option<RawInput> {
        let open = self.open.as_mut()?;
        let bytes = match open.mails.next() {
            Ok(Some(Ok(mail))) => Ok(mail),
            Ok(Some(Err(mbox::TooLarge))) => Err(too_large(self.max_bytes)),
            Ok(None) => {
                self.open = None;
                return None;
            }
            Err(error) => {
                let path = self.open.take()?.path;
                return Some(unreadable(&path, &error));
            }
        };
        open.count += 1;
        // the file itself was expected as one input
        self.expected += u64::from(open.count > 1);
        let origin = origin(&open.path).inside(&format!("mail {}", open.count));
        Some(RawInput { origin, received_at: None, bytes })
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
        loop {
            if let Some(mail) = self.next_mail() {
                return Ok(Some(mail));
            }
            let Some(entry) = self.pending.pop() else { return Ok(None) };
            let read = match entry {
                Entry::Folder(folder) => {
                    self.open_folder(&folder).err().map(|error| unreadable(&folder, &error))
                }
                Entry::Input(path) if self.is_left_out(&path) => None,
                Entry::Input(path) => {
                    self.open_file(&path).unwrap_or_else(|error| Some(unreadable(&path, &error)))
                }
            };
            if read.is_some() {
                return Ok(read);
            }
        }
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

/// Reads all there is, or says that it is too much. What a file says of its length is only a hint.
fn read_bounded(
    start: Vec<u8>,
    mut rest: impl Read,
    length: u64,
    max: u64,
) -> std::io::Result<std::result::Result<Vec<u8>, Outcome>> {
    if length > max {
        return Ok(Err(too_large(max)));
    }
    let mut bytes = start;
    let room = max.saturating_add(1).saturating_sub(bytes.len() as u64);
    rest.by_ref().take(room).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > max { Err(too_large(max)) } else { Ok(bytes) })
}

/// Room for a file, one byte more than it says it has, so that its end is found without growing.
fn capacity(length: u64, max: u64) -> usize {
    usize::try_from(length.min(max).saturating_add(1)).unwrap_or(0)
}

fn too_large(max: u64) -> Outcome {
    let detail = format!("more than {max} bytes (limit input_bytes)");
    Outcome::Rejected(Rejection::new(Stage::Intake, Reason::TooLarge, detail))
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
    fn each_mail_of_an_mbox_is_an_input() {
        let folder = tempfile::tempdir().unwrap();
        let line = "From a@b.example Sat Nov 21 10:00:00 2026";
        let large = "x".repeat(200);
        let text = format!("{line}\nA: 1\n\n{line}\nB: {large}\n\n{line}\nC: 3\n");
        fs::write(folder.path().join("archive"), text).unwrap();
        let mut paths = Paths::new(&[folder.path().join("archive")], 100).unwrap();
        let inputs: Vec<_> = std::iter::from_fn(|| paths.next().unwrap()).collect();
        let parts: Vec<_> = inputs.iter().map(|input| input.origin.part.as_str()).collect();
        assert_eq!(vec!["mail 1", "mail 2", "mail 3"], parts);
        assert_eq!(
            vec![true, false, true],
            inputs.iter().map(|i| i.bytes.is_ok()).collect::<Vec<_>>()
        );
        assert_eq!(3, paths.expected());
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
