//! One **question** to the DNS and what its answer means.
//!
//! In: a question. Out: its reply, and whether anybody answered. CNAME records are followed here, so that
//! a chain that turns in a circle is unknown, and not a name without records; a server that only knows
//! whom else to ask answers nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ProtocolConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle, FirstAnswer, RetryDnsHandle};
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::{DnsRequestOptions, DnsResponse, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig};

use super::knock::{Knocked, knock};
use super::{Question, Reply, system};
use crate::model::dns::{Answer, Exchange, Family};
use crate::model::names;

/// How many CNAME records are followed.
const LONGEST_CHAIN: usize = 12;

/// How many records of one answer are taken. A message has 64 KiB: this bounds what is made of it.
const MOST_RECORDS: usize = 1024;

/// The servers that are asked.
pub(super) struct Upstream {
    servers: RetryDnsHandle<NameServerPool<TokioRuntimeProvider>>,
    /// Where they are.
    at: Vec<SocketAddr>,
    options: DnsRequestOptions,
    /// How long is waited at the door.
    knocking: Duration,
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upstream").finish_non_exhaustive()
    }
}

/// What asking for one type of record came to.
struct Raw {
    answer: Answer<Vec<RData>>,
    /// Whether a server answered, whatever it was.
    heard: bool,
}

impl Raw {
    fn unknown(why: impl Into<String>, heard: bool) -> Self {
        Self { answer: Answer::Unknown(why.into()), heard }
    }
}

impl Upstream {
    pub(super) fn new(server: Option<SocketAddr>, question: Duration) -> Result<Self, String> {
        let servers = match server {
            Some(server) => vec![one_server(server)],
            None => system::servers()?,
        };
        let at = servers.iter().flat_map(ports).collect();
        let mut options = ResolverOpts::default();
        // twice in the time of a question: the second try goes to the servers that were not slow
        options.timeout = question / 2;
        options.attempts = 1;
        let mut asked = DnsRequestOptions::default();
        asked.recursion_desired = true;
        asked.use_edns = options.edns0;
        asked.edns_payload_len = options.edns_payload_len;
        let attempts = options.attempts;
        let tls = TlsConfig::new().map_err(|error| error.to_string())?;
        let context = Arc::new(PoolContext::new(options, tls));
        let pool = NameServerPool::from_config(servers, context, TokioRuntimeProvider::default());
        let servers = RetryDnsHandle::new(pool, attempts);
        Ok(Self { servers, at, options: asked, knocking: question / 2 })
    }

    /// Whether anybody is there at all.
    pub(super) async fn knocked(&self) -> Knocked {
        knock(&self.at, self.knocking).await
    }

    /// The reply, and whether a server answered.
    pub(super) async fn reply(&self, question: &Question) -> (Reply, bool) {
        match question {
            Question::Txt(name) => {
                let raw = self.records(name, RecordType::TXT).await;
                (Reply::Txt(some(raw.answer, text)), raw.heard)
            }
            Question::Exchanges(name) => {
                let raw = self.records(name, RecordType::MX).await;
                let answer = some(raw.answer, exchange).map(|mut exchanges| {
                    exchanges.sort();
                    exchanges
                });
                (Reply::Exchanges(answer), raw.heard)
            }
            Question::Names(address) => {
                let raw = self.follow(Name::from(*address), RecordType::PTR).await;
                (Reply::Names(some(raw.answer, pointer)), raw.heard)
            }
            Question::AddressesOf(name, family) => {
                let kind = match family {
                    Family::V4 => RecordType::A,
                    Family::V6 => RecordType::AAAA,
                };
                let raw = self.records(name, kind).await;
                (Reply::Addresses(some(raw.answer, address)), raw.heard)
            }
            Question::Alias(name) => {
                let raw = self.records(name, RecordType::CNAME).await;
                (Reply::Names(some(raw.answer, alias)), raw.heard)
            }
            Question::Addresses(name) => {
                let four = self.records(name, RecordType::A).await;
                // that there is no such name, or that nobody can tell, is so for both
                if let Answer::NoName | Answer::Unknown(_) = &four.answer {
                    return (Reply::Addresses(some(four.answer, address)), four.heard);
                }
                let six = self.records(name, RecordType::AAAA).await;
                let heard = four.heard || six.heard;
                let both = both(some(four.answer, address), some(six.answer, address));
                (Reply::Addresses(both), heard)
            }
        }
    }

    async fn records(&self, name: &str, kind: RecordType) -> Raw {
        match queried(name) {
            Ok(name) => self.follow(name, kind).await,
            Err(why) => Raw::unknown(why, true),
        }
    }

    /// Asks, and follows CNAME records wherever they lead.
    async fn follow(&self, name: Name, kind: RecordType) -> Raw {
        let mut chain = vec![name];
        loop {
            let Some(at) = chain.last().cloned() else {
                return Raw::unknown("no name was asked for", true);
            };
            let query = Query::query(at, kind);
            let response = match self.servers.lookup(query, self.options).first_answer().await {
                Ok(response) => response,
                Err(error) => return meaning(&error),
            };
            match read(&response, kind, &mut chain) {
                Step::Done(answer) => return Raw { answer, heard: true },
                Step::Again => {}
            }
        }
    }
}

/// What a response leads to.
enum Step {
    Done(Answer<Vec<RData>>),
    /// The last name of the chain is to be asked for.
    Again,
}

/// Reads a response that has an answer section: records, or CNAME records that lead on.
fn read(response: &DnsResponse, kind: RecordType, chain: &mut Vec<Name>) -> Step {
    let before = chain.len();
    while let Some(at) = chain.last() {
        let found = response.answers.iter().filter(|record| record.name == *at);
        let found = found.filter(|record| record.record_type() == kind);
        let found: Vec<RData> =
            found.take(MOST_RECORDS).map(|record| record.data.clone()).collect();
        if !found.is_empty() {
            return Step::Done(Answer::Found(found));
        }
        let alias = response.answers.iter().find_map(|record| match &record.data {
            RData::CNAME(to) if record.name == *at => Some(to.0.clone()),
            _ => None,
        });
        let Some(alias) = alias else { break };
        if chain.contains(&alias) {
            return Step::Done(Answer::Unknown("its CNAME records lead in a circle".to_owned()));
        }
        if chain.len() > LONGEST_CHAIN {
            let why = format!("more than {LONGEST_CHAIN} CNAME records lead on from it");
            return Step::Done(Answer::Unknown(why));
        }
        chain.push(alias);
    }
    match response.response_code {
        // the code is about the last name of the chain (RFC 6604 section 3)
        ResponseCode::NXDomain => Step::Done(Answer::NoName),
        ResponseCode::NoError if chain.len() > before => Step::Again,
        ResponseCode::NoError => {
            Step::Done(Answer::Unknown("the server answered another question".to_owned()))
        }
        code => Step::Done(Answer::Unknown(refusal(code))),
    }
}

/// What an error means: that there is none, or that nobody can tell.
fn meaning(error: &NetError) -> Raw {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => Raw { answer: absent(none), heard: true },
        NetError::Dns(DnsError::ResponseCode(code)) => Raw::unknown(refusal(*code), true),
        NetError::Dns(_) => Raw::unknown("the answer could not be believed", true),
        NetError::Timeout => Raw::unknown("the server did not answer in time", false),
        NetError::NoConnections | NetError::Busy => {
            Raw::unknown("the server could not be reached", false)
        }
        NetError::Io(error) => {
            Raw::unknown(format!("the server could not be reached: {error}"), false)
        }
        NetError::Truncated => Raw::unknown("the answer was cut off, over TCP too", true),
        error => Raw::unknown(format!("the answer is broken: {error}"), true),
    }
}

/// What an answer without records means.
fn absent(none: &NoRecords) -> Answer<Vec<RData>> {
    match none.response_code {
        ResponseCode::NXDomain => Answer::NoName,
        // without the zone's SOA, and with servers named: that is where else to ask (RFC 2308 section 2.2)
        ResponseCode::NoError if none.soa.is_none() && none.ns.is_some() => Answer::Unknown(
            "the server does not know the zone, and only tells who might".to_owned(),
        ),
        ResponseCode::NoError => Answer::NoData,
        code => Answer::Unknown(refusal(code)),
    }
}

fn refusal(code: ResponseCode) -> String {
    match code {
        ResponseCode::ServFail => "the server could not find out (SERVFAIL)".to_owned(),
        ResponseCode::Refused => "the server refused the question (REFUSED)".to_owned(),
        code => format!("the server answered with an error: {code}"),
    }
}

/// Why a question cannot be asked, if it cannot.
pub(super) fn unaskable(question: &Question) -> Option<String> {
    match question {
        Question::Txt(name)
        | Question::Addresses(name)
        | Question::AddressesOf(name, _)
        | Question::Exchanges(name)
        | Question::Alias(name) => queried(name).err(),
        Question::Names(_) => None,
    }
}

/// The name as a question has it, from the root.
fn queried(name: &str) -> Result<Name, String> {
    let ascii = names::ascii(name).map_err(|why| format!("no name of the DNS: {why}"))?;
    Name::from_labels(ascii.split('.').map(str::as_bytes))
        .map_err(|_| "no name of the DNS".to_owned())
}

/// A server at a port, over UDP and TCP.
fn one_server(server: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    NameServerConfig::new(server.ip(), true, connections.into())
}

/// Where a server is asked over UDP.
fn ports(server: &NameServerConfig) -> impl Iterator<Item = SocketAddr> {
    let udp = server.connections.iter().filter(|one| matches!(one.protocol, ProtocolConfig::Udp));
    udp.map(|connection| SocketAddr::new(server.ip, connection.port))
}

/// What can be read of the records: no data where none can.
fn some<T>(answer: Answer<Vec<RData>>, read: impl Fn(&RData) -> Option<T>) -> Answer<Vec<T>> {
    match answer {
        Answer::Found(records) => {
            let found: Vec<T> = records.iter().filter_map(read).collect();
            if found.is_empty() {
                Answer::Unknown("the answer is broken".to_owned())
            } else {
                Answer::Found(found)
            }
        }
        Answer::NoData => Answer::NoData,
        Answer::NoName => Answer::NoName,
        Answer::Unknown(why) => Answer::Unknown(why),
    }
}

/// A TXT record, its strings joined without a gap (RFC 7208 section 3.3, RFC 9989 section 4.5).
fn text(data: &RData) -> Option<String> {
    let RData::TXT(text) = data else { return None };
    Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned())
}

fn exchange(data: &RData) -> Option<Exchange> {
    let RData::MX(exchange) = data else { return None };
    Some(Exchange { preference: exchange.preference, host: written(&exchange.exchange) })
}

fn pointer(data: &RData) -> Option<String> {
    let RData::PTR(name) = data else { return None };
    Some(written(&name.0))
}

fn alias(data: &RData) -> Option<String> {
    let RData::CNAME(name) = data else { return None };
    Some(written(&name.0))
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(address) => Some(address.0.into()),
        RData::AAAA(address) => Some(address.0.into()),
        _ => None,
    }
}

/// A name of an answer as this program writes names.
fn written(name: &Name) -> String {
    let text = name.to_lowercase().to_ascii();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

/// The addresses of both families; unknown where one of them is.
fn both(four: Answer<Vec<IpAddr>>, six: Answer<Vec<IpAddr>>) -> Answer<Vec<IpAddr>> {
    match (four, six) {
        (Answer::Unknown(why), _) => Answer::Unknown(format!("A: {why}")),
        (_, Answer::Unknown(why)) => Answer::Unknown(format!("AAAA: {why}")),
        (Answer::Found(mut four), Answer::Found(six)) => {
            four.extend(six);
            Answer::Found(four)
        }
        (Answer::Found(found), _) | (_, Answer::Found(found)) => Answer::Found(found),
        (Answer::NoName, _) | (_, Answer::NoName) => Answer::NoName,
        (Answer::NoData, Answer::NoData) => Answer::NoData,
    }
}
