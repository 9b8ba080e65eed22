//! The **table of domains**: volumes and pass rates, the busiest first.
//!
//! In: each domain's summary, and its advice where a verdict is to be shown. Out: one line each.

use std::io::{self, Write};

use crate::model::numbers::{agree, percent, thousands};
use crate::model::verdict::{DomainSummary, Recommendation};
use crate::model::{Foreign, Window};

use super::Page;
use super::table::{Fit, Table};
use super::text::hanging;
use super::words::{amount, verdict_and_act, verdict_style};

/// Writes `Window: 2026-10-21..2026-11-20 (31 days, UTC)`, as `--window` reads it.
///
/// # Errors
/// When the writer fails.
pub fn window(out: &mut dyn Write, window: Option<Window>) -> io::Result<()> {
    let Some(window) = window else {
        return writeln!(out, "Window: no reports yet");
    };
    let days = amount(u64::try_from(window.days()).unwrap_or_default(), "day");
    writeln!(out, "Window: {}..{} ({days}, UTC)", window.from, window.to)
}

/// Writes the domains with their verdicts, at most so many; the rest are counted.
///
/// # Errors
/// When the writer fails.
pub fn verdicts(
    out: &mut dyn Write,
    page: Page,
    domains: &[(DomainSummary, Recommendation)],
    at_most: usize,
) -> io::Result<()> {
    let mut table = Table::new(
        0,
        &[
            ("DOMAIN", Fit::Name),
            ("POLICY", Fit::Word),
            ("MESSAGES", Fit::Number),
            ("DMARC", Fit::Number),
            ("DKIM", Fit::Number),
            ("SPF", Fit::Number),
            ("VERDICT", Fit::Word),
        ],
    );
    for (summary, advice) in busiest_first(domains, |(summary, _)| summary).iter().take(at_most) {
        let [dmarc, dkim, spf] = rates(summary);
        let messages = thousands(summary.tally.messages);
        let (domain, policy) = (summary.domain.clone(), policy(summary));
        table.row([domain, policy, messages, dmarc, dkim, spf, verdict_and_act(advice)]);
        table.style_last(verdict_style(advice.verdict));
    }
    table.write(out, page)?;
    match domains.len().saturating_sub(at_most) as u64 {
        0 => Ok(()),
        left => writeln!(out, "and {}: ruaudit summary", amount(left, "more domain")),
    }
}

/// Writes the domains with their volumes, and what was kept out of them.
///
/// # Errors
/// When the writer fails.
pub fn volumes(out: &mut dyn Write, page: Page, domains: &[DomainSummary]) -> io::Result<()> {
    let mut table = Table::new(
        0,
        &[
            ("DOMAIN", Fit::Name),
            ("POLICY", Fit::Word),
            ("REPORTS", Fit::Number),
            ("MESSAGES", Fit::Number),
            ("DMARC", Fit::Number),
            ("DKIM", Fit::Number),
            ("SPF", Fit::Number),
            ("SOURCES", Fit::Number),
        ],
    );
    let domains = busiest_first(domains, |summary| summary);
    for summary in &domains {
        let [dmarc, dkim, spf] = rates(summary);
        let [reports, messages, sources] =
            [summary.reports, summary.tally.messages, summary.sources].map(thousands);
        let (domain, policy) = (summary.domain.clone(), policy(summary));
        table.row([domain, policy, reports, messages, dmarc, dkim, spf, sources]);
    }
    table.write(out, page)?;
    domains.iter().try_for_each(|summary| conflicts(out, page, summary))?;
    remarks(out, page, &domains)
}

/// Writes what is kept aside since it is about the domains of others.
///
/// # Errors
/// When the writer fails.
pub fn foreign(out: &mut dyn Write, page: Page, foreign: Foreign) -> io::Result<()> {
    if foreign.reports == 0 {
        return Ok(());
    }
    let text = format!(
        "{} about {} of others {} kept aside: ruaudit reports --aside",
        amount(foreign.reports, "report"),
        amount(foreign.domains, "domain"),
        agree(foreign.reports, "is", "are")
    );
    hanging(out, page, "", 2, &text)
}

/// One line each for what was odd or doubtful about the reports of all these domains.
fn remarks(out: &mut dyn Write, page: Page, domains: &[&DomainSummary]) -> io::Result<()> {
    let sum = |count: fn(&DomainSummary) -> u64| {
        domains.iter().fold(0_u64, |sum, summary| sum.saturating_add(count(summary)))
    };
    let odd = sum(|summary| summary.odd);
    let rows = sum(|summary| summary.unread_rows);
    let aside = sum(|summary| summary.unverified);
    let failed = sum(|summary| summary.authenticity_failed);
    let lines = [
        (
            odd,
            format!(
                "{} of {} {} odd and {} read all the same: ruaudit reports --odd",
                thousands(odd),
                amount(sum(|summary| summary.reports), "report"),
                agree(odd, "is", "are"),
                agree(odd, "was", "were")
            ),
        ),
        (
            rows,
            format!(
                "{} left out, since {} cannot be read: ruaudit reports --odd",
                amount(rows, "row"),
                agree(rows, "its count", "their counts")
            ),
        ),
        (
            aside,
            format!(
                "{} left out, since the mail did not authenticate: ruaudit reports --aside",
                amount(aside, "report")
            ),
        ),
        (
            failed,
            format!(
                "{} counted although the mail failed authentication: ruaudit reports",
                amount(failed, "report")
            ),
        ),
    ];
    lines
        .iter()
        .filter(|(count, _)| *count > 0)
        .try_for_each(|(_, text)| hanging(out, page, "", 2, text))
}

fn conflicts(out: &mut dyn Write, page: Page, summary: &DomainSummary) -> io::Result<()> {
    if summary.conflicts == 0 {
        return Ok(());
    }
    let text = format!(
        "{}: {} left out, since {} (see: ruaudit rejected)",
        summary.domain,
        amount(summary.conflicts, "report"),
        agree(summary.conflicts, "it contradicts an earlier one", "they contradict earlier ones")
    );
    hanging(out, page, "", 2, &text)
}

/// The domains in the order in which a person reads them; the name decides a tie.
fn busiest_first<T>(domains: &[T], summary: fn(&T) -> &DomainSummary) -> Vec<&T> {
    let mut sorted: Vec<&T> = domains.iter().collect();
    sorted.sort_by(|a, b| {
        let (a, b) = (summary(a), summary(b));
        b.tally.messages.cmp(&a.tally.messages).then_with(|| a.domain.cmp(&b.domain))
    });
    sorted
}

fn policy(summary: &DomainSummary) -> String {
    if summary.policy.is_empty() { "-".to_owned() } else { summary.policy.clone() }
}

/// Shares of DMARC, DKIM and SPF in alignment.
fn rates(summary: &DomainSummary) -> [String; 3] {
    let tally = &summary.tally;
    [tally.dmarc_pass, tally.dkim_aligned, tally.spf_aligned].map(|n| percent(n, tally.messages))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;
    use crate::render::specimens::{self, text};

    #[test]
    fn the_window_reads_as_it_is_given() {
        let days = Window {
            from: Day::parse("2026-10-21").unwrap(),
            to: Day::parse("2026-11-20").unwrap(),
        };
        assert_eq!(
            "Window: 2026-10-21..2026-11-20 (31 days, UTC)\n",
            text(|out| window(out, Some(days)))
        );
        assert_eq!("Window: no reports yet\n", text(|out| window(out, None)));
    }

    #[test]
    fn verdicts_stand_behind_their_numbers_and_the_busiest_is_first() {
        let domains = [
            (specimens::summary("shop.example", 8_120), specimens::fix()),
            (specimens::summary("acme.example", 12_410), specimens::ready()),
        ];
        assert_eq!(
            "DOMAIN        POLICY  MESSAGES  DMARC   DKIM    SPF  VERDICT\n\
             acme.example  none      12,410  99.0%  98.0%  71.0%  READY: quarantine\n\
             shop.example  none       8,120  99.0%  98.0%  71.0%  FIX 1 source\n",
            text(|out| verdicts(out, Page::PLAIN, &domains, 25))
        );
        assert!(
            text(|out| verdicts(out, Page::PLAIN, &domains, 1))
                .ends_with("and 1 more domain: ruaudit summary\n")
        );
    }

    #[test]
    fn the_longest_names_leave_room_for_the_verdict() {
        let mut summary = specimens::summary(&"very-long.".repeat(20), u64::MAX / 1000);
        summary.policy = "quarantine".into();
        let page = text(|out| {
            verdicts(out, Page::PLAIN, &[(summary.clone(), specimens::hold())], 25)?;
            volumes(out, Page::PLAIN, std::slice::from_ref(&summary))
        });
        assert!(page.contains('…'));
        assert!(page.contains("HOLD until 2026-12-01"));
    }

    #[test]
    fn what_was_odd_or_doubtful_is_said_once_for_all_domains() {
        let mut summary = specimens::summary("acme.example", 7);
        let all = |summary: &DomainSummary| {
            text(|out| volumes(out, Page::PLAIN, &[summary.clone(), summary.clone()]))
        };
        assert_eq!(3, all(&summary).lines().count(), "nothing is said of nought");
        (summary.odd, summary.unread_rows) = (107, 1);
        (summary.unverified, summary.authenticity_failed) = (2, 3);
        let said: Vec<_> = all(&summary).lines().skip(3).map(str::to_owned).collect();
        assert_eq!(
            vec![
                "214 of 796 reports are odd and were read all the same: ruaudit reports --odd",
                "2 rows left out, since their counts cannot be read: ruaudit reports --odd",
                "4 reports left out, since the mail did not authenticate: ruaudit reports --aside",
                "6 reports counted although the mail failed authentication: ruaudit reports",
            ],
            said
        );
    }

    #[test]
    fn what_is_about_others_is_counted() {
        let said =
            |reports, domains| text(|out| foreign(out, Page::PLAIN, Foreign { reports, domains }));
        assert_eq!("", said(0, 0));
        assert_eq!(
            "1 report about 1 domain of others is kept aside: ruaudit reports --aside\n",
            said(1, 1)
        );
        assert_eq!(
            "1,200 reports about 9 domains of others are kept aside: ruaudit reports --aside\n",
            said(1_200, 9)
        );
    }

    #[test]
    fn a_domain_without_mail_has_no_rates() {
        let mut summary = specimens::summary("quiet.example", 0);
        summary.conflicts = 2;
        let page = text(|out| volumes(out, Page::PLAIN, std::slice::from_ref(&summary)));
        assert!(page.contains("quiet.example  none"), "{page}");
        assert_eq!(3, page.matches("    -").count(), "{page}");
        assert!(
            page.contains("quiet.example: 2 reports left out, since they contradict"),
            "{page}"
        );
    }
}
