//! **Interning**: what repeats is stored once and known by a number.
//!
//! In: a digest, and how to store what it stands for. Out: its number. Numbers found before are
//! remembered in memory, up to a bound; the file is asked for the others.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::json;
use crate::model::{Digest, Fingerprint, PolicyPublished, Reporter};

/// How many numbers of one kind are remembered; past that, memory starts anew.
const REMEMBERED: usize = 200_000;

/// The numbers of what was met before.
#[derive(Default)]
pub(super) struct Interned {
    domains: Known<String>,
    reporters: Known<Digest>,
    policies: Known<Digest>,
    fingerprints: Known<Digest>,
}

impl Interned {
    /// The number of a domain.
    pub(super) fn domain(&mut self, file: &Connection, name: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.domains.0.get(name) {
            return Ok(*id);
        }
        let found = file
            .prepare_cached("SELECT id FROM domain WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => file.prepare_cached("INSERT INTO domain (name) VALUES (?1)")?.insert([name])?,
        };
        Ok(self.domains.remember(name.to_owned(), id))
    }

    /// The number of a reporter.
    pub(super) fn reporter(
        &mut self,
        file: &Connection,
        digest: Digest,
        reporter: &Reporter,
    ) -> rusqlite::Result<i64> {
        let find = "SELECT id FROM reporter WHERE digest = ?1";
        self.reporters.number(file, digest, find, || insert_reporter(file, digest, reporter))
    }

    /// The number of a policy of a domain.
    pub(super) fn policy(
        &mut self,
        file: &Connection,
        digest: Digest,
        domain: i64,
        policy: &PolicyPublished,
    ) -> rusqlite::Result<i64> {
        let find = "SELECT id FROM policy WHERE digest = ?1";
        self.policies.number(file, digest, find, || insert_policy(file, digest, domain, policy))
    }

    /// The number of a fingerprint.
    pub(super) fn fingerprint(
        &mut self,
        file: &Connection,
        digest: Digest,
        fingerprint: &Fingerprint,
    ) -> rusqlite::Result<i64> {
        let find = "SELECT id FROM fingerprint WHERE digest = ?1";
        let insert = || insert_fingerprint(file, digest, fingerprint);
        self.fingerprints.number(file, digest, find, insert)
    }
}

struct Known<K>(HashMap<K, i64>);

impl<K> Default for Known<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: std::hash::Hash + Eq> Known<K> {
    fn remember(&mut self, key: K, id: i64) -> i64 {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(key, id);
        id
    }
}

impl Known<Digest> {
    fn number(
        &mut self,
        file: &Connection,
        digest: Digest,
        find: &str,
        insert: impl FnOnce() -> rusqlite::Result<i64>,
    ) -> rusqlite::Result<i64> {
        if let Some(id) = self.0.get(&digest) {
            return Ok(*id);
        }
        let found =
            file.prepare_cached(find)?.query_row([digest.0], |row| row.get(0)).optional()?;
        let id = found.map_or_else(insert, Ok)?;
        Ok(self.remember(digest, id))
    }
}

fn insert_reporter(
    file: &Connection,
    digest: Digest,
    reporter: &Reporter,
) -> rusqlite::Result<i64> {
    let contact = reporter.extra_contact_info.as_ref();
    file.prepare_cached(
        "INSERT INTO reporter (digest, org_name, email, extra_contact_info, extra_contact_lang,
                               generator, version, namespace, dialect)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .insert(params![
        digest.0,
        reporter.org_name,
        reporter.email,
        contact.map(|contact| &contact.text),
        contact.and_then(|contact| contact.lang.as_ref()),
        reporter.generator,
        reporter.version,
        reporter.namespace,
        reporter.dialect.as_str(),
    ])
}

fn insert_policy(
    file: &Connection,
    digest: Digest,
    domain: i64,
    policy: &PolicyPublished,
) -> rusqlite::Result<i64> {
    file.prepare_cached(
        "INSERT INTO policy (digest, domain, p, sp, np, adkim, aspf, fo, pct, testing,
                             discovery_method, psd)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .insert(params![
        digest.0,
        domain,
        policy.p.as_ref().map(|word| word.as_str()),
        policy.sp.as_ref().map(|word| word.as_str()),
        policy.np.as_ref().map(|word| word.as_str()),
        policy.adkim.as_ref().map(|word| word.as_str()),
        policy.aspf.as_ref().map(|word| word.as_str()),
        policy.fo,
        policy.pct,
        policy.testing.as_ref().map(|word| word.as_str()),
        policy.discovery_method.as_ref().map(|word| word.as_str()),
        policy.psd,
    ])
}

fn insert_fingerprint(
    file: &Connection,
    digest: Digest,
    fingerprint: &Fingerprint,
) -> rusqlite::Result<i64> {
    file.prepare_cached(
        "INSERT INTO fingerprint (digest, header_from, envelope_from, envelope_to, disposition,
                                  dkim, spf, reasons, dkim_auth, spf_auth)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .insert(params![
        digest.0,
        fingerprint.header_from,
        fingerprint.envelope_from,
        fingerprint.envelope_to,
        fingerprint.disposition.as_str(),
        fingerprint.dkim.as_str(),
        fingerprint.spf.as_str(),
        json::reasons(&fingerprint.reasons),
        json::dkim_auth(&fingerprint.dkim_auth),
        json::spf_auth(&fingerprint.spf_auth),
    ])
}
