use std::ffi::OsString;
use std::time::Instant;

use super::*;
use crate::intake::Stop;

/// An environment: what a shell needs, and the secrets of several accounts.
fn variables() -> Vec<(OsString, OsString)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = [
        ("HOME", "/home/me"),
        ("IMAP", "hunter2"),
        ("EMPTY", ""),
        ("RUAUDIT_DB", "/my.db"),
        ("RUAUDIT_ACCOUNT_OTHER_PASSWORD", "hunter3"),
        ("RUAUDIT_ACCOUNT_MAIN_OAUTH_CLIENT_SECRET", "hunter4"),
    ];
    let all = all.map(|(name, value)| (name.into(), value.into()));
    all.into_iter().chain([("PATH".into(), path)]).collect()
}

fn around() -> Surroundings {
    Surroundings::new(variables, Stop::default())
}

fn read(source: &PasswordSource) -> Result<Secret> {
    source.read(&around())
}

fn command(words: &[&str]) -> PasswordSource {
    PasswordSource::Command(words.iter().map(|word| (*word).to_owned()).collect())
}

fn shell(script: &str) -> PasswordSource {
    command(&["sh", "-c", script])
}

fn why(source: &PasswordSource) -> String {
    read(source).unwrap_err().to_string()
}

#[test]
fn the_first_line_of_a_file_is_the_password_with_all_its_blanks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    for (password, text) in [
        ("hunter2", "hunter2"),
        ("hunter2", "hunter2\n"),
        ("hunter2", "hunter2\r\nmore\n"),
        (" hun ter 2 ", " hun ter 2 \nlogin: me\n"),
        ("pässwörd", "pässwörd\n"),
    ] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(Secret::new(password), read(&PasswordSource::File(path.clone())).unwrap());
    }
}

#[test]
fn a_file_that_holds_no_password_is_an_error_that_does_not_quote_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    let long = vec![b'x'; 70_000];
    for (reason, bytes) in [
        ("first line is empty", &b""[..]),
        ("first line is empty", b"\nhunter2\n"),
        ("not UTF-8", b"hunter2\xff\n"),
        ("longer than 64 KiB", &long),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let why = why(&PasswordSource::File(path.clone()));
        assert!(why.contains(reason) && !why.contains("hunter2") && !why.contains("xxx"), "{why}");
    }
    let why = why(&PasswordSource::File("/nonexistent/password".into()));
    assert!(why.contains("/nonexistent/password"), "{why}");
}

#[cfg(unix)]
#[test]
fn a_pipe_into_which_nobody_writes_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    for path in [&path, Path::new("/dev/zero"), folder.path()] {
        let why = why(&PasswordSource::File(path.into()));
        assert!(why.contains("no regular file") && why.contains("`password_command`"), "{why}");
    }
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    assert!(why(&PasswordSource::Variable("NO_SUCH".into())).contains("NO_SUCH"));
    assert!(why(&PasswordSource::Variable("EMPTY".into())).contains("it is empty"));
    assert_eq!("hunter2", read(&PasswordSource::Variable("IMAP".into())).unwrap().expose());
}

#[test]
fn a_credential_is_a_plain_name() {
    for name in ["", ".", "..", "a/b", "/etc/passwd", "../x", "a\\b", "a/"] {
        assert!(
            credential(name, &around()).unwrap_err().to_string().contains("plain name"),
            "{name}"
        );
    }
    let why = credential("imap", &around()).unwrap_err().to_string();
    assert!(why.contains("CREDENTIALS_DIRECTORY is not set"), "{why}");
}

#[cfg(unix)]
#[test]
fn the_first_line_that_a_command_writes_is_the_password() {
    assert_eq!("a; b $HOME", read(&command(&["echo", "a; b $HOME"])).unwrap().expose());
    assert_eq!("one", read(&shell("echo one; echo two")).unwrap().expose());
    assert_eq!("late", read(&shell("sleep 0.2; echo late; exec >&-; sleep 0.2")).unwrap().expose());
}

#[cfg(unix)]
#[test]
fn a_command_sees_the_environment_without_the_secrets_of_accounts() {
    for (expected, name) in [
        ("/home/me", "HOME"),
        ("/my.db", "RUAUDIT_DB"),
        ("none", "RUAUDIT_ACCOUNT_OTHER_PASSWORD"),
        ("none", "RUAUDIT_ACCOUNT_MAIN_OAUTH_CLIENT_SECRET"),
    ] {
        let source = shell(&format!("echo ${{{name}-none}}"));
        assert_eq!(expected, read(&source).unwrap().expose(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_is_an_error_without_its_words() {
    for (reason, source) in [
        ("exit status: 3", shell("echo hunter2; exit 3")),
        ("first line is empty", shell("true hunter2")),
        ("more than 64 KiB", shell("while :; do echo hunter2hunter2; done")),
        ("os error 2", command(&["/nonexistent/program", "hunter2"])),
        ("no command", command(&[])),
    ] {
        let why = why(&source);
        assert!(why.contains(reason) && !why.contains("hunter2"), "{why}");
    }
}

#[cfg(unix)]
#[test]
fn a_command_that_does_not_end_is_killed() {
    for script in ["exec sleep 60", "echo hunter2; exec >&-; exec sleep 60", "sleep 60"] {
        let words = ["sh", "-c", script].map(str::to_owned);
        let started = Instant::now();
        let why =
            of_command(&words, Duration::from_millis(300), &around()).unwrap_err().to_string();
        assert!(why.contains("did not end within"), "{why}");
        assert!(started.elapsed() < Duration::from_secs(10), "{script}");
    }
}

/// A command that notes the number of a process that it starts, and then does more.
#[cfg(unix)]
fn with_offspring(folder: &Path, more: &str) -> PasswordSource {
    shell(&format!("sleep 60 & echo $! > {}/offspring; {more}", folder.display()))
}

/// Whether the process that was noted still runs.
#[cfg(unix)]
fn offspring_lives(folder: &Path) -> bool {
    let number = std::fs::read_to_string(folder.join("offspring")).unwrap();
    let state = std::fs::read_to_string(format!("/proc/{}/stat", number.trim()));
    state.is_ok_and(|state| !state.contains(") Z "))
}

#[cfg(target_os = "linux")]
#[test]
fn a_wish_to_stop_ends_a_command_and_what_it_has_started() {
    let folder = tempfile::tempdir().unwrap();
    let source = with_offspring(folder.path(), "wait");
    let stop = Stop::default();
    let mut sign_in =
        PasswordSignIn::new("me", source).amid(Surroundings::new(variables, stop.clone()));
    let started = Instant::now();
    let asking = std::thread::spawn(move || sign_in.credentials(false));
    while !std::fs::read(folder.path().join("offspring")).is_ok_and(|text| text.ends_with(b"\n")) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(offspring_lives(folder.path()));
    stop.ask();
    let why = asking.join().unwrap().unwrap_err().to_string();
    assert!(why.contains("it was stopped; run it again"), "{why}");
    assert!(started.elapsed() < Duration::from_secs(10));
    // who is killed is gone a moment later
    while offspring_lives(folder.path()) && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!offspring_lives(folder.path()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_that_has_ended_is_not_waited_for_because_of_what_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let source = with_offspring(folder.path(), "echo hunter2");
    assert_eq!("hunter2", read(&source).unwrap().expose());
    assert!(started.elapsed() < Duration::from_secs(10));
    // an agent that it leaves running is no matter of ours
    assert!(offspring_lives(folder.path()));
    let number = std::fs::read_to_string(folder.path().join("offspring")).unwrap();
    Command::new("kill").arg(number.trim()).status().unwrap();
}

#[test]
fn no_source_shows_what_it_holds() {
    let sources = [PasswordSource::Given(Secret::new("hunter2")), command(&["echo", "hunter2"])];
    for source in sources {
        assert!(!format!("{source:?}").contains("hunter2"));
        let mut sign_in = PasswordSignIn::new("me", source);
        let credentials = sign_in.credentials(false).unwrap();
        assert!(!format!("{sign_in:?} {credentials:?}").contains("hunter2"));
    }
}

#[test]
fn a_refused_password_is_read_again_where_it_may_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    let expected =
        |text: &str| Credentials::Password { user: "me".into(), password: Secret::new(text) };
    std::fs::write(&path, "old").unwrap();
    let mut sign_in = PasswordSignIn::new("me", PasswordSource::File(path.clone()));
    assert_eq!(expected("old"), sign_in.credentials(false).unwrap());
    std::fs::write(&path, "new").unwrap();
    assert_eq!(expected("old"), sign_in.credentials(false).unwrap());
    assert_eq!(expected("new"), sign_in.credentials(true).unwrap());
    let mut given = PasswordSignIn::new("me", PasswordSource::Given(Secret::new("same")));
    assert_eq!(expected("same"), given.credentials(true).unwrap());
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p");
    std::fs::write(&file, b"\xef\xbb\xbfhunter2 \r\n").unwrap();
    assert_eq!("hunter2 ", PasswordSource::File(file).read(&around()).unwrap().expose());
}

#[test]
fn a_command_is_called_as_whoever_wrote_it_calls_it() {
    let name = |words: &[&str]| {
        command_name(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!("`pass ...`", name(&["pass", "show", "dmarc"]));
    assert_eq!("`secret.sh`", name(&["sh", "-c", "secret.sh"]));
    assert_eq!("`pass ...`", name(&["sh", "-c", "KEY=hunter2 pass show dmarc"]));
}
