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
use crate::model::{
    DkimAuth, Fingerprint, LangText, Outcome, RawInput, Report, SpfAuth, Trace, Written,
};
use crate::store::Store;

/// Inputs decoded together. A small gzip can unpack to much, so a window is bounded by bytes too.
const WINDOW_INPUTS: usize = 256;

/// Bytes of inputs decoded together; at least one input for every core is taken all the same.
const WINDOW_BYTES: usize = 512 << 10;

/// Bytes of inputs after which it is looked at what has come out of them, before more is decoded.
/// Compressed, that much can become a thousand times as much; at least one input for every core
/// is taken all the same.
const CHUNK_BYTES: usize = 64 << 10;

/// Records and what they refer to, in one window, from which on nothing more is decoded until they
/// are written. Only floods are so heavy; without this, what has come out of a few small archives
/// would wait in the queue in gigabytes.
const HEAVY: usize = 200_000;

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
#[derive(Default)]
struct Decoded {
    inputs: u64,
    weight: usize,
    traces: Vec<Trace>,
    /// Dropped once the traces are written or given up, so that its other end hears of it.
    written: Option<SyncSender<()>>,
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
    now: i64,
    limits: &Limits,
) {
    for window in raw {
        let mut window = window.into_iter().peekable();
        while window.peek().is_some() {
            let mut decoded = Decoded::default();
            while decoded.weight < BATCH_WEIGHT && window.peek().is_some() {
                decoded.add(take_chunk(&mut window), now, limits);
            }
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
    fn add(&mut self, chunk: Vec<RawInput>, now: i64, limits: &Limits) {
        self.inputs += chunk.len() as u64;
        let traces: Vec<Vec<Trace>> =
            chunk.into_par_iter().map(|input| decode(input, now, limits)).collect();
        let before = self.traces.len();
        self.traces.extend(traces.into_iter().flatten());
        self.weight += self.traces[before..].iter().map(weight).sum::<usize>();
    }
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
    written: Option<SyncSender<()>>,
}

impl Batch {
    fn add(&mut self, window: Decoded) {
        self.inputs += window.inputs;
        self.weight += window.weight;
        self.traces.extend(window.traces);
        self.written = self.written.take().or(window.written);
    }

    fn is_full(&self) -> bool {
        self.inputs >= BATCH_INPUTS || self.weight >= BATCH_WEIGHT
    }

    fn write(self, store: &mut dyn Store, now: i64) -> Result<Written> {
        if self.traces.is_empty() { Ok(Written::default()) } else { store.write(&self.traces, now) }
    }
}

/// What a trace weighs: 1, and 1 for every record, list entry and 128 bytes of text.
fn weight(trace: &Trace) -> usize {
    match &trace.outcome {
        Outcome::Accepted(accepted) => {
            let Report { records, fingerprints, .. } = &accepted.report;
            1 + records.len() + fingerprints.iter().map(fingerprint_weight).sum::<usize>()
        }
        _ => 1,
    }
}

fn fingerprint_weight(fingerprint: &Fingerprint) -> usize {
    let Fingerprint {
        header_from, envelope_from, envelope_to, reasons, dkim_auth, spf_auth, ..
    } = fingerprint;
    let said = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let remark = |text: &Option<LangText>| text.as_ref().map_or(0, |text| text.text.len());
    let reasons_text: usize = reasons.iter().map(|reason| remark(&reason.comment)).sum();
    let dkim =
        |auth: &DkimAuth| auth.domain.len() + said(&auth.selector) + remark(&auth.human_result);
    let spf = |auth: &SpfAuth| auth.domain.len() + remark(&auth.human_result);
    let text = header_from.len() + said(envelope_from) + said(envelope_to) + reasons_text;
    let results: usize = dkim_auth.iter().map(dkim).chain(spf_auth.iter().map(spf)).sum();
    reasons.len() + dkim_auth.len() + spf_auth.len() + (text + results) / 128
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;

    /// Nobody is told.
    struct Quiet;

    impl Progress for Quiet {
        fn expect(&self, _: u64) {}
        fn stored(&self, _: u64) {}
    }

    fn report(id: usize, records: usize) -> RawInput {
        let record = "<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row></record>";
        let xml = format!(
            "<feedback><report_metadata><org_name>a</org_name><report_id>{id}</report_id>\
             <date_range><begin>1795132800</begin><end>1795219199</end></date_range>\
             </report_metadata><policy_published><domain>acme.example</domain>\
             </policy_published>{}</feedback>",
            record.repeat(records)
        );
        let origin = Origin::input(format!("{id}.xml"));
        RawInput::new(origin, Ok(xml.into_bytes()))
    }

    struct Inputs(Vec<RawInput>);

    impl Intake for Inputs {
        fn next(&mut self) -> Result<Option<RawInput>> {
            Ok(self.0.pop())
        }

        fn expected(&self) -> u64 {
            self.0.len() as u64
        }
    }

    #[test]
    fn only_a_flood_is_waited_for_until_it_is_written() {
        let (queue, decoded) = sync_channel(QUEUE);
        let window = |weight| Decoded { weight, ..Decoded::default() };
        assert_eq!(Ok(()), hand_over(window(HEAVY - 1), &queue));
        std::thread::scope(|threads| {
            let handing = threads.spawn(move || hand_over(window(HEAVY), &queue));
            let (_light, heavy) = (decoded.recv().unwrap(), decoded.recv().unwrap());
            std::thread::sleep(std::time::Duration::from_millis(200));
            assert!(!handing.is_finished(), "went on without waiting");
            drop(heavy);
            assert_eq!(Ok(()), handing.join().unwrap());
        });
    }

    #[test]
    fn what_weighs_is_counted_text_too() {
        let long = report(1, 3);
        let plain = decode(long, 1_795_305_600, &Limits::default());
        assert_eq!(4, weight(&plain[0]));
        let Outcome::Accepted(mut accepted) = plain[0].outcome.clone() else { panic!("rejected") };
        accepted.report.fingerprints[0].header_from = "x".repeat(1_280);
        let trace = Trace { outcome: Outcome::Accepted(accepted), ..plain[0].clone() };
        assert_eq!(14, weight(&trace));
    }

    #[test]
    fn floods_and_small_reports_are_all_written() {
        let mut store = crate::store::sqlite::SqliteStore::in_memory().unwrap();
        let sizes = [1, HEAVY, 1, 1, HEAVY, HEAVY, 1];
        let inputs = sizes.iter().enumerate().map(|(id, records)| report(id, *records)).collect();
        let limits = Limits::default();
        let done = ingest(&mut Inputs(inputs), &mut store, 1_795_305_600, &limits, &Quiet).unwrap();
        let expected = (7, 3 * HEAVY as u64 + 4);
        assert_eq!(expected, (done.written.reports, done.written.records));
    }
}
