//! The **notes**: traps that a record can fall into, and what reports cannot show.
//!
//! In: the case and its verdict. Out: sentences about this domain, and apart from them those that
//! hold for every domain.

use std::collections::BTreeMap;

use crate::model::LabelWord;
use crate::model::command;
use crate::model::evidence::OpenDoors;
use crate::model::numbers::{agree, amount, percent};
use crate::model::verdict::{Class, RateBound, Verdict};
use crate::model::words::Policy;

use super::case::Case;
use super::domain::shown;
use super::observed::strictness;
use super::reporter::{Reporters, outweighing};
use super::source::Source;
use super::statistics::clean_messages_needed;

/// Days after which the last reports are called old: most reporters write every day.
const STALE_DAYS: i32 = 7;

/// Sources that are told of for passing where they should not.
const MOST_TOLD: usize = 3;

/// What a person must know besides the verdict. `attested`: the numbers for which the operator's word
/// stands.
pub(super) fn notes(case: &Case<'_>, verdict: Verdict, attested: Option<RateBound>) -> Vec<String> {
    let mut notes = Vec::new();
    if case.evidence.observed.reports == 0 {
        notes.push("reports arrive a day or two after the mail; publish rua and wait".to_owned());
        notes.extend(left_out(case));
        return notes;
    }
    notes.extend(given_record(case));
    notes.extend(parked(case));
    notes.extend(passes_all_the_same(case));
    notes.extend(attested.filter(|_| verdict == Verdict::Ready).map(by_word));
    notes.extend(in_dns(case));
    notes.extend(no_policy(case));
    notes.extend(partial(case));
    notes.extend(doubted_tags(case));
    notes.extend(subdomains(case, verdict));
    notes.extend(without_rua(case));
    notes.extend(people(case, verdict));
    notes.extend(lists_at_reject(case, verdict));
    notes.extend(volume(case, verdict));
    notes.extend(swamped(case));
    notes.extend(crowd(case));
    notes.extend(stale(case, verdict));
    notes.extend(absent(case, verdict));
    notes.extend(left_out(case));
    notes
}

/// What is out of the numbers, and what is in them although its mail failed authentication.
fn left_out(case: &Case<'_>) -> impl Iterator<Item = String> {
    [contradictions(case), unread(case), unverified(case), unauthentic(case)].into_iter().flatten()
}

/// What reports cannot show, whatever the domain.
pub(super) fn blind_spots(case: &Case<'_>) -> Vec<String> {
    let unseen = "mail at receivers that send no reports, and mail refused early on SPF -all";
    let astray = "which failing mail is forged and which is only astray";
    let names = match case.looked_up {
        None => Some(format!("{astray}, since no reverse DNS was looked up (ruaudit resolve)")),
        Some((known, all)) if known < all => Some(format!(
            "{astray}, where the reverse DNS of an address was not looked up, or could not be (ruaudit \
             resolve)"
        )),
        Some(_) => None,
    };
    std::iter::once(unseen.to_owned()).chain(names).collect()
}

fn given_record(case: &Case<'_>) -> Vec<String> {
    let unreadable = case.present.problem().map(|problem| {
        format!("the present record cannot be read ({problem}); it is rebuilt from reports")
    });
    let observed = case.evidence.observed;
    let differs = observed.days_at_present == 0 && !case.present.is_rebuilt();
    let differing = differs.then(|| {
        format!(
            "the present record says p={}, the last reports saw another policy: its days count from \
             the first report that sees it",
            observed.policy
        )
    });
    unreadable.into_iter().chain(differing).collect()
}

fn parked(case: &Case<'_>) -> Option<String> {
    let doors = OpenDoors { spf: true, mx: true };
    case.sends_nothing().then(|| doors.text(&case.traffic.domain)).flatten()
}

/// Mail that is not to be there by the operator's word, and passes: no policy stops it.
fn passes_all_the_same(case: &Case<'_>) -> Vec<String> {
    let silent = case.evidence.profile.sends_mail == Some(false);
    let theirs = |source: &Source<'_>| source.is_labelled(LabelWord::Theirs);
    let doubtful = |source: &&Source<'_>| {
        source.tally.dmarc_pass > 0 && (theirs(source) || (silent && source.class == Class::Own))
    };
    let told = |source: &Source<'_>| {
        let said = if theirs(source) {
            format!("{} is not yours", source.name)
        } else {
            format!("{} sends nothing", shown(&case.traffic.domain))
        };
        format!(
            "you said that {said}, but {} of {} {} as its own, which no policy stops: take the key \
             or address out of the DNS, or mend your word",
            amount(source.tally.dmarc_pass, "message"),
            source.name,
            agree(source.tally.dmarc_pass, "passes", "pass")
        )
    };
    case.evidence.everything.iter().filter(doubtful).take(MOST_TOLD).map(told).collect()
}

/// A step that the numbers alone would not carry.
fn by_word(rate: RateBound) -> String {
    format!(
        "this rests on your word: {} {} too few to certify a rate, but you labelled every own source \
         as yours and none failed",
        amount(rate.messages, "own message"),
        agree(rate.messages, "is", "are")
    )
}

/// What the DNS has not of that which own mail relies on, or nobody could tell.
fn in_dns(case: &Case<'_>) -> Vec<String> {
    let target = case.target();
    let mut notes = case.evidence.dns_notes(&target);
    let below = case.below.iter().flat_map(|below| below.dns_notes(&target));
    let below: Vec<_> = below.filter(|note| !notes.contains(note)).collect();
    notes.extend(below);
    notes
}

/// A word that no receiver knows.
fn no_policy(case: &Case<'_>) -> Option<String> {
    let seen = || case.evidence.observed.voted(|policy| policy.p.as_ref().map(Policy::as_str));
    let word = if case.present.is_rebuilt() { seen() } else { case.present.tag("p") };
    let word = word.filter(|word| !Policy::parse(word).is_known())?;
    Some(format!(
        "the record says p={}, which is no policy: receivers take it as p=none at best; there are \
         none, quarantine and reject",
        shown(word)
    ))
}

fn partial(case: &Case<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if case.is_testing() {
        notes.push(
            "t=y is no dry run: receivers of RFC 7489 do not know it and apply p in full"
                .to_owned(),
        );
    }
    if let Some(pct) = case.sampled() {
        notes.push(format!(
            "pct={pct} means nothing to receivers of RFC 9989, and others applied it inexactly"
        ));
    }
    if case.is_partial() && *case.policy() == Policy::Quarantine {
        notes.push("p=quarantine in full comes before p=reject".to_owned());
    }
    notes
}

/// What few say that the record says, and the record here does not.
fn doubted_tags(case: &Case<'_>) -> Option<String> {
    let reporters = Reporters::of(case.traffic);
    let mut tags: BTreeMap<Vec<usize>, Vec<String>> = BTreeMap::new();
    for (tag, value, by) in case.evidence.observed.doubted_tags() {
        tags.entry(by).or_default().push(format!("{tag}={}", shown(value)));
    }
    let told = tags.into_iter().map(|(by, tags)| {
        let state = agree(by.len() as u64, "states", "state");
        format!("{} alone {state} {}", reporters.names_of(&by), tags.join(", "))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    (case.present.is_rebuilt() && !told.is_empty()).then(|| {
        format!(
            "{told}: left out here, since they tell little of the mail; see what your record says"
        )
    })
}

/// Nobody reports to a record without an address.
fn without_rua(case: &Case<'_>) -> Option<String> {
    let lacks = !case.present.is_rebuilt() && case.present.tag("rua").is_none();
    lacks.then(|| {
        format!(
            "the present record has no rua: published so, reports would stop; add \
             rua=mailto:dmarc-reports@{}",
            shown(&case.traffic.domain)
        )
    })
}

fn subdomains(case: &Case<'_>, verdict: Verdict) -> Vec<String> {
    let policy = case.policy();
    // a record that is proposed says itself what becomes of them
    let stays = !matches!(verdict, Verdict::Ready | Verdict::Rollback);
    let weaker = |tag: &str| {
        let value = case.present.tag(tag).filter(|_| stays)?;
        let open = strictness(&Policy::parse(value)) < strictness(policy);
        let what = if tag == "np" { "names that do not exist" } else { "subdomains" };
        open.then(|| format!("{tag}={value} leaves {what} weaker than p={policy}"))
    };
    let sends = |print: &usize| case.evidence.facts[*print].subdomain;
    let from_subdomains = case
        .evidence
        .everything
        .iter()
        .filter(|source| source.tally.dmarc_pass > 0)
        .any(|source| source.uses.iter().any(|(print, _)| sends(print)));
    let strict = (case.strict && from_subdomains).then(|| {
        "alignment is strict and subdomains send: relaxed (adkim=r; aspf=r) is the safer choice"
            .to_owned()
    });
    ["sp", "np"].into_iter().filter_map(weaker).chain(strict).collect()
}

fn people(case: &Case<'_>, verdict: Verdict) -> Option<String> {
    let lists = case.evidence.list_messages() > 0;
    (lists && verdict == Verdict::Stay && *case.policy() == Policy::Quarantine).then(|| {
        "p=reject would make lists refuse the users' mail or drop their members; where nobody \
         needs lists, go on by hand"
            .to_owned()
    })
}

/// The same where `p=reject` is published already.
fn lists_at_reject(case: &Case<'_>, verdict: Verdict) -> Option<String> {
    let posts = case.evidence.profile.posts_to_lists == Some(true);
    let stays = verdict == Verdict::Stay && *case.policy() == Policy::Reject;
    (stays && posts).then(|| {
        "lists refuse such users' mail or drop their members: where people post to lists, \
         p=quarantine is the end (RFC 9989 section 7.4)"
            .to_owned()
    })
}

/// A quiet domain cannot certify a rate in a short window, however long one waits.
fn volume(case: &Case<'_>, verdict: Verdict) -> Option<String> {
    let rate = case.evidence.rate?;
    let limits = case.evidence.limits;
    let limit = match case.policy() {
        Policy::None | Policy::Other(_) => limits.quarantine_rate,
        Policy::Quarantine | Policy::Reject => limits.reject_rate,
    };
    let needed = clean_messages_needed(limit, limits.confidence);
    let held = verdict == Verdict::Hold && !case.is_lost();
    let quiet = held && rate.failures == 0 && rate.messages < needed;
    quiet.then(|| {
        format!(
            "{} {} too few: count longer (--window all), or vouch for each own source (ruaudit \
             label {} SOURCE ours)",
            amount(rate.messages, "own message"),
            agree(rate.messages, "is", "are"),
            command::domain(&case.traffic.domain)
        )
    })
}

/// What is published now may have changed, and reports may have stopped for a reason.
fn stale(case: &Case<'_>, verdict: Verdict) -> Option<String> {
    let last = case.evidence.observed.reported?.to;
    let age = case.today?.0.saturating_sub(last.0);
    let acts = matches!(verdict, Verdict::Ready | Verdict::Rollback);
    (acts && age > STALE_DAYS).then(|| {
        format!(
            "the last reports are of {last}, {} ago: see that rua still works before you change \
             anything, or nobody tells what came of it",
            amount(u64::from(age.unsigned_abs()), "day")
        )
    })
}

/// Own senders of the half year before that the window does not show: they may write again.
fn absent(case: &Case<'_>, verdict: Verdict) -> Option<String> {
    let absent = &case.absent;
    if verdict != Verdict::Ready || absent.senders == 0 {
        return None;
    }
    let more = match absent.senders - absent.latest.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{}{more} sent own mail in the half year before and none in the window: if {} still \
         {}, see that it passes",
        absent.latest.join(", "),
        if absent.senders == 1 { "it" } else { "they" },
        if absent.senders == 1 { "sends" } else { "send" }
    ))
}

/// Any report can claim any number, so one that outweighs all others together is spoken of.
fn swamped(case: &Case<'_>) -> Option<String> {
    let reporters = Reporters::of(case.traffic);
    let most = outweighing(&reporters.told(case.traffic), case.evidence.limits)?;
    Some(format!(
        "{} of the messages are told by one reporter, {}: the numbers are as good as its reports",
        percent(most.messages, most.all),
        shown(reporters.name(most.organization))
    ))
}

/// More senders than are told one by one.
fn crowd(case: &Case<'_>) -> Option<String> {
    let members = |crowds: bool| {
        let all = case.evidence.everything.iter().chain(case.evidence.unanswered.iter().copied());
        all.filter(|source| source.is_crowd() == crowds).map(|source| source.members).sum::<u64>()
    };
    let (together, alone) = (members(true), members(false));
    (together > 0).then(|| {
        format!(
            "{} too many to be told one by one: {} put together as \"other senders\", by what came of \
             judging each; their mail is in all numbers, and what of it fails stands in the way as before",
            amount(together.saturating_add(alone), "sender") + " are",
            amount(together, "smaller one") + " are"
        )
    })
}

fn contradictions(case: &Case<'_>) -> Option<String> {
    let conflicts = case.traffic.conflicts;
    (conflicts > 0).then(|| {
        format!(
            "{} {} not counted",
            amount(conflicts, "report"),
            agree(
                conflicts,
                "contradicts an earlier one of the same name and is",
                "contradict earlier ones of the same name and are"
            )
        )
    })
}

fn unread(case: &Case<'_>) -> Option<String> {
    let rows = case.traffic.unread_rows;
    (rows > 0).then(|| {
        format!(
            "{} {} not counted, since nobody can read how many messages {}",
            amount(rows, "row"),
            agree(rows, "is", "are"),
            agree(rows, "it tells of", "they tell of")
        )
    })
}

fn unverified(case: &Case<'_>) -> Option<String> {
    let reports = case.traffic.unverified;
    (reports > 0).then(|| {
        format!(
            "{} {} not counted, since the mail did not authenticate: anyone may have written {}",
            amount(reports, "report"),
            agree(reports, "is", "are"),
            agree(reports, "it", "them")
        )
    })
}

fn unauthentic(case: &Case<'_>) -> Option<String> {
    let reports = case.traffic.authenticity_failed;
    (reports > 0).then(|| {
        format!(
            "{} {} counted although the mail failed authentication: anyone may have written {}",
            amount(reports, "report"),
            agree(reports, "is", "are"),
            agree(reports, "it", "them")
        )
    })
}
