//! An **exchange**: one command, and all that the server says until it has answered it.
//!
//! In: a command. Out: each untagged answer as it comes, and the tagged one. A tagged NO or BAD is a
//! refusal, after which the connection is good. Everything else that is not an OK with the right tag
//! is a loss, after which it must be dropped: BYE, another command's tag, an end in the middle, a
//! wait without end. Untagged data that makes no sense is passed over.

use std::borrow::Cow;
use std::time::Duration;

use imap_codec::decode::Decoder as _;
use imap_codec::encode::{Encoder as _, Fragment};
use imap_codec::imap_types::auth::AuthenticateData;
use imap_codec::imap_types::command::{Command, CommandBody};
use imap_codec::imap_types::core::Tag;
use imap_codec::imap_types::extensions::idle::IdleDone;
use imap_codec::imap_types::response::{Data, Response};
use imap_codec::{AuthenticateDataCodec, CommandCodec, IdleDoneCodec, ResponseCodec};

use super::fetched::{self, Fetched};
use super::frames::Frames;
use super::status::{Kind, Status};
use super::strike::Strike;
use super::wire::{Limit, Wire};

/// How much is read in one go.
const PIECE: usize = 64 << 10;

/// Why a command did not succeed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server said NO or BAD. The next command may go well.
    Refused(Status),
    /// The connection is of no more use.
    Lost(Loss),
}

/// Why a connection is of no more use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loss {
    /// In words.
    pub why: String,
    /// Whether the server was waited for in vain.
    pub is_timeout: bool,
}

impl Loss {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_timeout: false }
    }
}

impl From<Loss> for Trouble {
    fn from(loss: Loss) -> Self {
        Self::Lost(loss)
    }
}

impl Trouble {
    /// What the server said, or what happened.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Refused(status) => format!("the server says: {}", status.in_words()),
            Self::Lost(loss) => loss.why.clone(),
        }
    }
}

/// What a server says on the way.
#[derive(Debug)]
pub(super) enum Answer<'a> {
    /// A remark.
    Status(Status),
    /// Of one mail. `is_cut`: it is larger than what is kept of it.
    Fetched { mail: Fetched<'a>, is_cut: bool },
    /// Anything else.
    Data(Data<'a>),
    /// Nothing that makes sense.
    Garbled,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Event<'a> {
    /// Something on the way.
    Answer(Answer<'a>),
    /// The server waits for more; what it says meanwhile.
    Continue(Vec<u8>),
    /// The command is answered.
    Done(Status),
}

/// How many mails there are in the open folder, as the server tells on the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// How many there are.
    pub exists: u32,
    /// How many of them were there when they were last listed.
    pub listed: u32,
    /// How many were taken away since the folder was opened.
    pub gone: u64,
}

impl Count {
    fn note(&mut self, data: &Data<'_>) {
        match data {
            Data::Exists(exists) => self.exists = *exists,
            Data::Expunge(_) => {
                self.gone += 1;
                self.exists = self.exists.saturating_sub(1);
                self.listed = self.listed.saturating_sub(1);
            }
            _ => {}
        }
    }
}

/// A connection to a server.
#[derive(Debug)]
pub(super) struct Connection {
    wire: Wire,
    frames: Frames,
    input: Vec<u8>,
    /// What of the input has not been looked at.
    unread: std::ops::Range<usize>,
    commands: u64,
    tag: String,
    max: usize,
    /// Mails in the open folder.
    pub count: Count,
    /// What is struck out of all that the server says.
    pub strike: Strike,
}

impl Connection {
    /// A connection by this wire, whose allowance for the greeting stands.
    pub(super) fn new(wire: Wire, strike: Strike) -> Self {
        Self {
            wire,
            frames: Frames::default(),
            input: vec![0; PIECE],
            unread: 0..0,
            commands: 0,
            tag: String::new(),
            max: 1 << 16,
            count: Count::default(),
            strike,
        }
    }

    /// The wire, to be protected; refuses if bytes have come that nobody can have protected.
    pub(super) fn into_wire(self) -> Result<Wire, Loss> {
        let is_between = self.frames.is_complete() || self.frames.is_empty();
        if self.unread.is_empty() && is_between {
            return Ok(self.wire);
        }
        Err(Loss::new("the server, or somebody between, sent data ahead of TLS"))
    }

    /// Whether others can read along.
    pub(super) fn is_open_to_all(&self) -> bool {
        self.wire.is_open_to_all()
    }

    /// The greeting.
    pub(super) fn greeting(&mut self) -> Result<Status, Loss> {
        self.fill()?;
        let greeting =
            Status::read(self.frames.message(), &self.strike).filter(|status| status.tag == "*");
        self.frames.begin();
        greeting.ok_or_else(|| {
            Loss::new("this is not a mail server: it does not greet as IMAP servers do")
        })
    }

    /// Runs a command to its end; `each` gets what comes on the way.
    pub(super) fn run(
        &mut self,
        body: CommandBody<'_>,
        limit: Limit,
        each: &mut dyn FnMut(Answer<'_>),
    ) -> Result<Status, Trouble> {
        if let Some(early) = self.send(body, limit, each)? {
            return judge(early);
        }
        loop {
            match self.event()? {
                Event::Answer(answer) => each(answer),
                Event::Done(status) => return judge(status),
                Event::Continue(_) => {
                    return Err(Loss::new("the server waits for what there is not").into());
                }
            }
        }
    }

    /// The same, with nothing wanted on the way.
    pub(super) fn run_quietly(
        &mut self,
        body: CommandBody<'_>,
        limit: Limit,
    ) -> Result<Status, Trouble> {
        self.run(body, limit, &mut |_| {})
    }

    /// Sends a command. A literal waits until the server asks for it; it may refuse instead.
    pub(super) fn send(
        &mut self,
        body: CommandBody<'_>,
        limit: Limit,
        each: &mut dyn FnMut(Answer<'_>),
    ) -> Result<Option<Status>, Loss> {
        self.wire.allow(limit);
        self.max = limit.message;
        self.commands += 1;
        self.tag = format!("R{}", self.commands);
        let tag = Tag::try_from(self.tag.clone()).map_err(|error| Loss::new(error.to_string()))?;
        for fragment in CommandCodec::new().encode(&Command { tag, body }) {
            match fragment {
                Fragment::Line { data } => self.write(&data)?,
                Fragment::Literal { data, .. } => {
                    if let Some(early) = self.wait_for_go_ahead(each)? {
                        return Ok(Some(early));
                    }
                    self.write(&data)?;
                }
            }
        }
        Ok(None)
    }

    fn wait_for_go_ahead(
        &mut self,
        each: &mut dyn FnMut(Answer<'_>),
    ) -> Result<Option<Status>, Loss> {
        loop {
            match self.event()? {
                Event::Answer(answer) => each(answer),
                Event::Continue(_) => return Ok(None),
                Event::Done(status) => return Ok(Some(status)),
            }
        }
    }

    /// Answers what the server asks while somebody signs in.
    pub(super) fn respond(&mut self, data: &[u8]) -> Result<(), Loss> {
        let data = AuthenticateData::r#continue(Cow::Borrowed(data));
        self.write(&AuthenticateDataCodec::new().encode(&data).dump())
    }

    /// Ends IDLE; its answer is to come within the limit.
    pub(super) fn end_idle(&mut self, limit: Limit) -> Result<(), Loss> {
        self.wire.allow(limit);
        self.write(&IdleDoneCodec::new().encode(&IdleDone).dump())
    }

    /// Waits anew, within a limit of its own.
    pub(super) fn allow(&mut self, limit: Limit) {
        self.wire.allow(limit);
    }

    /// Waits once more so long, within what is left of the bytes.
    pub(super) fn wait_again(&mut self, at_most: Duration) {
        self.wire.wait_again(at_most);
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Loss> {
        self.wire.write(bytes).map_err(|error| self.loss(&error))
    }

    fn loss(&mut self, error: &std::io::Error) -> Loss {
        use std::io::ErrorKind::{TimedOut, WouldBlock};
        let is_timeout = matches!(error.kind(), TimedOut | WouldBlock);
        Loss { why: self.wire.in_words(error), is_timeout }
    }

    /// Reads one message to its end.
    fn fill(&mut self) -> Result<(), Loss> {
        loop {
            self.wire.check().map_err(|error| self.loss(&error))?;
            let pending = &self.input[self.unread.clone()];
            self.unread.start += self.frames.take(pending, self.max);
            if self.frames.is_nonsense() {
                return Err(Loss::new("the server sends what is not IMAP"));
            }
            if self.frames.is_complete() {
                return Ok(());
            }
            match self.wire.read(&mut self.input) {
                Ok(0) => return Err(Loss::new("the server closed the connection")),
                Ok(count) => self.unread = 0..count,
                Err(error) => return Err(self.loss(&error)),
            }
        }
    }

    /// What the server says next.
    pub(super) fn event(&mut self) -> Result<Event<'_>, Loss> {
        if self.frames.is_complete() {
            self.frames.begin();
        }
        self.fill()?;
        let message = self.frames.message();
        if let Some(said) = message.strip_prefix(b"+") {
            return Ok(Event::Continue(said.trim_ascii().to_vec()));
        }
        match Status::read(message, &self.strike) {
            Some(status) if status.tag == self.tag => Ok(Event::Done(status)),
            Some(Status { tag, kind: Kind::Bye, text, .. }) if tag == "*" => {
                Err(Loss::new(format!("the server hangs up: BYE {text}").trim_end()))
            }
            Some(status) if status.tag == "*" => Ok(Event::Answer(Answer::Status(status))),
            Some(_) => {
                Err(Loss::new("the server answers another command than the one it was given"))
            }
            None if message.starts_with(b"* ") => {
                let answer = read(message, self.frames.is_cut());
                if let Answer::Data(data) = &answer {
                    self.count.note(data);
                }
                Ok(Event::Answer(answer))
            }
            None => Err(Loss::new("the server sends what is not IMAP")),
        }
    }

    /// What is there of a mail whose message has not come to its end, where that is more than is kept
    /// of one: the mail is too large, whatever follows.
    pub(super) fn overflowing(&self) -> Option<Fetched<'_>> {
        let is_over = self.frames.is_cut() && !self.frames.is_complete();
        is_over.then(|| fetched::read(self.frames.message())).flatten()
    }
}

/// A tagged answer as the success or the refusal that it is.
pub(super) fn judge(status: Status) -> Result<Status, Trouble> {
    match status.kind {
        Kind::Ok => Ok(status),
        Kind::No | Kind::Bad => Err(Trouble::Refused(status)),
        Kind::Bye | Kind::Preauth => Err(Loss::new("the server sends what is not IMAP").into()),
    }
}

fn read(message: &[u8], is_cut: bool) -> Answer<'_> {
    if let Some(mail) = fetched::read(message) {
        return Answer::Fetched { mail, is_cut };
    }
    match ResponseCodec::new().decode(message) {
        Ok((_, Response::Data(data))) if !is_cut => Answer::Data(data),
        _ => Answer::Garbled,
    }
}
