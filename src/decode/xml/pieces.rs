//! **Pieces** of text: joined, trimmed and cut, borrowed as long as nothing has to be put together.
//!
//! In: what stands between tags. Out: one text, no longer than it may be.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::model::Rejection;

/// The start of what an error says: it may quote a name of any length.
pub(super) fn clipped(error: &dyn std::fmt::Display) -> String {
    struct Clip(String);
    impl std::fmt::Write for Clip {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let room = Rejection::DETAIL_MAX.saturating_sub(self.0.len());
            self.0.push_str(&text[..text.floor_char_boundary(room)]);
            if text.len() > room { Err(std::fmt::Error) } else { Ok(()) }
        }
    }
    let mut clip = Clip(String::new());
    if write!(clip, "{error}").is_err() {
        clip.0.push('\u{2026}');
    }
    clip.0
}

/// Whether there is nothing but white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// Adds to a text, which never grows longer than `max` bytes by it.
pub(super) fn append<'a>(whole: &mut Cow<'a, str>, more: Cow<'a, str>, max: usize) {
    if whole.is_empty() {
        *whole = more;
    } else if !more.is_empty() {
        *whole = cut(std::mem::take(whole), max);
        let end = more.floor_char_boundary(max - whole.len());
        whole.to_mut().push_str(&more[..end]);
    }
}

/// At most the first `max` bytes of a text.
pub(super) fn cut(text: Cow<'_, str>, max: usize) -> Cow<'_, str> {
    let end = text.floor_char_boundary(max);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

/// A text without the blanks around it.
pub(super) fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() < text.len() => Cow::Owned(text.trim().into()),
        owned @ Cow::Owned(_) => owned,
    }
}
