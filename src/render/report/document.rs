//! **One report as JSON** has it: every field, under the names that records, sources and traces
//! have elsewhere. Times are RFC 3339 in UTC; what the report does not say is `null`.

use serde::Serialize;
use serde::ser::Serializer;

use crate::model::day::rfc3339;
use crate::model::words::{AlignmentMode, DiscoveryMethod, Policy, Testing};
use crate::model::{
    Authenticity, Day, DkimAuth, Fingerprint, Issue, LangText, OverrideReason, PolicyPublished,
    Record, Report, Reporter, SpfAuth, Standing, StoredInput, StoredReport,
};

/// The document: `json` writes it.
#[must_use]
pub fn document(stored: &StoredReport) -> impl Serialize + '_ {
    let StoredReport { report, .. } = stored;
    Document {
        number: stored.number,
        day: stored.day,
        standing: stored.standing,
        contradicts: stored.contradicts,
        authenticity: stored.authenticity,
        received_at: stored.received_at.map(rfc3339),
        reporter: ReporterOut::of(&report.reporter),
        report_id: &report.report_id,
        begin: rfc3339(report.begin),
        end: rfc3339(report.end),
        errors: &report.errors,
        policy: PolicyOut::of(&report.policy),
        records: Records(report),
        issues: report.issues.iter().map(IssueOut::of).collect(),
        inputs: stored.inputs.iter().map(InputOut::of).collect(),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    number: u64,
    day: Day,
    standing: Standing,
    contradicts: Option<u64>,
    authenticity: Authenticity,
    received_at: Option<String>,
    reporter: ReporterOut<'a>,
    report_id: &'a str,
    begin: String,
    end: String,
    errors: &'a [LangText],
    policy: PolicyOut<'a>,
    records: Records<'a>,
    issues: Vec<IssueOut<'a>>,
    inputs: Vec<InputOut<'a>>,
}

#[derive(Serialize)]
struct ReporterOut<'a> {
    org_name: &'a str,
    email: &'a str,
    extra_contact_info: Option<&'a LangText>,
    generator: Option<&'a str>,
    version: Option<&'a str>,
    namespace: Option<&'a str>,
    dialect: &'static str,
}

impl<'a> ReporterOut<'a> {
    fn of(reporter: &'a Reporter) -> Self {
        Self {
            org_name: &reporter.org_name,
            email: &reporter.email,
            extra_contact_info: reporter.extra_contact_info.as_ref(),
            generator: reporter.generator.as_deref(),
            version: reporter.version.as_deref(),
            namespace: reporter.namespace.as_deref(),
            dialect: reporter.dialect.as_str(),
        }
    }
}

#[derive(Serialize)]
struct PolicyOut<'a> {
    domain: &'a str,
    p: Option<&'a Policy>,
    sp: Option<&'a Policy>,
    np: Option<&'a Policy>,
    adkim: Option<&'a AlignmentMode>,
    aspf: Option<&'a AlignmentMode>,
    fo: Option<&'a str>,
    pct: Option<&'a str>,
    testing: Option<&'a Testing>,
    discovery_method: Option<&'a DiscoveryMethod>,
    psd: Option<&'a str>,
}

impl<'a> PolicyOut<'a> {
    fn of(policy: &'a PolicyPublished) -> Self {
        Self {
            domain: &policy.domain,
            p: policy.p.as_ref(),
            sp: policy.sp.as_ref(),
            np: policy.np.as_ref(),
            adkim: policy.adkim.as_ref(),
            aspf: policy.aspf.as_ref(),
            fo: policy.fo.as_deref(),
            pct: policy.pct.as_deref(),
            testing: policy.testing.as_ref(),
            discovery_method: policy.discovery_method.as_ref(),
            psd: policy.psd.as_deref(),
        }
    }
}

/// The rows, made one at a time while they are written: there may be half a million.
struct Records<'a>(&'a Report);

impl Serialize for Records<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let prints = &self.0.fingerprints;
        out.collect_seq(self.0.records.iter().filter_map(|record| {
            // an index past the list cannot be: the store made both
            prints.get(record.fingerprint as usize).map(|print| RecordOut::of(record, print))
        }))
    }
}

#[derive(Serialize)]
struct RecordOut<'a> {
    source_ip: String,
    count: u64,
    dmarc: &'static str,
    dkim_aligned: &'a str,
    spf_aligned: &'a str,
    disposition: &'a str,
    header_from: &'a str,
    envelope_from: Option<&'a str>,
    envelope_to: Option<&'a str>,
    override_reasons: Vec<ReasonOut<'a>>,
    dkim_auth: Vec<DkimOut<'a>>,
    spf_auth: Vec<SpfOut<'a>>,
}

impl<'a> RecordOut<'a> {
    fn of(record: &Record, print: &'a Fingerprint) -> Self {
        Self {
            source_ip: record.source.to_string(),
            count: record.count.unsigned_abs(),
            dmarc: if print.passes() { "pass" } else { "fail" },
            dkim_aligned: print.dkim.as_str(),
            spf_aligned: print.spf.as_str(),
            disposition: print.disposition.as_str(),
            header_from: &print.header_from,
            envelope_from: print.envelope_from.as_deref(),
            envelope_to: print.envelope_to.as_deref(),
            override_reasons: print.reasons.iter().map(ReasonOut::of).collect(),
            dkim_auth: print.dkim_auth.iter().map(DkimOut::of).collect(),
            spf_auth: print.spf_auth.iter().map(SpfOut::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct ReasonOut<'a> {
    r#type: &'a str,
    comment: Option<&'a LangText>,
}

impl<'a> ReasonOut<'a> {
    fn of(reason: &'a OverrideReason) -> Self {
        Self { r#type: reason.kind.as_str(), comment: reason.comment.as_ref() }
    }
}

#[derive(Serialize)]
struct DkimOut<'a> {
    domain: &'a str,
    selector: Option<&'a str>,
    result: &'a str,
    human_result: Option<&'a LangText>,
}

impl<'a> DkimOut<'a> {
    fn of(auth: &'a DkimAuth) -> Self {
        Self {
            domain: &auth.domain,
            selector: auth.selector.as_deref(),
            result: auth.result.as_str(),
            human_result: auth.human_result.as_ref(),
        }
    }
}

#[derive(Serialize)]
struct SpfOut<'a> {
    domain: &'a str,
    scope: Option<&'a str>,
    result: &'a str,
    human_result: Option<&'a LangText>,
}

impl<'a> SpfOut<'a> {
    fn of(auth: &'a SpfAuth) -> Self {
        Self {
            domain: &auth.domain,
            scope: auth.scope.as_ref().map(|scope| scope.as_str()),
            result: auth.result.as_str(),
            human_result: auth.human_result.as_ref(),
        }
    }
}

#[derive(Serialize)]
struct IssueOut<'a> {
    code: &'static str,
    meaning: &'static str,
    place: &'a str,
    value: &'a str,
    more: u64,
}

impl<'a> IssueOut<'a> {
    fn of(issue: &'a Issue) -> Self {
        Self {
            code: issue.code.as_str(),
            meaning: issue.code.meaning(),
            place: &issue.place,
            value: &issue.value,
            more: issue.more,
        }
    }
}

#[derive(Serialize)]
struct InputOut<'a> {
    origin: &'a str,
    outcome: &'a str,
    seen_at: String,
    sender: Option<&'a str>,
    signers: &'a [String],
    authenticity: Option<Authenticity>,
}

impl<'a> InputOut<'a> {
    fn of(input: &'a StoredInput) -> Self {
        Self {
            origin: &input.origin,
            outcome: &input.outcome,
            seen_at: rfc3339(input.seen_at),
            sender: input.sender.as_deref(),
            signers: &input.signers,
            authenticity: input.authenticity,
        }
    }
}
