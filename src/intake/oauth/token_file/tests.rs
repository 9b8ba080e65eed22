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
