use super::*;
use crate::model::digest::{
    Looked, ReasonCount, RecordChange, RejectedInput, SilentReporter, VerdictCount,
};
use crate::model::verdict::Verdict;
use crate::model::words::Policy;
use crate::render::specimens::{day, text};

fn page(changes: &Changes) -> String {
    let written = Written { reports: 12, rejected: 3, ..Written::default() };
    let read = Read { inputs: 34, written: &written };
    text(|out| write(out, Page::PLAIN, changes, read))
}

fn quiet() -> Changes {
    let since = Some("2026-11-21T03:00:00Z".into());
    Changes { since, new_reports: 12, ..Changes::default() }
}

fn failing() -> SourceChange {
    SourceChange {
        source: "Mailchimp".into(),
        event: SourceEvent::Fails,
        messages: 1_290,
        failing: 300,
        since: Some(day("2026-11-19")),
        fix: Some("switch on DKIM for shop.example at Mailchimp".into()),
        in_the_way: true,
    }
}

fn fix() -> DomainChange {
    DomainChange {
        domain: "shop.example".into(),
        is_new: false,
        policy: "none".into(),
        messages: 8_120,
        verdict: Verdict::Fix,
        was: Some(Verdict::Ready),
        next: None,
        headline: "one own sender fails alignment: mend Mailchimp".into(),
        act: failing().fix,
        needs_person: true,
        sources: vec![failing()],
        more_sources: 0,
    }
}

fn stay(domain: &str) -> DomainChange {
    DomainChange {
        domain: domain.into(),
        verdict: Verdict::Stay,
        was: Some(Verdict::Ready),
        next: None,
        headline: "stay at p=reject: your own mail passes".into(),
        act: None,
        needs_person: false,
        sources: vec![],
        ..fix()
    }
}

fn of(changes: Vec<DomainChange>) -> DomainChanges {
    let count = |test: fn(&DomainChange) -> bool| changes.iter().filter(|c| test(c)).count() as u64;
    DomainChanges {
        judged: 5,
        verdicts: vec![VerdictCount { verdict: Verdict::Fix, count: 5 }],
        changed: changes.len() as u64,
        need_person: count(|c| c.needs_person),
        new: count(|c| c.is_new),
        domains: changes,
    }
}

#[test]
fn where_nothing_has_changed_there_is_one_line() {
    assert_eq!("Nothing has changed since 2026-11-21 03:00 UTC: 12 new reports.\n", page(&quiet()));
}

#[test]
fn the_answer_is_first_then_what_to_do_then_what_else_has_changed() {
    let domains = of(vec![fix(), stay("acme.example")]);
    assert_eq!(
        "1 domain needs you.\n\
         Since 2026-11-21 03:00 UTC: 12 new reports in 34 files and mails\n\
         \n\
         shop.example  FIX (was READY): one own sender fails alignment: mend Mailchimp\n  \
           Mailchimp is yours and fails since 2026-11-19: 300 of 1,290 messages\n    \
             -> switch on DKIM for shop.example at Mailchimp\n\
         \n\
         Changed, and needs nobody:\n\
         acme.example  STAY (was READY): stay at p=reject: your own mail passes\n",
        page(&Changes { domains, needs_person: true, ..quiet() })
    );
}

#[test]
fn the_next_act_is_said_where_no_sender_says_it() {
    let act = Some("the record to publish: ruaudit advise shop.example".to_owned());
    let ready = DomainChange {
        verdict: Verdict::Ready,
        was: Some(Verdict::Hold),
        next: Some(Policy::Quarantine),
        headline: "move p=none to p=quarantine".into(),
        act,
        sources: vec![],
        ..fix()
    };
    let page = page(&Changes { domains: of(vec![ready]), ..quiet() });
    assert!(
        page.ends_with(
            "\nshop.example  READY (was HOLD): move p=none to p=quarantine\n  \
             -> the record to publish: ruaudit advise shop.example\n"
        ),
        "{page}"
    );
}

#[test]
fn every_event_of_a_sender_has_its_sentence() {
    let line = |event, failing| source_line(&SourceChange { event, failing, ..self::failing() });
    assert_eq!(
        "Mailchimp is new and may be yours: 7 of 1,290 messages fail since 2026-11-19",
        line(SourceEvent::Asks, 7)
    );
    assert_eq!("Mailchimp is new and yours: 1,290 messages", line(SourceEvent::New, 0));
    assert_eq!("Mailchimp is mended: 1,290 messages, none fails", line(SourceEvent::Mended, 0));
    assert_eq!(
        "Mailchimp is mended: 7 of 1,290 messages fail in the window",
        line(SourceEvent::Mended, 7)
    );
}

#[test]
fn a_domain_that_is_new_is_a_name_unless_it_needs_somebody() {
    let new = DomainChange { is_new: true, was: None, ..stay("new.example") };
    let bad = DomainChange { is_new: true, was: None, ..fix() };
    let page = page(&Changes { domains: of(vec![bad, new]), ..quiet() });
    assert!(page.contains("\nshop.example  FIX (new domain): one own"), "{page}");
    assert!(page.ends_with("\n\nNew domains: new.example\n"), "{page}");
}

#[test]
fn what_is_left_out_is_counted() {
    let mut domains = of(vec![DomainChange { more_sources: 2, ..fix() }]);
    domains.changed = 1_001;
    let page = page(&Changes { domains, ..quiet() });
    assert!(page.contains("  and 2 more senders: ruaudit sources shop.example\n"), "{page}");
    assert!(page.ends_with("\nand 1,000 more domains changed: ruaudit advise\n"), "{page}");
}

#[test]
fn what_could_not_be_read_stands_before_the_domains_and_silence_too() {
    let failed = vec![Failure { place: "main".into(), error: "cannot sign in: no".into() }];
    let silence = Silence { last: Some(day("2026-11-14")), days: 8, needs_person: true };
    let reporters = ReporterChanges { silence: Some(silence), ..ReporterChanges::default() };
    let page = page(&Changes { failed, reporters, needs_person: true, ..quiet() });
    assert_eq!(
        "1 account or path could not be read, no reports come any more.\n\
         Since 2026-11-21 03:00 UTC: 12 new reports in 34 files and mails\n\
         main failed: cannot sign in: no\n\
         no reports at all since 2026-11-14, 8 days ago: does the mailbox still receive\n  \
           them, and does the rua tag still name it?\n",
        page
    );
}

#[test]
fn reporters_and_what_was_refused_come_last() {
    let count = |reason: &str, count| ReasonCount { reason: reason.into(), count };
    let troubles = Troubles {
        rejected: vec![count("truncated", 6), count("malformed", 1)],
        rejected_inputs: vec![
            RejectedInput {
                origin: "in/1.eml > r.xml\u{1b}[2J".into(),
                sender: Some("a@b.example".into()),
                received_at: None,
            },
            RejectedInput {
                origin: "imap://w1@mail.example:24144/INBOX;UIDVALIDITY=1/;UID=85 > a > r.xml"
                    .into(),
                sender: Some("dmarc@\u{1b}b.example".into()),
                received_at: Some("2026-11-21T22:26:01Z".into()),
            },
            RejectedInput {
                origin: "imap://w1@mail.example:24144/INBOX;UIDVALIDITY=1/;UID=86".into(),
                sender: None,
                received_at: None,
            },
        ],
        conflicts: 1,
        foreign: 2,
        ..Troubles::default()
    };
    let silent = vec![SilentReporter { reporter: "google.com".into(), last: day("2026-11-14") }];
    let reporters =
        ReporterChanges { silent, back: vec!["Yahoo".into()], ..ReporterChanges::default() };
    let page = page(&Changes { troubles, reporters, ..quiet() });
    assert_eq!(
        "Nothing needs you.\n\
         Since 2026-11-21 03:00 UTC: 12 new reports in 34 files and mails\n\
         \n\
         No reports any more from: google.com since 2026-11-14\n\
         Reports again from: Yahoo\n\
         7 inputs could not be read (6 truncated, 1 malformed): ruaudit rejected\n  \
           in/1.eml > r.xml\\u{1b}[2J\n  \
           mail from dmarc@\\u{1b}b.example, received 2026-11-21 22:26 UTC > a > r.xml\n  \
           imap://w1@mail.example:24144/INBOX;UIDVALIDITY=1/;UID=86\n  \
           and 4 more\n\
         3 reports kept aside, 1 contradicting earlier ones, 2 about domains of others:\n  \
           ruaudit reports --aside\n",
        page
    );
}

#[test]
fn the_first_run_shows_the_verdicts() {
    let first = Changes { since: None, domains: of(vec![fix()]), ..quiet() };
    assert_eq!(
        "First run: 1 domain of 5 needs you. The next one tells what has changed.\n\
         12 new reports in 34 files and mails\n\
         \n\
         DOMAIN        POLICY  MESSAGES  VERDICT\n\
         shop.example  none       8,120  FIX: one own sender fails alignment: mend\n\
         \x20                               Mailchimp\n\
         and 4 more domains; of all: 5 FIX: ruaudit advise\n\
         What to do with each: ruaudit advise DOMAIN\n",
        page(&first)
    );
}

#[test]
fn reports_that_came_between_two_runs_are_counted_and_told_apart() {
    let changes = Changes { new_reports: 1_960, domains: of(vec![stay("a.example")]), ..quiet() };
    let page = page(&changes);
    let expected = "\nSince 2026-11-21 03:00 UTC: 1,960 new reports, 12 of them in this run (34 files\n  \
                    and mails)\n\n";
    assert!(page.contains(expected), "{page}");
}

#[test]
fn a_store_without_reports_says_where_was_looked() {
    let looked = |place: &str, inputs| Looked { place: place.into(), inputs };
    let nothing =
        NothingYet { looked: vec![looked("main/INBOX", 1_200), looked("in", 0)], aside: 0 };
    let first =
        Changes { new_reports: 0, since: None, nothing_yet: Some(nothing.clone()), ..quiet() };
    let said = page(&first);
    assert!(
        said.ends_with(
            "\nNo report was found yet. Files and mails there: 1,200 in main/INBOX, 0 in in\n"
        ),
        "{said}"
    );
    let silence = Silence { last: None, days: 6, needs_person: true };
    let reporters = ReporterChanges { silence: Some(silence), ..ReporterChanges::default() };
    let later = Changes { nothing_yet: Some(nothing.clone()), reporters, ..quiet() };
    let said = page(&later);
    assert!(said.starts_with("No report has come yet.\n"), "{said}");
    assert!(
        said.ends_with(
            "\nno reports at all since the first run, 6 days ago: is this the right mailbox and\n  \
             folder, and is rua published?\n\
             Files and mails there: 1,200 in main/INBOX, 0 in in\n"
        ),
        "{said}"
    );
    let aside = Changes { nothing_yet: Some(NothingYet { aside: 3, ..nothing }), ..later };
    let said = page(&aside);
    assert!(
        said.contains("\nno report that counts since the first run, 6 days ago: are"),
        "{said}"
    );
    assert!(
        said.contains("\nNo report that counts was found yet, 3 kept aside: ruaudit"),
        "{said}"
    );
}

#[test]
fn names_and_errors_of_strangers_cannot_move_the_cursor_or_leave_the_page() {
    let hostile = format!("x{}\u{1b}[2J", "y".repeat(300));
    let mut change = fix();
    change.domain.clone_from(&hostile);
    change.sources[0].source.clone_from(&hostile);
    change.headline.clone_from(&hostile);
    let failed = vec![Failure { place: hostile.clone(), error: hostile.clone() }];
    let silent = vec![SilentReporter { reporter: hostile.clone(), last: day("2026-11-14") }];
    let reporters = ReporterChanges { silent, back: vec![hostile; 20], ..Default::default() };
    let changes = Changes { domains: of(vec![change]), failed, reporters, ..quiet() };
    for changes in [Changes { since: None, ..changes.clone() }, changes] {
        let page = page(&changes);
        assert!(!page.contains('\u{1b}'), "{page}");
        let long = page.lines().find(|line| crate::render::text::width(line) > 80);
        assert_eq!(None, long);
    }
}

#[test]
fn a_record_that_is_gone_calls_a_person_and_one_that_changed_does_not() {
    let was = vec!["v=DMARC1; p=none; rua=mailto:d@shop.example".to_owned()];
    let changed = RecordChange {
        domain: "acme.example".into(),
        name: "_dmarc.acme.example".into(),
        was: was.clone(),
        now: vec!["v=DMARC1; p=reject; rua=mailto:\u{1b}d@shop.example".into()],
        problem: None,
        needs_person: false,
    };
    let gone = RecordChange {
        domain: "shop.example".into(),
        name: "_dmarc.shop.example".into(),
        now: vec![],
        problem: Some("the DNS has no DMARC record at _dmarc.shop.example now".into()),
        needs_person: true,
        ..changed.clone()
    };
    let page = page(&Changes { records: vec![gone, changed], needs_person: true, ..quiet() });
    assert_eq!(
        "1 record is gone or broken in the DNS.\n\
         Since 2026-11-21 03:00 UTC: 12 new reports in 34 files and mails\n\
         \n\
         shop.example  the DNS has no DMARC record at _dmarc.shop.example now\n  \
         was  v=DMARC1; p=none; rua=mailto:d@shop.example\n  \
         -> publish it again: ruaudit record history shop.example\n\
         \n\
         acme.example  the DMARC record at _dmarc.acme.example is another now\n  \
         was  v=DMARC1; p=none; rua=mailto:d@shop.example\n  \
         now  v=DMARC1; p=reject; rua=mailto:\\u{1b}d@shop.example\n",
        page
    );
}
