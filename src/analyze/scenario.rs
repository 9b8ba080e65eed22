//! A **scenario**: traffic for tests, written in a few words.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::report::{DkimAuth, Fingerprint, LangText, OverrideReason, SpfAuth};
use crate::model::traffic::{EarlierRow, ReportCount, ReporterName, TrafficRow};
use crate::model::words::{
    AlignedResult, AlignmentMode, Disposition, DkimResult, OverrideKind, Policy, SpfResult, Testing,
};
use crate::model::{
    Day, HostName, Hosts, Knowledge, Label, PolicyPublished, SourceAddress, Traffic, Window,
};

use super::{InDns, Judgement, Question, Relied, Thresholds, judge, relied};

/// The domain of every scenario.
pub(super) const DOMAIN: &str = "shop.example";
/// The last day of the window: 2026-11-20.
pub(super) const LAST: i32 = 20_777;
/// Days in the window.
pub(super) const DAYS: i32 = 31;

/// Mail of one kind. `sent_by` and the others below make some.
#[derive(Clone)]
pub(super) struct Mail(pub(super) Fingerprint);

impl Mail {
    fn new() -> Self {
        Self(Fingerprint {
            header_from: DOMAIN.into(),
            envelope_from: None,
            envelope_to: None,
            disposition: Disposition::None,
            dkim: AlignedResult::Fail,
            spf: AlignedResult::Fail,
            reasons: Vec::new(),
            dkim_auth: Vec::new(),
            spf_auth: Vec::new(),
        })
    }

    /// Signed (domain, selector, result); aligned where it passes and is the domain's own.
    pub(super) fn signed(mut self, domain: &str, selector: &str, result: &str) -> Self {
        if result == "pass" && domain.ends_with(DOMAIN) {
            self.0.dkim = AlignedResult::Pass;
        }
        self.0.dkim_auth.push(DkimAuth {
            domain: domain.into(),
            selector: (!selector.is_empty()).then(|| selector.into()),
            result: DkimResult::parse(result),
            human_result: None,
        });
        self
    }

    /// Bounces to a domain; aligned where it passes and is the domain's own.
    pub(super) fn bounces(mut self, domain: &str, result: &str) -> Self {
        if result == "pass" && domain.ends_with(DOMAIN) {
            self.0.spf = AlignedResult::Pass;
        }
        self.0.spf_auth.push(SpfAuth {
            domain: domain.into(),
            scope: None,
            result: SpfResult::parse(result),
            human_result: None,
        });
        self
    }

    pub(super) fn excused(mut self, kind: OverrideKind, comment: &str) -> Self {
        let comment = Some(LangText { text: comment.into(), lang: None });
        self.0.reasons.push(OverrideReason { kind, comment });
        self
    }

    pub(super) fn met(mut self, disposition: Disposition) -> Self {
        self.0.disposition = disposition;
        self
    }

    pub(super) fn from(mut self, domain: &str) -> Self {
        self.0.header_from = domain.into();
        self
    }

    pub(super) fn unaligned(mut self) -> Self {
        self.0.dkim = AlignedResult::Fail;
        self.0.spf = AlignedResult::Fail;
        self
    }
}

/// No authentication at all.
pub(super) fn bare() -> Mail {
    Mail::new()
}

/// Both aligned.
pub(super) fn own() -> Mail {
    bare().signed(DOMAIN, "s1", "pass").bounces(DOMAIN, "pass")
}

/// Our domain tried, and refused.
pub(super) fn forged() -> Mail {
    bare().bounces(DOMAIN, "fail")
}

/// Authenticates as a service only.
pub(super) fn service(domain: &str) -> Mail {
    bare().signed(domain, "esp", "pass").bounces(&format!("bounce.{domain}"), "pass")
}

/// Passed on by a forwarder, the signature intact.
pub(super) fn forwarded(by: &str) -> Mail {
    bare().signed(DOMAIN, "s1", "pass").bounces(by, "pass")
}

/// Traffic in the making.
pub(super) struct Scenario {
    pub(super) traffic: Traffic,
    policy: PolicyPublished,
    prints: BTreeMap<Fingerprint, u32>,
    pub(super) window: Option<Window>,
    published: Option<&'static str>,
    knowledge: Knowledge,
    hosts: Hosts,
}

impl Scenario {
    /// Nothing at all.
    pub(super) fn empty() -> Self {
        let policy = PolicyPublished {
            domain: DOMAIN.into(),
            p: Some(Policy::None),
            sp: None,
            np: None,
            adkim: None,
            aspf: None,
            fo: None,
            pct: None,
            testing: None,
            discovery_method: None,
            psd: None,
        };
        let names = [("google.com", "x@google.com"), ("Yahoo", "d@yahooinc.com"), ("tiny", "")];
        let reporters = names
            .map(|(org_name, email)| ReporterName {
                org_name: org_name.into(),
                email: email.into(),
            })
            .to_vec();
        Self {
            traffic: Traffic { domain: DOMAIN.into(), reporters, ..Traffic::default() },
            policy,
            prints: BTreeMap::new(),
            window: Some(Window { from: Day(LAST - DAYS + 1), to: Day(LAST) }),
            published: None,
            knowledge: Knowledge::default(),
            hosts: Hosts::default(),
        }
    }

    /// Reports on every day of the window, of two reporters, at that policy.
    pub(super) fn at(policy: &str) -> Self {
        Self::with(|published| published.p = Some(Policy::parse(policy)))
    }

    /// The same, with other changes to the policy.
    pub(super) fn with(change: impl Fn(&mut PolicyPublished)) -> Self {
        let mut scenario = Self::empty();
        change(&mut scenario.policy);
        scenario.reports(0..DAYS, 0..2)
    }

    /// From now on the reports see another policy.
    pub(super) fn then(mut self, policy: &str) -> Self {
        self.policy.p = Some(Policy::parse(policy));
        self
    }

    /// From now on the reports see another record.
    pub(super) fn seeing(mut self, change: impl Fn(&mut PolicyPublished)) -> Self {
        change(&mut self.policy);
        self
    }

    /// Reports on these days (0 is the first of the window) by these reporters.
    pub(super) fn reports(mut self, days: std::ops::Range<i32>, by: std::ops::Range<u32>) -> Self {
        let policy = u32::try_from(self.traffic.policies.len()).unwrap();
        self.traffic.policies.push(self.policy.clone());
        for day in days.map(day) {
            self.traffic.reports.extend(by.clone().map(|reporter| ReportCount {
                day,
                reporter,
                policy,
                reports: 1,
            }));
        }
        self
    }

    /// So many messages a day from an address, on these days.
    pub(super) fn mail(
        self,
        days: impl IntoIterator<Item = i32>,
        address: &str,
        mail: &Mail,
        messages: u64,
    ) -> Self {
        self.mail_seen_by(0, days, address, mail, messages)
    }

    pub(super) fn mail_seen_by(
        mut self,
        reporter: u32,
        days: impl IntoIterator<Item = i32>,
        address: &str,
        mail: &Mail,
        messages: u64,
    ) -> Self {
        let fingerprint = self.print(mail);
        for day in days.into_iter().map(day) {
            let source = source(address);
            let row = TrafficRow { day, reporter, source, fingerprint, messages, records: 1 };
            self.traffic.rows.push(row);
        }
        self.traffic.rows.sort_by_key(|row| row.day);
        self
    }

    /// Mail on every day of the window.
    pub(super) fn daily(self, address: &str, mail: &Mail, messages: u64) -> Self {
        self.mail(0..DAYS, address, mail, messages)
    }

    /// The ordinary own mail: 100 messages a day.
    pub(super) fn own(self) -> Self {
        self.daily("192.0.2.10", &own(), 100)
    }

    /// Forgeries from an address in a network of its own each.
    pub(super) fn forgeries(mut self, a_day: u64, mail: &Mail) -> Self {
        for day in 0..DAYS {
            for n in 0..a_day {
                let net = u64::from(day.unsigned_abs()) * a_day + n;
                let address = format!("198.{}.{}.7", net / 250, net % 250);
                self = self.mail([day], &address, mail, 1);
            }
        }
        self
    }

    pub(super) fn earlier(mut self, address: &str, mail: &Mail, first: i32) -> Self {
        let (source, fingerprint) = (source(address), self.print(mail));
        let (first_day, last_day, messages) = (day(first), day(first), 40);
        self.traffic.earlier.push(EarlierRow {
            reporter: 0,
            source,
            fingerprint,
            first_day,
            last_day,
            messages,
        });
        self
    }

    /// Seen through another window.
    pub(super) fn within(mut self, window: Option<Window>) -> Self {
        self.window = window;
        self
    }

    pub(super) fn published(mut self, text: &'static str) -> Self {
        self.published = Some(text);
        self
    }

    /// The operator said so.
    pub(super) fn labelled(mut self, label: Label) -> Self {
        self.knowledge.labels.push(label);
        self
    }

    /// The name of an address was looked up: `None` where it has none.
    pub(super) fn looked_up(mut self, address: &str, name: Option<(&str, bool)>) -> Self {
        let host = |(name, confirmed): (&str, bool)| HostName { name: name.into(), confirmed };
        self.hosts.insert(address.parse().unwrap(), name.map(host));
        self
    }

    fn print(&mut self, mail: &Mail) -> u32 {
        let next = u32::try_from(self.prints.len()).unwrap();
        *self.prints.entry(mail.0.clone()).or_insert_with(|| {
            Arc::make_mut(&mut self.traffic.fingerprints).push(mail.0.clone());
            next
        })
    }

    pub(super) fn judge(&self) -> Judgement {
        self.judge_by(None)
    }

    /// Where the DNS was asked for what own mail relies on.
    pub(super) fn judge_by(&self, in_dns: Option<&InDns>) -> Judgement {
        let thresholds = &Thresholds::default();
        judge(&self.traffic, &Question { in_dns, ..self.question(thresholds) })
    }

    /// What own mail relies on.
    pub(super) fn relied(&self) -> Relied {
        relied(&self.traffic, &self.question(&Thresholds::default()))
    }

    fn question<'a>(&'a self, thresholds: &'a Thresholds) -> Question<'a> {
        Question {
            published: self.published,
            knowledge: &self.knowledge,
            hosts: &self.hosts,
            ..Question::new(self.window, thresholds)
        }
    }
}

fn day(of_window: i32) -> Day {
    Day(LAST - DAYS + 1 + of_window)
}

fn source(address: &str) -> SourceAddress {
    address.parse().map_or_else(|_| SourceAddress::Unreadable(address.into()), SourceAddress::Ip)
}

/// `t=y`, as RFC 9990 reports it.
pub(super) fn in_test_mode(policy: &mut PolicyPublished) {
    policy.p = Some(Policy::Quarantine);
    policy.testing = Some(Testing::Yes);
}

/// Strict alignment of signatures.
pub(super) fn strictly(policy: &mut PolicyPublished) {
    policy.adkim = Some(AlignmentMode::Strict);
}
