//! **Mails**, one after the other, out of an open folder.
//!
//! In: UIDs. Out: an input for each, in their order, fetched in batches that stay small whatever the
//! mailbox. A batch that breaks is parted until the one mail is found that the server cannot hand
//! over: that one is said to be unfetched, and the others come. One that is gone is passed over, but
//! not one that the server passes over and lists all the same; one over the limit is not asked for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::exchange::Trouble;
use super::listing::{self, Arrived};
use super::mailbox::{CHUNK, Mailbox};
use super::origin::origin;
use crate::error::{Error, Result};
use crate::intake::Intake;
use crate::model::{FolderId, MailId, Outcome, RawInput, Reason, Rejection, Stage};

/// How many bytes of mails are asked for by one command.
const BATCH_BYTES: u64 = 1 << 20;

/// How many mails are asked for by one command.
const BATCH_MAILS: usize = 200;

/// How many commands in a row may bring no mail.
const IN_VAIN_MAX: u32 = 200;

/// How many commands in a row may be waited for in vain: more than a batch is parted into before
/// one mail is alone.
const TIMEOUTS_MAX: u32 = 16;

/// What is still to be done.
#[derive(Debug)]
enum Work {
    /// To ask how large these are.
    Sizes(Vec<u32>),
    /// To ask for these, which are so many bytes together. `tries`: how often a mail that is alone
    /// was asked for in vain.
    Bodies { uids: Vec<u32>, bytes: u64, tries: u32 },
    /// To ask whether these are gone, of which the server sent nothing.
    Gone(Vec<u32>),
}

impl Work {
    fn first(&self) -> Option<u32> {
        let (Self::Sizes(uids) | Self::Bodies { uids, .. } | Self::Gone(uids)) = self;
        uids.first().copied()
    }
}

/// The mails of a folder, as inputs.
#[derive(Debug)]
pub struct Mails<'a> {
    mailbox: &'a mut Mailbox,
    folder: Option<Arc<FolderId>>,
    max_bytes: u64,
    expected: u64,
    work: VecDeque<Work>,
    ready: BTreeMap<u32, RawInput>,
    in_vain: u32,
    timeouts: u32,
    /// What the server did not hand over, and what it said at the last of these.
    unfetched: Vec<u32>,
    why: String,
    /// What the server passed over without a word.
    passed_over: Vec<u32>,
}

impl<'a> Mails<'a> {
    pub(super) fn new(mailbox: &'a mut Mailbox, mut uids: Vec<u32>, max_bytes: u64) -> Self {
        uids.sort_unstable();
        uids.dedup();
        let work = uids.chunks(CHUNK).map(|chunk| Work::Sizes(chunk.to_vec())).collect();
        let folder = mailbox.folder.as_ref().map(|folder| Arc::clone(&folder.id));
        let expected = uids.len() as u64;
        Self {
            mailbox,
            folder,
            max_bytes,
            expected,
            work,
            ready: BTreeMap::new(),
            in_vain: 0,
            timeouts: 0,
            unfetched: Vec::new(),
            why: String::new(),
            passed_over: Vec::new(),
        }
    }

    /// The first mail that is fetched, if all before it are settled.
    fn take_ready(&mut self) -> Option<RawInput> {
        let pending = self.work.iter().filter_map(Work::first).min();
        let first = self.ready.first_entry()?;
        let is_next = pending.is_none_or(|uid| *first.key() < uid);
        is_next.then(|| first.remove())
    }

    fn put(
        &mut self,
        uid: u32,
        received_at: Option<i64>,
        bytes: std::result::Result<Vec<u8>, Outcome>,
    ) {
        let Some(folder) = &self.folder else { return };
        let mail = MailId { folder: Arc::clone(folder), uid };
        let origin = origin(&self.mailbox.server, folder, uid);
        let input = RawInput { received_at, mail: Some(mail), ..RawInput::new(origin, bytes) };
        self.ready.insert(uid, input);
    }

    fn put_arrived(&mut self, arrived: BTreeMap<u32, Arrived>) {
        let max = self.max_bytes;
        for (uid, Arrived { bytes, received_at }) in arrived {
            self.put(uid, received_at, bytes.ok_or_else(|| too_large(max, None)));
        }
    }

    fn work_on(&mut self, work: Work) -> Result<()> {
        match work {
            Work::Sizes(uids) => self.ask_sizes(&uids),
            Work::Bodies { uids, bytes, tries } => self.ask_bodies(&uids, bytes, tries),
            Work::Gone(uids) => self.ask_gone(&uids),
        }
    }

    fn ask_sizes(&mut self, uids: &[u32]) -> Result<()> {
        let (sizes, outcome) = listing::sizes(self.mailbox.connected()?, uids);
        self.see(&outcome, !sizes.is_empty())?;
        let missing: Vec<u32> =
            uids.iter().copied().filter(|uid| !sizes.contains_key(uid)).collect();
        if outcome.is_ok() || missing.len() <= 1 {
            // whose size is not told may be gone, or fit all the same
            self.work_first(missing.into_iter().map(alone).collect());
        } else {
            let (one, others) = part(&missing, !sizes.is_empty());
            self.work_first([one, others].map(|uids| Work::Sizes(uids.to_vec())).into());
        }
        self.plan(sizes);
        Ok(())
    }

    /// Makes batches of mails whose sizes are known.
    fn plan(&mut self, sizes: BTreeMap<u32, u64>) {
        let mut batches = Vec::new();
        let (mut batch, mut sum) = (Vec::new(), 0_u64);
        for (uid, size) in sizes {
            if size > self.max_bytes {
                self.put(uid, None, Err(too_large(self.max_bytes, Some(size))));
                continue;
            }
            if !batch.is_empty()
                && (sum.saturating_add(size) > BATCH_BYTES || batch.len() >= BATCH_MAILS)
            {
                batches.push(Work::Bodies {
                    uids: std::mem::take(&mut batch),
                    bytes: sum,
                    tries: 0,
                });
                sum = 0;
            }
            batch.push(uid);
            sum = sum.saturating_add(size);
        }
        if !batch.is_empty() {
            batches.push(Work::Bodies { uids: batch, bytes: sum, tries: 0 });
        }
        self.work_first(batches);
    }

    fn work_first(&mut self, works: Vec<Work>) {
        for work in works.into_iter().rev() {
            self.work.push_front(work);
        }
    }

    fn ask_bodies(&mut self, uids: &[u32], bytes: u64, tries: u32) -> Result<()> {
        let (total, max) = (self.mailbox.server.patience.bodies, self.max_bytes);
        let session = self.mailbox.connected()?;
        let limit = listing::limit_of_bodies(session, total, bytes, max);
        let (haul, outcome) = listing::bodies(session, uids, limit, max);
        self.see(&outcome, !haul.arrived.is_empty())?;
        let missing: Vec<u32> =
            uids.iter().copied().filter(|uid| !haul.arrived.contains_key(uid)).collect();
        let has_arrived = !haul.arrived.is_empty();
        self.put_arrived(haul.arrived);
        match (missing.as_slice(), &outcome) {
            ([], _) => {}
            ([uid], _) if uids.len() == 1 => {
                let why = match &outcome {
                    Err(trouble) => Some(trouble.in_words()),
                    Ok(()) => haul.is_doubtful.then(|| "the server sends no content of it".into()),
                };
                self.again(*uid, tries, why);
            }
            (missing, Ok(())) => {
                // the answer is whole without them: each is asked for once more
                let again = |uid: &u32| Work::Bodies { uids: vec![*uid], bytes: 0, tries: 1 };
                self.work_first(missing.iter().map(again).collect());
            }
            (missing, Err(_)) => {
                let (one, others) = part(missing, has_arrived);
                let works = [one, others].into_iter().filter(|uids| !uids.is_empty());
                self.work_first(
                    works
                        .map(|uids| Work::Bodies { uids: uids.to_vec(), bytes, tries: 0 })
                        .collect(),
                );
            }
        }
        Ok(())
    }

    /// Asks which mails are gone. One that is listed and not sent is not to be missed in silence.
    fn ask_gone(&mut self, uids: &[u32]) -> Result<()> {
        for uid in self.mailbox.still_there(uids)? {
            self.unfetched(uid, "the server lists it, and sends nothing of it".into());
        }
        Ok(())
    }

    /// The last that is to be done.
    fn last_work(&mut self) -> Option<Work> {
        let uids = std::mem::take(&mut self.passed_over);
        (!uids.is_empty()).then_some(Work::Gone(uids))
    }

    fn unfetched(&mut self, uid: u32, why: String) {
        self.unfetched.push(uid);
        self.why = why;
        self.put(uid, None, Err(Outcome::Deferred(Reason::Unfetched)));
    }

    /// A mail that was asked for alone and did not come, with why; without, the server simply passed
    /// it over, as it does with one that is gone.
    fn again(&mut self, uid: u32, tries: u32, why: Option<String>) {
        if tries == 0 {
            self.work.push_front(Work::Bodies { uids: vec![uid], bytes: 0, tries: 1 });
        } else if let Some(why) = why {
            self.unfetched(uid, why);
        } else {
            self.passed_over.push(uid);
        }
    }

    /// Which mails the server did not hand over, and why not, if there were any.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let first = self.unfetched.first()?;
        let why = &self.why;
        Some(match self.unfetched.len() {
            1 => format!("the mail with UID {first} was not handed over: {why}"),
            many => {
                format!("{many} mails, the first with UID {first}, were not handed over: {why}")
            }
        })
    }

    /// Drops a connection that is of no more use, and sees to it that nobody tries for ever.
    fn see(&mut self, outcome: &std::result::Result<(), Trouble>, has_arrived: bool) -> Result<()> {
        self.mailbox.see(outcome);
        if has_arrived || outcome.is_ok() {
            (self.in_vain, self.timeouts) = (0, 0);
        }
        let Err(trouble) = outcome else { return Ok(()) };
        self.in_vain += 1;
        self.timeouts += u32::from(matches!(trouble, Trouble::Lost(loss) if loss.is_timeout));
        if self.in_vain < IN_VAIN_MAX && self.timeouts < TIMEOUTS_MAX {
            if matches!(trouble, Trouble::Lost(_)) && self.in_vain > 1 {
                // connecting at once, again and again, looks like an attack
                self.mailbox.pause(1);
            }
            return Ok(());
        }
        Err(Error::new(
            format!("cannot fetch mails of {}", self.mailbox.name()),
            format!(
                "the server hands over none, asked {} times in a row: {}",
                self.in_vain,
                trouble.in_words()
            ),
            "ask who runs the server; what was stored is kept, and the next run tries again",
        ))
    }
}

/// Two parts of what did not come. Where something came before it broke, the next is the one to
/// suspect.
fn part(uids: &[u32], has_arrived: bool) -> (&[u32], &[u32]) {
    uids.split_at(if has_arrived { 1 } else { uids.len().div_ceil(2) })
}

fn alone(uid: u32) -> Work {
    Work::Bodies { uids: vec![uid], bytes: 0, tries: 0 }
}

fn too_large(max: u64, announced: Option<u64>) -> Outcome {
    let what = announced.map_or("more".into(), |size| format!("{size} bytes, more"));
    let detail = format!("{what} than {max} bytes (limit input_bytes)");
    Outcome::Rejected(Rejection::new(Stage::Intake, Reason::TooLarge, detail))
}

impl Intake for Mails<'_> {
    fn next(&mut self) -> Result<Option<RawInput>> {
        loop {
            if self.mailbox.stop.is_asked() {
                return Ok(None);
            }
            if let Some(input) = self.take_ready() {
                return Ok(Some(input));
            }
            let work = self.work.pop_front().or_else(|| self.last_work());
            let Some(work) = work else { return Ok(None) };
            match self.work_on(work) {
                // who wishes to stop does not wait for the server, and that is no failure
                Err(_) if self.mailbox.stop.is_asked() => return Ok(None),
                other => other?,
            }
        }
    }

    fn expected(&self) -> u64 {
        self.expected
    }
}
