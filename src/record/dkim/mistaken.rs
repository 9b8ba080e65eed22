//! The **whole key in a value that is none**: a `+` that a web form made a blank of, the alphabet of addresses,
//! `p=` twice, the key twice, a full stop behind it.
//!
//! In: the value of `p=`, that is no key. Out: the key that it holds, where that is whole: DER that ends where it
//! says. Blanks may stand in a key (RFC 6376 section 3.6.1), so that not each of them needs to have been a `+`.

use super::KeyKind;
use super::public;

/// Blanks that are tried in every combination.
const MOST: usize = 8;

/// A `+` that was lost.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost {
    /// The byte of the value at which the first blank stands that was one.
    pub(super) at: usize,
    /// The key with it.
    pub(super) key: String,
}

/// The `+` that was lost; none where no blank stands inside, and where nobody can tell which of them was one.
pub(super) fn lost_plus(value: &str, kind: KeyKind) -> Option<Lost> {
    let places: Vec<usize> = value.match_indices(' ').map(|(at, _)| at).collect();
    let first = *places.first()?;
    if let Some(key) = with(value, &places, |_| true, kind) {
        return Some(Lost { at: first, key });
    }
    if places.len() > MOST {
        return None;
    }
    let some = 1..(1_u32 << places.len()) - 1;
    let mut whole = some.filter_map(|set| {
        let key = with(value, &places, |at| set & (1 << at) != 0, kind)?;
        Some(Lost { at: places[set.trailing_zeros() as usize], key })
    });
    let only = whole.next()?;
    whole.next().is_none().then_some(only)
}

/// The key that a value without blanks holds.
pub(super) fn key_in(plain: &str, kind: KeyKind) -> Option<String> {
    let half = plain.get(..plain.len() / 2).unwrap_or_default();
    let is_twice = plain.get(plain.len() / 2..) == Some(half);
    let candidates = [
        plain.strip_prefix("p=").unwrap_or_default().to_owned(),
        plain.trim_end_matches(['.', ',', ':']).to_owned(),
        plain.replace("%2B", "+").replace("%2b", "+").replace("%2F", "/").replace("%3D", "="),
        plain.replace('-', "+").replace('_', "/"),
        half.to_owned(),
    ];
    let most = if is_twice { candidates.len() } else { candidates.len() - 1 };
    let is_key = |key: &String| public::read(key, kind).is_ok();
    candidates.into_iter().take(most).find(is_key)
}

/// The key with a `+` at some of the places, where that is one.
fn with(
    value: &str,
    places: &[usize],
    is_lost: impl Fn(usize) -> bool,
    kind: KeyKind,
) -> Option<String> {
    let mut key = String::with_capacity(value.len());
    for (at, c) in value.char_indices() {
        match places.binary_search(&at) {
            Ok(place) if is_lost(place) => key.push('+'),
            _ if c.is_whitespace() => {}
            _ => key.push(c),
        }
    }
    public::read(&key, kind).is_ok().then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key of 1,024 bits, with five times `+`.
    const KEY: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDNqUsUjltOkb+GXAG1cNXnn8rRlaz9zCa9FDz83mUx5PhnGKpD+96ZD8nvueYgqDdo0n48cco1k5vexmPU6+e8RXAFpnReYTD+vFtd5VKo4TyxUgyzwzcgQHsTNWcYt0mcdYdBAi+PyojY4dJGVBSeWdEZi/4ZjUu5/m7iKcVTdQIDAQAB";

    #[test]
    fn every_plus_that_became_a_blank_is_one_again() {
        let lost = lost_plus(&KEY.replace('+', " "), KeyKind::Rsa);
        assert_eq!(Some(Lost { at: 50, key: KEY.to_owned() }), lost);
        let one = KEY.replacen('+', " ", 1);
        assert_eq!(Some(KEY.to_owned()), lost_plus(&one, KeyKind::Rsa).map(|lost| lost.key));
    }

    #[test]
    fn of_two_blanks_of_which_one_was_a_plus_nobody_can_tell_which() {
        let two = format!("{} {}", &KEY[..100].replacen('+', " ", 1), &KEY[100..]);
        assert_eq!(None, lost_plus(&two, KeyKind::Rsa));
        let cut = format!("{} {}", &KEY[..100], &KEY[100..KEY.len() - 1]);
        assert_eq!(None, lost_plus(&cut, KeyKind::Rsa), "cut off at its end");
        assert_eq!(None, lost_plus(&KEY[..100], KeyKind::Rsa));
        assert_eq!(None, lost_plus(&" a".repeat(500), KeyKind::Rsa));
    }

    #[test]
    fn a_key_is_found_in_what_is_around_it() {
        for value in [
            format!("p={KEY}"),
            format!("{KEY}."),
            format!("{KEY}{KEY}"),
            KEY.replace('+', "-").replace('/', "_"),
            KEY.replace('+', "%2B"),
        ] {
            assert_eq!(Some(KEY.to_owned()), key_in(&value, KeyKind::Rsa), "{value}");
        }
        assert_eq!(None, key_in("", KeyKind::Rsa));
        assert_eq!(None, key_in(&format!("{KEY}A{KEY}"), KeyKind::Rsa));
        assert_eq!(None, key_in("é", KeyKind::Rsa));
    }
}
