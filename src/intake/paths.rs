//! Files and folders, as named on the command line.
//!
//! In: paths. Out: their files, one input each (of an mbox one for each mail), folders in the order
//! of their names (bytes, not language). Refuses paths that do not exist. Inside folders only
//! regular files are opened: no symbolic link is followed, and a pipe or a device would wait for
//! ever. Of a Maildir, what is still being delivered is left alone.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Intake;
use super::ahead::open_some;
use super::file::{Mails, Opened, SETTLED_AFTER, STANDARD_INPUT, Spot, open, unreadable};
use super::seen::Seen;
use crate::error::{Error, Result};
use crate::model::{Origin, RawInput};

/// How many files are looked at ahead of their turn.
const AHEAD: usize = 256;

/// The files under some paths.
#[derive(Debug)]
pub struct Paths {
    /// What is still to be visited, the next one last.
    pending: Vec<Entry>,
    /// What was opened ahead of its turn.
    opened: VecDeque<Opened>,
    /// The mbox whose turn it is.
    mails: Option<Mails>,
    max_bytes: u64,
    left_out: Vec<PathBuf>,
    expected: u64,
    /// The files that were read before, where they are watched.
    seen: Option<Seen>,
    /// When files that could still grow are looked at again.
    look_again_at: Option<Instant>,
}

/// Something that is still to be visited.
#[derive(Debug)]
enum Entry {
    Input(Spot),
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
        Ok(Self {
            pending,
            opened: VecDeque::new(),
            mails: None,
            max_bytes,
            left_out: Vec::new(),
            seen: None,
            expected: expected as u64,
            look_again_at: None,
        })
    }

    /// Leaves out the files of a store, which may lie in the folder that is read. The store must
    /// be there by now: its name is followed to its file.
    #[must_use]
    pub fn without_store(mut self, store: &Path) -> Self {
        if let Ok(store) = store.canonicalize() {
            let beside = ["", "-wal", "-shm", "-journal", ".lock"];
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

    /// Leaves out the files that were read in an earlier round, as they are.
    #[must_use]
    pub fn without_seen(mut self, seen: Seen) -> Self {
        self.seen = Some(seen);
        self
    }

    /// The files that were read, to be left out in the next round.
    #[must_use]
    pub fn into_seen(self) -> Seen {
        self.seen.map(Seen::into_next_round).unwrap_or_default()
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
                entries.push(Entry::Input(Spot { path: entry.path(), found: true }));
            }
        }
        leave_out_deliveries(&mut entries);
        entries.sort_by(|a, b| b.order().cmp(&a.order()));
        let inputs = entries.iter().filter(|entry| matches!(entry, Entry::Input(_))).count();
        self.expected += inputs as u64;
        self.pending.append(&mut entries);
        Ok(())
    }

    /// Opens the files that come next, up to the next folder.
    fn open_files(&mut self) {
        let mut spots = Vec::new();
        while spots.len() < AHEAD
            && let Some(Entry::Input(_)) = self.pending.last()
        {
            let Some(Entry::Input(spot)) = self.pending.pop() else { break };
            if self.is_left_out(&spot.path) {
                continue;
            }
            if self.seen.as_mut().is_some_and(|seen| !seen.is_new(&spot.path)) {
                self.expected = self.expected.saturating_sub(1);
                continue;
            }
            spots.push(spot);
        }
        self.opened = open_some(&spots, self.max_bytes).into();
        let not_opened = spots.drain(self.opened.len()..).rev().map(Entry::Input);
        self.pending.extend(not_opened);
    }

    /// The next mail of the mbox whose turn it is.
    fn next_mail(&mut self) -> Option<RawInput> {
        let mails = self.mails.as_mut()?;
        let mail = mails.next();
        // the file itself was expected as one input
        self.expected += u64::from(mail.is_some() && mails.handed_over() > 1);
        if mail.is_none() {
            self.mails = None;
        }
        mail
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
            Self::Input(Spot { path, .. }) | Self::Folder(path) => path,
        }
    }

    /// What entries of one folder are sorted by: their names, but in a Maildir `new` before `cur`.
    /// Mails only ever move that way, so none can be missed by moving while it is read.
    fn order(&self) -> (&OsStr, bool) {
        let name = self.path().file_name().unwrap_or_default();
        match self {
            Self::Folder(_) if name == "new" => (OsStr::new("cur"), false),
            _ => (name, true),
        }
    }

    fn is_folder(&self, name: &str) -> bool {
        matches!(self, Self::Folder(path) if path.file_name() == Some(OsStr::new(name)))
    }
}

/// In a Maildir, leaves out `tmp`: what lies there is still being delivered.
fn leave_out_deliveries(entries: &mut Vec<Entry>) {
    let has = |name| entries.iter().any(|entry| entry.is_folder(name));
    if has("new") && has("cur") {
        entries.retain(|entry| !entry.is_folder("tmp"));
    }
}

impl Intake for Paths {
    fn next(&mut self) -> Result<Option<RawInput>> {
        loop {
            if let Some(mail) = self.next_mail() {
                return Ok(Some(mail));
            }
            match self.opened.pop_front() {
                Some(Opened::Input(input)) => return Ok(Some(input)),
                Some(Opened::Mails(mails)) => self.mails = Some(mails),
                Some(Opened::Gone) => self.expected = self.expected.saturating_sub(1),
                None => match self.pending.pop() {
                    None => return Ok(None),
                    Some(Entry::Folder(folder)) => {
                        if let Err(error) = self.open_folder(&folder) {
                            return Ok(Some(unreadable(&folder, &error)));
                        }
                    }
                    Some(input @ Entry::Input(_)) => {
                        self.pending.push(input);
                        self.open_files();
                    }
                },
            }
        }
    }

    /// Waits until the file can have come to rest; later ones have done so by then.
    fn again(&mut self, origin: &Origin) -> Option<RawInput> {
        let rest = self.look_again_at.get_or_insert_with(|| Instant::now() + SETTLED_AFTER);
        std::thread::sleep(rest.saturating_duration_since(Instant::now()));
        let spot = Spot { path: PathBuf::from(&origin.input), found: true };
        match open(&spot, self.max_bytes) {
            Opened::Input(input) => Some(input),
            Opened::Mails(_) | Opened::Gone => None,
        }
    }

    fn expected(&self) -> u64 {
        self.expected
    }
}

fn entry(path: &Path) -> Result<Entry> {
    if path.as_os_str() == STANDARD_INPUT {
        return Ok(named(path));
    }
    let metadata = fs::metadata(path).map_err(|error| {
        Error::new(
            format!("cannot read `{}`", path.display()),
            error,
            "name a file or a folder of reports, or - for standard input",
        )
    })?;
    if metadata.is_dir() { Ok(Entry::Folder(path.to_owned())) } else { Ok(named(path)) }
}

fn named(path: &Path) -> Entry {
    Entry::Input(Spot { path: path.to_owned(), found: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Outcome, Reason};

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
    fn in_a_maildir_new_comes_before_cur_and_deliveries_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["cur", "new", "tmp", "other", "other/tmp"] {
            fs::create_dir(at(name)).unwrap();
        }
        for name in ["cur/1:2,S", "new/2", "tmp/3", "other/tmp/4"] {
            fs::write(at(name), name).unwrap();
        }
        let mut paths = Paths::new(&[folder.path().to_owned()], 100).unwrap();
        let expected = ["new/2", "cur/1:2,S", "other/tmp/4"];
        let expected = expected.map(|name| at(name).to_string_lossy().into_owned());
        assert_eq!(expected.to_vec(), names(&mut paths));
    }

    #[test]
    fn a_mail_that_moves_while_it_is_read_is_read_once_and_no_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["cur", "new"] {
            fs::create_dir(at(name)).unwrap();
        }
        fs::write(at("new/1"), "one").unwrap();
        fs::write(at("new/2"), vec![b'x'; 2 << 20]).unwrap();
        fs::write(at("new/3"), "three").unwrap();
        let mut paths = Paths::new(&[folder.path().to_owned()], 3 << 20).unwrap();
        let first = paths.next().unwrap().unwrap();
        fs::rename(at("new/3"), at("cur/3:2,S")).unwrap();
        let rest = names(&mut paths);
        let all = std::iter::once(first.origin.input).chain(rest);
        let all: Vec<_> = all.map(|name| name.rsplit('/').next().unwrap().to_owned()).collect();
        assert!(all.len() == 3 || all.len() == 4, "{all:?}");
        assert_eq!("3:2,S", all[all.len() - 1]);
    }

    #[cfg(unix)]
    #[test]
    fn what_has_taken_a_files_place_is_not_followed_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("target"), "secret").unwrap();
        std::os::unix::fs::symlink(at("target"), at("link")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), 0o600.into()).unwrap();
        for name in ["link", "pipe"] {
            let spot = Spot { path: at(name), found: true };
            let Opened::Input(input) = open(&spot, 100) else { panic!("{name} is gone") };
            assert!(
                matches!(&input.bytes, Err(Outcome::Rejected(r)) if r.reason == Reason::Unreadable),
                "{name}: {input:?}"
            );
        }
        let named = Spot { path: at("link"), found: false };
        assert!(matches!(open(&named, 100), Opened::Input(input) if input.bytes.is_ok()));
        let gone = Spot { path: at("nothing"), found: true };
        assert!(matches!(open(&gone, 100), Opened::Gone));
    }

    #[test]
    fn only_a_found_file_that_was_just_written_may_grow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("young.xml");
        fs::write(&path, "<feedback>").unwrap();
        let may_grow = |found| match open(&Spot { path: path.clone(), found }, 100) {
            Opened::Input(input) => input.may_grow,
            other => panic!("{other:?}"),
        };
        assert!(may_grow(true));
        assert!(!may_grow(false));
        let old = std::time::SystemTime::now() - 2 * SETTLED_AFTER;
        fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        assert!(!may_grow(true));
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
