//! **Mails**, one after the other, out of an open folder.
//!
//! In: UIDs. Out: an input for each, in their order, fetched in batches that stay small whatever the
//! mailbox. A batch that breaks is parted until the one mail is found that the server cannot hand
//! over: that one is said to be unfetched, and the others come. One that is gone is passed over, but
//! not one that the server passes over and lists all the same; one over the limit is not asked for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::exchange::Trouble;
use super::listing::{self, Arrived, Haul};
use super::mailbox::{CHUNK, Mailbox};
use super::origin::origin;
use super::vain::Vain;
use crate::error::Result;
use crate::intake::Intake;
use crate::model::{FolderId, MailId, Outcome, RawInput, Reason, Rejection, Stage};

/// How many bytes of mails are asked for by one command.
const BATCH_BYTES: u64 = 1 << 20;

/// How many mails are asked for by one command.
const BATCH_MAILS: usize = 200;

/// What mails may hold that wait for one before them, besides one that is as large as may be.
const WAITING_BYTES: u64 = 1 << 20;

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
    work: Vec<Work>,
    ready: BTreeMap<u32, RawInput>,
    vain: Vain,
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
            vain: Vain::default(),
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
        let began = Instant::now();
        let (sizes, outcome) = listing::sizes(self.mailbox.connected()?, uids);
        let is_any_too_large = sizes.values().any(|size| *size > self.max_bytes);
        self.vain.note(began, &outcome, !sizes.is_empty(), is_any_too_large);
        self.see(&outcome)?;
        let missing: Vec<u32> =
            uids.iter().copied().filter(|uid| !sizes.contains_key(uid)).collect();
        if outcome.is_ok() || missing.len() <= 1 {
            // whose size is not told may be gone, or fit all the same
            self.work.extend(missing.into_iter().map(alone));
        } else {
            let (one, others) = part(&missing, !sizes.is_empty());
            self.work.extend([one, others].map(|uids| Work::Sizes(uids.to_vec())));
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
        self.work.extend(batches);
    }

    /// What is to be done next: what the next mail to be handed over waits for, so that few others
    /// wait for it.
    fn next_work(&mut self) -> Option<Work> {
        let firsts = self.work.iter().enumerate().map(|(at, work)| (work.first(), at));
        let (_, at) = firsts.min()?;
        Some(self.work.swap_remove(at))
    }

    /// How many bytes of mails may be kept.
    fn room(&self, is_alone: bool) -> u64 {
        let bytes = |input: &RawInput| input.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let waiting: u64 = self.ready.values().map(bytes).sum();
        let room = self.max_bytes.saturating_add(WAITING_BYTES).saturating_sub(waiting);
        // the next to be handed over has its room, whatever waits for it
        if is_alone { self.max_bytes } else { room }
    }

    fn ask_bodies(&mut self, uids: &[u32], bytes: u64, tries: u32) -> Result<()> {
        let (total, max) = (self.mailbox.server.patience.bodies, self.max_bytes);
        let room = self.room(uids.len() == 1);
        let began = Instant::now();
        let session = self.mailbox.connected()?;
        let limit = listing::limit_of_bodies(session, total, bytes, max);
        let (haul, outcome) = listing::bodies(session, uids, limit, Haul::with(max, room));
        let is_any = !haul.arrived.is_empty();
        self.vain.note(began, &outcome, is_any, is_any);
        self.see(&outcome)?;
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
                let tries = u32::from(!haul.is_full);
                let again = |uid: &u32| Work::Bodies { uids: vec![*uid], bytes: 0, tries };
                self.work.extend(missing.iter().map(again));
            }
            (missing, Err(_)) => {
                let (one, others) = part(missing, has_arrived);
                let works = [one, others].into_iter().filter(|uids| !uids.is_empty());
                self.work.extend(works.map(|uids| Work::Bodies {
                    uids: uids.to_vec(),
                    bytes,
                    tries: 0,
                }));
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
            self.work.push(Work::Bodies { uids: vec![uid], bytes: 0, tries: 1 });
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
    fn see(&mut self, outcome: &std::result::Result<(), Trouble>) -> Result<()> {
        self.mailbox.see(outcome);
        self.mailbox.unless_in_vain(&self.vain, outcome)
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
            let work = self.next_work().or_else(|| self.last_work());
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
