//! The senders that are known: how they are shown, and the operator's own before them.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::stage::{answer, failure, ingest, json, ruaudit, samples};

/// A sender of the operator's, which takes a domain of one that is known.
const OWN: &str = "# mine\nHouse mailer\tcrm\tmcsv.net house.example\t-\t-\tno\task Ann\n";

fn folder_with(table: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("lists")).unwrap();
    fs::write(folder.path().join("lists/own.tsv"), table).unwrap();
    fs::write(folder.path().join("ruaudit.toml"), "providers = 'lists/own.tsv'\n").unwrap();
    folder
}

fn names(folder: &Path, line: &str) -> Vec<String> {
    let found = json(folder, line);
    let providers = found["providers"].as_array().unwrap();
    providers.iter().map(|found| found["provider"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn senders_are_found_by_domain_by_machine_and_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for (expected, word) in [
        ("Mailchimp", "mail12.MCSV.net."),
        ("Microsoft 365", "mail-db5eur01on0123.outbound.protection.outlook.com"),
        ("Barracuda", "outbound-ip191a.ess.barracuda.com"),
        ("Mandrill", "mandrill"),
    ] {
        assert_eq!(vec![expected], names(folder.path(), &format!("providers {word}")), "{word}");
    }
    let both = names(folder.path(), "providers mcsv.net Mailchimp brevo.com");
    assert_eq!(vec!["Mailchimp", "Brevo"], both, "each once, in the order of asking");
    assert!(names(folder.path(), "providers").len() >= 300);
}

#[test]
fn every_format_has_the_same_senders() {
    let folder = tempfile::tempdir().unwrap();
    let all = names(folder.path(), "providers");
    let csv = answer(folder.path(), "providers --format csv");
    let mut csv = csv::Reader::from_reader(csv.as_bytes());
    let header: Vec<_> = csv.headers().unwrap().iter().map(str::to_owned).collect();
    let keys = ["provider", "kind", "dkim", "spf", "ptr", "aligns_spf", "hint", "own"];
    assert_eq!(keys.to_vec(), header);
    let rows: Vec<_> = csv.records().map(|row| row.unwrap()[0].to_owned()).collect();
    assert_eq!(all, rows);
    let page = answer(folder.path(), "providers");
    // a long name loses its middle
    let missing = |name: &&String| {
        let begin = &name[..name.len().min(6)];
        !page.lines().any(|line| line.starts_with(begin))
    };
    assert_eq!(None, all.iter().find(missing));
    assert!(page.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn a_sender_is_shown_with_all_that_is_known_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let found = json(folder.path(), "providers smtp2go.com");
    let expected = json!({ "providers": [{
        "provider": "SMTP2GO",
        "kind": "transactional",
        "dkim": ["smtp2go.com", "smtp2go.net"],
        "spf": ["smtpcorp.com"],
        "ptr": ["smtp2go.com"],
        "aligns_spf": "yes",
        "hint": "Settings > Sender domains, publish its three CNAMEs",
        "own": false,
    }] });
    assert_eq!(expected, found);
    let page = answer(folder.path(), "providers simplelogin.co");
    assert!(
        page.contains("SPF        breaks where mail is passed on") && !page.contains("to do"),
        "{page}"
    );
}

#[test]
fn nobody_is_an_error_with_the_nearest_name() {
    let folder = tempfile::tempdir().unwrap();
    let error = |word: &str| failure(&mut ruaudit(folder.path(), ["providers", word]));
    assert!(error("Mailchinp").contains("did you mean Mailchimp?"));
    assert!(error("nobody.example").contains("docs/providers.md"));
}

#[test]
fn own_senders_come_first_and_name_the_sources() {
    let folder = folder_with(OWN);
    assert_eq!(vec!["House mailer"], names(folder.path(), "providers x.mcsv.net"));
    let page = answer(folder.path(), "providers house");
    assert!(page.starts_with("House mailer (crm, from your own file)\n"), "{page}");
    ingest(folder.path(), [samples()]);
    let page = answer(folder.path(), "sources shop.example --all --window all");
    assert!(page.contains("House mailer") && !page.contains("Mailchimp"), "{page}");
    let checked = json(folder.path(), "config check --offline");
    assert!(checked["providers"].as_str().unwrap().ends_with("lists/own.tsv"), "{checked}");
}

/// A report of a day, counted from 2026-09-11: own mail, and a message by a service now and then, each time from
/// another network.
fn report(org: &str, day: i64) -> String {
    let begin = 1_789_084_800 + (day - 1) * 86_400;
    let row = |ip: &str, count: u32, result: &str, dkim: &str, spf: &str| {
        format!(
            "<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>\
             <disposition>none</disposition><dkim>{result}</dkim><spf>{result}</spf>\
             </policy_evaluated></row><identifiers><header_from>acme.example</header_from>\
             </identifiers><auth_results>{dkim}<spf><domain>{spf}</domain><result>pass</result>\
             </spf></auth_results></record>"
        )
    };
    let dkim =
        "<dkim><domain>acme.example</domain><selector>s</selector><result>pass</result></dkim>";
    let mut rows = row("192.0.2.10", 300, "pass", dkim, "acme.example");
    if day % 5 == 0 {
        rows += &row(&format!("203.{day}.7.9"), 1, "fail", "", "b.house.example");
    }
    format!(
        "<feedback><report_metadata><org_name>{org}</org_name><email>d@{org}</email>\
         <report_id>{day}</report_id><date_range><begin>{begin}</begin><end>{}</end></date_range>\
         </report_metadata><policy_published><domain>acme.example</domain><p>none</p>\
         </policy_published>{rows}</feedback>",
        begin + 86_399
    )
}

#[test]
fn own_senders_are_known_on_every_past_day_too() {
    let folder = folder_with(OWN);
    for (org, day) in (1..=45).flat_map(|day| [("google.example", day), ("yahoo.example", day)]) {
        fs::write(folder.path().join(format!("{org}-{day}.xml")), report(org, day)).unwrap();
    }
    ingest(folder.path(), [folder.path()]);
    let last = |line: &str| {
        let found = json(folder.path(), &format!("backtest acme.example {line}"));
        let changes = found["domains"][0]["changes"].as_array().unwrap().clone();
        changes.last().unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    fs::write(folder.path().join("none.toml"), "").unwrap();
    assert_eq!("ready", last("--config none.toml"), "who is unknown is not asked about");
    assert_eq!("review", last(""), "a known service is");
    let advised = json(folder.path(), "advise acme.example --window all");
    assert_eq!("review", advised["domains"][0]["verdict"].as_str().unwrap());
}

#[test]
fn a_file_that_is_no_table_is_told_with_its_line() {
    let folder = folder_with("# mine\nHouse\tcrm\thouse.example\n");
    for line in ["providers", "summary", "config check"] {
        let output = ruaudit(folder.path(), line.split(' ')).assert().code(2);
        let error = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(
            error.contains("own.tsv, which cannot be used: line 2: it has 3 columns"),
            "{error}"
        );
        assert!(error.contains("write name, kind, dkim, spf, ptr, aligns_spf, hint"), "{error}");
    }
}
