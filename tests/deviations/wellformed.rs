//! Section 4.2: documents that are not well-formed, not in the encoding that they declare, or in
//! clothes that differ: declarations, namespaces, versions, blanks.

use super::build::{Xml, plain};
use super::check::{
    assert_issues, assert_plain, clean, messages, only, outcomes, read, reports, rows,
};

/// Asserts that this is the plain report with that one issue.
#[track_caller]
fn assert_plain_but(code: &str, value: &str, input: impl Into<Vec<u8>>) {
    let mut report = read(input);
    assert_issues(&[(code, value)], &report);
    report.issues.clear();
    assert_eq!(clean(plain()), report);
}

#[test]
fn d18_ikea_leaves_a_schema_open_before_the_report() {
    let schema = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
                  targetNamespace=\"http://dmarc.example/dmarc-xml/0.1\">\n<feedback>";
    let input = Xml::plain().replace("<feedback>", schema);
    assert_plain_but("wrapped_document", "xs:schema", input);
}

#[test]
fn d19_an_address_in_angle_brackets_is_text() {
    let report = read(Xml::plain().set("email", "<dmarc@receiver.example>"));
    assert_eq!("<dmarc@receiver.example>", report.reporter.email);
    assert_issues(&[("recovered", "<dmarc@receiver.example>")], &report);
    assert_eq!(7, messages(&report));
}

#[test]
fn d19_a_bracket_in_a_domain_is_text_and_costs_no_other_row() {
    let odd = Xml::record().set("header_from", "bad<xml.acme.example");
    let input = Xml::report(&[Xml::record(), odd, Xml::record().set("count", "5")]);
    let report = read(input);
    let odd = [("recovered", "<xml.acme.example"), ("bad_domain", "bad<xml.acme.example")];
    assert_issues(&odd, &report);
    assert_eq!(19, messages(&report));
    assert_eq!("bad<xml.acme.example", report.fingerprints[1].header_from);
}

#[test]
fn d20_a_byte_that_is_not_utf_8_is_replaced_among_text_that_is() {
    let text = Xml::plain().set("org_name", "Café ?Courrier").0;
    let bytes: Vec<u8> = text.bytes().map(|b| if b == b'?' { 0x91 } else { b }).collect();
    // the declaration has two question marks of its own
    let bytes = [b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>", &bytes[38..]].concat();
    let report = read(bytes);
    assert_issues(&[("misencoded", "")], &report);
    assert_eq!("Café \u{fffd}Courrier", report.reporter.org_name);
    assert_eq!(7, messages(&report));
}

#[test]
fn d20_a_byte_that_is_not_utf_8_among_ascii_is_windows_1252() {
    let text = Xml::plain().set("org_name", "Courrier~").0;
    let bytes: Vec<u8> = text.bytes().map(|b| if b == b'~' { 0x91 } else { b }).collect();
    let report = read(bytes);
    assert_issues(&[("misencoded", "")], &report);
    assert_eq!("Courrier\u{2018}", report.reporter.org_name);
}

#[test]
fn d21_mail_ru_and_docomo_write_one_line() {
    let lines = Xml::plain().0;
    assert_plain(lines.lines().map(str::trim).collect::<String>());
}

#[test]
fn d22_some_leave_the_declaration_out() {
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    assert_plain(Xml::plain().replace(declaration, ""));
    let named = Xml::plain().replace(declaration, "").set("org_name", "Empfänger 受信者");
    assert_eq!("Empfänger 受信者", clean(named).reporter.org_name);
}

#[test]
fn d23_one_reporter_never_finishes_the_last_tag() {
    for end in ["</feedback", "</feed", "</feedback\r\n"] {
        let input = Xml::plain().replace("</feedback>\n", end);
        assert_plain_but("unclosed_document", "", input);
    }
}

#[test]
fn d23_what_breaks_off_inside_a_record_is_refused() {
    let whole = Xml::plain().0;
    let record = whole.find("<record>").unwrap();
    for end in ["</count>", "<spf>", "</auth_results>"] {
        let cut = record + whole[record..].find(end).unwrap() + end.len();
        assert_eq!(vec!["rejected xml/truncated"], outcomes(&whole.as_bytes()[..cut]), "{end}");
    }
    let between = whole.replace("</feedback>", "");
    assert_eq!(vec!["rejected xml/truncated"], outcomes(between));
}

#[test]
fn d24_text_between_elements_is_passed_over() {
    let input = Xml::plain().replace("<sp>none</sp>", "<sp>none</sp>11");
    assert_plain_but("stray_text", "11", input);
}

#[test]
fn d25_yahoo_and_others_pad_their_values() {
    let padded = Xml::with(|record| {
        record
            .set("source_ip", " 192.0.2.1\t")
            .set("count", "\n  7 ")
            .set("policy_evaluated/disposition", " none")
            .set("policy_evaluated/dkim", "\tpass\t")
            .set("header_from", "acme.example ")
            .set("auth_results/dkim/selector", " s1 ")
            .set("auth_results/spf/result", "softfail\r\n")
    });
    let padded = padded
        .period("1794182400 ", "\t1794268799")
        .set("policy_published/domain", " acme.example\n")
        .set("policy_published/p", " none")
        .set("org_name", "receiver.example ")
        .set("report_id", " 2026.11.09.1 ");
    assert_plain(padded);
}

#[test]
fn d26_aol_and_outlook_declare_namespaces_that_they_do_not_use() {
    for attributes in [
        "xmlns:ns1=\"http://dmarc.example/dmarc-xml/0.1\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://dmarc.example/dmarc-xml/0.1 rua.xsd\"",
        "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
    ] {
        assert_plain(Xml::plain().root(attributes));
    }
    let wrong = clean(Xml::plain().root("xmlns=\"http//dmarc.example/dmarc-xml/0.1\""));
    assert_eq!(Some("http//dmarc.example/dmarc-xml/0.1"), wrong.reporter.namespace.as_deref());
    assert_eq!("rfc7489", wrong.reporter.dialect.as_str());
}

#[test]
fn d27_gmx_and_web_de_follow_the_new_rfc_but_for_the_disposition() {
    let gmx = Xml::plain()
        .root("xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"")
        .set("policy_published/p", "reject")
        .without("policy_published/pct")
        .after(
            "policy_published/fo",
            "<testing>n</testing><discovery_method>psl</discovery_method>",
        );
    let report = clean(gmx);
    assert_eq!("rfc9990", report.reporter.dialect.as_str());
    assert_eq!(Some("n"), report.policy.testing.as_ref().map(|word| word.as_str()));
    assert_eq!(Some("psl"), report.policy.discovery_method.as_ref().map(|word| word.as_str()));
    assert_eq!("none", only(&report).disposition.as_str());
    assert!(only(&report).passes());
}

#[test]
fn d27_the_dialect_is_told_by_namespace_or_elements_and_never_by_version() {
    let namespace = Xml::plain().root("xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"");
    let generator = Xml::plain().after("date_range", "<generator>mta 1.2</generator>");
    let testing = Xml::plain().after("policy_published/fo", "<testing>n</testing>");
    for input in [namespace, generator, testing] {
        assert_eq!("rfc9990", clean(input.without("version")).reporter.dialect.as_str());
    }
    for version in ["1.0", "2.0"] {
        let report = clean(Xml::plain().set("version", version));
        assert_eq!("rfc7489", report.reporter.dialect.as_str(), "{version}");
    }
}

#[test]
fn d28_versions_are_absent_or_anything() {
    for version in ["1.0", "0.1", "2.0", "1"] {
        let report = clean(Xml::plain().set("version", version));
        assert_eq!(Some(version), report.reporter.version.as_deref());
        assert_eq!(vec![("192.0.2.1".to_owned(), 7)], rows(&report));
    }
    for input in [Xml::plain().without("version"), Xml::plain().set("version", "")] {
        assert_eq!(None, clean(input).reporter.version);
    }
}

#[test]
fn a_mark_and_blanks_before_the_document_are_no_part_of_it() {
    for before in ["\u{feff}", "\u{feff}\u{feff}", "\r\n\r\n ", "\u{feff}\n"] {
        assert_plain(format!("{before}{}", Xml::plain().0));
    }
    assert_eq!(1, reports(format!("{}\n<!-- the end -->\n", Xml::plain().0)).len());
}
