//! What stands in the DNS and **receivers do not see**, though it was meant as a record: the version is not
//! exact, or nobody looks at that name.
//!
//! In: a TXT value of the DNS, where it stands, and the domain that it is about. Out: what is wrong with it.
//! Any text may stand in the DNS: one that is meant as something else is passed over here as well.

use crate::model::finding::{Checked, Finding, RecordKind, Severity};
use crate::model::txt::is_dmarc;

use super::paste::Pasted;
use super::{Group, checked, kind, spf, whole};

/// Checks a TXT value that stands at a name as the record of a domain that it is meant as; none where
/// receivers see it, and where it is meant as no DMARC and no SPF record.
#[must_use]
pub fn unseen(name: &str, domain: &str, text: &str) -> Option<Checked> {
    let kind = kind::of_published(text)?;
    let right = right(kind, domain)?;
    let is_at_home = name == right;
    if is_at_home && is_exact(kind, text) {
        return None;
    }
    let pasted = Pasted { name: Some(name.to_owned()), text: text.to_owned(), ..Pasted::default() };
    let mut found = checked(&pasted, Some(kind), Group::default());
    let effect = if is_at_home {
        "Receivers do not see it: to them it is some other text"
    } else {
        elsewhere(&mut found, kind, name, right);
        "Receivers do not look for it at this name"
    };
    found.effect = vec![effect.to_owned()];
    Some(found)
}

/// Whether receivers take a text for a record of the kind, where they look for one.
fn is_exact(kind: RecordKind, text: &str) -> bool {
    match kind {
        RecordKind::Dmarc => is_dmarc(text),
        RecordKind::Spf => spf::is_record(text),
        RecordKind::Dkim => false,
    }
}

/// Where receivers look for a domain's record; none of keys, of which only a selector tells.
fn right(kind: RecordKind, domain: &str) -> Option<String> {
    match kind {
        RecordKind::Dmarc => Some(format!("_dmarc.{domain}")),
        RecordKind::Spf => Some(domain.to_owned()),
        RecordKind::Dkim => None,
    }
}

/// Tells the right name, where the name by itself does not show that it is wrong.
fn elsewhere(found: &mut Checked, kind: RecordKind, name: &str, right: String) {
    if found.findings.iter().any(|finding| finding.code == "record_name") {
        return;
    }
    let what = format!(
        "at {name} nobody finds it: receivers look for the {} record at {right} only",
        kind.as_str()
    );
    let finding = whole("record_name", Severity::Error, what);
    found.findings.insert(0, Finding { instead: Some(right), ..finding });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worst finding of a text, and the corrected record.
    fn told(name: &str, text: &str) -> Option<(&'static str, Option<String>)> {
        unseen(name, "a.example", text).map(|found| (found.findings[0].code, found.corrected))
    }

    #[test]
    fn a_version_that_is_not_exact_is_told_with_the_record_that_was_meant() {
        let right = |code, text: &str| Some((code, Some(text.to_owned())));
        let dmarc = "v=DMARC1; p=none; rua=mailto:r@a.example";
        for (code, text) in [
            ("dmarc_version", "v=DMARC 1; p=none; rua=mailto:r@a.example"),
            ("dmarc_version", "v=dmarc1; p=none; rua=mailto:r@a.example"),
            ("dmarc_version_not_first", " v=DMARC1; p=none; rua=mailto:r@a.example"),
            ("dmarc_version_not_first", "p=none; v=DMARC1; rua=mailto:r@a.example"),
            ("dmarc_quote", "\"v=DMARC1; p=none; rua=mailto:r@a.example\""),
            ("dmarc_smart_quote", "“v=DMARC1; p=none; rua=mailto:r@a.example”"),
            ("dmarc_no_version", "p=none; rua=mailto:r@a.example"),
        ] {
            assert_eq!(right(code, dmarc), told("_dmarc.a.example", text), "{text}");
        }
        let no_semicolon = told("_dmarc.a.example", "v=DMARC1 p=reject rua=mailto:r@a.example");
        let meant = "v=DMARC1; p=reject; rua=mailto:r@a.example";
        assert_eq!(right("dmarc_no_semicolon", meant), no_semicolon);
        let spf = "v=spf1 ip4:192.0.2.1 -all";
        assert_eq!(right("spf_version", spf), told("a.example", "v=spf1ip4:192.0.2.1 -all"));
        for text in [" v=spf1 ip4:192.0.2.1 -all", "\"v=spf1 ip4:192.0.2.1 -all\""] {
            assert_eq!(Some(spf), told("a.example", text).unwrap().1.as_deref(), "{text}");
        }
    }

    #[test]
    fn a_record_at_a_name_where_nobody_looks_is_told_with_the_right_name() {
        for (kind, name, right) in [
            ("dmarc", "a.example", "_dmarc.a.example"),
            ("dmarc", "dmarc.a.example", "_dmarc.a.example"),
            ("dmarc", "_dmarc.a.example.a.example", "_dmarc.a.example"),
            ("spf", "_dmarc.a.example", "a.example"),
            ("spf", "a.example.a.example", "a.example"),
        ] {
            let text = if kind == "dmarc" { "v=DMARC1; p=none" } else { "v=spf1 -all" };
            let found = unseen(name, "a.example", text).unwrap();
            assert_eq!("record_name", found.findings[0].code, "{name}");
            assert_eq!(Some(right), found.findings[0].instead.as_deref(), "{name}");
            assert_eq!(vec!["Receivers do not look for it at this name"], found.effect);
        }
    }

    #[test]
    fn what_receivers_see_and_what_is_meant_as_something_else_is_passed_over() {
        for (name, text) in [
            ("_dmarc.a.example", "v=DMARC1; p=none"),
            ("_dmarc.a.example", "v=DMARC1; p=rejct"),
            ("_dmarc.a.example", "some-verification=123"),
            ("a.example", "v=spf1 -all"),
            ("a.example", "v=SPF1 include:b.example ~all"),
            ("a.example", "spf2.0/pra include:b.example -all"),
            ("a.example", "dmarc-verification=0123; key=none"),
            ("a.example", "we-are-a-call-all-company; all welcome"),
            ("a.example", "step=none; mp=reject"),
            ("a.example", "v=DKIM1; k=rsa; p=MIGf"),
            ("a.example", ""),
        ] {
            assert_eq!(None, unseen(name, "a.example", text), "{text}");
        }
    }
}
