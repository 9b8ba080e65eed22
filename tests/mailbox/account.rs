//! A user's **account** on a Dovecot, seen from behind: what an administrator, a mail server or bad
//! luck does to a mailbox.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::dovecot::{Dovecot, make, own};
use crate::mails::Mail;

/// A mailbox on a server. Each test makes up a user of its own.
pub(crate) struct Account {
    pub(crate) server: &'static Dovecot,
    pub(crate) user: String,
}

impl Account {
    /// A user's mailbox, with mails in its inbox.
    pub(crate) fn holding(server: &'static Dovecot, user: &str, mails: &[Mail]) -> Self {
        let account = Self { server, user: user.to_owned() };
        account.deliver(mails);
        account
    }

    fn home(&self) -> PathBuf {
        self.server.maildir(&self.user)
    }

    /// The Maildir of a folder: the inbox is the top, the others lie beside each other in it.
    fn maildir(&self, folder: &str) -> PathBuf {
        match folder {
            "INBOX" => self.home(),
            other => self.home().join(format!(".{}", other.replace('/', "."))),
        }
    }

    /// Delivers mails into the inbox.
    pub(crate) fn deliver(&self, mails: &[Mail]) {
        self.deliver_to("INBOX", mails);
    }

    /// Delivers mails into a folder, as a mail server does: written elsewhere, then renamed.
    pub(crate) fn deliver_to(&self, folder: &str, mails: &[Mail]) {
        let maildir = self.maildir(folder);
        for part in [&self.home(), &maildir] {
            own(&make(part));
        }
        for part in ["cur", "new", "tmp"] {
            own(&make(&maildir.join(part)));
        }
        for mail in mails {
            let name = format!("{}.{}.tests", 1_795_200_000 + mail.number, mail.id);
            let unfinished = maildir.join("tmp").join(&name);
            fs::write(&unfinished, &mail.raw).unwrap();
            own(&unfinished);
            fs::rename(&unfinished, maildir.join("new").join(&name)).unwrap();
        }
    }

    /// Where each mail lies, as a list of folders for every id. Read from the files themselves, so
    /// that nobody's word is taken for it.
    pub(crate) fn places(&self) -> BTreeMap<String, Vec<String>> {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for folder in self.folders() {
            for file in self.files(&folder) {
                places.entry(id_of(&file)).or_default().push(folder.clone());
            }
        }
        places
    }

    /// The ids of the mails in a folder, sorted.
    pub(crate) fn ids(&self, folder: &str) -> Vec<String> {
        let mut ids: Vec<_> = self.files(folder).iter().map(|file| id_of(file)).collect();
        ids.sort();
        ids
    }

    /// How many mails a folder holds.
    pub(crate) fn count(&self, folder: &str) -> usize {
        self.files(folder).len()
    }

    /// The folders there are, as they are on the disk: with `.` between the levels.
    pub(crate) fn folders(&self) -> Vec<String> {
        let mut folders = vec!["INBOX".to_owned()];
        for entry in fs::read_dir(self.home()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            folders.extend(name.strip_prefix('.').map(str::to_owned));
        }
        folders.sort();
        folders
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let maildir = self.maildir(folder);
        let parts =
            ["cur", "new"].into_iter().filter_map(|part| fs::read_dir(maildir.join(part)).ok());
        parts.flatten().map(|entry| entry.unwrap().path()).collect()
    }

    /// The flags and keywords of the mails in a folder, by the subjects that name their ids.
    pub(crate) fn flags(&self, folder: &str) -> BTreeMap<String, String> {
        let what = "flags hdr.message-id";
        let output =
            self.server.doveadm(["-f", "tab", "fetch", "-u", &self.user, what, "mailbox", folder]);
        let text = String::from_utf8(output.stdout).unwrap();
        let row = |line: &str| line.split_once('\t').map(|(a, b)| (bare(b), a.to_owned()));
        text.lines().skip(1).filter_map(row).collect()
    }

    /// Takes a mail out of a folder behind everybody's back, as another client does.
    pub(crate) fn expunge(&self, folder: &str, id: &str) {
        let id = format!("<{id}@mails.example>");
        let query = ["mailbox", folder, "header", "message-id", &id];
        let [a, b, c, d, e] = query;
        let output = self.server.doveadm(["expunge", "-u", &self.user, a, b, c, d, e]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes a mail one that the server cannot read.
    pub(crate) fn forbid(&self, id: &str) {
        self.permit_only(id, 0);
    }

    /// Makes it readable again.
    pub(crate) fn permit(&self, id: &str) {
        self.permit_only(id, 0o600);
    }

    fn permit_only(&self, id: &str, mode: u32) {
        let files = self.files("INBOX");
        let named = |file: &&PathBuf| file.to_string_lossy().contains(&format!(".{id}.tests"));
        let file = files.iter().find(named).unwrap();
        fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
    }

    /// Ends a client's connections from the server's side.
    pub(crate) fn kick(&self) {
        self.server.doveadm(["kick", &self.user]);
    }

    /// How many clients are signed in.
    pub(crate) fn clients(&self) -> usize {
        let output = self.server.doveadm(["who", "-1", &self.user]);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter(|line| line.starts_with(&self.user)).count()
    }

    /// Begins a new life of a folder: every mail gets a new number, as after a restored backup.
    pub(crate) fn renumber(&self, folder: &str) {
        for entry in fs::read_dir(self.maildir(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("dovecot") && !name.starts_with("dovecot-uidv") && path.is_file() {
                fs::remove_file(path).unwrap();
            }
        }
    }

    /// From now on everything that clients say is kept.
    pub(crate) fn listen(&self) {
        own(&make(&self.server.rawlog(&self.user)));
    }

    /// All commands that clients gave since, in order.
    pub(crate) fn commands(&self) -> Vec<String> {
        let mut files: Vec<_> = fs::read_dir(self.server.rawlog(&self.user))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "in"))
            .collect();
        files.sort();
        files.iter().flat_map(|file| commands_in(file)).collect()
    }

    /// How many of the commands since hold a text.
    pub(crate) fn commands_with(&self, text: &str) -> usize {
        self.commands().iter().filter(|line| line.contains(text)).count()
    }

    /// How often somebody tried to sign in and was refused.
    pub(crate) fn refusals(&self) -> usize {
        self.server.log(&format!("static({},", self.user)).len()
    }
}

fn commands_in(file: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
    text.lines().map(str::to_owned).collect()
}

/// The id in a mail's Message-ID.
fn id_of(file: &Path) -> String {
    // it may be renamed by the server between the listing and now, or be one that nobody may read
    let text = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find_map(|line| line.strip_prefix("Message-ID: "));
    line.map(bare).unwrap_or_default()
}

/// `<id@mails.example>` without what is around the id.
fn bare(text: &str) -> String {
    text.trim().trim_start_matches('<').split('@').next().unwrap_or_default().to_owned()
}
