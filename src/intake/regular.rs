//! **Regular files** that hold something to sign in with, or lock a store.
//!
//! In: a path. Out: the open file; links are followed, unless it must lie in that place itself. Refuses what is no regular file: nobody may
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
    flag(options, rustix::fs::OFlags::NONBLOCK);
    regular(options.open(path)?)
}

/// The same, but a link is not followed: it might lead to a file of somebody else's choice.
///
/// # Errors
/// When it cannot be opened, is a link, or is no regular file.
pub fn open_in_place(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    flag(options, rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW);
    regular(options.open(path)?)
}

#[cfg(unix)]
fn flag(options: &mut OpenOptions, flags: rustix::fs::OFlags) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.custom_flags(flags.bits().cast_signed());
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no regular file"))
    }
}
