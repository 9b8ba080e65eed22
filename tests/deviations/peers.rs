//! What other programs that read reports are known to get wrong: one test for each, named for the
//! program, so that nobody loses or gains mail here in the same way.

use ruaudit::decode::Limits;

use super::build::{NAME, Xml, attached, gz, mail_with, multipart, part, plain, words, zip};
use super::check::{
    assert_issues, assert_plain, clean, counted, identity, messages, only, outcomes, outcomes_with,
    read, reports, rows,
};

const REASON_PLACE: &str = "policy_evaluated/spf";

fn ids(input: impl Into<Vec<u8>>) -> Vec<String> {
    reports(input).into_iter().map(|report| report.report_id).collect()
}

/// The plain report under other ids.
fn three() -> [Vec<u8>; 3] {
    ["1", "2", "3"].map(|id| Xml::plain().set("report_id", id).into())
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn mail_auth_ends_at_an_element_that_it_does_not_know() {
    for element in ["extension", "extensions"] {
        let xml = Xml::plain().before("record", &format!("<{element}><a><b/></a></{element}>"));
        assert_eq!(vec![("192.0.2.1".to_owned(), 7)], rows(&clean(xml)), "{element}");
    }
    let unknown = Xml::plain().before("record", "<delivered><a><b/></a></delivered>");
    let report = read(unknown);
    assert_issues(&[("unknown_element", "delivered")], &report);
    assert_eq!(7, messages(&report));
}

#[test]
fn mail_auth_compares_names_with_their_prefixes() {
    let text = Xml::plain().0.replace("</", "\u{1}").replace('<', "<d:").replace('\u{1}', "</d:");
    let text = text.replace("<d:?xml", "<?xml");
    let report = clean(text.replace("<d:feedback>", "<d:feedback xmlns:d=\"urn:old.example\">"));
    assert_eq!(vec![("192.0.2.1".to_owned(), 7)], rows(&report));
    assert_eq!(Some("urn:old.example"), report.reporter.namespace.as_deref());
}

#[test]
fn mail_auth_reads_what_is_no_number_as_zero() {
    let report = read(Xml::plain().set("row/count", "seven"));
    assert_issues(&[("bad_count", "seven (192.0.2.1)")], &report);
    assert_eq!((0, 0), (report.records.len(), messages(&report)));
    let input = Xml::plain().set("date_range/begin", "seven");
    assert_eq!(vec!["rejected report/bad_date_range"], outcomes(input));
}

#[test]
fn mail_auth_and_parsedmarc_unpack_without_a_limit() {
    let blanks = " ".repeat(4 << 20);
    let bomb = Xml::plain().replace("</feedback>", &format!("{blanks}</feedback>"));
    let limits = Limits { report_bytes: 1 << 20, ..Limits::default() };
    let too_large = vec!["rejected unpack/too_large"];
    let gzip = gz(bomb.0.as_bytes());
    assert_eq!(too_large, outcomes_with(gzip.clone(), &limits));
    assert_eq!(too_large, outcomes_with(zip(&[(NAME, bomb.0.as_bytes())]), &limits));
    let mailed = mail_with(&[attached("application/gzip", "r.xml.gz", &gzip)]);
    assert_eq!(too_large, outcomes_with(mailed, &limits));
    let beside = zip(&[("bomb.xml", bomb.0.as_bytes()), (NAME, &plain())]);
    assert_eq!(vec!["rejected unpack/too_large", "report"], outcomes_with(beside, &limits));
}

#[test]
fn mail_auth_returns_one_report_of_a_mail() {
    let parts = three().map(|report| attached("application/gzip", "r.xml.gz", &gz(&report)));
    assert_eq!(vec!["1", "2", "3"], ids(mail_with(&parts)));
}

#[test]
fn mail_auth_accepts_what_ends_between_records() {
    let text = Xml::report(&[Xml::record(), Xml::record()]).0;
    let first = text.find("</record>").unwrap() + "</record>".len();
    for cut in [first, text.find("<record>").unwrap(), text.find("</feedback>").unwrap()] {
        assert_eq!(vec!["rejected xml/truncated"], outcomes(&text.as_bytes()[..cut]));
    }
}

#[test]
fn mail_auth_turns_unknown_words_into_known_ones() {
    let xml = Xml::plain()
        .set("policy_evaluated/dkim", "PASS")
        .set("auth_results/dkim/result", "fine")
        .set("auth_results/spf/result", "blocked")
        .after(REASON_PLACE, "<reason><type>sunny_day</type></reason>");
    let report = read(xml);
    let unknown = ["fine", "blocked", "sunny_day"].map(|word| ("unknown_word", word));
    assert_issues(&[&unknown[..], &[("inconsistent", "dkim")]].concat(), &report);
    let seen = only(&report);
    assert_eq!(("pass", true), (seen.dkim.as_str(), seen.passes()));
    assert_eq!("fine", seen.dkim_auth[0].result.as_str());
    assert_eq!("blocked", seen.spf_auth[0].result.as_str());
    assert_eq!("sunny_day", seen.reasons[0].kind.as_str());
}

#[test]
fn dmarc_report_viewer_loses_a_report_for_one_word() {
    let test_mode = "<reason><type>policy_test_mode</type></reason>";
    let inputs = [
        Xml::failing().after(REASON_PLACE, test_mode),
        Xml::record().set("policy_evaluated/disposition", "pass"),
        Xml::record().without("auth_results/spf"),
    ];
    for odd in inputs {
        let report = clean(Xml::report(&[Xml::record(), odd, Xml::record()]));
        assert_eq!(21, messages(&report));
    }
    let odd = Xml::record().set("auth_results/spf/result", "perhaps");
    let report = read(Xml::report(&[Xml::record(), odd]));
    assert_issues(&[("unknown_word", "perhaps")], &report);
    assert_eq!(14, messages(&report));
}

#[test]
fn dmarc_srg_keeps_the_last_piece_of_a_text() {
    let reason = "<reason><type>local<!-- by hand -->_policy</type><comment>Tom &amp; \
                  <![CDATA[<Jerry>]]> &#38;&#x20;co</comment></reason>";
    let xml = Xml::plain()
        .set("policy_evaluated/dkim", "pa<!-- -->ss")
        .set("policy_evaluated/spf", "<![CDATA[fa]]>il")
        .set("auth_results/dkim/domain", "acme&#46;example")
        .set("org_name", "Smith &amp; Sons &lt;mail&gt;")
        .after(REASON_PLACE, reason);
    let report = clean(xml);
    let seen = only(&report);
    assert_eq!(("pass", "fail"), (seen.dkim.as_str(), seen.spf.as_str()));
    assert_eq!("local_policy", seen.reasons[0].kind.as_str());
    assert_eq!("Tom & <Jerry> & co", seen.reasons[0].comment.as_ref().unwrap().text);
    assert_eq!("acme.example", seen.dkim_auth[0].domain);
    assert_eq!("Smith & Sons <mail>", report.reporter.org_name);
}

#[test]
fn parsedmarc_reads_the_first_file_of_an_archive_and_mox_refuses_several() {
    let [one, two, three] = three();
    let archive =
        [("a.xml", &one[..]), ("readme.txt", b"hello"), ("b.xml", &two[..]), ("c.xml", &three[..])];
    assert_eq!(vec!["1", "2", "3"], ids(zip(&archive)));
    assert_eq!(vec!["1", "2", "3"], ids(mail_with(&[attached("x/y", "r.zip", &zip(&archive))])));
}

#[test]
fn parsedmarc_drops_bytes_that_are_not_utf_8() {
    let named = |encoding: &str| {
        let xml = Xml::plain().set("org_name", "Käse & Brot").replace(" & ", " &amp; ");
        xml.replace("UTF-8", encoding).0
    };
    let latin = |text: String| -> Vec<u8> {
        text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
    };
    let marked = format!("\u{feff}{}", named("UTF-16"));
    for input in [
        latin(named("windows-1252")),
        latin(named("ISO-8859-1")),
        utf16(&marked, u16::to_le_bytes),
        utf16(&marked, u16::to_be_bytes),
        utf16(&named("utf-16"), u16::to_le_bytes),
    ] {
        assert_eq!("Käse & Brot", clean(input.clone()).reporter.org_name);
        let mailed = mail_with(&[attached("application/gzip", "r.xml.gz", &gz(&input))]);
        assert_eq!("Käse & Brot", clean(mailed).reporter.org_name);
    }
}

#[test]
fn parsedmarc_cuts_an_id_at_the_sign() {
    let about = |id: &str| Xml::plain().set("report_id", id);
    assert_eq!("1.2@receiver.example", clean(about("1.2@receiver.example")).report_id);
    let inputs = ["1.2@a.example", "1.2@b.example", "1.2"].map(|id| about(id).into());
    assert_eq!((3, 0, 0, 21), counted(&inputs));
}

#[test]
fn parsedmarc_takes_every_attachment_for_base64() {
    let text = String::from_utf8(plain()).unwrap();
    for kind in ["text/xml", "text/plain", "application/xml"] {
        assert_plain(mail_with(&[part(&format!("Content-Type: {kind}"), &text)]));
    }
}

#[test]
fn parsedmarc_refuses_a_mark_or_a_blank_line_before_the_document() {
    for before in ["\u{feff}", "\n", "\u{feff}\r\n"] {
        let text = format!("{before}{}", Xml::plain().0);
        assert_plain(text.clone());
        let archive = zip(&[(NAME, text.as_bytes())]);
        assert_plain(mail_with(&[attached("application/zip", "r.zip", &archive)]));
        assert_plain(mail_with(&[attached("application/gzip", "r.gz", &gz(text.as_bytes()))]));
    }
}

#[test]
fn parsedmarc_loses_a_report_for_its_only_row_and_a_row_in_silence() {
    let odd = Xml::record().set("count", "many").set("source_ip", "192.0.2.9");
    let value = "many (192.0.2.9)";
    let alone = read(Xml::report(std::slice::from_ref(&odd)));
    assert_issues(&[("bad_count", value)], &alone);
    assert_eq!(("acme.example", 0), (alone.policy.domain.as_str(), alone.records.len()));
    let among = read(Xml::report(&[Xml::record(), odd, Xml::record()]));
    assert_issues(&[("bad_count", value)], &among);
    assert_eq!(14, messages(&among));
}

#[test]
fn parsedmarc_forgets_what_it_mended_where_the_report_tells_of_an_error() {
    let xml = Xml::plain().after("date_range", "<error>no DNS</error>");
    let report = read(xml.replace("</sp>", "</sp>11").set("email", "<a@receiver.example>"));
    assert_issues(&[("stray_text", "11"), ("recovered", "<a@receiver.example>")], &report);
    assert_eq!("no DNS", report.errors[0].text);
}

#[test]
fn parsedmarc_reads_the_first_member_of_a_gzip_file() {
    let whole = plain();
    let (first, second) = whole.split_at(400);
    assert_plain([gz(first), gz(second)].concat());
}

#[test]
fn parsedmarc_shortens_the_names_of_reporters() {
    let report = clean(Xml::plain().set("org_name", "mx7.mail.receiver.example"));
    assert_eq!("mx7.mail.receiver.example", report.reporter.org_name);
}

#[test]
fn parsedmarc_spreads_a_row_over_the_days_of_a_period() {
    let (begin, end) = (1_794_182_400, 1_794_182_400 + 3 * 86_400);
    let input = Xml::with(|record| record.set("count", "1")).period(begin, end);
    assert_eq!(vec![("192.0.2.1".to_owned(), 1)], rows(&clean(input.clone())));
    assert_eq!((1, 0, 0, 1), counted(&[input.into()]));
}

#[test]
fn parsedmarc_stumbles_over_elements_inside_a_text() {
    let email = "<email kind=\"role\">dmarc@receiver.example</email>";
    assert_plain(Xml::plain().swap("email", email));
    let report = read(Xml::plain().set("header_from", "acme<b>bold</b>.example"));
    assert_issues(&[("unknown_element", "b")], &report);
    assert_eq!("acme.example", only(&report).header_from);
}

#[test]
fn parse_dmarc_and_dmarq_drop_a_second_report_with_the_same_id() {
    let one = Xml::plain().set("report_id", "1");
    let other = one.clone().set("policy_published/domain", "shop.acme.example");
    let inputs = [
        one.clone(),
        one.clone().set("org_name", "other.example"),
        other.set("header_from", "shop.acme.example"),
        one.period(1_794_268_800, 1_794_355_199),
    ];
    assert_eq!((4, 0, 0, 28), counted(&inputs.map(Vec::from)));
}

#[test]
fn mail_dmarc_stores_the_records_of_a_known_report_again() {
    assert_eq!((1, 2, 0, 7), counted(&[plain(), plain(), gz(&plain())]));
}

#[test]
fn mail_dmarc_turns_an_unknown_result_into_a_pass() {
    let report = read(Xml::report(&[Xml::failing().set("policy_evaluated/dkim", "junk")]));
    assert_issues(&[("unknown_word", "junk")], &report);
    assert!(!only(&report).passes());
}

#[test]
fn dmarc_rua_loses_a_report_for_the_type_of_a_reason() {
    for kind in ["ampled_out", "policy test mode"] {
        let reason = format!("<reason><type>{kind}</type><comment>c</comment></reason>");
        let report = read(Xml::report(&[Xml::failing().after(REASON_PLACE, &reason)]));
        assert_issues(&[("unknown_word", kind)], &report);
        assert_eq!((kind, 7), (only(&report).reasons[0].kind.as_str(), messages(&report)));
    }
}

#[test]
fn a_policy_for_subdomains_that_is_absent_is_not_none() {
    let said = Xml::plain().set("policy_published/p", "reject");
    let absent = said.clone().without("policy_published/sp");
    assert_ne!(clean(said.clone()).policy, clean(absent.clone()).policy);
    assert_ne!(identity(said).policy, identity(absent).policy);
}

#[test]
fn dmarcts_joins_several_signatures_into_one() {
    let dkim = |domain: &str, result: &str| {
        format!(
            "<dkim><domain>{domain}</domain><selector>k</selector><result>{result}</result></dkim>"
        )
    };
    let three =
        [dkim("acme.example", "pass"), dkim("esp.example", "pass"), dkim("a.example", "fail")];
    let report = clean(Xml::plain().swap("auth_results/dkim", &three.concat()));
    let found = only(&report).dkim_auth.iter().map(|d| (d.domain.as_str(), d.result.as_str()));
    let expected = [("acme.example", "pass"), ("esp.example", "pass"), ("a.example", "fail")];
    assert_eq!(expected.to_vec(), found.collect::<Vec<_>>());
}

#[test]
fn others_take_mail_that_is_no_report_for_a_failure() {
    let tls = b"{\"organization-name\":\"receiver.example\",\"report-id\":\"1\"}";
    let gzip = attached("application/tlsrpt+gzip", "tls.json.gz", &gz(tls));
    let preview = part("Content-Type: text/html", "<p>your <b>feedback</b> is welcome</p>");
    for mail in [
        mail_with(&[gzip]),
        mail_with(&[multipart("alternative", &[words(), preview.clone()])]),
        mail_with(&[attached(
            "application/zip",
            "photos.zip",
            &zip(&[("a.jpg", b"\xff\xd8\xff")]),
        )]),
    ] {
        assert_eq!(vec!["skipped not_a_report"], outcomes(mail));
    }
    assert_plain(mail_with(&[preview, attached("application/gzip", "r.xml.gz", &gz(&plain()))]));
}
