//! **Regular files** that hold something to sign in with.
//!
//! In: a path. Out: the open file; links are followed. Refuses what is no regular file: nobody may
//! ever write into a pipe, and it would be waited for without an end.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file to read it.
///
/// # Errors
/// When it cannot be opened, or is no regular file.
pub(super) fn open(path: &Path) -> io::Result<File> {
    open_with(File::options().read(true), path)
}

/// Opens a file as the options say, without waiting for anybody.
///
/// # Errors
/// When it cannot be opened, or is no regular file.
pub(super) fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no regular file"))
    }
}
