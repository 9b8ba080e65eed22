use super::*;
use crate::render::specimens;
use crate::render::text::width;

fn blocks(page: Page, domains: &[&Recommendation]) -> String {
    let mut out = Vec::new();
    write(&mut out, page, domains, 0.95, specimens::forms).unwrap();
    String::from_utf8(out).unwrap()
}

fn block(page: Page, advice: &Recommendation) -> String {
    blocks(page, &[advice]).strip_prefix('\n').unwrap().to_owned()
}

#[test]
fn a_ready_domain_shows_evidence_and_record() {
    assert_eq!(
        "\
acme.example  READY: move p=none to p=quarantine
  12,282 own messages, none failed: at most 0.03% would (95%), 0 bad days of 31
  11 forwarded messages would be quarantined (2 with receivers' exceptions)
  3,015 forged messages would be quarantined, which is what the move is for
  publish    _dmarc.acme.example TXT
             v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@acme.example; np=reject
  undo with  v=DMARC1; p=none; rua=mailto:dmarc-reports@acme.example
  beware     sp=none leaves subdomains open
",
        block(Page::PLAIN, &specimens::ready())
    );
}

#[test]
fn a_domain_to_mend_shows_what_stands_in_the_way() {
    let mut advice = specimens::fix();
    advice.what_if = Default::default();
    assert_eq!(
        "\
shop.example  FIX: one own sender fails alignment
  12,282 own messages, none failed: at most 0.03% would (95%), 0 bad days of 31
  missing    own sources: 1 own source fails (needed: none)
  MESSAGES  FAILING  SOURCE     WHY
     1,290    1,290  Mailchimp  signs as mcsv.net; bounces to mcsv.net
    -> switch on DKIM for shop.example at Mailchimp, then wait for 14 clean days
",
        block(Page::PLAIN, &advice)
    );
}

#[test]
fn nothing_is_missing_where_the_end_is_reached() {
    let mut advice = specimens::fix();
    assert!(block(Page::PLAIN, &advice).contains("missing"));
    (advice.verdict, advice.policy) = (Verdict::Stay, "reject".into());
    assert!(!block(Page::PLAIN, &advice).contains("missing"));
    let verbose = Page { verbose: true, ..Page::PLAIN };
    assert!(block(verbose, &advice).contains("--         own sources"));
}

#[test]
fn verbose_shows_every_gate_and_ready_made_fields() {
    let page = Page { verbose: true, ..Page::PLAIN };
    assert!(block(page, &specimens::fix()).contains("\n  ok         observed days: 31 days"));
    let ready = block(page, &specimens::ready());
    assert!(ready.contains("zone file  ZONE v=DMARC1; p=quar"));
    assert!(
        ready.contains("cPanel     Name _dmarc.acme.example., TTL unchanged, Type TXT, Record:\n"),
        "{ready}"
    );
}

#[test]
fn only_the_txt_value_may_be_wider_than_the_page() {
    let mut advice = specimens::fix();
    advice.domain = "very-long.".repeat(25);
    advice.headline = "word ".repeat(60);
    advice.blockers[0].source = "s".repeat(300);
    advice.blockers[0].why = "y".repeat(300);
    advice.notes = vec!["n".repeat(300)];
    advice.gates[1].found = "found ".repeat(50);
    for line in block(Page { verbose: true, ..Page::PLAIN }, &advice).lines() {
        assert!(width(line) <= 80, "{} columns: {line}", width(line));
    }
    advice = specimens::ready();
    advice.record =
        Some(format!("v=DMARC1; p=quarantine; rua=mailto:{}@x.example", "r".repeat(90)));
    let value = advice.record.clone().unwrap();
    assert!(block(Page::PLAIN, &advice).lines().any(|line| line.trim() == value));
}

#[test]
fn a_rollback_publishes_the_record_to_go_back_to() {
    let mut advice = specimens::ready();
    advice.verdict = Verdict::Rollback;
    advice.record = None;
    let text = block(Page::PLAIN, &advice);
    assert!(text.contains("\n  roll back  _dmarc.acme.example TXT\n"), "{text}");
    assert!(text.contains("\n             v=DMARC1; p=none; rua"), "{text}");
}

#[test]
fn colour_adds_and_never_carries() {
    let page = Page { colour: true, ..Page::PLAIN };
    let coloured = block(page, &specimens::ready());
    assert!(coloured.contains("\u{1b}["));
    assert_eq!(
        block(Page::PLAIN, &specimens::ready()),
        anstream::adapter::strip_str(&coloured).to_string()
    );
}

#[test]
fn hostile_words_are_escaped_in_every_line() {
    let mut advice = specimens::ready();
    let bad = "\u{1b}[2J\u{202e}";
    advice.domain = bad.into();
    advice.headline = bad.into();
    advice.record = Some(bad.into());
    advice.rollback = Some(format!("{bad}x"));
    advice.record_name = bad.into();
    advice.notes = vec![bad.into()];
    let text = block(Page { verbose: true, ..Page::PLAIN }, &advice);
    assert!(text.chars().all(|c| c == '\n' || !crate::render::escape::is_unsafe(c)), "{text}");
}

#[test]
fn own_mail_comes_first_and_nothing_is_said_of_nought() {
    let mut advice = specimens::ready();
    advice.what_if.worst_case.own = 1;
    advice.what_if.with_overrides.forwarded = 0;
    let text = block(Page::PLAIN, &advice);
    let lines: Vec<_> = text.lines().skip(2).take(2).collect();
    assert_eq!("  1 own message would be quarantined (none with receivers' exceptions)", lines[0]);
    assert!(text.contains("\n  11 forwarded messages would be quarantined (none with"), "{text}");
    assert!(!text.contains("mailing lists"), "{text}");
}

#[test]
fn what_a_weaker_sp_decides_over_has_a_line_of_its_own() {
    let mut advice = specimens::ready();
    assert!(!block(Page::PLAIN, &advice).contains("weaker sp"));
    advice.what_if.spared = 2_480;
    let text = block(Page::PLAIN, &advice);
    let line = "\n  2,480 failing messages of subdomains, over which a weaker sp decides\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn an_enforced_policy_is_spoken_of_in_the_present() {
    let mut advice = specimens::ready();
    (advice.verdict, advice.next, advice.policy) = (Verdict::Stay, None, "reject".into());
    let text = block(Page::PLAIN, &advice);
    assert!(text.contains("3,015 forged messages failed: p=reject hits such mail now\n"), "{text}");
}

#[test]
fn many_sources_in_the_way_are_counted_and_shown_when_asked_for() {
    let mut advice = specimens::fix();
    advice.blockers = vec![advice.blockers[0].clone(); 12];
    let text = block(Page::PLAIN, &advice);
    assert!(text.contains("\n  and 2 more sources: --verbose\n"), "{text}");
    assert!(!block(Page { verbose: true, ..Page::PLAIN }, &advice).contains("more source"));
}

#[test]
fn blind_spots_are_told_once() {
    let mut out = Vec::new();
    let domains = [specimens::ready(), specimens::fix()];
    blind_spots(&mut out, Page::PLAIN, &domains).unwrap();
    let text = "\nWhat reports cannot show: mail at receivers that send no reports\n";
    assert_eq!(text, String::from_utf8(out).unwrap());
}

#[test]
fn a_blind_spot_of_some_domains_names_them() {
    let mut out = Vec::new();
    let mut one = specimens::ready();
    one.blind_spots.push("what nobody looked up".into());
    blind_spots(&mut out, Page::PLAIN, &[one, specimens::fix()]).unwrap();
    let text = String::from_utf8(out).unwrap();
    let end = format!("what nobody looked up, of {}\n", specimens::ready().domain);
    assert!(text.replace("\n  ", " ").ends_with(&end), "{text}");
}

#[test]
fn what_holds_for_the_records_of_several_domains_is_told_once() {
    let mut one = specimens::ready();
    one.notes = vec![RUA_IS_UNSEEN.into(), "a trap of its own".into()];
    assert!(block(Page::PLAIN, &one).contains("\n  beware     reports do not show rua"));
    let text = blocks(Page::PLAIN, &[&one, &specimens::fix(), &one]);
    assert_eq!(1, text.matches("do not show rua").count(), "{text}");
    assert_eq!(2, text.matches("\n  beware     a trap of its own").count(), "{text}");
    let end = "\n\nBeware of the records above: reports do not show rua and ruf: keep those of the\n  \
               record that you have, or give it with --record\n";
    assert!(text.ends_with(end), "{text}");
}
