//! Rules 2 and 3: mail that others **pass on**, by a list or a forwarder.
//!
//! In: a source. Out: class list or forwarder, with its numbers, where a known host or the receivers say
//! so. Never a service that only sends, nor for a few messages among many that plainly fail.

use crate::model::numbers::{agree, amount, thousands};
use crate::model::verdict::Class;

use super::super::facts::{Excuse, Facts};
use super::super::providers::{Kind, Provider};
use super::super::source::Source;
use super::{Matched, Rules};

/// The messages of a source, by what matters to rules 2 and 3.
pub(super) struct Mix {
    /// Failing, and excused as list mail.
    list: u64,
    /// Not SPF-aligned, and signed at another source or excused as forwarded.
    forwarded: u64,
    /// What `forwarded` is a part of: DKIM-aligned mail whose selector is told, and excused mail.
    traceable: u64,
}

impl Mix {
    pub(super) fn of(source: &Source<'_>, rules: &Rules<'_, '_>) -> Self {
        let excused = |fact: &Facts<'_>| fact.excuse.is_some() && !fact.spf;
        let signed = |fact: &Facts<'_>| fact.dkim && !fact.signatures.is_empty();
        Self {
            list: rules.sum(source, is_list_mail),
            forwarded: rules.sum(source, |fact| rules.is_forwarded(fact, source.key)),
            traceable: rules.sum(source, |fact| signed(fact) || excused(fact)),
        }
    }
}

fn is_list_mail(fact: &Facts<'_>) -> bool {
    !fact.passes() && fact.excuse == Some(Excuse::List)
}

/// At least half, and something.
fn is_half(part: u64, whole: u64) -> bool {
    part > 0 && part >= whole.saturating_sub(part)
}

fn only_sends(source: &Source<'_>) -> bool {
    source.provider.is_some_and(Provider::only_sends)
}

/// Rule 2: a known host of lists, or so called by receivers.
pub(super) fn list(source: &Source<'_>, mix: &Mix, rules: &Rules<'_, '_>) -> Option<Matched> {
    let matched = |rule, counted| Some(Matched { class: Class::List, health: None, rule, counted });
    if source.is_mostly_authorised() {
        return None;
    }
    if source.provider.is_some_and(|provider| provider.kind == Kind::List) {
        return matched("a known mailing list host".to_owned(), rules.pick(source, |_| true));
    }
    let (failing, all) = (source.tally.dmarc_fail, source.tally.messages);
    if only_sends(source) || !is_half(mix.list, failing) || !is_half(failing, all) {
        return None;
    }
    let rule = format!(
        "receivers called {} of its {} mailing list mail",
        thousands(mix.list),
        amount(failing, "failing message")
    );
    matched(rule, rules.pick(source, is_list_mail))
}

/// Rule 3: passes on what is at home elsewhere, or so called by receivers.
pub(super) fn forwarder(source: &Source<'_>, mix: &Mix, rules: &Rules<'_, '_>) -> Option<Matched> {
    let matched =
        |rule, counted| Some(Matched { class: Class::Forwarder, health: None, rule, counted });
    let known = source.provider.is_some_and(|provider| provider.kind == Kind::Forwarder);
    if known && source.tally.spf_aligned == 0 {
        return matched("a known forwarder".to_owned(), rules.pick(source, |_| true));
    }
    let most = mix.forwarded > mix.traceable.saturating_sub(mix.forwarded);
    // Half of all its mail, too: few forwarded messages must not hide many that plainly fail.
    if only_sends(source) || !most || !is_half(mix.forwarded, source.tally.messages) {
        return None;
    }
    let rule = format!(
        "{} of {} {} at home elsewhere, or called forwarded by receivers",
        thousands(mix.forwarded),
        amount(source.tally.messages, "message"),
        agree(mix.forwarded, "is signed by a key", "are signed by keys")
    );
    matched(rule, rules.pick(source, |fact| rules.is_forwarded(fact, source.key)))
}
