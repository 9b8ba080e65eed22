//! **Traffic**: what the store knows of one domain's mail in a window, grouped and counted, and
//! nothing concluded. The store makes it, `analyze` judges it.

use std::sync::Arc;

use super::day::{Day, Window};
use super::report::{Fingerprint, PolicyPublished, Reporter, SourceAddress};

/// Which traffic is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The policy domain, lower case.
    pub domain: String,
    /// The days; `None` is all of them.
    pub window: Option<Window>,
}

/// One domain's traffic. Rows refer to the lists by index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traffic {
    /// The policy domain.
    pub domain: String,
    /// The reporters.
    pub reporters: Vec<ReporterName>,
    /// The policies that reporters saw.
    pub policies: Vec<PolicyPublished>,
    /// The combinations that the rows show. Shared by what some of the reporters tell: there can be very
    /// many.
    pub fingerprints: Arc<Vec<Fingerprint>>,
    /// The reports, by day, reporter and policy, in that order.
    pub reports: Vec<ReportCount>,
    /// The messages, by day, reporter, address and fingerprint, in that order.
    pub rows: Vec<TrafficRow>,
    /// The reports before the window, of a year at most: how the policy changed.
    pub policies_before: Vec<ReportCount>,
    /// Who sent before the window began, so that a source that is only new to the window is known.
    pub earlier: Vec<EarlierRow>,
    /// Reports that contradict an earlier one of the same key, in the window: out of totals.
    pub conflicts: u64,
    /// Counted reports with issues, in the window.
    pub odd: u64,
    /// Rows of counted reports that are out of totals, since their counts cannot be read.
    pub unread_rows: u64,
    /// Reports in the window whose mail did not authenticate where it must: out of totals.
    pub unverified: u64,
    /// Counted reports in the window whose mail failed authentication.
    pub authenticity_failed: u64,
}

impl Traffic {
    /// How far back of the window senders are known: half a year shows what sends once a quarter.
    pub const EARLIER_DAYS: i32 = 183;

    /// How far back of the window policies are known.
    pub const POLICY_DAYS: i32 = 365;
}

/// All of one domain's traffic with the days on which it became known, for looking back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// The traffic of all days; nothing lies before its window.
    pub traffic: Traffic,
    /// By report count: the day on which those reports arrived.
    pub report_arrivals: Vec<Day>,
    /// By row: the day on which the report that it stands in arrived.
    pub row_arrivals: Vec<Day>,
    /// The reports that contradict an earlier one, in order. [`Traffic::conflicts`] is all of them.
    pub conflicts: Vec<ConflictCount>,
    /// By label of the domain's [`Knowledge`](super::Knowledge), in its order: the day on which it was
    /// set. What lies beyond this list was always known.
    pub labels_set: Vec<Day>,
}

impl History {
    /// Days after the end of its period in which a report arrives, if late.
    pub const LATE_DAYS: i32 = 30;
}

/// Who wrote reports.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReporterName {
    /// `org_name`.
    pub org_name: String,
    /// `email`, possibly empty.
    pub email: String,
}

/// How many reports one reporter wrote about one day, having seen one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportCount {
    /// The day.
    pub day: Day,
    /// Index into [`Traffic::reporters`].
    pub reporter: u32,
    /// Index into [`Traffic::policies`].
    pub policy: u32,
    /// How many reports.
    pub reports: u64,
}

/// How many reports about one day contradict an earlier one, of those that became known on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConflictCount {
    /// The day that they tell of.
    pub day: Day,
    /// The day on which they arrived.
    pub arrival: Day,
    /// How many reports.
    pub reports: u64,
}

/// How many messages one address sent on one day with one fingerprint, as one reporter saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficRow {
    /// The day.
    pub day: Day,
    /// Index into [`Traffic::reporters`].
    pub reporter: u32,
    /// The address.
    pub source: SourceAddress,
    /// Index into [`Traffic::fingerprints`].
    pub fingerprint: u32,
    /// How many messages.
    pub messages: u64,
    /// In how many records.
    pub records: u64,
}

/// An address that sent with a fingerprint before the window began, as one reporter saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRow {
    /// Index into [`Traffic::reporters`].
    pub reporter: u32,
    /// The address.
    pub source: SourceAddress,
    /// Index into [`Traffic::fingerprints`].
    pub fingerprint: u32,
    /// The first day on which it was seen.
    pub first_day: Day,
    /// The last.
    pub last_day: Day,
    /// How many messages it sent then.
    pub messages: u64,
}

/// One stored record with all that belongs to it, as the export shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Who reported it.
    pub reporter: std::rc::Rc<Reporter>,
    /// The policy of its report.
    pub policy: std::rc::Rc<PolicyPublished>,
    /// The report's own name for itself.
    pub report_id: std::rc::Rc<str>,
    /// Start of the report's period, seconds since 1970 UTC.
    pub begin: i64,
    /// End of the report's period, seconds since 1970 UTC.
    pub end: i64,
    /// The day that the report is counted for.
    pub day: Day,
    /// The address.
    pub source: SourceAddress,
    /// How many messages.
    pub count: u64,
    /// All else that the row says.
    pub fingerprint: std::rc::Rc<Fingerprint>,
}

/// What became of an input, as `rejected` lists it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StoredTrace {
    /// Where it stood: the input, and the way inside.
    pub origin: String,
    /// `rejected`, `skipped`, `deferred` or `conflict`.
    pub outcome: String,
    /// Which step refused it; empty where none did.
    pub stage: String,
    /// The stable code.
    pub reason: String,
    /// In words.
    pub detail: String,
    /// Where, in bytes from the start of what the stage was given.
    pub position: Option<u64>,
    /// When it was first seen, RFC 3339 UTC.
    pub seen_at: String,
    /// The address in `From`, if it stood in a mail that has one.
    pub sender: Option<String>,
    /// When it arrived, RFC 3339 UTC: what the mailbox says of a mail, when a file was last written.
    pub received_at: Option<String>,
}

/// Which traces are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceFilter {
    /// Besides what was rejected or conflicts: what was skipped or deferred, too.
    pub all: bool,
}
