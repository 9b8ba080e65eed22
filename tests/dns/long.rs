//! `check DOMAIN` stays **readable**, whatever the DNS answers: servers that lead on and on, and long ones.

use std::net::SocketAddr;

use serde_json::Value;
use tempfile::TempDir;

use crate::checking::{check_at, page};
use crate::odd;

/// The name of a question, and its type.
fn asked(question: &[u8]) -> (String, u8) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while question[at] != 0 {
        let to = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..to]).to_lowercase());
        at = to;
    }
    (labels.join("."), question[at + 2])
}

/// A server over TCP whose answers are made of the name and the type: records, each its data.
fn server(records: impl Fn(&str, u8) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    odd::over_tcp(move |question| {
        let (name, kind) = asked(question);
        let records = records(&name, kind);
        let mut answer = odd::empty(question, 0, 0);
        answer[6..8].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
        for data in records {
            answer.extend([0xC0, 12, 0, kind, 0, 1, 0, 0, 0, 60]);
            answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            answer.extend(data);
        }
        answer
    })
}

/// The data of a TXT record.
fn txt(text: &str) -> Vec<u8> {
    let piece = |piece: &[u8]| [&[u8::try_from(piece.len()).unwrap()], piece].concat();
    text.as_bytes().chunks(255).flat_map(piece).collect()
}

/// Every record includes ten others, each below another name.
fn endless() -> SocketAddr {
    server(|name, kind| match kind {
        16 if name.starts_with("_dmarc") => vec![txt("v=DMARC1; p=none; rua=mailto:d@t.example")],
        16 if !name.contains("_domainkey") => {
            let includes = |at| format!(" include:{at}{}", &name[..name.len().min(100)]);
            vec![txt(&format!("v=spf1{} -all", (0..10).map(includes).collect::<String>()))]
        }
        _ => Vec::new(),
    })
}

/// One long answer to each question.
fn long() -> SocketAddr {
    let many = |count: usize, one: fn(usize) -> String| (0..count).map(one).collect::<String>();
    server(move |name, kind| match kind {
        16 if name.starts_with("_dmarc") => {
            let rua = many(1_800, |at| format!("mailto:a@h{at}.ex{at}.example,"));
            vec![txt(&format!("v=DMARC1; p=none; rua={rua}mailto:d@t.example"))]
        }
        16 if name.contains("_domainkey") => vec![txt(&many(9_000, |at| format!("x{at}=!;")))],
        16 => {
            vec![txt(&format!("v=spf1{}", many(2_500, |at| format!(" include:a{at}.t.example"))))]
        }
        15 => (0..1_000).map(|at: u16| [&at.to_be_bytes()[..], &[1, b'm', 0]].concat()).collect(),
        _ => Vec::new(),
    })
}

fn checked(server: SocketAddr, more: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    page(&check_at(server, folder.path(), "t.example", more))
}

#[test]
fn of_a_tree_without_end_the_page_shows_what_matters() {
    let server = endless();
    let told = checked(server, &[]);
    assert!(told.lines().count() < 160, "{} lines", told.lines().count());
    for text in [
        "more than the 10 that receivers make",
        "include:0t.example [more than 10]: the record of 0t.example",
        "FAILS include:9t.example [1]",
        "    -all",
        "and 1070 more terms; see the first 500 with --verbose",
        "more than 10 look-ups, and receivers follow 10",
        "More than the 10 look-ups that receivers make are used: 10 by the record",
        "more: 12 records",
    ] {
        assert!(told.contains(text), "{text}\n{told}");
    }
    assert!(!told.contains("1000 "), "what was not counted to its end is no number\n{told}");
    let whole = checked(server, &["--verbose"]);
    assert!(whole.contains("and 600 more terms\n"), "{} lines", whole.lines().count());
    let found: Value = serde_json::from_str(&checked(server, &["--format", "json"])).unwrap();
    let spf = &found["spf"];
    assert_eq!(
        (500, 600),
        (spf["branches"].as_array().unwrap().len(), spf["branches_left"].as_u64().unwrap())
    );
    assert_eq!(50, spf["findings"].as_array().unwrap().len());
    let first = spf["branches"].as_array().unwrap().iter().filter(|one| one["depth"] == 0);
    assert_eq!(11, first.count(), "the terms of the record itself are there");
}

#[test]
fn of_long_answers_the_page_shows_the_first() {
    let told = checked(long(), &["--selector", "s1"]);
    assert!(told.lines().count() < 240, "{} lines", told.lines().count());
    for text in [
        "and 1785 more, which were not looked at",
        "and 8 more; see all with --verbose",
        "and 975 more; see all with --verbose",
        "a@h9.ex9.example and 1791 more",
    ] {
        assert!(told.contains(text), "{text}\n{told}");
    }
    let widest = told.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 2_010, "{widest}");
}
