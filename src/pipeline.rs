//! The one loop that joins intake, decode and store.
//!
//! One thread reads ahead, every core decodes, the calling thread writes. Between them stand short
//! queues, so memory stays the same whatever the number of inputs; order is kept from end to end,
//! so that the first of two conflicting reports is always the same one. A file that somebody wrote
//! to a moment ago and that cannot be read is looked at once more when all else is done.

pub mod pull;
mod weight;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use rayon::prelude::*;

use crate::decode::{Admission, Limits, decode};
use crate::error::Result;
use crate::intake::Intake;
use crate::model::{
    Fate, Origin, Outcome, RawInput, Reason, Rejection, SortedMail, Stage, Trace, Written,
};
use crate::store::Store;
use weight::weight;

/// Inputs decoded together. A small gzip can unpack to much, so a window is bounded by bytes too.
const WINDOW_INPUTS: usize = 256;

/// Bytes of inputs decoded together; at least one input for every core is taken all the same, unless
/// they are [`LARGE`].
const WINDOW_BYTES: usize = 512 << 10;

/// Bytes of inputs after which no more are taken, even for a core that has nothing to do: some wait in
/// queues, each window with as much.
const LARGE: usize = 16 << 20;

/// Bytes of inputs after which it is looked at what has come out of them, before more is decoded.
/// Compressed, that much can become a thousand times as much; at least one input for every core
/// is taken all the same.
const CHUNK_BYTES: usize = 64 << 10;

/// Records and what they refer to, in one window, from which on nothing more is decoded until they
/// are written. Only floods are so heavy; without this, what has come out of a few small archives
/// would wait in the queue in gigabytes.
const HEAVY: usize = 200_000;

/// Windows that wait to be decoded.
const QUEUE_RAW: usize = 1;

/// Windows that wait to be written.
const QUEUE: usize = 2;

/// Inputs written in one transaction.
const BATCH_INPUTS: u64 = 500;

/// Records and traces after which a transaction is ended early.
const BATCH_WEIGHT: usize = 50_000;

/// How many files that may still grow are remembered; the others are only deferred.
const YOUNG: usize = 10_000;

/// What inputs are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The moment that counts as now, seconds since 1970 UTC.
    pub now: i64,
    /// How much of anything one input may have.
    pub limits: &'a Limits,
    /// Which reports count.
    pub admission: &'a Admission,
}

impl Terms<'_> {
    fn judge(&self, mut input: RawInput) -> Judged {
        let mail = input.mail.take();
        let mut traces = decode(input, self.now, self.limits);
        // who wrote the headers may be anybody: a panic is a bug, and costs one input
        let judged = catch_unwind(AssertUnwindSafe(|| self.admission.judge_all(&mut traces)));
        if judged.is_err() {
            let detail = "while it was judged who sent it";
            let rejection = Rejection::new(Stage::Report, Reason::Panicked, detail);
            traces.iter_mut().for_each(|t| t.outcome = Outcome::Rejected(rejection.clone()));
        }
        let mail = mail.map(|mail| SortedMail { mail, fate: Fate::of(&traces) });
        Judged { traces, mail }
    }
}

/// What became of one input.
struct Judged {
    traces: Vec<Trace>,
    /// The mail of a mailbox that it was, if it was one.
    mail: Option<SortedMail>,
}

/// What an ingest did.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Ingested {
    /// Files and mails read.
    pub inputs: u64,
    /// What the store made of them.
    #[serde(flatten)]
    pub written: Written,
    /// How long it took.
    pub seconds: f64,
}

impl std::ops::AddAssign for Ingested {
    fn add_assign(&mut self, more: Self) {
        self.inputs += more.inputs;
        self.written += more.written;
        self.seconds += more.seconds;
    }
}

/// Who is told how far an ingest has come.
pub trait Progress: Sync {
    /// So many inputs are known of by now.
    fn expect(&self, inputs: u64);
    /// So many inputs are stored by now.
    fn stored(&self, inputs: u64);
}

/// Some inputs' traces, in order.
#[derive(Default)]
struct Decoded {
    inputs: u64,
    weight: usize,
    traces: Vec<Trace>,
    mails: Vec<SortedMail>,
    /// Inputs that are to be looked at again, of which nothing is here.
    young: Vec<Origin>,
    /// Dropped once the traces are written or given up, so that its other end hears of it.
    written: Option<SyncSender<()>>,
}

/// Reads everything that `intake` offers into `store`, once what is there is in line with whose
/// domains are whose.
///
/// # Errors
/// When the store cannot be written, or the intake fails. What was written before stays.
pub fn ingest(
    intake: &mut (dyn Intake + Send),
    store: &mut dyn Store,
    terms: Terms<'_>,
    progress: &dyn Progress,
) -> Result<Ingested> {
    let (ingested, ended) = ingest_what_comes(intake, store, terms, progress)?;
    ended.map(|()| ingested)
}

/// The same, but an intake that fails does not hide what came before: that is given with how the
/// intake ended.
fn ingest_what_comes(
    intake: &mut (dyn Intake + Send),
    store: &mut dyn Store,
    terms: Terms<'_>,
    progress: &dyn Progress,
) -> Result<(Ingested, Result<()>)> {
    let started = Instant::now();
    let admission = terms.admission;
    store.reconsider(&|domain| admission.is_own(domain), admission.require)?;
    let (mut done, mut ended) = pass(intake, store, terms, progress, YOUNG, Done::default())?;
    if ended.is_ok() && !done.young.is_empty() {
        let young = std::mem::take(&mut done.young).into_iter();
        let mut again = Again { intake, young, known: done.inputs };
        (done, ended) = pass(&mut again, store, terms, progress, 0, done)?;
    }
    let Done { inputs, written, .. } = done;
    let seconds = started.elapsed().as_secs_f64();
    Ok((Ingested { inputs, written, seconds }, ended))
}

/// What was done so far.
#[derive(Default)]
struct Done {
    inputs: u64,
    written: Written,
    young: Vec<Origin>,
}

/// The inputs that could still grow when they were looked at first.
struct Again<'a> {
    intake: &'a mut (dyn Intake + Send),
    young: std::vec::IntoIter<Origin>,
    /// How many inputs were read before.
    known: u64,
}

impl Intake for Again<'_> {
    /// What is no longer there is passed over: it has become something else, for the next run.
    fn next(&mut self) -> Result<Option<RawInput>> {
        Ok(self.young.find_map(|origin| self.intake.again(&origin)))
    }

    fn expected(&self) -> u64 {
        self.known + self.young.len() as u64
    }
}

/// Reads everything that `intake` offers; holds back at most `young` inputs to be looked at again.
/// Out: what was done, and how the intake ended.
fn pass(
    intake: &mut (dyn Intake + Send),
    store: &mut dyn Store,
    terms: Terms<'_>,
    progress: &dyn Progress,
    young: usize,
    before: Done,
) -> Result<(Done, Result<()>)> {
    let (raw_in, raw_out) = sync_channel(QUEUE_RAW);
    let (decoded_in, decoded_out) = sync_channel(QUEUE);
    std::thread::scope(|threads| {
        let reading = threads.spawn(move || read_ahead(intake, &raw_in, progress));
        threads.spawn(move || decode_all(&raw_out, &decoded_in, terms, young));
        let done = write_all(decoded_out, store, terms.now, progress, before);
        // a writer that failed has dropped its end of the queue, so the others end as well
        let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        done.map(|done| (done, read))
    })
}

/// Reads windows of inputs until there are no more, or nobody takes them.
fn read_ahead(
    intake: &mut dyn Intake,
    queue: &SyncSender<Vec<RawInput>>,
    progress: &dyn Progress,
) -> Result<()> {
    loop {
        let window = read_window(intake)?;
        progress.expect(intake.expected());
        if window.is_empty() || queue.send(window).is_err() {
            return Ok(());
        }
    }
}

fn read_window(intake: &mut dyn Intake) -> Result<Vec<RawInput>> {
    let cores = rayon::current_num_threads();
    let (mut window, mut bytes) = (Vec::new(), 0);
    let has_room = |inputs, bytes| bytes < WINDOW_BYTES || (inputs < cores && bytes < LARGE);
    while window.len() < WINDOW_INPUTS && has_room(window.len(), bytes) {
        let Some(input) = intake.next()? else { break };
        bytes += size(&input);
        window.push(input);
    }
    Ok(window)
}

fn size(input: &RawInput) -> usize {
    input.bytes.as_ref().map_or(0, Vec::len)
}

fn decode_all(
    raw: &Receiver<Vec<RawInput>>,
    queue: &SyncSender<Decoded>,
    terms: Terms<'_>,
    mut young: usize,
) {
    for window in raw {
        let mut window = window.into_iter().peekable();
        while window.peek().is_some() {
            let mut decoded = Decoded::default();
            while decoded.weight < BATCH_WEIGHT && window.peek().is_some() {
                decoded.add(take_chunk(&mut window), terms, young);
            }
            young -= decoded.young.len();
            if hand_over(decoded, queue).is_err() {
                return;
            }
        }
    }
}

/// Takes inputs to decode together.
fn take_chunk(window: &mut impl Iterator<Item = RawInput>) -> Vec<RawInput> {
    let cores = rayon::current_num_threads();
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while bytes < CHUNK_BYTES || chunk.len() < cores {
        let Some(input) = window.next() else { break };
        bytes += size(&input);
        chunk.push(input);
    }
    chunk
}

impl Decoded {
    /// Decodes some inputs. Of those that may still grow, up to `young` are only noted.
    fn add(&mut self, chunk: Vec<RawInput>, terms: Terms<'_>, young: usize) {
        let inputs: Vec<Judged> = chunk.into_par_iter().map(|input| terms.judge(input)).collect();
        for Judged { traces, mail } in inputs {
            if self.young.len() < young && traces.iter().any(is_young) {
                self.young.extend(traces.into_iter().take(1).map(|trace| whole(&trace.origin)));
                continue;
            }
            self.inputs += 1;
            self.weight += traces.iter().map(weight).sum::<usize>();
            self.traces.extend(traces);
            self.mails.extend(mail);
        }
    }
}

fn is_young(trace: &Trace) -> bool {
    matches!(trace.outcome, Outcome::Deferred(Reason::StillGrowing))
}

/// The input that a part belongs to.
fn whole(origin: &Origin) -> Origin {
    Origin::input(origin.input.clone())
}

/// Hands on what was decoded, and waits until it is written if it is heavy. Fails when nobody
/// takes it any more.
fn hand_over(mut decoded: Decoded, queue: &SyncSender<Decoded>) -> std::result::Result<(), ()> {
    let (written, wait) = sync_channel(0);
    let is_heavy = decoded.weight >= HEAVY;
    decoded.written = is_heavy.then_some(written);
    queue.send(decoded).map_err(drop)?;
    if is_heavy {
        // nothing is ever sent: the end of the other side is the message
        let _ = wait.recv();
    }
    Ok(())
}

fn write_all(
    decoded: Receiver<Decoded>,
    store: &mut dyn Store,
    now: i64,
    progress: &dyn Progress,
    mut done: Done,
) -> Result<Done> {
    let mut batch = Batch::default();
    for mut window in decoded {
        done.young.append(&mut window.young);
        batch.add(window);
        if batch.is_full() {
            done.write(std::mem::take(&mut batch), store, now)?;
            progress.stored(done.inputs);
        }
    }
    done.write(batch, store, now)?;
    progress.stored(done.inputs);
    Ok(done)
}

impl Done {
    fn write(&mut self, batch: Batch, store: &mut dyn Store, now: i64) -> Result<()> {
        self.inputs += batch.inputs;
        self.written += batch.write(store, now)?;
        Ok(())
    }
}

/// What is written in one transaction.
#[derive(Default)]
struct Batch {
    inputs: u64,
    weight: usize,
    traces: Vec<Trace>,
    mails: Vec<SortedMail>,
    written: Option<SyncSender<()>>,
}

impl Batch {
    fn add(&mut self, window: Decoded) {
        self.inputs += window.inputs;
        self.weight += window.weight;
        self.traces.extend(window.traces);
        self.mails.extend(window.mails);
        self.written = self.written.take().or(window.written);
    }

    fn is_full(&self) -> bool {
        self.inputs >= BATCH_INPUTS || self.weight >= BATCH_WEIGHT
    }

    fn write(self, store: &mut dyn Store, now: i64) -> Result<Written> {
        if self.traces.is_empty() && self.mails.is_empty() {
            return Ok(Written::default());
        }
        store.write_mails(&self.traces, &self.mails, now)
    }
}

#[cfg(test)]
mod tests;
