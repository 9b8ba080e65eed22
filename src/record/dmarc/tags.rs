//! The **tags** of a record, read leniently: where a separator, an `=` or a name is wrong, what was
//! meant is taken, and the mistake told.

mod lists;

use std::ops::Range;

use crate::model::finding::Severity;

use super::super::brief;
use super::super::near::{distance, nearest};
use super::Work;
use super::addresses::is_same;

/// Every tag that means something, or meant something once (RFC 9989 section 4.7, RFC 7489).
pub(super) const KNOWN: &[&str] =
    &["v", "p", "sp", "np", "adkim", "aspf", "fo", "rua", "ruf", "psd", "t", "pct", "rf", "ri"];

/// What people write for a tag, too far from it to be a misspelling.
const ALIASES: &[(&str, &str)] = &[
    ("policy", "p"),
    ("subdomain", "sp"),
    ("percent", "pct"),
    ("percentage", "pct"),
    ("version", "v"),
    ("report", "rua"),
    ("reports", "rua"),
    ("aggregate", "rua"),
    ("forensic", "ruf"),
    ("failure", "ruf"),
    ("failures", "ruf"),
];

/// Length of the longest of them.
const LONGEST: usize = 5;

/// Parts between semicolons that are looked at; a record of so many is none.
const MAX_PARTS: usize = 256;

/// Policies.
pub(super) const POLICIES: &[&str] = &["none", "quarantine", "reject"];

/// One tag.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    /// As it was meant.
    pub(super) name: String,
    /// As it was meant.
    pub(super) value: String,
    /// Where it stands in the mended text.
    pub(super) at: Range<usize>,
    pub(super) name_at: Range<usize>,
    pub(super) value_at: Range<usize>,
    /// Of a list of addresses: its parts, each with its place.
    pub(super) items: Vec<(String, Range<usize>)>,
}

/// Splits the text into tags.
pub(super) fn split(work: &mut Work) {
    let text = work.letters.text.clone();
    let mut from = 0;
    let ends: Vec<usize> = text.match_indices(';').map(|(at, _)| at).collect();
    for (count, to) in ends.iter().copied().chain([text.len()]).enumerate() {
        let part = trimmed(&text, from..to);
        if count >= MAX_PARTS || work.tags.len() >= MAX_PARTS {
            let what = format!("more than {MAX_PARTS} tags: what is behind was not looked at");
            work.add(Severity::Error, "dmarc_many_parts", None, what, None);
            work.hopeless = true;
            break;
        }
        if !part.is_empty() {
            pieces(work, &text, part);
        } else if to < text.len() {
            let begin = from.saturating_sub(1);
            let what = "nothing stands between two semicolons: strict readers reject the record";
            work.mend("dmarc_empty_part", begin..to + 1, what, "one `;`");
        }
        from = to + 1;
    }
}

/// Splits a part at separators that are not there, or wrong.
fn pieces(work: &mut Work, text: &str, part: Range<usize>) {
    let mut from = part.start;
    while let Some((gap, next)) = separator(text, from..part.end) {
        let what = text[gap.clone()].trim();
        if what.is_empty() {
            let (before, after) = (gap.start, (next + 1).min(part.end));
            let at = if gap.is_empty() { before..after } else { gap.clone() };
            let what = "a `;` is missing between two tags: all of it is one value to receivers";
            work.mend("dmarc_no_semicolon", at, what, "; ");
        } else {
            let what = format!("`{what}` does not end a tag: what follows belongs to its value");
            work.mend("dmarc_semicolon", gap.clone(), what, ";");
        }
        piece(work, text, trimmed(text, from..gap.start));
        from = next;
    }
    piece(work, text, trimmed(text, from..part.end));
}

/// The first place where another tag begins inside a value, and what separates it. Looks at each `=`
/// but the first, and at the name in front of it: a long value costs no more than its length.
fn separator(text: &str, within: Range<usize>) -> Option<(Range<usize>, usize)> {
    let part = &text[within.clone()];
    let mut equals = part.match_indices('=').map(|(at, _)| at);
    let first = equals.next()?;
    equals.find_map(|at| {
        let named = part[..at].trim_end_matches([' ', '\t']);
        // the longest first: `sp` is not `p` behind an `s`
        let begin = (1..=LONGEST)
            .rev()
            .filter_map(|length| named.len().checked_sub(length))
            .filter(|begin| *begin > first)
            .find(|begin| {
                named.get(*begin..).is_some_and(is_known) && parts(part, first, *begin)
            })?;
        let before = part[..begin].trim_end_matches([' ', '\t']);
        let is_mark = before.ends_with([',', '.', ':', '|', '&', '/', '+']);
        let gap = before.len() - usize::from(is_mark);
        let (from, to) = (within.start + gap, within.start + begin);
        (gap > first).then_some((from..to, to))
    })
}

/// Whether a tag can begin here inside a value: behind a comma, a blank, or a value that is whole.
fn parts(part: &str, equals: usize, begin: usize) -> bool {
    let before = part[..begin].trim_end_matches([' ', '\t']);
    if before.ends_with('=') {
        return false;
    }
    let value = before[equals + 1..].trim_start_matches([' ', '\t']);
    let is_whole = |word: &&str| word.eq_ignore_ascii_case(value);
    before.len() < begin
        || before.ends_with(',')
        || POLICIES.iter().chain(&["DMARC1"]).any(is_whole)
}

fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Reads one tag.
fn piece(work: &mut Work, text: &str, at: Range<usize>) {
    let part = &text[at.clone()];
    if part.is_empty() {
        return;
    }
    let Some(equals) = part.find('=') else { return bare(work, text, at) };
    let doubled = part[equals..].len() - part[equals..].trim_start_matches(['=', ' ']).len();
    let name_at = trimmed(text, at.start..at.start + equals);
    let value_at = trimmed(text, at.start + equals + 1..at.end);
    if lists::swapped(work, text, &at, equals) {
        return;
    }
    if name_at.is_empty() {
        let what = "nothing stands in front of `=`";
        let rest = trimmed(text, at.start + equals + doubled..at.end);
        if !text[rest.clone()].contains('=') {
            return drop_part(work, at, "dmarc_equals", what);
        }
        work.mend("dmarc_equals", at.start..rest.start, what, "leave it out");
        return piece(work, text, rest);
    }
    let signs = part[equals..equals + doubled].matches('=').count();
    let value_at = if signs > 1 {
        let signs_at = at.start + equals..at.start + equals + doubled;
        work.mend("dmarc_equals", trimmed(text, signs_at), "one `=` is too many", "=");
        trimmed(text, at.start + equals + doubled..at.end)
    } else {
        value_at
    };
    push(work, text, at, name_at, value_at);
}

/// Takes a part out that means nothing.
fn drop_part(work: &mut Work, at: Range<usize>, code: &'static str, what: &str) {
    if work.letters.text[at.clone()].contains('@') {
        // an address that nobody gets reports at is lost, and that is no mending
        work.hopeless = true;
        let instead = Some("rua=mailto:ADDRESS, or ruf=mailto:ADDRESS".to_owned());
        return work.add(Severity::Error, code, at, what, instead);
    }
    work.mend(code, at, what, "leave it out");
}

fn push(
    work: &mut Work,
    text: &str,
    at: Range<usize>,
    name_at: Range<usize>,
    value_at: Range<usize>,
) {
    work.tags.push(Tag {
        name: text[name_at.clone()].to_owned(),
        value: text[value_at.clone()].to_owned(),
        items: vec![(text[value_at.clone()].to_owned(), value_at.clone())],
        at,
        name_at,
        value_at,
    });
}

/// Reads a part without `=`.
fn bare(work: &mut Work, text: &str, at: Range<usize>) {
    let part = &text[at.clone()];
    let end = part.find([':', ' ', '\t', '-', '>']).unwrap_or(part.len());
    let name = &part[..end];
    let name = alias(&name.to_ascii_lowercase()).unwrap_or(name);
    let rest = trimmed(text, at.start + (end + 1).min(part.len())..at.end);
    if is_known(name) && !rest.is_empty() {
        let sign = part[end..].chars().next().unwrap_or(' ');
        let what = format!(
            "`{}` stands where `=` must",
            if sign == ' ' { "a blank" } else { &part[end..=end] }
        );
        let what = what.replace("`a blank`", "a blank");
        let instead = format!("{name}={}", &text[rest.clone()]);
        work.mend("dmarc_no_equals", at.clone(), what, instead);
        let name_at = at.start..at.start + end;
        push(work, text, at, name_at, rest);
        if let Some(tag) = work.tags.last_mut() {
            name.clone_into(&mut tag.name);
        }
        return;
    }
    if lists::bare(work, text, &at) {
        return;
    }
    let word = part.to_ascii_lowercase();
    let has_policy = super::reading::has_tag(text, "p");
    let meant = if work.tags.is_empty() && distance(&word, "dmarc1") <= 1 {
        Some("v")
    } else if POLICIES.contains(&word.as_str()) && !has_policy {
        Some("p")
    } else {
        None
    };
    match meant {
        Some(name) => {
            let instead = format!("{name}={part}");
            let what = format!("`{}` is a value without its tag", brief(part));
            work.mend("dmarc_no_equals", at.clone(), what, instead);
            push(work, text, at.clone(), at.clone(), at);
            if let Some(tag) = work.tags.last_mut() {
                name.clone_into(&mut tag.name);
            }
        }
        None => dropped(work, text, at, has_policy),
    }
}

/// Takes a part without `=` out; not where it may be the rest of an address, or the policy.
fn dropped(work: &mut Work, text: &str, at: Range<usize>, has_policy: bool) {
    let part = &text[at.clone()];
    let word = part.to_ascii_lowercase();
    if !has_policy && POLICIES.iter().any(|policy| word.contains(policy)) {
        work.hopeless = true;
        let what = format!("`{}` has no `=`, and may be the policy", brief(part));
        let instead = Some("p=none, p=quarantine or p=reject".to_owned());
        return work.add(Severity::Error, "dmarc_no_equals", at, what, instead);
    }
    if lists::is_cut_off(work, part) {
        work.hopeless = true;
        let what =
            format!("`{}` has no `=`: it may be the rest of the address before it", brief(part));
        return work.add(Severity::Error, "dmarc_no_equals", at, what, None);
    }
    let what = format!("`{}` has no `=`: strict readers reject the record", brief(part));
    drop_part(work, at, "dmarc_no_equals", &what);
}

/// Finds out which tag each name was meant as.
pub(super) fn name(work: &mut Work) {
    for at in 0..work.tags.len() {
        let tag = work.tags[at].clone();
        let lower = tag.name.to_ascii_lowercase();
        // an address in front of an `=` would be lost
        work.hopeless |= lower.contains('@');
        if KNOWN.contains(&lower.as_str()) {
            if lower != tag.name {
                work.mended = true;
                let what =
                    format!("`{}` in capitals: readers of the older rules miss it", tag.name);
                let instead = Some(lower.clone());
                work.add(Severity::Warning, "dmarc_tag_case", tag.name_at, what, instead);
                work.tags[at].name = lower;
            }
        } else if let Some(meant) = misspelt(work, &tag, &lower) {
            let is_likely = is_address(&tag) && meant == "rua" && !is_alias(&lower);
            let likely = if is_likely { "; rua is the likely one for an address" } else { "" };
            let what = format!("`{}` is no tag: receivers pass over it{likely}", brief(&tag.name));
            work.mend("dmarc_misspelt_tag", tag.name_at, what, meant);
            meant.clone_into(&mut work.tags[at].name);
        } else if lower.is_empty()
            || !lower.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        {
            let what = format!("`{}` is no name of a tag", brief(&tag.name));
            let place = if tag.value.contains('@') { tag.at } else { tag.name_at };
            drop_part(work, place, "dmarc_equals", &what);
            work.tags[at].name.clear();
        } else {
            let what = format!("`{}` is no tag of DMARC: receivers pass over it", brief(&tag.name));
            work.add(Severity::Warning, "dmarc_unknown_tag", tag.name_at, what, None);
        }
    }
    work.tags.retain(|tag| !tag.name.is_empty());
}

/// The tag that a name was meant as: near it, not there already, and with a value that fits.
fn misspelt(work: &Work, tag: &Tag, lower: &str) -> Option<&'static str> {
    let value = tag.value.to_ascii_lowercase();
    let is_free = |name: &str| !work.tags.iter().any(|tag| tag.name.eq_ignore_ascii_case(name));
    let alias = alias(lower);
    let long: Vec<&str> = KNOWN.iter().copied().filter(|name| name.len() > 2).collect();
    let near = nearest(lower, &long, 1).filter(|_| lower.len() > 2);
    let by_value = || (is_address(tag) && is_free("rua")).then_some("rua");
    // a policy under a name that is none: were it left, p=none would be put beside it
    let by_policy = || (POLICIES.contains(&value.as_str()) && is_free("p")).then_some("p");
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let signs = KNOWN.iter().copied().find(|known| *known == plain);
    // of lists there may be two: they become one
    let fits = |name: &&str| is_free(name) || (matches!(*name, "rua" | "ruf") && is_address(tag));
    let found = [signs, alias, near].into_iter().flatten().find(fits);
    let meant = found.or_else(by_value).or_else(by_policy)?;
    KNOWN.iter().copied().find(|known| *known == meant)
}

/// Whether the value of a tag is an address and nothing else.
fn is_address(tag: &Tag) -> bool {
    let value = tag.value.to_ascii_lowercase();
    value.starts_with("mailto:") || (value.contains('@') && !value.contains([' ', '\t']))
}

/// The tag that a word stands for, in lower case.
fn alias(lower: &str) -> Option<&'static str> {
    ALIASES.iter().find(|(word, _)| *word == lower).map(|(_, name)| *name)
}

/// Whether a name is near one that is known, or stands for it.
fn is_alias(lower: &str) -> bool {
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    alias(lower).is_some() || distance(&plain, "rua") <= 1
}

/// Tells tags that stand twice, and makes one of each.
pub(super) fn merge(work: &mut Work) {
    let mut kept: Vec<Tag> = Vec::new();
    for tag in std::mem::take(&mut work.tags) {
        let Some(first) = kept.iter_mut().find(|first| first.name == tag.name) else {
            kept.push(tag);
            continue;
        };
        let is_list = matches!(tag.name.as_str(), "rua" | "ruf");
        let has = |uri: &str| first.value.split(',').any(|own| is_same(own.trim(), uri.trim()));
        let same = first.value.eq_ignore_ascii_case(&tag.value)
            || (is_list && tag.value.split(',').all(has));
        let instead = if same {
            Some("leave it out".to_owned())
        } else if is_list {
            let new: Vec<&str> = tag.value.split(',').filter(|uri| !has(uri)).collect();
            let value = format!("{},{}", first.value, new.join(","));
            first.items.extend(tag.items.iter().cloned());
            first.value = value;
            Some(format!("{}={}", tag.name, first.value))
        } else {
            work.hopeless = true;
            None
        };
        work.mended = true;
        let what = format!(
            "`{}` stands twice: which of the two counts, or whether either does, is up to the receiver",
            brief(&tag.name)
        );
        work.add(Severity::Error, "dmarc_duplicate_tag", tag.at, what, instead);
    }
    work.tags = kept;
}

/// The range without blanks at its ends.
pub(super) fn trimmed(text: &str, at: Range<usize>) -> Range<usize> {
    let blank = [' ', '\t'];
    let at = at.start.min(at.end)..at.end;
    let piece = &text[at.clone()];
    let from = at.start + (piece.len() - piece.trim_start_matches(blank).len());
    let length = piece.trim_matches(blank).len();
    from..from + length
}
