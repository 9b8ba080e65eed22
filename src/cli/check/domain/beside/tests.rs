//! Tests of comparing with the DNS; what reports say is tried with a store (`tests/dns`).

use super::*;
use crate::model::discovery::{Asked, Decision, Way};

/// What is found where this text stands at `a.example`.
fn found(text: &str) -> Discovery {
    let asked = Asked {
        domain: "a.example".to_owned(),
        name: "_dmarc.a.example".to_owned(),
        answer: Stood::Record { text: text.to_owned() },
        passed_over: Vec::new(),
    };
    let way = |asked| Way {
        asked,
        organization: Some("a.example".to_owned()),
        decision: Decision::Nothing { why: String::new() },
    };
    Discovery {
        domain: "a.example".to_owned(),
        exists: None,
        walk: way(vec![asked]),
        list: way(Vec::new()),
        differs: Vec::new(),
    }
}

#[test]
fn the_policy_of_reports_is_compared_with_what_receivers_make_of_the_record() {
    let rua = "rua=mailto:a@a.example";
    for (expected, text, p, sp) in [
        (true, format!("v=DMARC1; {rua}"), Some("none"), None),
        (true, format!("v=DMARC1; {rua}"), Some("none"), Some("none")),
        (true, format!("v=DMARC1; {rua}"), None, None),
        (true, format!("v=DMARC1; p=reject; sp=rejct; {rua}"), Some("none"), None),
        (true, "v=DMARC1; p=Reject; sp=none".to_owned(), Some("reject"), Some("none")),
        (true, "v=DMARC1; p=reject".to_owned(), Some("reject"), Some("reject")),
        (false, "v=DMARC1; p=reject".to_owned(), Some("none"), None),
        (false, "v=DMARC1; p=reject".to_owned(), Some("reject"), Some("none")),
        (false, "v=DMARC1; p=banana".to_owned(), Some("none"), None),
    ] {
        assert_eq!(Some(expected), same(&found(&text), "a.example", p, sp), "{text} {p:?} {sp:?}");
    }
}
