//! A name that is looked up between two nights is no new sender, and labels hold.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::resolve::{NOW, ruaudit, server};

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
