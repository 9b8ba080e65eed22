//! **The same domain after its move**: from a day on the stricter policy is published, and receivers
//! do what it says to mail that fails.
//!
//! In: a synthetic domain and the day of its move. Out: its history as it would then have been; who
//! sent what, and what failed, stays.

use ruaudit::model::report::Fingerprint;
use ruaudit::model::words::{AlignedResult, Disposition, Policy};
use ruaudit::model::{Day, History, PolicyPublished, Traffic};

use super::Domain;

impl Domain {
    /// The history with `p=quarantine` from the day after that one on.
    pub fn moved(&self, day: Day) -> History {
        let mut history = self.history.clone();
        let traffic = &mut history.traffic;
        let strict = traffic.policies.len();
        let published =
            PolicyPublished { p: Some(Policy::Quarantine), ..traffic.policies[0].clone() };
        traffic.policies.push(published);
        let stopped = stopped(traffic);
        for report in traffic.reports.iter_mut().filter(|report| report.day > day) {
            report.policy = u32::try_from(strict).unwrap();
        }
        for row in traffic.rows.iter_mut().filter(|row| row.day > day) {
            row.fingerprint = stopped[row.fingerprint as usize];
        }
        history
    }
}

/// By fingerprint: that of the same mail where a receiver quarantines what fails, added to the list.
/// Mail of a list that the receiver knows is let through.
fn stopped(traffic: &mut Traffic) -> Vec<u32> {
    let fails =
        |print: &Fingerprint| print.dkim == AlignedResult::Fail && print.spf == AlignedResult::Fail;
    let known = traffic.fingerprints.len();
    let mut becomes = Vec::with_capacity(known);
    for at in 0..known {
        let print = &traffic.fingerprints[at];
        let same = !fails(print) || !print.reasons.is_empty();
        becomes.push(u32::try_from(if same { at } else { traffic.fingerprints.len() }).unwrap());
        if !same {
            let print = Fingerprint { disposition: Disposition::Quarantine, ..print.clone() };
            std::sync::Arc::make_mut(&mut traffic.fingerprints).push(print);
        }
    }
    becomes
}
