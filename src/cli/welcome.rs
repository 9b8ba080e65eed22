//! What `ruaudit` alone shows: what it is for, and three commands to try.

use crate::error::Result;

use super::{Exit, Streams, written};

const PAGE: &str = "\
ruaudit reads DMARC aggregate reports and says whether a domain may move to
p=quarantine or p=reject without losing its own mail, and what to mend first.

  ruaudit audit reports/    read the reports there, then say what to do
  ruaudit advise            what to do with each domain, and how
  ruaudit rejected          what could not be read, and why

More: ruaudit --help
";

/// Writes the page.
pub(super) fn run(streams: &mut Streams<'_>) -> Result<Exit> {
    written(streams.out.write_all(PAGE.as_bytes()))?;
    Ok(Exit::Fine)
}
