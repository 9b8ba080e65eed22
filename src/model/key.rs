//! What things are known by: a **digest** is the first 16 bytes of a SHA-256 over a canonical form.
//!
//! In: a report. Out: its [`Identity`]. The reports are strangers' work, so the hash must withstand
//! someone who wants two different things to look the same; 128 bits of SHA-256 do.
//!
//! Two documents with the same fields have the same content digest, however they are laid out or
//! encoded: a gateway that rewrites line ends does not make a conflict.

use sha2::{Digest as _, Sha256};

use super::report::{
    Fingerprint, LangText, PolicyPublished, Record, Report, Reporter, SourceAddress,
};

/// The first 16 bytes of a SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Digest(pub [u8; 16]);

impl Digest {
    /// The digest of bytes as they are.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut digest = Self::default();
        digest.0.copy_from_slice(&Sha256::digest(bytes)[..16]);
        digest
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The digests of a report and its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Reporter, policy domain, report id, begin and end: which report it claims to be.
    pub key: Digest,
    /// Everything that counts in it: policy and rows.
    pub content: Digest,
    /// The reporter.
    pub reporter: Digest,
    /// The policy.
    pub policy: Digest,
    /// Each of [`Report::fingerprints`], in the same order.
    pub fingerprints: Vec<Digest>,
}

impl Identity {
    /// Computes the digests of a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let fingerprints: Vec<Digest> = report.fingerprints.iter().map(fingerprint).collect();
        let policy = policy(&report.policy);
        Self {
            key: key(report),
            content: content(report, policy, &fingerprints),
            reporter: reporter(&report.reporter),
            policy,
            fingerprints,
        }
    }
}

/// The report's key. Ids are not unique among reporters, nor over time, so all five count.
fn key(report: &Report) -> Digest {
    Canonical::new()
        .text(&report.reporter.org_name.to_lowercase())
        .text(&report.policy.domain)
        .text(&report.report_id)
        .number(report.begin)
        .number(report.end)
        .finish()
}

/// Policy and rows. A reporter that sends the same rows in another order says the same.
fn content(report: &Report, policy: Digest, fingerprints: &[Digest]) -> Digest {
    let row = |record: &Record| {
        let digest = fingerprints.get(record.fingerprint as usize).copied().unwrap_or_default();
        Canonical::new().address(&record.source).number(record.count).raw(&digest.0).finish()
    };
    let mut rows: Vec<Digest> = report.records.iter().map(row).collect();
    rows.sort_unstable();
    rows.iter().fold(Canonical::new().raw(&policy.0), |form, row| form.raw(&row.0)).finish()
}

fn reporter(reporter: &Reporter) -> Digest {
    Canonical::new()
        .text(&reporter.org_name)
        .text(&reporter.email)
        .lang_text(reporter.extra_contact_info.as_ref())
        .option(reporter.generator.as_deref())
        .option(reporter.version.as_deref())
        .option(reporter.namespace.as_deref())
        .text(reporter.dialect.as_str())
        .finish()
}

fn policy(policy: &PolicyPublished) -> Digest {
    Canonical::new()
        .text(&policy.domain)
        .option(policy.p.as_ref().map(|word| word.as_str()))
        .option(policy.sp.as_ref().map(|word| word.as_str()))
        .option(policy.np.as_ref().map(|word| word.as_str()))
        .option(policy.adkim.as_ref().map(|word| word.as_str()))
        .option(policy.aspf.as_ref().map(|word| word.as_str()))
        .option(policy.fo.as_deref())
        .option(policy.pct.as_deref())
        .option(policy.testing.as_ref().map(|word| word.as_str()))
        .option(policy.discovery_method.as_ref().map(|word| word.as_str()))
        .option(policy.psd.as_deref())
        .finish()
}

fn fingerprint(fingerprint: &Fingerprint) -> Digest {
    let mut form = Canonical::new()
        .text(&fingerprint.header_from)
        .option(fingerprint.envelope_from.as_deref())
        .option(fingerprint.envelope_to.as_deref())
        .text(fingerprint.disposition.as_str())
        .text(fingerprint.dkim.as_str())
        .text(fingerprint.spf.as_str())
        .count(fingerprint.reasons.len());
    for reason in &fingerprint.reasons {
        form = form.text(reason.kind.as_str()).lang_text(reason.comment.as_ref());
    }
    form = form.count(fingerprint.dkim_auth.len());
    for dkim in &fingerprint.dkim_auth {
        form = form
            .text(&dkim.domain)
            .option(dkim.selector.as_deref())
            .text(dkim.result.as_str())
            .lang_text(dkim.human_result.as_ref());
    }
    form = form.count(fingerprint.spf_auth.len());
    for spf in &fingerprint.spf_auth {
        form = form
            .text(&spf.domain)
            .option(spf.scope.as_ref().map(|word| word.as_str()))
            .text(spf.result.as_str())
            .lang_text(spf.human_result.as_ref());
    }
    form.finish()
}

/// A canonical form on its way into the hash: every field carries its length, and absent differs
/// from empty, so no two different field lists give the same bytes.
pub struct Canonical(Vec<u8>);

impl Canonical {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::with_capacity(256))
    }

    /// Appends bytes of a fixed length.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends a number.
    #[must_use]
    pub fn number(self, number: i64) -> Self {
        self.raw(&number.to_le_bytes())
    }

    /// Appends how many of something follow.
    #[must_use]
    pub fn count(self, count: usize) -> Self {
        self.raw(&(count as u64).to_le_bytes())
    }

    /// Appends a text with its length.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.count(text.len()).raw(text.as_bytes())
    }

    /// Appends a text that may be absent.
    #[must_use]
    pub fn option(self, text: Option<&str>) -> Self {
        match text {
            None => self.raw(&[0]),
            Some(text) => self.raw(&[1]).text(text),
        }
    }

    fn lang_text(self, text: Option<&LangText>) -> Self {
        match text {
            None => self.raw(&[0]),
            Some(LangText { text, lang }) => self.raw(&[1]).text(text).option(lang.as_deref()),
        }
    }

    fn address(self, address: &SourceAddress) -> Self {
        match address {
            SourceAddress::Ip(std::net::IpAddr::V4(ip)) => self.raw(&[4]).raw(&ip.octets()),
            SourceAddress::Ip(std::net::IpAddr::V6(ip)) => self.raw(&[6]).raw(&ip.octets()),
            SourceAddress::Unreadable(text) => self.raw(&[0]).text(text),
        }
    }

    /// The digest of all that was appended.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest::of(&self.0)
    }
}

impl Default for Canonical {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_into_each_other() {
        let one = Canonical::new().text("ab").text("c").finish();
        let other = Canonical::new().text("a").text("bc").finish();
        assert_ne!(one, other);
        let absent = Canonical::new().option(None).finish();
        let empty = Canonical::new().option(Some("")).finish();
        assert_ne!(absent, empty);
    }

    #[test]
    fn a_digest_is_the_first_half_of_sha256() {
        assert_eq!("e3b0c44298fc1c149afbf4c8996fb924", Digest::of(b"").to_string());
    }
}
