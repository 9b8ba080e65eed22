//! The **destination** of an export: standard output, or a file that is never half written.
//!
//! In: a path. Out: the file, whole, under its name; or an error, and whatever stood there before.
//! Refuses to write over the store.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::OUTPUT_BUFFER;

/// Calls `write` with the file's writer, or with `stdout` where no file (or `-`) is named.
pub(super) fn write_to(
    path: Option<&Path>,
    db: &Path,
    stdout: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let Some(path) = path.filter(|path| *path != Path::new("-")) else {
        return write(stdout);
    };
    // A link stays a link: what it points to is replaced.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if is_of_store(&path, db) {
        return Err(failed(&path, "this is the store", "name another file"));
    }
    if path.exists() && !path.is_file() {
        return write_through(&path, write);
    }
    write_beside(&path, write)
}

/// Whether this is the store, or one of the files that SQLite keeps beside it: without its log a
/// store is not whole.
fn is_of_store(path: &Path, db: &Path) -> bool {
    let (Ok(db), Some(name)) = (std::fs::canonicalize(db), path.file_name()) else { return false };
    let folder = path.parent().filter(|parent| *parent != Path::new(""));
    let folder = std::fs::canonicalize(folder.unwrap_or(Path::new(".")));
    folder.is_ok_and(|folder| {
        let path = folder.join(name);
        ["", "-wal", "-shm", "-journal"].iter().any(|end| {
            let mut file = db.clone().into_os_string();
            file.push(end);
            path.as_os_str() == file
        })
    })
}

/// Writes to a device or a named pipe, which must not be replaced by a file.
fn write_through(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let file = std::fs::OpenOptions::new().write(true).open(path);
    let file = file.map_err(|error| failed(path, error, "name a file"))?;
    let mut out = BufWriter::with_capacity(OUTPUT_BUFFER, file);
    write(&mut out)?;
    out.flush().map_err(|error| Error::output(&error))
}

/// Writes to a temporary file in the same folder and gives it its name when it is whole.
fn write_beside(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let remedy = "name a file in a folder that is there and can be written";
    let fail = |error: std::io::Error| failed(path, error, remedy);
    // the kind alone: the whole error names the temporary file, which nobody has asked for
    let file = temporary(&folder).map_err(|error| fail(error.kind().into()))?;
    let mut out = BufWriter::with_capacity(OUTPUT_BUFFER, file);
    write(&mut out)?;
    let file = out.into_inner().map_err(|error| Error::output(error.error()))?;
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

fn temporary(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ruaudit-");
    #[cfg(unix)]
    let permissions = {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::Permissions::from_mode(0o666) // the umask takes from it, as for any new file
    };
    #[cfg(unix)]
    builder.permissions(permissions);
    builder.tempfile_in(folder)
}

fn failed(path: &Path, why: impl std::fmt::Display, remedy: &str) -> Error {
    Error::new(format!("cannot write {}", path.display()), why, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) -> Result<()> {
        let db = Path::new("/nonexistent.db");
        write_to(Some(path), db, &mut std::io::sink(), |out| {
            out.write_all(text.as_bytes()).map_err(|error| Error::output(&error))
        })
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write(&path, "a much longer text").unwrap();
        write(&path, "short").unwrap();
        assert_eq!("short", std::fs::read_to_string(&path).unwrap());
    }

    #[test]
    fn an_export_that_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write(&path, "before").unwrap();
        let result = write_to(Some(&path), Path::new("x"), &mut std::io::sink(), |out| {
            out.write_all(b"half").unwrap();
            Err(Error::new("a", "b", "c"))
        });
        assert!(result.is_err());
        assert_eq!("before", std::fs::read_to_string(&path).unwrap());
        assert_eq!(1, std::fs::read_dir(folder.path()).unwrap().count(), "nothing is left behind");
    }

    #[test]
    fn the_store_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("ruaudit.db");
        write(&db, "store").unwrap();
        let result = write_to(Some(&db), &db, &mut std::io::sink(), |_| Ok(()));
        assert!(result.unwrap_err().to_string().contains("this is the store"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = write(Path::new("/nonexistent/a.csv"), "").unwrap_err().to_string();
        assert!(error.contains("cannot write /nonexistent/a.csv"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt as _;
        write(Path::new("/dev/null"), "gone").unwrap();
        let kind = std::fs::metadata("/dev/null").unwrap().file_type();
        assert!(kind.is_char_device());
    }
}
