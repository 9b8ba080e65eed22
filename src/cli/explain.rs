//! `advise --explain`: how one gate, or one source, was judged.
//!
//! In: a gate's code or a source's name. Out: that gate or source of each domain that has it, with
//! its arithmetic and its rows. Refuses a name that no domain has, with the nearest ones.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::analyze::Judgement;
use crate::error::{Error, Result};
use crate::model::verdict::{Gate, Recommendation, SourceSummary, WindowOut};
use crate::render::escape::escape;
use crate::render::{domains, explain, json};

use super::args::Format;
use super::nearest::nearest;
use super::present::Presents;
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, written};

/// Nearest names that an error shows.
const SHOWN: usize = 5;

/// All gates. Which of them are asked depends on the step.
const GATES: [&str; 9] =
    ["time", "coverage", "own_sources", "answers", "stability", "rate", "dkim", "people", "dns"];

/// What is explained of a domain, as JSON has it.
#[derive(Serialize)]
struct Explained {
    domain: String,
    gates: Vec<Gate>,
    sources: Vec<SourceSummary>,
}

/// The whole answer, as JSON has it.
#[derive(Serialize)]
struct Explanation {
    window: WindowOut,
    explained: Vec<Explained>,
}

/// Explains one gate or source of each of these domains.
pub(super) fn run(
    survey: &Survey<'_>,
    of: &[String],
    presents: &Presents<'_>,
    wanted: &str,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let (mut explained, mut names, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for domain in of {
        let judged = presents.judge(survey, domain)?.judgement;
        asked.push(Asked::of(&judged.advice));
        let found = pick(judged, wanted, &mut names);
        explained.extend((!found.gates.is_empty() || !found.sources.is_empty()).then_some(found));
    }
    if explained.is_empty() {
        return Err(not_asked(wanted, &asked).unwrap_or_else(|| unknown(wanted, names)));
    }
    written(match settings.format {
        Format::Json => {
            json::document(streams.out, &Explanation { window: survey.window_out(), explained })
        }
        _ => page(survey, &explained, settings, streams),
    })?;
    Ok(Exit::Fine)
}

/// What of a domain is meant; the names that could have been meant are added to `names`.
fn pick(judged: Judgement, wanted: &str, names: &mut Vec<String>) -> Explained {
    let Judgement { sources, advice, .. } = judged;
    names.extend(advice.gates.iter().map(|gate| gate.gate.to_owned()));
    names.extend(sources.iter().map(|source| source.source.clone()));
    let code = code(wanted);
    let is_gate = |gate: &Gate| gate.gate == code;
    let is_source = |source: &SourceSummary| {
        source.source.to_lowercase() == wanted.trim().to_lowercase()
            || source.busiest_addresses.iter().any(|address| address == wanted.trim())
    };
    Explained {
        domain: advice.domain,
        gates: advice.gates.into_iter().filter(is_gate).collect(),
        sources: sources.into_iter().filter(is_source).collect(),
    }
}

/// A gate as it is called in JSON.
fn code(wanted: &str) -> String {
    wanted.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Which gates the next step of a domain has to pass.
struct Asked {
    step: &'static str,
    gates: Vec<&'static str>,
}

impl Asked {
    fn of(advice: &Recommendation) -> Self {
        let is_asked = |code| advice.gates.iter().any(|gate| gate.gate == code);
        let step = match advice.policy.as_str() {
            "none" if is_asked("own_sources") => "the step to quarantine",
            "none" | "quarantine" => "the step to reject",
            _ => "p=reject, after which there is no step",
        };
        Self { step, gates: advice.gates.iter().map(|gate| gate.gate).collect() }
    }
}

/// What is a gate, but of no step that these domains have before them.
fn not_asked(wanted: &str, asked: &[Asked]) -> Option<Error> {
    let code = code(wanted);
    if asked.is_empty() || !GATES.contains(&code.as_str()) {
        return None;
    }
    let steps: BTreeSet<&str> = asked.iter().map(|asked| asked.step).collect();
    let steps: Vec<&str> = steps.into_iter().collect();
    let gates = GATES.into_iter().filter(|gate| asked.iter().any(|a| a.gates.contains(gate)));
    let gates: Vec<&str> = gates.collect();
    let remedy = match gates.as_slice() {
        [] => {
            "there are no gates to explain; name a source: ruaudit sources DOMAIN --all".to_owned()
        }
        gates => format!("those asked for are: {}", gates.join(", ")),
    };
    let why = match code.as_str() {
        "dns" => {
            "gate dns is asked for with --live alone, where every other gate is met".to_owned()
        }
        _ => format!("gate {code} is not asked for {}", steps.join(" nor ")),
    };
    Some(Error::new(format!("nothing to explain of gate {code}"), why, remedy))
}

fn page(
    survey: &Survey<'_>,
    explained: &[Explained],
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> std::io::Result<()> {
    domains::window(streams.out, survey.window)?;
    for Explained { domain, gates, sources } in explained {
        for gate in gates {
            writeln!(streams.out)?;
            explain::gate(streams.out, settings.page, domain, gate)?;
        }
        for source in sources {
            writeln!(streams.out)?;
            explain::source(streams.out, settings.page, domain, source)?;
        }
    }
    Ok(())
}

fn unknown(wanted: &str, mut names: Vec<String>) -> Error {
    names.sort_unstable();
    names.dedup();
    let near = nearest(wanted, names.iter().map(String::as_str));
    let listed: Vec<_> = near.iter().take(SHOWN).map(|name| escape(name)).collect();
    Error::new(
        format!("nothing to explain by the name `{}`", escape(wanted)),
        "no gate and no source of these domains is called so in the window",
        if listed.is_empty() {
            let gates = GATES.join(", ");
            format!("name a gate ({gates}) or a source: ruaudit sources DOMAIN --all")
        } else {
            format!("did you mean {}?", listed.join(", "))
        },
    )
}
