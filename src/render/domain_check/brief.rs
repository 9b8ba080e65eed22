//! What keeps the page **readable**, whatever the DNS answers: of a list the first, of a long text its ends, of a
//! part so many lines.
//!
//! In: what a part of the page says. Out: the same, or less of it and how much more there is. Where everything is
//! asked for, everything is written.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::render::{Page, text};

/// Lines of one part of the page. The lists in it are shorter: this is for what several of them come to.
const LINES: usize = 100;

/// Columns of one text.
const COLUMNS: usize = 400;

/// Writes a part of the page.
pub(super) fn part(
    out: &mut dyn Write,
    page: Page,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut whole = Vec::new();
    write(&mut whole)?;
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let shown =
        if lines.len() > LINES { page.at_most(LINES).min(lines.len()) } else { lines.len() };
    lines[..shown].iter().try_for_each(|line| out.write_all(line))?;
    more(out, page, lines.len() - shown, "more lines")
}

/// Writes how many more there are, if there are any.
pub(super) fn more(out: &mut dyn Write, page: Page, left: usize, what: &str) -> io::Result<()> {
    if left == 0 {
        return Ok(());
    }
    text::labelled(out, page, "", &format!("and {left} {what}; see all with --verbose"))
}

/// A text, or its ends.
pub(super) fn cut(page: Page, text: &str, columns: usize) -> Cow<'_, str> {
    // a column has a byte at least
    if page.verbose || text.len() <= columns {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text::shorten(text, columns))
}

/// Writes a text behind its label.
pub(super) fn labelled(out: &mut dyn Write, page: Page, label: &str, text: &str) -> io::Result<()> {
    text::labelled(out, page, label, &cut(page, text, COLUMNS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(page: Page, lines: usize) -> Vec<String> {
        let mut out = Vec::new();
        part(&mut out, page, |out| (0..lines).try_for_each(|at| writeln!(out, "{at}"))).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_part_has_so_many_lines_and_says_how_many_more_there_are() {
        let all = Page { verbose: true, ..Page::PLAIN };
        assert_eq!([0, 1, LINES], [0, 1, LINES].map(|lines| written(Page::PLAIN, lines).len()));
        assert_eq!(1_000, written(all, 1_000).len());
        let cut = written(Page::PLAIN, 1_000);
        assert_eq!(LINES + 1, cut.len());
        assert_eq!(
            Some("and 900 more lines; see all with --verbose"),
            cut.last().map(|line| line.trim())
        );
    }

    #[test]
    fn a_long_text_keeps_its_ends() {
        let long = format!("a{}b", " x".repeat(30_000));
        let mut out = Vec::new();
        labelled(&mut out, Page::PLAIN, "Label", &long).unwrap();
        let told = String::from_utf8(out).unwrap();
        assert!(told.lines().count() <= 7 && told.contains('…'), "{told}");
        assert!(told.trim_end().ends_with('b'), "{told}");
    }
}
