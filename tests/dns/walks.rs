//! Where records are found, against a real server: the cases of `walks.tsv`.

use std::time::{Duration, Instant};

use ruaudit::lookup::dns::{Dns, DnsLimits};
use ruaudit::model::discovery::{Decision, Way};
use ruaudit::record::walk::{discover, organizational};

use crate::{named, odd};

/// A decision as the table writes it.
fn written(way: &Way) -> String {
    match &way.decision {
        Decision::Policy { at, tag, policy, .. } => format!("{}={policy}@{at}", tag.as_str()),
        Decision::Nothing { .. } => "-".to_owned(),
        Decision::Unknown { .. } => "?".to_owned(),
    }
}

fn organization(way: &Way) -> &str {
    way.organization.as_deref().unwrap_or("?")
}

#[test]
fn every_case_of_the_table_is_found_as_it_says() {
    let dns = Dns::new(Some(named::shared()), DnsLimits::default()).unwrap();
    let mut cases = 0;
    let mut wrong = Vec::new();
    for line in include_str!("walks.tsv").lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [case, name, expected @ ..] = columns.as_slice() else { panic!("{line}") };
        let found = discover(name, &dns);
        let got = [
            &found.walk.asked.len().to_string(),
            organization(&found.walk),
            &written(&found.walk),
            organization(&found.list),
            &written(&found.list),
        ];
        if got != expected {
            wrong.push(format!("{case}: {name}\n  expected {expected:?}\n  got      {got:?}"));
        }
        cases += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases >= 59, "{cases}");
}

#[test]
fn domains_of_one_organisation_are_aligned() {
    let dns = Dns::new(Some(named::shared()), DnsLimits::default()).unwrap();
    for (aligned, author, identifier) in [
        // RFC 9989 appendix B.4.1, B.4.2 and B.4.3
        (true, "simple.example", "signing.simple.example"),
        (true, "a.b.c.d.e.f.g.h.i.j.k.simple.example", "simple.example"),
        (true, "a.b.c.d.e.f.g.h.i.j.k.simple.example", "signing.simple.example"),
        (true, "mega.bank.psd", "x.mega.bank.psd"),
        (false, "mega.bank.psd", "x.giant.bank.psd"),
        (true, "x.n.bank.psd", "y.n.bank.psd"),
        // section 4.10.2: psd=n makes an organisation, also of what its own parent sends
        (false, "a.mail.two.example", "two.example"),
        (true, "a.mail.one.example", "one.example"),
        // no record anywhere: each name for itself
        (false, "nothing.example", "mail.nothing.example"),
        (true, "Mail.Nothing.Example.", "mail.nothing.example"),
    ] {
        let [one, other] = [author, identifier].map(|name| organizational(name, &dns).unwrap());
        assert_eq!(aligned, one == other, "{author} {identifier}: {one} {other}");
    }
    assert!(organizational("broken.example", &dns).is_err());
}

#[test]
fn where_the_ways_differ_it_is_said() {
    let dns = Dns::new(Some(named::shared()), DnsLimits::default()).unwrap();
    for (count, name) in [
        (0, "own.example"),
        (0, "there.own.example"),
        (1, "ghost.own.example"),
        (1, "sub.twice.example"),
        (2, "a.b.mid.example"),
        (0, "broken.example"),
    ] {
        let found = discover(name, &dns);
        assert_eq!(count, found.differs.len(), "{name}: {:?}", found.differs);
    }
}

#[test]
fn a_dead_server_ends_in_unknown_within_the_limit() {
    let (_socket, server) = odd::dead();
    let limits = DnsLimits {
        question: Duration::from_millis(500),
        whole: Duration::from_secs(1),
        cached: 100,
    };
    let dns = Dns::new(Some(server), limits).unwrap();
    let start = Instant::now();
    let found = discover("a.b.c.d.e.f.shop.example", &dns);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(["?", "?"], [written(&found.walk), written(&found.list)].each_ref().map(|s| &**s));
    assert_eq!((None, true), (found.walk.organization.as_deref(), found.is_unknown()));
}
