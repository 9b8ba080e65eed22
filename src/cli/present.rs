//! The **present record** of each domain that is judged: as it was given, as the DNS has it, or not known.
//!
//! In: what was asked for, and the domains. Out: each domain judged by its present record, or by none and
//! why. The DNS is asked about all domains at once and within one time limit: what it did not answer by
//! then is not known, and never taken for missing.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::time::Duration;

use clap::Args;

use crate::analyze::Judgement;
use crate::error::Result;
use crate::lookup::dns::{Dns, Pace, Question, Reply};
use crate::model::finding::RecordKind;
use crate::model::kept::Seen;
use crate::model::verdict::{Recommendation, Verdict};
use crate::record::present::{Live, dmarc_of, is_record, spf_of};

use super::kept::Keeping;
use super::nameserver;
use super::settings::Settings;
use super::standing::{Halt, Standing, standing};
use super::survey::Survey;

pub(super) mod alias;
pub(super) mod consents;
mod doors;
pub(super) mod relied;

/// Questions about records that are under way at once.
const PACE: Pace = Pace { concurrency: 32, rate: None };

/// Longest time for all questions about records, however many domains there are.
const WHOLE: Duration = Duration::from_secs(60);

/// Whether and whom to ask.
#[derive(Debug, Default, Clone, Args)]
pub(super) struct LiveArgs {
    /// Ask the DNS for the record that is published now (`live = true` in the configuration: always)
    #[arg(long)]
    pub(super) live: bool,
    /// The DNS server to ask, for --live; port 53 unless said [default: those of this machine]
    #[arg(long, value_name = "IP:PORT", value_parser = nameserver::parse)]
    pub(super) nameserver: Option<SocketAddr>,
}

impl LiveArgs {
    /// Whether anybody is to be asked.
    pub(super) fn is_asked(&self, settings: &Settings) -> bool {
        self.live || self.nameserver.is_some() || settings.live
    }

    /// The resolver to ask, if any is to be asked; why there is nobody to ask, if so.
    pub(super) fn resolver(&self, settings: &Settings) -> Option<std::result::Result<Dns, String>> {
        if !self.is_asked(settings) {
            return None;
        }
        Some(nameserver::resolver(self.nameserver, settings, WHOLE))
    }
}

/// What is known of the present records.
#[derive(Debug, Default)]
pub(super) struct Presents<'a> {
    given: Option<&'a str>,
    live: HashMap<String, Live>,
    spf: HashMap<String, Live>,
    dns: Option<Dns>,
}

/// A domain judged by its present record.
pub(super) struct Judged {
    /// What came of it.
    pub(super) judgement: Judgement,
    /// The record that it rests on.
    pub(super) standing: Standing,
}

impl<'a> Presents<'a> {
    /// What the DNS says of these domains, where it is to be asked and no record was given: the first of
    /// them first.
    pub(super) fn ask(
        given: Option<&'a str>,
        live: &LiveArgs,
        domains: &[String],
        settings: &Settings,
    ) -> Self {
        Self::answered(given, live, domains, settings, &[])
    }

    /// The same of one domain, and what its SPF record is: both questions are put at once.
    pub(super) fn ask_with_spf(
        given: Option<&'a str>,
        live: &LiveArgs,
        domain: &str,
        settings: &Settings,
    ) -> Self {
        let domain = [domain.to_owned()];
        Self::answered(given, live, &domain, settings, &domain)
    }

    fn answered(
        given: Option<&'a str>,
        live: &LiveArgs,
        domains: &[String],
        settings: &Settings,
        spf: &[String],
    ) -> Self {
        let mut known = Self { given, ..Self::default() };
        let domains = if given.is_none() { domains } else { &[] };
        match live.resolver(settings) {
            None => {}
            Some(Ok(dns)) => {
                known.put(&dns, domains, spf);
                known.dns = Some(dns);
            }
            Some(Err(why)) => {
                let unknown = |domain: &String| (domain.clone(), Live::Unknown(why.clone()));
                known.live = domains.iter().map(unknown).collect();
                known.spf = spf.iter().map(unknown).collect();
            }
        }
        known
    }

    /// Asks about all domains at once.
    fn put(&mut self, dns: &Dns, domains: &[String], spf: &[String]) {
        const PREFIX: &str = "_dmarc.";
        let dmarc = domains.iter().map(|domain| format!("{PREFIX}{domain}"));
        let questions = dmarc.chain(spf.iter().cloned()).map(Question::Txt);
        dns.many(questions, PACE, |question, reply| {
            if let (Question::Txt(name), Reply::Txt(answer)) = (question, reply) {
                match name.strip_prefix(PREFIX) {
                    Some(domain) => self.live.insert(domain.to_owned(), dmarc_of(answer)),
                    None => self.spf.insert(name.clone(), spf_of(answer)),
                };
            }
            ControlFlow::Continue(())
        });
    }

    /// What the DNS says of a domain; nothing where it was not asked.
    pub(super) fn live(&self, domain: &str) -> Option<&Live> {
        self.live.get(domain)
    }

    /// What the DNS says of its SPF record; nothing where it was not asked.
    pub(super) fn spf(&self, domain: &str) -> Option<&Live> {
        self.spf.get(domain)
    }

    /// Where its DMARC record stands, where the name that receivers ask for is an alias; nothing where the
    /// DNS was not asked, or did not answer.
    pub(super) fn alias(&self, domain: &str) -> Option<String> {
        let answered = self.live(domain).is_some_and(|live| !matches!(live, Live::Unknown(_)));
        self.dns().filter(|_| answered).and_then(|dns| alias::of(domain, dns))
    }

    /// Who is asked, where the DNS is.
    pub(super) fn dns(&self) -> Option<&Dns> {
        self.dns.as_ref()
    }

    /// Judges a domain by its present record: the one that was given, that of the DNS, or the last that
    /// is kept; and says what became of asking for it.
    pub(super) fn judge(&self, survey: &Survey<'_>, domain: &str) -> Result<Judged> {
        let (given, live) = (self.given, self.live(domain));
        let is_plain = given.is_some() || live.is_some_and(Live::is_read);
        let kept = if is_plain { Vec::new() } else { survey.kept(domain)? };
        // what reports saw decides which kept record can still be the present one
        let of_reports = match kept.iter().any(is_record) {
            true => Some(survey.judge(domain, None)?),
            false => None,
        };
        let history = of_reports.as_ref().map(|judged| &judged.advice.policy_history[..]);
        let mut standing = standing(domain, given, live, &kept, history.unwrap_or_default());
        let missing = standing.halt.as_mut().filter(|_| live == Some(&Live::Missing));
        if let (Some(halt), Some(dns)) = (missing, self.dns())
            && doors::takes_no_mail(domain, dns)
        {
            halt.elsewhere(domain);
        }
        let standstill = standing.halt.as_ref().map(Halt::standstill);
        let mut judgement = match of_reports {
            Some(judged) if standing.text.is_none() && standstill.is_none() => judged,
            _ => survey.judge_by(domain, standing.text.as_deref(), standstill.clone(), None)?,
        };
        // of a domain that nobody could tell of, no more is asked: the time is for the others
        if let (Some(dns), false) = (self.dns(), matches!(live, Some(Live::Unknown(_)))) {
            if judgement.advice.verdict == Verdict::Ready {
                let in_dns = relied::asked(&survey.relied(domain)?, dns);
                let published = standing.text.as_deref();
                judgement = survey.judge_by(domain, published, standstill, Some(&in_dns))?;
            }
            doors::closed(&mut judgement, self.dns());
        }
        Ok(Judged { judgement, standing })
    }

    /// The same for a page that has no other place for what is to be said of the present record; notes
    /// for keeping what was given, seen and proposed.
    pub(super) fn advise(
        &self,
        survey: &Survey<'_>,
        domain: &str,
        keeping: &mut Keeping,
    ) -> Result<Judgement> {
        let Judged { mut judgement, standing } = self.judge(survey, domain)?;
        let said = &judgement.advice.headline;
        let halt = standing.halt.iter().flat_map(Halt::sentences).filter(|text| text != said);
        let notes: Vec<String> = halt.chain(standing.notes).collect();
        if let (Some(record), Some(dns)) = (&judgement.advice.record, self.dns()) {
            judgement.advice.notes.extend(consents::notes(domain, record, dns));
        }
        judgement.advice.notes.splice(..0, notes);
        self.keep(&judgement.advice, keeping);
        // it was kept under the name that receivers ask for
        if let Some(end) = self.alias(domain).filter(|_| judgement.advice.record.is_some()) {
            judgement.advice.notes.insert(0, alias::text(domain, &end));
            judgement.advice.record_name = end;
        }
        Ok(judgement)
    }

    /// Notes for keeping what was given, seen and proposed.
    pub(super) fn keep(&self, advice: &Recommendation, keeping: &mut Keeping) {
        let Recommendation { domain, record_name: name, .. } = advice;
        if let Some(given) = self.given {
            keeping.note(domain, name, RecordKind::Dmarc, given, Seen::Given);
        }
        if let Some(live) = self.live(domain) {
            keeping.note_live(domain, name, RecordKind::Dmarc, live);
        }
        if let Some(live) = self.spf(domain) {
            keeping.note_live(domain, domain, RecordKind::Spf, live);
        }
        if let Some(text) = &advice.record {
            keeping.note(domain, name, RecordKind::Dmarc, text, Seen::Proposed);
        }
    }
}
