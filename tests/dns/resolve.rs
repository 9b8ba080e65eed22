//! `ruaudit resolve` against the real server: names of addresses of both families, and whether they lead
//! back.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::named::Named;
use crate::odd;

/// The moment that counts as now.
pub(crate) const NOW: i64 = 1_793_000_000;

/// How many addresses of the big zone have names.
const MANY: u32 = 10_000;

/// An address and a name of the big zone: every third leads nowhere, every fourth has IPv6.
fn of_many(number: u32) -> (IpAddr, String) {
    let [_, _, high, low] = number.to_be_bytes();
    let address = match number % 4 {
        0 => format!("2001:db8:1::{high:x}:{low:x}"),
        _ => format!("203.{}.{high}.{low}", 100 + number % 3),
    };
    (address.parse().unwrap(), format!("n{number}.many.example"))
}

/// The name that stands for an address below `in-addr.arpa` or `ip6.arpa`.
fn arpa(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().flat_map(|octet| [octet >> 4, octet & 15]);
            let nibbles: Vec<String> = nibbles.map(|nibble| format!("{nibble:x}")).collect();
            nibbles.into_iter().rev().collect::<Vec<_>>().join(".") + ".ip6.arpa."
        }
    }
}

/// One line of a zone for each name of an address.
fn pointers(zone: &mut String, address: &str, names: &[&str]) {
    for name in names {
        writeln!(zone, "{} PTR {name}.", arpa(address.parse().unwrap())).unwrap();
    }
}

/// The zones: the root, with the big one in it.
pub(crate) fn server() -> SocketAddr {
    static SERVER: OnceLock<Named> = OnceLock::new();
    let start = || {
        let mut zone =
            String::from("$TTL 60\n. SOA ns.test. a.test. 1 60 60 60 60\n. NS ns.test.\n");
        zone.push_str("ns.test. A 127.0.0.1\n");
        pointers(&mut zone, "192.0.2.1", &["mail.acme.example"]);
        pointers(&mut zone, "192.0.2.2", &["elsewhere.acme.example"]);
        pointers(&mut zone, "192.0.2.3", &["nowhere.acme.example"]);
        pointers(&mut zone, "192.0.2.5", &["a.acme.example", "b.acme.example", "z.acme.example"]);
        pointers(&mut zone, "192.0.2.6", &["x.broken.example"]);
        pointers(&mut zone, "192.0.2.7", &["static-192-0-2-7.acme.example"]);
        pointers(&mut zone, "2001:db8::1", &["mail.acme.example"]);
        // delegated by an alias (RFC 2317)
        zone.push_str("8.2.0.192.in-addr.arpa. CNAME 8.0-15.2.0.192.in-addr.arpa.\n");
        zone.push_str("8.0-15.2.0.192.in-addr.arpa. PTR mail8.acme.example.\n");
        for (name, kind, address) in [
            ("mail", "A", "192.0.2.1"),
            ("mail", "AAAA", "2001:db8::1"),
            ("elsewhere", "A", "192.0.2.99"),
            ("b", "A", "192.0.2.5"),
            ("z", "A", "192.0.2.5"),
            ("static-192-0-2-7", "A", "192.0.2.7"),
            ("mail8", "A", "192.0.2.8"),
            ("two", "A", "192.0.2.1"),
        ] {
            writeln!(zone, "{name}.acme.example. {kind} {address}").unwrap();
        }
        for number in 0..MANY {
            let (address, name) = of_many(number);
            pointers(&mut zone, &address.to_string(), &[&name]);
            let kind = if address.is_ipv4() { "A" } else { "AAAA" };
            if number % 3 != 0 {
                writeln!(zone, "{name}. {kind} {address}").unwrap();
            }
        }
        Named::start(&[(".", &zone), ("broken.example", "this is no zone\n")])
    };
    SERVER.get_or_init(start).address()
}

pub(crate) fn ruaudit(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruaudit"));
    command.current_dir(folder).env("SOURCE_DATE_EPOCH", NOW.to_string());
    ["RUAUDIT_DB", "RUAUDIT_CONFIG"].iter().for_each(|name| {
        command.env_remove(name);
    });
    command.args(line.split_whitespace());
    command
}

fn run(folder: &Path, line: &str, server: SocketAddr) -> Output {
    ruaudit(folder, &format!("{line} --nameserver {server}")).output().unwrap()
}

/// The answer in JSON of a run that goes well.
fn json(folder: &Path, line: &str) -> Value {
    let output = run(folder, &format!("{line} --format json"), server());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{line}`: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A folder with a store in which these addresses send mail, the first the most.
fn store(addresses: impl IntoIterator<Item = String>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::new();
    for (at, address) in addresses.into_iter().enumerate() {
        write!(
            rows,
            "<record><row><source_ip>{address}</source_ip><count>{}</count><policy_evaluated>\
             <disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>\
             <identifiers><header_from>acme.example</header_from></identifiers><auth_results/></record>",
            20_000 - at
        )
        .unwrap();
    }
    let begin = NOW - 5 * 86_400;
    let report = format!(
        "<feedback><report_metadata><org_name>r.example</org_name><email>d@r.example</email>\
         <report_id>1</report_id><date_range><begin>{begin}</begin><end>{}</end></date_range>\
         </report_metadata><policy_published><domain>acme.example</domain><p>none</p>\
         </policy_published>{rows}</feedback>",
        begin + 86_399
    );
    std::fs::write(folder.path().join("report.xml"), report).unwrap();
    assert!(ruaudit(folder.path(), "ingest report.xml").output().unwrap().status.success());
    folder
}

fn counts(done: &Value, keys: &[&str]) -> Vec<u64> {
    keys.iter().map(|key| done[key].as_u64().unwrap()).collect()
}

/// What is kept of each address: status and name.
fn kept(folder: &Path) -> Vec<(IpAddr, String, Option<String>)> {
    let file = rusqlite::Connection::open(folder.join("ruaudit.db")).unwrap();
    let mut query = file.prepare("SELECT address, status, name FROM host").unwrap();
    let rows = query.query_map([], |row| {
        let bytes: Vec<u8> = row.get(0)?;
        let v4 = <[u8; 4]>::try_from(bytes.as_slice()).map(IpAddr::from);
        let v6 = <[u8; 16]>::try_from(bytes.as_slice()).map(IpAddr::from);
        Ok((v4.or(v6).unwrap(), row.get(1)?, row.get(2)?))
    });
    let mut kept: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
    kept.sort();
    kept
}

const ASKED: [&str; 5] = ["asked", "confirmed", "unconfirmed", "nameless", "unknown"];

#[test]
fn names_of_both_families_are_kept_with_whether_they_lead_back() {
    let addresses = [
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
        "192.0.2.4",
        "192.0.2.5",
        "192.0.2.6",
        "192.0.2.8",
        "2001:db8::1",
        "2001:db8::2",
        "10.0.0.1",
    ];
    let folder = store(addresses.map(str::to_owned));
    let done = json(folder.path(), "resolve --rate 0");
    assert_eq!(vec![9, 4, 2, 2, 1], counts(&done, &ASKED), "{done}");
    assert_eq!(vec![10, 1, 0, 0], counts(&done, &["addresses", "special", "known", "left"]));
    let expected = [
        ("192.0.2.1", "confirmed", Some("mail.acme.example")),
        ("192.0.2.2", "unconfirmed", Some("elsewhere.acme.example")),
        ("192.0.2.3", "unconfirmed", Some("nowhere.acme.example")),
        ("192.0.2.4", "nameless", None),
        ("192.0.2.5", "confirmed", Some("b.acme.example")),
        ("192.0.2.6", "unknown", Some("x.broken.example")),
        ("192.0.2.8", "confirmed", Some("mail8.acme.example")),
        ("2001:db8::1", "confirmed", Some("mail.acme.example")),
        ("2001:db8::2", "nameless", None),
    ];
    let expected: Vec<_> = expected
        .map(|(ip, status, name)| (ip.parse().unwrap(), status.to_owned(), name.map(str::to_owned)))
        .into();
    assert_eq!(expected, kept(folder.path()));
    let again = json(folder.path(), "resolve --rate 0");
    assert_eq!(vec![1, 0, 0, 0, 1], counts(&again, &ASKED), "only what nobody could tell");
    assert_eq!(8, again["known"]);
    assert_eq!(9, json(folder.path(), "resolve --rate 0 --again")["asked"]);
    assert_eq!(9, json(folder.path(), "resolve --rate 0 --older-than 0d")["asked"]);
}

#[test]
fn sources_and_the_advice_know_the_names() {
    let folder = store(["192.0.2.1", "192.0.2.4", "192.0.2.6"].map(str::to_owned));
    let spots = || {
        let output = ruaudit(folder.path(), "advise --format json").output().unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        found["domains"][0]["blind_spots"].to_string()
    };
    assert!(spots().contains("since no reverse DNS was looked up"));
    assert_eq!(1, json(folder.path(), "resolve --rate 0 --limit 1")["asked"]);
    assert!(spots().contains("of an address was not looked up"), "{}", spots());
    json(folder.path(), "resolve --rate 0");
    assert!(spots().contains("of an address was not looked up"), "{}", spots());
    let output = ruaudit(folder.path(), "sources acme.example --format json").output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sources = found["sources"].as_array().unwrap();
    let hosts: Vec<&Value> =
        sources.iter().flat_map(|it| it["hosts"].as_array().unwrap()).collect();
    let first = hosts.iter().find(|host| host["address"] == "192.0.2.1").unwrap();
    assert_eq!("confirmed", first["status"]);
    assert_eq!("mail.acme.example", first["name"]);
    assert_eq!("2026-10-26T07:33:20Z", first["looked_up_at"]);
    let page = text(&ruaudit(folder.path(), "sources acme.example --all -v").output().unwrap());
    assert!(page.contains("host: 192.0.2.1 mail.acme.example"), "{page}");
    assert!(page.contains("host: 192.0.2.4 no name"), "{page}");
}

#[test]
fn a_dead_server_ends_in_unknown_and_replaces_nothing() {
    let (_socket, dead) = odd::dead();
    let folder = store((0..2_000).map(|number| of_many(number).0.to_string()));
    assert_eq!(10, json(folder.path(), "resolve --rate 0 --limit 10")["asked"]);
    let before = kept(folder.path());
    let begun = Instant::now();
    let output = run(folder.path(), "resolve --rate 0 --again", dead);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(Some(2), output.status.code(), "{errors}");
    assert!(errors.contains("no address could be looked up"), "{errors}");
    assert!(text(&output).contains("unknown: nobody could tell"), "{}", text(&output));
    let after = kept(folder.path());
    assert!(before.iter().all(|one| after.contains(one)), "what was known is gone");
    let unknown = after.iter().filter(|(_, status, _)| status == "unknown").count();
    assert_eq!(after.len() - before.len(), unknown);
}

/// A server that cannot find out about IPv6, and knows that all else is not there.
fn lame_of_six() -> SocketAddr {
    odd::answering(|question| {
        let is_six = question.windows(3).any(|some| some == b"ip6");
        odd::empty(question, 0, if is_six { 2 } else { 3 })
    })
}

#[test]
fn what_a_server_cannot_find_out_is_no_silence_and_comes_last_the_next_time() {
    let six = (0..399).map(|at| format!("2001:db8:2::{at:x}"));
    let folder = store(six.chain((0..20).map(|at| format!("198.51.100.{at}"))));
    let lame = lame_of_six();
    let run = |line: &str| {
        let output = run(folder.path(), &format!("resolve --rate 0 --format json {line}"), lame);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
            output.status.code(),
            errors,
        )
    };
    let keys = ["asked", "nameless", "unknown", "left"];
    let (first, code, errors) = run("--limit 350");
    assert_eq!((vec![350, 0, 350, 69], Some(2)), (counts(&first, &keys), code), "{errors}");
    assert!(first["ended"] == "done" && errors.contains("the server answers"), "{errors}");
    let (second, code, _) = run("--limit 69");
    assert_eq!((vec![69, 20, 49, 350], Some(0)), (counts(&second, &keys), code));
    let (third, code, _) = run("");
    assert_eq!((vec![399, 0, 399, 0], Some(0)), (counts(&third, &keys), code));
}

#[test]
fn what_is_killed_is_completed_by_the_next() {
    let folder = store((0..400).map(|number| of_many(number).0.to_string()));
    let line = format!("resolve --rate 150 --nameserver {}", server());
    let mut child =
        ruaudit(folder.path(), &line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(3_500));
    assert_eq!(None, child.try_wait().unwrap(), "it was to be killed at work");
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    let some = kept(folder.path()).len();
    assert!((1..400).contains(&some), "{some} were kept");
    let done = json(folder.path(), "resolve --rate 0");
    assert_eq!(
        vec![400, some as u64, 400 - some as u64],
        counts(&done, &["addresses", "known", "asked"])
    );
    assert_eq!(400, kept(folder.path()).len());
}

#[test]
fn a_signal_stops_it_and_keeps_what_was_found() {
    let folder = store((0..400).map(|number| of_many(number).0.to_string()));
    let line = format!("resolve --rate 100 --nameserver {}", server());
    let child = ruaudit(folder.path(), &line).stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(Some(130), output.status.code());
    assert!(text(&output).contains("left: it was stopped"), "{}", text(&output));
    let some = kept(folder.path()).len();
    assert!((1..400).contains(&some), "{some} were kept");
}

#[test]
fn the_rate_is_kept() {
    let folder = store((0..30).map(|number| of_many(number).0.to_string()));
    let begun = Instant::now();
    assert_eq!(30, json(folder.path(), "resolve --rate 25")["asked"]);
    // a question for the name of each, and one for where it leads: the first begins at once
    let least = Duration::from_millis(59 * 1_000 / 25 - 100);
    assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
}

#[test]
fn a_server_of_ones_own_is_checked_step_by_step() {
    let folder = tempfile::tempdir().unwrap();
    for (code, line, expected) in [
        (0, "192.0.2.1", "FINE: mail.acme.example leads back to it"),
        (0, "2001:db8::1", "FINE: mail.acme.example"),
        (0, "192.0.2.7", "looks made from the address"),
        (1, "192.0.2.2", "add an A record elsewhere.acme.example -> 192.0.2.2"),
        (1, "192.0.2.3", "nowhere.acme.example -> there is no such name"),
        (1, "192.0.2.4", "ask whoever gave you the address (the hoster) to set its reverse name"),
        (2, "192.0.2.6", "x.broken.example -> unknown: the server could not find out (SERVFAIL)"),
        (1, "10.1.2.3", "give the one that the server has on the internet"),
        (0, "--server mail.acme.example", "FINE: mail.acme.example leads back to it"),
        (
            1,
            "--server two.acme.example",
            "set the reverse name (PTR) of 192.0.2.1 to two.acme.example",
        ),
        (1, "--server nowhere.acme.example", "add an A record"),
        (2, "--server x.broken.example", "UNKNOWN"),
        (1, "192.0.2.1 192.0.2.2", "FINE"),
    ] {
        let output = run(folder.path(), &format!("resolve {line}"), server());
        let page = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(expected), "`{line}`: {page}");
        assert_eq!(Some(code), output.status.code(), "`{line}`: {page}");
    }
    let found = json(folder.path(), "resolve 192.0.2.1");
    let server = &found["servers"][0];
    assert_eq!(
        (&Value::from(true), &Value::from("confirmed")),
        (&server["fine"], &server["status"])
    );
    assert!(!folder.path().join("ruaudit.db").exists(), "no store is made");
}

/// Memory that a process had at most, in KiB.
fn peak(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn ten_thousand_addresses_resolve_within_a_minute_in_bounded_memory() {
    let folder = store((0..MANY).map(|number| of_many(number).0.to_string()));
    let line = format!("resolve --rate 0 --format json --nameserver {}", server());
    let begun = Instant::now();
    let mut child = ruaudit(folder.path(), &line).stdout(Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(peak(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    let took = begun.elapsed();
    let done: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    println!("10,000 addresses: {took:.1?}, at most {most} KiB");
    let nowhere = u64::from(MANY.div_ceil(3));
    let expected = vec![u64::from(MANY), u64::from(MANY) - nowhere, nowhere, 0, 0];
    assert_eq!(expected, counts(&done, &ASKED), "{done}");
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert!(most < 100 << 10, "{most} KiB");
}
