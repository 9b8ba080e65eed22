//! What the resolver makes of answers: found, no such record, no such name, and nobody can tell.

use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use ruaudit::lookup::dns::{Dns, DnsLimits, Pace, Question, Reply};
use ruaudit::model::dns::{Answer, Exchange, Resolver};

use crate::{named, odd};

fn dns(server: SocketAddr) -> Dns {
    Dns::new(Some(server), DnsLimits::default()).unwrap()
}

/// A resolver that does not wait long.
fn hasty(server: SocketAddr) -> Dns {
    let limits = DnsLimits { question: Duration::from_millis(300), ..DnsLimits::default() };
    Dns::new(Some(server), limits).unwrap()
}

fn found(texts: &[&str]) -> Answer<Vec<String>> {
    Answer::Found(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn why<T: std::fmt::Debug>(answer: Answer<T>) -> String {
    match answer {
        Answer::Unknown(why) => why,
        answer => panic!("not unknown: {answer:?}"),
    }
}

fn sorted(answer: Answer<Vec<String>>) -> Answer<Vec<String>> {
    answer.map(|mut texts| {
        texts.sort();
        texts
    })
}

#[test]
fn txt_records_come_with_their_strings_joined() {
    let dns = dns(named::shared());
    assert_eq!(found(&["something else", "v=spf1 -all"]), sorted(dns.txt("plain.example")));
    assert_eq!(
        found(&["v=DMARC1; p=none; rua=mailto:a@strings.example"]),
        dns.txt("Strings.Example.")
    );
    assert_eq!(found(&["a \"quoted\" \\ text; with ü and \u{fffd}"]), dns.txt("quotes.example"));
}

#[test]
fn a_text_too_long_for_udp_comes_whole() {
    let Answer::Found(texts) = dns(named::shared()).txt("long.example") else {
        panic!("not found")
    };
    assert_eq!(1, texts.len());
    assert!(texts[0].len() > 2800 && texts[0].ends_with("mailto:reports-089@long.example"));
}

#[test]
fn no_record_and_no_name_are_two_things() {
    let dns = dns(named::shared());
    assert_eq!(Answer::NoData, dns.txt("ns.test"));
    assert_eq!(Answer::NoData, dns.txt("chain.example"), "a name with names below it exists");
    assert_eq!(Answer::NoName, dns.txt("nowhere.example"));
    assert_eq!(Answer::NoName, dns.addresses("nowhere.example"));
    assert_eq!(Answer::NoData, dns.exchanges("ns.test"));
    assert_eq!(Answer::NoName, dns.names("192.0.2.77".parse().unwrap()));
}

#[test]
fn addresses_of_both_families_are_found() {
    let dns = dns(named::shared());
    let addresses = |texts: &[&str]| -> Answer<Vec<IpAddr>> {
        Answer::Found(texts.iter().map(|text| text.parse().unwrap()).collect())
    };
    let both = dns.addresses("plain.example").map(|mut found| {
        found.sort();
        found
    });
    assert_eq!(addresses(&["192.0.2.1", "192.0.2.2", "2001:db8::1"]), both);
    assert_eq!(addresses(&["2001:db8::6"]), dns.addresses("only-six.example"));
    assert_eq!(Answer::NoData, dns.addresses("strings.example"));
}

#[test]
fn exchanges_come_in_order_and_a_null_one_without_a_name() {
    let dns = dns(named::shared());
    let exchange = |preference, host: &str| Exchange { preference, host: host.to_owned() };
    assert_eq!(
        Answer::Found(vec![
            exchange(10, "first.plain.example"),
            exchange(20, "second.plain.example")
        ]),
        dns.exchanges("plain.example")
    );
    assert_eq!(Answer::Found(vec![exchange(0, "")]), dns.exchanges("null.example"));
}

#[test]
fn addresses_of_both_families_have_names() {
    let dns = dns(named::shared());
    assert_eq!(
        found(&["mail.plain.example", "second.plain.example"]),
        sorted(dns.names("192.0.2.1".parse().unwrap()))
    );
    assert_eq!(found(&["six.plain.example"]), dns.names("2001:db8::1".parse().unwrap()));
}

#[test]
fn aliases_are_followed_to_their_end() {
    let dns = dns(named::shared());
    assert_eq!(found(&["at the end of the chain"]), dns.txt("c0.chain.example"));
    assert_eq!(Answer::NoData, dns.txt("to-no-data.example"));
    assert_eq!(Answer::NoName, dns.txt("to-nothing.example"));
}

#[test]
fn aliases_without_an_end_are_unknown() {
    let dns = dns(named::shared());
    for name in ["loop1.example", "self.example"] {
        let why = why(dns.txt(name));
        assert!(why.contains("circle") || why.contains("SERVFAIL"), "{name}: {why}");
    }
    let why = why(dns.txt("c0.far.example"));
    assert!(why.contains("more than 12 CNAME") || why.contains("SERVFAIL"), "{why}");
}

#[test]
fn a_server_that_leads_in_a_circle_is_seen_through() {
    let server = odd::answering(odd::alias_of_itself);
    let why = why(hasty(server).txt("a.example"));
    assert!(why.contains("circle"), "{why}");
}

#[test]
fn what_a_server_cannot_or_will_not_tell_is_unknown() {
    let dns = dns(named::shared());
    for name in ["broken.example", "_dmarc.broken.example"] {
        let why = why(dns.txt(name));
        assert!(why.contains("SERVFAIL"), "{why}");
    }
    let why = why(dns.txt("deep.lame.example"));
    assert!(why.contains("only tells who might"), "{why}");
}

#[test]
fn a_name_that_cannot_be_asked_for_is_unknown_and_asked_of_nobody() {
    let (socket, address) = odd::dead();
    socket.set_nonblocking(true).unwrap();
    let dns = dns(address);
    for name in ["", "a..example", &"a".repeat(64), &"a.".repeat(200), "a\u{7}.example"] {
        let why = why(dns.txt(name));
        assert!(why.contains("no name of the DNS"), "{why}");
    }
    assert!(socket.recv(&mut [0; 512]).is_err(), "something was asked");
}

#[test]
fn every_error_code_is_unknown() {
    for (code, word) in
        [(1, "Form"), (2, "SERVFAIL"), (4, "implement"), (5, "REFUSED"), (9, "auth")]
    {
        let server = odd::answering(move |question| odd::empty(question, 0, code));
        let why = why(hasty(server).txt("a.example"));
        assert!(why.to_lowercase().contains(&word.to_lowercase()), "{code}: {why}");
    }
}

#[test]
fn an_empty_answer_without_a_zone_is_no_data() {
    let server = odd::answering(|question| odd::empty(question, 0, 0));
    assert_eq!(Answer::NoData, dns(server).txt("a.example"));
}

#[test]
fn an_answer_that_is_cut_off_and_has_no_whole_is_unknown() {
    let server = odd::answering(|question| odd::empty(question, 0x02, 0));
    let why = why(hasty(server).txt("a.example"));
    assert!(why.contains("reach") || why.contains("cut off"), "{why}");
}

#[test]
fn of_more_records_than_are_taken_nobody_can_tell() {
    let full = odd::over_tcp(|question| odd::texts(question, 1024));
    assert_eq!(1024, dns(full).txt("a.example").found().unwrap().len());
    let over = odd::over_tcp(|question| odd::texts(question, 1025));
    let told = why(dns(over).txt("a.example"));
    assert!(told.contains("more than 1,024 records"), "{told}");
}

#[test]
fn nonsense_is_unknown_and_breaks_nothing() {
    let mut seed = 1_u32;
    let mut next = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) as u8
    };
    let server = odd::answering(move |question| {
        let mut answer = odd::empty(question, 0, 0);
        answer[7] = next() % 4; // so many answers are claimed
        answer.extend((0..next()).map(|_| next()));
        answer
    });
    for at in 0..40 {
        let answer = hasty(server).txt(&format!("a{at}.example"));
        assert!(!matches!(answer, Answer::Found(_) | Answer::NoName), "{answer:?}");
    }
}

#[test]
fn a_dead_server_ends_in_unknown_within_the_limits() {
    let (_socket, server) = odd::dead();
    let limits = DnsLimits {
        question: Duration::from_millis(400),
        whole: Duration::from_secs(1),
        cached: 10,
    };
    let dns = Dns::new(Some(server), limits).unwrap();
    let start = Instant::now();
    for at in 0..50 {
        why(dns.txt(&format!("a{at}.example")));
    }
    assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
}

#[test]
fn a_server_that_is_silent_from_the_start_is_given_up() {
    let (_socket, server) = odd::dead();
    let dns = hasty(server);
    let start = Instant::now();
    let whys: Vec<String> = (0..50).map(|at| why(dns.txt(&format!("a{at}.example")))).collect();
    let last = &whys[49];
    assert!(last.contains("no server answers anything"), "{last}");
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn a_question_that_nobody_answers_says_nothing_of_a_server_that_is_there() {
    let server = odd::answering_some(|question| {
        let asked = String::from_utf8_lossy(question);
        (!asked.contains("lost")).then(|| odd::empty(question, 0, 3))
    });
    let dns = hasty(server);
    for at in 0..5 {
        why(dns.txt(&format!("lost{at}.example")));
    }
    assert_eq!(Answer::NoName, dns.txt("a.example"));
}

/// Asks for so many names at once that nobody answers, then for one that is there: what becomes of it.
fn behind_lost_ones(dns: &Dns) -> Reply {
    let lost = (0..40).map(|at| Question::Txt(format!("lost{at}.example")));
    let questions = lost.chain([Question::Txt("a.example".to_owned())]);
    let mut found = None;
    dns.many(questions, Pace { concurrency: 32, rate: None }, |question, reply| {
        if *question == Question::Txt("a.example".to_owned()) {
            found = Some(reply);
        }
        ControlFlow::Continue(())
    });
    found.unwrap()
}

#[test]
fn lost_names_that_come_first_do_not_make_the_server_dead() {
    // one drops the question for the root as well, one the first of each, as a lossy line does
    for dropped in [&["lost"][..], &["lost", "\0\0\x02\0\x01"]] {
        let server = odd::answering_some(move |question| {
            let asked = String::from_utf8_lossy(&question[11..]).into_owned();
            let is_lost = dropped.iter().any(|word| asked.contains(word));
            (!is_lost).then(|| odd::empty(question, 0, 3))
        });
        assert_eq!(Reply::Txt(Answer::NoName), behind_lost_ones(&hasty(server)), "{dropped:?}");
    }
    let (_socket, server) = odd::dead();
    let dead = format!("{:?}", behind_lost_ones(&hasty(server)));
    assert!(dead.contains("no server answers anything"), "{dead}");
}

#[test]
fn who_answers_nothing_but_the_second_knocking_is_believed() {
    let begun = Instant::now();
    let server = odd::answering_some(move |question| {
        let is_lost = String::from_utf8_lossy(question).contains("lost");
        let is_late = begun.elapsed() > Duration::from_millis(260);
        (is_late && !is_lost).then(|| odd::empty(question, 0, 3))
    });
    assert_eq!(Reply::Txt(Answer::NoName), behind_lost_ones(&hasty(server)));
}

#[test]
fn a_server_that_answers_late_or_every_second_question_is_believed() {
    let mut count = 0;
    let every_second = odd::answering_some(move |question| {
        count += 1;
        (count % 2 == 0).then(|| odd::empty(question, 0, 3))
    });
    let late = odd::late(Duration::from_secs(1));
    for server in [every_second, late] {
        let dns = dns(server);
        for at in 0..3 {
            assert_eq!(Answer::NoName, dns.txt(&format!("a{at}.example")));
        }
    }
}

#[test]
fn nobody_at_the_port_is_unknown() {
    let (socket, server) = odd::dead();
    drop(socket);
    let dns = dns(server);
    let start = Instant::now();
    for name in ["a.example", "b.example"] {
        let why = why(dns.txt(name));
        assert!(why.contains(&format!("nobody can be reached at {server}")), "{why}");
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn what_was_asked_is_not_asked_again() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    let server = odd::answering(move |question| {
        counted.fetch_add(1, Ordering::Relaxed);
        odd::empty(question, 0, 3)
    });
    let dns = dns(server);
    for _ in 0..5 {
        assert_eq!(Answer::NoName, dns.txt("a.example"));
    }
    assert_eq!(1, count.load(Ordering::Relaxed));
}

#[test]
fn many_questions_are_answered_each_once() {
    let dns = dns(named::shared());
    let questions = (0..300).map(|at| match at % 3 {
        0 => Question::Txt(format!("a{at}.example")),
        1 => Question::Names(IpAddr::from([192, 0, 2, (at % 200) as u8])),
        _ => Question::Txt("plain.example".to_owned()),
    });
    let pace = Pace { concurrency: 40, rate: None };
    let (mut absent, mut texts, mut names) = (0, 0, 0);
    dns.many(questions, pace, |_, reply| {
        match reply {
            Reply::Txt(Answer::NoName) => absent += 1,
            Reply::Txt(Answer::Found(_)) => texts += 1,
            Reply::Names(Answer::Found(_) | Answer::NoName) => names += 1,
            other => panic!("{other:?}"),
        }
        ControlFlow::Continue(())
    });
    assert_eq!((100, 100, 100), (absent, texts, names));
}

#[test]
fn many_questions_keep_to_the_rate_and_end_when_told() {
    let dns = dns(named::shared());
    let addresses = |count: u8| (0..count).map(|last| IpAddr::from([198, 51, 100, last]));
    let start = Instant::now();
    let pace = Pace { concurrency: 100, rate: Some(100) };
    let mut answered = 0;
    dns.names_of(addresses(50), pace, |_, _| {
        answered += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(50, answered);
    assert!(start.elapsed() > Duration::from_millis(450), "{:?}", start.elapsed());
    let mut answered = 0;
    dns.names_of(addresses(200), Pace { concurrency: 10, rate: None }, |_, _| {
        answered += 1;
        if answered == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(7, answered);
}
