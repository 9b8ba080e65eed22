//! The configuration as a person makes it, checks it and gets it wrong.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{failure, ruaudit};

/// The secret that no output may show.
const SECRET: &str = "hunter2";

/// A server of old that keeps no keyword and can neither move nor delete single mails. It answers one
/// client after another; the commands that it got come out.
fn old_server(extra: &'static str) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (got, commands) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            write!(stream, "* OK here\r\n").unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            for line in lines.map_while(Result::ok) {
                let (tag, command) = line.split_once(' ').unwrap();
                let word = command.split(' ').next().unwrap();
                write!(stream, "{}{tag} OK done\r\n", data(word, command, extra)).unwrap();
                got.send(word.to_owned()).unwrap();
            }
        }
    });
    (port, commands)
}

/// What such a server says before it says that a command is done.
fn data(word: &str, command: &str, extra: &str) -> String {
    match word {
        "CAPABILITY" => format!("* CAPABILITY IMAP4rev1{extra}\r\n"),
        "NAMESPACE" => "* NAMESPACE ((\"Mail/\" \"/\")) NIL NIL\r\n".into(),
        "LIST" => "* LIST (\\Noselect) \"/\" \"\"\r\n".into(),
        "SELECT" | "EXAMINE" if command.contains("INBOX") => {
            "* 7 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen)] x\r\n* OK [UIDVALIDITY 3] x\r\n".into()
        }
        "SELECT" | "EXAMINE" => "* 1 EXISTS\r\n* OK [UIDVALIDITY 3] x\r\n".into(),
        "LOGOUT" => "* BYE so long\r\n".into(),
        _ => String::new(),
    }
}

fn on_server(port: u16, more: &str) -> TempDir {
    folder_with(&format!(
        "[account.main]\nhost = '127.0.0.1'\nport = {port}\nsecurity = 'plain'\nuser = 'u'\n\
         password = '{SECRET}'\n{more}\n"
    ))
}

#[test]
fn what_the_server_cannot_do_is_an_error_and_nothing_is_done_there() {
    let (port, commands) = old_server("");
    let folder = on_server(port, "processed = 'move'\nrejected = 'flag'\nother = 'delete'");
    let output = config(folder.path(), "config check --format json").output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let inbox = &found["accounts"][0]["folders"][0];
    assert_eq!((&json!("INBOX"), &json!(7)), (&inbox["folder"], &inbox["mails"]));
    assert_eq!(3, inbox["warnings"].as_array().unwrap().len(), "{errors}");
    for part in ["no MOVE, no UIDPLUS", "keeps no keyword $RuauditRejected", "no UIDPLUS"] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    assert_eq!(Some(2), output.status.code());
    let harmless = ["CAPABILITY", "LOGIN", "NAMESPACE", "LIST", "SELECT", "EXAMINE", "LOGOUT"];
    let other = commands.try_iter().find(|word| !harmless.contains(&word.as_str()));
    assert_eq!(None, other);
}

#[test]
fn a_folder_that_is_only_read_is_opened_so_and_counted() {
    let (port, commands) = old_server("");
    let folder = on_server(port, "folders = ['INBOX', 'Reports']");
    let check = config(folder.path(), "config check").assert().success().stderr("");
    check.stdout(contains("INBOX: 7 mails\n").and(contains("Reports: 1 mail\n")));
    let words: Vec<String> = commands.try_iter().collect();
    assert_eq!(2, words.iter().filter(|word| *word == "EXAMINE").count(), "{words:?}");
    assert!(!words.contains(&"SELECT".to_owned()), "{words:?}");
}

#[test]
fn a_target_that_the_server_has_among_the_folders_read_is_an_error() {
    let (port, _commands) = old_server(" NAMESPACE MOVE UIDPLUS");
    let folder = on_server(port, "folders = ['Mail/Done']\nprocessed = 'move:Done'");
    let check = config(folder.path(), "config check").assert().code(2).stderr("");
    check.stdout(contains("moves mails to Mail/Done, which is").count(1));
}

const ACCOUNT: &str = "[account.main]\nhost = 'imap.acme.example'\nuser = 'dmarc@acme.example'\n";

fn folder_with(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ruaudit.toml"), config).unwrap();
    only_for_the_owner(&folder.path().join("ruaudit.toml"));
    folder
}

#[cfg(unix)]
fn only_for_the_owner(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn only_for_the_owner(_: &Path) {}

/// The program with a home of its own.
fn config(folder: &Path, line: &str) -> assert_cmd::Command {
    let mut command = ruaudit(folder, line.split_whitespace());
    command.env("HOME", folder).env_remove("XDG_CONFIG_HOME");
    command
}

#[test]
fn a_configuration_is_made_once_and_only_for_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let made = config(folder.path(), "config init").assert().success().stderr("");
    made.stdout(
        contains("Wrote ruaudit.toml")
            .and(contains("ruaudit config check"))
            .and(contains("ruaudit login main"))
            .and(contains("ruaudit run")),
    );
    let path = folder.path().join("ruaudit.toml");
    let text = fs::read_to_string(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(0o600, fs::metadata(&path).unwrap().permissions().mode() & 0o777);
    }
    let error = failure(&mut config(folder.path(), "config init"));
    assert!(error.contains("it is there already"), "{error}");
    assert_eq!(text, fs::read_to_string(&path).unwrap());
    config(folder.path(), "config init -").assert().success().stdout(text);
    config(folder.path(), "config check").assert().success().stderr("");
    let error = failure(&mut config(folder.path(), "config init none/a.toml"));
    assert!(error.contains("none/a.toml"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_is_not_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("elsewhere"), folder.path().join("ruaudit.toml"));
    std::os::unix::fs::symlink(&target, link).unwrap();
    failure(&mut config(folder.path(), "config init"));
    assert!(!target.exists());
}

#[test]
fn one_that_lies_elsewhere_is_made_with_the_option_that_names_it() {
    let folder = folder_with("nonsense = 1"); // which is none of its business
    let made = config(folder.path(), "config init other.toml").assert().success();
    made.stdout(contains("ruaudit config check --config other.toml"));
    let output = config(folder.path(), "config init a.toml --format json").output().unwrap();
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json!({ "path": "a.toml" }), made);
}

#[test]
fn the_nearest_configuration_is_read_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let read = |near: bool, home: Option<&str>| {
        let mut command = config(folder.path(), "config check --offline --format json");
        if let Some(home) = home {
            command.env("XDG_CONFIG_HOME", folder.path().join(home));
        }
        let near_file = folder.path().join("ruaudit.toml");
        if near {
            fs::write(&near_file, "").unwrap();
        }
        let output = command.output().unwrap();
        let _ = fs::remove_file(&near_file);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        found["config"].as_str().map(str::to_owned)
    };
    for home in [".config", "xdg"] {
        let home = folder.path().join(home).join("ruaudit");
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("ruaudit.toml"), "").unwrap();
    }
    let ends = |found: Option<String>, end: &str| assert!(found.unwrap().ends_with(end), "{end}");
    ends(read(true, None), "ruaudit.toml");
    ends(read(false, None), ".config/ruaudit/ruaudit.toml");
    ends(read(false, Some("xdg")), "xdg/ruaudit/ruaudit.toml");
    assert_eq!(Some("ruaudit.toml".to_owned()), read(true, Some("xdg")));
}

#[test]
fn without_one_it_is_said_where_it_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let said = config(folder.path(), "config check").assert().success().stderr("");
    said.stdout(
        contains("No configuration; looked for ruaudit.toml,")
            .and(contains("/etc/ruaudit/ruaudit.toml"))
            .and(contains("ruaudit config init")),
    );
    let error = failure(&mut config(folder.path(), "config check main"));
    assert!(error.contains("looked for") && error.contains("config init"), "{error}");
}

#[test]
fn what_it_says_is_told_without_its_secrets() {
    let text = format!(
        "domains = ['acme.example']\n{ACCOUNT}password = '{SECRET}'\nprocessed = 'move:Done/ok'\n\
         rejected = 'flag'\nfolders = ['INBOX', 'DMARC']\n\
         [account.shell]\nhost = 'localhost'\nsecurity = 'plain'\nuser = 'x'\n\
         password_command = 'echo {SECRET}'\n\
         [account.office]\nhost = 'outlook.example'\nuser = 'x'\n[account.office.oauth]\n\
         provider = 'microsoft'\nclient_id = 'c'\nclient_secret = '{SECRET}'\n"
    );
    let folder = folder_with(&text);
    let output = config(folder.path(), "config check --offline")
        .env("RUAUDIT_WINDOW", "7d")
        .env("RUAUDIT_ACCOUNT_MAIN_PASSWORD", SECRET)
        .output()
        .unwrap();
    let (page, errors) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    for part in [
        "domains    acme.example",
        "set by     RUAUDIT_ACCOUNT_MAIN_PASSWORD, RUAUDIT_WINDOW",
        "main: dmarc@acme.example at imap.acme.example, port 993, tls",
        "processed  move:Done/ok",
        "rejected   flag:$RuauditRejected",
        "folder     DMARC",
        "shell: x at localhost, port 143, plain",
        "ruaudit-office.token.json",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    assert!(errors.contains("nobody has signed in to office yet: ruaudit login office"));
    assert!(output.status.success() && !page.contains(SECRET) && !errors.contains(SECRET));
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let text = format!("windw = '7d'\n{ACCOUNT}pasword = '{SECRET}'\nport = '{SECRET}'\n");
    let folder = folder_with(&text);
    let mut check = config(folder.path(), "config check --format json");
    let output = check.env("RUAUDIT_LIMTS_RECORDS", "1").assert().code(2).get_output().clone();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(4, errors.lines().filter(|line| line.starts_with("error: ")).count(), "{errors}");
    for right in ["`window`", "`account.main.password`", "whole number", "RUAUDIT_LIMITS_RECORDS"] {
        assert!(errors.contains(right), "{right}: {errors}");
    }
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(4, found["problems"].as_array().unwrap().len());
    assert!(!found.to_string().contains(SECRET) && !errors.contains(SECRET), "{errors}");
    let error = failure(&mut config(folder.path(), "summary"));
    assert!(error.contains("(and 2 more: ruaudit config check)"), "{error}");
}

#[test]
fn the_line_of_a_password_is_not_shown_by_any_command() {
    for line in ["password = hunter2", "password = \"hunter2", "password = 'hunter2' 'x'"] {
        let folder = folder_with(&format!("{ACCOUNT}{line}\n"));
        for command in ["summary", "config check", "config check --format json", "pull"] {
            let output = config(folder.path(), command).output().unwrap();
            let said = format!("{output:?}");
            assert!(!said.contains(SECRET) && !output.status.success(), "{line}: {said}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_password_that_all_can_read_is_remarked_on() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder_with(&format!("{ACCOUNT}password = '{SECRET}'\n"));
    let check = || config(folder.path(), "config check --offline");
    check().assert().success().stderr("");
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(folder.path().join("ruaudit.toml"), open).unwrap();
    check().assert().success().stderr(contains("chmod o-r ruaudit.toml"));
    check().arg("--quiet").assert().success().stderr("");
}

#[test]
fn files_that_are_not_there_are_errors() {
    let folder = folder_with(&format!("paths = ['gone']\n{ACCOUNT}password_file = 'none'\n"));
    let check = config(folder.path(), "config check --offline").assert().code(2);
    let output = check.get_output().clone();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("gone, one of `paths`"), "{errors}");
    let page = String::from_utf8(output.stdout).unwrap();
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("FAILED cannot read the password in none"), "{page}");
    assert!(!errors.contains("password"), "it is said once: {errors}");
}

#[test]
fn the_folder_of_the_store_must_be_there() {
    let folder = folder_with("db = 'gone/a.db'\npaths = ['.']\n");
    let error = config(folder.path(), "config check").assert().code(2).get_output().clone();
    let error = String::from_utf8(error.stderr).unwrap();
    assert!(error.contains("there is no folder /") && error.contains("make it"), "{error}");
}

#[test]
fn one_that_names_nothing_to_read_says_what_to_do() {
    let folder = folder_with("");
    let check = config(folder.path(), "config check").assert().success().stderr("");
    check.stdout(contains("nothing to read yet: take the # from [account.main]"));
    assert_eq!(1, fs::read_dir(folder.path()).unwrap().count(), "nothing is left there");
}

#[test]
fn keys_in_the_wrong_section_are_told_where_they_belong() {
    let text = format!("host = 'h.example'\n{ACCOUNT}paths = ['x']\npassword = '{SECRET}'\n");
    let folder = folder_with(&text);
    let output = config(folder.path(), "config check").assert().code(2).get_output().clone();
    let errors = String::from_utf8(output.stderr).unwrap();
    for right in ["it belongs below [account.main]", "write it above the first [section]"] {
        assert!(errors.contains(right), "{right}: {errors}");
    }
}

#[cfg(unix)]
#[test]
fn what_will_surprise_somebody_is_remarked_on() {
    use std::os::unix::fs::PermissionsExt as _;
    let oauth = "[account.office]\nhost = 'outlook.office365.com'\nuser = 'x'\n\
                 [account.office.oauth]\nprovider = 'google'\nclient_id = 'c'\n";
    let folder = folder_with(&format!("{ACCOUNT}password_file = 'p'\n{oauth}"));
    let password = folder.path().join("p");
    fs::write(&password, format!("\u{feff}{SECRET} \r\n")).unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o644)).unwrap();
    let file = folder.path().join("ruaudit.toml");
    let elsewhere = tempfile::tempdir().unwrap();
    let mut check = config(elsewhere.path(), "config check --offline --config");
    let output = check.arg(&file).assert().success().get_output().clone();
    let remarks = String::from_utf8(output.stderr).unwrap();
    for part in [
        "anyone on this machine can read the password in /",
        "the password ends with a blank",
        "is a server of microsoft, and the tokens are of google",
        &format!("ruaudit login office --config {}", file.display()),
    ] {
        assert!(remarks.contains(part), "{part}: {remarks}");
    }
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.starts_with("2 of 2 accounts have what they need"), "{page}");
    assert!(!page.contains(SECRET) && !remarks.contains(SECRET));
}

#[test]
fn the_command_that_signs_in_is_told_with_the_options_of_this_run() {
    let text = "[account.office]\nhost = '127.0.0.1'\nport = 9\nuser = 'x'\n\
                [account.office.oauth]\nprovider = 'google'\nclient_id = 'c'\n";
    let folder = folder_with(text);
    let output = config(folder.path(), "pull --db a.db --config ruaudit.toml").output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let right = "/ruaudit-office.token.json; get one with: ruaudit login \
                 office --config ruaudit.toml --db a.db";
    assert!(errors.contains(right), "{errors}");
}

#[test]
fn a_server_that_is_not_there_is_an_error_after_all_were_tried() {
    // a port of this machine that nobody listens on
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let account = |name: &str| {
        format!(
            "[account.{name}]\nhost = '127.0.0.1'\nport = {port}\nsecurity = 'plain'\n\
             user = '{name}'\npassword = '{SECRET}'\n"
        )
    };
    let folder = folder_with(&format!("{}{}", account("one"), account("two")));
    let output = config(folder.path(), "config check --format json").output().unwrap();
    assert_eq!(Some(2), output.status.code());
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let page = config(folder.path(), "config check").assert().code(2).stderr("");
    page.stdout(
        contains("0 of 2 accounts can be opened; 2 cannot: one, two")
            .and(contains("connection refused").count(2)),
    );
    for (at, name) in ["one", "two"].into_iter().enumerate() {
        assert_eq!(json!(true), found["accounts"][at]["tried"]);
        assert!(found["accounts"][at]["error"].is_string());
        assert!(errors.contains(&format!("account {name}: ")), "{errors}");
    }
    assert!(!errors.contains(SECRET));
    let error = failure(config(folder.path(), "config check three").arg("--offline"));
    assert!(error.contains("there are: one, two"), "{error}");
}
