//! One **question** to the DNS and what its answer means.
//!
//! In: a question. Out: its reply, and whether anybody answered. CNAME records are followed here, so that
//! a chain that turns in a circle is unknown, and not a name without records; a server that only knows
//! whom else to ask answers nothing, and one that does not know EDNS is asked without.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ProtocolConfig, ResolverOpts};
use hickory_resolver::net::xfer::{DnsHandle, FirstAnswer, RetryDnsHandle};
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::{DnsRequestOptions, DnsResponse, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig};

use super::gate::{Gate, Gated};
use super::knock::{Knocked, knock};
use super::records::{address, alias, both, exchange, pointer, some, text};
use super::{Question, Reply, system};
use crate::model::dns::{Answer, Family};
use crate::model::names;

/// How many CNAME records are followed.
const LONGEST_CHAIN: usize = 12;

/// How many records of one answer are taken: of more nobody could tell which are left out. A message has
/// 64 KiB: this bounds what is made of it.
const MOST_RECORDS: usize = 1024;

/// The servers that are asked.
pub(super) struct Upstream {
    servers: RetryDnsHandle<NameServerPool<Gated>>,
    /// Where they are.
    at: Vec<SocketAddr>,
    options: DnsRequestOptions,
    /// How long is waited at the door.
    knocking: Duration,
    /// What holds to a rate.
    pub(super) gate: Arc<Gate>,
    /// Whether a server did not know EDNS, and answered without.
    is_plain: AtomicBool,
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
        let at: Vec<SocketAddr> = servers.iter().flat_map(ports).collect();
        let gate = Arc::new(Gate::new(&at));
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
        let pool = NameServerPool::from_config(servers, context, Gated::new(Arc::clone(&gate)));
        let servers = RetryDnsHandle::new(pool, attempts);
        let is_plain = AtomicBool::new(false);
        Ok(Self { servers, at, options: asked, knocking: question / 2, gate, is_plain })
    }

    /// Whether anybody is there at all; of servers that were silent before, not for long.
    pub(super) async fn knocked(&self, is_doubtful: bool) -> Knocked {
        let wait = if is_doubtful { self.knocking / 4 } else { self.knocking };
        knock(&self.at, wait).await
    }

    /// The same once more: whoever is there has had time by now.
    pub(super) async fn knocked_again(&self) -> Knocked {
        knock(&self.at, self.knocking / 2).await
    }

    /// The reply, and whether a server answered.
    pub(super) async fn reply(&self, question: &Question, turn: &mut Turn) -> (Reply, bool) {
        match question {
            Question::Txt(name) => {
                let raw = self.records(name, RecordType::TXT, turn).await;
                (Reply::Txt(some(raw.answer, text)), raw.heard)
            }
            Question::Exchanges(name) => {
                let raw = self.records(name, RecordType::MX, turn).await;
                let answer = some(raw.answer, exchange).map(|mut exchanges| {
                    exchanges.sort();
                    exchanges
                });
                (Reply::Exchanges(answer), raw.heard)
            }
            Question::Names(address) => {
                let raw = self.follow(Name::from(*address), RecordType::PTR, turn).await;
                (Reply::Names(some(raw.answer, pointer)), raw.heard)
            }
            Question::AddressesOf(name, family) => {
                let kind = match family {
                    Family::V4 => RecordType::A,
                    Family::V6 => RecordType::AAAA,
                };
                let raw = self.records(name, kind, turn).await;
                (Reply::Addresses(some(raw.answer, address)), raw.heard)
            }
            Question::Alias(name) => {
                let raw = self.records(name, RecordType::CNAME, turn).await;
                (Reply::Names(some(raw.answer, alias)), raw.heard)
            }
            Question::Addresses(name) => {
                let four = self.records(name, RecordType::A, turn).await;
                // that there is no such name, or that nobody can tell, is so for both
                if let Answer::NoName | Answer::Unknown(_) = &four.answer {
                    return (Reply::Addresses(some(four.answer, address)), four.heard);
                }
                let six = self.records(name, RecordType::AAAA, turn).await;
                let heard = four.heard || six.heard;
                let both = both(some(four.answer, address), some(six.answer, address));
                (Reply::Addresses(both), heard)
            }
        }
    }

    async fn records(&self, name: &str, kind: RecordType, turn: &mut Turn) -> Raw {
        match queried(name) {
            Ok(name) => self.follow(name, kind, turn).await,
            Err(why) => Raw::unknown(why, true),
        }
    }

    /// Asks, and follows CNAME records wherever they lead.
    async fn follow(&self, name: Name, kind: RecordType, turn: &mut Turn) -> Raw {
        let mut chain = vec![name];
        loop {
            let Some(at) = chain.last().cloned() else {
                return Raw::unknown("no name was asked for", true);
            };
            let query = Query::query(at, kind);
            let response = match self.exchange(query, turn).await {
                Some(Ok(response)) => response,
                Some(Err(error)) => return meaning(&error, turn.allowed),
                None => return Raw::unknown(silence(turn.allowed), false),
            };
            match read(&response, kind, &mut chain) {
                Step::Done(answer) => return Raw { answer, heard: true },
                Step::Again => {}
            }
        }
    }

    /// Asks; once more without EDNS where that is what the server does not understand (RFC 6891 sections 6.2.2
    /// and 7). None when the time is over.
    async fn exchange(&self, query: Query, turn: &mut Turn) -> Option<Answered> {
        let mut options = self.options;
        options.use_edns &= !self.is_plain.load(Ordering::Relaxed);
        let first = self.sent(query.clone(), options, turn).await?;
        if !options.use_edns || !is_not_understood(&first) {
            return Some(first);
        }
        options.use_edns = false;
        let plain = self.sent(query, options, turn).await?;
        if !is_not_understood(&plain) {
            self.is_plain.store(true, Ordering::Relaxed);
        }
        Some(plain)
    }

    /// Waits for its turn, and asks.
    async fn sent(
        &self,
        query: Query,
        options: DnsRequestOptions,
        turn: &mut Turn,
    ) -> Option<Answered> {
        if !std::mem::take(&mut turn.has_come) {
            self.gate.question().await;
        }
        let begun = Instant::now();
        let answered = self.servers.lookup(query, options).first_answer();
        let answered = tokio::time::timeout(turn.left, answered).await.ok();
        turn.left = turn.left.saturating_sub(begun.elapsed());
        answered
    }
}

/// The time that a question has, and whether its first turn has come.
pub(super) struct Turn {
    allowed: Duration,
    left: Duration,
    has_come: bool,
}

impl Turn {
    pub(super) fn new(allowed: Duration, has_come: bool) -> Self {
        Self { allowed, left: allowed, has_come }
    }
}

/// That nobody answered in the time of a question.
pub(super) fn silence(allowed: Duration) -> String {
    format!("no answer within {:.1} s", allowed.as_secs_f32())
}

type Answered = Result<DnsResponse, NetError>;

/// Whether a server says that it does not understand how it is asked.
fn is_not_understood(answered: &Answered) -> bool {
    let code = match answered {
        Ok(response) => response.response_code,
        Err(NetError::Dns(DnsError::ResponseCode(code))) => *code,
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => none.response_code,
        Err(_) => return false,
    };
    matches!(code, ResponseCode::FormErr | ResponseCode::NotImp)
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
            found.take(MOST_RECORDS + 1).map(|record| record.data.clone()).collect();
        if found.len() > MOST_RECORDS {
            let why = "more than 1,024 records stand there".to_owned();
            return Step::Done(Answer::Unknown(why));
        }
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
fn meaning(error: &NetError, allowed: Duration) -> Raw {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => Raw { answer: absent(none), heard: true },
        NetError::Dns(DnsError::ResponseCode(code)) => Raw::unknown(refusal(*code), true),
        NetError::Dns(_) => Raw::unknown("the answer could not be believed", true),
        // the tries of the library end when the question does: whichever is told first, it is the same
        NetError::Timeout => Raw::unknown(silence(allowed), false),
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
