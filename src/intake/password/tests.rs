use super::*;

fn command(words: &[&str]) -> PasswordSource {
    PasswordSource::Command(words.iter().map(|word| (*word).to_owned()).collect())
}

fn shell(script: &str) -> PasswordSource {
    command(&["sh", "-c", script])
}

fn why(source: &PasswordSource) -> String {
    source.read().unwrap_err().to_string()
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
        assert_eq!(Secret::new(password), PasswordSource::File(path.clone()).read().unwrap());
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

#[test]
fn a_variable_that_is_not_set_is_named() {
    assert!(why(&PasswordSource::Variable("RUAUDIT_NO_SUCH".into())).contains("RUAUDIT_NO_SUCH"));
    let path = PasswordSource::Variable("PATH".into()).read().unwrap();
    assert_eq!(std::env::var("PATH").unwrap(), path.expose());
}

#[test]
fn a_credential_is_a_plain_name() {
    for name in ["", ".", "..", "a/b", "/etc/passwd", "../x", "a\\b", "a/"] {
        assert!(credential(name).unwrap_err().to_string().contains("plain name"), "{name}");
    }
    let why = credential("imap").unwrap_err().to_string();
    assert!(why.contains("CREDENTIALS_DIRECTORY is not set"), "{why}");
}

#[cfg(unix)]
#[test]
fn the_first_line_that_a_command_writes_is_the_password() {
    assert_eq!("a; b $HOME", command(&["echo", "a; b $HOME"]).read().unwrap().expose());
    assert_eq!("one", shell("echo one; echo two").read().unwrap().expose());
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
        let why = of_command(&words, Duration::from_millis(300)).unwrap_err().to_string();
        assert!(why.contains("did not end within"), "{why}");
        assert!(started.elapsed() < Duration::from_secs(10), "{script}");
    }
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
    assert_eq!("hunter2 ", PasswordSource::File(file).read().unwrap().expose());
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
