//! Which of some **words** a misspelt one was meant to be.
//!
//! In: a word and the words there are. Out: the nearest, if it is near enough and no other is as near.

/// Characters of a word that are compared.
const COMPARED: usize = 64;

/// The one word that differs least, in at most `most` letters put in, left out, changed or swapped.
#[must_use]
pub(super) fn nearest<'a>(word: &str, words: &[&'a str], most: usize) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let mut by_distance: Vec<_> =
        words.iter().map(|other| (distance(&word, &other.to_ascii_lowercase()), *other)).collect();
    by_distance.sort_unstable();
    match by_distance.as_slice() {
        [(first, _), (second, _), ..] if first == second => None,
        [(first, other), ..] if *first <= most => Some(other),
        _ => None,
    }
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
#[must_use]
pub(super) fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(COMPARED).collect();
    let b: Vec<char> = b.chars().take(COMPARED).collect();
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<_>>(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        rows[2][0] = i;
        for j in 1..=b.len() {
            let changed = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(rows[1][j] + 1).min(rows[2][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = best;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_changed_places_count_once() {
        for (steps, a, b) in [(1, "rau", "rua"), (1, "rejct", "reject"), (3, "kitten", "sitting")] {
            assert_eq!(steps, distance(a, b), "{a} {b}");
        }
        assert_eq!(2, distance("", "ab"));
    }

    #[test]
    fn the_nearest_is_one_or_none() {
        assert_eq!(Some("reject"), nearest("Rejetc", &["none", "reject"], 2));
        assert_eq!(None, nearest("rub", &["rua", "ruf"], 1));
        assert_eq!(None, nearest("banana", &["none", "reject"], 2));
    }
}
