//! Which **senders SPF covers**: all that sent in the window, the domain's own one by one, the others by
//! what they are.
//!
//! In: senders with every address, and whether SPF covers one. Out: addresses and messages, counted, and the
//! busiest by name. Mail of subdomains is left out: their SPF is another.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::analyze::Sender;
use crate::model::domain_check::{Coverage, OthersCovered, SenderCovered};
use crate::model::verdict::Class;

/// Addresses of a sender that are named.
const NAMED: usize = 5;

/// Whether SPF covers an address; none where nobody can tell.
pub(super) type Covers = Box<dyn Fn(IpAddr) -> Option<bool>>;

/// The domain's own, and the others.
pub(super) fn of(all: &[Sender], covers: &Covers) -> (Vec<SenderCovered>, Vec<OthersCovered>) {
    let mut own = Vec::new();
    let mut others: BTreeMap<Class, OthersCovered> = BTreeMap::new();
    for sender in all.iter().filter(|sender| !sender.subdomains) {
        let one = covered(sender, covers);
        if sender.class == Class::Own {
            own.push(one);
            continue;
        }
        let class = sender.class;
        let empty = OthersCovered { class, senders: 0, counts: Coverage::default() };
        let others = others.entry(class).or_insert(empty);
        others.senders += 1;
        others.counts.add(&one.counts);
    }
    (own, others.into_values().collect())
}

/// A sender with its addresses, by whether SPF covers them.
fn covered(sender: &Sender, covers: &Covers) -> SenderCovered {
    let mut found = SenderCovered {
        source: sender.source.clone(),
        messages: sender.tally.messages,
        dkim_aligned: sender.tally.dkim_aligned,
        spf_aligned: sender.tally.spf_aligned,
        covered: Vec::new(),
        not_covered: Vec::new(),
        unknown: Vec::new(),
        not_covered_messages: Vec::new(),
        counts: Coverage::default(),
        bounces_to: sender.bounces_to.clone(),
    };
    for (address, messages) in &sender.addresses {
        let covered = covers(*address);
        found.counts.count(covered, *messages);
        let list = match covered {
            Some(true) => &mut found.covered,
            Some(false) => &mut found.not_covered,
            None => &mut found.unknown,
        };
        if list.len() < NAMED {
            list.push(address.to_string());
            if covered == Some(false) {
                found.not_covered_messages.push(*messages);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::domain_check::Sent;
    use crate::model::verdict::Tally;

    fn sender(class: Class, addresses: &[(&str, u64)]) -> Sender {
        Sender {
            source: class.as_str().to_owned(),
            class,
            subdomains: false,
            tally: Tally::default(),
            addresses: addresses.iter().map(|(at, sent)| (at.parse().unwrap(), *sent)).collect(),
            bounces_to: None,
        }
    }

    #[test]
    fn every_address_is_counted_and_the_busiest_are_named() {
        let covers: Covers = Box::new(|address| match address {
            IpAddr::V6(_) => None,
            IpAddr::V4(address) => Some(address.octets()[2] == 2),
        });
        let many: Vec<(String, u64)> =
            (1..=9).map(|last| (format!("198.51.100.{last}"), 100 - last)).collect();
        let many: Vec<(&str, u64)> = many.iter().map(|(at, sent)| (at.as_str(), *sent)).collect();
        let own = [&many[..], &[("192.0.2.1", 7), ("2001:db8::1", 3)]].concat();
        let forged = sender(Class::Noise, &[("203.0.113.1", 5)]);
        let below = Sender { subdomains: true, ..sender(Class::Own, &[("203.0.113.9", 1)]) };
        let all = [sender(Class::Own, &own), forged.clone(), forged, below];
        let (own, others) = of(&all, &covers);
        assert_eq!(1, own.len());
        let sent = |addresses, messages| Sent { addresses, messages };
        let expected =
            Coverage { covered: sent(1, 7), not_covered: sent(9, 855), unknown: sent(1, 3) };
        assert_eq!(expected, own[0].counts);
        assert_eq!(
            (5, vec![99, 98, 97, 96, 95]),
            (own[0].not_covered.len(), own[0].not_covered_messages.clone())
        );
        assert_eq!((Class::Noise, 2), (others[0].class, others[0].senders));
        assert_eq!((1, sent(2, 10)), (others.len(), others[0].counts.not_covered));
    }
}
