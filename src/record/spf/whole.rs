//! What **receivers do** with an SPF record and all that it leads to, in sentences.
//!
//! In: the expansion of the record. Out: a sentence each, which hold for the whole: what a record says
//! alone is `effect`.

use super::effect;
use super::expand::{Leads, Node, Published};
use super::expansion::{Expansion, of_all};
use super::strict;
use super::term::Term;
use super::walk::{Outcome, Walk};
use super::{MAX_LOOKUPS, MAX_VOID};

impl Expansion {
    /// What receivers do with it, a sentence each; nothing where there is no record, or nobody can tell.
    #[must_use]
    pub fn effect(&self) -> Vec<String> {
        match &self.root.record {
            Published::Record { .. } => self.of_record(),
            Published::Several { texts } => vec![format!(
                "Receivers answer permerror, since {} SPF records stand at this name: SPF passes for \
                 nobody, and DMARC has DKIM alone",
                texts.len()
            )],
            Published::Broken { .. } => vec![nobody("")],
            _ => Vec::new(),
        }
    }

    fn of_record(&self) -> Vec<String> {
        let mut walk = Walk::of(None);
        let outcome = walk.record(&self.root);
        let mut told = match (outcome, &walk.broke_at) {
            (Outcome::Broken, Some(term)) => broken(term, walk.passed_over.len()),
            _ => self.who(),
        };
        if outcome != Outcome::Broken && walk.void > MAX_VOID {
            told.push(format!(
                "Many receivers answer permerror in place of that, since {} look-ups find nothing",
                walk.void
            ));
        }
        told.extend(self.used());
        told
    }

    /// Who may send, and what becomes of mail from elsewhere, if there is an elsewhere.
    fn who(&self) -> Vec<String> {
        let (who, elsewhere) = said(&self.root);
        match of_all(&self.root) {
            None => who.into_iter().chain([elsewhere]).collect(),
            Some(all) => all.said(elsewhere),
        }
    }

    /// How many look-ups are used.
    fn used(&self) -> Option<String> {
        let asks = self.root.terms.iter().filter(|step| step.looks_up).count();
        let below = self.lookups - asks;
        // what was not counted to its end is no number
        let is_beyond = self.lookups_at_least && self.lookups > MAX_LOOKUPS;
        let by_whom = match below {
            0 => "by the record itself".to_owned(),
            _ if is_beyond => {
                format!("{asks} by the record itself, the others by those that it leads to")
            }
            _ => format!("{asks} by the record itself, {below} by those that it leads to"),
        };
        let used = match (is_beyond, self.lookups_at_least) {
            (true, _) => format!("More than the {MAX_LOOKUPS} look-ups that receivers make"),
            (false, true) => format!("At least {} of {MAX_LOOKUPS} look-ups", self.lookups),
            (false, false) if self.lookups > MAX_LOOKUPS => {
                format!("{} look-ups, where receivers make {MAX_LOOKUPS},", self.lookups)
            }
            (false, false) => format!("{} of {MAX_LOOKUPS} look-ups", self.lookups),
        };
        (self.lookups > 0).then(|| format!("{used} are used: {by_whom}"))
    }
}

fn nobody(why: &str) -> String {
    format!("Receivers answer permerror{why}: SPF passes for nobody, and DMARC has DKIM alone")
}

/// What holds where every mail that nothing in front of a term lets pass ends in permerror.
fn broken(term: &str, networks: usize) -> Vec<String> {
    let before = match networks {
        0 => return vec![nobody(&format!(" at `{term}`, whoever sends"))],
        1 => "the one network".to_owned(),
        many => format!("the {many} networks"),
    };
    vec![
        format!("SPF passes for {before} that receivers find before they fail at `{term}`"),
        "For anybody else they answer permerror: DMARC has DKIM alone".to_owned(),
    ]
}

/// Who may send, where anybody is named, and what becomes of mail from elsewhere: where another record
/// decides, by that record.
fn said(node: &Node) -> (Option<String>, String) {
    let Published::Record { text } = &node.record else { return Default::default() };
    let terms = strict::read(text).unwrap_or_default();
    let terms: Vec<&Term> = terms.iter().map(|(_, term)| term).collect();
    let (own, elsewhere) = (effect::who(&terms), effect::elsewhere(&terms));
    let last = node.terms.last().filter(|step| step.qualifier.is_none());
    match last.map(|step| &step.leads) {
        Some(Leads::Record(next)) if matches!(next.record, Published::Record { .. }) => {
            let by = format!(", by the record of {}", next.name);
            let (who, elsewhere) = said(next);
            let who = who.map(|who| who + &by);
            let who: Vec<String> = own.into_iter().chain(who).collect();
            ((!who.is_empty()).then(|| who.join("; ")), elsewhere + &by)
        }
        _ => (own, elsewhere),
    }
}
