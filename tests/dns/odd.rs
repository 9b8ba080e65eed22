//! Servers that **misbehave**: one that never answers, and one that answers what it is told to.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

/// A server that takes questions and never answers. It lives as long as the socket.
pub(crate) fn dead() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// A server that answers each question with what is made of it, over UDP alone, as long as the tests run.
pub(crate) fn answering(mut answer: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) -> SocketAddr {
    answering_some(move |question| Some(answer(question)))
}

/// The same, which leaves questions without an answer where there is none.
pub(crate) fn answering_some(
    answer: impl FnMut(&[u8]) -> Option<Vec<u8>> + Send + 'static,
) -> SocketAddr {
    let (socket, address) = dead();
    answer_at(socket, answer);
    address
}

/// The same at a socket.
pub(crate) fn answer_at(
    socket: UdpSocket,
    mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>> + Send + 'static,
) {
    std::thread::spawn(move || {
        let mut question = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            if let Some(answer) = answer(&question[..length]) {
                // whoever asked may be gone
                let _ = socket.send_to(&answer, from);
            }
        }
    });
}

/// A server that knows no name, and says so only after a while: to each question, however many there are.
pub(crate) fn late(after: Duration) -> SocketAddr {
    let (socket, address) = dead();
    std::thread::spawn(move || {
        let mut question = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let (socket, answer) = (socket.try_clone().unwrap(), empty(&question[..length], 0, 3));
            std::thread::spawn(move || {
                std::thread::sleep(after);
                let _ = socket.send_to(&answer, from);
            });
        }
    });
    address
}

/// A server that answers what is asked over TCP, one question after the other, and over UDP only that it is
/// to be asked so.
pub(crate) fn over_tcp(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> SocketAddr {
    over_both(cut_off, answer)
}

/// What is answered over UDP where the whole is to be asked for over TCP: TC (RFC 1035 section 4.1.1).
pub(crate) fn cut_off(question: &[u8]) -> Vec<u8> {
    empty(question, 2, 0)
}

/// A server that answers over UDP, and over TCP one question after the other.
pub(crate) fn over_both(
    mut over_udp: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static,
    answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    answer_at(UdpSocket::bind(address).unwrap(), move |question| Some(over_udp(question)));
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut length = [0; 2];
            while stream.read_exact(&mut length).is_ok() {
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut question).unwrap();
                let answer = answer(&question);
                let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                stream.write_all(&[&length[..], &answer].concat()).unwrap();
            }
        }
    });
    address
}

/// A question answered with so many TXT records, of a number each.
pub(crate) fn texts(question: &[u8], count: u16) -> Vec<u8> {
    let mut answer = empty(question, 0, 0);
    answer[6..8].copy_from_slice(&count.to_be_bytes());
    for at in 0..count {
        answer.extend([0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 5, 4]);
        answer.extend(format!("{at:04x}").into_bytes());
    }
    answer
}

/// A question turned into an answer without records: the flags and the response code as given, the
/// question as it was, and nothing after it.
pub(crate) fn empty(question: &[u8], flags: u8, code: u8) -> Vec<u8> {
    let mut answer = question[..end_of_question(question)].to_vec();
    answer[2] = 0x80 | flags;
    answer[3] = 0x80 | code;
    answer[6..12].fill(0);
    answer
}

/// A question answered with a CNAME record of the name that leads to the same name.
pub(crate) fn alias_of_itself(question: &[u8]) -> Vec<u8> {
    let mut answer = empty(question, 0, 0);
    answer[7] = 1;
    // the name and what it leads to are both a pointer to the question's (RFC 1035 section 4.1.4)
    answer.extend([0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xC0, 12]);
    answer
}

/// The byte after the question section of a message with one question.
fn end_of_question(message: &[u8]) -> usize {
    let mut at = 12;
    while message[at] != 0 {
        at += 1 + usize::from(message[at]);
    }
    at + 5
}
