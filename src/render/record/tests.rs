use super::*;
use crate::model::verdict::{Class, Verdict};
use crate::render::escape::is_unsafe;
use crate::render::specimens::{forms, text};

const NAME: &str = "_dmarc.a.example";
const NOW: &str = "v=DMARC1; p=none; rua=mailto:d@a.example";
const NEXT: &str = "v=DMARC1; p=quarantine; rua=mailto:d@a.example";

fn today(txt: &str, origin: Origin) -> Today {
    Today { txt: txt.into(), origin, complete: true, seen_on: None }
}

fn proposed() -> Proposed {
    Proposed {
        verdict: Some(Verdict::Ready),
        headline: Some("move p=none to p=quarantine".into()),
        record: Some(forms(NAME, NEXT)),
        keep: Some(today(NOW, Origin::Given)),
        effect: vec!["failing mail goes to the spam folder".into()],
        ..Proposed::of("a.example".into())
    }
}

#[test]
fn the_record_to_keep_comes_before_the_one_to_publish() {
    assert_eq!(
        "\
a.example  READY: move p=none to p=quarantine
  keep       copy this first, the record that you gave:
             v=DMARC1; p=none; rua=mailto:d@a.example
  publish    _dmarc.a.example TXT
             v=DMARC1; p=quarantine; rua=mailto:d@a.example
             in the place of the one that stands there: edit it, do not add a
             second
  receivers  failing mail goes to the spam folder
",
        text(|out| write(out, Page::PLAIN, &proposed()))
    );
}

#[test]
fn each_form_stands_alone() {
    let (now, next) = (forms(NAME, NOW), forms(NAME, NEXT));
    assert_eq!(format!("{NEXT}\n"), text(|out| txt(out, &next)));
    assert_eq!(
        format!("; until now: ZONE {NOW}\nZONE {NEXT}\n"),
        text(|out| zone(out, &next, Some(&now)))
    );
    assert_eq!(
        format!(
            "Keep first {NOW}\nName       {NAME}.\nTTL        unchanged\nType       TXT\n\
             Record     {NEXT}\n"
        ),
        text(|out| cpanel(out, &next.cpanel, Some(NOW)))
    );
}

#[test]
fn senders_consents_and_spf_are_told() {
    let sender = Sender {
        source: "192.0.2.0/24".into(),
        class: Class::Own,
        messages: 1_200,
        failing: 600,
        fix: "add ip4:192.0.2.9 to the SPF record of a.example".into(),
    };
    let consent = Consent {
        host: "c.test".into(),
        name: "a.example._report._dmarc.c.test".into(),
        txt: "v=DMARC1;".into(),
    };
    let spf = SpfChange {
        today: Some("v=spf1 -all".into()),
        add: vec!["ip4:192.0.2.9".into()],
        changed: Some("v=spf1 ip4:192.0.2.9 -all".into()),
        origin: Some(Origin::Dns),
        lookups: Some(3),
        problem: None,
        record: Some(forms("a.example", "v=spf1 ip4:192.0.2.9 -all")),
        unseen: Vec::new(),
    };
    let key = KeyChange {
        source: "Mailchimp".into(),
        name: "k1._domainkey.a.example".into(),
        result: "permerror".into(),
        messages: 9,
        dns: None,
        fix: "publish the key".into(),
    };
    let all = Proposed {
        senders: vec![sender; 12],
        consents: vec![consent],
        spf: Some(spf.clone()),
        dkim: vec![key],
        ..proposed()
    };
    let page = text(|out| write(out, Page::PLAIN, &all));
    for said in [
        "c.test must publish this",
        "\n             v=DMARC1;\n",
        "1,200      600  192.0.2.0/24  own",
        "-> add ip4:192.0.2.9",
        "and 2 more: --verbose",
        "SPF        copy this first, the SPF record from the DNS, asked now:\n             v=spf1 -all\n",
        "3 look-ups of 10",
        "k1._domainkey.a.example: permerror in 9 messages of Mailchimp\n    -> publish the key\n",
        "\n             v=spf1 ip4:192.0.2.9 -all\n",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let unknown = SpfChange {
        today: None,
        changed: None,
        record: None,
        problem: Some("it is not known".into()),
        ..spf
    };
    let page =
        text(|out| write(out, Page::PLAIN, &Proposed { spf: Some(unknown.clone()), ..proposed() }));
    assert!(
        page.contains("to be added to the SPF record of a.example:\n             ip4:192.0.2.9\n"),
        "{page}"
    );
    assert!(page.contains("beware     it is not known\n"), "{page}");
}

#[test]
fn without_a_step_what_stands_there_and_the_way_on_are_told() {
    let stopped = Proposed {
        record: None,
        effect: Vec::new(),
        keep: Some(Today { seen_on: Some("2026-10-26".into()), ..today(NOW, Origin::Kept) }),
        in_dns: vec!["v=DMARC1; p".into()],
        notes: vec!["see what is wrong".into()],
        run: vec!["ruaudit check a.example".into()],
        ..proposed()
    };
    assert_eq!(
        format!(
            "a.example  READY: move p=none to p=quarantine\n  keep       the last record known, of \
             2026-10-26:\n             {NOW}\n  keep       the DNS has this, asked now:\n             \
             v=DMARC1; p\n  beware     see what is wrong\n  run        ruaudit check a.example\n"
        ),
        text(|out| write(out, Page::PLAIN, &stopped))
    );
    let draft = Proposed { record: None, draft: Some(NEXT.into()), ..proposed() };
    let page = text(|out| write(out, Page::PLAIN, &draft));
    assert!(
        page.contains("not to be published as it stands") && !page.contains("publish  "),
        "{page}"
    );
}

#[test]
fn the_history_has_a_line_and_a_value_for_each() {
    let remembered = |seen, first: &str, last: &str, txt: &str| Remembered {
        seen,
        first: first.into(),
        last: last.into(),
        name: NAME.into(),
        txt: txt.into(),
        complete: true,
        number: (seen != "reports").then_some(1),
        several: seen == "dns",
    };
    let page = |records: &[Remembered], way_back: Option<&WayBack>| {
        text(|out| history(out, Page::PLAIN, "a.example", records, way_back, "a.example"))
    };
    let named = WayBack { number: 1, because: "was given on 2026-10-26".into() };
    let records = [
        remembered("reports", "2026-09-20", "2026-10-24", "p=none"),
        remembered("dns", "2026-10-25T07:33:20Z", "2026-10-26T08:00:00Z", NOW),
        Remembered {
            number: Some(2),
            ..remembered("proposed", "2026-10-26T07:33:20Z", "2026-10-26T08:00:00Z", NEXT)
        },
    ];
    assert_eq!(
        format!(
            "a.example\n  -  2026-09-20 to 2026-10-24: seen by receivers, as far as reports show\n     \
             p=none\n  1  2026-10-25 to 2026-10-26: in the DNS, with another at once, so that\n     receivers \
             took neither\n     {NOW}\n  2  2026-10-26: proposed\n     {NEXT}\n\nTo go back to one, publish \
             its text, or have it in a form to enter:\n  ruaudit record history a.example --back 1 --as \
             cpanel\nRecord 1 was given on 2026-10-26.\n"
        ),
        page(&records, Some(&named))
    );
    let nameless = page(&records, None);
    assert!(nameless.contains("Make sure that it was yours"), "{nameless}");
    let command = "\n  ruaudit record history a.example --back NUMBER --as cpanel\n";
    assert!(nameless.contains(command), "{nameless}");
    assert!(page(&[], None).contains("no record is known"));
    assert!(!page(&records[..1], None).contains("go back"), "reports alone lead to none");
}

#[test]
fn what_strangers_wrote_cannot_move_the_cursor() {
    let bad = "\u{1b}[2J\u{202e}\n";
    let mut all = proposed();
    all.domain = bad.into();
    all.keep = Some(today(bad, Origin::Dns));
    all.in_dns = vec![bad.into()];
    all.run = vec![bad.into()];
    all.draft = Some(bad.into());
    all.record = Some(forms(bad, bad));
    all.notes = vec![bad.into()];
    all.spf = Some(SpfChange {
        today: Some(bad.into()),
        add: vec![bad.into()],
        changed: None,
        origin: None,
        lookups: None,
        problem: Some(bad.into()),
        record: None,
        unseen: vec![bad.into()],
    });
    let words = || bad.to_owned();
    all.dkim = vec![KeyChange {
        source: words(),
        name: words(),
        result: words(),
        messages: 1,
        dns: None,
        fix: words(),
    }];
    let page = Page { verbose: true, ..Page::PLAIN };
    let record = forms(bad, bad);
    for text in [
        text(|out| write(out, page, &all)),
        text(|out| txt(out, &record)),
        text(|out| zone(out, &record, Some(&record))),
        text(|out| cpanel(out, &record.cpanel, Some(bad))),
    ] {
        assert!(text.chars().all(|c| c == '\n' || !is_unsafe(c)), "{text}");
    }
    assert_eq!(1, text(|out| txt(out, &record)).lines().count());
}
