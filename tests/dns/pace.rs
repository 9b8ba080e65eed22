//! How fast a server is **asked**: by a server that counts all that it gets.

use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ruaudit::lookup::dns::{Dns, DnsLimits, Pace, Question, Reply};
use ruaudit::model::dns::{Answer, Resolver as _};

use crate::odd;

/// The moments at which a server got something.
type Got = Arc<Mutex<Vec<Instant>>>;

/// A server that notes when it got something, and answers with what is made of it.
fn counting(
    mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>> + Send + 'static,
) -> (SocketAddr, Got) {
    let got = Got::default();
    let notes = Arc::clone(&got);
    let server = odd::answering_some(move |question| {
        notes.lock().unwrap().push(Instant::now());
        answer(question)
    });
    (server, got)
}

/// The most that came within a second.
fn busiest(got: &Got) -> usize {
    let got = got.lock().unwrap();
    let within = |from: &Instant| {
        got.iter()
            .filter(|at| *at >= from && at.duration_since(*from) < Duration::from_secs(1))
            .count()
    };
    got.iter().map(within).max().unwrap()
}

/// Asks for both families of so many names, so many in a second.
fn ask(dns: &Dns, names: usize, rate: u32) {
    let questions = (0..names).map(|at| Question::Addresses(format!("a{at}.example")));
    let mut answered = 0;
    dns.many(questions, Pace { concurrency: 100, rate: Some(rate) }, |_, _| {
        answered += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(names, answered);
}

#[test]
fn all_that_a_server_gets_keeps_to_the_rate() {
    let (server, got) = counting(|question| Some(odd::empty(question, 0, 0)));
    let dns = Dns::new(Some(server), DnsLimits::default()).unwrap();
    ask(&dns, 20, 25);
    assert_eq!(40, got.lock().unwrap().len(), "A and AAAA are two questions");
    // a machine under load sees some late, and so together: without a rate all forty come at once
    assert!(busiest(&got) <= 34, "{}", busiest(&got));
    let got = got.lock().unwrap();
    let took = got[got.len() - 1].duration_since(got[0]);
    assert!(took >= Duration::from_secs(1), "{took:?}");
}

#[test]
fn what_is_sent_again_keeps_to_the_rate_too() {
    let mut count = 0;
    let (server, got) = counting(move |question| {
        count += 1;
        (count % 3 == 0).then(|| odd::empty(question, 0, 3))
    });
    let dns = Dns::new(Some(server), DnsLimits::default()).unwrap();
    ask(&dns, 10, 20);
    assert!(got.lock().unwrap().len() > 20, "each is asked for three times");
    assert!(busiest(&got) <= 28, "{}", busiest(&got));
}

#[test]
fn who_waits_for_its_turn_loses_no_time() {
    let (server, _) = counting(|question| Some(odd::empty(question, 0, 0)));
    let limits = DnsLimits { question: Duration::from_millis(400), ..DnsLimits::default() };
    let dns = Dns::new(Some(server), limits).unwrap();
    let questions = (0..20).map(|at| Question::Addresses(format!("a{at}.example")));
    let mut dark = 0;
    dns.many(questions, Pace { concurrency: 100, rate: Some(20) }, |_, reply| {
        dark += usize::from(format!("{reply:?}").contains("Unknown"));
        ControlFlow::Continue(())
    });
    assert_eq!(0, dark, "2 s of questions, each with 0.4 s");
    let begun = Instant::now();
    for last in 0..100 {
        assert_eq!(Answer::NoData, dns.names(IpAddr::from([192, 0, 2, last])));
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "the rate was for the many alone");
}

/// A server that cuts off over UDP, and notes what it gets, over TCP too.
fn cutting() -> (SocketAddr, [Got; 2]) {
    let got = [Got::default(), Got::default()];
    let [udp, tcp] = got.clone();
    let note = |notes: &Got| notes.lock().unwrap().push(Instant::now());
    let over_udp = move |question: &[u8]| {
        note(&udp);
        odd::cut_off(question)
    };
    let over_tcp = move |question: &[u8]| {
        note(&tcp);
        odd::empty(question, 0, 3)
    };
    (odd::over_both(over_udp, over_tcp), got)
}

#[test]
fn what_is_asked_again_over_tcp_keeps_to_the_rate_too() {
    let (server, [udp, tcp]) = cutting();
    let dns = Dns::new(Some(server), DnsLimits::default()).unwrap();
    ask(&dns, 30, 20);
    let counts = [&udp, &tcp].map(|got| got.lock().unwrap().len());
    assert_eq!([30, 30], counts, "each once so, and once so");
    let mut all: Vec<Instant> = udp.lock().unwrap().clone();
    all.extend(tcp.lock().unwrap().iter());
    let all = Arc::new(Mutex::new(all));
    // over UDP alone they took a second and a half
    assert!(busiest(&all) <= 28, "{}", busiest(&all));
}

#[test]
fn a_question_over_tcp_waits_for_nobody() {
    let (server, _) = cutting();
    let limits = DnsLimits { question: Duration::from_millis(400), ..DnsLimits::default() };
    let dns = Dns::new(Some(server), limits).unwrap();
    let questions = (0..20).map(|at| Question::Txt(format!("a{at}.example")));
    let mut answers = Vec::new();
    dns.many(questions, Pace { concurrency: 100, rate: Some(10) }, |_, reply| {
        answers.push(reply);
        ControlFlow::Continue(())
    });
    assert_eq!(vec![Reply::Txt(Answer::NoName); 20], answers, "4 s of questions, each with 0.4 s");
    let begun = Instant::now();
    for last in 0..50 {
        assert_eq!(Answer::NoName, dns.names(IpAddr::from([192, 0, 2, last])));
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "nothing is owed without a rate");
}

/// Whether a question has an OPT record (EDNS).
fn has_edns(question: &[u8]) -> bool {
    question[11] > 0
}

#[test]
fn a_server_that_does_not_know_edns_is_asked_without() {
    for code in [1, 4] {
        let (server, got) = counting(move |question| {
            let code = if has_edns(question) { code } else { 3 };
            Some(odd::empty(question, 0, code))
        });
        let dns = Dns::new(Some(server), DnsLimits::default()).unwrap();
        assert_eq!(Answer::NoName, dns.txt("a.example"));
        let first = got.lock().unwrap().len();
        assert!((2..=3).contains(&first), "{first}");
        assert_eq!(Answer::NoName, dns.txt("b.example"));
        assert_eq!(first + 1, got.lock().unwrap().len(), "it is known by now");
    }
}
