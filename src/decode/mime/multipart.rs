//! **Multiparts** (RFC 2046 section 5.1). In: the body of one and its boundary. Out: the slices
//! between its delimiter lines, in one pass, and whether its end was there.
//!
//! A boundary that is missing or never occurs is guessed from the first line that looks like a
//! delimiter. Nothing is ever read twice, so a mail of delimiters costs no more than another.

use memchr::memmem;

/// The parts of a multipart.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Parts<'a> {
    /// What stands between delimiter lines; none when there is no delimiter at all.
    pub slices: Vec<&'a [u8]>,
    /// Whether its declared boundary was met and no closing delimiter after it: the mail was cut
    /// off, or its writer was careless.
    pub is_unclosed: bool,
}

/// The parts of a multipart, `most` of them and one more to show that there are more.
pub(super) fn split<'a>(body: &'a [u8], boundary: Option<&str>, most: usize) -> Parts<'a> {
    let declared = boundary.map(str::trim_end).filter(|text| is_usable(text.as_bytes()));
    let parts = declared.map(|text| split_at(body, text.as_bytes(), most)).unwrap_or_default();
    if !parts.slices.is_empty() {
        return parts;
    }
    // what ends a guess is a guess as well
    let guessed = guess(body).map(|guessed| split_at(body, guessed, most)).unwrap_or_default();
    Parts { is_unclosed: false, ..guessed }
}

fn is_usable(boundary: &[u8]) -> bool {
    !boundary.is_empty() && !boundary.contains(&b'\n') && !boundary.contains(&b'\r')
}

/// The parts between delimiter lines. What follows the last one is a part too unless that line
/// closes the multipart: the mail was cut off.
fn split_at<'a>(body: &'a [u8], boundary: &[u8], most: usize) -> Parts<'a> {
    let mut slices = Vec::new();
    let mut open = None;
    let delimiter = [b"--", boundary].concat();
    for at in memmem::find_iter(body, &delimiter) {
        let Some((closes, next)) = delimiter_line(body, at, delimiter.len()) else { continue };
        if let Some(start) = open {
            slices.push(without_line_end(&body[start..at.max(start)]));
        }
        open = (!closes).then_some(next);
        if slices.len() > most {
            return Parts { slices, is_unclosed: false };
        }
    }
    slices.extend(open.map(|start| &body[start..]));
    Parts { slices, is_unclosed: open.is_some() }
}

/// Whether the delimiter found at `at` makes a delimiter line: whether it closes the multipart, and
/// where the next line starts.
fn delimiter_line(body: &[u8], at: usize, length: usize) -> Option<(bool, usize)> {
    if at > 0 && body[at - 1] != b'\n' {
        return None;
    }
    let after = &body[at + length..];
    let end = memchr::memchr(b'\n', after).map_or(after.len(), |newline| newline + 1);
    let closes = after[..end].starts_with(b"--");
    let blank = after[..end].trim_ascii().is_empty();
    (closes || blank).then_some((closes, at + length + end))
}

/// The line end before a delimiter belongs to the delimiter.
fn without_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

/// The boundary of the first line that starts with two dashes and something more.
fn guess(body: &[u8]) -> Option<&[u8]> {
    const BOUNDARY_MAX: usize = 256;
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', body).map(|at| at + 1));
    starts.filter_map(|start| body[start..].strip_prefix(b"--")).find_map(|rest| {
        let line = &rest[..rest.len().min(BOUNDARY_MAX)];
        let end = memchr::memchr(b'\n', line)?;
        let boundary = line[..end].trim_ascii_end();
        let means_something = boundary.iter().any(|byte| !matches!(byte, b'-' | b' '));
        means_something.then_some(boundary)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(body: &str, boundary: Option<&str>) -> Vec<String> {
        let parts = split(body.as_bytes(), boundary, 9).slices;
        parts.into_iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect()
    }

    #[test]
    fn parts_stand_between_delimiter_lines() {
        let body = "preamble\r\n--b\r\none\r\n--b  \r\ntwo\r\n\r\n--b--\r\nepilogue";
        assert_eq!(vec!["one", "two\r\n"], parts(body, Some("b")));
        assert_eq!(vec!["one"], parts("--b\none\n--b--", Some("b")));
    }

    #[test]
    fn only_whole_lines_are_delimiters() {
        let body = "--b\r\n--bc\r\nx --b\r\n-- b\r\n--b--\r\n";
        assert_eq!(vec!["--bc\r\nx --b\r\n-- b"], parts(body, Some("b")));
    }

    #[test]
    fn an_unclosed_multipart_runs_to_the_end() {
        assert_eq!(vec!["one", "two\r\n"], parts("--b\r\none\r\n--b\r\ntwo\r\n", Some("b")));
    }

    #[test]
    fn only_a_boundary_that_was_met_can_be_unclosed() {
        for (expected, body, boundary) in [
            (true, "--b\none", Some("b")),
            (true, "--b\none\n--b-", Some("b")),
            (true, "--b\none\n--b--\n--b\ntwo", Some("b")),
            (false, "--b\none\n--b--", Some("b")),
            (false, "--b\none\n--b--epilogue", Some("b")),
            (false, "no delimiter", Some("b")),
            (false, "--x\none\n--x\ntwo", Some("b")),
            (false, "--x\none\n--x\ntwo", None),
        ] {
            assert_eq!(expected, split(body.as_bytes(), boundary, 9).is_unclosed, "{body:?}");
        }
    }

    #[test]
    fn parts_after_a_closing_line_are_not_lost() {
        assert_eq!(vec!["one", "two"], parts("--b\none\n--b--\n--b\ntwo\n--b--\n", Some("b")));
    }

    #[test]
    fn empty_parts_and_delimiters_in_a_row_are_parts() {
        assert_eq!(vec!["", ""], parts("--b\n--b\n--b--\n", Some("b")));
    }

    #[test]
    fn one_more_than_the_most_shows_that_there_are_more() {
        assert_eq!(3, split("--b\n".repeat(99).as_bytes(), Some("b"), 2).slices.len());
    }

    #[test]
    fn a_boundary_that_is_missing_or_wrong_is_guessed() {
        for boundary in [None, Some("other"), Some(""), Some("a\nb")] {
            assert_eq!(vec!["one"], parts("text\n--x\none\n--x--\n", boundary), "{boundary:?}");
        }
        assert_eq!(Vec::<String>::new(), parts("no delimiter\n-- \nsignature\n", None));
    }
}
