//! Values in, text out, to any writer. Pure: no store, no clock, no terminal is looked at.
//!
//! A renderer works nothing out but units. What is for a person goes through [`text`] and
//! [`table`], which escape every text ([`escape`]); what is for a program goes through [`json`] and
//! [`csv`]. Colour adds and never carries: every page reads the same without it.

pub mod account;
pub mod advice;
pub mod backtest;
pub mod check;
pub mod csv;
pub mod digest;
pub mod domain_check;
pub mod domains;
pub mod escape;
pub mod explain;
pub mod json;
pub mod labels;
pub mod providers;
pub mod pulled;
pub mod record;
pub mod rejected;
pub mod report;
pub mod reports;
pub mod resolve;
pub mod rows;
pub mod sources;
#[cfg(test)]
mod specimens;
pub mod table;
pub mod text;
pub mod words;

/// What a page for a person looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Columns of the terminal; 80 where there is none. Nothing is wider, but a TXT value.
    pub width: usize,
    /// Whether to write colour.
    pub colour: bool,
    /// Whether to show everything, not only what matters.
    pub verbose: bool,
}

impl Page {
    /// A page of 80 columns without colour.
    pub const PLAIN: Self = Self { width: 80, colour: false, verbose: false };

    /// How many of something are shown where a page has so many unless everything is asked for.
    #[must_use]
    pub fn at_most(self, shown: usize) -> usize {
        if self.verbose { usize::MAX } else { shown }
    }

    /// Puts the text in the style, if this page has colour.
    #[must_use]
    pub fn paint(self, style: anstyle::Style, text: &str) -> String {
        if !self.colour || style.is_plain() {
            return text.to_owned();
        }
        format!("{style}{text}{style:#}")
    }
}
