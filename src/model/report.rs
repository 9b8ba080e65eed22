//! One aggregate report, whatever RFC it follows: the XML's own nouns in the XML's own words.
//!
//! The dialects end at `decode::xml`, which makes these; the store keeps them; the export shows
//! them. Nothing here is judged. Where a report says nothing, there is `None`; where it says
//! something that no RFC knows, the text is kept as it was seen.

use std::net::IpAddr;

use super::outcome::Issue;
use super::words::{
    AlignedResult, AlignmentMode, Dialect, DiscoveryMethod, Disposition, DkimResult, OverrideKind,
    Policy, SpfResult, SpfScope, Testing,
};

/// One parsed `feedback` document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Who wrote it.
    pub reporter: Reporter,
    /// The reporter's own name for it, without `<` and `>`; not unique among reporters.
    pub report_id: String,
    /// Start of the period, seconds since 1970 UTC.
    pub begin: i64,
    /// End of the period, seconds since 1970 UTC; some reporters mean it inclusive, some not.
    pub end: i64,
    /// What went wrong on the reporter's side (`report_metadata/error`).
    pub errors: Vec<LangText>,
    /// The policy that the receiver found.
    pub policy: PolicyPublished,
    /// The different combinations that the records show, each once, in order of appearance.
    pub fingerprints: Vec<Fingerprint>,
    /// The rows, in document order.
    pub records: Vec<Record>,
    /// The oddities that were met and repaired or passed over.
    pub issues: Vec<Issue>,
}

/// Who wrote a report, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reporter {
    /// `org_name`; the domain of `email` where that is empty.
    pub org_name: String,
    /// `email`, possibly empty.
    pub email: String,
    /// `extra_contact_info`.
    pub extra_contact_info: Option<LangText>,
    /// RFC 9990: name and version of the program.
    pub generator: Option<String>,
    /// `version`, as written.
    pub version: Option<String>,
    /// The namespace of the root element.
    pub namespace: Option<String>,
    /// Which RFC the report follows.
    pub dialect: Dialect,
}

/// Text in a declared language (RFC 9990: a `lang` attribute, English unless said).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct LangText {
    /// The text.
    pub text: String,
    /// The language, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

/// The DMARC record as the receiver found it (`policy_published`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyPublished {
    /// The domain at which the record was found, lower case, without a final dot.
    pub domain: String,
    /// `p`.
    pub p: Option<Policy>,
    /// `sp`: subdomains that exist.
    pub sp: Option<Policy>,
    /// `np`: subdomains that do not exist.
    pub np: Option<Policy>,
    /// `adkim`.
    pub adkim: Option<AlignmentMode>,
    /// `aspf`.
    pub aspf: Option<AlignmentMode>,
    /// `fo`, as written.
    pub fo: Option<String>,
    /// `pct`, as written (RFC 7489 only).
    pub pct: Option<String>,
    /// RFC 9990: the `t` tag; one reporter writes it as `t`.
    pub testing: Option<Testing>,
    /// RFC 9990: how the record was found.
    pub discovery_method: Option<DiscoveryMethod>,
    /// Not in any schema, but written by one reporter: the `psd` tag.
    pub psd: Option<String>,
}

/// One `record`: so many messages, from that address, with that fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The address that delivered the mail.
    pub source: SourceAddress,
    /// How many messages, 1 to 2^53 - 1.
    pub count: i64,
    /// Index into [`Report::fingerprints`].
    pub fingerprint: u32,
}

/// The address of a row, or what stood in its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceAddress {
    /// An address; IPv4 inside IPv6 is turned into IPv4.
    Ip(IpAddr),
    /// Text that is not an address. The row keeps its count.
    Unreadable(Box<str>),
}

impl SourceAddress {
    /// The address, if it is one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Unreadable(_) => None,
        }
    }
}

impl std::fmt::Display for SourceAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Unreadable(text) => f.write_str(text),
        }
    }
}

/// All that a record says but its address and its count. A domain's mail shows a few dozen of
/// these, so each is stored once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    /// The domain that people see, lower case.
    pub header_from: String,
    /// The domain of the envelope sender; `Some("")` is the null sender, `None` was not said.
    pub envelope_from: Option<String>,
    /// The domain of the recipient.
    pub envelope_to: Option<String>,
    /// What the receiver did.
    pub disposition: Disposition,
    /// DKIM in alignment.
    pub dkim: AlignedResult,
    /// SPF in alignment.
    pub spf: AlignedResult,
    /// Why the receiver did something else than the policy says.
    pub reasons: Vec<OverrideReason>,
    /// Each signature that was verified.
    pub dkim_auth: Vec<DkimAuth>,
    /// Each SPF check.
    pub spf_auth: Vec<SpfAuth>,
}

impl Fingerprint {
    /// Whether mail like this passes DMARC: DKIM or SPF is aligned (RFC 7489 section 4.2).
    #[must_use]
    pub fn passes(&self) -> bool {
        self.dkim == AlignedResult::Pass || self.spf == AlignedResult::Pass
    }
}

/// One `policy_evaluated/reason`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OverrideReason {
    /// `type`.
    pub kind: OverrideKind,
    /// `comment`.
    pub comment: Option<LangText>,
}

/// One `auth_results/dkim`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DkimAuth {
    /// The signing domain (d=), lower case; empty where the reporter left it out.
    pub domain: String,
    /// The selector (s=).
    pub selector: Option<String>,
    /// What verifying gave.
    pub result: DkimResult,
    /// More of it, for people.
    pub human_result: Option<LangText>,
}

/// One `auth_results/spf`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpfAuth {
    /// The domain checked, lower case; empty where the reporter left it out.
    pub domain: String,
    /// Which identity was checked.
    pub scope: Option<SpfScope>,
    /// What checking gave.
    pub result: SpfResult,
    /// More of it, for people (RFC 9990).
    pub human_result: Option<LangText>,
}
