//! XML as it should not be: H17 to H26.

use ruaudit::decode::Limits;
use ruaudit::model::Outcome;

use crate::build::gz_of;
use crate::judge::{issues, quickly, report, reports, traces, words, words_with};
use crate::report::{good, good_but, head, named, record, set, with_records};

/// Puts something before the root element.
fn before_root(what: &str) -> String {
    good().replacen("<feedback>", &format!("{what}<feedback>"), 1)
}

/// An entity that is the content of a file.
pub(crate) fn external_entity() -> Vec<u8> {
    let dtd = "<!DOCTYPE feedback [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    set(&before_root(dtd), "org_name", "&x;").into_bytes()
}

#[test]
fn h17_an_external_entity_is_refused_with_its_document_type() {
    assert_eq!(vec!["xml dtd_not_allowed"], words(&external_entity()));
    for dtd in [
        "<!DOCTYPE feedback SYSTEM \"file:///etc/passwd\">",
        "<!DOCTYPE feedback PUBLIC \"x\" \"http://192.0.2.1/x.dtd\">",
        "<!doctype feedback [<!ENTITY % x SYSTEM \"file:///dev/zero\"> %x;]>",
        "<!-- --><?x?>\n<!DOCTYPE feedback []>",
    ] {
        assert_eq!(vec!["xml dtd_not_allowed"], words(before_root(dtd).as_bytes()), "{dtd}");
    }
    let inside = good().replacen("<record>", "<!DOCTYPE x [<!ENTITY y 'z'>]><record>", 1);
    assert_eq!(vec!["xml dtd_not_allowed"], words(inside.as_bytes()));
}

/// Entities of entities of entities: ten to the ninth.
pub(crate) fn billion_laughs() -> Vec<u8> {
    let mut dtd = String::from("<!DOCTYPE feedback [<!ENTITY l0 \"lol\">");
    for n in 1..10 {
        let ten = format!("&l{};", n - 1).repeat(10);
        dtd += &format!("<!ENTITY l{n} \"{ten}\">");
    }
    set(&before_root(&(dtd + "]>")), "org_name", "&l9;").into_bytes()
}

/// One long entity, used many times.
pub(crate) fn quadratic_blow_up(length: usize) -> Vec<u8> {
    let dtd = format!("<!DOCTYPE feedback [<!ENTITY a \"{}\">]>", "a".repeat(length));
    set(&before_root(&dtd), "org_name", &"&a;".repeat(length)).into_bytes()
}

/// References to nothing.
pub(crate) fn unknown_entities(count: usize) -> Vec<u8> {
    good_but("org_name", &"&lol;".repeat(count)).into_bytes()
}

#[test]
fn h18_entities_are_never_expanded() {
    assert_eq!(vec!["xml dtd_not_allowed"], words(&billion_laughs()));
    assert_eq!(vec!["xml dtd_not_allowed"], words(&quadratic_blow_up(50_000)));
    assert_eq!(vec!["accepted bad_reference"], words(&unknown_entities(3)));
    assert_eq!("&lol;&lol;&lol;", report(&unknown_entities(3)).reporter.org_name);
    let many = quickly(|| words(&unknown_entities(100_000)));
    assert_eq!(vec!["accepted bad_reference value_too_long"], many);
}

/// Elements inside each other, never closed, in a place of the report.
pub(crate) fn deep(open: &str, depth: usize) -> Vec<u8> {
    good().replacen(open, &format!("{open}{}", "<a>".repeat(depth)), 1).into_bytes()
}

/// The same, closed.
pub(crate) fn deep_and_closed(depth: usize) -> Vec<u8> {
    let inside = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    good().replacen("<record>", &format!("<extension>{inside}</extension><record>"), 1).into_bytes()
}

#[test]
fn h19_deep_nesting_ends_at_the_limit() {
    for open in ["<feedback>", "<org_name>", "<record>", "<auth_results>", "<row>"] {
        assert_eq!(vec!["xml too_deep"], quickly(|| words(&deep(open, 1_000_000))), "{open}");
    }
    assert_eq!(vec!["xml too_deep"], quickly(|| words(&deep_and_closed(1_000_000))));
    assert_eq!(vec!["accepted"], words(&deep_and_closed(30)));
}

/// Where something long can stand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Long {
    Text,
    Cdata,
    Comment,
    Instruction,
    Attribute,
    Attributes,
    Name,
    CarriageReturns,
    References,
}

/// A report in which one thing is so many bytes long, compressed.
pub(crate) fn long(what: Long, bytes: usize) -> Vec<u8> {
    let (open, unit, close): (&str, &str, &str) = match what {
        Long::Text => ("<org_name>", "x", "</org_name>"),
        Long::Cdata => ("<org_name>short<![CDATA[", "x", "]]></org_name>"),
        Long::Comment => ("<!--", "x", "--><org_name>o</org_name>"),
        Long::Instruction => ("<?x ", "x", "?><org_name>o</org_name>"),
        Long::Attribute => ("<org_name lang=\"", "x", "\">o</org_name>"),
        Long::Attributes => ("<org_name", " a='b'", ">o</org_name>"),
        Long::Name => ("<", "x", "/><org_name>o</org_name>"),
        Long::CarriageReturns => ("<org_name>x", "\r\n", "y</org_name>"),
        Long::References => ("<org_name>x", "&#65;", "y</org_name>"),
    };
    let report = good();
    let (before, rest) = report.split_once("<org_name>").unwrap();
    let (_, after) = rest.split_once("</org_name>").unwrap();
    let chunk = unit.repeat((64 << 10) / unit.len());
    let times = bytes / chunk.len();
    let before = format!("{before}{open}");
    let after = format!("{close}{after}");
    gz_of(&[(before.as_bytes(), 1), (chunk.as_bytes(), times), (after.as_bytes(), 1)])
}

#[test]
fn h20_one_long_thing_is_cut_or_passed_over() {
    const SIZE: usize = 2 << 20;
    for (expected, what) in [
        ("accepted value_too_long", Long::Text),
        ("accepted value_too_long", Long::Cdata),
        ("accepted", Long::Comment),
        ("accepted", Long::Instruction),
        ("accepted", Long::Attribute),
        ("accepted", Long::Attributes),
        ("accepted unknown_element", Long::Name),
        ("accepted value_too_long", Long::CarriageReturns),
        ("accepted value_too_long", Long::References),
    ] {
        let bytes = long(what, SIZE);
        assert_eq!(vec![expected], quickly(|| words(&bytes)), "{what:?}");
        assert!(report(&bytes).reporter.org_name.len() <= 16 << 10);
    }
}

/// Elements that nobody knows, side by side, so many bytes of them.
pub(crate) fn unknown_elements(place: &str, unit: &str, bytes: usize) -> Vec<u8> {
    let report = good();
    let (before, after) = report.split_once(place).unwrap();
    let chunk = unit.repeat((64 << 10) / unit.len());
    let before = format!("{before}{place}");
    gz_of(&[(before.as_bytes(), 1), (chunk.as_bytes(), bytes / chunk.len()), (after.as_bytes(), 1)])
}

#[test]
fn h21_elements_that_nobody_knows_are_passed_over() {
    let bytes = unknown_elements("<feedback>", "<a><b>c</b></a>", 1 << 20);
    assert_eq!(vec!["accepted unknown_element"], quickly(|| words(&bytes)));
    let kept = report(&bytes).issues;
    let more: u64 = kept.iter().map(|issue| issue.more).sum();
    assert_eq!(
        (1 << 20) / (64 << 10) * ((64 << 10) / 15),
        kept.len() + usize::try_from(more).unwrap()
    );
    let extension = format!("<extension>{}</extension>", "<x:a b='c'>d</x:a>".repeat(50_000));
    let xml = good().replacen("<record>", &format!("{extension}<record>"), 1);
    assert_eq!(vec!["accepted"], quickly(|| words(xml.as_bytes())));
    let in_record =
        good().replacen("</record>", &format!("{}</record>", "<x:a/>".repeat(50_000)), 1);
    assert_eq!(vec!["accepted"], quickly(|| words(in_record.as_bytes())));
}

/// So many reports in one text.
pub(crate) fn reports_in_a_row(count: usize) -> Vec<u8> {
    (0..count).map(|n| named(&format!("row-{n}"))).collect::<String>().into_bytes()
}

#[test]
fn h22_roots_are_known_by_their_local_name_and_all_reports_are_read() {
    assert_eq!(vec!["skipped not_a_report"], words(record().as_bytes()));
    assert_eq!(vec!["skipped not_a_report"], words(b"<html><body>your feedback</body></html>"));
    let outside = format!("{}{}", good(), record());
    assert_eq!(vec!["accepted trailing_content"], words(outside.as_bytes()));
    assert_eq!(1, report(outside.as_bytes()).records.len());
    let prefixed = good().replace("</", "</d:").replace('<', "<d:").replace("<d:/d:", "</d:");
    let prefixed = prefixed
        .replace("<d:?", "<?")
        .replace("<d:feedback>", "<d:feedback xmlns:d='urn:ietf:params:xml:ns:dmarc-2.0'>");
    assert_eq!(1, reports(prefixed.as_bytes()).len(), "{:?}", words(prefixed.as_bytes()));
    assert_eq!(vec!["accepted", "accepted", "accepted"], words(&reports_in_a_row(3)));
    let found = quickly(|| words(&reports_in_a_row(1_001)));
    assert_eq!((1_001, "xml too_many_parts"), (found.len(), found.last().unwrap().as_str()));
}

/// A report that ends inside its second record.
pub(crate) fn cut_in_a_record() -> Vec<u8> {
    let whole = with_records("cut", &record().repeat(2));
    whole.as_bytes()[..whole.rfind("<auth_results>").unwrap()].to_vec()
}

#[test]
fn h23_a_document_that_ends_in_a_record_is_no_report() {
    assert_eq!(vec!["xml truncated"], words(&cut_in_a_record()));
    let whole = good();
    let root_end = whole.find("<feedback>").unwrap() + "<feedback>".len();
    for cut in root_end..whole.find("</record>").unwrap() + "</record>".len() {
        let found = words(&whole.as_bytes()[..cut]);
        assert_eq!(vec!["xml truncated"], found, "cut at {cut}");
    }
    let between = whole.strip_suffix("k>").unwrap();
    assert_eq!(vec!["accepted unclosed_document"], words(between.as_bytes()));
}

/// A report in an encoding, declared as another or not at all.
pub(crate) fn encoded(text: &str, unit: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
}

fn declared(encoding: &str, org: &[u8]) -> Vec<u8> {
    let xml = good_but("org_name", "@@").replace("UTF-8", encoding);
    let (before, after) = xml.split_once("@@").unwrap();
    [before.as_bytes(), org, after.as_bytes()].concat()
}

#[test]
fn h24_encodings_are_found_by_mark_then_bytes_then_declaration() {
    let org = |bytes: &[u8]| (words(bytes).join(","), report(bytes).reporter.org_name);
    let fine = ("accepted".to_owned(), "Zürich".to_owned());
    let text = good_but("org_name", "Zürich");
    assert_eq!(fine, org(format!("\u{feff}{text}").as_bytes()));
    let lies = ("accepted misencoded".to_owned(), "Zürich".to_owned());
    for (expected, text) in [(&fine, text.replace("UTF-8", "UTF-16")), (&lies, text.clone())] {
        for mark in [true, false] {
            assert_eq!(*expected, org(&encoded(&text, u16::to_le_bytes, mark)), "le {mark}");
            assert_eq!(*expected, org(&encoded(&text, u16::to_be_bytes, mark)), "be {mark}");
        }
    }
    assert_eq!(fine, org(&declared("windows-1252", b"Z\xfcrich")));
    assert_eq!(fine, org(&declared("ISO-8859-2", b"Z\xfcrich")));
    assert_eq!(lies, org(&declared("UTF-16", "Zürich".as_bytes())));
    assert_eq!(lies, org(&declared("klingon", "Zürich".as_bytes())));
    assert_eq!(lies, org(&declared("windows-1252", "Zürich".as_bytes())));
    assert_eq!(lies, org(&declared("klingon", b"Z\xfcrich")));
}

/// A text with bytes that are no UTF-8: a stray one, overlong ones, half a surrogate.
pub(crate) fn not_utf8() -> Vec<u8> {
    declared("UTF-8", "é é é é é \u{2}".as_bytes())
        .into_iter()
        .flat_map(|byte| if byte == 2 { b"\x91\xc0\xaf\xed\xa0\x80".to_vec() } else { vec![byte] })
        .collect()
}

#[test]
fn h25_bytes_that_are_no_utf_8_are_replaced_and_said() {
    assert_eq!(vec!["accepted misencoded"], words(&not_utf8()));
    let name = report(&not_utf8()).reporter.org_name;
    assert!(name.starts_with("é é é é é \u{fffd}") && !name.contains('/'), "{name:?}");
}

/// A text with a character that XML does not allow.
pub(crate) fn control_characters() -> Vec<u8> {
    good_but("org_name", "a\0b\u{1b}[2Jc\u{7}d").into_bytes()
}

#[test]
fn h26_characters_that_xml_forbids_are_replaced_and_said() {
    assert_eq!(vec!["accepted misencoded"], words(&control_characters()));
    let name = report(&control_characters()).reporter.org_name;
    assert_eq!("a\u{fffd}b\u{fffd}[2Jc\u{fffd}d", name);
    for reference in ["&#0;", "&#x1b;", "&#xD800;", "&#x110000;", "&#99999999999;"] {
        let xml = good_but("org_name", &format!("a{reference}b"));
        let text = reference.trim_matches(['&', ';']).to_owned();
        assert_eq!(vec![("bad_reference", text)], issues(xml.as_bytes()), "{reference}");
        assert_eq!(format!("a{reference}b"), report(xml.as_bytes()).reporter.org_name);
    }
}

/// A `<` that starts no element, so many times.
pub(crate) fn bare_less_than(count: usize) -> Vec<u8> {
    good_but("email", &"bad<xml.net ".repeat(count)).into_bytes()
}

/// Nothing but such signs in one text, compressed.
pub(crate) fn dense_less_than(bytes: usize) -> Vec<u8> {
    unknown_elements("<email>", "<1", bytes)
}

#[test]
fn h20_a_flood_of_bare_less_than_signs_costs_two_readings_at_most() {
    let found = quickly(|| words(&bare_less_than(20_000)));
    assert!(
        found == ["accepted recovered value_too_long"] || found == ["xml malformed"],
        "{found:?}"
    );
    assert_eq!(vec!["accepted recovered"], words(&bare_less_than(1)));
}

#[test]
fn h31_a_rejection_quotes_no_more_than_a_line_of_its_input() {
    let long = "x".repeat(100_000);
    for bytes in [
        dense_less_than(1 << 20),
        good().replacen("</org_name>", &format!("</{long}>"), 1).into_bytes(),
        good().replacen("<record>", &format!("<record></{long}>"), 1).into_bytes(),
        good_but("begin", &long).into_bytes(),
    ] {
        let found = traces(&bytes, &Limits::default());
        let Outcome::Rejected(rejection) = &found[0].outcome else { continue };
        let start: String = rejection.detail.chars().take(80).collect();
        assert!(rejection.detail.len() <= 1_000, "{} bytes: {start}", rejection.detail.len());
    }
}

#[test]
fn h21_rows_end_at_the_limit() {
    let limits = Limits { records: 3, ..Limits::default() };
    let rows = |count| with_records("rows", &record().repeat(count)).into_bytes();
    assert_eq!(vec!["accepted"], words_with(&rows(3), &limits));
    assert_eq!(vec!["xml too_many_records"], words_with(&rows(4), &limits));
}

#[test]
fn h21_combinations_end_at_the_limit() {
    let limits = Limits { combinations: 10, ..Limits::default() };
    let rows = |count: usize| {
        let from = |n| set(&record(), "header_from", &format!("s{n}.acme.example"));
        format!(
            "{}{}</feedback>",
            head("c", "acme.example"),
            (0..count).map(from).collect::<String>()
        )
    };
    assert_eq!(vec!["accepted"], words_with(rows(3).as_bytes(), &limits));
    assert_eq!(vec!["xml too_many_records"], words_with(rows(11).as_bytes(), &limits));
}
