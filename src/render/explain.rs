//! The **explanation** of one gate or one source: what was found, and how it was worked out.
//!
//! In: a [`Gate`] or a [`SourceSummary`]. Out: a block for a person, with the arithmetic line by line
//! and the rows that a rule looked at, so that everything can be worked out again.

use std::io::{self, Write};

use crate::model::evidence::MatchedRows;
use crate::model::numbers::{agree, percent, thousands};
use crate::model::verdict::{Gate, SourceSummary};

use super::Page;
use super::text::{headed, labelled};
use super::words::amount;

/// Writes a gate.
///
/// # Errors
/// When the writer fails.
pub fn gate(out: &mut dyn Write, page: Page, domain: &str, gate: &Gate) -> io::Result<()> {
    let state = if gate.passed { "passed" } else { "not passed" };
    headed(out, page, domain, &format!("gate {}: {state}", gate.gate))?;
    labelled(out, page, "found", &gate.found)?;
    labelled(out, page, "needed", &gate.needed)?;
    for (at, line) in gate.arithmetic.iter().enumerate() {
        labelled(out, page, if at == 0 { "worked out" } else { "" }, line)?;
    }
    Ok(())
}

/// Writes a source.
///
/// # Errors
/// When the writer fails.
pub fn source(
    out: &mut dyn Write,
    page: Page,
    domain: &str,
    source: &SourceSummary,
) -> io::Result<()> {
    let health = source.health.map_or(String::new(), |health| format!(", {}", health.as_str()));
    let class = source.class.as_str();
    headed(out, page, domain, &format!("source {}: {class}{health}", source.source))?;
    labelled(out, page, "rule", &source.rule)?;
    if let Some(label) = source.label {
        let note = source.label_note.as_ref().map_or(String::new(), |note| format!(": {note}"));
        labelled(out, page, "label", &format!("{}{note}", label.as_str()))?;
    }
    labelled(out, page, "messages", &counts(source))?;
    labelled(out, page, "seen", &seen(source))?;
    if let Some(reporter) = &source.fails_only_at {
        labelled(out, page, "reporter", &format!("fails at {reporter} only"))?;
    }
    if source.disagreements > 0 {
        let messages = amount(source.disagreements, "message");
        let text = format!("the raw results of {messages} contradict what the reporter says");
        labelled(out, page, "contradict", &text)?;
    }
    for rows in &source.evidence {
        evidence(out, page, rows)?;
    }
    match &source.fix {
        Some(fix) => labelled(out, page, "->", fix),
        None => Ok(()),
    }
}

fn counts(source: &SourceSummary) -> String {
    let tally = &source.tally;
    let share = |part| percent(part, tally.messages);
    format!(
        "{}: DKIM aligns {}, SPF {}, DMARC passes {}; {} quarantined, {} rejected",
        thousands(tally.messages),
        share(tally.dkim_aligned),
        share(tally.spf_aligned),
        share(tally.dmarc_pass),
        thousands(source.quarantined),
        thousands(source.rejected)
    )
}

fn seen(source: &SourceSummary) -> String {
    format!(
        "{} to {}, from {} ({})",
        source.first_day,
        source.last_day,
        addresses(source.addresses),
        source.busiest_addresses.join(", ")
    )
}

fn addresses(count: u64) -> String {
    format!("{} {}", thousands(count), agree(count, "address", "addresses"))
}

/// Rows that say the same, on two lines: how many, and what they say.
fn evidence(out: &mut dyn Write, page: Page, rows: &MatchedRows) -> io::Result<()> {
    let mark = if rows.counted { "" } else { " (not counted by the rule)" };
    let how_many = format!(
        "{} from {}, by {}, {} to {}{mark}",
        amount(rows.messages, "message"),
        addresses(rows.addresses),
        amount(rows.reporters, "reporter"),
        rows.first_day,
        rows.last_day
    );
    labelled(out, page, &format!("rows {}", rows.code.as_str()), &how_many)?;
    let list = |name: &str, values: &[String]| match values {
        [] => format!("no {name}"),
        values => format!("{name} {}", values.join(", ")),
    };
    let mut said = vec![
        format!("From {}", rows.header_from),
        list("DKIM", &rows.dkim),
        list("SPF", &rows.spf),
        format!("disposition {}", rows.disposition),
    ];
    if !rows.reasons.is_empty() {
        said.push(format!("excused as {}", rows.reasons.join(", ")));
    }
    labelled(out, page, "", &said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;
    use crate::model::evidence::RowCode;
    use crate::render::specimens;

    fn text(write: impl Fn(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_gate_shows_its_arithmetic_line_by_line() {
        let gate_of = Gate {
            gate: "rate",
            passed: false,
            found: "1 of 9 fails".into(),
            needed: "at most 2%".into(),
            arithmetic: vec!["K = 1 of N = 9".into(), "r = 0.111".into()],
        };
        assert_eq!(
            "acme.example  gate rate: not passed\n  found      1 of 9 fails\n  needed     at most 2%\n  \
             worked out K = 1 of N = 9\n             r = 0.111\n",
            text(|out| gate(out, Page::PLAIN, "acme.example", &gate_of))
        );
    }

    #[test]
    fn a_source_shows_the_rows_that_its_rule_looked_at() {
        let mut failing = specimens::failing_source();
        failing.evidence = vec![MatchedRows {
            code: RowCode::Xd,
            messages: 1_290,
            addresses: 2,
            reporters: 3,
            first_day: Day(20_747),
            last_day: Day(20_777),
            header_from: "shop.example".into(),
            dkim: vec!["mcsv.net/k1=pass\u{1b}".into()],
            spf: vec![],
            reasons: vec![],
            disposition: "none".into(),
            counted: true,
        }];
        let text = text(|out| source(out, Page::PLAIN, "shop.example", &failing));
        assert!(
            text.contains("rows Xd    1,290 messages from 2 addresses, by 3 reporters"),
            "{text}"
        );
        assert!(text.contains("DKIM mcsv.net/k1=pass"), "{text}");
        assert!(text.contains("no SPF") && !text.contains('\u{1b}'), "{text}");
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }
}
