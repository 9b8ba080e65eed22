//! Tests of the one loop: floods, order and files that grow.

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
    let terms = Terms { now: 1_795_305_600, limits: &limits, admission: &Admission::default() };
    let done = ingest(&mut Inputs(inputs), &mut store, terms, &Quiet).unwrap();
    let expected = (7, 3 * HEAVY as u64 + 4);
    assert_eq!(expected, (done.written.reports, done.written.records));
}
