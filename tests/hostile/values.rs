//! Values that are no values: H33 to H41, as far as one report can show them.

use std::net::IpAddr;

use ruaudit::decode::Limits;
use ruaudit::model::provenance::Authenticity;
use ruaudit::model::{Report, SourceAddress};

use crate::judge::{issues, report, traces, words};
use crate::mail;
use crate::report::{BEGIN, END, NOW, good, good_but, head, record, set, with_records};

/// A report with one good row and one with another count.
pub(crate) fn count(text: &str) -> Vec<u8> {
    with_records("count", &(record() + &set(&record(), "count", text))).into_bytes()
}

fn messages(report: &Report) -> i64 {
    report.records.iter().map(|record| record.count).sum()
}

#[test]
fn h33_a_count_is_a_whole_number_or_its_row_does_not_count() {
    for (expected, text) in
        [(8, "7"), (8, " 7\n"), (8, "007"), (9_007_199_254_740_992, "9007199254740991")]
    {
        assert_eq!(vec!["accepted"], words(&count(text)), "{text}");
        assert_eq!(expected, messages(&report(&count(text))), "{text}");
    }
    for text in [
        "-5",
        "+7",
        "3.0",
        "1e9",
        "٣",
        "1 000",
        "0x7",
        "9007199254740992",
        "9223372036854775808",
        "18446744073709551616",
    ] {
        let value = format!("{text} (192.0.2.1)");
        assert_eq!(vec![("bad_count", value)], issues(&count(text)), "{text}");
        assert_eq!(1, messages(&report(&count(text))), "{text}");
    }
    assert_eq!(vec!["accepted bad_count"], words(&count("")));
    assert_eq!(vec!["accepted null_record"], words(&count("0")));
    assert_eq!(vec!["accepted repeated_element"], words(&count("7</count><count>8")));
    assert_eq!(8, messages(&report(&count("7</count><count>8"))));
}

/// A report about a period.
pub(crate) fn period(begin: &str, end: &str) -> Vec<u8> {
    set(&good_but("begin", begin), "end", end).into_bytes()
}

fn of(begin: i64, end: i64) -> Vec<u8> {
    period(&begin.to_string(), &end.to_string())
}

#[test]
fn h34_periods_that_are_swapped_are_odd_and_those_to_come_are_refused() {
    assert_eq!(vec!["accepted"], words(&of(BEGIN, BEGIN)));
    let swapped = report(&of(END, BEGIN));
    assert_eq!((END, BEGIN), (swapped.begin, swapped.end));
    assert_eq!(vec!["accepted odd_period"], words(&of(END, BEGIN)));
    assert_eq!(vec!["accepted odd_period"], words(&of(0, 86_399)));
    assert_eq!(vec!["accepted"], words(&of(BEGIN, NOW + 2 * 86_400)));
    assert_eq!(vec!["report date_in_future"], words(&of(BEGIN, NOW + 2 * 86_400 + 1)));
    assert_eq!(vec!["report date_in_future"], words(&of(NOW + 3 * 86_400, BEGIN)));
    assert_eq!(vec!["report bad_date_range"], words(&of(-1, END)));
    assert_eq!(vec!["report bad_date_range"], words(&of(i64::MIN, END)));
}

#[test]
fn h35_times_in_other_units_are_guessed_only_where_nothing_else_is_meant() {
    let milliseconds = report(&of(BEGIN * 1_000, END * 1_000 + 999));
    assert_eq!((BEGIN, END), (milliseconds.begin, milliseconds.end));
    assert_eq!(vec!["accepted unit_guess"], words(&of(BEGIN * 1_000, END * 1_000)));
    let signed = period(&BEGIN.to_string(), &format!("+{END}"));
    assert_eq!(
        (vec!["accepted other_form".to_owned()], END),
        (words(&signed), report(&signed).end)
    );
    let fractions = period(&format!("{BEGIN}.25"), &format!("{END}.75"));
    assert_eq!(vec!["accepted other_form"], words(&fractions));
    assert_eq!((BEGIN, END), (report(&fractions).begin, report(&fractions).end));
    for (expected, text) in [
        ("report date_in_future", "4294967297"),
        ("report bad_date_range", "1795132800000000"),
        ("report bad_date_range", "9223372036854775807"),
        ("report bad_date_range", "99999999999999999999"),
        ("report bad_date_range", "2026-11-20T00:00:00Z"),
        ("report bad_date_range", "1.7e9"),
        ("report bad_date_range", "\u{661}\u{667}"),
        ("report bad_date_range", ""),
    ] {
        assert_eq!(vec![expected], words(&period(&BEGIN.to_string(), text)), "{text}");
    }
}

#[test]
fn h36_long_periods_are_odd_and_short_ones_are_not() {
    assert_eq!(vec!["accepted odd_period"], words(&of(BEGIN - 10 * 366 * 86_400, END)));
    assert_eq!(vec!["accepted"], words(&of(BEGIN, BEGIN + 1)));
    assert_eq!(vec!["accepted odd_period"], words(&of(0, END)));
}

fn source(text: &str) -> (String, SourceAddress) {
    let bytes = good_but("source_ip", text).into_bytes();
    (words(&bytes).join(","), report(&bytes).records[0].source.clone())
}

#[test]
fn h37_addresses_are_canonical_or_kept_as_text_with_their_count() {
    let ip = |text: &str| SourceAddress::Ip(text.parse::<IpAddr>().unwrap());
    for (word, address, text) in [
        ("accepted", "192.0.2.1", " 192.0.2.1 "),
        ("accepted", "2001:db8::1", "2001:DB8:0:0::1"),
        ("accepted other_form", "192.0.2.1", "::ffff:192.0.2.1"),
        ("accepted other_form", "2001:db8::1", "[2001:db8::1]"),
        ("accepted odd_address", "10.0.0.1", "10.0.0.1"),
        ("accepted odd_address", "224.0.0.1", "224.0.0.1"),
        ("accepted odd_address", "0.0.0.0", "0.0.0.0"),
        ("accepted odd_address", "::", "::"),
    ] {
        assert_eq!((word.to_owned(), ip(address)), source(text), "{text}");
    }
    for text in [
        "010.0.0.1",
        "192.0.2.1:25",
        "192.0.2.0/24",
        "fe80::1%eth0",
        "mail.example",
        "1.2.3",
        "3221225985",
        "",
        "١.1.1.1",
    ] {
        let expected = ("accepted bad_address".to_owned(), SourceAddress::Unreadable(text.into()));
        assert_eq!(expected, source(text), "{text}");
    }
    let (word, long) = source(&"9".repeat(5_000));
    assert_eq!("accepted bad_address", word);
    assert!(long.to_string().len() <= 80, "{long}");
}

fn policy_domain(text: &str) -> (Vec<&'static str>, String) {
    let xml = set(&good(), "domain", text)
        .replace("<header_from>acme.example", &format!("<header_from>{text}"));
    let mut codes: Vec<_> = issues(xml.as_bytes()).into_iter().map(|(code, _)| code).collect();
    codes.dedup();
    (codes, report(xml.as_bytes()).policy.domain)
}

#[test]
fn h38_domains_are_lower_case_a_labels_or_kept_and_said() {
    let none: Vec<&str> = Vec::new();
    for (codes, domain, text) in [
        (none.clone(), "acme.example", "ACME.Example"),
        (none.clone(), "acme.example", "acme.example."),
        (none.clone(), "acme.example", " acme.example\n"),
        (none.clone(), "xn--80ak6aa92e.example", "xn--80ak6aa92e.example"),
        (none, "_spf.acme.example", "_spf.acme.example"),
        (vec!["other_form"], "xn--bcher-kva.example", "Bücher.example"),
        (vec!["other_form"], "acme.example", "&lt;joe@acme.example&gt;"),
        (vec!["other_form"], "acme.example", "joe@acme.example"),
        (vec!["bad_domain"], "acme example", "acme example"),
        (vec!["bad_domain"], "a..example", "a..example"),
        (vec!["bad_domain"], "-a.example", "-a.example"),
        (vec!["bad_domain"], "a\"b.example", "a\"b.example"),
    ] {
        assert_eq!((codes, domain.to_owned()), policy_domain(text), "{text}");
    }
    for text in ["a".repeat(300), format!("{}.example", "a".repeat(64)), "a.".repeat(130)] {
        assert_eq!(vec!["bad_domain"], policy_domain(&text).0, "{text}");
    }
    for text in ["", " \t", "&lt;&gt;"] {
        let bytes = set(&good(), "domain", text).into_bytes();
        assert_eq!(vec!["report missing_domain"], words(&bytes), "{text}");
    }
}

/// Two reports that say they are the same and are not.
pub(crate) fn one_id_two_contents() -> Vec<u8> {
    let more = with_records("twice", &set(&record(), "count", "99"));
    (with_records("twice", &record()) + &more).into_bytes()
}

#[test]
fn h39_two_reports_of_one_id_are_known_by_key_and_content() {
    let found = traces(&one_id_two_contents(), &Limits::default());
    let identities: Vec<_> = found
        .iter()
        .map(|trace| match &trace.outcome {
            ruaudit::model::Outcome::Accepted(accepted) => &accepted.identity,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(identities[0].key, identities[1].key);
    assert_ne!(identities[0].content, identities[1].content);
}

/// A mail from anywhere with a report about a domain of the operator's, in which the sender says of
/// himself that he is verified.
pub(crate) fn forged() -> Vec<u8> {
    let fields = "Authentication-Results: mx.victim.example; dmarc=pass header.from=mailcloud.example\r\n\
                  From: DMARC <dmarc@mailcloud.example>\r\n\
                  DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=s1; h=from; bh=AA==; b=AA==\r\n";
    [fields.as_bytes(), &mail::with_file("r.xml", good().as_bytes())].concat()
}

#[test]
fn h40_what_a_mail_says_of_itself_is_kept_and_proves_nothing() {
    let found = traces(&forged(), &Limits::default());
    assert_eq!(1, found.len());
    let provenance = found[0].provenance.as_deref().expect("a mail has a sender");
    assert_eq!("dmarc@mailcloud.example", provenance.from);
    assert_eq!(vec!["evil.example"], provenance.signers);
    assert_eq!(1, provenance.results.len());
    assert_ne!(Authenticity::Verified, provenance.authenticity);
    assert!(traces(good().as_bytes(), &Limits::default())[0].provenance.is_none());
}

/// Headers of a mail that claim so many signatures and results.
pub(crate) fn many_signatures(count: usize) -> Vec<u8> {
    let field = |n| {
        format!(
            "DKIM-Signature: v=1; d=d{n}.example; s=s\r\n\
             Authentication-Results: mx{n}.example; dkim=pass header.d=d{n}.example\r\n"
        )
    };
    let fields: String = (0..count).map(field).collect();
    [fields.as_bytes(), &mail::with_file("r.xml", good().as_bytes())].concat()
}

#[test]
fn h40_a_flood_of_signatures_is_not_kept() {
    let found = traces(&many_signatures(1_500), &Limits::default());
    let provenance = found[0].provenance.as_deref().expect("a mail has a sender");
    assert!(provenance.signers.len() <= 200, "{}", provenance.signers.len());
    assert!(provenance.results.len() <= 200, "{}", provenance.results.len());
}

/// A report about a domain of somebody else, in good form.
pub(crate) fn foreign() -> Vec<u8> {
    let from = set(&record(), "header_from", "bank.example");
    format!("{}{from}</feedback>", head("foreign", "bank.example")).into_bytes()
}

#[test]
fn h41_rows_about_other_domains_than_the_policys_are_said() {
    assert_eq!(vec!["accepted"], words(&foreign()));
    for (expected, from) in [
        ("accepted", "acme.example"),
        ("accepted", "news.acme.example"),
        ("accepted foreign_from", "bank.example"),
        ("accepted foreign_from", "notacme.example"),
        ("accepted foreign_from", "example"),
    ] {
        assert_eq!(vec![expected], words(good_but("header_from", from).as_bytes()), "{from}");
    }
}
