//! Tests of greeting and signing in.

use std::sync::{Arc, Mutex};

use super::server::{FakeServer, HANG_UP};
use crate::error::Result;
use crate::intake::imap::{Mailbox, Security};
use crate::intake::sign_in::{Credentials, Mechanism, SignIn};
use crate::intake::{Intake as _, Stop};
use crate::model::secret::Secret;

/// Tokens `first`, then `second` where that was refused; notes what it was asked.
struct Tokens(Mechanism, Arc<Mutex<Vec<bool>>>);

impl SignIn for Tokens {
    fn credentials(&mut self, refused: bool) -> Result<Credentials> {
        self.1.lock().expect("no test has failed").push(refused);
        let token = Secret::new(if refused { "second-token" } else { "first-token" });
        Ok(Credentials::Token { user: "a,b".into(), token, mechanism: self.0 })
    }
}

/// Who always has the same.
struct Always(Credentials);

impl SignIn for Always {
    fn credentials(&mut self, _refused: bool) -> Result<Credentials> {
        Ok(self.0.clone())
    }
}

fn by_token(server: &FakeServer, mechanism: Mechanism) -> (Mailbox, Arc<Mutex<Vec<bool>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let tokens = Box::new(Tokens(mechanism, Arc::clone(&asked)));
    (Mailbox::new(server.server(), "a,b", tokens, Stop::default()), asked)
}

fn error(mailbox: &mut Mailbox) -> String {
    mailbox.open("INBOX", true).expect_err("a failure").to_string()
}

#[test]
fn a_wrong_password_is_tried_once_and_never_shown() {
    let server = FakeServer::new(&[1], |_, command| {
        let no = "TAG NO [AUTHENTICATIONFAILED] not hunter2, sorry\r\n";
        command.starts_with("LOGIN").then(|| no.into())
    });
    let mut mailbox = server.mailbox();
    for _ in 0..3 {
        let error = error(&mut mailbox);
        assert!(
            error.contains("[AUTHENTICATIONFAILED] not ***, sorry") && !error.contains("hunter2"),
            "{error}"
        );
        assert!(error.contains("cannot sign in as u at"), "{error}");
    }
    assert_eq!((1, 1), (server.connections(), server.commands("LOGIN").len()));
}

#[test]
fn a_password_repeated_after_signing_in_is_not_shown_either() {
    let text = format!("{} [hunter2] hunter2 aHVudGVyMg==", "x".repeat(280));
    for at in
        ["GREETING", "CAPABILITY", "LIST", "SELECT", "UID SEARCH", "UID FETCH", "UID MOVE", "LOGIN"]
    {
        for answer in ["TAG NO [X hunter2] ", "TAG BAD ", "* BYE ", "* BYE [hunter2] "] {
            let said = format!("{answer}{text}\r\n{HANG_UP}");
            let server = FakeServer::new(&[1], move |_, command| {
                command.starts_with(at).then(|| said.clone())
            });
            let said = what_is_said(&mut server.mailbox());
            assert!(
                !said.contains("hunter2") && !said.contains("aHVudGV"),
                "{at} {answer}: {said}"
            );
            assert!(
                said.contains("***") || at == "LIST" || at == "GREETING" && !answer.contains("BYE"),
                "{at} {answer}: {said}"
            );
        }
    }
}

/// All warnings and errors of reading and moving.
fn what_is_said(mailbox: &mut Mailbox) -> String {
    let mut said = Vec::new();
    let mut all = || -> Result<()> {
        mailbox.open("INBOX", true)?;
        let uids = mailbox.uids()?;
        let mut mails = mailbox.mails(uids, 1000);
        while mails.next()?.is_some() {}
        said.extend(mails.warning());
        let how = crate::model::Settle::Move("done".into());
        said.extend(mailbox.settle(&how, &[1], &[], &mut |_| Ok(()))?);
        Ok(())
    };
    let outcome = all();
    said.extend(outcome.err().map(|error| error.to_string()));
    said.join("; ")
}

#[test]
fn a_prefix_that_repeats_the_password_is_not_taken() {
    let server = FakeServer::new(&[1], |_, command| match command {
        "NAMESPACE" => Some("* NAMESPACE ((\"hunter2/\" \"/\")) NIL NIL\r\nTAG OK done\r\n".into()),
        "CREATE done" => Some("TAG NO no\r\n".into()),
        _ => None,
    })
    .with_capabilities("IMAP4rev1 MOVE NAMESPACE");
    let said = what_is_said(&mut server.mailbox());
    assert!(said.contains("the folder done cannot be made") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_server_that_has_no_time_is_asked_again() {
    let server = FakeServer::new(&[1], |connection, command| match (connection, command) {
        (1, "GREETING") => Some(format!("* BYE too busy\r\n{HANG_UP}")),
        (2, login) if login.starts_with("LOGIN") => Some("TAG NO [UNAVAILABLE] later\r\n".into()),
        _ => None,
    });
    assert!(server.mailbox().open("INBOX", true).is_ok());
    assert_eq!(3, server.connections());
}

#[test]
fn a_password_that_is_not_ascii_goes_where_its_encoding_is_known() {
    let server =
        FakeServer::good(&[1]).with_capabilities("IMAP4rev1 AUTH=PLAIN LOGINDISABLED SASL-IR");
    assert!(server.mailbox().open("INBOX", true).is_ok());
    assert_eq!(vec!["AUTHENTICATE PLAIN AHUAaHVudGVyMg=="], server.commands("AUTHENTICATE"));
    let without = FakeServer::good(&[1]).with_capabilities("IMAP4rev1 LOGINDISABLED");
    let error = error(&mut without.mailbox());
    assert!(error.contains("LOGINDISABLED") && error.contains("wants TLS first"), "{error}");
    assert!(without.commands("LOGIN").is_empty());
}

#[test]
fn a_password_that_is_not_ascii_waits_until_it_is_asked_for() {
    let server = FakeServer::new(&[1], |_, command| match command {
        "LOGIN u {9}" => Some("* OK one moment\r\n+ go on\r\n".into()),
        "p\u{e4}\u{df}wort" => Some("TAG OK welcome\r\n".into()),
        _ => None,
    });
    let password =
        || Credentials::Password { user: "u".into(), password: Secret::new("p\u{e4}\u{df}wort") };
    let mailbox = |server: &FakeServer| {
        Mailbox::new(server.server(), "u", Box::new(Always(password())), Stop::default())
    };
    assert!(mailbox(&server).open("INBOX", true).is_ok());
    let refusing = FakeServer::new(&[1], |_, command| {
        command.starts_with("LOGIN").then(|| "TAG BAD no literals\r\n".into())
    });
    assert!(error(&mut mailbox(&refusing)).contains("BAD no literals"));
}

#[test]
fn a_refused_token_is_replaced_once_by_a_new_one() {
    // base64 of `user=a,b^Aauth=Bearer second-token^A^A`
    let second = "dXNlcj1hLGIBYXV0aD1CZWFyZXIgc2Vjb25kLXRva2VuAQE=";
    let server = FakeServer::new(&[1], move |_, command| {
        let refused = command.starts_with("AUTHENTICATE") && !command.ends_with(second);
        refused.then(|| "TAG NO [AUTHENTICATIONFAILED] expired\r\n".into())
    });
    let (mut mailbox, asked) = by_token(&server, Mechanism::Offered);
    assert!(mailbox.open("INBOX", true).is_ok());
    assert_eq!(vec![false, true], *asked.lock().expect("no test has failed"));
    let never = FakeServer::new(&[1], |_, command| {
        command.starts_with("AUTHENTICATE").then(|| "TAG NO second-token is no good\r\n".into())
    });
    let (mut mailbox, _) = by_token(&never, Mechanism::Offered);
    let error = error(&mut mailbox);
    assert!(error.contains("NO *** is no good") && error.contains("ruaudit login"), "{error}");
    assert_eq!(2, never.connections());
}

#[test]
fn the_reason_of_a_refusal_is_answered_and_told() {
    for (mechanism, surrender) in [(Mechanism::Xoauth2, ""), (Mechanism::OauthBearer, "AQ==")] {
        let server = FakeServer::new(&[1], move |_, command| match command {
            authenticate if authenticate.starts_with("AUTHENTICATE") => Some("+ \r\n".into()),
            // base64 of {"status":"401"}
            shown if shown.len() > 20 && !shown.contains(' ') => {
                Some("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n".into())
            }
            answer if answer == surrender => Some("TAG NO refused\r\n".into()),
            _ => None,
        })
        .with_capabilities("IMAP4rev1 AUTH=XOAUTH2 AUTH=OAUTHBEARER");
        let (mut mailbox, _) = by_token(&server, mechanism);
        let error = error(&mut mailbox);
        assert!(error.contains("its reason: {\"status\":\"401\"}"), "{mechanism:?}: {error}");
    }
}

#[test]
fn a_token_is_not_shown_to_a_server_that_takes_none() {
    let server = FakeServer::good(&[1]).with_capabilities("IMAP4rev1 AUTH=PLAIN");
    let (mut mailbox, _) = by_token(&server, Mechanism::Offered);
    assert!(error(&mut mailbox).contains("neither XOAUTH2 nor OAUTHBEARER"));
    let named = FakeServer::good(&[1]).with_capabilities("IMAP4rev1 AUTH=OAUTHBEARER SASL-IR");
    let (mut mailbox, _) = by_token(&named, Mechanism::Offered);
    assert!(mailbox.open("INBOX", true).is_ok());
    assert_eq!(
        1,
        named.commands("AUTHENTICATE OAUTHBEARER bixhPWE9MkNiLAFob3N0PTEyNy4wLjAuMQFwb3J0").len()
    );
}

#[test]
fn nothing_goes_on_in_the_clear_where_tls_was_asked_for() {
    let cases = [
        ("STARTTLS", "TAG BAD what?\r\n", "does not offer STARTTLS"),
        ("STARTTLS", "TAG OK begin\r\n* OK injected\r\n", "sent data ahead of TLS"),
        ("STARTTLS", "TAG OK begin\r\n* OK inj", "sent data ahead of TLS"),
        ("GREETING", "* PREAUTH you are in\r\n", "signed in before TLS"),
    ];
    for (at, answer, expected) in cases {
        let server =
            FakeServer::new(&[1], move |_, command| (command == at).then(|| answer.into()));
        let mut settings = server.server();
        settings.security = Security::StartTls;
        // certificates of no use, but some: what is tested comes before
        let error = error(&mut server.mailbox_of(settings));
        assert!(error.contains(expected), "{answer}: {error}");
        assert!(server.commands("LOGIN").is_empty() && server.connections() == 1, "{answer}");
    }
}

#[test]
fn what_follows_starttls_is_tls() {
    let server = FakeServer::new(&[1], |_, command| {
        (command == "STARTTLS").then(|| "TAG OK begin\r\n".into())
    });
    let mut settings = server.server();
    settings.security = Security::StartTls;
    let error = error(&mut server.mailbox_of(settings));
    // the server of the test speaks none, and hangs up
    assert!(error.contains("tried 3 times") && !error.contains("ahead of TLS"), "{error}");
    assert!(server.commands("LOGIN").is_empty());
}

#[test]
fn who_is_signed_in_already_does_not_sign_in() {
    let server = FakeServer::new(&[1], |_, command| {
        (command == "GREETING").then(|| "* PREAUTH welcome\r\n".into())
    });
    assert!(server.mailbox().open("INBOX", true).is_ok());
    assert!(server.commands("LOGIN").is_empty());
}

#[test]
fn a_server_without_tls_is_told_from_one_with_a_bad_certificate() {
    let server = FakeServer::good(&[1]);
    let mut settings = server.server();
    settings.security = Security::Tls;
    let error = error(&mut server.mailbox_of(settings));
    assert!(error.contains("does not begin with TLS"), "{error}");
}
