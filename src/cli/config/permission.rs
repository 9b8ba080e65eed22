//! **Permission**: why a file may not be read, in words that say what to change.
//!
//! In: a path that was refused. Out: whose it is, its mode, and who we are. Where the system does not
//! say these (`/proc`, `/etc/passwd`), numbers, or the bare refusal.

use std::io;
use std::path::Path;

/// Why a path was refused: of the file, or of the nearest folder above that may be looked at.
#[cfg(unix)]
pub(super) fn denied(path: &Path, error: &io::Error) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let found = path.ancestors().find_map(|path| Some((path, path.metadata().ok()?)));
    let Some((at, metadata)) = found else { return error.to_string() };
    let at = if at == path { "it".to_owned() } else { at.display().to_string() };
    let (owner, mode) = (name_of(metadata.uid()), metadata.mode() & 0o7777);
    // the owner of this folder is the user as whom this process runs
    let us = Path::new("/proc/self").metadata().map(|us| name_of(us.uid()));
    let us = us.map_or_else(|_| String::new(), |us| format!(", and this runs as {us}"));
    let group = group_of(metadata.gid());
    format!("{error}: {at} belongs to {owner}, group {group}, with mode {mode:04o}{us}")
}

#[cfg(not(unix))]
pub(super) fn denied(_path: &Path, error: &io::Error) -> String {
    error.to_string()
}

#[cfg(unix)]
fn name_of(id: u32) -> String {
    named(&std::fs::read_to_string("/etc/passwd").unwrap_or_default(), id)
}

#[cfg(unix)]
fn group_of(id: u32) -> String {
    named(&std::fs::read_to_string("/etc/group").unwrap_or_default(), id)
}

/// The name that a list of users or groups has for a number, or the number.
#[cfg(unix)]
fn named(list: &str, id: u32) -> String {
    let number = id.to_string();
    let line = list.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let mut names = line.filter(|line| line.get(2) == Some(&number.as_str()));
    names.next().map_or(number.clone(), |line| line[0].to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_whose_it_is_and_who_we_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o640))
            .unwrap();
        let error = io::Error::from(io::ErrorKind::PermissionDenied);
        let said = denied(&file, &error);
        assert!(said.contains("it belongs to ") && said.contains("mode 0640"), "{said}");
        assert!(cfg!(not(target_os = "linux")) || said.contains("this runs as "), "{said}");
        let said = denied(&file.join("below"), &error);
        assert!(said.contains("a.toml belongs to "), "{said}");
    }

    #[test]
    fn a_number_gets_its_name() {
        let list = "root:x:0:0:root:/root:/bin/sh\nbroken\nmail:x:8:8::/:\n";
        assert_eq!(("root", "mail"), (&*named(list, 0), &*named(list, 8)));
        assert_eq!("80", named(list, 80));
    }
}
