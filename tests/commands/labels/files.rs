//! Labels as a file: out, in, and what a file may not do.

use std::fs;
use std::path::Path;

use super::{refused, said};
use crate::stage::{Stage, own, ruaudit};

fn stage_with_labels() -> Stage {
    let stage = own();
    said(&stage, &["label", "shop.example", "Mailchimp", "ours", "--note", "news, \"weekly\""]);
    said(&stage, &["label", "*", "203.0.113.0/24", "theirs", "--note", "=1+1"]);
    said(&stage, &["label", "shop.example", "+odd", "list", "--force", "--note", "'=x"]);
    said(&stage, &["profile", "acme.example", "--posts-to-lists", "no"]);
    stage
}

fn exported(folder: &Path, form: &str) -> String {
    let args = ["labels", "export", "--format", form];
    let output = ruaudit(folder, args).assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

#[test]
fn an_export_read_into_another_store_is_the_same_export() {
    let stage = stage_with_labels();
    for form in ["toml", "csv"] {
        let first = exported(stage.path(), form);
        for name in [format!("labels.{form}"), "labels".to_owned()] {
            let other = tempfile::tempdir().unwrap();
            fs::write(other.path().join(&name), &first).unwrap();
            ruaudit(other.path(), ["labels", "import", &name]).assert().success().stderr("");
            for again in ["toml", "csv"] {
                assert_eq!(exported(stage.path(), again), exported(other.path(), again), "{form}");
            }
            let args = ["labels", "import", &name, "--format", "json"];
            let output = ruaudit(other.path(), args).assert().success().get_output().clone();
            let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let count = |key: &str| found[key].as_u64().unwrap();
            assert_eq!(
                [3, 1, 0, 0, 4, 0],
                ["labels", "profiles", "added", "changed", "unchanged", "removed"].map(count)
            );
        }
    }
    let csv = exported(stage.path(), "csv");
    assert!(csv.starts_with("domain,source,label,note,posts_to_lists,sends_mail\r\n"), "{csv}");
    assert!(csv.contains("*,203.0.113.0/24,theirs,'=1+1,,\r\n"), "{csv}");
    assert!(csv.contains("shop.example,'+odd,list,''=x,,\r\n"), "{csv}");
    assert!(csv.contains("acme.example,,,,false,\r\n"), "{csv}");
}

#[test]
fn line_ends_and_marks_of_other_systems_are_no_matter() {
    let stage = stage_with_labels();
    for form in ["toml", "csv"] {
        let plain = exported(stage.path(), form).replace("\r\n", "\n");
        for text in [plain.clone(), plain.replace('\n', "\r\n"), format!("\u{feff}{plain}")] {
            let other = tempfile::tempdir().unwrap();
            ruaudit(other.path(), ["labels", "import", "-"]).write_stdin(text).assert().success();
            assert_eq!(exported(stage.path(), form), exported(other.path(), form));
        }
    }
}

#[test]
fn replacing_makes_the_store_say_what_the_file_says() {
    let stage = stage_with_labels();
    let file = "[[label]]\ndomain = 'acme.example'\nsource = 'x'\nlabel = 'ours'\n";
    fs::write(stage.path().join("one.toml"), file).unwrap();
    let page = stage.answer("labels import one.toml");
    assert!(page.starts_with("1 new, 4 unchanged; 1 label matches no mail of the last"), "{page}");
    assert_eq!(4, stage.json("labels")["labels"].as_array().unwrap().len());
    let page = stage.answer("labels import one.toml --replace").replace("\n ", "");
    assert!(page.starts_with("1 unchanged, 4 removed;"), "{page}");
    assert_eq!(1, stage.json("labels")["labels"].as_array().unwrap().len());
    assert!(stage.answer("profile acme.example").contains("posts to lists  unknown"));
}

#[test]
fn a_file_with_a_fault_changes_nothing_and_is_told_its_line() {
    let stage = stage_with_labels();
    let before = exported(stage.path(), "toml");
    let fine = "[[label]]\ndomain = 'acme.example'\nsource = 'x'\nlabel = 'ours'\n";
    for (name, text, line, right) in [
        ("a.toml", format!("{fine}[[label]]\ndomian = 'b.example'\n"), "line 6", "`domain`"),
        (
            "b.toml",
            format!("{fine}[[label]]\ndomain = 'b.example'\nsource = 'y'\nlabel = 'our'\n"),
            "line 8",
            "ours",
        ),
        ("c.toml", format!("{fine}{fine}"), "line 5", "leave one"),
        (
            "d.csv",
            "domain,source,label\nacme.example,x,ours\nacme.example,192.0.2.1/24,ours\n".into(),
            "line 3",
            "192.0.2.0/24",
        ),
        ("e.csv", "domain,sourc,label\n".into(), "line 1", "`source`"),
        ("f.toml", "[[label]\n".into(), "line 1", "TOML"),
        ("g.toml", format!("{fine}note = \"a\\u001bb\"\n"), "line 5", "one line of text"),
    ] {
        fs::write(stage.path().join(name), text).unwrap();
        let error = refused(&stage, &["labels", "import", name]);
        assert!(error.contains(line) && error.contains(right), "{name}: {error}");
        assert!(error.contains("nothing was changed"), "{error}");
        assert_eq!(before, exported(stage.path(), "toml"), "{name}");
    }
    fs::write(stage.path().join("latin.csv"), b"domain\xe4\n").unwrap();
    assert!(refused(&stage, &["labels", "import", "latin.csv"]).contains("save it as UTF-8"));
    assert!(refused(&stage, &["labels", "import", "nowhere.csv"]).contains("nowhere.csv"));
}

#[test]
fn ten_thousand_labels_of_a_domain_are_kept_and_one_more_is_not() {
    let stage = own();
    let file = |count: u32| {
        let rows =
            (0..count).map(|n| format!("shop.example,10.{}.{}.0/24,theirs\n", n >> 8, n & 255));
        format!("domain,source,label\n{}", rows.collect::<String>())
    };
    fs::write(stage.path().join("many.csv"), file(10_001)).unwrap();
    let error = refused(&stage, &["labels", "import", "many.csv"]);
    assert!(error.contains("10000 are kept"), "{error}");
    assert!(stage.answer("labels").contains("No labels."));
    fs::write(stage.path().join("many.csv"), file(10_000)).unwrap();
    stage.answer("labels import many.csv");
    assert_eq!(10_000, stage.json("labels")["labels"].as_array().unwrap().len());
    assert_eq!("review", super::verdict(&stage, "shop.example"));
}

#[test]
fn a_file_that_says_nothing_is_refused_and_erases_nothing() {
    let stage = stage_with_labels();
    let before = exported(stage.path(), "toml");
    let other = "[[label]]\ndomain = 'acme.example'\nsource = 'x'\nlabel = 'ours'\n";
    for (name, text, args) in [
        ("empty.toml", "", &["--replace"][..]),
        ("remark.toml", "# nothing\n", &[]),
        ("empty.csv", "", &["--replace"]),
        ("header.csv", "domain,source,label\n", &["--replace"]),
        ("other.toml", other, &["--replace", "--domain", "shop.example"]),
    ] {
        fs::write(stage.path().join(name), text).unwrap();
        let error = refused(&stage, &[&["labels", "import", name], args].concat());
        assert!(error.contains("it says nothing"), "{name}: {error}");
        assert_eq!(before, exported(stage.path(), "toml"), "{name}");
    }
}

#[test]
fn one_domain_goes_out_and_comes_in_alone() {
    let stage = stage_with_labels();
    let own = said(&stage, &["labels", "export", "SHOP.example"]);
    assert_eq!(2, own.matches("[[label]]").count(), "{own}");
    assert!(!own.contains('*') && !own.contains("profile"), "{own}");
    assert_eq!(1, said(&stage, &["labels", "export", "*"]).matches("[[label]]").count());
    assert_eq!(1, said(&stage, &["labels", "export", "parked.example"]).lines().count());
    let error = refused(&stage, &["labels", "export", "shpo.example"]);
    assert!(error.contains("did you mean shop.example?"), "{error}");
    let file = "domain,source,label\nshop.example,Mailchimp,ours\nacme.example,x,ours\n";
    fs::write(stage.path().join("some.csv"), file).unwrap();
    let args = ["labels", "import", "some.csv", "--replace", "--domain", "shop.example"];
    let page = said(&stage, &args);
    // the note is gone, and so is +odd; acme.example and * are as they were
    assert!(page.starts_with("1 changed, 2 unchanged, 1 removed, 1 of other"), "{page}");
    let left = exported(stage.path(), "csv");
    assert!(left.contains("*,203.0.113.0/24") && left.contains("acme.example,,,,false"), "{left}");
    assert!(!left.contains("odd") && !left.contains("acme.example,x"), "{left}");
}

#[test]
fn what_a_file_changes_is_told_and_what_matches_nothing() {
    let stage = own();
    let file = "domain,source,label\nshop.example,Mailchimp,ours\nshop.example,Mailchmp,ours\n";
    fs::write(stage.path().join("two.csv"), file).unwrap();
    let page = stage.answer("labels import two.csv");
    assert!(
        page.starts_with("2 new; 1 label matches no mail of the last year: Mailchmp\n"),
        "{page}"
    );
    assert!(page.contains("\nshop.example  REVIEW -> FIX: "), "{page}");
    let found = stage.json("labels import two.csv");
    assert_eq!(serde_json::json!(["Mailchmp"]), found["unmatched"]);
    assert_eq!(serde_json::json!([]), found["verdicts"]);
    crate::lists::has(
        &[
            "labels",
            "profiles",
            "added",
            "changed",
            "unchanged",
            "removed",
            "left_out",
            "unmatched",
            "verdicts",
        ],
        &found,
        "labels import",
    );
    fs::write(stage.path().join("back.csv"), "domain,source,label\nshop.example,Mailchimp,list\n")
        .unwrap();
    let found = stage.json("labels import back.csv");
    let verdict = ["domain", "verdict_before", "verdict", "headline"];
    crate::lists::has(&verdict, &found["verdicts"][0], "labels import");
}
