//! **Escaping** for a terminal: reports are strangers' work, and a terminal obeys what it is shown.
//!
//! In: any text. Out: the same text, with each character that would move the cursor, change the
//! colour, hide, or turn the order of other characters shown as `\u{1b}` instead. Escaping twice
//! is escaping once.

use std::borrow::Cow;

/// Whether a terminal would do something else with the character than show it.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' // soft hyphen, Arabic mark, vowel separator
            | '\u{200b}'..='\u{200f}' // zero width, directional marks
            | '\u{2028}'..='\u{202e}' // line and paragraph separators, directional overrides
            | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, isolates
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' // byte order mark, annotations
            | '\u{e0000}'..='\u{e007f}') // tags, which are invisible
}

/// The text as a terminal may show it, on one line.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    escape_if(text, is_unsafe)
}

/// The text with each character that `is_bad` picks shown as `\u{1b}`.
pub(super) fn escape_if(text: &str, is_bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_bad(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["acme.example", "Bücher & Söhne", "日本語", "C:\\mail\\a.xml", ""] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        assert_eq!("\\u{1b}[2J", escape("\u{1b}[2J"));
        assert_eq!("a\\u{a}b\\u{9b}\\u{7f}", escape("a\nb\u{9b}\u{7f}"));
        assert_eq!("\\u{202e}moc", escape("\u{202e}moc"));
        for c in ['\u{2066}', '\u{2069}', '\u{200b}', '\u{feff}', '\u{2028}', '\u{2029}', '\0'] {
            assert!(!escape(&format!("a{c}b")).contains(c), "{c:?}");
        }
    }

    #[test]
    fn escaping_twice_is_escaping_once() {
        let once = escape("\u{1b}]0;x\u{7}").into_owned();
        assert_eq!(once, escape(&once));
    }
}
