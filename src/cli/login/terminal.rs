//! The **person at the terminal**, who is told where to go and may hand over an address.

use std::io::{self, BufRead as _, Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::error::Result;
use crate::intake::oauth::{Invitation, Person};
use crate::render::escape::escape;

use super::super::written;

/// Bytes of a line that a person may hand over.
const MOST: u64 = 64 << 10;

/// A terminal, or what stands in for one.
pub(super) struct Terminal<'a> {
    pub(super) out: &'a mut dyn Write,
    input: fn() -> Receiver<String>,
    typed: Option<Receiver<String>>,
    /// How time passes.
    pub(super) sleep: fn(Duration),
}

impl<'a> Terminal<'a> {
    /// What a person is told goes to `out`; `input` is looked at once something is awaited.
    pub(super) fn new(out: &'a mut dyn Write, input: fn() -> Receiver<String>) -> Self {
        Self { out, input, typed: None, sleep: std::thread::sleep }
    }
}

impl Person for Terminal<'_> {
    fn invite(&mut self, invitation: Invitation<'_>) -> Result<()> {
        match invitation {
            Invitation::Code { url, code, complete, lasts } => {
                written(say_code(self.out, url, code, complete, lasts))?;
            }
            Invitation::Page { url, lasts } => {
                written(say_page(self.out, url, lasts))?;
                self.typed = Some((self.input)());
            }
            Invitation::Again(why) => {
                written(writeln!(self.out, "That will not do: {}. Try again:", escape(why)))?;
            }
            Invitation::Silence(why) => {
                let why = escape(why);
                written(writeln!(
                    self.out,
                    "The server does not answer yet ({why}). Waiting on ..."
                ))?;
            }
        }
        // the person reads while the program waits
        written(self.out.flush())
    }

    fn typed(&mut self) -> Option<String> {
        self.typed.as_ref()?.try_recv().ok()
    }

    fn wait(&mut self, pause: Duration) {
        (self.sleep)(pause);
    }
}

fn say_code(
    out: &mut dyn Write,
    url: &str,
    code: &str,
    complete: Option<&str>,
    lasts: u64,
) -> io::Result<()> {
    writeln!(out, "In any browser, on any machine, within {}\n", span(lasts))?;
    writeln!(out, "  open   {}", escape(url))?;
    writeln!(out, "  enter  {}\n", escape(code))?;
    if let Some(complete) = complete {
        writeln!(out, "or open {}\n", escape(complete))?;
    }
    writeln!(out, "and approve. Waiting for you ...")
}

fn say_page(out: &mut dyn Write, url: &str, lasts: u64) -> io::Result<()> {
    writeln!(out, "In a browser, within {}, open this page and approve:\n", span(lasts))?;
    writeln!(out, "  {}\n", escape(url))?;
    writeln!(
        out,
        "A browser on this machine needs nothing more. One on another machine ends up at"
    )?;
    writeln!(out, "a page that it cannot load: copy the address of that page, and paste it here.")?;
    writeln!(out, "Waiting for you ...")
}

/// A length of time in words: whole minutes, never more than there are, or seconds if they are few.
fn span(seconds: u64) -> String {
    match (seconds / 60, seconds) {
        (0, 1) => "1 second".into(),
        (0 | 1, 60) => "1 minute".into(),
        (0 | 1, seconds) => format!("{seconds} seconds"),
        (minutes, _) => format!("{minutes} minutes"),
    }
}

/// The lines of standard input.
pub(super) fn of_stdin() -> Receiver<String> {
    lines(io::stdin())
}

/// The lines of an input, by a thread of its own, since reading one cannot be given up.
fn lines(input: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut input = io::BufReader::new(input);
        let mut line = String::new();
        while matches!(input.by_ref().take(MOST).read_line(&mut line), Ok(1..)) {
            // nobody waits for it any more
            if sender.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_where_to_go_and_nothing_that_a_terminal_obeys() {
        let mut out = Vec::new();
        let mut terminal = Terminal::new(&mut out, || lines(&b"one\ntwo"[..]));
        let code = Invitation::Code {
            url: "https://login.example/\u{1b}[2J",
            code: "WDJB-MJHT",
            complete: Some("https://login.example/WDJB"),
            lasts: 901,
        };
        terminal.invite(code).unwrap();
        assert_eq!(None, terminal.typed());
        terminal.invite(Invitation::Page { url: "https://a.example", lasts: 600 }).unwrap();
        terminal.invite(Invitation::Again("it is old")).unwrap();
        terminal.invite(Invitation::Silence("status 503\u{1b}[2J")).unwrap();
        let typed = terminal.typed.take().unwrap();
        assert_eq!(vec!["one\n", "two"], typed.iter().collect::<Vec<_>>());
        let page = String::from_utf8(out).unwrap();
        for words in [
            "15 minutes",
            "enter  WDJB-MJHT",
            "open   https",
            "10 minutes",
            "it is old",
            "status 503",
        ] {
            assert!(page.contains(words), "{page}");
        }
        assert!(!page.contains('\u{1b}'), "{page:?}");
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    }

    #[test]
    fn a_length_of_time_is_said_in_words_and_never_too_long() {
        for (expected, seconds) in [
            ("0 seconds", 0),
            ("1 second", 1),
            ("3 seconds", 3),
            ("1 minute", 60),
            ("119 seconds", 119),
            ("2 minutes", 120),
            ("15 minutes", 901),
        ] {
            assert_eq!(expected, span(seconds));
        }
    }
}
