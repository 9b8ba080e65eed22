use super::*;

const ZONE: &str = "\
$TTL 1h
acme.example. IN SOA ns.acme.example. a.acme.example. ( 1 2
  3 4 5 ) ; serial
  IN TXT \"v=spf1 -all\"
$ORIGIN acme.example.
@     TXT  \"site=1\"
_dmarc 300 IN TXT ( \"v=DMARC1; p=none; \"
   \"rua=mailto:a@acme.example\" )
_dmarc.acme.example TXT v=DMARC1; p=none
s._domainkey IN TXT \"v=DKIM1\\; p=\"
$INCLUDE other.zone
www A 192.0.2.1
";

#[test]
fn records_have_their_whole_names_and_lines() {
    let found = records(ZONE);
    let found: Vec<_> = found
        .iter()
        .map(|one| (one.line, one.name.as_deref().unwrap_or("-"), one.text.as_str()))
        .collect();
    let expected = vec![
        (4, "acme.example", "v=spf1 -all"),
        (6, "acme.example", "site=1"),
        (7, "_dmarc.acme.example", "v=DMARC1; p=none; rua=mailto:a@acme.example"),
        (9, "_dmarc.acme.example.acme.example", "v=DMARC1"),
        (10, "s._domainkey.acme.example", "v=DKIM1; p="),
        (11, "-", "$INCLUDE other.zone"),
    ];
    assert_eq!(expected, found);
}

#[test]
fn a_missing_dot_and_missing_quotes_are_told() {
    let found = records(ZONE);
    let codes: Vec<_> = found[3].findings.iter().map(|finding| finding.code).collect();
    assert_eq!(vec!["record_name_final_dot", "zone_unquoted"], codes);
    assert_eq!(Some("_dmarc.acme.example."), found[3].findings[0].instead.as_deref());
    assert_eq!(Some("v=DMARC1; p=none"), found[3].meant.as_deref());
    let open = records("a. TXT \"v=spf1\nb. TXT (\"v=spf1\"");
    assert!(open.iter().all(|one| one.findings[0].code == "zone_unbalanced"), "{open:?}");
}

#[test]
fn of_odd_entries_the_first_thousand_are_told_and_the_others_counted() {
    let found = records(&")\n".repeat(1_000));
    assert_eq!((1_000, "zone_unbalanced"), (found.len(), found[999].findings[0].code));
    let found = records(&format!("{}a. TXT \"x\"\n$TTL 1\n$FOO\n", "$INCLUDE x\n)\n".repeat(600)));
    assert_eq!(1_002, found.len());
    let (text, rest) = (&found[1_000], &found[1_001]);
    assert_eq!(("x", false), (text.text.as_str(), text.is_aside), "a record is never left out");
    assert_eq!((1_001, Severity::Error), (rest.line, rest.findings[0].severity));
    assert!(rest.findings[0].what.starts_with("and 201 more"), "{rest:?}");
    let hints = records(&"$FOO\n".repeat(1_001));
    assert_eq!(Severity::Hint, hints[1_000].findings[0].severity, "hints do not grow to errors");
}

#[test]
fn an_origin_does_not_grow_beyond_a_name() {
    let found = records(&format!("{}_dmarc TXT x\n", "$ORIGIN abc\n".repeat(100)));
    let names: Vec<_> = found.iter().filter(|one| one.findings[0].code == "record_name").collect();
    // 63 labels of 3 letters and 62 dots are 251; `_dmarc.` is too much beside them
    assert_eq!(100 - 63 + 1, names.len());
    assert_eq!(64, names[0].line);
}

#[test]
fn a_name_or_a_value_that_no_message_holds_is_told() {
    let told = |labels: usize| {
        let found =
            records(&format!("{} TXT \"a\"\n TXT \"b\"\nc. TXT \"c\"", "a.".repeat(labels)));
        found.iter().map(|one| (one.line, one.is_aside)).collect::<Vec<_>>()
    };
    assert_eq!(vec![(1, false), (2, false), (3, false)], told(127), "253 letters");
    assert_eq!(vec![(1, true), (2, true), (3, false)], told(128));
}

#[test]
fn a_value_beyond_what_a_record_holds_is_cut_and_told() {
    let longest = format!("a. TXT{}", " \"aaaaa\"".repeat(MAX_PASTED / 5));
    assert!(records(&longest).iter().all(|one| one.findings.is_empty()));
    let one = format!("a. TXT \"{}\"", "a".repeat(MAX_PASTED + 1));
    for text in [format!("{longest} \"b\""), one, format!("a. TXT{}", " \"b\"".repeat(70_000))] {
        let found = records(&text);
        assert_eq!(MAX_PASTED, found[0].text.len());
        assert_eq!("record_too_long", found[0].findings[0].code);
    }
    let empty = format!("a. TXT{}", " \"\"".repeat(70_000));
    assert_eq!("record_too_long", records(&empty)[0].findings[0].code);
}

#[test]
fn strings_are_measured_in_bytes_out_of_their_escapes() {
    let told = |string: &str| {
        let found = records(&format!("a. TXT \"x\" \"{string}\""));
        found[0].findings.first().map(|one| (one.code, one.instead.clone().unwrap_or_default()))
    };
    assert_eq!(None, told(&"a".repeat(255)));
    assert_eq!(None, told(&"\\226".repeat(255)));
    let (code, instead) = told(&"a".repeat(256)).unwrap();
    assert_eq!(("zone_string", format!("\"x{}\" \"aa\"", "a".repeat(254))), (code, instead));
    assert_eq!("zone_string", told(&"é".repeat(128)).unwrap().0);
}

#[test]
fn of_a_million_owners_with_aliases_those_are_told_that_have_more() {
    let aliases: String = (0..2_000).map(|at| format!("a{at} CNAME b.\n")).collect();
    assert!(records(&aliases).is_empty());
    let found = records(&format!("{aliases}A7 TXT \"x\"\n"));
    assert_eq!(vec![8, 2_001], found.iter().map(|one| one.line).collect::<Vec<_>>());
}

#[test]
fn what_is_proposed_in_quotes_has_no_others_inside() {
    let right = "\"v=DMARC1; p=none\"";
    for value in [r#"\"v=DMARC1; p=none\""#, "'v=DMARC1; p=none'", "“v=DMARC1; p=none”"] {
        let found = records(&format!("_dmarc IN TXT {value}"));
        assert_eq!(Some(right), found[0].findings[0].instead.as_deref(), "{value}");
        assert_eq!(Some("v=DMARC1; p=none"), found[0].meant.as_deref(), "{value}");
    }
}
