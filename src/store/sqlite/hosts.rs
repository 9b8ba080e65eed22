//! What is known of **addresses** beyond the reports: their names, and whose network they are in.
//!
//! In: what look-ups came to. Out: the same, for the addresses that are asked for. What nobody could
//! tell does not replace what was known.

use std::net::IpAddr;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use super::problem::Problem;
use crate::model::kept::{HostStatus, KeptHost};

type Answer<T> = Result<T, Problem>;

/// What is known of these addresses.
pub(super) fn known(file: &Connection, addresses: &[IpAddr]) -> Answer<Vec<KeptHost>> {
    // an older store on a medium that cannot be written is read as it is
    if !file.prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'host'")?.exists([])? {
        return Ok(Vec::new());
    }
    if !file.prepare_cached("SELECT 1 FROM host LIMIT 1")?.exists([])? {
        return Ok(Vec::new());
    }
    let mut query = file.prepare_cached(
        "SELECT status, name, country, network, owner, looked_up_at FROM host WHERE address = ?1",
    )?;
    let mut found = Vec::new();
    for address in addresses {
        let host =
            query.query_row([Bytes::of(*address).as_slice()], |row| host(*address, row)).optional();
        found.extend(host?.flatten());
    }
    Ok(found)
}

/// What is known of one; nothing where the status is a word that this program cannot have written.
fn host(address: IpAddr, row: &Row<'_>) -> rusqlite::Result<Option<KeptHost>> {
    let ValueRef::Text(word) = row.get_ref(0)? else { return Ok(None) };
    let is_it = |status: &HostStatus| status.as_str().as_bytes() == word;
    let Some(status) = HostStatus::ALL.into_iter().find(is_it) else { return Ok(None) };
    Ok(Some(KeptHost {
        address,
        status,
        name: row.get(1)?,
        country: row.get(2)?,
        network: row.get(3)?,
        owner: row.get(4)?,
        looked_up_at: row.get(5)?,
    }))
}

/// Keeps what was looked up.
pub(super) fn keep(file: &mut Connection, hosts: &[KeptHost]) -> Answer<()> {
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut insert = transaction.prepare_cached(
            "INSERT INTO host (address, status, name, country, network, owner, looked_up_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (address) DO UPDATE SET
                 name = iif(excluded.status = 'unknown', name, excluded.name),
                 looked_up_at = iif(excluded.status = 'unknown' AND status <> 'unknown',
                                    looked_up_at, excluded.looked_up_at),
                 status = iif(excluded.status = 'unknown', status, excluded.status),
                 country = excluded.country, network = excluded.network, owner = excluded.owner",
        )?;
        for host in hosts {
            let KeptHost { address, status, name, country, network, owner, looked_up_at } = host;
            let (address, status) = (Bytes::of(*address), status.as_str());
            let address = address.as_slice();
            insert.execute(params![
                address,
                status,
                name,
                country,
                network,
                owner,
                looked_up_at
            ])?;
        }
    }
    Ok(transaction.commit()?)
}

/// The 4 or 16 bytes of an address.
enum Bytes {
    V4([u8; 4]),
    V6([u8; 16]),
}

impl Bytes {
    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => Self::V6(address.octets()),
        }
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::V4(octets) => octets,
            Self::V6(octets) => octets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_store_that_cannot_be_brought_to_the_present_layout_knows_nothing() {
        let file = Connection::open_in_memory().unwrap();
        assert!(known(&file, &["192.0.2.1".parse().unwrap()]).unwrap().is_empty());
    }

    #[test]
    fn a_word_of_another_program_is_no_status() {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(include_str!("../../../schema.sql")).unwrap();
        let insert = "INSERT INTO host VALUES (?1, ?2, NULL, NULL, NULL, NULL, 0)";
        file.execute(insert, params![[192_u8, 0, 2, 1], "lost"]).unwrap();
        file.execute(insert, params![[192_u8, 0, 2, 2], "nameless"]).unwrap();
        let asked = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().unwrap());
        let found = known(&file, &asked).unwrap();
        assert_eq!(vec![asked[1]], found.iter().map(|host| host.address).collect::<Vec<IpAddr>>());
    }
}
