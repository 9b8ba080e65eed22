//! The **limits** of decoding: how much of anything one input may make the program read or keep.
//!
//! A rua address stands in public DNS, so anyone can send anything to it. Each limit can be set in
//! the configuration (`[limits]`, same names). What is over a limit is rejected with its reason.

use serde::{Deserialize, Serialize};

/// How much of anything one input may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of one input (a file or a mail) as it lies there. RFC 7489 section 8 asks consumers to
    /// accept 10 MB; mail servers seldom pass on more than 25 MB.
    pub input_bytes: u64,
    /// Bytes of one report once everything is unpacked.
    pub report_bytes: usize,
    /// Bytes that all parts of one input may unpack to, together, at every depth.
    pub total_bytes: usize,
    /// Containers inside each other (gzip in zip in mail); a tar.gz counts as one.
    pub container_depth: usize,
    /// Files in an archive, zip or tar; of all archives in one input together.
    pub archive_entries: usize,
    /// Members of a gzip file.
    pub gzip_members: usize,
    /// Parts of one mail, at every depth.
    pub mime_parts: usize,
    /// Parts of a mail inside each other.
    pub mime_depth: usize,
    /// Bytes of one block of mail headers.
    pub header_bytes: usize,
    /// Elements of a report inside each other.
    pub xml_depth: usize,
    /// Bytes of one text in a report; what is over is cut, with an issue.
    pub text_bytes: usize,
    /// Records of one report; all reports of an input may have twice as many.
    pub records: usize,
    /// Different combinations of all else that records say, entries of the lists in them, and their
    /// text in units of 256 bytes; all reports of an input may have twice as many.
    pub combinations: usize,
    /// Issues kept of one report; what is over is passed over.
    pub issues: usize,
    /// Seconds after now at which a period may end, for clocks that are wrong.
    pub future_seconds: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input_bytes: 25 << 20,
            report_bytes: 64 << 20,
            total_bytes: 128 << 20,
            container_depth: 3,
            archive_entries: 1_000,
            gzip_members: 1_000,
            mime_parts: 500,
            mime_depth: 10,
            header_bytes: 256 << 10,
            xml_depth: 32,
            text_bytes: 16 << 10,
            records: 500_000,
            combinations: 80_000,
            issues: 100,
            future_seconds: 2 * 86_400,
        }
    }
}
