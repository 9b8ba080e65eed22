//! What came of **checking records**: each finding with its place underlined, what receivers do, and
//! the record as it should be.
//!
//! In: checked records. Out: a page for a person, or the values of a JSON document. A corrected record
//! stands on a line of its own, unbroken, since it is there to be copied.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::model::finding::{Checked, Finding, Place, RecordKind, Severity};

use super::Page;
use super::csv::CsvRows;
use super::escape::escape;
use super::rows::Value;
use super::text::{hanging, paragraph, shorten, width};
use super::words::amount;

/// Lines of a long value that are shown above one place.
const SHOWN: usize = 4;

/// Bytes of a value before a place from which on it is shown from the middle: else fifty findings of a long
/// value were fifty times its length to lay out.
const FAR: usize = 4_096;

/// How far a value is indented.
const INDENT: usize = 2;

/// The code of an address that nobody but the reader can mend.
const PLACEHOLDER: &str = "dmarc_placeholder";

/// The codes of what is proposed as it must stand in a zone file: unbroken, to be copied.
const AS_WRITTEN: &[&str] = &["zone_string", "zone_unquoted"];

/// A record that was checked, as JSON has it.
#[derive(Debug, Clone, Serialize)]
pub struct CheckedOut<'a> {
    /// The line of the zone file on which it begins.
    pub line: Option<usize>,
    /// What kind it is; none where nobody can tell.
    pub kind: Option<RecordKind>,
    /// The name at which it stands, where that is known.
    pub name: Option<&'a str>,
    /// The value as receivers see it.
    pub text: &'a str,
    /// The worst severity among the findings.
    pub worst: Option<Severity>,
    /// What was found, worst first.
    pub findings: &'a [Finding],
    /// What receivers do, a sentence each.
    pub effect: &'a [String],
    /// The record as it should be.
    pub corrected: Option<&'a str>,
    /// The zone file; none for standard input.
    pub file: Option<&'a str>,
}

impl<'a> CheckedOut<'a> {
    /// As it came from the rules.
    #[must_use]
    pub fn of(line: Option<usize>, checked: &'a Checked) -> Self {
        Self {
            line,
            kind: checked.kind,
            name: checked.name.as_deref(),
            text: &checked.text,
            worst: checked.worst(),
            findings: &checked.findings,
            effect: &checked.effect,
            corrected: checked.corrected.as_deref(),
            file: None,
        }
    }
}

/// How many findings of a severity there are.
#[must_use]
pub fn count(records: &[CheckedOut<'_>], severity: Severity) -> u64 {
    let all = records.iter().flat_map(|record| record.findings);
    all.filter(|finding| finding.severity == severity).count() as u64
}

/// Writes one record in full.
///
/// # Errors
/// When the writer fails.
pub fn record(out: &mut dyn Write, page: Page, record: &CheckedOut<'_>) -> io::Result<()> {
    bounded(out, page, record, Bounds::ALL)
}

/// Writes one record of the DNS, where anything may stand: unless everything is asked for, the first findings,
/// and of what is very long its ends. What is to be mended of the whole stands elsewhere.
///
/// # Errors
/// When the writer fails.
pub fn brief(out: &mut dyn Write, page: Page, record: &CheckedOut<'_>) -> io::Result<()> {
    let bounds = if page.verbose { Bounds::ALL } else { Bounds::SOME };
    bounded(out, page, record, Bounds { clean: "well formed", ..bounds })
}

/// How much of a record is written.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    findings: usize,
    /// Bytes of a value, and of a sentence.
    value: usize,
    sentence: usize,
    /// What is said of a record without findings.
    clean: &'static str,
}

impl Bounds {
    const SOME: Self = Self { findings: 10, value: 2_000, sentence: 400, clean: NOTHING };
    const ALL: Self = Self { findings: MOST, value: MOST, sentence: MOST, clean: NOTHING };
}

const MOST: usize = usize::MAX;
/// What is said of records without findings.
const NOTHING: &str = "nothing to mend";

fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most { Cow::Borrowed(text) } else { Cow::Owned(shorten(text, most)) }
}

fn bounded(
    out: &mut dyn Write,
    page: Page,
    record: &CheckedOut<'_>,
    most: Bounds,
) -> io::Result<()> {
    heading(out, page, record, most.clean)?;
    if record.findings.iter().all(|finding| finding.place.is_none()) && !record.text.is_empty() {
        value(out, &cut(record.text, most.value))?;
    }
    for finding in record.findings.iter().take(most.findings) {
        writeln!(out)?;
        let what = cut(&finding.what, most.sentence).into_owned();
        let instead = finding.instead.as_deref();
        let instead = instead.map(|text| cut(text, most.sentence).into_owned());
        tell(out, page, record.text, &Finding { what, instead, ..finding.clone() })?;
    }
    if let left @ 1.. = record.findings.len().saturating_sub(most.findings) {
        writeln!(out, "\nand {left} more; see all with --verbose")?;
    }
    if !record.effect.is_empty() {
        writeln!(out, "\nAs it stands:")?;
        for sentence in record.effect {
            paragraph(out, page, "  ", &cut(sentence, most.sentence))?;
        }
    }
    record.corrected.map_or(Ok(()), |text| corrected(out, record, text, most.value))
}

/// Writes the record as it should be: whole, since it is there to be copied, or not at all.
fn corrected(
    out: &mut dyn Write,
    record: &CheckedOut<'_>,
    text: &str,
    most: usize,
) -> io::Result<()> {
    if text.len() > most {
        let bytes = amount(text.len() as u64, "byte");
        return writeln!(out, "\nCorrected, it has {bytes}; see it with --verbose");
    }
    let is_open = record.findings.iter().any(|finding| finding.code == PLACEHOLDER);
    let but = if is_open { ", but for the address, which is yours to put in" } else { "" };
    writeln!(out, "\nCorrected{but}:")?;
    value(out, text)
}

/// Writes all records of a zone file: those that are in order on a line each.
///
/// # Errors
/// When the writer fails.
pub fn zone(out: &mut dyn Write, page: Page, records: &[CheckedOut<'_>]) -> io::Result<()> {
    let kinds = records.iter().filter(|record| record.kind.is_some()).count() as u64;
    let files: BTreeSet<_> = records.iter().map(|record| record.file).collect();
    let of = match files.len() as u64 {
        0 | 1 => String::new(),
        many => format!(" in {}", amount(many, "file")),
    };
    let sum = format!("{}{of}: {}", amount(kinds, "record"), verdict(records, NOTHING));
    hanging(out, page, "", 2, &sum)?;
    let mut gap = true;
    for one in records {
        let is_short = one.findings.is_empty() && !page.verbose;
        if gap || !is_short {
            writeln!(out)?;
        }
        match is_short {
            true => heading(out, page, one, NOTHING)?,
            false => record(out, page, one)?,
        }
        gap = !is_short;
    }
    Ok(())
}

/// `zones/acme.zone:7: DMARC at _dmarc.acme.example  1 error`, what editors jump to unbroken.
fn heading(
    out: &mut dyn Write,
    page: Page,
    record: &CheckedOut<'_>,
    clean: &str,
) -> io::Result<()> {
    let (name, verdict) = (name(record), verdict(std::slice::from_ref(record), clean));
    let name = escape(&name);
    if width(&name) + width(&verdict) + INDENT <= page.width {
        return writeln!(out, "{name}  {verdict}");
    }
    writeln!(out, "{name}\n{:INDENT$}{verdict}", "")
}

/// The columns of the rows that a spreadsheet gets.
pub const COLUMNS: [&str; 9] =
    ["file", "line", "kind", "name", "severity", "code", "what", "instead", "text"];

/// Writes a row for each finding, and for each record without one.
///
/// # Errors
/// When the writer fails.
pub fn csv(out: &mut dyn Write, records: &[CheckedOut<'_>]) -> io::Result<()> {
    let mut rows = CsvRows::new(out, &COLUMNS)?;
    let text = |text: Option<&str>| {
        text.map_or(Value::Missing, |text| Value::Text(text.to_owned().into()))
    };
    for record in records {
        let row = |finding: Option<&Finding>| {
            [
                text(record.file),
                record.line.map_or(Value::Missing, |line| Value::Number(line as u64)),
                text(record.kind.map(RecordKind::as_str)),
                text(record.name),
                text(finding.map(|finding| severity(finding.severity).0)),
                text(finding.map(|finding| finding.code)),
                text(finding.map(|finding| &*finding.what)),
                text(finding.and_then(|finding| finding.instead.as_deref())),
                text(Some(record.text)),
            ]
        };
        for finding in record.findings {
            rows.row(&row(Some(finding)))?;
        }
        if record.findings.is_empty() {
            rows.row(&row(None))?;
        }
    }
    rows.finish()
}

/// `zones/acme.zone:7: DMARC at _dmarc.acme.example`, as editors jump to it.
fn name(record: &CheckedOut<'_>) -> String {
    let kind = match (record.kind, record.line) {
        (Some(kind), _) => kind.as_str(),
        (None, Some(_)) => "entry",
        (None, None) => "unknown",
    };
    let name = record.name.map_or(String::new(), |name| format!(" at {name}"));
    let line = match (record.file, record.line) {
        (Some(file), Some(line)) => format!("{file}:{line}: "),
        (None, Some(line)) => format!("line {line}: "),
        (_, None) => String::new(),
    };
    format!("{line}{kind}{name}")
}

/// `2 errors, 1 warning`; without findings, what is said then.
fn verdict(records: &[CheckedOut<'_>], clean: &str) -> String {
    let kinds =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")];
    let counts: Vec<_> = kinds
        .into_iter()
        .map(|(severity, word)| (count(records, severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| amount(count, word))
        .collect();
    if counts.is_empty() { clean.to_owned() } else { counts.join(", ") }
}

/// One finding: what, where, and what would be right.
fn tell(out: &mut dyn Write, page: Page, text: &str, finding: &Finding) -> io::Result<()> {
    let (word, style) = severity(finding.severity);
    let mut wrapped = Vec::new();
    hanging(&mut wrapped, page, &format!("{word}: "), INDENT, &finding.what)?;
    let wrapped = String::from_utf8_lossy(&wrapped);
    out.write_all(wrapped.replacen(word, &page.paint(style, word), 1).as_bytes())?;
    if let Some(place) = finding.place {
        let rows = underlined(text, place, page.width.saturating_sub(INDENT).max(16));
        let more = rows.len().saturating_sub(SHOWN);
        for (value, marks) in rows.into_iter().take(SHOWN) {
            writeln!(out, "{}", format!("{:INDENT$}{value}", "").trim_end())?;
            writeln!(out, "{:INDENT$}{}", "", page.paint(style, &marks))?;
        }
        if more > 0 {
            writeln!(out, "{:INDENT$}...", "")?;
        }
    }
    match &finding.instead {
        Some(instead) if AS_WRITTEN.contains(&finding.code) => {
            writeln!(out, "  -> {}", escape(instead))
        }
        Some(instead) => hanging(out, page, "  -> ", 5, instead),
        None => Ok(()),
    }
}

fn severity(severity: Severity) -> (&'static str, Style) {
    let colour = |colour: AnsiColor| Style::new().bold().fg_color(Some(colour.into()));
    match severity {
        Severity::Error => ("error", colour(AnsiColor::Red)),
        Severity::Warning => ("warning", colour(AnsiColor::Yellow)),
        Severity::Hint => ("hint", Style::new().bold()),
    }
}

/// Writes a TXT value whole, however long.
fn value(out: &mut dyn Write, value: &str) -> io::Result<()> {
    writeln!(out, "{:INDENT$}{}", "", escape(value))
}

/// A letter as it is shown.
struct Cell {
    shown: String,
    width: usize,
    is_marked: bool,
}

/// The lines of a value that the place is on, each with `^` below every column of it. An empty place
/// has one `^` where something is missing.
#[must_use]
pub fn underlined(text: &str, place: Place, columns: usize) -> Vec<(String, String)> {
    let (from, to) = around(text, place, columns);
    let mut cells: Vec<Cell> = text[from..to]
        .char_indices()
        .map(|(at, c)| {
            let at = from + at;
            let shown = escape(c.encode_utf8(&mut [0; 4])).into_owned();
            let is_marked =
                (at >= place.from && at < place.to) || (at == place.from && place.from == place.to);
            Cell { width: width(&shown), shown, is_marked }
        })
        .collect();
    if place.from >= text.len() {
        cells.push(Cell { shown: " ".to_owned(), width: 1, is_marked: true });
    }
    rows(cells, columns)
        .into_iter()
        .filter(|row| row.iter().any(|cell| cell.is_marked))
        .map(|row| {
            let shown: String = row.iter().map(|cell| cell.shown.as_str()).collect();
            let marks: String = row
                .iter()
                .map(|cell| (if cell.is_marked { "^" } else { " " }).repeat(cell.width))
                .collect();
            // a mark upon a letter takes no column of its own
            let marks = if marks.contains('^') { marks } else { format!("{marks}^") };
            (shown.trim_end().to_owned(), marks.trim_end().to_owned())
        })
        .collect()
}

/// The part of a value that the lines shown can be of: all of it, unless it is very long.
fn around(text: &str, place: Place, columns: usize) -> (usize, usize) {
    let from = if place.from > FAR { text.floor_char_boundary(place.from - FAR / 2) } else { 0 };
    let blank = text[from..].find(' ').map(|at| from + at + 1).filter(|at| *at < place.from);
    let from = if from > 0 { blank.unwrap_or(from) } else { 0 };
    let most = place.from.saturating_add(FAR.max(SHOWN.saturating_mul(columns)));
    (from, text.ceil_char_boundary(place.to.min(most).saturating_add(FAR)))
}

/// Lines of at most so many columns, broken behind a blank where there is one.
fn rows(cells: Vec<Cell>, columns: usize) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = vec![Vec::new()];
    let mut used = 0;
    for cell in cells {
        let Some(row) = rows.last_mut() else { break };
        if used + cell.width > columns && !row.is_empty() {
            let blank = row.iter().rposition(|cell| cell.shown == " ");
            let rest = match blank.filter(|at| *at > 0) {
                Some(at) if cell.shown != " " => row.split_off(at + 1),
                _ => Vec::new(),
            };
            used = rest.iter().map(|cell| cell.width).sum();
            rows.push(rest);
        }
        used += cell.width;
        if let Some(row) = rows.last_mut() {
            row.push(cell);
        }
    }
    rows
}

#[cfg(test)]
mod tests;
