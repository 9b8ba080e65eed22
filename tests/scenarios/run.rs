//! **Runs** the real program on a case: reads its reports, says its labels, asks for advice.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::bare::bare;
use super::case::Case;
use super::days::noon;
use super::generate;

/// What the program says.
pub(crate) struct Answer {
    /// The domain's advice.
    pub(crate) advice: Value,
    /// Its sources.
    pub(crate) sources: Vec<Value>,
}

/// Asks the program about a case.
pub(crate) fn ask(case: &Case) -> Result<Answer, String> {
    let stage = tempfile::tempdir().map_err(|error| error.to_string())?;
    let folder = stage.path();
    let reports = folder.join("reports");
    std::fs::create_dir(&reports).map_err(|error| error.to_string())?;
    let written = generate::write(case, &reports)?;
    let program = Program { case, folder };
    let read = program.json(&["ingest", "reports"])?;
    // a report that contradicts an earlier one is read, and kept out of the totals
    let taken = read["reports"].as_u64();
    if taken.is_none_or(|taken| taken == 0 || taken > written as u64) {
        return Err(format!("{written} reports were written, and read: {read}"));
    }
    program.say()?;
    let mut advise = vec!["advise", &case.domain];
    advise.extend(case.record.iter().flat_map(|record| ["--record", record]));
    advise.extend(case.window.iter().flat_map(|window| ["--window", window]));
    let advice = program.json(&advise)?["domains"][0].clone();
    let mut sources = vec!["sources", &case.domain];
    sources.extend(case.window.iter().flat_map(|window| ["--window", window]));
    let sources = program.json(&sources)?["sources"].as_array().cloned().unwrap_or_default();
    Ok(Answer { advice, sources })
}

struct Program<'a> {
    case: &'a Case,
    folder: &'a Path,
}

impl Program<'_> {
    /// What the operator knows.
    fn say(&self) -> Result<(), String> {
        let domain = self.case.domain.as_str();
        for label in &self.case.label {
            let mut line = vec!["label", domain, &label.source, &label.is];
            line.extend(label.note.iter().flat_map(|note| ["--note", note]));
            self.run(&line)?;
        }
        let profile = [
            ("--posts-to-lists", self.case.profile.posts_to_lists),
            ("--sends-mail", self.case.profile.sends_mail),
        ];
        for (option, value) in profile.into_iter().filter_map(|(o, v)| Some((o, v?))) {
            self.run(&["profile", domain, option, if value { "yes" } else { "no" }])?;
        }
        Ok(())
    }

    fn json(&self, line: &[&str]) -> Result<Value, String> {
        let output = self.run(&[line, &["--format", "json"]].concat())?;
        serde_json::from_slice(&output.stdout).map_err(|error| format!("{line:?}: {error}"))
    }

    fn run(&self, line: &[&str]) -> Result<Output, String> {
        let mut command = bare(self.folder, noon(self.case.today));
        let output = command.args(line).output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(output);
        }
        Err(format!("{line:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
