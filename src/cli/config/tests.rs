use super::*;
use crate::cli::accounts::Access;
use crate::cli::environment::Variable;
use crate::intake::imap::Security;
use crate::intake::password::PasswordSource;
use crate::model::mailbox::Settle;
use crate::model::secret::Secret;
use crate::render::Page;

mod accounts;
mod template;

/// A configuration in the folder `/etc/ruaudit`, read in the folder `/here`.
fn loaded(text: &str, variables: &[(&str, &str)]) -> Loaded {
    loaded_with(text, variables, None)
}

fn loaded_with(text: &str, variables: &[(&str, &str)], db: Option<&str>) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ruaudit.toml");
    std::fs::write(&file, text).unwrap();
    let around = Environment {
        db: db.map(PathBuf::from),
        config: None,
        folder: "/here".into(),
        places: vec![file],
        variables: variables
            .iter()
            .map(|(name, value)| Variable { name: (*name).to_owned(), value: Secret::new(*value) })
            .collect(),
        now: 0,
        page: Page::PLAIN,
    };
    Loaded::new(&Global::default(), &around)
}

/// What the configuration says, or how the run stops.
fn parse_with(text: &str, variables: &[(&str, &str)]) -> std::result::Result<Config, String> {
    let loaded = loaded_with(text, variables, Some("/here/ruaudit.db"));
    loaded.config().cloned().map_err(|error| error.to_string())
}

fn parse(text: &str) -> std::result::Result<Config, String> {
    parse_with(text, &[])
}

/// What is said where nothing is.
fn usual() -> Config {
    Config { db: "/here/ruaudit.db".into(), ..Config::default() }
}

#[test]
fn what_is_not_said_stays_as_it_is() {
    assert_eq!(Ok(usual()), parse(""));
    let config = parse("window = '7d'\n[thresholds]\nobserved_days = 14\n").unwrap();
    assert_eq!(Some(WindowSpec::Last(7)), config.window);
    assert_eq!(14, config.thresholds.observed_days);
    assert_eq!(Thresholds::default().confidence, config.thresholds.confidence);
}

#[test]
fn unknown_keys_are_named_with_the_nearest_right_one() {
    for (text, wrong, right) in [
        ("[thresholds]\nobservd_days = 14", "thresholds.observd_days", "thresholds.observed_days"),
        ("windwo = '7d'", "windwo", "window"),
        ("[acount.main]\nhost = 'h'", "acount", "account"),
        ("[account.main]\nhots = 'h'", "account.main.hots", "account.main.host"),
        ("account.main.oauth.clientid = 'h'", "oauth.clientid", "account.main.oauth.client_id"),
        ("[provenance]\nauthserv_id = ['x']", "authserv_id", "provenance.authserv_ids"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains("no such key `") && error.contains(wrong), "{error}");
        assert!(error.contains(&format!("did you mean `{right}`?")), "{error}");
    }
    let error = parse("[limits]\nxyzzyxyzzy = 1").unwrap_err();
    assert!(error.contains("there are: ") && error.contains("report_bytes"), "{error}");
}

#[test]
fn all_that_is_wrong_is_found_at_once() {
    let wrong = |text| {
        let loaded = loaded(text, &[("RUAUDIT_WINDWO", "7d")]);
        loaded.wrong().iter().map(|wrong| wrong.why.clone()).collect::<Vec<_>>()
    };
    assert_eq!(4, wrong("a = 1\nb = 2\n[limits]\nrecords = 'x'").len());
    let error = parse("a = 1\nb = 2").unwrap_err();
    assert!(error.ends_with("(and 1 more: ruaudit config check)"), "{error}");
}

#[test]
fn every_key_of_every_section_is_known() {
    let table = |name: &str, section: toml::Table| {
        toml::to_string(&toml::Table::from_iter([(name.to_owned(), section.into())])).unwrap()
    };
    let limits = table("limits", toml::Table::try_from(Limits::default()).unwrap());
    let thresholds = table("thresholds", toml::Table::try_from(Thresholds::default()).unwrap());
    assert_eq!(Ok(usual()), parse(&format!("{limits}\n{thresholds}")));
}

#[test]
fn domains_are_folded_and_must_be_domains() {
    let config = parse("domains = ['ACME.Example.', 'shop.example']").unwrap();
    assert_eq!(vec!["acme.example", "shop.example"], config.domains);
    for wrong in ["", "acme", "https://acme.example", "joe@acme.example", "*.acme.example", "a..b"]
    {
        let error = parse(&format!("domains = ['{wrong}']")).unwrap_err();
        assert!(error.contains("no domain") && error.contains("acme.example"), "{error}");
    }
    assert!(parse("domains = ['münchen.example']").unwrap_err().contains("xn--"));
}

#[test]
fn trust_needs_somebody_who_is_trusted() {
    let config = parse("[provenance]\nauthserv_ids = ['mx.acme.example']\nrequire = true").unwrap();
    assert!(config.provenance.require);
    let error = parse("[provenance]\nrequire = true").unwrap_err();
    assert!(error.contains("authserv_ids"), "{error}");
    assert!(parse("[provenance]\nauthserv_ids = ['']").unwrap_err().contains("empty name"));
    assert!(parse("[provenance]\nauthserv_ids = [' ']").unwrap_err().contains("empty name"));
}

#[test]
fn names_of_servers_that_can_never_match_are_refused() {
    let parse = |id: &str| {
        let id = toml::Value::from(id);
        parse(&format!("[provenance]\nauthserv_ids = ['ok.example', {id}]"))
    };
    let config = parse(" mx.acme.example\t").unwrap();
    assert_eq!(vec!["ok.example", "mx.acme.example"], config.provenance.authserv_ids);
    assert!(parse("host_1").is_ok());
    for wrong in ["mx;", "mx 1", "a\tb", "\"mx\"", "'mx'", "mx\u{7}x", "mx (a)", "a=b", "m\nx"] {
        let error = parse(wrong).unwrap_err();
        assert!(error.contains("never match"), "{wrong:?}: {error}");
        assert!(!error.contains('\u{7}'), "{error:?}");
    }
}

#[test]
fn impossible_values_are_refused() {
    for (line, right) in [
        ("confidence = 1", "cannot be 1.0; give a share above 0 and below 1, like 0.95"),
        ("reject_rate = nan", "cannot be nan; give a share above 0 and below 1, like 0.005"),
        ("day_coverage = 1.5", "cannot be 1.5; give a share from 0 to 1, like 0.8"),
        ("source_failure_share = 0.0", "cannot be 0.0; give a share above 0, 1 at most, like 0.02"),
        ("reporters = 0", "cannot be 0; give a whole number from 1 to 1000, like 2"),
        ("coverage_days = 0", "cannot be 0; give a whole number from 1 to 3650, like 31"),
    ] {
        let error = parse(&format!("[thresholds]\n{line}")).unwrap_err();
        assert!(error.contains(right), "{line}: {error}");
    }
    for (text, right) in [
        ("window = 7", "a text in quotes"),
        ("window = '7w'", "write 31d"),
        ("domains = 'a.example'", "a list of texts"),
        ("domains = [1]", "a list of texts"),
        ("paths = ['']", "give a path"),
        ("db = ''", "give a path"),
        ("limits = 1", "write it as [limits]"),
        ("account = 1", "write it as [account]"),
        ("account.main = 1", "[account.NAME]"),
        ("[account.'a b']", "letters, digits"),
        ("[provenance]\nrequire = 1", "true or false"),
        ("[limits]\nrecords = -1", "0 or more"),
        ("[thresholds]\nobserved_days = 1e3", "a whole number"),
        ("[thresholds]\nobserved_days = 5000000000", "smaller numbers"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(right), "{text}: {error}");
    }
    let error = parse("[limits]\nmime_depth = 100000").unwrap_err();
    assert!(error.contains("limits.mime_depth") && error.contains("1 to 100"), "{error}");
}

#[test]
fn a_mistake_in_the_form_is_placed_but_its_line_is_not_shown() {
    for (line, at) in [
        ("password = hunter2", "line 2, column 12"),
        ("password = \"hunter2", "line 2, column"),
        ("password = 'hunter2' x", "line 2, column"),
        ("password 'hunter2'", "line 2, column"),
        ("password = \"\\hunter2\"", "line 2, column"),
        ("password = 'x'\npassword = 'hunter2'", "line 3, column 1"),
        ("password = 1hunter2", "line 2, column"),
        ("password = truehunter2", "line 2, column"),
        ("password = 2026-hunter2", "line 2, column"),
        ("password = 0xhunter2", "line 2, column"),
        ("password = \"\\uhunter2\"", "line 2, column"),
        ("password = 'a'hunter2", "line 2, column"),
        ("password = [hunter2]", "line 2, column"),
        ("password = \"\"\"\nhunter2", "line"),
        ("password = ['hunter2']", "give a text in quotes"),
        ("password = {hunter2 = 1}", "give a text in quotes"),
        ("port = 'hunter2'", "give a whole number"),
        ("security = 'hunter2'", "\"starttls\""),
        ("processed = 'hunter2'", "\"move\""),
        ("oauth = 'hunter2'", "[account.main.oauth]"),
    ] {
        let text = format!("[account.main]\n{line}\n");
        let usual = "host = 'h.example'\nuser = 'u'\n";
        let usual = if line.starts_with("port") || line.contains("= 'h") { usual } else { "" };
        let error = parse(&format!("{text}{usual}")).unwrap_err();
        assert!(error.contains(at), "{line}: {error}");
        assert!(!error.contains("hunter2"), "{line}: {error}");
    }
}

/// What `providers` makes of a file with these bytes, or of one that is not there.
fn own_providers(text: Option<&[u8]>) -> std::result::Result<OwnProviders, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.tsv");
    text.iter().for_each(|text| std::fs::write(&file, text).unwrap());
    let config = parse(&format!("providers = '{}'", file.display()));
    config.map(|config| config.providers.unwrap())
}

#[test]
fn a_file_of_own_senders_comes_before_those_that_are_known() {
    let line = b"House\tcrm\tnews.acme.example sendgrid.net\t-\t-\tno\task Ann\n";
    let own = own_providers(Some(line)).unwrap();
    let name = |domain: &str| {
        let index = own.known.find(domain).unwrap();
        own.known.get(index).unwrap().name.as_str()
    };
    assert_eq!(("House", "Mailchimp"), (name("x.sendgrid.net"), name("mcsv.net")));
    assert!(own.path.ends_with("own.tsv"));
    assert_eq!(None, parse("providers = ''").unwrap().providers);
}

#[test]
fn a_file_of_own_senders_that_cannot_be_used_is_told_with_its_line() {
    let refused = |text| own_providers(Some(text)).unwrap_err();
    let error = refused(b"# a\nHouse\tphone\ta.example\t-\t-\tno\t-");
    let expected = "own.tsv, which cannot be used: line 2: `phone` is no kind; write one of: mailb";
    assert!(error.contains(expected), "{error}");
    assert!(refused(b"\xff").contains("it is not UTF-8"));
    assert!(refused(&vec![b'#'; 2 << 20]).contains("longer than 1 MiB"));
    let error = own_providers(None).unwrap_err();
    assert!(error.contains("`providers` names ") && error.contains("cannot be read"), "{error}");
    let error = parse("providers = '/'").unwrap_err();
    assert!(error.contains("it is no file"), "{error}");
}

#[test]
fn paths_are_seen_from_where_they_are_named() {
    let text = "db = 'mail.db'\npaths = ['a', '/b']";
    let read = loaded(text, &[]);
    let folder = read.source.file.as_deref().unwrap().parent().unwrap();
    let config = read.config().unwrap();
    assert_eq!(folder.join("mail.db"), config.db);
    assert_eq!(vec![folder.join("a"), PathBuf::from("/b")], config.paths);
    let config = parse_with(text, &[("RUAUDIT_PATHS", "c,/d")]).unwrap();
    assert_eq!(vec![PathBuf::from("/here/c"), PathBuf::from("/d")], config.paths);
}

#[test]
fn the_store_that_is_not_named_is_the_one_that_is_written_as_the_default() {
    for text in ["", "db = 'ruaudit.db'"] {
        let read = loaded(text, &[]);
        let folder = read.source.file.as_deref().unwrap().parent().unwrap();
        assert_eq!(folder.join("ruaudit.db"), read.config().unwrap().db, "{text}");
    }
    let around = |config: Option<&str>| Environment {
        db: None,
        config: config.map(PathBuf::from),
        folder: "/here".into(),
        places: Vec::new(),
        variables: Vec::new(),
        now: 0,
        page: Page::PLAIN,
    };
    for config in [None, Some("/dev/null")] {
        let loaded = Loaded::new(&Global::default(), &around(config));
        assert_eq!(PathBuf::from("/here/ruaudit.db"), loaded.config().unwrap().db, "{config:?}");
    }
}

#[test]
fn options_are_told_again_as_they_were_typed() {
    let global = Global { config: Some("/a b/c.toml".into()), ..Global::default() };
    assert_eq!(" --config '/a b/c.toml'", options(&global));
    let global = Global { db: Some("it's.db".into()), config: Some("c".into()), ..global };
    assert_eq!(" --config c --db 'it'\\''s.db'", options(&global));
    assert_eq!("", options(&Global::default()));
}

#[test]
fn a_file_that_is_not_utf8_is_to_be_saved_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.toml");
    std::fs::write(&file, b"window = '\xff'").unwrap();
    assert_eq!("save it as UTF-8", read(&file).unwrap_err()[0].remedy);
}

#[test]
fn what_is_wrong_in_a_variable_is_said_of_the_variable() {
    let error = parse_with("", &[("RUAUDIT_THRESHOLDS_ASKS_SHARE", "2")]).unwrap_err();
    assert!(error.starts_with("cannot use RUAUDIT_THRESHOLDS_ASKS_SHARE: "), "{error}");
    let error = parse_with("", &[("RUAUDIT_LIMITS_RECORDS", "many")]).unwrap_err();
    assert!(error.starts_with("cannot use RUAUDIT_LIMITS_RECORDS: "), "{error}");
    assert_eq!(
        9,
        parse_with("limits.records = 8", &[("RUAUDIT_LIMITS_RECORDS", "9")])
            .unwrap()
            .limits
            .records
    );
}

#[cfg(unix)]
#[test]
fn a_password_in_a_file_that_all_can_read_is_remarked_on() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.toml");
    let remark = |text: &str, mode| {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let global = Global { config: Some(file.clone()), ..Global::default() };
        let around = Environment {
            db: None,
            config: None,
            folder: PathBuf::new(),
            places: Vec::new(),
            variables: Vec::new(),
            now: 0,
            page: Page::PLAIN,
        };
        Loaded::new(&global, &around).source.remark()
    };
    let password = "[account.main]\npassword = 'hunter2'";
    let text = remark(password, 0o644).unwrap();
    assert!(text.contains("chmod o-r") && !text.contains("hunter2"), "{text}");
    assert!(remark("[account.main.oauth]\nclient_secret = 'hunter2'", 0o604).is_some());
    assert_eq!(None, remark(password, 0o640));
    assert_eq!(None, remark("[account.main]\npassword_file = 'p'", 0o644));
}
