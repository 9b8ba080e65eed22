//! The **nearest names** to one that is not there: what a typing error was meant to be.

/// Characters of a word that are compared; a domain has at most 253.
const COMPARED: usize = 253;

/// The names that the word may have been meant as, the nearest first.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let allowed = (word.chars().count() / 4).max(2);
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let distance = distance(word, name);
            let inside = word.len() > 3 && (name.contains(word) || word.contains(name));
            (distance <= allowed || inside).then_some((distance, name))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, name)| name).collect()
}

/// How many characters must be put in, taken out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(COMPARED).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(COMPARED).enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (above, cb) in row.iter_mut().skip(1).zip(&b) {
            let best = (corner + usize::from(ca != *cb)).min(left + 1).min(*above + 1);
            corner = std::mem::replace(above, best);
            left = best;
        }
        row[0] = i + 1;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (steps, a, b) in
            [(3, "kitten", "sitting"), (0, "a", "a"), (2, "", "ab"), (2, "ab", ""), (1, "ab", "b")]
        {
            assert_eq!(steps, distance(a, b), "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_comes_first_and_the_far_not_at_all() {
        let names = ["window", "limits", "thresholds", "db"];
        assert_eq!(vec!["thresholds"], nearest("treshold", names));
        assert_eq!(vec!["acme.example"], nearest("acme", ["acme.example", "shop.example"]));
        assert!(nearest("zzzzzzzz", names).is_empty());
    }
}
