//! The table that comes with the program, and what an operator's own does to it.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn ours() -> &'static Providers {
    Providers::built_in()
}

fn called<'a>(known: &'a Providers, domain: &str) -> Option<&'a str> {
    known.find(domain).and_then(|index| known.get(index)).map(|provider| provider.name.as_str())
}

fn host_called<'a>(known: &'a Providers, name: &str) -> Option<&'a str> {
    known.find_host(name).and_then(|index| known.get(index)).map(|provider| provider.name.as_str())
}

fn named<'a>(known: &'a Providers, name: &str) -> &'a Provider {
    known.iter().find(|provider| provider.name == name).unwrap()
}

/// A line that would be right, with one column replaced.
fn line(column: usize, text: &str) -> String {
    let mut columns = ["Acme", "crm", "acme.example", "-", "-", "yes", "switch it on"];
    columns[column] = text;
    columns.join("\t")
}

fn refused(text: &str) -> String {
    Providers::with(text).unwrap_err().to_string()
}

#[test]
fn every_line_of_the_table_is_read() {
    assert_eq!(Ok(()), table::read(BUILT_IN_TEXT).map(|_| ()));
    let is_line = |line: &&str| !line.starts_with('#') && !line.trim().is_empty();
    assert_eq!(BUILT_IN_TEXT.lines().filter(is_line).count(), ours().iter().count());
    assert!(ours().iter().count() >= 300, "{}", ours().iter().count());
}

#[test]
fn every_kind_is_there_and_several_times() {
    for (word, kind) in Kind::ALL {
        assert_eq!(word, kind.as_str());
        let count = ours().iter().filter(|provider| provider.kind == kind).count();
        assert!(count >= 5, "{count} of kind {word}");
    }
}

/// But for the mail of Microsoft's business customers, whose machines are named below the domain
/// of its personal mailboxes.
#[test]
fn no_pattern_shadows_another() {
    for patterns in [&ours().domains, &ours().hosts] {
        for pattern in patterns.keys().filter(|pattern| *pattern != "protection.outlook.com") {
            let parent = pattern.split_once('.').unwrap().1;
            assert_eq!(None, longest(patterns, parent), "{pattern} lies under another pattern");
        }
    }
    assert_eq!(Some("Microsoft 365"), called(ours(), "x.outbound.protection.outlook.com"));
    assert_eq!(Some("Outlook.com"), called(ours(), "outlook.com"));
}

/// A machine's name must not tell another sender than the same domain does in a signature.
#[test]
fn machines_and_domains_agree() {
    for (pattern, host) in &ours().hosts {
        let domain = ours().find(pattern).unwrap_or(*host);
        assert_eq!(ours().get(domain), ours().get(*host), "{pattern}");
    }
}

/// Clouds give every machine a name under these: they are no senders.
#[test]
fn machines_that_anybody_can_rent_are_nobodys() {
    for name in [
        "ec2-1-2-3-4.compute-1.amazonaws.com",
        "4.3.2.1.bc.googleusercontent.com",
        "static.4.3.2.1.clients.your-server.de",
        "vps-1234.vps.ovh.net",
        "ns1234.ip-1-2-3.eu",
        "ip-1-2-3-4.ip.secureserver.net",
        "h1234.stratoserver.net",
        "li1-2.members.linode.com",
        "v1234.yourvserver.net",
        "4-3-2-1.dip0.t-ipconnect.de",
    ] {
        assert_eq!(None, host_called(ours(), name), "{name}");
    }
}

#[test]
fn whoever_sends_has_a_hint_and_whoever_forwards_has_none() {
    for provider in ours().iter() {
        assert_eq!(provider.may_send(), !provider.hint.is_empty(), "{}", provider.name);
    }
}

#[test]
fn whether_spf_can_align_is_known_of_most_and_of_all_that_carry_much() {
    let unknown = |provider: &&Provider| provider.aligns_spf == AlignsSpf::Unknown;
    let count = ours().iter().filter(unknown).count();
    assert!(count * 5 <= ours().iter().count(), "{count} are not known");
    use Kind::{Forwarder, Gateway, Hosting, List, Mailbox};
    for provider in ours().iter().filter(unknown) {
        let carries = matches!(provider.kind, Mailbox | Hosting | Gateway | Forwarder | List);
        assert!(!carries, "{}", provider.name);
    }
    for (word, answer) in AlignsSpf::ALL {
        assert_eq!(word, answer.as_str());
    }
}

#[test]
fn patterns_match_at_label_boundaries() {
    assert_eq!(Some("Mailchimp"), called(ours(), "mail12.mcsv.net"));
    assert_eq!(Some("Mailchimp"), called(ours(), "mcsv.net."));
    assert_eq!(None, called(ours(), "notmcsv.net"));
    assert_eq!(None, called(ours(), "mcsv.net.example"));
    assert_eq!(None, called(ours(), ""));
    let google = "acme-example.20230601.gappssmtp.com";
    assert_eq!(Some("Google Workspace"), called(ours(), google));
    // on the Public Suffix List, since others register below it
    assert_eq!(Some("ALL-INKL"), called(ours(), "w01abc.kasserver.com"));
}

#[test]
fn machines_are_known_by_the_end_of_their_names() {
    for (expected, name) in [
        ("Microsoft 365", "mail-db5eur01on0123.outbound.protection.outlook.com"),
        ("Google Workspace", "mail-ed1-f41.google.com"),
        ("Amazon SES", "a27-38.smtp-out.us-west-2.amazonses.com."),
        ("IONOS", "mout.kundenserver.de"),
        ("Strato", "mo4-p00-ob.smtp.rzone.de"),
        ("TransIP", "outbound8.mail.transip.nl"),
        ("Barracuda", "outbound-ip191a.ess.barracuda.com"),
        ("OVHcloud", "6.mo582.mail-out.ovh.net"),
    ] {
        assert_eq!(Some(expected), host_called(ours(), name));
    }
    assert_eq!(None, host_called(ours(), "mail.barracuda.com"));
}

#[test]
fn names_longer_than_dns_allows_are_nobodys() {
    let long = format!("{}mcsv.net", "a.".repeat(200));
    assert_eq!(None, called(ours(), &long));
    assert_eq!(None, host_called(ours(), &long));
}

#[test]
fn an_operators_sender_comes_first_and_takes_its_patterns() {
    let text = "House\tcrm\tnews.acme.example sendgrid.net\t-\tsendgrid.net\tno\task Ann";
    let known = Providers::with(text).unwrap();
    assert_eq!(Some("House"), known.iter().next().map(|provider| provider.name.as_str()));
    assert_eq!(Some("House"), called(&known, "u1.wl.sendgrid.net"));
    assert_eq!(Some("House"), host_called(&known, "o1.sendgrid.net"));
    assert_eq!(Some("House"), called(&known, "x.news.acme.example"));
    // all else stays
    assert_eq!(Some("SendGrid"), called(&known, "sendgrid.com"));
    assert_eq!(Some("Mailchimp"), called(&known, "mcsv.net"));
    assert!(!named(&known, "SendGrid").dkim.contains(&"sendgrid.net".to_owned()));
    assert_eq!(ours().iter().count() + 1, known.iter().count());
}

#[test]
fn an_operators_line_replaces_ours_of_that_name() {
    let known = Providers::with("mailCHIMP\tgateway\tmcsv.net\t-\t-\tno\task Ann").unwrap();
    assert_eq!(ours().iter().count(), known.iter().count());
    assert_eq!(Some("mailCHIMP"), called(&known, "mcsv.net"));
    assert_eq!(None, called(&known, "rsgsv.net"));
    let provider = named(&known, "mailCHIMP");
    assert_eq!((Kind::Gateway, AlignsSpf::No, "ask Ann"), {
        (provider.kind, provider.aligns_spf, provider.hint.as_str())
    });
}

#[test]
fn a_table_of_remarks_changes_nothing() {
    for text in ["", "# nothing\n\n  \n", "\u{feff}# nothing\r\n"] {
        assert_eq!(Ok(ours()), Providers::with(text).as_ref());
    }
    let windows = format!("\u{feff}{}\r\n", line(6, "-"));
    assert_eq!("", named(&Providers::with(&windows).unwrap(), "Acme").hint);
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_with_what_is_right() {
    let cases: [(usize, &str, &str); 18] = [
        (0, "", "the name is missing"),
        (0, "-", "the name is missing"),
        (0, "Acme (subdomains)", "both are meant"),
        (0, "Ac\u{1b}me", "control character"),
        (0, &"a".repeat(61), "60 characters"),
        (1, "phone", "write one of: mailbox newsletter"),
        (2, "Acme.example", "write `acme.example`"),
        (2, "*.acme.example", "write `acme.example`"),
        (2, "acme.example.", "write `acme.example`"),
        (2, "acme", "is no domain"),
        (2, "a..example", "is no domain"),
        (2, "192.0.2.1", "is no domain"),
        (2, "acme.example,b.example", "blanks between them"),
        (3, "co.uk", "public suffix"),
        (4, "", "write - for nothing"),
        (5, "maybe", "write one of: yes some no -"),
        (6, "", "the hint is missing"),
        (6, &"a".repeat(301), "300 characters"),
    ];
    for (column, text, expected) in cases {
        let error = refused(&format!("# remark\n\n{}\n", line(column, text)));
        assert!(error.starts_with("line 3: ") && error.contains(expected), "{text:?}: {error}");
    }
    assert!(refused(&line(2, "-")).contains("nothing says what it is known by"));
    assert!(refused("Acme crm acme.example").contains("it has 1 column, not 7"));
    assert!(refused(&format!("{}\t-", line(0, "Acme"))).contains("it has 8 columns, not 7"));
}

#[test]
fn what_is_said_twice_is_refused() {
    let twice = |second: &str| refused(&format!("{}\n{second}\n", line(0, "Acme")));
    assert!(twice(&line(0, "ACME")).starts_with("line 2: `ACME` stands in line 1 already"));
    let domain = "Other\tcrm\t-\tacme.example\t-\tyes\t-";
    assert!(twice(domain).starts_with("line 2: `acme.example` stands in line 1 already"));
    assert!(refused(&line(2, "acme.example acme.example")).contains("stands in line 1 already"));
    // one domain may sign, take the bounces and name the machines
    let all = "Acme\tcrm\tacme.example\tacme.example\tacme.example\tyes\t-";
    assert_eq!(Some("Acme"), called(&Providers::with(all).unwrap(), "acme.example"));
}

#[test]
fn a_table_is_bounded() {
    assert!(refused(&"# a\n".repeat(20_001)).contains("more than 20,000 lines"));
    assert!(refused(&"#".repeat(table::MAX_BYTES + 1)).contains("longer than 1 MiB"));
    let most: String =
        (0..20_000).map(|n| format!("a{n}\tcrm\ta{n}.example\t-\t-\tno\t-\n")).collect();
    let known = Providers::with(&most).unwrap();
    assert_eq!(Some("a19999"), called(&known, "x.a19999.example"));
    assert_eq!(Some("Mailchimp"), called(&known, "mcsv.net"));
}

#[test]
fn hints_are_short_and_name_no_two_domains_as_one() {
    let mut includes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for provider in ours().iter() {
        assert!(provider.hint.chars().count() <= 120, "{}: {}", provider.name, provider.hint);
        // it is shown between brackets
        assert!(!provider.hint.contains(['(', ')']), "{}", provider.name);
        assert!(!provider.hint.ends_with('.'), "{}", provider.name);
        for word in provider.hint.split_whitespace() {
            if let Some(include) = word.strip_prefix("include:") {
                includes.entry(include).or_default().insert(&provider.name);
            }
        }
    }
    for (include, providers) in includes {
        assert_eq!(1, providers.len(), "{include}: {providers:?}");
    }
}
