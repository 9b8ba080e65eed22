//! What the **operator knows**: labels of sources and profiles of domains.
//!
//! In: what a person says, by name; the store need not know the domain or the source. Out: the same.
//! Refuses names and notes that are too long, and more labels of one domain than anybody sets. Case
//! is ignored in ASCII, as it is in the names of domains.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::problem::Problem;
use crate::error::Error;
use crate::model::labelling::Retold;
use crate::model::{DomainProfile, KeptLabel, Knowledge, Label, LabelWord, Profile, Replace, Told};

type Answer<T> = Result<T, Problem>;

const LABEL: &str = "SELECT domain, source, label, note, set_at FROM label";

/// All labels.
pub(super) fn labels(file: &Connection) -> Answer<Vec<KeptLabel>> {
    if !is_kept(file)? {
        return Ok(Vec::new());
    }
    let mut query =
        file.prepare_cached(&format!("{LABEL} ORDER BY domain <> '*', domain, source"))?;
    let rows = query.query_map([], label)?;
    Ok(rows.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?)
}

/// All profiles.
pub(super) fn profiles(file: &Connection) -> Answer<Vec<DomainProfile>> {
    if !is_kept(file)? {
        return Ok(Vec::new());
    }
    let mut query = file
        .prepare_cached("SELECT domain, posts_to_lists, sends_mail FROM profile ORDER BY domain")?;
    let rows = query.query_map([], |row| {
        let profile = Profile { posts_to_lists: row.get(1)?, sends_mail: row.get(2)? };
        Ok(DomainProfile { domain: row.get(0)?, profile })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What is known of one domain.
pub(super) fn of(file: &Connection, domain: &str) -> Answer<Knowledge> {
    if !is_kept(file)? {
        return Ok(Knowledge::default());
    }
    let mut query =
        file.prepare_cached(&format!("{LABEL} WHERE domain = ?1 OR domain = '*' ORDER BY source"))?;
    let rows = query.query_map([domain], label)?;
    let labels = rows.filter_map(|row| row.transpose().map(|row| row.map(|kept| kept.label)));
    let labels = labels.collect::<rusqlite::Result<Vec<_>>>()?;
    let profile = file
        .prepare_cached("SELECT posts_to_lists, sends_mail FROM profile WHERE domain = ?1")?
        .query_row([domain], |row| {
            Ok(Profile { posts_to_lists: row.get(0)?, sends_mail: row.get(1)? })
        })
        .optional()?;
    Ok(Knowledge::of(domain, labels.iter(), profile.unwrap_or_default()))
}

/// Whether the file has these tables. An older store on a medium that cannot be written is read as
/// it is.
fn is_kept(file: &Connection) -> rusqlite::Result<bool> {
    file.prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'label'")?.exists([])
}

/// A label; none of a word that this program cannot have written.
fn label(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<KeptLabel>> {
    let Some(word) = LabelWord::parse(row.get_ref(2)?.as_str()?) else { return Ok(None) };
    let label = Label { domain: row.get(0)?, source: row.get(1)?, label: word, note: row.get(3)? };
    Ok(Some(KeptLabel { label, set_at: row.get(4)? }))
}

/// Keeps what is told, whole or not at all.
pub(super) fn tell(
    file: &mut Connection,
    told: &Told,
    replace: Replace<'_>,
    now: i64,
) -> Answer<Retold> {
    told.labels.iter().try_for_each(check)?;
    told.profiles.iter().try_for_each(|one| fits("domain", &one.domain, Label::NAME_CHARS))?;
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // here and not before, or what another process tells meanwhile is counted as this one's
    let before = all(&transaction)?;
    forget_others(&transaction, told, &before, replace)?;
    told.labels.iter().try_for_each(|label| set(&transaction, label, now))?;
    told.profiles.iter().try_for_each(|one| set_profile(&transaction, one))?;
    let domains: BTreeSet<_> = told.labels.iter().map(|label| label.domain.as_str()).collect();
    domains.into_iter().try_for_each(|domain| check_count(&transaction, domain))?;
    let retold = Retold::of(&before, &all(&transaction)?);
    transaction.commit()?;
    Ok(retold)
}

/// All that is said.
fn all(file: &Connection) -> Answer<Told> {
    let labels = labels(file)?.into_iter().map(|kept| kept.label).collect();
    Ok(Told { labels, profiles: profiles(file)? })
}

fn check(label: &Label) -> Answer<()> {
    fits("domain", &label.domain, Label::NAME_CHARS)?;
    fits("source", &label.source, Label::NAME_CHARS)?;
    fits("note", &label.note, Label::NOTE_CHARS)
}

fn fits(name: &str, text: &str, at_most: usize) -> Answer<()> {
    let chars = text.chars().count();
    if chars <= at_most && (chars > 0 || name == "note") {
        return Ok(());
    }
    let why = if chars == 0 { "it is empty".into() } else { format!("it has {chars} characters") };
    let remedy = format!("give one of at most {at_most} characters");
    Err(Error::new(format!("cannot keep the {name}"), why, remedy).into())
}

/// Forgets what is not told again, as far as it is to be replaced; what is keeps the moment since when it
/// says so.
fn forget_others(
    file: &Transaction<'_>,
    told: &Told,
    before: &Told,
    replace: Replace<'_>,
) -> rusqlite::Result<()> {
    let key = |label: &Label| (label.domain.to_lowercase(), label.source.to_ascii_lowercase());
    let again: BTreeSet<_> = told.labels.iter().map(key).collect();
    let gone = before.labels.iter().filter(|label| !again.contains(&key(label)));
    for label in gone.filter(|label| replace.is_of(&label.domain)) {
        file.prepare_cached(REMOVE)?.execute([&label.domain, &label.source])?;
    }
    for profile in before.profiles.iter().filter(|profile| replace.is_of(&profile.domain)) {
        file.prepare_cached(REMOVE_PROFILE)?.execute([&profile.domain])?;
    }
    Ok(())
}

const REMOVE_PROFILE: &str = "DELETE FROM profile WHERE domain = ?1";

const REMOVE: &str = "DELETE FROM label WHERE domain = ?1 AND source = ?2";

fn set(file: &Transaction<'_>, told: &Label, now: i64) -> rusqlite::Result<()> {
    let Label { domain, source, label, note } = told;
    file.prepare_cached(
        "INSERT INTO label (domain, source, label, note, set_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (domain, source) DO UPDATE SET
             domain = excluded.domain, source = excluded.source,
             label = excluded.label, note = excluded.note,
             set_at = iif(label = excluded.label AND note = excluded.note, set_at, excluded.set_at)",
    )?
    .execute(params![domain, source, label.as_str(), note, now])
    .map(drop)
}

fn set_profile(file: &Transaction<'_>, told: &DomainProfile) -> rusqlite::Result<()> {
    let DomainProfile { domain, profile } = told;
    file.prepare_cached(REMOVE_PROFILE)?.execute([domain])?;
    if *profile == Profile::default() {
        return Ok(());
    }
    file.prepare_cached(
        "INSERT INTO profile (domain, posts_to_lists, sends_mail) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![domain, profile.posts_to_lists, profile.sends_mail])
    .map(drop)
}

fn check_count(file: &Transaction<'_>, domain: &str) -> Answer<()> {
    let count: i64 = file
        .prepare_cached("SELECT count(*) FROM label WHERE domain = ?1")?
        .query_row([domain], |row| row.get(0))?;
    if count.unsigned_abs() <= Label::AT_MOST as u64 {
        return Ok(());
    }
    let why = format!("there would be {count}, and {} are kept", Label::AT_MOST);
    let remedy = "label networks instead of single addresses, or remove labels that match nothing";
    Err(Error::new(format!("too many labels of `{domain}`"), why, remedy).into())
}

/// Takes a label away; whether there was one.
pub(super) fn remove_label(file: &Connection, domain: &str, source: &str) -> Answer<bool> {
    Ok(file.prepare_cached(REMOVE)?.execute([domain, source])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_store_that_cannot_be_brought_to_the_present_layout_knows_nothing() {
        let file = Connection::open_in_memory().unwrap();
        assert!(labels(&file).unwrap().is_empty() && profiles(&file).unwrap().is_empty());
        assert_eq!(Knowledge::default(), of(&file, "acme.example").unwrap());
    }

    #[test]
    fn a_word_of_another_program_is_no_label() {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(include_str!("../../../schema.sql")).unwrap();
        let insert = "INSERT INTO label VALUES ('a.example', ?1, ?2, '', 0)";
        file.execute(insert, ["x", "mine"]).unwrap();
        file.execute(insert, ["y", "ours"]).unwrap();
        assert_eq!(1, labels(&file).unwrap().len());
        assert_eq!("y", of(&file, "a.example").unwrap().labels[0].source);
    }
}
