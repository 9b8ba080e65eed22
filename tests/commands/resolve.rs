//! `resolve` without a server: what is refused, the keys, and what a file of networks adds. What a real
//! server answers stands in `tests/dns/`.

#[path = "../../src/lookup/networks/made.rs"]
mod made;

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::lists::has;
use crate::stage::{failure, json, own, ruaudit};
use made::Value::{Map, Number, Text};
use made::{bits, file};

/// Nobody listens there.
const NOBODY: &str = "--nameserver 127.0.0.1:1";

const RESOLVED: &[&str] = &[
    "addresses",
    "special",
    "known",
    "asked",
    "confirmed",
    "unconfirmed",
    "nameless",
    "unknown",
    "placed",
    "left",
    "ended",
    "seconds",
];
const SERVER: &[&str] = &["address", "wanted", "status", "name", "steps", "fine", "advice"];
const STEP: &[&str] = &["step", "of", "found", "problem"];
const HOST: &[&str] = &["address", "status", "name", "country", "network", "owner", "looked_up_at"];

fn fails(folder: &Path, line: &str) -> String {
    failure(&mut ruaudit(folder, line.split_whitespace()))
}

/// Says that an address was looked up, as if a server had answered.
fn know(folder: &Path, address: [u8; 4], status: &str, name: Option<&str>) {
    let file = Connection::open(folder.join("ruaudit.db")).unwrap();
    let insert = "INSERT INTO host VALUES (?1, ?2, ?3, NULL, NULL, NULL, 1792990000)";
    file.execute(insert, (address, status, name)).unwrap();
}

#[test]
fn the_keys_of_resolve_stay() {
    let stage = own();
    let found = stage.json(&format!("resolve --limit 0 {NOBODY}"));
    has(RESOLVED, &found, "resolve");
    assert_eq!((&Value::from(0), &Value::from("done")), (&found["asked"], &found["ended"]));
    assert!(found["seconds"].is_f64(), "{found}");
    assert_eq!(
        found["addresses"],
        found["left"].as_u64().unwrap() + found["special"].as_u64().unwrap()
    );
    let line = format!("resolve 10.0.0.1 {NOBODY} --format json");
    let output = ruaudit(stage.path(), line.split_whitespace()).output().unwrap();
    assert_eq!(Some(1), output.status.code(), "that no receiver sees it is certain");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    has(&["servers"], &found, "resolve IP");
    assert_eq!("special", found["servers"][0]["status"]);
    has(SERVER, &found["servers"][0], "a server");
    has(STEP, &found["servers"][0]["steps"][0], "a step");
}

#[test]
fn a_file_of_networks_tells_of_addresses_that_were_looked_up_before() {
    let stage = own();
    let sources = stage.json("sources shop.example");
    let busiest =
        |found: &Value| found["sources"][0]["busiest_addresses"][0].as_str().unwrap().to_owned();
    let address: std::net::Ipv4Addr = busiest(&sources).parse().unwrap();
    know(stage.path(), address.octets(), "confirmed", Some("mx.shop.example"));
    let network = Map(vec![
        ("country", Map(vec![("iso_code", Text("DE"))])),
        ("autonomous_system_number", Number(64_500)),
        ("autonomous_system_organization", Text("=Hoster")),
    ]);
    let bytes = file(4, &bits(&address.to_string(), 32), &network);
    std::fs::write(stage.path().join("net.mmdb"), &bytes).unwrap();
    std::fs::write(stage.path().join("ruaudit.toml"), "mmdb = ['net.mmdb']").unwrap();
    let done = stage.json(&format!("resolve --limit 0 {NOBODY}"));
    assert_eq!(
        (1, 1),
        (done["known"].as_u64().unwrap(), done["placed"].as_u64().unwrap()),
        "{done}"
    );
    let found = stage.json("sources shop.example");
    let hosts = found["sources"].as_array().unwrap().iter().map(|it| &it["hosts"]);
    let host = hosts.filter_map(|hosts| hosts.get(0)).next().unwrap();
    has(HOST, host, "a host");
    assert_eq!(
        ("mx.shop.example", "DE"),
        (host["name"].as_str().unwrap(), host["country"].as_str().unwrap())
    );
    assert_eq!(
        (64_500, "=Hoster"),
        (host["network"].as_u64().unwrap(), host["owner"].as_str().unwrap())
    );
    assert_eq!("2026-10-26T04:46:40Z", host["looked_up_at"]);
    let rows = stage.csv("sources shop.example");
    assert_eq!(Some("hosts"), rows[0].last().map(String::as_str), "a new column is the last");
    let expected = format!("{address} mx.shop.example (DE, AS64500 =Hoster)");
    assert!(rows.iter().any(|row| row.last() == Some(&expected)), "{rows:?}");
    // without the file what it said stays
    std::fs::remove_file(stage.path().join("ruaudit.toml")).unwrap();
    stage.json(&format!("resolve --limit 0 {NOBODY}"));
    assert!(stage.answer("sources shop.example --verbose").contains("(DE, AS64500 =Hoster)"));
}

#[test]
fn what_cannot_be_looked_up_is_refused_before_anybody_is_asked() {
    let stage = own();
    let at = |line: &str| fails(stage.path(), &format!("resolve {line}"));
    assert!(at("acme.example 192.0.2.1").contains("domains and addresses at once"));
    assert!(at("acne.example").contains("did you mean acme.example?"));
    assert!(at("--server mail").contains("write the whole name"));
    assert!(at("--server 192.0.2.1").contains("addresses stand without --server"));
    assert!(at("--mmdb missing.mmdb").contains("cannot use `missing.mmdb`"));
    std::fs::write(stage.path().join("broken.mmdb"), "address,country").unwrap();
    let error = at("--mmdb broken.mmdb");
    assert!(error.contains("broken.mmdb") && error.contains("MaxMind DB format"), "{error}");
    let empty = tempfile::tempdir().unwrap();
    assert!(fails(empty.path(), "resolve").contains("no store at"));
    for wrong in ["--rate x", "--nameserver ns.acme.example", "--older-than 30", "--limit -1"] {
        ruaudit(stage.path(), format!("resolve {wrong}").split(' ')).assert().code(2).stdout("");
    }
}

#[test]
fn who_answers_nothing_is_told_and_nothing_is_lost() {
    let stage = own();
    let error = format!("resolve acme.example --rate 0 {NOBODY}");
    let output = ruaudit(stage.path(), error.split_whitespace()).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(Some(2), output.status.code(), "{errors}");
    assert!(errors.contains("no address could be looked up"), "{errors}");
    assert!(errors.contains("--nameserver IP:PORT"), "{errors}");
    let found = json(stage.path(), "advise acme.example");
    assert!(
        found["domains"][0]["blind_spots"].to_string().contains("no reverse DNS was looked up")
    );
}

#[test]
fn a_store_that_knows_names_tells_threats_from_noise() {
    let stage = own();
    let domain = |line: &str| stage.json(line)["domains"][0].clone();
    let before = domain("advise parked.example");
    let mut left = 0;
    for source in stage.json("sources parked.example")["sources"].as_array().unwrap() {
        for address in source["busiest_addresses"].as_array().unwrap() {
            match address.as_str().unwrap().parse::<std::net::Ipv4Addr>() {
                Ok(address) => know(stage.path(), address.octets(), "nameless", None),
                Err(_) => left += 1,
            }
        }
    }
    let after = domain("advise parked.example");
    assert_eq!(before["verdict"], after["verdict"], "neither class holds up a move");
    let sources = stage.json("sources parked.example");
    let classes = sources["sources"].as_array().unwrap().iter().map(|it| &it["class"]);
    assert!(classes.filter(|class| **class == "threat").count() > 10, "{sources}");
    let spots = after["blind_spots"].to_string();
    assert!(!spots.contains("since no reverse DNS"), "{spots}");
    assert_eq!(left > 0, spots.contains("of an address was not looked up"), "{spots}");
}

#[test]
fn the_configuration_is_checked_with_its_files_of_networks() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let number = Map(vec![("autonomous_system_number", Number(64_500))]);
    write("good.mmdb", &file(4, &bits("192.0.2.0", 24), &number));
    write("other.mmdb", &file(4, &bits("192.0.2.0", 24), &Map(vec![("domain", Text("a"))])));
    write("text.mmdb", b"address,country");
    let set = |files: &str| write("ruaudit.toml", format!("mmdb = [{files}]").as_bytes());
    set("'good.mmdb'");
    let found = json(folder.path(), "config check");
    let keys = ["path", "kind", "built", "countries", "networks", "error"];
    has(&keys, &found["mmdb"][0], "a file of networks");
    assert_eq!(
        (Value::from("Test"), Value::from(true)),
        (found["mmdb"][0]["kind"].clone(), found["mmdb"][0]["networks"].clone())
    );
    for (file, why) in [
        ("other.mmdb", "it tells no country and no network"),
        ("text.mmdb", "it is no such file, or broken"),
        ("missing.mmdb", "No such file"),
    ] {
        set(&format!("'good.mmdb', '{file}'"));
        // the page names what is right and what is not, and the error says why
        let checked = ruaudit(folder.path(), ["config", "check"]).assert().code(2);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (page, error) =
            (text(&checked.get_output().stdout), text(&checked.get_output().stderr));
        assert!(page.contains("good.mmdb: networks") && page.contains("FAILED"), "{page}");
        assert!(error.contains(file) && error.contains(why), "{error}");
    }
}
