//! What stands **in front of** a value on its line: a name, a TTL, a class, a type, the words of
//! `nslookup` and `host`, the labels of a control panel, the keys of a configuration; and lines that
//! say nothing of a record.

use super::labels::{Label, is_label, labelled};

/// What was in front.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Head {
    /// The name, in lower case and without a final dot.
    pub(super) name: Option<String>,
    /// Whether there was anything in front.
    pub(super) is_named: bool,
    /// Whether the type `TXT` was there: escapes are those of zone files.
    pub(super) is_zone: bool,
    /// Whether a class was there too: it can only be a zone file's line.
    pub(super) is_exact: bool,
    /// Whether the cells in front are parted by tabs alone, as those of a panel's row are.
    pub(super) is_row: bool,
    /// Whether a label or a key of a configuration was there, and the value follows its rules.
    pub(super) is_labelled: bool,
    /// Whether the type was SPF (99).
    pub(super) is_type_99: bool,
    /// Whether the type was CNAME: the value is another name.
    pub(super) is_alias: bool,
}

/// What a line says by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing of a record.
    Noise,
    /// The name of what follows.
    Name(String),
    /// A value, or part of one.
    Value,
}

/// Words that may stand before the type.
const FRONT: usize = 8;

/// Words of buttons and cells beside a record.
const CELLS: &[&str] = &[
    "edit", "delete", "remove", "copy", "save", "cancel", "manage", "auto", "proxied", "dns only",
    "txt", "simple", "active", "valid", "verified", "disabled",
];

/// Programs that ask the DNS, as they are called.
const PROGRAMS: &[&str] = &[
    "dig",
    "host",
    "nslookup",
    "kdig",
    "drill",
    "doggo",
    "dog",
    "delv",
    "resolve-dnsname",
    "curl",
];

/// Beginnings of lines that say nothing of a record.
const NOISE: &[&str] = &[
    ";;",
    "; <<",
    "#",
    "//",
    "$ ",
    "```",
    "set ",
    "server:",
    "address:",
    "addresses:",
    "non-authoritative answer",
    "authoritative answers",
    "using domain server",
    "aliases:",
    "keep first ",
    "dns request timed out",
];

/// What a line says by itself.
pub(super) fn read(line: &str) -> Line {
    if is_noise(line) {
        return Line::Noise;
    }
    let line = line.trim().trim_end_matches(',');
    let alone = line.trim_end_matches(':').trim_matches(['"', '\'']);
    if is_service_name(alone) && alone != "@" {
        return Line::Name(name(alone));
    }
    match labelled(line) {
        Some((Label::Name, rest)) => {
            let rest = rest.trim_matches(['"', '\'']);
            if is_name(rest) { Line::Name(name(rest)) } else { Line::Value }
        }
        Some((Label::Other, rest))
            if !rest.contains('=') && rest.split_whitespace().count() <= 3 =>
        {
            Line::Noise
        }
        _ => Line::Value,
    }
}

/// What programs say of a name at which there is nothing, in lower case.
const DENIALS: &[&str] = &[
    "nxdomain",
    "can't find",
    "not found: 3",
    "no answer",
    "dns name does not exist",
    "has no txt record",
    "answer: 0,",
    "\"status\":3",
    "\"status\": 3",
];

/// Whether a program says that there is nothing at a name.
pub(in crate::record) fn is_denial(line: &str) -> bool {
    let line = line.to_lowercase();
    DENIALS.iter().any(|word| line.contains(word))
}

/// Whether a line is what a program or a person says besides.
pub(super) fn is_noise(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    NOISE.iter().any(|word| line.starts_with(word))
        || (line.starts_with(';')
            && (!line.contains('=') || words(&line).any(|(word, _)| word == "in")))
        || line.chars().all(|c| "-=|+:{}[](),~ \t".contains(c))
        || CELLS.contains(&line.as_str())
        || is_label(&line)
        || is_ttl(&line)
        || line.ends_with('{') && !line.contains("v=")
        || (is_denial(&line) && !line.contains("v="))
        || is_header(&line)
        || is_command(&line)
}

/// A line of nothing but the names of columns.
fn is_header(lower: &str) -> bool {
    let mut words = lower.split_whitespace();
    lower.contains(char::is_whitespace) && words.all(is_label)
}

/// A line with which somebody called a program.
fn is_command(lower: &str) -> bool {
    let mut words = lower.split(|c: char| c.is_whitespace() || ">$#%".contains(c)).take(FRONT);
    !lower.contains("v=") && !lower.contains('"') && words.any(|word| PROGRAMS.contains(&word))
}

/// Splits what is in front from the value.
pub(super) fn head(line: &str) -> (Head, &str) {
    let line = line.trim();
    let line = line.strip_prefix("update add ").unwrap_or(line);
    by_alias(line)
        .or_else(|| by_words(line, "text", "="))
        .or_else(|| by_words(line, "descriptive", "text"))
        .or_else(|| by_call(line))
        .or_else(|| by_type(line))
        .or_else(|| by_label(line))
        .or_else(|| by_name(line))
        .unwrap_or((Head::default(), line.trim()))
}

/// The words of a text, each with the place behind it.
fn words(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let begin = text.as_ptr() as usize;
    text.split_whitespace().map(move |word| (word, word.as_ptr() as usize - begin + word.len()))
}

/// `name text = "..."` of nslookup, `name descriptive text "..."` of host.
fn by_words<'a>(line: &'a str, first: &str, second: &str) -> Option<(Head, &'a str)> {
    let front: Vec<_> = words(line).take(4).collect();
    let at = front.windows(2).position(|two| two[0].0 == first && two[1].0 == second)?;
    if at > 1 {
        return None;
    }
    let name = (at == 1).then(|| name(front[0].0));
    let head = Head { name, is_named: true, is_zone: true, ..Head::default() };
    Some((head, line[front[at + 1].1..].trim()))
}

/// `name is an alias for name.` of host, `name canonical name = name` of nslookup.
fn by_alias(line: &str) -> Option<(Head, &str)> {
    let apart = [" is an alias for ", "canonical name = "];
    let (owner, target) = apart.iter().find_map(|words| line.split_once(words))?;
    let owner = owner.trim();
    let head = Head { name: Some(name(owner)), is_named: true, is_alias: true, ..Head::default() };
    (is_name(owner) && is_name(target.trim())).then_some((head, target.trim()))
}

/// `value: ...`, of a panel or a configuration.
fn by_label(line: &str) -> Option<(Head, &str)> {
    let (label, rest) = labelled(line)?;
    let head = Head { is_named: true, is_labelled: true, ..Head::default() };
    (label == Label::Value).then_some((head, rest))
}

/// `TXT("_dmarc", "v=DMARC1; ...")` of a configuration in JavaScript.
fn by_call(line: &str) -> Option<(Head, &str)> {
    let (first, rest) = line.strip_prefix("TXT(")?.split_once(',')?;
    let first = first.trim().trim_matches(['"', '\'', '`']);
    let rest = rest.trim().trim_end_matches([';', ',', ')']);
    let name = is_name(first).then(|| name(first));
    Some((Head { name, is_named: true, is_labelled: true, ..Head::default() }, rest))
}

/// A line of a zone file, or of a panel's or a program's list:
/// `[name] [ttl] [class] TXT [name] [ttl] [class] value`.
fn by_type(line: &str) -> Option<(Head, &str)> {
    let mut head = Head { is_named: true, is_zone: true, ..Head::default() };
    let mut end = None;
    for (at, (word, behind)) in words(line).take(FRONT).enumerate() {
        let plain = plain(word);
        let lower = plain.to_ascii_lowercase();
        if at > 0 && is_type_99(&lower) || matches!(lower.as_str(), "txt" | "type16") {
            head.is_type_99 = is_type_99(&lower);
            end = Some(behind);
            break;
        }
        if lower == "cname" {
            head.is_alias = true;
            end = Some(behind);
            break;
        }
        if plain.is_empty() || is_label(&lower) || is_ttl(&lower) {
            continue;
        }
        if is_class(&lower) {
            head.is_exact = true;
        } else if head.name.is_none() && is_name(plain) && at < 3 {
            head.name = Some(name(plain));
        } else {
            return None;
        }
    }
    let rest = behind_type(line[end?..].trim(), &mut head);
    let front = &line[..line.len() - rest.len()];
    head.is_row = front.contains('\t') && !front.contains(' ');
    let is_target = |rest: &str| {
        rest.split_whitespace().next().is_some_and(|word| word.contains('.') && is_name(word))
    };
    (!head.is_alias || head.name.is_some() && is_target(rest)).then_some((head, rest))
}

/// What is left behind the type, once names, labels, TTL and class are taken away.
fn behind_type<'a>(mut rest: &'a str, head: &mut Head) -> &'a str {
    while let Some((word, behind)) = words(rest).next() {
        let plain = plain(word);
        let lower = plain.to_ascii_lowercase();
        let is_whole = plain.len() > 1 && plain.ends_with('.') && is_name(plain);
        if head.name.is_none() && (is_service_name(plain) || is_whole) {
            head.name = Some(name(plain));
        } else if !(plain.is_empty() || is_label(&lower) || is_ttl(&lower) || is_class(&lower)) {
            break;
        }
        rest = rest[behind..].trim();
    }
    rest
}

/// A word without the signs that separate it from the next.
fn plain(word: &str) -> &str {
    if word == "-" { "" } else { word.trim_end_matches([':', '|', ',']) }
}

fn is_type_99(lower: &str) -> bool {
    matches!(lower, "spf" | "type99")
}

pub(super) fn is_class(lower: &str) -> bool {
    matches!(lower, "in" | "ch" | "hs" | "any")
}

/// The name of a record in front of the bare value: `_dmarc.acme.example v=DMARC1; ...`.
fn by_name(line: &str) -> Option<(Head, &str)> {
    let (word, behind) = words(line).next()?;
    let plain = word.trim_end_matches([':', '|', ',']);
    let rest = line[behind..].trim().trim_start_matches(['=', '-', '>', '|', ':']).trim();
    if !is_service_name(plain) || rest.is_empty() {
        return None;
    }
    let name = Some(name(plain));
    Some((Head { name, is_named: true, ..Head::default() }, rest))
}

/// A name that only such a record has.
pub(super) fn is_service_name(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    is_name(word) && (lower.starts_with("_dmarc") || lower.contains("._domainkey") || word == "@")
}

fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !word.contains(char::is_whitespace)
        && !word.contains(['=', ';', '"', '(', ')', '“', '”', ':', '~'])
}

/// `3600`, `1h`, `1W2D`, `auto`.
pub(super) fn is_ttl(lower: &str) -> bool {
    lower == "auto"
        || (lower.starts_with(|c: char| c.is_ascii_digit())
            && lower.chars().all(|c| c.is_ascii_digit() || "smhdw".contains(c)))
}

/// A name as it is kept.
pub(super) fn name(word: &str) -> String {
    let word = word.to_ascii_lowercase();
    word.strip_suffix('.').filter(|rest| !rest.is_empty()).map_or(word.clone(), str::to_owned)
}
