//! The mailbox of the fake, **served** as a well-behaved server would.

use std::collections::BTreeMap;

use crate::mails::Mail;

/// A mail on the server.
#[derive(Debug, Clone)]
struct Lying {
    uid: u32,
    bytes: Vec<u8>,
    flags: Vec<String>,
}

/// A mailbox and what is known of the server.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    inbox: Vec<Lying>,
    /// The other folders, and how many mails were put there.
    pub(crate) folders: BTreeMap<String, usize>,
    /// What the server can do besides.
    pub(crate) capabilities: &'static str,
    /// Which life of the inbox this is.
    pub(crate) uid_validity: u32,
    next: u32,
}

impl Served {
    /// A mailbox with mails in its inbox.
    pub(crate) fn of(mails: &[Mail]) -> Self {
        let mut served = Self {
            inbox: Vec::new(),
            folders: BTreeMap::new(),
            capabilities: "IMAP4rev1 IDLE MOVE UIDPLUS NAMESPACE",
            uid_validity: 7,
            next: 1,
        };
        mails.iter().for_each(|mail| served.deliver(mail.on_the_wire()));
        served
    }

    /// The same on a server that can do other things.
    pub(crate) fn able_to(self, capabilities: &'static str) -> Self {
        Self { capabilities, ..self }
    }

    /// A new mail.
    pub(crate) fn deliver(&mut self, bytes: Vec<u8>) {
        self.inbox.push(Lying { uid: self.next, bytes, flags: Vec::new() });
        self.next += 1;
    }

    /// Takes the mail at a position away, as another client does.
    pub(crate) fn remove(&mut self, position: usize) {
        self.inbox.remove(position);
    }

    /// A new life of the inbox, in which every mail has another number.
    pub(crate) fn renumber(&mut self) {
        self.uid_validity += 1;
        for mail in &mut self.inbox {
            mail.uid = self.next;
            self.next += 1;
        }
    }

    /// The numbers of the mails in the inbox.
    pub(crate) fn uids(&self) -> Vec<u32> {
        self.inbox.iter().map(|mail| mail.uid).collect()
    }

    /// The flags of the mails in the inbox.
    pub(crate) fn flags(&self) -> Vec<String> {
        self.inbox.iter().map(|mail| mail.flags.join(" ")).collect()
    }

    /// The answer to a command.
    pub(super) fn answer(&mut self, tag: &str, line: &str) -> Vec<u8> {
        let words: Vec<&str> = line.split(' ').collect();
        let word = |at: usize| words.get(at).copied().unwrap_or_default();
        let rest = |at: usize| words.get(at..).unwrap_or_default().join(" ");
        let (untagged, status) = match (word(0), word(1)) {
            ("GREETING", _) => return b"* OK ready\r\n".to_vec(),
            ("CAPABILITY", _) => (format!("* CAPABILITY {}\r\n", self.capabilities).into(), "OK"),
            ("SELECT" | "EXAMINE", folder) => self.select(folder),
            ("NAMESPACE", _) => (b"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n".to_vec(), "OK"),
            ("LIST", _) => (self.list(), "OK"),
            ("CREATE", folder) => self.create(folder),
            ("LOGOUT", _) => (b"* BYE until then\r\n".to_vec(), "OK"),
            ("UID", "SEARCH") => (self.search(&rest(2)), "OK"),
            ("UID", "FETCH") => (self.fetch(word(2), &rest(3)), "OK"),
            ("UID", "STORE") => (self.store(word(2), &rest(4)), "OK"),
            ("UID", "COPY") => self.copy(word(2), word(3)),
            ("UID", "MOVE") if self.can("MOVE") => self.carry(word(2), word(3)),
            ("UID", "EXPUNGE") if self.can("UIDPLUS") => (self.expunge(word(2)), "OK"),
            ("EXPUNGE", _) => (self.expunge("1:*"), "OK"),
            ("UID" | "MOVE" | "STARTTLS", _) => (Vec::new(), "BAD unknown command"),
            _ => (Vec::new(), "OK"),
        };
        [untagged, format!("{tag} {status} that was {}\r\n", word(0)).into_bytes()].concat()
    }

    /// The answer to a command that fetches mails, up to a mail that cannot be read, and whether
    /// that was among them.
    pub(super) fn answer_before(&mut self, uid: u32, tag: &str, line: &str) -> (Vec<u8>, bool) {
        let mut words = line.splitn(4, ' ').skip(2);
        let (set, items) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if !self.holds(set, uid) {
            return (self.answer(tag, line), false);
        }
        let asked = self.inbox.iter().enumerate().filter(|(_, mail)| self.holds(set, mail.uid));
        let before = asked.take_while(|(_, mail)| mail.uid != uid);
        (before.flat_map(|(at, mail)| fetched(at + 1, mail, items)).collect(), true)
    }

    fn can(&self, what: &str) -> bool {
        self.capabilities.split(' ').any(|word| word == what)
    }

    fn select(&self, folder: &str) -> (Vec<u8>, &'static str) {
        if bare(folder) != "INBOX" {
            return (Vec::new(), "NO [NONEXISTENT] no such folder");
        }
        let text = format!(
            "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n* {} EXISTS\r\n* 0 RECENT\r\n\
             * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] as you like\r\n\
             * OK [UIDVALIDITY {}] valid\r\n* OK [UIDNEXT {}] next\r\n",
            self.inbox.len(),
            self.uid_validity,
            self.next
        );
        (text.into_bytes(), "OK [READ-WRITE]")
    }

    fn list(&self) -> Vec<u8> {
        let names = ["INBOX"].into_iter().chain(self.folders.keys().map(String::as_str));
        let line = |name| format!("* LIST (\\HasNoChildren) \"/\" \"{name}\"\r\n");
        names.map(line).collect::<String>().into_bytes()
    }

    fn create(&mut self, folder: &str) -> (Vec<u8>, &'static str) {
        if self.folders.contains_key(bare(folder)) {
            return (Vec::new(), "NO [ALREADYEXISTS] it is there");
        }
        self.folders.insert(bare(folder).to_owned(), 0);
        (Vec::new(), "OK")
    }

    /// Mails by their places, unless the set is said to be one of UIDs.
    fn search(&self, criteria: &str) -> Vec<u8> {
        let set = criteria.split(' ').find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let is_meant = |place: usize, uid: u32| match set {
            None => true,
            Some(set) if criteria.contains("UID ") => self.holds(set, uid),
            Some(set) => within(set, place as u32 + 1, self.inbox.len() as u32),
        };
        let uids = self.uids().into_iter().enumerate();
        let uids = uids.filter(|(place, uid)| is_meant(*place, *uid));
        let uids: String = uids.map(|(_, uid)| format!(" {uid}")).collect();
        format!("* SEARCH{uids}\r\n").into_bytes()
    }

    fn fetch(&self, set: &str, items: &str) -> Vec<u8> {
        let asked = self.inbox.iter().enumerate().filter(|(_, mail)| self.holds(set, mail.uid));
        asked.flat_map(|(at, mail)| fetched(at + 1, mail, items)).collect()
    }

    fn store(&mut self, set: &str, flags: &str) -> Vec<u8> {
        let uids: Vec<u32> = self.uids().into_iter().filter(|uid| self.holds(set, *uid)).collect();
        for mail in self.inbox.iter_mut().filter(|mail| uids.contains(&mail.uid)) {
            let new = flags.trim_matches(['(', ')']).split(' ').map(str::to_owned);
            mail.flags.extend(new.filter(|flag| !flag.is_empty()));
            mail.flags.sort();
            mail.flags.dedup();
        }
        Vec::new()
    }

    fn copy(&mut self, set: &str, folder: &str) -> (Vec<u8>, &'static str) {
        let copied = self.uids().into_iter().filter(|uid| self.holds(set, *uid)).count();
        match self.folders.get_mut(bare(folder)) {
            None => (Vec::new(), "NO [TRYCREATE] no such folder"),
            Some(count) => {
                *count += copied;
                (Vec::new(), "OK")
            }
        }
    }

    fn carry(&mut self, set: &str, folder: &str) -> (Vec<u8>, &'static str) {
        let (_, status) = self.copy(set, folder);
        let gone =
            if status == "OK" { self.take(|uid, _, holds| holds(uid), set) } else { Vec::new() };
        (gone, status)
    }

    fn expunge(&mut self, set: &str) -> Vec<u8> {
        self.take(|uid, mail, holds| holds(uid) && mail.flags.iter().any(|f| f == "\\Deleted"), set)
    }

    /// Takes mails away, one after the other; the numbers of those behind each change with it.
    fn take(&mut self, which: fn(u32, &Lying, &dyn Fn(u32) -> bool) -> bool, set: &str) -> Vec<u8> {
        let all = self.clone();
        let holds = |uid| all.holds(set, uid);
        let mut said = Vec::new();
        while let Some(at) = self.inbox.iter().position(|mail| which(mail.uid, mail, &holds)) {
            self.inbox.remove(at);
            said.extend(format!("* {} EXPUNGE\r\n", at + 1).into_bytes());
        }
        said
    }

    /// Whether a set of UIDs holds this one.
    fn holds(&self, set: &str, uid: u32) -> bool {
        within(set, uid, self.inbox.last().map_or(0, |mail| mail.uid))
    }
}

/// Whether a set like `1:3,7,9:*` holds a number.
fn within(set: &str, wanted: u32, last: u32) -> bool {
    let number = |text: &str| text.parse().unwrap_or(last);
    set.split(',').any(|range| {
        let (from, to) = range.split_once(':').unwrap_or((range, range));
        let (from, to) = (number(from), number(to));
        (from.min(to)..=from.max(to)).contains(&wanted)
    })
}

/// What is said of one mail.
fn fetched(sequence: usize, mail: &Lying, items: &str) -> Vec<u8> {
    let mut said = format!("* {sequence} FETCH (UID {}", mail.uid).into_bytes();
    if items.contains("RFC822.SIZE") {
        said.extend(format!(" RFC822.SIZE {}", mail.bytes.len()).into_bytes());
    }
    if items.contains("INTERNALDATE") {
        said.extend(b" INTERNALDATE \"21-Nov-2026 02:00:00 +0000\"");
    }
    if items.contains("FLAGS") {
        said.extend(format!(" FLAGS ({})", mail.flags.join(" ")).into_bytes());
    }
    if items.contains("BODY") {
        let origin = if items.contains("]<0.") { "<0>" } else { "" };
        said.extend(format!(" BODY[]{origin} {{{}}}\r\n", mail.bytes.len()).into_bytes());
        said.extend(&mail.bytes);
    }
    said.extend(b")\r\n");
    said
}

/// A name without the quotes around it.
fn bare(name: &str) -> &str {
    name.trim_matches('"')
}
