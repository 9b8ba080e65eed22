//! The **mails of mailboxes**: which were looked at, what became of them, and how far their
//! settling has come.
//!
//! In: sorted mails, in the transaction that stores what was in them. Out: the known mails of a
//! folder. A folder with a new UIDVALIDITY is a new folder: what was known of the old is dropped.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::problem::Problem;
use crate::model::mailbox::Progress;
use crate::model::{Fate, FolderId, KnownMail, SortedMail};

/// Notes what became of mails.
pub(super) fn note(file: &Transaction<'_>, sorted: &[SortedMail]) -> rusqlite::Result<()> {
    let mut insert = file.prepare_cached(
        "INSERT INTO mail (folder, uid, fate, tries, progress) VALUES (?1, ?2, ?3, ?4, 0)
         ON CONFLICT (folder, uid) DO UPDATE SET
             fate = excluded.fate, tries = mail.tries + excluded.tries",
    )?;
    let mut last: Option<(&FolderId, i64)> = None;
    for SortedMail { mail, fate } in sorted {
        let number = match last {
            Some((folder, number)) if *folder == *mail.folder => number,
            _ => this_life(file, &mail.folder)?,
        };
        last = Some((&mail.folder, number));
        insert.execute(params![number, mail.uid, *fate as i64, *fate == Fate::Unfetched])?;
    }
    Ok(())
}

/// The number of a folder in its present life. What is known of another is dropped.
fn this_life(file: &Transaction<'_>, folder: &FolderId) -> rusqlite::Result<i64> {
    let FolderId { mailbox, folder: name, uid_validity } = folder;
    let found: Option<(i64, u32)> = file
        .prepare_cached("SELECT id, uid_validity FROM folder WHERE mailbox = ?1 AND name = ?2")?
        .query_row([mailbox, name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, life)) = found else {
        return file
            .prepare_cached("INSERT INTO folder (mailbox, name, uid_validity) VALUES (?1, ?2, ?3)")?
            .insert(params![mailbox, name, uid_validity]);
    };
    if life != *uid_validity {
        file.execute("DELETE FROM mail WHERE folder = ?1", [number])?;
        file.execute(
            "UPDATE folder SET uid_validity = ?2 WHERE id = ?1",
            params![number, uid_validity],
        )?;
    }
    Ok(number)
}

/// The number of a folder, if something is known of this life of it.
fn number(file: &Connection, folder: &FolderId) -> rusqlite::Result<Option<i64>> {
    let FolderId { mailbox, folder: name, uid_validity } = folder;
    file.prepare_cached(
        "SELECT id FROM folder WHERE mailbox = ?1 AND name = ?2 AND uid_validity = ?3",
    )?
    .query_row(params![mailbox, name, uid_validity], |row| row.get(0))
    .optional()
}

/// What is known of a folder's mails.
pub(super) fn known(file: &Connection, folder: &FolderId) -> Result<Vec<KnownMail>, Problem> {
    let Some(number) = number(file, folder)? else { return Ok(Vec::new()) };
    let mut query = file.prepare_cached(
        "SELECT uid, fate, tries, progress FROM mail WHERE folder = ?1 ORDER BY uid",
    )?;
    let rows = query.query_map([number], |row| {
        let (fate, progress): (u8, u8) = (row.get(1)?, row.get(3)?);
        Ok(KnownMail {
            uid: row.get(0)?,
            // only this program writes here; what it cannot have written is asked for again
            fate: Fate::ALL.get(usize::from(fate)).copied().unwrap_or(Fate::Unfetched),
            tries: row.get(2)?,
            progress: Progress::ALL.get(usize::from(progress)).copied().unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes how far the settling of some mails has come.
pub(super) fn settled(
    file: &mut Connection,
    folder: &FolderId,
    uids: &[u32],
    progress: Progress,
) -> Result<(), Problem> {
    let sql = "UPDATE mail SET progress = ?3 WHERE folder = ?1 AND uid = ?2";
    each(
        file,
        folder,
        uids,
        |statement, number, uid| statement.execute(params![number, uid, progress as i64]),
        sql,
    )
}

/// Forgets mails.
pub(super) fn forget(
    file: &mut Connection,
    folder: &FolderId,
    uids: &[u32],
) -> Result<(), Problem> {
    let sql = "DELETE FROM mail WHERE folder = ?1 AND uid = ?2";
    each(file, folder, uids, |statement, number, uid| statement.execute(params![number, uid]), sql)
}

/// Runs a statement for each of some mails, in one transaction.
fn each(
    file: &mut Connection,
    folder: &FolderId,
    uids: &[u32],
    run: impl Fn(&mut rusqlite::Statement<'_>, i64, u32) -> rusqlite::Result<usize>,
    sql: &str,
) -> Result<(), Problem> {
    if uids.is_empty() {
        return Ok(());
    }
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(number) = number(&transaction, folder)? {
        let mut statement = transaction.prepare_cached(sql)?;
        for uid in uids {
            run(&mut statement, number, *uid)?;
        }
    }
    Ok(transaction.commit()?)
}
