//! The **senders that are known**: all in a table, or each with what is known of it.
//!
//! In: senders as plain words. Out: a table, or a paragraph a sender.

use std::io::{self, Write};

use serde::Serialize;

use super::Page;
use super::rows::Value;
use super::table::{Fit, Table};
use super::text::{hanging, labelled};

/// The columns of [`ProviderOut::values`].
pub const COLUMNS: [&str; 8] =
    ["provider", "kind", "dkim", "spf", "ptr", "aligns_spf", "hint", "own"];

/// One sender, in words.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderOut<'a> {
    /// Its name.
    pub provider: &'a str,
    /// What it does.
    pub kind: &'static str,
    /// Domains that it signs with.
    pub dkim: &'a [String],
    /// Domains that it bounces to.
    pub spf: &'a [String],
    /// Ends of the names of its machines.
    pub ptr: &'a [String],
    /// `yes`, `some` or `no`: whether SPF can be aligned there; none where that is not known.
    pub aligns_spf: Option<&'static str>,
    /// What to switch on there; none where nothing can be.
    pub hint: Option<&'a str>,
    /// Whether the operator's own file says so.
    pub own: bool,
}

impl ProviderOut<'_> {
    /// As a row of a spreadsheet.
    #[must_use]
    pub fn values(&self) -> [Value<'_>; 8] {
        let list = |domains: &[String]| Value::Text(domains.join(" ").into());
        [
            Value::Text(self.provider.into()),
            Value::Text(self.kind.into()),
            list(self.dkim),
            list(self.spf),
            list(self.ptr),
            self.aligns_spf.map_or(Value::Missing, |word| Value::Text(word.into())),
            self.hint.map_or(Value::Missing, |hint| Value::Text(hint.into())),
            Value::Flag(self.own),
        ]
    }

    /// Whether its mail can bounce to the customer's domain, in a sentence.
    fn alignment(&self) -> &'static str {
        if matches!(self.kind, "forwarder" | "list") {
            return "breaks where mail is passed on: nothing to mend there";
        }
        match self.aligns_spf {
            Some("yes") => "can be aligned",
            Some("some") => "can be aligned on some plans, for some mail, or by asking",
            Some(_) => "is never aligned: only DKIM can be",
            None => "not known whether it can be aligned",
        }
    }
}

/// Writes all of them, one a row.
///
/// # Errors
/// When the writer fails.
pub fn table(out: &mut dyn Write, page: Page, providers: &[ProviderOut<'_>]) -> io::Result<()> {
    let columns = [
        ("provider", Fit::Name),
        ("kind", Fit::Word),
        ("aligns SPF", Fit::Word),
        ("signs with or bounces to", Fit::Sentence),
    ];
    let mut table = Table::new(0, &columns);
    for provider in providers {
        let domains: Vec<_> = provider.dkim.iter().chain(provider.spf).cloned().collect();
        table.row([
            provider.provider.to_owned(),
            provider.kind.to_owned(),
            provider.aligns_spf.unwrap_or("-").to_owned(),
            if domains.is_empty() { "-".to_owned() } else { domains.join(" ") },
        ]);
    }
    table.write(out, page)
}

/// Writes one with all that is known of it.
///
/// # Errors
/// When the writer fails.
pub fn paragraph(out: &mut dyn Write, page: Page, provider: &ProviderOut<'_>) -> io::Result<()> {
    let own = if provider.own { ", from your own file" } else { "" };
    hanging(out, page, "", 2, &format!("{} ({}{own})", provider.provider, provider.kind))?;
    let mut line = |name: &str, text: &str| {
        if text.is_empty() {
            return Ok(());
        }
        labelled(out, page, name, text)
    };
    line("signs with", &provider.dkim.join(" "))?;
    line("bounces to", &provider.spf.join(" "))?;
    line("machines", &provider.ptr.join(" "))?;
    line("SPF", provider.alignment())?;
    line("to do", provider.hint.unwrap_or_default())
}
