use std::sync::mpsc::channel;

use super::*;
use crate::intake::imap::{Patience, Security, Server};
use crate::intake::oauth::token_server::TokenServer;
use crate::intake::sign_in::Mechanism;
use crate::model::mailbox::Tidy;
use crate::model::secret::Secret;

const USER: &str = "dmarc@acme.example";

/// A server that gives tokens, and a folder to keep them in.
struct Stage {
    server: TokenServer,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Self { server: TokenServer::start(USER), folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn account(&self, name: &str) -> Account {
        let client = Client {
            flow: Flow::Device,
            client_id: "ruaudit-test".into(),
            client_secret: None,
            scope: "imap".into(),
            authorize_url: None,
            device_url: Some(self.server.url("/device")),
            token_url: self.server.url("/token"),
            ca_file: None,
        };
        account(Access::Oauth {
            client,
            client_secret: None,
            mechanism: Mechanism::Offered,
            token_file: self.path(name),
        })
    }
}

fn account(access: Access) -> Account {
    let server = Server {
        host: "imap.acme.example".into(),
        port: 993,
        security: Security::Tls,
        ca_file: None,
        patience: Patience::default(),
    };
    let (name, user, login) = ("main".into(), USER.into(), "ruaudit login main".into());
    Account { name, login, server, user, access, folders: Vec::new(), tidy: Tidy::default() }
}

fn args(line: &str) -> LoginArgs {
    use clap::Parser as _;
    let line = format!("ruaudit login main {line}");
    let arguments = super::super::args::Arguments::try_parse_from(line.split_whitespace()).unwrap();
    let Some(super::super::args::Command::Login(args)) = arguments.command else {
        panic!("{line}")
    };
    args
}

fn holder(account: &Account) -> Holder<'_> {
    let Access::Oauth { client, token_file, .. } = &account.access else { panic!("no token") };
    Holder { account, client, secret: None, file: TokenFile::new(token_file) }
}

/// Runs the command on an account; what it writes to both outputs.
fn login(account: &Account, line: &str) -> Result<(String, String)> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = Streams { out: &mut out, err: &mut err, progress: false };
    match &account.access {
        Access::Password(source) => of_password(&args(line), account, source, streams.out)?,
        Access::Oauth { .. } => of_token(&args(line), &holder(account), false, &mut streams)?,
    }
    Ok((String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap()))
}

fn approve(account: &Account) -> String {
    let mut out = Vec::new();
    let mut terminal = Terminal::new(&mut out, || channel().1);
    terminal.sleep = |_| (); // nobody is waited for
    holder(account).approve(&mut terminal).unwrap();
    String::from_utf8(out).unwrap()
}

fn check_secrets(text: &str) {
    let words = ["access-", "refresh-", "device-"];
    assert!(!words.iter().any(|word| text.contains(word)), "{text}");
}

#[test]
fn it_says_where_to_go_and_what_was_kept_and_no_token() {
    let stage = Stage::new();
    let account = stage.account("main.json");
    let page = approve(&account);
    for words in ["https://login.example/device", "WDJB-MJHT", USER, "main.json", "renewed without"]
    {
        assert!(page.contains(words), "{page}");
    }
    check_secrets(&page);
    let (out, _) = login(&account, "--check").unwrap();
    assert!(out.starts_with("main: there is a token, good until 2"), "{out}");
    check_secrets(&out);
    check_secrets(&format!("{account:?}"));
}

#[test]
fn a_check_renews_what_has_ended_and_says_when_it_cannot() {
    let stage = Stage::new();
    let account = stage.account("main.json");
    let error = login(&account, "--check").unwrap_err().to_string();
    assert!(error.contains("ruaudit login main"), "{error}");
    stage.server.set(|rules| rules.token_lasts = 1);
    approve(&account);
    login(&account, "--check").unwrap();
    assert_eq!(2, stage.server.asked("/token").len());
    stage.server.set(|rules| (rules.token_lasts, rules.refreshes) = (3600, false));
    std::fs::remove_file(stage.path("main.json")).unwrap();
    approve(&account);
    let (out, _) = login(&account, "--check").unwrap();
    assert!(out.contains("cannot be renewed"), "{out}");
}

#[test]
fn a_token_moves_to_another_machine() {
    let stage = Stage::new();
    let (here, there) = (stage.account("here.json"), stage.account("there.json"));
    approve(&here);
    let moved = stage.path("moved.json");
    let line = format!("--export {}", moved.display());
    let (out, err) = login(&here, &line).unwrap();
    assert_eq!("", out);
    assert!(err.contains("whoever has this token"), "{err}");
    check_secrets(&err);
    assert!(login(&here, &line).unwrap_err().to_string().contains("already"));
    let (out, err) = login(&there, &format!("--import {}", moved.display())).unwrap();
    check_secrets(&out);
    assert!(out.contains("there.json") && err.contains("remove it there"), "{out}{err}");
    login(&there, "--check").unwrap();
    assert_eq!(std::fs::read(stage.path("here.json")).unwrap(), std::fs::read(&moved).unwrap());
}

#[cfg(unix)]
#[test]
fn an_exported_and_an_imported_token_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new();
    let (here, there) = (stage.account("here.json"), stage.account("there.json"));
    approve(&here);
    let moved = stage.path("moved.json");
    login(&here, &format!("--export {}", moved.display())).unwrap();
    std::fs::set_permissions(&moved, std::fs::Permissions::from_mode(0o644)).unwrap();
    login(&there, &format!("--import {}", moved.display())).unwrap();
    for name in ["here.json", "there.json", "there.json.lock"] {
        let mode = std::fs::metadata(stage.path(name)).unwrap().permissions().mode();
        assert_eq!(0o600, mode & 0o777, "{name}");
    }
}

#[test]
fn a_token_goes_through_a_pipe_and_never_to_a_terminal() {
    let stage = Stage::new();
    let (here, there) = (stage.account("here.json"), stage.account("there.json"));
    let pipe = Path::new("-");
    let mut bytes = Vec::new();
    let error = holder(&here).export(pipe, &mut bytes, false).unwrap_err().to_string();
    assert!(error.contains("there is none in "), "{error}");
    approve(&here);
    let error = holder(&here).export(pipe, &mut bytes, true).unwrap_err().to_string();
    assert!(error.contains("a terminal would show it") && bytes.is_empty(), "{error}");
    holder(&here).export(pipe, &mut bytes, false).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = Streams { out: &mut out, err: &mut err, progress: false };
    holder(&there).import(pipe, &mut &*bytes, &mut streams, false).unwrap();
    assert_eq!(bytes, std::fs::read(stage.path("there.json")).unwrap());
}

#[test]
fn what_is_no_token_of_this_account_replaces_nothing() {
    let stage = Stage::new();
    let account = stage.account("main.json");
    approve(&account);
    let before = std::fs::read_to_string(stage.path("main.json")).unwrap();
    let other = stage.path("other.json");
    for (why, text) in [
        ("not JSON", "access-0".to_owned()),
        ("no token", "{}".to_owned()),
        ("not JSON", before[..before.len() / 2].to_owned()),
        ("for the user x@acme.example", before.replace(USER, "x@acme.example")),
        ("for the client other", before.replace("ruaudit-test", "other")),
        ("for the server", before.replace("/token", "/elsewhere")),
    ] {
        std::fs::write(&other, text).unwrap();
        let error = login(&account, &format!("--import {}", other.display())).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        check_secrets(&error.to_string());
        assert_eq!(before, std::fs::read_to_string(stage.path("main.json")).unwrap(), "{why}");
    }
    let missing = login(&account, "--import /nonexistent/t.json").unwrap_err().to_string();
    assert!(missing.contains("/nonexistent/t.json"), "{missing}");
}

#[test]
fn an_account_with_a_password_needs_no_login() {
    let account = account(Access::Password(PasswordSource::Given(Secret::new("hunter2"))));
    assert_eq!("main has a password and needs no login\n", login(&account, "").unwrap().0);
    assert!(login(&account, "--check").unwrap().0.contains("the password is there"));
    for line in ["--export -", "--import -"] {
        assert!(login(&account, line).unwrap_err().to_string().contains("no token"), "{line}");
    }
}

#[test]
fn only_one_thing_is_asked_for_at_a_time() {
    use clap::Parser as _;
    for line in ["--check --export a", "--check --import a", "--export a --import b"] {
        let line = format!("ruaudit login main {line}");
        let parsed = super::super::args::Arguments::try_parse_from(line.split(' '));
        assert_eq!(2, parsed.unwrap_err().exit_code(), "{line}");
    }
}
