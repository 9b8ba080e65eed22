//! **Invariants** of checking a record: what must hold of every text, whatever it is. The fuzz target
//! `check` uses them too.

use ruaudit::model::finding::{Checked, Place, RecordKind, Severity};
use ruaudit::record::check;

/// Every kind, and the one that is recognised.
const KINDS: [Option<RecordKind>; 4] =
    [None, Some(RecordKind::Dmarc), Some(RecordKind::Spf), Some(RecordKind::Dkim)];

/// Checks a text as every kind, and what came of it.
///
/// # Panics
/// Where an invariant does not hold.
pub fn holds(text: &str) {
    for kind in KINDS {
        holds_as(text, kind);
    }
}

fn holds_as(text: &str, kind: Option<RecordKind>) {
    let checked = check(text, kind);
    assert_eq!(checked, check(text, kind), "checked again, it is something else");
    if kind.is_some() {
        assert_eq!(kind, checked.kind);
    }
    let severities: Vec<Severity> =
        checked.findings.iter().map(|finding| finding.severity).collect();
    assert!(severities.is_sorted(), "{severities:?}");
    for finding in &checked.findings {
        assert!(!finding.what.is_empty() && !finding.what.ends_with('.'), "{finding:?}");
        assert!(
            finding.place.is_none_or(|place| inside(place, &checked.text)),
            "{finding:?} of {text:?}"
        );
    }
    if let Some(corrected) = &checked.corrected {
        is_right(text, corrected, &checked);
    }
}

/// Whether a place is in a text; an empty one is where something is missing.
fn inside(place: Place, text: &str) -> bool {
    place.from <= place.to && text.get(place.from..place.to).is_some()
}

/// A corrected record has no errors left, and stays as it is.
fn is_right(text: &str, corrected: &str, checked: &Checked) {
    let again = check(&where_it_stands(corrected, checked), checked.kind);
    let errors: Vec<_> = again
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.code)
        .collect();
    assert!(errors.is_empty(), "{errors:?} in {corrected:?} of {text:?}");
    let told = check(&where_it_stands(corrected, checked), None).kind;
    assert_eq!(checked.kind, told, "the kind of {corrected:?} of {text:?}");
    assert_eq!(None, again.corrected, "{corrected:?} of {text:?}");
    assert_ne!(corrected, checked.text);
    let given = &checked.text;
    match checked.kind {
        Some(RecordKind::Dmarc) => {
            says_the_same(given, corrected);
            goes_to_no_stranger(given, corrected);
            keeps_each_address_once(given, corrected);
        }
        Some(RecordKind::Spf) => lets_the_same_pass(given, corrected),
        Some(RecordKind::Dkim) => has_the_same_key(given, corrected),
        None => {}
    }
}

/// The tags of a record that anybody can read: no name twice, every part with one `=`, the version first.
fn plain_tags(text: &str, version: &str) -> Option<Vec<(String, String)>> {
    let parts = text.strip_suffix(';').unwrap_or(text).split(';');
    let tags: Option<Vec<(String, String)>> = parts
        .map(|part| {
            let (name, value) = part.split_once('=')?;
            let name = name.trim_matches(' ').to_owned();
            let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
            is_name.then(|| (name, value.trim_matches(' ').to_owned()))
        })
        .collect();
    let tags = tags.filter(|tags| tags[0] == ("v".to_owned(), version.to_owned()))?;
    let mut names: Vec<String> = tags.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    names.windows(2).all(|pair| pair[0] != pair[1]).then_some(tags)
}

fn tag<'a>(tags: &'a [(String, String)], name: &str) -> Option<&'a str> {
    tags.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// Mending changes no policy that can be read, and loses no address.
fn says_the_same(given: &str, corrected: &str) {
    let Some(before) = plain_tags(given, "DMARC1") else { return };
    let after = plain_tags(corrected, "DMARC1").expect(corrected);
    for name in ["p", "sp", "np"] {
        let Some(word) = tag(&before, name).map(str::to_lowercase) else { continue };
        if ["none", "quarantine", "reject"].contains(&word.as_str()) {
            let now = tag(&after, name).map(str::to_lowercase);
            assert_eq!(Some(word), now, "{name} of {given:?}: {corrected:?}");
        }
    }
    let kept = tag(&after, "rua").unwrap_or_default();
    for uri in tag(&before, "rua").unwrap_or_default().split(',') {
        let address = uri.trim_matches(' ').strip_prefix("mailto:").unwrap_or_default();
        let is_plain = |part: &str| {
            let letters = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
            letters && part.split('.').all(|label| !label.is_empty())
        };
        let is_plain = address.split_once('@').is_some_and(|(local, domain)| {
            is_plain(local) && is_plain(domain) && domain.contains('.')
        });
        assert!(!is_plain || kept.contains(address), "{address} of {given:?}: {corrected:?}");
    }
    goes_where_it_was_meant(&before, &after);
}

/// Mending sends no report to a host that stood nowhere as one: behind the last `@`, before header fields.
fn goes_where_it_was_meant(before: &[(String, String)], after: &[(String, String)]) {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@.:?=,_&-".contains(&byte);
    if !before.iter().all(|(_, value)| value.bytes().all(is_plain)) {
        return;
    }
    let given = hosts(before.iter());
    let lists = after.iter().filter(|(name, _)| ["rua", "ruf"].contains(&name.as_str()));
    for host in hosts(lists) {
        assert!(given.contains(&host), "{host} of {before:?}: {after:?}");
    }
}

fn hosts<'a>(tags: impl Iterator<Item = &'a (String, String)>) -> Vec<String> {
    let mut found = Vec::new();
    for (_, value) in tags {
        let value = value.to_lowercase().replace("mailto:", ",").replace('&', ",");
        for uri in value.split(',') {
            // header fields stand behind an address; a `?` before it is a slip
            let address = uri.split_once('?').map(|(address, _)| address);
            let address = address.filter(|address| address.contains('@')).unwrap_or(uri);
            let Some((_, host)) = address.rsplit_once('@') else { continue };
            let labels = host.trim_matches([':', '.']).split('.').filter(|label| !label.is_empty());
            found.push(labels.collect::<Vec<_>>().join("."));
        }
    }
    found
}

/// Letters that are joined, as those on both sides of a blank, would make a host that nobody wrote.
fn goes_to_no_stranger(given: &str, corrected: &str) {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && !b"\\\"'`%".contains(&byte);
    let after = plain_tags(corrected, "DMARC1").unwrap_or_default();
    if !given.bytes().all(is_plain) {
        return;
    }
    let lower = given.to_lowercase();
    // an address may run into the scheme of the next
    let given = format!("{lower} {}", lower.replace("mailto:", " "));
    let is_apart = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let labels: Vec<&str> = given.split(is_apart).collect();
    let lists = ["rua", "ruf"].into_iter().filter_map(|name| tag(&after, name));
    let uris = lists.flat_map(|list| list.split(','));
    for host in uris.filter_map(|uri| uri.split('?').next()?.rsplit_once('@')) {
        let host = host.1.to_lowercase();
        let are_there = host.split('.').all(|label| labels.contains(&label));
        assert!(are_there, "{host} of {given:?}: {corrected:?}");
    }
}

/// Where an address stands by itself behind `mailto:`, reports or nothing are sent there, and never two.
fn keeps_each_address_once(given: &str, corrected: &str) {
    let after = plain_tags(corrected, "DMARC1").unwrap_or_default();
    for list in ["rua", "ruf"].iter().filter_map(|name| tag(&after, name)) {
        let mut uris: Vec<_> = list.split(',').map(|uri| uri.split('?').next()).collect();
        uris.sort_unstable();
        assert!(uris.windows(2).all(|two| two[0] != two[1]), "{given:?}: {corrected:?}");
    }
    // of operators of suffixes no failure reports are wanted, and other records are no part of this one
    let is_plain = given.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !is_plain || given.contains("psd") || given.to_lowercase().matches('v').count() > 1 {
        return;
    }
    let is_apart = |c: char| " ;,=<>()[]{}|".contains(c);
    for uri in given.split(is_apart).filter_map(|word| word.strip_prefix("mailto:")) {
        let is_plain = |part: &str| {
            part.split('.').all(|label| {
                !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        };
        let is_whole = uri
            .split_once('@')
            .is_some_and(|(local, host)| is_plain(local) && is_plain(host) && host.contains('.'));
        assert!(!is_whole || corrected.contains(uri), "{uri} of {given:?}: {corrected:?}");
    }
}

/// Mending loses no term that is right.
fn lets_the_same_pass(given: &str, corrected: &str) {
    let Some(terms) = given.strip_prefix("v=spf1 ") else { return };
    let after: Vec<&str> = corrected.split(' ').collect();
    for term in terms
        .split(' ')
        .filter(|term| ["ip4:", "ip6:", "inc"].iter().any(|name| term.starts_with(name)))
    {
        let alone = check(&format!("v=spf1 {term} ~all"), Some(RecordKind::Spf));
        if alone.findings.is_empty() {
            assert!(
                after.iter().any(|word| word.contains(term)),
                "{term} of {given:?}: {corrected:?}"
            );
        }
    }
}

/// Mending puts no other key there.
fn has_the_same_key(given: &str, corrected: &str) {
    let Some(before) = plain_tags(given, "DKIM1") else { return };
    let Some(key) = tag(&before, "p").filter(|key| !key.is_empty()) else { return };
    let kind = tag(&before, "k").unwrap_or("rsa");
    let alone = check(&format!("v=DKIM1; k={kind}; p={key}"), Some(RecordKind::Dkim));
    if alone.findings.iter().all(|found| found.severity == Severity::Hint) {
        let plain: String = key.chars().filter(|letter| !letter.is_whitespace()).collect();
        assert!(corrected.contains(&format!("p={plain}")), "{given:?}: {corrected:?}");
    }
}

/// A consent to reports needs no policy, and is known by its name alone.
fn where_it_stands(corrected: &str, checked: &Checked) -> String {
    let at_consent = checked.name.as_deref().is_some_and(|name| name.contains("._report._dmarc"));
    if checked.kind != Some(RecordKind::Dmarc) || !at_consent {
        return corrected.to_owned();
    }
    let text = corrected.replace('\\', r"\\").replace('"', "\\\"");
    format!("acme.example._report._dmarc.reports.example. IN TXT \"{text}\"")
}
