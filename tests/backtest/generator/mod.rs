//! **Synthetic domains with their truth**: reports of 120 days, with the days they arrive on, and
//! who really sent.
//!
//! In: a seed, how many domains, the policy that is published, and when faults begin. Out: each
//! domain's history, and per day how many own messages really failed. Nothing here is measured: it is
//! made up to be like the domains that postmasters speak of. The same seed always gives the same
//! domains.

mod chance;
mod liar;
mod moved;
mod profile;
mod sender;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use fastrand::Rng;
use ruaudit::model::report::{DkimAuth, Fingerprint, LangText, OverrideReason, SpfAuth};
use ruaudit::model::traffic::{ReportCount, ReporterName, TrafficRow};
use ruaudit::model::words::{
    AlignedResult, Disposition, DkimResult, OverrideKind, Policy, SpfResult,
};
use ruaudit::model::{Day, History, PolicyPublished, SourceAddress, Traffic};

use chance::{binomial, poisson};
use profile::Profile as P;
pub use profile::{Course, Profile};
use sender::Sender;

/// Days of reports.
pub const DAYS: i32 = 120;
/// The last day: 2026-11-20.
pub const LAST: i32 = 20_777;
/// The first.
pub const FIRST: Day = Day(LAST - DAYS + 1);

/// Own messages of one day that failed.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    pub day: Day,
    pub messages: u64,
}

/// A domain, its reports, and the truth.
pub struct Domain {
    pub profile: Profile,
    pub history: History,
    pub failures: Vec<Failure>,
    /// Own messages by day.
    pub own: BTreeMap<Day, u64>,
    /// The day on which something begins to fail that did not before, of a domain that breaks down.
    pub breakdown: Option<Day>,
}

impl Domain {
    /// Own messages that failed in the days after that one.
    pub fn failing_after(&self, day: Day, days: i32) -> u64 {
        let after = |f: &&Failure| f.day > day && f.day <= day.plus(days);
        self.failures.iter().filter(after).map(|failure| failure.messages).sum()
    }

    /// Own messages in the days after that one.
    pub fn own_after(&self, day: Day, days: i32) -> u64 {
        self.own.range(day.plus(1)..=day.plus(days)).map(|(_, messages)| messages).sum()
    }
}

/// So many domains in the proportions of [`Course::mix`], at that policy.
pub fn domains(seed: u64, count: usize, policy: &Policy, course: Course) -> Vec<Domain> {
    let all: Vec<P> = course
        .mix()
        .iter()
        .flat_map(|(profile, many)| std::iter::repeat_n(*profile, *many))
        .collect();
    let made = |number: usize| {
        let profile = all[number * all.len() / count.max(1)];
        let rng = Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        Making::new(profile, course, number, rng, policy).domain()
    };
    (0..count).map(made).collect()
}

/// Receivers: name, address, share of a domain's mail, days after which the report comes.
const REPORTERS: [(&str, &str, f64, i32); 6] = [
    ("google.com", "noreply-dmarc-support@google.com", 0.5, 1),
    ("Outlook.com", "dmarcreport@microsoft.com", 0.22, 1),
    ("Yahoo", "dmarchelp@yahooinc.com", 0.14, 1),
    ("mail.example", "postmaster@mail.example", 0.06, 2),
    ("uni.example", "dmarc@uni.example", 0.05, 1),
    ("isp.example", "abuse@isp.example", 0.03, 3),
];

/// A domain in the making.
struct Making {
    profile: Profile,
    /// When it breaks down, if it is of those that do.
    start: Day,
    rng: Rng,
    traffic: Traffic,
    name: String,
    prints: BTreeMap<Fingerprint, u32>,
    /// Rows with their day of arrival.
    rows: Vec<(TrafficRow, Day)>,
    arrivals: Vec<Day>,
    failures: Vec<Failure>,
    own: BTreeMap<Day, u64>,
}

impl Making {
    fn new(profile: Profile, course: Course, number: usize, mut rng: Rng, policy: &Policy) -> Self {
        let name = format!("d{number:03}.example");
        let names = REPORTERS.iter().map(|(org, email, ..)| ReporterName {
            org_name: (*org).into(),
            email: (*email).into(),
        });
        let traffic = Traffic {
            domain: name.clone(),
            reporters: names.collect(),
            policies: vec![published(&name, policy)],
            ..Traffic::default()
        };
        Self {
            profile,
            start: FIRST.plus(rng.i32(course.days())),
            rng,
            traffic,
            name,
            prints: BTreeMap::new(),
            rows: Vec::new(),
            arrivals: Vec::new(),
            failures: Vec::new(),
            own: BTreeMap::new(),
        }
    }

    fn domain(mut self) -> Domain {
        let senders = self.senders();
        let lie = self.lie(&senders);
        let reporters = if self.profile.has_one_reporter() { 1 } else { REPORTERS.len() };
        let gaps = [self.rng.i32(20..50), self.rng.i32(60..100)];
        for at in 0..DAYS {
            let in_gap = gaps.iter().any(|gap| (*gap..*gap + 7).contains(&at));
            for reporter in 0..reporters {
                let lost = self.profile == P::Gaps && in_gap;
                self.report(FIRST.plus(at), reporter, &senders, lost);
            }
            if let Some(lie) = &lie {
                self.report_a_lie(FIRST.plus(at), lie);
            }
        }
        self.rows.sort_by(|(a, _), (b, _)| {
            (a.day, a.reporter, &a.source, a.fingerprint).cmp(&(
                b.day,
                b.reporter,
                &b.source,
                b.fingerprint,
            ))
        });
        let (rows, row_arrivals) = self.rows.into_iter().unzip();
        self.traffic.rows = rows;
        let history = History {
            traffic: self.traffic,
            report_arrivals: self.arrivals,
            row_arrivals,
            ..History::default()
        };
        let breakdown = self.profile.breaks_down().then_some(self.start);
        let Self { profile, failures, own, .. } = self;
        Domain { profile, history, failures, own, breakdown }
    }

    /// One report: what one receiver saw on one day. None is written where no mail came.
    fn report(&mut self, day: Day, reporter: usize, senders: &[Sender], lost: bool) {
        let (_, _, share, delay) = REPORTERS[reporter];
        let share = if self.profile.has_one_reporter() { 1.0 } else { share };
        let late = if self.profile == P::Late { self.rng.i32(0..5) } else { 0 };
        let arrival = day.plus(delay + late);
        let twice = self.profile == P::Duplicates && reporter == 1 && self.rng.u8(0..10) == 0;
        let before = self.rows.len();
        for sender in senders {
            self.mail(day, reporter, arrival, sender, share);
        }
        if lost {
            self.rows.truncate(before);
        }
        if self.rows.len() == before {
            return;
        }
        let reports = if twice { 2 } else { 1 };
        for (row, _) in &mut self.rows[before..] {
            row.messages *= reports;
            row.records = reports;
        }
        let reporter = u32::try_from(reporter).unwrap();
        self.traffic.reports.push(ReportCount { day, reporter, policy: 0, reports });
        self.arrivals.push(arrival);
    }

    fn mail(&mut self, day: Day, reporter: usize, arrival: Day, sender: &Sender, share: f64) {
        let messages = poisson(&mut self.rng, sender.a_day * share * sender.rhythm.factor(day));
        let failing = binomial(&mut self.rng, messages, sender.fails.share(day));
        if sender.own && messages > 0 {
            *self.own.entry(day).or_default() += messages;
        }
        if sender.own && failing > 0 {
            self.failures.push(Failure { day, messages: failing });
        }
        for (print, messages) in [(sender.passing, messages - failing), (sender.failing, failing)] {
            self.rows_of(day, reporter, arrival, sender, print, messages);
        }
    }

    /// The rows of so many messages: one for a sender of few hosts, many for a scattered one.
    fn rows_of(
        &mut self,
        day: Day,
        reporter: usize,
        arrival: Day,
        sender: &Sender,
        fingerprint: u32,
        mut messages: u64,
    ) {
        let most = messages.div_ceil(8).max(3);
        while messages > 0 {
            let scattered = sender.hosts == 0;
            let part = if scattered { self.rng.u64(1..=most).min(messages) } else { messages };
            let [a, b, c] = sender.network;
            let address = if scattered {
                [198, self.rng.u8(..), self.rng.u8(..), 7]
            } else {
                [a, b, c, 10 + u8::try_from(self.rng.u64(0..sender.hosts)).unwrap()]
            };
            let source = SourceAddress::Ip(IpAddr::V4(Ipv4Addr::from(address)));
            let reporter = u32::try_from(reporter).unwrap();
            let row = TrafficRow { day, reporter, source, fingerprint, messages: part, records: 1 };
            self.rows.push((row, arrival));
            messages -= part;
        }
    }

    fn print(&mut self, dkim: &[(&str, &str, &str)], spf: (&str, &str)) -> u32 {
        self.excused(dkim, spf, None)
    }

    fn excused(
        &mut self,
        dkim: &[(&str, &str, &str)],
        (bounce, result): (&str, &str),
        excuse: Option<OverrideKind>,
    ) -> u32 {
        let aligned = |yes: bool| if yes { AlignedResult::Pass } else { AlignedResult::Fail };
        let comment = Some(LangText { text: "list".into(), lang: None });
        let signed = |(domain, selector, result): &(&str, &str, &str)| DkimAuth {
            domain: (*domain).into(),
            selector: Some((*selector).into()),
            result: DkimResult::parse(result),
            human_result: None,
        };
        let print = Fingerprint {
            header_from: self.name.clone(),
            envelope_from: None,
            envelope_to: None,
            disposition: Disposition::None,
            dkim: aligned(dkim.iter().any(|(d, _, result)| *d == self.name && *result == "pass")),
            spf: aligned(bounce == self.name && result == "pass"),
            reasons: excuse.map(|kind| OverrideReason { kind, comment }).into_iter().collect(),
            dkim_auth: dkim.iter().map(signed).collect(),
            spf_auth: vec![SpfAuth {
                domain: bounce.into(),
                scope: None,
                result: SpfResult::parse(result),
                human_result: None,
            }],
        };
        let next = u32::try_from(self.prints.len()).unwrap();
        *self.prints.entry(print.clone()).or_insert_with(|| {
            std::sync::Arc::make_mut(&mut self.traffic.fingerprints).push(print);
            next
        })
    }
}

fn published(domain: &str, policy: &Policy) -> PolicyPublished {
    PolicyPublished {
        domain: domain.into(),
        p: Some(policy.clone()),
        sp: None,
        np: None,
        adkim: None,
        aspf: None,
        fo: None,
        pct: None,
        testing: None,
        discovery_method: None,
        psd: None,
    }
}
