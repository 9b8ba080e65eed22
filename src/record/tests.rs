use super::*;

#[test]
fn of_a_file_so_many_findings_are_told_and_the_others_counted() {
    let line = |n: usize| format!("_dmarc.d{n}.example. TXT \"v=DMARC1; p=nine\"\n");
    let each = zone(&line(0))[0].checked.findings.len();
    let fits = MAX_FINDINGS_OF_ZONE / each;
    let lines: String = (0..fits + 3).map(line).collect();
    let found = zone(&format!("{lines}z.example. TXT \"v=spf1 ip4:192.0.2.1 ~all\"\n"));
    let (clean, rest) = (&found[fits], &found[fits + 1]);
    assert_eq!(fits + 4, clean.line, "nothing is left out that is in order");
    assert_eq!(fits + 1, rest.line);
    let first = &rest.checked.findings[0];
    assert_eq!(("zone_more", Severity::Error), (first.code, first.severity));
    assert!(first.what.starts_with("and 3 more"), "{first:?}");
}

fn codes(given: &str) -> Vec<&'static str> {
    check(given, None).findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn two_records_at_one_name_are_an_error_of_the_whole() {
    let given = "\"v=DMARC1; p=none; rua=mailto:a@acme.example\"\n\"v=DMARC1; p=reject\"";
    let checked = check(given, None);
    assert_eq!("record_several", checked.findings[0].code);
    assert_eq!(None, checked.corrected);
    assert!(checked.effect[0].contains("no DMARC record"), "{:?}", checked.effect);
}

#[test]
fn of_several_records_the_one_of_the_kind_is_taken() {
    let given = "\"google-site-verification=x\"\n\"v=spf1 -all\"\n\"v=DMARC1; p=none\"";
    assert_eq!(Some(RecordKind::Spf), check(given, None).kind);
    assert_eq!("v=spf1 -all", check(given, None).text);
    assert!(codes(given).contains(&"paste_more"));
}

#[test]
fn what_is_no_record_is_told_so() {
    for given in ["", "hello", "google-site-verification=x"] {
        assert_eq!(vec!["record_unknown"], codes(given), "{given}");
    }
    assert!(
        codes(&format!("v=DMARC1; p=none; x={}", "a".repeat(70_000))).contains(&"record_too_long")
    );
}

#[test]
fn an_authorisation_needs_no_policy() {
    let given = "shop.example._report._dmarc.acme.example. IN TXT \"v=DMARC1\"";
    assert_eq!(Vec::<&str>::new(), codes(given));
    let broken = check(&given.replace("DMARC1", "dmarc1"), None);
    assert_eq!(Some("v=DMARC1".to_owned()), broken.corrected);
}

#[test]
fn a_zone_is_checked_record_by_record() {
    let zone = "$ORIGIN acme.example.\n@ TXT \"site=1\"\n_dmarc TXT \"v=DMARC1; p=none; rua=mailto:a@acme.example\"\n_dmarc TXT \"v=DMARC1; p=reject\"\n_dmarc.shop TXT v=DMARC1; p=reject\n$INCLUDE x\n";
    let found = super::zone(zone);
    let lines: Vec<usize> = found.iter().map(|one| one.line).collect();
    assert_eq!(vec![3, 4, 5, 6], lines);
    let codes = ["record_several", "record_several", "zone_unquoted", "zone_include"];
    for (one, code) in found.iter().zip(codes) {
        let has = one.checked.findings.iter().any(|finding| finding.code == code);
        assert!(has, "{code}: {:?}", one.checked.findings);
    }
    assert_eq!(Some("v=DMARC1; p=reject"), found[2].checked.corrected.as_deref());
}

#[test]
fn thousands_of_records_at_one_name_are_one_group() {
    let line = |n: usize| format!("a.example. TXT \"v=spf1 ip4:192.0.2.{} ~all\"\n", n % 256);
    let zone: String = (0..16_000).map(line).collect();
    let found = super::zone(&zone);
    assert_eq!(16_000, found.len());
    for one in &found {
        let told = one.checked.findings.iter().find(|finding| finding.code == "record_several");
        assert!(told.is_some_and(|it| it.what.starts_with("16000 SPF records")), "{one:?}");
    }
    // each is told of its group by sixteen words, whatever its size: nothing is walked once more
    let group: Group<'_> = Group::of(std::iter::empty(), None);
    assert!(std::mem::size_of_val(&group) <= 16 * std::mem::size_of::<usize>());
}

#[test]
fn an_answer_without_a_record_is_told_so() {
    for given in [
        "** server can't find _dmarc.a.example: NXDOMAIN",
        "Host _dmarc.a.example not found: 3(NXDOMAIN)",
        "_dmarc.a.example has no TXT record",
        "{\"Status\":3,\"Question\":[{\"name\":\"_dmarc.a.example.\",\"type\":16}]}",
        ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n;_dmarc.a.example. IN TXT",
    ] {
        let checked = check(given, None);
        assert_eq!("record_unknown", checked.findings[0].code, "{given}: {checked:?}");
        assert!(checked.findings[0].what.contains("no such record"), "{given}: {checked:?}");
    }
    assert!(check("", None).findings[0].what.contains("nothing here"));
}

#[test]
fn more_parts_than_are_looked_at_are_told() {
    let given = format!("v=DMARC1; p=none; rua=mailto:a@acme.example;{}", " x=1;".repeat(260));
    assert_eq!(
        "dmarc_many_parts",
        *codes(&given).iter().find(|code| **code == "dmarc_many_parts").unwrap()
    );
    assert_eq!(None, check(&given, None).corrected);
}

/// What is told of several records at one name, and what receivers do.
fn told_of_several(given: &str) -> Vec<(String, String)> {
    let told = |one: &ZoneChecked| {
        let found = one.checked.findings.iter().find(|finding| finding.code == "record_several");
        (found.unwrap().what.clone(), one.checked.effect.join(" / "))
    };
    zone(given).iter().map(told).collect()
}

#[test]
fn of_records_that_nobody_sees_there_is_none() {
    for (none, given) in [
        (
            "no SPF record",
            "a.example. TXT \"v=spf1ip4:192.0.2.1\"\na.example. TXT \"spf1 mx -all\"\n",
        ),
        (
            "no DMARC record",
            "_dmarc.a.example. TXT \"v=DMARC2; p=none\"\n_dmarc.a.example. TXT \"DMARC1; p=reject\"\n",
        ),
    ] {
        for (what, effect) in told_of_several(given) {
            assert!(what.starts_with("receivers see none of 2"), "{what}");
            assert!(effect.contains(none), "{effect}");
        }
    }
}

#[test]
fn no_record_stands_beside_itself() {
    let found =
        told_of_several("a.example. TXT v=spf1 mx -all\na.example. TXT \"v=spf1 a -all\"\n");
    assert!(found[0].0.ends_with("beside this one stands `v=spf1 a -all`"), "{found:?}");
    assert!(found[1].0.ends_with("beside this one stands `v=spf1 mx -all`"), "{found:?}");
}

#[test]
fn others_are_named_where_there_are_more_than_are_told() {
    let line = |at: u8| format!("a.example. TXT \"v=spf1 ip4:192.0.2.{at} -all\"\n");
    let found = told_of_several(&(0..5).map(line).collect::<String>());
    assert!(found[0].0.ends_with(" and others"), "{found:?}");
    let long = format!(
        "a.example. TXT \"v=spf1 mx -all\"\na.example. TXT \"v=spf1 {}\"\n",
        "a".repeat(MAX_PASTED)
    );
    let found = told_of_several(&long);
    assert!(!found[0].0.contains("others"), "{found:?}");
    assert_eq!(None, zone(&long)[0].checked.corrected);
}

#[test]
fn what_keeps_a_file_from_loading_keeps_every_record_of_it() {
    let right = "a.example. TXT \"v=spf1 mx ~all\"\n";
    for fault in [
        "# a comment",
        "b.example. TEXT \"v=spf1 mx ~all\"",
        "b.example. TXT \"v=spf1 mx ~all",
        "b.example. CNAME c.example.\nb.example. CNAME d.example.",
    ] {
        for found in [zone(&format!("{right}{fault}\n")), zone(&format!("{fault}\n{right}"))] {
            let one = found.iter().find(|it| it.checked.name.as_deref() == Some("a.example"));
            let told = &one.unwrap_or_else(|| panic!("{fault}: {found:?}")).checked.effect;
            assert_eq!(vec![NOBODY_GETS_IT.to_owned()], *told, "{fault}");
        }
    }
    assert_ne!(vec![NOBODY_GETS_IT.to_owned()], zone(right)[0].checked.effect);
}
