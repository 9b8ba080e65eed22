//! The flows against a token server that runs.

use std::collections::VecDeque;
use std::time::Duration;

use super::token_server::TokenServer;
use super::*;
use crate::intake::sign_in::Mechanism;

mod approval;
mod faults;
mod renewal;

const USER: &str = "dmarc@acme.example";
const NOW: i64 = 1_794_182_400;

fn now() -> i64 {
    NOW
}

/// A folder with a token file, and a server.
struct Stage {
    server: TokenServer,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Self { server: TokenServer::start(USER), folder: tempfile::tempdir().unwrap() }
    }

    fn client(&self, flow: Flow) -> Client {
        Client {
            flow,
            client_id: "ruaudit-test".into(),
            client_secret: Some(Secret::new("very-secret")),
            scope: "imap offline_access".into(),
            authorize_url: Some(self.server.url("/authorize?access_type=offline")),
            device_url: Some(self.server.url("/device")),
            token_url: self.server.url("/token"),
            ca_file: None,
        }
    }

    fn file(&self) -> TokenFile {
        TokenFile::new(self.folder.path().join("main.token.json"))
    }

    fn approve(&self, flow: Flow, person: &mut Patient) -> Result<Token> {
        approve(&self.client(flow), USER, &self.file(), person, now)
    }

    /// With a token that came by the device flow.
    fn approved() -> Self {
        let stage = Self::new();
        stage.approve(Flow::Device, &mut Patient::default()).unwrap();
        stage
    }

    fn sign_in(&self, flow: Flow, clock: fn() -> i64) -> OauthSignIn {
        let mechanism = Mechanism::Xoauth2;
        OauthSignIn::new("main", self.client(flow), None, USER, mechanism, self.file(), clock)
    }

    fn kept(&self) -> Token {
        self.file().read().unwrap().unwrap()
    }

    /// Whether no token, code or secret stands in a text, be it good or over.
    fn check_secrets(&self, text: &str) {
        let words = ["access-", "refresh-", "device-", "code-", "very-secret"];
        let bare = text.replace("/device", "");
        assert!(!words.iter().any(|word| bare.contains(word)), "{text}");
    }
}

/// Where the person's browser runs.
#[derive(Default, Clone, Copy, PartialEq)]
enum Browser {
    #[default]
    Nowhere,
    Here,
    Elsewhere,
}

/// A person to whom waiting is nothing.
#[derive(Default)]
struct Patient {
    browser: Browser,
    /// What was told.
    told: Vec<String>,
    /// The page that was to be opened.
    page: String,
    typed: VecDeque<String>,
    waits: Vec<Duration>,
}

impl Patient {
    fn with(browser: Browser) -> Self {
        Self { browser, ..Self::default() }
    }
}

impl Person for Patient {
    fn invite(&mut self, invitation: Invitation<'_>) -> Result<()> {
        self.told.push(format!("{invitation:?}"));
        let Invitation::Page { url, .. } = invitation else { return Ok(()) };
        self.page = url.to_owned();
        if self.browser == Browser::Nowhere {
            return Ok(());
        }
        let landed = landed(url);
        if self.browser == Browser::Elsewhere {
            self.typed.push_back(format!("  {landed}\n"));
            return Ok(());
        }
        // a browser asks for other things too, and before
        std::thread::spawn(move || {
            let base = landed.split_once("/?").unwrap().0;
            assert!(get(&format!("{base}/favicon.ico")).starts_with("HTTP/1.1 404"));
            assert!(get(&format!("{base}/?code=x&state=x")).starts_with("HTTP/1.1 404"));
            assert!(get(&landed).contains("pproved. You may close this page."));
        });
        Ok(())
    }

    fn typed(&mut self) -> Option<String> {
        self.typed.pop_front()
    }

    fn wait(&mut self, pause: Duration) {
        self.waits.push(pause);
        std::thread::sleep(pause.min(Duration::from_millis(5)));
    }
}

/// Where a browser ends up that opens the page.
fn landed(url: &str) -> String {
    let answer = get(url);
    let place = answer.lines().find_map(|line| line.strip_prefix("Location: "));
    place.unwrap_or_else(|| panic!("no redirection: {answer}")).to_owned()
}

/// What an address answers, head and all.
fn get(url: &str) -> String {
    use std::io::{Read as _, Write as _};
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
