use super::*;
use crate::render::specimens::text;

fn marks(text: &str, from: usize, to: usize, columns: usize) -> Vec<(String, String)> {
    underlined(text, Place { from, to }, columns)
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(row, marks)| ((*row).to_owned(), (*marks).to_owned())).collect()
}

#[test]
fn a_place_is_underlined_below_its_letters() {
    assert_eq!(
        pairs(&[("v=DMARC1; p=nine", "            ^^^^")]),
        marks("v=DMARC1; p=nine", 12, 16, 40)
    );
    assert_eq!(pairs(&[("日本 x", "     ^")]), marks("日本 x", 7, 8, 40));
    assert_eq!(pairs(&[("日本", "  ^^")]), marks("日本", 3, 6, 40));
    assert_eq!(pairs(&[("a\\u{200b}b", " ^^^^^^^^")]), marks("a\u{200b}b", 1, 4, 40));
    assert_eq!(pairs(&[("abc", " ^")]), marks("abc", 1, 1, 40));
    assert_eq!(pairs(&[("abc", "   ^")]), marks("abc", 3, 3, 40));
    assert_eq!(pairs(&[("", "^")]), marks("", 0, 0, 40));
}

#[test]
fn of_a_long_value_only_the_lines_of_the_place_are_shown() {
    assert_eq!(pairs(&[("p=nine;", "  ^^^^")]), marks("v=DMARC1; p=nine; rua=x", 12, 16, 10));
    assert_eq!(
        pairs(&[("abcd", "  ^^"), ("efgh", "^^^^"), ("ij", "^")]),
        marks("abcdefghij", 2, 9, 4)
    );
}

#[test]
fn of_a_very_long_value_a_place_far_behind_is_shown_from_the_middle() {
    let long = format!("{}p=nine; {}", "x=y; ".repeat(10_000), "z".repeat(100_000));
    let rows = marks(&long, 50_000, 50_006, 40);
    assert_eq!((1, true), (rows.len(), rows[0].0.contains("p=nine;")));
    let (before, _) = rows[0].0.split_once("p=nine").unwrap();
    assert_eq!(format!("{}^^^^^^", " ".repeat(before.len())), rows[0].1);
    let most = marks(&long, 0, long.len(), 40).len();
    assert!((SHOWN + 1..1_000).contains(&most), "{most} lines, of which four are shown");
}

#[test]
fn a_finding_stands_with_its_place_and_what_would_be_right() {
    let checked = Checked {
        kind: Some(RecordKind::Dmarc),
        text: "v=DMARC1; p=rejct".into(),
        name: Some("_dmarc.acme.example".into()),
        findings: vec![Finding {
            code: "dmarc_policy",
            severity: Severity::Error,
            place: Some(Place { from: 12, to: 17 }),
            what: "`rejct` is no policy".into(),
            instead: Some("p=reject".into()),
        }],
        effect: vec!["Receivers do nothing".into()],
        corrected: Some("v=DMARC1; p=reject".into()),
    };
    let page = text(|out| record(out, Page::PLAIN, &CheckedOut::of(Some(7), &checked)));
    let expected = "\
line 7: DMARC at _dmarc.acme.example  1 error

error: `rejct` is no policy
  v=DMARC1; p=rejct
              ^^^^^
  -> p=reject

As it stands:
  Receivers do nothing

Corrected:
  v=DMARC1; p=reject
";
    assert_eq!(expected, page);
}

proptest::proptest! {
    #[test]
    fn every_place_of_every_text_can_be_shown(text in "\\PC{0,60}", from in 0_usize..70, length in 0_usize..20, columns in 16_usize..40) {
        let from = text.floor_char_boundary(from);
        let to = text.floor_char_boundary(from + length).max(from);
        let rows = underlined(&text, Place { from, to }, columns);
        assert!(!rows.is_empty());
        for (value, marks) in rows {
            assert!(width(&value) <= columns + 1 && marks.contains('^'), "{value:?} {marks:?}");
        }
    }
}
