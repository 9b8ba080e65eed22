//! **Terms that stand together** without the space between: `~allinclude:...`, as two strings are joined
//! (RFC 7208 section 3.3), or `include:_spf.acme.example~all`, as people type it.
//!
//! In: a word. Out: the terms in it, each of which can be read; none where it is a term as it stands, but for
//! a name that ends in `-all`, since no top-level domain does.

use super::guess;
use super::term::{self, Term};

/// What a term begins with, behind its qualifier.
const BEGINNINGS: &[&str] =
    &["include:", "exists:", "redirect=", "exp=", "ip4:", "ip6:", "ptr:", "mx:", "a:", "v=spf1"];

/// Names of mechanisms that stand alone, behind a qualifier or in front of another term.
const ALONE: &[&str] = &["all", "ptr", "mx", "a"];

/// Signs that people put between terms, and that end none.
const BETWEEN: &[char] = &['|', '&', '/'];

/// Bytes of a word that is looked at, and places in it where a term may begin: more is no slip.
const MOST_BYTES: usize = 1_024;
const MOST_CUTS: usize = 64;

/// The terms of a word that is more than one, `all` as the last.
pub(super) fn apart(word: &str) -> Option<Vec<String>> {
    let is_term = term::read(word).is_ok() && !ends_in_all(word);
    if is_term || word.len() > MOST_BYTES {
        return None;
    }
    let mut terms = terms(word)?;
    if terms.iter().all(|term| !is_version(term)) {
        terms.sort_by_key(|term| is_all(term));
    }
    Some(terms.into_iter().map(guess::shown).collect())
}

/// Two terms or more: the first as short as it can be so that the rest can be read too.
fn terms(word: &str) -> Option<Vec<&str>> {
    let lower = word.to_ascii_lowercase();
    let cuts = lower.char_indices().map(|(at, _)| at);
    let cuts: Vec<usize> =
        cuts.filter(|at| *at == 0 || begins(&lower, *at)).take(MOST_CUTS).collect();
    // where the term ends that begins at a cut, if all behind it can be read
    let mut ends: Vec<Option<usize>> = vec![None; cuts.len()];
    for from in (0..cuts.len()).rev() {
        let behind = (from + 1..cuts.len()).filter(|to| ends[*to].is_some());
        let mut behind = behind.map(|to| cuts[to]).chain([word.len()]);
        ends[from] = behind.find(|to| is_read(word[cuts[from]..*to].trim_end_matches(BETWEEN)));
    }
    let (mut found, mut from) = (Vec::new(), 0);
    while from < word.len() {
        let to = ends[cuts.binary_search(&from).ok()?]?;
        found.push(word[from..to].trim_end_matches(BETWEEN));
        from = to;
    }
    (found.len() > 1).then_some(found)
}

fn is_read(word: &str) -> bool {
    is_version(word)
        || !ends_in_all(word) && term::read(word).is_ok_and(|term| !matches!(term, Term::Other(_)))
}

/// Whether a term can begin there.
fn begins(lower: &str, at: usize) -> bool {
    let rest = &lower[at..];
    let bare = rest.trim_start_matches(['+', '-', '~', '?']);
    let is_signed = bare.len() < rest.len();
    let before = lower[..at].trim_start_matches(['+', '-', '~', '?']);
    let is_short = |name: &str| {
        let behind = bare.strip_prefix(name);
        behind.is_some_and(|behind| {
            behind.is_empty() || behind.starts_with(['+', '-', '~', '?', '/'])
        })
    };
    // `ainclude:` is a slip for `include:`
    let is_named = BEGINNINGS.iter().any(|name| bare.starts_with(name)) && before != "a";
    is_named || is_signed && ALONE.iter().any(|name| is_short(name))
}

/// The beginning of another record.
fn is_version(word: &str) -> bool {
    word.eq_ignore_ascii_case("v=spf1")
}

fn is_all(term: &str) -> bool {
    term.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all")
}

/// A name that is one by its letters, and ends in what was meant as a term.
fn ends_in_all(word: &str) -> bool {
    let end = word.len().checked_sub(4).and_then(|at| word.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case("-all"))
        && word.len() > 4
        && word.contains(['.', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_stand_together_are_told_apart() {
        for (terms, word) in [
            ("include:_spf.a.example ~all", "~allinclude:_spf.a.example"),
            ("include:_spf.a.example ~all", "include:_spf.a.example~all"),
            ("include:_spf.a.example -all", "include:_spf.a.example-all"),
            ("include:_spf.a.example ?all", "include:_spf.a.example?all"),
            ("include:_spf.a.example ~all", "include:_spf.a.example+all"),
            ("include:a.example include:b.example", "include:a.exampleinclude:b.example"),
            ("ip4:192.0.2.1 ip4:192.0.2.2", "ip4:192.0.2.1ip4:192.0.2.2"),
            ("ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", "ip4:192.0.2.0/24ip6:2001:db8::/32-all"),
            ("mx -all", "mx-all"),
            ("+a +mx ~all", "+a+mx~all"),
            ("mx include:a.example", "mxinclude:a.example"),
            ("a:m.a.example -all", "a:m.a.example-all"),
            ("mx:a.example a:b.example", "mx:a.examplea:b.example"),
            ("-all v=spf1", "-allv=spf1"),
            ("ip4:192.0.2.1 ip4:192.0.2.2", "ip4:192.0.2.1|ip4:192.0.2.2"),
            ("include:a.example include:b.example", "include:a.example/include:b.example"),
        ] {
            assert_eq!(Some(terms.to_owned()), apart(word).map(|it| it.join(" ")), "{word}");
        }
    }

    #[test]
    fn a_term_and_what_nobody_can_tell_apart_are_left() {
        for word in [
            "include:_spf.a.example",
            "-all",
            "all-",
            "ainclude:a.example",
            "ip6:2001:db8:a::1",
            "exists:%{i}.a.example",
            "a:-all",
            "include:a",
            "",
            "mx/24//64",
            "a:mx.include.example",
        ] {
            assert_eq!(None, apart(word), "{word}");
        }
        assert_eq!(None, apart(&"a:".repeat(4_000)));
        assert_eq!(None, apart(&"-all".repeat(2_000)));
    }
}
