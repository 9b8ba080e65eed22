//! What the store knows of the **addresses** of a domain's mail, for whoever judges or shows it.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use crate::error::Result;
use crate::model::kept::{HostStatus, KeptHost};
use crate::model::verdict::SourceSummary;
use crate::model::{HostName, Hosts, Traffic};
use crate::store::Store;

/// The names of all addresses of some traffic. Those of which nobody could tell are not among them.
pub(super) fn of_traffic(store: &dyn Store, all: [Option<&Traffic>; 2]) -> Result<Hosts> {
    let mut addresses = BTreeSet::new();
    for traffic in all.into_iter().flatten() {
        addresses.extend(traffic.rows.iter().filter_map(|row| row.source.ip()));
        addresses.extend(traffic.earlier.iter().filter_map(|row| row.source.ip()));
    }
    let addresses: Vec<IpAddr> = addresses.into_iter().collect();
    Ok(store.hosts(&addresses)?.into_iter().filter_map(judged_by).collect())
}

fn judged_by(host: KeptHost) -> Option<(IpAddr, Option<HostName>)> {
    let name = |confirmed| host.name.map(|name| HostName { name, confirmed });
    let known = match host.status {
        HostStatus::Confirmed => name(true),
        HostStatus::Unconfirmed => name(false),
        HostStatus::Nameless => None,
        HostStatus::Unknown => return None,
    };
    Some((host.address, known))
}

/// Adds to each source what is known of its busiest addresses.
pub(super) fn add(store: &dyn Store, sources: &mut [SourceSummary]) -> Result<()> {
    let busiest = sources.iter().flat_map(|source| &source.busiest_addresses);
    let busiest: BTreeSet<IpAddr> = busiest.filter_map(|text| text.parse().ok()).collect();
    let busiest: Vec<IpAddr> = busiest.into_iter().collect();
    let known = store.hosts(&busiest)?.into_iter().map(|host| (host.address, host));
    let known: HashMap<IpAddr, KeptHost> = known.collect();
    for source in sources {
        let of = |text: &String| known.get(&text.parse().ok()?).cloned();
        source.hosts = source.busiest_addresses.iter().filter_map(of).collect();
    }
    Ok(())
}
