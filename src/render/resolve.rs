//! What came of **looking up addresses**: how many have a name that leads back; and of servers of one's
//! own, every step from name to address and back.
//!
//! In: counts, and steps in words. Out: a few lines.

use std::io::{self, Write};
use std::net::IpAddr;

use serde::Serialize;

use crate::model::kept::HostStatus;
use crate::model::numbers::{agree, thousands};

use super::Page;
use super::text::{hanging, labelled};

/// What was done. `asked` is the sum of the four that follow it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Resolved {
    /// Addresses that sent mail in the window.
    pub addresses: u64,
    /// Of these, private and reserved ones: nobody is asked about them.
    pub special: u64,
    /// Known already, and not asked for again.
    pub known: u64,
    /// Looked up now.
    pub asked: u64,
    /// With a name that leads back.
    pub confirmed: u64,
    /// With a name that leads elsewhere, or nowhere.
    pub unconfirmed: u64,
    /// Without a name.
    pub nameless: u64,
    /// Of which nobody could tell.
    pub unknown: u64,
    /// With a country or a network, of those that were known or looked up.
    pub placed: u64,
    /// Left for the next time.
    pub left: u64,
    /// How it ended: `done`, `stopped` (by a signal), `late` (the time was over) or `silence` (nobody
    /// answered).
    pub ended: &'static str,
    /// How long it took.
    pub seconds: f64,
}

impl Resolved {
    /// Counts one that was looked up.
    pub fn count(&mut self, status: HostStatus) {
        self.asked += 1;
        *match status {
            HostStatus::Confirmed => &mut self.confirmed,
            HostStatus::Unconfirmed => &mut self.unconfirmed,
            HostStatus::Nameless => &mut self.nameless,
            HostStatus::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// Writes what was done.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut dyn Write, page: Page, done: &Resolved) -> io::Result<()> {
    let Resolved { addresses, asked, .. } = *done;
    if addresses == 0 {
        return writeln!(out, "No mail in the window: there is no address to look up.");
    }
    let mut first = format!("{} in the window: ", called_addresses(addresses));
    first.push_str(&match asked {
        0 => "none had to be looked up".to_owned(),
        _ => format!("{} looked up in {:.1} s", thousands(asked), done.seconds),
    });
    hanging(out, page, "", 2, &first)?;
    let mut line = |count: u64, text: &str| match count {
        0 => Ok(()),
        _ => hanging(out, page, "  ", 4, &format!("{} {text}", thousands(count))),
    };
    line(done.confirmed, "confirmed: the name leads back to the address")?;
    line(done.unconfirmed, "unconfirmed: the name leads elsewhere, or nowhere")?;
    line(done.nameless, "without a name")?;
    line(done.unknown, "unknown: nobody could tell; they are asked for again the next time")?;
    line(done.known, "known already (--again asks for them too)")?;
    line(done.special, "private or reserved: nobody is asked about them")?;
    line(done.placed, "with a country or a network")?;
    let why = match done.ended {
        "stopped" => "left: it was stopped, and what was found is kept; run it again to go on",
        "late" => "left: the time was over; run it again to go on",
        "silence" => "left: nobody answered",
        _ => "left by --limit; run it again to go on",
    };
    line(done.left, why)?;
    if done.asked + done.known > done.unknown {
        hanging(out, page, "", 2, "See: ruaudit sources DOMAIN --verbose")?;
    }
    Ok(())
}

fn called_addresses(count: u64) -> String {
    format!("{} {}", thousands(count), agree(count, "address", "addresses"))
}

/// What looking at a server of one's own came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerStatus {
    /// No receiver sees the address: nobody was asked.
    Special,
    /// As any address.
    #[serde(untagged)]
    Host(HostStatus),
}

/// A server of one's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServerOut {
    /// Its address; none where its name has none.
    pub address: Option<IpAddr>,
    /// The name that it should have, where one was given.
    pub wanted: Option<String>,
    /// What it came to.
    pub status: ServerStatus,
    /// The name that leads back, or the first that does not.
    pub name: Option<String>,
    /// What was asked, in order.
    pub steps: Vec<StepOut>,
    /// Whether it is as receivers want it.
    pub fine: bool,
    /// What to do, or what to ask for.
    pub advice: Option<String>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepOut {
    /// `forward` (name to address) or `reverse`.
    pub step: &'static str,
    /// What was asked about.
    pub of: String,
    /// What it leads to.
    pub found: Vec<String>,
    /// What is wrong, where nothing was found.
    pub problem: Option<String>,
}

/// Writes servers of one's own, each with its steps.
///
/// # Errors
/// When the writer fails.
pub fn servers(out: &mut dyn Write, page: Page, servers: &[ServerOut]) -> io::Result<()> {
    for (at, server) in servers.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        hanging(out, page, "", 2, &format!("{}: {}", called(server), sentence(server)))?;
        for step in &server.steps {
            let found = step.problem.clone().unwrap_or_else(|| step.found.join(", "));
            labelled(out, page, step.step, &format!("{} -> {found}", step.of))?;
        }
        if let Some(advice) = &server.advice {
            hanging(out, page, "  -> ", 5, advice)?;
        }
    }
    Ok(())
}

fn called(server: &ServerOut) -> String {
    match (&server.address, &server.wanted) {
        (Some(address), _) => address.to_string(),
        (None, Some(name)) => name.clone(),
        (None, None) => String::new(),
    }
}

fn sentence(server: &ServerOut) -> String {
    let name = server.name.as_deref().unwrap_or("its name");
    let status = match server.status {
        ServerStatus::Host(status) => status,
        ServerStatus::Special => return "NOT ON THE INTERNET: nobody was asked".to_owned(),
    };
    match status {
        HostStatus::Confirmed if server.fine => format!("FINE: {name} leads back to it"),
        HostStatus::Confirmed => format!("WRONG NAME: {name} leads back to it"),
        HostStatus::Unconfirmed => format!("UNCONFIRMED: {name} does not lead back to it"),
        HostStatus::Nameless if server.address.is_none() => "NO ADDRESS".to_owned(),
        HostStatus::Nameless => "NO NAME".to_owned(),
        HostStatus::Unknown => "UNKNOWN: nobody could tell".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::specimens::text;

    #[test]
    fn every_address_is_accounted_for() {
        let mut done = Resolved {
            addresses: 9,
            special: 1,
            known: 2,
            left: 2,
            ended: "done",
            ..Resolved::default()
        };
        HostStatus::ALL.into_iter().for_each(|status| done.count(status));
        assert_eq!((4, 9), (done.asked, done.asked + done.special + done.known + done.left));
        let page = text(|out| write(out, Page::PLAIN, &done));
        assert!(
            page.starts_with("9 addresses in the window: 4 looked up in 0.0 s\n  1 confirmed"),
            "{page}"
        );
        assert!(page.contains("  2 left by --limit"), "{page}");
        let none = text(|out| write(out, Page::PLAIN, &Resolved::default()));
        assert!(none.starts_with("No mail"), "{none}");
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        let server = ServerOut {
            address: Some("192.0.2.1".parse().unwrap()),
            wanted: None,
            status: ServerStatus::Host(HostStatus::Unconfirmed),
            name: Some("a\u{1b}[2J".into()),
            steps: vec![StepOut {
                step: "reverse",
                of: "192.0.2.1".into(),
                found: vec!["a\u{1b}[2J".into()],
                problem: None,
            }],
            fine: false,
            advice: Some("ask a\u{1b}[2J".into()),
        };
        let page = text(|out| servers(out, Page::PLAIN, std::slice::from_ref(&server)));
        assert!(!page.contains('\u{1b}') && page.matches("\\u{1b}").count() == 3, "{page}");
    }
}
