//! The pages about **labels**: what one changed, and which there are.
//!
//! In: values made elsewhere. Out: tables; a name or a note is a stranger's work or may be pasted
//! from one, so all of it is escaped.

use std::io::{self, Write};

use crate::model::Profile;
use crate::model::knowledge::Label;
use crate::model::labelling::{
    DomainEffect, Imported, Labelling, ListedLabel, SourceEffect, VerdictEffect,
};
use crate::model::numbers::{agree, thousands};
use crate::model::verdict::{Class, Health};

use super::Page;
use super::domains::more;
use super::escape::escape;
use super::sources::class_and_health;
use super::table::{Fit, Table};
use super::text::{hanging, headed, moment};
use super::words::{amount, verdict};

/// Domains that are shown of a label of every domain, unless all are asked for.
pub const SHOWN: usize = 20;

/// Labels that are named where they match nothing.
const NAMED: usize = 5;

/// Writes what a label changed.
///
/// # Errors
/// When the writer fails.
pub fn changed(out: &mut dyn Write, page: Page, changed: &Labelling) -> io::Result<()> {
    hanging(out, page, "", 2, &sentence(changed))?;
    let found: Vec<_> = changed.domains.iter().filter(|d| !d.sources.is_empty()).collect();
    if found.is_empty() {
        let waits = "No mail of it in the window: nothing changes until there is some.";
        return hanging(out, page, "", 2, waits);
    }
    writeln!(out)?;
    let shown = page.at_most(SHOWN);
    let mut table = table(found.iter().take(shown).copied());
    if found.len() == 1 {
        table.optional(&["VERDICT", "DOMAIN"]); // both are told below
    }
    table.write(out, page)?;
    more(out, found.len(), shown, "--verbose")?;
    for effect in found.iter().take(if found.len() == 1 { 1 } else { 0 }) {
        writeln!(out)?;
        let verdict = steps(&verdict(effect.verdict_before), &verdict(effect.verdict));
        headed(out, page, &effect.domain, &format!("{verdict}: {}", effect.headline))?;
    }
    Ok(())
}

fn sentence(changed: &Labelling) -> String {
    let whose = of(&changed.domain);
    match (changed.label, changed.label_before) {
        (Some(label), Some(before)) if label != before => {
            let (label, before) = (label.as_str(), before.as_str());
            format!("{} is labelled {label} for {whose}; it was {before}.", changed.source)
        }
        (Some(label), _) => {
            format!("{} is labelled {} for {whose}.", changed.source, label.as_str())
        }
        (None, before) => {
            let before = before.map_or("", |label| label.as_str());
            format!("{} is no longer labelled {before} for {whose}.", changed.source)
        }
    }
}

fn of(domain: &str) -> &str {
    if domain == Label::EVERY_DOMAIN { "every domain" } else { domain }
}

fn table<'a>(domains: impl Iterator<Item = &'a DomainEffect>) -> Table {
    let mut table = Table::new(
        0,
        &[
            ("MESSAGES", Fit::Number),
            ("SOURCE", Fit::Name),
            ("DOMAIN", Fit::Domain),
            ("CLASS", Fit::Word),
            ("VERDICT", Fit::Word),
        ],
    );
    for effect in domains {
        for source in &effect.sources {
            table.row([
                thousands(source.messages),
                source.source.clone(),
                effect.domain.clone(),
                classes(source),
                steps(&verdict(effect.verdict_before), &verdict(effect.verdict)),
            ]);
        }
    }
    table
}

fn classes(source: &SourceEffect) -> String {
    let text = |class: Option<Class>, health: Option<Health>| {
        class.map_or_else(|| "part of others".to_owned(), |class| class_and_health(class, health))
    };
    steps(&text(source.class_before, source.health_before), &text(source.class, source.health))
}

/// What was, and what is; once where that is the same.
fn steps(before: &str, now: &str) -> String {
    if before == now { now.to_owned() } else { format!("{before} -> {now}") }
}

/// Writes the labels.
///
/// # Errors
/// When the writer fails.
pub fn list(out: &mut dyn Write, page: Page, labels: &[ListedLabel]) -> io::Result<()> {
    if labels.is_empty() {
        return writeln!(out, "No labels. Set one: ruaudit label DOMAIN SOURCE ours");
    }
    let mut table = Table::new(
        0,
        &[
            ("DOMAIN", Fit::Domain),
            ("SOURCE", Fit::Name),
            ("LABEL", Fit::Word),
            ("MESSAGES", Fit::Number),
            ("SINCE", Fit::Word),
        ],
    );
    table.optional(&["SINCE"]);
    for label in labels {
        table.row([
            label.domain.clone(),
            label.source.clone(),
            label.label.as_str().to_owned(),
            if label.stale { "none".to_owned() } else { thousands(label.messages) },
            moment(&label.set_at).chars().take(10).collect(),
        ]);
        if !label.note.is_empty() {
            table.below("  ", label.note.clone());
        }
    }
    table.write(out, page)?;
    match labels.iter().filter(|label| label.stale).count() as u64 {
        0 => Ok(()),
        stale => {
            let stale = amount(stale, "label");
            let text = format!(
                "{stale} without mail in the window (none): misspelt, silent of late, or another \
                 label is before it. Look further back with --window all"
            );
            hanging(out, page, "", 2, &text)
        }
    }
}

/// Writes what was said of a domain, and what saying it changed, if it was said just now.
///
/// # Errors
/// When the writer fails.
pub fn profile(
    out: &mut dyn Write,
    page: Page,
    domain: &str,
    profile: &Profile,
    effect: Option<&VerdictEffect>,
) -> io::Result<()> {
    writeln!(out, "{}", escape(domain))?;
    writeln!(out, "  posts to lists  {}", answer(profile.posts_to_lists))?;
    writeln!(out, "  sends mail      {}", answer(profile.sends_mail))?;
    effect.map_or(Ok(()), |effect| verdict_changed(out, page, effect))
}

/// `shop.example  REVIEW -> FIX: 1 own sender fails: Mailchimp`.
fn verdict_changed(out: &mut dyn Write, page: Page, effect: &VerdictEffect) -> io::Result<()> {
    let verdict = steps(&verdict(effect.verdict_before), &verdict(effect.verdict));
    headed(out, page, &effect.domain, &format!("{verdict}: {}", effect.headline))
}

/// Writes what came of reading a file of labels.
///
/// # Errors
/// When the writer fails.
pub fn imported(out: &mut dyn Write, page: Page, imported: &Imported) -> io::Result<()> {
    let Imported { added, changed, unchanged, removed, left_out, .. } = *imported;
    let counts =
        [(added, "new"), (changed, "changed"), (unchanged, "unchanged"), (removed, "removed")];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let mut said: Vec<String> =
        counts.map(|(count, what)| format!("{} {what}", thousands(*count as u64))).collect();
    if left_out > 0 {
        said.push(format!("{} of other domains left out", thousands(left_out as u64)));
    }
    let mut text = said.join(", ");
    let unmatched = &imported.unmatched;
    if let count @ 1.. = unmatched.len() as u64 {
        let named: Vec<_> = unmatched.iter().take(NAMED).map(String::as_str).collect();
        let more = match unmatched.len().saturating_sub(NAMED) as u64 {
            0 => String::new(),
            more => format!(" and {} more", thousands(more)),
        };
        let match_ = agree(count, "matches", "match");
        let labels = amount(count, "label");
        text +=
            &format!("; {labels} {match_} no mail of the last year: {}{more}", named.join(", "));
    }
    hanging(out, page, "", 2, &text)?;
    let shown = page.at_most(SHOWN);
    imported.verdicts.iter().take(shown).try_for_each(|one| verdict_changed(out, page, one))?;
    more(out, imported.verdicts.len(), shown, "--verbose")
}

fn answer(said: Option<bool>) -> &'static str {
    match said {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LabelWord;
    use crate::model::verdict::Verdict;
    use crate::render::specimens::text;

    fn labelling(domains: Vec<DomainEffect>) -> Labelling {
        Labelling {
            domain: "shop.example".into(),
            source: "Mailchimp".into(),
            label: Some(LabelWord::Ours),
            note: String::new(),
            label_before: None,
            domains,
        }
    }

    fn effect(domain: &str) -> DomainEffect {
        let source = SourceEffect {
            source: "Mailchimp".into(),
            messages: 1_038,
            class_before: Some(Class::Asks),
            health_before: None,
            class: Some(Class::Own),
            health: Some(Health::Misconfigured),
        };
        DomainEffect {
            domain: domain.into(),
            sources: vec![source],
            verdict_before: Verdict::Review,
            verdict: Verdict::Fix,
            headline: "1 own sender fails: Mailchimp".into(),
        }
    }

    #[test]
    fn what_a_label_changed_is_said_of_its_source_and_its_domain() {
        let one = labelling(vec![effect("shop.example")]);
        assert_eq!(
            "Mailchimp is labelled ours for shop.example.\n\n\
             MESSAGES  SOURCE     DOMAIN        CLASS                 VERDICT\n   \
             1,038  Mailchimp  shop.example  asks -> own, failing  REVIEW -> FIX\n\n\
             shop.example  REVIEW -> FIX: 1 own sender fails: Mailchimp\n",
            text(|out| changed(out, Page::PLAIN, &one))
        );
        let none =
            Labelling { label: None, label_before: Some(LabelWord::List), ..labelling(vec![]) };
        let page = text(|out| changed(out, Page::PLAIN, &none));
        assert!(page.starts_with("Mailchimp is no longer labelled list for shop.example.\n"));
        assert!(page.contains("nothing changes"), "{page}");
    }

    #[test]
    fn of_many_domains_the_first_are_shown() {
        let many = (10..40).map(|n| effect(&format!("d{n}.example"))).collect();
        let many = Labelling { domain: "*".into(), ..labelling(many) };
        let page = text(|out| changed(out, Page::PLAIN, &many));
        assert!(
            page.contains("for every domain.")
                && page.ends_with("and 10 more domains: --verbose\n")
        );
    }

    #[test]
    fn what_came_of_a_file_is_counted_and_what_matches_nothing_is_named() {
        let verdicts = vec![VerdictEffect {
            domain: "shop.example".into(),
            verdict_before: Verdict::Review,
            verdict: Verdict::Fix,
            headline: "1 own sender fails".into(),
        }];
        let found = Imported {
            added: 1,
            unchanged: 10,
            unmatched: vec!["Mailchmp".into()],
            verdicts,
            ..Imported::default()
        };
        assert_eq!(
            "1 new, 10 unchanged; 1 label matches no mail of the last year: Mailchmp\n\
             shop.example  REVIEW -> FIX: 1 own sender fails\n",
            text(|out| imported(out, Page::PLAIN, &found))
        );
        let unmatched = (0..7).map(|n| format!("s\u{1b}{n}")).collect();
        let found = Imported { removed: 1_200, left_out: 2, unmatched, ..Imported::default() };
        let page = text(|out| imported(out, Page::PLAIN, &found)).replace("\n ", "");
        assert!(page.starts_with("1,200 removed, 2 of other domains left out; 7 labels match no"));
        assert!(page.trim_end().ends_with("and 2 more") && !page.contains('\u{1b}'), "{page}");
    }

    #[test]
    fn a_class_before_and_after_is_never_cut() {
        let mut long = effect("a-rather-long-domain-of-a-shop.example");
        long.sources[0].source = "a-very-long-name.of-a-source.example".into();
        long.sources[0].class_before = Some(Class::Own);
        long.sources[0].health_before = Some(Health::Misconfigured);
        long.sources[0].class = Some(Class::Threat);
        long.sources[0].health = None;
        let page = text(|out| changed(out, Page::PLAIN, &labelling(vec![long.clone()])));
        assert!(page.contains("own, failing -> threat"), "{page}");
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    }

    #[test]
    fn labels_that_speak_of_nothing_are_marked_and_no_note_moves_the_cursor() {
        let label = Label {
            domain: "*".into(),
            source: "a\u{1b}[2J".into(),
            label: LabelWord::Theirs,
            note: "said \u{1b}[31mBob ".repeat(30),
        };
        let listed = [ListedLabel::new(label, "2026-11-22T10:00:00Z".into(), 0)];
        let page = text(|out| list(out, Page::PLAIN, &listed));
        assert!(
            page.contains("none  2026-11-22") && page.contains("1 label without mail"),
            "{page}"
        );
        assert!(!page.contains('\u{1b}') && page.lines().all(|line| line.chars().count() <= 80));
        assert!(text(|out| list(out, Page::PLAIN, &[])).starts_with("No labels."));
    }
}
