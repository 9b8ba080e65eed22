//! What is stored once and known by a number: reporters, policies, fingerprints; and how an address
//! and the numbers of a standing or an authenticity read.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::super::json;
use crate::model::traffic::ReporterName;
use crate::model::words::{
    AlignedResult, AlignmentMode, Dialect, DiscoveryMethod, Disposition, Policy, Testing,
};
use crate::model::{
    Authenticity, Fingerprint, LangText, PolicyPublished, Reporter, SourceAddress, Standing,
};

pub(super) fn source(value: ValueRef<'_>) -> SourceAddress {
    match value {
        ValueRef::Blob(bytes) => {
            let v4 = <[u8; 4]>::try_from(bytes).map(|octets| SourceAddress::Ip(octets.into()));
            let v6 = <[u8; 16]>::try_from(bytes).map(|octets| SourceAddress::Ip(octets.into()));
            v4.or(v6).unwrap_or_else(|_| SourceAddress::Unreadable("?".into()))
        }
        ValueRef::Text(text) => {
            SourceAddress::Unreadable(String::from_utf8_lossy(text).into_owned().into())
        }
        _ => SourceAddress::Unreadable("?".into()),
    }
}

pub(super) fn reporter_name(file: &Connection, id: i64) -> rusqlite::Result<ReporterName> {
    file.prepare_cached("SELECT org_name, email FROM reporter WHERE id = ?1")?
        .query_row([id], |row| Ok(ReporterName { org_name: row.get(0)?, email: row.get(1)? }))
}

pub(super) fn reporter(file: &Connection, id: i64) -> rusqlite::Result<Reporter> {
    let mut query = file.prepare_cached(
        "SELECT org_name, email, extra_contact_info, extra_contact_lang, generator, version,
                namespace, dialect
         FROM reporter WHERE id = ?1",
    )?;
    query.query_row([id], |row| {
        let contact: Option<String> = row.get(2)?;
        let lang = row.get(3)?;
        let dialect: String = row.get(7)?;
        let is_9990 = dialect == Dialect::Rfc9990.as_str();
        Ok(Reporter {
            org_name: row.get(0)?,
            email: row.get(1)?,
            extra_contact_info: contact.map(|text| LangText { text, lang }),
            generator: row.get(4)?,
            version: row.get(5)?,
            namespace: row.get(6)?,
            dialect: if is_9990 { Dialect::Rfc9990 } else { Dialect::Rfc7489 },
        })
    })
}

pub(super) fn policy(file: &Connection, id: i64) -> rusqlite::Result<PolicyPublished> {
    let mut query = file.prepare_cached(
        "SELECT domain.name, p, sp, np, adkim, aspf, fo, pct, testing, discovery_method, psd
         FROM policy JOIN domain ON domain.id = policy.domain WHERE policy.id = ?1",
    )?;
    query.query_row([id], |row| {
        let word = |column| row.get::<_, Option<String>>(column);
        Ok(PolicyPublished {
            domain: row.get(0)?,
            p: word(1)?.as_deref().map(Policy::parse),
            sp: word(2)?.as_deref().map(Policy::parse),
            np: word(3)?.as_deref().map(Policy::parse),
            adkim: word(4)?.as_deref().map(AlignmentMode::parse),
            aspf: word(5)?.as_deref().map(AlignmentMode::parse),
            fo: row.get(6)?,
            pct: row.get(7)?,
            testing: word(8)?.as_deref().map(Testing::parse),
            discovery_method: word(9)?.as_deref().map(DiscoveryMethod::parse),
            psd: row.get(10)?,
        })
    })
}

pub(super) fn fingerprint(file: &Connection, id: i64) -> rusqlite::Result<Fingerprint> {
    let mut query = file.prepare_cached(
        "SELECT header_from, envelope_from, envelope_to, disposition, dkim, spf, reasons,
                dkim_auth, spf_auth
         FROM fingerprint WHERE id = ?1",
    )?;
    query.query_row([id], |row| {
        let word = |column| row.get::<_, String>(column);
        let list = |column| row.get::<_, Option<String>>(column);
        Ok(Fingerprint {
            header_from: row.get(0)?,
            envelope_from: row.get(1)?,
            envelope_to: row.get(2)?,
            disposition: Disposition::parse(&word(3)?),
            dkim: AlignedResult::parse(&word(4)?),
            spf: AlignedResult::parse(&word(5)?),
            reasons: json::read_reasons(list(6)?.as_deref()),
            dkim_auth: json::read_dkim_auth(list(7)?.as_deref()),
            spf_auth: json::read_spf_auth(list(8)?.as_deref()),
        })
    })
}

/// A standing by its number. One that this program does not know is out of totals in any case,
/// since only 0 is in them.
pub(super) fn standing(number: i64) -> Standing {
    let known = usize::try_from(number).ok().and_then(|at| Standing::ALL.get(at));
    known.copied().unwrap_or(Standing::Unverified)
}

/// An authenticity by its number.
pub(super) fn authenticity(number: i64) -> Authenticity {
    let known = usize::try_from(number).ok().and_then(|at| Authenticity::ALL.get(at));
    known.copied().unwrap_or_default()
}
