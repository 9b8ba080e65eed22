//! **Admission**: what the operator accepts. In: a trace of a report and of the mail that brought
//! it. Out: its authenticity, and the report's standing. Nothing is refused: what is not admitted
//! is kept, out of the totals.
//!
//! Anyone can write any header, so only the operator's own servers are believed: the topmost
//! `Authentication-Results` with one of their names. That rests on RFC 8601 section 5, by which they
//! take out what claims to be theirs in mail from outside.

mod results;

use std::sync::Arc;

use self::results::{MethodResult, Results};
use crate::model::{Authenticity, Outcome, Provenance, Standing, Trace};

/// Which reports count. The default counts every report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Admission {
    /// The operator's domains; reports about others are foreign. Empty: every domain is theirs.
    pub domains: Vec<String>,
    /// The names under which the operator's servers write `Authentication-Results` (RFC 8601
    /// section 2.5). Empty: nothing is known of any mail.
    pub authserv_ids: Vec<String>,
    /// Whether a report that came by mail counts only if its mail is verified.
    pub require: bool,
}

impl Admission {
    /// Judges all traces of one input or of several. Traces that share a provenance go on sharing
    /// it.
    pub fn judge_all(&self, traces: &mut [Trace]) {
        let mut last: Option<(Arc<Provenance>, Arc<Provenance>)> = None;
        for trace in traces {
            if let Some(provenance) = &trace.provenance
                && !self.authserv_ids.is_empty()
            {
                let known = last.take().filter(|(before, _)| Arc::ptr_eq(before, provenance));
                let judged = known.unwrap_or_else(|| {
                    (Arc::clone(provenance), self.authenticated(Arc::clone(provenance)))
                });
                trace.provenance = Some(Arc::clone(&judged.1));
                last = Some(judged);
            }
            self.stand(trace);
        }
    }

    /// Judges one trace.
    pub fn judge(&self, trace: &mut Trace) {
        self.judge_all(std::slice::from_mut(trace));
    }

    /// Whether a domain is one of the operator's, or below one. All are, if none are named.
    #[must_use]
    pub fn is_own(&self, domain: &str) -> bool {
        self.domains.is_empty() || self.domains.iter().any(|own| is_at_or_below(domain, own))
    }

    fn authenticated(&self, mut provenance: Arc<Provenance>) -> Arc<Provenance> {
        let authenticity = self.authenticity(&provenance);
        if provenance.authenticity != authenticity {
            Arc::make_mut(&mut provenance).authenticity = authenticity;
        }
        provenance
    }

    /// What the topmost result of a trusted server says.
    fn authenticity(&self, provenance: &Provenance) -> Authenticity {
        let mut results = provenance.results.iter().filter_map(|value| results::read(value));
        let Some(trusted) = results.find(|results| self.is_trusted(results)) else {
            return Authenticity::Unknown;
        };
        let (_, from) = provenance.from.rsplit_once('@').unwrap_or_default();
        if trusted.list.iter().any(|result| verifies(result, from)) {
            Authenticity::Verified
        } else {
            Authenticity::Failed
        }
    }

    fn is_trusted(&self, results: &Results) -> bool {
        self.authserv_ids.iter().any(|id| id.eq_ignore_ascii_case(&results.server))
    }

    /// Sets the standing of a report.
    fn stand(&self, trace: &mut Trace) {
        let Outcome::Accepted(accepted) = &mut trace.outcome else { return };
        let is_unverified = |mail: &Arc<Provenance>| mail.authenticity != Authenticity::Verified;
        accepted.standing = if !self.is_own(&accepted.report.policy.domain) {
            Standing::Foreign
        } else if self.require && trace.provenance.as_ref().is_some_and(is_unverified) {
            Standing::Unverified
        } else {
            Standing::Counted
        };
    }
}

/// Whether a result shows that a mail comes from this domain: it passes DMARC, or else DKIM or SPF
/// of a domain that is equal to it, below it or above it.
fn verifies(result: &MethodResult, from: &str) -> bool {
    let is_of_sender = |value: &str| is_related(domain_of(value), from);
    result.result == "pass"
        && match result.method.as_str() {
            // a mail may have several senders: it must be the one that is shown
            "dmarc" => !from.is_empty() && result.values("header.from").all(is_of_sender),
            "dkim" => result.values("header.d").chain(result.values("header.i")).any(is_of_sender),
            "spf" => result.values("smtp.mailfrom").any(is_of_sender),
            _ => false,
        }
}

/// The domain of an address, or of a value that is one.
fn domain_of(value: &str) -> &str {
    value.rsplit_once('@').map_or(value, |(_, domain)| domain)
}

/// Whether one of two domains is equal to the other or below it. What is above must not be a top
/// level domain: half the world is below that.
fn is_related(one: &str, other: &str) -> bool {
    let upper = if one.len() < other.len() { one } else { other };
    upper.trim_end_matches('.').contains('.')
        && (is_at_or_below(one, other) || is_at_or_below(other, one))
}

/// Whether a domain is this one or below it, whatever the case and with or without a final dot.
fn is_at_or_below(domain: &str, upper: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain).as_bytes();
    let upper = upper.strip_suffix('.').unwrap_or(upper).as_bytes();
    let Some(start) = domain.len().checked_sub(upper.len()) else { return false };
    !upper.is_empty()
        && domain[start..].eq_ignore_ascii_case(upper)
        && (start == 0 || domain[start - 1] == b'.')
}

#[cfg(test)]
mod tests;
