//! The one loop that joins intake, decode and store.
//!
//! One thread reads ahead, every core decodes, the calling thread writes. Between them stand short
//! queues, so memory stays the same whatever the number of inputs; order is kept from end to end,
//! so that the first of two conflicting reports is always the same one.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use rayon::prelude::*;

use crate::decode::{Limits, decode};
use crate::error::Result;
use crate::intake::Intake;
use crate::model::{Outcome, RawInput, Trace, Written};
use crate::store::Store;

/// Inputs decoded together. A small gzip can unpack to much, so a window is bounded by bytes too.
const WINDOW_INPUTS: usize = 256;

/// Bytes of inputs decoded together; at least one input for every core is taken all the same.
const WINDOW_BYTES: usize = 512 << 10;

/// Windows that wait in a queue.
const QUEUE: usize = 2;

/// Inputs written in one transaction.
const BATCH_INPUTS: u64 = 1_000;

/// Records and traces after which a transaction is ended early.
const BATCH_WEIGHT: usize = 50_000;

/// What an ingest did.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Ingested {
    /// Files and mails read.
    pub inputs: u64,
    /// What the store made of them.
    #[serde(flatten)]
    pub written: Written,
    /// How long it took.
    pub seconds: f64,
}

/// Who is told how far an ingest has come.
pub trait Progress: Sync {
    /// So many inputs are known of by now.
    fn expect(&self, inputs: u64);
    /// So many inputs are stored by now.
    fn stored(&self, inputs: u64);
}

/// Some inputs' traces, in order.
struct Decoded {
    inputs: u64,
    traces: Vec<Trace>,
}

/// Reads everything that `intake` offers into `store`. `now` is the moment that counts as now,
/// seconds since 1970 UTC.
///
/// # Errors
/// When the store cannot be written, or the intake fails. What was written before stays.
pub fn ingest(
    intake: &mut (dyn Intake + Send),
    store: &mut dyn Store,
    now: i64,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Ingested> {
    let started = Instant::now();
    let (raw_in, raw_out) = sync_channel(QUEUE);
    let (decoded_in, decoded_out) = sync_channel(QUEUE);
    let (inputs, written) = std::thread::scope(|threads| {
        let reading = threads.spawn(move || read_ahead(intake, &raw_in, progress));
        threads.spawn(move || decode_all(&raw_out, &decoded_in, now, limits));
        let written = write_all(decoded_out, store, now, progress);
        // a writer that failed has dropped its end of the queue, so the others end as well
        let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.and_then(|written| read.map(|()| written))
    })?;
    Ok(Ingested { inputs, written, seconds: started.elapsed().as_secs_f64() })
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
    while window.len() < WINDOW_INPUTS && (bytes < WINDOW_BYTES || window.len() < cores) {
        let Some(input) = intake.next()? else { break };
        bytes += input.bytes.as_ref().map_or(0, Vec::len);
        window.push(input);
    }
    Ok(window)
}

fn decode_all(
    raw: &Receiver<Vec<RawInput>>,
    queue: &SyncSender<Decoded>,
    now: i64,
    limits: &Limits,
) {
    for window in raw {
        let inputs = window.len() as u64;
        let traces: Vec<Vec<Trace>> =
            window.into_par_iter().map(|input| decode(input, now, limits)).collect();
        let traces = traces.into_iter().flatten().collect();
        if queue.send(Decoded { inputs, traces }).is_err() {
            return;
        }
    }
}

fn write_all(
    decoded: Receiver<Decoded>,
    store: &mut dyn Store,
    now: i64,
    progress: &dyn Progress,
) -> Result<(u64, Written)> {
    let (mut inputs, mut written) = (0, Written::default());
    let mut batch = Batch::default();
    for window in decoded {
        batch.add(window);
        if batch.is_full() {
            inputs += batch.inputs;
            written += std::mem::take(&mut batch).write(store, now)?;
            progress.stored(inputs);
        }
    }
    inputs += batch.inputs;
    written += batch.write(store, now)?;
    progress.stored(inputs);
    Ok((inputs, written))
}

/// What is written in one transaction.
#[derive(Default)]
struct Batch {
    inputs: u64,
    weight: usize,
    traces: Vec<Trace>,
}

impl Batch {
    fn add(&mut self, window: Decoded) {
        self.inputs += window.inputs;
        self.weight += window.traces.iter().map(weight).sum::<usize>();
        self.traces.extend(window.traces);
    }

    fn is_full(&self) -> bool {
        self.inputs >= BATCH_INPUTS || self.weight >= BATCH_WEIGHT
    }

    fn write(self, store: &mut dyn Store, now: i64) -> Result<Written> {
        if self.traces.is_empty() { Ok(Written::default()) } else { store.write(&self.traces, now) }
    }
}

fn weight(trace: &Trace) -> usize {
    match &trace.outcome {
        Outcome::Accepted(accepted) => 1 + accepted.report.records.len(),
        _ => 1,
    }
}
