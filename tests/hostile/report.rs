//! **Reports** to start from: one that nothing is wrong with, and ways to spoil it.

/// The moment that counts as now: 2026-11-22.
pub(crate) const NOW: i64 = 1_795_305_600;

/// Start and end of the period: 2026-11-20.
pub(crate) const BEGIN: i64 = 1_795_132_800;
pub(crate) const END: i64 = 1_795_219_199;

/// A report of one message that passes, without a single issue.
pub(crate) fn good() -> String {
    with_records("good", &record())
}

/// The same under another id.
pub(crate) fn named(id: &str) -> String {
    with_records(id, &record())
}

/// A report with these records.
pub(crate) fn with_records(id: &str, records: &str) -> String {
    format!("{}{records}</feedback>", head(id, "acme.example"))
}

/// All of a report up to its first record.
pub(crate) fn head(id: &str, domain: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feedback><report_metadata>\
         <org_name>mailcloud.example</org_name><email>dmarc@mailcloud.example</email>\
         <report_id>{id}</report_id><date_range><begin>{BEGIN}</begin><end>{END}</end></date_range>\
         </report_metadata><policy_published><domain>{domain}</domain><adkim>r</adkim>\
         <aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>\n"
    )
}

/// A record of one message that passes.
pub(crate) fn record() -> String {
    "<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated>\
     <disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>\
     <identifiers><header_from>acme.example</header_from></identifiers><auth_results>\
     <dkim><domain>acme.example</domain><selector>s1</selector><result>pass</result></dkim>\
     <spf><domain>acme.example</domain><scope>mfrom</scope><result>pass</result></spf>\
     </auth_results></record>\n"
        .to_owned()
}

/// A report with another text in the first element of a name.
pub(crate) fn set(xml: &str, element: &str, text: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let (before, rest) = xml.split_once(&open).expect("the element is there");
    let (_, after) = rest.split_once(&close).expect("the element has an end");
    format!("{before}{open}{text}{close}{after}")
}

/// The good report with another text in one element.
pub(crate) fn good_but(element: &str, text: &str) -> String {
    set(&good(), element, text)
}
