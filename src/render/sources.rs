//! The **table of sources**: who sends for a domain, how it fares, and what to do about it.
//!
//! In: the sources, the busiest first. Out: one line each, with the reason and the fix below those
//! that need something. Of a long list, those that need something are shown first of all.

use std::io::{self, Write};

use crate::model::numbers::{agree, percent, thousands};
use crate::model::special::special;
use crate::model::verdict::{Class, Health, SourceSummary};

use super::Page;
use super::rows::host;
use super::table::{Fit, Table};
use super::words::amount;

/// How many sources are shown unless all are asked for.
pub const SHOWN: usize = 15;

/// Writes the sources.
///
/// # Errors
/// When the writer fails.
pub fn write(
    out: &mut dyn Write,
    page: Page,
    sources: &[SourceSummary],
    all: bool,
) -> io::Result<()> {
    if sources.is_empty() {
        return writeln!(out, "No mail in the window.");
    }
    let (shown, left) = select(sources, if all { usize::MAX } else { SHOWN });
    let mut table = Table::new(
        0,
        &[
            ("MESSAGES", Fit::Number),
            ("SOURCE", Fit::Name),
            ("CLASS", Fit::Word),
            ("DKIM", Fit::Number),
            ("SPF", Fit::Number),
            ("DMARC", Fit::Number),
        ],
    );
    shown.iter().for_each(|source| row(&mut table, source, page));
    table.write(out, page)?;
    if left.is_empty() {
        return Ok(());
    }
    let messages = left.iter().fold(0_u64, |sum, more| sum.saturating_add(more.tally.messages));
    let sources = amount(left.len() as u64, "more source");
    writeln!(out, "and {sources} with {}: --all", amount(messages, "message"))
}

fn row(table: &mut Table, source: &SourceSummary, page: Page) {
    let tally = &source.tally;
    let rate = |part| percent(part, tally.messages);
    table.row([
        thousands(tally.messages),
        source.source.clone(),
        class(source),
        rate(tally.dkim_aligned),
        rate(tally.spf_aligned),
        rate(tally.dmarc_pass),
    ]);
    if page.verbose {
        table.below("rule: ", source.rule.clone());
        table.below("from: ", addresses(source));
        for known in &source.hosts {
            table.below("host: ", host(known));
        }
        not_looked_up(table, source);
    }
    if source.fix.is_some() && !source.why.is_empty() {
        table.below("", source.why.join("; "));
    }
    if let Some(fix) = &source.fix {
        table.below("-> ", fix.clone());
    }
}

/// How many of its busiest addresses nobody looked up, and of how many nobody can be asked.
fn not_looked_up(table: &mut Table, source: &SourceSummary) {
    let is_special = |text: &&String| text.parse().is_ok_and(|at| special(at).is_some());
    let is_known = |text: &&String| {
        let address = text.parse();
        source.hosts.iter().any(|host| address == Ok(host.address))
    };
    let all = source.busiest_addresses.iter();
    let (nobodys, open): (Vec<_>, Vec<_>) =
        all.filter(|text| !is_known(text)).partition(is_special);
    for (some, told) in [
        (open, "not looked up: ruaudit resolve"),
        (nobodys, "private or reserved: nobody is asked about it"),
    ] {
        if !some.is_empty() {
            let word = agree(some.len() as u64, "address", "addresses");
            table.below("host: ", format!("{} {word} {told}", some.len()));
        }
    }
}

/// The class, and the label where there is one.
fn class(source: &SourceSummary) -> String {
    let class = match source.failed_until {
        Some(_) => format!("{}, healed", source.class.as_str()),
        None => class_and_health(source.class, source.health),
    };
    match source.label {
        Some(label) => format!("{class} ({})", label.as_str()),
        None => class,
    }
}

/// The class, and of own sources how they fare where that is not well.
pub(super) fn class_and_health(class: Class, health: Option<Health>) -> String {
    match health {
        Some(Health::Misconfigured) => format!("{}, failing", class.as_str()),
        Some(Health::Fragile) => format!("{}, fragile", class.as_str()),
        Some(Health::Healthy) | None => class.as_str().to_owned(),
    }
}

fn addresses(source: &SourceSummary) -> String {
    let busiest = source.busiest_addresses.join(", ");
    match source.addresses.saturating_sub(source.busiest_addresses.len() as u64) {
        0 => busiest,
        more => format!("{busiest} and {} more", thousands(more)),
    }
}

/// At most so many sources in their order, and the others. Those that need something come in first.
fn select(sources: &[SourceSummary], at_most: usize) -> (Vec<&SourceSummary>, Vec<&SourceSummary>) {
    let urgent = sources.iter().filter(|source| source.fix.is_some()).count();
    let (mut urgent_room, mut other_room) = (at_most, at_most.saturating_sub(urgent));
    sources.iter().partition(|source| {
        let room = if source.fix.is_some() { &mut urgent_room } else { &mut other_room };
        let fits = *room > 0;
        *room = room.saturating_sub(1);
        fits
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kept::{HostStatus, KeptHost};
    use crate::render::specimens;

    fn page(sources: &[SourceSummary], all: bool) -> String {
        let mut out = Vec::new();
        write(&mut out, Page::PLAIN, sources, all).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_was_looked_up_of_its_addresses_is_told_to_who_asks() {
        let host = |address: &str, status, name: Option<&str>| KeptHost {
            address: address.parse().unwrap(),
            status,
            name: name.map(str::to_owned),
            country: None,
            network: None,
            owner: None,
            looked_up_at: 0,
        };
        let first = KeptHost {
            country: Some("DE".into()),
            network: Some(64_500),
            owner: Some("Hoster".into()),
            ..host("192.0.2.1", HostStatus::Confirmed, Some("mx.acme.example"))
        };
        let hosts = vec![
            first,
            host("192.0.2.2", HostStatus::Unconfirmed, Some("b\u{1b}.example")),
            host("192.0.2.3", HostStatus::Nameless, None),
            host("192.0.2.4", HostStatus::Unknown, None),
        ];
        let busiest_addresses = (1..=5).map(|last| format!("192.0.2.{last}")).collect();
        let source = specimens::source("203.0.113.0/24", 6_830);
        let sources = [SourceSummary { hosts, busiest_addresses, ..source }];
        assert!(!page(&sources, true).contains("mx.acme"));
        let verbose = Page { verbose: true, ..Page::PLAIN };
        let page = specimens::text(|out| write(out, verbose, &sources, true));
        for line in [
            "host: 192.0.2.1 mx.acme.example (DE, AS64500 Hoster)\n",
            "host: 192.0.2.2 claims to be b\\u{1b}.example\n",
            "host: 192.0.2.3 no name\n",
            "host: 192.0.2.4 name unknown\n",
            "host: 1 address not looked up: ruaudit resolve\n",
        ] {
            assert!(page.contains(line), "{page}");
        }
    }

    #[test]
    fn a_failing_source_shows_its_reason_and_its_fix() {
        let sources = [specimens::source("203.0.113.0/24", 6_830), specimens::failing_source()];
        assert_eq!(
            "MESSAGES  SOURCE          CLASS           DKIM     SPF   DMARC\n   \
             6,830  203.0.113.0/24  own           100.0%  100.0%  100.0%\n   \
             1,290  Mailchimp       own, failing    0.0%    0.0%    0.0%\n          \
             signs as mcsv.net; bounces to mcsv.net\n          \
             -> switch on DKIM for shop.example at Mailchimp, then wait for 14\n             \
             clean days\n",
            page(&sources, false)
        );
    }

    #[test]
    fn a_label_stands_behind_the_class() {
        let label = Some(crate::model::LabelWord::Ours);
        let sources = [SourceSummary { label, ..specimens::source("203.0.113.0/24", 6_830) }];
        assert!(page(&sources, false).contains("  own (ours)  "), "{}", page(&sources, false));
    }

    #[test]
    fn no_sources_are_said_to_be_none() {
        assert_eq!("No mail in the window.\n", page(&[], false));
    }

    #[test]
    fn a_long_list_ends_with_what_was_left_out() {
        let mut sources: Vec<_> =
            (0..20).map(|n| specimens::source(&format!("net-{n}"), 100)).collect();
        sources.push(specimens::failing_source());
        let short = page(&sources, false);
        assert!(short.ends_with("and 6 more sources with 600 messages: --all\n"), "{short}");
        assert!(short.contains("Mailchimp"), "what needs something is never left out");
        assert_eq!(1 + 21 + 3, page(&sources, true).lines().count());
    }
}
