//! **JSON**: one document, pretty printed; or one line a value (NDJSON).
//!
//! In: anything that serialises. Out: JSON that means exactly the value. Characters that a terminal
//! would obey are written as `\u009b`, which any reader turns back: people do look at JSON.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::escape::is_unsafe;

/// Writes one document and a line end.
///
/// # Errors
/// When the writer fails.
pub fn document(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    write(out, Safe(PrettyFormatter::new()), value)
}

/// Writes the value on one line.
///
/// # Errors
/// When the writer fails.
pub fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    write(out, Safe(CompactFormatter), value)
}

fn write(
    mut out: &mut dyn Write,
    formatter: impl Formatter,
    value: &impl Serialize,
) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut out, formatter))?;
    out.write_all(b"\n")
}

/// A formatter that escapes more inside texts than JSON asks for.
struct Safe<F>(F);

/// Passes calls on to the formatter inside.
macro_rules! pass_on {
    ($($name:ident($($argument:ident: $kind:ty),*);)+) => {
        $(fn $name<W: ?Sized + Write>(&mut self, out: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            self.0.$name(out $(, $argument)*)
        })+
    };
}

impl<F: Formatter> Formatter for Safe<F> {
    pass_on! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unsafe) {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            let c = after.chars().next().unwrap_or_default();
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &after[c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::specimens::text;

    #[test]
    fn a_document_is_pretty_and_ends_its_line() {
        let value = serde_json::json!({"a": [1, "x"], "b": {}});
        assert_eq!(
            "{\n  \"a\": [\n    1,\n    \"x\"\n  ],\n  \"b\": {}\n}\n",
            text(|out| document(out, &value))
        );
        assert_eq!("{\"a\":[1,\"x\"],\"b\":{}}\n", text(|out| line(out, &value)));
    }

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_reads_back_the_same() {
        let hostile = "a\u{9b}2J\u{202e}b\u{feff}\u{7f}\u{e0041}\u{1b}\"ü";
        let written = text(|out| line(out, &hostile));
        assert!(!written.trim_end().contains(is_unsafe), "{written:?}");
        assert_eq!(hostile, serde_json::from_str::<String>(&written).unwrap());
    }

    #[test]
    fn a_closed_pipe_is_still_a_closed_pipe() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = document(&mut Closed, &[1]).unwrap_err();
        assert_eq!(io::ErrorKind::BrokenPipe, error.kind());
    }
}
