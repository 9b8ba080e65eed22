//! Who else must **agree** before reports of a domain go there.
//!
//! In: a record, and who can be asked. Out: what others must publish that the DNS does not show, and what
//! nobody could tell.

use crate::model::discovery::{Consent as ReportConsent, ReportTo};
use crate::model::dns::{Answer, Resolver, is_null_mx};
use crate::model::publication::Consent;
use crate::record::destination;

/// What others must publish before reports go there, as far as it is not there; with it how many addresses
/// were not asked about. What nobody could tell is noted.
pub(in super::super) fn lacking(
    domain: &str,
    text: &str,
    dns: &dyn Resolver,
    notes: &mut Vec<String>,
) -> (Vec<Consent>, usize) {
    let asked = destination::destinations(text, domain, dns);
    let left = destination::left_of_all(text);
    notes.extend(destination::left_text(left));
    notes.extend(unknown(&asked));
    notes.extend(without_mail(text, dns));
    (destination::lacking(domain, &asked), left)
}

/// The same in sentences.
pub(super) fn notes(domain: &str, text: &str, dns: &dyn Resolver) -> Vec<String> {
    let mut notes = Vec::new();
    let (lacking, _) = lacking(domain, text, dns, &mut notes);
    let lacking = lacking.into_iter().map(|Consent { host, name, txt }| {
        format!("no reports go to {host} before it publishes {name} TXT \"{txt}\"")
    });
    lacking.chain(notes).collect()
}

/// Addresses that no mail can reach: their domain does not exist, or takes none by its own word.
fn without_mail(text: &str, dns: &dyn Resolver) -> Vec<String> {
    let mut notes = Vec::new();
    for host in destination::hosts(text) {
        let why = match dns.exchanges(&host) {
            Answer::Found(all) if is_null_mx(&all) => {
                format!("{host} has a null MX, so that it takes no mail")
            }
            Answer::NoName => format!("the DNS knows no name {host}"),
            _ => continue,
        };
        notes.push(format!(
            "{why}, and reports are mail: name an address of a domain that takes it, of yours or of who \
             reads them for you"
        ));
    }
    notes
}

/// Hosts of which nobody could tell whether they agreed, each once.
fn unknown(asked: &[ReportTo]) -> Vec<String> {
    let mut notes = Vec::new();
    for to in asked {
        if let (Some(host), ReportConsent::Unknown { why }) = (&to.host, &to.consent) {
            let note = format!("it is not known whether {host} agreed to get reports ({why})");
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}
