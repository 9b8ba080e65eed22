//! One **file**: read whole, or opened if it is an mbox.
//!
//! In: a path. Out: its bytes as one input, or its mails one by one. Refuses more bytes than the
//! limit, and in a folder what is no regular file; what cannot be read is an input that says why.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::mbox::{self, Mbox};
use crate::model::{Origin, Outcome, RawInput, Reason, Rejection, Stage};

/// The name of standard input on the command line.
pub(super) const STANDARD_INPUT: &str = "-";

/// How long after the last write a file counts as whole. Who writes on takes no longer pauses, and
/// who does loses nothing: a file that has changed is a new input.
pub(super) const SETTLED_AFTER: Duration = Duration::from_secs(1);

/// A path, and how it came to be one that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// The path.
    pub path: PathBuf,
    /// Whether it was found in a folder. What somebody names is taken as it is, links and pipes
    /// too; what is found may have been put there by a stranger, or at this very moment.
    pub found: bool,
}

/// What a file turned out to be.
#[derive(Debug)]
pub(super) enum Opened {
    /// One input.
    Input(RawInput),
    /// Many mails, still to be read.
    Mails(Mails),
    /// It was listed, and is no longer there: a mail program has moved it, or somebody took it.
    Gone,
}

/// Opens a file, of which at most `max_bytes` are read (of each mail, if it is an mbox).
pub(super) fn open(spot: &Spot, max_bytes: u64) -> Opened {
    match try_open(spot, max_bytes) {
        Ok(opened) => opened,
        Err(error) if spot.found && error.kind() == io::ErrorKind::NotFound => Opened::Gone,
        Err(error) => Opened::Input(unreadable(&spot.path, &error)),
    }
}

fn try_open(spot: &Spot, max_bytes: u64) -> io::Result<Opened> {
    let path = &spot.path;
    if !spot.found && path.as_os_str() == STANDARD_INPUT {
        let input = Path::new("standard input");
        return read(input, Box::new(io::stdin()), 0, None, max_bytes);
    }
    let file = if spot.found { open_found(path)? } else { File::open(path)? };
    let metadata = file.metadata()?;
    if spot.found && !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let received_at = metadata.modified().ok().and_then(seconds);
    let mut opened = read(path, Box::new(file), metadata.len(), received_at, max_bytes)?;
    if let Opened::Input(input) = &mut opened {
        // what cannot be named exactly cannot be looked at again
        let can_wait = spot.found && path.to_str().is_some();
        input.may_grow = can_wait && !is_settled(&metadata, input);
    }
    Ok(opened)
}

/// Opens what a folder lists as a regular file, and nothing that has taken its place since: a link
/// is not followed, and a pipe is not waited for.
fn open_found(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    options.read(true).open(path)
}

/// Whether a file has as many bytes as it had when it was opened, and nobody wrote to it shortly
/// before.
fn is_settled(before: &Metadata, input: &RawInput) -> bool {
    let is_same = input.bytes.is_err() || size(input) == before.len();
    let Ok(modified) = before.modified() else { return is_same };
    // a time in the future says nothing
    let age = SystemTime::now().duration_since(modified).unwrap_or(SETTLED_AFTER);
    is_same && age >= SETTLED_AFTER
}

/// Bytes that were read.
pub(super) fn size(input: &RawInput) -> u64 {
    input.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)
}

/// A reader that may be used by another thread.
trait ReadSend: Read + Send + std::fmt::Debug {}

impl<R: Read + Send + std::fmt::Debug> ReadSend for R {}

fn read(
    path: &Path,
    mut reader: Box<dyn ReadSend>,
    length: u64,
    received_at: Option<i64>,
    max_bytes: u64,
) -> io::Result<Opened> {
    let mut start = Vec::with_capacity(capacity(length, max_bytes));
    reader.by_ref().take(mbox::MAGIC.len() as u64).read_to_end(&mut start)?;
    if start == mbox::MAGIC {
        let whole: Box<dyn ReadSend> = Box::new(io::Cursor::new(start).chain(reader));
        let mbox = Mbox::new(BufReader::new(whole), max_bytes);
        return Ok(Opened::Mails(Mails { path: path.to_owned(), mbox, max_bytes, count: 0 }));
    }
    let bytes = read_bounded(start, reader, length, max_bytes)?;
    Ok(Opened::Input(RawInput { received_at, ..RawInput::new(origin(path), bytes) }))
}

/// Reads all there is, or says that it is too much. What a file says of its length is only a hint.
fn read_bounded(
    start: Vec<u8>,
    mut rest: impl Read,
    length: u64,
    max: u64,
) -> io::Result<Result<Vec<u8>, Outcome>> {
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

/// The mails of an mbox, on the way through it.
#[derive(Debug)]
pub(super) struct Mails {
    path: PathBuf,
    mbox: Mbox<BufReader<Box<dyn ReadSend>>>,
    max_bytes: u64,
    count: u64,
}

impl Mails {
    /// How many mails were handed over.
    pub(super) fn handed_over(&self) -> u64 {
        self.count
    }
}

impl Mails {
    /// The next mail that is not empty: a file of nothing but separators costs no more than to read.
    fn next_mail(&mut self) -> io::Result<Option<mbox::Message>> {
        loop {
            match self.mbox.next()? {
                Some(Ok(mail)) if mail.trim_ascii().is_empty() => {}
                other => return Ok(other),
            }
        }
    }
}

impl Iterator for Mails {
    type Item = RawInput;

    /// The next mail. Where the file cannot be read any further, that is the last one.
    fn next(&mut self) -> Option<RawInput> {
        let bytes = match self.next_mail() {
            Ok(Some(Ok(mail))) => Ok(mail),
            Ok(Some(Err(mbox::TooLarge))) => Err(too_large(self.max_bytes)),
            Ok(None) => return None,
            Err(error) => {
                self.mbox = Mbox::new(BufReader::new(Box::new(io::empty())), self.max_bytes);
                return Some(unreadable(&self.path, &error));
            }
        };
        self.count += 1;
        let origin = origin(&self.path).inside(&format!("mail {}", self.count));
        Some(RawInput::new(origin, bytes))
    }
}

fn too_large(max: u64) -> Outcome {
    let detail = format!("more than {max} bytes (limit input_bytes)");
    Outcome::Rejected(Rejection::new(Stage::Intake, Reason::TooLarge, detail))
}

/// An input that says why it could not be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> RawInput {
    let rejection = Rejection::new(Stage::Intake, Reason::Unreadable, error.to_string());
    RawInput::new(origin(path), Err(Outcome::Rejected(rejection)))
}

fn origin(path: &Path) -> Origin {
    Origin::input(path.to_string_lossy())
}

fn seconds(time: SystemTime) -> Option<i64> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}
