//! Which **kind** a TXT value is, misspelt or not.
//!
//! In: what was pasted. Out: the kind, if the value, or else the name, tells it.

use crate::model::finding::RecordKind;

use super::paste::Pasted;

/// Bytes at the beginning in which a version is looked for.
const BEGINNING: usize = 24;

/// Letters of base64 that the shortest RSA key takes that anybody used (512 bits).
const SHORTEST_KEY: usize = 90;

/// What only one kind of record has inside. The first that is there decides.
const SIGNS: &[(&str, RecordKind)] = &[
    ("rua=", RecordKind::Dmarc),
    ("ruf=", RecordKind::Dmarc),
    ("p=none", RecordKind::Dmarc),
    ("p=quarantine", RecordKind::Dmarc),
    ("p=reject", RecordKind::Dmarc),
    ("adkim=", RecordKind::Dmarc),
    ("aspf=", RecordKind::Dmarc),
    ("include:", RecordKind::Spf),
    ("ip4:", RecordKind::Spf),
    ("ip6:", RecordKind::Spf),
    ("-all", RecordKind::Spf),
    ("~all", RecordKind::Spf),
    ("?all", RecordKind::Spf),
    ("redirect=", RecordKind::Spf),
    ("k=rsa", RecordKind::Dkim),
    ("k=ed25519", RecordKind::Dkim),
    ("p=mi", RecordKind::Dkim),
];

/// What is in the beginning of each kind, misspelt or not. Of two that have run together, the one in front
/// decides: it is what receivers take the whole for.
const BEGINNINGS: &[(&[&str], RecordKind)] = &[
    (&["dmarc", "dmrac", "v=dmar", "v=dmac", "v:dmar"], RecordKind::Dmarc),
    (&["v=spf", "spf1", "spf2.0", "v:spf", "v=sfp"], RecordKind::Spf),
    (&["v=dkim", "v:dkim", "dkim1"], RecordKind::Dkim),
];

/// Versions as they are written and misspelt, without blanks and in lower case.
const VERSIONS: &[(&str, RecordKind)] = &[
    ("v=dmar", RecordKind::Dmarc),
    ("v:dmar", RecordKind::Dmarc),
    ("v=dmrac", RecordKind::Dmarc),
    ("v=dmac", RecordKind::Dmarc),
    ("v=spf", RecordKind::Spf),
    ("v:spf", RecordKind::Spf),
    ("v=sfp", RecordKind::Spf),
    ("v=dkim", RecordKind::Dkim),
];

/// The kind of a record: by how it begins, by its name, by what is inside.
pub(super) fn of(pasted: &Pasted) -> Option<RecordKind> {
    let is_hidden =
        |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let letters = pasted.text.chars().filter(|c| !c.is_whitespace() && !is_hidden(*c));
    let text: String = letters.collect::<String>().to_lowercase();
    by_version(&text)
        .or_else(|| by_name(pasted.name.as_deref()?))
        .or_else(|| SIGNS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, kind)| *kind))
        .or_else(|| is_key(&pasted.text).then_some(RecordKind::Dkim))
}

/// Whether a text is an RSA key alone: base64 that begins as a sequence of ASN.1 does.
#[must_use]
pub fn is_key(text: &str) -> bool {
    let key: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let key = key.trim_end_matches('=');
    key.len() >= SHORTEST_KEY
        && key.starts_with("MI")
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
}

/// The kind of a TXT value of the DNS, among which anything may stand: only what begins as such a record
/// does, misspelt or not, or has terms that no other text has.
pub(super) fn of_published(text: &str) -> Option<RecordKind> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| plain.starts_with(word));
    let first = VERSIONS.iter().filter_map(|(word, kind)| Some((plain.find(word)?, *kind)));
    let first = first.min_by_key(|(at, _)| *at);
    if let Some((_, kind)) = first {
        return Some(kind);
    }
    if begins(&["spf2.0"]) {
        return None; // Sender ID: nobody reads it any more, and it was meant as what it is
    }
    if begins(&["dmarc1"]) || text.split([';', ',']).any(is_dmarc_tag) {
        return Some(RecordKind::Dmarc);
    }
    let is_spf = begins(&["spf1"]) || text.split_whitespace().any(is_spf_term);
    is_spf.then_some(RecordKind::Spf)
}

/// `p=none`, `rua=mailto:...`: what no text but a DMARC record has.
fn is_dmarc_tag(part: &str) -> bool {
    let part: String = part.chars().filter(|c| !c.is_whitespace()).collect();
    let part = part.to_ascii_lowercase();
    let is_policy = matches!(part.as_str(), "p=none" | "p=quarantine" | "p=reject");
    is_policy || part.starts_with("rua=mailto:") || part.starts_with("ruf=mailto:")
}

/// `ip4:192.0.2.1`, `include:...`, with or without a qualifier.
fn is_spf_term(word: &str) -> bool {
    let word = word.trim_start_matches(['+', '-', '~', '?', '"']).to_ascii_lowercase();
    ["ip4:", "ip6:", "include:"].iter().any(|term| word.starts_with(term))
}

/// Where a DMARC record begins inside an SPF record; not where `v=DMARC1` is part of a term.
pub(super) fn dmarc_inside(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let is_apart = |at: &usize| lower[..*at].ends_with([' ', '\t', ';']);
    lower.match_indices("v=dmarc1").map(|(at, _)| at).find(is_apart)
}

fn by_version(text: &str) -> Option<RecordKind> {
    let beginning = &text[..text.floor_char_boundary(BEGINNING)];
    let place = |word: &&str| beginning.find(word);
    BEGINNINGS
        .iter()
        .filter_map(|(words, kind)| Some((words.iter().filter_map(place).min()?, *kind)))
        .min_by_key(|(at, _)| *at)
        .map(|(_, kind)| kind)
}

fn by_name(name: &str) -> Option<RecordKind> {
    let labels: Vec<&str> = name.split('.').collect();
    if labels.contains(&"_domainkey") {
        return Some(RecordKind::Dkim);
    }
    (labels.first() == Some(&"_dmarc")).then_some(RecordKind::Dmarc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: Option<&str>, text: &str) -> Option<RecordKind> {
        of(&Pasted { name: name.map(str::to_owned), text: text.to_owned(), ..Pasted::default() })
    }

    #[test]
    fn a_value_is_told_by_its_beginning_however_misspelt() {
        for text in ["v=DMARC1; p=none", "v = dmarc 1", "“v=DMARC1", "DMARC1; p=none", "v:DMARC1"]
        {
            assert_eq!(Some(RecordKind::Dmarc), kind(None, text), "{text}");
        }
        for text in ["v=spf1 -all", "V=SPF1", "spf1 mx", "spf2.0/pra"] {
            assert_eq!(Some(RecordKind::Spf), kind(None, text), "{text}");
        }
        let bare_key = format!("MIIBIjANBg\n{}==", "kqhkiG9w".repeat(10));
        for text in ["v=DKIM1; k=rsa; p=", "k=rsa; p=MIGf", "p=MIIBIjANBg", &bare_key] {
            assert_eq!(Some(RecordKind::Dkim), kind(None, text), "{text}");
        }
    }

    #[test]
    fn of_two_that_have_run_together_the_one_in_front_decides() {
        for text in ["v=spf1 mx -all v=DMARC1; p=none", "v=spf1 ip4v=DMARC1:192.0.2.1\\; ~all"] {
            assert_eq!(Some(RecordKind::Spf), kind(None, text), "{text}");
        }
        let text = "v=DMARC1; v=spf1 -all";
        assert_eq!(Some(RecordKind::Dmarc), kind(None, text));
    }

    #[test]
    fn without_a_version_the_name_and_the_tags_tell() {
        assert_eq!(Some(RecordKind::Dmarc), kind(None, "p=none; rua=mailto:a@b.example"));
        assert_eq!(Some(RecordKind::Dmarc), kind(Some("_dmarc.a.example"), "rubbish"));
        assert_eq!(Some(RecordKind::Dkim), kind(Some("s._domainkey.a.example"), "rubbish"));
        assert_eq!(Some(RecordKind::Spf), kind(None, "ip4:192.0.2.1 -all"));
        assert_eq!(None, kind(None, "google-site-verification=abc"));
        assert_eq!(None, kind(Some("a.example"), "hello"));
    }
}
