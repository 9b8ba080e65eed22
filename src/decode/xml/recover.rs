//! To **recover** a document that is not well-formed: each `<` that starts nothing becomes text.
//!
//! In: the text of a document that could not be read. Out: a second text to read, or nothing where
//! no `<` is to blame. Some reporters write `<email><a@b></email>` or a name cut to `bad<xml.net`.
//!
//! Only a `<` is changed, and only one that can start no element, end none, and open no comment,
//! CDATA section, declaration or processing instruction. So no element that is open at the end of
//! a document that was cut off is ever closed by it. One pass, whatever the text.

/// The text with `&lt;` for each `<` that starts nothing; none if there is no such `<`, or if the
/// text would be longer than `max` bytes.
pub(super) fn escape(text: &str, max: usize) -> Option<String> {
    const ESCAPE: &str = "&lt;";
    let count = strays(text).count();
    let length = text.len().checked_add(count.checked_mul(ESCAPE.len() - 1)?)?;
    if count == 0 || length > max {
        return None;
    }
    let mut escaped = String::with_capacity(length);
    let mut rest = 0;
    for at in strays(text) {
        escaped.push_str(&text[rest..at]);
        escaped.push_str(ESCAPE);
        rest = at + 1;
    }
    escaped.push_str(&text[rest..]);
    Some(escaped)
}

/// What stands at each `<` that starts nothing, up to the next `<`.
pub(super) fn found(text: &str) -> impl Iterator<Item = &str> {
    strays(text).map(|at| {
        let rest = &text[at + 1..];
        let end = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        text[at..at + 1 + end].trim_end()
    })
}

/// Where each `<` that starts nothing stands.
fn strays(text: &str) -> Strays<'_> {
    Strays { text, at: 0 }
}

struct Strays<'a> {
    text: &'a str,
    /// Everything before it was looked at.
    at: usize,
}

impl Iterator for Strays<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            let open = self.at + memchr::memchr(b'<', &self.text.as_bytes()[self.at..])?;
            let markup = &self.text[open + 1..];
            self.at = open + 1;
            match Start::of(markup) {
                Start::Nothing => return Some(open),
                Start::Tag => {}
                Start::Body(end) => self.at += past(markup, end),
            }
        }
    }
}

/// What a `<` starts.
enum Start {
    /// An element, or the end of one.
    Tag,
    /// Something that goes on to this text, whatever stands in between.
    Body(&'static str),
    /// Nothing.
    Nothing,
}

impl Start {
    /// Tells by what follows the `<`.
    fn of(markup: &str) -> Self {
        const DOCTYPE: &str = "!DOCTYPE";
        let is_doctype =
            markup.get(..DOCTYPE.len()).is_some_and(|m| m.eq_ignore_ascii_case(DOCTYPE));
        match markup {
            _ if markup.starts_with("!--") => Self::Body("-->"),
            _ if markup.starts_with("![CDATA[") => Self::Body("]]>"),
            _ if markup.starts_with('?') => Self::Body("?>"),
            _ if is_doctype || is_start_tag(markup) || is_end_tag(markup) => Self::Tag,
            _ => Self::Nothing,
        }
    }
}

/// Where a body is over; the end of the text, if it never is.
fn past(markup: &str, end: &str) -> usize {
    let found = memchr::memmem::find(markup.as_bytes(), end.as_bytes());
    found.map_or(markup.len(), |at| at + end.len())
}

/// A name, then blanks, attributes or `/`, and a `>` before any other `<`.
fn is_start_tag(markup: &str) -> bool {
    let rest = &markup.as_bytes()[name_length(markup)..];
    let is_name = rest.len() < markup.len()
        && rest.first().is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
    is_name && memchr::memchr2(b'<', b'>', rest).is_some_and(|at| rest[at] == b'>')
}

/// `/`, a name, blanks and `>`.
fn is_end_tag(markup: &str) -> bool {
    let Some(name) = markup.strip_prefix('/') else { return false };
    let length = name_length(name);
    length > 0 && name[length..].trim_ascii_start().starts_with('>')
}

/// How many bytes of a text are an XML name (XML 1.0 section 2.3, but any character beyond ASCII is
/// taken for a letter).
fn name_length(text: &str) -> usize {
    let is_start = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':') || !c.is_ascii();
    let is_inside = |c: char| is_start(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    if !text.starts_with(is_start) {
        return 0;
    }
    text.find(|c| !is_inside(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> Option<String> {
        escape(text, 1_000_000)
    }

    #[test]
    fn what_starts_nothing_becomes_text() {
        for (expected, text) in [
            ("<email>&lt;a@b></email>", "<email><a@b></email>"),
            ("<n>bad&lt;xml.net</n>", "<n>bad<xml.net</n>"),
            ("<n>a &lt; b &lt;3 &lt;> &lt;/ c&lt;</n>", "<n>a < b <3 <> </ c<</n>"),
            ("<n>&lt;!x> &lt;/a b></n>", "<n><!x> </a b></n>"),
            ("<n/>&lt;/n", "<n/></n"),
        ] {
            assert_eq!(Some(expected), escaped(text).as_deref());
        }
    }

    #[test]
    fn what_starts_something_stays() {
        for text in [
            "<a><b c='d'/><ns:e\n f=\"g\" /></a ></x>",
            "<?xml version='1.0'?><!-- < <1 --><![CDATA[ < <2 ]]><!doctype a><é/>",
            "<!-- never < closed",
            "<![CDATA[ never < closed",
            "no markup",
        ] {
            assert_eq!(None, escaped(text), "{text}");
        }
    }

    #[test]
    fn what_stood_there_is_said_up_to_the_next_one() {
        let text = "<n>bad<xml.net</n><email><a@b></email>";
        assert_eq!(vec!["<xml.net", "<a@b>"], found(text).collect::<Vec<_>>());
    }

    #[test]
    fn a_text_that_would_be_too_long_is_left_alone() {
        assert_eq!(Some(8), escape("<<", 8).map(|text| text.len()));
        assert_eq!(None, escape("<<", 7));
        assert_eq!(None, escaped(&"<".repeat(1_000_000)));
    }
}
