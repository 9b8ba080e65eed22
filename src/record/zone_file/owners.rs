//! Which **owners** of a zone file have what no name server loads together: an alias (CNAME) beside other
//! data (RFC 1034 section 3.6.2), or two aliases.
//!
//! In: every entry with its owner. Out: what stands beside what, by the line. Of an owner its hash is kept:
//! a file may have a million of them, each of 253 letters.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use crate::model::finding::{Finding, Severity};

use super::whole;

/// Types that may stand beside an alias (RFC 4034 section 3, RFC 2181 section 10.1).
const BESIDE: &[&str] = &["RRSIG", "NSEC", "KEY", "SIG"];

/// What an owner has: the lines on which it first stands.
#[derive(Debug, Clone, Copy, Default)]
struct Has {
    alias: Option<usize>,
    /// Where the first alias leads.
    target: u64,
    another: Option<usize>,
    other: Option<usize>,
}

/// The owners of a file.
#[derive(Debug, Default)]
pub(super) struct Owners {
    hasher: RandomState,
    has: HashMap<u64, Has>,
}

impl Owners {
    /// Takes notice of an alias, with the whole name that it leads to.
    pub(super) fn alias(&mut self, owner: &str, target: &str, line: usize) {
        let target = self.hasher.hash_one(target);
        let has = self.has.entry(self.hasher.hash_one(owner)).or_default();
        if has.alias.is_none() {
            (has.alias, has.target) = (Some(line), target);
        } else if has.target != target {
            has.another.get_or_insert(line);
        }
    }

    /// Takes notice of a record of another type.
    pub(super) fn other(&mut self, owner: &str, kind: &str, line: usize) {
        if BESIDE.iter().all(|word| !word.eq_ignore_ascii_case(kind)) {
            let has = self.has.entry(self.hasher.hash_one(owner)).or_default();
            has.other.get_or_insert(line);
        }
    }

    /// Leaves those of which nothing is to be told.
    pub(super) fn settle(&mut self) {
        let is_odd = |has: &Has| has.alias.is_some() && (has.other.or(has.another)).is_some();
        self.has.retain(|_, has| is_odd(has));
    }

    /// What is wrong with an alias of this owner.
    pub(super) fn wrong_alias(&self, owner: &str, line: usize) -> Option<Finding> {
        let has = self.has.get(&self.hasher.hash_one(owner))?;
        let what = match (has.other, has.another) {
            (Some(other), _) => format!(
                "beside an alias (CNAME) nothing else may stand at its name, and line {other} does"
            ),
            (None, another) => {
                let other = if has.alias == Some(line) { another } else { has.alias }?;
                format!("of aliases (CNAME) one may stand at a name, and line {other} is another")
            }
        };
        Some(told(&what, "keep the alias or what stands beside it"))
    }

    /// What is wrong with a record of another type of this owner.
    pub(super) fn wrong_record(&self, owner: &str) -> Option<Finding> {
        let alias = self.has.get(&self.hasher.hash_one(owner))?.alias?;
        let what = format!(
            "line {alias} makes this name an alias (CNAME), beside which nothing may stand"
        );
        Some(told(&what, "keep the alias or this record"))
    }
}

fn told(what: &str, instead: &str) -> Finding {
    let what = format!("{what} (RFC 1034 section 3.6.2): no name server loads this");
    Finding { instead: Some(instead.to_owned()), ..whole("zone_alias", Severity::Error, what) }
}
