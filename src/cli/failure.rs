//! The one place that prints **errors**: what failed, why, and what would be right.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::error::Error;
use crate::render::Page;
use crate::render::escape::escape;

/// Writes the error on one line. Its words may quote file names: no line of it can obey a stranger.
pub(super) fn print(err: &mut dyn Write, page: Page, error: &Error) {
    let label = page.paint(Style::new().bold().fg_color(Some(AnsiColor::Red.into())), "error:");
    // some causes come in several lines; an error is one, so that a log keeps it together
    let text = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    // When standard error cannot be written, there is nobody left to tell; the exit code remains.
    let _ = writeln!(err, "{label} {}", escape(&text));
}

/// Writes a remark beside the answer.
pub(super) fn remark(err: &mut dyn Write, quiet: bool, text: &str) {
    if !quiet {
        let _ = writeln!(err, "note: {}", escape(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_three_parts_and_cannot_move_the_cursor() {
        let mut out = Vec::new();
        let error = Error::new("cannot open a\u{1b}[2J", "it is not there", "name one that is");
        print(&mut out, Page::PLAIN, &error);
        assert_eq!(
            "error: cannot open a\\u{1b}[2J: it is not there; name one that is\n",
            String::from_utf8(out).unwrap()
        );
    }
}
