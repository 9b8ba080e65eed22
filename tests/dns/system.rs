//! The servers of this machine: `/etc/resolv.conf` is what is asked where no server is named.
//!
//! Each try runs in namespaces of its own (unshare(1)), with another `/etc/resolv.conf` and another
//! loopback; in there this program is started again, for one test alone, as the server and as the one who
//! asks. Where a machine lets nobody make namespaces (some containers) nothing can be tried.

#![cfg(target_os = "linux")]

use std::net::{IpAddr, UdpSocket};
use std::process::{Command, Output};

use crate::odd;

/// What the test in there is told by.
const INSIDE: &str = "INSIDE_SERVER";

/// What unshare(1) is told: of root that is not locked in, the plain namespaces; else with one of users
/// around them. `None` where the machine allows neither, as some containers do.
fn namespaces() -> Option<&'static [&'static str]> {
    const PLAIN: &[&str] = &["--mount", "--net"];
    const OF_USERS: &[&str] = &["--user", "--map-root-user", "--mount", "--net"];
    let allowed = |with: &&&[&str]| {
        let tried = Command::new("unshare").args(**with).arg("true").output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    [PLAIN, OF_USERS].iter().find(allowed).copied()
}

/// Whether there are none: then nothing can be tried.
fn is_locked_in() -> bool {
    namespaces().is_none()
}

/// Goes inside, with that text as `/etc/resolv.conf`, or without the file.
fn inside(resolv_conf: Option<&str>, server: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let etc = folder.path().join("etc");
    std::fs::create_dir(&etc).unwrap();
    if let Some(text) = resolv_conf {
        std::fs::write(etc.join("resolv.conf"), text).unwrap();
    }
    let script = "ip link set lo up && mount --bind \"$1\" /etc && cd \"$2\" && \
                  exec \"$0\" --exact system::who_asks --ignored --nocapture";
    Command::new("unshare")
        .args(namespaces().expect("namespaces of its own"))
        .args(["sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .args([etc.as_path(), folder.path()])
        .env(INSIDE, server)
        .output()
        .unwrap()
}

/// What the program says in there, and the names that the server was asked for.
fn said(resolv_conf: Option<&str>, server: &str) -> String {
    let output = inside(resolv_conf, server);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let needed = "these tests need unshare(1) and ip(8)";
    assert!(text.contains("exit code"), "{needed}: {text}{:?}", output);
    text
}

#[test]
#[ignore = "only inside of the namespaces that the other tests make"]
fn who_asks() {
    let server: Result<IpAddr, _> = std::env::var(INSIDE).unwrap_or_default().parse();
    if let Ok(server) = server {
        odd::answer_at(UdpSocket::bind((server, 53)).unwrap(), |question| {
            let name = question[12..].split(|byte| !byte.is_ascii_graphic()).collect::<Vec<_>>();
            println!("asked for {}", String::from_utf8_lossy(&name.join(&b'.')));
            Some(odd::empty(question, 0, 3))
        });
    }
    let output = Command::new(env!("CARGO_BIN_EXE_ruaudit"))
        .args(["check", "acme.example"])
        .env("SOURCE_DATE_EPOCH", "1793000000")
        .output()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    println!("{}", String::from_utf8_lossy(&output.stderr));
    println!("exit code {:?}", output.status.code());
}

#[test]
fn the_servers_of_this_machine_are_asked_for_names_as_they_are() {
    if is_locked_in() {
        return;
    }
    for (server, text) in [
        ("127.0.0.1", "nameserver 127.0.0.1\n"),
        ("::1", "nameserver ::1\n"),
        ("127.0.0.53", "options edns0 trust-ad\nnameserver 127.0.0.53\nsearch -- lan\n"),
        ("127.0.0.1", "search wrong.example ..\noptions ndots:15\nnameserver 127.0.0.1\n"),
        ("127.0.0.1", "nameserver fe80::1%lo\nnameserver 127.0.0.1\n"),
    ] {
        let said = said(Some(text), server);
        assert!(said.contains("exit code Some(1)"), "{text}: {said}");
        assert!(said.contains("the DNS knows no domain acme.example"), "{text}: {said}");
        assert!(said.contains("asked for .") && said.contains("_dmarc"), "{text}: {said}");
        assert!(!said.contains("asked for wrong") && !said.contains("example.wrong"), "{said}");
        assert!(!said.contains("lan"), "{text}: {said}");
    }
}

#[test]
fn without_a_server_nobody_is_asked_and_the_file_is_named() {
    if is_locked_in() {
        return;
    }
    for (expected, text) in [
        ("/etc/resolv.conf cannot be read: No such file or directory", None),
        ("/etc/resolv.conf names no DNS server", Some("")),
        ("/etc/resolv.conf names no DNS server", Some("search lan\n")),
        ("names no DNS server but one of a single link", Some("nameserver fe80::1%lo\n")),
    ] {
        // one that would answer is there: nobody may ask it
        let said = said(text, "127.0.0.1");
        assert!(said.contains("exit code Some(2)"), "{text:?}: {said}");
        assert!(said.contains(expected) && said.contains("--nameserver"), "{text:?}: {said}");
        assert!(!said.contains("asked for"), "{text:?}: {said}");
    }
}
