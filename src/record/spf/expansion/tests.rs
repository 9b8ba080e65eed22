//! Records from memory; those of a real server are in tests/dns.

use std::cell::Cell;
use std::collections::HashMap;

use super::*;
use crate::model::dns::{Answer, Exchange};

/// A record: its name, its kind and its value.
type Line = (&'static str, &'static str, &'static str);

/// Answers from a list: `name txt|a|mx value`, `name unknown`. What is not in it is no name.
struct Zone {
    entries: HashMap<(String, &'static str), Vec<String>>,
    asked: Cell<usize>,
}

impl Zone {
    fn of(lines: &[(&str, &'static str, &str)]) -> Self {
        let mut entries: HashMap<_, Vec<String>> = HashMap::new();
        for (name, kind, value) in lines {
            entries.entry(((*name).to_owned(), *kind)).or_default().push((*value).to_owned());
        }
        Self { entries, asked: Cell::new(0) }
    }

    fn answer<T>(&self, name: &str, kind: &'static str, read: fn(&str) -> T) -> Answer<Vec<T>> {
        self.asked.set(self.asked.get() + 1);
        if self.entries.contains_key(&(name.to_owned(), "unknown")) {
            return Answer::Unknown("time-out".to_owned());
        }
        match self.entries.get(&(name.to_owned(), kind)) {
            Some(values) => Answer::Found(values.iter().map(|value| read(value)).collect()),
            None if self.entries.keys().any(|(known, _)| known == name) => Answer::NoData,
            None => Answer::NoName,
        }
    }
}

impl Resolver for Zone {
    fn txt(&self, name: &str) -> Answer<Vec<String>> {
        self.answer(name, "txt", str::to_owned)
    }

    fn addresses(&self, name: &str) -> Answer<Vec<IpAddr>> {
        self.answer(name, "a", |value| value.parse().unwrap())
    }

    fn exchanges(&self, name: &str) -> Answer<Vec<Exchange>> {
        self.answer(name, "mx", |host| Exchange { preference: 10, host: host.to_owned() })
    }

    fn names(&self, _: IpAddr) -> Answer<Vec<String>> {
        Answer::NoName
    }
}

fn expanded(lines: &[(&str, &'static str, &str)]) -> Expansion {
    expand("x.example", &Zone::of(lines))
}

/// Answers as the zone does, but for one family of addresses, of which nobody can tell.
struct Dark(Zone, Family);

impl Resolver for Dark {
    fn txt(&self, name: &str) -> Answer<Vec<String>> {
        self.0.txt(name)
    }

    fn addresses(&self, name: &str) -> Answer<Vec<IpAddr>> {
        self.0.addresses(name)
    }

    fn addresses_of(&self, name: &str, family: Family) -> Answer<Vec<IpAddr>> {
        match family == self.1 {
            true => Answer::Unknown("SERVFAIL".to_owned()),
            false => self.0.addresses_of(name, family),
        }
    }

    fn exchanges(&self, name: &str) -> Answer<Vec<Exchange>> {
        self.0.exchanges(name)
    }

    fn names(&self, address: IpAddr) -> Answer<Vec<String>> {
        self.0.names(address)
    }
}

fn covers(expansion: &Expansion, address: &str) -> Covered {
    expansion.covers(address.parse().unwrap())
}

fn codes(expansion: &Expansion) -> Vec<&'static str> {
    expansion.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_record_passes_whom_it_names_and_those_whom_it_includes() {
    let expansion = expanded(&[
        ("x.example", "txt", "v=spf1 a mx include:_spf.y.example ip6:2001:db8::/32 -all"),
        ("x.example", "txt", "some other text"),
        ("x.example", "a", "192.0.2.1"),
        ("x.example", "mx", "mail.x.example"),
        ("mail.x.example", "a", "192.0.2.2"),
        ("mail.x.example", "a", "2001:db8:1::2"),
        ("_spf.y.example", "txt", "v=spf1 ip4:198.51.100.0/24 ?all"),
    ]);
    assert_eq!((3, 0), (expansion.lookups, expansion.void));
    assert_eq!(Vec::<&str>::new(), codes(&expansion));
    for inside in ["192.0.2.1", "192.0.2.2", "2001:db8::7", "198.51.100.200", "::ffff:192.0.2.1"] {
        assert_eq!(Covered::Yes, covers(&expansion, inside), "{inside}");
    }
    assert_eq!(Covered::No, covers(&expansion, "203.0.113.1"));
    let networks: Vec<String> =
        expansion.networks().iter().map(|allowed| allowed.network.to_string()).collect();
    let expected = ["192.0.2.1", "192.0.2.2", "2001:db8:1::2", "198.51.100.0/24", "2001:db8::/32"];
    assert_eq!(expected.to_vec(), networks);
    let by = ["include:_spf.y.example", "ip4:198.51.100.0/24"].map(str::to_owned);
    assert_eq!(by.to_vec(), expansion.networks()[3].by);
}

#[test]
fn the_first_match_decides() {
    let expansion =
        expanded(&[("x.example", "txt", "v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 -all")]);
    assert_eq!(Covered::No, covers(&expansion, "192.0.2.1"));
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.2"));
}

#[test]
fn a_fail_of_an_included_record_is_no_match() {
    let expansion = expanded(&[
        ("x.example", "txt", "v=spf1 include:y.example ip4:192.0.2.1 -all"),
        ("y.example", "txt", "v=spf1 -all"),
    ]);
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.1"));
}

#[test]
fn prefix_lengths_widen_hosts() {
    let expansion = expanded(&[
        ("x.example", "txt", "v=spf1 a/24//64 -all"),
        ("x.example", "a", "192.0.2.1"),
        ("x.example", "a", "2001:db8::1"),
    ]);
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.99"));
    assert_eq!(Covered::Yes, covers(&expansion, "2001:db8::ffff"));
    assert_eq!(Covered::No, covers(&expansion, "2001:db8:0:1::"));
}

#[test]
fn a_redirect_is_followed_only_without_all() {
    let other = ("y.example", "txt", "v=spf1 ip4:192.0.2.1 -all");
    let with = expanded(&[("x.example", "txt", "v=spf1 redirect=y.example"), other]);
    assert_eq!((1, Covered::Yes), (with.lookups, covers(&with, "192.0.2.1")));
    assert_eq!(Covered::No, covers(&with, "192.0.2.2"));
    let without = expanded(&[("x.example", "txt", "v=spf1 redirect=y.example ~all"), other]);
    assert_eq!((0, Covered::No), (without.lookups, covers(&without, "192.0.2.1")));
}

fn chain(count: usize) -> Expansion {
    let mut lines = vec![("x.example".to_owned(), "txt", String::from("v=spf1"))];
    for at in 0..count {
        lines[0].2.push_str(&format!(" include:s{at}.example"));
        lines.push((format!("s{at}.example"), "txt", format!("v=spf1 ip4:192.0.2.{at} ?all")));
    }
    lines[0].2.push_str(" ip4:198.51.100.1 -all");
    let lines: Vec<_> = lines.iter().map(|(a, b, c)| (a.as_str(), *b, c.as_str())).collect();
    expanded(&lines)
}

#[test]
fn ten_lookups_are_followed_and_the_eleventh_is_permerror() {
    let (ten, eleven) = (chain(10), chain(11));
    assert_eq!((10, vec!["spf_lookups_near_limit"]), (ten.lookups, codes(&ten)));
    assert_eq!(Covered::Yes, covers(&ten, "198.51.100.1"));
    assert_eq!((11, vec!["spf_too_many_lookups"]), (eleven.lookups, codes(&eleven)));
    assert_eq!(Covered::Yes, covers(&eleven, "192.0.2.9"));
    assert_eq!(Covered::No, covers(&eleven, "192.0.2.10"));
    assert_eq!(Covered::No, covers(&eleven, "198.51.100.1"));
}

#[test]
fn lookups_of_included_records_count_and_those_behind_all_do_not() {
    let expansion = expanded(&[
        ("x.example", "txt", "v=spf1 include:y.example -all include:z.example"),
        ("y.example", "txt", "v=spf1 a mx ~all a:w.example"),
        ("y.example", "a", "192.0.2.1"),
        ("y.example", "mx", "y.example"),
    ]);
    assert_eq!((3, 0), (expansion.lookups, expansion.void));
}

#[test]
fn void_lookups_are_counted_and_told() {
    let expansion = expanded(&[
        ("x.example", "txt", "v=spf1 a:gone.example a:y.example mx -all"),
        ("x.example", "mx", "also-gone.example"),
        ("y.example", "txt", "nothing"),
    ]);
    assert_eq!((3, 3), (expansion.lookups, expansion.void));
    assert_eq!(vec!["spf_too_many_void", "spf_void", "spf_void", "spf_void"], codes(&expansion));
    assert_eq!(Some(Place { from: 7, to: 21 }), expansion.findings[1].place);
    assert_eq!(Covered::Unknown, covers(&expansion, "192.0.2.1"));
}

#[test]
fn a_null_exchanger_lets_nobody_pass_and_finds_no_fault() {
    let expansion = expanded(&[("x.example", "txt", "v=spf1 mx -all"), ("x.example", "mx", "")]);
    assert_eq!((0, Vec::new()), (expansion.void, codes(&expansion)));
    assert_eq!(Covered::No, covers(&expansion, "192.0.2.1"));
}

#[test]
fn more_than_ten_exchangers_are_permerror() {
    let mut lines = vec![("x.example", "txt", "v=spf1 mx ip4:192.0.2.1 -all")];
    lines.extend([("x.example", "mx", "m.example"); 11]);
    let expansion = expanded(&lines);
    assert_eq!(vec!["spf_too_many_exchangers"], codes(&expansion));
    assert_eq!(Covered::No, covers(&expansion, "192.0.2.1"));
}

#[test]
fn loops_end_and_are_told() {
    let itself = expanded(&[("x.example", "txt", "v=spf1 include:x.example -all")]);
    assert_eq!((1, vec!["spf_loop"]), (itself.lookups, codes(&itself)));
    let circle = expanded(&[
        ("x.example", "txt", "v=spf1 include:y.example -all"),
        ("y.example", "txt", "v=spf1 redirect=x.example"),
    ]);
    assert_eq!((2, vec!["spf_loop"]), (circle.lookups, codes(&circle)));
    assert_eq!(Covered::No, covers(&circle, "192.0.2.1"));
}

#[test]
fn what_is_no_single_record_is_permerror() {
    let record = ("x.example", "txt", "v=spf1 include:y.example ip4:192.0.2.1 -all");
    let cases: [(&str, &[Line]); 4] = [
        ("spf_several", &[("y.example", "txt", "v=spf1 -all"), ("y.example", "txt", "v=spf1 a")]),
        ("spf_none_included", &[("y.example", "txt", "v=spf10 -all")]),
        ("spf_none_included", &[]),
        ("spf_broken", &[("y.example", "txt", "v=spf1 ipv4:192.0.2.1 -all")]),
    ];
    for (code, lines) in cases {
        let expansion = expanded(&[&[record], lines].concat());
        assert_eq!(vec![code], codes(&expansion));
        assert_eq!(Covered::No, covers(&expansion, "192.0.2.1"), "{code}");
        assert_eq!(Some(Place { from: 7, to: 24 }), expansion.findings[0].place);
    }
}

#[test]
fn a_domain_without_a_record_lets_nobody_pass() {
    let expansion = expanded(&[]);
    assert_eq!(vec!["spf_none"], codes(&expansion));
    assert_eq!(Published::Missing { void: true }, expansion.root.record);
    assert_eq!(Covered::No, covers(&expansion, "192.0.2.1"));
}

#[test]
fn what_nobody_answers_is_unknown_and_not_missing() {
    let expansion = expanded(&[
        ("x.example", "txt", "v=spf1 ip4:192.0.2.1 include:y.example ip4:192.0.2.2 -all"),
        ("y.example", "unknown", ""),
    ]);
    assert_eq!(vec!["spf_unknown"], codes(&expansion));
    assert_eq!((1, true, true), least(&expansion));
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.1"));
    // whether the include matches or not, this one passes
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.2"));
    assert_eq!(Covered::Unknown, covers(&expansion, "192.0.2.3"));
    let root = expanded(&[("x.example", "unknown", "")]);
    assert_eq!(Covered::Unknown, covers(&root, "192.0.2.1"));
}

/// Look-ups, and whether they and those that find nothing may be more.
fn least(expansion: &Expansion) -> (usize, bool, bool) {
    (expansion.lookups, expansion.lookups_at_least, expansion.void_at_least)
}

#[test]
fn only_what_hides_a_record_hides_look_ups() {
    let of = |text: &'static str| {
        least(&expanded(&[("x.example", "txt", text), ("y.example", "unknown", "")]))
    };
    for (expected, text) in [
        ((1, false, true), "v=spf1 a:y.example -all"),
        ((1, false, true), "v=spf1 exists:%{i}.list.example -all"),
        ((1, true, true), "v=spf1 ~INCLUDE:%{l}.x.example -all"),
        ((1, true, true), "v=spf1 redirect=%{l}.x.example"),
        ((1, true, true), "v=spf1 redirect=y.example"),
        ((1, false, false), "v=spf1 a:z.example -all"),
    ] {
        assert_eq!(expected, of(text), "{text}");
    }
    let used =
        |text| expanded(&[("x.example", "txt", text), ("y.example", "unknown", "")]).effect();
    let last = |text| used(text).pop().unwrap_or_default();
    assert!(last("v=spf1 include:y.example -all").starts_with("At least 1 of 10"));
    assert!(last("v=spf1 a:y.example -all").starts_with("1 of 10"));
}

#[test]
fn what_depends_on_the_message_is_told_and_not_guessed() {
    let expansion = expanded(&[(
        "x.example",
        "txt",
        "v=spf1 exists:%{i}._spf.%{d} ptr include:%{l}.x.example ip4:192.0.2.1 -all",
    )]);
    assert_eq!((3, 0), (expansion.lookups, expansion.void));
    assert_eq!((3, true, true), least(&expansion), "by the include");
    assert_eq!(vec!["spf_depends"; 3], codes(&expansion));
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.1"));
    assert_eq!(Covered::Unknown, covers(&expansion, "192.0.2.2"));
}

#[test]
fn macros_of_the_domain_are_followed() {
    let expansion = expanded(&[
        ("x.example", "txt", "v=spf1 include:_spf.%{d} exists:%{d}.list.example -all"),
        ("_spf.x.example", "txt", "v=spf1 a:%{o} -all"),
        ("x.example", "a", "192.0.2.1"),
    ]);
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.1"));
    assert_eq!(Covered::No, covers(&expansion, "192.0.2.2"));
    assert_eq!(1, expansion.void);
}

#[test]
fn a_tree_that_grows_without_end_is_cut_off() {
    struct Endless(Cell<usize>);
    impl Resolver for Endless {
        fn txt(&self, name: &str) -> Answer<Vec<String>> {
            self.0.set(self.0.get() + 1);
            let text = format!("v=spf1 include:a{name} include:b{name} include:c{name} -all");
            Answer::Found(vec![text])
        }
        fn addresses(&self, _: &str) -> Answer<Vec<IpAddr>> {
            Answer::NoName
        }
        fn exchanges(&self, _: &str) -> Answer<Vec<Exchange>> {
            Answer::NoName
        }
        fn names(&self, _: IpAddr) -> Answer<Vec<String>> {
            Answer::NoName
        }
    }
    let endless = Endless(Cell::new(0));
    let expansion = expand("x.example", &endless);
    assert_eq!(super::super::MAX_QUESTIONS, endless.0.get());
    assert!(expansion.lookups > MAX_LOOKUPS);
    assert!(expansion.findings.len() <= MAX_FINDINGS);
    let first = &expansion.findings[0];
    assert_eq!("spf_too_many_lookups", first.code);
    assert!(first.what.starts_with("more than 10 look-ups"), "{}", first.what);
    let used = expansion.effect().pop().unwrap_or_default();
    assert_eq!(
        "More than the 10 look-ups that receivers make are used: 3 by the record itself, the others by \
         those that it leads to",
        used
    );
    assert_eq!(Covered::No, covers(&expansion, "192.0.2.1"));
}

#[test]
fn only_the_questions_that_count_are_asked() {
    let zone = Zone::of(&[
        ("x.example", "txt", "v=spf1 ip4:192.0.2.1 -all include:y.example"),
        ("y.example", "txt", "v=spf1 -all"),
    ]);
    let _ = expand("x.example", &zone);
    assert_eq!(1, zone.asked.get());
}

#[test]
fn a_family_that_nobody_can_tell_of_leaves_only_itself_in_doubt() {
    let zone = Zone::of(&[
        ("x.example", "txt", "v=spf1 a mx -all"),
        ("x.example", "a", "192.0.2.1"),
        ("x.example", "mx", "mail.x.example"),
        ("mail.x.example", "a", "192.0.2.2"),
    ]);
    let expansion = expand("x.example", &Dark(zone, Family::V6));
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.1"));
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.2"));
    assert_eq!(Covered::No, covers(&expansion, "192.0.2.3"));
    assert_eq!(Covered::Unknown, covers(&expansion, "2001:db8::1"));
    assert_eq!(vec!["spf_unknown", "spf_unknown"], codes(&expansion));
    assert!(expansion.findings[0].what.contains("which IPv6 addresses `a` of x.example"));
}

#[test]
fn look_ups_that_find_nothing_are_counted_by_the_family_of_the_sender() {
    let lines = [
        (
            "x.example",
            "txt",
            "v=spf1 a:a.x.example a:b.x.example a:c.x.example ip6:2001:db8::/32 ~all",
        ),
        ("a.x.example", "a", "192.0.2.1"),
        ("b.x.example", "a", "192.0.2.2"),
        ("c.x.example", "a", "192.0.2.3"),
    ];
    let expansion = expanded(&lines);
    assert_eq!((0, [0, 3]), (expansion.void, expansion.void_by_family));
    assert_eq!(Covered::Yes, covers(&expansion, "192.0.2.3"));
    assert_eq!(Covered::Unknown, covers(&expansion, "2001:db8::1"), "many answer permerror");
    assert_eq!(vec!["spf_too_many_void"], codes(&expansion));
    assert_eq!(Severity::Hint, expansion.findings[0].severity);
    let text = "v=spf1 ip6:2001:db8::/32 a:a.x.example a:b.x.example a:c.x.example ~all";
    let first = expanded(&[&[("x.example", "txt", text)], &lines[1..]].concat());
    assert_eq!((Covered::Yes, 0), (covers(&first, "2001:db8::1"), codes(&first).len()));
}

#[test]
fn an_included_name_without_any_record_is_a_void_lookup_and_one_with_another_is_not() {
    let expansion = expanded(&[
        ("x.example", "txt", "v=spf1 include:gone.example include:other.example -all"),
        ("other.example", "txt", "something else"),
    ]);
    assert_eq!(1, expansion.void);
    assert_eq!(vec!["spf_none_included", "spf_none_included"], codes(&expansion));
}
