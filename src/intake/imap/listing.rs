//! **Listings**: which mails are in the open folder, how large they are, and the mails themselves.
//!
//! In: an open folder, or UIDs in it. Out: UIDs, sizes, bodies, with what the command came to beside
//! what arrived before it broke. An answer about a mail that nobody asked for is passed over; what is
//! missing from an answer is for the caller to see.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::core::Vec1;
use imap_codec::imap_types::fetch::{MacroOrMessageDataItemNames, MessageDataItemName};
use imap_codec::imap_types::response::Data;
use imap_codec::imap_types::search::SearchKey;
use imap_codec::imap_types::sequence::{SeqOrUid, Sequence, SequenceSet};

use super::exchange::{Answer, Loss, Trouble};
use super::fetched::Fetched;
use super::session::Session;
use super::wire::Limit;

/// How many mails are listed by one command: an answer of about a megabyte.
const WINDOW: u32 = 100_000;

/// What the answer about one window may take: ten digits and a blank for each mail, and remarks.
const WINDOW_BYTES: usize = 2 << 20;

/// The most mails of a folder.
pub(super) const MAILS_MAX: u32 = 5_000_000;

/// How often a list that does not agree with the server's own count is asked for.
const LISTINGS: usize = 3;

/// What a body's message holds besides it, generously.
const ROUND_ABOUT: usize = 64 << 10;

/// All UIDs in the open folder, ascending: as many as the server says there are. What comes meanwhile
/// is for the next time.
pub(super) fn uids(session: &mut Session) -> Result<Vec<u32>, Trouble> {
    let (mut says, mut lists) = (0, 0);
    for attempt in 0..LISTINGS {
        if attempt > 0 {
            // somebody takes mails away at this moment: the count is brought up to date
            session.connection.run_quietly(CommandBody::Noop, session.limit)?;
        }
        let before = session.connection.count;
        let found = search(session, before.exists)?;
        let after = session.connection.count;
        lists = u32::try_from(found.len()).unwrap_or(u32::MAX);
        // a mail that goes shifts the places of those behind it, from one window into another
        let is_shifted = after.gone != before.gone;
        says = if is_shifted { after.exists } else { before.exists };
        if lists == says && (!is_shifted || before.exists <= WINDOW) {
            session.connection.count.listed = lists;
            return Ok(found.into_iter().collect());
        }
    }
    Err(Loss::new(format!("the server says that there are {says} mails, and lists {lists}")).into())
}

/// What lies in the first so many places.
fn search(session: &mut Session, exists: u32) -> Result<BTreeSet<u32>, Trouble> {
    if exists > MAILS_MAX {
        return Err(Loss::new(format!("the server says that there are {exists} mails")).into());
    }
    let mut found = BTreeSet::new();
    let mut first = 1;
    while first <= exists {
        let last = exists.min(first.saturating_add(WINDOW - 1));
        search_window(session, first, last, &mut found)?;
        first = last.saturating_add(1);
    }
    Ok(found)
}

fn search_window(
    session: &mut Session,
    first: u32,
    last: u32,
    found: &mut BTreeSet<u32>,
) -> Result<(), Trouble> {
    let total = session.limit.total;
    let bytes = WINDOW_BYTES as u64;
    let limit = Limit { total, silence: total, bytes, message: WINDOW_BYTES };
    let mut room = last as usize - first as usize + 1;
    let mut is_over = false;
    session.connection.run(window(first, last)?, limit, &mut |answer| {
        if let Answer::Data(Data::Search(numbers)) = answer {
            is_over |= numbers.len() > room;
            room = room.saturating_sub(numbers.len());
            found.extend(numbers.iter().filter(|_| !is_over).map(|number| number.get()));
        }
    })?;
    if is_over {
        let why = format!("the server lists more mails than fit into the places {first} to {last}");
        return Err(Loss::new(why).into());
    }
    Ok(())
}

/// Which of these mails are still there, ascending.
pub(super) fn still_there(session: &mut Session, uids: &[u32]) -> Result<BTreeSet<u32>, Trouble> {
    // what is gone may be listed until the server has said that it is gone
    session.connection.run_quietly(CommandBody::Noop, session.limit)?;
    let criteria = Vec1::from(SearchKey::Uid(set(uids)?));
    let command = CommandBody::Search { charset: None, criteria, uid: true };
    let mut found = BTreeSet::new();
    session.connection.run(command, session.limit, &mut |answer| {
        if let Answer::Data(Data::Search(numbers)) = answer {
            let numbers = numbers.iter().map(|number| number.get());
            found.extend(numbers.filter(|uid| uids.binary_search(uid).is_ok()));
        }
    })?;
    Ok(found)
}

/// The UIDs of the mails in these places. Places and not UIDs part the answer: they have no holes.
fn window(first: u32, last: u32) -> Result<CommandBody<'static>, Loss> {
    let places = SequenceSet::from(range(first, last)?);
    let criteria = Vec1::from(SearchKey::SequenceSet(places));
    Ok(CommandBody::Search { charset: None, criteria, uid: true })
}

fn range(first: u32, last: u32) -> Result<Sequence, Loss> {
    let number = |n| {
        NonZeroU32::new(n).map(SeqOrUid::Value).ok_or_else(|| Loss::new("a mail has no number"))
    };
    Ok(if first == last {
        Sequence::Single(number(first)?)
    } else {
        Sequence::Range(number(first)?, number(last)?)
    })
}

/// UIDs as they are sent: neighbours as a range. `uids` ascend.
pub(super) fn set(uids: &[u32]) -> Result<SequenceSet, Loss> {
    let ranges: Result<Vec<Sequence>, Loss> = uids
        .chunk_by(|one, next| one.checked_add(1) == Some(*next))
        .map(|run| range(run[0], run[run.len() - 1]))
        .collect();
    SequenceSet::try_from(ranges?).map_err(|_| Loss::new("no mail is meant"))
}

fn fetch(
    uids: &[u32],
    items: Vec<MessageDataItemName<'static>>,
) -> Result<CommandBody<'static>, Loss> {
    let macro_or_item_names = MacroOrMessageDataItemNames::MessageDataItemNames(items);
    Ok(CommandBody::Fetch { sequence_set: set(uids)?, macro_or_item_names, uid: true })
}

/// The sizes of these mails, as far as they came, and what became of the command.
pub(super) fn sizes(
    session: &mut Session,
    uids: &[u32],
) -> (BTreeMap<u32, u64>, Result<(), Trouble>) {
    let mut found = BTreeMap::new();
    let items = vec![MessageDataItemName::Uid, MessageDataItemName::Rfc822Size];
    let limit = session.limit;
    let outcome = fetch(uids, items).map_err(Trouble::Lost).and_then(|command| {
        session.connection.run(command, limit, &mut |answer| {
            if let Answer::Fetched {
                mail: Fetched { uid: Some(uid), size: Some(size), .. }, ..
            } = answer
                && uids.binary_search(&uid).is_ok()
            {
                found.insert(uid, size);
            }
        })
    });
    (found, outcome.map(|_| ()))
}

/// A mail that came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arrived {
    /// Its bytes; none if they are more than the limit.
    pub bytes: Option<Vec<u8>>,
    /// When it arrived in the mailbox, seconds since 1970 UTC.
    pub received_at: Option<i64>,
}

/// What an answer brought.
#[derive(Debug, Default)]
pub(super) struct Haul {
    /// The mails, the first answer about each.
    pub arrived: BTreeMap<u32, Arrived>,
    /// Whether something was said that may have been about one of the others.
    pub is_doubtful: bool,
}

impl Haul {
    fn note(&mut self, mail: Fetched<'_>, is_cut: bool, asked: &[u32], max_bytes: u64) {
        // where only one was asked for, no other can be meant
        let only = if let [only] = asked { Some(*only) } else { None };
        let uid = if is_cut { mail.uid.or(only) } else { mail.uid };
        let Some(uid) = uid.filter(|uid| asked.binary_search(uid).is_ok()) else {
            self.is_doubtful |= mail.uid.is_none();
            return;
        };
        let bytes = match mail.body {
            Some(body) if body.len() as u64 <= max_bytes => Some(body.into_owned()),
            None if !is_cut => {
                self.is_doubtful = true;
                return;
            }
            _ => None,
        };
        self.arrived.entry(uid).or_insert(Arrived { bytes, received_at: mail.received_at });
    }
}

/// These mails, as far as they came, and what became of the command.
pub(super) fn bodies(
    session: &mut Session,
    uids: &[u32],
    limit: Limit,
    max_bytes: u64,
) -> (Haul, Result<(), Trouble>) {
    let mut haul = Haul::default();
    let body = MessageDataItemName::BodyExt { section: None, partial: None, peek: true };
    let items = vec![MessageDataItemName::Uid, MessageDataItemName::InternalDate, body];
    let outcome = fetch(uids, items).map_err(Trouble::Lost).and_then(|command| {
        session.connection.run(command, limit, &mut |answer| match answer {
            Answer::Fetched { mail, is_cut } => haul.note(mail, is_cut, uids, max_bytes),
            Answer::Garbled => haul.is_doubtful = true,
            Answer::Status(_) | Answer::Data(_) => {}
        })
    });
    if outcome.is_err()
        && let Some(mail) = session.connection.overflowing()
    {
        haul.note(mail, true, uids, max_bytes);
    }
    (haul, outcome.map(|_| ()))
}

/// How much of a server is put up with while it sends mails of this many bytes, as it says itself.
pub(super) fn limit_of_bodies(
    session: &Session,
    total: std::time::Duration,
    announced: u64,
    max_bytes: u64,
) -> Limit {
    // what a server says of sizes is an estimate with some; one mail may be larger than all may be
    let bytes = announced.saturating_add(max_bytes).saturating_mul(4).saturating_add(64 << 20);
    let message = usize::try_from(max_bytes).unwrap_or(usize::MAX).saturating_add(ROUND_ABOUT);
    Limit { total, silence: session.limit.total.min(total), bytes, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_sent_as_a_range() {
        let expected = SequenceSet::try_from("1:3,5,4294967294:4294967295").ok();
        assert_eq!(expected, set(&[1, 2, 3, 5, u32::MAX - 1, u32::MAX]).ok());
        assert!(set(&[]).is_err() && set(&[0]).is_err());
    }
}
