//! A **table**: aligned columns without borders, which fits the page.
//!
//! In: cells of any text. Out: lines. Text that does not fit gives way in this order: what may wrap
//! wraps, a name of several words goes on below, another loses its middle, a long domain gets a line of its own, and columns
//! that can be done without are left out. Numbers and domains are never cut.

use std::io::{self, Write};

use anstyle::Style;

use super::Page;
use super::escape::escape;
use super::text::{hanging, shorten, width, wrap};

/// Spaces between two columns.
const GAP: usize = 2;

/// How a column stands, and what it does when room is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// A number: right-aligned, never cut.
    Number,
    /// A word: left-aligned, never cut.
    Word,
    /// A name: left-aligned, may wrap between words; one without room for a word loses its middle.
    Name,
    /// A domain: left-aligned, never shortened, since two could then look alike. One that does not
    /// fit stands on a line of its own above its row.
    Domain,
    /// A sentence: left-aligned, may wrap. Only the last column can.
    Sentence,
}

/// Who gives way, down to which width, one after the other.
const GIVING_WAY: [(Fit, usize); 2] = [(Fit::Sentence, 32), (Fit::Name, 20)];

/// The same, where leaving columns out is not enough.
const GIVING_UP: [(Fit, usize); 3] = [(Fit::Sentence, 16), (Fit::Name, 8), (Fit::Domain, 8)];

/// A domain wider than one part in so many of the page gets a line of its own before others lose
/// their columns.
const DOMAIN_PART: usize = 2;

/// Rows under titles.
#[derive(Debug, Clone)]
pub struct Table {
    indent: usize,
    columns: Vec<(&'static str, Fit)>,
    optional: Vec<&'static str>,
    rows: Vec<Row>,
    below: Option<usize>,
}

#[derive(Debug, Clone)]
struct Row {
    cells: Vec<(String, Style)>,
    below: Vec<(&'static str, String)>,
}

impl Table {
    /// A table without rows, so many columns from the left edge.
    #[must_use]
    pub fn new(indent: usize, columns: &[(&'static str, Fit)]) -> Self {
        let columns = columns.to_vec();
        Self { indent, columns, optional: Vec::new(), rows: Vec::new(), below: None }
    }

    /// Names the columns that are left out where room is short, the first of them first. Of several
    /// of one title the last goes.
    pub fn optional(&mut self, titles: &[&'static str]) -> &mut Self {
        self.optional = titles.to_vec();
        self
    }

    /// Appends a row, one text a column.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) -> &mut Self {
        let cells = cells.map(|text| (escape(&text).into_owned(), Style::new())).to_vec();
        self.rows.push(Row { cells, below: Vec::new() });
        self
    }

    /// Gives the last cell of the last row a style.
    pub fn style_last(&mut self, style: Style) -> &mut Self {
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.cells.last_mut()) {
            cell.1 = style;
        }
        self
    }

    /// Has sentences below a row stand so many columns from the left edge: long ones want the room.
    pub fn below_from(&mut self, column: usize) -> &mut Self {
        self.below = Some(column);
        self
    }

    /// Puts a sentence below the last row, behind `lead`; under the first name unless said otherwise.
    pub fn below(&mut self, lead: &'static str, text: impl Into<String>) -> &mut Self {
        if let Some(row) = self.rows.last_mut() {
            row.below.push((lead, text.into()));
        }
        self
    }

    /// Writes the titles and the rows.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, out: &mut dyn Write, page: Page) -> io::Result<()> {
        let mut table = self.clone();
        let widths = table.fit(page);
        table.write_fitted(out, page, &widths)
    }

    fn write_fitted(&self, out: &mut dyn Write, page: Page, widths: &[usize]) -> io::Result<()> {
        let titles = self.columns.iter().map(|(title, _)| ((*title).to_owned(), Style::new()));
        self.write_cells(out, page, widths, &titles.collect::<Vec<_>>())?;
        let below = self.below.unwrap_or_else(|| self.name_column(widths));
        for row in &self.rows {
            self.write_row(out, page, widths, &row.cells)?;
            for (lead, text) in &row.below {
                let lead = format!("{:below$}{lead}", "");
                hanging(out, page, &lead, width(&lead), text)?;
            }
        }
        Ok(())
    }

    /// Writes a row, below its domain where that is too long for its column.
    fn write_row(
        &self,
        out: &mut dyn Write,
        page: Page,
        widths: &[usize],
        cells: &[(String, Style)],
    ) -> io::Result<()> {
        let mut cells = cells.to_vec();
        for (((text, _), (_, fit)), columns) in cells.iter_mut().zip(&self.columns).zip(widths) {
            if *fit == Fit::Domain && width(text) > *columns {
                hanging(out, page, &" ".repeat(self.indent), self.indent, text)?;
                text.clear();
            }
        }
        self.write_cells(out, page, widths, &cells)
    }

    /// Leaves out what there is no room for, and says how wide each column is on this page.
    fn fit(&mut self, page: Page) -> Vec<usize> {
        let half = page.width / DOMAIN_PART;
        let mut left_out = std::mem::take(&mut self.optional).into_iter();
        loop {
            let mut widths = self.widths();
            let mut over = self.over(&widths, page);
            self.give_way(&mut widths, &mut over, &GIVING_WAY);
            self.give_way(&mut widths, &mut over, &[(Fit::Domain, half)]);
            if over == 0 {
                return widths;
            }
            let Some(title) = left_out.next() else {
                self.give_way(&mut widths, &mut over, &GIVING_UP);
                return widths;
            };
            self.leave_out(title);
        }
    }

    fn leave_out(&mut self, title: &str) {
        let Some(at) = self.columns.iter().rposition(|(name, _)| *name == title) else { return };
        self.columns.remove(at);
        self.rows.iter_mut().for_each(|row| drop(row.cells.remove(at)));
    }

    /// How wide each column would like to be.
    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(title, _)| width(title)).collect();
        for row in &self.rows {
            for (column, (text, _)) in widths.iter_mut().zip(&row.cells) {
                *column = (*column).max(width(text));
            }
        }
        widths
    }

    /// How much wider that is than the page.
    fn over(&self, widths: &[usize], page: Page) -> usize {
        let gaps = GAP * widths.len().saturating_sub(1);
        let all = self.indent + gaps + widths.iter().sum::<usize>();
        all.saturating_sub(page.width)
    }

    fn give_way(&self, widths: &mut [usize], over: &mut usize, givers: &[(Fit, usize)]) {
        for (giver, floor) in givers {
            for ((_, fit), column) in self.columns.iter().zip(widths.iter_mut()) {
                if fit == giver {
                    let given = (*over).min(column.saturating_sub(*floor));
                    *column -= given;
                    *over -= given;
                }
            }
        }
    }

    /// Where the first name stands.
    fn name_column(&self, widths: &[usize]) -> usize {
        let at = self
            .columns
            .iter()
            .position(|(_, fit)| matches!(fit, Fit::Name | Fit::Domain))
            .unwrap_or(0);
        self.offset(widths, at)
    }

    fn offset(&self, widths: &[usize], at: usize) -> usize {
        self.indent + widths.iter().take(at).map(|width| width + GAP).sum::<usize>()
    }

    fn write_cells(
        &self,
        out: &mut dyn Write,
        page: Page,
        widths: &[usize],
        cells: &[(String, Style)],
    ) -> io::Result<()> {
        let fitted: Vec<Vec<String>> = cells
            .iter()
            .zip(&self.columns)
            .zip(widths)
            .map(|(((text, _), (_, fit)), columns)| lines_of(text, *fit, *columns))
            .collect();
        let last = fitted.iter().map(Vec::len).max().unwrap_or_default();
        for at in 0..last {
            let mut line = " ".repeat(self.indent);
            for ((((_, style), (_, fit)), columns), lines) in
                cells.iter().zip(&self.columns).zip(widths).zip(&fitted)
            {
                let text = lines.get(at).map_or("", String::as_str);
                let pad = " ".repeat(columns.saturating_sub(width(text)));
                let text = if text.is_empty() { String::new() } else { page.paint(*style, text) };
                let (before, after) = if *fit == Fit::Number { (&*pad, "") } else { ("", &*pad) };
                line.push_str(&format!("{before}{text}{after}{:GAP$}", ""));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The lines of a cell. A name of several words goes on below before it loses its middle.
fn lines_of(text: &str, fit: Fit, columns: usize) -> Vec<String> {
    match fit {
        Fit::Sentence => wrap(text, columns),
        Fit::Name if width(text) > columns => {
            let words = text.split(' ').all(|word| width(word) <= columns);
            if words { wrap(text, columns) } else { vec![shorten(text, columns)] }
        }
        Fit::Name | Fit::Number | Fit::Word | Fit::Domain => vec![text.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(table: &Table, width: usize) -> Vec<String> {
        let mut out = Vec::new();
        table.write(&mut out, Page { width, ..Page::PLAIN }).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    fn specimen() -> Table {
        let mut table = Table::new(
            2,
            &[("MESSAGES", Fit::Number), ("SOURCE", Fit::Name), ("WHY", Fit::Sentence)],
        );
        table.row(["1,290".into(), "Mailchimp".into(), "signs as mcsv.net".into()]);
        table.below("-> ", "switch on DKIM");
        table.row(["3".into(), "a-very-long-name.of-a-source.example".into(), String::new()]);
        table
    }

    #[test]
    fn numbers_stand_right_and_names_left() {
        let lines = lines(&specimen(), 80);
        assert_eq!("  MESSAGES  SOURCE                                WHY", lines[0]);
        assert_eq!("     1,290  Mailchimp                             signs as mcsv.net", lines[1]);
        assert_eq!("            -> switch on DKIM", lines[2]);
        assert_eq!("         3  a-very-long-name.of-a-source.example", lines[3]);
    }

    #[test]
    fn a_name_of_several_words_goes_on_below_and_is_not_shortened() {
        let mut table = specimen();
        table.row(["10".into(), "198.51.100.0/24 (subdomains)".into(), "SPF none ".repeat(4)]);
        let lines = lines(&table, 60);
        assert_eq!("        10  198.51.100.0/24       SPF none SPF none SPF none", lines[4]);
        assert_eq!("            (subdomains)          SPF none", lines[5]);
    }

    #[test]
    fn a_narrow_page_shortens_names_and_wraps_sentences() {
        let lines = lines(&specimen(), 50);
        assert!(lines.iter().all(|line| width(line) <= 50), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains('…')), "{lines:#?}");
        assert!(lines.iter().any(|line| line.trim() == "mcsv.net"), "{lines:#?}");
    }

    /// Two domains that differ only in their middle, beside numbers.
    fn domains(names: [&str; 2]) -> Table {
        let columns = [
            ("DOMAIN", Fit::Domain),
            ("HIT", Fit::Number),
            ("MOST", Fit::Number),
            ("HIT", Fit::Number),
        ];
        let mut table = Table::new(0, &columns);
        table.optional(&["HIT", "MOST"]);
        for name in names {
            table.row([name.to_owned(), "1".into(), "2".into(), "3".into()]);
        }
        table
    }

    #[test]
    fn domains_stay_whole_and_other_columns_give_way() {
        let table = domains(["c0001.ex", "c0002.ex"]);
        assert_eq!("c0001.ex    1     2    3", lines(&table, 24)[1]);
        assert_eq!("DOMAIN    HIT  MOST", lines(&table, 20)[0]);
        assert_eq!("c0002.ex    1     2", lines(&table, 20)[2]);
        assert_eq!("c0002.ex    1", lines(&table, 18)[2]);
    }

    #[test]
    fn a_domain_without_room_stands_above_its_row() {
        let long = format!("{}.example", "cedar0001-".repeat(3));
        let table = domains([&long, "b.example"]);
        assert_eq!(
            vec![
                "DOMAIN                    HIT  MOST  HIT",
                &long,
                "                            1     2    3",
                "b.example                   1     2    3"
            ],
            lines(&table, 40)
        );
        let endless = "cedar.".repeat(42);
        let lines = lines(&domains([&endless, "b.example"]), 40);
        assert!(lines.iter().all(|line| width(line) <= 40), "{lines:#?}");
        assert!(lines.concat().contains(&endless), "{lines:#?}");
    }

    #[test]
    fn hostile_names_cannot_move_the_cursor() {
        let mut table = Table::new(0, &[("SOURCE", Fit::Name)]);
        table.row(["\u{1b}[2Jx\ny".into()]);
        assert_eq!("\\u{1b}[2Jx\\u{a}y", lines(&table, 80)[1]);
    }
}
