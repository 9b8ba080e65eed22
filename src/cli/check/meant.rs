//! What the words behind `check` are **meant** as: a record that a shell took apart, or domains.
//!
//! In: the words. Out: the text of a record, or the domains with what is to be said of how they were
//! named. Refused, with what was meant: addresses, web addresses, files, and names that are no domain.

use std::net::IpAddr;
use std::path::Path;

use crate::error::{Error, Result};
use crate::model::names;
use crate::record;
use crate::render::escape::escape;

/// Domains that one command checks.
const MOST_DOMAINS: usize = 100;

/// Letters that come along when a name is copied.
const WRAPPING: &[char] = &['"', '\'', '`', '<', '>', ',', ';', '“', '”', '‘', '’', '«', '»', '„'];

/// Ends of files that are the end of no domain.
const FILES: &[&str] = &[
    "txt", "json", "yaml", "yml", "toml", "db", "zone", "conf", "cfg", "ini", "hosts", "csv",
    "tsv", "xml", "html", "log", "bak", "gz",
];

/// What is to be checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// A record, as it was typed.
    Record(String),
    /// Domains, each once.
    Domains(Vec<Domain>),
}

/// A domain that is to be checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Domain {
    /// Its name, as it was typed.
    pub(super) name: String,
    /// The selector, where the name of a key was given.
    pub(super) selector: Option<String>,
    /// What is to be said of how it was given.
    pub(super) remark: Option<String>,
}

/// A word by itself.
enum Word {
    /// Part of a record.
    Text,
    Domain(Domain),
    /// Neither, and what was meant.
    Wrong(Error),
}

/// What the words are meant as.
///
/// # Errors
/// What was meant, where they are neither a record nor domains.
pub(super) fn meant(words: &[String]) -> Result<Meant> {
    let mut domains: Vec<Domain> = Vec::new();
    let mut wrong = None;
    for word in words {
        match read(word) {
            Word::Text => return one_record(words),
            Word::Domain(domain) if domains.contains(&domain) => {}
            Word::Domain(domain) => domains.push(domain),
            Word::Wrong(error) => wrong = wrong.or(Some(error)),
        }
    }
    match wrong {
        Some(error) => Err(error),
        None if domains.len() > MOST_DOMAINS => {
            let why = format!("{} are given, and {MOST_DOMAINS} may be", domains.len());
            Err(Error::new("cannot check so many domains", why, "give fewer at a time"))
        }
        None => Ok(Meant::Domains(domains)),
    }
}

/// The words as one record, unless a domain stands beside one that is whole.
fn one_record(words: &[String]) -> Result<Meant> {
    let is_domain = |word: &String| matches!(read(word), Word::Domain(it) if it.selector.is_none());
    let is_plain = |word: &String| is_domain(word) && !word.contains('_');
    let (domains, rest): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| is_plain(word));
    let is_in_front = words[..domains.len()].iter().all(is_plain);
    let is_whole = rest.len() == 1 && rest[0].contains([' ', ';']);
    let record = rest.into_iter().cloned().collect::<Vec<_>>().join(" ");
    let kind = || record::check(&record, None);
    let begins = |word: &str| record.trim_start().to_lowercase().starts_with(word);
    if domains.is_empty() || !(is_in_front || is_whole) || !begins("v=") || kind().kind.is_none() {
        return Ok(Meant::Record(words.join(" ")));
    }
    let name = escape(domains[0]);
    let why = "each is checked by itself";
    let record = if record.contains('\'') { "RECORD".into() } else { escape(&record) };
    let remedy = format!(
        "for the record: ruaudit check '{record}'; for what the DNS has: ruaudit check {name}"
    );
    Err(Error::new("cannot check a domain and a record at once", why, remedy))
}

fn read(given: &str) -> Word {
    let word = given.trim().trim_matches(WRAPPING);
    let is_record = || word.contains(['=', ';', '"', ' ', '\t', '\n']) || record::is_key(word);
    if word.is_empty() || word == "-" || is_record() {
        return Word::Text;
    }
    elsewhere(given, word)
        .or_else(|| address(given, word))
        .or_else(|| file(given, word))
        .or_else(|| inside(given, word))
        .map_or_else(|| name(given, word), Word::Wrong)
}

/// An error of three parts that ends in a command to type.
fn wrong(given: &str, why: &str, remedy: impl Into<String>) -> Error {
    Error::new(format!("cannot check {}", escape(given)), why, remedy)
}

/// An address of the internet.
fn address(given: &str, word: &str) -> Option<Error> {
    let bare = word.trim_matches(['[', ']']);
    let (host, network) = bare.split_once('/').map_or((bare, false), |(host, _)| (host, true));
    let ip: IpAddr = host.parse().ok()?;
    let why = "it is an address, and these records belong to domains";
    let remedy = match network {
        true => "name a domain: ruaudit check acme.example".to_owned(),
        false => format!("for its name: ruaudit resolve {ip}"),
    };
    Some(wrong(given, why, remedy))
}

/// A web or mail address.
fn elsewhere(given: &str, word: &str) -> Option<Error> {
    let (why, rest) = if let Some((_, rest)) = word.split_once("://") {
        ("it is a web address", rest)
    } else if word.contains('@') {
        ("it is a mail address", word)
    } else {
        return None;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split([':', '!']).next().unwrap_or_default();
    let host = if is_name(host) { host } else { "acme.example" };
    Some(wrong(given, why, format!("did you mean: ruaudit check {}", escape(host))))
}

/// A file of that name, or a name that only a file has.
fn file(given: &str, word: &str) -> Option<Error> {
    let path = Path::new(given.trim());
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
    let is_file_like = end.is_some_and(|end| FILES.contains(&end.as_str()));
    let is_no_domain = word.contains(['/', '\\']) || !word.contains('.') || is_file_like;
    let shown = escape(given.trim());
    if !path.is_file() {
        let stem = path.file_name().filter(|_| is_file_like && is_label_like(word))?;
        let why = "it ends like a file, and no such file is here";
        let remedy = format!(
            "name one that is: --file PATH, or --zone PATH; for the DNS, with a final dot: ruaudit check {}.",
            escape(&stem.to_string_lossy())
        );
        return Some(wrong(given, why, remedy));
    }
    if !is_no_domain {
        return None;
    }
    let remedy = format!("for a record: --file {shown}; for a zone file: --zone {shown}");
    Some(wrong(given, "it is a file", remedy))
}

/// A domain with something around it.
fn inside(given: &str, word: &str) -> Option<Error> {
    let mean = |name: &str| format!("did you mean: ruaudit check {}", escape(name));
    let parts: Vec<&str> = word.split(',').filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && parts.iter().all(|part| is_name(part)) {
        return Some(wrong(given, "a comma is in it", mean(&parts.join(" "))));
    }
    if let Some(rest) = word.strip_prefix("*.").filter(|rest| is_name(rest)) {
        return Some(wrong(given, "no single domain has that name", mean(rest)));
    }
    let (host, behind) = word.split_at(word.find([':', '/'])?);
    let is_port = behind.len() > 1 && behind[1..].bytes().all(|byte| byte.is_ascii_digit());
    let is_web = behind.starts_with('/') || is_port;
    (is_web && is_name(host)).then(|| wrong(given, "it is a web address", mean(host)))
}

/// A domain, or a name that is none.
fn name(given: &str, word: &str) -> Word {
    if !is_label_like(word) {
        return Word::Text;
    }
    match names::ascii(word) {
        Err(why) => Word::Wrong(wrong(given, &why, "name a domain: ruaudit check acme.example")),
        Ok(ascii) if ascii.contains('.') || word.ends_with('.') => {
            Word::Domain(domain(&ascii, word))
        }
        Ok(_) => {
            let shown = escape(word);
            let why = "it is neither a record nor a whole domain";
            let remedy = format!(
                "did you mean: ruaudit check {shown}.example? A top-level domain is written with a \
                 final dot: {shown}."
            );
            Word::Wrong(wrong(given, why, remedy))
        }
    }
}

/// The domain that the name of a record is about.
fn domain(ascii: &str, word: &str) -> Domain {
    let labels: Vec<&str> = ascii.split('.').collect();
    let place = |label: &str| labels.iter().position(|one| *one == label);
    let behind = |at: usize| labels[at + 1..].join(".");
    let told = |name: String, selector: Option<String>, what: &str| Domain {
        remark: Some(format!("{} is {what}: {name} is checked", escape(word))),
        name,
        selector,
    };
    let last = labels.len() - 1;
    match (place("_dmarc").filter(|at| *at < last), place("_domainkey").filter(|at| *at < last)) {
        (Some(at), _) if at > 1 && labels[at - 1] == "_report" => {
            let owner = behind(at);
            let what = format!("where {owner} agrees to get its reports");
            told(labels[..at - 1].join("."), None, &what)
        }
        (Some(0), _) => told(behind(0), None, "where a DMARC record stands"),
        (_, Some(at)) => {
            let selector = (at > 0).then(|| labels[..at].join("."));
            told(behind(at), selector, "where a DKIM key stands")
        }
        _ => Domain { remark: beside(word), name: word.to_owned(), selector: None },
    }
}

/// A file that has the name of the domain may have been meant.
fn beside(word: &str) -> Option<String> {
    Path::new(word).is_file().then(|| {
        let word = escape(word);
        format!("the DNS is asked about {word}; for the file of this name: --zone {word}")
    })
}

/// Whether a word is a whole name of a domain.
fn is_name(word: &str) -> bool {
    is_label_like(word) && names::ascii(word).is_ok_and(|name| name.contains('.'))
}

/// Whether there are only letters in a word that names have, in whatever script.
fn is_label_like(word: &str) -> bool {
    // punctuation of typographers is in no name
    let is_odd = |c: char| c.is_whitespace() || ('\u{2000}'..='\u{206f}').contains(&c);
    let fits = |c: char| match c {
        c if c.is_ascii() => c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'),
        c => !is_odd(c),
    };
    !word.is_empty() && word.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Meant> {
        meant(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    fn domains(words: &[&str]) -> Vec<(String, Option<String>)> {
        match of(words).unwrap() {
            Meant::Domains(found) => found.into_iter().map(|it| (it.name, it.selector)).collect(),
            Meant::Record(text) => panic!("taken for a record: {text}"),
        }
    }

    fn refused(word: &str) -> String {
        of(&[word]).unwrap_err().to_string()
    }

    #[test]
    fn a_domain_is_told_from_a_record() {
        for word in [
            "acme.example",
            "acme.example.",
            "ACME.Example",
            "münchen.example",
            "उदाहरण.example",
            "com.",
            "a。example",
        ] {
            assert_eq!(vec![(word.to_owned(), None)], domains(&[word]), "{word}");
        }
        for word in ["v=DMARC1", "v=DMARC1; p=none", "a b.example", "", "ip4:192.0.2.1", "“v=spf1"]
        {
            assert_eq!(Meant::Record(word.to_owned()), of(&[word]).unwrap(), "{word}");
        }
        let record = Meant::Record("v=spf1 mx include:acme.example".to_owned());
        assert_eq!(record, of(&["v=spf1", "mx", "include:acme.example"]).unwrap());
    }

    #[test]
    fn several_domains_are_several_each_once() {
        let found = domains(&["a.example,", "b.example", "a.example"]);
        assert_eq!(vec![("a.example".to_owned(), None), ("b.example".to_owned(), None)], found);
        assert!(of(&["a.example", "com"]).is_err());
        let many: Vec<_> = (0..=MOST_DOMAINS).map(|n| format!("a{n}.example")).collect();
        assert!(meant(&many).unwrap_err().to_string().contains("101 are given, and 100 may be"));
    }

    #[test]
    fn the_name_of_a_record_means_its_domain() {
        for (name, selector, word) in [
            ("x.example", None, "_dmarc.x.example"),
            ("x.example", Some("s1"), "S1._domainkey.x.example."),
            ("x.example", Some("s1.a"), "s1.a._domainkey.x.example"),
            ("x.example", None, "_domainkey.x.example"),
            ("x.example", None, "x.example._report._dmarc.y.example"),
            ("_spf.x.example", None, "_spf.x.example"),
        ] {
            assert_eq!(vec![(name.to_owned(), selector.map(str::to_owned))], domains(&[word]));
        }
        let Meant::Domains(found) = of(&["_dmarc.x.example"]).unwrap() else { panic!() };
        assert!(
            found[0].remark.as_ref().is_some_and(|said| said.ends_with("x.example is checked"))
        );
    }

    #[test]
    fn what_is_neither_is_told_with_what_was_meant() {
        for (said, word) in [
            ("did you mean: ruaudit check com.example?", "com"),
            ("did you mean: ruaudit check x.example", "user@x.example"),
            ("did you mean: ruaudit check x.example", "mailto:user@x.example!10m"),
            ("did you mean: ruaudit check x.example", "https://x.example/"),
            ("did you mean: ruaudit check x.example", "http://u:p@x.example:80/a?b"),
            ("did you mean: ruaudit check x.example", "x.example/path"),
            ("did you mean: ruaudit check x.example", "x.example:443"),
            ("did you mean: ruaudit check x.example", "*.x.example"),
            ("did you mean: ruaudit check x.example y.example", "x.example,y.example"),
            ("ruaudit resolve 192.0.2.1", "192.0.2.1"),
            ("ruaudit resolve 2001:db8::1", "2001:db8::1"),
            ("ruaudit resolve 2001:db8::1", "[2001:db8::1]"),
            ("it is an address", "192.0.2.0/24"),
            ("an empty label", "x..example"),
        ] {
            let error = refused(word);
            assert!(error.contains(said), "{word}: {error}");
        }
        assert!(refused("./Cargo.toml").contains("--zone ./Cargo.toml"));
        let gone = refused("record.txt");
        assert!(
            gone.contains("no such file is here") && gone.ends_with("check record.txt."),
            "{gone}"
        );
        assert_eq!(vec![("record.txt.".to_owned(), None)], domains(&["record.txt."]));
    }

    #[test]
    fn a_domain_beside_a_record_is_refused_and_part_of_one_is_none() {
        let record = "v=DMARC1; p=none";
        for words in [
            &["acme.example", record][..],
            &[record, "acme.example"],
            &["acme.example", "v=spf1", "mx"],
        ] {
            let error = of(words).unwrap_err().to_string();
            assert!(error.contains("at once") && error.contains("check acme.example"), "{error}");
        }
        for words in [
            &["_dmarc.acme.example", record][..],
            &["acme.example", "TXT", record],
            &["acme.example.", "3600", "IN", "TXT", "\"v=spf1 mx\""],
            &["v=spf1", "a:a.example", "acme.example", "~all"],
        ] {
            assert_eq!(Meant::Record(words.join(" ")), of(words).unwrap());
        }
    }
}
