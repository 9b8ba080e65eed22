//! **Faults** of a server: whatever it does, the user is told, nothing is lost, time and memory are
//! bounded, and the next run against a server in its right mind completes.

use std::time::Duration;

use crate::fake::{Act, Fake, Served, When, at};
use crate::mails::{junk, reports, truth};
use crate::program::{Desk, Ended, counts};

/// How many mails lie there.
const MAILS: usize = 6;

/// The longest that a run may take: two attempts, each of which waits two seconds wherever it can.
const LONGEST: Duration = Duration::from_secs(25);

/// The most memory that it may use: as much as when all goes well, and a little more.
const MOST: u64 = 100 << 20;

/// What is done with mails: whatever else goes wrong, none may be lost by it.
const TIDY: &str = "processed = \"move\"\n";

/// A server with a fault, and who reads from it.
struct Trial {
    fake: Fake,
    desk: Desk,
}

impl Trial {
    fn of(rules: Vec<(When, Vec<Act>)>) -> Self {
        let fake = Fake::holding(&reports(0..MAILS), rules);
        let desk = Desk::new(&fake.entry(TIDY));
        Self { fake, desk }
    }

    /// The same for whom one attempt is enough.
    fn at_the_first_attempt(self) -> Self {
        self.desk.configure(&self.fake.entry(TIDY).replace("attempts = 2", "attempts = 1"));
        self
    }

    /// Pulls; whatever happens, it must end in time and need no more memory than it may.
    fn pull(&self) -> Ended {
        let ended = self.desk.pull("");
        assert!(ended.took < LONGEST, "it took {:?}", ended.took);
        assert!(ended.peak < MOST, "it used {} MB", ended.peak >> 20);
        assert!(ended.code.is_some_and(|code| code == 0 || code == 2), "{ended:?}");
        assert!(!ended.err.contains("secret"), "{}", ended.err);
        assert_eq!(MAILS, self.lying() + self.moved(), "a mail is lost");
        assert!(self.desk.reports() >= self.moved() as u64, "moved before it was stored");
        ended
    }

    fn lying(&self) -> usize {
        self.fake.mailbox(|all| all.uids().len())
    }

    fn moved(&self) -> usize {
        self.fake.mailbox(|all| all.folders.get("processed").copied().unwrap_or(0))
    }

    /// The next run, against a server in its right mind, completes.
    fn completes(&self) {
        self.fake.mend();
        let ended = self.pull();
        assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
        assert_eq!(truth(&reports(0..MAILS)), self.desk.stored());
        assert_eq!((0, MAILS), (self.lying(), self.moved()));
        assert_eq!([0, 0], counts(&self.desk.pulled(), ["mails", "new"]));
    }

    /// It fails with these words, and the next run completes.
    fn fails_with(&self, words: &[&str]) {
        let failure = self.pull().failure();
        words.iter().for_each(|word| assert!(failure.contains(word), "no `{word}`: {failure}"));
        self.completes();
    }

    /// It gets over the fault in the same run.
    fn gets_over_it(&self) {
        let ended = self.pull();
        assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
        assert_eq!(truth(&reports(0..MAILS)), self.desk.stored());
        self.completes();
    }

    /// So many mails wait, the others come, and something with these words is said. Where not one
    /// comes, that is an error.
    fn leaves(&self, deferred: u64, words: &[&str]) {
        let ended = self.pull();
        let code = if deferred == MAILS as u64 { 2 } else { 0 };
        assert_eq!(Some(code), ended.code, "{}{}", ended.out, ended.err);
        let found = counts(&ended.json(), ["reports", "deferred"]);
        assert_eq!([MAILS as u64 - deferred, deferred], found, "{}", ended.out);
        let said = ended.warnings() + &ended.err;
        words.iter().for_each(|word| assert!(said.contains(word), "no `{word}`: {said}"));
        self.completes();
    }
}

/// A server that does these things at a command.
fn when(when: When, acts: Vec<Act>) -> Trial {
    Trial::of(vec![(when, acts)])
}

// The connection ends.

#[test]
fn disconnected_inside_a_fetch_it_connects_again_and_goes_on() {
    for bytes in [0, 25, 400, 1_500] {
        when(at("UID FETCH*BODY").once(), vec![Act::Begin(bytes), Act::Close]).gets_over_it();
    }
}

#[test]
fn disconnected_inside_every_fetch_it_says_so_and_does_not_storm_the_server() {
    let rules = vec![(at("UID FETCH*BODY"), vec![Act::Begin(400), Act::Close])];
    let fake = Fake::holding(&reports(0..2), rules);
    let desk = Desk::new(&fake.entry(TIDY));
    let ended = desk.pull("");
    assert!(ended.warnings().contains("the server closed the connection"), "{}", ended.out);
    assert_eq!([2, 0], counts(&ended.json(), ["deferred", "moved"]));
    let pauses = ended.took.as_secs() as usize;
    assert!(fake.connections() <= 3 + pauses, "{} in {pauses} s", fake.connections());
    fake.mend();
    assert_eq!([2, 2], counts(&desk.pulled(), ["reports", "moved"]));
}

#[test]
fn disconnected_between_two_mails_it_goes_on_with_the_next() {
    let trial = when(at("UID FETCH*BODY").once(), vec![Act::ByeAt(4)]);
    trial.gets_over_it();
}

#[test]
fn a_mail_at_which_the_server_says_goodbye_each_time_waits_and_the_others_come() {
    when(at("UID FETCH*BODY"), vec![Act::ByeAt(3)]).leaves(1, &["3"]);
}

#[test]
fn a_goodbye_instead_of_a_greeting_is_said() {
    let away = vec![Act::Say("* BYE too many connections\n"), Act::Close];
    when(at("GREETING"), away).fails_with(&["too many connections"]);
}

#[test]
fn disconnected_at_any_command_once_it_gets_over_it() {
    let commands = ["CAPABILITY", "LOGIN", "SELECT", "UID SEARCH", "UID FETCH*SIZE", "UID MOVE"];
    std::thread::scope(|threads| {
        for command in commands {
            threads.spawn(move || when(at(command).once(), vec![Act::Close]).gets_over_it());
        }
    });
}

// The server refuses.

#[test]
fn a_server_that_has_no_time_for_a_sign_in_is_asked_again() {
    let no = Act::Say("{tag} NO [UNAVAILABLE] try again later\n");
    when(at("LOGIN").once(), vec![no.clone()]).gets_over_it();
    when(at("LOGIN"), vec![no]).fails_with(&["try again later"]);
}

#[test]
fn a_refused_fetch_is_no_empty_mailbox() {
    let no = Act::Say("{tag} NO [SERVERBUG] the disk is on fire\n");
    when(at("UID FETCH*BODY").once(), vec![no.clone()]).gets_over_it();
    let trial = when(at("UID FETCH*BODY"), vec![no]);
    let ended = trial.pull();
    let said = format!("{}{}", ended.out, ended.err);
    assert!(said.contains("the disk is on fire"), "{said}");
    trial.completes();
}

#[test]
fn a_refused_search_forgets_nothing() {
    for no in ["{tag} NO no search today\n", "{tag} BAD no search today\n"] {
        let fake = Fake::holding(&reports(0..MAILS), vec![]);
        let trial = Trial { desk: Desk::new(&fake.entry("")), fake };
        trial.desk.pulled();
        let noted = trial.desk.noted();
        trial.fake.also(at("UID SEARCH"), vec![Act::Say(no)]);
        let failure = trial.pull().failure();
        assert!(failure.contains("no search today"), "{failure}");
        assert_eq!(noted, trial.desk.noted());
    }
}

#[test]
fn a_refused_folder_is_named() {
    let no = Act::Say("{tag} NO [NOPERM] not yours\n");
    let trial = when(at("SELECT"), vec![no]);
    let ended = trial.pull();
    let said = format!("{}{}", ended.out, ended.err);
    assert_eq!(Some(2), ended.code);
    assert!(said.contains("INBOX") && said.contains("not yours"), "{said}");
    trial.completes();
}

// The server says nothing.

#[test]
fn a_server_that_says_nothing_is_left_in_time() {
    when(at("GREETING"), vec![Act::Hang]).fails_with(&["127.0.0.1", "2 s"]);
}

#[test]
fn a_server_that_says_nothing_after_its_greeting_is_left_in_time() {
    for command in ["CAPABILITY", "LOGIN"] {
        when(at(command), vec![Act::Hang]).at_the_first_attempt().fails_with(&["2 s"]);
    }
}

#[test]
fn a_server_that_stops_in_the_middle_of_a_mail_is_left_in_time() {
    let trial = when(at("UID FETCH*BODY").once(), vec![Act::Begin(900), Act::Hang]);
    trial.gets_over_it();
}

// The server says too much.

#[test]
fn a_mail_larger_than_announced_is_rejected_and_the_others_come() {
    let huge = vec![Act::Say("* 2 FETCH (UID 2 BODY[] {500000000}\n"), Act::Forever("So long! ")];
    let trial = when(at("UID FETCH*BODY").once(), huge);
    let ended = trial.pull();
    assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
    assert_eq!([5, 1, 5], counts(&ended.json(), ["reports", "rejected", "moved"]));
    let rejected = trial.desk.run("rejected --format json").json()["rejected"][0].clone();
    assert_eq!("too_large", rejected["reason"], "{rejected}");
    assert_eq!(vec![2], trial.fake.mailbox(|all| all.uids()));
}

#[test]
fn an_announced_size_is_no_size_to_allocate() {
    let huge = vec![Act::Say("* 2 FETCH (UID 2 BODY[] {4000000000}\nhello"), Act::Close];
    let trial = when(at("UID FETCH*BODY").once(), huge);
    assert!(trial.pull().peak < MOST);
    trial.completes();
}

#[test]
fn endless_talk_instead_of_a_list_is_left_in_time() {
    for talk in ["* OK still at it\n", "* SEARCH 1 2 3 4 5 6\n"] {
        let trial = when(at("UID SEARCH"), vec![Act::Forever(talk)]).at_the_first_attempt();
        assert_eq!(Some(2), trial.pull().code);
        trial.completes();
    }
}

#[test]
fn endless_talk_instead_of_mails_is_left_in_time() {
    for talk in ["* OK still at it\n", "* 3 FETCH (FLAGS (\\Seen))\n"] {
        when(at("UID FETCH*BODY").once(), vec![Act::Forever(talk)]).gets_over_it();
    }
}

#[test]
fn a_greeting_without_end_is_left_in_time() {
    when(at("GREETING"), vec![Act::Forever("* OK x")]).fails_with(&["127.0.0.1"]);
}

#[test]
fn a_line_without_end_is_left_in_time() {
    for (command, line) in [("UID SEARCH", " 1 2 3"), ("LOGIN", "abc")] {
        let acts = vec![Act::Say("* SEARCH"), Act::Forever(line)];
        let trial = when(at(command), acts).at_the_first_attempt();
        assert_eq!(Some(2), trial.pull().code);
        trial.completes();
    }
    let line = vec![Act::Say("* OK so"), Act::Forever(" and so on")];
    when(at("UID FETCH*BODY").once(), line).gets_over_it();
}

// The server says something else than it was asked.

#[test]
fn mails_without_a_body_wait() {
    let none = "* 1 FETCH (UID 1)\n* 2 FETCH (UID 2 BODY[] NIL)\n* 3 FETCH (FLAGS ())\n{tag} OK\n";
    when(at("UID FETCH*BODY").once(), vec![Act::Say(none)]).gets_over_it();
    let trial = when(at("UID FETCH*BODY"), vec![Act::Say(none)]);
    trial.leaves(MAILS as u64, &["no content"]);
}

#[test]
fn mails_that_are_passed_over_without_a_word_wait() {
    let nothing = vec![Act::Say("{tag} OK that is all\n")];
    when(at("UID FETCH*BODY"), nothing.clone()).leaves(6, &["sends nothing of it"]);
    when(at("UID FETCH*BODY").once(), nothing).gets_over_it();
}

#[test]
fn an_answer_to_another_command_is_no_answer() {
    for answer in ["Z9 OK done\n", "* OK done\nA999999 OK done\n"] {
        let trial = when(at("UID FETCH*BODY").once(), vec![Act::Say(answer), Act::Hang]);
        trial.gets_over_it();
        let trial = when(at("UID MOVE").once(), vec![Act::Say(answer), Act::Hang]);
        trial.pull();
        trial.completes();
    }
}

#[test]
fn what_is_no_mail_server_is_said_to_be_none() {
    let other = vec![Act::Say("HTTP/1.1 400 Bad Request\nContent-Length: 0\n\n"), Act::Close];
    when(at("GREETING"), other).fails_with(&["127.0.0.1"]);
}

#[test]
fn numbers_may_shift_between_the_mails_of_an_answer() {
    let come = Act::Change(|all| all.deliver(junk(1).on_the_wire()));
    let gone = Act::Change(|all| all.remove(0));
    let seen = "* 7 EXISTS\n* 1 RECENT\n* 1 FETCH (FLAGS (\\Seen))\n* 1 EXPUNGE\n";
    for command in ["UID SEARCH", "UID FETCH*SIZE", "UID FETCH*BODY"] {
        let acts = vec![come.clone(), gone.clone(), Act::Say(seen), Act::Answer];
        let fake = Fake::holding(&reports(0..MAILS), vec![(at(command).once(), acts)]);
        let desk = Desk::new(&fake.entry(TIDY));
        desk.pulled();
        desk.pulled();
        assert_eq!(truth(&reports(1..MAILS)), desk.stored(), "{command}");
        let left = fake.mailbox(|all| (all.uids(), all.folders["processed"]));
        assert_eq!((vec![7], MAILS - 1), left, "{command}");
    }
}

#[test]
fn a_server_that_cannot_count_is_not_believed() {
    let select = "* 9 EXISTS\n* OK [UIDVALIDITY 7] valid\n{tag} OK [READ-WRITE] open\n";
    when(at("SELECT"), vec![Act::Say(select)]).fails_with(&["9 mails", "6"]);
    let endless = select.replace('9', "4000000000").leak();
    when(at("SELECT"), vec![Act::Say(endless)]).fails_with(&["4000000000", "5000000"]);
}

#[test]
fn mails_that_come_while_the_others_are_listed_wait_for_the_next_run() {
    when(at("UID SEARCH"), vec![Act::Say("* 9 EXISTS\n"), Act::Answer]).gets_over_it();
}

#[test]
fn a_list_of_mails_that_are_not_there_takes_no_memory() {
    let when = |acts| when(at("UID SEARCH"), acts).fails_with(&["main"]);
    let numbers: String = (1..1_000_000).map(|uid| format!(" {uid}")).collect();
    when(vec![Act::Say(format!("* SEARCH{numbers}\n{{tag}} OK\n").leak())]);
    when(vec![Act::Say("* SEARCH 1 2 3 4 5 6 7\n{tag} OK\n")]);
}

#[test]
fn unknown_words_are_passed_over() {
    let odd =
        "* XSTATUS (all \"well\")\n* 1 FETCH (UID 1 X-GM-LABELS (\\Inbox))\n* OK [XCODE 1] so\n";
    when(at("UID FETCH*BODY"), vec![Act::Say(odd), Act::Answer]).gets_over_it();
    when(at("UID SEARCH"), vec![Act::Say(odd), Act::Answer]).gets_over_it();
}

#[test]
fn an_empty_search_in_a_full_folder_loses_nothing() {
    let trial = when(at("UID SEARCH"), vec![Act::Say("* SEARCH\n{tag} OK\n")]);
    trial.pull();
    trial.completes();
}

// The mailbox changes.

#[test]
fn a_new_life_of_the_folder_in_the_middle_is_read_anew() {
    for (command, bytes) in [("UID FETCH*BODY", 1_500), ("UID MOVE", 0)] {
        let acts = vec![Act::Begin(bytes), Act::Change(Served::renumber), Act::Close];
        when(at(command).once(), acts).fails_with(&["INBOX", "UIDVALIDITY", "run again"]);
    }
}

#[test]
fn a_mail_that_is_taken_away_after_it_was_counted_is_not_missed() {
    let rules = vec![(
        at("UID FETCH*BODY").once(),
        vec![Act::Change(|all| all.remove(2)), Act::Say("* 3 EXPUNGE\n"), Act::Answer],
    )];
    let fake = Fake::holding(&reports(0..MAILS), rules);
    let desk = Desk::new(&fake.entry(""));
    let ended = desk.pull("");
    assert_eq!(Some(0), ended.code, "{}{}", ended.out, ended.err);
    let left: Vec<_> = reports(0..MAILS).into_iter().filter(|m| m.id != "report-2").collect();
    assert_eq!(truth(&left), desk.stored());
    desk.pulled();
    assert_eq!(MAILS - 1, desk.noted().len());
}
