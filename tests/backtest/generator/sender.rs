//! **Senders**: who sends in a domain's name, when, how much, and how it fails.

use ruaudit::model::Day;
use ruaudit::model::words::OverrideKind;

use super::Making;
use super::chance::normal;
use super::profile::Profile as P;

#[derive(Clone, Copy)]
pub(super) enum Rhythm {
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
pub(super) enum Fails {
    /// By chance, this share.
    Stray(f64),
    Always,
    /// Wholly, on two days.
    Burst(Day),
    /// More and more from that day on: 8 % after sixty days.
    Drift(Day),
}

pub(super) struct Sender {
    pub(super) own: bool,
    pub(super) network: [u8; 3],
    pub(super) hosts: u64,
    pub(super) passing: u32,
    pub(super) failing: u32,
    pub(super) a_day: f64,
    pub(super) rhythm: Rhythm,
    pub(super) fails: Fails,
}

impl Making {
    /// Everybody who sends in the domain's name.
    pub(super) fn senders(&mut self) -> Vec<Sender> {
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
            P::CleanBig | P::CleanLied => (7.0, 0.7),
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
        let fails = match self.profile {
            P::KeyRotation => Fails::Burst(self.start),
            P::SlowDrift => Fails::Drift(self.start),
            P::PartFails => Fails::Stray(0.05),
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
        let failing = |a_day, rhythm| Some((a_day, rhythm));
        let run = 20.0 + 40.0 * self.rng.f64();
        let on = if self.rng.bool() { 25 } else { self.rng.i8(1..=28) };
        let wholly = match self.profile {
            P::EspMisaligned | P::HiddenService => failing(a_day * 0.03, Rhythm::Daily),
            P::MonthlyRun => failing(run, Rhythm::Monthly(on)),
            P::QuarterlyRun => failing(run, Rhythm::Quarterly(self.start.0.rem_euclid(91))),
            P::TenAMonth => failing(10.0 / 30.0, Rhythm::Daily),
            P::CrmFails => failing(5.0, Rhythm::Weekdays),
            P::NewSource => failing(20.0, Rhythm::From(self.start)),
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
    pub(super) fn factor(self, day: Day) -> f64 {
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
}

impl Fails {
    pub(super) fn share(self, day: Day) -> f64 {
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
}
