//! Inputs as accidents leave them and as attackers build them.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Runs, and asserts that it did not take a time that only a quadratic walk can take.
fn quickly<T>(run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    assert!(start.elapsed() < Duration::from_secs(20), "took {:?}", start.elapsed());
    result
}

#[test]
fn mails_nested_without_end_are_rejected() {
    let chain = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    assert_eq!(vec!["mime too_deep"], quickly(|| words(&mail(&chain))));
    let inside = attached("message/rfc822", chain.as_bytes());
    assert_eq!(vec!["mime too_deep"], quickly(|| words(&mixed(&[inside]))));
    let multiparts: String = (0..10_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect();
    assert_eq!(vec!["mime too_deep"], quickly(|| words(&mail(&multiparts))));
}

#[test]
fn parts_without_end_are_rejected_and_the_first_are_read() {
    let absent = part("multipart/mixed; boundary=absent", "x");
    let mut parts = vec![attached("x/y", &gz(REPORT))];
    parts.extend(vec![absent; 16_000]);
    assert_eq!(vec!["report", "mime too_many_parts"], quickly(|| words(&mixed(&parts))));
    let limits = Limits { mime_parts: 100_000, ..Limits::default() };
    assert_eq!(vec!["report"], quickly(|| words_with(&mixed(&parts), &limits)));
}

#[test]
fn long_boundaries_and_headers_cost_one_pass() {
    let boundary = "-".repeat(200_000);
    let head = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n");
    let body = "-".repeat(1_000_000);
    assert_eq!(vec!["skipped not_a_report"], quickly(|| words(&mail(&(head + &body)))));
    let long = format!("Subject: {}\r\n\r\nx", "y".repeat(10 << 20));
    assert_eq!(vec!["mime too_large"], quickly(|| words(&mail(&long))));
    let pieces: String = (0..9_000).map(|n| format!(";\r\n name*{n}=x")).collect();
    let named = attached(&format!("x/y{pieces}"), &gz(REPORT));
    assert_report(&quickly(|| mixed(&[named])));
}

#[test]
fn bombs_hand_out_no_more_than_the_total() {
    let limits = Limits { report_bytes: 1 << 20, total_bytes: 3 << 20, ..Limits::default() };
    let mut filler = REPORT.to_vec();
    filler.resize(1 << 20, b' ');
    let members: Vec<_> = (0..60).map(|n| format!("{n}.xml")).collect();
    let members: Vec<_> = members.iter().map(|name| (name.as_str(), &filler[..])).collect();
    let sizes = |bytes: &[u8]| -> Vec<usize> {
        open_with(bytes, &limits).iter().map(|f| f.content.as_ref().map_or(0, Vec::len)).collect()
    };
    let bomb = zip(&members);
    assert_eq!(vec![1 << 20, 1 << 20, 1 << 20, 0], sizes(&bomb));
    let mail = mixed(&[attached("x/y", &bomb), attached("x/z", &gz(&filler))]);
    // the mail itself is counted too
    assert_eq!(vec![1 << 20, 1 << 20, 0], sizes(&mail));
    let two = zip(&[("a.zip", &bomb), ("b.zip", &bomb)]);
    assert!(sizes(&two).iter().sum::<usize>() <= 3 << 20);
    let larger = gz(&vec![b' '; 2 << 20]);
    assert_eq!(vec!["unpack too_large"], words_with(&larger, &limits));
}

#[test]
fn entries_are_counted_over_all_archives_together() {
    let inner = zip(&[("a", b"x"), ("b", b"y"), ("c", b"z")]);
    let outer = zip(&[("a.zip", &inner), ("b.zip", &inner), ("c.zip", &inner)]);
    let limits = Limits { archive_entries: 8, ..Limits::default() };
    assert_eq!(vec!["unpack too_many_parts"], words_with(&outer, &limits));
}

#[test]
fn tars_share_the_budget_of_all_else() {
    let inner = tar(&[("a", b"x"), ("b", b"y"), ("c", b"z")]);
    let outer = zip(&[("a.tar", &inner), ("b.tar", &inner), ("c.tar", &inner)]);
    let limits = Limits { archive_entries: 8, ..Limits::default() };
    assert_eq!(vec!["unpack too_many_parts"], words_with(&outer, &limits));
    let nested = (0..5).fold(REPORT.to_vec(), |inner, _| gz(&tar(&[("a.tar.gz", &inner)])));
    assert_eq!(vec!["unpack too_deep"], words(&nested));
    let limits = Limits { total_bytes: 5_000, ..Limits::default() };
    let large = tar(&[("a", &[b' '; 2_000]), ("b", &[b' '; 2_000]), ("c", &[b' '; 2_000])]);
    assert_eq!(vec!["unpack too_large"], words_with(&large, &limits));
}

#[test]
fn unclosed_mails_in_a_mail_are_rejected_each_at_its_place_and_the_same_once() {
    let part = |name: &str, body: &str| {
        let head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n";
        let kind = format!("application/octet-stream; name={name}");
        attached(&kind, format!("{head}{body}\r\n").as_bytes())
    };
    let parts = [part("a", "x"), part("b", "y"), part("c", "x")];
    let bytes = mixed(&parts);
    assert_eq!(vec!["mime truncated", "mime truncated"], words(&bytes));
    assert_eq!(vec!["in > a", "in > b"], origins(&bytes));
}

#[test]
fn long_names_are_cut_and_odd_ones_kept() {
    let name = "\u{e9}".repeat(500);
    let bytes = zip(&[(&name, REPORT)]);
    assert_eq!(format!("in > {}\u{2026}", "\u{e9}".repeat(127)), origins(&bytes)[0]);
    let bytes = zip(&[("a\r\nb{}%s\u{1b}[2J", REPORT)]);
    assert_eq!("in > a\r\nb{}%s\u{1b}[2J", origins(&bytes)[0]);
}

/// One input of each kind of container, with one report inside.
fn samples() -> Vec<Vec<u8>> {
    vec![
        gz(REPORT),
        zip(&[("a.xml", REPORT)]),
        zip(&[("a.xml.gz", &gz(REPORT)), ("readme", b"x")]),
        tar(&[("a.xml", REPORT), ("readme", b"x")]),
        gz(&tar(&[("a.xml.gz", &gz(REPORT))])),
        mixed(&[text(), attached("application/gzip; name=a.gz", &gz(REPORT))]),
        mixed(&[text(), attached("application/zip; name=a.zip", &zip(&[("a.xml", REPORT)]))]),
    ]
}

#[test]
fn an_input_cut_anywhere_never_gives_another_report() {
    for whole in samples() {
        for cut in 0..whole.len() {
            let found = opened(&whole[..cut]);
            assert!(!found.is_empty(), "cut at {cut}");
            for document in found.into_iter().filter_map(|found| found.content.ok()) {
                assert_eq!(REPORT, document, "cut at {cut}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_become_something(bytes: Vec<u8>) {
        prop_assert!(!opened(&bytes).is_empty());
    }

    #[test]
    fn any_lines_of_mail_become_something(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("--b"), Just("--b--"), Just("--c"), Just(""), Just("x"), Just("From x"),
                Just("Content-Type: multipart/mixed; boundary=b"),
                Just("Content-Type: multipart/digest; boundary=c"),
                Just("Content-Type: multipart/mixed"), Just("Content-Type: message/rfc822"),
                Just("Content-Transfer-Encoding: base64"), Just("<feedback>"), Just("H4sIAAAA"),
                Just("Content-Transfer-Encoding: quoted-printable"), Just("UEsDBA=="),
            ],
            0..60,
        )
    ) {
        prop_assert!(!opened(lines.join("\n").as_bytes()).is_empty());
    }

    #[test]
    fn mutated_inputs_become_something(
        sample in 0_usize..7,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = samples().swap_remove(sample);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert!(!opened(&bytes).is_empty());
    }
}
