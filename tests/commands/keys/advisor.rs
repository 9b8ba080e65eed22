//! The keys of what the advisor answers: `advise`, `sources` and `backtest`.

use serde_json::Value;

use super::{numbers, window};
use crate::lists::{each, has};
use crate::stage::shared;

const EVIDENCE: &[&str] = &[
    "code",
    "messages",
    "addresses",
    "reporters",
    "first_day",
    "last_day",
    "header_from",
    "dkim",
    "spf",
    "reasons",
    "disposition",
    "counted",
];
const SOURCE: &[&str] = &[
    "source",
    "class",
    "health",
    "rule",
    "messages",
    "dkim_aligned",
    "spf_aligned",
    "dmarc_pass",
    "dmarc_fail",
    "quarantined",
    "rejected",
    "addresses",
    "busiest_addresses",
    "first_day",
    "last_day",
    "why",
    "fix",
    "subdomains",
    "header_froms",
    "label",
    "label_note",
    "fails_only_at",
    "failed_until",
    "evidence",
    "disagreements",
    "hosts",
    "spf_add",
    "dkim_failing",
];
const AFTER_MOVE: &[&str] = &[
    "since",
    "days",
    "messages",
    "predicted",
    "failures",
    "quarantined",
    "rejected",
    "cusum",
    "cusum_limit",
    "expected_rate",
    "alarming_rate",
];
const NAME: &[&str] = &[
    "header_from",
    "messages",
    "dkim_aligned",
    "spf_aligned",
    "dmarc_pass",
    "dmarc_fail",
    "own",
    "own_failing",
    "ready",
];
const ADVICE: &[&str] = &[
    "domain",
    "policy",
    "verdict",
    "next",
    "subdomains_only",
    "headline",
    "not_before",
    "gates",
    "blockers",
    "policy_history",
    "names",
    "disagreements",
    "what_if",
    "after_move",
    "rate",
    "record_name",
    "record",
    "record_is_complete",
    "rollback",
    "notes",
    "blind_spots",
];
const BLOCKER: &[&str] = &["source", "class", "messages", "failing", "why", "fix"];
const RATE: &[&str] = &[
    "messages",
    "failures",
    "days",
    "bad_days",
    "design_effect",
    "upper_rate",
    "upper_bad_days",
    "unseen_share",
];
const BACKTEST: &[&str] =
    &["domain", "from", "to", "gates", "raw", "verdicts", "policy", "next", "changes"];
const FOLLOWED: &[&str] = &[
    "ready",
    "days_to_ready",
    "hit",
    "own",
    "days_after",
    "predicted",
    "wrong",
    "unanswered",
    "at_most",
    "reach",
];
const OUTCOMES: &[&str] = &["ready", "wrong", "median_days", "hit", "own", "unanswered"];

pub(super) fn advice(found: &Value) {
    has(&["window", "domains"], found, "advise");
    window(&found["window"]);
    each(&found["domains"]).for_each(recommendation);
}

fn recommendation(domain: &Value) {
    has(ADVICE, domain, "a domain of advise");
    for gate in domain["gates"].as_array().unwrap() {
        has(&["gate", "passed", "found", "needed", "arithmetic"], gate, "a gate");
        assert!(gate["passed"].is_boolean(), "{gate}");
        assert!(!gate["gate"].as_str().unwrap().contains(' '), "a code, not words: {gate}");
    }
    for blocker in domain["blockers"].as_array().unwrap() {
        has(BLOCKER, blocker, "a blocker");
        numbers(blocker, &["messages", "failing"]);
    }
    let what_if = &domain["what_if"];
    has(&["worst_case", "with_overrides", "spared", "likely"], what_if, "what_if");
    numbers(what_if, &["spared"]);
    likely(&what_if["likely"]);
    for hits in [&what_if["worst_case"], &what_if["with_overrides"]] {
        let kinds = ["own", "unanswered", "forwarded", "list", "forged"];
        has(&kinds, hits, "what_if");
        numbers(hits, &kinds);
    }
    if !domain["rate"].is_null() {
        has(RATE, &domain["rate"], "rate");
        numbers(&domain["rate"], &RATE[..4]);
        assert!(RATE[4..].iter().all(|key| domain["rate"][key].is_f64()), "{domain}");
    }
    for span in domain["policy_history"].as_array().unwrap() {
        has(&["p", "sp", "partial", "from", "to", "days"], span, "a span of the policy");
    }
    domain["names"].as_array().unwrap().iter().for_each(|name| has(NAME, name, "a name"));
    for disagreement in domain["disagreements"].as_array().unwrap() {
        let keys = ["mechanism", "reported", "recomputed", "reporters", "messages"];
        has(&keys, disagreement, "a disagreement");
    }
    if !domain["after_move"].is_null() {
        has(AFTER_MOVE, &domain["after_move"], "after_move");
        likely(&domain["after_move"]["predicted"]);
    }
    assert!(domain["notes"].is_array() && domain["blind_spots"].is_array(), "{domain}");
}

fn likely(range: &Value) {
    if !range.is_null() {
        has(&["low", "high", "days"], range, "a likely range");
        numbers(range, &["low", "high", "days"]);
    }
}

#[test]
fn the_keys_of_advise_stay() {
    advice(&shared().json("advise"));
}

#[test]
fn the_keys_of_sources_stay() {
    let found = shared().json("sources shop.example");
    has(&["domain", "window", "sources"], &found, "sources");
    window(&found["window"]);
    for source in each(&found["sources"]) {
        has(SOURCE, source, "a source");
        numbers(source, &SOURCE[4..12]);
        for rows in source["evidence"].as_array().unwrap() {
            has(EVIDENCE, rows, "rows of a source");
            numbers(rows, &EVIDENCE[1..4]);
        }
        assert!(source["why"].is_array() && source["busiest_addresses"].is_array(), "{source}");
        assert!(source["hosts"].is_array(), "{source}");
    }
}

#[test]
fn the_keys_of_backtest_stay() {
    let found = shared().json("backtest");
    has(&["domains", "portfolio"], &found, "backtest");
    for domain in each(&found["domains"]) {
        has(BACKTEST, domain, "a domain of backtest");
        for rule in ["gates", "raw"] {
            has(FOLLOWED, &domain[rule], rule);
            numbers(&domain[rule], &["hit", "own", "days_after", "unanswered"]);
            likely(&domain[rule]["predicted"]);
        }
        for verdict in each(&domain["verdicts"]) {
            has(&["verdict", "days"], verdict, "days of a verdict");
        }
        for change in each(&domain["changes"]) {
            has(&["day", "verdict"], change, "a change of the verdict");
        }
    }
    let portfolio = &found["portfolio"];
    has(&["domains", "gates", "raw"], portfolio, "the portfolio");
    for rule in ["gates", "raw"] {
        has(OUTCOMES, &portfolio[rule], rule);
        numbers(&portfolio[rule], &["ready", "wrong", "hit", "own", "unanswered"]);
    }
}
