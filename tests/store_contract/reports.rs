//! Clauses about reports: listed, found by name, and read back in full.

use ruaudit::model::{Day, Outcome, Report, ReportFilter, ReportLine, Standing, Trace, Window};
use ruaudit::store::Store;

use crate::{NOW, Sent, day, filter, messages, traces};

pub(crate) fn reports(store: &dyn Store, filter: &ReportFilter) -> Vec<ReportLine> {
    let mut found = Vec::new();
    store
        .reports(filter, &mut |line| {
            found.push(line);
            Ok(())
        })
        .unwrap();
    found
}

/// The report that a trace holds.
fn decoded(trace: &Trace) -> &Report {
    match &trace.outcome {
        Outcome::Accepted(accepted) => &accepted.report,
        other => panic!("{other:?}"),
    }
}

/// A report of RFC 9990 that says all that can be said, some of it oddly.
const RICH: &str = "<feedback xmlns='urn:ietf:params:xml:ns:dmarc-2.0'><version>1.0</version>\
    <report_metadata><org_name>Receiver &amp; Co</org_name><email>d@r.example</email>\
    <extra_contact_info lang='de'>https://r.example</extra_contact_info><report_id>&lt;rich&gt;\
    </report_id><date_range><begin>1794182400</begin><end>1794268799</end></date_range>\
    <error lang='en'>no DNS for a while</error><error>and again</error><generator>gen 1\
    </generator></report_metadata><policy_published><domain>acme.example</domain><p>none</p>\
    <sp></sp><np>reject</np><adkim>r</adkim><aspf>s</aspf><fo>1:d</fo><testing>n</testing>\
    <discovery_method>treewalk</discovery_method></policy_published>\
    <record><row><source_ip>2001:db8::1</source_ip><count>3</count><policy_evaluated>\
    <disposition>none</disposition><dkim>pass</dkim><spf>Passed</spf><reason><type>local_policy\
    </type><comment lang='fr'>arc</comment></reason><reason><type>mailing_list</type></reason>\
    </policy_evaluated></row><identifiers><header_from>acme.example</header_from>\
    <envelope_from></envelope_from><envelope_to>r.example</envelope_to></identifiers>\
    <auth_results><dkim><domain>acme.example</domain><selector>s</selector><result>pass</result>\
    <human_result lang='nl'>goed</human_result></dkim><dkim><domain>b.example</domain>\
    <selector>t</selector><result>fail</result></dkim><spf><domain>acme.example</domain>\
    <scope>mfrom</scope><result>softfail</result></spf></auth_results></record>\
    <record><row><source_ip>garbage</source_ip><count>2</count><policy_evaluated><disposition>\
    none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><identifiers>\
    <header_from>acme.example</header_from></identifiers><auth_results><spf><domain>x.example\
    </domain><result>fail</result></spf></auth_results></record>\
    <record><row><source_ip>2001:db8::1</source_ip><count>1</count><policy_evaluated>\
    <disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>\
    <identifiers><header_from>acme.example</header_from></identifiers><auth_results><spf><domain>\
    x.example</domain><result>fail</result></spf></auth_results></record></feedback>";

pub(crate) fn a_report_is_read_back_as_it_was_decoded(store: &mut dyn Store) {
    let batch = traces("mail/rich.xml", RICH.into());
    let sent = decoded(&batch[0]);
    assert!(sent.issues.len() >= 2 && sent.fingerprints.len() == 2, "{sent:?}");
    store.write(&batch, NOW + 5).unwrap();
    let line = &reports(store, &ReportFilter::default())[0];
    let found = store.report(line.number).unwrap().unwrap();
    assert_eq!(*sent, found.report);
    assert_eq!((Standing::Counted, None), (found.standing, found.contradicts));
    assert_eq!((day(0), Some(NOW)), (found.day, found.received_at));
    let input = &found.inputs[0];
    assert_eq!(
        ("mail/rich.xml", "accepted", NOW + 5),
        (input.origin.as_str(), input.outcome.as_str(), input.seen_at)
    );
    let issues: u64 = sent.issues.iter().map(|issue| 1 + issue.more).sum();
    assert_eq!((3, 6, issues), (line.records, line.messages, line.issues));
    assert_eq!(("Receiver & Co", "rich"), (line.reporter.as_str(), line.report_id.as_str()));
    assert_eq!(None, store.report(line.number + 1).unwrap());
}

pub(crate) fn a_report_that_is_kept_aside_is_read_back_too(store: &mut dyn Store) {
    let first = Sent::new("acme.example", "1");
    store.write(&first.traces("a.xml"), NOW).unwrap();
    let rows = vec![("nowhere", 9, false), ("192.0.2.9", 8, true)];
    let second = Sent { rows, ..first }.traces("b.xml");
    store.write(&second, NOW).unwrap();
    let lines = reports(store, &ReportFilter { aside: true, ..ReportFilter::default() });
    assert_eq!((1, 2, 17), (lines.len(), lines[0].records, lines[0].messages));
    let found = store.report(lines[0].number).unwrap().unwrap();
    assert_eq!(*decoded(&second[0]), found.report);
    assert_eq!(Standing::Conflict, found.standing);
    let rival = store.report(found.contradicts.unwrap()).unwrap().unwrap();
    assert_eq!((Standing::Counted, "a.xml"), (rival.standing, rival.inputs[0].origin.as_str()));
}

pub(crate) fn every_input_that_brought_a_report_is_named(store: &mut dyn Store) {
    let sent = Sent::new("acme.example", "1");
    store.write(&sent.traces("a.xml"), NOW).unwrap();
    store.write(&sent.traces("b.xml"), NOW + 1).unwrap();
    let number = reports(store, &ReportFilter::default())[0].number;
    let inputs = store.report(number).unwrap().unwrap().inputs;
    let brought: Vec<_> =
        inputs.iter().map(|input| (input.origin.as_str(), input.outcome.as_str())).collect();
    assert_eq!(vec![("a.xml", "accepted"), ("b.xml", "duplicate")], brought);
}

pub(crate) fn reports_are_listed_newest_first_and_filtered(store: &mut dyn Store) {
    let sent = [
        Sent::new("b.example", "1"),
        Sent { day: 1, ..Sent::new("a.example", "2") },
        Sent { org: "another.example", ..Sent::new("b.example", "3") },
        Sent { rows: vec![("nowhere", 1, false)], ..Sent::new("a.example", "4") },
        Sent::new("b.example", "5"),
    ];
    for (at, sent) in sent.iter().enumerate() {
        store.write(&sent.traces(&format!("{at}.xml")), NOW).unwrap();
    }
    let ids = |filter: &ReportFilter| -> Vec<String> {
        reports(store, filter).into_iter().map(|line| line.report_id).collect()
    };
    let all = ReportFilter::default();
    assert_eq!(vec!["2", "4", "3", "1", "5"], ids(&all));
    let of = |name: &str| ReportFilter { domain: Some(name.into()), ..all.clone() };
    assert_eq!(vec!["3", "1", "5"], ids(&of("b.example")));
    assert_eq!(Vec::<String>::new(), ids(&of("c.example")));
    let window = |from, to| Some(Window { from: day(from), to: day(to) });
    assert_eq!(vec!["2"], ids(&ReportFilter { window: window(1, 9), ..all.clone() }));
    assert_eq!(vec!["4"], ids(&ReportFilter { window: window(0, 0), ..of("a.example") }));
    let odd: Vec<_> = reports(store, &ReportFilter { odd: true, ..all.clone() });
    assert!(odd.iter().any(|line| line.report_id == "4"), "{odd:?}");
    assert!(odd.iter().all(|line| line.issues > 0), "{odd:?}");
    assert_eq!(Vec::<String>::new(), ids(&ReportFilter { aside: true, ..all }));
}

pub(crate) fn a_report_is_found_by_its_id_and_by_what_brought_it(store: &mut dyn Store) {
    let one = Sent::new("acme.example", "same id");
    let other = Sent { day: 3, ..one.clone() };
    store.write(&one.traces("mail/2026/a.xml"), NOW).unwrap();
    store.write(&other.traces("mail/2026/b.xml"), NOW).unwrap();
    let found = |name: &str| -> Vec<Day> {
        store.find_reports(name).unwrap().into_iter().map(|line| line.day).collect()
    };
    assert_eq!(vec![day(3), day(0)], found("same id"));
    assert_eq!(found("same id"), found("<same id>"));
    assert_eq!(vec![day(0)], found("mail/2026/a.xml"));
    assert_eq!(vec![day(3)], found("b.xml"));
    for name in ["", "same", "2026", ".xml", "%", "_"] {
        assert_eq!(Vec::<Day>::new(), found(name), "{name:?}");
    }
}

pub(crate) fn a_row_that_cannot_be_counted_is_told_of(store: &mut dyn Store) {
    let rows = vec![("192.0.2.1", 7, true), ("192.0.2.2", -5, true), ("192.0.2.3", -6, true)];
    let sent = Sent { rows, ..Sent::new("acme.example", "1") };
    store.write(&sent.traces("a.xml"), NOW).unwrap();
    store.write(&Sent::new("acme.example", "2").traces("b.xml"), NOW).unwrap();
    let traffic = store.traffic(&filter("acme.example", None)).unwrap();
    assert_eq!(2, traffic.unread_rows);
    assert_eq!(14, messages(store, "acme.example", None));
    assert!(traffic.odd >= 1, "{}", traffic.odd);
    assert_eq!((0, 0), (traffic.unverified, traffic.authenticity_failed));
    let before = store.traffic(&filter("acme.example", Some((-9, -1)))).unwrap();
    assert_eq!((0, 0), (before.unread_rows, before.odd));
}
