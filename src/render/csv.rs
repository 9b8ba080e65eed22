//! **CSV** for spreadsheets: RFC 4180, UTF-8 without a byte order mark.
//!
//! In: rows of [`Value`]s. Out: lines that end in CR LF, as RFC 4180 section 2 has it and as every
//! spreadsheet writes them itself; the header always, even without rows.
//!
//! A spreadsheet runs a cell that begins like a formula, and report text is a stranger's: such a
//! text gets a `'` in front. What a terminal would obey, or a reader would not see, is shown as there
//! ([`is_unsafe`]); line ends and tabs are kept (quoted). Whoever needs the text to the byte takes
//! NDJSON.

use std::borrow::Cow;
use std::io::{self, Write};

use super::escape::{escape_if, is_unsafe};
use super::rows::Value;

/// Rows on their way out.
pub struct CsvRows<'a> {
    out: csv::Writer<&'a mut dyn Write>,
}

impl<'a> CsvRows<'a> {
    /// Writes the header.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn new(out: &'a mut dyn Write, columns: &[&str]) -> io::Result<Self> {
        let mut builder = csv::WriterBuilder::new();
        let mut out = builder.terminator(csv::Terminator::CRLF).from_writer(out);
        out.write_record(columns).map_err(io_error)?;
        Ok(Self { out })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn row(&mut self, values: &[Value<'_>]) -> io::Result<()> {
        for value in values {
            match value {
                Value::Text(text) => self.out.write_field(&*defuse(text)),
                Value::Number(number) => self.out.write_field(number.to_string()),
                Value::Flag(flag) => self.out.write_field(flag.to_string()),
                Value::Missing => self.out.write_field(""),
            }
            .map_err(io_error)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(io_error)
    }

    /// Hands on what is still held back.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The text as a cell that no spreadsheet takes for a formula.
fn defuse(text: &str) -> Cow<'_, str> {
    let text = match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', "")),
        false => Cow::Borrowed(text),
    };
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        return Cow::Owned(format!("'{}", shown(&text)));
    }
    match shown(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => Cow::Owned(shown),
    }
}

/// The text as a terminal shows it, but for what CSV can hold.
fn shown(text: &str) -> Cow<'_, str> {
    escape_if(text, |c| is_unsafe(c) && !matches!(c, '\t' | '\r' | '\n'))
}

/// The csv crate's own conversion forgets the kind, and with it that a pipe was closed.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(rows: &[&[Value<'_>]]) -> String {
        let mut out = Vec::new();
        let mut csv = CsvRows::new(&mut out, &["a", "b"]).unwrap();
        rows.iter().for_each(|row| csv.row(row).unwrap());
        csv.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    fn t(text: &str) -> Value<'_> {
        Value::Text(text.into())
    }

    #[test]
    fn the_header_stands_even_without_rows() {
        assert_eq!("a,b\r\n", csv(&[]));
    }

    #[test]
    fn numbers_stay_numbers_and_texts_are_quoted_where_they_must() {
        assert_eq!(
            "a,b\r\n12410,\"x, \"\"y\"\"\"\r\n,\"l1\nl2\"\r\n",
            csv(&[&[Value::Number(12_410), t("x, \"y\"")], &[Value::Missing, t("l1\nl2")]])
        );
    }

    #[test]
    fn no_text_begins_like_a_formula() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\0=", "＝"] {
            let hostile = format!("{start}HYPERLINK(1)");
            let cell = defuse(&hostile);
            assert!(cell.starts_with('\''), "{cell:?}");
            assert!(!cell.contains('\0'));
        }
        assert_eq!("a=1", defuse("a=1"));
        assert_eq!("\\u{1b}[2J", defuse("\u{1b}[2J"));
    }

    #[test]
    fn no_text_turns_letters_or_hides_them() {
        assert_eq!("acme\\u{202e}moc", defuse("acme\u{202e}moc"));
        for c in ['\u{2066}', '\u{2069}', '\u{202a}', '\u{200b}', '\u{2028}', '\u{feff}'] {
            assert!(!defuse(&format!("a{c}b")).contains(c), "{c:?}");
        }
        assert!(matches!(defuse("Bücher, 日本\r\n\tx"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_closed_pipe_is_still_a_closed_pipe() {
        let error = csv::Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(io::ErrorKind::BrokenPipe, io_error(error).kind());
    }
}
