//! A **file of labels** as it is written: TOML or CSV, and which of the two a text is.
//!
//! In: text. Out: what stands in it, each with its line, not yet checked for sense. Refuses keys and
//! columns that it does not know, and values of another kind.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::nearest::nearest;
use crate::render::escape::{escape, is_unsafe};

/// The columns of CSV, and the keys of TOML.
pub(super) const COLUMNS: [&str; 6] =
    ["domain", "source", "label", "note", "posts_to_lists", "sends_mail"];

const LABEL: [&str; 4] = ["domain", "source", "label", "note"];
const PROFILE: [&str; 3] = ["domain", "posts_to_lists", "sends_mail"];

/// What a spreadsheet takes for a formula begins with one of these.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) why: String,
    pub(super) remedy: String,
}

impl Fault {
    pub(super) fn new(line: usize, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { line, why: why.into(), remedy: remedy.into() }
    }
}

/// What a file says at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Label { domain: String, source: String, label: String, note: String },
    Profile { domain: String, posts_to_lists: Option<bool>, sends_mail: Option<bool> },
}

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The line in which it begins.
    pub(super) line: usize,
    /// The lines of the first four of [`COLUMNS`].
    lines: [usize; 4],
}

impl Place {
    /// All of it in one line.
    pub(super) fn at(line: usize) -> Self {
        Self { line, lines: [line; 4] }
    }

    /// The line of a column or key; where it is not there, that in which the whole begins.
    pub(super) fn of(&self, column: &str) -> usize {
        let at = COLUMNS.iter().position(|known| *known == column);
        at.and_then(|at| self.lines.get(at)).copied().unwrap_or(self.line)
    }
}

/// The same, with its place.
pub(super) type Entry = (Place, Said);

type Answer<T> = Result<T, Fault>;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Toml,
    Csv,
}

impl Form {
    /// By the end of its name; else by its first line, which in CSV names the columns.
    pub(super) fn of(name: &str, text: &str) -> Self {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
        let first = text.lines().next().unwrap_or_default();
        match end.as_deref() {
            Some("toml") => Self::Toml,
            Some("csv") => Self::Csv,
            _ if first.contains('=') || !first.contains("domain") => Self::Toml,
            _ => Self::Csv,
        }
    }
}

/// Reads a text.
pub(super) fn read(text: &str, form: Form) -> Answer<Vec<Entry>> {
    match form {
        Form::Toml => toml(text),
        Form::Csv => csv(text),
    }
}

/// Where the lines of a text end.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The number of the line that holds the byte.
    fn line(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}

fn toml(text: &str) -> Answer<Vec<Entry>> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Fault::new(lines.line(at), error.message().replace('\n', ", "), "mend it; the file is TOML")
    })?;
    let mut entries = Vec::new();
    for (key, value) in table.get_ref() {
        let keys: &[&str] = match &**key.get_ref() {
            "label" => &LABEL,
            "profile" => &PROFILE,
            other => {
                let at = lines.line(key.span().start);
                return Err(unknown(at, "section", other, &["label", "profile"]));
            }
        };
        let DeValue::Array(list) = value.get_ref() else {
            let at = lines.line(value.span().start);
            let name = key.get_ref();
            return Err(Fault::new(
                at,
                format!("`{name}` is no list"),
                format!("write [[{name}]]"),
            ));
        };
        for item in list.iter() {
            entries.push(entry(&lines, item, keys)?);
        }
    }
    entries.sort_by_key(|(place, _)| place.line);
    Ok(entries)
}

fn entry(lines: &Lines, item: &Spanned<DeValue<'_>>, keys: &[&str]) -> Answer<Entry> {
    // the section begins where its heading stands; a table in one line where its brace does
    let at = lines.line(item.span().start);
    let mut place = Place::at(at);
    let DeValue::Table(table) = item.get_ref() else {
        return Err(Fault::new(at, "there is a value where a section stands", "write [[label]]"));
    };
    let mut texts = [const { String::new() }; 4];
    let mut answers = [None; 2];
    for (key, value) in table {
        let name = &**key.get_ref();
        let here = lines.line(key.span().start);
        if !keys.contains(&name) {
            return Err(unknown(here, "key", name, keys));
        }
        let column = COLUMNS.iter().position(|column| *column == name).unwrap_or_default();
        match value.get_ref() {
            DeValue::String(text) if column < 4 => {
                place.lines[column] = here;
                texts[column] = text.clone().into_owned();
            }
            DeValue::Boolean(said) if column >= 4 => answers[column - 4] = Some(*said),
            _ if column < 4 => {
                let why = format!("`{name}` is no text");
                return Err(Fault::new(here, why, "give a text in quotes"));
            }
            _ => {
                let why = format!("`{name}` is neither true nor false");
                return Err(Fault::new(here, why, "give true or false, or leave it out"));
            }
        }
    }
    let [domain, source, label, note] = texts;
    let [posts_to_lists, sends_mail] = answers;
    Ok(match keys.len() {
        4 => (place, Said::Label { domain, source, label, note }),
        _ => (place, Said::Profile { domain, posts_to_lists, sends_mail }),
    })
}

fn unknown(line: usize, what: &str, name: &str, known: &[&str]) -> Fault {
    let near = nearest(name, known.iter().copied());
    let remedy = match near.first() {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", known.join(", ")),
    };
    Fault::new(line, format!("no such {what} `{}`", escape(name)), remedy)
}

fn csv(text: &str) -> Answer<Vec<Entry>> {
    let lines = Lines::of(text);
    let first = text.lines().next().unwrap_or_default();
    let most = [b',', b';', b'\t'];
    let count = |byte: &u8| first.bytes().filter(|other| other == byte).count();
    // of equals the first: the comma
    let delimiter = most.into_iter().rev().max_by_key(count).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| broken(&error))?.clone();
    let places = places(&header)?;
    let mut entries = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let start = record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        let rest = text.get(start..).unwrap_or_default();
        // the line end of the row before, and empty lines, may be counted to this one
        let at = lines.line(start + rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        if record.len() > header.len() {
            let why = format!("{} cells, and {} columns", record.len(), header.len());
            return Err(Fault::new(at, why, "put a text with a comma in it in quotes"));
        }
        let cell = |column: usize| {
            let cell = places[column].and_then(|place| record.get(place)).unwrap_or_default();
            let cell = unguarded(cell.trim());
            match column {
                1 => shown_back(cell, is_unsafe),
                // only a source, which reports name, can have control characters
                3 => shown_back(cell, |c| is_unsafe(c) && !c.is_control()),
                _ => cell.to_owned(),
            }
        };
        entries.extend(row(at, cell)?.map(|said| (Place::at(at), said)));
    }
    Ok(entries)
}

fn broken(error: &csv::Error) -> Fault {
    let line = error.position().map_or(1, |at| usize::try_from(at.line()).unwrap_or(1));
    Fault::new(line, "this is no CSV", "give the file as `labels export --format csv` writes it")
}

/// Where in a row each column stands.
fn places(header: &csv::StringRecord) -> Answer<[Option<usize>; 6]> {
    let mut places = [None; 6];
    for (at, name) in header.iter().enumerate() {
        let name = name.trim();
        match COLUMNS.iter().position(|column| *column == name) {
            Some(column) if places[column].is_none() => places[column] = Some(at),
            Some(_) => {
                return Err(Fault::new(1, format!("two columns `{name}`"), "leave one of them"));
            }
            None => return Err(unknown(1, "column", name, &COLUMNS)),
        }
    }
    Ok(places)
}

/// What a row says; nothing where it is empty.
fn row(line: usize, cell: impl Fn(usize) -> String) -> Answer<Option<Said>> {
    let [domain, source, label, note] = [0, 1, 2, 3].map(&cell);
    let is_label = !(source.is_empty() && label.is_empty() && note.is_empty());
    let is_profile = !(cell(4).is_empty() && cell(5).is_empty());
    match (is_label, is_profile) {
        (true, true) => {
            let why = "this is a label and a profile in one";
            Err(Fault::new(line, why, "give each a row of its own"))
        }
        (true, false) => Ok(Some(Said::Label { domain, source, label, note })),
        (false, false) if domain.is_empty() => Ok(None),
        (false, _) => {
            let posts_to_lists = answer(line, COLUMNS[4], &cell(4))?;
            let sends_mail = answer(line, COLUMNS[5], &cell(5))?;
            Ok(Some(Said::Profile { domain, posts_to_lists, sends_mail }))
        }
    }
}

fn answer(line: usize, column: &str, cell: &str) -> Answer<Option<bool>> {
    match cell.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "true" | "yes" | "1" => Ok(Some(true)),
        "false" | "no" | "0" => Ok(Some(false)),
        _ => {
            let why = format!("`{column}` is neither true nor false");
            Err(Fault::new(line, why, "give true or false, or leave it empty"))
        }
    }
}

/// Whether the text is a formula behind so many quotes, or is one itself.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// A text for CSV: one that looks guarded before it is gets one quote more, so that reading takes
/// away what writing put there and nothing else.
pub(super) fn guarded(text: &str) -> String {
    if text.starts_with('\'') && is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// A cell without the quote that writing put before it.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

/// The characters that CSV shows as `\u{1b}`, as they were.
fn shown_back(cell: &str, was_shown: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(at) = rest.find("\\u{") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let digits = from[3..].split('}').next().unwrap_or_default();
        let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        match c.filter(|c| was_shown(*c) && from[3 + digits.len()..].starts_with('}')) {
            Some(c) => {
                out.push(c);
                rest = &from[digits.len() + 4..];
            }
            None => {
                out.push_str("\\u{");
                rest = &from[3..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
