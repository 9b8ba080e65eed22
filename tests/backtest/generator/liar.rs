//! **A liar**: somebody whom nobody asked writes reports, too.
//!
//! In: a domain in the making, and who sends. Out: the reports of one invented organisation among those
//! of the real ones. The truth stays what it is.

use std::net::IpAddr;

use ruaudit::model::traffic::{ReportCount, ReporterName, TrafficRow};
use ruaudit::model::{Day, SourceAddress};

use super::profile::Profile as P;
use super::sender::Sender;
use super::{Making, REPORTERS};

/// What the liar says on each of its days.
pub(super) struct Lie {
    network: [u8; 3],
    fingerprint: u32,
    messages: u64,
    /// Days from one report to the next.
    every: i32,
}

impl Making {
    /// What is lied about, in the kinds of domain that have a liar.
    pub(super) fn lie(&mut self, senders: &[Sender]) -> Option<Lie> {
        let domain = self.name.clone();
        let server = senders.first()?;
        let every = [1, 3, 10][self.rng.usize(0..3)];
        let (victim, fingerprint, times, every) = match self.profile {
            // half of what the others tell, to a hundred times as much
            P::HiddenService => {
                let victim = senders.iter().rfind(|sender| sender.own)?;
                let hidden = self.print(&[(&domain, "x", "pass")], ("bounce.example", "pass"));
                (victim, hidden, 0.5 * 200_f64.powf(self.rng.f64()), every)
            }
            P::FakedReporter => (server, server.passing, 0.01, every * 2),
            P::CleanLied => (server, server.failing, 0.2, every),
            _ => return None,
        };
        self.traffic.reporters.push(ReporterName {
            org_name: "Unheard Of".into(),
            email: "dmarc@unheard-of.example".into(),
        });
        let messages = (victim.a_day * times * f64::from(every)).ceil() as u64;
        Some(Lie { network: victim.network, fingerprint, messages: messages.max(1), every })
    }

    /// The liar's report of a day, on the days that have one.
    pub(super) fn report_a_lie(&mut self, day: Day, lie: &Lie) {
        if day.0.rem_euclid(lie.every) != 0 {
            return;
        }
        let [a, b, c] = lie.network;
        let reporter = u32::try_from(REPORTERS.len()).unwrap();
        let row = TrafficRow {
            day,
            reporter,
            source: SourceAddress::Ip(IpAddr::from([a, b, c, 10])),
            fingerprint: lie.fingerprint,
            messages: lie.messages,
            records: 1,
        };
        self.rows.push((row, day.plus(1)));
        self.traffic.reports.push(ReportCount { day, reporter, policy: 0, reports: 1 });
        self.arrivals.push(day.plus(1));
    }
}
