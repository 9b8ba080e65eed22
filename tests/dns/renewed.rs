//! One resolver for **several domains**: what it keeps, and what it forgets of servers that were dead.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ruaudit::lookup::dns::{Dns, DnsLimits};
use ruaudit::model::dns::{Answer, Resolver as _};
use tempfile::TempDir;

use crate::checking::{page, ruaudit};
use crate::odd;

/// A resolver that gives up after a second and a half, and sooner what was dead before.
fn hasty(server: SocketAddr) -> Dns {
    let limits = DnsLimits { question: Duration::from_millis(1200), ..DnsLimits::default() };
    Dns::new(Some(server), limits).unwrap()
}

fn why(answer: Answer<Vec<String>>) -> String {
    match answer {
        Answer::Unknown(why) => why,
        answer => panic!("not unknown: {answer:?}"),
    }
}

/// A resolver that found a server dead; the socket at which it was.
fn found_dead() -> (UdpSocket, Dns) {
    let (socket, server) = odd::dead();
    let dns = hasty(server);
    why(dns.txt("a.example"));
    assert_eq!("not asked: no server answers anything", why(dns.txt("b.example")));
    (socket, dns)
}

#[test]
fn a_server_that_was_dead_is_given_up_sooner() {
    let (_socket, mut dns) = found_dead();
    let begun = Instant::now();
    for _ in 0..3 {
        dns.renew();
        for name in ["a.example", "c.example"] {
            assert_eq!("no server answers anything, now as before", why(dns.txt(name)));
        }
    }
    assert!(begun.elapsed() < Duration::from_millis(1200), "{:?}", begun.elapsed());
}

#[test]
fn a_server_that_comes_back_is_asked_with_all_patience() {
    let (socket, mut dns) = found_dead();
    dns.renew();
    why(dns.txt("a.example"));
    odd::answer_at(socket, |question| {
        let is_slow = String::from_utf8_lossy(question).contains("slow");
        (!is_slow).then(|| odd::empty(question, 0, 3))
    });
    dns.renew();
    assert!(why(dns.txt("slow.example")).starts_with("no answer within"));
    assert_eq!(Answer::NoName, dns.txt("a.example"), "what nobody could tell is asked again");
}

#[test]
fn who_answers_the_next_question_alone_is_believed() {
    let (socket, mut dns) = found_dead();
    odd::answer_at(socket, |question| {
        let is_known = String::from_utf8_lossy(question).contains("here");
        is_known.then(|| odd::empty(question, 0, 3))
    });
    dns.renew();
    assert_eq!(Answer::NoName, dns.txt("here.example"), "although no knocking is answered");
    assert!(why(dns.txt("lost.example")).starts_with("no answer within"));
}

#[test]
fn a_server_that_dies_is_found_dead_anew() {
    let mut left = 1;
    let server = odd::answering_some(move |question| {
        left -= 1;
        (left >= 0).then(|| odd::empty(question, 0, 3))
    });
    let mut dns = hasty(server);
    assert_eq!(Answer::NoName, dns.txt("a.example"));
    dns.renew();
    assert_eq!(Answer::NoName, dns.txt("a.example"), "what is known is known");
    assert!(why(dns.txt("b.example")).starts_with("no answer within"));
    assert_eq!("not asked: no server answers anything", why(dns.txt("c.example")));
}

#[test]
fn the_time_begins_anew_and_known_answers_stay() {
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    let server = odd::answering(move |question| {
        counted.fetch_add(1, Ordering::Relaxed);
        odd::empty(question, 0, 3)
    });
    let limits = DnsLimits { whole: Duration::from_millis(300), ..DnsLimits::default() };
    let mut dns = Dns::new(Some(server), limits).unwrap();
    assert_eq!(Answer::NoName, dns.txt("a.example"));
    std::thread::sleep(Duration::from_millis(350));
    assert!(why(dns.txt("b.example")).contains("time limit"));
    dns.renew();
    assert_eq!([Answer::NoName, Answer::NoName], ["a.example", "b.example"].map(|a| dns.txt(a)));
    assert_eq!(2, count.load(Ordering::Relaxed));
}

#[test]
fn of_several_domains_the_first_alone_waits_for_a_dead_server() {
    let (_socket, server) = odd::dead();
    let folder = TempDir::new().unwrap();
    let begun = Instant::now();
    let server = server.to_string();
    let domains = ["a.check", "b.check", "c.check", "d.check", "e.check", "f.check"];
    let output =
        ruaudit(folder.path(), &[&["check", "--nameserver", &server], &domains[..]].concat());
    // some 6 s for the first; each of the others took as long
    assert!(begun.elapsed() < Duration::from_secs(16), "{:?}", begun.elapsed());
    let page = page(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(Some(2), output.status.code(), "{page}");
    for domain in domains {
        assert!(page.contains(&format!("the SPF record of {domain}")), "{page}");
    }
    assert_eq!(
        5,
        page.matches("check: no server answers anything, now as before").count(),
        "{page}"
    );
}
