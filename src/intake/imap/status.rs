//! A **status**: what a server says of a command, or of itself (RFC 9051, 7.1).
//!
//! In: a message. Out: whose answer it is, of which kind, the code in brackets and the text, made
//! fit to be shown. Read here and not by the codec: whatever stands in the text, in whatever
//! language, a NO must never be missed.

use super::strike::Strike;

/// How many characters of a server's text are kept.
const TEXT_MAX: usize = 300;

/// What a server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is done.
    Ok,
    /// It cannot be done.
    No,
    /// It was not understood, or is not allowed.
    Bad,
    /// The server hangs up.
    Bye,
    /// One is signed in already.
    Preauth,
}

/// A status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    /// The tag of the command; `*` if it answers none.
    pub tag: String,
    /// What it says.
    pub kind: Kind,
    /// The code, without its brackets; empty if there is none. Not to be shown.
    pub code: String,
    /// For a person: the server's own words, without a secret in them.
    pub text: String,
    /// The code for a person.
    pub code_shown: String,
}

impl Status {
    /// Reads a message, if it is a status; what is shown of it is shown without what is struck.
    pub(super) fn read(message: &[u8], strike: &Strike) -> Option<Self> {
        let line = message.trim_ascii_end();
        let (tag, rest) = split(line);
        let (kind, rest) = split(rest);
        let kind = match kind.to_ascii_uppercase().as_slice() {
            b"OK" => Kind::Ok,
            b"NO" => Kind::No,
            b"BAD" => Kind::Bad,
            b"BYE" => Kind::Bye,
            b"PREAUTH" => Kind::Preauth,
            _ => return None,
        };
        let (code, text) = code(rest);
        let tag = String::from_utf8_lossy(tag).into_owned();
        // before anything is cut off: what is left of a secret may not be known for one
        let shown = |bytes| clean(strike.out(&String::from_utf8_lossy(bytes)).as_bytes());
        let (code_shown, text) = (shown(code), shown(text));
        Some(Self { tag, kind, code: clean_to(code, usize::MAX), text, code_shown })
    }

    /// Whether the code is this one.
    pub(super) fn is(&self, code: &str) -> bool {
        self.argument(code).is_some()
    }

    /// What stands behind the code, if it is this one.
    pub(super) fn argument(&self, code: &str) -> Option<&str> {
        let (name, rest) = self.code.split_once(' ').unwrap_or((&self.code, ""));
        name.eq_ignore_ascii_case(code).then_some(rest)
    }

    /// Whether it may go better later, without anybody doing anything.
    pub(super) fn is_passing(&self) -> bool {
        ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"].iter().any(|code| self.is(code))
            || self.text.to_ascii_lowercase().contains("too many")
    }

    /// As it is shown: the server's own words.
    pub(super) fn in_words(&self) -> String {
        let kind = match self.kind {
            Kind::Ok => "OK",
            Kind::No => "NO",
            Kind::Bad => "BAD",
            Kind::Bye => "BYE",
            Kind::Preauth => "PREAUTH",
        };
        let code = match self.code_shown.as_str() {
            "" => String::new(),
            code => format!("[{code}] "),
        };
        format!("{kind} {code}{}", self.text).trim_end().into()
    }
}

fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let at = memchr::memchr(b' ', line).unwrap_or(line.len());
    (&line[..at], line.get(at + 1..).unwrap_or_default())
}

fn code(rest: &[u8]) -> (&[u8], &[u8]) {
    let Some(inner) = rest.strip_prefix(b"[") else { return (b"", rest) };
    match memchr::memchr(b']', inner) {
        Some(at) => (&inner[..at], &inner[at + 1..]),
        None => (b"", rest),
    }
}

/// A server's text, fit to be shown: one line of at most some hundred characters.
pub(super) fn clean(text: &[u8]) -> String {
    clean_to(text, TEXT_MAX)
}

fn clean_to(text: &[u8], max: usize) -> String {
    let text = String::from_utf8_lossy(text);
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    text.trim().chars().take(max).map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Status {
        Status::read(line.as_bytes(), &Strike::default()).expect("a status")
    }

    #[test]
    fn a_status_is_read_whatever_stands_in_its_text() {
        let status = read("A7 no [TRYCREATE] Ordner fehlt \u{e4}\u{1b}[31m {5}\r\n");
        assert_eq!(("A7", Kind::No), (status.tag.as_str(), status.kind));
        assert!(status.is("trycreate") && !status.is("TRY"));
        assert_eq!("Ordner fehlt \u{e4} [31m {5}", status.text);
        assert_eq!(Kind::Ok, read("* OK\r\n").kind);
        assert_eq!("BYE", read("* BYE\n").in_words());
        assert_eq!(None, Status::read(b"* 3 EXISTS\r\n", &Strike::default()));
        assert_eq!("+", read("+ OK\r\n").tag);
    }

    #[test]
    fn a_code_has_an_argument_and_may_be_broken() {
        assert_eq!(Some("17"), read("* OK [UIDVALIDITY 17] fine").argument("UIDVALIDITY"));
        assert_eq!("", read("* OK [UIDVALIDITY 17").code);
        assert!(read("A1 NO [UNAVAILABLE] later").is_passing());
        assert!(!read("A1 NO [AUTHENTICATIONFAILED] no").is_passing());
    }
}
