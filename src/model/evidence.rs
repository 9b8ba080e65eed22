//! The **evidence** of a judgement, as data: what was seen, by which rule, and what was worked out
//! of it. `analyze` makes these; every renderer shows the same values.

use serde::Serialize;

use super::day::Day;
use super::verdict::Tally;

/// The note on a record that is put together from reports: the same for every domain, so that a page of
/// many says it once.
pub const RUA_IS_UNSEEN: &str = "reports do not show rua and ruf: keep those of the record that you have, or give it with --record";

/// What a domain without mail leaves open besides its DMARC record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenDoors {
    /// Its SPF record lets somebody pass, there is none, or nobody asked.
    pub spf: bool,
    /// It takes mail, or nobody asked: a null MX (RFC 7505) says that it takes none.
    pub mx: bool,
}

impl OpenDoors {
    /// What to publish besides; nothing where all is closed.
    #[must_use]
    pub fn text(self, domain: &str) -> Option<String> {
        let what = match (self.spf, self.mx) {
            (false, false) => return None,
            (true, false) => "TXT \"v=spf1 -all\"",
            (false, true) => "a null MX (MX 0 .)",
            (true, true) => "TXT \"v=spf1 -all\" and a null MX (MX 0 .)",
        };
        Some(format!(
            "a domain without mail is best closed at every door: also publish {what} for {domain}"
        ))
    }
}

/// What an SPF record lacks for a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpfAddition {
    /// Whose record: the domain that its mail bounces to.
    pub domain: String,
    /// Terms that can stand in it as they are; none where nobody can tell which.
    pub mechanisms: Vec<String>,
    /// Its network, in place of them, where nobody said that all of it is the owner's.
    pub only_if_all_yours: Option<String>,
}

/// A key whose signatures do not verify.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailingKey {
    /// Where it stands: `s1._domainkey.shop.example`.
    pub name: String,
    /// What verifying gave (`permerror` where there is no key that can be read).
    pub result: String,
    /// How many messages.
    pub messages: u64,
}

/// What a row says, in two letters at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum RowCode {
    /// Both DKIM and SPF aligned.
    B,
    /// DKIM aligned only.
    D,
    /// SPF aligned only.
    S,
    /// Neither: SPF passes for another domain, and no signature does.
    Xs,
    /// Neither: a signature of another domain passes.
    Xd,
    /// Neither: the domain's own SPF or signature was tried, and failed.
    Xo,
    /// Neither: nothing passes, and nothing of the domain's was tried.
    X0,
}

impl RowCode {
    /// The code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::B => "B",
            Self::D => "D",
            Self::S => "S",
            Self::Xs => "Xs",
            Self::Xd => "Xd",
            Self::Xo => "Xo",
            Self::X0 => "X0",
        }
    }
}

/// Rows of a source that say the same, put together: what the rule of its class looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchedRows {
    /// What they say.
    pub code: RowCode,
    /// Messages.
    pub messages: u64,
    /// From how many addresses.
    pub addresses: u64,
    /// By how many reporters.
    pub reporters: u64,
    /// The first day.
    pub first_day: Day,
    /// The last day.
    pub last_day: Day,
    /// The domain that people see.
    pub header_from: String,
    /// `domain/selector=result`, in the order of the report.
    pub dkim: Vec<String>,
    /// `domain=result`, in the order of the report.
    pub spf: Vec<String>,
    /// Override reasons, `type:comment`.
    pub reasons: Vec<String>,
    /// What receivers did.
    pub disposition: String,
    /// Whether the rule counted them (other rows stand beside them, for the whole picture).
    pub counted: bool,
}

/// Messages whose alignment, worked out again from the raw results, is not what the reporter says.
/// The reporter's word counts; this is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// `dkim` or `spf`.
    pub mechanism: &'static str,
    /// What the reporter says: `pass` or `fail`.
    pub reported: &'static str,
    /// Why the raw results say otherwise, in words.
    pub recomputed: String,
    /// Who says so, busiest first, three at most.
    pub reporters: Vec<String>,
    /// Messages.
    pub messages: u64,
}

/// Days in a row on which reports saw the same policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicySpan {
    /// `p`.
    pub p: String,
    /// `sp`, where it is told and differs from `p`.
    pub sp: Option<String>,
    /// Whether it held in part only (`pct` under 100, or `t=y`).
    pub partial: bool,
    /// The first day with reports that saw it.
    pub from: Day,
    /// The last.
    pub to: Day,
    /// On how many days there were reports.
    pub days: u32,
}

impl PolicySpan {
    /// Whether another span says the same of the policy.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        (&self.p, &self.sp, self.partial) == (&other.p, &other.sp, other.partial)
    }
}

/// One visible domain (`header_from`): the policy domain itself, or a name below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameSummary {
    /// The name.
    pub header_from: String,
    /// Its messages, whoever sent them.
    #[serde(flatten)]
    pub tally: Tally,
    /// Its messages from own sources and from those that only a person can name.
    pub own: u64,
    /// How many of these fail.
    pub own_failing: u64,
    /// Whether so little of that fails that a stricter policy would hit none to speak of: by the rule
    /// that calls a source misconfigured.
    pub ready: bool,
}

/// A range of numbers of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Likely {
    /// The lower end.
    pub low: u64,
    /// The upper end.
    pub high: u64,
    /// Days that it is for.
    pub days: u32,
}

impl Likely {
    /// How often such a range held, when it was tried on made-up months (`docs/statistics.md`).
    pub const HELD: &'static str = "in trials such a range held in more than 9 of 10 months where \
        failures are steady, and in about 7 of 10 where they come in rare bursts";
}

/// What was predicted of a move, beside what happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AfterMove {
    /// The first day on which reports saw the present policy.
    pub since: Day,
    /// Days with own mail since, in the window.
    pub days: u32,
    /// Own messages since, in the window.
    pub messages: u64,
    /// How many own failures the month before the move let expect in so many days; none where that
    /// month has no own mail.
    pub predicted: Option<Likely>,
    /// How many there were.
    pub failures: u64,
    /// Own messages that receivers quarantined.
    pub quarantined: u64,
    /// Own messages that receivers rejected.
    pub rejected: u64,
    /// The running sum of surprise (CUSUM) after the last day; 0 is none.
    pub cusum: f64,
    /// Above this, it is no chance.
    pub cusum_limit: f64,
    /// The failure rate that was expected (0 to 1).
    pub expected_rate: f64,
    /// The failure rate that would be a reason to go back (0 to 1).
    pub alarming_rate: f64,
}

impl AfterMove {
    /// Whether own failures rose beyond chance.
    #[must_use]
    pub fn is_alarming(&self) -> bool {
        self.cusum > self.cusum_limit
    }
}
