//! What holds of every checked record: no panic, places inside of the text, and corrected records that
//! are right and stay so.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use ruaudit::model::finding::{RecordKind, Severity};
use ruaudit::record::check;

use crate::config;
use crate::record::holds;

/// Terms of SPF that are right.
const TERMS: &[&str] = &[
    "a",
    "mx",
    "?mx:mail.example/24//64",
    "ip4:192.0.2.1",
    "ip4:198.51.100.0/24",
    "ip6:2001:db8::/32",
    "include:_spf.mail.example",
    "a:mail.example",
    "exists:%{i}._spf.%{d}",
    "-ip4:203.0.113.0/25",
];

/// What stands in and around addresses.
const AROUND: &[&str] = &[
    "mailto:",
    "mailto:a@x.example",
    "b@y.example",
    "a@x.co",
    "uk",
    "please",
    "and",
    "or",
    " ",
    " ",
    " ",
    ",",
    ";",
    "; ",
    "<",
    ">",
    "<mailto:",
    "(",
    ")",
    "[",
    "](mailto:",
    "/",
    "|",
    "&",
    "@",
    ".",
    ":",
    "=",
    "rua",
    "ruf",
    "rua=",
    "ruf=",
    "; ruf=",
    "email",
    "!10m",
    "?subject=z",
    "\n",
    "\"",
    "'",
    "\\",
    "fo=1",
];

const KEY: &str = "Q2uOuLTXonX7Qf912JbCZdZydZHfNzxr/jRijJmD07o=";

/// Pieces of all kinds of records, and what people put between them.
const PIECES: &[&str] = &[
    "v=spf1",
    "v=DKIM1",
    "v=DMARC1",
    "v=",
    "p=",
    "p=none",
    "k=rsa",
    "k=ed25519",
    "sp=",
    "rua=",
    "mailto:",
    "a@b.example",
    "?subject=c@d.example",
    "include:",
    "include",
    "ip4:",
    "ip6:",
    "192.0.2.1",
    "2001:db8::1",
    "/24",
    "//64",
    "redirect=",
    "exp=",
    "all",
    "-all",
    "~all",
    "+",
    "-",
    "~",
    "?",
    ":",
    "=",
    ";",
    ",",
    " ",
    "  ",
    "\t",
    "\n",
    "\"",
    "\\",
    "\\;",
    "(",
    ")",
    "%",
    "%{d}",
    "%{",
    "}",
    "%{i1r-}",
    "*",
    ".",
    "_",
    "x.example",
    "https://",
    "“",
    "”",
    "–",
    "\u{a0}",
    "\u{200b}",
    "é",
    "\u{0}",
    "TXT",
    "IN",
    "_dmarc.x.example.",
    "MII",
    "MCowBQYDK2VwAyEA",
    KEY,
    "-----BEGIN PUBLIC KEY-----",
    "!10m",
    "fo=1",
    "t=y",
    "=",
    "==",
    "h=sha1",
    "s=email",
    "ssh-rsa",
    "\u{fe0f}",
    "1",
    "0",
    "A",
];

fn spf() -> impl Strategy<Value = String> {
    (vec(select(TERMS), 0..8), select(&["~all", "-all", "?all", "redirect=x.example"][..]))
        .prop_map(|(terms, end)| [&["v=spf1"][..], &terms, &[end]].concat().join(" "))
}

fn dkim() -> impl Strategy<Value = String> {
    let tags = select(&["t=y", "t=s", "s=email", "s=*", "n=key of may", "h=sha256", "x_new=7"][..]);
    (tags, any::<bool>()).prop_map(|(tag, last)| {
        let (before, after) = if last { ("", format!("; {tag}")) } else { (tag, String::new()) };
        let gap = if last { "" } else { "; " };
        format!("v=DKIM1; {before}{gap}k=ed25519; p={KEY}{after}")
    })
}

fn dmarc() -> impl Strategy<Value = String> {
    const TAGS: &[&str] = &["sp=reject", "np=reject", "adkim=s", "aspf=r", "fo=1", "t=y", "psd=n"];
    let policy = select(&["none", "quarantine", "reject"][..]);
    (policy, proptest::sample::subsequence(TAGS, 0..=TAGS.len())).prop_map(|(policy, tags)| {
        let rua = ["rua=mailto:dmarc@x.example", "ruf=mailto:dmarc@x.example?subject=c@d.example"];
        let policy = format!("p={policy}");
        [&["v=DMARC1", &policy][..], &rua, &tags].concat().join("; ")
    })
}

/// A change of a text: at what part of it, how many characters go, and what comes.
type Change = (f64, usize, &'static str);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    vec((0.0..1.0, 0..3_usize, prop_oneof![Just(""), select(PIECES)]), 1..4)
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (part, less, more) in changes {
        let at = (part * text.len() as f64) as usize;
        let to = text.len().min(at + less);
        text.splice(at..to, more.chars());
    }
    text.into_iter().collect()
}

fn errors(text: &str, kind: Option<RecordKind>) -> Vec<&'static str> {
    let found = check(text, kind).findings.into_iter();
    found.filter(|one| one.severity == Severity::Error).map(|one| one.code).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_right_record_has_no_errors_and_is_recognised(
        (kind, text) in prop_oneof![
            spf().prop_map(|text| (RecordKind::Spf, text)),
            dkim().prop_map(|text| (RecordKind::Dkim, text)),
            dmarc().prop_map(|text| (RecordKind::Dmarc, text)),
        ],
    ) {
        prop_assert_eq!(Some(kind), check(&text, None).kind);
        for asked in [None, Some(kind)] {
            prop_assert_eq!(Vec::<&str>::new(), errors(&text, asked), "{}", text);
            prop_assert_eq!(None, check(&text, asked).corrected);
        }
        holds(&text);
    }

    #[test]
    fn a_damaged_record_is_told_and_mended_well(
        text in prop_oneof![spf(), dkim(), dmarc()],
        changes in changes(),
    ) {
        holds(&changed(&text, &changes));
    }

    #[test]
    fn reports_go_to_no_other_host_than_was_given(
        uris in vec("(mailto:|malto:|mailto=|)[ab@]{0,3}@{0,2}[xy](\\.example){0,2}(\\?s=c@d\\.example){0,1}", 1..4),
    ) {
        holds(&format!("v=DMARC1; p=none; rua={}", uris.join(",")));
    }

    #[test]
    fn no_address_is_lost_or_made_of_two_words(
        begin in select(&["v=DMARC1; p=none; ", "v=DMARC1; p=none; rua=mailto:a@x.example", "v=DMARC1; p=none; rua="][..]),
        pieces in vec(select(AROUND), 1..10),
    ) {
        holds(&format!("{begin}{}", pieces.concat()));
    }

    #[test]
    fn pieces_in_any_order_are_told_and_mended_well(pieces in vec(select(PIECES), 0..24)) {
        holds(&pieces.concat());
        holds(&pieces.join(" "));
    }

    #[test]
    fn any_text_is_told_and_mended_well(text in any::<String>()) {
        holds(&text);
    }
}
