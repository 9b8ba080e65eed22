//! The **landing**: where a browser on this machine ends up when a person has approved (RFC 8252,
//! 7.3).
//!
//! In: connections from this machine. Out: the query of the address. Anybody on the machine can
//! knock: each knock is short, bounded, and counts for nothing unless it knows the state.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// Bytes of a question; a browser sends its cookies for this machine along.
const MOST: usize = 32 << 10;
/// How long a question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A socket that only this machine reaches.
pub(super) struct Landing {
    listener: TcpListener,
}

/// A browser that waits for a page.
pub(super) struct Visit {
    stream: TcpStream,
    /// The query of the address that it asked for.
    pub(super) query: String,
}

impl Landing {
    /// On a free port.
    pub(super) fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener })
    }

    /// The port.
    pub(super) fn port(&self) -> std::io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Who has come. It does not wait for anybody.
    pub(super) fn visit(&self) -> Option<Visit> {
        let (mut stream, _) = self.listener.accept().ok()?;
        stream.set_nonblocking(false).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        let query = query(&head(&mut stream)?)?;
        Some(Visit { stream, query })
    }
}

impl Visit {
    /// Shows a page. A browser that does not want it any more is no trouble.
    pub(super) fn answer(mut self, status: &str, words: &str) {
        let page = format!("<!doctype html><meta charset=utf-8><title>ruaudit</title><p>{words}\n");
        let _ = write!(
            self.stream,
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{page}",
            page.len()
        );
    }
}

/// What a browser sends before the empty line.
fn head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let deadline = Instant::now() + PATIENCE;
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        let left = deadline.checked_duration_since(Instant::now())?;
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1)))).ok()?;
        let got = stream.read(&mut piece).ok().filter(|got| *got > 0)?;
        bytes.extend_from_slice(piece.get(..got)?);
        if bytes.len() > MOST {
            return None;
        }
    }
    Some(bytes)
}

/// The query of `GET /?query HTTP/1.1`.
fn query(head: &[u8]) -> Option<String> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let target = std::str::from_utf8(line).ok()?.strip_prefix("GET ")?.split(' ').next()?;
    Some(target.split_once('?').map_or("", |(_, query)| query).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_that_of_the_first_line() {
        assert_eq!(Some("a=b".into()), query(b"GET /?a=b HTTP/1.1\r\nX: GET /?c HTTP/1.1\r\n\r\n"));
        assert_eq!(Some(String::new()), query(b"GET /favicon.ico HTTP/1.1\r\n\r\n"));
        for head in ["POST /?a=b HTTP/1.1\r\n\r\n", "", "\r\n\r\n", "GET\r\n\r\n"] {
            assert_eq!(None, query(head.as_bytes()), "{head}");
        }
    }

    #[test]
    fn who_knocks_and_says_nothing_or_too_much_is_sent_away() {
        let landing = Landing::open().unwrap();
        let address = ("127.0.0.1", landing.port().unwrap());
        let silent = TcpStream::connect(address).unwrap();
        let started = Instant::now();
        assert!(wait(&landing).is_none());
        assert!(started.elapsed() < Duration::from_secs(5));
        drop(silent);
        std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        });
        assert!(wait(&landing).is_none());
    }

    /// Takes the next connection, which is on its way.
    fn wait(landing: &Landing) -> Option<Visit> {
        landing.listener.set_nonblocking(false).unwrap();
        let visit = landing.visit();
        landing.listener.set_nonblocking(true).unwrap();
        visit
    }
}
