use super::*;

fn token(access: &str) -> Token {
    let json = format!(
        r#"{{"version":1,"user":"me","client_id":"c","token_url":"https://t.example","access_token":"{access}",
        "expires_at":5,"refresh_token":"refresh-1","scope":"s","obtained_at":1}}"#
    );
    Token::parse(json.as_bytes(), Path::new("test")).unwrap()
}

fn file(folder: &tempfile::TempDir) -> TokenFile {
    TokenFile::new(folder.path().join("main.token.json"))
}

#[test]
fn what_was_written_is_read_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    assert_eq!(None, file.read().unwrap());
    for access in ["a-much-longer-access-token", "short"] {
        file.prepare().unwrap().write(&token(access)).unwrap();
        assert_eq!(Some(token(access)), file.read().unwrap());
    }
    drop(file.prepare().unwrap());
    assert_eq!(1, std::fs::read_dir(folder.path()).unwrap().count());
    assert!(std::fs::read_to_string(file.path()).unwrap().ends_with("}\n"));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it_at_any_moment() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let modes = || -> Vec<u32> {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
            .collect()
    };
    // an old file that was opened to all does not hand that on
    std::fs::write(file.path(), "").unwrap();
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o666)).unwrap();
    let prepared = file.prepare().unwrap();
    std::fs::remove_file(file.path()).unwrap();
    assert_eq!(vec![0o600], modes());
    prepared.write(&token("a")).unwrap();
    let _lock = file.lock(&Stop::default()).unwrap();
    assert_eq!(vec![0o600, 0o600], modes());
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_or_write_is_refused_with_what_to_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    file.keep(&token("access-1")).unwrap();
    for mode in [0o644, 0o640, 0o602, 0o620, 0o601] {
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let error = file.read().unwrap_err().to_string();
        let command = format!("chmod 600 {}", file.path().display());
        assert!(error.contains(&command) && !error.contains("access-1"), "{error}");
    }
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(Some(token("access-1")), file.read().unwrap());
}

#[cfg(unix)]
#[test]
fn a_file_of_another_user_is_refused_unless_that_is_root() {
    for (expected, owner, ours) in [(None, 5, 5), (None, 0, 5), (Some(6), 6, 5), (Some(6), 6, 0)] {
        assert_eq!(expected, stranger(owner, ours), "{owner} {ours}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    file.keep(&token("access-1")).unwrap();
    // only root may give a file away
    if std::os::unix::fs::chown(file.path(), Some(4321), None).is_ok() {
        let error = file.read().unwrap_err().to_string();
        assert!(error.contains("a file of user 4321") && error.contains("chown 0 "), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let mut lock = file.path().to_owned().into_os_string();
    lock.push(".lock");
    for path in [file.path(), Path::new(&lock)] {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }
    assert!(file.read().unwrap_err().to_string().contains("no regular file"));
    assert!(file.lock(&Stop::default()).is_err());
}

#[cfg(unix)]
#[test]
fn a_token_has_one_lock_however_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let other = tempfile::tempdir().unwrap();
    let (link, way) = (other.path().join("link.json"), other.path().join("way"));
    std::os::unix::fs::symlink(folder.path(), &way).unwrap();
    // a token that is yet to come is known by its folder
    let lock = file.lock(&Stop::default()).unwrap();
    assert!(TokenFile::new(way.join("main.token.json")).lock(&Stop::default()).is_err());
    drop(lock);
    file.keep(&token("access-1")).unwrap();
    std::os::unix::fs::symlink(file.path(), &link).unwrap();
    let _lock = TokenFile::new(&link).lock(&Stop::default()).unwrap();
    assert!(file.lock(&Stop::default()).is_err());
}

#[test]
fn a_wish_to_stop_ends_the_wait_for_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let _lock = file.lock(&Stop::default()).unwrap();
    let (stop, started) = (Stop::default(), Instant::now());
    stop.ask();
    assert!(file.lock(&stop).is_err());
    assert!(started.elapsed() < PATIENCE);
}

/// Leaves a file behind as a process does that is killed before it has given it its name.
fn leave(file: &TokenFile, name: &str, json: &[u8]) -> PathBuf {
    let path = folder(file.path()).join(name);
    let mut options = OpenOptions::new();
    let mut open = owned(options.write(true).create_new(true)).open(&path).unwrap();
    open.write_all(json).unwrap();
    path
}

fn json(change: impl Fn(&mut Token)) -> Vec<u8> {
    let mut token = token("access-2");
    token.obtained_at = 2;
    change(&mut token);
    token.to_json().unwrap()
}

#[test]
fn a_newer_token_that_was_left_over_is_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    file.keep(&token("access-1")).unwrap();
    // what was set aside may still follow it
    let left = [json(|_| ()), SET_ASIDE.to_vec()].concat();
    leave(&file, ".ruaudit-token-main.token.json-aB3dE6", &left);
    let lock = file.lock(&Stop::default()).unwrap();
    file.adopt(&lock).unwrap();
    assert_eq!("access-2", file.read().unwrap().unwrap().access_token.expose());
    assert_eq!(2, std::fs::read_dir(folder.path()).unwrap().count());
}

#[test]
fn what_else_was_left_over_is_removed_and_what_others_have_there_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    file.keep(&token("access-1")).unwrap();
    let whole = json(|_| ());
    for json in [
        json(|token| token.obtained_at = 0),
        json(|token| token.user = "other".into()),
        json(|token| token.client_id = "other".into()),
        json(|token| token.token_url = "https://other.example".into()),
        whole[..whole.len() / 2].to_vec(),
        SET_ASIDE.to_vec(),
    ] {
        let left = leave(&file, ".ruaudit-token-main.token.json-aB3dE6", &json);
        let lock = file.lock(&Stop::default()).unwrap();
        file.adopt(&lock).unwrap();
        assert_eq!(Some(token("access-1")), file.read().unwrap());
        assert!(!left.exists());
    }
    let others = ["other.json-aB3dE6", "main.token.json-x-aB3dE6", "main.token.json-aB3dE67"]
        .map(|name| leave(&file, &format!(".ruaudit-token-{name}"), &whole));
    let lock = file.lock(&Stop::default()).unwrap();
    file.adopt(&lock).unwrap();
    assert_eq!(Some(token("access-1")), file.read().unwrap());
    assert!(others.iter().all(|path| path.exists()));
}

#[test]
fn a_token_from_elsewhere_counts_for_more_than_one_that_was_left_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let left = leave(&file, ".ruaudit-token-main.token.json-aB3dE6", &json(|_| ()));
    file.keep(&token("access-1")).unwrap();
    assert!(!left.exists());
    let prepared = file.prepare().unwrap();
    let names = left_over::left_over(&file.real());
    assert_eq!(vec![prepared.file.path().to_owned()], names);
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path(), Path::new("/dev/null"), Path::new("/nonexistent/t.json")] {
        let error = TokenFile::new(path).prepare().unwrap_err().to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let real = folder.path().join("real.json");
    TokenFile::new(&real).prepare().unwrap().write(&token("old")).unwrap();
    std::os::unix::fs::symlink(&real, file.path()).unwrap();
    file.prepare().unwrap().write(&token("new")).unwrap();
    assert!(std::fs::symlink_metadata(file.path()).unwrap().is_symlink());
    assert_eq!(Some(token("new")), TokenFile::new(&real).read().unwrap());
}

#[test]
fn who_holds_the_lock_keeps_others_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let lock = file.lock(&Stop::default()).unwrap();
    assert!(file.lock(&Stop::default()).unwrap_err().to_string().contains("locked"));
    drop(lock);
    file.lock(&Stop::default()).unwrap();
}

#[test]
fn a_file_that_holds_something_else_is_named_and_not_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    for text in ["access-1", "", "{}"] {
        let mut options = OpenOptions::new();
        let options = owned(options.write(true).create(true).truncate(true));
        let mut open = options.open(file.path()).unwrap();
        open.write_all(text.as_bytes()).unwrap();
        let error = file.read().unwrap_err().to_string();
        assert!(error.contains("main.token.json") && !error.contains("access-1"), "{error}");
    }
}
