//! Just enough **HTTP** for the token server: one question a connection.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A question that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Where: `/token` for example.
    pub path: String,
    /// The fields of the form, or of the query.
    pub fields: HashMap<String, String>,
}

/// Writes an answer; with a status of 3xx the text is where it sends.
pub(super) fn write(stream: &mut TcpStream, status: u16, text: &str) {
    let place =
        if (300..400).contains(&status) { format!("Location: {text}\r\n") } else { String::new() };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{place}Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
}

/// Reads one question: a GET with a query, or a POST with a form.
pub(super) fn read(stream: &TcpStream) -> Option<Question> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; usize::min(length, 1 << 20)];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let form = if length > 0 { String::from_utf8(body).ok()? } else { query.to_owned() };
    Some(Question { path: path.to_owned(), fields: fields(&form) })
}

/// The fields of a form (`a=b&c=d`).
pub fn fields(form: &str) -> HashMap<String, String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || char::from(bytes.next().unwrap_or(b'0')).to_digit(16).unwrap_or(0);
                u8::try_from(digit() * 16 + digit()).unwrap_or(0)
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&out).into_owned()
}
