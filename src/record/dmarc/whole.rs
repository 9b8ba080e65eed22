//! What the tags of a record say **together**.

use crate::model::finding::Severity::{self, Error, Hint, Warning};

use super::Work;
use super::reading::{NoRecord, Policy, Reading};
use super::tags::{POLICIES, Tag};

/// Checks all that one tag alone cannot tell. `reading` is what receivers make of the record as it is.
pub(super) fn check(work: &mut Work, reading: &Result<Reading, NoRecord>) {
    policy_there(work, reading);
    policy_second(work);
    reports(work);
    subdomains(work);
    testing(work);
    suffix(work);
    enforced(work);
}

/// A policy that is missing.
fn policy_there(work: &mut Work, reading: &Result<Reading, NoRecord>) {
    let told = work
        .found
        .iter()
        .any(|finding| finding.code == "dmarc_empty_value" && finding.what.starts_with("`p`"));
    if work.tag("p").is_some() || told {
        return;
    }
    let has_address = reading.as_ref().is_ok_and(|reading| !reading.rua.is_empty());
    let (severity, what) = if has_address {
        (
            Warning,
            "p is missing: receivers act as if it were none, those of the older rules as if \
                   there were no record",
        )
    } else {
        (Error, "p is missing, and no valid rua is there: receivers act as if there were no record")
    };
    work.mended = true;
    work.add(severity, "dmarc_no_policy", None, what, Some("p=none".to_owned()));
    let tag = Tag {
        name: "p".to_owned(),
        value: "none".to_owned(),
        at: 0..0,
        name_at: 0..0,
        value_at: 0..0,
        items: Vec::new(),
    };
    work.tags.insert(1.min(work.tags.len()), tag);
}

/// A policy that older readers do not find.
fn policy_second(work: &mut Work) {
    let at = work.tags.iter().position(|tag| tag.name == "p");
    let Some(at) = at.filter(|at| *at > 1) else { return };
    let place = work.tags[at].at.clone();
    let what =
        "p is not the second tag: receivers of the older rules want it right behind v=DMARC1";
    work.mended = true;
    let instead = Some("put it behind v=DMARC1".to_owned());
    work.add(Warning, "dmarc_policy_not_second", place, what, instead);
}

/// Reports that nobody gets, or that nobody asked for.
fn reports(work: &mut Work) {
    // a misspelt address is told where it stands
    let has_rua =
        work.tag("rua").is_some() || work.found.iter().any(|finding| finding.code == "dmarc_uri");
    if !has_rua {
        let what = "no rua: nobody tells you who sends as this domain, and what an enforced policy would stop";
        let instead = Some("rua=mailto:ADDRESS".to_owned());
        work.add(Warning, "dmarc_no_rua", None, what, instead);
    }
    let fo = work.tag("fo").map(|tag| tag.at.clone());
    if let (Some(at), None) = (fo, work.tag("ruf")) {
        let what = "fo says when failure reports are sent, and without ruf there are none";
        let instead = Some("leave it out".to_owned());
        work.add(Warning, "dmarc_fo_alone", at, what, instead);
        work.mended = true;
        work.tags.retain(|tag| tag.name != "fo");
    }
}

/// How strong a policy is.
fn strength(word: &str) -> Option<usize> {
    POLICIES.iter().position(|policy| *policy == word)
}

/// What holds for subdomains beside what holds for the domain.
fn subdomains(work: &mut Work) {
    let p = work.value("p").and_then(|word| strength(&word));
    let Some(p) = p else { return };
    for name in ["sp", "np"] {
        let above = match name {
            "np" => work.value("sp").and_then(|word| strength(&word)).unwrap_or(p),
            _ => p,
        };
        let Some(tag) = work.tag(name).cloned() else { continue };
        let Some(own) = strength(&tag.value.to_ascii_lowercase()) else { continue };
        let of = if name == "sp" { "subdomains" } else { "names that do not exist" };
        if own < p || own < above {
            let than = if own < p { "p" } else { "sp" };
            let what = format!(
                "{name} is weaker than {than}: whoever forges the domain takes one of its {of}"
            );
            let stronger = POLICIES[p.max(above)];
            let instead = Some(format!("{name}={stronger}, or leave it out"));
            work.add(Warning, "dmarc_weaker", tag.at, what, instead);
        } else if own == above {
            let what = format!(
                "{name} repeats what holds for {of} anyway; if p is raised one day, it must be \
                 raised as well"
            );
            let instead = Some("it may be left out".to_owned());
            work.add(Hint, "dmarc_same", tag.at, what, instead);
        }
    }
}

/// The test flag.
fn testing(work: &mut Work) {
    if work.value("t").as_deref() != Some("y") {
        return;
    }
    let Some(tag) = work.tag("t").cloned() else { return };
    let words: Vec<String> = ["p", "sp", "np"].iter().filter_map(|name| work.value(name)).collect();
    let strongest = words.iter().filter_map(|word| strength(word)).max().unwrap_or(0);
    let (severity, code, what) = match strongest {
        0 => (Warning, "dmarc_test_idle", "t=y means nothing where every policy is none"),
        1 => (
            Hint,
            "dmarc_test_on",
            "t=y is a test that receivers of the older rules do not know: they quarantine",
        ),
        _ => (
            Warning,
            "dmarc_test_on",
            "t=y is a test that receivers of the older rules do not know: they reject",
        ),
    };
    let instead = Some("leave it out when the test is over".to_owned());
    work.add(severity, code, tag.at, what, instead);
}

/// What only operators of public suffixes use.
fn suffix(work: &mut Work) {
    if work.value("psd").as_deref() != Some("y") {
        return;
    }
    if let Some(tag) = work.tag("psd").cloned() {
        let what = "psd=y is for operators of public suffixes (like co.uk): with it the domain is not \
                    its own organisation, but the one of each name right below it is";
        let instead = Some("leave it out, unless you run one".to_owned());
        work.add(Hint, "dmarc_psd", tag.at, what, instead);
    }
    if let Some(tag) = work.tag("ruf").cloned() {
        let what = "ruf beside psd=y: receivers send no failure reports to the operator of a public \
                    suffix (RFC 9991 section 2)";
        work.mend("dmarc_ruf_psd", tag.at, what, "leave ruf out");
        work.tags.retain(|tag| !["ruf", "fo"].contains(&tag.name.as_str()));
    }
}

/// What to think of before mail is refused.
fn enforced(work: &mut Work) {
    let Some(tag) = work.tag("p").filter(|tag| tag.value.eq_ignore_ascii_case("reject")) else {
        return;
    };
    if work.value("t").as_deref() == Some("y") {
        return; // that it is refused already by some is told with the test
    }
    let at = tag.at.clone();
    let what = "p=reject: every own sender must sign with DKIM, since forwarding breaks SPF; and mail \
                to mailing lists may be refused (RFC 9989 section 7.4)";
    let severity: Severity = Hint;
    if !at.is_empty() {
        work.add(severity, "dmarc_reject", at, what, None);
    }
}

impl Policy {
    /// Whether nothing is said.
    pub(super) fn is_missing(self) -> bool {
        self == Self::Missing
    }
}
