//! **Passwords**: where one is had, so that it need not stand in the configuration.
//!
//! In: a file, a variable, a command, or a credential of the service manager. Out: its first line, as
//! a secret. Refuses what is empty, what is too long, a file that is no regular one, and a command that
//! fails or does not end. No message holds the password.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::secret::Secret;

use super::regular;
use super::sign_in::{Credentials, SignIn};
use super::surroundings::Surroundings;

mod command;

/// Bytes that a file or a command may hand over.
const MOST: u64 = 64 << 10;
/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a password is had.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// Here.
    Given(Secret),
    /// The first line of a file.
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
    /// The first line that a program writes: its name and its arguments, run without a shell.
    Command(Vec<String>),
    /// A credential by this name that the service manager hands over, in the folder
    /// `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

impl std::fmt::Debug for PasswordSource {
    /// The arguments of a command may hold a secret too: they are left out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given(secret) => f.debug_tuple("Given").field(secret).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Variable(name) => f.debug_tuple("Variable").field(name).finish(),
            Self::Command(words) => f.debug_tuple("Command").field(&words.first()).finish(),
            Self::Credential(name) => f.debug_tuple("Credential").field(name).finish(),
        }
    }
}

impl PasswordSource {
    /// Gets the password. What a command writes to its standard error goes to ours; it sees no
    /// variable that configures an account, and ends when somebody wishes to stop.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(&self, around: &Surroundings) -> Result<Secret> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::File(path) => of_file(path),
            Self::Variable(name) => of_variable(name, around),
            Self::Command(words) => of_command(words, PATIENCE, around),
            Self::Credential(name) => of_file(&credential(name, around)?),
        }
    }

    /// Whether it may be another one the next time.
    fn may_change(&self) -> bool {
        !matches!(self, Self::Given(_) | Self::Variable(_))
    }
}

fn of_file(path: &Path) -> Result<Secret> {
    let what = format!("cannot read the password in {}", path.display());
    let remedy = "write it into the first line of a file that can be read";
    let mut bytes = Vec::new();
    open(path)?
        .take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(what.as_str(), error, remedy))?;
    first_line(bytes).map_err(|why| Error::new(what, why, remedy))
}

/// Opens the file of a password, which nobody is waited for to write.
///
/// # Errors
/// When it cannot be opened, or is no regular file.
pub fn open(path: &Path) -> Result<File> {
    regular::open(path).map_err(|error| {
        let remedy = match error.kind() {
            // a pipe, say
            io::ErrorKind::Other => "name a file, or get it by `password_command`",
            _ => "write it into the first line of a file that can be read",
        };
        Error::new(format!("cannot read the password in {}", path.display()), error, remedy)
    })
}

fn of_variable(name: &str, around: &Surroundings) -> Result<Secret> {
    let what = || format!("cannot read the password in the variable {name}");
    // what is not UTF-8 must not be quoted
    match around.variable(name).map(std::ffi::OsString::into_string) {
        Some(Ok(text)) if !text.is_empty() => Ok(Secret::new(text)),
        Some(Ok(_)) => Err(Error::new(what(), "it is empty", "set it to the password")),
        Some(Err(_)) => Err(Error::new(what(), "it is not UTF-8", "set it to the password")),
        None => Err(Error::new(what(), "it is not set", "set it for this program, or use a file")),
    }
}

/// The file of a credential. The name must not lead out of the folder.
fn credential(name: &str, around: &Surroundings) -> Result<PathBuf> {
    let what = || format!("cannot read the credential {name}");
    let mut parts = Path::new(name).components();
    let plain = matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(part)), None)
        if part == name);
    if !plain || name.contains(['/', '\\']) {
        return Err(Error::new(what(), "it is not a plain name", "name it as in LoadCredential="));
    }
    let folder = around.variable("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
    let folder = folder.ok_or_else(|| {
        let remedy = "run it as a service of systemd with LoadCredential=, or use `password_file`";
        Error::new(what(), "CREDENTIALS_DIRECTORY is not set", remedy)
    })?;
    Ok(Path::new(&folder).join(name))
}

/// The first line without its end, be it of Unix or of Windows, and without the mark that some
/// editors put before all text (a byte order mark).
fn first_line(mut bytes: Vec<u8>) -> std::result::Result<Secret, &'static str> {
    if bytes.len() as u64 > MOST {
        return Err("it is longer than 64 KiB");
    }
    bytes.truncate(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    match String::from_utf8(bytes) {
        Ok(line) if line.is_empty() => Err("its first line is empty"),
        Ok(line) => Ok(Secret::new(line)),
        Err(_) => Err("its first line is not UTF-8"),
    }
}

fn of_command(words: &[String], patience: Duration, around: &Surroundings) -> Result<Secret> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(failed(words, "there is no command"));
    };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(around.for_commands());
    let stop = around.stop();
    command::run(&mut command, patience, stop)
        .and_then(first_line_of_command)
        .map_err(|why| if stop.is_asked() { stopped(words, why) } else { failed(words, why) })
}

fn first_line_of_command(bytes: Vec<u8>) -> std::result::Result<Secret, String> {
    first_line(bytes).map_err(|why| format!("what it wrote cannot be used: {why}"))
}

/// What a command is called in a message: its program, as whoever wrote it would know it again. Of a
/// text for the shell that is its first word that sets no variable. The rest may hold a secret.
#[must_use]
pub fn command_name(words: &[String]) -> String {
    let (program, more) = match words {
        [sh, option, text] if sh == "sh" && option == "-c" => {
            let mut words = text.split_whitespace().skip_while(|word| word.contains('='));
            (words.next().unwrap_or("sh"), words.next().is_some())
        }
        [program, rest @ ..] => (program.as_str(), !rest.is_empty()),
        [] => ("", false),
    };
    format!("`{program}{}`", if more { " ..." } else { "" })
}

fn stopped(words: &[String], why: String) -> Error {
    let what = format!("cannot get the password from the command {}", command_name(words));
    Error::new(what, why, "run it again")
}

fn failed(words: &[String], why: impl std::fmt::Display) -> Error {
    Error::new(
        format!("cannot get the password from the command {}", command_name(words)),
        why,
        "name a program that writes the password in its first line, and try it by hand",
    )
}

/// Signs in with a name and a password, which is read when it is first needed.
#[derive(Debug)]
pub struct PasswordSignIn {
    user: String,
    source: PasswordSource,
    around: Surroundings,
    password: Option<Secret>,
}

impl PasswordSignIn {
    /// For this user.
    #[must_use]
    pub fn new(user: impl Into<String>, source: PasswordSource) -> Self {
        Self { user: user.into(), source, around: Surroundings::default(), password: None }
    }

    /// The same amid these surroundings.
    #[must_use]
    pub fn amid(self, around: Surroundings) -> Self {
        Self { around, ..self }
    }
}

impl SignIn for PasswordSignIn {
    fn credentials(&mut self, refused: bool) -> Result<Credentials> {
        let kept = self.password.take().filter(|_| !(refused && self.source.may_change()));
        let password = kept.map_or_else(|| self.source.read(&self.around), Ok)?;
        self.password = Some(password.clone());
        Ok(Credentials::Password { user: self.user.clone(), password })
    }
}

#[cfg(test)]
mod tests;
