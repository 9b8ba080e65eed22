//! What a file of labels may look like, and what is refused with its line.

use super::*;

fn label(domain: &str, source: &str, label: &str, note: &str) -> Said {
    let [domain, source, label, note] = [domain, source, label, note].map(str::to_owned);
    Said::Label { domain, source, label, note }
}

#[test]
fn both_forms_say_the_same_with_their_lines() {
    let toml = "# x\n[[label]]\ndomain = 'a.example'\nsource = \"M\"\nlabel = 'ours'\nnote = 'n'\n\
                \n[[profile]]\r\ndomain = 'b.example'\r\nsends_mail = false\r\n";
    let profile =
        Said::Profile { domain: "b.example".into(), posts_to_lists: None, sends_mail: Some(false) };
    let m = label("a.example", "M", "ours", "n");
    let said = read(toml, Form::Toml).unwrap();
    let lines: Vec<_> = said.iter().map(|(place, said)| (place.line, said)).collect();
    assert_eq!(vec![(2, &m), (8, &profile)], lines);
    let place = said[0].0;
    assert_eq!([3, 4, 5, 6], ["domain", "source", "label", "note"].map(|key| place.of(key)));
    assert_eq!(8, said[1].0.of("note"));
    for csv in [
        "domain,source,label,note,posts_to_lists,sends_mail\r\na.example,M,ours,n,,\r\n,,,,,\r\n\
         b.example,,,,,FALSE\r\n",
        "domain;source;label;sends_mail;note\na.example;M;ours;;n\n\n\nb.example;;;no\n",
    ] {
        let said: Vec<_> = read(csv, Form::Csv).unwrap();
        assert_eq!(vec![m.clone(), profile.clone()], [said[0].1.clone(), said[1].1.clone()]);
        assert_eq!(Place::at(2), said[0].0, "{csv}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_is_right() {
    for (line, why, remedy, text) in [
        (2, "no such key `sorce`", "`source`", "[[label]]\nsorce = 'x'"),
        (1, "no such section `lable`", "`label`", "[[lable]]\ndomain = 'x'"),
        (1, "`label` is no list", "[[label]]", "[label]\ndomain = 'x'"),
        (3, "`note` is no text", "in quotes", "[[label]]\ndomain = 'x'\nnote = 7"),
        (2, "`sends_mail` is neither", "true", "[[profile]]\nsends_mail = 'yes'"),
        (2, "no such key `source`", "there are", "[[profile]]\nsource = 'x'"),
        (2, "", "mend", "[[label]]\ndomain = x"),
        (1, "a value where a section", "[[label]]", "label = [1]"),
    ] {
        let fault = read(text, Form::Toml).unwrap_err();
        assert_eq!(line, fault.line, "{text}: {fault:?}");
        assert!(fault.why.contains(why) && fault.remedy.contains(remedy), "{fault:?}");
    }
    for (line, why, text) in [
        (1, "no such column `lable`", "domain,source,lable\n"),
        (1, "two columns `domain`", "domain,domain\n"),
        (2, "a label and a profile", "domain,source,label,sends_mail\na,b,ours,true\n"),
        (3, "neither", "domain,sends_mail\na,true\nb,perhaps\n"),
        (2, "4 cells", "domain,source,label\na,b,ours,c\n"),
    ] {
        let fault = read(text, Form::Csv).unwrap_err();
        assert_eq!(line, fault.line, "{text}: {fault:?}");
        assert!(fault.why.contains(why), "{fault:?}");
    }
}

#[test]
fn guards_come_off_as_they_were_put_on() {
    for text in ["=1", "'=1", "''+x", "'quoted'", "plain", "", "-", "'"] {
        // as the writer of CSV does it
        let written = guarded(text);
        let written = if written.starts_with(FORMULA) { format!("'{written}") } else { written };
        assert!(!written.starts_with(FORMULA));
        assert_eq!(text, unguarded(&written), "{written}");
    }
    let cell = "a\\u{1b}b\\u{200d}\\u{41}\\u{";
    assert_eq!("a\u{1b}b\u{200d}\\u{41}\\u{", shown_back(cell, is_unsafe));
}

#[test]
fn the_form_is_known_by_its_name_or_its_first_line() {
    assert_eq!(Form::Csv, Form::of("-", "domain,source\n"));
    assert_eq!(Form::Csv, Form::of("labels.txt", "\"domain\";\"source\"\n"));
    assert_eq!(Form::Toml, Form::of("-", "[[label]]\ndomain = 'x'"));
    assert_eq!(Form::Toml, Form::of("labels.TOML", "domain,source"));
    assert_eq!(Form::Csv, Form::of("a.csv", ""));
}
