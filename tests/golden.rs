//! Goldens: what every sample report decodes to, as text in `tests/golden/`, one file a folder.
//!
//! The files that tell a story are shown by a line a report; those that show a quirk are shown
//! whole. After a change that is meant: `UPDATE_GOLDEN=1 cargo test --test golden`, and read the
//! difference before committing it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ruaudit::decode::{Limits, decode};
use ruaudit::intake::Intake;
use ruaudit::intake::paths::Paths;
use ruaudit::model::{Fingerprint, LangText, Outcome, Report, Trace};

/// The moment that counts as now: just after the samples' last day.
const NOW: i64 = 1_793_000_000;

/// Folders whose reports are shown whole.
const WHOLE: &[&str] = &["quirks", "broken", "mail"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn folders() -> Vec<String> {
    let entries = fs::read_dir(root().join("sample-reports")).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn describe_folder(name: &str) -> String {
    let folder = root().join("sample-reports").join(name);
    let mut paths = Paths::new(std::slice::from_ref(&folder), 25 << 20).unwrap();
    let mut text = String::new();
    while let Some(input) = paths.next().unwrap() {
        let file = Path::new(&input.origin.input).strip_prefix(&folder).unwrap();
        let file = file.display().to_string();
        writeln!(text, "{file}").unwrap();
        for trace in decode(input, NOW, &Limits::default()) {
            describe(&mut text, &trace, WHOLE.contains(&name));
        }
    }
    text
}

fn describe(text: &mut String, trace: &Trace, whole: bool) {
    let part = trace.origin.part.escape_debug();
    let part = if trace.origin.part.is_empty() { String::new() } else { format!("[{part}] ") };
    match &trace.outcome {
        Outcome::Accepted(accepted) => {
            let Report { reporter, report_id, begin, end, records, policy, .. } = &accepted.report;
            let messages: i64 = records.iter().map(|record| record.count).sum();
            writeln!(
                text,
                "  {part}accepted: {} {} from {}, {begin}..{end}, {} records, {messages} messages, content {}",
                reporter.dialect.as_str(),
                report_id.escape_debug(),
                reporter.org_name.escape_debug(),
                records.len(),
                accepted.identity.content,
            )
            .unwrap();
            if whole {
                describe_whole(text, &accepted.report);
            } else {
                let p = policy.p.as_ref().map_or("-", |p| p.as_str());
                writeln!(
                    text,
                    "    {} p={p}, {} issues",
                    policy.domain,
                    accepted.report.issues.len()
                )
                .unwrap();
            }
        }
        Outcome::Rejected(rejection) => writeln!(
            text,
            "  {part}rejected: {} {} at {:?}: {}",
            rejection.stage.as_str(),
            rejection.reason.as_str(),
            rejection.position,
            rejection.detail.escape_debug(),
        )
        .unwrap(),
        Outcome::Skipped(reason) => writeln!(text, "  {part}skipped: {}", reason.as_str()).unwrap(),
        Outcome::Deferred(reason) => {
            writeln!(text, "  {part}deferred: {}", reason.as_str()).unwrap();
        }
    }
}

fn describe_whole(text: &mut String, report: &Report) {
    let reporter = &report.reporter;
    let contact = lang(reporter.extra_contact_info.as_ref());
    writeln!(
        text,
        "    reporter: email={:?} contact={contact} generator={:?} version={:?} namespace={:?}",
        reporter.email, reporter.generator, reporter.version, reporter.namespace
    )
    .unwrap();
    for error in &report.errors {
        writeln!(text, "    error: {}", lang(Some(error))).unwrap();
    }
    let policy = &report.policy;
    let tags = [
        ("p", policy.p.as_ref().map(|w| w.as_str())),
        ("sp", policy.sp.as_ref().map(|w| w.as_str())),
        ("np", policy.np.as_ref().map(|w| w.as_str())),
        ("adkim", policy.adkim.as_ref().map(|w| w.as_str())),
        ("aspf", policy.aspf.as_ref().map(|w| w.as_str())),
        ("fo", policy.fo.as_deref()),
        ("pct", policy.pct.as_deref()),
        ("testing", policy.testing.as_ref().map(|w| w.as_str())),
        ("discovery_method", policy.discovery_method.as_ref().map(|w| w.as_str())),
        ("psd", policy.psd.as_deref()),
    ];
    let tags: Vec<_> = tags
        .iter()
        .filter_map(|(tag, value)| value.map(|value| format!("{tag}={value:?}")))
        .collect();
    writeln!(text, "    policy: {:?} {}", policy.domain, tags.join(" ")).unwrap();
    for record in &report.records {
        let source = record.source.to_string();
        let index = record.fingerprint;
        writeln!(text, "    {} x {} as #{index}", source.escape_debug(), record.count).unwrap();
    }
    for (index, fingerprint) in report.fingerprints.iter().enumerate() {
        describe_fingerprint(text, index, fingerprint);
    }
    for issue in &report.issues {
        writeln!(text, "    issue: {} at {}: {:?}", issue.code.as_str(), issue.place, issue.value)
            .unwrap();
    }
}

fn describe_fingerprint(text: &mut String, index: usize, of: &Fingerprint) {
    let (from, to) = (&of.envelope_from, &of.envelope_to);
    writeln!(
        text,
        "    #{index}: header_from={:?} envelope_from={from:?} envelope_to={to:?} disposition={:?} dkim={:?} spf={:?}",
        of.header_from,
        of.disposition.as_str(),
        of.dkim.as_str(),
        of.spf.as_str()
    )
    .unwrap();
    for reason in &of.reasons {
        let comment = lang(reason.comment.as_ref());
        writeln!(text, "      reason {:?} {comment}", reason.kind.as_str()).unwrap();
    }
    for dkim in &of.dkim_auth {
        let (selector, human) = (&dkim.selector, lang(dkim.human_result.as_ref()));
        let result = dkim.result.as_str();
        writeln!(text, "      dkim {:?} s={selector:?} {result:?} {human}", dkim.domain).unwrap();
    }
    for spf in &of.spf_auth {
        let scope = spf.scope.as_ref().map(|scope| scope.as_str());
        let (result, human) = (spf.result.as_str(), lang(spf.human_result.as_ref()));
        writeln!(text, "      spf {:?} {scope:?} {result:?} {human}", spf.domain).unwrap();
    }
}

fn lang(text: Option<&LangText>) -> String {
    text.map_or_else(|| "-".into(), |text| format!("{:?}/{:?}", text.text, text.lang))
}

#[test]
fn every_sample_decodes_to_its_golden() {
    let folders = folders();
    assert!(folders.len() >= 5, "{folders:?}");
    for name in folders {
        let golden = root().join("tests/golden").join(format!("{name}.txt"));
        let found = describe_folder(&name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(golden.parent().unwrap()).unwrap();
            fs::write(&golden, &found).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        let difference = expected.lines().zip(found.lines()).find(|(e, f)| e != f);
        assert_eq!(None, difference, "{name}: the first line that differs (expected, found)");
        assert_eq!(expected.lines().count(), found.lines().count(), "{name}: number of lines");
    }
}
