//! **Synthetic domains with their truth**: reports of 120 days, with the days they arrive on, and
//! who really sent.
//!
//! In: a seed, how many domains, and the policy that is published. Out: each domain's history, and
//! per day how many own messages really failed and since when their cause was there. Nothing here
//! is measured: it is made up to be like the domains that postmasters speak of. The same seed
//! always gives the same domains.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use fastrand::Rng;
use ruaudit::model::report::{DkimAuth, Fingerprint, LangText, OverrideReason, SpfAuth};
use ruaudit::model::traffic::{ReportCount, ReporterName, TrafficRow};
use ruaudit::model::words::{
    AlignedResult, Disposition, DkimResult, OverrideKind, Policy, SpfResult,
};
use ruaudit::model::{Day, History, PolicyPublished, SourceAddress, Traffic};

/// Days of reports.
pub const DAYS: i32 = 120;
/// The last day: 2026-11-20.
pub const LAST: i32 = 20_777;
/// The first.
pub const FIRST: Day = Day(LAST - DAYS + 1);

/// What kind of domain it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    CleanBig,
    CleanSmall,
    CleanWeekly,
    Spoofed,
    Forwarded,
    Lists,
    EspMisaligned,
    MonthlyRun,
    QuarterlyRun,
    TenAMonth,
    CrmFails,
    KeyRotation,
    NewSource,
    SlowDrift,
    Quiet,
    Parked,
    OneReporter,
    Gaps,
    Late,
    Duplicates,
}

use Profile as P;

impl Profile {
    /// All of them, and how many of 200 domains are of each.
    pub const MIX: [(Self, usize); 20] = [
        (P::CleanBig, 16),
        (P::CleanSmall, 18),
        (P::CleanWeekly, 14),
        (P::Spoofed, 20),
        (P::Forwarded, 14),
        (P::Lists, 12),
        (P::EspMisaligned, 12),
        (P::MonthlyRun, 14),
        (P::QuarterlyRun, 4),
        (P::TenAMonth, 12),
        (P::CrmFails, 12),
        (P::KeyRotation, 4),
        (P::NewSource, 4),
        (P::SlowDrift, 4),
        (P::Quiet, 8),
        (P::Parked, 8),
        (P::OneReporter, 6),
        (P::Gaps, 8),
        (P::Late, 6),
        (P::Duplicates, 4),
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            P::CleanBig => "clean, big",
            P::CleanSmall => "clean, small",
            P::CleanWeekly => "clean, weekdays only",
            P::Spoofed => "40% forged",
            P::Forwarded => "much forwarded",
            P::Lists => "mailing lists",
            P::EspMisaligned => "3% by a misaligned service",
            P::MonthlyRun => "monthly run fails",
            P::QuarterlyRun => "quarterly run fails",
            P::TenAMonth => "ten a month fail",
            P::CrmFails => "a CRM fails wholly",
            P::KeyRotation => "two days of a wrong key",
            P::NewSource => "a new failing sender",
            P::SlowDrift => "slow drift to 8% failing",
            P::Quiet => "quiet",
            P::Parked => "parked",
            P::OneReporter => "one reporter",
            P::Gaps => "gaps of a week",
            P::Late => "reports come late",
            P::Duplicates => "a reporter counts twice",
        }
    }

    /// Whether all own mail passes, reports come as they should, and nobody stands in the way.
    pub fn is_clean(self) -> bool {
        matches!(self, P::CleanBig | P::CleanSmall | P::CleanWeekly)
    }
}

/// Own messages of one day that failed.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    pub day: Day,
    pub messages: u64,
    /// The first day on which what made them fail was there. A run once a quarter was always there.
    pub since: Day,
}

/// A domain, its reports, and the truth.
pub struct Domain {
    pub profile: Profile,
    pub history: History,
    pub failures: Vec<Failure>,
    /// Own messages by day.
    pub own: BTreeMap<Day, u64>,
}

impl Domain {
    /// Own messages that failed in the days after that one, of causes that were there by `known`.
    pub fn failing_after(&self, day: Day, days: i32, known: Day) -> u64 {
        let after = |f: &&Failure| f.day > day && f.day <= day.plus(days) && f.since <= known;
        self.failures.iter().filter(after).map(|failure| failure.messages).sum()
    }

    /// Own messages in the days after that one.
    pub fn own_after(&self, day: Day, days: i32) -> u64 {
        self.own.range(day.plus(1)..=day.plus(days)).map(|(_, messages)| messages).sum()
    }
}

/// So many domains in the proportions of [`Profile::MIX`], at that policy.
pub fn domains(seed: u64, count: usize, policy: &Policy) -> Vec<Domain> {
    let all: Vec<P> =
        P::MIX.iter().flat_map(|(profile, many)| std::iter::repeat_n(*profile, *many)).collect();
    let made = |number: usize| {
        let profile = all[number * all.len() / count.max(1)];
        let rng = Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        Making::new(profile, number, rng, policy).domain()
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

/// When a sender sends.
#[derive(Clone, Copy)]
enum Rhythm {
    Daily,
    /// Little at weekends.
    Weekdays,
    /// On one day of the month: the 25th for many, any other for some.
    Monthly(i8),
    /// On one day of 91.
    Quarterly(i32),
    /// From a day on.
    From(Day),
}

/// How a sender's mail fails.
#[derive(Clone, Copy)]
enum Fails {
    /// By chance, this share.
    Stray(f64),
    Always,
    /// Wholly, on two days.
    Burst(Day),
    /// More and more from that day on: 8 % after sixty days.
    Drift(Day),
}

struct Sender {
    own: bool,
    network: [u8; 3],
    hosts: u64,
    passing: u32,
    failing: u32,
    a_day: f64,
    rhythm: Rhythm,
    fails: Fails,
}

/// A domain in the making.
struct Making {
    profile: Profile,
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
    fn new(profile: Profile, number: usize, rng: Rng, policy: &Policy) -> Self {
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
        let reporters = if self.profile == P::OneReporter { 1 } else { REPORTERS.len() };
        let gaps = [self.rng.i32(20..50), self.rng.i32(60..100)];
        for at in 0..DAYS {
            let in_gap = gaps.iter().any(|gap| (*gap..*gap + 7).contains(&at));
            for reporter in 0..reporters {
                let lost = self.profile == P::Gaps && in_gap;
                self.report(FIRST.plus(at), reporter, &senders, lost);
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
        let history =
            History { traffic: self.traffic, report_arrivals: self.arrivals, row_arrivals };
        Domain { profile: self.profile, history, failures: self.failures, own: self.own }
    }

    /// One report: what one receiver saw on one day. None is written where no mail came.
    fn report(&mut self, day: Day, reporter: usize, senders: &[Sender], lost: bool) {
        let (_, _, share, delay) = REPORTERS[reporter];
        let share = if self.profile == P::OneReporter { 1.0 } else { share };
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
            let since = sender.fails.since().max(sender.rhythm.since());
            self.failures.push(Failure { day, messages: failing, since });
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
            self.traffic.fingerprints.push(print);
            next
        })
    }

    /// Everybody who sends in the domain's name.
    fn senders(&mut self) -> Vec<Sender> {
        let a_day = self.volume();
        let mut senders = if self.profile == P::Parked { Vec::new() } else { self.own_mail(a_day) };
        senders.extend(self.special(a_day));
        let forged = match self.profile {
            P::Spoofed => a_day * 0.7, // of a whole of 1.0 + 0.7: forty per cent
            P::Parked => 6.0,
            P::Quiet => 0.1,
            _ => a_day * self.rng.f64() * 0.01,
        };
        senders.push(self.forgers(forged));
        senders
    }

    /// Own messages a day.
    fn volume(&mut self) -> f64 {
        let (middle, spread) = match self.profile {
            P::CleanBig => (7.0, 0.7),
            P::CleanSmall => (3.5, 0.5),
            P::Quiet => (-0.3, 0.5),
            _ => (5.0, 0.9),
        };
        (middle + spread * normal(&mut self.rng)).exp().clamp(0.2, 5_000.0)
    }

    /// The servers of the domain, which both sign and are authorised, and a service that signs.
    fn own_mail(&mut self, a_day: f64) -> Vec<Sender> {
        let domain = self.name.clone();
        let rhythm = if self.profile == P::CleanWeekly { Rhythm::Weekdays } else { Rhythm::Daily };
        let network = [192, self.rng.u8(..), self.rng.u8(..)];
        let server = Sender {
            own: true,
            network,
            hosts: 3,
            passing: self.print(&[(&domain, "s1", "pass")], (&domain, "pass")),
            failing: self.print(&[(&domain, "s1", "fail")], (&domain, "temperror")),
            a_day: a_day * 0.7,
            rhythm,
            fails: Fails::Stray(self.rng.f64() * 0.0003),
        };
        let service = self.service(a_day * 0.3, rhythm);
        vec![server, service]
    }

    /// A service that signs for the domain, and bounces to itself.
    fn service(&mut self, a_day: f64, rhythm: Rhythm) -> Sender {
        let domain = self.name.clone();
        let (signer, bounce) = ("sendgrid.net", "em.sendgrid.net");
        let start = FIRST.plus(self.rng.i32(5..110));
        let fails = match self.profile {
            P::KeyRotation => Fails::Burst(start),
            P::SlowDrift => Fails::Drift(start),
            _ => Fails::Stray(self.rng.f64() * 0.001),
        };
        Sender {
            own: true,
            network: [167, 89, self.rng.u8(..)],
            hosts: 8,
            passing: self
                .print(&[(&domain, "sg", "pass"), (signer, "smtp", "pass")], (bounce, "pass")),
            failing: self
                .print(&[(&domain, "sg", "fail"), (signer, "smtp", "pass")], (bounce, "pass")),
            a_day,
            rhythm,
            fails,
        }
    }

    /// What makes this profile what it is, besides the own mail of every domain.
    fn special(&mut self, a_day: f64) -> Vec<Sender> {
        let start = FIRST.plus(self.rng.i32(5..110));
        let failing = |a_day, rhythm| Some((a_day, rhythm));
        let run = 20.0 + 40.0 * self.rng.f64();
        let on = if self.rng.bool() { 25 } else { self.rng.i8(1..=28) };
        let wholly = match self.profile {
            P::EspMisaligned => failing(a_day * 0.03, Rhythm::Daily),
            P::MonthlyRun => failing(run, Rhythm::Monthly(on)),
            P::QuarterlyRun => failing(run, Rhythm::Quarterly(self.rng.i32(0..91))),
            P::TenAMonth => failing(10.0 / 30.0, Rhythm::Daily),
            P::CrmFails => failing(5.0, Rhythm::Weekdays),
            P::NewSource => failing(20.0, Rhythm::From(start)),
            _ => None,
        };
        match self.profile {
            P::Forwarded => self.forwarders(a_day * 0.08),
            P::Lists => vec![self.list(a_day * 0.02)],
            _ => wholly.map(|(a_day, rhythm)| self.misaligned(a_day, rhythm)).into_iter().collect(),
        }
    }

    /// An own sender all of whose mail fails: a machine that nobody authorised, or a service, known
    /// or not, that signs as itself.
    fn misaligned(&mut self, a_day: f64, rhythm: Rhythm) -> Sender {
        let domain = self.name.clone();
        let (network, hosts, failing) = match self.rng.u8(0..3) {
            0 => ([203, 0, self.rng.u8(..)], 1, self.print(&[], (&domain, "softfail"))),
            1 => {
                let sign = [("mcsv.net", "k1", "pass")];
                ([198, 2, self.rng.u8(..)], 4, self.print(&sign, ("mail.mcsv.net", "pass")))
            }
            _ => {
                let sign = [("invoicing.example", "x", "pass")];
                ([185, 9, self.rng.u8(..)], 2, self.print(&sign, ("b.invoicing.example", "pass")))
            }
        };
        let fails = Fails::Always;
        Sender { own: true, network, hosts, passing: failing, failing, a_day, rhythm, fails }
    }

    /// Passed on by others; the signature mostly holds. What fails of it is no own sender's fault.
    fn forwarders(&mut self, a_day: f64) -> Vec<Sender> {
        let domain = self.name.clone();
        let hosts = ["alumni.example", "forward.example", "srs.example"];
        let forwarder = |(at, host): (u8, &str)| Sender {
            own: false,
            network: [146, at, self.rng.u8(..)],
            hosts: 2,
            passing: self.print(&[(&domain, "s1", "pass")], (host, "pass")),
            failing: self.print(&[(&domain, "s1", "fail")], (host, "pass")),
            a_day: a_day / 3.0,
            rhythm: Rhythm::Daily,
            fails: Fails::Stray(0.1),
        };
        (0_u8..).zip(hosts).map(forwarder).collect()
    }

    fn list(&mut self, a_day: f64) -> Sender {
        let domain = self.name.clone();
        let signed = [(domain.as_str(), "s1", "fail"), ("lists.example", "l", "pass")];
        let bounce = ("lists.example", "pass");
        let failing = self.excused(&signed, bounce, Some(OverrideKind::MailingList));
        Sender {
            own: false,
            network: [130, 1, self.rng.u8(..)],
            hosts: 1,
            passing: failing,
            failing,
            a_day,
            rhythm: Rhythm::Daily,
            fails: Fails::Always,
        }
    }

    /// Scattered addresses that use the name.
    fn forgers(&mut self, a_day: f64) -> Sender {
        let domain = self.name.clone();
        let failing = self.print(&[], (&domain, "fail"));
        Sender {
            own: false,
            network: [198, 0, 0],
            hosts: 0,
            passing: failing,
            failing,
            a_day,
            rhythm: Rhythm::Daily,
            fails: Fails::Always,
        }
    }
}

impl Rhythm {
    /// How much of its mail falls on that day; 1 is as on any other.
    fn factor(self, day: Day) -> f64 {
        let weekday = (day.0 + 4).rem_euclid(7); // 1970-01-01 was a Thursday; 0 is a Sunday
        let yes = |yes: bool| if yes { 1.0 } else { 0.0 };
        match self {
            Self::Daily => 1.0,
            Self::Weekdays => {
                if weekday == 0 || weekday == 6 {
                    0.1
                } else {
                    1.3
                }
            }
            Self::Monthly(on) => yes(day.date().is_some_and(|date| date.day() == on)),
            Self::Quarterly(phase) => yes(day.0.rem_euclid(91) == phase),
            Self::From(start) => yes(day >= start),
        }
    }

    fn since(self) -> Day {
        if let Self::From(start) = self { start } else { FIRST }
    }
}

impl Fails {
    fn share(self, day: Day) -> f64 {
        match self {
            Self::Stray(share) => share,
            Self::Always => 1.0,
            Self::Burst(start) if day == start || day == start.plus(1) => 1.0,
            Self::Burst(_) => 0.0005,
            Self::Drift(start) => {
                0.0005 + (0.08 / 60.0 * f64::from(day.0 - start.0)).clamp(0.0, 0.08)
            }
        }
    }

    fn since(self) -> Day {
        match self {
            Self::Stray(_) | Self::Always => FIRST,
            Self::Burst(start) | Self::Drift(start) => start,
        }
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

/// A number of the standard normal distribution (Box and Muller).
fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

/// A count with that mean (Knuth's way; for large means the normal approximation).
fn poisson(rng: &mut Rng, mean: f64) -> u64 {
    if mean > 30.0 {
        return (mean + mean.sqrt() * normal(rng)).round().max(0.0) as u64;
    }
    let (limit, mut product, mut count) = ((-mean).exp(), rng.f64(), 0);
    while product > limit {
        product *= rng.f64();
        count += 1;
    }
    count
}

/// How many of so many, each with that chance.
fn binomial(rng: &mut Rng, of: u64, chance: f64) -> u64 {
    if chance <= 0.0 || chance >= 1.0 {
        return if chance >= 1.0 { of } else { 0 };
    }
    if of > 200 {
        poisson(rng, of as f64 * chance).min(of)
    } else {
        (0..of).filter(|_| rng.f64() < chance).count() as u64
    }
}
