//! What is **too much** in a zone file: names and values that no DNS message holds, and more odd entries than
//! anybody reads.
//!
//! In: entries as they come. Out: the first of those that are no records, and one that counts the others.

use crate::model::finding::{Finding, Severity};
use crate::model::names::MAX_NAME;
use crate::record::paste::Pasted;
use crate::record::{MAX_PASTED, edit, whole};

/// Bytes that a string holds (RFC 1035 section 3.3): its length is one byte.
const MAX_STRING: usize = 255;

/// Entries that are no records and are told, of one file.
const MOST_ASIDES: usize = 1_000;

/// The entries that are no records: those that are told, and what the others are.
#[derive(Debug, Default)]
pub(super) struct Asides {
    told: usize,
    untold: u64,
    /// The line of the first that is not told, and the worst of all.
    from: usize,
    worst: Option<Severity>,
}

impl Asides {
    /// What is told: all records, and the first of what is none.
    pub(super) fn take(&mut self, one: Pasted) -> Option<Pasted> {
        if !one.is_aside {
            return Some(one);
        }
        self.told += 1;
        if self.told <= MOST_ASIDES {
            return Some(one);
        }
        if self.untold == 0 {
            self.from = one.line;
        }
        self.untold += 1;
        self.worst = self.worst.into_iter().chain(one.findings.iter().map(|it| it.severity)).min();
        None
    }

    /// One that stands for all that are not told.
    pub(super) fn rest(self) -> Option<Pasted> {
        let worst = self.worst?;
        let what = format!(
            "and {} more entries from here on are no records to look at: {MOST_ASIDES} are told one by one",
            self.untold
        );
        Some(Pasted {
            line: self.from,
            findings: vec![whole("zone_more", worst, what)],
            is_aside: true,
            ..Pasted::default()
        })
    }
}

/// A name that no DNS message holds (RFC 1035 section 2.3.4).
pub(super) fn name_too_long(letters: usize) -> Finding {
    let what = format!(
        "a name of {letters} letters, and one has {MAX_NAME} at most: no name server loads this"
    );
    whole("record_name", Severity::Error, what)
}

/// A value that no TXT record holds.
pub(super) fn value_too_long() -> Finding {
    let what = format!("longer than {MAX_PASTED} bytes, which no TXT record holds");
    whole("record_too_long", Severity::Error, what)
}

/// A string that its length, which is one byte, cannot tell. It is proposed in strings that fit.
pub(super) fn string_too_long(longest: usize, text: &str) -> Option<Finding> {
    let what = format!(
        "a string of {longest} bytes, and one holds {MAX_STRING} (RFC 1035 section 3.3): no name server \
         loads this"
    );
    (longest > MAX_STRING).then(|| Finding {
        instead: Some(edit::zone_strings(text)),
        ..whole("zone_string", Severity::Error, what)
    })
}
