//! Whether a record stands at the right **name**, and says what can be said there.
//!
//! In: a record, its kind, and the name that was pasted with it. Out: findings; those about the name alone
//! have no place, since it is no part of the value. Organisations are told apart by the Public Suffix List:
//! nobody is asked.

use crate::model::finding::{Finding, Place, RecordKind, Severity};
use crate::model::names;
use crate::model::txt::{BLANK, is_dmarc};

use super::walk::tags::value;
use super::{finding, whole};

/// Labels of a domain from which on a subdomain's tree walk passes it by (RFC 9989 section 4.10).
const DEEP: usize = 8;

/// Whether the name is that of an authorisation (`a.example._report._dmarc.b.example`, RFC 9990
/// section 4).
pub(super) fn is_authorisation(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.contains("._report._dmarc"))
}

/// What is wrong with the name.
pub(super) fn check(kind: RecordKind, name: &str) -> Vec<Finding> {
    let labels: Vec<&str> = name.split('.').collect();
    let at_dmarc = labels.first() == Some(&"_dmarc") || is_authorisation(Some(name));
    let at_key = labels.contains(&"_domainkey");
    match kind {
        RecordKind::Dmarc if !at_dmarc => {
            let right = format!("_dmarc.{}", meant(&labels));
            vec![wrong(name, "receivers look for a DMARC record at _dmarc only", right)]
        }
        RecordKind::Dmarc => deep(&labels).into_iter().collect(),
        RecordKind::Spf if at_dmarc || at_key => {
            vec![wrong(name, "receivers look for SPF at the domain itself", meant(&labels))]
        }
        RecordKind::Dkim if !at_key => {
            let right = "SELECTOR._domainkey.DOMAIN".to_owned();
            vec![wrong(name, "receivers look for a key below _domainkey only", right)]
        }
        RecordKind::Spf | RecordKind::Dkim => Vec::new(),
    }
}

/// Tags of a DMARC record that nobody asks for at its name: `sp` and `np` below an organisational domain
/// (RFC 9989 section 4.10.1; where the record says by `psd` what it is, it decides).
pub(super) fn out_of_place(name: &str, text: &str) -> Vec<Finding> {
    let Some((domain, organization)) = below(name, text) else { return Vec::new() };
    let tags = ["sp", "np"].into_iter().filter_map(|tag| Some((tag, place(text, tag)?)));
    tags.map(|(tag, place)| {
        let what = format!(
            "{tag} means nothing here while {organization} has a DMARC record: of names below {domain} \
             receivers take what that record says"
        );
        let found = finding("dmarc_tag_unused", Severity::Warning, Some(place), what);
        Finding { instead: Some(format!("say it at _dmarc.{organization}")), ..found }
    })
    .collect()
}

/// The domain of a DMARC record and the organisational domain, where that is another one.
pub(super) fn below<'a>(name: &'a str, text: &str) -> Option<(&'a str, &'a str)> {
    let domain = domain(name).filter(|_| is_dmarc(text))?;
    let organization = names::organizational(domain);
    let says = value(text, "psd")
        .is_some_and(|psd| ["y", "n"].iter().any(|it| psd.eq_ignore_ascii_case(it)));
    (!says && organization != domain).then_some((domain, organization))
}

/// Makes a warning of the hint that `psd=y` is for few, where the name is no public suffix; takes it away
/// where it is one.
pub(super) fn suffix(name: &str, findings: &mut Vec<Finding>) {
    let Some(domain) = domain(name) else { return };
    if names::is_public_suffix(domain) {
        return findings.retain(|found| found.code != "dmarc_psd");
    }
    for found in findings.iter_mut().filter(|found| found.code == "dmarc_psd") {
        found.severity = Severity::Warning;
        found.what = format!(
            "psd=y makes every name below {domain} an organisation of its own, and the Public Suffix \
             List does not have it"
        );
    }
}

/// The domain that a DMARC record is about; none where only a part of its name is known.
fn domain(name: &str) -> Option<&str> {
    let domain = name.strip_prefix("_dmarc.")?;
    (domain.contains('.') || names::is_public_suffix(domain)).then_some(domain)
}

/// Where a tag stands.
fn place(text: &str, tag: &str) -> Option<Place> {
    let mut from = 0;
    text.split(';').find_map(|part| {
        let begin = from + part.len() - part.trim_start_matches(BLANK).len();
        from += part.len() + 1;
        let (name, _) = part.split_once('=')?;
        let is_it = name.trim_matches(BLANK).eq_ignore_ascii_case(tag);
        is_it.then(|| Place { from: begin, to: begin + part.trim_matches(BLANK).len() })
    })
}

/// The domain that a wrong name is about.
fn meant(labels: &[&str]) -> String {
    let odd = ["_dmarc", "dmarc", "_domainkey", "_dmarc1", "dmarc1", "@", "-dmarc", "_demarc"];
    let rest = labels.iter().skip_while(|label| odd.contains(&label.trim_end_matches(':')));
    let rest: Vec<&str> = rest.copied().filter(|label| !label.is_empty()).collect();
    if rest.is_empty() { "DOMAIN".to_owned() } else { rest.join(".") }
}

fn wrong(name: &str, why: &str, right: String) -> Finding {
    let what = format!("at {name} nobody finds it: {why}");
    Finding { instead: Some(right), ..whole("record_name", Severity::Error, what) }
}

/// Names so deep that only mail of exactly this domain leads to them.
fn deep(labels: &[&str]) -> Option<Finding> {
    let domain = labels.iter().skip(1).filter(|label| !label.is_empty()).count();
    (domain >= DEEP).then(|| {
        let what = format!(
            "a name of {domain} labels: the tree walk of its subdomains passes it by, so that it \
             holds for mail of this very name only"
        );
        whole("record_name_deep", Severity::Warning, what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instead(kind: RecordKind, name: &str) -> Option<String> {
        check(kind, name).pop().and_then(|finding| finding.instead)
    }

    #[test]
    fn a_record_has_its_name() {
        for (kind, name) in [
            (RecordKind::Dmarc, "_dmarc.a.example"),
            (RecordKind::Dmarc, "_dmarc"),
            (RecordKind::Dmarc, "a.example._report._dmarc.b.example"),
            (RecordKind::Spf, "a.example"),
            (RecordKind::Dkim, "s1._domainkey.a.example"),
        ] {
            assert_eq!(None, instead(kind, name), "{name}");
        }
    }

    #[test]
    fn what_nobody_asks_for_at_a_name_is_told_by_the_public_suffix_list() {
        let told = |name: &str, text: &str| -> Vec<String> {
            let found = out_of_place(name, text).into_iter();
            found.map(|it| it.place.map_or("", |at| &text[at.from..at.to]).to_owned()).collect()
        };
        let text = "v=DMARC1; p=none; sp=reject ;np = none";
        assert_eq!(vec!["sp=reject", "np = none"], told("_dmarc.shop.acme.example", text));
        assert_eq!(vec!["sp=reject", "np = none"], told("_dmarc.a.shop.co.uk", text));
        for name in
            ["_dmarc", "_dmarc.shop", "_dmarc.acme.example", "_dmarc.shop.co.uk", "_dmarc.co.uk"]
        {
            assert!(told(name, text).is_empty(), "{name}");
        }
        assert!(told("_dmarc.shop.acme.example", "v=DMARC1; p=none; sp=none; psd=n").is_empty());
        assert!(told("_dmarc.shop.acme.example", "v=DMARC1; p=none").is_empty());
        assert!(told("_dmarc.shop.acme.example", "v=DMARC 1; sp=none").is_empty());
    }

    #[test]
    fn a_wrong_name_is_told_with_the_right_one() {
        for (right, kind, name) in [
            ("_dmarc.a.example", RecordKind::Dmarc, "a.example"),
            ("_dmarc.a.example", RecordKind::Dmarc, "dmarc.a.example"),
            ("_dmarc.DOMAIN", RecordKind::Dmarc, "@"),
            ("_dmarc.a.example", RecordKind::Dmarc, "_dmarc:.a.example"),
            ("a.example", RecordKind::Spf, "_dmarc.a.example"),
            ("SELECTOR._domainkey.DOMAIN", RecordKind::Dkim, "s1.a.example"),
        ] {
            assert_eq!(Some(right.to_owned()), instead(kind, name), "{name}");
        }
    }

    #[test]
    fn a_deep_name_is_passed_by() {
        assert!(check(RecordKind::Dmarc, "_dmarc.a.b.c.d.e.f.g").is_empty());
        assert_eq!("record_name_deep", check(RecordKind::Dmarc, "_dmarc.a.b.c.d.e.f.g.h")[0].code);
    }
}
