//! What the tests stand on does what it says: a hook that does nothing would prove anything.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use crate::account::Account;
use crate::dovecot::{below_inbox, shared};
use crate::fake::{Act, Fake, Served, at};
use crate::mails::{junk, report, reports};

/// Somebody who types commands.
struct Typist {
    reader: BufReader<TcpStream>,
    stream: TcpStream,
}

impl Typist {
    fn at(port: u16) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let mut typist = Self { reader: BufReader::new(stream.try_clone().unwrap()), stream };
        typist.line();
        typist
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        line
    }

    /// The answer to a command, with the tagged line at its end.
    fn types(&mut self, command: &str) -> String {
        write!(self.stream, "t {command}\r\n").unwrap();
        let mut answer = String::new();
        loop {
            let line = self.line();
            answer.push_str(&line);
            if line.is_empty() || line.starts_with("t ") {
                return answer;
            }
        }
    }
}

#[test]
fn dovecot_serves_what_is_delivered_and_the_hooks_show() {
    let mails = [report(1), report(2), junk(3)];
    let account = Account::holding(shared(), "hooks", &mails);
    account.listen();
    let mut typist = Typist::at(account.server.plain);
    assert!(typist.types("LOGIN hooks secret").contains("t OK"));
    assert!(typist.types("SELECT INBOX").contains("* 3 EXISTS"));
    assert_eq!(1, account.clients());
    assert!(typist.types("UID STORE 1 +FLAGS.SILENT ($Seen)").contains("t OK"));
    assert!(typist.types("CREATE away/far").contains("t OK"));
    assert!(typist.types("UID MOVE 2 away/far").contains("t OK"));
    account.expunge("INBOX", "junk-3");
    assert_eq!(vec!["INBOX", "away.far"], account.folders());
    assert_eq!(vec!["report-1"], account.ids("INBOX"));
    assert_eq!(vec!["report-2"], account.ids("away/far"));
    assert_eq!("$Seen", account.flags("INBOX")["report-1"]);
    assert_eq!(1, account.commands_with("UID MOVE 2"));
    account.kick();
    assert!(typist.line().contains("BYE") && account.clients() == 0);
}

#[test]
fn a_forbidden_mail_cannot_be_read_until_it_is_permitted() {
    let account = Account::holding(shared(), "hooks-forbidden", &reports(1..3));
    account.forbid("report-1");
    let fetch = || {
        let mut typist = Typist::at(account.server.plain);
        typist.types("LOGIN hooks-forbidden secret");
        typist.types("SELECT INBOX");
        typist.types("UID FETCH 1:* BODY.PEEK[]")
    };
    assert!(!fetch().contains("t OK"));
    account.permit("report-1");
    assert!(fetch().contains("t OK"));
}

#[test]
fn a_renumbered_folder_has_another_life() {
    let account = Account::holding(shared(), "hooks-renumbered", &reports(1..3));
    let life = || {
        let mut typist = Typist::at(account.server.plain);
        typist.types("LOGIN hooks-renumbered secret");
        let answer = typist.types("SELECT INBOX");
        answer.lines().find(|line| line.contains("UIDVALIDITY")).unwrap().to_owned()
    };
    let before = life();
    account.renumber("INBOX");
    assert_ne!(before, life());
}

#[test]
fn the_other_server_has_its_folders_below_the_inbox() {
    Account::holding(below_inbox(), "hooks", &[]);
    let mut typist = Typist::at(below_inbox().plain);
    typist.types("LOGIN hooks secret");
    assert!(typist.types("NAMESPACE").contains("((\"INBOX.\" \".\"))"));
    assert!(typist.types("CREATE processed").contains("t NO"));
}

#[test]
fn the_fake_behaves_unless_a_rule_says_otherwise() {
    let rules = vec![(at("UID FETCH*BODY").on(1), vec![Act::Begin(60), Act::Close])];
    let fake = Fake::serving(Served::of(&reports(1..4)), rules);
    let mut typist = Typist::at(fake.port());
    assert!(typist.types("LOGIN a b").contains("t OK"));
    assert!(typist.types("SELECT INBOX").contains("* 3 EXISTS"));
    assert!(typist.types("UID SEARCH ALL").contains("* SEARCH 1 2 3\r\n"));
    assert!(!typist.types("UID FETCH 2 BODY.PEEK[]").contains("t OK"));
    let mut typist = Typist::at(fake.port());
    typist.types("CREATE processed");
    assert!(typist.types("UID FETCH 2 BODY.PEEK[]").contains("<report-2@mails.example>"));
    assert!(typist.types("UID MOVE 2:3 processed").contains("* 2 EXPUNGE\r\n* 2 EXPUNGE\r\nt OK"));
    assert_eq!((vec![1], 2), fake.mailbox(|all| (all.uids(), all.folders["processed"])));
    assert_eq!((2, 2), (fake.connections(), fake.heard_with("BODY.PEEK")));
}
