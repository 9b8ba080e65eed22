//! Servers that do not do as they should.

use std::io::{Read as _, Write as _};
use std::time::Instant;

use super::*;
use crate::intake::oauth::token_server::Fault;
use crate::intake::sign_in::SignIn as _;

/// Each fault, and words of what the user reads.
const FAULTS: [(Fault, &str); 11] = [
    (Fault::Refuse("invalid_request"), "it says invalid_request: you sent"),
    (Fault::Garbage, "is not that of OAuth 2.0"),
    (Fault::Endless, "longer than 64 KiB"),
    (Fault::EndlessHead, ""),
    (Fault::Hang, "did not answer within 1 s"),
    (Fault::Status(404), "status 404"),
    (Fault::Status(500), "status 500"),
    (Fault::HangUp, "try again later"),
    (Fault::Redirect, "sends elsewhere"),
    (Fault::NoToken, "no token in its answer"),
    (Fault::Crooked, "characters that no token may hold"),
];

#[test]
fn no_fault_costs_the_old_token_or_shows_one_or_takes_long() {
    for (fault, words) in FAULTS {
        let stage = Stage::approved();
        let before = stage.kept();
        stage.server.fail("/token", 99, fault);
        let started = Instant::now();
        let mut sign_in = stage.sign_in(Flow::Device, || NOW + 4000);
        let error = sign_in.credentials(false).unwrap_err().to_string();
        assert!(error.contains(words), "{fault:?}: {error}");
        stage.check_secrets(&error);
        assert_eq!(before, stage.kept(), "{fault:?}");
        assert!(started.elapsed() < Duration::from_secs(10), "{fault:?}");
        assert_eq!(2, std::fs::read_dir(stage.folder.path()).unwrap().count(), "{fault:?}");
        stage.server.fail("/token", 0, fault);
        sign_in.credentials(false).unwrap();
    }
}

#[test]
fn no_fault_of_the_first_question_invites_a_person() {
    for (fault, words) in
        FAULTS.into_iter().filter(|(fault, _)| *fault != Fault::NoToken && *fault != Fault::Crooked)
    {
        let stage = Stage::new();
        stage.server.fail("/device", 99, fault);
        let mut person = Patient::default();
        let error = stage.approve(Flow::Device, &mut person).unwrap_err().to_string();
        assert!(error.contains(words), "{fault:?}: {error}");
        stage.check_secrets(&error);
        assert_eq!(0, person.told.len(), "{fault:?}");
    }
}

#[test]
fn a_person_who_approves_is_waited_for_through_a_storm() {
    let stage = Stage::new();
    stage.server.set(|rules| rules.interval = Some(4));
    stage.server.fail("/token", 3, Fault::HangUp);
    let mut person = Patient::default();
    stage.approve(Flow::Device, &mut person).unwrap();
    assert_eq!([4, 8, 16, 32].map(Duration::from_secs), *person.waits);
}

#[test]
fn a_person_is_told_once_when_the_server_is_silent_for_long() {
    let stage = Stage::new();
    stage.server.set(|rules| (rules.interval, rules.pending) = (Some(5), 1));
    stage.server.fail("/token", 4, Fault::Status(503));
    let mut person = Patient::default();
    stage.approve(Flow::Device, &mut person).unwrap();
    let told: Vec<_> = person.told.iter().filter(|told| told.starts_with("Silence")).collect();
    assert_eq!(["Silence(\"it answered with status 503\")"], *told);
    // a short silence is none
    let stage = Stage::new();
    stage.server.set(|rules| rules.interval = Some(5));
    stage.server.fail("/token", 1, Fault::Status(503));
    let mut person = Patient::default();
    stage.approve(Flow::Device, &mut person).unwrap();
    assert_eq!(1, person.told.len(), "{:?}", person.told);
}

#[test]
fn nothing_is_asked_of_a_server_without_https() {
    let stage = Stage::new();
    let client =
        Client { token_url: "http://login.example/token".into(), ..stage.client(Flow::Device) };
    let error = approve(&client, USER, &stage.file(), &mut Patient::default(), now).unwrap_err();
    assert!(error.to_string().contains("it is not https"), "{error}");
    assert_eq!(0, stage.server.questions().len());
}

#[test]
fn a_server_that_cannot_say_who_it_is_is_told_nothing() {
    let stage = Stage::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/token", listener.local_addr().unwrap());
    let client = Client { token_url: url, ..stage.client(Flow::ClientCredentials) };
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = vec![0; 4096];
        let length = stream.read(&mut heard).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"a\"}").unwrap();
        heard.truncate(length);
        String::from_utf8_lossy(&heard).into_owned()
    });
    let error = approve(&client, USER, &stage.file(), &mut Patient::default(), now).unwrap_err();
    assert!(error.to_string().contains("no safe connection"), "{error}");
    stage.check_secrets(&error.to_string());
    stage.check_secrets(&server.join().unwrap());
}
