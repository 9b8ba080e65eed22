//! What stands **in front of** a value on its line: a name, a TTL, a class, a type, the words of
//! `nslookup` and `host`, the labels of a control panel.

/// What was in front.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Head {
    /// The name, in lower case and without a final dot.
    pub(super) name: Option<String>,
    /// Whether there was anything in front.
    pub(super) is_named: bool,
    /// Whether the type `TXT` was there: escapes are those of zone files.
    pub(super) is_zone: bool,
    /// Whether a TTL or a class was there too: it can only be a zone file's line.
    pub(super) is_exact: bool,
}

/// Words that may stand before the type.
const FRONT: usize = 8;

/// Labels of control panels.
const LABELS: &[&str] =
    &["name", "type", "host", "hostname", "value", "record", "ttl", "content", "data", "txt-value"];

/// Beginnings of lines that say nothing of a record.
const NOISE: &[&str] = &[
    ";;",
    "; <<",
    "#",
    "//",
    "$ ",
    "> ",
    "server:",
    "address:",
    "addresses:",
    "non-authoritative answer",
    "authoritative answers",
    "using domain server",
    "aliases:",
    "dns request timed out",
];

/// Whether a line is what a program or a person says besides.
pub(super) fn is_noise(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    NOISE.iter().any(|word| line.starts_with(word))
        || line.contains(" is an alias for ")
        || line.contains(" canonical name = ")
        || (line.starts_with(';') && line.split_whitespace().any(|word| word == "in"))
}

/// Splits what is in front from the value.
pub(super) fn head(line: &str) -> (Head, &str) {
    by_words(line, "text", "=")
        .or_else(|| by_words(line, "descriptive", "text"))
        .or_else(|| by_type(line))
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
    let head = Head { name, is_named: true, is_zone: true, is_exact: false };
    Some((head, line[front[at + 1].1..].trim()))
}

/// A line of a zone file, or of a panel's list: `[name] [ttl] [class] TXT [name] value`.
fn by_type(line: &str) -> Option<(Head, &str)> {
    let mut head = Head { is_named: true, is_zone: true, ..Head::default() };
    let mut end = None;
    for (at, (word, behind)) in words(line).take(FRONT).enumerate() {
        let plain = word.trim_end_matches([':', '|', ',']);
        let lower = plain.to_ascii_lowercase();
        if lower == "txt" {
            end = Some(behind);
            break;
        }
        if LABELS.contains(&lower.as_str()) || plain.is_empty() {
            continue;
        }
        if matches!(lower.as_str(), "in" | "ch" | "hs" | "any") || is_ttl(&lower) {
            head.is_exact = true;
        } else if head.name.is_none() && is_name(plain) && at < 3 {
            head.name = Some(name(plain));
        } else {
            return None;
        }
    }
    let mut rest = line[end?..].trim();
    while let Some((word, behind)) = words(rest).next() {
        let plain = word.trim_end_matches([':', '|', ',']);
        let is_label = LABELS.contains(&plain.to_ascii_lowercase().as_str()) || plain.is_empty();
        if head.name.is_none() && is_service_name(plain) {
            head.name = Some(name(plain));
        } else if !is_label {
            break;
        }
        rest = rest[behind..].trim();
    }
    Some((head, rest))
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
    Some((Head { name, is_named: true, is_zone: false, is_exact: false }, rest))
}

/// A name that only such a record has.
fn is_service_name(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    is_name(word) && (lower.starts_with("_dmarc") || lower.contains("._domainkey") || word == "@")
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && !word.contains(['=', ';', '"', '(', ')', '“', '”', ':', '~'])
}

/// `3600`, `1h`, `1W2D`, `auto`.
fn is_ttl(lower: &str) -> bool {
    lower == "auto"
        || (lower.starts_with(|c: char| c.is_ascii_digit())
            && lower.chars().all(|c| c.is_ascii_digit() || "smhdw".contains(c)))
}

/// A name as it is kept.
fn name(word: &str) -> String {
    let word = word.to_ascii_lowercase();
    word.strip_suffix('.').filter(|rest| !rest.is_empty()).map_or(word.clone(), str::to_owned)
}
