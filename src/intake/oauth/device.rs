//! The **device flow** (RFC 8628): a person enters a code in any browser, on any machine.
//!
//! In: a client with a `device_url`. Out: a grant. It asks no faster than the server wants, and ends
//! when the code does.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};

use super::Client;
use super::form::Form;
use super::grant::{self, Grant};
use super::http::{Endpoint, Fields, Trouble, number, text};
use super::person::{Invitation, Person};

/// Seconds between two questions unless the server says so (RFC 8628, 3.2).
const INTERVAL: u64 = 5;
/// What `slow_down` adds to them (RFC 8628, 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// The shortest and the longest pause between two questions.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How long a person is left without a word while the server does not answer.
const SILENCE: Duration = Duration::from_secs(30);
/// Seconds that a code lasts unless the server says so, and at most.
const LASTS: (u64, u64) = (900, 3600);
/// Bytes that the code and the addresses may have; a person is to read them.
const LONGEST: usize = 1 << 10;
/// What to do when the person said no, or nothing.
const REMEDY: &str = "run `ruaudit login` again, and approve there";

/// What the server gave to start with.
struct Started {
    device_code: String,
    user_code: String,
    url: String,
    complete: Option<String>,
    lasts: u64,
    interval: Duration,
}

/// Obtains a grant.
///
/// # Errors
/// When the server or the person says no, or the code ends before anybody enters it.
pub(super) fn run(client: &Client, person: &mut dyn Person) -> Result<Grant> {
    let endpoint = grant::endpoint(client)?;
    let started = start(client)?;
    person.invite(Invitation::Code {
        url: &started.url,
        code: &started.user_code,
        complete: started.complete.as_deref(),
        lasts: started.lasts,
    })?;
    let form = grant::form(client)
        .with("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
        .with("device_code", started.device_code.as_str());
    poll(&endpoint, &form, &started, person)
}

/// Asks for a code (RFC 8628, 3.1).
fn start(client: &Client) -> Result<Started> {
    let url = client.device_url.as_deref().ok_or_else(|| {
        let remedy = "give `device_url`, or use another `flow`";
        Error::new("cannot use the device flow", "no address for device codes is known", remedy)
    })?;
    let endpoint = Endpoint::new(url, client.ca_file.as_deref())?;
    let form = grant::form(client).with("scope", client.scope.as_str());
    let fields = endpoint.ask(&form).map_err(|trouble| {
        let remedy = "check client_id and scope, and that the client may use the device flow";
        trouble.into_error(url, remedy)
    })?;
    started(&fields).ok_or_else(|| grant::unusable(url, "there is no device code in its answer"))
}

/// What the server answered; the older name of the address is Google's.
fn started(fields: &Fields) -> Option<Started> {
    let short = |name| text(fields, name).filter(|text| !text.is_empty() && text.len() <= LONGEST);
    Some(Started {
        device_code: text(fields, "device_code")?.to_owned(),
        user_code: short("user_code")?.to_owned(),
        url: short("verification_uri").or_else(|| short("verification_url"))?.to_owned(),
        complete: short("verification_uri_complete").map(str::to_owned),
        lasts: number(fields, "expires_in").unwrap_or(LASTS.0).min(LASTS.1),
        interval: bounded(Duration::from_secs(number(fields, "interval").unwrap_or(INTERVAL))),
    })
}

fn bounded(pause: Duration) -> Duration {
    pause.clamp(PAUSES.0, PAUSES.1)
}

/// Asks whether the person has approved, until there is an answer (RFC 8628, 3.4).
fn poll(
    endpoint: &Endpoint,
    form: &Form,
    started: &Started,
    person: &mut dyn Person,
) -> Result<Grant> {
    let refused = |trouble: Trouble| trouble.into_error(endpoint.url(), REMEDY);
    let (begin, mut waited, mut pause) = (Instant::now(), Duration::ZERO, started.interval);
    let mut silence = Silence::default();
    loop {
        person.wait(pause);
        waited += pause;
        let trouble = match grant::ask(endpoint, form) {
            Ok(grant) => return Ok(grant),
            Err(trouble) => trouble,
        };
        let Some(next) = slower(&trouble, pause) else { return Err(refused(trouble)) };
        pause = bounded(next);
        let now = begin.elapsed().max(waited);
        if now >= Duration::from_secs(started.lasts) {
            return Err(refused(expired()));
        }
        if let Some(why) = silence.heard(&trouble, now, pause) {
            person.invite(Invitation::Silence(why))?;
        }
    }
}

/// Since when the server has not answered.
#[derive(Default)]
struct Silence {
    since: Duration,
    is_told: bool,
}

impl Silence {
    /// Why there was no answer, if that has to be said before the next pause, and was not yet.
    fn heard<'a>(
        &mut self,
        trouble: &'a Trouble,
        now: Duration,
        pause: Duration,
    ) -> Option<&'a str> {
        let Trouble::Unreachable(why) = trouble else {
            *self = Self { since: now, is_told: false };
            return None;
        };
        let is_due = !self.is_told && now + pause > self.since + SILENCE;
        self.is_told |= is_due;
        is_due.then_some(why)
    }
}

/// The pause before the next question; none if there shall be none.
fn slower(trouble: &Trouble, pause: Duration) -> Option<Duration> {
    match trouble {
        trouble if trouble.is(&["authorization_pending"]) => Some(pause),
        trouble if trouble.is(&["slow_down"]) => Some(pause.saturating_add(SLOWER)),
        // a server that does not answer may have too much to do (RFC 8628, 3.5)
        Trouble::Unreachable(_) => Some(pause.saturating_mul(2)),
        Trouble::Refused { .. } | Trouble::Unusable(_) => None,
    }
}

fn expired() -> Trouble {
    Trouble::Refused { code: "expired_token".into(), why: "nobody approved in time".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn refused(code: &str) -> Trouble {
        Trouble::Refused { code: code.into(), why: String::new() }
    }

    #[test]
    fn questions_come_slower_when_the_server_says_so_or_nothing() {
        assert_eq!(Some(seconds(5)), slower(&refused("authorization_pending"), seconds(5)));
        assert_eq!(Some(seconds(10)), slower(&refused("slow_down"), seconds(5)));
        assert_eq!(Some(seconds(10)), slower(&Trouble::Unreachable(String::new()), seconds(5)));
        for code in ["access_denied", "expired_token", "invalid_grant", "authorization_declined"] {
            assert_eq!(None, slower(&refused(code), seconds(5)), "{code}");
        }
    }

    #[test]
    fn what_a_server_says_is_bounded() {
        let parse = |json: &str| started(&serde_json::from_str(json).unwrap());
        let json = r#"{"device_code":"d","user_code":"u","verification_url":"v",
            "expires_in":99999999999,"interval":99999999999}"#;
        let most = parse(json).unwrap();
        assert_eq!((3600, seconds(60)), (most.lasts, most.interval));
        let least = parse(&json.replace("99999999999", "0")).unwrap();
        assert_eq!((0, PAUSES.0), (least.lasts, least.interval));
        let unsaid =
            parse(r#"{"device_code":"d","user_code":"u","verification_uri":"v"}"#).unwrap();
        assert_eq!((900, seconds(5)), (unsaid.lasts, unsaid.interval));
        assert!(parse(&json.replace("\"u\"", &format!("{:?}", "u".repeat(2000)))).is_none());
        assert!(parse("{}").is_none());
    }
}
