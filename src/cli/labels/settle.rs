//! What a file says, **settled**: every name in the spelling of the store, every word a known one.
//!
//! Refuses domains of others, words that are no label, addresses that are none, notes that are too
//! long, and what is said twice.

use std::collections::HashMap;

use crate::decode::Admission;
use crate::error::Error;
use crate::model::{DomainProfile, Label, LabelWord, Profile, Told};
use crate::render::escape::escape;

use super::file::{Entry, Fault, Place, Said};
use crate::cli::label::aim;
use crate::cli::label::check_note;
use crate::cli::nearest::nearest;
use crate::cli::survey::{as_stored, is_name};

type Answer<T> = Result<T, Fault>;

/// Settles all of it, or says what is wrong first.
pub(super) fn settle(entries: Vec<Entry>, admission: &Admission) -> Answer<Told> {
    let mut told = Told::default();
    let mut seen: HashMap<(String, Option<String>), usize> = HashMap::new();
    for (place, said) in entries {
        let line = place.line;
        let key = match said {
            Said::Label { domain, source, label, note } => {
                let label = self::label(place, &domain, &source, &label, &note, admission)?;
                let key = (label.domain.clone(), Some(label.source.to_lowercase()));
                told.labels.push(label);
                key
            }
            Said::Profile { domain, posts_to_lists, sends_mail } => {
                let domain = self::domain(place, &domain, admission)?;
                let key = (domain.clone(), None);
                if domain == Label::EVERY_DOMAIN {
                    return Err(Fault::new(line, "a profile of `*`", "each domain has its own"));
                }
                let profile = Profile { posts_to_lists, sends_mail };
                told.profiles.push(DomainProfile { domain, profile });
                key
            }
        };
        if let Some(before) = seen.insert(key, line) {
            let why = format!("this was said in line {before}");
            return Err(Fault::new(line, why, "leave one of the two"));
        }
    }
    Ok(told)
}

fn label(
    place: Place,
    domain: &str,
    source: &str,
    word: &str,
    note: &str,
    admission: &Admission,
) -> Answer<Label> {
    let domain = self::domain(place, domain, admission)?;
    let known = LabelWord::ALL.map(LabelWord::as_str);
    let Some(label) = LabelWord::parse(&word.trim().to_ascii_lowercase()) else {
        let near = nearest(word, known);
        let remedy = match near.first() {
            Some(near) => format!("did you mean {near}?"),
            None => format!("give one of: {}", known.join(", ")),
        };
        let why = if word.is_empty() {
            "there is no label".to_owned()
        } else {
            format!("`{}` is no label", escape(word))
        };
        return Err(Fault::new(place.of("label"), why, remedy));
    };
    if source.trim().is_empty() {
        let remedy = "name a source, an address or a network";
        return Err(Fault::new(place.of("source"), "there is no source", remedy));
    }
    if source.chars().count() > Label::NAME_CHARS {
        let remedy = format!("give a name of at most {} characters", Label::NAME_CHARS);
        return Err(Fault::new(place.of("source"), "the source is too long", remedy));
    }
    let source = aim::parse(source).map_err(|error| fault(place.of("source"), error))?.to_string();
    check_note(note).map_err(|error| fault(place.of("note"), error))?;
    Ok(Label { domain, source, label, note: note.trim().to_owned() })
}

fn fault(line: usize, error: Error) -> Fault {
    match error {
        Error::Failed { what, why, remedy } => Fault::new(line, format!("{what}: {why}"), remedy),
        closed => Fault::new(line, closed.to_string(), "try again"),
    }
}

fn domain(place: Place, name: &str, admission: &Admission) -> Answer<String> {
    if name.trim() == Label::EVERY_DOMAIN {
        return Ok(Label::EVERY_DOMAIN.to_owned());
    }
    let line = place.of("domain");
    let stored = as_stored(name);
    if stored.is_empty() {
        return Err(Fault::new(line, "there is no domain", "name one, or * for every domain"));
    }
    if !is_name(&stored) {
        let why = format!("`{}` is no domain", escape(name));
        return Err(Fault::new(line, why, "write it like acme.example, or * for every domain"));
    }
    if !admission.is_own(&stored) {
        let why = format!("`{stored}` is not one of the `domains` of the configuration");
        return Err(Fault::new(line, why, "add it there, or leave this out"));
    }
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn said(domain: &str, source: &str, label: &str) -> Said {
        let [domain, source, label] = [domain, source, label].map(str::to_owned);
        Said::Label { domain, source, label, note: String::new() }
    }

    #[test]
    fn names_get_the_spelling_of_the_store() {
        let entries = vec![
            (Place::at(1), said("MÜNCHEN.example.", "192.0.2.1/32", "Ours")),
            (Place::at(2), said(" * ", "X", "list")),
        ];
        let told = settle(entries, &Admission::default()).unwrap();
        let found: Vec<_> =
            told.labels.iter().map(|l| (l.domain.as_str(), l.source.as_str())).collect();
        assert_eq!(vec![("xn--mnchen-3ya.example", "192.0.2.1"), ("*", "X")], found);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        let own = Admission { domains: vec!["acme.example".into()], ..Admission::default() };
        let long = "s".repeat(254);
        for (why, entry) in [
            ("`ourz` is no label", said("acme.example", "x", "ourz")),
            ("there is no label", said("acme.example", "x", "")),
            ("there is no source", said("acme.example", " ", "ours")),
            ("too long", said("acme.example", &long, "ours")),
            ("no domain", said("acme example", "x", "ours")),
            ("there is no domain", said("", "x", "ours")),
            ("not one of the `domains`", said("shop.example", "x", "ours")),
            ("behind its prefix", said("acme.example", "192.0.2.1/24", "ours")),
            ("said in line 1", said("ACME.example", "FIRST", "list")),
        ] {
            let entries =
                vec![(Place::at(1), said("acme.example", "first", "ours")), (Place::at(9), entry)];
            let fault = settle(entries, &own).unwrap_err();
            assert_eq!(9, fault.line);
            assert!(fault.why.contains(why), "{fault:?}");
        }
    }

    #[test]
    fn a_fault_is_placed_at_the_key_that_has_it() {
        let text =
            "[[label]]\ndomain = 'acme.example'\nsource = 'x'\nlabel = 'ours'\nnote = 'NOTE'\n";
        let long = "n".repeat(5000);
        for (line, text) in [
            (2, text.replace("acme.example", "acme example")),
            (3, text.replace("'x'", "'192.0.2.1/24'")),
            (4, text.replace("ours", "ourz")),
            (5, text.replace("NOTE", &long)),
            (1, text.replace("label = 'ours'\n", "")),
        ] {
            let entries = file::read(&text, file::Form::Toml).unwrap();
            let fault = settle(entries, &Admission::default()).unwrap_err();
            assert_eq!(line, fault.line, "{fault:?}");
        }
    }
}
