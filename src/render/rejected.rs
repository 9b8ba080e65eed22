//! The list of **what could not be read**: where it stood, which step refused it, and why.
//!
//! In: traces, one at a time. Out: two lines each, or so.

use std::io::{self, Write};

use crate::model::{Reason, StoredTrace};

use super::Page;
use super::text::hanging;

/// Writes one trace.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut dyn Write, page: Page, trace: &StoredTrace) -> io::Result<()> {
    hanging(out, page, "", 4, &trace.origin)?;
    hanging(out, page, "  ", 4, &sentence(trace))?;
    if page.verbose {
        hanging(out, page, "  ", 4, &format!("first seen {}", trace.seen_at))?;
    }
    Ok(())
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
             rejected (xml/truncated at byte 120): the document ends in the middle: inside\n    \
             <row>\n",
            String::from_utf8(out).unwrap()
        );
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
