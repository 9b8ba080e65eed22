//! Files and folders: H46 to H49.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tempfile::TempDir;

use crate::build::gz;
use crate::mail;
use crate::program::{age, answer, counts, ingest, json, old, plain, ruaudit};
use crate::report::{good, named};

/// A folder with an empty folder `mail` in it.
fn stage() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    (folder, mail)
}

const ALL: [&str; 5] = ["inputs", "reports", "rejected", "skipped", "deferred"];

/// The reason and the origin of everything that was not accepted.
fn refused(folder: &Path) -> Vec<(String, String)> {
    let found = json(folder, "rejected --all");
    let text = |trace: &Value, key: &str| trace[key].as_str().unwrap().to_owned();
    let traces = found["rejected"].as_array().unwrap().iter();
    traces.map(|trace| (text(trace, "reason"), text(trace, "origin"))).collect()
}

#[test]
fn h46_links_loops_pipes_sockets_and_folders_are_no_files() {
    let (folder, mail) = stage();
    let elsewhere = folder.path().join("elsewhere.xml");
    old(&elsewhere, named("elsewhere"));
    old(&mail.join("good.xml"), good());
    symlink(&elsewhere, mail.join("link.xml")).unwrap();
    symlink("self.xml", mail.join("self.xml")).unwrap();
    symlink(&mail, mail.join("loop")).unwrap();
    symlink("/dev/zero", mail.join("device.xml")).unwrap();
    fs::create_dir_all(mail.join("x.xml/deep.xml")).unwrap();
    symlink("../..", mail.join("x.xml/deep.xml/up")).unwrap();
    old(&mail.join("x.xml/deep.xml/inside.xml"), named("inside"));
    let _socket = UnixListener::bind(mail.join("socket.xml")).unwrap();
    let status = std::process::Command::new("mkfifo").arg(mail.join("pipe.xml")).status().unwrap();
    assert!(status.success());
    assert_eq!([2, 2, 0, 0, 0], counts(&ingest(folder.path(), ["mail"]), ALL));
}

#[test]
fn h46_empty_files_are_skipped_and_huge_ones_refused_unread() {
    let (folder, mail) = stage();
    old(&mail.join("a.xml"), named("a"));
    old(&mail.join("empty.xml"), "");
    let huge = File::create(mail.join("huge.xml")).unwrap();
    huge.set_len(100 << 30).unwrap();
    age(&mail.join("huge.xml"));
    old(&mail.join("z.xml"), named("z"));
    assert_eq!([4, 2, 1, 1, 0], counts(&ingest(folder.path(), ["mail"]), ALL));
    let reasons: Vec<_> = refused(folder.path()).into_iter().map(|(reason, _)| reason).collect();
    assert!(
        reasons.contains(&"too_large".to_owned()) && reasons.contains(&"empty".to_owned()),
        "{reasons:?}"
    );
    let endless = ingest(folder.path(), ["/dev/zero"]);
    assert_eq!([1, 0, 1], counts(&endless, ["inputs", "reports", "rejected"]));
}

#[test]
fn h46_what_may_not_be_read_is_said() {
    let (folder, mail) = stage();
    old(&mail.join("good.xml"), good());
    old(&mail.join("secret.xml"), named("secret"));
    fs::set_permissions(mail.join("secret.xml"), fs::Permissions::from_mode(0o000)).unwrap();
    let found = ingest(folder.path(), ["mail"]);
    if fs::metadata(&mail).unwrap().uid() != 0 {
        assert_eq!([2, 1, 1, 0, 0], counts(&found, ALL));
        assert_eq!("unreadable", refused(folder.path())[0].0);
    }
}

/// Files that are still being written: each could become a report.
fn unfinished() -> [(&'static str, Vec<u8>); 5] {
    let xml = good().into_bytes();
    let zipped = gz(good());
    [
        ("cut.xml", xml[..xml.len() / 2].to_vec()),
        ("cut.xml.gz", zipped[..zipped.len() / 2].to_vec()),
        ("empty.xml", Vec::new()),
        ("zeros.xml.gz", [&zipped[..zipped.len() / 2], &vec![0; zipped.len() / 2]].concat()),
        ("cut.eml", mail::mixed(&[mail::file("r.xml", &xml)])[..900].to_vec()),
    ]
}

/// Reads paths by the real clock.
fn ingest_now(folder: &Path, paths: &[&str]) -> Value {
    let mut command = ruaudit(folder, ["ingest", "--quiet", "--format", "json"]);
    let output = command.env_remove("SOURCE_DATE_EPOCH").args(paths).assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// Does something while somebody goes on writing to files.
fn while_growing<T>(paths: &[PathBuf], act: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for path in paths {
                    let file = File::options().write(true).open(path).unwrap();
                    file.set_modified(SystemTime::now()).unwrap();
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let found = act();
        done.store(true, Ordering::Relaxed);
        found
    })
}

#[test]
fn h47_a_young_file_in_a_folder_that_cannot_be_read_yet_is_left_for_the_next_run() {
    let (folder, mail) = stage();
    for (name, content) in unfinished() {
        fs::write(mail.join(name), content).unwrap();
    }
    fs::write(mail.join("whole.xml"), named("whole")).unwrap();
    let paths = unfinished().map(|(name, _)| mail.join(name));
    let found = while_growing(&paths, || ingest_now(folder.path(), &["mail"]));
    assert_eq!([6, 1, 0, 0, 5], counts(&found, ALL));
    let reasons = refused(folder.path());
    assert!(reasons.iter().all(|(reason, _)| reason == "still_growing"), "{reasons:?}");
    for (number, (name, _)) in unfinished().iter().enumerate() {
        fs::write(mail.join(name), named(&number.to_string())).unwrap();
    }
    assert_eq!([6, 5, 0, 0, 0], counts(&ingest_now(folder.path(), &["mail"]), ALL));
    assert_eq!(Vec::<(String, String)>::new(), refused(folder.path()));
}

#[test]
fn h47_a_file_that_was_named_or_is_old_is_judged_at_once() {
    for (name, content) in unfinished() {
        let (folder, mail) = stage();
        fs::write(mail.join(name), &content).unwrap();
        let found = ingest_now(folder.path(), &[&format!("mail/{name}")]);
        let named = counts(&found, ["rejected", "skipped", "deferred"]);
        assert!(named == [1, 0, 0] || named == [0, 1, 0], "{name}: {found}");
        let (folder, mail) = stage();
        old(&mail.join(name), &content);
        let found = ingest_now(folder.path(), &["mail"]);
        assert_eq!(named, counts(&found, ["rejected", "skipped", "deferred"]), "{name}");
    }
}

#[test]
fn h47_a_file_that_grows_while_it_is_read_is_never_refused() {
    let (folder, mail) = stage();
    let whole = crate::report::with_records("grows", &crate::report::record().repeat(400));
    let (path, done) = (mail.join("grows.xml"), AtomicBool::new(false));
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut file = File::create(&path).unwrap();
            for piece in whole.as_bytes().chunks(whole.len() / 60) {
                file.write_all(piece).unwrap();
                std::thread::sleep(Duration::from_millis(15));
            }
            done.store(true, Ordering::SeqCst);
        });
        while !path.exists() {
            std::thread::yield_now();
        }
        while !done.load(Ordering::SeqCst) {
            let found = ingest_now(folder.path(), &["mail"]);
            assert_eq!([0, 0], counts(&found, ["rejected", "skipped"]), "{found}");
        }
    });
    ingest_now(folder.path(), &["mail"]);
    assert_eq!(400, json(folder.path(), "summary --window all")["domains"][0]["records"]);
}

#[test]
fn h47_a_file_that_is_replaced_while_it_is_read_is_one_or_the_other() {
    let (folder, mail) = stage();
    let reports = ["one", "two"]
        .map(|id| crate::report::with_records(id, &crate::report::record().repeat(300)));
    let (path, done) = (mail.join("r.xml"), AtomicBool::new(false));
    fs::write(&path, &reports[0]).unwrap();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for report in reports.iter().cycle() {
                let beside = folder.path().join("beside.xml");
                fs::write(&beside, report).unwrap();
                fs::rename(&beside, &path).unwrap();
                if done.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        for _ in 0..8 {
            let found = ingest_now(folder.path(), &["mail"]);
            assert_eq!([0, 0, 0], counts(&found, ["rejected", "skipped", "conflicts"]), "{found}");
        }
        done.store(true, Ordering::SeqCst);
    });
    let records =
        json(folder.path(), "summary --window all")["domains"][0]["records"].as_u64().unwrap();
    assert!([300, 600].contains(&records), "{records}");
}

#[test]
fn h48_a_file_may_have_any_name_and_it_is_shown_safely() {
    let (folder, mail) = stage();
    let long = "l".repeat(255);
    let names: [&[u8]; 7] = [
        b"not-\xff-utf8.xml",
        b"two\nlines.xml",
        b"-r.xml",
        b"--db.xml",
        b"-",
        b"\x1b[2J.xml",
        long.as_bytes(),
    ];
    for (number, name) in names.iter().enumerate() {
        old(&mail.join(OsStr::from_bytes(name)), named(&number.to_string()));
        let broken = [b"x", &name[..name.len().min(254)]].concat();
        old(&mail.join(OsStr::from_bytes(&broken)), "<feedback>");
    }
    assert_eq!([14, 7, 7, 0, 0], counts(&ingest(folder.path(), ["mail"]), ALL));
    let page = answer(folder.path(), "rejected --verbose");
    assert!(!page.chars().any(|c| c.is_control() && c != '\n'), "{page:?}");
    assert!(refused(folder.path()).iter().any(|(_, origin)| origin.contains("two\nlines")));
    let mut command = ruaudit(&mail, ["ingest", "--db", "../other.db", "--format", "json", "--"]);
    let output = command.args(names.map(OsStr::from_bytes)).write_stdin("").assert().success();
    let found: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    // a lone `-` is standard input, whatever lies there
    assert_eq!([7, 6, 0, 1, 0], counts(&found, ALL));
}

const FROM: &str = "From dmarc@mailcloud.example Sat Nov 21 10:00:00 2026";

/// An mbox in which everything is wrong that may be.
fn mbox() -> Vec<u8> {
    let report = |id: &str| {
        String::from_utf8(mail::mixed(&[mail::file("r.xml", named(id).as_bytes())])).unwrap()
    };
    let body = "Subject: none\n\nFrom here on it is text.\n\nFrom 2026 on as well.\n>From me\n";
    let crlf = format!("{FROM}\r\n{}\r\n\r\n", report("crlf"));
    let lf = format!("{FROM}\n{}\n\n", report("lf").replace("\r\n", "\n"));
    let cut = format!("{FROM}\n{}\n\n", &report("cut")[..700]);
    let empty = format!("{FROM}\n\n");
    [crlf, lf, format!("{FROM}\n{body}\n"), cut, empty, format!("{FROM}\n{}", report("last"))]
        .concat()
        .into_bytes()
}

#[test]
fn h49_each_mail_of_a_broken_mbox_is_judged_alone() {
    let (folder, mail) = stage();
    old(&mail.join("archive"), mbox());
    let found = ingest(folder.path(), ["mail"]);
    assert_eq!([5, 3], counts(&found, ["inputs", "reports"]), "{found}");
    assert_eq!(
        2,
        counts(&found, ["rejected", "skipped", "deferred"]).iter().sum::<u64>(),
        "{found}"
    );
    let again = ingest(folder.path(), ["mail"]);
    assert_eq!([5, 0, 3], counts(&again, ["inputs", "reports", "duplicates"]));
}

#[test]
fn h49_a_mail_of_an_mbox_that_is_too_large_costs_no_other() {
    let (folder, mail) = stage();
    fs::write(folder.path().join("ruaudit.toml"), "[limits]\ninput_bytes = 100000\n").unwrap();
    let large = format!("{FROM}\nSubject: x\n\n{}\n\n", "x".repeat(3_000_000));
    let report = String::from_utf8(mail::mixed(&[mail::file("r.xml", good().as_bytes())])).unwrap();
    old(&mail.join("archive"), format!("{large}{FROM}\n{report}"));
    assert_eq!([2, 1, 1, 0, 0], counts(&ingest(folder.path(), ["mail"]), ALL));
}

/// A Maildir of so many reports, all of them new.
fn maildir(root: &Path, count: usize) {
    for folder in ["tmp", "new", "cur"] {
        fs::create_dir(root.join(folder)).unwrap();
    }
    for n in 0..count {
        let content = mail::mixed(&[mail::file("r.xml.gz", &gz(named(&format!("maildir-{n}"))))]);
        old(&root.join(format!("new/{n:04}.mx")), content);
    }
}

#[test]
fn h49_mails_of_a_maildir_may_move_and_change_their_flags() {
    let (folder, mail) = stage();
    maildir(&mail, 20);
    assert_eq!([20, 20], counts(&ingest(folder.path(), ["mail"]), ["inputs", "reports"]));
    for n in 0..20 {
        fs::rename(mail.join(format!("new/{n:04}.mx")), mail.join(format!("cur/{n:04}.mx:2,S")))
            .unwrap();
    }
    assert_eq!([0, 20], counts(&ingest(folder.path(), ["mail"]), ["reports", "duplicates"]));
}

#[test]
fn h49_mails_that_move_while_a_maildir_is_read_are_found_by_the_next_run() {
    let (folder, mail) = stage();
    maildir(&mail, 300);
    let mut child = plain(folder.path())
        .args(["ingest", "--quiet", "mail"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    for n in (0..300).rev() {
        fs::rename(mail.join(format!("new/{n:04}.mx")), mail.join(format!("cur/{n:04}.mx:2,S")))
            .unwrap();
    }
    assert!(child.wait().unwrap().success());
    let found = ingest(folder.path(), ["mail"]);
    assert_eq!([300, 0], counts(&found, ["inputs", "rejected"]));
    assert_eq!(300, json(folder.path(), "summary --window all")["domains"][0]["reports"]);
}
