//! A **fake** mail server that does what no real one does when it is asked to.
//!
//! It serves a mailbox as a well-behaved server would ([`served`]), except where a rule says
//! otherwise: "at the first command like this, on the second connection, say that instead". All that
//! clients say is kept.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::mails::Mail;
use crate::program::entry;

mod served;

pub(crate) use served::Served;

/// What the server does, one thing after the other.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Says some lines; `{tag}` stands for the command's tag.
    Say(&'static str),
    /// Says the same again and again, until nobody listens.
    Forever(&'static str),
    /// Does and says what a well-behaved server would.
    Answer,
    /// Says the first so many bytes of that.
    Begin(usize),
    /// Does the same until this mail comes up, then takes its leave.
    ByeAt(u32),
    /// Changes the mailbox.
    Change(fn(&mut Served)),
    /// Says nothing more, until the client goes.
    Hang,
    /// Ends the connection.
    Close,
}

/// When it does so.
#[derive(Debug, Clone)]
pub(crate) struct When {
    /// Pieces that the command holds, in this order.
    pieces: Vec<&'static str>,
    /// On which connection, counted from one; on any, if none is named.
    connection: Option<usize>,
    /// How often still.
    times: usize,
}

/// At every command that holds the pieces between the asterisks. `GREETING` stands for the moment
/// before the first.
pub(crate) fn at(pattern: &'static str) -> When {
    When { pieces: pattern.split('*').collect(), connection: None, times: usize::MAX }
}

impl When {
    /// Only the first time.
    pub(crate) fn once(self) -> Self {
        Self { times: 1, ..self }
    }

    /// Only on this connection, counted from one.
    pub(crate) fn on(self, connection: usize) -> Self {
        Self { connection: Some(connection), ..self }
    }

    fn fits(&self, connection: usize, command: &str) -> bool {
        let mut rest = command;
        let mut holds = |piece: &&str| {
            let at = rest.find(piece);
            at.map(|at| rest = &rest[at + piece.len()..]).is_some()
        };
        self.times > 0
            && self.connection.is_none_or(|this| this == connection)
            && self.pieces.iter().all(&mut holds)
    }
}

/// What is common to all connections.
#[derive(Debug)]
struct Shared {
    served: Mutex<Served>,
    rules: Mutex<Vec<(When, Vec<Act>)>>,
    heard: Mutex<Vec<(usize, String)>>,
    over: AtomicBool,
}

/// A running fake.
pub(crate) struct Fake {
    port: u16,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl Fake {
    /// Serves mails, with rules.
    pub(crate) fn serving(served: Served, rules: Vec<(When, Vec<Act>)>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            served: Mutex::new(served),
            rules: Mutex::new(rules),
            heard: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let its = Arc::clone(&shared);
        let listener = Some(thread::spawn(move || its.listen(&listener)));
        Self { port, shared, listener }
    }

    /// Serves these mails, with rules.
    pub(crate) fn holding(mails: &[Mail], rules: Vec<(When, Vec<Act>)>) -> Self {
        Self::serving(Served::of(mails), rules)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// One more rule.
    pub(crate) fn also(&self, when: When, acts: Vec<Act>) {
        self.shared.rules.lock().unwrap().push((when, acts));
    }

    /// From now on everything is as it should be.
    pub(crate) fn mend(&self) {
        self.shared.rules.lock().unwrap().clear();
    }

    /// An account in the configuration that reads from here, in the clear and with little patience.
    pub(crate) fn entry(&self, lines: &str) -> String {
        let patience = "connect_seconds = 2\ncommand_seconds = 2\nbody_seconds = 2\nattempts = 2\n";
        let port = self.port;
        let lines = format!("security = \"plain\"\nport = {port}\n{patience}{lines}");
        entry("main", "somebody", &lines)
    }

    /// All that clients said, with the number of the connection, without the tags.
    pub(crate) fn heard(&self) -> Vec<(usize, String)> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// How many commands held a text.
    pub(crate) fn heard_with(&self, text: &str) -> usize {
        self.heard().iter().filter(|(_, line)| line.contains(text)).count()
    }

    /// How many clients came.
    pub(crate) fn connections(&self) -> usize {
        self.heard().iter().map(|(connection, _)| *connection).max().unwrap_or(0)
    }

    /// Looks at the mailbox, or changes it.
    pub(crate) fn mailbox<T>(&self, look: impl FnOnce(&mut Served) -> T) -> T {
        look(&mut self.shared.served.lock().unwrap())
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // wakes the listener, which then looks whether it is over
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Shared {
    fn listen(self: &Arc<Self>, listener: &TcpListener) {
        for number in 1.. {
            let Ok((stream, _)) = listener.accept() else { return };
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            let its = Arc::clone(self);
            // that a client goes away is the end of its connection and nothing else
            thread::spawn(move || drop(its.serve(number, stream)));
        }
    }

    fn serve(&self, connection: usize, stream: TcpStream) -> io::Result<()> {
        stream.set_write_timeout(Some(Duration::from_secs(10)))?;
        let mut talk = Talk { reader: BufReader::new(stream.try_clone()?), stream };
        let mut command = ("*".to_owned(), "GREETING".to_owned());
        loop {
            let (tag, line) = &command;
            self.heard.lock().unwrap().push((connection, line.clone()));
            if !self.act(connection, &mut talk, tag, line)? {
                return talk.stream.shutdown(Shutdown::Both);
            }
            command = talk.command()?;
        }
    }

    /// Does what is to be done at a command; whether the connection goes on.
    fn act(&self, connection: usize, talk: &mut Talk, tag: &str, line: &str) -> io::Result<bool> {
        for act in self.acts(connection, line) {
            match act {
                Act::Say(text) => talk.say(&lines(text, tag))?,
                Act::Forever(text) => talk.say_forever(&lines(text, tag), &self.over)?,
                Act::Change(change) => change(&mut self.served.lock().unwrap()),
                Act::Answer => self.answer(talk, tag, line)?,
                Act::ByeAt(uid) => {
                    let (answer, met) = self.served.lock().unwrap().answer_before(uid, tag, line);
                    talk.say(&answer)?;
                    if met {
                        talk.say(b"* BYE cannot read this mail\r\n")?;
                        return Ok(false);
                    }
                }
                Act::Begin(bytes) => {
                    let answer = self.served.lock().unwrap().answer(tag, line);
                    talk.say(&answer[..bytes.min(answer.len())])?;
                }
                Act::Hang => talk.wait_for_end()?,
                Act::Close => return Ok(false),
            }
        }
        Ok(!line.starts_with("LOGOUT"))
    }

    /// What is to be done: what the first rule says that fits.
    fn acts(&self, connection: usize, line: &str) -> Vec<Act> {
        let mut rules = self.rules.lock().unwrap();
        let Some((when, acts)) = rules.iter_mut().find(|(when, _)| when.fits(connection, line))
        else {
            return vec![Act::Answer];
        };
        when.times = when.times.saturating_sub(1);
        acts.clone()
    }

    fn answer(&self, talk: &mut Talk, tag: &str, line: &str) -> io::Result<()> {
        if line.starts_with("IDLE")
            || (line.starts_with("AUTHENTICATE") && line.matches(' ').count() == 1)
        {
            talk.say(b"+ go on\r\n")?;
            talk.line()?;
        }
        let answer = self.served.lock().unwrap().answer(tag, line);
        talk.say(&answer)
    }
}

/// Lines for the wire.
fn lines(text: &str, tag: &str) -> Vec<u8> {
    text.replace("{tag}", tag).replace('\n', "\r\n").into_bytes()
}

/// One connection.
struct Talk {
    reader: BufReader<TcpStream>,
    stream: TcpStream,
}

impl Talk {
    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    fn say_forever(&mut self, bytes: &[u8], over: &AtomicBool) -> io::Result<()> {
        let much = bytes.repeat(1 + (64 << 10) / bytes.len());
        while !over.load(Ordering::Relaxed) {
            self.say(&much)?;
        }
        Ok(())
    }

    /// Reads until the client goes.
    fn wait_for_end(&mut self) -> io::Result<()> {
        io::copy(&mut self.reader, &mut io::sink()).map(|_| ())
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        if self.reader.read_until(b'\n', &mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// A command: its tag, and the rest with its literals in it.
    fn command(&mut self) -> io::Result<(String, String)> {
        let mut text = self.line()?;
        while let Some(size) = literal(&text) {
            if !text.ends_with("+}") {
                self.say(b"+ go on\r\n")?;
            }
            let mut bytes = vec![0; size];
            self.reader.read_exact(&mut bytes)?;
            text.truncate(text.rfind('{').unwrap_or(0));
            text.push_str(&String::from_utf8_lossy(&bytes));
            text.push_str(&self.line()?);
        }
        let (tag, command) = text.split_once(' ').unwrap_or((&text, ""));
        Ok((tag.to_owned(), command.to_owned()))
    }
}

/// The size of the literal that a line ends with.
fn literal(line: &str) -> Option<usize> {
    let (_, size) = line.strip_suffix('}')?.rsplit_once('{')?;
    size.trim_end_matches('+').parse().ok()
}
