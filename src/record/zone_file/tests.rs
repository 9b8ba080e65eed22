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
