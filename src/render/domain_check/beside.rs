//! What **reports say** beside the DNS, as lines: the policy that receivers saw last, and whether SPF
//! covers those who send.

use std::io::{self, Write};

use super::brief::{labelled, more};
use crate::model::domain_check::{
    Beside, Coverage, OthersCovered, PolicySeen, SenderCovered, Sent,
};
use crate::model::numbers::{agree, thousands};
use crate::model::verdict::Class;
use crate::render::Page;
use crate::render::words::amount;

/// Senders that are shown unless everything is asked for.
const SENDERS: usize = 15;

/// Writes it. `has_none` is that the DNS has no record that holds.
pub(super) fn write(
    out: &mut dyn Write,
    page: Page,
    beside: &Beside,
    has_none: bool,
) -> io::Result<()> {
    match &beside.policy {
        Some(policy) => labelled(out, page, "Policy", &policy_words(policy, has_none))?,
        None => labelled(out, page, "Policy", "no report shows one")?,
    }
    let shown = beside.senders.len().min(page.at_most(SENDERS));
    for sender in &beside.senders[..shown] {
        labelled(out, page, "Sender", &sender_words(sender))?;
    }
    more(out, page, beside.senders.len() - shown, "more")?;
    for (at, others) in beside.others.iter().enumerate() {
        let label = if at == 0 { "Others" } else { "" };
        labelled(out, page, label, &others_words(others))?;
    }
    Ok(())
}

fn policy_words(seen: &PolicySeen, has_none: bool) -> String {
    let tag = |name: &str, word: &Option<String>| {
        word.as_ref().map(|word| format!(" {name}={word}")).unwrap_or_default()
    };
    let age = match seen.days_ago {
        0 => "today".to_owned(),
        days => format!("{days} {} ago", agree(days.unsigned_abs().into(), "day", "days")),
    };
    let now = match seen.same_as_dns {
        Some(true) => "as the DNS has it now",
        Some(false) if has_none => "the DNS has none now",
        Some(false) => "the DNS has another now",
        None => "what the DNS has now is not known",
    };
    format!(
        "receivers last saw{}{} at _dmarc.{}, in reports about {} ({age}): {now}",
        tag("p", &seen.p),
        tag("sp", &seen.sp),
        seen.domain,
        seen.day
    )
}

fn sender_words(sender: &SenderCovered) -> String {
    let messages = format!(
        "{} ({} {}, {} aligned by DKIM, {} by SPF)",
        sender.source,
        thousands(sender.messages),
        agree(sender.messages, "message", "messages"),
        thousands(sender.dkim_aligned),
        thousands(sender.spf_aligned),
    );
    format!("{messages}: {}", covered_words(sender))
}

/// What SPF covers of a sender, in words.
fn covered_words(sender: &SenderCovered) -> String {
    let Coverage { covered, not_covered, unknown } = sender.counts;
    let mut told = Vec::new();
    if not_covered.addresses + unknown.addresses == 0 {
        match &sender.bounces_to {
            None => return "SPF covers it".to_owned(),
            Some(to) => {
                return format!(
                    "covered, but its mail bounces to {to}: SPF is asked there, and never aligns"
                );
            }
        }
    }
    if not_covered.addresses > 0 {
        let named = sender.not_covered.iter().zip(&sender.not_covered_messages);
        let named: Vec<String> =
            named.map(|(at, sent)| format!("{at} ({})", thousands(*sent))).collect();
        let rest = not_covered.addresses.saturating_sub(named.len() as u64);
        let left = sender.not_covered_messages.iter().sum::<u64>();
        let rest = match rest {
            0 => String::new(),
            more => {
                let sent = not_covered.messages.saturating_sub(left);
                format!(" and {} more ({})", thousands(more), thousands(sent))
            }
        };
        told.push(format!("SPF does not cover {}{rest}", named.join(", ")));
    }
    if unknown.addresses > 0 {
        told.push(format!("unknown of {}", sent(unknown)));
    }
    if covered.addresses > 0 {
        told.push(format!("it covers {}", sent(covered)));
    }
    if let Some(to) = &sender.bounces_to {
        told.push(format!("its mail bounces to {to}, where SPF is asked: here it changes nothing"));
    }
    told.join("; ")
}

fn sent(sent: Sent) -> String {
    let Sent { addresses, messages } = sent;
    let word = agree(addresses, "address", "addresses");
    format!("{} {word} ({})", thousands(addresses), amount(messages, "message"))
}

/// The senders that are not the domain's own: whether SPF covers them is right or wrong by what they are.
fn others_words(others: &OthersCovered) -> String {
    let Coverage { covered, not_covered, unknown } = others.counts;
    let mut told = Vec::new();
    if not_covered.addresses > 0 {
        let so = match others.class {
            Class::Asks => "add those that are yours: ruaudit sources shows them",
            Class::Forwarder | Class::List => "it need not: they pass on mail of others",
            _ => "that is right: they are not yours, do not add them",
        };
        told.push(format!("SPF does not cover {}; {so}", sent(not_covered)));
    }
    if covered.addresses > 0 {
        let so = match others.class {
            Class::Threat | Class::Noise => ", of a service that others use as well, it may be",
            _ => "",
        };
        told.push(format!("it covers {}{so}", sent(covered)));
    }
    if unknown.addresses > 0 {
        told.push(format!("unknown of {}", sent(unknown)));
    }
    format!(
        "{} of the class {}: {}",
        amount(others.senders, "sender"),
        others.class.as_str(),
        told.join("; ")
    )
}
