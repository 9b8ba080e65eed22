//! The **words** that pages share: verdicts, amounts and rates in plain English.

use anstyle::{AnsiColor, Style};

pub use crate::model::numbers::amount;
use crate::model::verdict::{Recommendation, Verdict};
use crate::model::words::Policy;

/// The verdict as it stands in a table and before a headline.
#[must_use]
pub fn verdict(verdict: Verdict) -> String {
    verdict.as_str().to_uppercase()
}

/// The verdict and the next act, in a few words: `READY: quarantine`, `FIX 1 source`.
#[must_use]
pub fn verdict_and_act(advice: &Recommendation) -> String {
    let word = verdict(advice.verdict);
    let sources = amount(advice.blockers.len() as u64, "source");
    match (advice.verdict, &advice.next, advice.not_before) {
        (Verdict::Ready | Verdict::Rollback, ..) if advice.subdomains_only => {
            format!("{word}: subdomains")
        }
        (Verdict::Ready, Some(policy), _) if policy.as_str() == advice.policy => {
            format!("{word}: in full")
        }
        (Verdict::Ready | Verdict::Rollback, Some(policy), _) => format!("{word}: {policy}"),
        (Verdict::Fix | Verdict::Review, ..) if !advice.blockers.is_empty() => {
            format!("{word} {sources}")
        }
        (Verdict::Hold, _, Some(day)) => format!("{word} until {day}"),
        _ => word,
    }
}

/// The colour of a verdict: red to act on, yellow to think about, green to go on with.
#[must_use]
pub fn verdict_style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Rollback | Verdict::Fix => AnsiColor::Red,
        Verdict::Review | Verdict::Hold => AnsiColor::Yellow,
        Verdict::Ready | Verdict::Stay => AnsiColor::Green,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

/// What becomes of mail that fails: by the next step where there is one; by the policy that holds
/// now where it is enforced; else by `quarantine`, the first step to come.
#[must_use]
pub fn fate(advice: &Recommendation) -> &'static str {
    match (&advice.next, advice.policy.as_str()) {
        _ if advice.subdomains_only => fate_below(advice),
        (Some(Policy::Quarantine), "quarantine") if advice.verdict == Verdict::Ready => {
            "would all be quarantined"
        }
        (_, "quarantine") if !is_step(advice) => "failed: p=quarantine hits such mail now",
        (_, "reject") if !is_step(advice) => "failed: p=reject hits such mail now",
        (Some(Policy::Reject), _) => "would be rejected",
        (Some(_), _) => "would be quarantined",
        // A domain without mail of its own goes to `reject` at once.
        (None, _) if advice.rate.is_none() => "would be stopped",
        (None, _) => "would be quarantined",
    }
}

/// The same of subdomains' mail, where the step is theirs alone.
fn fate_below(advice: &Recommendation) -> &'static str {
    match &advice.next {
        _ if !is_step(advice) => "failed: what holds for subdomains hits such mail now",
        Some(Policy::Reject) => "would be rejected",
        _ => "would be quarantined",
    }
}

/// Whether the advice is to go on, not to stay or to go back.
#[must_use]
pub fn is_step(advice: &Recommendation) -> bool {
    advice.next.is_some() && advice.verdict != Verdict::Rollback
}

/// A confidence (0 to 1) in per cent, without needless decimals: `95%`.
#[must_use]
pub fn confidence(share: f64) -> String {
    let percent = (share * 1000.0).round() / 10.0;
    format!("{percent}%")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::specimens;

    #[test]
    fn a_confidence_has_no_needless_decimals() {
        assert_eq!("99.9%", confidence(0.999));
        assert_eq!("95%", confidence(0.95));
    }

    #[test]
    fn the_fate_of_failing_mail_is_that_of_the_step_or_of_the_policy_that_holds() {
        assert_eq!("would be quarantined", fate(&specimens::ready()));
        assert_eq!("would be quarantined", fate(&specimens::hold()));
        let mut advice = specimens::ready();
        advice.policy = "quarantine".into();
        advice.next = Some(Policy::Reject);
        assert_eq!("would be rejected", fate(&advice));
        advice.next = None;
        assert_eq!("failed: p=quarantine hits such mail now", fate(&advice));
        (advice.verdict, advice.next) = (Verdict::Rollback, Some(Policy::None));
        assert_eq!("failed: p=quarantine hits such mail now", fate(&advice));
        advice.policy = "reject".into();
        assert_eq!("failed: p=reject hits such mail now", fate(&advice));
    }

    #[test]
    fn the_fate_of_a_step_of_subdomains_is_that_of_their_mail() {
        let mut advice = specimens::ready();
        (advice.subdomains_only, advice.policy) = (true, "quarantine".into());
        assert_eq!("would be quarantined", fate(&advice));
        advice.next = Some(Policy::Reject);
        assert_eq!("would be rejected", fate(&advice));
        advice.verdict = Verdict::Rollback;
        assert_eq!("failed: what holds for subdomains hits such mail now", fate(&advice));
    }

    #[test]
    fn a_verdict_names_its_act() {
        assert_eq!("READY: quarantine", verdict_and_act(&specimens::ready()));
        assert_eq!("FIX 1 source", verdict_and_act(&specimens::fix()));
        assert_eq!("HOLD until 2026-12-01", verdict_and_act(&specimens::hold()));
    }
}
