//! The **wire**: bytes to and from a mail server.
//!
//! In: a [`Server`]. Out: a stream, in the clear or within TLS, whose every wait has an end and whose
//! bytes are counted, below TLS, so that a server that drips, floods or falls silent is left. Refuses
//! a certificate that is not trusted, and bytes that came before TLS and would be taken for its own.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{CertificateError, ClientConnection, StreamOwned};

use super::{Security, Server};
use crate::error::Error;
use crate::intake::{Stop, tls};
use crate::model::day::rfc3339;

/// The longest single wait, after which it is looked whether to stop.
const SLICE: Duration = Duration::from_millis(500);

/// How long a server is still waited for, and listened to, once somebody wishes to stop.
const STOPPING: Duration = Duration::from_secs(5);

/// How much of a server is put up with in one exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// Until the exchange is over.
    pub total: Duration,
    /// Between two arrivals.
    pub silence: Duration,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Bytes of one message that are kept.
    pub message: usize,
}

impl Limit {
    /// For an exchange that is short.
    pub(super) fn short(total: Duration) -> Self {
        Self { total, silence: total, bytes: 1 << 20, message: 1 << 20 }
    }
}

/// A socket whose waits end.
#[derive(Debug)]
struct Socket {
    tcp: TcpStream,
    stop: Stop,
    until: Instant,
    /// When it was first seen that somebody wishes to stop.
    stopping: Option<Instant>,
    limit: Limit,
    left: u64,
    /// The wait that the kernel was told last, so that it is not told again.
    told: Option<Duration>,
}

impl Socket {
    fn allow(&mut self, limit: Limit) {
        self.until = Instant::now() + limit.total;
        self.left = limit.bytes;
        self.limit = limit;
    }

    /// How long the next wait may be, in a silence that began then.
    fn patience(&mut self, began: Instant) -> io::Result<Duration> {
        let now = Instant::now();
        let mut end = self.until.min(began + self.limit.silence);
        if self.stop.is_asked() {
            let stopping = *self.stopping.get_or_insert(now);
            end = end.min(stopping + STOPPING);
        }
        let left = end.saturating_duration_since(now);
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(left.clamp(Duration::from_millis(1), SLICE))
    }

    fn wait_at_most(&mut self, wait: Duration) -> io::Result<()> {
        if self.told != Some(wait) {
            self.tcp.set_read_timeout(Some(wait))?;
            self.told = Some(wait);
        }
        Ok(())
    }
}

/// Whether a wait ended without anything having come.
fn is_in_vain(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let began = Instant::now();
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if room == 0 {
            return Err(io::Error::other(format!("it sent more than {} bytes", self.limit.bytes)));
        }
        loop {
            let wait = self.patience(began)?;
            self.wait_at_most(wait)?;
            match self.tcp.read(&mut buffer[..room]) {
                Ok(count) => {
                    self.left -= count as u64;
                    return Ok(count);
                }
                Err(error) if is_in_vain(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let began = Instant::now();
        loop {
            let wait = self.patience(began)?;
            self.tcp.set_write_timeout(Some(wait))?;
            match self.tcp.write(bytes) {
                Err(error) if is_in_vain(&error) => {}
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// What the bytes go through.
enum Stream {
    Plain(Socket),
    Tls(Box<StreamOwned<ClientConnection, Socket>>),
}

/// A stream to a server.
pub(super) struct Wire {
    stream: Stream,
}

/// Why there is no wire.
#[derive(Debug)]
pub(super) enum Broken {
    /// It may go better the next time: what went wrong.
    ForNow(String),
    /// It will go wrong again.
    ForGood(Error),
}

impl Wire {
    /// Connects; within TLS, if that is how the server begins.
    pub(super) fn connect(server: &Server, stop: &Stop) -> Result<Self, Broken> {
        let limit = Limit::short(server.patience.connect);
        let until = Instant::now() + limit.total;
        let tcp = dial(server, until).map_err(|error| Broken::ForNow(in_words(&error, limit)))?;
        // small commands are not to wait for each other
        let _ = tcp.set_nodelay(true);
        let (stop, left) = (stop.clone(), limit.bytes);
        let socket = Socket { tcp, stop, until, stopping: None, limit, left, told: None };
        let wire = Self { stream: Stream::Plain(socket) };
        if server.security == Security::Tls { wire.secure(server) } else { Ok(wire) }
    }

    /// Goes on within TLS. Nothing that came before may be taken for what comes now: the caller has
    /// seen to it that nothing is left.
    pub(super) fn secure(self, server: &Server) -> Result<Self, Broken> {
        let Stream::Plain(mut socket) = self.stream else { return Ok(self) };
        let config = tls::client(server.ca_file.as_deref()).map_err(Broken::ForGood)?;
        let name =
            ServerName::try_from(server.host.clone()).map_err(|error| bad_name(server, &error))?;
        let mut tls =
            ClientConnection::new(config, name).map_err(|error| bad_name(server, &error))?;
        while tls.is_handshaking() {
            let done = tls.complete_io(&mut socket);
            done.map_err(|error| handshake(server, &error, socket.limit))?;
        }
        Ok(Self { stream: Stream::Tls(Box::new(StreamOwned::new(tls, socket))) })
    }

    /// Whether others can read along.
    pub(super) fn is_open_to_all(&self) -> bool {
        matches!(self.stream, Stream::Plain(_))
    }

    /// Begins an exchange, with a fresh allowance.
    pub(super) fn allow(&mut self, limit: Limit) {
        self.socket().allow(limit);
    }

    fn socket(&mut self) -> &mut Socket {
        match &mut self.stream {
            Stream::Plain(socket) => socket,
            Stream::Tls(tls) => &mut tls.sock,
        }
    }

    /// Whether there is time left: what has been read is not looked at for ever either.
    pub(super) fn check(&mut self) -> io::Result<()> {
        self.socket().patience(Instant::now()).map(|_| ())
    }

    /// Reads what is there; waits if nothing is.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Plain(socket) => socket.read(buffer),
            Stream::Tls(tls) => tls.read(buffer),
        }
    }

    /// Writes all of it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(socket) => socket.write_all(bytes),
            Stream::Tls(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
        }
    }

    /// What an error of this stream means, in words.
    pub(super) fn in_words(&mut self, error: &io::Error) -> String {
        let limit = self.socket().limit;
        in_words(error, limit)
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

/// Tries each address of the server; each gets its share of the time.
fn dial(server: &Server, until: Instant) -> io::Result<TcpStream> {
    let host = server.host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> = (host, server.port).to_socket_addrs()?.collect();
    let mut last = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
    for (at, address) in addresses.iter().enumerate() {
        let left = until.saturating_duration_since(Instant::now());
        let others = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        let share = (left / others).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(address, share) {
            Ok(tcp) => return Ok(tcp),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn in_words(error: &io::Error, limit: Limit) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            let wait = limit.total.min(limit.silence);
            if wait.subsec_millis() == 0 || wait.as_secs() > 9 {
                format!("timed out after {} s", wait.as_secs())
            } else {
                format!("timed out after {:.1} s", wait.as_secs_f64())
            }
        }
        io::ErrorKind::UnexpectedEof => "the server closed the connection".into(),
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            "the connection was cut".into()
        }
        _ => error.to_string(),
    }
}

fn what(server: &Server) -> String {
    format!("cannot connect to {}:{}", server.host, server.port)
}

fn bad_name(server: &Server, error: &dyn std::fmt::Display) -> Broken {
    Broken::ForGood(Error::new(what(server), error, "`host` must be a host name or an address"))
}

fn handshake(server: &Server, error: &io::Error, limit: Limit) -> Broken {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let remedy = match inner {
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "renew it on the server; if it is not yours, tell who runs the server",
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        )) => "set the clock of this machine right, or see to the certificate on the server",
        Some(rustls::Error::InvalidCertificate(why)) if is_authority(why) => {
            "give the server a certificate of its own (basicConstraints CA:FALSE) that this one signs, and name this one with `ca_file`"
        }
        Some(rustls::Error::InvalidCertificate(_)) => {
            "if this is your own certificate authority, name its file with `ca_file`; `host` must be a name that stands in the certificate"
        }
        Some(rustls::Error::InvalidMessage(_)) => {
            "the server does not begin with TLS on this port: set `security = \"starttls\"`, or the right `port` (993 for TLS)"
        }
        Some(_) => "the server must speak TLS 1.2 or 1.3",
        None => return Broken::ForNow(in_words(error, limit)),
    };
    let why = match inner {
        Some(rustls::Error::InvalidCertificate(why)) => {
            format!("its certificate is not trusted: {}", in_plain_words(why))
        }
        _ => format!("no TLS connection: {error}"),
    };
    Broken::ForGood(Error::new(what(server), why, remedy))
}

/// Whether a server shows the certificate of an authority, as most that are signed by themselves are.
fn is_authority(why: &CertificateError) -> bool {
    format!("{why:?}").contains("CaUsedAsEndEntity")
}

fn in_plain_words(why: &CertificateError) -> String {
    use CertificateError as Why;
    match why {
        Why::UnknownIssuer => "no authority that is trusted has signed it".into(),
        Why::Expired => "it has expired".into(),
        Why::ExpiredContext { not_after, .. } => format!("it has expired, on {}", date(*not_after)),
        Why::NotValidYet => "it is not valid yet, or the clock of this machine is slow".into(),
        Why::NotValidYetContext { not_before, .. } => {
            format!(
                "it is not valid before {}, or the clock of this machine is slow",
                date(*not_before)
            )
        }
        Why::NotValidForName => "it is for another host".into(),
        _ if is_authority(why) => {
            "it is signed by itself as an authority's, which none of a server may be".into()
        }
        other => other.to_string(),
    }
}

fn date(moment: UnixTime) -> String {
    let seconds = i64::try_from(moment.as_secs()).unwrap_or(i64::MAX);
    rfc3339(seconds).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::OtherError;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("CaUsedAsEndEntity")]
    struct CaUsedAsEndEntity;

    #[test]
    fn what_is_wrong_with_a_certificate_is_said_in_plain_words() {
        let of_an_authority = CertificateError::Other(OtherError(Arc::new(CaUsedAsEndEntity)));
        assert!(in_plain_words(&of_an_authority).starts_with("it is signed by itself"));
        assert_eq!("it has expired", in_plain_words(&CertificateError::Expired));
        assert_eq!("it is for another host", in_plain_words(&CertificateError::NotValidForName));
    }
}
