//! **Random reports**: any values that a report can have, as the model holds them.
//!
//! Only values that are read as they were written: no aliases, no oddities, nothing cut.

use std::net::{IpAddr, Ipv6Addr};

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use ruaudit::model::words::{
    AlignedResult, AlignmentMode, Dialect, DiscoveryMethod, Disposition, DkimResult, OverrideKind,
    Policy, SpfResult, SpfScope, Testing,
};
use ruaudit::model::{
    DkimAuth, Fingerprint, LangText, OverrideReason, PolicyPublished, Record, Report, Reporter,
    SourceAddress, SpfAuth,
};

/// The moment that counts as now; no period ends after it.
pub(crate) const NOW: i64 = 1_793_000_000;

const NAMESPACE_9990: &str = "urn:ietf:params:xml:ns:dmarc-2.0";

/// Text of several scripts, with characters that XML has to escape, without blanks around it.
fn text() -> impl Strategy<Value = String> {
    "[!-~à-ž一-丐😀-😎]([ -~à-ž一-丐😀-😎]{0,14}[!-~à-ž一-丐😀-😎])?"
}

/// A word that no one would take for something else: an id, a version, a selector.
fn token() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9][a-zA-Z0-9._-]{0,11}"
}

fn domain() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,7}(\\.[a-z][a-z0-9]{0,5}){0,2}\\.example"
}

fn lang_text() -> impl Strategy<Value = LangText> {
    (text(), of("[a-z]{2}")).prop_map(|(text, lang)| LangText { text, lang })
}

/// A word of one of the vocabularies.
fn word<T: Clone + std::fmt::Debug + 'static>(
    parse: fn(&str) -> T,
    words: &'static [&'static str],
) -> impl Strategy<Value = T> {
    select(words).prop_map(parse)
}

fn address() -> impl Strategy<Value = SourceAddress> {
    let v6 = any::<u128>().prop_map(Ipv6Addr::from);
    let v6 = v6.prop_filter("is IPv4 inside", |ip| ip.to_ipv4_mapped().is_none());
    let ip = prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), v6.prop_map(IpAddr::from)];
    ip.prop_map(SourceAddress::Ip)
}

fn count() -> impl Strategy<Value = i64> {
    prop_oneof![1..100_i64, 1..1_i64 << 53]
}

fn reasons(is_9990: bool) -> impl Strategy<Value = Vec<OverrideReason>> {
    const WORDS: &[&str] = &[
        "local_policy",
        "mailing_list",
        "other",
        "trusted_forwarder",
        "forwarded",
        "sampled_out",
        "policy_test_mode",
    ];
    let words = &WORDS[..WORDS.len() - usize::from(!is_9990)];
    let reason = (word(OverrideKind::parse, words), of(lang_text()));
    vec(reason.prop_map(|(kind, comment)| OverrideReason { kind, comment }), 0..3)
}

fn dkim_auth() -> impl Strategy<Value = DkimAuth> {
    const WORDS: &[&str] = &["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"];
    let parts = (domain(), of(token()), word(DkimResult::parse, WORDS), of(lang_text()));
    parts.prop_map(|(domain, selector, result, human_result)| DkimAuth {
        domain,
        selector,
        result,
        human_result,
    })
}

fn spf_auth() -> impl Strategy<Value = SpfAuth> {
    const WORDS: &[&str] =
        &["none", "pass", "fail", "softfail", "policy", "neutral", "temperror", "permerror"];
    let scope = of(word(SpfScope::parse, &["mfrom", "helo"]));
    let parts = (domain(), scope, word(SpfResult::parse, WORDS), of(lang_text()));
    parts.prop_map(|(domain, scope, result, human_result)| SpfAuth {
        domain,
        scope,
        result,
        human_result,
    })
}

fn fingerprint(is_9990: bool) -> impl Strategy<Value = Fingerprint> {
    const DISPOSITIONS: &[&str] = &["none", "quarantine", "reject", "pass"];
    const ALIGNED: &[&str] = &["pass", "fail"];
    let dispositions = &DISPOSITIONS[..DISPOSITIONS.len() - usize::from(!is_9990)];
    let envelope_from = of(prop_oneof![Just(String::new()), domain()]);
    let evaluated = (
        word(Disposition::parse, dispositions),
        word(AlignedResult::parse, ALIGNED),
        word(AlignedResult::parse, ALIGNED),
        reasons(is_9990),
    );
    let identifiers = (domain(), envelope_from, of(domain()));
    let results = (vec(dkim_auth(), 0..4), vec(spf_auth(), 0..3));
    (identifiers, evaluated, results).prop_map(|(identifiers, evaluated, results)| Fingerprint {
        header_from: identifiers.0,
        envelope_from: identifiers.1,
        envelope_to: identifiers.2,
        disposition: evaluated.0,
        dkim: evaluated.1,
        spf: evaluated.2,
        reasons: evaluated.3,
        dkim_auth: results.0,
        spf_auth: results.1,
    })
}

fn policy(is_9990: bool) -> impl Strategy<Value = PolicyPublished> {
    const POLICIES: &[&str] = &["none", "quarantine", "reject"];
    let policy = || of(word(Policy::parse, POLICIES));
    let mode = || of(word(AlignmentMode::parse, &["r", "s"]));
    let only_9990 = (
        of(word(Testing::parse, &["y", "n"])),
        of(word(DiscoveryMethod::parse, &["psl", "treewalk"])),
    );
    let texts = (of(token()), of("[0-9]{1,3}"), of("[ynu]"));
    let parts = (domain(), (policy(), policy(), policy()), (mode(), mode()), texts, only_9990);
    parts.prop_map(move |(domain, (p, sp, np), (adkim, aspf), (fo, pct, psd), only_9990)| {
        let (testing, discovery_method) = if is_9990 { only_9990 } else { (None, None) };
        PolicyPublished { domain, p, sp, np, adkim, aspf, fo, pct, testing, discovery_method, psd }
    })
}

fn reporter(is_9990: bool) -> impl Strategy<Value = Reporter> {
    let namespace = if is_9990 {
        Just(Some(NAMESPACE_9990.to_owned())).boxed()
    } else {
        of("urn:[a-z]{1,9}").boxed()
    };
    let generator = of(text()).prop_map(move |text| text.filter(|_| is_9990));
    let email = (token(), domain()).prop_map(|(name, domain)| format!("{name}@{domain}"));
    let parts = (text(), email, of(lang_text()), generator, of(token()), namespace);
    parts.prop_map(move |(org_name, email, extra_contact_info, generator, version, namespace)| {
        let dialect = if is_9990 { Dialect::Rfc9990 } else { Dialect::Rfc7489 };
        Reporter { org_name, email, extra_contact_info, generator, version, namespace, dialect }
    })
}

/// A row with all that it says.
pub(crate) type Row = (SourceAddress, i64, Fingerprint);

/// Rows that share a few fingerprints, as real ones do.
fn rows(is_9990: bool) -> impl Strategy<Value = Vec<Row>> {
    vec(fingerprint(is_9990), 1..4)
        .prop_flat_map(|fingerprints| vec((address(), count(), select(fingerprints)), 0..6))
}

/// Puts rows into a report: each fingerprint once, in order of appearance.
pub(crate) fn set_rows(report: &mut Report, rows: &[Row]) {
    report.fingerprints.clear();
    report.records.clear();
    for (source, count, seen) in rows {
        let known = report.fingerprints.iter().position(|known| known == seen);
        let index = known.unwrap_or_else(|| {
            report.fingerprints.push(seen.clone());
            report.fingerprints.len() - 1
        });
        let fingerprint = u32::try_from(index).unwrap();
        report.records.push(Record { source: source.clone(), count: *count, fingerprint });
    }
}

/// The rows of a report.
pub(crate) fn rows_of(report: &Report) -> Vec<Row> {
    let row = |record: &Record| {
        let seen = report.fingerprints[record.fingerprint as usize].clone();
        (record.source.clone(), record.count, seen)
    };
    report.records.iter().map(row).collect()
}

/// A report of either RFC.
pub(crate) fn report() -> impl Strategy<Value = Report> {
    any::<bool>().prop_flat_map(|is_9990| {
        let period = (1_300_000_000..NOW - 600_000, 0..600_000_i64);
        let errors = vec(lang_text(), 0..3);
        let parts = (reporter(is_9990), token(), period, errors, policy(is_9990), rows(is_9990));
        parts.prop_map(|(reporter, report_id, (begin, length), errors, policy, rows)| {
            let mut report = Report {
                reporter,
                report_id,
                begin,
                end: begin + length,
                errors,
                policy,
                fingerprints: Vec::new(),
                records: Vec::new(),
                issues: Vec::new(),
            };
            set_rows(&mut report, &rows);
            report
        })
    })
}
