//! **One report** for a person: who wrote it, what the receiver saw, its rows, what was odd about
//! it, where it came from, and whether it counts.
//!
//! In: a stored report. Out: a page; the first rows of a long one, and how many more there are.
//! Every text of it is a stranger's: nothing is written but by `text` and `table`, which escape.

pub mod document;
mod rows;

use std::borrow::Cow;
use std::io::{self, Write};

use crate::model::day::rfc3339;
use crate::model::numbers::thousands;
use crate::model::words::DiscoveryMethod;
use crate::model::{
    Authenticity, Issue, LangText, PolicyPublished, Reporter, Standing, StoredInput, StoredReport,
};

use super::Page;
use super::text::{labelled, paragraph, shorten};
use super::words::amount;

/// Inputs and errors that are shown unless all are asked for.
const SHOWN: usize = 10;

/// Columns of a text that nobody needs in full, unless everything is asked for.
const TEXT: usize = 300;

/// Writes the page.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut dyn Write, page: Page, stored: &StoredReport) -> io::Result<()> {
    head(out, page, stored)?;
    writeln!(out)?;
    rows::write(out, page, &stored.report)?;
    issues(out, page, &stored.report.issues)?;
    writeln!(out, "\nBrought by")?;
    let shown = page.at_most(SHOWN);
    stored.inputs.iter().take(shown).try_for_each(|brought| input(out, page, brought))?;
    more(out, stored.inputs.len(), shown, "more input")
}

fn head(out: &mut dyn Write, page: Page, stored: &StoredReport) -> io::Result<()> {
    let StoredReport { report, .. } = stored;
    let title = format!("Report {} about {}: ", stored.number, report.policy.domain);
    paragraph(out, page, "", &(title + standing(stored.standing)))?;
    why(out, page, stored)?;
    let mut line = |label: &str, text: &str| labelled(out, page, label, text);
    line("from", &author(&report.reporter))?;
    line("id", &report.report_id)?;
    let (begin, end) = (rfc3339(report.begin), rfc3339(report.end));
    line("period", &format!("{begin} to {end}, counted for {}", stored.day))?;
    if let (true, Some(arrived)) = (page.verbose, stored.received_at) {
        line("arrived", &rfc3339(arrived))?;
    }
    line("policy", &policy(&report.policy))?;
    line("form", &form(&report.reporter))?;
    if let Some(contact) = &report.reporter.extra_contact_info {
        line("contact", &contact.text)?;
    }
    let shown = page.at_most(SHOWN);
    for error in report.errors.iter().take(shown) {
        line("error", &lang_text(page, error))?;
    }
    more(out, report.errors.len(), shown, "more error")
}

/// Whether the report counts.
fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Counted => "counted",
        Standing::Conflict | Standing::Foreign | Standing::Unverified => "kept aside, not counted",
    }
}

/// Why the report does not count, or why it is doubtful.
fn why(out: &mut dyn Write, page: Page, stored: &StoredReport) -> io::Result<()> {
    let text = match (stored.standing, stored.authenticity) {
        (Standing::Counted, Authenticity::Failed) => {
            "its mail failed authentication, so anyone may have written it".to_owned()
        }
        (Standing::Counted, _) => return Ok(()),
        (Standing::Conflict, _) => {
            let earlier = stored.contradicts.map(|number| format!(" ({number})"));
            format!(
                "it contradicts an earlier report{}: the same reporter, domain, id and period, \
                 with other rows",
                earlier.unwrap_or_default()
            )
        }
        (Standing::Foreign, _) => format!(
            "{} is neither one of the `domains` in the configuration nor below one",
            shorten(&stored.report.policy.domain, TEXT)
        ),
        (Standing::Unverified, _) => {
            "its mail did not authenticate, and the configuration asks for that".to_owned()
        }
    };
    labelled(out, page, "why", &text)
}

/// `Mailcloud <dmarc@mailcloud.example>`.
fn author(reporter: &Reporter) -> String {
    match reporter.email.as_str() {
        "" => reporter.org_name.clone(),
        email => format!("{} <{email}>", reporter.org_name),
    }
}

/// Which RFC, and what made it.
fn form(reporter: &Reporter) -> String {
    let mut form = reporter.dialect.as_str().replace("rfc", "RFC ");
    for (what, text) in [("version", &reporter.version), ("made by", &reporter.generator)] {
        if let Some(text) = text {
            form.push_str(&format!(", {what} {text}"));
        }
    }
    form
}

/// The record as the receiver saw it. `rua` and `ruf` are in no report.
fn policy(policy: &PolicyPublished) -> String {
    let tags = [
        ("p", policy.p.as_ref().map(|word| word.as_str())),
        ("sp", policy.sp.as_ref().map(|word| word.as_str())),
        ("np", policy.np.as_ref().map(|word| word.as_str())),
        ("adkim", policy.adkim.as_ref().map(|word| word.as_str())),
        ("aspf", policy.aspf.as_ref().map(|word| word.as_str())),
        ("fo", policy.fo.as_deref()),
        ("pct", policy.pct.as_deref()),
        ("t", policy.testing.as_ref().map(|word| word.as_str())),
        ("psd", policy.psd.as_deref()),
    ];
    let mut record = "v=DMARC1".to_owned();
    for (tag, value) in tags {
        if let Some(value) = value {
            record.push_str(&format!("; {tag}={}", tag_value(value)));
        }
    }
    match &policy.discovery_method {
        None => record,
        Some(DiscoveryMethod::Psl) => record + " (found by the Public Suffix List)",
        Some(DiscoveryMethod::TreeWalk) => record + " (found by a tree walk)",
        Some(other) => format!("{record} (found by {})", tag_value(other.as_str())),
    }
}

/// A value of the record; one that could pass for further tags is quoted and escaped.
fn tag_value(value: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, ';' | '"' | '\\' | '(' | ')');
    if value.chars().all(is_plain) { value.into() } else { format!("{value:?}").into() }
}

/// A text with its language, cut unless everything is asked for.
fn lang_text(page: Page, text: &LangText) -> String {
    let shown = if page.verbose { text.text.clone() } else { shorten(&text.text, TEXT) };
    match &text.lang {
        Some(lang) => format!("{shown} ({})", shorten(lang, 20)),
        None => shown,
    }
}

fn issues(out: &mut dyn Write, page: Page, issues: &[Issue]) -> io::Result<()> {
    if issues.is_empty() {
        return Ok(());
    }
    let all = issues
        .iter()
        .fold(0_u64, |all, issue| all.saturating_add(1 + issue.more.min(u64::MAX - 1)));
    writeln!(out, "\nOdd, and read all the same: {}", amount(all, "thing"))?;
    for issue in issues {
        let meaning = format!("{} ({})", issue.code.meaning(), issue.code.as_str());
        paragraph(out, page, "  ", &meaning)?;
        paragraph(out, page, "    ", &met(issue))?;
    }
    Ok(())
}

/// `record[3]/row/count: -5 (192.0.2.1), and 2 more`.
fn met(issue: &Issue) -> String {
    let value = if issue.value.is_empty() { "" } else { ": " };
    let place = if issue.place.is_empty() { "the document" } else { &issue.place };
    let more = match issue.more {
        0 => String::new(),
        more => format!(", and {} more", thousands(more)),
    };
    format!("{place}{value}{}{more}", issue.value)
}

fn input(out: &mut dyn Write, page: Page, input: &StoredInput) -> io::Result<()> {
    paragraph(out, page, "  ", &input.origin)?;
    let mut said = vec![format!("{}, first seen {}", input.outcome, rfc3339(input.seen_at))];
    if let Some(sender) = input.sender.as_deref().filter(|sender| !sender.is_empty()) {
        said.push(format!("sent by {}", shorten(sender, TEXT)));
    }
    if !input.signers.is_empty() {
        said.push(format!("signed for {}", shorten(&input.signers.join(", "), TEXT)));
    }
    match input.authenticity {
        Some(Authenticity::Verified) => said.push("the mail is authentic".into()),
        Some(Authenticity::Failed) => said.push("the mail failed authentication".into()),
        Some(Authenticity::Unknown) => said.push("nobody trusted says if it is authentic".into()),
        None => {}
    }
    paragraph(out, page, "    ", &said.join("; "))
}

/// `and 3 more rows: --verbose`, where some are left out.
fn more(out: &mut dyn Write, all: usize, shown: usize, what: &str) -> io::Result<()> {
    match all.saturating_sub(shown) as u64 {
        0 => Ok(()),
        more => writeln!(out, "  and {}: --verbose", amount(more, what)),
    }
}

#[cfg(test)]
mod tests;
