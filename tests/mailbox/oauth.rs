//! **OAuth 2.0** from end to end: a person approves, Dovecot asks the token server whose a token is,
//! and the mailbox opens; until it no longer does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::account::Account;
use crate::dovecot::{Dovecot, taking_tokens};
use crate::mails::{report, reports, truth};
use crate::program::{Desk, Ended, tls};
use crate::token_server::TokenServer;

/// What a program shows that has leave of its own.
const SECRET: &str = "client_secret = \"open sesame\"\n";

/// A mailbox that opens with a token, and who gives these.
struct Scene {
    tokens: TokenServer,
    account: Account,
    desk: Desk,
}

impl Scene {
    /// Somebody's mailbox with some reports in it, read by a flow.
    fn of(user: &str, flow: &str, more: &str) -> Self {
        let tokens = TokenServer::start(user);
        let server = taking_tokens(&tokens.url("/introspect"));
        let account = Account::holding(server, user, &reports(0..5));
        let desk = Desk::new(&entry(&tokens, server, user, flow, more));
        Self { tokens, account, desk }
    }

    /// Runs the program; what it says must never hold a token.
    fn run(&self, line: &str) -> Ended {
        let ended = self.desk.run(line);
        for word in ["access-", "refresh-"] {
            assert!(!ended.out.contains(word) && !ended.err.contains(word), "{ended:?}");
        }
        ended
    }

    fn works(&self, line: &str) -> Ended {
        let ended = self.run(line);
        assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
        ended
    }

    /// How it fails.
    fn fails(&self, line: &str) -> String {
        let ended = self.run(line);
        assert_eq!(Some(2), ended.code, "{}{}", ended.out, ended.err);
        format!("{}{}", ended.out, ended.err)
    }
}

fn entry(tokens: &TokenServer, server: &Dovecot, user: &str, flow: &str, more: &str) -> String {
    let account = format!("ca_file = \"{}\"\n[account.main.oauth]\n", server.authority().display());
    let flow = format!(
        "flow = \"{flow}\"\nclient_id = \"tests\"\nscope = \"imap offline_access\"\n\
         device_url = \"{}\"\ntoken_url = \"{}\"\n{more}",
        tokens.url("/device"),
        tokens.url("/token"),
    );
    tls("main", user, server, &(account + &flow))
}

#[test]
fn a_person_approves_once_and_the_token_renews_itself() {
    let scene = Scene::of("approves@d1.example", "device", "");
    scene.tokens.set(|rules| rules.pending = 1);
    let said = scene.works("login main").out;
    assert!(said.contains("WDJB-MJHT") && said.contains("https://login.example/device"), "{said}");
    let file = scene.desk.path().join("ruaudit-main.token.json");
    assert_eq!(0o600, fs::metadata(&file).unwrap().permissions().mode() & 0o777);

    scene.works("pull");
    assert_eq!(truth(&reports(0..5)), scene.desk.stored());
    let asked = scene.tokens.asked("/token").len();
    scene.works("pull");
    assert_eq!(asked, scene.tokens.asked("/token").len(), "a good token is used again");

    for number in 5..8 {
        scene.tokens.end_access(); // and each renewal ends the refresh token before
        scene.account.deliver(&[report(number)]);
        scene.works("pull");
    }
    assert_eq!(truth(&reports(0..8)), scene.desk.stored());
}

#[test]
fn a_program_with_leave_of_its_own_needs_nobody() {
    let scene = Scene::of("its-own", "client_credentials", SECRET);
    scene.tokens.set(|rules| rules.client_secret = Some("open sesame".into()));
    scene.works("pull");
    assert_eq!(truth(&reports(0..5)), scene.desk.stored());
}

#[test]
fn a_token_is_shown_by_the_mechanism_that_is_asked_for() {
    for mechanism in ["xoauth2", "oauthbearer"] {
        let more = format!("{SECRET}mechanism = \"{mechanism}\"\n");
        let scene = Scene::of(mechanism, "client_credentials", &more);
        scene.works("pull");
        let log = scene.account.server.log(&format!("user=<{mechanism}>"));
        let method = format!("method={}", mechanism.to_uppercase());
        assert!(log.iter().any(|line| line.contains(&method)), "{log:?}");
    }
}

#[test]
fn without_a_token_it_says_how_to_get_one() {
    let scene = Scene::of("without", "device", "");
    assert!(scene.fails("pull").contains("ruaudit login main"));
    scene.works("login main");
    scene.tokens.end_all();
    let said = scene.fails("pull");
    assert!(said.contains("ruaudit login main"), "{said}");
    scene.works("login main");
    scene.works("pull");
}

#[test]
fn the_token_of_somebody_else_is_refused_and_not_tried_for_ever() {
    let scene = Scene::of("refused", "client_credentials", SECRET);
    scene.tokens.set(|rules| rules.user = "somebody-else".into());
    let said = scene.fails("pull");
    assert!(said.contains("refused"), "{said}");
    assert!(scene.tokens.asked("/introspect").len() <= 2, "{:?}", scene.tokens.questions());
}

#[test]
fn a_token_moves_to_another_machine() {
    let scene = Scene::of("moves", "device", "");
    scene.works("login main");
    scene.works("login main --export token.json");
    let there = Desk::new(&fs::read_to_string(scene.desk.path().join("ruaudit.toml")).unwrap());
    let exported = scene.desk.path().join("token.json");
    assert_eq!(0o600, fs::metadata(&exported).unwrap().permissions().mode() & 0o777);
    fs::rename(exported, there.path().join("token.json")).unwrap();
    let ended = there.run("login main --import token.json");
    assert_eq!(Some(0), ended.code, "{}", ended.err);
    there.pulled();
    assert_eq!(truth(&reports(0..5)), there.stored());
}

/// What `ps` shows of a process and of all that it has started: words and variables.
fn seen_by_ps(process: u32) -> String {
    let of = |name: &str| {
        let bytes = fs::read(format!("/proc/{process}/{name}")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    };
    let children = of(&format!("task/{process}/children"));
    let below = children.split_whitespace().filter_map(|child| child.parse().ok()).map(seen_by_ps);
    of("cmdline") + &of("environ") + &below.collect::<String>()
}

#[test]
fn a_list_of_processes_shows_no_token() {
    let scene = Scene::of("listed@d1.example", "device", "");
    scene.works("login main");
    let mut watch = scene.desk.start("pull --watch --every 1s");
    let mut seen = String::new();
    for _ in 0..20 {
        seen += &seen_by_ps(watch.id());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    watch.until("the mails are stored", || scene.desk.reports() == 5);
    seen += &seen_by_ps(watch.id());
    assert!(seen.contains("pull") && seen.contains("--watch"), "it was looked at: {seen}");
    assert!(!seen.contains("access-") && !seen.contains("refresh-"), "{seen}");
    watch.signal("TERM");
    let ended = watch.wait();
    assert!(!ended.err.contains("access-"), "{}", ended.err);
}
