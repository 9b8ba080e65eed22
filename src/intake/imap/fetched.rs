//! What a server tells of **one mail** (RFC 9051, 7.5.2).
//!
//! In: a message `* 12 FETCH (...)`. Out: UID, size, arrival and body, in whatever order they
//! stand; the body as literal or quoted. Items that nobody asked for are passed over. Read here
//! and not by the codec: one odd item is not to cost a mail, and the body is not to be copied twice.

use std::borrow::Cow;

use super::frames::announced;

/// The longest name of an item that is looked at.
const NAME_MAX: usize = 32;

/// What was told of a mail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fetched<'a> {
    /// Its number in the folder.
    pub uid: Option<u32>,
    /// Its announced size in bytes.
    pub size: Option<u64>,
    /// When it arrived, seconds since 1970 UTC.
    pub received_at: Option<i64>,
    /// The mail; none if it was not told, or is NIL: the server has it and cannot say it.
    pub body: Option<Cow<'a, [u8]>>,
    /// Whether the message could be read to its end.
    pub is_whole: bool,
}

/// Reads a message, if it is about one mail. Of one that is cut or broken, what stands before that.
pub(super) fn read(message: &[u8]) -> Option<Fetched<'_>> {
    let rest = message.strip_prefix(b"* ")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let word = rest.get(digits..digits + 7)?;
    if digits == 0 || !word.eq_ignore_ascii_case(b" FETCH ") {
        return None;
    }
    let mut fetched = Fetched::default();
    let mut scanner = Scanner { rest: &rest[digits + 7..] };
    fetched.is_whole = scanner.items(&mut fetched).is_some();
    Some(fetched)
}

/// A value of an item.
enum Value<'a> {
    Text(Cow<'a, [u8]>),
    Atom(&'a [u8]),
    List,
}

struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn items(&mut self, into: &mut Fetched<'a>) -> Option<()> {
        self.rest = self.rest.strip_prefix(b"(")?;
        loop {
            self.skip_blanks();
            if self.peek()? == b')' {
                return Some(());
            }
            let name = self.name()?;
            self.skip_blanks();
            into.note(name, self.value()?);
        }
    }

    /// An item's name; blanks may stand within its brackets.
    fn name(&mut self) -> Option<&'a [u8]> {
        let mut is_inside = false;
        let end = self.rest.iter().position(|byte| {
            is_inside = *byte == b'[' || is_inside && *byte != b']';
            *byte == b' ' && !is_inside
        })?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(name)
    }

    fn value(&mut self) -> Option<Value<'a>> {
        match self.peek()? {
            b'"' => self.quoted().map(Value::Text),
            b'{' | b'~' => self.literal().map(|body| Value::Text(Cow::Borrowed(body))),
            b'(' => self.list().map(|()| Value::List),
            _ => self.atom().map(Value::Atom),
        }
    }

    fn atom(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| b" ()\r\n".contains(byte))?;
        let (atom, rest) = self.rest.split_at(end);
        self.rest = rest;
        (end > 0).then_some(atom)
    }

    fn quoted(&mut self) -> Option<Cow<'a, [u8]>> {
        let inner = self.rest.get(1..)?;
        let (end, escapes) = quoted_end(inner)?;
        self.rest = &inner[end + 1..];
        let inner = &inner[..end];
        if escapes == 0 {
            return Some(Cow::Borrowed(inner));
        }
        let mut text = Vec::with_capacity(end - escapes);
        let mut bytes = inner.iter();
        while let Some(byte) = bytes.next() {
            text.push(*if *byte == b'\\' { bytes.next()? } else { byte });
        }
        Some(Cow::Owned(text))
    }

    fn skip_quoted(&mut self) -> Option<()> {
        let inner = self.rest.get(1..)?;
        self.rest = &inner[quoted_end(inner)?.0 + 1..];
        Some(())
    }

    fn literal(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(b'\n', self.rest)? + 1;
        let length = usize::try_from(announced(&self.rest[..end])?).ok()?;
        let body = self.rest.get(end..end.checked_add(length)?)?;
        self.rest = &self.rest[end + length..];
        Some(body)
    }

    /// Passes over a list, however deep.
    fn list(&mut self) -> Option<()> {
        let mut depth = 0_u64;
        loop {
            match self.peek()? {
                b'"' => self.skip_quoted()?,
                b'{' => drop(self.literal()?),
                byte => {
                    self.rest = &self.rest[1..];
                    match byte {
                        b'(' => depth += 1,
                        b')' if depth == 1 => return Some(()),
                        b')' => depth -= 1,
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Where a quoted text ends, and how many escapes stand in it.
fn quoted_end(inner: &[u8]) -> Option<(usize, usize)> {
    let (mut at, mut escapes) = (0, 0);
    loop {
        at += memchr::memchr2(b'"', b'\\', inner.get(at..)?)?;
        if inner[at] == b'"' {
            return Some((at, escapes));
        }
        escapes += 1;
        at += 2;
    }
}

impl<'a> Fetched<'a> {
    fn note(&mut self, name: &[u8], value: Value<'a>) {
        if name.len() > NAME_MAX {
            return;
        }
        match (name.to_ascii_uppercase().as_slice(), value) {
            (b"UID", Value::Atom(number)) => self.uid = parsed(number),
            (b"RFC822.SIZE", Value::Atom(number)) => self.size = parsed(number),
            (b"INTERNALDATE", Value::Text(date)) => self.received_at = seconds(&date),
            (name, Value::Text(body)) if is_body(name) => self.body = Some(body),
            _ => {}
        }
    }
}

/// Whether an item is the whole mail.
fn is_body(name: &[u8]) -> bool {
    name == b"BODY[]" || name == b"BODY[]<0>"
}

fn parsed<N: std::str::FromStr>(digits: &[u8]) -> Option<N> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// `17-Jul-2026 02:44:25 -0700`, in seconds since 1970 UTC.
fn seconds(date: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(date).ok()?.trim();
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text).ok()?;
    parsed.to_timestamp().ok().map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(message: &str) -> (Option<u32>, Option<Vec<u8>>) {
        let fetched = read(message.as_bytes()).expect("a mail");
        (fetched.uid, fetched.body.map(Cow::into_owned))
    }

    #[test]
    fn a_body_is_a_literal_or_quoted_and_the_uid_stands_anywhere() {
        let expected = |text: &str| (Some(4), Some(text.as_bytes().to_vec()));
        assert_eq!(expected("a)\r\n"), body("* 1 FETCH (UID 4 BODY[] {4}\r\na)\r\n)\r\n"));
        assert_eq!(expected("a\"b\\"), body("* 1 FETCH (BODY[] \"a\\\"b\\\\\" UID 4)\r\n"));
        assert_eq!((Some(4), None), body("* 1 fetch (body[] nil uid 4)\r\n"));
        assert_eq!(expected(""), body("* 1 FETCH (BODY[] {0}\r\n UID 4)\r\n"));
        assert_eq!((Some(4), None), body("* 1 FETCH (FLAGS (\\Seen) UID 4)\r\n"));
    }

    #[test]
    fn items_that_nobody_asked_for_are_passed_over() {
        let odd = "* 9 FETCH (X-A (1 (\"x)\" {3}\r\n))))) MODSEQ (12) BODY[HEADER.FIELDS (FROM)] {2}\r\nno X-B NIL UID 4 BODY[] \"b\")\r\n";
        assert_eq!((Some(4), Some(b"b".to_vec())), body(odd));
        assert!(read(odd.as_bytes()).expect("a mail").is_whole);
    }

    #[test]
    fn of_a_message_that_is_cut_the_start_is_read() {
        let whole = "* 1 FETCH (UID 4 RFC822.SIZE 12 INTERNALDATE \"17-Jul-2026 02:44:25 -0700\" X (\"(\" {1}\r\n)) BODY[] {4}\r\nabcd)\r\n";
        for end in 0..whole.len() {
            let fetched = read(&whole.as_bytes()[..end]);
            assert!(
                fetched.is_none_or(|fetched| end >= whole.len() - 2 || !fetched.is_whole),
                "{end}"
            );
        }
        let fetched = read(&whole.as_bytes()[..whole.len() - 6]).expect("a mail");
        assert_eq!(
            (Some(4), Some(12), Some(1_784_281_465)),
            (fetched.uid, fetched.size, fetched.received_at)
        );
        assert_eq!(None, fetched.body);
    }

    #[test]
    fn a_date_may_begin_with_a_blank_or_be_nonsense() {
        assert_eq!(Some(1_782_892_800), seconds(b" 1-Jul-2026 08:00:00 +0000"));
        assert_eq!(None, seconds(b"yesterday"));
        assert_eq!(None, read(b"* 1 EXISTS\r\n"));
        assert_eq!(None, read(b"* FETCH (UID 1)\r\n"));
    }
}
