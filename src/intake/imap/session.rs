//! A **session**: a connection from its greeting to LOGOUT, signed in.
//!
//! In: a server and credentials. Out: a connection on which folders can be opened, and what the
//! server can do. Refuses a server that does not offer STARTTLS where that is asked for, and one that
//! holds us signed in before TLS. A secret never comes into an error: where a server repeats it, it
//! is struck out.

use std::collections::HashSet;

use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::response::Data;

use super::auth::{self, Attempt};
use super::exchange::{Answer, Connection, Loss, Trouble};
use super::folders::Names;
use super::status::{Kind, Status};
use super::strike::Strike;
use super::wire::{Broken, Limit, Wire};
use super::{Security, Server};
use crate::error::Error;
use crate::intake::Stop;
use crate::intake::sign_in::Credentials;

/// Why there is no session.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may go better the next time.
    ForNow(String),
    /// It will go wrong again.
    ForGood(Error),
    /// The server does not take these credentials.
    Refused(Error),
}

impl From<Loss> for Failure {
    fn from(loss: Loss) -> Self {
        Self::ForNow(loss.why)
    }
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::ForNow(why) => Self::ForNow(why),
            Broken::ForGood(error) => Self::ForGood(error),
        }
    }
}

/// What a server says that it can do (RFC 9051, 7.2.2).
#[derive(Debug, Clone, Default)]
pub(super) struct Capabilities(HashSet<String>);

impl Capabilities {
    fn of(words: &str) -> Self {
        Self(words.split_ascii_whitespace().map(str::to_ascii_uppercase).collect())
    }

    /// Whether this is one of them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// A connection on which one is signed in.
#[derive(Debug)]
pub(super) struct Session {
    /// The connection.
    pub connection: Connection,
    /// What the server can do.
    pub capabilities: Capabilities,
    /// How its folders are named.
    pub names: Names,
    /// How long a command may take.
    pub limit: Limit,
}

impl Session {
    /// Connects and signs in.
    pub(super) fn open(
        server: &Server,
        credentials: &Credentials,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let limit = Limit::short(server.patience.command);
        let strike = Strike::of(server, credentials);
        let mut connection = Connection::new(Wire::connect(server, stop)?, strike);
        let mut greeting = welcome(server, &mut connection)?;
        if server.security == Security::StartTls {
            connection = start_tls(server, connection, limit)?;
            // what was said before TLS may be another's words
            greeting.code.clear();
        }
        let capabilities = capabilities(&mut connection, &greeting, limit)?;
        let mut session = Self { connection, capabilities, names: Names::default(), limit };
        if greeting.kind != Kind::Preauth {
            session.sign_in(server, credentials)?;
        }
        session.names =
            Names::ask(&mut session).map_err(|trouble| Failure::ForNow(trouble.in_words()))?;
        Ok(session)
    }

    fn sign_in(&mut self, server: &Server, credentials: &Credentials) -> Result<(), Failure> {
        let is_open = self.connection.is_open_to_all();
        let attempt = Attempt::choose(server, credentials, &self.capabilities, is_open)
            .map_err(Failure::ForGood)?;
        let mut challenge = Vec::new();
        let answer = attempt.run(&mut self.connection, &mut challenge, self.limit);
        let status =
            answer.map_err(|trouble| auth::failure(server, credentials, trouble, &challenge))?;
        self.capabilities = capabilities(&mut self.connection, &status, self.limit)?;
        Ok(())
    }

    /// Says good-bye. Nothing depends on the answer.
    pub(super) fn close(mut self) {
        let short = Limit::short(self.limit.total.min(std::time::Duration::from_secs(5)));
        let _ = self.connection.run_quietly(CommandBody::Logout, short);
    }
}

/// Reads the greeting, and turns away where it is none to go on from.
fn welcome(server: &Server, connection: &mut Connection) -> Result<Status, Failure> {
    let greeting =
        connection.greeting().map_err(|loss| Failure::ForNow(no_greeting(server, &loss.why)))?;
    match greeting.kind {
        Kind::Ok => Ok(greeting),
        Kind::Preauth if server.security != Security::StartTls => Ok(greeting),
        Kind::Preauth => Err(Failure::ForGood(Error::new(
            what(server),
            "the server holds us signed in before TLS, so that TLS cannot begin",
            "somebody may be between: use `security = \"tls\"`, or ask who runs the server",
        ))),
        _ => Err(Failure::ForNow(format!("the server says: {}", greeting.in_words()))),
    }
}

/// A server that begins with TLS waits for us to speak, and says nothing.
fn no_greeting(server: &Server, why: &str) -> String {
    match server.security {
        Security::Tls => format!("no greeting: {why}"),
        _ => format!("no greeting: {why}. Is this its TLS port? Then set `security = \"tls\"`"),
    }
}

fn start_tls(
    server: &Server,
    mut connection: Connection,
    limit: Limit,
) -> Result<Connection, Failure> {
    match connection.run_quietly(CommandBody::StartTLS, limit) {
        Ok(_) => {}
        Err(Trouble::Lost(loss)) => return Err(loss.into()),
        Err(refused @ Trouble::Refused(_)) => {
            return Err(Failure::ForGood(Error::new(
                what(server),
                format!("the server does not offer STARTTLS ({})", refused.in_words()),
                "use `security = \"tls\"` (port 993) if it offers that; nothing is sent in the clear",
            )));
        }
    }
    let strike = connection.strike.clone();
    let wire = connection.into_wire().map_err(|loss| {
        Failure::ForGood(Error::new(what(server), loss.why, "use `security = \"tls\"` (port 993)"))
    })?;
    Ok(Connection::new(wire.secure(server)?, strike))
}

/// What the server can do, as it said on the way, or as it says when asked.
fn capabilities(
    connection: &mut Connection,
    said: &Status,
    limit: Limit,
) -> Result<Capabilities, Failure> {
    if let Some(words) = said.argument("CAPABILITY") {
        return Ok(Capabilities::of(words));
    }
    let mut found = Capabilities::default();
    let answer = connection.run(CommandBody::Capability, limit, &mut |answer| {
        if let Answer::Data(Data::Capability(list)) = answer {
            found.0.extend(list.as_ref().iter().map(|name| name.to_string().to_ascii_uppercase()));
        }
    });
    answer.map_err(|trouble| Failure::ForNow(trouble.in_words()))?;
    Ok(found)
}

/// What was tried, for an error.
pub(super) fn what(server: &Server) -> String {
    format!("cannot use the mail server {}:{}", server.host, server.port)
}
