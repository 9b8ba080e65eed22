//! RFC 9990 whole: what it adds to RFC 7489, each in its own test, and a report that has it all.

use ruaudit::model::{Fingerprint, LangText, Report};

use super::build::Xml;
use super::check::{assert_issues, clean, messages, only, outcomes, read, rows};

const NEW: &str = "xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"";
const REASON_PLACE: &str = "policy_evaluated/spf";

/// The plain report as RFC 9990 has it.
fn new_report() -> Xml {
    Xml::plain().root(NEW).without("policy_published/pct")
}

fn clean_new(xml: Xml) -> Report {
    let report = clean(xml);
    assert_eq!("rfc9990", report.reporter.dialect.as_str());
    report
}

fn text(text: &str, lang: Option<&str>) -> Option<LangText> {
    Some(LangText { text: text.into(), lang: lang.map(str::to_owned) })
}

/// A report with every element of the RFC's table, `prefix` before each of their names.
fn whole(prefix: &str) -> Xml {
    let colon = if prefix.is_empty() { "" } else { ":" };
    let namespace = format!("xmlns{colon}{prefix}=\"urn:ietf:params:xml:ns:dmarc-2.0\"");
    let template = "<?xml version=\"1.0\"?><~feedback NAMESPACE xmlns:x=\"https://ext.example/1\">\
        <~version>1.0</~version><~report_metadata><~org_name>receiver.example</~org_name>\
        <~email>dmarc@receiver.example</~email>\
        <~extra_contact_info lang=\"de\">Hilfe</~extra_contact_info>\
        <~report_id>1.2@receiver.example</~report_id>\
        <~date_range><~begin>1794182400</~begin><~end>1794268799</~end></~date_range>\
        <~error lang=\"fr\">une panne</~error><~generator>mta 4.2</~generator></~report_metadata>\
        <~policy_published><~domain>acme.example</~domain>\
        <~discovery_method>treewalk</~discovery_method><~p>reject</~p><~sp>quarantine</~sp>\
        <~np>reject</~np><~adkim>s</~adkim><~aspf>r</~aspf><~fo>1</~fo><~testing>y</~testing>\
        </~policy_published><~extension><x:a><x:b>1</x:b></x:a></~extension>\
        <~record><~row><~source_ip>2001:db8::1</~source_ip><~count>12</~count>\
        <~policy_evaluated><~disposition>pass</~disposition><~dkim>pass</~dkim><~spf>fail</~spf>\
        <~reason><~type>policy_test_mode</~type><~comment lang=\"en\">t=y</~comment></~reason>\
        </~policy_evaluated></~row><~identifiers><~header_from>acme.example</~header_from>\
        <~envelope_from>bounce.example</~envelope_from><~envelope_to>receiver.example</~envelope_to>\
        </~identifiers><~auth_results><~dkim><~domain>acme.example</~domain>\
        <~selector>s1</~selector><~result>pass</~result>\
        <~human_result lang=\"en\">signed</~human_result></~dkim>\
        <~spf><~domain>bounce.example</~domain><~scope>mfrom</~scope><~result>policy</~result>\
        <~human_result lang=\"de\">nein</~human_result></~spf></~auth_results>\
        <x:more>1</x:more></~record></~feedback>";
    Xml(template.replace('~', &format!("{prefix}{colon}")).replace("NAMESPACE", &namespace))
}

fn assert_whole_row(seen: &Fingerprint) {
    assert_eq!("acme.example", seen.header_from);
    assert_eq!(Some("bounce.example"), seen.envelope_from.as_deref());
    assert_eq!(Some("receiver.example"), seen.envelope_to.as_deref());
    let words = (seen.disposition.as_str(), seen.dkim.as_str(), seen.spf.as_str());
    assert_eq!(("pass", "pass", "fail"), words);
    assert_eq!(1, seen.reasons.len());
    assert_eq!("policy_test_mode", seen.reasons[0].kind.as_str());
    assert_eq!(text("t=y", Some("en")), seen.reasons[0].comment);
    let (dkim, spf) = (&seen.dkim_auth[0], &seen.spf_auth[0]);
    assert_eq!(("acme.example", Some("s1")), (&*dkim.domain, dkim.selector.as_deref()));
    assert_eq!(
        ("pass", text("signed", Some("en"))),
        (dkim.result.as_str(), dkim.human_result.clone())
    );
    assert_eq!(
        ("bounce.example", Some("mfrom")),
        (&*spf.domain, spf.scope.as_ref().map(|w| w.as_str()))
    );
    assert_eq!(
        ("policy", text("nein", Some("de"))),
        (spf.result.as_str(), spf.human_result.clone())
    );
    assert_eq!((1, 1), (seen.dkim_auth.len(), seen.spf_auth.len()));
}

#[test]
fn every_element_is_read_with_and_without_a_prefix() {
    for prefix in ["", "d", "dmarc2"] {
        let report = clean_new(whole(prefix));
        let reporter = &report.reporter;
        assert_eq!(
            ("receiver.example", "dmarc@receiver.example"),
            (&*reporter.org_name, &*reporter.email)
        );
        assert_eq!(text("Hilfe", Some("de")), reporter.extra_contact_info);
        assert_eq!(
            (Some("mta 4.2"), Some("1.0")),
            (reporter.generator.as_deref(), reporter.version.as_deref())
        );
        assert_eq!(Some("urn:ietf:params:xml:ns:dmarc-2.0"), reporter.namespace.as_deref());
        assert_eq!("1.2@receiver.example", report.report_id);
        assert_eq!((1_794_182_400, 1_794_268_799), (report.begin, report.end));
        assert_eq!(text("une panne", Some("fr")).as_slice(), report.errors);
        assert_eq!(vec![("2001:db8::1".to_owned(), 12)], rows(&report));
        assert_whole_row(only(&report));
    }
}

#[test]
fn every_word_of_the_policy_is_read() {
    let policy = clean_new(whole("")).policy;
    let said = |word: Option<&str>| word.map(str::to_owned);
    assert_eq!("acme.example", policy.domain);
    let words = [
        policy.p.as_ref().map(|word| word.as_str()),
        policy.sp.as_ref().map(|word| word.as_str()),
        policy.np.as_ref().map(|word| word.as_str()),
        policy.adkim.as_ref().map(|word| word.as_str()),
        policy.aspf.as_ref().map(|word| word.as_str()),
        policy.testing.as_ref().map(|word| word.as_str()),
        policy.discovery_method.as_ref().map(|word| word.as_str()),
        policy.fo.as_deref(),
        policy.pct.as_deref(),
        policy.psd.as_deref(),
    ];
    let expected = [
        Some("reject"),
        Some("quarantine"),
        Some("reject"),
        Some("s"),
        Some("r"),
        Some("y"),
        Some("treewalk"),
        Some("1"),
        None,
        None,
    ];
    assert_eq!(expected.map(said), words.map(said));
}

#[test]
fn what_the_rfc_no_longer_asks_for_may_be_absent() {
    let bare = new_report()
        .without("version")
        .without("policy_published/sp")
        .without("policy_published/fo")
        .without("policy_published/adkim")
        .without("policy_published/aspf")
        .without("envelope_from")
        .without("auth_results/spf");
    let report = clean_new(bare);
    assert_eq!((None, None, None), (report.policy.sp, report.policy.np, report.policy.testing));
    assert_eq!(7, report.records[0].count);
}

#[test]
fn testing_and_discovery_method_keep_words_that_nobody_knows_and_say_so() {
    for word in ["y", "n", "Y"] {
        let xml = new_report().after("policy_published/p", &format!("<testing>{word}</testing>"));
        let testing = clean_new(xml).policy.testing.unwrap();
        assert_eq!(word.to_lowercase(), testing.as_str());
    }
    let odd = "<testing>maybe</testing><discovery_method>psd</discovery_method>";
    let report = read(new_report().after("policy_published/p", odd));
    let policy = &report.policy;
    assert_eq!(Some("maybe"), policy.testing.as_ref().map(|word| word.as_str()));
    assert_eq!(Some("psd"), policy.discovery_method.as_ref().map(|word| word.as_str()));
    assert_issues(&[("unknown_word", "maybe"), ("unknown_word", "psd")], &report);
}

#[test]
fn a_policy_for_names_that_do_not_exist_is_absent_empty_or_said() {
    let np = |xml: Xml| clean_new(xml).policy.np.map(|word| word.as_str().to_owned());
    assert_eq!(None, np(new_report()));
    assert_eq!(Some(String::new()), np(new_report().after("policy_published/sp", "<np/>")));
    let said = new_report().after("policy_published/sp", "<np>reject</np>");
    assert_eq!(Some("reject".to_owned()), np(said));
}

#[test]
fn a_signature_without_a_selector_is_missing_it() {
    let report = read(new_report().without("auth_results/dkim/selector"));
    assert_issues(&[("missing_element", "acme.example")], &report);
    assert_eq!("record[1]/auth_results/dkim/selector", report.issues[0].place);
    assert_eq!((None, 7), (only(&report).dkim_auth[0].selector.as_deref(), messages(&report)));
}

#[test]
fn texts_have_the_language_that_they_say_or_none() {
    let with = |attribute: &str| {
        let xml = format!("<human_result{attribute}>gut</human_result>");
        let report = clean_new(new_report().after("auth_results/spf/result", &xml));
        only(&report).spf_auth[0].human_result.clone()
    };
    assert_eq!(text("gut", None), with(""));
    assert_eq!(text("gut", Some("de-AT")), with(" lang=\"de-AT\""));
    assert_eq!(text("gut", Some("de")), with(" lang = ' de '"));
}

#[test]
fn the_envelope_sender_is_absent_or_null_or_a_domain() {
    let sender = |xml: Xml| only(&clean_new(xml)).envelope_from.clone();
    assert_eq!(None, sender(new_report().without("envelope_from")));
    assert_eq!(Some(String::new()), sender(new_report().swap("envelope_from", "<envelope_from/>")));
    assert_eq!(Some("bounce.example".to_owned()), sender(new_report()));
}

#[test]
fn several_spf_results_are_kept_though_the_rfc_has_one() {
    let second = "<spf><domain>b.example</domain><scope>helo</scope><result>pass</result></spf>";
    let report = clean_new(new_report().after("auth_results/spf", second));
    let results: Vec<_> = only(&report).spf_auth.iter().map(|spf| spf.result.as_str()).collect();
    assert_eq!(vec!["softfail", "pass"], results);
}

#[test]
fn what_the_rfc_removed_is_still_read() {
    let forwarded = "<reason><type>forwarded</type></reason>";
    let xml = Xml::report(&[Xml::failing().after(REASON_PLACE, forwarded)]);
    let report = clean_new(xml.root(NEW));
    assert_eq!(Some("100"), report.policy.pct.as_deref());
    assert_eq!("forwarded", only(&report).reasons[0].kind.as_str());
}

#[test]
fn elements_come_in_the_order_of_the_rfcs_own_sample() {
    // where all of a group's elements are allowed in any order, the sample makes use of it
    let identifiers = "<identifiers><envelope_from>bounce.example</envelope_from>\
                       <header_from>acme.example</header_from></identifiers>";
    let dkim = "<dkim><domain>acme.example</domain><result>pass</result>\
                <selector>s1</selector></dkim>";
    let xml = new_report().swap("identifiers", identifiers).swap("auth_results/dkim", dkim);
    assert_eq!(clean_new(new_report()), clean_new(xml));
}

/// Children of an extension, about so many bytes.
fn huge(bytes: usize) -> String {
    let item = "<x:item id=\"1\">a &lt; b <![CDATA[ </extension> ]]><x:in/></x:item>";
    item.repeat(bytes / item.len())
}

#[test]
fn an_extension_of_the_report_is_passed_over_whatever_its_size() {
    let root = format!("{NEW} xmlns:x=\"https://ext.example/1\"");
    let plain = Xml::plain().root(&root).without("policy_published/pct");
    let text = format!("<x:text>{}</x:text>", "long ".repeat(1 << 17));
    for inside in [String::new(), huge(1 << 20), text] {
        let xml = plain.clone().before("record", &format!("<extension>{inside}</extension>"));
        assert_eq!(clean_new(plain.clone()), clean_new(xml));
    }
}

#[test]
fn an_extension_of_a_record_is_passed_over_whatever_its_size() {
    let root = format!("{NEW} xmlns:x=\"https://ext.example/1\"");
    let plain = Xml::plain().root(&root).without("policy_published/pct");
    for inside in ["<x:a/>".to_owned(), huge(1 << 20), huge(99) + &huge(99)] {
        let xml =
            plain.clone().after("auth_results", &format!("<x:more>{inside}</x:more>{inside}"));
        assert_eq!(clean_new(plain.clone()), clean_new(xml));
    }
}

#[test]
fn an_extension_that_looks_like_a_report_is_none() {
    let forged = Xml::record().set("count", "1000").0;
    let other = "<policy_published><domain>other.example</domain><p>reject</p></policy_published>";
    let extension = format!("<extension>{other}{forged}</extension>");
    let report = clean_new(new_report().before("record", &extension));
    assert_eq!(clean_new(new_report()), report);
    let tail = format!("<x:more xmlns:x=\"https://ext.example/1\">{forged}</x:more>");
    assert_eq!(report, clean_new(new_report().after("auth_results", &tail)));
}

#[test]
fn an_extension_nested_without_end_is_refused() {
    let deep = format!("<extension>{}{}</extension>", "<x>".repeat(99), "</x>".repeat(99));
    assert_eq!(vec!["rejected xml/too_deep"], outcomes(new_report().before("record", &deep)));
}
