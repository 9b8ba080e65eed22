//! Section 4.5, first half: rows and who they are about. No row is lost for an oddity, none is
//! counted that is not there.

use super::build::Xml;
use super::check::{
    assert_issues, assert_missing, by_address, clean, counted, messages, only, read, rows, store,
    traffic,
};

/// A record about no message at all, as wp.pl writes it.
fn null_record() -> Xml {
    Xml("<record><row><source_ip></source_ip><count>0</count><policy_evaluated>\
         <disposition></disposition><dkim></dkim><spf></spf></policy_evaluated></row>\
         <identifiers><header_from></header_from></identifiers><auth_results></auth_results>\
         </record>"
        .into())
}

/// A record without DKIM and SPF aligned, with these authentication results.
fn with_results(results: &str) -> Xml {
    let element = format!("<auth_results>{results}</auth_results>");
    Xml::report(&[Xml::failing().swap("auth_results", &element)])
}

#[test]
fn d54_some_report_that_there_was_nothing() {
    let empty = Xml::report(&[]);
    let report = read(empty.clone());
    assert_issues(&[("no_records", "")], &report);
    assert_eq!((0, 0), (report.records.len(), report.fingerprints.len()));
    let (store, written) = store(&[empty.into()]);
    assert_eq!((1, 0, 0), (written.reports, written.records, written.messages));
    assert_eq!((1, 0), (traffic(&store).reports.len(), traffic(&store).rows.len()));
}

#[test]
fn d55_wp_pl_writes_a_record_about_nothing() {
    let alone = Xml::report(&[null_record()]);
    let report = read(alone.clone());
    assert_eq!(
        vec!["null_record"],
        report.issues.iter().map(|i| i.code.as_str()).collect::<Vec<_>>()
    );
    assert!(report.issues[0].value.starts_with('0'), "{:?}", report.issues);
    assert_eq!((0, 0), (report.records.len(), report.fingerprints.len()));
    let (store, written) = store(&[alone.into()]);
    assert_eq!((1, 0, 0), (written.reports, written.records, written.messages));
    assert_eq!(0, traffic(&store).rows.len());
}

#[test]
fn d55_a_record_about_nothing_costs_no_other() {
    let report = read(Xml::report(&[null_record(), Xml::record()]));
    assert_eq!(1, report.issues.len(), "{:?}", report.issues);
    assert_eq!(vec![("192.0.2.1".to_owned(), 7)], rows(&report));
    assert!(only(&report).passes());
}

#[test]
fn d56_some_call_the_identifiers_identities() {
    let input = Xml::plain()
        .replace("<identifiers>", "<identities>")
        .replace("</identifiers>", "</identities>");
    let report = read(input);
    assert_issues(&[("alias_element", "identities")], &report);
    assert_eq!(only(&clean(Xml::plain())), only(&report));
}

#[test]
fn d57_many_leave_out_the_envelope_sender() {
    let report = clean(Xml::plain().without("envelope_from"));
    assert_eq!(None, only(&report).envelope_from);
    assert_eq!("bounce.example", only(&report).spf_auth[0].domain);
}

#[test]
fn d58_an_empty_envelope_sender_is_the_null_sender() {
    for empty in ["<envelope_from/>", "<envelope_from> </envelope_from>"] {
        let report = clean(Xml::plain().swap("envelope_from", empty));
        assert_eq!(Some(""), only(&report).envelope_from.as_deref());
    }
}

#[test]
fn d59_results_may_be_empty_or_without_spf() {
    for results in ["", " ", "<spf/>", "<dkim></dkim>"] {
        let report = clean(with_results(results));
        assert_eq!((0, 0), (only(&report).dkim_auth.len(), only(&report).spf_auth.len()));
        assert_eq!((7, false), (messages(&report), only(&report).passes()));
    }
    let report = clean(Xml::plain().without("auth_results/spf"));
    assert_eq!((1, 0), (only(&report).dkim_auth.len(), only(&report).spf_auth.len()));
}

#[test]
fn d59_no_results_at_all_are_missing() {
    let report = read(Xml::report(&[Xml::failing().without("auth_results")]));
    assert_missing(&["record[1]/auth_results"], &report);
    assert_eq!(7, messages(&report));
}

#[test]
fn d60_spf_may_have_no_domain_and_the_scope_of_helo() {
    for domain in ["<domain></domain>", "<domain/>", ""] {
        let spf = format!("<spf>{domain}<scope>helo</scope><result>none</result></spf>");
        let report = clean(with_results(&spf));
        let checked = &only(&report).spf_auth[0];
        assert_eq!(("", "none"), (checked.domain.as_str(), checked.result.as_str()));
        assert_eq!(Some("helo"), checked.scope.as_ref().map(|word| word.as_str()));
    }
}

#[test]
fn d61_gosecure_writes_several_spf_results() {
    let spf = |domain: &str, result: &str| {
        format!("<spf><domain>{domain}</domain><result>{result}</result></spf>")
    };
    let three = [spf("a.example", "none"), spf("b.example", "fail"), spf("c.example", "pass")];
    let report = clean(with_results(&three.concat()));
    let all = only(&report).spf_auth.iter().map(|spf| (spf.domain.as_str(), spf.result.as_str()));
    let expected = [("a.example", "none"), ("b.example", "fail"), ("c.example", "pass")];
    assert_eq!(expected.to_vec(), all.collect::<Vec<_>>());
}

#[test]
fn d62_many_leave_out_the_selector() {
    for edit in ["", "<selector/>", "<selector> </selector>"] {
        let report = clean(Xml::plain().swap("auth_results/dkim/selector", edit));
        assert_eq!(None, only(&report).dkim_auth[0].selector);
        assert_eq!("pass", only(&report).dkim_auth[0].result.as_str());
    }
}

#[test]
fn d63_gosecure_writes_results_with_nothing_inside() {
    let nothing = "<dkim><domain/><result/></dkim>".repeat(3);
    let report = read(Xml::plain().swap("auth_results/dkim", &nothing));
    assert_issues(&[("inconsistent", "dkim")], &report);
    assert_eq!(0, only(&report).dkim_auth.len());
    assert_eq!((7, "pass"), (messages(&report), only(&report).dkim.as_str()));
}

#[test]
fn d64_elements_come_in_any_order() {
    let metadata = "<report_metadata><date_range><end>1794268799</end><begin>1794182400</begin>\
                    </date_range><report_id>2026.11.09.1</report_id>\
                    <email>dmarc@receiver.example</email><org_name>receiver.example</org_name>\
                    </report_metadata>";
    let spf =
        "<spf><result>softfail</result><scope>mfrom</scope><domain>bounce.example</domain></spf>";
    let input = Xml::plain()
        .without("report_metadata")
        .without("auth_results/spf")
        .before("auth_results/dkim", spf)
        .after("record", metadata)
        .without("version")
        .after("report_metadata", "<version>1.0</version>");
    assert_eq!(clean(Xml::plain()), clean(input));
}

#[test]
fn d78_opendmarc_writes_one_record_for_each_message() {
    let one = Xml::record().set("count", "1");
    let report = Xml::report(&vec![one.clone(); 40]);
    assert_eq!(40, clean(report.clone()).records.len());
    assert_eq!(1, clean(report.clone()).fingerprints.len());
    let other = Xml::report(&[one.clone().set("source_ip", "192.0.2.2"), one]);
    let (store, written) = store(&[report.into(), other.set("report_id", "2").into()]);
    assert_eq!((2, 42, 42), (written.reports, written.records, written.messages));
    let rows: Vec<_> = traffic(&store).rows.into_iter().map(|r| (r.messages, r.records)).collect();
    assert_eq!(vec![(41, 41), (1, 1)], rows);
    assert_eq!(Some(&41), by_address(&store).get("192.0.2.1"));
}

#[test]
fn a_count_that_cannot_be_read_is_kept_out_and_said() {
    for count in ["-5", "+7", "3.0", "1e9", "seven", "", "9007199254740992"] {
        let odd = Xml::record().set("count", count);
        let report = read(Xml::report(&[odd, Xml::record().set("source_ip", "192.0.2.2")]));
        let value = format!("{count} (192.0.2.1)");
        assert_issues(&[("bad_count", &value)], &report);
        assert_eq!(vec![("192.0.2.2".to_owned(), 7)], rows(&report));
    }
    let input = Xml::with(|record| record.set("count", "9007199254740991"));
    assert_eq!((1, 0, 0, 9_007_199_254_740_991), counted(&[input.into()]));
}

#[test]
fn an_address_in_another_form_is_read_and_any_other_kept_as_text() {
    let from = |address: &str| read(Xml::with(|record| record.set("source_ip", address)));
    for (written, meant) in [("::ffff:192.0.2.9", "192.0.2.9"), ("[2001:db8::1]", "2001:db8::1")] {
        let report = from(written);
        assert_issues(&[("other_form", written)], &report);
        assert_eq!(vec![(meant.to_owned(), 7)], rows(&report));
    }
    for text in ["010.0.0.1", "192.0.2.1:25", "192.0.2.0/24", "mail.acme.example", ""] {
        let report = from(text);
        assert_issues(&[("bad_address", text)], &report);
        assert_eq!(vec![(text.to_owned(), 7)], rows(&report));
    }
}

#[test]
fn a_row_about_a_domain_beside_the_policys_is_said() {
    for below in ["acme.example", "shop.acme.example", "a.b.Acme.example"] {
        clean(Xml::plain().set("header_from", below));
    }
    for beside in ["notacme.example", "other.example", "example"] {
        let report = read(Xml::plain().set("header_from", beside));
        assert_issues(&[("foreign_from", beside)], &report);
        assert_eq!((7, beside), (messages(&report), only(&report).header_from.as_str()));
    }
}
