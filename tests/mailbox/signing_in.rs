//! **Signing in** to a real server: what protects the connection, whose word is taken for it, and
//! what is said when the server refuses.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use crate::account::Account;
use crate::dovecot::{Dovecot, shared};
use crate::fake::{Fake, Served};
use crate::mails::{reports, truth};
use crate::program::{Desk, Ended, entry, plain, tls};

const SOON: Duration = Duration::from_secs(10);

/// Pulls the reports of a user by an entry in the configuration.
fn reads(user: &str, entry: impl Fn(&'static Dovecot) -> String) {
    let mails = reports(0..12);
    Account::holding(shared(), user, &mails);
    let desk = Desk::new(&entry(shared()));
    desk.pulled();
    assert_eq!(truth(&mails), desk.stored());
}

/// How a pull fails that must not even try to sign in.
fn fails(user: &str, entry: &str) -> Ended {
    let account = Account::holding(shared(), user, &reports(0..2));
    let desk = Desk::new(entry);
    let ended = desk.pull("");
    assert_eq!(0, desk.reports());
    assert!(ended.took < SOON, "{:?}", ended.took);
    let log = account.server.log(&format!("user=<{user}>"));
    assert!(!log.iter().any(|line| line.contains("Login:")), "{log:?}");
    ended
}

fn trusting(server: &Dovecot) -> String {
    format!("ca_file = \"{}\"\n", server.authority().display())
}

#[test]
fn a_mailbox_is_read_in_the_clear_on_this_machine() {
    let user = "in-the-clear";
    reads(user, |server| {
        entry("main", user, &format!("security = \"plain\"\nport = {}\n", server.plain))
    });
}

#[test]
fn a_mailbox_is_read_over_tls() {
    let user = "over-tls";
    reads(user, |server| tls("main", user, server, &trusting(server)));
}

#[test]
fn a_mailbox_is_read_over_starttls() {
    let user = "over-starttls@d1.example";
    reads(user, |server| {
        let lines = format!("security = \"starttls\"\nport = {}\n", server.plain);
        entry("main", user, &format!("{lines}{}", trusting(server)))
    });
    assert!(shared().log(user).iter().any(|line| line.contains("Login:") && line.contains("TLS")));
}

#[test]
fn a_name_is_tried_at_every_address_it_has() {
    let user = "by-name"; // `localhost` is ::1 too, where nobody listens
    let more = |server: &Dovecot| format!("host = \"localhost\"\n{}", trusting(server));
    reads(user, |server| tls("main", user, server, &more(server)));
}

#[test]
fn the_authority_may_be_named_relative_to_the_configuration() {
    let mails = reports(0..3);
    Account::holding(shared(), "relative", &mails);
    let account = tls("main", "relative", shared(), "ca_file = \"ca.pem\"\n");
    let desk = Desk::new(&format!("db = \"ruaudit.db\"\n{account}"));
    fs::copy(shared().authority(), desk.path().join("ca.pem")).unwrap();
    let mut command = desk.command("pull --config");
    command.arg(desk.path().join("ruaudit.toml")).current_dir("/");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(truth(&mails), desk.stored());
}

#[test]
fn a_wrong_password_is_said_and_tried_once() {
    let account = Account::holding(shared(), "wrong-password", &reports(0..2));
    let desk = Desk::reading(&account, "password = \"open sesame\"\n");
    let ended = desk.pull("");
    let failure = ended.failure();
    assert!(failure.contains("Authentication failed"), "{failure}");
    assert!(failure.contains("wrong-password"), "{failure}");
    assert!(!format!("{}{}", ended.out, ended.err).contains("sesame"), "the password is shown");
    assert_eq!(1, account.refusals());
    assert!(ended.took < SOON, "{:?}", ended.took);
}

#[test]
fn a_certificate_of_a_stranger_is_refused_before_the_password_is_sent() {
    let server = shared();
    let lines = format!("ca_file = \"{}\"\n", server.stranger().display());
    let failure = fails("stranger", &tls("main", "stranger", server, &lines)).failure();
    assert!(failure.contains("certificate") && failure.contains("127.0.0.1"), "{failure}");
    let lines = format!("security = \"starttls\"\nport = {}\n{lines}", server.plain);
    let failure = fails("stranger", &entry("main", "stranger", &lines)).failure();
    assert!(failure.contains("certificate"), "{failure}");
}

#[test]
fn a_certificate_of_another_host_is_refused_before_the_password_is_sent() {
    let server = shared();
    let lines = format!("host = \"127.0.0.2\"\n{}", trusting(server));
    let failure = fails("other-host", &tls("main", "other-host", server, &lines)).failure();
    assert!(failure.contains("certificate") && failure.contains("127.0.0.2"), "{failure}");
}

#[test]
fn starttls_is_insisted_on() {
    let fake = Fake::serving(Served::of(&reports(0..2)).able_to("IMAP4rev1 UIDPLUS"), vec![]);
    let text = fake.entry("").replace("\"plain\"", "\"starttls\"");
    let failure = Desk::new(&text).pull("").failure();
    assert!(failure.contains("STARTTLS"), "{failure}");
    assert_eq!(0, fake.heard_with("secret"));
}

#[test]
fn in_the_clear_is_only_for_this_machine() {
    let text = entry("main", "me", "host = \"imap.d1.example\"\nsecurity = \"plain\"\n");
    let ended = Desk::new(&text).run("pull");
    assert_eq!(Some(2), ended.code);
    assert!(ended.err.contains("security") && ended.err.contains("starttls"), "{}", ended.err);
}

#[test]
fn a_server_that_is_not_there_is_said_and_keeps_nobody_waiting() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let lines = format!("security = \"plain\"\nport = {port}\nattempts = 2\n");
    let ended = Desk::new(&entry("main", "nobody", &lines)).pull("");
    let failure = ended.failure();
    assert!(failure.contains(&format!("127.0.0.1:{port}")), "{failure}");
    assert!(ended.took < SOON, "{:?}", ended.took);
}

#[test]
fn an_account_that_fails_does_not_keep_the_others_from_being_read() {
    let (bad, good) = (reports(0..2), reports(2..5));
    let bad = Account::holding(shared(), "one-of-two-bad", &bad);
    let fine = Account::holding(shared(), "one-of-two-good", &good);
    let text = plain("a", &bad, "password = \"wrong\"\n") + &plain("b", &fine, "");
    let desk = Desk::new(&text);
    let ended = desk.pull("");
    assert_eq!(Some(2), ended.code);
    let accounts = ended.json()["accounts"].clone();
    assert!(accounts[0]["error"].is_string() && accounts[1]["error"].is_null(), "{accounts}");
    assert_eq!(truth(&good), desk.stored());
}

#[test]
fn accounts_are_read_that_are_named() {
    let (one, two) = (reports(0..2), reports(2..5));
    let first = Account::holding(shared(), "named-one", &one);
    let second = Account::holding(shared(), "named-two", &two);
    let desk = Desk::new(&(plain("a", &first, "") + &plain("b", &second, "")));
    assert_eq!(Some(0), desk.pull("b").code);
    assert_eq!(truth(&two), desk.stored());
    let ended = desk.run("pull c");
    assert_eq!(Some(2), ended.code);
    assert!(ended.err.contains('c') && ended.err.contains('a'), "{}", ended.err);
}

#[test]
fn the_password_comes_from_wherever_the_configuration_says() {
    let mails = reports(0..2);
    let account = Account::holding(shared(), "password-places", &mails);
    let ways = [
        "password_file = \"word\"\n",
        "password_env = \"WORD\"\n",
        "password_command = [\"cat\", \"word\"]\n",
        "password_command = \"cat word\"\n",
        "password_credential = \"word\"\n",
    ];
    for way in ways {
        let desk = Desk::reading(&account, way);
        fs::write(desk.path().join("word"), "secret\nand more\n").unwrap();
        let mut command = desk.command("pull");
        command.env("WORD", "secret").env("CREDENTIALS_DIRECTORY", desk.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{way}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(truth(&mails), desk.stored(), "{way}");
    }
}

#[test]
fn an_account_may_stand_in_the_environment_alone() {
    let mails = reports(0..2);
    let account = Account::holding(shared(), "environment", &mails);
    let desk = Desk::new("");
    let mut command = desk.command("pull");
    let port = account.server.plain.to_string();
    let keys = [("HOST", "127.0.0.1"), ("USER", "environment"), ("PASSWORD", "secret")];
    for (key, value) in keys.into_iter().chain([("SECURITY", "plain"), ("PORT", &port)]) {
        command.env(format!("RUAUDIT_ACCOUNT_MAIN_{key}"), value);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(truth(&mails), desk.stored());
}
