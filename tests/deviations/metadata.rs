//! Section 4.3, first half: who wrote a report, what it calls itself, and when it is one that was
//! seen before.

use super::build::{NAME, Xml, gz, plain, zip};
use super::check::{
    assert_missing, by_address, clean, counted, identity, messages, read, store, traffic,
};

/// A report with this id and period of one row: 192.0.2.1, so many messages.
fn report(id: &str, period: (i64, i64), count: i64) -> Xml {
    let xml = Xml::with(|record| record.set("count", &count.to_string()));
    xml.set("report_id", id).period(period.0, period.1)
}

#[test]
fn d29_an_empty_org_name_is_the_domain_of_the_email() {
    let nameless = Xml::plain().set("email", "dmarc@Mail.Receiver.example");
    for input in [nameless.clone().set("org_name", ""), nameless.without("org_name")] {
        let report = read(input);
        assert_missing(&["report_metadata/org_name"], &report);
        assert_eq!("mail.receiver.example", report.reporter.org_name);
        assert_eq!("dmarc@Mail.Receiver.example", report.reporter.email);
    }
}

#[test]
fn d30_rspamd_leaves_a_quote_and_a_blank_in_the_org_name() {
    let quoted = Xml::plain().set("org_name", "&quot;Receiver.EXAMPLE ");
    assert_eq!("\"Receiver.EXAMPLE", clean(quoted.clone()).reporter.org_name);
    let lower = Xml::plain().set("org_name", "&quot;receiver.example");
    assert_eq!(identity(quoted.clone()).key, identity(lower.clone()).key);
    assert_eq!((1, 1, 0, 7), counted(&[quoted.into(), lower.into()]));
}

#[test]
fn d31_microsoft_and_others_write_a_display_name() {
    for name in ["Enterprise Mail", "Mail.Receiver", "Receiver DMARC Report"] {
        let report = clean(Xml::plain().set("org_name", name));
        assert_eq!(name, report.reporter.org_name);
        assert_eq!("dmarc@receiver.example", report.reporter.email);
    }
    let one = Xml::plain().set("org_name", "Enterprise Mail");
    let other = one.clone().set("email", "dmarc@other.example").set("report_id", "2");
    assert_ne!(identity(one.clone()).reporter, identity(other.clone()).reporter);
    let (store, _) = store(&[one.into(), other.into()]);
    assert_eq!(2, traffic(&store).reporters.len());
}

#[test]
fn d32_opendmarc_and_others_write_ids_that_are_no_dot_atoms() {
    for id in ["acme.example:1794182400", "a b/c|d", "..", "@", "2026-11-09T00:00:00Z"] {
        assert_eq!(id, clean(Xml::plain().set("report_id", id)).report_id);
    }
    let id = Xml::plain().set("report_id", "&lt;acme.example:1794182400&gt;");
    assert_eq!("acme.example:1794182400", clean(id).report_id);
}

#[test]
fn d33_godaddy_and_comcast_write_the_domain_into_the_id() {
    let about = |domain: &str| {
        let id = format!("{domain}.1794182400.1794268799");
        Xml::plain().set("report_id", &id).set("policy_published/domain", domain)
    };
    let report = clean(about("acme.example"));
    assert_eq!("acme.example.1794182400.1794268799", report.report_id);
    let of_subdomain = about("shop.acme.example").set("header_from", "shop.acme.example");
    let inputs = [about("acme.example").into(), of_subdomain.into()];
    assert_eq!((2, 0, 0, 14), counted(&inputs));
}

#[test]
fn d34_google_and_mimecast_use_an_id_again_for_another_period() {
    let first = report("7", (1_794_182_400, 1_794_268_799), 3);
    let next_day = report("7", (1_794_268_800, 1_794_355_199), 4);
    let longer = report("7", (1_794_182_400, 1_794_268_800), 5);
    let earlier = report("7", (1_794_178_800, 1_794_268_799), 6);
    let inputs = [first, next_day, longer, earlier].map(Vec::from);
    assert_eq!((4, 0, 0, 18), counted(&inputs));
}

#[test]
fn d35_rspamd_gives_reports_of_two_reporters_one_id() {
    let id = "acme.example.1794182400.1794268799";
    let one = report(id, (1_794_182_400, 1_794_268_799), 3);
    let other = one.clone().set("org_name", "other.example").set("email", "d@other.example");
    assert_eq!((2, 0, 0, 6), counted(&[one.into(), other.into()]));
}

#[test]
fn d36_rspamd_sends_one_id_and_period_with_other_records() {
    let both = Xml::record().set("source_ip", "192.0.2.2").set("count", "20");
    let first = Xml::report(&[Xml::record(), both.clone()]);
    let second = Xml::report(&[both, Xml::record().set("source_ip", "192.0.2.3")]);
    let inputs = [first.into(), second.into()];
    let (store, written) = store(&inputs);
    assert_eq!((1, 0, 1), (written.reports, written.duplicates, written.conflicts));
    let kept = [("192.0.2.1".to_owned(), 7), ("192.0.2.2".to_owned(), 20)];
    assert_eq!(kept.into_iter().collect::<std::collections::BTreeMap<_, _>>(), by_address(&store));
    assert_eq!(1, traffic(&store).conflicts);
}

#[test]
fn d37_google_and_relays_deliver_a_report_again() {
    let text = Xml::plain().0;
    let rewritten = text.replace('\n', "\r\n").into_bytes();
    let inputs = [plain(), plain(), gz(&plain()), zip(&[(NAME, &plain())]), rewritten];
    assert_eq!((1, 4, 0, 7), counted(&inputs));
    let (store, written) = store(&inputs);
    assert_eq!((1, 7), (written.records, written.messages));
    assert_eq!(vec![1], traffic(&store).reports.iter().map(|r| r.reports).collect::<Vec<_>>());
    assert_eq!(Some(&7), by_address(&store).get("192.0.2.1"));
}

#[test]
fn an_id_that_is_missing_is_said_and_costs_nothing() {
    for input in [Xml::plain().set("report_id", ""), Xml::plain().without("report_id")] {
        let report = read(input);
        assert_missing(&["report_metadata/report_id"], &report);
        assert_eq!(("", 7), (report.report_id.as_str(), messages(&report)));
    }
}
