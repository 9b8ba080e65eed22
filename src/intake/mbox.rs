//! An **mbox**: many mails in one file, each after a line that begins with `From `.
//!
//! In: a reader. Out: one mail at a time, however large the file. A `From ` line parts two mails
//! only where it can: at the start or after a blank line, and with a weekday and a year in it, so
//! that a sentence in a mail does not. `>From ` loses one `>`. A mail over the limit is passed over
//! to its end and said, and costs its neighbours nothing.

use std::io::{self, BufRead, Read};

/// The most that is looked at in one go; longer lines come in pieces.
const PIECE: u64 = 64 << 10;

/// How many times the limit of a mail is read in search of the next one. A sparse file of some
/// terabytes costs nothing to make.
const HOPELESS: u64 = 64;

/// The start of the line between two mails.
pub(super) const MAGIC: &[u8] = b"From ";

/// The mails of a file.
#[derive(Debug)]
pub(super) struct Mbox<R> {
    reader: R,
    max_bytes: u64,
    /// Whether the line that starts the next mail has been read.
    has_next: bool,
    /// Whether nothing more is read: what is left is no mbox.
    is_over: bool,
}

/// One mail, or that it was too large.
pub(super) type Message = Result<Vec<u8>, TooLarge>;

/// The mail was larger than the limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

impl<R: BufRead> Mbox<R> {
    /// The mails of a reader that stands at the first `From ` line; each of at most `max_bytes`.
    pub(super) fn new(reader: R, max_bytes: u64) -> Self {
        Self { reader, max_bytes, has_next: false, is_over: false }
    }

    /// The next mail; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Message>> {
        let mut piece = Vec::new();
        if self.is_over || !self.has_next && self.read_piece(&mut piece)? == 0 {
            return Ok(None);
        }
        self.has_next = false;
        self.read_message(&mut piece).map(Some)
    }

    /// Reads up to the line that starts another mail, or to the end.
    fn read_message(&mut self, piece: &mut Vec<u8>) -> io::Result<Message> {
        let mut message = Vec::new();
        let (mut after_blank, mut at_line_start, mut too_large) = (false, true, false);
        let mut length = 0_u64;
        while self.read_piece(piece)? > 0 {
            if at_line_start && after_blank && is_separator(piece) {
                self.has_next = true;
                break;
            }
            let line = if at_line_start { unquoted(piece) } else { &piece[..] };
            length = length.saturating_add(line.len() as u64);
            too_large |= length > self.max_bytes;
            if length > self.max_bytes.saturating_mul(HOPELESS) {
                self.is_over = true;
                break;
            }
            if !too_large {
                message.extend_from_slice(line);
            }
            after_blank = at_line_start && matches!(piece.as_slice(), b"\n" | b"\r\n");
            at_line_start = piece.ends_with(b"\n");
        }
        Ok(if too_large { Err(TooLarge) } else { Ok(message) })
    }

    /// Reads a line, or as much of it as one piece holds; 0 at the end.
    fn read_piece(&mut self, piece: &mut Vec<u8>) -> io::Result<usize> {
        piece.clear();
        self.reader.by_ref().take(PIECE).read_until(b'\n', piece)
    }
}

/// `From sender Sat Nov 21 10:00:00 2026`, in any order and with anything else.
fn is_separator(line: &[u8]) -> bool {
    const WEEKDAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    let Some(rest) = line.strip_prefix(MAGIC) else { return false };
    let words = || rest.split(u8::is_ascii_whitespace);
    let is_year = |word: &[u8]| word.len() == 4 && word.iter().all(u8::is_ascii_digit);
    let is_weekday = |word: &[u8]| word.get(..3).is_some_and(|start| WEEKDAYS.contains(&start));
    words().any(is_year) && words().any(is_weekday)
}

/// A line without the one `>` that an mbox put before its `From `.
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    if quotes > 0 && line[quotes..].starts_with(MAGIC) { &line[1..] } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "From a@b.example Sat Nov 21 10:00:00 2026\n";

    fn mails(text: &str, max: u64) -> Vec<Message> {
        let mut mbox = Mbox::new(text.as_bytes(), max);
        std::iter::from_fn(|| mbox.next().unwrap()).collect()
    }

    fn mail(text: &str) -> Message {
        Ok(text.as_bytes().to_vec())
    }

    #[test]
    fn mails_are_parted_and_unquoted() {
        let text = format!("{FROM}A: 1\n\nfirst\n>From me\n>>From you\n\n{FROM}B: 2\n\nsecond\n");
        let first = "A: 1\n\nfirst\nFrom me\n>From you\n\n";
        assert_eq!(vec![mail(first), mail("B: 2\n\nsecond\n")], mails(&text, 1_000));
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(2, mails(&crlf, 1_000).len());
    }

    #[test]
    fn sentences_part_nothing() {
        let text = format!("{FROM}A: 1\n\nFrom here on it is text\n\nFrom 2026 on\nFrom Sat\n");
        assert_eq!(1, mails(&text, 1_000).len());
        let no_blank = format!("{FROM}A: 1\n\ntext\n{FROM}more\n");
        assert_eq!(1, mails(&no_blank, 1_000).len());
    }

    #[test]
    fn a_mail_over_the_limit_costs_no_other() {
        let text = format!("{FROM}A: 1\n\n{}\n\n{FROM}B: 2\n", "x".repeat(300_000));
        assert_eq!(vec![Err(TooLarge), mail("B: 2\n")], mails(&text, 10_000));
    }

    #[test]
    fn what_goes_on_without_end_is_given_up() {
        let endless = || FROM.as_bytes().chain(std::io::repeat(b'x'));
        let mut mbox = Mbox::new(io::BufReader::new(endless()), 100_000);
        assert_eq!(Some(Err(TooLarge)), mbox.next().unwrap());
        assert_eq!(None, mbox.next().unwrap());
    }

    #[test]
    fn a_piece_in_the_middle_of_a_line_is_no_line() {
        let filler = "x".repeat(usize::try_from(PIECE).unwrap());
        let text = format!("{FROM}A: 1\n\n{filler}{FROM}B: 2\n");
        assert_eq!(1, mails(&text, 1 << 20).len());
        assert_eq!(Vec::<Message>::new(), mails("", 10));
        assert_eq!(vec![mail("")], mails(FROM, 10));
    }
}
