//! Whether a record stands at the right **name**.
//!
//! In: the kind of a record, and the name that was pasted with it. Out: findings; they have no place,
//! since the name is no part of the value.

use crate::model::finding::{Finding, RecordKind, Severity};

use super::whole;

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

/// The domain that a wrong name is about.
fn meant(labels: &[&str]) -> String {
    let odd = ["_dmarc", "dmarc", "_domainkey", "_dmarc1", "dmarc1", "@", "-dmarc", "_demarc"];
    let rest = labels.iter().skip_while(|label| odd.contains(label));
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
    fn a_wrong_name_is_told_with_the_right_one() {
        for (right, kind, name) in [
            ("_dmarc.a.example", RecordKind::Dmarc, "a.example"),
            ("_dmarc.a.example", RecordKind::Dmarc, "dmarc.a.example"),
            ("_dmarc.DOMAIN", RecordKind::Dmarc, "@"),
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
