//! An SPF record as **receivers** read it.
//!
//! In: the text. Out: its terms as far as they count: up to the first `all`, or with a `redirect` as the
//! last. It refuses what receivers answer with permerror, with the reason.

use super::term::{self, Term};

/// Reads a record.
pub(super) fn read(text: &str) -> Result<Vec<(String, Term)>, String> {
    let mut terms = Vec::new();
    let mut redirect = None;
    let mut explains = false;
    let rest = text.get(6..).unwrap_or_default();
    for word in rest.split(' ').filter(|word| !word.is_empty()) {
        let term = term::read(word).map_err(|fault| fault.what)?;
        let twice = || Err(format!("`{word}` stands beside another of its kind"));
        match term {
            Term::Redirect(_) if redirect.is_some() => return twice(),
            Term::Exp if explains => return twice(),
            Term::Redirect(_) => redirect = Some((word.to_owned(), term)),
            Term::Exp => explains = true,
            Term::Other(_) => {}
            Term::Directive(..) => terms.push((word.to_owned(), term)),
        }
    }
    match terms.iter().position(|(_, term)| term.is_all()) {
        Some(all) => terms.truncate(all + 1),
        None => terms.extend(redirect),
    }
    Ok(terms)
}
