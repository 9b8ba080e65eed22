//! A **certificate authority** of the tests, made anew in every run: one that signed the server's
//! certificate, and a stranger that did not.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Who the server's certificate says it is.
const SERVER: &str = "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n\
                      extendedKeyUsage=serverAuth\n";

/// Writes `ca.pem`, `stranger.pem`, `server.pem` and `server.key` into a folder.
pub(crate) fn found(folder: &Path) {
    authority(folder, "ca", "Authority of the tests");
    authority(folder, "stranger", "Somebody else");
    fs::write(folder.join("server.ext"), SERVER).unwrap();
    openssl(
        folder,
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
         -keyout server.key -out server.csr",
    );
    openssl(
        folder,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
         -extfile server.ext -out server.pem",
    );
}

fn authority(folder: &Path, name: &str, who: &str) {
    let subject = format!("/CN={who}");
    let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
    let line = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
                -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign";
    let mut command = Command::new("openssl");
    command.args(line.split_whitespace()).args(["-subj", &subject]);
    run(folder, command.args(["-keyout", &key, "-out", &certificate]));
}

fn openssl(folder: &Path, line: &str) {
    run(folder, Command::new("openssl").args(line.split_whitespace()));
}

fn run(folder: &Path, command: &mut Command) {
    let needed = "the tests of the mailbox need openssl. On Debian: apt-get install openssl";
    let output = command.current_dir(folder).output().unwrap_or_else(|e| panic!("{needed} ({e})"));
    assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
}
