//! How the **DMARC record of a name is found**, and what holds for the name: by the tree walk of RFC 9989,
//! and by the Public Suffix List of RFC 7489. And whether those who are to get reports agreed to.
//!
//! `record` finds it; pages and JSON show the same values. Field names are the JSON keys.

use serde::Serialize;

/// What stood at one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Stood {
    /// One DMARC record.
    Record {
        /// Its text.
        text: String,
    },
    /// More than one: receivers take none of them.
    Several {
        /// Their texts.
        texts: Vec<String>,
    },
    /// Other TXT records, none of them for DMARC.
    OtherText,
    /// The name exists, without TXT records.
    NoData,
    /// There is no such name.
    NoName,
    /// The name would be longer than the DNS allows.
    TooLong,
    /// Nobody can tell now.
    Unknown {
        /// Why.
        why: String,
    },
}

/// One question on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The domain.
    pub domain: String,
    /// The name that was asked for: `_dmarc.` and the domain.
    pub name: String,
    /// What stood there.
    pub answer: Stood,
    /// Texts that stood there and are no DMARC records to receivers: those first that are meant as one; of
    /// many, some.
    pub passed_over: Vec<String>,
}

/// The tag whose policy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyTag {
    /// The policy of the domain itself.
    P,
    /// That of subdomains.
    Sp,
    /// That of subdomains that do not exist.
    Np,
}

impl PolicyTag {
    /// The tag, as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::P => "p",
            Self::Sp => "sp",
            Self::Np => "np",
        }
    }
}

/// What holds for the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Decision {
    /// A policy.
    Policy {
        /// The domain at which the record stands.
        at: String,
        /// The record.
        text: String,
        /// Which tag gives the policy.
        tag: PolicyTag,
        /// `none`, `quarantine` or `reject`.
        policy: String,
        /// Why this record and this tag, in a sentence without a final dot.
        why: String,
    },
    /// No DMARC at all.
    Nothing {
        /// Why.
        why: String,
    },
    /// Nobody can tell now.
    Unknown {
        /// Why.
        why: String,
    },
}

impl Decision {
    /// Whether no policy holds.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing { .. })
    }
}

/// One way of finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// What was asked, in this order.
    pub asked: Vec<Asked>,
    /// The organisational domain; none where nobody can tell now.
    pub organization: Option<String>,
    /// What holds.
    pub decision: Decision,
}

/// Both ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Discovery {
    /// The name that was asked about, as it is asked for.
    pub domain: String,
    /// Whether the name exists, where that was asked: it decides between `sp` and `np`. A check of a domain
    /// always asks.
    pub exists: Option<bool>,
    /// By the tree walk (RFC 9989 section 4.10).
    pub walk: Way,
    /// By the Public Suffix List (RFC 7489 section 6.6.3).
    pub list: Way,
    /// What receivers of the one and the other kind do differently, a sentence each.
    pub differs: Vec<String>,
}

impl Discovery {
    /// The record that decides: by the walk, or where it finds none by the list. With the domain at
    /// which it stands.
    #[must_use]
    pub fn record(&self) -> Option<(&str, &str)> {
        [&self.walk, &self.list].into_iter().find_map(|way| match &way.decision {
            Decision::Policy { at, text, .. } => Some((at.as_str(), text.as_str())),
            Decision::Nothing { .. } | Decision::Unknown { .. } => None,
        })
    }

    /// Whether anything on the way could not be asked.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        [&self.walk, &self.list].into_iter().any(|way| {
            way.organization.is_none() || matches!(way.decision, Decision::Unknown { .. })
        })
    }
}

/// Whether whoever is to get reports agreed to (RFC 9990 section 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Consent {
    /// The destination is of the same organisation: nobody is asked.
    Same,
    /// It agreed.
    Authorised {
        /// Whether to reports about any domain, by a wildcard; none where nobody can tell.
        wildcard: Option<bool>,
    },
    /// It agreed, and names another address at the same host.
    Redirected {
        /// That address.
        to: String,
    },
    /// It agreed, and names an address at another host: reports go to neither.
    RedirectedElsewhere {
        /// That address.
        to: String,
    },
    /// It did not: receivers send nothing there.
    NotAuthorised,
    /// The DNS knows no such host.
    NoHost,
    /// The name at which it would have to agree is longer than the DNS allows.
    TooLong,
    /// This is no address that reports can go to.
    NoAddress {
        /// Why.
        why: String,
    },
    /// Nobody can tell now.
    Unknown {
        /// Why.
        why: String,
    },
}

/// Where reports are to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportTo {
    /// `rua` or `ruf`.
    pub tag: &'static str,
    /// The URI, as the record has it.
    pub uri: String,
    /// The host of the address; none where there is none.
    pub host: Option<String>,
    /// The name at which the host must agree; none where it need not.
    pub name: Option<String>,
    /// Whether it did.
    pub consent: Consent,
}
