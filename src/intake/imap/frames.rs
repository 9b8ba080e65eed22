//! **Frames**: where one message of a server ends and the next begins (RFC 9051, 4.3 and 7).
//!
//! In: bytes as they come. Out: one whole message at a time, a line with the literals that it
//! announces. Keeps no more than its bound; what is past that is counted and swallowed, so that the
//! next message is found. Nothing is allocated for what is only announced.

/// A literal's announcement, at most: `{4294967295+}` and the end of the line.
const TAIL: usize = 16;

/// Within so many bytes a message has its first blank, or its end.
const HEAD: usize = 64;

/// The most literals of one message: of one mail there is one, and some for what nobody asked for.
const LITERALS_MAX: usize = 1000;

/// The message that is being read.
#[derive(Debug, Default)]
pub(super) struct Frames {
    message: Vec<u8>,
    /// The last bytes of the line that is being read.
    tail: Vec<u8>,
    /// How much is still to come of a literal.
    literal: u64,
    is_complete: bool,
    is_cut: bool,
    /// Whether literals may stand in it; known once its first line has ended.
    holds_literals: Option<bool>,
    literals: usize,
    is_nonsense: bool,
}

impl Frames {
    /// Takes bytes up to the end of the message, or to where it proves to be nonsense; how many it took.
    /// To be called for the next message only after [`Frames::begin`].
    pub(super) fn take(&mut self, bytes: &[u8], max: usize) -> usize {
        let mut taken = 0;
        while taken < bytes.len() && !self.is_complete && !self.is_nonsense {
            let rest = &bytes[taken..];
            taken += if self.literal > 0 {
                self.take_literal(rest, max)
            } else {
                self.take_line(rest, max)
            };
        }
        taken
    }

    /// Forgets the message that was read.
    pub(super) fn begin(&mut self) {
        // one large mail is not to hold its room for ever
        if self.message.capacity() > 4 << 20 {
            self.message = Vec::new();
        }
        self.message.clear();
        self.tail.clear();
        (self.literal, self.is_complete, self.is_cut) = (0, false, false);
        (self.holds_literals, self.literals, self.is_nonsense) = (None, 0, false);
    }

    /// The message, or the start of it.
    pub(super) fn message(&self) -> &[u8] {
        &self.message
    }

    /// Whether the message has been read to its end.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether the message is longer than what was kept of it.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Whether no message looks like that. There is no end to be found.
    pub(super) fn is_nonsense(&self) -> bool {
        self.is_nonsense
    }

    /// Whether nothing of a message has come yet.
    pub(super) fn is_empty(&self) -> bool {
        self.message.is_empty()
    }

    fn keep(&mut self, bytes: &[u8], max: usize) {
        let room = max.saturating_sub(self.message.len());
        self.is_cut |= bytes.len() > room;
        self.message.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn take_literal(&mut self, bytes: &[u8], max: usize) -> usize {
        let wanted = usize::try_from(self.literal).unwrap_or(usize::MAX);
        let count = wanted.min(bytes.len());
        self.keep(&bytes[..count], max);
        self.literal -= count as u64;
        count
    }

    fn take_line(&mut self, bytes: &[u8], max: usize) -> usize {
        let end = memchr::memchr(b'\n', bytes);
        let count = end.map_or(bytes.len(), |at| at + 1);
        self.keep(&bytes[..count], max);
        self.remember(&bytes[..count]);
        if end.is_some() {
            self.end_line();
        }
        let head = &self.message[..self.message.len().min(HEAD)];
        self.is_nonsense |= head.len() == HEAD && memchr::memchr2(b' ', b'\n', head).is_none();
        count
    }

    fn end_line(&mut self) {
        let message = &self.message;
        let holds_literals = *self.holds_literals.get_or_insert_with(|| may_hold_literals(message));
        let announced = if holds_literals { announced(&self.tail) } else { None };
        self.tail.clear();
        // an empty literal is followed by the rest of its line like any other
        self.is_complete = announced.is_none();
        self.literal = announced.unwrap_or(0);
        self.literals += usize::from(announced.is_some());
        self.is_nonsense = self.literals > LITERALS_MAX;
    }

    fn remember(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
    }
}

/// Whether a message is of a kind in which literals stand. The text of a status may end in anything.
fn may_hold_literals(message: &[u8]) -> bool {
    let Some(rest) = message.strip_prefix(b"* ") else { return false };
    let word = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
    ![&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"]
        .iter()
        .any(|status| word.eq_ignore_ascii_case(status))
}

/// The length of the literal that a line announces at its end.
pub(super) fn announced(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_suffix(b"}")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let start = line.iter().rposition(|byte| !byte.is_ascii_digit())?;
    if line[start] != b'{' {
        return None;
    }
    let length: u32 = std::str::from_utf8(&line[start + 1..]).ok()?.parse().ok()?;
    Some(length.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of a stream that comes in pieces of so many bytes.
    fn messages(stream: &[u8], piece: usize, max: usize) -> Vec<(Vec<u8>, bool)> {
        let mut frames = Frames::default();
        let mut found = Vec::new();
        for bytes in stream.chunks(piece) {
            let mut at = 0;
            while at < bytes.len() {
                at += frames.take(&bytes[at..], max);
                if frames.is_complete() {
                    found.push((frames.message().to_vec(), frames.is_cut()));
                    frames.begin();
                }
            }
        }
        found
    }

    #[test]
    fn messages_are_the_same_however_they_come_in() {
        let stream =
            b"* 1 FETCH (BODY[] {7}\r\na\r\nb\r\nc UID 4)\r\nA1 OK {3}\r\n* 2 FETCH (X {0}\r\n)\n";
        let whole = messages(stream, stream.len(), 1000);
        assert_eq!(3, whole.len());
        assert_eq!(b"A1 OK {3}\r\n".to_vec(), whole[1].0, "a status holds no literal");
        assert_eq!(b"* 2 FETCH (X {0}\r\n)\n".to_vec(), whole[2].0);
        for piece in 1..20 {
            assert_eq!(whole, messages(stream, piece, 1000));
        }
    }

    #[test]
    fn what_is_past_the_bound_is_swallowed_and_the_next_message_is_found() {
        let stream =
            [b"* 1 FETCH (BODY[] {5000}\r\n".as_slice(), &[b'x'; 5000], b")\r\n* 3 EXISTS\r\n"]
                .concat();
        for piece in [1, 7, 6000] {
            let found = messages(&stream, piece, 100);
            assert_eq!(2, found.len());
            assert_eq!((100, true), (found[0].0.len(), found[0].1));
            assert_eq!((b"* 3 EXISTS\r\n".to_vec(), false), found[1].clone());
        }
    }

    #[test]
    fn a_start_without_a_blank_and_literals_without_number_are_nonsense() {
        let nonsense = |bytes: &[u8]| {
            let mut frames = Frames::default();
            frames.take(bytes, 1 << 20);
            (frames.is_nonsense(), frames.is_complete())
        };
        assert_eq!((true, false), nonsense(&[b'x'; 64]));
        assert_eq!((false, false), nonsense(&[b'x'; 63]));
        assert_eq!((false, true), nonsense(b"+\r\n"));
        let many = |count| [b"* 1 FETCH (".to_vec(), b"{1}\r\n ".repeat(count), b")\r\n".to_vec()];
        assert_eq!((false, true), nonsense(&many(1000).concat()));
        assert_eq!((true, false), nonsense(&many(1001).concat()));
    }

    #[test]
    fn only_a_number_in_braces_at_the_end_of_a_line_announces_a_literal() {
        assert_eq!(Some(12), announced(b"BODY[] {12}\r\n"));
        assert_eq!(Some(12), announced(b"BODY[] ~{12+}\n"));
        for line in ["{12} \r\n", "\"{12}\"\r\n", "{}\r\n", "{99999999999}\r\n", "12}\r\n", "{12}"]
        {
            assert_eq!(None, announced(line.as_bytes()), "{line}");
        }
    }
}
