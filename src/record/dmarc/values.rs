//! The **values** of single tags: policies, alignment, `fo`, and what is historic.

use crate::model::finding::Severity;

use super::super::brief;
use super::super::near::nearest;
use super::Work;
use super::tags::{POLICIES, Tag};

/// What people write for a policy, too far from it to be a misspelling.
const POLICY_ALIASES: &[(&str, &str)] = &[
    ("monitor", "none"),
    ("monitoring", "none"),
    ("off", "none"),
    ("no", "none"),
    ("allow", "none"),
    ("quar", "quarantine"),
    ("spam", "quarantine"),
    ("junk", "quarantine"),
    ("block", "reject"),
    ("deny", "reject"),
    ("discard", "reject"),
    ("drop", "reject"),
];

/// What people write for a letter.
const LETTER_ALIASES: &[(&str, &str)] = &[
    ("relaxed", "r"),
    ("relax", "r"),
    ("strict", "s"),
    ("yes", "y"),
    ("true", "y"),
    ("on", "y"),
    ("no", "n"),
    ("false", "n"),
    ("off", "n"),
    ("unknown", "u"),
];

/// Checks the value of every tag but lists of addresses.
pub(super) fn check(work: &mut Work) {
    empty(work);
    for at in 0..work.tags.len() {
        let tag = work.tags[at].clone();
        let mended = match tag.name.as_str() {
            "p" | "sp" | "np" => policy(work, &tag),
            "adkim" | "aspf" => letter(work, &tag, &["r", "s"], "r"),
            "psd" => letter(work, &tag, &["y", "n", "u"], "u"),
            "t" => letter(work, &tag, &["y", "n"], "n"),
            "fo" => failure_options(work, &tag),
            "pct" | "rf" | "ri" => historic(work, &tag),
            _ => None,
        };
        // an address in it would be lost
        work.hopeless |= mended.is_some() && tag.value.contains('@');
        if let Some(mended) = mended {
            work.tags[at].value = mended;
        }
    }
    work.tags.retain(|tag| !tag.value.is_empty());
}

/// Takes tags without a value out.
fn empty(work: &mut Work) {
    let (empty, rest): (Vec<Tag>, Vec<Tag>) = std::mem::take(&mut work.tags)
        .into_iter()
        .partition(|tag| tag.value.trim_matches([',', ' ', '\t']).is_empty());
    work.tags = rest;
    for tag in empty {
        let what = format!("`{}` has no value", brief(&tag.name));
        // an empty p is a policy that nobody can guess
        let instead = if tag.name == "p" {
            work.hopeless = true;
            "p=none, p=quarantine or p=reject"
        } else {
            "leave it out, or give it a value"
        };
        work.mend("dmarc_empty_value", tag.at, what, instead);
    }
}

/// Checks a policy word; the mended one.
fn policy(work: &mut Work, tag: &Tag) -> Option<String> {
    let lower = tag.value.to_ascii_lowercase();
    if POLICIES.contains(&lower.as_str()) {
        return None;
    }
    let alias = POLICY_ALIASES.iter().find(|(word, _)| *word == lower).map(|(_, word)| *word);
    let begun = POLICIES.iter().copied().find(|word| lower.len() > 3 && lower.starts_with(word));
    // of two words one would be a guess
    let is_one = POLICIES.iter().filter(|word| lower.contains(**word)).count() < 2;
    let meant = alias.or_else(|| nearest(&lower, POLICIES, (lower.len() / 3).min(2)));
    let meant = meant.or(begun).filter(|_| is_one);
    let (code, what) = if tag.name == "p" {
        let what = format!(
            "`{}` is no policy: receivers act as if it were none, or, without a valid rua, as if \
             there were no record",
            brief(&tag.value)
        );
        ("dmarc_policy", what)
    } else {
        let what = format!(
            "`{}` is no policy, and one bad word spoils the whole record: receivers act as if all \
             of it said p=none, or, without a valid rua, as if there were no record",
            brief(&tag.value)
        );
        ("dmarc_subdomain_policy", what)
    };
    let Some(meant) = meant else {
        work.hopeless = true;
        let instead = format!("{0}=none, {0}=quarantine or {0}=reject", tag.name);
        work.add(Severity::Error, code, tag.value_at.clone(), what, Some(instead));
        return None;
    };
    work.mend(code, tag.value_at.clone(), what, format!("{}={meant}", tag.name));
    Some(meant.to_owned())
}

/// Checks a value that is one letter; the mended one, empty where the tag goes.
fn letter(work: &mut Work, tag: &Tag, allowed: &[&str], default: &str) -> Option<String> {
    let lower = tag.value.to_ascii_lowercase();
    if allowed.contains(&lower.as_str()) {
        return None;
    }
    let alias = LETTER_ALIASES.iter().find(|(word, _)| *word == lower).map(|(_, letter)| *letter);
    let meant = alias.filter(|letter| allowed.contains(letter));
    let what = format!(
        "`{}` is none of {}: receivers take {default}",
        brief(&tag.value),
        allowed.join(", ")
    );
    work.mended = true;
    let instead = meant.map_or("leave it out".to_owned(), |meant| format!("{}={meant}", tag.name));
    work.add(Severity::Warning, "dmarc_default_used", tag.value_at.clone(), what, Some(instead));
    Some(meant.unwrap_or_default().to_owned())
}

/// Checks `fo`; the mended value, empty where nothing is left of it.
fn failure_options(work: &mut Work, tag: &Tag) -> Option<String> {
    let plain = tag.value.replace([' ', '\t'], "");
    let options: Vec<String> =
        plain.split([':', ',', '/', '|']).map(str::to_ascii_lowercase).collect();
    let mut kept: Vec<&str> = Vec::new();
    for option in &options {
        if ["0", "1", "d", "s"].contains(&option.as_str()) && !kept.contains(&option.as_str()) {
            kept.push(option);
        }
    }
    if kept.contains(&"0") && kept.contains(&"1") {
        kept.retain(|option| *option != "0");
    }
    let meant = kept.join(":");
    if meant == plain.to_ascii_lowercase() {
        if plain != tag.value {
            let what = "blanks inside fo, which only the older rules allow";
            work.mended = true;
            let instead = Some(format!("fo={meant}"));
            work.add(Severity::Warning, "dmarc_fo_blanks", tag.value_at.clone(), what, instead);
            return Some(meant);
        }
        return None;
    }
    let what = format!(
        "fo is 0 or 1, and d and s, each once, with colons between: of `{}` receivers take nothing, \
         that is 0",
        brief(&tag.value)
    );
    let instead = if meant.is_empty() { "leave it out".to_owned() } else { format!("fo={meant}") };
    work.mend("dmarc_fo", tag.value_at.clone(), what, instead);
    Some(meant)
}

/// Tells tags that mean nothing any more; empty where the tag may go without any receiver noticing.
fn historic(work: &mut Work, tag: &Tag) -> Option<String> {
    let Tag { name, value, .. } = tag;
    if name == "pct" && value != "100" {
        return share(work, tag);
    }
    let default = [("pct", "100"), ("rf", "afrf"), ("ri", "86400")];
    let is_default = default.iter().any(|(tag, it)| tag == name && it.eq_ignore_ascii_case(value));
    let what = match (name.as_str(), is_default) {
        (_, true) => format!(
            "{name} is historic (RFC 9989 knows it no more), and {} is what receivers take anyway",
            brief(value)
        ),
        ("ri", _) => {
            "ri is historic: nearly every receiver sends one report a day whatever it says"
                .to_owned()
        }
        _ => format!("{name} is historic: receivers pass over it"),
    };
    let instead = if is_default { "leave it out" } else { "it may be left out" };
    let instead = Some(instead.to_owned());
    work.mended |= is_default;
    work.add(Severity::Warning, "dmarc_historic", tag.at.clone(), what, instead);
    is_default.then(String::new)
}

/// `pct` of less than everything, which receivers of the two rules take differently.
fn share(work: &mut Work, tag: &Tag) -> Option<String> {
    let at = tag.at.clone();
    let digits = tag.value.trim_end_matches(['%', ' ']);
    let Some(share) = digits.parse::<u32>().ok().filter(|share| *share <= 100) else {
        let what =
            format!("`{}` is no share from 0 to 100, and pct is historic", brief(&tag.value));
        let instead = Some("leave it out".to_owned());
        work.mended = true;
        work.add(Severity::Warning, "dmarc_pct", at, what, instead);
        return Some(String::new());
    };
    let rest = match (share, work.value("p").as_deref()) {
        (100, _) => "",
        (_, Some("reject")) => ", and quarantine the rest",
        _ => ", and deliver the rest",
    };
    let what = format!(
        "pct is historic: receivers of RFC 9989 pass over it and apply the whole policy, older ones \
         apply it to {share}% of failing mail{rest}"
    );
    let instead = match share {
        100 => Some("leave it out".to_owned()),
        0 => {
            Some("t=y, which asks receivers of RFC 9989 for the policy one level lower".to_owned())
        }
        _ => None,
    };
    work.add(Severity::Warning, "dmarc_pct", at, what, instead);
    if digits == tag.value {
        return None;
    }
    work.mended = true;
    Some(if share == 100 { String::new() } else { share.to_string() })
}
