//! A person approves.

use super::*;
use crate::intake::oauth::token_server::fields;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn the_device_flow_waits_as_long_as_the_server_wants() {
    let stage = Stage::new();
    stage.server.set(|rules| (rules.pending, rules.slow_down, rules.interval) = (2, 2, Some(1)));
    let mut person = Patient::default();
    let token = stage.approve(Flow::Device, &mut person).unwrap();
    assert_eq!([1, 6, 11, 11, 11].map(seconds), *person.waits);
    assert!(
        person.told[0].contains("WDJB-MJHT") && person.told[0].contains("https://login.example")
    );
    assert_eq!(NOW + 3600, token.expires_at);
    assert_eq!(token, stage.kept());
    let asked = &stage.server.asked("/device")[0].fields;
    assert_eq!(("ruaudit-test", "imap offline_access"), (&*asked["client_id"], &*asked["scope"]));
    stage.check_secrets(&format!("{token:?} {:?} {:?}", stage.file(), stage.client(Flow::Device)));
    stage.check_secrets(&person.told.concat());
}

#[test]
fn a_server_that_names_no_interval_is_asked_every_five_seconds() {
    let stage = Stage::new();
    stage.server.set(|rules| (rules.pending, rules.interval) = (1, None));
    let mut person = Patient::default();
    stage.approve(Flow::Device, &mut person).unwrap();
    assert_eq!([5, 5].map(seconds), *person.waits);
}

#[test]
fn a_server_that_wants_no_pause_is_asked_once_a_second() {
    let stage = Stage::new();
    stage.server.set(|rules| (rules.pending, rules.interval) = (2, Some(0)));
    let mut person = Patient::default();
    stage.approve(Flow::Device, &mut person).unwrap();
    assert_eq!([1, 1, 1].map(seconds), *person.waits);
}

#[test]
fn a_code_that_nobody_enters_ends() {
    let stage = Stage::new();
    stage.server.set(|rules| {
        (rules.pending, rules.interval, rules.code_lasts) = (1000, Some(10), 60);
    });
    let mut person = Patient::default();
    let error = stage.approve(Flow::Device, &mut person).unwrap_err().to_string();
    assert!(error.contains("nobody approved in time"), "{error}");
    assert_eq!(6, person.waits.len());
    assert_eq!(None, stage.file().read().unwrap());
}

#[test]
fn who_says_no_gets_no_token() {
    for flow in [Flow::Device, Flow::Browser] {
        let stage = Stage::new();
        stage.server.set(|rules| rules.denies = true);
        let error = stage.approve(flow, &mut Patient::with(Browser::Elsewhere)).unwrap_err();
        assert!(error.to_string().contains("access_denied"), "{error}");
        assert_eq!(None, stage.file().read().unwrap());
    }
}

#[test]
fn a_browser_here_or_elsewhere_brings_the_code_back() {
    for browser in [Browser::Here, Browser::Elsewhere] {
        let stage = Stage::new();
        let mut person = Patient::with(browser);
        let token = stage.approve(Flow::Browser, &mut person).unwrap();
        assert_eq!(token, stage.kept());
        let sent = fields(person.page.split_once('?').unwrap().1);
        assert_eq!(
            ("offline", "code", "ruaudit-test", "imap offline_access", "S256"),
            (
                &*sent["access_type"],
                &*sent["response_type"],
                &*sent["client_id"],
                &*sent["scope"],
                &*sent["code_challenge_method"]
            )
        );
        let asked = &stage.server.asked("/token")[0].fields;
        assert_eq!(sent["code_challenge"], browser::challenge(&asked["code_verifier"]));
        assert_eq!(sent["redirect_uri"], asked["redirect_uri"]);
        assert!(sent["redirect_uri"].starts_with("http://127.0.0.1:"), "{sent:?}");
        assert!(!person.page.contains(&asked["code_verifier"]));
    }
}

#[test]
fn an_address_of_another_attempt_is_said_to_be_one_and_the_next_one_counts() {
    let stage = Stage::new();
    let mut person = Patient::with(Browser::Elsewhere);
    for line in ["", "hello", "http://127.0.0.1:1/?code=x&state=x", "?"] {
        person.typed.push_back(line.into());
    }
    stage.approve(Flow::Browser, &mut person).unwrap();
    let again = person.told.iter().filter(|told| told.starts_with("Again")).count();
    assert_eq!(4, again, "{:?}", person.told);
    assert!(person.told.iter().any(|told| told.contains("earlier attempt")));
}

#[test]
fn microsoft_is_sent_back_by_name() {
    let stage = Stage::new();
    let known = preset("microsoft", None, Some(Flow::Browser)).unwrap();
    let client = Client { authorize_url: known.authorize_url, ..stage.client(Flow::Browser) };
    let mut person = Stops(String::new());
    approve(&client, USER, &stage.file(), &mut person, now).unwrap_err();
    assert!(person.0.contains("redirect_uri=http%3A%2F%2Flocalhost%3A"), "{}", person.0);
}

/// A person who notes the page and does no more.
struct Stops(String);

impl Person for Stops {
    fn invite(&mut self, invitation: Invitation<'_>) -> Result<()> {
        self.0 = format!("{invitation:?}");
        Err(crate::error::Error::new("a", "b", "c"))
    }
}

#[test]
fn a_program_with_leave_of_its_own_asks_nobody() {
    let stage = Stage::new();
    stage.server.set(|rules| rules.client_secret = Some("very-secret".into()));
    let mut person = Patient::default();
    let token = stage.approve(Flow::ClientCredentials, &mut person).unwrap();
    assert_eq!((None, 0), (token.refresh_token, person.told.len()));
    stage.server.set(|rules| rules.client_secret = Some("another".into()));
    let error = stage.approve(Flow::ClientCredentials, &mut person).unwrap_err().to_string();
    assert!(error.contains("invalid_client") && error.contains("check client_id"), "{error}");
}

#[test]
fn nobody_is_asked_when_the_token_could_not_be_kept() {
    let stage = Stage::new();
    let file = TokenFile::new("/nonexistent/main.token.json");
    let mut person = Patient::default();
    let client = stage.client(Flow::Device);
    let error = approve(&client, USER, &file, &mut person, now).unwrap_err().to_string();
    assert!(error.contains("/nonexistent/main.token.json"), "{error}");
    stage.approve(Flow::Device, &mut person).unwrap();
    let asked = stage.server.questions().len();
    let error = approve(&client, "other", &stage.file(), &mut person, now).unwrap_err().to_string();
    assert!(error.contains(&format!("for the user {USER}, not other")), "{error}");
    assert_eq!(asked, stage.server.questions().len());
}

#[test]
fn a_flow_without_its_address_says_so() {
    let stage = Stage::new();
    for (flow, key) in [(Flow::Device, "`device_url`"), (Flow::Browser, "`authorize_url`")] {
        let client = Client { device_url: None, authorize_url: None, ..stage.client(flow) };
        let error = approve(&client, USER, &stage.file(), &mut Patient::default(), now);
        assert!(error.unwrap_err().to_string().contains(key));
    }
}
