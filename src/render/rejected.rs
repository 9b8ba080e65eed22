//! The list of **what could not be read**: where it stood, which step refused it, and why.
//!
//! In: traces, one at a time. Out: two or three lines each.

use std::io::{self, Write};

use crate::model::{Reason, StoredTrace};

use super::Page;
use super::text::{hanging, moment};

/// Writes one trace.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut dyn Write, page: Page, trace: &StoredTrace) -> io::Result<()> {
    hanging(out, page, "", 4, &trace.origin)?;
    if let Some(mail) = mail(&trace.origin, trace.sender.as_deref(), trace.received_at.as_deref()) {
        hanging(out, page, "  ", 4, &mail)?;
    }
    hanging(out, page, "  ", 4, &sentence(trace))?;
    if page.verbose {
        hanging(out, page, "  ", 4, &format!("first seen {}", trace.seen_at))?;
    }
    Ok(())
}

/// What a person finds the mail by, if it stood in one: `from ADDRESS, received 2026-11-21 22:26 UTC`.
/// When a file was last written is not told: the file can be looked at.
#[must_use]
pub(super) fn mail(
    origin: &str,
    sender: Option<&str>,
    received_at: Option<&str>,
) -> Option<String> {
    if sender.is_none() && !is_in_mailbox(origin) {
        return None;
    }
    let from = sender.map(|sender| format!("from {sender}"));
    let received = received_at.map(|at| format!("received {}", moment(at)));
    let known: Vec<_> = from.into_iter().chain(received).collect();
    (!known.is_empty()).then(|| known.join(", "))
}

/// Whether it is the URL of a mail: no mail program shows its number.
pub(super) fn is_in_mailbox(origin: &str) -> bool {
    origin.starts_with("imap://")
}

/// `rejected (xml/truncated at byte 120): the document ends in the middle: inside <row>`.
fn sentence(trace: &StoredTrace) -> String {
    let stage = if trace.stage.is_empty() { String::new() } else { format!("{}/", trace.stage) };
    let place = trace.position.map(|at| format!(" at byte {at}")).unwrap_or_default();
    let code = match (&*stage, &*trace.reason) {
        ("", "") => String::new(),
        ("", reason) if reason == trace.outcome => String::new(),
        (stage, reason) => format!(" ({stage}{reason}{place})"),
    };
    let meaning = Reason::parse(&trace.reason).map(Reason::meaning);
    let detail = Some(trace.detail.as_str()).filter(|detail| !detail.is_empty());
    let mut why: Vec<&str> = meaning.into_iter().chain(detail).collect();
    why.dedup();
    let colon = if why.is_empty() { "" } else { ": " };
    format!("{}{code}{colon}{}", trace.outcome, why.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::specimens;

    #[test]
    fn a_rejection_says_where_which_step_and_why() {
        let mut out = Vec::new();
        write(&mut out, Page::PLAIN, &specimens::trace()).unwrap();
        assert_eq!(
            "mail/1.eml > report.xml\\u{1b}[2J\n  \
             from dmarc\\u{1b}@mail.example, received 2026-11-19 22:26 UTC\n  \
             rejected (xml/truncated at byte 120): the document ends in the middle: inside\n    \
             <row>\n",
            String::from_utf8(out).unwrap()
        );
    }

    #[test]
    fn a_mail_is_found_by_what_is_known_of_it() {
        let (url, at) =
            ("imap://a%40b@mail.example/INBOX;UIDVALIDITY=1/;UID=85", "2026-11-19T22:26:01Z");
        let from = Some("from x@y.example".to_owned());
        assert_eq!(from, mail(url, Some("x@y.example"), None));
        let received = Some("received 2026-11-19 22:26 UTC".to_owned());
        assert_eq!(received, mail(url, None, Some(at)));
        assert_eq!((None, None), (mail(url, None, None), mail("in/a.xml", None, Some(at))));
    }

    #[test]
    fn what_no_step_refused_has_no_empty_brackets() {
        let trace = StoredTrace {
            stage: String::new(),
            reason: String::new(),
            position: None,
            outcome: "conflict".into(),
            detail: "contradicts 5f".into(),
            ..specimens::trace()
        };
        assert_eq!("conflict: contradicts 5f", sentence(&trace));
        let trace = StoredTrace { reason: "conflict".into(), ..trace };
        assert_eq!("conflict: contradicts 5f", sentence(&trace));
    }
}
