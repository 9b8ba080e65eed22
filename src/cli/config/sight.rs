//! What can be **seen** of an account and of the store without asking any server.
//!
//! In: the settings. Out: what is not there, as an error; what will surprise somebody, as a remark.

use std::fs::OpenOptions;
use std::path::Path;

use crate::cli::accounts::{Access, Account};
use crate::cli::environment::all_variables;
use crate::error::{Error, Result};
use crate::intake::Stop;
use crate::intake::oauth::Flow;
use crate::intake::password::PasswordSource;
use crate::intake::surroundings::Surroundings;
use crate::intake::tls;

use super::checked::absolute;

/// Hosts and addresses of tokens that go together, with the name of the provider.
const PROVIDERS: [(&str, &str, &[&str]); 2] = [
    ("microsoft", "login.microsoftonline.", &["outlook.com", "office365.com", "office.com"]),
    ("google", ".googleapis.com", &["gmail.com", "googlemail.com", "google.com"]),
];

/// The environment, as far as a password stands there; nobody is waited for.
fn around() -> Surroundings {
    Surroundings::new(all_variables, Stop::default())
}

/// Whether the store can be written: its folder must be there, and take a new file.
pub(super) fn store(db: &Path) -> Result<()> {
    let folder = db.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let what = || format!("cannot use the store {}", absolute(db));
    if !folder.is_dir() {
        let why = format!("there is no folder {}", absolute(folder));
        return Err(Error::new(what(), why, "make it, or name another store with `db` or --db"));
    }
    // SQLite keeps files beside the store while it works
    let trial = folder.join(format!(".ruaudit-check-{}", std::process::id()));
    let made = OpenOptions::new().write(true).create_new(true).open(&trial);
    let made = made.and_then(|_| std::fs::remove_file(&trial));
    made.map_err(|error| {
        let why = format!("nothing can be written into {}: {error}", absolute(folder));
        let remedy = "let this user write there, or name another store with `db` or --db";
        Error::new(what(), why, remedy)
    })?;
    if db.exists() {
        let opened = OpenOptions::new().append(true).open(db);
        opened.map_err(|error| Error::new(what(), error, "let this user write it"))?;
    }
    Ok(())
}

/// Looks whether the files are there that the account names.
pub(super) fn files(account: &Account) -> Result<()> {
    let ca_file = account.server.ca_file.as_deref();
    let (secret, ca_of_client) = match &account.access {
        Access::Password(source) => (Some(source), None),
        Access::Oauth { client, client_secret, .. } => {
            (client_secret.as_ref(), client.ca_file.as_deref())
        }
    };
    for ca_file in [ca_file, ca_of_client].into_iter().flatten() {
        tls::authorities(Some(ca_file))?;
    }
    if let Some(source @ PasswordSource::File(_)) = secret {
        source.read(&around())?;
    }
    Ok(())
}

/// All that is to be remarked of an account.
pub(super) fn remarks(account: &Account) -> Vec<String> {
    let own = [not_signed_in(account), of_another_provider(account)];
    let secret = match &account.access {
        Access::Password(source) => Some(source),
        Access::Oauth { client_secret, .. } => client_secret.as_ref(),
    };
    let of_secret = secret.map_or([None, None], |source| {
        [readable_by_all(source), ends_with_blank(source, &account.name)]
    });
    own.into_iter().chain(of_secret).flatten().collect()
}

/// A person must still let the program in.
fn not_signed_in(account: &Account) -> Option<String> {
    let Access::Oauth { client, token_file, .. } = &account.access else { return None };
    let needs_person = client.flow != Flow::ClientCredentials && !token_file.exists();
    let Account { name, login, .. } = account;
    needs_person.then(|| format!("nobody has signed in to {name} yet: {login}"))
}

/// The mail server is of one provider and the tokens are of the other.
fn of_another_provider(account: &Account) -> Option<String> {
    let Access::Oauth { client, .. } = &account.access else { return None };
    let host = account.server.host.to_ascii_lowercase();
    let is_below = |domain: &str| {
        host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let of_host = PROVIDERS.iter().find(|(.., domains)| domains.iter().any(|it| is_below(it)))?;
    let of_token = PROVIDERS.iter().find(|(_, part, _)| client.token_url.contains(part))?;
    let (name, host) = (&account.name, &account.server.host);
    (of_host.0 != of_token.0).then(|| {
        format!(
            "account {name}: {host} is a server of {}, and the tokens are of {}: change `host` \
             or `provider`",
            of_host.0, of_token.0
        )
    })
}

#[cfg(unix)]
fn readable_by_all(source: &PasswordSource) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let PasswordSource::File(path) = source else { return None };
    let metadata = path.metadata().ok().filter(|it| it.is_file() && it.mode() & 0o004 != 0);
    let path = absolute(path);
    metadata.map(|_| format!("anyone on this machine can read the password in {path}: chmod o-r"))
}

#[cfg(not(unix))]
fn readable_by_all(_: &PasswordSource) -> Option<String> {
    None
}

/// A blank at the end of a password is seldom meant; but it may be, and is sent.
fn ends_with_blank(source: &PasswordSource, account: &str) -> Option<String> {
    if !matches!(source, PasswordSource::File(_) | PasswordSource::Variable(_)) {
        return None;
    }
    let secret = source.read(&around()).ok()?;
    secret.expose().ends_with(char::is_whitespace).then(|| {
        format!("account {account}: the password ends with a blank, which is sent with it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_needs_a_folder_that_takes_files() {
        let folder = tempfile::tempdir().unwrap();
        store(&folder.path().join("a.db")).unwrap();
        assert_eq!(0, std::fs::read_dir(folder.path()).unwrap().count(), "nothing is left there");
        let error = store(&folder.path().join("none/a.db")).unwrap_err().to_string();
        assert!(error.contains("there is no folder ") && error.contains("--db"), "{error}");
        std::fs::create_dir(folder.path().join("b.db")).unwrap();
        assert!(store(&folder.path().join("b.db")).is_err());
    }
}
