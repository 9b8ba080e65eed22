//! The **scenarios**: situations of domains with the truth that an expert wrote, each a file in
//! `cases/`; the real program reads real reports of them and must say the same.
//!
//! `README.md` beside this file says how a case is written. `SCENARIO_SHOW=1` prints what the program
//! says of every case.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
#![allow(clippy::print_stderr, reason = "what a test prints is for who runs it")]

#[path = "../shared/bare.rs"]
mod bare;

mod case;
mod check;
mod days;
mod dialect;
mod generate;
mod run;
mod shares;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use case::Case;
use run::Answer;

/// Each name is a file in `cases/`, and a test.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { judge(stringify!($name)); })*
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

cases! {
    a_bad_day_at_quarantine,
    amazon_ses_hides_a_system,
    arc_override,
    bare_local_policy,
    clean,
    conflicting_reports,
    creeping_failures_after_the_move,
    dkim_only_service_at_quarantine,
    esp_misaligned_3_percent,
    fails_at_one_receiver,
    few_failures_at_quarantine,
    first_ten_days,
    forged_40_percent,
    forged_many_reports_a_day,
    forged_reports_with_another_policy,
    forged_subdomains,
    forged_with_our_signature_copied,
    forwarded_by_a_mailbox_provider,
    forwarded_mail_is_quarantined,
    forwarder_heavy,
    gap_of_a_week,
    google_groups,
    google_workspace_without_dkim,
    invoice_run_fails,
    invoice_run_of_a_busy_domain,
    key_fault_in_a_pool_is_over,
    key_rotation_healed,
    key_rotation_unhealed,
    labelled_address,
    labelled_forwarder,
    labelled_network,
    labelled_ours,
    labelled_theirs,
    labelled_theirs_but_signed_by_our_key,
    late_reports,
    lists_at_none,
    lists_at_quarantine,
    lists_at_reject,
    lists_nobody_posts,
    microsoft_365_without_dkim,
    new_address_of_a_known_sender,
    new_source_yesterday,
    np_weaker,
    np_weaker_at_reject,
    np_weaker_at_reject_given,
    one_healed_and_one_failing,
    one_reporter,
    one_to_mend_and_one_to_name,
    only_subdomains_send,
    only_subdomains_send_at_reject,
    only_subdomains_send_at_reject_clean,
    own_over_ipv6,
    own_source_stops_authenticating,
    parked,
    parked_but_contradicted,
    parked_by_profile,
    parked_by_profile_but_mail_passes,
    parked_with_one_real_sender,
    pct_25,
    pct_50_and_t_n,
    poisoned_age,
    poisoned_age_before_the_window,
    poisoned_by_two_addresses,
    poisoned_by_two_names,
    poisoned_denominator,
    poisoned_dkim,
    poisoned_just_under,
    poisoned_parked,
    poisoned_record,
    poisoned_record_on_three_days,
    poisoned_to_look_broken,
    poisoned_to_look_busy,
    poisoned_to_look_forwarded,
    poisoned_to_look_healthy,
    poisoned_to_look_listed,
    poisoned_to_roll_back,
    poisoned_to_roll_back_on_three_days,
    policy_changed_last_week,
    quarantine_clean,
    quarantine_hits_own_mail,
    quarantine_spf_only_sender,
    quiet_attested,
    quiet_attested_at_quarantine,
    quiet_attested_with_a_failure,
    quiet_domain,
    record_given,
    record_given_is_newer,
    reject_and_a_broken_new_sender_of_ours,
    reject_and_a_new_sender,
    reject_clean,
    reject_in_test_mode,
    reject_with_failures_above_the_limit,
    reporters_that_disagree,
    retired_domain_at_reject,
    retired_domain_whose_mail_passes,
    rollback_told_by_one,
    seasonal_sender,
    sp_and_np_none_at_reject_given,
    sp_closed_a_week_ago,
    sp_none_at_quarantine_nobody_below,
    sp_none_at_reject_clean,
    sp_none_at_reject_failing,
    sp_none_at_reject_few_messages,
    sp_none_at_reject_rate,
    sp_none_at_reject_spf_only,
    sp_none_for_months_p_moved_last_week,
    sp_none_told_by_one_stranger,
    sp_quarantine_at_reject_rate,
    sp_quarantine_at_reject_spf_only,
    sp_reject_under_none,
    spf_permerror,
    stale_reports,
    strict_alignment_at_the_domain,
    strict_alignment_with_subdomains,
    subdomain_asks_at_quarantine,
    subdomain_hit_at_quarantine,
    subdomain_unready,
    subdomain_unready_costs_nothing,
    ten_a_month,
    test_mode,
    two_bad_days_in_a_longer_window,
    two_steps_in_the_history,
    two_stray_messages,
    unknown_policy_word,
    unknown_service,
    weekend_silent,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/cases")
}

#[test]
fn every_file_is_a_test() {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name());
    let files: BTreeSet<String> = files.map(|name| name.into_string().unwrap()).collect();
    let named: BTreeSet<String> = NAMES.iter().map(|name| format!("{name}.toml")).collect();
    assert_eq!(named, files, "the list in main.rs and the files in cases/");
}

#[test]
fn an_unknown_key_is_refused() {
    let text = std::fs::read_to_string(folder().join("clean.toml")).unwrap();
    assert!(Case::parse(&text).is_ok());
    assert!(Case::parse(&format!("colour = 'red'\n{text}")).unwrap_err().contains("colour"));
}

#[test]
fn a_wrong_truth_is_found() {
    let text = std::fs::read_to_string(folder().join("clean.toml")).unwrap();
    let wrong = text.replace("verdict = \"ready\"", "verdict = \"fix\"");
    let case = Case::parse(&wrong).unwrap();
    let answer = run::ask(&case).unwrap();
    assert_eq!(1, check::differences(&case, &answer).len());
}

fn judge(name: &str) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
    let case = Case::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let answer = run::ask(&case);
    if std::env::var_os("SCENARIO_SHOW").is_some() {
        let told = answer.as_ref().map_or_else(Clone::clone, told);
        eprintln!("== {name}\n{told}");
    }
    let found = match &answer {
        Ok(answer) => check::differences(&case, answer),
        Err(error) => vec![error.clone()],
    };
    match (&case.pending, found.is_empty()) {
        (None, true) => {}
        (Some(_), false) => eprintln!("{name} is pending:\n  {}", found.join("\n  ")),
        (Some(reason), true) => panic!("{name} is no longer pending: {reason}"),
        (None, false) => {
            let told = answer.as_ref().map_or_else(|_| String::new(), told);
            panic!("{name}: {}\n  {}\n{told}", case.title, found.join("\n  "))
        }
    }
}

/// What the program says, for a person who looks for the reason.
fn told(answer: &Answer) -> String {
    let Answer { advice, sources } = answer;
    let mut lines =
        vec![format!("{} -> {}: {}", advice["verdict"], advice["next"], advice["headline"])];
    let list = |key: &str| advice[key].as_array().cloned().unwrap_or_default();
    for gate in list("gates").iter().filter(|gate| gate["passed"] == false) {
        lines.push(format!(
            "unmet {}: {} (needed: {})",
            gate["gate"], gate["found"], gate["needed"]
        ));
    }
    for blocker in list("blockers") {
        let [source, why, fix] = ["source", "why", "fix"].map(|key| blocker[key].clone());
        lines.push(format!("blocker {source}: {why} -> {fix}"));
    }
    lines.extend(list("notes").iter().map(|note| format!("note {note}")));
    lines.push(format!("record {} rollback {}", advice["record"], advice["rollback"]));
    lines.push(format!("not before {}", advice["not_before"]));
    lines.push(format!("worst case {}", advice["what_if"]["worst_case"]));
    for source in sources.iter().filter(|source| source["class"] != "noise") {
        let keys = ["source", "class", "health", "messages", "dmarc_fail", "rule"];
        let [name, class, health, messages, failing, rule] = keys.map(|key| source[key].clone());
        lines.push(format!("source {name}: {class} {health} {messages}/{failing} {rule}"));
    }
    lines.iter().map(|line| format!("    {line}\n")).collect()
}
