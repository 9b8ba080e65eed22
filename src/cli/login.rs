//! `login`: a person approves once that a mailbox is read; from then on the token renews itself.
//!
//! In: an account of the configuration. Out: its token file; what was done, never a token. Refuses
//! to show a token on a terminal, and to put one of another account into its file.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::{Error, Result};
use crate::intake::Stop;
use crate::intake::oauth::{self, Client, Flow, Token, TokenFile};
use crate::intake::password::PasswordSource;
use crate::intake::surroundings::Surroundings;
use crate::model::day::rfc3339;
use crate::render::escape::escape;

use super::accounts::{Access, Account};
use super::environment::{all_variables, clock};
use super::failure::remark;
use super::settings::Settings;
use super::{Exit, Streams, written};

use terminal::Terminal;

mod terminal;

/// Bytes of a token that is brought in; real ones have 2 to 6 thousand.
const MOST: u64 = 256 << 10;

/// Arguments of `login`.
#[derive(Debug, Args)]
#[command(after_help = "\
It says where to go and what to enter there, waits until you have approved, and
keeps the token in a file that only you can read. Tokens renew themselves; you
are needed again only when the provider says so. Accounts with a password need
no login.

Examples:
  ruaudit login main
  ruaudit login main --check
  ruaudit login main --export main.token.json
  ssh laptop ruaudit login main --export - | ruaudit login main --import -")]
pub(super) struct LoginArgs {
    /// The account, as the configuration names it
    account: String,
    /// Get a token without a person, and say until when it is good
    #[arg(long)]
    check: bool,
    /// Write the token to a new file, or with - to standard output, for another machine
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "import"])]
    export: Option<PathBuf>,
    /// Take the token from a file, or with - from standard input
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    import: Option<PathBuf>,
}

/// An account whose mailbox is opened with a token.
struct Holder<'a> {
    account: &'a Account,
    client: &'a Client,
    secret: Option<&'a PasswordSource>,
    file: TokenFile,
}

/// Runs the command.
pub(super) fn run(
    args: &LoginArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let named = settings.accounts_named(std::slice::from_ref(&args.account))?;
    settings.remark_exposed(streams.err);
    for account in named {
        match &account.access {
            Access::Password(source) => of_password(args, account, source, streams.out)?,
            Access::Oauth { client, client_secret, token_file, .. } => {
                let secret = client_secret.as_ref();
                let file = TokenFile::new(token_file);
                let holder = Holder { account, client, secret, file };
                of_token(args, &holder, settings.quiet, streams)?;
            }
        }
    }
    Ok(Exit::Fine)
}

/// What stands around a login.
fn around(stop: Stop) -> Surroundings {
    Surroundings::new(all_variables, stop)
}

/// There is nothing to approve; but `--check` can see whether there is a password.
fn of_password(
    args: &LoginArgs,
    account: &Account,
    source: &PasswordSource,
    out: &mut dyn Write,
) -> Result<()> {
    if args.export.is_some() || args.import.is_some() {
        let what = format!("cannot move the token of {}", account.name);
        let remedy = "copy the configuration and the password instead";
        return Err(Error::new(what, "it has a password and no token", remedy));
    }
    let name = escape(&account.name);
    if args.check {
        source.read(&around(super::watch::signals()?))?;
        return written(writeln!(
            out,
            "{name}: the password is there; whether it is right, `ruaudit config check` tries"
        ));
    }
    written(writeln!(out, "{name} has a password and needs no login"))
}

fn of_token(
    args: &LoginArgs,
    holder: &Holder<'_>,
    quiet: bool,
    streams: &mut Streams<'_>,
) -> Result<()> {
    match (&args.export, &args.import) {
        (Some(path), _) => {
            let shown = io::stdout().is_terminal();
            holder.export(path, streams.out, shown)?;
            let words = "whoever has this token can read the mailbox; where it is used on two \
                         machines, renewing it on one may end it on the other";
            remark(streams.err, quiet, words);
            Ok(())
        }
        (None, Some(path)) => holder.import(path, &mut io::stdin(), streams, quiet),
        (None, None) if args.check => holder.check(streams.out),
        (None, None) => holder.approve(&mut Terminal::new(streams.out, terminal::of_stdin)),
    }
}

impl Holder<'_> {
    /// Lets a person approve. A signal ends that at once: nobody looks at a wish to stop.
    fn approve(&self, person: &mut Terminal<'_>) -> Result<()> {
        let client = self.client.with_secret_of(self.secret, &around(Stop::default()))?;
        let token = oauth::approve(&client, &self.account.user, &self.file, person, clock)?;
        self.say_stored(&token, person.out)
    }

    /// Gets a token as a pull would.
    fn check(&self, out: &mut dyn Write) -> Result<()> {
        self.account.sign_in(&super::watch::signals()?).credentials(false)?;
        let until = self.kept()?.map_or_else(String::new, |token| self.until(&token));
        written(writeln!(out, "{}: there is a token, {until}", escape(&self.account.name)))
    }

    /// Writes the token to a place that nobody looks at.
    fn export(&self, path: &Path, out: &mut dyn Write, is_shown: bool) -> Result<()> {
        let token = self.kept()?.ok_or_else(|| {
            let remedy = format!("first approve with: {}", self.account.login);
            Error::new(
                format!("cannot export the token of {}", self.account.name),
                format!("there is none in {}", self.file.path().display()),
                remedy,
            )
        })?;
        if path == Path::new("-") {
            if is_shown {
                let remedy = "name a file, or send the output to another program";
                return Err(Error::new(
                    "cannot export the token",
                    "a terminal would show it",
                    remedy,
                ));
            }
            return written(out.write_all(&token.to_json()?));
        }
        if std::fs::symlink_metadata(path).is_ok() {
            let what = format!("cannot export the token to {}", path.display());
            return Err(Error::new(what, "something stands there already", "name a new file"));
        }
        TokenFile::new(path).prepare()?.write(&token)
    }

    /// Takes a token from elsewhere, if it is one for this account.
    fn import(
        &self,
        path: &Path,
        stdin: &mut dyn Read,
        streams: &mut Streams<'_>,
        quiet: bool,
    ) -> Result<()> {
        let token = Token::parse(&bytes(path, stdin)?, path)?;
        token.check(self.client, &self.account.user, path)?;
        if let Some(old) = self.file.read()? {
            old.check_user(&self.account.user, self.file.path())?;
        }
        self.file.keep(&token)?;
        if path != Path::new("-") {
            let words = format!("{} holds the token too: remove it there", path.display());
            remark(streams.err, quiet, &words);
        }
        self.say_stored(&token, streams.out)
    }

    /// The token in the file, if it is there and ours.
    fn kept(&self) -> Result<Option<Token>> {
        let token = self.file.read()?;
        if let Some(token) = &token {
            token.check(self.client, &self.account.user, self.file.path())?;
        }
        Ok(token)
    }

    fn say_stored(&self, token: &Token, out: &mut dyn Write) -> Result<()> {
        let place = self.file.path().display().to_string();
        let (user, until) = (escape(&token.user), self.until(token));
        written(writeln!(out, "The token for {user} is kept in {}:\n{until}.", escape(&place)))
    }

    /// Until when a token is good, and what then.
    fn until(&self, token: &Token) -> String {
        let moment = rfc3339(token.expires_at);
        if token.refresh_token.is_some() || self.client.flow == Flow::ClientCredentials {
            return format!("good until {moment}, then renewed without you");
        }
        format!(
            "good until {moment}; it cannot be renewed, since the provider sent no refresh token \
             (does the scope of the account ask for one?)"
        )
    }
}

/// What stands in a file, or comes in.
fn bytes(path: &Path, stdin: &mut dyn Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        stdin.take(MOST).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        let what = format!("cannot read the token in {}", path.display());
        Error::new(what, error, "name a file that `ruaudit login --export` wrote")
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
