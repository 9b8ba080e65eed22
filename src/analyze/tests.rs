//! What the judgement says of domains that every postmaster has met.

use crate::model::verdict::{SourceSummary, Verdict};
use crate::model::words::Policy;

mod alignment;
mod below;
mod classes;
mod dns;
mod doubts;
mod evidence;
mod fixes;
mod hosts;
mod labels;
mod matched;
mod over_time;
mod poisoned;
mod scopes;
mod steps;
mod unanswered;
mod words;

use super::Judgement;

fn source<'a>(judged: &'a Judgement, name: &str) -> &'a SourceSummary {
    let names: Vec<_> = judged.sources.iter().map(|s| &s.source).collect();
    judged.sources.iter().find(|s| s.source == name).unwrap_or_else(|| panic!("{names:?}"))
}

fn unmet(judged: &Judgement) -> Vec<&str> {
    judged.advice.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate).collect()
}

#[track_caller]
fn assert_verdict(verdict: Verdict, next: Option<Policy>, judged: &Judgement) {
    let advice = &judged.advice;
    assert_eq!((verdict, &next), (advice.verdict, &advice.next), "{advice:#?}");
    assert_eq!(next.is_some(), advice.record.is_some());
}

fn noted(judged: &Judgement, text: &str) -> bool {
    judged.advice.notes.iter().any(|note| note.contains(text))
}
