//! The **facts** of a fingerprint: all that the judgement needs to know of it, worked out once,
//! so that the rows, which are many, only add up.
//!
//! In: a fingerprint and the policy domain. Out: who the mail authenticates as, whether a
//! receiver excused it, and how it fails. *Aligned* is what the reporter says; *passes* below is
//! the raw result of `auth_results`.

use crate::model::evidence::RowCode;
use crate::model::knowledge::is_below;
use crate::model::words::{
    AlignedResult, Disposition, DkimResult, OverrideKind, SpfResult, SpfScope,
};
use crate::model::{DkimAuth, Fingerprint, OverrideReason, SpfAuth};

use super::domain::{is_at_or_below, organizational, same_organization};
use super::providers::{Provider, Providers};
use super::source::Key;

/// Why a receiver made an exception that says something of the way the mail took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excuse {
    /// It came through a mailing list.
    List,
    /// It was forwarded.
    Forwarded,
}

/// What the receiver did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Delivered it.
    No,
    /// Quarantined it.
    Quarantined,
    /// Refused it.
    Rejected,
}

/// How mail fails DMARC, in the order in which it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault<'a> {
    /// A raw pass of the owner's own organisation that is not aligned: strict alignment.
    Strict { domain: &'a str },
    /// The owner's signature is there and does not verify.
    BrokenSignature { domain: &'a str, selector: Option<&'a str> },
    /// Authenticates as somebody else: by signature, by bounce domain, or by both.
    Foreign { dkim: Option<&'a str>, spf: Option<&'a str> },
    /// No signature, and the owner's SPF record cannot be worked out.
    SpfError { domain: &'a str, result: &'a str },
    /// No signature, and the owner's SPF record does not list the address.
    Unauthorised { domain: &'a str, result: &'a str },
    /// Nothing passes and nothing of the owner's was tried.
    Nothing,
}

/// What one fingerprint says.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// Whom it authenticates as, where that is not the owner.
    pub(super) named: Option<Key<'a>>,
    /// DKIM aligned.
    pub(super) dkim: bool,
    /// SPF aligned.
    pub(super) spf: bool,
    /// The exception made.
    pub(super) excuse: Option<Excuse>,
    /// What the receiver did.
    pub(super) stopped: Stopped,
    /// The owner's signatures that pass, with their selectors, where those were told.
    pub(super) signatures: Vec<(&'a str, &'a str)>,
    /// The owner's bounce domain whose SPF passes, where that is aligned and told.
    pub(super) spf_domain: Option<&'a str>,
    /// A signature of the bounce domain's own organisation passes: a sending service signs twice,
    /// a forwarder does not.
    pub(super) signs_twice: bool,
    /// A foreign signature that passes.
    pub(super) foreign_dkim: Option<&'a str>,
    /// A foreign bounce domain that passes.
    pub(super) foreign_spf: Option<&'a str>,
    /// Authenticates as a known sender.
    pub(super) known_sender: bool,
    /// Tries the owner's SPF or DKIM, and fails.
    pub(super) tries_own: bool,
    /// A raw pass of the owner's own organisation that is not aligned.
    pub(super) own_unaligned: bool,
    /// The same, of the policy domain or a name below it, and by nobody who passes mail on.
    pub(super) own_name_unaligned: bool,
    /// What a row with it says.
    pub(super) code: RowCode,
    /// The visible domain is below the policy domain.
    pub(super) subdomain: bool,
    /// How it fails; `None` where it passes.
    pub(super) fault: Option<Fault<'a>>,
}

impl<'a> Facts<'a> {
    /// Works them out.
    pub(super) fn of(print: &'a Fingerprint, policy_domain: &str, known: &Providers) -> Self {
        let owner = Owner { header_from: &print.header_from, policy: policy_domain };
        let spf = Spf::of(&print.spf_auth, owner);
        let dkim = Dkim::of(&print.dkim_auth, owner);
        let (aligned_dkim, aligned_spf) =
            (print.dkim == AlignedResult::Pass, print.spf == AlignedResult::Pass);
        let foreign_dkim = dkim.best_foreign(known);
        let known_sender =
            |domain: Option<&str>| domain.and_then(|domain| known_sender(domain, known)).is_some();
        let own_pass = dkim.own_pass.is_some() || spf.own_pass.is_some();
        let tries_own = dkim.own_fail.is_some() || spf.own_fail.is_some();
        Self {
            named: named(&spf, &dkim, known),
            dkim: aligned_dkim,
            spf: aligned_spf,
            excuse: excuse(&print.reasons),
            stopped: stopped(&print.disposition),
            signatures: signatures(&print.dkim_auth, owner, aligned_dkim),
            spf_domain: spf.own_pass.filter(|_| aligned_spf),
            signs_twice: dkim
                .foreign
                .iter()
                .any(|d| spf.foreign.is_some_and(|s| same_organization(d, s))),
            foreign_dkim,
            foreign_spf: spf.foreign,
            known_sender: known_sender(foreign_dkim) || known_sender(spf.foreign),
            tries_own,
            own_unaligned: own_pass && !print.passes(),
            own_name_unaligned: !print.passes() && own_name_passes(&spf, &dkim, policy_domain),
            code: code(
                (aligned_dkim, aligned_spf),
                (foreign_dkim.is_some(), spf.foreign.is_some()),
                tries_own || own_pass,
            ),
            subdomain: is_below(&print.header_from, policy_domain),
            fault: (!print.passes()).then(|| fault(&spf, &dkim, foreign_dkim)),
        }
    }

    /// Whether mail like this passes DMARC.
    pub(super) fn passes(&self) -> bool {
        self.fault.is_none()
    }
}

/// The domains that count as the owner's: those of the visible domain's organisation, and of the
/// policy domain's, should a report contradict itself.
#[derive(Clone, Copy)]
struct Owner<'a> {
    header_from: &'a str,
    policy: &'a str,
}

impl Owner<'_> {
    fn owns(self, domain: &str) -> bool {
        same_organization(domain, self.policy) || same_organization(domain, self.header_from)
    }
}

/// The SPF check that counts: of the envelope sender; of the HELO name only where no other is told.
struct Spf<'a> {
    own_pass: Option<&'a str>,
    own_fail: Option<&'a SpfAuth>,
    foreign: Option<&'a str>,
}

impl<'a> Spf<'a> {
    fn of(checks: &'a [SpfAuth], owner: Owner<'_>) -> Self {
        let said = |check: &&SpfAuth| !check.domain.is_empty();
        let envelope = |check: &&SpfAuth| check.scope != Some(SpfScope::Helo);
        let check = checks.iter().filter(said).find(envelope).or(checks.iter().find(said));
        let (own, passes) = check.map_or((false, false), |check| {
            (owner.owns(&check.domain), check.result == SpfResult::Pass)
        });
        let domain = check.map(|check| check.domain.as_str());
        Self {
            own_pass: domain.filter(|_| own && passes),
            own_fail: check.filter(|_| own && !passes),
            foreign: domain.filter(|_| !own && passes),
        }
    }
}

/// The signatures, sorted out.
struct Dkim<'a> {
    own_pass: Option<&'a str>,
    own_fail: Option<&'a DkimAuth>,
    foreign: Vec<&'a str>,
}

impl<'a> Dkim<'a> {
    fn of(signatures: &'a [DkimAuth], owner: Owner<'_>) -> Self {
        let mut sorted = Self { own_pass: None, own_fail: None, foreign: Vec::new() };
        for signature in signatures.iter().filter(|s| !s.domain.is_empty()) {
            let domain = signature.domain.as_str();
            match (owner.owns(domain), &signature.result) {
                (true, DkimResult::Pass) => sorted.own_pass = sorted.own_pass.or(Some(domain)),
                (_, DkimResult::None) => {}
                (true, _) => sorted.own_fail = sorted.own_fail.or(Some(signature)),
                (false, DkimResult::Pass) => sorted.foreign.push(domain),
                (false, _) => {}
            }
        }
        sorted
    }

    /// A known sender's signature, else the first.
    fn best_foreign(&self, known: &Providers) -> Option<&'a str> {
        let best = self.foreign.iter().find(|domain| known.find(domain).is_some());
        best.or(self.foreign.first()).copied()
    }
}

/// SPF before DKIM: a forwarder delivers with its own bounce domain, and the signature that it
/// carries is still that of the service which wrote the mail. An unknown signature on mail that
/// the owner's DNS authorises names nobody: the owner's own machine may add it.
fn named<'a>(spf: &Spf<'a>, dkim: &Dkim<'a>, known: &Providers) -> Option<Key<'a>> {
    if let Some(domain) = spf.foreign {
        return Some(Key::of_domain(domain, known));
    }
    let domain = dkim.best_foreign(known)?;
    let is_known = known.find(domain).is_some();
    (is_known || spf.own_pass.is_none()).then(|| Key::of_domain(domain, known))
}

/// Organisations have departments: a name beside the policy domain may be somebody else's. And a
/// signature alone, beside another's bounce domain, may have been carried on.
fn own_name_passes(spf: &Spf<'_>, dkim: &Dkim<'_>, policy_domain: &str) -> bool {
    let ours = |domain: Option<&str>| domain.is_some_and(|d| is_at_or_below(d, policy_domain));
    ours(spf.own_pass) || (ours(dkim.own_pass) && spf.foreign.is_none())
}

fn known_sender<'a>(domain: &str, known: &'a Providers) -> Option<&'a Provider> {
    known.find(domain).and_then(|index| known.get(index)).filter(|provider| provider.may_send())
}

fn excuse(reasons: &[OverrideReason]) -> Option<Excuse> {
    let excuses = || reasons.iter().filter_map(excuse_of);
    excuses().find(|excuse| *excuse == Excuse::List).or_else(|| excuses().next())
}

/// A bare `local_policy` decides nothing: receivers write it for whatever they like.
fn excuse_of(reason: &OverrideReason) -> Option<Excuse> {
    let arc = || {
        reason.comment.as_ref().is_some_and(|comment| {
            let text = comment.text.to_ascii_lowercase();
            text.contains("arc=pass") || text.contains("trusted arc")
        })
    };
    match reason.kind {
        OverrideKind::MailingList => Some(Excuse::List),
        OverrideKind::Forwarded | OverrideKind::TrustedForwarder => Some(Excuse::Forwarded),
        OverrideKind::LocalPolicy if arc() => Some(Excuse::Forwarded),
        _ => None,
    }
}

/// From what is aligned, what passes for others (DKIM and SPF each), and whether anything of the
/// owner's was tried.
fn code(aligned: (bool, bool), foreign: (bool, bool), own: bool) -> RowCode {
    match (aligned, foreign) {
        ((true, true), _) => RowCode::B,
        ((true, false), _) => RowCode::D,
        ((false, true), _) => RowCode::S,
        (_, (true, _)) => RowCode::Xd,
        (_, (_, true)) => RowCode::Xs,
        _ if own => RowCode::Xo,
        _ => RowCode::X0,
    }
}

fn stopped(disposition: &Disposition) -> Stopped {
    match disposition {
        Disposition::Quarantine => Stopped::Quarantined,
        Disposition::Reject => Stopped::Rejected,
        Disposition::None | Disposition::Pass | Disposition::Other(_) => Stopped::No,
    }
}

fn signatures<'a>(
    signatures: &'a [DkimAuth],
    owner: Owner<'_>,
    aligned: bool,
) -> Vec<(&'a str, &'a str)> {
    let ours = |s: &&DkimAuth| s.result == DkimResult::Pass && owner.owns(&s.domain);
    let told = |s: &'a DkimAuth| Some((s.domain.as_str(), s.selector.as_deref()?));
    if aligned { signatures.iter().filter(ours).filter_map(told).collect() } else { Vec::new() }
}

fn fault<'a>(spf: &Spf<'a>, dkim: &Dkim<'a>, signed: Option<&'a str>) -> Fault<'a> {
    if let Some(domain) = dkim.own_pass.or(spf.own_pass) {
        return Fault::Strict { domain };
    }
    if let Some(signature) = dkim.own_fail {
        let selector = signature.selector.as_deref();
        return Fault::BrokenSignature { domain: &signature.domain, selector };
    }
    if signed.is_some() || spf.foreign.is_some() {
        return Fault::Foreign { dkim: signed, spf: spf.foreign };
    }
    let Some(check) = spf.own_fail else {
        return Fault::Nothing;
    };
    let (domain, result) = (check.domain.as_str(), check.result.as_str());
    match check.result {
        SpfResult::PermError | SpfResult::TempError => Fault::SpfError { domain, result },
        _ => Fault::Unauthorised { domain, result },
    }
}

/// The organisational domain of a foreign name, or the provider.
impl<'a> Key<'a> {
    /// Whom a domain stands for.
    pub(super) fn of_domain(domain: &'a str, known: &Providers) -> Self {
        known.find(domain).map_or(Self::Domain(organizational(domain)), Self::Provider)
    }
}
