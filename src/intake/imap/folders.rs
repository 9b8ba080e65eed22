//! **Folders**: how a server names them, and opening and making them.
//!
//! In: names as a person writes them, `/` between the levels. Out: names as the server wants them:
//! with its own delimiter, in modified UTF-7, below the prefix under which a user's folders lie
//! (NAMESPACE, RFC 2342).

use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::core::QuotedChar;
use imap_codec::imap_types::flag::FlagNameAttribute;
use imap_codec::imap_types::mailbox::Mailbox;
use imap_codec::imap_types::response::Data;

use super::exchange::{Answer, Loss, Trouble};
use super::session::Session;
use super::status::Status;
use super::utf7;

/// The longest prefix, as it is sent.
const PREFIX_MAX: usize = 255;

/// How a server names folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    delimiter: Option<char>,
    prefix: String,
}

impl Default for Names {
    fn default() -> Self {
        Self { delimiter: Some('/'), prefix: String::new() }
    }
}

impl Names {
    /// Asks the server; one that will not say has no prefix.
    pub(super) fn ask(session: &mut Session) -> Result<Self, Trouble> {
        let mut names = Self::default();
        if session.capabilities.has("NAMESPACE") && names.ask_namespace(session)? {
            return Ok(names);
        }
        let list = CommandBody::list("", "").map_err(|error| Loss::new(error.to_string()))?;
        let answer = session.connection.run(list, session.limit, &mut |answer| {
            if let Answer::Data(Data::List { delimiter, .. }) = answer {
                names.delimiter = delimiter.map(|c| c.inner()).filter(|c| !c.is_control());
            }
        });
        unless_refused(answer)?;
        Ok(names)
    }

    fn ask_namespace(&mut self, session: &mut Session) -> Result<bool, Trouble> {
        let mut found = None;
        let answer = session.connection.run(CommandBody::Namespace, session.limit, &mut |answer| {
            if let Answer::Data(Data::Namespace { personal, .. }) = answer {
                found = personal.into_iter().next().and_then(|first| {
                    let delimiter = first.delimiter.map(|c: QuotedChar| c.inner());
                    Self::of(first.prefix.as_ref(), delimiter)
                });
            }
        });
        unless_refused(answer)?;
        // a name is shown, and what is shown holds no secret
        let found = found.filter(|names: &Self| !session.connection.strike.hits(&names.prefix));
        Ok(found.map(|names| *self = names).is_some())
    }

    /// The names that go with a prefix and a delimiter; none if a name cannot be like that.
    fn of(prefix: &[u8], delimiter: Option<char>) -> Option<Self> {
        let prefix = std::str::from_utf8(prefix).ok().filter(|text| text.len() <= PREFIX_MAX)?;
        let prefix = utf7::decode(prefix);
        let is_odd = prefix.chars().chain(delimiter).any(char::is_control);
        (!is_odd).then_some(Self { delimiter, prefix })
    }

    /// A name as the server divides it, still to be encoded.
    pub(super) fn divided(&self, name: &str) -> String {
        let name = name.trim_end_matches('/');
        if name.eq_ignore_ascii_case("INBOX") {
            return "INBOX".into();
        }
        match self.delimiter {
            Some(delimiter) => name.replace('/', delimiter.encode_utf8(&mut [0; 4])),
            None => name.into(),
        }
    }

    /// The same, below the prefix if it does not stand there.
    pub(super) fn below_prefix(&self, name: &str) -> String {
        let name = self.divided(name);
        let root = self.delimiter.map_or(self.prefix.as_str(), |c| self.prefix.trim_end_matches(c));
        let has_prefix = name == root || name == "INBOX" || name.starts_with(&self.prefix);
        if has_prefix { name } else { format!("{}{name}", self.prefix) }
    }
}

/// A refusal is as good as no answer.
fn unless_refused(answer: Result<Status, Trouble>) -> Result<(), Trouble> {
    match answer {
        Ok(_) | Err(Trouble::Refused(_)) => Ok(()),
        Err(lost) => Err(lost),
    }
}

/// A name as it is sent.
pub(super) fn mailbox(name: &str) -> Result<Mailbox<'static>, Loss> {
    Mailbox::try_from(utf7::encode(name)).map_err(|_| Loss::new("the folder's name cannot be sent"))
}

/// What a server says of a folder that it opens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Opened {
    /// Its life; none if the server has no UIDs that last.
    pub uid_validity: Option<u32>,
    /// The flags that can be set for good; none if the server does not say, and all can.
    pub flags: Option<Vec<String>>,
    /// Whether it can only be read.
    pub is_read_only: bool,
}

impl Opened {
    fn note(&mut self, status: &Status) {
        if let Some(number) = status.argument("UIDVALIDITY") {
            self.uid_validity = number.trim().parse().ok();
        }
        if let Some(flags) = status.argument("PERMANENTFLAGS") {
            let flags = flags.trim().trim_start_matches('(').trim_end_matches(')');
            self.flags =
                Some(flags.split_ascii_whitespace().map(str::to_ascii_lowercase).collect());
        }
        self.is_read_only |= status.is("READ-ONLY");
    }

    /// Whether a flag can be set for good.
    pub(super) fn takes(&self, flag: &str) -> bool {
        let is_it = |known: &String| {
            known == "\\*" && !flag.starts_with('\\') || known.eq_ignore_ascii_case(flag)
        };
        self.flags.as_ref().is_none_or(|flags| flags.iter().any(is_it))
    }
}

/// Opens a folder, to be written to or only to be read.
pub(super) fn open(session: &mut Session, name: &str, writable: bool) -> Result<Opened, Trouble> {
    let mailbox = mailbox(name)?;
    let command =
        if writable { CommandBody::Select { mailbox } } else { CommandBody::Examine { mailbox } };
    let mut opened = Opened::default();
    session.connection.count = Default::default();
    let done = session.connection.run(command, session.limit, &mut |answer| {
        if let Answer::Status(status) = answer {
            opened.note(&status);
        }
    })?;
    opened.note(&done);
    opened.is_read_only |= !writable;
    Ok(opened)
}

/// Whether there is a folder of this name that can hold mails.
pub(super) fn is_there(session: &mut Session, name: &str) -> Result<bool, Trouble> {
    let sent = utf7::encode(name);
    let list = CommandBody::list("", sent.clone()).map_err(|error| Loss::new(error.to_string()))?;
    let mut is_there = false;
    session.connection.run(list, session.limit, &mut |answer| {
        if let Answer::Data(Data::List { items, mailbox, .. }) = answer {
            is_there |= is_named(&mailbox, &sent) && items.iter().all(holds_mails);
        }
    })?;
    Ok(is_there)
}

fn is_named(mailbox: &Mailbox<'_>, sent: &str) -> bool {
    match mailbox {
        Mailbox::Inbox => sent.eq_ignore_ascii_case("INBOX"),
        Mailbox::Other(other) => other.inner().as_ref() == sent.as_bytes(),
    }
}

fn holds_mails(attribute: &FlagNameAttribute<'_>) -> bool {
    let name = attribute.to_string();
    !name.eq_ignore_ascii_case("\\Noselect") && !name.eq_ignore_ascii_case("\\NonExistent")
}

/// Makes a folder. That it is there already is fine.
pub(super) fn create(session: &mut Session, name: &str) -> Result<(), Trouble> {
    let command = CommandBody::Create { mailbox: mailbox(name)? };
    match session.connection.run_quietly(command, session.limit) {
        Err(Trouble::Refused(status)) if status.is("ALREADYEXISTS") => Ok(()),
        other => other.map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::strike::Strike;
    use super::*;

    fn names(delimiter: Option<char>, prefix: &str) -> Names {
        Names { delimiter, prefix: prefix.into() }
    }

    #[test]
    fn names_get_the_delimiter_and_the_prefix_of_the_server() {
        let courier = names(Some('.'), "INBOX.");
        assert_eq!("INBOX.processed", courier.below_prefix("processed"));
        assert_eq!("INBOX.dmarc.processed", courier.below_prefix("INBOX/dmarc/processed"));
        assert_eq!("INBOX.x", courier.below_prefix("INBOX.x"));
        assert_eq!("INBOX", courier.below_prefix("inbox"));
        assert_eq!("a.b", courier.divided("a/b"));
        assert_eq!("a/b", names(None, "").below_prefix("a/b"));
        assert_eq!("INBOX/x", names(Some('/'), "").below_prefix("INBOX/x"));
    }

    #[test]
    fn a_prefix_that_is_no_name_is_not_taken() {
        assert_eq!(Some(names(Some('.'), "INBOX.")), Names::of(b"INBOX.", Some('.')));
        assert_eq!(Some(names(None, "")), Names::of(b"", None));
        assert!(Names::of(&[b'x'; 255], Some('/')).is_some());
        for (prefix, delimiter) in [(&[b'x'; 256][..], '/'), (b"a\x1b[31m", '/'), (b"a", '\n')] {
            assert_eq!(None, Names::of(prefix, Some(delimiter)));
        }
    }

    #[test]
    fn a_keyword_can_be_set_where_the_server_takes_it() {
        let takes = |flags: &str, flag: &str| {
            let line = format!("* OK [PERMANENTFLAGS ({flags})] x");
            let mut opened = Opened::default();
            opened.note(&Status::read(line.as_bytes(), &Strike::default()).expect("a status"));
            opened.takes(flag)
        };
        assert!(
            takes("\\Seen \\*", "$RuauditProcessed")
                && takes("$ruauditprocessed", "$RuauditProcessed")
        );
        assert!(
            !takes("\\Seen", "$RuauditProcessed")
                && !takes("", "\\Seen")
                && !takes("\\*", "\\Seen")
        );
        assert!(Opened::default().takes("anything"));
    }
}
