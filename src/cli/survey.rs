//! A **survey** of the store: its domains judged one at a time, so that memory holds one domain's
//! traffic and every command shows the same values.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::analyze::{
    InDns, Judgement, Providers, Question, Relied, Sender, Standstill, Thresholds, judge, moved,
    relied, senders,
};
use crate::decode::Admission;
use crate::error::{Error, Result};
use crate::model::kept::KeptRecord;
use crate::model::names;
use crate::model::verdict::WindowOut;
use crate::model::{Day, Filter, Foreign, History, Knowledge, Label, Traffic, Window};
use crate::store::Store;

use super::Streams;
use super::failure::remark;
use super::hosts;
use super::known::Known;
use super::nearest::nearest;
use super::present::LiveArgs;
use super::settings::Settings;
use super::window::WindowSpec;

/// How many domains an error lists.
const LISTED: usize = 10;

/// A store, looked at through one window.
pub(super) struct Survey<'a> {
    store: &'a dyn Store,
    /// The days that are looked at; none in an empty store.
    pub(super) window: Option<Window>,
    thresholds: &'a Thresholds,
    admission: &'a Admission,
    providers: &'a Providers,
    /// The day of asking.
    today: Day,
    known: Known,
}

impl<'a> Survey<'a> {
    /// Chooses the window, and remarks on it if the newest report is old.
    pub(super) fn new(
        store: &'a dyn Store,
        settings: &'a Settings,
        streams: &mut Streams<'_>,
    ) -> Result<Self> {
        let span = store.span()?;
        if let Some(text) = settings.window.stale(span, settings.now) {
            remark(streams.err, settings.quiet, &text);
        }
        let window = settings.window.resolve(span, settings.now);
        let Settings { thresholds, admission, .. } = settings;
        let known = Known::load(store)?;
        let (providers, today) = (settings.senders(), Day::of(settings.now));
        Ok(Self { store, window, thresholds, admission, providers, today, known })
    }

    /// The same without a remark.
    pub(super) fn silent(store: &'a dyn Store, settings: &'a Settings) -> Result<Self> {
        let (mut out, mut err) = (std::io::sink(), std::io::sink());
        Self::new(store, settings, &mut Streams { out: &mut out, err: &mut err, progress: false })
    }

    /// What is kept aside in the window since it is about the domains of others.
    pub(super) fn foreign(&self) -> Result<Foreign> {
        self.store.foreign(self.window)
    }

    /// The records that are kept of a domain.
    pub(super) fn kept(&self, domain: &str) -> Result<Vec<KeptRecord>> {
        self.store.kept_records(domain)
    }

    /// The window as JSON has it.
    pub(super) fn window_out(&self) -> WindowOut {
        self.window.into()
    }

    /// The domains that were named, each once, or all. Refuses one that the store does not know.
    pub(super) fn domains(&self, named: &[String]) -> Result<Vec<String>> {
        // the configuration may have changed since the last reports were read
        let mut known = self.store.domains()?;
        known.retain(|domain| self.admission.is_own(domain));
        if named.is_empty() {
            return Ok(known);
        }
        let mut seen = BTreeSet::new();
        let mut domains = Vec::new();
        for name in named {
            let name = as_stored(name);
            if known.binary_search(&name).is_err() && !known.contains(&name) {
                return Err(self.unknown(&name, &known));
            }
            if seen.insert(name.clone()) {
                domains.push(name);
            }
        }
        Ok(domains)
    }

    /// The domains in the order in which the DNS is asked about them, for the time may be over before the
    /// last: what the operator has labelled first, then what most reporters tell of, which is harder to
    /// forge than a count of messages. As they are where nobody is asked.
    pub(super) fn to_ask(
        &self,
        live: &LiveArgs,
        domains: &[String],
        settings: &Settings,
    ) -> Result<Vec<String>> {
        let mut domains = domains.to_vec();
        if domains.len() < 2 || !live.is_asked(settings) {
            return Ok(domains);
        }
        let labelled: BTreeSet<String> =
            self.store.labels()?.into_iter().map(|kept| kept.label.domain).collect();
        let known = self.store.reporters_of_domains()?;
        domains.sort_by_key(|name| {
            let reporters = known.get(name).copied().unwrap_or_default();
            (!labelled.contains(name), Reverse(reporters))
        });
        Ok(domains)
    }

    fn unknown(&self, name: &str, known: &[String]) -> Error {
        if self.admission.is_own(name) {
            return unknown(name, known);
        }
        Error::new(
            format!("no reports about `{name}` count"),
            "it is not one of the `domains` of the configuration",
            "add it there, and read some reports; or see: ruaudit reports --aside",
        )
    }

    /// The domain that was named, as stored. One that no report speaks of will do too, with `unseen`,
    /// if it may be the operator's.
    pub(super) fn domain(&self, name: &str, unseen: bool) -> Result<String> {
        let stored = as_stored(name);
        match self.domains(&[name.to_owned()]) {
            Ok(_) => Ok(stored),
            Err(_) if unseen && self.may_be_own(name) => Ok(stored),
            Err(unknown) => Err(unknown),
        }
    }

    /// Whether it is a name of a domain that may be the operator's.
    pub(super) fn may_be_own(&self, name: &str) -> bool {
        let stored = as_stored(name);
        is_name(&stored) && self.admission.is_own(&stored)
    }

    /// The same store, looked at through another window.
    pub(super) fn through(&self, window: WindowSpec, settings: &'a Settings) -> Result<Self> {
        let window = window.resolve(self.store.span()?, settings.now);
        Ok(Self { window, known: Known::load(self.store)?, ..*self })
    }

    /// One domain's traffic, as far as this survey sees it.
    pub(super) fn seen(&self, domain: &str) -> Result<Traffic> {
        self.traffic(domain, self.window)
    }

    /// Judges one domain. `published` is its record as the operator gave it.
    pub(super) fn judge(&self, domain: &str, published: Option<&str>) -> Result<Judgement> {
        self.judge_by(domain, published, None, None)
    }

    /// The same, where it may be known that there is no record to step from, or what the DNS has now of
    /// that which own mail relies on.
    pub(super) fn judge_by(
        &self,
        domain: &str,
        published: Option<&str>,
        standstill: Option<Standstill>,
        in_dns: Option<&InDns>,
    ) -> Result<Judgement> {
        let traffic = self.traffic(domain, self.window)?;
        let knowledge = &*self.known.of(domain);
        let question = Question {
            published,
            standstill,
            in_dns,
            knowledge,
            providers: self.providers,
            today: Some(self.today),
            ..Question::new(self.window, self.thresholds)
        };
        let before = match moved(&traffic, &question) {
            Some(day) => Some(self.traffic(domain, Some(self.month_before(day)))?),
            None => None,
        };
        let hosts = hosts::of_traffic(self.store, [Some(&traffic), before.as_ref()])?;
        let question = Question { before: before.as_ref(), hosts: &hosts, ..question };
        let mut judged = judge(&traffic, &question);
        hosts::add(self.store, &mut judged.sources)?;
        Ok(judged)
    }

    /// Who sends in the name of one domain, with every address.
    pub(super) fn senders(&self, traffic: &Traffic) -> Result<Vec<Sender>> {
        self.of(traffic, senders)
    }

    /// What own mail of a domain relies on in the DNS.
    pub(super) fn relied(&self, domain: &str) -> Result<Relied> {
        self.of(&self.seen(domain)?, relied)
    }

    /// What is worked out of traffic alone.
    fn of<T>(&self, traffic: &Traffic, work: impl Fn(&Traffic, &Question<'_>) -> T) -> Result<T> {
        let hosts = hosts::of_traffic(self.store, [Some(traffic), None])?;
        let question = Question {
            knowledge: &self.known.of(&traffic.domain),
            providers: self.providers,
            today: Some(self.today),
            hosts: &hosts,
            ..Question::new(self.window, self.thresholds)
        };
        Ok(work(traffic, &question))
    }

    /// All that the store has of one domain, with the days on which it became known, and those on which
    /// its labels were set.
    pub(super) fn history(&self, domain: &str) -> Result<History> {
        let labels_set = self.known.set_on(domain);
        Ok(History { labels_set, ..self.store.history(domain, None)? })
    }

    /// What the operator knows of one domain.
    pub(super) fn known(&self, domain: &str) -> Cow<'_, Knowledge> {
        self.known.of(domain)
    }

    /// The month that ends the day before: what a move on that day rested on.
    fn month_before(&self, day: Day) -> Window {
        let days = i32::try_from(self.thresholds.coverage_days.max(1)).unwrap_or(i32::MAX);
        Window { from: day.plus(-days), to: day.plus(-1) }
    }

    fn traffic(&self, domain: &str, window: Option<Window>) -> Result<Traffic> {
        self.store.traffic(&Filter { domain: domain.to_owned(), window })
    }

    /// Judges each domain and keeps of it what `keep` makes.
    pub(super) fn each<T>(
        &self,
        domains: &[String],
        keep: impl Fn(Judgement) -> T,
    ) -> Result<Vec<T>> {
        domains.iter().map(|domain| self.judge(domain, None).map(&keep)).collect()
    }
}

/// A domain as the store writes it: lower case, without a final dot, U-labels as A-labels
/// (RFC 5890). What is no name then is compared as text.
pub(super) fn as_stored(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match names::ascii(name) {
        Ok(ascii) if ascii.chars().all(is_plain) => ascii,
        _ => name.to_lowercase(),
    }
}

/// Whether a domain, as stored, is a name at all.
pub(super) fn is_name(stored: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (1..=63).contains(&label.len()) && label.chars().all(is_plain)
    };
    stored.len() <= Label::NAME_CHARS && stored.split('.').all(is_label)
}

fn unknown(name: &str, known: &[String]) -> Error {
    let near = nearest(name, known.iter().map(String::as_str));
    let listed = |names: &[&str]| names[..names.len().min(LISTED)].join(", ");
    let remedy = if known.is_empty() {
        "the store is empty; read some reports first: ruaudit ingest PATH".to_owned()
    } else if near.is_empty() {
        let all: Vec<&str> = known.iter().map(String::as_str).collect();
        let more = match all.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more (see: ruaudit summary)"),
        };
        format!("there are: {}{more}", listed(&all))
    } else {
        format!("did you mean {}?", listed(&near))
    };
    Error::new(format!("no reports about `{name}`"), "the store has no such domain", remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedy(name: &str, known: &[&str]) -> String {
        let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        unknown(name, &known).to_string()
    }

    #[test]
    fn a_domain_that_is_not_there_is_answered_with_those_that_are() {
        assert!(
            remedy("acne.example", &["acme.example", "zz.test"])
                .ends_with("did you mean acme.example?")
        );
        assert!(
            remedy("qqqqqq.net", &["acme.example", "shop.example"])
                .ends_with("there are: acme.example, shop.example")
        );
        assert!(remedy("a.example", &[]).contains("ruaudit ingest"));
    }

    #[test]
    fn the_list_of_domains_is_bounded() {
        let names: Vec<String> = (100..150).map(|n| format!("{n}.example")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = remedy("quite-another-name.net", &names);
        assert!(text.ends_with("and 40 more (see: ruaudit summary)"), "{text}");
    }

    #[test]
    fn domains_are_compared_as_they_are_stored() {
        assert_eq!("acme.example", as_stored(" ACME.example. "));
        for name in [
            "münchen.example",
            "MÜNCHEN.example",
            "xn--mnchen-3ya.example",
            "mu\u{308}nchen。example",
        ] {
            assert_eq!("xn--mnchen-3ya.example", as_stored(name), "{name}");
        }
        assert_eq!("kein name ü", as_stored("Kein Name Ü"), "as what is no name is kept");
        assert_eq!("xn--\u{fc}", as_stored("XN--Ü"));
    }
}
