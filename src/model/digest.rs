//! The **digest** of a nightly run: what has changed since the last one, and what was noted then.
//!
//! The store keeps what was noted, `analyze` compares it with what is now, a renderer writes the
//! changes, and only then the store notes anew: a run that is cut off repeats a digest and never
//! loses one. Field names are the JSON keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::day::Day;
use super::key::Digest;
use super::verdict::Verdict;
use super::words::Policy;

/// How a source stood when it was last looked at. Only sources that are the owner's, or may be,
/// are noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceState {
    /// Own, and it passes.
    Passes,
    /// Own, and it fails.
    Fails,
    /// Only a person can say whose it is.
    Asks,
    /// It was one of these before, and sends nothing of the kind in the window any more.
    Gone,
}

impl SourceState {
    /// All of them, in the order of the numbers that the store keeps.
    pub const ALL: [Self; 4] = [Self::Passes, Self::Fails, Self::Asks, Self::Gone];
}

/// What was noted of one domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedDomain {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it was new, and too little was known of it to call a person.
    pub is_thin: bool,
    /// The sources, by name.
    pub sources: BTreeMap<String, SourceState>,
}

/// What was noted at the end of a run, besides its domains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotedRun {
    /// When it ran, seconds since 1970 UTC.
    pub at: i64,
    /// Up to which input its digest told of rejections.
    pub mark: InputMark,
    /// Up to which report its digest counted.
    pub reports: u64,
    /// When the first run of all was, seconds since 1970 UTC.
    pub first_at: i64,
    /// When a digest last called a person since no reports come; none where they do.
    pub silence_told: Option<i64>,
    /// The reporters that it told were silent, or that were before and still are.
    pub silent_reporters: BTreeSet<String>,
}

/// A place among the inputs that the store knows, in the order in which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InputMark {
    /// The number of the last one.
    pub number: u64,
    /// Its identity: the store may give its number to another once it is forgotten.
    pub identity: Digest,
}

/// What is to be noted of one domain: only what is other than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainNote {
    /// The domain.
    pub domain: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether it is new, and too little is known of it to call a person.
    pub is_thin: bool,
    /// Sources whose state changed, by name.
    pub sources: Vec<(String, SourceState)>,
}

/// On how many days a reporter wrote, in the days that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReporterDays {
    /// `org_name`.
    pub reporter: String,
    /// Days with a report that counts.
    pub days: u32,
    /// The first of them.
    pub first: Day,
    /// The last of them.
    pub last: Day,
}

/// What reports came after a certain one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrived {
    /// How many that count.
    pub counted: u64,
    /// How many that are kept aside.
    pub aside: u64,
    /// The number of the last report of all; 0 in an empty store.
    pub last: u64,
}

/// What could not be read, or was kept aside, since the last digest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Troubles {
    /// Rejections by their code, the most frequent first.
    pub rejected: Vec<ReasonCount>,
    /// The first of them.
    pub rejected_inputs: Vec<RejectedInput>,
    /// Reports that contradict an earlier one.
    pub conflicts: u64,
    /// Reports about domains of others.
    pub foreign: u64,
    /// Reports that nobody vouches for.
    pub unverified: u64,
    /// Up to which input this tells.
    #[serde(skip)]
    pub mark: InputMark,
}

impl Troubles {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rejected.is_empty() && self.aside() == 0
    }

    /// How many reports were kept aside.
    #[must_use]
    pub fn aside(&self) -> u64 {
        self.conflicts.saturating_add(self.foreign).saturating_add(self.unverified)
    }
}

/// An input that was rejected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedInput {
    /// Where it stood: the input, and the way inside.
    pub origin: String,
    /// The address in `From`, if it stood in a mail that has one.
    pub sender: Option<String>,
    /// When it arrived, RFC 3339 UTC, if known.
    pub received_at: Option<String>,
}

/// How many inputs were rejected for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// The stable code.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// What has happened to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceEvent {
    /// An own source began to fail.
    Fails,
    /// A sender appeared that only a person can name.
    Asks,
    /// An own source appeared, and passes.
    New,
    /// A source that failed, or was asked about, passes.
    Mended,
}

/// A source of which there is something to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceChange {
    /// Its name.
    pub source: String,
    /// What has happened.
    pub event: SourceEvent,
    /// Its messages in the window.
    pub messages: u64,
    /// How many of them fail DMARC.
    pub failing: u64,
    /// Since when it fails.
    pub since: Option<Day>,
    /// What to do, or what to ask.
    pub fix: Option<String>,
    /// Whether it stands in the way of a move.
    pub in_the_way: bool,
}

impl SourceChange {
    /// Whether somebody must do something about it.
    #[must_use]
    pub fn needs_person(&self) -> bool {
        match self.event {
            SourceEvent::Fails => true,
            SourceEvent::Asks => self.in_the_way,
            SourceEvent::New | SourceEvent::Mended => false,
        }
    }
}

/// A domain of which there is something to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DomainChange {
    /// The domain.
    pub domain: String,
    /// Whether it is seen for the first time.
    pub is_new: bool,
    /// The policy seen last (`p`).
    pub policy: String,
    /// Its messages in the window.
    pub messages: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// What it was before; none for a new domain.
    pub was: Option<Verdict>,
    /// The policy to move to, or to go back to.
    pub next: Option<Policy>,
    /// The verdict in one sentence.
    pub headline: String,
    /// The next act, where there is one.
    pub act: Option<String>,
    /// Whether somebody must do something about it.
    pub needs_person: bool,
    /// Its sources of which there is something to tell, the most urgent first.
    pub sources: Vec<SourceChange>,
    /// How many more there are.
    pub more_sources: u64,
}

/// How many domains have one verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct VerdictCount {
    /// The verdict.
    pub verdict: Verdict,
    /// How many domains.
    pub count: u64,
}

/// What has changed among the domains.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DomainChanges {
    /// How many domains were judged.
    pub judged: u64,
    /// How many have which verdict, the most urgent first.
    pub verdicts: Vec<VerdictCount>,
    /// Of how many there is something to tell.
    pub changed: u64,
    /// How many of these need a person.
    pub need_person: u64,
    /// How many are seen for the first time.
    pub new: u64,
    /// Those of which there is something to tell, the most urgent first; of many only so many.
    pub domains: Vec<DomainChange>,
}

/// A reporter that wrote on most days and does not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SilentReporter {
    /// `org_name`.
    pub reporter: String,
    /// The last day that it wrote of.
    pub last: Day,
}

/// No reporter writes any more, or none ever did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Silence {
    /// The last day that reports tell of; none where no report that counts ever came.
    pub last: Option<Day>,
    /// How many days ago that is; where none ever came, how long ago the first run was.
    pub days: u32,
    /// Whether it calls a person this time: at first, and again each week while it lasts.
    pub needs_person: bool,
}

/// What has changed among the reporters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReporterChanges {
    /// Nobody writes any more.
    pub silence: Option<Silence>,
    /// Fell silent since the last digest, while others write.
    pub silent: Vec<SilentReporter>,
    /// Were silent, and write again.
    pub back: Vec<String>,
    /// All that are silent now: what is to be noted.
    #[serde(skip)]
    pub still: BTreeSet<String>,
}

/// No report that counts was ever found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NothingYet {
    /// Where this run looked.
    pub looked: Vec<Looked>,
    /// Reports that are kept aside.
    pub aside: u64,
}

/// A place that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// `ACCOUNT/FOLDER`, or the paths.
    pub place: String,
    /// Files and mails that lie there.
    pub inputs: u64,
}

/// A source of reports that could not be read: an account, or a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The account's name, or the path.
    pub place: String,
    /// Why.
    pub error: String,
}

/// A DMARC record that the DNS has otherwise than when it was last asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordChange {
    /// The domain.
    pub domain: String,
    /// Where the record stands.
    pub name: String,
    /// What the DNS had: one record, or several.
    pub was: Vec<String>,
    /// What it has now: one, several, or none.
    pub now: Vec<String>,
    /// Why receivers do not take what it has now, if that is so.
    pub problem: Option<String>,
    /// Whether somebody must do something about it: receivers see no record any more.
    pub needs_person: bool,
}

/// All that a digest tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Changes {
    /// When the last run was, RFC 3339 UTC; none for the first.
    pub since: Option<String>,
    /// Whether a person is needed.
    pub needs_person: bool,
    /// The accounts and paths that could not be read.
    pub failed: Vec<Failure>,
    /// Reports that count and came since the last digest, whoever read them.
    pub new_reports: u64,
    /// Told until a report that counts has come.
    pub nothing_yet: Option<NothingYet>,
    /// What has changed among the domains.
    #[serde(flatten)]
    pub domains: DomainChanges,
    /// What has changed among the reporters.
    pub reporters: ReporterChanges,
    /// What could not be read, or was kept aside.
    #[serde(flatten)]
    pub troubles: Troubles,
    /// The records that the DNS has otherwise, where it is asked: those that need a person first.
    pub records: Vec<RecordChange>,
}

impl Changes {
    /// Whether this is the first digest of all.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.since.is_none()
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let ReporterChanges { silence, silent, back, .. } = &self.reporters;
        !self.is_first()
            && self.failed.is_empty()
            && self.nothing_yet.is_none()
            && self.domains.changed == 0
            && silence.is_none()
            && silent.is_empty()
            && back.is_empty()
            && self.troubles.is_empty()
            && self.records.is_empty()
    }
}

/// All that is noted at the end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notes {
    /// What is noted once; takes the place of what was noted before.
    pub run: NotedRun,
    /// The domains of which something is other than before.
    pub domains: Vec<DomainNote>,
}
