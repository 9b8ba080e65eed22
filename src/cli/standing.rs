//! Where a domain **stands**: the record that its next step is taken from, or why no step is.
//!
//! In: what was given, what the DNS says, what is kept, and the policies that reports saw. Out: the present
//! record and how it is known; or why there is none, and the way on. What the DNS denies, has twice or has
//! in a form that nobody can read is never replaced by what reports show: they lack `rua`, and a step built
//! from them would be pasted over a record that nobody looked at.

use crate::analyze::Standstill;
use crate::model::Day;
use crate::model::command;
use crate::model::evidence::PolicySpan;
use crate::model::kept::{KeptRecord, Seen};
use crate::model::publication::Origin;
use crate::model::txt::TagList;
use crate::record::edit;
use crate::record::present::{Live, is_record, last_kept, why_not};

/// The present record, as far as anybody knows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Its text; none where reports alone tell of it, or there is none to step from.
    pub(super) text: Option<String>,
    /// How it is known.
    pub(super) origin: Origin,
    /// The day on which it was known so, of a kept one.
    pub(super) seen_on: Option<Day>,
    /// What is to be said of that.
    pub(super) notes: Vec<String>,
    /// Why there is no step.
    pub(super) halt: Option<Halt>,
}

/// Why there is no step, and what to do instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Halt {
    /// In a sentence.
    pub(super) why: String,
    /// The records that the DNS has; none, several, or one that cannot be read.
    pub(super) in_dns: Vec<String>,
    /// The last record that is known, to go back to.
    pub(super) last: Option<KeptRecord>,
    /// What to do.
    pub(super) advice: Vec<String>,
    /// Commands to run, the likeliest first.
    pub(super) run: Vec<String>,
    /// Whether nobody could tell what the DNS has.
    pub(super) is_unknown: bool,
}

impl Halt {
    /// The same for the judgement.
    pub(super) fn standstill(&self) -> Standstill {
        if self.is_unknown { Standstill::Unknown } else { Standstill::Unfit(self.why.clone()) }
    }

    /// Where the domain takes no mail, reports cannot come to it: whoever makes its record names another
    /// address.
    pub(super) fn elsewhere(&mut self, domain: &str) {
        let own = rua(domain, None);
        for command in &mut self.run {
            if let Some(before) = command.strip_suffix(&format!("--rua {own}")) {
                *command = format!("{before}--rua ADDRESS");
                self.advice = vec![format!(
                    "publish one first: make it with an address that you read, of another domain: no MX of \
                     {domain} takes mail"
                )];
            }
        }
    }

    /// All of it in sentences, for a page that has no other place for it.
    pub(super) fn sentences(&self) -> Vec<String> {
        let texts = self.in_dns.iter().map(|text| format!("the DNS has: {text}"));
        let last = self.last.iter().map(|last| format!("the last one known: {}", last.text));
        let run = self.run.iter().map(|command| format!("run: {command}"));
        let advice = self.advice.iter().cloned();
        std::iter::once(self.why.clone())
            .chain(texts)
            .chain(advice)
            .chain(last)
            .chain(run)
            .collect()
    }
}

/// Works it out for a domain: by what was given, else by the DNS where it was asked, else by what is kept.
pub(super) fn standing(
    domain: &str,
    given: Option<&str>,
    live: Option<&Live>,
    kept: &[KeptRecord],
    history: &[PolicySpan],
) -> Standing {
    let known = |text: &str, origin| Standing {
        text: Some(text.to_owned()),
        origin,
        seen_on: None,
        notes: Vec::new(),
        halt: None,
    };
    let name = format!("_dmarc.{domain}");
    match (given, live) {
        (Some(given), _) => known(given, Origin::Given),
        (None, Some(live @ Live::Record(text))) if live.is_read() => known(text, Origin::Dns),
        (None, Some(Live::Unknown(_)) | None) => {
            let why = live.and_then(|live| why_not(live, &name));
            match last_kept(kept, history.last()) {
                Some(last) => of_kept(last, why, another_rua(last, kept)),
                None => of_reports(domain, why),
            }
        }
        (None, Some(live)) => {
            let why = why_not(live, &name).unwrap_or_default();
            halted(halt(domain, why, live, kept, history))
        }
    }
}

/// The last record that was kept; with what is odd about it.
fn of_kept(last: &KeptRecord, why: Option<String>, odd: Option<String>) -> Standing {
    let day = Day::of(last.last_at);
    let how = how(last.seen);
    let ask = if why.is_some() { "ask again before you publish" } else { "--live asks the DNS" };
    let note = format!("the present record is taken from {day}, when {how}: {ask}");
    Standing {
        text: Some(last.text.clone()),
        origin: Origin::Kept,
        seen_on: Some(day),
        notes: why.into_iter().chain([note]).chain(odd).collect(),
        halt: None,
    }
}

/// Whether its reports go where none of the records known before it sent them: one false answer of the DNS
/// is kept like any other.
fn another_rua(last: &KeptRecord, kept: &[KeptRecord]) -> Option<String> {
    let rua = |record: &KeptRecord| {
        let list = TagList::parse_dmarc(&record.text).ok()?;
        Some(list.get("rua").unwrap_or("nobody").to_owned())
    };
    let now = rua(last)?;
    let is_known = |one: &&KeptRecord| is_record(one) && one.seen != Seen::Proposed;
    let known = || kept.iter().filter(is_known);
    if known().any(|one| one.seen == Seen::Given && rua(one).as_ref() == Some(&now)) {
        return None;
    }
    let before: Vec<_> = known().filter(|one| one.first_at < last.first_at).collect();
    if before.iter().any(|one| rua(one).as_ref() == Some(&now)) {
        return None;
    }
    let before = before.into_iter().max_by_key(|one| one.last_at)?;
    Some(format!(
        "its reports go to {now}, and those of the record known before it (on {}) to {}: make sure that \
         this one is yours before you publish (ruaudit record history)",
        Day::of(before.last_at),
        rua(before)?
    ))
}

fn how(seen: Seen) -> &'static str {
    match seen {
        Seen::Dns => "the DNS had it",
        Seen::Given => "it was given",
        Seen::Proposed => "it was proposed, and reports have seen its policy since",
    }
}

/// Nothing is known but what reports show; where the DNS was asked and did not answer, that will not do.
fn of_reports(domain: &str, why: Option<String>) -> Standing {
    let Some(why) = why else {
        return Standing {
            text: None,
            origin: Origin::Reports,
            seen_on: None,
            notes: Vec::new(),
            halt: None,
        };
    };
    halted(Halt {
        why,
        in_dns: Vec::new(),
        last: None,
        advice: vec![
            "no step is built without the present record, and none is kept: ask again, or give it with \
             --record"
                .to_owned(),
        ],
        run: vec![format!("ruaudit record next {} --live", command::domain(domain))],
        is_unknown: true,
    })
}

fn halted(halt: Halt) -> Standing {
    let origin = Origin::Dns;
    Standing { text: None, origin, seen_on: None, notes: Vec::new(), halt: Some(halt) }
}

/// The DNS answered, and there is nothing to step from.
fn halt(
    domain: &str,
    why: String,
    live: &Live,
    kept: &[KeptRecord],
    history: &[PolicySpan],
) -> Halt {
    let last = last_kept(kept, history.last()).or_else(|| last_kept(kept, None)).cloned();
    let asked = command::domain(domain);
    let (in_dns, advice, run) = match live {
        Live::Record(text) => (
            vec![text.clone()],
            "keep this text, see what is wrong with it, and publish it mended; the next step comes after"
                .to_owned(),
            vec![format!("ruaudit check {asked}")],
        ),
        Live::Several(texts) => (
            texts.clone(),
            "keep these texts and take away all but one, that which says what you want".to_owned(),
            vec![format!("ruaudit check {asked}")],
        ),
        Live::Unseen(texts) => (
            texts.clone(),
            "it stands there and receivers do not see it: edit that one, do not add a second".to_owned(),
            vec![format!("ruaudit check {asked}")],
        ),
        Live::Missing | Live::Unknown(_) => {
            let new = format!("ruaudit record new {asked} --live --rua {}", rua(domain, last.as_ref()));
            (Vec::new(), missing(last.as_ref()), vec![new])
        }
    };
    let history = format!("ruaudit record history {asked}");
    let run = run.into_iter().chain(last.is_some().then_some(history)).collect();
    Halt { why, in_dns, last, advice: vec![advice], run, is_unknown: false }
}

fn missing(last: Option<&KeptRecord>) -> String {
    match last {
        Some(last) => format!(
            "the last one known is of {}, when {}: publish it to go back, or make a new one",
            Day::of(last.last_at),
            how(last.seen)
        ),
        None => "publish one first: make it with an address that you read".to_owned(),
    }
}

/// The addresses of the kept record, as `record new` takes them.
fn rua(domain: &str, last: Option<&KeptRecord>) -> String {
    let list = last.and_then(|last| TagList::parse_dmarc(&last.text).ok());
    let kept = list.as_ref().and_then(|list| list.get("rua"));
    let uris = kept.and_then(|rua| edit::uris(rua).ok()).map(|uris| uris.join(","));
    match uris {
        Some(uris) => command::word(&uris),
        None => {
            command::word(&format!("dmarc-reports@{}", command::domain(domain).trim_matches('\'')))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::RecordKind;

    const RECORD: &str = "v=DMARC1; p=none; rua=mailto:d@a.example,mailto:e@b.example";

    fn kept() -> KeptRecord {
        KeptRecord {
            domain: "a.example".into(),
            name: "_dmarc.a.example".into(),
            kind: RecordKind::Dmarc,
            text: RECORD.into(),
            seen: Seen::Dns,
            first_at: 0,
            last_at: 86_400,
        }
    }

    fn of(live: &Live, kept: &[KeptRecord]) -> Standing {
        standing("a.example", None, Some(live), kept, &[])
    }

    #[test]
    fn what_was_given_wins_over_the_dns_and_that_over_what_is_kept() {
        let other = "v=DMARC1; p=reject";
        let live = Live::Record(other.into());
        let given = standing("a.example", Some(RECORD), Some(&live), &[], &[]);
        assert_eq!((Some(RECORD), Origin::Given), (given.text.as_deref(), given.origin));
        let live = of(&live, &[kept()]);
        assert_eq!((Some(other), Origin::Dns), (live.text.as_deref(), live.origin));
    }

    #[test]
    fn a_name_that_is_no_host_is_put_into_no_command() {
        let halt = standing("--db=x.example", None, Some(&Live::Missing), &[], &[]).halt.unwrap();
        assert_eq!(vec!["ruaudit record new DOMAIN --live --rua dmarc-reports@DOMAIN"], halt.run);
    }

    #[test]
    fn a_record_that_the_dns_denies_leads_to_a_new_one_or_back_to_the_last() {
        let none = of(&Live::Missing, &[]).halt.unwrap();
        assert_eq!(
            vec!["ruaudit record new a.example --live --rua dmarc-reports@a.example"],
            none.run
        );
        let halt = of(&Live::Missing, &[kept()]).halt.unwrap();
        assert!(halt.advice[0].contains("1970-01-02, when the DNS had it"), "{halt:?}");
        assert_eq!(
            "ruaudit record new a.example --live --rua mailto:d@a.example,mailto:e@b.example",
            halt.run[0]
        );
        assert_eq!(Some(RECORD), halt.last.as_ref().map(|last| last.text.as_str()));
        assert_eq!(Standstill::Unfit(halt.why.clone()), halt.standstill());
    }

    #[test]
    fn what_stands_in_the_dns_and_cannot_be_stepped_from_is_shown() {
        let broken = "v=DMARC1; p=none; p=none";
        let halt = of(&Live::Record(broken.into()), &[kept()]).halt.unwrap();
        assert_eq!((vec![broken.to_owned()], false), (halt.in_dns.clone(), halt.is_unknown));
        assert!(halt.why.contains("stands twice") && halt.run[0].contains("check"), "{halt:?}");
        let both = vec![RECORD.to_owned(), broken.to_owned()];
        assert_eq!(both, of(&Live::Several(both.clone()), &[]).halt.unwrap().in_dns);
    }

    #[test]
    fn what_nobody_answered_falls_back_on_what_is_kept_or_stands_still() {
        let unknown = Live::Unknown("SERVFAIL".into());
        let found = of(&unknown, &[kept()]);
        assert_eq!((Some(RECORD), Origin::Kept), (found.text.as_deref(), found.origin));
        assert!(found.notes[0].contains("SERVFAIL") && found.notes[1].contains("1970-01-02"));
        let halt = of(&unknown, &[]).halt.unwrap();
        assert_eq!((true, Standstill::Unknown), (halt.is_unknown, halt.standstill()));
        assert_eq!(None, standing("a.example", None, None, &[], &[]).halt);
    }

    #[test]
    fn a_kept_record_whose_reports_go_elsewhere_than_before_is_warned_of() {
        let lie = KeptRecord {
            text: "v=DMARC1; p=none; rua=mailto:evil@attacker.test".into(),
            first_at: 90_000,
            last_at: 90_000,
            ..kept()
        };
        let notes = |kept: &[KeptRecord]| standing("a.example", None, None, kept, &[]).notes;
        let told = notes(&[kept(), lie.clone()]);
        assert!(told[1].contains("evil@attacker.test") && told[1].contains("e@b.example"));
        assert_eq!(1, notes(std::slice::from_ref(&lie)).len(), "nothing was known before");
        let given = KeptRecord { seen: Seen::Given, first_at: 1, last_at: 1, ..lie.clone() };
        assert_eq!(1, notes(&[kept(), lie, given]).len(), "the operator named it");
    }

    #[test]
    fn what_receivers_do_not_see_is_to_be_edited() {
        let text = "v=DMARC1 p=none rua=mailto:d@a.example";
        let halt = of(&Live::Unseen(vec![text.into()]), &[]).halt.unwrap();
        assert_eq!(vec![text.to_owned()], halt.in_dns);
        assert!(halt.why.contains("that receivers see"), "{halt:?}");
        assert!(halt.advice[0].contains("edit that one"), "{halt:?}");
    }
}
