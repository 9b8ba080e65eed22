//! The **DNS**: one resolver for the life of a command.
//!
//! In: questions, each about one name or address. Out: answers, each within the time limit of a question
//! and all within the limit of the whole; a name that does not exist, one without such a record and a
//! question that nobody answered are kept apart. Names are asked for as they are, from the root: no search
//! list, no hosts file, no DNSSEC. Long answers come over TCP. Nothing is refused by a panic: what cannot
//! be asked is [`Answer::Unknown`], with the reason.

mod ask;
mod budget;
mod gate;
mod knock;
mod records;
mod system;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::{Id, JoinError, JoinSet};

use self::ask::{Turn, Upstream};
use self::budget::Budget;
use crate::model::dns::{Answer, Exchange, Family, Resolver};

/// What a resolver may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DnsLimits {
    /// Longest time for one question, with all that it takes: a second try, TCP, a chain of CNAME records.
    pub question: Duration,
    /// Longest time for all questions together, from the making of the resolver, or from [`Dns::renew`].
    pub whole: Duration,
    /// How many answers are kept for questions that come again.
    pub cached: usize,
}

impl Default for DnsLimits {
    fn default() -> Self {
        Self { question: Duration::from_secs(5), whole: Duration::from_secs(30), cached: 4096 }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Question {
    /// The TXT records of a name.
    Txt(String),
    /// The A and AAAA records of a name.
    Addresses(String),
    /// The A or the AAAA records of a name.
    AddressesOf(String, Family),
    /// The MX records of a name.
    Exchanges(String),
    /// The PTR records of an address.
    Names(IpAddr),
    /// The CNAME record of a name; its reply is one of names.
    Alias(String),
}

/// The answer to a [`Question`], of the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// TXT records, the strings of each joined.
    Txt(Answer<Vec<String>>),
    /// Addresses.
    Addresses(Answer<Vec<IpAddr>>),
    /// Mail exchangers, in order of preference.
    Exchanges(Answer<Vec<Exchange>>),
    /// Names of an address.
    Names(Answer<Vec<String>>),
}

impl Reply {
    /// Whether nobody could tell.
    fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::Txt(Answer::Unknown(_))
                | Self::Addresses(Answer::Unknown(_))
                | Self::Exchanges(Answer::Unknown(_))
                | Self::Names(Answer::Unknown(_))
        )
    }

    /// An unknown answer to a question.
    fn unknown(question: &Question, why: String) -> Self {
        match question {
            Question::Txt(_) => Self::Txt(Answer::Unknown(why)),
            Question::Addresses(_) | Question::AddressesOf(..) => {
                Self::Addresses(Answer::Unknown(why))
            }
            Question::Exchanges(_) => Self::Exchanges(Answer::Unknown(why)),
            Question::Names(_) | Question::Alias(_) => Self::Names(Answer::Unknown(why)),
        }
    }
}

/// How many questions may be under way at once, and how many a server may be sent in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// At once; nought counts as one.
    pub concurrency: usize,
    /// In a second, with all that an answer leads to (AAAA beside A, a CNAME record, a second try, TCP); none
    /// for as many as can.
    pub rate: Option<u32>,
}

/// A resolver. It blocks while it waits; inside, everything runs on the thread that asks.
#[derive(Debug)]
pub struct Dns {
    runtime: Runtime,
    upstream: Arc<Upstream>,
    budget: Arc<Budget>,
    cached: usize,
    answers: Mutex<HashMap<Question, Reply>>,
}

impl Dns {
    /// A resolver that asks a server, or those of the system where none is given.
    ///
    /// # Errors
    ///
    /// Why there is nobody to ask, in words.
    pub fn new(server: Option<SocketAddr>, limits: DnsLimits) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("no questions can be asked: {error}"))?;
        let upstream = Arc::new(Upstream::new(server, limits.question)?);
        let budget = Budget::new(limits);
        let answers = Mutex::new(HashMap::new());
        Ok(Self { runtime, upstream, budget: Arc::new(budget), cached: limits.cached, answers })
    }

    /// Begins anew, for the next of several: with the whole time, and with what was answered so far; what
    /// nobody could tell is asked again. Servers that never answered anything are given up sooner.
    pub fn renew(&mut self) {
        self.budget = Arc::new(self.budget.renewed());
        let answers = self.answers.get_mut().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, reply| !reply.is_unknown());
        // room for those to come
        if answers.len() > self.cached / 2 {
            answers.clear();
        }
    }

    /// Asks one question.
    pub fn ask(&self, question: Question) -> Reply {
        if let Some(reply) = self.kept(&question) {
            return reply;
        }
        let reply = self.runtime.block_on(within(&self.upstream, &self.budget, &question, false));
        self.keep(question, &reply);
        reply
    }

    /// Whether a server ever answered anything, be it that it could not find out.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.budget.is_heard()
    }

    /// Asks many questions at a pace, and tells each answer as it comes, in no order, until the teller
    /// breaks. Answers are not kept for later: there may be any number. Questions that are under way at a
    /// break are dropped. Only as many as are under way are held in memory. Questions are asked for
    /// again after each answer, also where there were none before: an answer may lead to another.
    pub fn many(
        &self,
        questions: impl IntoIterator<Item = Question>,
        pace: Pace,
        mut answered: impl FnMut(&Question, Reply) -> ControlFlow<()>,
    ) {
        self.upstream.gate.set(pace.rate);
        self.runtime.block_on(async {
            let mut questions = questions.into_iter();
            let mut under_way = JoinSet::new();
            let mut asked = HashMap::new();
            loop {
                // an answer that is there is told before the next question waits for its moment
                let mut ended = under_way.try_join_next_with_id();
                let has_room = under_way.len() < pace.concurrency.max(1);
                if ended.is_none()
                    && has_room
                    && let Some(question) = questions.next()
                {
                    self.upstream.gate.question().await;
                    let id = self.begin(&mut under_way, question.clone());
                    asked.insert(id, question);
                    continue;
                }
                if ended.is_none() {
                    ended = under_way.join_next_with_id().await;
                }
                let Some((id, reply)) = ended.map(ended_reply) else { return };
                let Some(question) = asked.remove(&id) else { continue };
                let reply = reply.unwrap_or_else(|why| Reply::unknown(&question, why));
                if answered(&question, reply).is_break() {
                    return;
                }
            }
        });
        self.upstream.gate.set(None);
    }

    /// The names of many addresses (PTR), at a pace: [`Dns::many`] for one kind of question.
    pub fn names_of(
        &self,
        addresses: impl IntoIterator<Item = IpAddr>,
        pace: Pace,
        mut answered: impl FnMut(IpAddr, Answer<Vec<String>>) -> ControlFlow<()>,
    ) {
        let questions = addresses.into_iter().map(Question::Names);
        self.many(questions, pace, |question, reply| match (question, reply) {
            (Question::Names(address), Reply::Names(names)) => answered(*address, names),
            _ => ControlFlow::Continue(()),
        });
    }

    fn begin(&self, under_way: &mut JoinSet<Reply>, question: Question) -> Id {
        let (upstream, budget) = (Arc::clone(&self.upstream), Arc::clone(&self.budget));
        let ask = async move { within(&upstream, &budget, &question, true).await };
        under_way.spawn_on(ask, self.runtime.handle()).id()
    }

    fn kept(&self, question: &Question) -> Option<Reply> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    /// Keeps an answer while there is room: an unknown one too, so that one command does not tell two
    /// things of one name.
    fn keep(&self, question: Question, reply: &Reply) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() < self.cached {
            answers.insert(question, reply.clone());
        }
    }
}

/// The reply of a question that ended; a task that broke says so.
fn ended_reply(ended: Result<(Id, Reply), JoinError>) -> (Id, Result<Reply, String>) {
    match ended {
        Ok((id, reply)) => (id, Ok(reply)),
        Err(error) => (error.id(), Err("the question broke off".to_owned())),
    }
}

/// A question within its time, which does not run while it waits for its turn; its first may have come.
async fn within(
    upstream: &Upstream,
    budget: &Budget,
    question: &Question,
    has_turn: bool,
) -> Reply {
    if let Some(why) = ask::unaskable(question) {
        return Reply::unknown(question, why);
    }
    let allowed = match budget.allows() {
        Ok(allowed) => allowed,
        Err(why) => return Reply::unknown(question, why),
    };
    let mut turn = Turn::new(allowed, has_turn);
    let reply = async {
        if budget.is_heard() {
            return upstream.reply(question, &mut turn).await;
        }
        tokio::select! {
            biased;
            answered = upstream.reply(question, &mut turn) => answered,
            why = budget.nobody(upstream) => (Reply::unknown(question, why), false),
        }
    };
    let (reply, heard) = tokio::time::timeout_at(budget.until(), reply)
        .await
        .unwrap_or_else(|_| (Reply::unknown(question, ask::silence(allowed)), false));
    if heard {
        budget.answered()
    } else {
        // what is over by then is over for all
        let _ = tokio::time::timeout_at(budget.until(), budget.unanswered(upstream)).await;
    }
    reply
}

impl Resolver for Dns {
    fn txt(&self, name: &str) -> Answer<Vec<String>> {
        match self.ask(Question::Txt(name.to_owned())) {
            Reply::Txt(answer) => answer,
            _ => other_kind(),
        }
    }

    fn addresses(&self, name: &str) -> Answer<Vec<IpAddr>> {
        match self.ask(Question::Addresses(name.to_owned())) {
            Reply::Addresses(answer) => answer,
            _ => other_kind(),
        }
    }

    fn addresses_of(&self, name: &str, family: Family) -> Answer<Vec<IpAddr>> {
        match self.ask(Question::AddressesOf(name.to_owned(), family)) {
            Reply::Addresses(answer) => answer,
            _ => other_kind(),
        }
    }

    fn exchanges(&self, name: &str) -> Answer<Vec<Exchange>> {
        match self.ask(Question::Exchanges(name.to_owned())) {
            Reply::Exchanges(answer) => answer,
            _ => other_kind(),
        }
    }

    fn names(&self, address: IpAddr) -> Answer<Vec<String>> {
        match self.ask(Question::Names(address)) {
            Reply::Names(answer) => answer,
            _ => other_kind(),
        }
    }

    fn alias(&self, name: &str) -> Answer<String> {
        match self.ask(Question::Alias(name.to_owned())) {
            Reply::Names(answer) => {
                answer.map(|names| names.into_iter().next().unwrap_or_default())
            }
            _ => other_kind(),
        }
    }
}

/// Never the case: a reply is of the kind of its question.
fn other_kind<T>() -> Answer<T> {
    Answer::Unknown("the answer is of another kind".to_owned())
}
