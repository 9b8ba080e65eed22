//! One **file**: read whole, or opened if it is an mbox.
//!
//! In: a path. Out: its bytes as one input, or its mails one by one. Refuses more bytes than the
//! limit; what cannot be read is an input that says why.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::mbox::{self, Mbox};
use crate::model::{Origin, Outcome, RawInput, Reason, Rejection, Stage};

/// The name of standard input on the command line.
pub(super) const STANDARD_INPUT: &str = "-";

/// What a file turned out to be.
#[derive(Debug)]
pub(super) enum Opened {
    /// One input.
    Input(RawInput),
    /// Many mails, still to be read.
    Mails(Mails),
}

/// Opens a file, of which at most `max_bytes` are read (of each mail, if it is an mbox).
pub(super) fn open(path: &Path, max_bytes: u64) -> Opened {
    try_open(path, max_bytes).unwrap_or_else(|error| Opened::Input(unreadable(path, &error)))
}

fn try_open(path: &Path, max_bytes: u64) -> io::Result<Opened> {
    if path.as_os_str() == STANDARD_INPUT {
        let input = Path::new("standard input");
        return read(input, Box::new(io::stdin()), 0, None, max_bytes);
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let modified = metadata.modified().ok().and_then(seconds);
    read(path, Box::new(file), metadata.len(), modified, max_bytes)
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

impl Iterator for Mails {
    type Item = RawInput;

    /// The next mail. Where the file cannot be read any further, that is the last one.
    fn next(&mut self) -> Option<RawInput> {
        let bytes = match self.mbox.next() {
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

fn seconds(time: std::time::SystemTime) -> Option<i64> {
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}
