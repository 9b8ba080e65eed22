//! The two **mechanisms**, DKIM and SPF: what a reporter says of each, and which domains pass by its raw
//! results.
//!
//! In: a fingerprint, or a policy. Out: the reported word, the domains that pass, whether alignment is
//! strict. Where the raw results do not tell, nothing is claimed.

use crate::model::words::{AlignedResult, AlignmentMode, DkimResult, SpfResult, SpfScope};
use crate::model::{Fingerprint, PolicyPublished};

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Mechanism {
    Dkim,
    Spf,
}

impl Mechanism {
    pub(super) const ALL: [Self; 2] = [Self::Dkim, Self::Spf];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Dkim => "dkim",
            Self::Spf => "spf",
        }
    }

    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Dkim => "adkim",
            Self::Spf => "aspf",
        }
    }

    pub(super) fn reported(self, print: &Fingerprint) -> &AlignedResult {
        match self {
            Self::Dkim => &print.dkim,
            Self::Spf => &print.spf,
        }
    }

    pub(super) fn is_strict(self, policy: &PolicyPublished) -> bool {
        let mode = match self {
            Self::Dkim => &policy.adkim,
            Self::Spf => &policy.aspf,
        };
        *mode == Some(AlignmentMode::Strict)
    }

    /// The domains that pass by the raw results; `None` where these do not tell.
    pub(super) fn passing(self, print: &Fingerprint) -> Option<Vec<&str>> {
        match self {
            Self::Dkim => signed_by(print),
            Self::Spf => sent_by(print),
        }
    }
}

fn signed_by(print: &Fingerprint) -> Option<Vec<&str>> {
    let told = || print.dkim_auth.iter().filter(|s| !s.domain.is_empty());
    // A signature without a domain could be any.
    let unsaid = print.dkim_auth.len() > told().count();
    let passing: Vec<_> =
        told().filter(|s| s.result == DkimResult::Pass).map(|s| s.domain.as_str()).collect();
    (!print.dkim_auth.is_empty() && !unsaid).then_some(passing)
}

/// The envelope sender counts; the HELO name only where that sender is null.
fn sent_by(print: &Fingerprint) -> Option<Vec<&str>> {
    let null_sender = print.envelope_from.as_deref() == Some("");
    let helo = |scope: &Option<SpfScope>| *scope == Some(SpfScope::Helo);
    let told = || print.spf_auth.iter().filter(|check| !check.domain.is_empty());
    let envelope = || told().filter(|check| !helo(&check.scope));
    let passing = |result: &SpfResult| *result == SpfResult::Pass;
    if envelope().next().is_some() {
        return Some(
            envelope().filter(|c| passing(&c.result)).map(|c| c.domain.as_str()).collect(),
        );
    }
    let checks: Vec<_> = told().collect();
    (null_sender && !checks.is_empty()).then(|| {
        checks.into_iter().filter(|c| passing(&c.result)).map(|c| c.domain.as_str()).collect()
    })
}
