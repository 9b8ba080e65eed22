//! The table that comes with the program, and what an operator's own does to it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::*;

fn ours() -> &'static Providers {
    Providers::built_in()
}

fn name_of(domain: &str) -> Option<&'static str> {
    ours().find(domain).and_then(|index| ours().get(index)).map(|p| p.name.as_str())
}

fn host_of(name: &str) -> Option<&'static str> {
    ours().find_host(name).and_then(|index| ours().get(index)).map(|p| p.name.as_str())
}

#[test]
fn every_line_of_the_table_is_read() {
    table::read(BUILT_IN_TEXT).unwrap();
    let is_line = |line: &&str| !line.starts_with('#') && !line.trim().is_empty();
    assert_eq!(BUILT_IN_TEXT.lines().filter(is_line).count(), ours().providers.len());
}

#[test]
fn patterns_match_at_label_boundaries() {
    assert_eq!(Some("Mailchimp"), name_of("mail12.mcsv.net"));
    assert_eq!(Some("Mailchimp"), name_of("mcsv.net."));
    assert_eq!(None, name_of("notmcsv.net"));
    assert_eq!(None, name_of("mcsv.net.example"));
    assert_eq!(None, name_of(""));
    assert_eq!(Some("Google Workspace"), name_of("acme-example.20230601.gappssmtp.com"));
}
