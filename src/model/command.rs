//! A **command** that a person is told to run: the words in it that this program did not write.
//!
//! In: a name from a report, or any text. Out: a word that a shell takes as it stands. A name that is no
//! host's is not put into a command at all: a report can be about anything, and what is told is copied.

use super::names::MAX_NAME;

/// A domain as a word of a command; `DOMAIN` in the place of what is no name of a host, such as
/// `$(id).example` or `--db=x.example`.
#[must_use]
pub fn domain(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_label = |label: &str| !label.is_empty() && label.chars().all(is_plain);
    if name.len() <= MAX_NAME && !name.starts_with('-') && name.split('.').all(is_label) {
        word(name)
    } else {
        "DOMAIN".to_owned()
    }
}

/// A word of a command, as a shell needs it. One that begins with `-` stays an option.
#[must_use]
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:@,/+=%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_command_cannot_become_another_command() {
        for (expected, text) in [
            ("a.example", "a.example"),
            ("'a;b'", "a;b"),
            ("'a'\\''b'", "a'b"),
            ("'$(x)'", "$(x)"),
            ("''", ""),
        ] {
            assert_eq!(expected, word(text));
        }
    }

    #[test]
    fn what_is_no_name_of_a_host_stands_in_no_command() {
        for (expected, name) in [
            ("a-b.example", "a-b.example"),
            ("_spf.a.example", "_spf.a.example"),
            ("'münchen.example'", "münchen.example"),
            ("DOMAIN", "$(id).example"),
            ("DOMAIN", "`id`.example"),
            ("DOMAIN", "a;id;.example"),
            ("DOMAIN", "a'b.example"),
            ("DOMAIN", "a’b.example"),
            ("DOMAIN", "--db=x.example"),
            ("DOMAIN", "-x.example"),
            ("DOMAIN", "a b.example"),
            ("DOMAIN", "..example"),
            ("DOMAIN", ""),
        ] {
            assert_eq!(expected, domain(name), "{name}");
        }
    }
}
