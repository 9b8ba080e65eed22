//! What a **pull** did, one line an account.
//!
//! In: what was read and done. Out: a sentence. Parts that are nought are left out.

use std::io::{self, Write};

use crate::model::numbers::thousands;
use crate::model::pulled::{AccountPulled, FolderPlanned, FolderPulled, Settled, sum_of};

use super::Page;
use super::account;
use super::escape::escape;
use super::text::hanging;
use super::words::amount;

/// How many accounts are listed each, even those in which there was nothing to do.
const LISTED: usize = 5;

/// Writes what was done in all accounts: the sum where there are several, then those in which
/// something was done. Why an account failed is an error, and not written here.
///
/// # Errors
/// When the writer fails.
pub fn page(out: &mut dyn Write, page: Page, pulled: &[AccountPulled]) -> io::Result<()> {
    if pulled.len() > 1 {
        hanging(out, page, "", 2, &sum(pulled))?;
    }
    let has_all = page.verbose || pulled.len() <= LISTED;
    for account in pulled.iter().filter(|account| account.is_news(has_all)) {
        write(out, page, account)?;
    }
    Ok(())
}

fn sum(pulled: &[AccountPulled]) -> String {
    let FolderPulled { new, written, seconds, .. } = sum_of(pulled);
    let accounts = amount(pulled.len() as u64, "account");
    let mut text = format!("{accounts}: {} in {seconds:.2} s", amount(new, "new mail"));
    let parts = account::parts(&written);
    if !parts.is_empty() {
        text = format!("{text}: {}", parts.join(", "));
    }
    let failed: Vec<&str> = pulled
        .iter()
        .filter(|account| account.error.is_some())
        .map(|account| account.account.as_str())
        .collect();
    if !failed.is_empty() {
        text = format!("{text}; {} failed: {}", thousands(failed.len() as u64), failed.join(", "));
    }
    text
}

/// Writes what was done in an account. Why it ended early is an error, and not written here.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut dyn Write, page: Page, pulled: &AccountPulled) -> io::Result<()> {
    let total = pulled.total();
    let mut text = match total.new {
        0 => "no new mail".to_owned(),
        new => {
            let parts = account::parts(&total.written).join(", ");
            format!("{} in {:.2} s: {parts}", amount(new, "new mail"), total.seconds)
        }
    };
    let settled = settled(&total.settled);
    if !settled.is_empty() {
        text = format!("{text}; {}", settled.join(", "));
    }
    hanging(out, page, "", 2, &format!("{}: {text}", pulled.account))?;
    for warning in &pulled.warnings {
        hanging(out, page, "  beware  ", 10, &escape(warning))?;
    }
    Ok(())
}

fn settled(settled: &Settled) -> Vec<String> {
    let moved = settled.moved.iter().filter(|(_, mails)| **mails > 0);
    let mut parts: Vec<String> =
        moved.map(|(to, mails)| format!("{} moved to {}", thousands(*mails), escape(to))).collect();
    if settled.flagged > 0 {
        parts.push(format!("{} flagged", thousands(settled.flagged)));
    }
    if settled.deleted > 0 {
        parts.push(format!("{} deleted", thousands(settled.deleted)));
    }
    parts
}

/// Writes what an account's server could not do, for a page that tells nothing else of the account.
///
/// # Errors
/// When the writer fails.
pub fn warnings(out: &mut dyn Write, page: Page, pulled: &AccountPulled) -> io::Result<()> {
    let AccountPulled { account, warnings, .. } = pulled;
    warnings
        .iter()
        .try_for_each(|why| hanging(out, page, "", 2, &format!("{account}: {}", escape(why))))
}

/// Writes what would be done in a folder.
///
/// # Errors
/// When the writer fails.
pub fn planned(
    out: &mut dyn Write,
    page: Page,
    account: &str,
    planned: &FolderPlanned,
) -> io::Result<()> {
    let FolderPlanned { folder, mails, new, bytes, due } = planned;
    let mut text = format!(
        "{account}, {}: {}, {} to be read ({:.1} MB)",
        escape(folder),
        amount(*mails, "mail"),
        thousands(*new),
        *bytes as f64 / 1e6,
    );
    if *due > 0 {
        text = format!("{text}, {} read before to be tidied up", thousands(*due));
    }
    hanging(out, page, "", 2, &text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::Written;
    use crate::model::pulled::FolderPulled;

    fn line(folder: FolderPulled, warnings: &[&str]) -> String {
        let pulled = AccountPulled {
            account: "main".into(),
            folders: vec![folder],
            warnings: warnings.iter().map(|text| (*text).to_owned()).collect(),
            ..AccountPulled::default()
        };
        let mut out = Vec::new();
        write(&mut out, Page::PLAIN, &pulled).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_was_read_comes_first_and_then_what_was_done() {
        let written = Written { reports: 4_890, duplicates: 3, skipped: 2, ..Written::default() };
        let moved = BTreeMap::from([("processed".to_owned(), 4_893)]);
        let settled = Settled { moved, deleted: 2, flagged: 0 };
        let folder =
            FolderPulled { new: 4_895, written, settled, seconds: 0.6, ..FolderPulled::default() };
        assert_eq!(
            "main: 4,895 new mails in 0.60 s: 4,890 new reports, 3 seen before, 2 not\n  \
             reports; 4,893 moved to processed, 2 deleted\n",
            line(folder, &[])
        );
    }

    #[test]
    fn a_quiet_night_is_one_short_line_and_a_warning_cannot_move_the_cursor() {
        assert_eq!("main: no new mail\n", line(FolderPulled::default(), &[]));
        let text = line(FolderPulled::default(), &["the server\u{1b}[2J cannot move mails"]);
        assert_eq!("main: no new mail\n  beware  the server\\u{1b}[2J cannot move mails\n", text);
    }

    #[test]
    fn a_plan_says_how_much_there_is_to_do() {
        let folder = FolderPlanned {
            folder: "INBOX".into(),
            mails: 5_000,
            new: 12,
            bytes: 61_440,
            due: 4_988,
        };
        let mut out = Vec::new();
        planned(&mut out, Page::PLAIN, "main", &folder).unwrap();
        let text = String::from_utf8(out).unwrap().replace("\n ", "");
        assert_eq!(
            "main, INBOX: 5,000 mails, 12 to be read (0.1 MB), 4,988 read before to be tidied up\n",
            text
        );
    }
}
