//! A **mail server of a test**: one folder with a few mails, and a hook that may answer a command in
//! its place, however wrongly.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::error::Result;
use crate::intake::Stop;
use crate::intake::imap::{Mailbox, Patience, Security, Server};
use crate::intake::sign_in::{Credentials, SignIn};
use crate::model::secret::Secret;

/// Sends what was said, and hangs up.
pub(super) const HANG_UP: &str = "\0hang up";

/// Sends what was said, and falls silent.
pub(super) const SILENCE: &str = "\0silence";

/// Sends what was said again and again, until the other side has had enough.
pub(super) const FOR_EVER: &str = "\0for ever";

/// Sends what was said, a byte at a time.
pub(super) const DRIP: &str = "\0drip";

/// Answers a command (its text, without the tag) on a connection (counted from 1); `TAG` stands for
/// the tag. None: as a good server would. `GREETING` asks
/// for that.
type Hook = dyn FnMut(usize, &str) -> Option<String> + Send;

/// What a test looks at.
#[derive(Clone)]
pub(super) struct FakeServer {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    mails: Vec<(u32, String)>,
    log: Vec<String>,
    connections: usize,
    capabilities: &'static str,
    hook: Box<Hook>,
}

impl FakeServer {
    /// With mails of these UIDs, each of which says its own.
    pub(super) fn new(
        uids: &[u32],
        hook: impl FnMut(usize, &str) -> Option<String> + Send + 'static,
    ) -> Self {
        let mails = uids.iter().map(|uid| (*uid, format!("mail {uid}\r\n"))).collect();
        let capabilities = "IMAP4rev1 UIDPLUS MOVE IDLE SASL-IR AUTH=XOAUTH2";
        let (log, hook) = (Vec::new(), Box::new(hook));
        let state = Arc::new(Mutex::new(State { mails, log, connections: 0, capabilities, hook }));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = Self { port, state };
        let serving = server.clone();
        thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                let server = serving.clone();
                thread::spawn(move || server.serve(tcp));
            }
        });
        server
    }

    /// Without faults.
    pub(super) fn good(uids: &[u32]) -> Self {
        Self::new(uids, |_, _| None)
    }

    pub(super) fn with_capabilities(self, capabilities: &'static str) -> Self {
        self.lock().capabilities = capabilities;
        self
    }

    pub(super) fn with_mail(self, uid: u32, body: &str) -> Self {
        self.lock().mails.push((uid, body.into()));
        self
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test has failed")
    }

    pub(super) fn connections(&self) -> usize {
        self.lock().connections
    }

    /// The commands so far that begin with this.
    pub(super) fn commands(&self, start: &str) -> Vec<String> {
        self.lock().log.iter().filter(|command| command.starts_with(start)).cloned().collect()
    }

    pub(super) fn server(&self) -> Server {
        let short = Duration::from_secs(2);
        let patience = Patience {
            connect: short,
            command: short,
            bodies: short,
            attempts: 3,
            back_off: Duration::from_millis(5),
        };
        let (host, security) = ("127.0.0.1".into(), Security::Plain);
        Server { host, port: self.port, security, ca_file: None, patience }
    }

    pub(super) fn mailbox(&self) -> Mailbox {
        self.mailbox_of(self.server())
    }

    pub(super) fn mailbox_of(&self, server: Server) -> Mailbox {
        Mailbox::new(server, "u", Box::new(Password("hunter2")), Stop::default())
    }

    fn serve(&self, mut tcp: TcpStream) {
        let number = {
            let mut state = self.lock();
            state.connections += 1;
            state.connections
        };
        let mut lines = BufReader::new(tcp.try_clone().expect("a socket")).lines();
        let mut tag = String::from("*");
        let mut command = String::from("GREETING");
        loop {
            let answer = self.answer(number, &command).replace("TAG", &tag);
            if !say(&mut tcp, &answer) {
                return;
            }
            let Some(Ok(line)) = lines.next() else { return };
            // what is no command belongs to the one before
            let (first, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let is_tag = first.strip_prefix('R').is_some_and(|n| n.parse::<u32>().is_ok());
            command = if is_tag { rest.into() } else { line.clone() };
            if is_tag {
                tag = first.into();
            }
            self.lock().log.push(command.clone());
        }
    }

    fn answer(&self, connection: usize, command: &str) -> String {
        let mut state = self.lock();
        if let Some(answer) = (state.hook)(connection, command) {
            return answer;
        }
        state.good_answer(command)
    }
}

/// Sends; false when the connection is to end.
fn say(tcp: &mut TcpStream, answer: &str) -> bool {
    let (text, how) = answer.find('\0').map_or((answer, ""), |at| answer.split_at(at));
    loop {
        if how == DRIP {
            for byte in text.bytes() {
                thread::sleep(Duration::from_millis(20));
                if tcp.write_all(&[byte]).is_err() {
                    return false;
                }
            }
        } else if tcp.write_all(text.as_bytes()).is_err() {
            return false;
        }
        if how != FOR_EVER {
            break;
        }
    }
    if how == SILENCE {
        thread::sleep(Duration::from_secs(30));
    }
    how.is_empty() || how == DRIP
}

impl State {
    fn good_answer(&mut self, command: &str) -> String {
        let words: Vec<&str> = command.split(' ').collect();
        let found = |set: Option<&&str>| -> Vec<(u32, String)> {
            let set = uids_of(set.unwrap_or(&""));
            self.mails.iter().filter(|(uid, _)| set.contains(uid)).cloned().collect()
        };
        let mut said = match words.as_slice() {
            ["GREETING"] => return "* OK ready\r\n".into(),
            ["CAPABILITY"] => format!("* CAPABILITY {}\r\n", self.capabilities),
            ["LIST", _, "\"\""] => "* LIST (\\Noselect) \"/\" \"\"\r\n".into(),
            ["SELECT" | "EXAMINE", ..] => format!(
                "* {} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [PERMANENTFLAGS (\\Deleted \\*)] x\r\n",
                self.mails.len()
            ),
            ["UID", "SEARCH", ..] => {
                let uids = self.mails.iter().map(|(uid, _)| format!(" {uid}"));
                format!("* SEARCH{}\r\n", uids.collect::<String>())
            }
            ["UID", "FETCH", set, items @ ..] => {
                let is_size = items.concat().contains("SIZE");
                let lines =
                    found(Some(set)).into_iter().map(|(uid, body)| fetched(uid, &body, is_size));
                lines.collect()
            }
            ["UID", "MOVE" | "EXPUNGE", set, ..] => {
                let gone = uids_of(set);
                self.mails.retain(|(uid, _)| !gone.contains(uid));
                String::new()
            }
            ["IDLE"] => return "+ idling\r\n".into(),
            _ => String::new(),
        };
        said.push_str("TAG OK done\r\n");
        said
    }
}

/// What a good server says of a mail.
pub(super) fn fetched(uid: u32, body: &str, is_size: bool) -> String {
    let size = body.len();
    if is_size {
        return format!("* 1 FETCH (UID {uid} RFC822.SIZE {size})\r\n");
    }
    let date = "INTERNALDATE \"17-Jul-2026 02:44:25 -0700\"";
    format!("* 1 FETCH (UID {uid} {date} BODY[] {{{size}}}\r\n{body})\r\n")
}

/// The UIDs that a set means.
pub(super) fn uids_of(set: &str) -> Vec<u32> {
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    let range = |part: &str| match part.split_once(':') {
        Some((first, last)) => number(first)..=number(last),
        None => number(part)..=number(part),
    };
    set.split(',').flat_map(range).collect()
}

/// The UIDs that a command asks the mails themselves of.
pub(super) fn bodies_asked(command: &str) -> Option<Vec<u32>> {
    let rest = command.strip_prefix("UID FETCH ")?;
    rest.contains("BODY").then(|| uids_of(rest.split(' ').next().unwrap_or_default()))
}

/// Who has one password.
struct Password(&'static str);

impl SignIn for Password {
    fn credentials(&mut self, _refused: bool) -> Result<Credentials> {
        Ok(Credentials::Password { user: "u".into(), password: Secret::new(self.0) })
    }
}
