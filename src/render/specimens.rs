//! Values for the tests of this room, made by hand.

use std::io::{self, Write};

use crate::model::publication::{Publication, ZoneEditor};
use crate::model::verdict::*;
use crate::model::words::Policy;
use crate::model::{Authenticity, Day, ReportLine, Standing, StoredTrace};

/// What a renderer writes.
pub(crate) fn text(write: impl Fn(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The forms of a record, plain enough to be told from what makes them for real.
pub(crate) fn forms(name: &str, value: &str) -> Publication {
    Publication {
        name: name.to_owned(),
        txt: value.to_owned(),
        zone: format!("ZONE {value}"),
        cpanel: ZoneEditor {
            name: format!("{name}."),
            ttl: "unchanged".to_owned(),
            kind: "TXT",
            record: value.to_owned(),
        },
    }
}

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub(crate) fn tally(messages: u64, pass: u64, dkim: u64, spf: u64) -> Tally {
    Tally {
        messages,
        dkim_aligned: dkim,
        spf_aligned: spf,
        dmarc_pass: pass,
        dmarc_fail: messages - pass,
    }
}

pub(crate) fn summary(domain: &str, messages: u64) -> DomainSummary {
    let share = |percent: u64| messages / 100 * percent + messages % 100 * percent / 100;
    DomainSummary {
        domain: domain.into(),
        policy: "none".into(),
        reports: 398,
        records: 1_203,
        tally: tally(messages, share(99), share(98), share(71)),
        sources: 12,
        conflicts: 0,
        odd: 0,
        unread_rows: 0,
        unverified: 0,
        authenticity_failed: 0,
    }
}

pub(crate) fn source(name: &str, messages: u64) -> SourceSummary {
    SourceSummary {
        source: name.into(),
        class: Class::Own,
        health: Some(Health::Healthy),
        rule: "passes DKIM".into(),
        tally: tally(messages, messages, messages, messages),
        quarantined: 0,
        rejected: 0,
        addresses: 3,
        busiest_addresses: vec!["203.0.113.7".into()],
        first_day: day("2026-09-01"),
        last_day: day("2026-11-20"),
        why: vec![],
        fix: None,
        subdomains: false,
        header_froms: vec![],
        label: None,
        label_note: None,
        fails_only_at: None,
        failed_until: None,
        evidence: vec![],
        disagreements: 0,
        hosts: vec![],
        spf_add: None,
        dkim_failing: vec![],
        failing_since: None,
    }
}

pub(crate) fn failing_source() -> SourceSummary {
    SourceSummary {
        health: Some(Health::Misconfigured),
        tally: tally(1_290, 0, 0, 0),
        why: vec!["signs as mcsv.net".into(), "bounces to mcsv.net".into()],
        fix: Some(
            "switch on DKIM for shop.example at Mailchimp, then wait for 14 clean days".into(),
        ),
        ..source("Mailchimp", 1_290)
    }
}

fn gate(gate: &'static str, passed: bool, found: &str, needed: &str) -> Gate {
    Gate { gate, passed, found: found.into(), needed: needed.into(), arithmetic: vec![] }
}

pub(crate) fn ready() -> Recommendation {
    let hits = Hits { forwarded: 11, forged: 3_015, ..Hits::default() };
    Recommendation {
        domain: "acme.example".into(),
        policy: "none".into(),
        verdict: Verdict::Ready,
        next: Some(Policy::Quarantine),
        subdomains_only: false,
        headline: "move p=none to p=quarantine".into(),
        not_before: None,
        gates: vec![gate("observed_days", true, "31 days at p=none", "28 days")],
        blockers: vec![],
        policy_history: vec![],
        names: vec![],
        disagreements: vec![],
        after_move: None,
        what_if: WhatIf {
            worst_case: hits,
            with_overrides: Hits { forwarded: 2, ..hits },
            ..WhatIf::default()
        },
        rate: Some(RateBound {
            unseen_share: 0.001,
            messages: 12_282,
            failures: 0,
            days: 31,
            bad_days: 0,
            design_effect: 1.0,
            upper_rate: 0.000_244,
            upper_bad_days: 0.092,
        }),
        record_name: "_dmarc.acme.example".into(),
        record_is_complete: true,
        record: Some(
            "v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@acme.example; np=reject".into(),
        ),
        rollback: Some("v=DMARC1; p=none; rua=mailto:dmarc-reports@acme.example".into()),
        notes: vec!["sp=none leaves subdomains open".into()],
        blind_spots: vec!["mail at receivers that send no reports".into()],
    }
}

pub(crate) fn fix() -> Recommendation {
    let failing = failing_source();
    Recommendation {
        domain: "shop.example".into(),
        verdict: Verdict::Fix,
        next: None,
        headline: "one own sender fails alignment".into(),
        gates: vec![
            gate("observed_days", true, "31 days at p=none", "28 days"),
            gate("own_sources", false, "1 own source fails", "none"),
        ],
        blockers: vec![Blocker {
            source: failing.source,
            class: Class::Own,
            messages: 1_290,
            failing: 1_290,
            why: "signs as mcsv.net; bounces to mcsv.net".into(),
            fix: failing.fix.unwrap(),
        }],
        record_name: "_dmarc.shop.example".into(),
        record: None,
        rollback: None,
        notes: vec![],
        ..ready()
    }
}

pub(crate) fn hold() -> Recommendation {
    Recommendation {
        verdict: Verdict::Hold,
        next: None,
        headline: "12 days of reports are too few".into(),
        not_before: Some(day("2026-12-01")),
        record: None,
        ..ready()
    }
}

pub(crate) fn trace() -> StoredTrace {
    StoredTrace {
        origin: "mail/1.eml > report.xml\u{1b}[2J".into(),
        outcome: "rejected".into(),
        stage: "xml".into(),
        reason: "truncated".into(),
        detail: "inside <row>".into(),
        position: Some(120),
        seen_at: "2026-11-20T00:00:00Z".into(),
        sender: Some("dmarc\u{1b}@mail.example".into()),
        received_at: Some("2026-11-19T22:26:01Z".into()),
    }
}

/// A report on a line, whose texts are a stranger's.
pub(crate) fn report_line() -> ReportLine {
    ReportLine {
        number: 12,
        day: day("2026-11-09"),
        domain: "acme.example".into(),
        reporter: "Mail\u{1b}Cloud".into(),
        report_id: "id-\u{202e}1".into(),
        records: 4,
        messages: 1_200,
        issues: 3,
        standing: Standing::Counted,
        authenticity: Authenticity::Unknown,
    }
}
