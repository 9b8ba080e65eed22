//! The nouns of the program, and nothing that does anything with them.
//!
//! Every other room may use this one; it uses none of them. Types that cross a border between two
//! rooms are defined here, so that the rooms need not know of each other.

pub mod backtest;
pub mod command;
pub mod day;
pub mod digest;
pub mod discovery;
pub mod dns;
pub mod domain_check;
pub mod evidence;
pub mod finding;
pub mod kept;
pub mod key;
pub mod knowledge;
pub mod labelling;
pub mod mailbox;
pub mod names;
pub mod numbers;
pub mod outcome;
pub mod provenance;
pub mod publication;
pub mod pulled;
pub mod report;
pub mod secret;
pub mod special;
pub mod stored;
pub mod traffic;
pub mod txt;
pub mod verdict;
pub mod words;

pub use day::{Day, Window};
pub use key::{Digest, Identity};
pub use knowledge::{
    DomainProfile, HostName, Hosts, KeptLabel, Knowledge, Label, LabelWord, Profile, Replace, Told,
};
pub use mailbox::{Fate, FolderId, KnownMail, MailId, Settle, SortedMail, Tidy};
pub use outcome::{
    Accepted, Issue, IssueCode, Origin, Outcome, RawInput, Reason, Rejection, Stage, Trace, Written,
};
pub use provenance::{Authenticity, Provenance, Standing};
pub use report::{
    DkimAuth, Fingerprint, LangText, OverrideReason, PolicyPublished, Record, Report, Reporter,
    SourceAddress, SpfAuth,
};
pub use stored::{Foreign, ReportFilter, ReportLine, StoredInput, StoredReport};
pub use traffic::{Filter, History, StoredRecord, StoredTrace, TraceFilter, Traffic};
