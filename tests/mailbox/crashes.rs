//! **Crashes**: the program is killed at any moment, and the next run completes what it left.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::dovecot::shared;
use crate::fake::{Act, Fake, at};
use crate::mails::{broken, junk, report, reports, truth};
use crate::program::{Desk, counts};

/// How often the program is killed.
const ROUNDS: usize = 30;

/// How many mails are new in each round.
const NEW: usize = 40;

/// A moment between now and then, another one each time.
fn some_of(longest: Duration) -> Duration {
    let dice = RandomState::new().hash_one(0) % 1000;
    longest.mul_f64(dice as f64 / 1000.0)
}

/// How long a pull of a round's mails takes when nobody disturbs it.
fn undisturbed() -> Duration {
    let account = Account::holding(shared(), "undisturbed", &reports(0..NEW));
    let begun = Instant::now();
    Desk::reading(&account, "processed = \"move\"\n").pulled();
    begun.elapsed()
}

/// That no report's mail was moved before it was stored.
fn moved_are_stored(account: &Account, desk: &Desk) {
    let moved: BTreeSet<String> = account.ids("processed").into_iter().collect();
    if moved.is_empty() {
        return;
    }
    let stored = desk.report_ids();
    let lost: Vec<_> = moved.difference(&stored).collect();
    assert!(lost.is_empty(), "moved but not stored: {lost:?}");
}

#[test]
fn killed_at_any_moment_it_loses_nothing_and_counts_nothing_twice() {
    let account = Account::holding(shared(), "killed", &[]);
    let desk = Desk::reading(&account, "processed = \"move\"\nrejected = \"move\"\n");
    let longest = undisturbed();
    for round in 0..ROUNDS {
        account.deliver(&reports(round * NEW..(round + 1) * NEW));
        account.deliver(&[broken(round), junk(round)]);
        let running = desk.start("pull --quiet");
        sleep(some_of(longest));
        running.kill();
        moved_are_stored(&account, &desk);
    }
    desk.pulled();
    assert_eq!(truth(&reports(0..ROUNDS * NEW)), desk.stored());
    let places = account.places();
    assert_eq!(ROUNDS * (NEW + 2), places.len());
    for (id, folders) in places {
        let kind = id.split('-').next().unwrap();
        let folder = match kind {
            "report" => "processed",
            "broken" => "rejected",
            _ => "INBOX",
        };
        assert_eq!(vec![folder], folders, "{id}");
    }
    assert_eq!([0, 0], counts(&desk.pulled(), ["new", "moved"]));
}

#[test]
fn asked_to_end_it_stores_what_it_has_and_ends_at_once() {
    let mails = reports(0..1_500);
    let account = Account::holding(shared(), "asked-to-end", &mails);
    let desk = Desk::reading(&account, "processed = \"move\"\n");
    for signal in ["TERM", "INT"] {
        let mut running = desk.start("pull --quiet");
        // before it is at work, a signal simply ends it
        let process = format!("process {},", running.id());
        let lock = desk.path().join("ruaudit.db.lock");
        let is_at_work = || fs::read_to_string(&lock).is_ok_and(|text| text.contains(&process));
        running.until("it is at work", is_at_work);
        sleep(Duration::from_millis(150));
        running.signal(signal);
        let asked = Instant::now();
        let ended = running.wait();
        assert!([Some(130), Some(0)].contains(&ended.code), "{ended:?}");
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        moved_are_stored(&account, &desk);
    }
    desk.pulled();
    assert_eq!(truth(&mails), desk.stored());
    assert_eq!((0, 1_500), (account.count("INBOX"), account.count("processed")));
}

#[test]
fn asked_to_end_it_says_so_by_its_exit_code() {
    for command in ["pull", "run"] {
        let fake = Fake::holding(&[report(1)], vec![(at("UID FETCH*BODY"), vec![Act::Hang])]);
        let desk = Desk::new(&fake.entry("processed = \"move\"\n"));
        let mut running = desk.start(command);
        running.until("it asks for the mail", || fake.heard_with("BODY") > 0);
        running.signal("TERM");
        let ended = running.wait();
        let said = match command {
            "run" => "stopped: what was read is stored; the next run goes on\n",
            _ => "note: stopped; what was read is stored, and the next pull goes on\n",
        };
        assert_eq!((Some(130), said), (ended.code, ended.err.as_str()), "{}", ended.out);
    }
}

#[test]
fn a_second_signal_ends_it_even_if_the_server_says_nothing() {
    let fake = Fake::holding(&[report(1)], vec![(at("UID FETCH*BODY"), vec![Act::Hang])]);
    let text = fake.entry("").replace("_seconds = 2", "_seconds = 600");
    let desk = Desk::new(&text);
    let mut running = desk.start("pull");
    running.until("it asks for the mail", || fake.heard_with("BODY") > 0);
    running.signal("TERM");
    sleep(Duration::from_millis(300));
    if running.ended().is_none() {
        running.signal("TERM");
    }
    let asked = Instant::now();
    running.wait();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    fake.mend();
    assert_eq!([1], counts(&desk.pulled(), ["reports"]));
}
