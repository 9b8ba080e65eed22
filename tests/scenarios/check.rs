//! **Checks** the program's answer against a case's truth; says every difference, not only the
//! first.

use std::collections::BTreeSet;

use serde_json::Value;

use super::case::{Case, SourceTruth, Truth};
use super::days::date;
use super::run::Answer;

/// Where the truth and the answer differ.
pub(crate) fn differences(case: &Case, answer: &Answer) -> Vec<String> {
    let Truth { verdict, next, record, rollback, .. } = &case.truth;
    let advice = &answer.advice;
    let mut found = Vec::new();
    let mut word = |key: &str, expected: Option<&String>| {
        let said = advice[key].as_str();
        if said != expected.map(String::as_str) {
            found.push(format!("{key}: expected {expected:?}, the program says {said:?}"));
        }
    };
    word("verdict", Some(verdict));
    if next.as_deref() != Some("any") {
        word("next", next.as_ref());
    }
    for (key, expected) in [("record", record), ("rollback", rollback)] {
        if expected.is_some() {
            word(key, expected.as_ref());
        }
    }
    if let Some(day) = case.truth.not_before {
        word("not_before", Some(&date(day)));
    }
    found.extend(gates(&case.truth, advice));
    found.extend(lists(&case.truth, advice));
    found.extend(costs(&case.truth, advice));
    found.extend(words(&case.truth, advice));
    found.extend(unlisted(&case.truth, &answer.sources));
    case.truth.source.iter().for_each(|truth| found.extend(source(truth, &answer.sources)));
    found
}

fn gates(truth: &Truth, advice: &Value) -> Option<String> {
    let expected: BTreeSet<&str> = truth.unmet.as_ref()?.iter().map(String::as_str).collect();
    let gates = advice["gates"].as_array()?.iter().filter(|gate| gate["passed"] == false);
    let said: BTreeSet<&str> = gates.filter_map(|gate| gate["gate"].as_str()).collect();
    (expected != said).then(|| format!("unmet gates: expected {expected:?}, found {said:?}"))
}

/// How an item of a list is written in a case.
type Short<'a> = &'a dyn Fn(&Value) -> String;

/// Lists whose items have a short form.
fn lists(truth: &Truth, advice: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let disagreement =
        |item: &Value| format!("{}={}", text(&item["mechanism"]), text(&item["reported"]));
    let source = |item: &Value| text(&item["source"]);
    let policy = |item: &Value| text(&item["p"]);
    let lists: [(&str, &Option<Vec<String>>, Short<'_>); 3] = [
        ("blockers", &truth.blockers, &source),
        ("policy_history", &truth.history, &policy),
        ("disagreements", &truth.disagreements, &disagreement),
    ];
    let mut found = Vec::new();
    for (key, expected, short) in lists {
        let said: Vec<String> = advice[key].as_array().into_iter().flatten().map(short).collect();
        if expected.as_ref().is_some_and(|expected| *expected != said) {
            found.push(format!("{key}: expected {expected:?}, found {said:?}"));
        }
    }
    found
}

fn costs(truth: &Truth, advice: &Value) -> Vec<String> {
    let worst = &advice["what_if"]["worst_case"];
    let differs = truth.cost.iter().filter(|(key, count)| worst[key.as_str()] != **count);
    differs
        .map(|(key, count)| format!("cost.{key}: expected {count}, found {}", worst[key]))
        .collect()
}

/// All that a person reads of the advice, in lower case.
fn text(advice: &Value) -> String {
    let mut text = vec![advice["headline"].to_string(), advice["notes"].to_string()];
    text.push(advice["blockers"].to_string());
    text.join("\n").to_lowercase().replace("\\\"", "\"")
}

/// Whether one of `a | b` stands in a text.
fn says(text: &str, fragments: &str) -> bool {
    fragments.split(" | ").any(|fragment| text.contains(&fragment.to_lowercase()))
}

fn words(truth: &Truth, advice: &Value) -> Vec<String> {
    let text = text(advice);
    let lacks = truth.says.iter().filter(|fragment| !says(&text, fragment));
    let has = truth.never.iter().filter(|fragment| says(&text, fragment));
    let lacks = lacks.map(|fragment| format!("does not say: {fragment}"));
    lacks.chain(has.map(|fragment| format!("must not say: {fragment}"))).collect()
}

/// Sources that an expert did not speak of may only be noise.
fn unlisted(truth: &Truth, sources: &[Value]) -> Vec<String> {
    let is_minor = |source: &&Value| matches!(source["class"].as_str(), Some("noise" | "threat"));
    let known = |source: &&Value| truth.source.iter().any(|known| source["source"] == *known.name);
    let rest = sources.iter().filter(|source| !is_minor(source) && !known(source));
    rest.map(|source| {
        format!("not expected: {} ({}: {})", source["source"], source["class"], source["rule"])
    })
    .collect()
}

fn source(truth: &SourceTruth, sources: &[Value]) -> Vec<String> {
    let name = &truth.name;
    let Some(found) = sources.iter().find(|source| source["source"] == **name) else {
        return vec![format!("there is no source {name}")];
    };
    let mut differences = Vec::new();
    let texts = [
        ("class", Some(&truth.class)),
        ("health", truth.health.as_ref()),
        ("label", truth.label.as_ref()),
        ("fails_only_at", truth.fails_only_at.as_ref()),
    ];
    for (key, expected) in texts.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        if found[key] != **expected {
            let rule = &found["rule"];
            differences.push(format!("{name}: {key} is {}, not {expected} ({rule})", found[key]));
        }
    }
    for (key, expected) in [("messages", truth.messages), ("dmarc_fail", truth.failing)] {
        if expected.is_some_and(|count| found[key] != count) {
            differences.push(format!("{name}: {key} is {}, not {expected:?}", found[key]));
        }
    }
    let text = ["rule", "why", "fix", "label_note"].map(|key| found[key].to_string());
    let text = text.join("\n").to_lowercase();
    let lacks = truth.says.iter().filter(|fragment| !says(&text, fragment));
    differences.extend(lacks.map(|fragment| format!("{name} does not say: {fragment}")));
    differences
}
