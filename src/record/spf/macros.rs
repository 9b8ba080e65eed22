//! The **macros** in a name (RFC 7208 section 7).
//!
//! In: a name as it is written. Out: whether its macros are right, and the name itself where they
//! depend on nothing but the domain. What depends on a message is told, never guessed.

use crate::model::names::MAX_NAME;

/// One piece of a name: text, or a macro.
enum Piece<'a> {
    Text(&'a str),
    /// `%%`, `%_`, `%-`.
    Escape(char),
    /// What stands between `%{` and `}`.
    Macro(&'a str),
    /// A `%` that begins nothing.
    Broken(&'a str),
}

/// Cuts a name into its pieces.
fn pieces(spec: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = spec;
    while let Some(at) = rest.find('%') {
        pieces.push(Piece::Text(&rest[..at]));
        let tail = &rest[at + 1..];
        let first = tail.chars().next();
        let (piece, length) = match (first, tail.find('}')) {
            (Some(c @ ('%' | '_' | '-')), _) => (Piece::Escape(c), 2),
            (Some('{'), Some(end)) => (Piece::Macro(&tail[1..end]), end + 2),
            _ => (Piece::Broken(&rest[at..]), rest.len() - at),
        };
        pieces.push(piece);
        rest = &rest[at + length..];
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// What a macro asks for.
struct Macro {
    letter: char,
    /// How many labels from the right; 0 for all.
    keep: usize,
    reverse: bool,
    delimiters: String,
}

fn read(inner: &str) -> Option<Macro> {
    let letter = inner.chars().next()?.to_ascii_lowercase();
    let rest = inner.get(1..)?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = rest.split_at(digits);
    let keep = if number.is_empty() {
        0
    } else {
        number.parse().ok().filter(|n| (1..=127).contains(n))?
    };
    let (reverse, delimiters) = match rest.strip_prefix(['r', 'R']) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let known = "slodiphv".contains(letter) && delimiters.chars().all(|c| ".-+,/_=".contains(c));
    known.then(|| Macro { letter, keep, reverse, delimiters: delimiters.to_owned() })
}

/// Checks the macros of a name: the part that is wrong, and why.
pub(super) fn check(spec: &str) -> Result<(), (&str, String)> {
    for piece in pieces(spec) {
        match piece {
            Piece::Broken(rest) => {
                let what = "a `%` begins no macro here; receivers answer permerror".to_owned();
                return Err((rest, what));
            }
            Piece::Macro(inner) if read(inner).is_none() => {
                return Err((
                    inner,
                    format!("`%{{{inner}}}` is no macro; receivers answer permerror"),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The name with a `%` for each macro.
pub(super) fn blanked(spec: &str) -> String {
    let piece = |piece: Piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Escape(_) | Piece::Macro(_) | Piece::Broken(_) => "%".to_owned(),
    };
    pieces(spec).into_iter().map(piece).collect()
}

/// The name itself, for the record of `domain` and a sender at `origin`; none where it depends on the
/// message.
pub(super) fn expanded(spec: &str, domain: &str, origin: &str) -> Option<String> {
    let mut name = String::new();
    for piece in pieces(spec) {
        match piece {
            Piece::Text(text) => name.push_str(text),
            Piece::Escape('%') => name.push('%'),
            Piece::Escape('_') => name.push(' '),
            Piece::Escape(_) => name.push_str("%20"),
            Piece::Broken(_) => return None,
            Piece::Macro(inner) => {
                let found = read(inner)?;
                let value = match found.letter {
                    'd' => domain,
                    'o' => origin,
                    _ => return None,
                };
                name.push_str(&found.of(value));
            }
        }
    }
    Some(fitting(name.trim_end_matches('.')).to_ascii_lowercase())
}

/// As much of a name, from its right end, as a name can be long: labels on the left are left out (RFC 7208
/// section 7.3).
fn fitting(name: &str) -> &str {
    let mut rest = name;
    while rest.len() > MAX_NAME {
        let Some((_, behind)) = rest.split_once('.') else { break };
        rest = behind;
    }
    rest
}

impl Macro {
    fn of(&self, value: &str) -> String {
        let delimiters = if self.delimiters.is_empty() { "." } else { &self.delimiters };
        let mut labels: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
        if self.reverse {
            labels.reverse();
        }
        let keep = if self.keep == 0 { labels.len() } else { self.keep.min(labels.len()) };
        labels[labels.len() - keep..].join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_of_the_domain_are_expanded_and_others_are_not() {
        let name = |spec| expanded(spec, "email.example.com", "example.com");
        assert_eq!(Some("_spf.email.example.com".into()), name("_spf.%{d}"));
        assert_eq!(Some("example.com.x".into()), name("%{d2}.x"));
        assert_eq!(Some("com.example.email".into()), name("%{dr}"));
        assert_eq!(Some("example.email".into()), name("%{d2r}"));
        assert_eq!(Some("example.com".into()), name("%{o}"));
        assert_eq!(None, name("%{i}._spf.%{d}"));
        assert_eq!(None, name("%{l}.x.example"));
    }

    #[test]
    fn a_name_that_is_too_long_loses_labels_on_the_left() {
        let long = vec!["abcdefghi"; 26].join("."); // 259 bytes
        let name = expanded("%{d}.x.example", &long, "example.com").unwrap();
        assert_eq!(format!("{}.x.example", vec!["abcdefghi"; 24].join(".")), name);
        let just = format!("{}.example", vec!["abcdefghi"; 24].join(".")); // 247 bytes
        assert_eq!(Some(format!("12345.{just}")), expanded("12345.%{d}", &just, "x"));
        assert_eq!(Some(just.clone()), expanded("123456.%{d}", &just, "x"));
    }

    #[test]
    fn a_macro_that_is_none_is_noticed() {
        assert!(check("%{d}.x").is_ok());
        assert!(check("%{ir}.%{v}._spf.%{d2}").is_ok());
        assert!(check("%{l1r-}.x.example").is_ok());
        assert!(check("100%%.example").is_ok());
        assert_eq!("%(d)", check("x.%(d)").unwrap_err().0);
        assert_eq!("x", check("%{x}.example").unwrap_err().0);
        assert_eq!("d0", check("%{d0}.example").unwrap_err().0);
        assert_eq!("%{d", check("%{d").unwrap_err().0);
        assert_eq!("", check("%{}").unwrap_err().0);
    }
}
