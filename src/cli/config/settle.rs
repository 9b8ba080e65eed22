//! What is done with mails once they are read: `leave`, `flag[:KEYWORD]`, `move[:FOLDER]`,
//! `delete`; and the names of folders.

use crate::model::mailbox::{Settle, Tidy};

use super::problem::Wrong;
use super::section::Section;

/// Characters of a keyword; servers keep them in file names and short fields.
const KEYWORD_LENGTH: usize = 64;
/// Bytes of the name of a folder.
const FOLDER_LENGTH: usize = 512;
/// The folder that every mailbox has, whatever the case of its letters (RFC 9051, 5.1).
const INBOX: &str = "INBOX";

/// Reads what is done with mails that lie in these folders.
pub(super) fn tidy(section: Section<'_>, folders: &[String]) -> Result<Tidy, Wrong> {
    let read = |key, keyword| settle(section, key, keyword, folders);
    Ok(Tidy {
        processed: read("processed", "$RuauditProcessed")?,
        rejected: read("rejected", "$RuauditRejected")?,
        other: read("other", "$RuauditOther")?,
    })
}

fn settle(
    section: Section<'_>,
    key: &str,
    keyword: &str,
    folders: &[String],
) -> Result<Settle, Wrong> {
    let Some(text) = section.text(key) else { return Ok(Settle::Leave) };
    match text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest))) {
        ("leave", None) => Ok(Settle::Leave),
        ("delete", None) => Ok(Settle::Delete),
        ("flag", name) => flag(section, key, name.unwrap_or(keyword)),
        // the folder is called like the key
        ("move", name) => target(section, key, name.unwrap_or(key), folders),
        _ => Err(section.wrong(
            key,
            "says none of what can be done with a mail",
            "write \"leave\", \"flag\", \"flag:KEYWORD\", \"move\", \"move:FOLDER\" or \"delete\"",
        )),
    }
}

/// A keyword is an atom (RFC 9051, 9: flag-keyword).
fn flag(section: Section<'_>, key: &str, name: &str) -> Result<Settle, Wrong> {
    let remedy = "write a keyword of your own, like \"flag:$Read-by-ruaudit\"";
    if name.starts_with('\\') {
        return Err(section.wrong(key, "names a flag that has a meaning of its own", remedy));
    }
    let is_atom = |c: char| c.is_ascii_graphic() && !"(){%*\"\\]".contains(c);
    if name.is_empty() || name.len() > KEYWORD_LENGTH || !name.chars().all(is_atom) {
        let why = "names a keyword that is empty, too long, or has characters other than \
                   letters, digits and marks like $ - _ .";
        return Err(section.wrong(key, why, remedy));
    }
    Ok(Settle::Flag(name.to_owned()))
}

fn target(
    section: Section<'_>,
    key: &str,
    name: &str,
    folders: &[String],
) -> Result<Settle, Wrong> {
    if let Some(why) = unusable(name) {
        return Err(section.wrong(key, why, format!("write a folder, like \"move:{key}\"")));
    }
    if let Some(read) = folders.iter().find(|folder| is_one_place(folder, name)) {
        let why = format!("moves mails to `{read}`, which is itself read");
        return Err(section.wrong(key, why, "name a folder that is not among `folders`"));
    }
    Ok(Settle::Move(folded(name)))
}

/// Reads the folders of an account.
pub(super) fn folders(section: Section<'_>) -> Result<Vec<String>, Wrong> {
    let names = section.texts("folders").unwrap_or_else(|| vec![INBOX.to_owned()]);
    if names.is_empty() {
        let remedy = "name at least one, like [\"INBOX\"]";
        return Err(section.wrong("folders", "is empty", remedy));
    }
    let mut folders = Vec::new();
    for name in names {
        if let Some(why) = unusable(&name) {
            let remedy = "write names like \"INBOX\" or \"Reports/DMARC\"";
            return Err(section.wrong("folders", why, remedy));
        }
        let name = folded(&name);
        if folders.contains(&name) {
            let why = format!("names `{name}` twice");
            return Err(section.wrong("folders", why, "name each folder once"));
        }
        folders.push(name);
    }
    Ok(folders)
}

/// Why a folder cannot be called that.
fn unusable(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("names a folder without a name")
    } else if name.contains(char::is_control) {
        Some("names a folder with control characters")
    } else if name.len() > FOLDER_LENGTH {
        Some("names a folder that is too long")
    } else if name.split('/').any(str::is_empty) {
        Some("names a folder with an empty level between two `/`")
    } else {
        None
    }
}

/// The name with INBOX in upper case.
fn folded(name: &str) -> String {
    if name.eq_ignore_ascii_case(INBOX) { INBOX.to_owned() } else { name.to_owned() }
}

/// Whether two names may be of one folder on some server.
pub(super) fn is_one_place(one: &str, other: &str) -> bool {
    place(one) == place(other)
}

/// Where a folder would lie on any server: some write `.` for `/`, some keep all below INBOX, and to
/// some the case of letters is one.
fn place(name: &str) -> String {
    let name = folded(name).replace('.', "/");
    match name.split_once('/') {
        Some((first, rest)) if first.eq_ignore_ascii_case(INBOX) => rest.to_owned(),
        _ => name,
    }
    .to_lowercase()
}
