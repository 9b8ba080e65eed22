use super::*;

fn codes(text: &str) -> Vec<&'static str> {
    lint(text).findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_record_without_fault_has_no_findings() {
    for text in [
        "v=DMARC1; p=none; rua=mailto:a@acme.example",
        "v=DMARC1;p=None;rua=mailto:a@acme.example;",
        "v=DMARC1; p=quarantine; sp=reject; rua=mailto:a@acme.example,mailto:b@acme.example; fo=1:d:s; ruf=mailto:a@acme.example",
    ] {
        assert_eq!(Vec::<&str>::new(), codes(text), "{text}");
        assert_eq!(None, lint(text).corrected);
    }
}

proptest::proptest! {
    #[test]
    fn what_is_corrected_has_no_errors_and_is_corrected_no_further(
        text in "(v ?= ?(DMARC ?1|dmarc1|DMRAC1)[;, ]{0,2})?((p|sp|np|rua|ruf|fo|pct|t|psd|adkim|rau|zz)[=: ]{1,2}(none|rejct|QUARANTINE|mailto:a@b\\.example|a@b\\.example, c@d|0:1|s|y|100|“x”|é)?[;, \\\\]{0,3}){0,6}"
    ) {
        let linted = lint(&text);
        for finding in &linted.findings {
            if let Some(place) = finding.place {
                proptest::prop_assert!(place.from <= place.to && place.to <= text.len());
                proptest::prop_assert!(text.is_char_boundary(place.from) && text.is_char_boundary(place.to));
            }
        }
        if let Some(corrected) = linted.corrected {
            let again = lint(&corrected);
            proptest::prop_assert!(again.findings.iter().all(|it| it.severity != Severity::Error), "{corrected}: {again:?}");
            proptest::prop_assert_eq!(None, again.corrected);
        }
    }

    #[test]
    fn any_text_is_checked(text in "\\PC{0,80}|[v=DMARC1;p:rua@,!%\\\\\"“ \u{a0}\n]{0,60}") {
        let linted = lint(&text);
        for place in linted.findings.iter().filter_map(|finding| finding.place) {
            proptest::prop_assert!(text.get(place.from..place.to).is_some());
        }
    }
}

#[test]
fn that_a_tag_stands_twice_is_told_only_where_one_does() {
    let is_told = |text: &str| lint(text).effect.iter().any(|line| line.contains("stands twice"));
    assert!(!is_told("v=DMARC1; p=none; rua=mailto:r@a.example"));
    assert!(is_told("v=DMARC1; p=none; p=reject"));
    assert!(is_told("v=DMARC1; p=none; V=DMARC1"));
}

#[test]
fn of_very_many_addresses_some_are_named() {
    let uris: Vec<String> = (0..12).map(|at| format!("mailto:d{at}@a.example")).collect();
    let effect = lint(&format!("v=DMARC1; p=none; rua={}", uris.join(","))).effect;
    let told = effect.iter().find(|text| text.starts_with("Aggregate reports go to")).unwrap();
    assert!(told.ends_with(" and d9@a.example and 2 more"), "{told}");
}
