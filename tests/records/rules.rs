//! The **tables of rules**, `rules/*.toml`: rows that were written from the RFCs before the program was
//! asked, each with the rule that it belongs to. Every rule has its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ruaudit::model::finding::{Checked, Severity};
use ruaudit::record;
use serde::Deserialize;

use super::word;

/// Rules of DMARC records with what they are about: E the record is not usable or does not do what it
/// says, W it is doubtful, N there is nothing to say.
const DMARC: &[(&str, &str)] = &[
    ("E1", "more than one record"),
    ("E2", "the version"),
    ("E3", "p invalid, or missing without rua"),
    ("E4", "sp or np invalid"),
    ("E5", "an address that is no URI"),
    ("E8", "letters, `=` and `;`"),
    ("E9", "a tag twice"),
    ("E10", "ruf with psd=y"),
    ("E11", "fo"),
    ("W1", "p missing"),
    ("W2", "p not second"),
    ("W3", "no rua"),
    ("W4", "no mailto"),
    ("W5", "pct, rf, ri"),
    ("W6", "pct of less than 100"),
    ("W7", "a size behind a URI"),
    ("W8", "fo without ruf"),
    ("W9", "more than two URIs"),
    ("W10", "adkim, aspf, psd, t invalid"),
    ("W11", "an unknown tag"),
    ("W13", "sp or np weaker"),
    ("W14", "t=y without effect"),
    ("W15", "t=y left on"),
    ("W16", "psd=y"),
    ("W17", "a name that the walk does not reach"),
    ("W18", "p=reject"),
];

/// Rules that need the DNS: the codes with which `check DOMAIN` tells of them, in the tests of `dns`.
const ASKED: &[(&str, &str)] = &[
    ("E6 a destination that did not agree", "domain_report_not_authorised"),
    ("E6 one that sends them elsewhere", "domain_report_elsewhere"),
    ("E7 a name too long to be asked for", "domain_report_too_long"),
    ("W12 sp or np that is never asked for", "domain_tag_unused"),
    ("W16 psd=y at a name that is no suffix", "domain_psd"),
    ("W19 the two ways differ", "domain_ways_differ"),
];

/// Sections of RFC 7208.
const SPF: &[&str] = &[
    "3.3", "4.5", "4.6.1", "4.6.4", "5.1", "5.2", "5.3", "5.5", "5.6", "5.7", "6", "6.1", "6.2",
    "7",
];

/// Tags of RFC 6376 section 3.6.1; `x` is any other.
const DKIM: &[&str] = &["v", "h", "k", "p", "s", "t", "g", "x"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    record: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The rule; `N`: nothing is wrong.
    row: String,
    section: String,
    given: String,
    #[serde(default, rename = "receivers")]
    _receivers: String,
    effect: Option<String>,
    /// The sentences of what receivers do, all of them.
    effects: Option<Vec<String>>,
    /// What is proposed, of each finding that has it, in their order.
    instead: Option<Vec<String>>,
    findings: Vec<String>,
    kind: Option<String>,
    corrected: Option<String>,
    #[serde(default, rename = "note")]
    _note: String,
}

fn table(kind: &str) -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/records/rules");
    let text = std::fs::read_to_string(folder.join(format!("{kind}.toml"))).unwrap();
    toml::from_str::<Table>(&text).unwrap_or_else(|error| panic!("{kind}: {error}")).record
}

fn found(checked: &Checked) -> Vec<String> {
    let told =
        |one: &ruaudit::model::finding::Finding| format!("{} {}", word(one.severity), one.code);
    checked.findings.iter().map(told).collect()
}

fn insteads(checked: &Checked) -> Vec<String> {
    checked.findings.iter().filter_map(|one| one.instead.clone()).collect()
}

/// Tells of every code that comes with a proposal in these tables whether a row has what is proposed.
#[test]
fn every_proposal_has_a_row() {
    let (mut proposing, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for row in ["dmarc", "spf", "dkim"].into_iter().flat_map(table) {
        let findings = record::check(&row.given, None).findings.into_iter();
        let codes = findings.filter(|one| one.instead.is_some()).map(|one| one.code);
        match row.instead {
            Some(_) => seen.extend(codes),
            None => proposing.extend(codes),
        }
    }
    let missing: Vec<_> = proposing.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The beginning of each sentence of what receivers do, by kind.
const SENTENCES: &[(&str, &[&str])] = &[
    (
        "dmarc",
        &[
            "Receivers see no DMARC record in it",
            "Receivers act as if there were no DMARC record",
            "Receivers cannot read p and act",
            "Receivers cannot read sp or np and act",
            "is delivered as if there were no DMARC (policy none)",
            "goes to spam (policy quarantine)",
            "is refused (policy reject)",
            "Mail of the domain and its subdomains that fails",
            "Mail of the domain that fails",
            "Mail of subdomains that fails",
            "For mail of its subdomains the record of acme.example decides",
            "Mail of names that do not exist",
            "since t=y asks for none",
            "since t=y asks for quarantine",
            "at receivers of the older rules it is refused",
            "at receivers of the older rules all of it",
            "% of it is refused, and the rest goes to spam",
            "% of it goes to spam, and the rest is delivered",
            "DKIM and SPF pass only for exactly",
            "DKIM passes only for exactly",
            "SPF passes only for exactly",
            "Nobody sends aggregate reports",
            "Aggregate reports go to",
            "only from receivers that know more than mailto",
            "Failure reports go to",
            "Some receivers may take no notice of it at all",
        ],
    ),
    (
        "spf",
        &[
            "Receivers see no SPF record",
            "Receivers answer permerror",
            "No server is named that may send",
            "SPF passes for one network",
            "SPF passes for 2 networks",
            "whom _spf.acme.example lets pass",
            "the addresses of the domain",
            "the addresses of mail.acme.example",
            "the mail exchangers of the domain",
            "servers whose reverse name is in the domain",
            "SPF passes for whoever makes",
            "Mail from anywhere else passes too",
            "Mail from anywhere else fails: some",
            "Mail from anywhere else fails softly",
            "For mail from anywhere else the record of _spf.acme.example decides",
            "nothing is said (neutral)",
            "look-ups are used by the record itself",
            "; what it includes uses more",
            "; the record that it leads to may use more",
        ],
    ),
    (
        "dkim",
        &[
            "Receivers cannot use this key",
            "The key is revoked",
            "Receivers verify signatures with an RSA key of 2048 bits",
            "an Ed25519 key, which not every receiver knows",
            "They may treat a signature that does not pass",
        ],
    ),
];

#[test]
fn every_sentence_of_what_receivers_do_has_a_row() {
    let mut missing: Vec<&str> = Vec::new();
    for (kind, sentences) in SENTENCES {
        let rows = table(kind);
        let told: Vec<&String> =
            rows.iter().filter_map(|row| row.effects.as_ref()).flatten().collect();
        let is_told = |sentence: &&&str| told.iter().any(|effect| effect.contains(**sentence));
        missing.extend(sentences.iter().filter(|it| !is_told(it)).copied());
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_rule_is_kept() {
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for kind in ["dmarc", "spf", "dkim"] {
        for row in table(kind) {
            rows += 1;
            let checked = record::check(&row.given, None);
            let is = checked.kind.map_or("none".to_owned(), |is| is.as_str().to_lowercase());
            let findings = found(&checked);
            let wanted = (row.kind.as_deref().unwrap_or(kind), &row.findings, &row.corrected);
            if wanted != (is.as_str(), &findings, &checked.corrected) {
                let got = (is, findings, &checked.corrected);
                wrong.push(format!(
                    "{kind}: {:?}\n  wanted {wanted:?}\n  found  {got:?}",
                    row.given
                ));
            }
            let effect = checked.effect.join(" / ");
            let is_told = row.effect.as_deref().is_none_or(|words| match words.strip_prefix('!') {
                Some(words) => !effect.contains(words),
                None => effect.contains(words),
            });
            if row.effects.as_ref().is_some_and(|wanted| *wanted != checked.effect) {
                let got = &checked.effect;
                wrong
                    .push(format!("{kind}: {:?}\n  {:#?} is not {got:#?}", row.given, row.effects));
            }
            let instead = insteads(&checked);
            if row.instead.as_ref().is_some_and(|wanted| *wanted != instead) {
                wrong.push(format!(
                    "{kind}: {:?}\n  {:?} is not {instead:?}",
                    row.given, row.instead
                ));
            }
            if !is_told {
                wrong.push(format!("{kind}: {:?}\n  {:?} is not {effect}", row.given, row.effect));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_has_two_rows_and_no_row_another_rule() {
    let rules = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let dmarc: Vec<&str> = DMARC.iter().map(|(name, _)| *name).collect();
    for (kind, rules, least) in
        [("dmarc", rules(&dmarc), 120), ("spf", rules(SPF), 100), ("dkim", rules(DKIM), 60)]
    {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let rows = table(kind);
        assert!(rows.len() >= least, "{kind}: {}", rows.len());
        for row in rows {
            assert!(row.row == "N" || rules.contains(&row.row), "{kind}: {}", row.row);
            assert!(!row.section.is_empty() || row.row == "N", "{}", row.given);
            *counts.entry(row.row).or_default() += 1;
        }
        for rule in rules.iter().chain([&"N".to_owned()]) {
            let least = if kind == "dmarc" || rule == "N" { 2 } else { 1 };
            assert!(counts.get(rule).is_some_and(|count| *count >= least), "{kind}: {rule}");
        }
    }
}

#[test]
fn rules_that_need_the_dns_are_tested_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dns");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let sources = files.filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let text: String = sources.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for (rule, code) in ASKED {
        assert!(text.contains(code), "{rule}: no test tells of {code}");
    }
}

#[test]
fn what_is_strange_and_right_is_no_error() {
    let mut rows = 0;
    for kind in ["dmarc", "spf", "dkim"] {
        for row in table(kind).iter().filter(|row| row.row == "N") {
            rows += 1;
            let checked = record::check(&row.given, None);
            let errors = checked.findings.iter().filter(|one| one.severity == Severity::Error);
            // by RFC 6068 the brackets of an address literal must be encoded
            assert!(errors.count() == 0 || row.given.contains("@["), "{}", row.given);
        }
    }
    assert!(rows >= 60, "{rows}");
}
