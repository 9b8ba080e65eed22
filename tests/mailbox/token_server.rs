//! A **token server**: an authorization server (RFC 6749, 7636, 8628) small enough to read, which
//! does what it is told, faults included.
//!
//! `POST /device` hands out device codes, `POST /token` tokens, `GET /authorize` approves at once and
//! sends the browser back, `POST /introspect` (RFC 7662) says whose a token is, as Dovecot asks it.
//! Plain std and nothing else of this crate, so that any test can include the file.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test that includes this file uses its part of it"
)]
#![allow(unreachable_pub, clippy::unwrap_used, reason = "it stands in tests only")]

use std::collections::HashMap;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

pub use http::{Question, fields};
use http::{read, write};

#[path = "token_server/http.rs"]
mod http;

/// What the server does.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Whose tokens it gives.
    pub user: String,
    /// Seconds between two questions that a device is told; none if it is not told.
    pub interval: Option<u64>,
    /// Seconds that a device code lasts.
    pub code_lasts: u64,
    /// Seconds that an access token lasts.
    pub token_lasts: u64,
    /// How many times it says `authorization_pending` before it gives a token for a device code.
    pub pending: u32,
    /// How many times it says `slow_down`, before that.
    pub slow_down: u32,
    /// Whether the person says no.
    pub denies: bool,
    /// Whether each refresh brings a new refresh token and ends the old one.
    pub rotates: bool,
    /// Whether there are refresh tokens.
    pub refreshes: bool,
    /// The secret that a client must show, if any.
    pub client_secret: Option<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            user: String::new(),
            interval: Some(0),
            code_lasts: 900,
            token_lasts: 3600,
            pending: 0,
            slow_down: 0,
            denies: false,
            rotates: true,
            refreshes: true,
            client_secret: None,
        }
    }
}

/// What goes wrong instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An error by this code (RFC 6749, 5.2), in whose description every field of the question stands.
    Refuse(&'static str),
    /// Bytes that are not JSON.
    Garbage,
    /// JSON that never ends.
    Endless,
    /// Header lines that never end.
    EndlessHead,
    /// Silence.
    Hang,
    /// A status and a page for people.
    Status(u16),
    /// The connection is closed.
    HangUp,
    /// The answer is said to be elsewhere.
    Redirect,
    /// JSON, but no token in it.
    NoToken,
    /// A token with a line end inside.
    Crooked,
}

#[derive(Default)]
struct State {
    rules: Rules,
    faults: HashMap<String, (u32, Fault)>,
    questions: Vec<Question>,
    access: HashMap<String, Instant>,
    refresh: Vec<String>,
    devices: Vec<String>,
    codes: HashMap<String, String>,
    count: u32,
}

/// The server; it ends with the value.
pub struct TokenServer {
    port: u16,
    state: Arc<Mutex<State>>,
    ended: Arc<AtomicBool>,
}

impl TokenServer {
    /// Starts one on a free port of the loopback, which gives this user's tokens at the first
    /// question.
    pub fn start(user: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let rules = Rules { user: user.into(), ..Rules::default() };
        let state = Arc::new(Mutex::new(State { rules, ..State::default() }));
        let ended = Arc::new(AtomicBool::new(false));
        let (shared, end) = (Arc::clone(&state), Arc::clone(&ended));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let (shared, end) = (Arc::clone(&shared), Arc::clone(&end));
                std::thread::spawn(move || serve(stream, &shared, &end));
            }
        });
        Self { port, state, ended }
    }

    /// The address of one of its paths.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Changes what it does.
    pub fn set(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.lock().rules);
    }

    /// Lets the next so many questions to a path go wrong.
    pub fn fail(&self, path: &str, times: u32, fault: Fault) {
        self.lock().faults.insert(path.into(), (times, fault));
    }

    /// All that was asked so far.
    pub fn questions(&self) -> Vec<Question> {
        self.lock().questions.clone()
    }

    /// What was asked of a path so far.
    pub fn asked(&self, path: &str) -> Vec<Question> {
        self.questions().into_iter().filter(|question| question.path == path).collect()
    }

    /// Ends all access tokens; refresh tokens stay good.
    pub fn end_access(&self) {
        self.lock().access.clear();
    }

    /// Ends all tokens.
    pub fn end_all(&self) {
        let mut state = self.lock();
        state.access.clear();
        state.refresh.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port)); // wakes the listener
    }
}

impl State {
    fn fault(&mut self, path: &str) -> Option<Fault> {
        let (left, fault) = self.faults.get_mut(path)?;
        *left = left.checked_sub(1)?;
        Some(*fault)
    }

    fn next(&mut self, word: &str) -> String {
        self.count += 1;
        format!("{word}-{}", self.count)
    }

    /// The answer to a question: a status and JSON; for `/authorize` 302 and an address.
    fn answer(&mut self, question: &Question) -> (u16, String) {
        match question.path.as_str() {
            "/device" => self.device(question),
            "/token" => self.token(question),
            "/authorize" => self.authorize(question),
            "/introspect" => self.introspect(question),
            _ => (404, "{}".into()),
        }
    }

    fn device(&mut self, _: &Question) -> (u16, String) {
        let code = self.next("device");
        self.devices.push(code.clone());
        let interval = self.rules.interval.map(|n| format!(r#","interval":{n}"#));
        let text = format!(
            r#"{{"device_code":"{code}","user_code":"WDJB-MJHT","verification_uri":"https://login.example/device","expires_in":{}{}}}"#,
            self.rules.code_lasts,
            interval.unwrap_or_default()
        );
        (200, text)
    }

    fn token(&mut self, question: &Question) -> (u16, String) {
        let field = |name: &str| question.fields.get(name).cloned().unwrap_or_default();
        if self.rules.client_secret.as_ref().is_some_and(|secret| *secret != field("client_secret"))
        {
            return refused("invalid_client");
        }
        match field("grant_type").as_str() {
            "client_credentials" => self.issue(None),
            "refresh_token" => self.renew(&field("refresh_token")),
            "authorization_code" => match self.codes.remove(&field("code")) {
                Some(place) if place == field("redirect_uri") => self.issue_both(),
                _ => refused("invalid_grant"),
            },
            "urn:ietf:params:oauth:grant-type:device_code" => self.poll(&field("device_code")),
            _ => refused("unsupported_grant_type"),
        }
    }

    fn poll(&mut self, code: &str) -> (u16, String) {
        if !self.devices.iter().any(|known| known == code) {
            return refused("invalid_grant");
        }
        let rules = &mut self.rules;
        if let Some(left) = rules.slow_down.checked_sub(1) {
            rules.slow_down = left;
            return refused("slow_down");
        }
        if let Some(left) = rules.pending.checked_sub(1) {
            rules.pending = left;
            return refused("authorization_pending");
        }
        if rules.denies {
            return refused("access_denied");
        }
        self.devices.retain(|known| known != code);
        self.issue_both()
    }

    fn renew(&mut self, old: &str) -> (u16, String) {
        if !self.refresh.iter().any(|known| known == old) {
            return refused("invalid_grant");
        }
        if !self.rules.rotates {
            return self.issue(None);
        }
        self.refresh.retain(|known| known != old);
        self.issue_both()
    }

    fn issue_both(&mut self) -> (u16, String) {
        if !self.rules.refreshes {
            return self.issue(None);
        }
        let refresh = self.next("refresh");
        self.refresh.push(refresh.clone());
        self.issue(Some(refresh))
    }

    fn issue(&mut self, refresh: Option<String>) -> (u16, String) {
        let access = self.next("access");
        let lasts = self.rules.token_lasts;
        self.access.insert(access.clone(), Instant::now() + Duration::from_secs(lasts));
        let refresh = refresh.map(|token| format!(r#","refresh_token":"{token}""#));
        let text = format!(
            r#"{{"token_type":"Bearer","scope":"imap","expires_in":{lasts},"access_token":"{access}"{}}}"#,
            refresh.unwrap_or_default()
        );
        (200, text)
    }

    fn authorize(&mut self, question: &Question) -> (u16, String) {
        let field = |name: &str| question.fields.get(name).cloned().unwrap_or_default();
        let (place, state) = (field("redirect_uri"), field("state"));
        let result = if self.rules.denies {
            "error=access_denied".to_owned()
        } else {
            let code = self.next("code");
            self.codes.insert(code.clone(), place.clone());
            format!("code={code}")
        };
        (302, format!("{place}/?{result}&state={state}"))
    }

    fn introspect(&self, question: &Question) -> (u16, String) {
        let token = question.fields.get("token").and_then(|token| self.access.get(token));
        let text = match token {
            Some(until) if *until > Instant::now() => {
                format!(r#"{{"active":true,"username":"{}"}}"#, self.rules.user)
            }
            _ => r#"{"active":false}"#.to_owned(),
        };
        (200, text)
    }
}

fn refused(code: &str) -> (u16, String) {
    (400, format!(r#"{{"error":"{code}","error_description":"so it is"}}"#))
}

fn serve(mut stream: TcpStream, state: &Mutex<State>, ended: &AtomicBool) {
    let Some(question) = read(&stream) else { return };
    let mut held = state.lock().unwrap();
    held.questions.push(question.clone());
    let fault = held.fault(&question.path);
    let answer = if fault.is_none() { held.answer(&question) } else { (0, String::new()) };
    drop(held);
    match fault {
        Some(fault) => fail(&mut stream, fault, &question, ended),
        None => write(&mut stream, answer.0, &answer.1),
    }
}

fn fail(stream: &mut TcpStream, fault: Fault, question: &Question, ended: &AtomicBool) {
    match fault {
        Fault::Refuse(code) => {
            let all: Vec<_> = question.fields.values().map(String::as_str).collect();
            let text = all.join(" ");
            let text = format!(r#"{{"error":"{code}","error_description":"you sent {text}"}}"#);
            write(stream, 400, &text);
        }
        Fault::Garbage => write(stream, 200, "access-0 \u{1b}[2J {{"),
        Fault::Status(status) => write(stream, status, "<h1>Sorry</h1>"),
        Fault::NoToken => write(stream, 200, r#"{"token_type":"Bearer","expires_in":1}"#),
        Fault::Crooked => write(stream, 200, r#"{"token_type":"Bearer","access_token":"a\nb"}"#),
        Fault::Redirect => write(stream, 307, "http://127.0.0.1:9/elsewhere"),
        Fault::HangUp => {}
        Fault::Hang => until(ended, || true),
        Fault::Endless => {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"access_token\":\"");
            until(ended, || stream.write_all(&[b'a'; 4096]).is_ok());
        }
        Fault::EndlessHead => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            until(ended, || stream.write_all(b"X-More: and more and more\r\n").is_ok());
        }
    }
}

/// Goes on until the server ends, nobody listens any more, or half a minute is over.
fn until(ended: &AtomicBool, mut go_on: impl FnMut() -> bool) {
    let started = Instant::now();
    while !ended.load(Ordering::Relaxed) && started.elapsed().as_secs() < 30 && go_on() {
        std::thread::sleep(Duration::from_millis(1));
    }
}
