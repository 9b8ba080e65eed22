//! Files that were **seen**: which of them need not be read again while they are watched.
//!
//! In: paths. Out: whether there is something new at each. Holds eight bytes a file, and nothing of
//! files that are gone.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

/// The files of one round of watching, and of the round before.
#[derive(Debug, Default)]
pub struct Seen {
    marks: RandomState,
    before: HashSet<u64>,
    now: HashSet<u64>,
}

impl Seen {
    /// Whether a file is not as it was in the round before. What cannot be looked at is new: whoever
    /// reads it will say why.
    pub(super) fn is_new(&mut self, path: &Path) -> bool {
        let Ok(metadata) = fs::symlink_metadata(path) else { return true };
        let mark = self.marks.hash_one((path, metadata.len(), changed(&metadata)));
        self.now.insert(mark);
        !self.before.contains(&mark)
    }

    /// Ends a round: what was seen in it is left out in the next.
    pub(super) fn into_next_round(self) -> Self {
        Self { marks: self.marks, before: self.now, now: HashSet::new() }
    }
}

/// When the file was last changed, in any way: another file under its name counts, and so does leave
/// to read it.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> impl std::hash::Hash + use<> {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(metadata: &Metadata) -> impl std::hash::Hash + use<> {
    metadata.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Intake as _;
    use crate::intake::paths::Paths;

    /// The names of the files that a round hands over, and what it leaves for the next.
    fn round(folder: &Path, seen: Seen) -> (Vec<String>, Seen) {
        let mut paths = Paths::new(&[folder.to_owned()], 100).unwrap().without_seen(seen);
        let mut names = Vec::new();
        while let Some(input) = paths.next().unwrap() {
            names.push(input.origin.input.rsplit('/').next().unwrap().to_owned());
        }
        assert_eq!(names.len() as u64, paths.expected());
        (names, paths.into_seen())
    }

    #[test]
    fn a_round_hands_over_what_is_new_or_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a", "b", "c"] {
            fs::write(at(name), name).unwrap();
        }
        let (names, seen) = round(folder.path(), Seen::default());
        assert_eq!(vec!["a", "b", "c"], names);
        let (names, seen) = round(folder.path(), seen);
        assert_eq!(Vec::<String>::new(), names);
        fs::write(at("b"), "longer").unwrap();
        fs::remove_file(at("c")).unwrap();
        fs::write(at("d"), "d").unwrap();
        let (names, seen) = round(folder.path(), seen);
        assert_eq!(vec!["b", "d"], names);
        assert_eq!(3, seen.before.len(), "nothing is kept of what is gone");
    }
}
