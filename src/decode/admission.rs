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
    #[cfg(test)]
    fn judge(&self, trace: &mut Trace) {
        self.judge_all(std::slice::from_mut(trace));
    }

    /// Whether a domain is one of the operator's, or below one. All are, if none are named; what is
    /// no domain name is nobody's, whatever it ends with.
    #[must_use]
    pub fn is_own(&self, domain: &str) -> bool {
        let is_at_or_below = |own: &String| is_at_or_below(domain, own);
        self.domains.is_empty() || (is_name(domain) && self.domains.iter().any(is_at_or_below))
    }

    fn authenticated(&self, mut provenance: Arc<Provenance>) -> Arc<Provenance> {
        let authenticity = self.authenticity(&provenance);
        if provenance.authenticity != authenticity {
            Arc::make_mut(&mut provenance).authenticity = authenticity;
        }
        provenance
    }

    /// What the topmost result of a trusted server says. One that cannot be read says nothing good:
    /// what stands below it may be a stranger's.
    fn authenticity(&self, provenance: &Provenance) -> Authenticity {
        let is_of_ours =
            |value: &&String| self.authserv_ids.iter().any(|id| results::begins_with(value, id));
        let Some(topmost) = provenance.results.iter().find(is_of_ours) else {
            return Authenticity::Unknown;
        };
        let (_, from) = provenance.from.rsplit_once('@').unwrap_or_default();
        let trusted = results::read(topmost).filter(|results| self.is_trusted(results));
        if trusted.is_some_and(|results| verify(&results, from)) {
            Authenticity::Verified
        } else {
            Authenticity::Failed
        }
    }

    fn is_trusted(&self, results: &Results) -> bool {
        self.authserv_ids.iter().any(|id| bare(id).eq_ignore_ascii_case(bare(&results.server)))
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

/// Whether results show that a mail comes from this domain. What DMARC says of it decides, if it
/// says anything; else DKIM or SPF of a related domain. What breaks off may hide what it says.
fn verify(results: &Results, from: &str) -> bool {
    // `bestguesspass`: the domain publishes no policy, so this is another word for `none`
    let decides = |result: &&MethodResult| {
        result.method == "dmarc" && !matches!(&*result.result, "none" | "bestguesspass")
    };
    let mut dmarc = results.list.iter().filter(decides).peekable();
    if results.is_broken {
        false
    } else if dmarc.peek().is_some() {
        dmarc.all(|result| verifies(result, from))
    } else {
        results.list.iter().any(|result| verifies(result, from))
    }
}

/// Whether a result passes for this domain, or for one that is related to it.
fn verifies(result: &MethodResult, from: &str) -> bool {
    // of several values, each must be: which of them was looked at is not known
    let is_all_of = |name: &str| {
        let mut values = result.values(name).map(domain_of).peekable();
        values.peek().is_some() && values.all(|domain| is_related(domain, from))
    };
    let has_signer = result.values("header.d").next().is_some();
    result.result == "pass"
        && match result.method.as_str() {
            // a mail may have several senders: it must be the one that is shown
            "dmarc" => is_all_of("header.from"),
            "dkim" if has_signer => is_all_of("header.d"),
            "dkim" => is_all_of("header.i"),
            "spf" => is_all_of("smtp.mailfrom"),
            _ => false,
        }
}

/// The domain of an address, or of a value that is one.
fn domain_of(value: &str) -> &str {
    value.rsplit_once('@').map_or(value, |(_, domain)| domain)
}

/// Whether two domains are equal, or one is below the other. What is above must be a domain that
/// somebody registered, by the Public Suffix List: strangers share what is above that.
fn is_related(one: &str, other: &str) -> bool {
    let (one, other) = (bare(one).to_ascii_lowercase(), bare(other).to_ascii_lowercase());
    let upper = if one.len() < other.len() { &one } else { &other };
    let is_registered = || psl::domain_str(upper).is_some();
    is_name(&one)
        && is_name(&other)
        && upper.contains('.')
        && (one == other
            || (is_registered() && (is_at_or_below(&one, &other) || is_at_or_below(&other, &one))))
}

/// Whether a domain is this one or below it, whatever the case and with or without a final dot.
fn is_at_or_below(domain: &str, upper: &str) -> bool {
    let (domain, upper) = (bare(domain).as_bytes(), bare(upper).as_bytes());
    let Some(start) = domain.len().checked_sub(upper.len()) else { return false };
    !upper.is_empty()
        && domain[start..].eq_ignore_ascii_case(upper)
        && (start == 0 || domain[start - 1] == b'.')
}

/// Whether this is a domain name: labels of letters, digits, hyphens and underscores.
fn is_name(domain: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    bare(domain).split('.').all(|label| {
        let has_edge = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && !has_edge && label.bytes().all(is_known)
    })
}

/// A name without its final dot.
fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests;
