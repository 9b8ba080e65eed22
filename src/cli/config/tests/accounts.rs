//! Accounts: what they say, and what is refused.

use super::*;
use crate::intake::oauth::Flow;
use crate::intake::sign_in::Mechanism;

/// An account with these lines, in place of the usual ones of the same keys.
fn account(lines: &str) -> std::result::Result<Account, String> {
    account_with(lines, &[])
}

fn account_with(lines: &str, variables: &[(&str, &str)]) -> std::result::Result<Account, String> {
    let (own, below) =
        lines.split_once("[account").map_or((lines, ""), |(a, _)| (a, &lines[a.len()..]));
    let says = |key: &str| own.lines().any(|line| line.split(" =").next() == Some(key));
    let mut text = format!("[account.main]\n{own}\n");
    for (key, value) in [("host", "imap.acme.example"), ("user", "dmarc@acme.example")] {
        if !says(key) {
            text.push_str(&format!("{key} = '{value}'\n"));
        }
    }
    if !own.contains("password") && !below.contains("oauth") {
        text.push_str("password = 'hunter2'\n");
    }
    let mut config = parse_with(&format!("{text}{below}"), variables)?;
    Ok(config.accounts.remove(0))
}

fn refused(lines: &str, right: &str) {
    let error = account(lines).map(|account| format!("{account:?}")).unwrap_err();
    assert!(error.contains("account.") && error.contains(right), "{lines}: {error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn little_needs_to_be_said() {
    let account = account("").unwrap();
    assert_eq!("main", account.name);
    assert_eq!(("imap.acme.example", 993), (account.server.host.as_str(), account.server.port));
    assert_eq!(Security::Tls, account.server.security);
    assert_eq!(crate::intake::imap::Patience::default(), account.server.patience);
    assert_eq!(vec!["INBOX"], account.folders);
    assert!(account.tidy.touches_nothing());
    assert_eq!(Access::Password(PasswordSource::Given(Secret::new("hunter2"))), account.access);
    assert!(!format!("{account:?}").contains("hunter2"), "{account:?}");
}

#[test]
fn ports_follow_what_protects_the_connection() {
    let port = |lines: &str| account(lines).unwrap().server.port;
    assert_eq!(143, port("security = 'starttls'"));
    assert_eq!(1143, port("security = 'starttls'\nport = 1143"));
    for host in ["localhost", "127.1.2.3", "::1"] {
        assert_eq!(143, port(&format!("security = 'plain'\nhost = '{host}'")));
    }
    for host in ["imap.acme.example", "128.0.0.1", "localhost.acme.example"] {
        refused(&format!("security = 'plain'\nhost = '{host}'"), "write \"tls\" or \"starttls\"");
    }
}

#[test]
fn servers_that_cannot_be_reached_are_refused() {
    for (host, right) in [
        ("", "give the name of the mail server"),
        (" imap.acme.example", "give the name of the mail server"),
        ("imap acme", "give a name like"),
        ("imaps://imap.acme.example", "give the name alone"),
        ("imap.acme.example:993", "the port as `port`"),
        ("[::1]", "without them"),
        ("user@imap.acme.example", "give a name like"),
        ("imap..example", "give a name like"),
        ("münchen.example", "xn--"),
    ] {
        refused(&format!("host = '{host}'"), right);
    }
    let server = account("host = '2001:db8::1'").unwrap().server;
    assert_eq!("2001:db8::1", server.host);
    assert_eq!("a.example", account("host = 'a.example.'").unwrap().server.host);
    for (line, right) in [
        ("port = 0", "from 1 to 65535"),
        ("port = 65536", "from 1 to 65535"),
        ("security = 'TLS'", "\"tls\""),
        ("security = 'startls'", "did you mean \"starttls\"?"),
        ("user = ''", "give the name to sign in with"),
        ("user = \"a\\nb\"", "give the name to sign in with"),
        ("connect_seconds = 0", "from 1 to 86400"),
        ("command_seconds = 86401", "from 1 to 86400"),
        ("body_seconds = 0", "from 1 to 86400"),
        ("attempts = 0", "from 1 to 100"),
        ("ca_file = ''", "give a path"),
    ] {
        refused(line, right);
    }
}

#[test]
fn there_is_exactly_one_way_to_sign_in() {
    let source = |line: &str| match account(line).unwrap().access {
        Access::Password(source) => source,
        Access::Oauth { .. } => panic!("{line}"),
    };
    let command = |words: &[&str]| {
        PasswordSource::Command(words.iter().map(|word| (*word).to_owned()).collect())
    };
    assert_eq!(PasswordSource::File("/p".into()), source("password_file = '/p'"));
    assert_eq!(PasswordSource::Variable("P".into()), source("password_env = 'P'"));
    assert_eq!(command(&["pass", "x"]), source("password_command = ['pass', 'x']"));
    assert_eq!(command(&["sh", "-c", "a | b"]), source("password_command = 'a | b'"));
    assert_eq!(PasswordSource::Credential("imap".into()), source("password_credential = 'imap'"));
    for (lines, right) in [
        ("password = 'hunter2'\npassword_file = 'p'", "keep one of them"),
        ("password_env = 'P'\npassword_credential = 'p'", "keep one of them"),
        ("password = ''", "give it"),
        ("password = \"hunter2\\n\"", "give it alone"),
        ("password_env = 'P=hunter2'", "the name of a variable"),
        ("password_command = []", "give a command"),
        ("password_command = ' '", "give a command"),
        ("password_credential = '../imap'", "LoadCredential="),
        ("password = 'hunter2'\n[account.main.oauth]\nclient_id = 'c'", "keep one of them"),
    ] {
        refused(lines, right);
    }
    let error = parse("[account.main]\nhost = 'h'\nuser = 'u'").unwrap_err();
    assert!(error.contains("password_file") && error.contains("oauth"), "{error}");
}

#[test]
fn mails_are_left_flagged_moved_or_deleted() {
    let tidy = account("processed = 'move'\nrejected = 'flag'\nother = 'delete'").unwrap().tidy;
    assert_eq!(Settle::Move("processed".into()), tidy.processed);
    assert_eq!(Settle::Flag("$RuauditRejected".into()), tidy.rejected);
    assert_eq!(Settle::Delete, tidy.other);
    let tidy = account("processed = 'flag:Done'\nrejected = 'move:DMARC/bad'\nother = 'leave'");
    let tidy = tidy.unwrap().tidy;
    assert_eq!(Settle::Flag("Done".into()), tidy.processed);
    assert_eq!(Settle::Move("DMARC/bad".into()), tidy.rejected);
    assert_eq!(Settle::Leave, tidy.other);
    for (value, right) in [
        ("keep", "write \"leave\""),
        ("delete:all", "write \"leave\""),
        ("flag:", "a keyword of your own"),
        ("flag:\\Seen", "a keyword of your own"),
        ("flag:two words", "a keyword of your own"),
        ("flag:a*", "a keyword of your own"),
        ("flag:ü", "a keyword of your own"),
        ("move:", "write a folder"),
        ("move:a//b", "write a folder"),
        ("move:a\\u0007", "write a folder"),
    ] {
        let value = value.replace("\\S", "\\\\S");
        refused(&format!("processed = \"{value}\""), right);
    }
}

#[test]
fn mails_are_never_moved_to_where_they_would_be_read_again() {
    for (folders, target) in [
        ("['INBOX']", "inbox"),
        ("['inbox']", "INBOX"),
        ("['INBOX', 'processed']", "processed"),
        ("['INBOX.processed']", "processed"),
        ("['processed']", "Inbox/processed"),
        ("['a.b']", "a/b"),
        // to some servers these are one folder
        ("['Reports']", "reports"),
    ] {
        let lines = format!("folders = {folders}\nprocessed = 'move:{target}'");
        refused(&lines, "name a folder that is not among `folders`");
    }
    assert!(account("folders = ['INBOX', 'Reports']\nprocessed = 'move:done'").is_ok());
}

#[test]
fn folders_are_named_once() {
    assert_eq!(vec!["INBOX", "A/B"], account("folders = ['inbox', 'A/B']").unwrap().folders);
    for (folders, right) in [
        ("[]", "at least one"),
        ("['']", "write names"),
        ("['a', 'a']", "each folder once"),
        ("['INBOX', 'Inbox']", "each folder once"),
        ("[\"a\\tb\"]", "write names"),
        ("['/a']", "write names"),
    ] {
        refused(&format!("folders = {folders}"), right);
    }
}

fn oauth(lines: &str) -> std::result::Result<Access, String> {
    account(&format!("[account.main.oauth]\n{lines}")).map(|account| account.access)
}

#[test]
fn a_provider_fills_in_what_is_known_of_it() {
    let Ok(Access::Oauth { client, client_secret, mechanism, token_file }) =
        oauth("provider = 'microsoft'\nclient_id = 'c'\ntenant = 'contoso.example'")
    else {
        panic!()
    };
    assert_eq!((Flow::Device, "c"), (client.flow, client.client_id.as_str()));
    assert!(client.token_url.contains("contoso.example") && client.device_url.is_some());
    assert_eq!((None, Mechanism::Offered), (client_secret, mechanism));
    assert_eq!(PathBuf::from("/here/ruaudit-main.token.json"), token_file);
    let google = "provider = 'google'\nclient_id = 'c'\nclient_secret_env = 'S'\n\
                  mechanism = 'oauthbearer'\ntoken_file = '/t'\nscope = 'own'";
    let Ok(Access::Oauth { client, client_secret, mechanism, token_file }) = oauth(google) else {
        panic!()
    };
    assert_eq!((Flow::Browser, "own"), (client.flow, client.scope.as_str()));
    assert_eq!(Some(PasswordSource::Variable("S".into())), client_secret);
    assert_eq!((Mechanism::OauthBearer, PathBuf::from("/t")), (mechanism, token_file));
}

#[test]
fn without_a_provider_all_that_the_flow_needs_is_given() {
    let all = "client_id = 'c'\nflow = 'device'\nscope = ''\n\
               device_url = 'http://127.0.0.1:8080/d'\ntoken_url = 'https://login.example/t'";
    assert!(oauth(all).is_ok());
    for (left_out, right) in [
        ("client_id", "the name under which"),
        ("flow", "\"browser\""),
        ("scope", "access to mail"),
        ("device_url", "the provider's address"),
        ("token_url", "the provider's address"),
    ] {
        let lines = all.lines().filter(|line| !line.starts_with(left_out));
        let error = oauth(&lines.collect::<Vec<_>>().join("\n")).unwrap_err();
        assert!(error.contains(&format!("account.main.oauth.{left_out}")), "{error}");
        assert!(error.contains(right), "{error}");
    }
}

#[test]
fn what_would_not_keep_secrets_or_is_not_known_is_refused() {
    let usual = "provider = 'microsoft'\nclient_id = 'c'\n";
    for url in [
        "http://login.example/t",
        "http://localhost.example/",
        "http://127.0.0.1@login.example/",
        "http://127.0.0.1:1@login.example/",
        "https://",
        "https:///t",
        "ftp://login.example",
        "login.example",
        "https://login.example/a b",
    ] {
        let error = oauth(&format!("{usual}token_url = '{url}'")).unwrap_err();
        assert!(error.contains("https://"), "{url}: {error}");
    }
    for url in ["http://[::1]:80/t", "http://localhost/t", "http://127.0.0.1:1?a"] {
        assert!(oauth(&format!("{usual}token_url = '{url}'")).is_ok(), "{url}");
    }
    for (lines, right) in [
        ("provider = 'micrsoft'\nclient_id = 'c'", "did you mean \"microsoft\"?"),
        ("provider = 'google'\nclient_id = 'c'\ntenant = 'x'", "provider = \"microsoft\""),
        ("provider = 'microsoft'\nclient_id = 'c'\ntenant = 'a/b'", "contoso.example"),
        ("provider = 'microsoft'\nclient_id = 'c'\nflow = 'devices'", "did you mean \"device\"?"),
        ("provider = 'microsoft'\nclient_id = 'c'\nmechanism = 'plain'", "\"oauthbearer\""),
        ("provider = 'microsoft'\nclient_id = ''", "registered"),
        (
            "provider = 'microsoft'\nclient_id = 'c'\nflow = 'client_credentials'",
            "client_secret_file",
        ),
        (
            "provider = 'microsoft'\nclient_id = 'c'\nclient_secret = 'hunter2'\n\
             client_secret_file = 'f'",
            "keep one of them",
        ),
    ] {
        let error = oauth(lines).unwrap_err();
        assert!(error.contains(right) && !error.contains("hunter2"), "{lines}: {error}");
    }
}

#[test]
fn a_mailbox_is_read_by_one_account() {
    let account = |name: &str, rest: &str| {
        format!("[account.{name}]\nuser = 'u'\npassword = 'p'\nhost = 'H.example'\n{rest}\n")
    };
    let both = |rest: &str| parse(&format!("{}{}", account("a", ""), account("b", rest)));
    let error = both("folders = ['x', 'INBOX']").unwrap_err();
    assert!(error.contains("`INBOX`") && error.contains("account.b.folders"), "{error}");
    assert!(both("folders = ['x']").is_ok());
    assert!(both("port = 1993").is_ok());
    let error =
        parse(&format!("{}{}", account("a-b", ""), account("A_b", "port = 1"))).unwrap_err();
    assert!(error.contains("rename one of them"), "{error}");
}

#[test]
fn two_accounts_do_not_move_mails_in_circles() {
    let second = "password = 'hunter2'\nhost = 'IMAP.acme.example'\nuser = 'dmarc@acme.example'\n";
    let circle = |a: &str, b: &str| account(&format!("{a}\n[account.second]\n{second}{b}\n"));
    let reads = |folder: &str| format!("folders = ['{folder}']");
    let error = circle("processed = 'move:Done'", &reads("done")).unwrap_err();
    assert!(error.contains("account.main.processed") && error.contains("`second`"), "{error}");
    let error =
        circle(&reads("A"), &format!("{}\nother = 'move:INBOX.a'", reads("B"))).unwrap_err();
    assert!(
        error.contains("account.second.other") && error.contains("no account reads"),
        "{error}"
    );
    assert!(circle("processed = 'move:Done'", &reads("Others")).is_ok());
}

#[test]
fn an_account_may_be_in_the_environment_alone() {
    let all = [
        ("RUAUDIT_ACCOUNT_MAIN_HOST", "imap.acme.example"),
        ("RUAUDIT_ACCOUNT_MAIN_USER", "u"),
        ("RUAUDIT_ACCOUNT_MAIN_PASSWORD", "hunter2"),
        ("RUAUDIT_ACCOUNT_MAIN_FOLDERS", "INBOX,Reports"),
    ];
    let account = parse_with("", &all).unwrap().accounts.remove(0);
    assert_eq!("main", account.name);
    assert_eq!(vec!["INBOX", "Reports"], account.folders);
    let error = parse_with("", &all[1..]).unwrap_err();
    assert!(error.contains("in RUAUDIT_ACCOUNT_MAIN_HOST"), "{error}");
    let error = account_with("", &[("RUAUDIT_ACCOUNT_MIAN_USER", "u")]).unwrap_err();
    assert!(error.contains("meant main?"), "{error}");
    let account = account_with("password_file = 'p'", &all[2..3]).unwrap();
    assert_eq!(Access::Password(PasswordSource::Given(Secret::new("hunter2"))), account.access);
}
