//! The **labels** of control panels, configurations and programs: `Name`, `Value:`, `"data": `.
//!
//! In: a line. Out: what stands behind a label, and of which kind the label is.

use super::begins_record;
use super::line::{is_class, is_service_name, is_ttl};

/// Labels of control panels in front of a name.
const NAMES: &[&str] =
    &["name", "host", "hostname", "host name", "record name", "fqdn", "dns name", "subdomain"];

/// Labels of control panels, keys of configurations and columns of programs in front of a value.
const VALUES: &[&str] = &[
    "value",
    "values",
    "content",
    "data",
    "text",
    "strings",
    "rdata",
    "rrdatas",
    "records",
    "record",
    "record value",
    "txt value",
    "txt-value",
    "text value",
    "txt data",
    "answer",
    "target",
    "points to",
    "destination",
    "address",
];

/// Labels that say nothing of the value.
const OTHERS: &[&str] = &[
    "type",
    "ttl",
    "class",
    "section",
    "record type",
    "priority",
    "comment",
    "zone",
    "zone_id",
    "datalength",
    "character count",
    "credibility",
    "routing policy",
    "zone_name",
    "managed_zone",
    "nameserver",
    "proxied",
    "proxy status",
    "domain",
    "id",
    "status",
    "action",
    "actions",
];

/// Whether a word, in lower case, is a label.
pub(super) fn is_label(lower: &str) -> bool {
    label(lower).is_some()
}

/// What stands behind a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Name,
    Value,
    Other,
}

fn label(lower: &str) -> Option<Label> {
    [(NAMES, Label::Name), (VALUES, Label::Value), (OTHERS, Label::Other)]
        .into_iter()
        .find_map(|(words, label)| words.contains(&lower).then_some(label))
}

/// What is behind a label, by what kind of label.
pub(super) fn labelled(line: &str) -> Option<(Label, &str)> {
    by_sign(line).or_else(|| by_gap(line))
}

/// `Record     v=DMARC1; ...`, `Name<TAB>_dmarc`: a label and what stands in its column. After a single
/// blank only what can be nothing else is one: `text mx` may be prose.
fn by_gap(line: &str) -> Option<(Label, &str)> {
    let wide = line.find('\t').into_iter().chain(line.find("  ")).min();
    if let Some(found) = wide.and_then(|at| key(line, at)) {
        return Some(found);
    }
    let (kind, rest) = line.match_indices(' ').take(2).find_map(|(at, _)| key(line, at))?;
    let lower = rest.to_ascii_lowercase();
    let fits = match kind {
        Label::Name => is_service_name(rest),
        Label::Value => begins_record(rest.trim_start_matches('"')),
        Label::Other => lower == "txt" || is_ttl(&lower) || is_class(&lower),
    };
    fits.then_some((kind, rest))
}

/// A label that ends at a place, and what is behind.
fn key(line: &str, end: usize) -> Option<(Label, &str)> {
    let (key, rest) = line.split_at(end);
    let rest = rest.trim();
    Some((label(&key.to_lowercase())?, rest)).filter(|_| !rest.is_empty())
}

/// `Value: ...`, `"data":...`, `records = ...`.
fn by_sign(line: &str) -> Option<(Label, &str)> {
    let (key, rest) = line.split_once([':', '='])?;
    let key =
        key.trim().trim_start_matches(['{', '[', ' ']).trim_matches(['"', '\'']).to_lowercase();
    Some((label(&key)?, rest.trim_start_matches(['>', '=']).trim()))
}
