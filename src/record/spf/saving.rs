//! How look-ups are **saved** where an SPF record takes more than receivers make.
//!
//! In: the tree of what was asked. Out: the terms that cost the most, and what can be done, in a sentence.

use super::expand::{Leads, Node, Step};
use super::expansion::counted;

/// Terms of a kind that are named.
const NAMED: usize = 3;

/// What can be done.
pub(super) fn advice(root: &Node) -> String {
    let dear = dear(root);
    let own: Vec<String> = root
        .terms
        .iter()
        .filter(|step| is_own(&step.term, &root.name))
        .take(NAMED)
        .map(|step| format!("`{}`", step.term))
        .collect();
    let addresses = match own.as_slice() {
        [] => String::new(),
        own => format!("; write {} as ip4: and ip6:, which cost nothing", own.join(" and ")),
    };
    let dear = if dear.is_empty() { String::new() } else { format!("{}: ", dear.join(", ")) };
    format!(
        "{dear}leave out services that send no more{addresses}; give a service a subdomain with a record \
         of its own"
    )
}

/// The terms that cost more than one, the dearest first.
fn dear(root: &Node) -> Vec<String> {
    let cost = |step: &Step| {
        let below = match &step.leads {
            Leads::Record(node) => counted(node).lookups,
            _ => 0,
        };
        usize::from(step.looks_up) + below
    };
    let costs = root.terms.iter().map(|step| (cost(step), step.term.as_str()));
    let mut costs: Vec<(usize, &str)> = costs.filter(|(cost, _)| *cost > 1).collect();
    costs.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
    costs.iter().take(NAMED).map(|(cost, term)| format!("`{term}` costs {cost}")).collect()
}

/// Whether it asks for addresses that can be written in its place: those of the domain's own hosts, at the domain
/// or below. A service changes its own without a word to anybody.
fn is_own(term: &str, domain: &str) -> bool {
    let word = term.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
    let word = word.split('/').next().unwrap_or_default();
    let (name, host) = word.split_once(':').unwrap_or((word, domain));
    let host = host.strip_suffix('.').unwrap_or(host);
    let front = host.strip_suffix(domain);
    matches!(name, "a" | "mx") && front.is_some_and(|it| it.is_empty() || it.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_service_are_its_own_to_change() {
        for (is_ours, term) in [
            (true, "a"),
            (true, "mx/24"),
            (true, "+MX:acme.example"),
            (true, "a:Mail.acme.example./24"),
            (false, "a:mail.service.example"),
            (false, "mx:notacme.example"),
            (false, "include:acme.example"),
        ] {
            assert_eq!(is_ours, is_own(term, "acme.example"), "{term}");
        }
    }
}
