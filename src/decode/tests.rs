//! Whole inputs and their traces.

use super::*;
use crate::model::IssueCode;

#[test]
fn a_panic_becomes_a_rejection_and_what_was_found_is_kept() {
    let zip = Origin::input("a.zip");
    let found = survive(&zip, |found| {
        found.push((zip.inside("r.xml"), Outcome::Skipped(Reason::Empty)));
        panic!("this is a test");
    });
    let rejection = Rejection::new(Stage::Xml, Reason::Panicked, "this is a test");
    let expected = [
        (zip.inside("r.xml"), Outcome::Skipped(Reason::Empty)),
        (zip.clone(), Outcome::Rejected(rejection)),
    ];
    assert_eq!(expected.to_vec(), found);
}

#[test]
fn things_at_one_place_are_told_apart_whatever_their_names() {
    let zip = Origin::input("a.zip");
    let report = zip.inside("r.xml");
    let places =
        [&report, &report.inside("no. 2"), &report, &zip, &report, &zip].map(Origin::clone);
    let mut found = places.map(|origin| (origin, Outcome::Skipped(Reason::Empty)));
    tell_apart(&mut found);
    let names = found.map(|(origin, _)| origin.part);
    let expected = ["r.xml", "r.xml > no. 2", "r.xml > no. 3", "", "r.xml > no. 4", "no. 2"];
    assert_eq!(expected.map(str::to_owned), names);
}

const NOW: i64 = 1_795_305_600;

fn report(id: &str) -> String {
    format!(
        "<feedback><report_metadata><org_name>a</org_name><report_id>{id}</report_id><date_range>\
         <begin>1795132800</begin><end>1795219199</end></date_range></report_metadata>\
         <policy_published><domain>acme.example</domain></policy_published><stray/></feedback>"
    )
}

/// A mail with two reports as text; whether its end is there.
fn mail(is_whole: bool) -> Vec<u8> {
    let part = |id| format!("--b\nContent-Type: text/xml\n\n{}\n", report(id));
    let head = "From: D@Reports.Example\nDKIM-Signature: d=reports.example\n\
                Content-Type: multipart/mixed; boundary=b\n\n";
    let end = if is_whole { "--b--\n" } else { "" };
    format!("{head}{}{}{end}", part("1"), part("2")).into_bytes()
}

fn gz(content: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let level = flate2::Compression::default();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn traces(bytes: &[u8], may_grow: bool) -> Vec<Trace> {
    let raw = RawInput::new(Origin::input("in"), Ok(bytes.to_vec()));
    decode(RawInput { may_grow, ..raw }, NOW, &Limits::default())
}

fn issues(trace: &Trace) -> Vec<(IssueCode, &str, &str)> {
    let Outcome::Accepted(accepted) = &trace.outcome else { panic!("{:?}", trace.outcome) };
    let issues = accepted.report.issues.iter();
    issues.map(|issue| (issue.code, issue.place.as_str(), issue.value.as_str())).collect()
}

#[test]
fn what_is_odd_about_a_container_stands_before_what_is_odd_about_the_report() {
    let file = [gz(report("1").as_bytes()), b"\r\n".to_vec()].concat();
    let traces = traces(&file, false);
    let found = issues(&traces[0]);
    assert_eq!((IssueCode::TrailingBytes, "gzip", "2 bytes"), found[0]);
    assert!(found[1..].iter().any(|(code, ..)| *code == IssueCode::UnknownElement), "{found:?}");
}

#[test]
fn every_report_in_an_unclosed_mail_says_so_and_none_in_a_whole_one() {
    for is_whole in [true, false] {
        let traces = traces(&mail(is_whole), false);
        assert_eq!(2, traces.len());
        for trace in &traces {
            let is_noted = issues(trace)[0] == (IssueCode::UnclosedMail, "mail", "");
            assert_eq!(!is_whole, is_noted);
        }
    }
}

#[test]
fn all_traces_of_a_mail_share_its_provenance_and_other_inputs_have_none() {
    let mails = traces(&mail(true), false);
    let shared = mails[0].provenance.as_ref().unwrap();
    assert_eq!("D@reports.example", shared.from);
    assert_eq!(vec!["reports.example"], shared.signers);
    assert!(Arc::ptr_eq(shared, mails[1].provenance.as_ref().unwrap()));
    assert_eq!(None, traces(report("1").as_bytes(), false)[0].provenance);
}

#[test]
fn a_mail_that_is_compressed_as_a_whole_has_its_own_provenance() {
    for bytes in [gz(&mail(true)), gz(&gz(&mail(false))), [gz(&mail(true)), vec![0]].concat()] {
        let found = traces(&bytes, false);
        assert_eq!(2, found.len());
        let shared = found[0].provenance.as_ref().unwrap();
        assert_eq!("D@reports.example", shared.from);
        assert!(Arc::ptr_eq(shared, found[1].provenance.as_ref().unwrap()));
    }
}

#[test]
fn the_outermost_mail_alone_gives_the_provenance() {
    use ::base64::prelude::{BASE64_STANDARD, Engine as _};
    let inner = BASE64_STANDARD.encode(gz(&mail(true)));
    let outer = format!(
        "From: outer@outer.example\nContent-Type: application/octet-stream; name=a.eml.gz\n\
         Content-Transfer-Encoding: base64\n\n{inner}\n"
    );
    for bytes in [outer.as_bytes().to_vec(), gz(outer.as_bytes())] {
        let found = traces(&bytes, false);
        assert_eq!(2, found.len());
        for trace in found {
            assert_eq!("outer@outer.example", trace.provenance.unwrap().from);
        }
    }
}

#[test]
fn a_mail_without_a_report_and_one_with_endless_headers_have_a_provenance() {
    let text = b"From: a@a.example\n\nHello";
    assert_eq!("a@a.example", traces(text, false)[0].provenance.as_ref().unwrap().from);
    let long = format!("From: a@a.example\r\nX: {}", "y".repeat(300 << 10));
    let found = traces(long.as_bytes(), false);
    assert_eq!(Some(Arc::default()), found[0].provenance);
    for other in [&b"<feedback/>"[..], b"", b"\x1f\x8b", b"hello"] {
        assert_eq!(None, traces(other, false)[0].provenance);
    }
}

#[test]
fn what_may_still_grow_is_put_off_and_forgotten() {
    let whole = gz(report("1").as_bytes());
    let cut = &report("1")[..90];
    for bytes in [&whole[..20], b"", b"hello", b"unused", cut.as_bytes(), b"<feedback></x>"] {
        let found = traces(bytes, true);
        let waits = (Outcome::Deferred(Reason::StillGrowing), Digest::default());
        assert_eq!(1, found.len());
        assert_eq!(waits, (found[0].outcome.clone(), found[0].digest));
        assert!(!matches!(traces(bytes, false)[0].outcome, Outcome::Deferred(_)));
    }
}

#[test]
fn what_may_still_grow_is_accepted_or_refused_for_what_more_bytes_cannot_mend() {
    let whole = gz(report("1").as_bytes());
    let no_domain = report("1").replace("acme.example", "");
    for bytes in [&whole[..], no_domain.as_bytes(), b"<!DOCTYPE a [<!ENTITY b 'c'>]><feedback/>"] {
        assert_eq!(traces(bytes, false), traces(bytes, true));
    }
}

#[test]
fn a_mail_that_may_still_grow_keeps_the_reports_that_are_there() {
    let whole = mail(false);
    let found = traces(&whole[..whole.len() - 30], true);
    let is_accepted = |trace: &Trace| matches!(trace.outcome, Outcome::Accepted(_));
    assert_eq!(vec![true, false], found.iter().map(is_accepted).collect::<Vec<_>>());
    assert_eq!(Outcome::Deferred(Reason::StillGrowing), found[1].outcome);
}

#[test]
fn one_input_becomes_no_more_than_so_many_things() {
    let text = "<feedback/>".repeat(900);
    let limits = Limits { archive_entries: 10, ..Limits::default() };
    let of = |copies: usize| {
        let bytes = [b"\n".as_slice(), text.as_bytes()].concat();
        let mut tar = Vec::new();
        for n in 0..copies {
            let mut header = vec![0; 512];
            let name = format!("{n}.xml");
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
            header[156] = b'0';
            header[257..263].copy_from_slice(b"ustar\0");
            header[148..156].fill(b' ');
            let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
            header[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
            header[154] = 0;
            tar.extend(header);
            tar.extend(&bytes);
            tar.resize(tar.len().next_multiple_of(512), 0);
        }
        tar.extend(vec![0; 1_024]);
        decode(RawInput::new(Origin::input("a.tar"), Ok(tar)), 0, &limits)
    };
    assert_eq!(1_800, of(2).len());
    let found = of(5);
    assert_eq!(2_000, found.len());
    let last = &found[1_999];
    assert!(matches!(&last.outcome, Outcome::Rejected(r) if r.reason == Reason::TooManyParts));
    assert_eq!("a.tar", last.origin.input);
}
