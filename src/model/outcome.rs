//! What becomes of an input. An **input** is a file or a mail; it may hold several things, each of
//! which ends as exactly one [`Outcome`]:
//!
//! * **accepted**: a report. It may carry **issues**, oddities that were repaired or passed over;
//! * **rejected**: it should have been a report, or cannot be opened: stage, reason, position;
//! * **skipped**: there is no report inside, and none was expected;
//! * **deferred**: not to be judged yet; look again later.
//!
//! Whether an accepted report is new, a duplicate or a conflict, only the store can tell.

use std::sync::Arc;

use super::key::{Digest, Identity};
use super::mailbox::MailId;
use super::provenance::{Provenance, Standing};
use super::report::Report;

/// Where something came from: the input, and the way to a part inside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Origin {
    /// The path of the file as it was given, or a mail's address in its mailbox.
    pub input: String,
    /// The way inside, outermost first, joined with ` > `; empty when the input itself is meant.
    /// Names are the sender's: raw, never a path.
    pub part: String,
}

impl Origin {
    /// The origin of a whole input.
    #[must_use]
    pub fn input(input: impl Into<String>) -> Self {
        Self { input: input.into(), part: String::new() }
    }

    /// The origin of a part inside this one.
    #[must_use]
    pub fn inside(&self, name: &str) -> Self {
        let part =
            if self.part.is_empty() { name.into() } else { format!("{} > {name}", self.part) };
        Self { input: self.input.clone(), part }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.input)?;
        if !self.part.is_empty() {
            write!(f, " > {}", self.part)?;
        }
        Ok(())
    }
}

/// One file or mail, whole, as an intake hands it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawInput {
    /// Where it came from.
    pub origin: Origin,
    /// When it arrived, seconds since 1970 UTC, if the intake knows.
    pub received_at: Option<i64>,
    /// The bytes, or why there are none.
    pub bytes: Result<Vec<u8>, Outcome>,
    /// Whether more bytes may come: somebody wrote to the file a moment ago.
    pub may_grow: bool,
    /// Which mail of a mailbox it is, if it is one.
    pub mail: Option<MailId>,
}

impl RawInput {
    /// An input that is whole, of which nobody knows when it arrived.
    #[must_use]
    pub fn new(origin: Origin, bytes: Result<Vec<u8>, Outcome>) -> Self {
        Self { origin, received_at: None, bytes, may_grow: false, mail: None }
    }
}

/// What became of one thing in an input, and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Where it stood.
    pub origin: Origin,
    /// Digest of the input's bytes: the same file under the same name is the same input.
    pub digest: Digest,
    /// When the input arrived, if known.
    pub received_at: Option<i64>,
    /// Who sent the mail that it stood in, if it was one.
    pub provenance: Option<Arc<Provenance>>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one thing in an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A report.
    Accepted(Box<Accepted>),
    /// It could not be accepted.
    Rejected(Rejection),
    /// There is no report inside.
    Skipped(Reason),
    /// Look again later.
    Deferred(Reason),
}

/// A report and the digests that identify it; computed while decoding, on every core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The report.
    pub report: Report,
    /// What it is known by.
    pub identity: Identity,
    /// Whether it counts, as far as can be told without the store.
    pub standing: Standing,
}

/// Why something could not be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Which step refused it.
    pub stage: Stage,
    /// The stable code.
    pub reason: Reason,
    /// What exactly, in words for a person. May quote the input: escape it for the sink.
    pub detail: String,
    /// Where: bytes from the start of what that stage was given.
    pub position: Option<u64>,
}

impl Rejection {
    /// A rejection without a position.
    #[must_use]
    pub fn new(stage: Stage, reason: Reason, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if detail.len() > Self::DETAIL_MAX {
            detail.truncate(detail.floor_char_boundary(Self::DETAIL_MAX));
            detail.push('\u{2026}');
        }
        Self { stage, reason, detail, position: None }
    }

    /// How many bytes of a detail are kept: it may quote as much of the input as it likes.
    pub const DETAIL_MAX: usize = 400;

    /// The same, at a position.
    #[must_use]
    pub fn at(mut self, position: u64) -> Self {
        self.position = Some(position);
        self
    }
}

/// Which step refused an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Reading the bytes.
    Intake,
    /// Taking a mail apart.
    Mime,
    /// Opening gzip and zip.
    Unpack,
    /// Reading the XML.
    Xml,
    /// Making sense of what the XML says.
    Report,
}

impl Stage {
    /// All of them, in the order in which an input meets them.
    pub const ALL: [Self; 5] = [Self::Intake, Self::Mime, Self::Unpack, Self::Xml, Self::Report];

    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Mime => "mime",
            Self::Unpack => "unpack",
            Self::Xml => "xml",
            Self::Report => "report",
        }
    }
}

/// Defines the codes of an enum: its stable names and what they mean to a person.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $meaning:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* #[doc = $meaning] $variant,)+ }

        impl $name {
            /// Every code, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code, as stored and exported.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What the code means, in words for a person.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }

            /// Reads a stable code.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == code)
            }
        }
    };
}

codes! {
    /// Why an input was rejected, skipped or deferred. The codes are stable: scripts match them.
    Reason {
        Unreadable = "unreadable", "the file could not be read";
        TooLarge = "too_large", "larger than the limit";
        TooManyParts = "too_many_parts", "more parts or members than the limit";
        TooDeep = "too_deep", "nested deeper than the limit";
        Empty = "empty", "nothing inside";
        NotAReport = "not_a_report", "holds no DMARC report";
        Corrupt = "corrupt", "damaged or cut off";
        Encrypted = "encrypted", "encrypted archive";
        UnsupportedCompression = "unsupported_compression", "compressed in a way that cannot be read";
        DtdNotAllowed = "dtd_not_allowed", "carries a document type definition, which no report needs and attacks use";
        Malformed = "malformed", "not well-formed XML";
        Truncated = "truncated", "the document ends in the middle";
        TooManyRecords = "too_many_records", "more records than the limit";
        MissingDomain = "missing_domain", "policy_published names no domain";
        BadDateRange = "bad_date_range", "the period cannot be read";
        DateInFuture = "date_in_future", "the period ends in the future";
        StillGrowing = "still_growing", "was written to a moment ago and cannot be read yet; the next run reads it again";
        Unfetched = "unfetched", "the mail server does not hand this mail over; the next run asks again";
        Panicked = "panicked", "the decoder failed; please report this input as a bug";
    }
}

/// An oddity in an accepted report: what, where, and what stood there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Issue {
    /// The stable code.
    pub code: IssueCode,
    /// Where, as a path of element names (`record[3]/row/count`).
    pub place: String,
    /// What stood there, cut to [`Issue::VALUE_MAX`] characters.
    pub value: String,
    /// How many more of this code were met after this one and are not kept.
    pub more: u64,
}

impl Issue {
    /// How many characters of the offending text are kept.
    pub const VALUE_MAX: usize = 120;
}

codes! {
    /// What was odd about an accepted report. The codes are stable.
    IssueCode {
        MissingElement = "missing_element", "a required element is missing";
        RepeatedElement = "repeated_element", "an element that may stand once stands again; the first counts";
        UnknownElement = "unknown_element", "an element that no RFC knows; passed over";
        UnknownWord = "unknown_word", "a value that no RFC knows; kept, and counts as not passing";
        AliasElement = "alias_element", "an element under another name; read as what was meant";
        OtherForm = "other_form", "a value in another form than the RFCs'; read as what was meant";
        BadCount = "bad_count", "the row's count cannot be read; the row is kept out of the totals";
        NullRecord = "null_record", "a row without messages; dropped";
        BadAddress = "bad_address", "the row's address cannot be read; kept as text";
        OddAddress = "odd_address", "an address from which no mail comes over the Internet; counted";
        BadDomain = "bad_domain", "not a domain name; kept as text";
        OddPeriod = "odd_period", "the period ends before it begins, is longer than a week, or is older than DMARC";
        UnitGuess = "unit_guess", "a time that can only be milliseconds; read as such";
        NoRecords = "no_records", "the report has no rows";
        StrayText = "stray_text", "text between elements; passed over";
        BadReference = "bad_reference", "a character reference that names nothing; kept literally";
        Misencoded = "misencoded", "bytes that are not in the declared encoding; replaced, or read as what they are";
        WrappedDocument = "wrapped_document", "something stands before the report; passed over";
        UnclosedDocument = "unclosed_document", "the document ends without its last end tag, between records; closed";
        Recovered = "recovered", "a < that starts no element; read as text";
        TrailingContent = "trailing_content", "something follows the report; passed over";
        TrailingBytes = "trailing_bytes", "something follows the compressed or encoded report; passed over";
        UnclosedMail = "unclosed_mail", "the mail ends before its last part is closed; a part may be missing";
        ValueTooLong = "value_too_long", "a text or a list longer than the limit; cut";
        ForeignFrom = "foreign_from", "a row about a domain that is neither the policy domain nor below it";
        Inconsistent = "inconsistent", "results that contradict each other; kept as they are";
    }
}

/// What a store made of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Written {
    /// New reports.
    pub reports: u64,
    /// Reports seen before, the same to the last row.
    pub duplicates: u64,
    /// Reports whose key was seen before with other content: kept, out of totals.
    pub conflicts: u64,
    /// Reports about a domain that is not one of the operator's: kept, out of totals.
    pub foreign: u64,
    /// Reports whose mail did not authenticate, where it must: kept, out of totals.
    pub unverified: u64,
    /// Could not be accepted.
    pub rejected: u64,
    /// No report inside.
    pub skipped: u64,
    /// To be looked at again.
    pub deferred: u64,
    /// Rows of the new reports.
    pub records: u64,
    /// Messages of the new reports.
    pub messages: u64,
}

impl std::ops::AddAssign for Written {
    fn add_assign(&mut self, more: Self) {
        self.reports += more.reports;
        self.duplicates += more.duplicates;
        self.conflicts += more.conflicts;
        self.foreign += more.foreign;
        self.unverified += more.unverified;
        self.rejected += more.rejected;
        self.skipped += more.skipped;
        self.deferred += more.deferred;
        self.records += more.records;
        self.messages = self.messages.saturating_add(more.messages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_read_back() {
        for code in Reason::ALL {
            assert_eq!(Some(*code), Reason::parse(code.as_str()));
        }
        for code in IssueCode::ALL {
            assert_eq!(Some(*code), IssueCode::parse(code.as_str()));
        }
    }

    #[test]
    fn an_origin_prints_the_way_inside() {
        let zip = Origin::input("a.eml").inside("b.zip");
        assert_eq!("a.eml > b.zip > c.xml", zip.inside("c.xml").to_string());
        assert_eq!("a.eml", Origin::input("a.eml").to_string());
    }
}
