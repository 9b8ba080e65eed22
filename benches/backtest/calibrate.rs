//! The **curve** of every threshold: one is varied, all others stay at their defaults.
//!
//! In: nothing; the seeds that choose. Out: a table of each threshold on the standard output.

use ruaudit::analyze::Thresholds;
use ruaudit::model::words::Policy;

use crate::generator::{Course, Domain, Profile};
use crate::knobs::{AFTER_A_MOVE, AGAINST_LIARS, KNOBS, PlainKnob};
use crate::measure::{Rule, Told, after_moves, alarms, sum, until_ready};
use crate::{CHOOSING, made};

/// Domains of each seed.
const DOMAINS: usize = 100;

pub fn calibrate() {
    gates();
    let lied = made(&CHOOSING, DOMAINS, &Policy::None, Course::Lied);
    let liars =
        "hidden service: false ready | one reporter: ever ready | clean, lied about: ever ready";
    for knob in &AGAINST_LIARS {
        curve(knob, liars, |thresholds| against_liars(&lied, thresholds));
    }
    let later = made(&CHOOSING, DOMAINS / 2, &Policy::None, Course::Later);
    let clean = made(&CHOOSING, DOMAINS / 2, &Policy::None, Course::Shown);
    let clean: Vec<Domain> = clean.into_iter().filter(|one| one.profile.is_clean()).collect();
    let after = "moved | told | to go back | days to the word | hit by then | hit in a month | clean: to go back";
    for knob in &AFTER_A_MOVE {
        curve(knob, after, |thresholds| after_a_move(&later, &clean, thresholds));
    }
}

fn gates() {
    let at = |policy: &Policy| made(&CHOOSING, DOMAINS, policy, Course::Shown);
    let (none, quarantine) = (at(&Policy::None), at(&Policy::Quarantine));
    let columns = "false ready | clean: days to ready | clean: ever ready | all: ever ready";
    for (name, policy, values, set) in KNOBS {
        let domains = if policy == Policy::None { &none } else { &quarantine };
        curve(&(name, values, set), columns, |thresholds| by_gates(domains, thresholds));
    }
}

/// Prints what comes of each value; the default is bold.
fn curve((name, values, set): &PlainKnob, columns: &str, cells: impl Fn(&Thresholds) -> String) {
    println!("\n### {name}\n\n| value | {columns} |");
    println!("|---:|{}", "---:|".repeat(columns.split('|').count()));
    for value in *values {
        let mut thresholds = Thresholds::default();
        set(&mut thresholds, *value);
        let mark = if thresholds == Thresholds::default() { "**" } else { "" };
        println!("| {mark}{value}{mark} | {} |", cells(&thresholds));
    }
}

fn by_gates(domains: &[Domain], thresholds: &Thresholds) -> String {
    let replayed = until_ready(domains, thresholds);
    let all = sum(&replayed, Rule::Gates, |_| true);
    let clean = sum(&replayed, Rule::Gates, Profile::is_clean);
    let days = clean.median.map_or("-".to_owned(), |days| days.to_string());
    format!(
        "{:.1} % | {days} | {:.0} % | {:.0} %",
        all.of_ready(all.wrong),
        clean.ever_ready(),
        all.ever_ready()
    )
}

fn against_liars(domains: &[Domain], thresholds: &Thresholds) -> String {
    let replayed = until_ready(domains, thresholds);
    let of = |profile| sum(&replayed, Rule::Gates, |one| one == profile);
    let hidden = of(Profile::HiddenService);
    format!(
        "{} of {} | {:.0} % | {:.0} %",
        hidden.wrong,
        hidden.domains,
        of(Profile::FakedReporter).ever_ready(),
        of(Profile::CleanLied).ever_ready()
    )
}

fn after_a_move(later: &[Domain], clean: &[Domain], thresholds: &Thresholds) -> String {
    let replayed = until_ready(later, thresholds);
    let Told { moved, told, back, days, hit, month } =
        after_moves(&replayed, thresholds, Profile::breaks_down);
    let median = days.get(days.len() / 2).map_or("-".to_owned(), |days| days.to_string());
    let (moved_clean, alarmed) = alarms(&until_ready(clean, thresholds), thresholds);
    format!("{moved} | {told} | {back} | {median} | {hit} | {month} | {alarmed} of {moved_clean}")
}
