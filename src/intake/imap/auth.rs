//! **Signing in**: LOGIN, and AUTHENTICATE with PLAIN, XOAUTH2 or OAUTHBEARER (RFC 4616, RFC 7628).
//!
//! In: credentials and what the server offers. Out: its answer, or an error that says what to do.
//! Refuses to send a password where the server forbids it. A server's reason for refusing a token
//! comes as a challenge, which is answered so that the refusal follows.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use imap_codec::imap_types::auth::AuthMechanism;
use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::secret::Secret as Hidden;

use super::Server;
use super::exchange::{Connection, Event, Loss, Trouble};
use super::session::{Capabilities, Failure, what};
use super::status::{Status, clean};
use super::strike::Strike;
use super::wire::Limit;
use crate::error::Error;
use crate::intake::sign_in::{Credentials, Mechanism};

/// How many challenges of a server are answered.
const CHALLENGES_MAX: usize = 5;

/// One way of signing in.
pub(super) enum Attempt<'a> {
    /// By LOGIN.
    Login(CommandBody<'a>),
    /// By AUTHENTICATE.
    Sasl {
        mechanism: AuthMechanism<'static>,
        /// What is shown.
        response: Vec<u8>,
        /// Whether it may be shown with the command (SASL-IR, RFC 4959).
        is_initial: bool,
        /// What is answered to the reason of a refusal.
        surrender: &'static [u8],
    },
}

impl<'a> Attempt<'a> {
    /// The way that goes with the credentials and the server.
    pub(super) fn choose(
        server: &Server,
        credentials: &'a Credentials,
        offered: &Capabilities,
        is_open: bool,
    ) -> Result<Self, Error> {
        match credentials {
            Credentials::Password { user, password } => {
                by_password(server, user, password.expose(), offered, is_open)
            }
            Credentials::Token { user, token, mechanism } => {
                by_token(server, user, token.expose(), *mechanism, offered)
            }
        }
    }

    /// Signs in; `challenge` gets what the server gives as a reason.
    pub(super) fn run(
        self,
        connection: &mut Connection,
        challenge: &mut Vec<u8>,
        limit: Limit,
    ) -> Result<Status, Trouble> {
        match self {
            Self::Login(command) => connection.run_quietly(command, limit),
            Self::Sasl { mechanism, response, is_initial, surrender } => {
                let initial_response =
                    is_initial.then(|| Hidden::new(Cow::Borrowed(response.as_slice())));
                let command = CommandBody::Authenticate { mechanism, initial_response };
                let shown = if is_initial { None } else { Some(response.as_slice()) };
                converse(connection, command, shown, surrender, challenge, limit)
            }
        }
    }
}

fn converse(
    connection: &mut Connection,
    command: CommandBody<'_>,
    mut to_show: Option<&[u8]>,
    surrender: &[u8],
    challenge: &mut Vec<u8>,
    limit: Limit,
) -> Result<Status, Trouble> {
    connection.send(command, limit, &mut |_| {})?;
    for _ in 0..CHALLENGES_MAX {
        let said = loop {
            match connection.event()? {
                Event::Answer(_) => {}
                Event::Continue(said) => break said,
                Event::Done(status) => return super::exchange::judge(status),
            }
        };
        if let Some(response) = to_show.take() {
            connection.respond(response)?;
        } else {
            *challenge = BASE64.decode(said).unwrap_or_default();
            connection.respond(surrender)?;
        }
    }
    Err(Loss::new("the server asks for more and more while one signs in").into())
}

fn by_password<'a>(
    server: &Server,
    user: &'a str,
    password: &'a str,
    offered: &Capabilities,
    is_open: bool,
) -> Result<Attempt<'a>, Error> {
    let is_disabled = offered.has("LOGINDISABLED");
    let has_plain = offered.has("AUTH=PLAIN");
    // LOGIN does not say in what encoding a name is; PLAIN does
    if has_plain && (is_disabled || !(user.is_ascii() && password.is_ascii())) {
        return Ok(sasl(AuthMechanism::Plain, plain(user, password), offered, b""));
    }
    if is_disabled {
        let remedy = if is_open {
            "it wants TLS first: set `security = \"tls\"` or \"starttls\""
        } else {
            "it takes no password: give the account an `oauth` section"
        };
        return Err(Error::new(
            what(server),
            "the server forbids signing in by password (LOGINDISABLED)",
            remedy,
        ));
    }
    CommandBody::login(user, password).map(Attempt::Login).map_err(|_| {
        Error::new(
            what(server),
            "the user or the password holds a character that cannot be sent",
            "correct it",
        )
    })
}

fn by_token<'a>(
    server: &Server,
    user: &str,
    token: &str,
    mechanism: Mechanism,
    offered: &Capabilities,
) -> Result<Attempt<'a>, Error> {
    let bearer = match mechanism {
        Mechanism::Xoauth2 => false,
        Mechanism::OauthBearer => true,
        Mechanism::Offered if offered.has("AUTH=XOAUTH2") => false,
        Mechanism::Offered if offered.has("AUTH=OAUTHBEARER") => true,
        Mechanism::Offered => {
            return Err(Error::new(
                what(server),
                "the server offers no signing in by token (neither XOAUTH2 nor OAUTHBEARER)",
                "give a password instead, or switch OAuth on at the server",
            ));
        }
    };
    if bearer {
        let shown = oauthbearer(server, user, token);
        return Ok(sasl(AuthMechanism::OAuthBearer, shown, offered, b"\x01"));
    }
    Ok(sasl(AuthMechanism::XOAuth2, xoauth2(user, token), offered, b""))
}

pub(super) fn plain(user: &str, password: &str) -> Vec<u8> {
    format!("\0{user}\0{password}").into_bytes()
}

pub(super) fn xoauth2(user: &str, token: &str) -> Vec<u8> {
    format!("user={user}\x01auth=Bearer {token}\x01\x01").into_bytes()
}

pub(super) fn oauthbearer(server: &Server, user: &str, token: &str) -> Vec<u8> {
    // RFC 7628, 3.1: the name is a saslname
    let name = user.replace('=', "=3D").replace(',', "=2C");
    let Server { host, port, .. } = server;
    format!("n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01").into_bytes()
}

fn sasl<'a>(
    mechanism: AuthMechanism<'static>,
    response: Vec<u8>,
    offered: &Capabilities,
    surrender: &'static [u8],
) -> Attempt<'a> {
    Attempt::Sasl { mechanism, response, is_initial: offered.has("SASL-IR"), surrender }
}

/// What a refusal means.
pub(super) fn failure(
    server: &Server,
    credentials: &Credentials,
    trouble: Trouble,
    challenge: &[u8],
) -> Failure {
    let status = match trouble {
        Trouble::Lost(loss) => {
            return Failure::ForNow(format!("while signing in: {}", loss.why));
        }
        Trouble::Refused(status) => status,
    };
    let mut why = format!("the server says: {}", status.in_words());
    if !challenge.is_empty() {
        let reason = Strike::of(server, credentials).out(&String::from_utf8_lossy(challenge));
        why = format!("{why}; its reason: {}", clean(reason.as_bytes()));
    }
    if status.is_passing() {
        return Failure::ForNow(format!("while signing in: {why}"));
    }
    let (user, remedy) = match credentials {
        Credentials::Password { user, .. } => (
            user,
            "check `user` and the password (some want an app password, and Microsoft 365 takes only OAuth); a run asks once only, so that the account is not locked",
        ),
        Credentials::Token { user, .. } => (
            user,
            "sign in anew with `ruaudit login ACCOUNT`, as this very user, and check that IMAP is allowed for the mailbox",
        ),
    };
    let what = format!("cannot sign in as {user} at {}:{}", server.host, server.port);
    Failure::Refused(Error::new(what, why, remedy))
}
