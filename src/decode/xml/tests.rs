use super::*;
use crate::model::words::{
    AlignedResult, Dialect, Disposition, DkimResult, OverrideKind, Policy, SpfResult, Testing,
};
use crate::model::{Issue, SourceAddress};

mod bounds;
mod broken;
mod encodings;
mod habits;
mod oddities;

const NOW: i64 = 1_795_000_000;

/// A report with one record; `{}` parts can be replaced by the tests.
const PLAIN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>receiver.example</org_name>
    <email>dmarc@receiver.example</email>
    <report_id>abc-1</report_id>
    <date_range><begin>1794182400</begin><end>1794268799</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>Acme.Example</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct>
  </policy_published>
  <record>
    <row>
      <source_ip>192.0.2.1</source_ip><count>7</count>
      <policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated>
    </row>
    <identifiers><header_from>acme.example</header_from></identifiers>
    <auth_results>
      <dkim><domain>acme.example</domain><selector>s1</selector><result>pass</result></dkim>
      <spf><domain>bounce.example</domain><scope>mfrom</scope><result>softfail</result></spf>
    </auth_results>
  </record>
</feedback>
"#;

fn read_all(text: &str, limits: &Limits) -> Vec<Result<Report, Outcome>> {
    let mut found = Vec::new();
    read(text.as_bytes().to_vec(), NOW, limits, &mut Room::new(limits), &mut |outcome| {
        found.push(outcome)
    });
    found
}

fn read_text(text: &str) -> Result<Report, Outcome> {
    let mut found = read_all(text, &Limits::default());
    assert_eq!(1, found.len(), "{found:?}");
    found.remove(0)
}

fn report(text: &str) -> Report {
    read_text(text).unwrap()
}

fn codes(report: &Report) -> Vec<IssueCode> {
    report.issues.iter().map(|issue| issue.code).collect()
}

/// The only issue of a report with the replacement made: code, place and value.
fn issue(from: &str, to: &str) -> (IssueCode, String, String) {
    assert!(PLAIN.contains(from), "{from}");
    let mut issues = report(&PLAIN.replace(from, to)).issues;
    assert_eq!(1, issues.len(), "{issues:?}");
    let Issue { code, place, value, .. } = issues.remove(0);
    (code, place, value)
}

fn reason(text: &str) -> Reason {
    match read_text(text).unwrap_err() {
        Outcome::Rejected(rejection) => rejection.reason,
        Outcome::Skipped(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plain_report_is_read_without_issues() {
    let report = report(PLAIN);
    assert_eq!(Vec::<IssueCode>::new(), codes(&report));
    assert_eq!("acme.example", report.policy.domain);
    assert_eq!(Some(Policy::None), report.policy.p);
    assert_eq!(None, report.policy.np);
    assert_eq!(Dialect::Rfc7489, report.reporter.dialect);
    assert_eq!((1_794_182_400, 1_794_268_799), (report.begin, report.end));
    let record = &report.records[0];
    assert_eq!(
        ("192.0.2.1".to_owned(), 7, 0),
        (record.source.to_string(), record.count, record.fingerprint)
    );
    let fingerprint = &report.fingerprints[0];
    assert_eq!(
        (AlignedResult::Pass, AlignedResult::Fail),
        (fingerprint.dkim.clone(), fingerprint.spf.clone())
    );
    assert_eq!(DkimResult::Pass, fingerprint.dkim_auth[0].result);
    assert_eq!(Some("s1"), fingerprint.dkim_auth[0].selector.as_deref());
    assert_eq!(SpfResult::SoftFail, fingerprint.spf_auth[0].result);
}

#[test]
fn an_rfc_9990_report_is_read_whole() {
    let text = r#"<?xml version="1.0"?>
<d:feedback xmlns:d="urn:ietf:params:xml:ns:dmarc-2.0" xmlns:x="https://ext.example/">
  <d:version>1.0</d:version>
  <d:report_metadata>
    <d:org_name>r.example</d:org_name><d:email>d@r.example</d:email>
    <d:extra_contact_info lang="de">Hilfe</d:extra_contact_info>
    <d:report_id>&lt;1@r.example&gt;</d:report_id>
    <d:date_range><d:begin>1794182400</d:begin><d:end>1794268799</d:end></d:date_range>
    <d:error lang="fr">une &amp; deux</d:error><d:generator>mta 4.2</d:generator>
  </d:report_metadata>
  <d:policy_published><d:domain>acme.example</d:domain><d:p>quarantine</d:p><d:np>reject</d:np>
    <d:testing>y</d:testing><d:discovery_method>treewalk</d:discovery_method></d:policy_published>
  <d:extension><x:a><x:b>1</x:b></x:a></d:extension>
  <d:record>
    <d:row><d:source_ip>2001:db8::1</d:source_ip><d:count>2</d:count>
      <d:policy_evaluated><d:disposition>pass</d:disposition><d:dkim>pass</d:dkim><d:spf>fail</d:spf>
        <d:reason><d:type>policy_test_mode</d:type><d:comment lang="en">t=y</d:comment></d:reason>
      </d:policy_evaluated></d:row>
    <d:identifiers><d:envelope_to>r.example</d:envelope_to><d:envelope_from/><d:header_from>acme.example</d:header_from></d:identifiers>
    <d:auth_results>
      <d:dkim><d:domain>acme.example</d:domain><d:selector>s</d:selector><d:result>pass</d:result><d:human_result lang="en">fine</d:human_result></d:dkim>
      <d:spf><d:domain>a.example</d:domain><d:result>policy</d:result></d:spf>
      <d:spf><d:domain>b.example</d:domain><d:result>fail</d:result></d:spf>
    </d:auth_results>
    <x:extra>more</x:extra>
  </d:record>
</d:feedback>"#;
    let report = report(text);
    assert_eq!(Vec::<IssueCode>::new(), codes(&report));
    assert_eq!(Dialect::Rfc9990, report.reporter.dialect);
    assert_eq!(Some("urn:ietf:params:xml:ns:dmarc-2.0"), report.reporter.namespace.as_deref());
    assert_eq!("1@r.example", report.report_id);
    assert_eq!(Some("de"), report.reporter.extra_contact_info.unwrap().lang.as_deref());
    assert_eq!("une & deux", report.errors[0].text);
    assert_eq!(Some("mta 4.2"), report.reporter.generator.as_deref());
    assert_eq!(Some(Testing::Yes), report.policy.testing);
    assert_eq!((Some(Policy::Reject), None), (report.policy.np, report.policy.sp));
    let fingerprint = &report.fingerprints[0];
    assert_eq!(Disposition::Pass, fingerprint.disposition);
    assert_eq!(OverrideKind::PolicyTestMode, fingerprint.reasons[0].kind);
    assert_eq!(
        (Some(""), Some("r.example")),
        (fingerprint.envelope_from.as_deref(), fingerprint.envelope_to.as_deref())
    );
    assert_eq!(2, fingerprint.spf_auth.len());
    assert_eq!(SpfResult::Policy, fingerprint.spf_auth[0].result);
    assert_eq!("fine", fingerprint.dkim_auth[0].human_result.as_ref().unwrap().text);
}

#[test]
fn rows_that_say_the_same_share_a_fingerprint() {
    let start = PLAIN.find("<record>").unwrap();
    let end = PLAIN.find("</feedback>").unwrap();
    let record = &PLAIN[start..end];
    let other = record.replace("192.0.2.1", "192.0.2.9").replace("<count>7", "<count>3");
    let text = PLAIN.replace(
        "</feedback>",
        &format!("{other}{}</feedback>", record.replace("softfail", "pass")),
    );
    let report = report(&text);
    assert_eq!(vec![0, 0, 1], report.records.iter().map(|r| r.fingerprint).collect::<Vec<_>>());
    assert_eq!(2, report.fingerprints.len());
}

#[test]
fn what_is_no_report_is_told_apart_from_what_is_broken() {
    assert_eq!(Reason::NotAReport, reason("<html><body>feedback</body></html>"));
    assert_eq!(Reason::NotAReport, reason(""));
    assert_eq!(Reason::Malformed, reason(&PLAIN.replace("</row>", "</wor>")));
    assert_eq!(Reason::MissingDomain, reason(&PLAIN.replace("Acme.Example", "")));
    assert_eq!(Reason::BadDateRange, reason(&PLAIN.replace("1794182400", "yesterday")));
    assert_eq!(Reason::DateInFuture, reason(&PLAIN.replace("1794268799", "3794268799")));
}

#[test]
fn empty_absent_and_given_are_three_things() {
    let empty = report(&PLAIN.replace("<sp>none</sp>", "<sp/>"));
    assert_eq!(Some(Policy::Other("".into())), empty.policy.sp);
    assert_eq!(Vec::<IssueCode>::new(), codes(&empty));
    let absent = report(&PLAIN.replace("<sp>none</sp>", ""));
    assert_eq!(None, absent.policy.sp);
}

#[test]
fn a_report_has_the_same_identity_however_it_is_laid_out() {
    let laid_out = report(PLAIN);
    let compact: String = PLAIN.lines().map(str::trim).collect();
    assert_eq!(
        crate::model::Identity::of(&laid_out),
        crate::model::Identity::of(&report(&compact))
    );
    let (start, end) = (PLAIN.find("<record>").unwrap(), PLAIN.find("</feedback>").unwrap());
    let row = &PLAIN[start..end];
    let second = row.replace("192.0.2.1", "192.0.2.2");
    let in_order = report(&PLAIN.replace(row, &format!("{row}{second}")));
    let turned = report(&PLAIN.replace(row, &format!("{second}{row}")));
    let content = |report| crate::model::Identity::of(report).content;
    assert_eq!(content(&in_order), content(&turned));
    let other = report(&PLAIN.replace("<count>7", "<count>8"));
    let (one, two) = (crate::model::Identity::of(&laid_out), crate::model::Identity::of(&other));
    assert_eq!((one.key, true), (two.key, one.content != two.content));
}
