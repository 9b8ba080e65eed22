//! **Mailboxes** on IMAP servers (RFC 9051, RFC 3501).

use std::path::PathBuf;
use std::time::Duration;

mod ability;
mod auth;
mod exchange;
mod fetched;
mod folders;
mod frames;
mod idle;
mod listing;
mod mailbox;
mod mails;
mod origin;
mod session;
mod settle;
mod status;
mod strike;
mod transfer;
mod utf7;
mod vain;
mod wire;

pub use mailbox::{Folder, Mailbox};
pub use mails::Mails;
pub use settle::Step;

/// How a mail server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What protects the connection.
    pub security: Security,
    /// Certificate authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// How long to wait for it.
    pub patience: Patience,
}

/// What protects a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// TLS from the first byte (port 993).
    #[default]
    Tls,
    /// TLS after STARTTLS (port 143). A server that does not offer it is refused.
    StartTls,
    /// Nothing. Only for a server on the same machine.
    Plain,
}

/// How long a server is waited for, and how often it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection, to its greeting.
    pub connect: Duration,
    /// For the whole answer to a command.
    pub command: Duration,
    /// For the mails of one command.
    pub bodies: Duration,
    /// How many connections are tried in a row, none of which gets anywhere.
    pub attempts: u32,
    /// The pause before the second of them; each further pause is twice the one before.
    pub back_off: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(60),
            bodies: Duration::from_secs(600),
            attempts: 5,
            back_off: Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests;
