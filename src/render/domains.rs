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

/// Domains that a table of volumes shows unless all are asked for.
pub const SHOWN: usize = 50;

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

/// Writes the domains with their verdicts, at most so many unless all are asked for; the rest are
/// counted.
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
            ("DOMAIN", Fit::Domain),
            ("POLICY", Fit::Word),
            ("MESSAGES", Fit::Number),
            ("DMARC", Fit::Number),
            ("DKIM", Fit::Number),
            ("SPF", Fit::Number),
            ("VERDICT", Fit::Word),
        ],
    );
    table.optional(&["SPF", "DKIM", "DMARC"]);
    let at_most = page.at_most(at_most);
    for (summary, advice) in busiest_first(domains, |(summary, _)| summary).iter().take(at_most) {
        let [dmarc, dkim, spf] = rates(summary);
        let messages = thousands(summary.tally.messages);
        let (domain, policy) = (summary.domain.clone(), policy(summary));
        table.row([domain, policy, messages, dmarc, dkim, spf, verdict_and_act(advice)]);
        table.style_last(verdict_style(advice.verdict));
    }
    table.write(out, page)?;
    more(out, domains.len(), at_most, "ruaudit summary")
}

/// Writes how many domains are left out, and how they are seen; nothing where none is.
///
/// # Errors
/// When the writer fails.
pub fn more(out: &mut dyn Write, all: usize, shown: usize, see: &str) -> io::Result<()> {
    match all.saturating_sub(shown) as u64 {
        0 => Ok(()),
        left => writeln!(out, "and {}: {see}", amount(left, "more domain")),
    }
}

/// Writes the domains with their volumes, the first of many unless all are asked for; and what was
/// kept out of all of them.
///
/// # Errors
/// When the writer fails.
pub fn volumes(out: &mut dyn Write, page: Page, domains: &[DomainSummary]) -> io::Result<()> {
    let mut table = Table::new(
        0,
        &[
            ("DOMAIN", Fit::Domain),
            ("POLICY", Fit::Word),
            ("REPORTS", Fit::Number),
            ("MESSAGES", Fit::Number),
            ("DMARC", Fit::Number),
            ("DKIM", Fit::Number),
            ("SPF", Fit::Number),
            ("SOURCES", Fit::Number),
        ],
    );
    table.optional(&["SOURCES", "REPORTS", "SPF", "DKIM"]);
    let domains = busiest_first(domains, |summary| summary);
    let (shown, hidden) = domains.split_at(domains.len().min(page.at_most(SHOWN)));
    for summary in shown {
        let [dmarc, dkim, spf] = rates(summary);
        let [reports, messages, sources] =
            [summary.reports, summary.tally.messages, summary.sources].map(thousands);
        let (domain, policy) = (summary.domain.clone(), policy(summary));
        table.row([domain, policy, reports, messages, dmarc, dkim, spf, sources]);
    }
    table.write(out, page)?;
    more(out, domains.len(), shown.len(), "--verbose shows all")?;
    let named = shown.iter().map(|summary| (summary.domain.as_str(), summary.conflicts));
    let others = hidden.iter().fold(0_u64, |sum, one| sum.saturating_add(one.conflicts));
    named
        .chain([("other domains", others)])
        .try_for_each(|(name, count)| conflicts(out, page, name, count))?;
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

fn conflicts(out: &mut dyn Write, page: Page, name: &str, count: u64) -> io::Result<()> {
    if count == 0 {
        return Ok(());
    }
    let text = format!(
        "{name}: {} left out, since {} (see: ruaudit reports --aside)",
        amount(count, "report"),
        agree(count, "it contradicts an earlier one", "they contradict earlier ones")
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
        let name = "very-long.".repeat(20);
        let mut summary = specimens::summary(&name, u64::MAX / 1000);
        summary.policy = "quarantine".into();
        let page = text(|out| {
            verdicts(out, Page::PLAIN, &[(summary.clone(), specimens::hold())], 25)?;
            volumes(out, Page::PLAIN, std::slice::from_ref(&summary))
        });
        assert_eq!(2, page.replace('\n', "").matches(&name).count(), "{page}");
        assert!(page.lines().all(|line| line.len() <= 80), "{page}");
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
    fn of_many_domains_the_busiest_are_shown_and_nothing_of_the_others_is_lost() {
        let name = |n: u64| format!("{n:03}.example");
        let mut domains: Vec<_> = (1..=120).map(|n| specimens::summary(&name(n), n)).collect();
        (domains[0].conflicts, domains[1].conflicts, domains[119].conflicts) = (2, 3, 1);
        let page = text(|out| volumes(out, Page::PLAIN, &domains));
        assert!(page.contains("\n071.example ") && !page.contains("070.example"), "{page}");
        for line in [
            "and 70 more domains: --verbose shows all",
            "120.example: 1 report left out, since it contradicts an earlier one (see:\n  ruaudit reports --aside)",
            "other domains: 5 reports left out, since they contradict earlier ones (see:",
        ] {
            assert!(page.contains(&format!("\n{line}")), "{line}: {page}");
        }
        let all = text(|out| volumes(out, Page { verbose: true, ..Page::PLAIN }, &domains));
        assert!(all.contains("\n001.example ") && !all.contains(" more "), "{all}");
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
