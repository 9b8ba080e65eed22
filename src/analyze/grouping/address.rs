//! An **address** that sent: which sender its rows belong to, where they do not say themselves; and the
//! senders' numbers.
//!
//! In: rows, one at a time, and reverse names. Out: a number for each sender, in order of appearance; the
//! sender that most of an address's mail belongs to, else the place where it stands.

use std::collections::HashMap;

use crate::model::{Hosts, SourceAddress};

use super::super::source::Key;

/// Numbers the keys in order of appearance.
#[derive(Default)]
pub(super) struct Keys<'a> {
    pub(super) ids: HashMap<Key<'a>, u32>,
    pub(super) keys: Vec<Key<'a>>,
}

impl<'a> Keys<'a> {
    pub(super) fn id(&mut self, key: Key<'a>) -> u32 {
        *self.ids.entry(key).or_insert_with(|| {
            self.keys.push(key);
            // rows, of which each may have two, are numbered by u32 as well
            u32::try_from(self.keys.len() - 1).unwrap_or(u32::MAX / 2)
        })
    }
}

/// One address: which sender most of its mail belongs to, by the majority vote of Boyer and
/// Moore, weighted (one candidate is enough, however many senders a forged report claims).
pub(super) struct Address<'a> {
    pub(super) address: &'a SourceAddress,
    /// Whom its confirmed name stands for, else its network.
    pub(super) place: u32,
    /// Whom a label says it is, in the name of the domain itself and of names below it.
    pub(super) labelled: [Option<u32>; 2],
    pub(super) candidate: u32,
    pub(super) lead: u64,
    pub(super) messages: u64,
    pub(super) for_candidate: u64,
}

impl Address<'_> {
    pub(super) fn vote(&mut self, sender: u32, messages: u64) {
        self.messages = self.messages.saturating_add(messages);
        if sender == self.candidate {
            self.lead = self.lead.saturating_add(messages);
        } else if self.lead >= messages {
            self.lead -= messages;
        } else {
            self.lead = messages - self.lead;
            self.candidate = sender;
        }
    }

    pub(super) fn count(&mut self, sender: u32, messages: u64) {
        if sender == self.candidate {
            self.for_candidate = self.for_candidate.saturating_add(messages);
        }
    }

    /// The sender of its rows that have no name of their own.
    pub(super) fn home(&self) -> u32 {
        let most = self.for_candidate > self.messages / 2;
        if most { self.candidate } else { self.place }
    }
}

/// The confirmed name of an address that was looked up, if it has one.
pub(super) fn confirmed<'h>(address: &SourceAddress, hosts: &'h Hosts) -> Option<Option<&'h str>> {
    let SourceAddress::Ip(ip) = address else {
        return None;
    };
    let found = hosts.get(ip)?.as_ref().filter(|host| host.confirmed && !host.name.is_empty());
    Some(found.map(|host| host.name.as_str()))
}
