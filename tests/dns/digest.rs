//! The **digest** of a night that asks the DNS: a name that was looked up since is no new sender, and labels
//! hold; a record that is gone is told once.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::resolve::{NOW, ruaudit, server};
use crate::{live, odd};

/// A month in which one server sends the domain's mail, and another something that fails: both in networks
/// whose addresses have names.
fn month() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ruaudit.toml"), "paths = ['in']\n").unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for ago in 2..34 {
        let mut rows = String::new();
        for (address, count, word) in
            [("192.0.2.1", 200, "pass"), ("203.101.0.1", 90, "fail"), ("203.102.0.2", 70, "fail")]
        {
            write!(
                rows,
                "<record><row><source_ip>{address}</source_ip><count>{count}</count>\
                 <policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>{word}</spf>\
                 </policy_evaluated></row><identifiers><header_from>acme.example</header_from>\
                 </identifiers><auth_results><spf><domain>acme.example</domain><result>{word}</result>\
                 </spf></auth_results></record>"
            )
            .unwrap();
        }
        let begin = NOW - NOW % 86_400 - ago * 86_400;
        for org in ["a.test", "b.test"] {
            let report = format!(
                "<feedback><report_metadata><org_name>{org}</org_name><email>d@{org}</email>\
                 <report_id>{begin}</report_id><date_range><begin>{begin}</begin><end>{}</end>\
                 </date_range></report_metadata><policy_published><domain>acme.example</domain>\
                 <p>none</p></policy_published>{rows}</feedback>",
                begin + 86_399
            );
            let path = folder.path().join(format!("in/{org}-{ago}.xml"));
            std::fs::write(&path, report).unwrap();
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
    }
    folder
}

fn said(folder: &Path, line: &str) -> Value {
    let Output { stdout, stderr, .. } = ruaudit(folder, line).output().unwrap();
    serde_json::from_slice(&stdout)
        .unwrap_or_else(|error| panic!("`{line}`: {error}: {}", String::from_utf8_lossy(&stderr)))
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let found = said(folder, "sources acme.example --format json");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = found["sources"].as_array().unwrap().iter();
    let mut all: Vec<_> = all.map(|it| (text(&it["source"]), text(&it["label"]))).collect();
    all.sort();
    all
}

/// The names of sources of which the digest of a night tells something.
fn told(folder: &Path) -> Vec<String> {
    let digest = said(folder, "run --format json");
    let domains = digest["domains"].as_array().unwrap().iter();
    let sources = domains.flat_map(|domain| domain["sources"].as_array().unwrap());
    sources.map(|source| format!("{} {}", source["source"], source["event"])).collect()
}

#[test]
fn a_sender_whose_name_was_looked_up_is_not_told_as_new_and_keeps_its_label() {
    let folder = month();
    let folder = folder.path();
    said(folder, "run --format json");
    let named = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    let labelled = ruaudit(folder, "label acme.example 203.101.0.0/24 ours").output().unwrap();
    assert!(labelled.status.success(), "{}", String::from_utf8_lossy(&labelled.stderr));
    let by_network = vec![
        named("192.0.2.0/24", ""),
        named("203.101.0.0/24", "ours"),
        named("203.102.0.0/24", ""),
    ];
    assert_eq!(by_network, sources(folder));
    told(folder);
    assert_eq!(Vec::<String>::new(), told(folder));
    let line = format!("resolve --rate 0 --nameserver {}", server());
    assert!(ruaudit(folder, &line).output().unwrap().status.success());
    let by_name =
        vec![named("203.101.0.0/24", "ours"), named("acme.example", ""), named("many.example", "")];
    assert_eq!(by_name, sources(folder));
    assert_eq!(Vec::<String>::new(), told(folder), "the same senders under other names");
    assert_eq!(Vec::<String>::new(), told(folder));
    // and back: the address has lost its name
    let file = rusqlite::Connection::open(folder.join("ruaudit.db")).unwrap();
    file.execute("UPDATE host SET status = 'nameless', name = NULL", []).unwrap();
    drop(file);
    assert_eq!(Vec::<String>::new(), told(folder), "the same senders under their old names");
}

/// The records of which the digest of that night tells, and how it ends with `--check`.
fn night(folder: &Path, number: i64, server: std::net::SocketAddr) -> (Value, Option<i32>) {
    let config = format!("paths = ['in']\nlive = true\nnameserver = '{server}'\n");
    std::fs::write(folder.join("ruaudit.toml"), config).unwrap();
    // two hours are a night here: after a day or two without reports a person is called anyway
    let now = (NOW + number * 7_200).to_string();
    let night = ruaudit(folder, "run --check --format json").env("SOURCE_DATE_EPOCH", now).output();
    let Output { stdout, status, .. } = night.unwrap();
    let digest: Value = serde_json::from_slice(&stdout).unwrap();
    (digest["records"].clone(), status.code())
}

#[test]
fn a_record_that_is_gone_from_the_dns_calls_a_person_in_that_night_alone() {
    let folder = month();
    let folder = folder.path();
    let (there, nowhere) = (live::there(), odd::answering(|question| odd::empty(question, 0, 3)));
    let nothing = json!([]);
    assert_eq!(nothing, night(folder, 0, there).0, "the first night has nothing to compare with");
    assert_eq!((nothing.clone(), Some(0)), night(folder, 1, there));
    let (told, code) = night(folder, 2, nowhere);
    let record = json!({
        "domain": "acme.example",
        "name": "_dmarc.acme.example",
        "was": ["v=DMARC1; p=none; rua=mailto:d@acme.example"],
        "now": [],
        "problem": "the DNS has no DMARC record at _dmarc.acme.example now",
        "needs_person": true,
    });
    assert_eq!((json!([record]), Some(3)), (told, code));
    assert_eq!((nothing.clone(), Some(0)), night(folder, 3, nowhere), "it was told");
    // nobody answers: no change
    let (_socket, dead) = odd::dead();
    assert_eq!(nothing, night(folder, 4, there).0, "as it was when it was last there");
    assert_eq!(nothing, night(folder, 5, dead).0);
    // another, and a second one beside it
    let (told, code) = night(folder, 6, live::server());
    assert_eq!(Some(0), code);
    assert_eq!(json!(["v=DMARC1; p=none; rua=mailto:dmarc@acme.example; fo=1"]), told[0]["now"]);
    assert_eq!(json!(false), told[0]["needs_person"]);
}
