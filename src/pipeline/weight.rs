//! What a trace **weighs**: the measure by which floods are told from reports.
//!
//! In: a trace. Out: about how many rows of the store it becomes.

use crate::model::{DkimAuth, Fingerprint, LangText, Outcome, Report, SpfAuth, Trace};

/// What a trace weighs: 1, and 1 for every record, list entry and 128 bytes of text.
pub(super) fn weight(trace: &Trace) -> usize {
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
