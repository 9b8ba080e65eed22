//! Clauses about addresses: which to ask about first, and what is known of them.

use std::net::IpAddr;

use ruaudit::model::Window;
use ruaudit::model::kept::{HostStatus, KeptHost};
use ruaudit::store::Store;

use crate::{NOW, Sent, day};

fn ip(address: &str) -> IpAddr {
    address.parse().unwrap()
}

fn addresses(store: &dyn Store, domain: Option<&str>, window: Option<Window>) -> Vec<String> {
    let found = store.addresses(domain, window).unwrap();
    found.iter().map(ToString::to_string).collect()
}

fn host(address: &str, status: HostStatus, name: Option<&str>, at: i64) -> KeptHost {
    KeptHost {
        address: ip(address),
        status,
        name: name.map(str::to_owned),
        country: None,
        network: None,
        owner: None,
        looked_up_at: at,
    }
}

pub(crate) fn addresses_come_once_the_failing_and_the_busy_first(store: &mut dyn Store) {
    assert!(addresses(store, None, None).is_empty());
    let sent = |domain, id, day, rows: &[(&'static str, i64, bool)]| Sent {
        day,
        rows: rows.to_vec(),
        ..Sent::new(domain, id)
    };
    let reports = [
        sent("acme.example", "1", 0, &[("192.0.2.1", 50, true), ("2001:db8::1", 3, false)]),
        sent("acme.example", "2", 1, &[("192.0.2.2", 60, true), ("192.0.2.1", 20, true)]),
        sent("b.example", "3", 1, &[("192.0.2.2", 4, false), ("nonsense", 99, false)]),
    ];
    for report in reports {
        store.write(&report.traces(report.id), NOW).unwrap();
    }
    assert_eq!(vec!["192.0.2.2", "2001:db8::1", "192.0.2.1"], addresses(store, None, None));
    let of_acme = vec!["2001:db8::1", "192.0.2.1", "192.0.2.2"];
    assert_eq!(of_acme, addresses(store, Some("acme.example"), None));
    let second = Some(Window { from: day(1), to: day(1) });
    let of_second = vec!["192.0.2.2", "192.0.2.1"];
    assert_eq!(of_second, addresses(store, Some("acme.example"), second));
    assert!(addresses(store, Some("else.example"), None).is_empty());
    store.reconsider(&|domain| domain == "b.example", false).unwrap();
    assert_eq!(vec!["192.0.2.2"], addresses(store, None, None), "others' reports do not count");
}

pub(crate) fn a_look_up_takes_the_place_of_the_one_before(store: &mut dyn Store) {
    let asked = ["192.0.2.9", "2001:db8::1", "192.0.2.1"].map(ip);
    assert!(store.hosts(&asked).unwrap().is_empty());
    let first = host("192.0.2.1", HostStatus::Confirmed, Some("mx.acme.example"), NOW);
    let other = KeptHost {
        country: Some("DE".into()),
        network: Some(u32::MAX),
        owner: Some("Hoster".into()),
        ..host("2001:db8::1", HostStatus::Nameless, None, NOW)
    };
    store.keep_hosts(&[first, other.clone()]).unwrap();
    let moved = host("192.0.2.1", HostStatus::Unconfirmed, Some("old.acme.example"), NOW + 5);
    store.keep_hosts(std::slice::from_ref(&moved)).unwrap();
    assert_eq!(vec![other, moved], store.hosts(&asked).unwrap(), "in the order asked for");
    let mapped = [ip("::ffff:192.0.2.1")];
    assert!(store.hosts(&mapped).unwrap().is_empty(), "as it is written in the reports");
}

pub(crate) fn what_nobody_could_tell_does_not_replace_what_was_known(store: &mut dyn Store) {
    let unknown = |at| host("192.0.2.1", HostStatus::Unknown, None, at);
    let asked = [ip("192.0.2.1")];
    store.keep_hosts(&[unknown(NOW)]).unwrap();
    store.keep_hosts(&[unknown(NOW + 1)]).unwrap();
    assert_eq!(vec![unknown(NOW + 1)], store.hosts(&asked).unwrap());
    let named = host("192.0.2.1", HostStatus::Confirmed, Some("mx.acme.example"), NOW + 2);
    store.keep_hosts(std::slice::from_ref(&named)).unwrap();
    let later = KeptHost { country: Some("AT".into()), ..unknown(NOW + 9) };
    store.keep_hosts(&[later]).unwrap();
    let expected = KeptHost { country: Some("AT".into()), ..named };
    assert_eq!(vec![expected], store.hosts(&asked).unwrap());
}
