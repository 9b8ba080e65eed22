//! **Pulling** a folder of a mailbox: fetched, stored, settled, in this order.
//!
//! In: a mailbox, a store, and what is to be done with mails. Out: what was read and what was done.
//! Each step is noted before the next, so that whatever stops a pull, the next one completes it:
//!
//! * what the folder holds is compared with what the store knows of it, so a mail is fetched if and
//!   only if it was not stored;
//! * what became of a mail is noted in the transaction that stores what was in it;
//! * only what was noted is flagged, moved or deleted, and that is noted again.
//!
//! A folder whose UIDVALIDITY has changed is read anew; the reports in it are known by their content.

use std::collections::HashMap;
use std::time::Instant;

use super::{Ingested, Progress, Terms, ingest_what_comes};
use crate::error::{Error, Result};
use crate::intake::Intake;
use crate::intake::imap::{Folder, Mailbox, Step};
use crate::model::mailbox::Progress as Come;
use crate::model::pulled::{FolderPlanned, FolderPulled, Settled};
use crate::model::{
    Fate, FolderId, KnownMail, Origin, Outcome, RawInput, Reason, Rejection, Settle, Stage, Tidy,
};
use crate::store::Store;

/// Mails that are read before they are settled: what is read so far is tidied up before more is read.
const ROUND: usize = 10_000;

/// After how many runs a mail that the server does not hand over is rejected, so that somebody hears
/// of it. It is asked for in every run all the same.
const TRIES: u32 = 5;

/// What a pull did in one folder.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pulled {
    /// What was read and done.
    pub folder: FolderPulled,
    /// What the server cannot do that was asked for, and mails that it did not hand over.
    pub warnings: Vec<String>,
}

/// What is to be done in a mailbox.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// What is done with mails that were read.
    pub tidy: &'a Tidy,
    /// Whether mails in which something was rejected are read once more.
    pub again: bool,
}

/// Pulls one folder. What was done is given even where the pull ended early; then with why.
pub fn pull(
    mailbox: &mut Mailbox,
    folder: &str,
    task: Task<'_>,
    store: &mut dyn Store,
    terms: Terms<'_>,
    progress: &dyn Progress,
) -> (Pulled, Result<()>) {
    let started = Instant::now();
    let mut pulled = Pulled::default();
    let ended = pull_into(&mut pulled, mailbox, folder, task, store, terms, progress);
    pulled.folder.seconds = started.elapsed().as_secs_f64();
    (pulled, ended)
}

fn pull_into(
    pulled: &mut Pulled,
    mailbox: &mut Mailbox,
    folder: &str,
    task: Task<'_>,
    store: &mut dyn Store,
    terms: Terms<'_>,
    progress: &dyn Progress,
) -> Result<()> {
    let Task { tidy, again } = task;
    pulled.folder.folder = folder.to_owned();
    let folder = mailbox.open(folder, !tidy.touches_nothing())?;
    let found = mailbox.uids()?;
    pulled.folder.mails = found.len() as u64;
    let plan = Plan::new(&found, &store.mails(&folder.id)?, again);
    store.forget_mails(&folder.id, &plan.gone)?;
    if !again {
        // what an earlier run left undone comes first: it is stored already
        settle(pulled, mailbox, &folder, tidy, store)?;
    }
    for round in plan.wanted.chunks(ROUND) {
        let mails = mailbox.mails(round.to_vec(), terms.limits.input_bytes);
        let mut mails = Patient { mails, tries: &plan.tries };
        let (ingested, ended) = ingest_what_comes(&mut mails, store, terms, progress)?;
        pulled.folder.new += ingested.inputs;
        pulled.folder.written += ingested.written;
        pulled.warnings.extend(mails.mails.warning());
        ended?;
        if ingested.inputs > 1 && ingested.written.deferred == ingested.inputs {
            return Err(none_came(&folder.id, &ingested, pulled.warnings.last()));
        }
        settle(pulled, mailbox, &folder, tidy, store)?;
    }
    Ok(())
}

/// One mail may be damaged; that not one of many comes has another cause.
fn none_came(folder: &FolderId, ingested: &Ingested, why: Option<&String>) -> Error {
    Error::new(
        format!("cannot read the mails in {} of {}", folder.folder, folder.mailbox),
        why.cloned().unwrap_or_else(|| format!("none of {} came", ingested.inputs)),
        "ask who runs the server; the next run asks for them again",
    )
}

/// What a pull would do in one folder, without doing any of it. Without a store, as if it were new.
///
/// # Errors
/// When the mailbox or the store cannot be read.
pub fn plan(
    mailbox: &mut Mailbox,
    folder: &str,
    tidy: &Tidy,
    store: Option<&dyn Store>,
) -> Result<FolderPlanned> {
    let name = folder.to_owned();
    let folder = mailbox.open(folder, false)?;
    let found = mailbox.uids()?;
    let known = store.map_or(Ok(Vec::new()), |store| store.mails(&folder.id))?;
    let plan = Plan::new(&found, &known, false);
    let sizes = mailbox.sizes(&plan.wanted)?;
    let is_there = |mail: &&KnownMail| found.binary_search(&mail.uid).is_ok();
    let due = known.iter().filter(is_there).filter(|mail| is_due(tidy.of(mail.fate), mail));
    Ok(FolderPlanned {
        folder: name,
        mails: found.len() as u64,
        new: plan.wanted.len() as u64,
        bytes: sizes.iter().map(|(_, bytes)| bytes).sum(),
        due: due.count() as u64,
    })
}

/// What is to be done in a folder.
#[derive(Debug, PartialEq, Eq, Default)]
struct Plan {
    /// Mails to be read, in order.
    wanted: Vec<u32>,
    /// Of those, the ones that the server did not hand over before, and in how many runs.
    tries: HashMap<u32, u32>,
    /// Mails that are known and no longer there.
    gone: Vec<u32>,
}

impl Plan {
    /// Compares what a folder holds with what is known of it; both in the order of the numbers.
    /// `again`: what was rejected is wanted once more.
    fn new(found: &[u32], known: &[KnownMail], again: bool) -> Self {
        let mut plan = Self::default();
        let mut known = known.iter().peekable();
        for &uid in found {
            while let Some(gone) = known.next_if(|mail| mail.uid < uid) {
                plan.gone.push(gone.uid);
            }
            match known.next_if(|mail| mail.uid == uid) {
                None => plan.wanted.push(uid),
                Some(mail) if mail.fate == Fate::Unfetched => {
                    plan.wanted.push(uid);
                    plan.tries.insert(uid, mail.tries);
                }
                Some(mail) if again && mail.fate == Fate::Rejected => plan.wanted.push(uid),
                Some(_) => {}
            }
        }
        plan.gone.extend(known.map(|mail| mail.uid));
        plan
    }
}

/// Mails; one that the server did not hand over in many runs is rejected, so that somebody hears of
/// it.
struct Patient<'a, I> {
    mails: I,
    tries: &'a HashMap<u32, u32>,
}

impl<I: Intake> Intake for Patient<'_, I> {
    fn next(&mut self) -> Result<Option<RawInput>> {
        let Some(mut input) = self.mails.next()? else { return Ok(None) };
        let uid = input.mail.as_ref().map_or(0, |mail| mail.uid);
        let tries = 1 + self.tries.get(&uid).copied().unwrap_or(0);
        if tries >= TRIES && input.bytes == Err(Outcome::Deferred(Reason::Unfetched)) {
            let detail = format!("asked for in {tries} runs");
            let rejection = Rejection::new(Stage::Intake, Reason::Unfetched, detail);
            input.bytes = Err(Outcome::Rejected(rejection));
        }
        Ok(Some(input))
    }

    fn again(&mut self, origin: &Origin) -> Option<RawInput> {
        self.mails.again(origin)
    }

    fn expected(&self) -> u64 {
        self.mails.expected()
    }
}

/// Flags, moves and deletes what is stored and still lies in the folder.
fn settle(
    pulled: &mut Pulled,
    mailbox: &mut Mailbox,
    folder: &Folder,
    tidy: &Tidy,
    store: &mut dyn Store,
) -> Result<()> {
    if tidy.touches_nothing() {
        return Ok(());
    }
    if !store.is_in_place() {
        return Err(Error::new(
            "cannot tidy up the mailbox",
            "the store was moved or deleted while it was written to",
            "run again, with the store where it is now",
        ));
    }
    let known = store.mails(&folder.id)?;
    for fate in Fate::ALL {
        let how = tidy.of(fate);
        let due = |mail: &&KnownMail| mail.fate == fate && is_due(how, mail);
        let due: Vec<&KnownMail> = known.iter().filter(due).collect();
        if due.is_empty() {
            continue;
        }
        let uids: Vec<u32> = due.iter().map(|mail| mail.uid).collect();
        let copied = due.iter().filter(|mail| mail.progress == Come::Copied);
        let copied: Vec<u32> = copied.map(|mail| mail.uid).collect();
        let Pulled { folder: FolderPulled { settled, .. }, warnings } = &mut *pulled;
        let mut done = |step: Step<'_>| note(settled, how, &folder.id, &step, store);
        let more = mailbox.settle(how, &uids, &copied, &mut done)?;
        more.into_iter().for_each(|warning| {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        });
    }
    Ok(())
}

/// Whether anything is still to be done with a mail of which this is asked.
fn is_due(how: &Settle, mail: &KnownMail) -> bool {
    match how {
        Settle::Leave => false,
        Settle::Flag(_) => mail.progress == Come::Untouched,
        Settle::Move(_) | Settle::Delete => true,
    }
}

/// Notes a step that the server has confirmed.
fn note(
    settled: &mut Settled,
    how: &Settle,
    folder: &FolderId,
    step: &Step<'_>,
    store: &mut dyn Store,
) -> Result<()> {
    match step {
        Step::Flagged(uids) => {
            settled.flagged += uids.len() as u64;
            store.settled(folder, uids, Come::Flagged)
        }
        Step::Copied(uids) => store.settled(folder, uids, Come::Copied),
        Step::Gone(uids) => {
            match how {
                Settle::Move(target) => {
                    *settled.moved.entry(target.clone()).or_default() += uids.len() as u64;
                }
                _ => settled.deleted += uids.len() as u64,
            }
            store.forget_mails(folder, uids)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(uid: u32, fate: Fate) -> KnownMail {
        KnownMail {
            uid,
            fate,
            tries: u32::from(fate == Fate::Unfetched),
            progress: Come::Untouched,
        }
    }

    #[test]
    fn what_is_not_known_is_wanted_and_what_is_not_there_is_gone() {
        let noted = [
            known(1, Fate::Processed),
            known(3, Fate::Processed),
            known(4, Fate::Unfetched),
            known(9, Fate::Other),
        ];
        let plan = Plan::new(&[2, 3, 4, 5], &noted, false);
        assert_eq!(vec![2, 4, 5], plan.wanted);
        assert_eq!(HashMap::from([(4, 1)]), plan.tries);
        assert_eq!(vec![1, 9], plan.gone);
        assert_eq!(Plan::default(), Plan::new(&[], &[], false));
        let rejected = [known(3, Fate::Rejected), known(4, Fate::Other)];
        assert_eq!(vec![3], Plan::new(&[3, 4], &rejected, true).wanted);
        assert_eq!(Vec::<u32>::new(), Plan::new(&[3, 4], &rejected, false).wanted);
    }

    struct One(Option<RawInput>);

    impl Intake for One {
        fn next(&mut self) -> Result<Option<RawInput>> {
            Ok(self.0.take())
        }

        fn expected(&self) -> u64 {
            1
        }
    }

    #[test]
    fn a_mail_that_never_comes_is_rejected_in_the_end() {
        let come = |tries| {
            let folder = FolderId { mailbox: "m".into(), folder: "f".into(), uid_validity: 1 };
            let mail = crate::model::MailId { folder: std::sync::Arc::new(folder), uid: 7 };
            let bytes = Err(Outcome::Deferred(Reason::Unfetched));
            let input = RawInput { mail: Some(mail), ..RawInput::new(Origin::default(), bytes) };
            let tries = HashMap::from([(7, tries)]);
            Patient { mails: One(Some(input)), tries: &tries }.next().unwrap().unwrap().bytes
        };
        assert_eq!(Err(Outcome::Deferred(Reason::Unfetched)), come(TRIES - 2));
        assert!(
            matches!(come(TRIES - 1), Err(Outcome::Rejected(r)) if r.reason == Reason::Unfetched)
        );
    }

    #[test]
    fn a_flag_is_set_once_and_a_move_is_due_as_long_as_the_mail_is_there() {
        let flag = Settle::Flag("k".into());
        let flagged = KnownMail { progress: Come::Flagged, ..known(1, Fate::Processed) };
        assert!(is_due(&flag, &known(1, Fate::Processed)) && !is_due(&flag, &flagged));
        assert!(is_due(&Settle::Move("a".into()), &flagged) && !is_due(&Settle::Leave, &flagged));
    }
}
