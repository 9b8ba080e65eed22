use std::rc::Rc;

use super::*;
use crate::model::report::{Fingerprint, LangText, PolicyPublished, Reporter};
use crate::model::words::*;
use crate::model::{Day, SourceAddress};
use crate::render::specimens;

fn specimen() -> StoredRecord {
    let text = |text: &str| Some(LangText { text: text.into(), lang: None });
    StoredRecord {
        reporter: Rc::new(Reporter {
            org_name: "=Reporter".into(),
            email: "r@example.net".into(),
            extra_contact_info: None,
            generator: Some("gen 1".into()),
            version: None,
            namespace: None,
            dialect: Dialect::Rfc9990,
        }),
        policy: Rc::new(PolicyPublished {
            domain: "acme.example".into(),
            p: Some(Policy::None),
            sp: None,
            np: Some(Policy::Reject),
            adkim: Some(AlignmentMode::Relaxed),
            aspf: Some(AlignmentMode::Strict),
            fo: Some("1".into()),
            pct: Some("100".into()),
            testing: Some(Testing::No),
            discovery_method: Some(DiscoveryMethod::TreeWalk),
            psd: None,
        }),
        report_id: "id-1".into(),
        begin: 1_794_182_400,
        end: 1_794_268_799,
        day: Day::parse("2026-11-09").unwrap(),
        source: SourceAddress::Ip([192, 0, 2, 1].into()),
        count: 17,
        fingerprint: Rc::new(Fingerprint {
            header_from: "acme.example".into(),
            envelope_from: Some(String::new()),
            envelope_to: None,
            disposition: Disposition::None,
            dkim: AlignedResult::Fail,
            spf: AlignedResult::Other("Passed".into()),
            reasons: vec![
                OverrideReason { kind: OverrideKind::MailingList, comment: text("a list") },
                OverrideReason { kind: OverrideKind::Forwarded, comment: None },
            ],
            dkim_auth: vec![DkimAuth {
                domain: "a.example".into(),
                selector: Some("s1".into()),
                result: DkimResult::Pass,
                human_result: None,
            }],
            spf_auth: vec![SpfAuth {
                domain: "b.example".into(),
                scope: Some(SpfScope::MailFrom),
                result: SpfResult::SoftFail,
                human_result: None,
            }],
        }),
    }
}

fn json(columns: &[&str], values: &[Value<'_>]) -> serde_json::Value {
    assert_eq!(columns.len(), values.len());
    serde_json::to_value(Named(columns, values)).unwrap()
}

#[test]
fn a_record_has_every_value_under_its_own_name() {
    let stored = specimen();
    assert_eq!(
        serde_json::json!({
            "domain": "acme.example", "reporter": "=Reporter", "reporter_email": "r@example.net",
            "report_id": "id-1", "begin": "2026-11-09T00:00:00Z", "end": "2026-11-09T23:59:59Z",
            "day": "2026-11-09", "source_ip": "192.0.2.1", "count": 17, "dmarc": "fail",
            "dkim_aligned": "fail", "spf_aligned": "Passed", "disposition": "none",
            "header_from": "acme.example", "envelope_from": "", "envelope_to": null,
            "override_reasons": "mailing_list:a list; forwarded",
            "dkim_auth": "a.example/s1=pass", "spf_auth": "b.example/mfrom=softfail",
            "p": "none", "sp": null, "np": "reject", "adkim": "r", "aspf": "s", "pct": "100",
            "fo": "1", "testing": "n", "discovery_method": "treewalk", "generator": "gen 1",
            "dialect": "rfc9990", "psd": null,
        }),
        json(&RECORD, &record(&stored))
    );
}

/// The rows must tell the same as the values' own JSON, name by name.
#[test]
fn sources_and_domains_agree_with_their_own_json() {
    let failing = specimens::failing_source();
    let row = json(&SOURCE, &source("shop.example", &failing));
    for (name, value) in serde_json::to_value(&failing).unwrap().as_object().unwrap() {
        if !value.is_array() {
            assert_eq!(value, &row[name], "{name}");
        }
    }
    assert_eq!("signs as mcsv.net; bounces to mcsv.net", row["why"]);
    let (summary, advice) = (specimens::summary("acme.example", 12_410), specimens::ready());
    let row = json(&DOMAIN, &domain(&summary, &advice));
    for (name, value) in serde_json::to_value(&summary).unwrap().as_object().unwrap() {
        assert_eq!(value, &row[name], "{name}");
    }
    for name in ["verdict", "next", "headline", "record"] {
        assert_eq!(serde_json::to_value(&advice).unwrap()[name], row[name], "{name}");
    }
}

#[test]
fn a_report_agrees_with_its_own_json() {
    let line = specimens::report_line();
    assert_eq!(serde_json::to_value(&line).unwrap(), json(&REPORT, &report(&line)));
}

#[test]
fn a_trace_agrees_with_its_own_json() {
    let stored = specimens::trace();
    assert_eq!(serde_json::to_value(&stored).unwrap(), json(&TRACE, &trace(&stored)));
}
