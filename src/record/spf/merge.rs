//! **One** SPF record of several that stand at a name (RFC 7208 section 4.5: receivers answer permerror).
//!
//! In: the records. Out: one with the mechanisms of all, in their order and each once, and how many look-ups it
//! asks for. Nobody loses mail by it: of what they say about mail from elsewhere the softest word holds, and a
//! `redirect=` becomes an `include:` where an `all` stands. Refused is what nobody can mend, and a mechanism that
//! lets nothing pass: what it keeps out depends on what stands before it, and the records have no order.

use std::collections::HashSet;

use crate::model::finding::Severity;

use super::MAX_LOOKUPS;
use super::lint::{lint, once_each};
use super::term::{self, Mechanism, Qualifier, Term};

/// Records that are made one: who has more of them has a mess.
pub const MOST_MERGED: usize = 4;

/// What to do about several records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InPlace {
    /// In words, the record among them.
    pub instead: String,
    /// The record, where receivers can use it.
    pub corrected: Option<String>,
}

/// What to publish in place of so many records: to keep one would cut off who sends by the others. These are
/// those that differ; `is_open`: there are more, or one is not whole.
#[must_use]
pub fn in_place_of(texts: &[&str], count: usize, is_open: bool) -> InPlace {
    let is_open = is_open || texts.len() > MOST_MERGED;
    let one = if is_open { None } else { merged(texts) };
    let Some(one) = one else {
        let instead = "one record with the terms of all, in place of them".to_owned();
        return InPlace { instead, corrected: None };
    };
    if one.lookups <= MAX_LOOKUPS {
        let instead = format!("this one in place of all {count}: {}", one.text);
        return InPlace { instead, corrected: Some(one.text) };
    }
    let instead = format!(
        "one record in place of all {count}, with fewer look-ups: {} has {}, and receivers follow \
         {MAX_LOOKUPS}",
        one.text, one.lookups
    );
    InPlace { instead, corrected: None }
}

/// Records made one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Merged {
    /// The record.
    text: String,
    /// The look-ups that it asks for by itself; receivers follow [`MAX_LOOKUPS`].
    lookups: usize,
}

/// What the records have, in their order.
#[derive(Default)]
struct Parts {
    mechanisms: Vec<String>,
    redirects: Vec<String>,
    /// `exp=`, and modifiers that receivers ignore.
    modifiers: Vec<String>,
    all: Option<Qualifier>,
}

/// Makes one record of several; none where nobody can tell what one of them means, or they contradict each other.
fn merged(texts: &[&str]) -> Option<Merged> {
    let mut parts = Parts::default();
    for text in texts {
        let text = right(text)?;
        for word in text.split(' ').skip(1) {
            parts.take(word)?;
        }
    }
    let text = parts.written()?;
    let asks = |word: &&str| term::read(word).is_ok_and(|term| term.looks_up());
    let lookups = text.split(' ').skip(1).filter(asks).count();
    Some(Merged { text, lookups })
}

/// A record without errors, but for look-ups, which are counted of the whole.
fn right(text: &str) -> Option<String> {
    let linted = lint(text);
    let is_error = |code: &str| code != "spf_too_many_lookups";
    let mut errors = linted.findings.iter().filter(|one| one.severity == Severity::Error);
    let is_right = errors.all(|one| !is_error(one.code));
    linted.corrected.or_else(|| is_right.then(|| text.to_owned()))
}

impl Parts {
    fn take(&mut self, word: &str) -> Option<()> {
        match term::read(word).ok()? {
            Term::Directive(qualifier, Mechanism::All) => {
                self.all = self.all.into_iter().chain([qualifier]).max_by_key(softness);
            }
            Term::Directive(Qualifier::Pass, _) => self.mechanisms.push(word.to_owned()),
            // what it keeps out depends on what stands before it, and records have no order
            Term::Directive(..) => return None,
            Term::Redirect(domain) => self.redirects.push(domain),
            Term::Exp | Term::Other(_) => self.modifiers.push(word.to_owned()),
        }
        Some(())
    }

    fn written(mut self) -> Option<String> {
        let mut known = HashSet::new();
        self.redirects.retain(|domain| known.insert(domain.to_ascii_lowercase()));
        let end = match (self.all, self.redirects.as_slice()) {
            (None, [domain]) => format!("redirect={domain}"),
            (all, domains) => {
                self.mechanisms.extend(domains.iter().map(|domain| format!("include:{domain}")));
                format!("{}all", sign(all.unwrap_or(Qualifier::Softfail)))
            }
        };
        let mechanisms = once_each(self.mechanisms.iter().map(String::as_str));
        let modifiers = once_each(self.modifiers.iter().map(String::as_str));
        let is_second = |at: usize| {
            let name = |at: usize| modifiers[at].split('=').next().map(str::to_ascii_lowercase);
            (0..at).any(|before| name(before) == name(at))
        };
        let modifiers = (0..modifiers.len()).filter(|at| !is_second(*at)).map(|at| modifiers[at]);
        let words = ["v=spf1"].into_iter().chain(mechanisms).chain([end.as_str()]).chain(modifiers);
        Some(words.collect::<Vec<_>>().join(" "))
    }
}

fn sign(qualifier: Qualifier) -> &'static str {
    match qualifier {
        Qualifier::Fail => "-",
        // nobody means that anybody may send
        Qualifier::Softfail | Qualifier::Pass => "~",
        Qualifier::Neutral => "?",
    }
}

/// How much of the mail from elsewhere is let in.
fn softness(qualifier: &Qualifier) -> u8 {
    match qualifier {
        Qualifier::Fail => 0,
        Qualifier::Softfail | Qualifier::Pass => 1,
        Qualifier::Neutral => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mechanisms_of_all_stand_in_one_and_the_softest_all_holds() {
        for (one, texts) in [
            (
                "v=spf1 mx include:a.example ~all",
                ["v=spf1 mx ~all", "v=spf1 include:a.example -all"],
            ),
            ("v=spf1 mx ip4:192.0.2.1 ?all", ["v=spf1 mx ?all", "v=spf1 +MX ip4:192.0.2.1 ~all"]),
            ("v=spf1 mx a -all", ["v=spf1 mx -all", "v=spf1 a"]),
            ("v=spf1 mx a ~all", ["v=spf1 mx", "v=spf1 a"]),
            ("v=spf1 mx a ~all", ["v=spf1 mx +all", "v=spf1 a -all"]),
            ("v=spf1 mx include:a.example -all", ["v=spf1 redirect=a.example", "v=spf1 mx -all"]),
            ("v=spf1 mx redirect=a.example", ["v=spf1 redirect=a.example", "v=spf1 mx"]),
            (
                "v=spf1 include:a.example include:b.example ~all",
                ["v=spf1 redirect=a.example", "v=spf1 redirect=b.example"],
            ),
            (
                "v=spf1 mx a -all exp=e.a.example",
                ["v=spf1 mx -all exp=e.a.example", "v=spf1 a -all exp=f.a.example"],
            ),
            ("v=spf1 mx ip4:192.0.2.1 ~all", ["v=spf1 mx~all", "v=spf1 ipv4:192.0.2.1 -all"]),
        ] {
            assert_eq!(Some(one.to_owned()), merged(&texts).map(|it| it.text), "{texts:?}");
        }
    }

    #[test]
    fn look_ups_are_counted_and_what_contradicts_itself_is_not_made_one() {
        let one =
            "v=spf1 mx a:1.a.example a:2.a.example a:3.a.example a:4.a.example a:5.a.example ~all";
        let other =
            "v=spf1 mx a:6.a.example a:7.a.example a:8.a.example a:9.a.example a:0.a.example ~all";
        assert_eq!(Some(11), merged(&[one, other]).map(|it| it.lookups));
        assert_eq!(None, merged(&["v=spf1 -mx ~all", "v=spf1 mx ~all"]));
        let kept_out = ["v=spf1 ip4:192.0.2.0/24 -all", "v=spf1 -ip4:192.0.2.1 mx ~all"];
        assert_eq!(None, merged(&kept_out), "what it keeps out depends on the order");
        assert_eq!(None, merged(&["v=spf1 banana ~all", "v=spf1 mx ~all"]));
    }
}
