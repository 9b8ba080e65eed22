//! What the operator **knows**, held for a survey of many domains: asked of the store once, since
//! most domains have nothing of their own.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::Result;
use crate::model::{Day, DomainProfile, KeptLabel, Knowledge, Label};
use crate::store::Store;

/// All labels and profiles.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By domain in lower case: what is said of it alone.
    own: HashMap<String, Knowledge>,
    /// What is said of every domain.
    every: Knowledge,
    /// By domain, as in `own`, or `*`: the day on which each label was set.
    set: HashMap<String, Vec<Day>>,
}

impl Known {
    /// Asks the store.
    pub(super) fn load(store: &dyn Store) -> Result<Self> {
        let mut known = Self::default();
        for KeptLabel { label, set_at } in store.labels()? {
            let domain = label.domain.to_ascii_lowercase();
            known.set.entry(domain).or_default().push(Day::of(set_at));
            known.at(&label.domain).labels.push(label);
        }
        for DomainProfile { domain, profile } in store.profiles()? {
            known.at(&domain).profile = profile;
        }
        Ok(known)
    }

    fn at(&mut self, domain: &str) -> &mut Knowledge {
        match domain {
            Label::EVERY_DOMAIN => &mut self.every,
            domain => self.own.entry(domain.to_ascii_lowercase()).or_default(),
        }
    }

    /// What is known of one domain: its own labels first.
    pub(super) fn of(&self, domain: &str) -> Cow<'_, Knowledge> {
        let Some(own) = self.own.get(&domain.to_ascii_lowercase()) else {
            return Cow::Borrowed(&self.every);
        };
        if self.every.labels.is_empty() {
            return Cow::Borrowed(own);
        }
        let labels = own.labels.iter().chain(&self.every.labels);
        Cow::Owned(Knowledge::of(domain, labels, own.profile))
    }

    /// The days on which the labels of [`Self::of`] were set, in its order.
    pub(super) fn set_on(&self, domain: &str) -> Vec<Day> {
        let domain = domain.to_ascii_lowercase();
        let days = [domain.as_str(), Label::EVERY_DOMAIN].map(|name| self.set.get(name));
        days.into_iter().flatten().flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LabelWord, Profile};
    use crate::store::sqlite::SqliteStore;

    #[test]
    fn every_domain_is_answered_as_the_store_answers() {
        let mut store = SqliteStore::in_memory().unwrap();
        let sends = Profile { sends_mail: Some(true), ..Profile::default() };
        for domain in ["*", "acme.example", "Shop.example"] {
            for source in ["a", "B"] {
                let (domain, source) = (domain.to_owned(), format!("{source} of {domain}"));
                let label = Label { domain, source, label: LabelWord::Ours, note: String::new() };
                store.set_label(&label, 0).unwrap();
            }
        }
        store.set_profile("shop.example", &sends).unwrap();
        store.set_profile("parked.example", &sends).unwrap();
        let known = Known::load(&store).unwrap();
        for domain in ["acme.example", "ACME.example", "shop.example", "parked.example", "x.test"] {
            assert_eq!(store.knowledge(domain).unwrap(), *known.of(domain), "{domain}");
        }
        assert_eq!(4, known.of("acme.example").labels.len());
        assert_eq!(4, known.set_on("ACME.example").len());
        assert_eq!(2, known.set_on("x.test").len());
    }
}
