//! The **present record** of each domain that is judged: as it was given, as the DNS has it, or not known.
//!
//! In: what was asked for, and the domains. Out: a TXT value for each, or a note that says why there is
//! none. The DNS is asked about all domains at once and within one time limit: what it did not answer by
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
use crate::model::txt::TagList;
use crate::model::verdict::Recommendation;
use crate::record::present::{Live, dmarc_of, why_not};

use super::kept::Keeping;
use super::nameserver;
use super::settings::Settings;
use super::survey::Survey;

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
    /// The resolver to ask, if any is to be asked; why there is nobody to ask, if so.
    pub(super) fn resolver(&self, settings: &Settings) -> Option<std::result::Result<Dns, String>> {
        if !(self.live || self.nameserver.is_some() || settings.live) {
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
}

impl<'a> Presents<'a> {
    /// The record that was given, of the only domain there is.
    pub(super) fn given(text: Option<&'a str>) -> Self {
        Self { given: text, live: HashMap::new() }
    }

    /// What the DNS says of these domains, where it is to be asked and no record was given.
    pub(super) fn ask(
        given: Option<&'a str>,
        live: &LiveArgs,
        domains: &[String],
        settings: &Settings,
    ) -> Self {
        let resolver = if given.is_none() { live.resolver(settings) } else { None };
        Self::by(given, resolver.as_ref(), domains)
    }

    /// The same by a resolver that others ask too: [`LiveArgs::resolver`].
    pub(super) fn by(
        given: Option<&'a str>,
        resolver: Option<&std::result::Result<Dns, String>>,
        domains: &[String],
    ) -> Self {
        let known = Self::given(given);
        match resolver.filter(|_| given.is_none()) {
            None => known,
            Some(Ok(dns)) => Self { live: asked(dns, domains), ..known },
            Some(Err(why)) => {
                let unknown = |domain: &String| (domain.clone(), Live::Unknown(why.clone()));
                Self { live: domains.iter().map(unknown).collect(), ..known }
            }
        }
    }

    /// What the DNS says of a domain; nothing where it was not asked.
    pub(super) fn live(&self, domain: &str) -> Option<&Live> {
        self.live.get(domain)
    }

    /// The record to judge by.
    pub(super) fn of(&self, domain: &str) -> Option<&str> {
        match (self.given, self.live.get(domain)) {
            (Some(given), _) => Some(given),
            (None, Some(Live::Record(text))) => {
                Some(text).filter(|text| is_read(text)).map(|t| &**t)
            }
            (None, _) => None,
        }
    }

    /// Judges a domain by its present record, says what became of asking for it, and notes for keeping
    /// what was given, seen and proposed.
    pub(super) fn judge(
        &self,
        survey: &Survey<'_>,
        domain: &str,
        keeping: &mut Keeping,
    ) -> Result<Judgement> {
        let mut judged = survey.judge(domain, self.of(domain))?;
        let advice = &mut judged.advice;
        let why = self.live(domain).and_then(|live| why_not(live, &advice.record_name));
        advice.notes.extend(why.map(|why| format!("{why}; what reports show is used")));
        self.keep(advice, keeping);
        Ok(judged)
    }

    /// Notes for keeping what was given, seen and proposed.
    pub(super) fn keep(&self, advice: &Recommendation, keeping: &mut Keeping) {
        let Recommendation { domain, record_name: name, .. } = advice;
        let mut keep = |text: &str, seen| keeping.note(domain, name, RecordKind::Dmarc, text, seen);
        if let Some(given) = self.given {
            keep(given, Seen::Given);
        }
        if let Some(Live::Record(text)) = self.live(domain) {
            keep(text, Seen::Dns);
        }
        if let Some(text) = &advice.record {
            keep(text, Seen::Proposed);
        }
    }
}

fn is_read(text: &str) -> bool {
    TagList::parse_dmarc(text).is_ok()
}

/// Asks about all domains at once.
fn asked(dns: &Dns, domains: &[String]) -> HashMap<String, Live> {
    const PREFIX: &str = "_dmarc.";
    let questions = domains.iter().map(|domain| Question::Txt(format!("{PREFIX}{domain}")));
    let mut live = HashMap::new();
    dns.many(questions, PACE, |question, reply| {
        if let (Question::Txt(name), Reply::Txt(answer)) = (question, reply) {
            let domain = name.strip_prefix(PREFIX).unwrap_or(name);
            live.insert(domain.to_owned(), dmarc_of(answer));
        }
        ControlFlow::Continue(())
    });
    live
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_wins_and_what_cannot_be_read_is_told() {
        let record = "v=DMARC1; p=none";
        let of = |live: Live| Presents {
            given: None,
            live: HashMap::from([("a.example".to_owned(), live)]),
        };
        let live = of(Live::Record(record.into()));
        assert_eq!(Some(record), live.of("a.example"));
        assert_eq!(None, why_not(&live.live["a.example"], "_dmarc.a.example"));
        assert_eq!(None, live.of("b.example"));
        let given = Presents { given: Some("v=DMARC1; p=reject"), ..live };
        assert_eq!(Some("v=DMARC1; p=reject"), given.of("a.example"));
        for (said, live) in [
            ("cannot be read", Live::Record("v=DMARC1; p=none; p=none".into())),
            ("has no DMARC record", Live::Missing),
            ("discard all", Live::Several(2)),
            ("not known", Live::Unknown("SERVFAIL".into())),
        ] {
            let note = why_not(&live, "_dmarc.a.example").unwrap();
            assert!(note.contains(said), "{note}");
            assert_eq!(None, of(live).of("a.example"), "{said}");
        }
    }
}
