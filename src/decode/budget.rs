//! A **budget**: what one input may still unpack to. In: the limits, then every byte that is
//! inflated. Out: a rejection as soon as a limit is passed, naming the limit and its setting.
//!
//! One budget serves an input at every depth, so that a zip in a zip in a mail cannot multiply.
//! Nothing here is sized by what a header declares: only bytes that came out are counted.

use std::io::{self, Read};

use super::limits::Limits;
use crate::model::{Reason, Rejection, Stage};

/// What one input may still cost.
pub(super) struct Budget<'a> {
    /// The limits it started from.
    pub limits: &'a Limits,
    /// Bytes that may still come out of containers.
    bytes: usize,
    /// Bytes of the containers that are open, which came out of others.
    held: usize,
    /// Whether more than that wanted to come out.
    spent: bool,
    /// Members of archives, zip and tar, that may still be read.
    entries: usize,
    /// Parts of the mail at hand that may still be read.
    parts: usize,
    /// Mails that are being taken apart at this moment, one inside the other.
    mails: usize,
}

/// Why a container gave no whole content.
#[derive(Debug)]
pub(super) enum Stop {
    /// A limit was passed.
    Over(Rejection),
    /// The bytes are damaged or end too early.
    Damaged(io::Error),
}

impl<'a> Budget<'a> {
    /// A full budget.
    pub(super) fn new(limits: &'a Limits) -> Self {
        let Limits { total_bytes, archive_entries, mime_parts, .. } = *limits;
        Self {
            limits,
            bytes: total_bytes,
            held: 0,
            spent: false,
            entries: archive_entries,
            parts: mime_parts,
            mails: 0,
        }
    }

    /// Whether nothing more may be unpacked. Said once, as a rejection, when it happened.
    pub(super) fn is_spent(&self) -> bool {
        self.spent
    }

    /// Appends to `out` all that `source` gives, so long as one document and all parts together
    /// stay inside their limits.
    pub(super) fn read(&mut self, source: impl Read, out: &mut Vec<u8>) -> Result<(), Stop> {
        let before = out.len();
        let room = self.bytes.min(self.room().saturating_sub(before));
        let result = source.take((room as u64).saturating_add(1)).read_to_end(out);
        let came_out = out.len() - before;
        if came_out > room {
            self.spent = room == self.bytes;
            self.bytes = self.bytes.saturating_sub(came_out);
            return Err(Stop::Over(self.too_large()));
        }
        self.bytes -= came_out;
        result.map(|_| ()).map_err(Stop::Damaged)
    }

    /// What one thing may unpack to: less, the larger the containers are that it lies in, since
    /// these are held until all in them is read.
    fn room(&self) -> usize {
        const LEAST: usize = 8;
        let most = self.limits.report_bytes;
        most.saturating_sub(self.held).max(most / LEAST)
    }

    /// Opens a container that came out of another one and has so many bytes.
    pub(super) fn hold(&mut self, bytes: usize) {
        self.held += bytes;
    }

    /// Closes it.
    pub(super) fn release(&mut self, bytes: usize) {
        self.held = self.held.saturating_sub(bytes);
    }

    /// Counts bytes that are there already.
    pub(super) fn count(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Takes bytes that were decoded in another way, and are held while what they hold is read.
    pub(super) fn take_bytes(&mut self, bytes: usize) -> Result<(), Rejection> {
        self.spent |= bytes > self.bytes;
        self.bytes = self.bytes.saturating_sub(bytes);
        if self.spent { Err(self.too_large()) } else { Ok(()) }
    }

    fn too_large(&self) -> Rejection {
        let Limits { report_bytes, total_bytes, .. } = self.limits;
        let detail = if self.spent {
            format!(
                "all parts together unpack to more than {total_bytes} bytes (limit total_bytes)"
            )
        } else {
            let room = self.room();
            let inside = if room < *report_bytes { ", less in a large container" } else { "" };
            format!("unpacks to more than {room} bytes (limit report_bytes{inside})")
        };
        Rejection::new(Stage::Unpack, Reason::TooLarge, detail)
    }

    /// Members of archives that may still be read.
    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    /// Takes one member of an archive; false when there are none left.
    pub(super) fn take_entry(&mut self) -> bool {
        let left = self.entries.checked_sub(1);
        self.entries = left.unwrap_or(0);
        left.is_some()
    }

    /// That there are more members than may be read.
    pub(super) fn too_many_entries(&self) -> Rejection {
        let limit = self.limits.archive_entries;
        let detail = format!("more than {limit} files in archives (limit archive_entries)");
        Rejection::new(Stage::Unpack, Reason::TooManyParts, detail)
    }

    /// Starts a mail. Mails inside it share its parts; a mail beside it has its own.
    pub(super) fn enter_mail(&mut self) {
        if self.mails == 0 {
            self.parts = self.limits.mime_parts;
        }
        self.mails += 1;
    }

    /// Ends a mail.
    pub(super) fn leave_mail(&mut self) {
        self.mails = self.mails.saturating_sub(1);
    }

    /// Parts of the mail at hand that may still be read.
    pub(super) fn parts(&self) -> usize {
        self.parts
    }

    /// Takes one part of the mail at hand; false when there are none left.
    pub(super) fn take_part(&mut self) -> bool {
        let left = self.parts.checked_sub(1);
        self.parts = left.unwrap_or(0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(report_bytes: usize, total_bytes: usize) -> Limits {
        Limits { report_bytes, total_bytes, ..Limits::default() }
    }

    fn over(stop: Result<(), Stop>) -> String {
        match stop {
            Err(Stop::Over(rejection)) => rejection.detail,
            other => panic!("not over: {other:?}"),
        }
    }

    #[test]
    fn a_document_may_be_exactly_as_large_as_the_limit() {
        let limits = limits(4, 100);
        let mut out = Vec::new();
        assert!(Budget::new(&limits).read(&b"abcd"[..], &mut out).is_ok());
        assert_eq!(b"abcd", &out[..]);
    }

    #[test]
    fn one_byte_more_is_named_with_its_limit() {
        let limits = limits(4, 100);
        let result = Budget::new(&limits).read(&b"abcde"[..], &mut Vec::new());
        assert_eq!("unpacks to more than 4 bytes (limit report_bytes)", over(result));
    }

    #[test]
    fn the_total_is_shared_and_never_more_than_one_byte_over() {
        let limits = limits(4, 6);
        let mut budget = Budget::new(&limits);
        assert!(budget.read(&b"abcd"[..], &mut Vec::new()).is_ok());
        assert!(!budget.is_spent());
        let mut out = Vec::new();
        let detail = over(budget.read(io::repeat(0), &mut out));
        assert_eq!("all parts together unpack to more than 6 bytes (limit total_bytes)", detail);
        assert_eq!(3, out.len());
        assert!(budget.is_spent());
    }

    #[test]
    fn mails_inside_a_mail_share_its_parts_and_mails_beside_it_do_not() {
        let limits = Limits { mime_parts: 2, ..Limits::default() };
        let mut budget = Budget::new(&limits);
        budget.enter_mail();
        assert!(budget.take_part());
        budget.enter_mail();
        assert!(budget.take_part());
        assert!(!budget.take_part());
        budget.leave_mail();
        budget.leave_mail();
        budget.enter_mail();
        assert!(budget.take_part());
    }
}
