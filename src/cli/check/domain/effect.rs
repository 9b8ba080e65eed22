//! What receivers do with a DMARC record, **with those who are to get reports**: an address whose host did
//! not agree gets none.

use crate::model::discovery::{Consent, ReportTo};
use crate::model::numbers::agree;
use crate::record::destination::left;

/// How the sentences begin that say where reports go, by the tag.
const SENTENCES: [(&str, &str); 2] =
    [("rua", "Aggregate reports go to "), ("ruf", "Failure reports go to ")];

/// Mends the sentences about reports of a record where not everybody gets them.
pub(super) fn with_consent(effect: &mut [String], text: &str, to: &[ReportTo]) {
    for (tag, start) in SENTENCES {
        let of_tag: Vec<&ReportTo> = to.iter().filter(|to| to.tag == tag).collect();
        if of_tag.iter().all(|to| place(to) == Some(bare(&to.uri))) {
            continue;
        }
        let Some(sentence) = effect.iter_mut().find(|line| line.starts_with(start)) else {
            continue;
        };
        let places: Vec<&str> = of_tag.iter().filter_map(|to| place(to)).collect();
        let lost = of_tag.iter().filter(|to| place(to).is_none()).map(|to| bare(&to.uri));
        let lost: Vec<&str> = lost.collect();
        let mut places: Vec<String> = places.into_iter().map(str::to_owned).collect();
        if let left @ 1.. = left(text, tag) {
            let word = agree(left as u64, "address that was", "addresses that were");
            places.push(format!("perhaps {left} more {word} not looked at"));
        }
        let places = places.join(" and ");
        *sentence = match (places.is_empty(), lost.is_empty()) {
            // who they are is told above
            (true, _) => format!("{start}nobody"),
            (false, true) => format!("{start}{places}"),
            (false, false) => format!("{start}{places}; {}", none(&lost)),
        };
    }
}

fn none(lost: &[&str]) -> String {
    format!("nothing is sent to {}", lost.join(" and "))
}

/// Where reports for an address go; none where nothing is sent.
fn place(to: &ReportTo) -> Option<&str> {
    match &to.consent {
        Consent::Same | Consent::Authorised { .. } | Consent::Unknown { .. } => Some(bare(&to.uri)),
        Consent::Redirected { to } => Some(bare(to)),
        Consent::RedirectedElsewhere { .. }
        | Consent::NotAuthorised
        | Consent::NoHost
        | Consent::TooLong
        | Consent::NoAddress { .. } => None,
    }
}

fn bare(uri: &str) -> &str {
    match uri.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &uri[7..],
        _ => uri,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(consents: &[(&str, Consent)]) -> String {
        told_of("", consents)
    }

    fn told_of(text: &str, consents: &[(&str, Consent)]) -> String {
        let to = |(host, consent): &(&str, Consent)| ReportTo {
            tag: "rua",
            uri: format!("mailto:d@{host}"),
            host: Some((*host).to_owned()),
            name: None,
            consent: consent.clone(),
        };
        let to: Vec<ReportTo> = consents.iter().map(to).collect();
        let mut effect = vec!["Aggregate reports go to everybody".to_owned()];
        with_consent(&mut effect, text, &to);
        effect.remove(0)
    }

    #[test]
    fn of_a_list_that_was_cut_it_is_not_said_that_nobody_gets_reports() {
        let text = format!("v=DMARC1; p=none; rua={}", ["mailto:a@a.example"; 18].join(","));
        let found = told_of(&text, &[("a.example", Consent::NotAuthorised)]);
        assert_eq!(
            "Aggregate reports go to perhaps 2 more addresses that were not looked at; nothing is \
             sent to d@a.example",
            found
        );
    }

    #[test]
    fn who_did_not_agree_gets_no_reports() {
        let moved = Consent::Redirected { to: "mailto:e@b.example".into() };
        for (expected, consents) in [
            ("everybody", vec![("a.example", Consent::Same)]),
            ("everybody", vec![("a.example", Consent::Unknown { why: "time-out".into() })]),
            ("nobody", vec![("a.example", Consent::NotAuthorised)]),
            (
                "d@a.example; nothing is sent to d@b.example",
                vec![("a.example", Consent::Same), ("b.example", Consent::NotAuthorised)],
            ),
            ("e@b.example", vec![("b.example", moved)]),
        ] {
            assert_eq!(format!("Aggregate reports go to {expected}"), told(&consents));
        }
    }
}
