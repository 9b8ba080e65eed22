//! Labels from end to end: said once, they outlive every report, show wherever sources show, and move
//! from store to store as a file.

use std::fs;

use serde_json::Value;

use crate::lists::has;
use crate::stage::{Stage, answer, failure, own, ruaudit, samples};

mod files;

/// A command with arguments that may hold blanks; what it answers.
fn said(stage: &Stage, args: &[&str]) -> String {
    let output = ruaudit(stage.path(), args).assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

fn refused(stage: &Stage, args: &[&str]) -> String {
    failure(&mut ruaudit(stage.path(), args))
}

/// The source of that name, as `sources` has it.
fn source(stage: &Stage, domain: &str, name: &str) -> Value {
    let found = stage.json(&format!("sources {domain}"));
    let mut sources = found["sources"].as_array().unwrap().iter();
    sources.find(|source| source["source"] == name).unwrap_or(&Value::Null).clone()
}

fn verdict(stage: &Stage, domain: &str) -> String {
    stage.json(&format!("advise {domain}"))["domains"][0]["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn a_label_says_what_it_changes_and_shows_wherever_the_source_shows() {
    let stage = own();
    assert_eq!("review", verdict(&stage, "shop.example"));
    let args = ["label", "shop.example", "mailchimp", "ours", "--note", "the newsletter"];
    let page = said(&stage, &args);
    assert!(page.contains("Mailchimp is labelled ours for shop.example."), "{page}");
    assert!(page.contains("1,038  Mailchimp  shop.example  asks -> own, failing"), "{page}");
    assert!(page.contains("REVIEW -> FIX"), "{page}");
    assert_eq!("fix", verdict(&stage, "shop.example"));
    let found = source(&stage, "shop.example", "Mailchimp");
    assert_eq!(
        ("own", "misconfigured", "ours", "the newsletter"),
        (
            found["class"].as_str().unwrap(),
            found["health"].as_str().unwrap(),
            found["label"].as_str().unwrap(),
            found["label_note"].as_str().unwrap()
        )
    );
    assert!(stage.answer("sources shop.example").contains("own, failing (ours)"));
    let rows = stage.csv("export --what sources shop.example");
    let at = rows[0].iter().position(|column| column == "label").unwrap();
    let row = rows.iter().find(|row| row[1] == "Mailchimp").unwrap();
    assert_eq!(["ours", "the newsletter"], [row[at].as_str(), row[at + 1].as_str()]);
    let again = said(&stage, &["label", "shop.example", "MAILCHIMP", "theirs"]);
    assert!(again.contains("labelled theirs for shop.example; it was ours."), "{again}");
    assert_eq!("threat", source(&stage, "shop.example", "Mailchimp")["class"]);
    let gone = said(&stage, &["label", "shop.example", "Mailchimp", "--remove"]);
    assert!(gone.contains("no longer labelled theirs"), "{gone}");
    assert_eq!("asks", source(&stage, "shop.example", "Mailchimp")["class"]);
}

#[test]
fn as_json_it_says_before_and_after() {
    let stage = own();
    let found = said(&stage, &["label", "shop.example", "Mailchimp", "list", "--format", "json"]);
    let found: Value = serde_json::from_str(&found).unwrap();
    let effect = &found["domains"][0];
    assert_eq!(
        ("list", "review"),
        (found["label"].as_str().unwrap(), effect["verdict_before"].as_str().unwrap())
    );
    assert_eq!(Value::Null, found["label_before"]);
    let source = &effect["sources"][0];
    assert_eq!(
        ("asks", "list", 1_038),
        (
            source["class_before"].as_str().unwrap(),
            source["class"].as_str().unwrap(),
            source["messages"].as_u64().unwrap()
        )
    );
}

#[test]
fn labels_outlive_the_reports_and_may_come_before_them() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| ruaudit(folder.path(), args).assert().success();
    run(&["label", "shop.example", "Mailchimp", "theirs", "--force"]);
    run(&["profile", "parked.example", "--sends-mail", "no", "--force"]);
    ruaudit(folder.path(), ["ingest"]).arg(samples()).assert().success();
    ruaudit(folder.path(), ["ingest"]).arg(samples()).assert().success();
    let found: Value =
        serde_json::from_str(&answer(folder.path(), "sources shop.example --format json")).unwrap();
    let sources = found["sources"].as_array().unwrap();
    assert!(sources.iter().any(|s| s["source"] == "Mailchimp" && s["label"] == "theirs"));
    assert!(answer(folder.path(), "profile parked.example").contains("sends mail      no"));
}

#[test]
fn an_address_or_a_network_is_a_source_of_its_own() {
    let stage = own();
    let page = said(&stage, &["label", "shop.example", "203.0.113.77/32", "theirs"]);
    assert!(page.contains("203.0.113.77 is labelled theirs"), "{page}");
    assert!(page.contains("asks -> threat"), "{page}");
    assert_eq!("threat", source(&stage, "shop.example", "203.0.113.77")["class"]);
    let error = refused(&stage, &["label", "shop.example", "203.0.113.77/24", "ours"]);
    assert!(error.contains("203.0.113.0/24 for the network"), "{error}");
    let mut waits = ruaudit(stage.path(), ["label", "shop.example", "198.51.100.200", "ours"]);
    let output = waits.assert().success().get_output().clone();
    let remark = String::from_utf8(output.stderr).unwrap();
    assert!(remark.contains("no mail from 198.51.100.200 in the last year"), "{remark}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("nothing changes"));
    let found = stage.json("labels shop.example");
    let stale: Vec<_> =
        found["labels"].as_array().unwrap().iter().map(|l| l["stale"].clone()).collect();
    assert_eq!(vec![Value::Bool(true), Value::Bool(false)], stale);
    assert!(stage.answer("labels").contains("none"));
    let rows = stage.csv("labels");
    assert_eq!(["198.51.100.200", "ours", "true"], [1, 2, 6].map(|at| rows[1][at].as_str()));
}

#[test]
fn a_label_of_every_domain_holds_where_no_other_does() {
    let stage = own();
    let page = said(&stage, &["label", "*", "Mailchimp", "theirs"]);
    assert!(page.contains("for every domain.") && page.contains("shop.example"), "{page}");
    said(&stage, &["label", "shop.example", "Mailchimp", "ours"]);
    assert_eq!("ours", source(&stage, "shop.example", "Mailchimp")["label"]);
    said(&stage, &["label", "shop.example", "Mailchimp", "--remove"]);
    assert_eq!("theirs", source(&stage, "shop.example", "Mailchimp")["label"]);
    assert_eq!(1, stage.json("labels shop.example")["labels"].as_array().unwrap().len());
}

#[test]
fn what_nobody_knows_is_refused_with_what_was_meant() {
    let stage = own();
    let error = refused(&stage, &["label", "shop.example", "Mailchmp", "ours"]);
    assert!(error.contains("did you mean Mailchimp?") && error.contains("--force"), "{error}");
    let error = refused(&stage, &["label", "shpo.example", "Mailchimp", "ours"]);
    assert!(error.contains("did you mean shop.example?"), "{error}");
    let error = refused(&stage, &["label", "shop.example", "Mailchimp", "--remove"]);
    assert!(error.contains("there is nothing to take away"), "{error}");
    let long = "n".repeat(501);
    for (note, why) in [(long.as_str(), "501 characters"), ("two\nlines", "one line of text")] {
        let error =
            refused(&stage, &["label", "shop.example", "Mailchimp", "ours", "--note", note]);
        assert!(error.contains(why), "{error}");
    }
    assert!(stage.answer("labels").contains("No labels."));
    said(&stage, &["label", "shop.example", "Mailchmp", "ours", "--force"]);
    assert_eq!(1, stage.json("labels")["labels"].as_array().unwrap().len());
    ruaudit(stage.path(), ["label", "shop.example", "Mailchimp"]).assert().code(2);
    ruaudit(stage.path(), ["label", "shop.example", "Mailchimp", "mine"]).assert().code(2);
}

#[test]
fn the_domains_of_others_have_no_labels() {
    let stage = own();
    fs::write(stage.path().join("ruaudit.toml"), "domains = ['acme.example']").unwrap();
    for args in [
        &["label", "shop.example", "Mailchimp", "ours"][..],
        &["label", "shop.example", "Mailchimp", "ours", "--force"],
        &["profile", "shop.example", "--sends-mail", "yes"],
        &["labels", "shop.example"],
    ] {
        let error = refused(&stage, args);
        assert!(error.contains("`domains` of the configuration"), "{args:?}: {error}");
    }
}

#[test]
fn a_label_from_a_file_shows_no_escape_and_no_formula() {
    let stage = own();
    let labels = "[[label]]\ndomain = 'shop.example'\nsource = \"evil\\u001b[2J\"\nlabel = 'ours'\n\
                  note = '=HYPERLINK(1)'\n";
    fs::write(stage.path().join("evil.toml"), labels).unwrap();
    stage.answer("labels import evil.toml");
    let page = stage.answer("labels");
    assert!(page.contains("evil\\u{1b}[2J") && !page.contains('\u{1b}'), "{page}");
    let csv = stage.answer("labels --format csv");
    assert!(csv.contains(",'=HYPERLINK(1),") && !csv.contains('\u{1b}'), "{csv}");
    assert!(!stage.answer("labels --format json").contains('\u{1b}'));
    assert!(!stage.answer("labels export").contains('\u{1b}'));
    // as the page shows it, it can be taken away
    let gone = said(&stage, &["label", "shop.example", "evil\\u{1b}[2J", "--remove"]);
    assert!(gone.contains("no longer labelled ours"), "{gone}");
}

#[test]
fn a_profile_is_shown_and_said_answer_by_answer() {
    let stage = own();
    assert_eq!(
        "acme.example\n  posts to lists  unknown\n  sends mail      unknown\n",
        stage.answer("profile acme.example")
    );
    stage.answer("profile ACME.example. --posts-to-lists yes");
    let found = stage.json("profile acme.example --sends-mail no");
    assert_eq!(
        (Value::Bool(true), Value::Bool(false)),
        (found["posts_to_lists"].clone(), found["sends_mail"].clone())
    );
    stage.answer("profile acme.example --posts-to-lists unknown --sends-mail unknown");
    assert!(stage.answer("labels export").lines().count() == 1, "nothing is said any more");
    assert!(refused(&stage, &["profile", "acne.example"]).contains("acme.example"));
}

#[test]
fn the_keys_of_labels_and_profiles() {
    let stage = own();
    let label = stage.json("label shop.example Mailchimp ours");
    has(&["domain", "source", "label", "note", "label_before", "domains"], &label, "labels");
    let effect = &label["domains"][0];
    has(&["domain", "sources", "verdict_before", "verdict", "headline"], effect, "labels");
    let source = ["source", "messages", "class_before", "health_before", "class", "health"];
    has(&source, &effect["sources"][0], "labels");
    let labels = stage.json("labels");
    has(&["window", "labels"], &labels, "labels");
    let listed = ["domain", "source", "label", "note", "set_at", "messages", "stale"];
    has(&listed, &labels["labels"][0], "labels");
    assert_eq!(listed.to_vec(), stage.csv("labels")[0]);
    let profile =
        ["domain", "posts_to_lists", "sends_mail", "verdict_before", "verdict", "headline"];
    has(&profile, &stage.json("profile shop.example"), "labels");
}

#[test]
fn each_message_counts_to_the_one_label_that_decides_on_it() {
    let stage = own();
    let counts = |line: &str| -> Vec<(String, String, u64)> {
        let found = stage.json(line);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let labels = found["labels"].as_array().unwrap().iter();
        labels
            .map(|l| (text(&l["domain"]), text(&l["source"]), l["messages"].as_u64().unwrap()))
            .collect()
    };
    said(&stage, &["label", "shop.example", "203.0.113.0/24", "theirs"]);
    said(&stage, &["label", "shop.example", "203.0.113.77", "ours"]);
    said(&stage, &["label", "*", "Mailchimp", "theirs"]);
    let all = counts("labels");
    let of = |source: &str| all.iter().find(|(_, name, _)| name == source).unwrap().2;
    assert_eq!((0, 10, 1_038), (of("203.0.113.0/24"), of("203.0.113.77"), of("Mailchimp")));
    // the same label has the same number, whichever domain is asked for
    assert_eq!(vec![("*".into(), "Mailchimp".into(), 1_038)], counts("labels acme.example"));
    said(&stage, &["label", "shop.example", "Mailchimp", "ours"]);
    let all = counts("labels shop.example");
    let mailchimp = |of: &str| all.iter().find(|(d, s, _)| d == of && s == "Mailchimp").unwrap().2;
    assert_eq!((0, 1_038), (mailchimp("*"), mailchimp("shop.example")));
    assert!(stage.answer("labels").contains("2 labels without mail in the window (none)"));
}

#[test]
fn a_profile_tells_what_it_changed() {
    let stage = own();
    let page = stage.answer("profile acme.example --sends-mail no");
    let verdict = page.lines().nth(3).unwrap();
    assert!(verdict.starts_with("acme.example  READY"), "{page}");
    let found = stage.json("profile acme.example");
    assert_eq!(found["verdict"], found["verdict_before"]);
    assert_eq!(self::verdict(&stage, "acme.example"), found["verdict"]);
}

#[test]
fn errors_about_labels_say_what_to_do() {
    let stage = own();
    for args in [
        &["label", "new.example", "Mailchimp", "ours"][..],
        &["profile", "new.example", "--sends-mail", "yes"],
    ] {
        let error = refused(&stage, args);
        assert!(error.contains("reports are yet to come: --force"), "{args:?}: {error}");
    }
    said(&stage, &["label", "*", "Mailchimp", "theirs"]);
    let error = refused(&stage, &["label", "*", "qqqqqqq", "--remove"]);
    assert!(error.contains("ruaudit labels '*'"), "{error}");
    let both = ["label", "shop.example", "Mailchimp", "ours", "--remove"];
    let output = ruaudit(stage.path(), both).assert().code(2).get_output().stderr.clone();
    let error = String::from_utf8(output).unwrap();
    assert!(error.contains("ruaudit label DOMAIN SOURCE --remove"), "{error}");
}
