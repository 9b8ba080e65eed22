//! The **version**: `v=DMARC1` at the very beginning, or there is no record (RFC 9989 section 4.7).

use crate::model::finding::Severity;

use super::super::near::distance;
use super::Work;
use super::tags::Tag;

/// What it must be.
const RIGHT: &str = "DMARC1";

/// Tags that stand in records of DMARC alone.
const DMARC_ALONE: &[&str] =
    &["sp", "np", "rua", "ruf", "adkim", "aspf", "fo", "psd", "pct", "rf", "ri"];

/// Bytes of another record that are repeated whole.
const LONGEST: usize = 450;

/// What is told with every fault of it.
const IGNORED: &str = "receivers take this for no DMARC record at all";

/// Checks the version, and splits off what is a second record.
pub(super) fn check(work: &mut Work) {
    second_record(work);
    let is_version =
        |name: &str| name.eq_ignore_ascii_case("v") || name.eq_ignore_ascii_case("version");
    let Some(at) = work.tags.iter().position(|tag| is_version(&tag.name)) else {
        if !misnamed(work) {
            missing(work);
        }
        return;
    };
    let tag = work.tags[at].clone();
    if at > 0 {
        let what = format!("v=DMARC1 must be the first tag: {IGNORED}");
        work.mend("dmarc_version_not_first", tag.at.clone(), what, "put it at the beginning");
    }
    if tag.value != RIGHT {
        value(work, at);
    } else if at == 0 {
        beginning(work);
    }
}

/// `DMARC1` behind another name than `v`; whether it was so.
fn misnamed(work: &mut Work) -> bool {
    let Some(tag) = work.tags.first().filter(|tag| tag.value.eq_ignore_ascii_case(RIGHT)).cloned()
    else {
        return false;
    };
    let what = format!("`{}` is not `v`: {IGNORED}", tag.name);
    work.mend("dmarc_no_version", tag.name_at, what, "v");
    "v".clone_into(&mut work.tags[0].name);
    RIGHT.clone_into(&mut work.tags[0].value);
    true
}

fn missing(work: &mut Work) {
    let what = format!("it does not begin with v=DMARC1: {IGNORED}");
    let end = work.tags.first().map_or(0, |tag| tag.name_at.end);
    let begin = work.tags.first().map_or(0, |tag| tag.name_at.start);
    work.mend("dmarc_no_version", begin..end, what, "v=DMARC1; in front");
    let tag = Tag {
        name: "v".to_owned(),
        value: RIGHT.to_owned(),
        at: 0..0,
        name_at: 0..0,
        value_at: 0..0,
        items: Vec::new(),
    };
    work.tags.insert(0, tag);
}

fn value(work: &mut Work, at: usize) {
    let tag = work.tags[at].clone();
    let plain: String = tag.value.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    if plain.is_empty() || distance(&plain, "dmarc1") > 2 {
        work.hopeless = true;
        let what = format!("the version is `{}`, not DMARC1: {IGNORED}", tag.value);
        return work.add(
            Severity::Error,
            "dmarc_version",
            tag.at,
            what,
            Some("v=DMARC1".to_owned()),
        );
    }
    let why = if tag.value.eq_ignore_ascii_case(RIGHT) { " (capitals matter here)" } else { "" };
    let what = format!("the version is `{}`, not DMARC1{why}: {IGNORED}", tag.value);
    work.mend("dmarc_version", tag.at, what, "v=DMARC1");
    RIGHT.clone_into(&mut work.tags[at].value);
}

/// A version that is right, but does not look as most readers expect it.
fn beginning(work: &mut Work) {
    let text = work.letters.text.clone();
    let begin = text.len() - text.trim_start_matches([' ', '\t', ';']).len();
    if begin > 0 {
        let what = format!("a record begins with its version, not with a blank: {IGNORED}");
        if text[..begin].contains(';') {
            return; // told as an empty part
        }
        return work.mend("dmarc_version_not_first", 0..begin, what, "leave it out");
    }
    let has_equals = text[work.tags[0].at.clone()].contains('=');
    if has_equals && !text.get(..8).is_some_and(|first| first.eq_ignore_ascii_case("v=dmarc1")) {
        work.mended = true;
        let tag = work.tags[0].clone();
        let what =
            "blanks beside the `=` of the version: many readers look for v=DMARC1 to the letter";
        let instead = Some("v=DMARC1".to_owned());
        work.add(Severity::Warning, "dmarc_version_blanks", tag.at, what, instead);
    }
}

/// A second version inside the value: two records were pasted into one.
fn second_record(work: &mut Work) {
    let versions: Vec<usize> =
        (0..work.tags.len()).filter(|at| work.tags[*at].name.eq_ignore_ascii_case("v")).collect();
    for at in versions.into_iter().skip(1).rev() {
        let tag = work.tags[at].clone();
        let end = work.tags.last().map_or(tag.at.end, |last| last.at.end);
        let value = tag.value.to_ascii_lowercase();
        let (what, instead) = if value.starts_with("dmarc") {
            work.tags.remove(at);
            let what = "a second record begins inside this one".to_owned();
            (what, "one record, with one `v=DMARC1`".to_owned())
        } else {
            let told = of_another_kind(&value, &work.letters.text[tag.at.start..end]);
            // what no other record has may belong to the one before
            let own =
                |tag: &Tag| DMARC_ALONE.iter().any(|name| tag.name.eq_ignore_ascii_case(name));
            if work.tags[at..].iter().any(own) {
                work.hopeless = true;
                work.tags.remove(at);
            } else {
                work.tags.truncate(at);
            }
            told
        };
        work.mend("dmarc_two_records", tag.at.start..end, what, instead);
    }
}

/// What is said of a record of another kind, and where it belongs.
fn of_another_kind(value: &str, text: &str) -> (String, String) {
    let (kind, place) = match value {
        _ if value.starts_with("spf") => ("an SPF", "the domain itself"),
        _ if value.starts_with("dkim") => ("a DKIM", "SELECTOR._domainkey"),
        _ => {
            return (
                "another record begins inside this one".into(),
                "a TXT record of its own".into(),
            );
        }
    };
    let what = format!("{kind} record begins inside this one; its place is {place}, not _dmarc");
    let own = text.trim_end_matches([' ', '\t', ';']);
    let is_short = own.len() <= LONGEST;
    let own = if is_short { format!(": {own}") } else { String::new() };
    (what, format!("a TXT record of its own at {place}{own}"))
}
