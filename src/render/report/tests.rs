use super::*;
use crate::model::report::{DkimAuth, Fingerprint, OverrideReason, SpfAuth};
use crate::model::words::*;
use crate::model::{Day, IssueCode, Record, Report, SourceAddress};
use crate::render::escape::is_unsafe;
use crate::render::specimens::text;
use crate::render::text::width;

fn lang(text: &str) -> Option<LangText> {
    Some(LangText { text: text.into(), lang: Some("de".into()) })
}

fn print() -> Fingerprint {
    Fingerprint {
        header_from: "news.acme.example".into(),
        envelope_from: Some(String::new()),
        envelope_to: Some("r.example".into()),
        disposition: Disposition::Quarantine,
        dkim: AlignedResult::Fail,
        spf: AlignedResult::Other("Passed".into()),
        reasons: vec![OverrideReason { kind: OverrideKind::LocalPolicy, comment: lang("arc") }],
        dkim_auth: vec![DkimAuth {
            domain: "a.example".into(),
            selector: Some("s1".into()),
            result: DkimResult::Pass,
            human_result: lang("good"),
        }],
        spf_auth: vec![SpfAuth {
            domain: String::new(),
            scope: Some(SpfScope::Helo),
            result: SpfResult::SoftFail,
            human_result: None,
        }],
    }
}

fn stored() -> StoredReport {
    let source = SourceAddress::Ip([192, 0, 2, 1].into());
    StoredReport {
        number: 12,
        day: Day::parse("2026-11-09").unwrap(),
        standing: Standing::Conflict,
        contradicts: Some(11),
        authenticity: Authenticity::Unknown,
        received_at: Some(1_794_182_400),
        report: Report {
            reporter: Reporter {
                org_name: "Mailcloud".into(),
                email: "d@r.example".into(),
                extra_contact_info: lang("https://r.example"),
                generator: Some("gen 1".into()),
                version: Some("1.0".into()),
                namespace: None,
                dialect: Dialect::Rfc9990,
            },
            report_id: "id-1".into(),
            begin: 1_794_182_400,
            end: 1_794_268_799,
            errors: vec![LangText { text: "no DNS".into(), lang: None }],
            policy: PolicyPublished {
                domain: "acme.example".into(),
                p: Some(Policy::None),
                sp: Some(Policy::Other(Box::default())),
                np: None,
                adkim: Some(AlignmentMode::Relaxed),
                aspf: None,
                fo: Some("1".into()),
                pct: None,
                testing: Some(Testing::Yes),
                discovery_method: Some(DiscoveryMethod::TreeWalk),
                psd: None,
            },
            fingerprints: vec![print()],
            records: vec![Record { source, count: 1_200, fingerprint: 0 }],
            issues: vec![Issue {
                code: IssueCode::BadCount,
                place: "record[3]/row/count".into(),
                value: "-5 (192.0.2.1)".into(),
                more: 2,
            }],
        },
        inputs: vec![StoredInput {
            origin: "mail/1.eml > r.xml".into(),
            outcome: "conflict".into(),
            seen_at: 1_794_268_800,
            sender: Some("d@r.example".into()),
            signers: vec!["r.example".into(), "b.example".into()],
            authenticity: Some(Authenticity::Failed),
        }],
    }
}

fn shown(stored: &StoredReport, verbose: bool) -> String {
    text(|out| write(out, Page { verbose, ..Page::PLAIN }, stored))
}

#[test]
fn a_page_has_all_that_a_person_may_ask() {
    assert_eq!(
        "\
Report 12 about acme.example: kept aside, not counted
  why        it contradicts an earlier report (11): the same reporter, domain,
             id and period, with other rows
  from       Mailcloud <d@r.example>
  id         id-1
  period     2026-11-09T00:00:00Z to 2026-11-09T23:59:59Z, counted for
             2026-11-09
  policy     v=DMARC1; p=none; sp=; adkim=r; fo=1; t=y (found by a tree walk)
  form       RFC 9990, version 1.0, made by gen 1
  contact    https://r.example
  error      no DNS

1 row, 1,200 messages: 0 pass DMARC, 1,200 fail
  MESSAGES  SOURCE     DKIM  SPF     DISPOSITION
     1,200  192.0.2.1  fail  Passed  quarantine
            from news.acme.example
            envelope from <> to r.example
            DKIM: a.example/s1 pass (good (de))
            SPF: no domain (helo) softfail
            because: local_policy: arc (de)

Odd, and read all the same: 3 things
  the row's count cannot be read; the row is kept out of the totals (bad_count)
    record[3]/row/count: -5 (192.0.2.1), and 2 more

Brought by
  mail/1.eml > r.xml
    conflict, first seen 2026-11-10T00:00:00Z; sent by d@r.example; signed for
    r.example, b.example; the mail failed authentication
",
        shown(&stored(), false)
    );
}

#[test]
fn a_page_says_of_each_standing_why_it_does_not_count() {
    let mut stored = stored();
    for (standing, authenticity, words) in [
        (Standing::Counted, Authenticity::Failed, "its mail failed authentication"),
        (Standing::Foreign, Authenticity::Unknown, "neither one of the `domains` in the"),
        (Standing::Unverified, Authenticity::Failed, "did not authenticate"),
    ] {
        (stored.standing, stored.authenticity) = (standing, authenticity);
        let page = shown(&stored, false);
        assert!(page.contains(words), "{page}");
        assert_eq!(standing == Standing::Counted, page.contains("acme.example: counted\n"));
    }
    (stored.standing, stored.authenticity) = (Standing::Counted, Authenticity::Verified);
    assert!(!shown(&stored, false).contains("\n  why "));
}

#[test]
fn a_long_report_shows_fifty_rows_and_says_how_many_more() {
    let mut stored = stored();
    stored.report.records = vec![stored.report.records[0].clone(); 1_050];
    stored.inputs = vec![stored.inputs[0].clone(); 12];
    stored.report.errors = vec![stored.report.errors[0].clone(); 11];
    let page = shown(&stored, false);
    assert_eq!(50, page.matches("192.0.2.1  fail").count());
    for more in ["and 1,000 more rows", "and 2 more inputs", "and 1 more error"] {
        assert!(page.contains(&format!("\n  {more}: --verbose\n")), "{more}: {page}");
    }
    let all = shown(&stored, true);
    assert_eq!(1_050, all.matches("192.0.2.1  fail").count());
    assert!(!all.contains(" more "), "nothing is left out but what the store has not");
}

#[test]
fn a_value_of_the_policy_cannot_pass_for_further_tags() {
    let mut stored = stored();
    let policy = &mut stored.report.policy;
    policy.p = Some(Policy::Other("none; p=reject".into()));
    policy.fo = Some("1:d:s".into());
    policy.psd = Some("y \\\"(found by a tree walk)".into());
    policy.discovery_method = Some(DiscoveryMethod::Other("psl); p=none".into()));
    let page = shown(&stored, true).replace("\n             ", " ");
    for shown in [
        "v=DMARC1; p=\"none; p=reject\"; sp=; adkim=r; fo=1:d:s; t=y; ",
        "psd=\"y \\\\\\\"(found by a tree walk)\" (found by \"psl); p=none\")\n",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}

#[test]
fn a_report_without_rows_and_issues_has_no_empty_tables() {
    let mut stored = stored();
    (stored.report.records, stored.report.fingerprints) = (vec![], vec![]);
    stored.report.issues.clear();
    let page = shown(&stored, false);
    assert!(page.contains("\n\n0 rows\n\nBrought by\n"), "{page}");
}

/// Every text of a report that a stranger may choose.
fn hostile(text: &str) -> StoredReport {
    let mut stored = stored();
    let (word, note) = (Box::<str>::from(text), lang(text));
    let report = &mut stored.report;
    report.reporter.org_name = text.into();
    report.reporter.email = text.into();
    report.reporter.version = Some(text.into());
    report.reporter.generator = Some(text.into());
    report.reporter.extra_contact_info = note.clone();
    report.report_id = text.into();
    report.errors = note.clone().into_iter().collect();
    report.policy.domain = text.into();
    report.policy.p = Some(Policy::Other(word.clone()));
    report.policy.fo = Some(text.into());
    report.policy.discovery_method = Some(DiscoveryMethod::Other(word.clone()));
    report.records[0].source = SourceAddress::Unreadable(word.clone());
    let print = &mut report.fingerprints[0];
    print.header_from = text.into();
    print.envelope_from = Some(text.into());
    print.disposition = Disposition::Other(word.clone());
    print.spf = AlignedResult::Other(word.clone());
    print.dkim = AlignedResult::Other(word.clone());
    print.reasons[0] = OverrideReason { kind: OverrideKind::Other(word), comment: note.clone() };
    print.dkim_auth[0].domain = text.into();
    print.dkim_auth[0].selector = Some(text.into());
    print.dkim_auth[0].human_result = note;
    report.issues[0].place = text.into();
    report.issues[0].value = text.into();
    stored.inputs[0].origin = text.into();
    stored.inputs[0].sender = Some(text.into());
    stored.inputs[0].signers = vec![text.into(); 40];
    stored
}

#[test]
fn nothing_of_a_report_moves_the_cursor_or_leaves_the_page() {
    let nasty = "\u{1b}[2J\u{202e}x\r\ny ";
    for text in [nasty.to_owned(), nasty.repeat(50), "w".repeat(5_000), "日本".repeat(60)] {
        for verbose in [false, true] {
            let page = shown(&hostile(&text), verbose);
            assert!(page.chars().all(|c| c == '\n' || !is_unsafe(c)), "{page:?}");
            for line in page.lines() {
                assert!(width(line) <= 80, "{} columns: {line}", width(line));
            }
        }
    }
}

#[test]
fn the_document_has_every_field_under_the_names_of_other_answers() {
    let found = serde_json::to_value(document::document(&stored())).unwrap();
    assert_eq!(
        serde_json::json!({
            "number": 12, "day": "2026-11-09", "standing": "conflict", "contradicts": 11,
            "authenticity": "unknown", "received_at": "2026-11-09T00:00:00Z",
            "reporter": {
                "org_name": "Mailcloud", "email": "d@r.example",
                "extra_contact_info": {"text": "https://r.example", "lang": "de"},
                "generator": "gen 1", "version": "1.0", "namespace": null, "dialect": "rfc9990",
            },
            "report_id": "id-1", "begin": "2026-11-09T00:00:00Z", "end": "2026-11-09T23:59:59Z",
            "errors": [{"text": "no DNS"}],
            "policy": {
                "domain": "acme.example", "p": "none", "sp": "", "np": null, "adkim": "r",
                "aspf": null, "fo": "1", "pct": null, "testing": "y",
                "discovery_method": "treewalk", "psd": null,
            },
            "records": [{
                "source_ip": "192.0.2.1", "count": 1_200, "dmarc": "fail", "dkim_aligned": "fail",
                "spf_aligned": "Passed", "disposition": "quarantine",
                "header_from": "news.acme.example", "envelope_from": "",
                "envelope_to": "r.example",
                "override_reasons":
                    [{"type": "local_policy", "comment": {"text": "arc", "lang": "de"}}],
                "dkim_auth": [{
                    "domain": "a.example", "selector": "s1", "result": "pass",
                    "human_result": {"text": "good", "lang": "de"},
                }],
                "spf_auth": [{
                    "domain": "", "scope": "helo", "result": "softfail", "human_result": null,
                }],
            }],
            "issues": [{
                "code": "bad_count", "meaning": IssueCode::BadCount.meaning(),
                "place": "record[3]/row/count", "value": "-5 (192.0.2.1)", "more": 2,
            }],
            "inputs": [{
                "origin": "mail/1.eml > r.xml", "outcome": "conflict",
                "seen_at": "2026-11-10T00:00:00Z", "sender": "d@r.example",
                "signers": ["r.example", "b.example"], "authenticity": "failed",
            }],
        }),
        found
    );
}
