//! `reports` and `report`: every report that is kept can be found, looked at and traced back. On small
//! reports of our own, since what is odd about the samples may be told of in other words one day.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{answer, failure, ingest, json as asked, ruaudit};

/// A report about a domain on a day of October 2026, with rows of (address, count, results).
fn report(domain: &str, id: &str, day: i64, rows: &[(&str, &str, &str)]) -> String {
    let begin = 1_790_812_800 + (day - 1) * 86_400;
    let rows: String = rows
        .iter()
        .map(|(ip, count, result)| {
            format!(
                "<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>\
                 <disposition>none</disposition><dkim>{result}</dkim><spf>fail</spf>\
                 </policy_evaluated></row><identifiers><header_from>{domain}</header_from>\
                 </identifiers><auth_results><dkim><domain>{domain}</domain><selector>s1</selector>\
                 <result>{result}</result></dkim></auth_results></record>"
            )
        })
        .collect();
    format!(
        "<feedback><report_metadata><org_name>Mailcloud</org_name><email>d@mailcloud.example</email>\
         <report_id>{id}</report_id><date_range><begin>{begin}</begin><end>{}</end></date_range>\
         </report_metadata><policy_published><domain>{domain}</domain><p>none</p>\
         </policy_published>{rows}</feedback>",
        begin + 86_399
    )
}

const GOOD: &[(&str, &str, &str)] = &[("192.0.2.1", "7", "pass")];

/// Files that are read one after the other, so that the first report is number 1, and so on.
fn store(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        ingest(folder.path(), [name]);
    }
    folder
}

/// A good report, an odd one, a conflict with the first, and one of the next day about a subdomain.
fn small() -> TempDir {
    let odd = [("192.0.2.2", "4", "pass"), ("192.0.2.3", "-5", "fail"), ("192.0.2.4", "x", "fail")];
    store(&[
        ("mail/a.xml", report("acme.example", "one", 20, GOOD)),
        ("mail/b.xml", report("acme.example", "two", 20, &odd)),
        ("mail/c.xml", report("acme.example", "one", 20, &[("192.0.2.9", "900", "fail")])),
        ("mail/d.xml", report("shop.example", "two", 21, GOOD)),
    ])
}

/// Tells the store what only a configuration would: it is the store's business to keep it.
fn set(folder: &Path, change: &str) {
    let connection = Connection::open(folder.join("ruaudit.db")).unwrap();
    assert!(connection.execute(change, []).unwrap() > 0, "{change}");
}

fn numbers(folder: &Path, line: &str) -> Vec<u64> {
    let found = asked(folder, line);
    let lines = found["reports"].as_array().unwrap();
    lines.iter().map(|line| line["number"].as_u64().unwrap()).collect()
}

#[test]
fn the_list_has_every_report_the_newest_first() {
    let folder = small();
    let folder = folder.path();
    assert_eq!(vec![4, 1, 2, 3], numbers(folder, "reports"));
    assert_eq!(vec![1, 2, 3], numbers(folder, "reports ACME.example."));
    assert_eq!(vec![2], numbers(folder, "reports --odd"));
    assert_eq!(vec![3], numbers(folder, "reports --aside"));
    assert_eq!(vec![4], numbers(folder, "reports --window 1d"));
    assert_eq!(Vec::<u64>::new(), numbers(folder, "reports shop.example --odd"));
    let first = &asked(folder, "reports acme.example")["reports"][0];
    let line = json!({
        "number": 1, "day": "2026-10-20", "domain": "acme.example", "reporter": "Mailcloud",
        "report_id": "one", "records": 1, "messages": 7, "issues": 0, "standing": "counted",
        "authenticity": "unknown",
    });
    assert_eq!(line, *first);
}

#[test]
fn the_table_says_the_same_as_json() {
    let folder = small();
    let page = answer(folder.path(), "reports");
    let found = asked(folder.path(), "reports");
    let rows: Vec<Vec<&str>> =
        page.lines().skip(3).take(4).map(|row| row.split_whitespace().collect()).collect();
    for (row, line) in rows.iter().zip(found["reports"].as_array().unwrap()) {
        let number = |at: usize| row[at].parse::<u64>().unwrap_or_default();
        assert_eq!(line["number"], number(0), "{row:?}");
        assert_eq!(line["messages"], number(4), "{row:?}");
        assert_eq!(line["issues"], number(5), "{row:?}");
        assert_eq!(row[1..4], ["day", "domain", "reporter"].map(|key| line[key].as_str().unwrap()));
        let note = line["standing"].as_str().unwrap().replace("counted", "-");
        assert_eq!(note, row[6], "{row:?}");
    }
    assert!(page.ends_with("One in full: ruaudit report REF\n"), "{page}");
}

#[test]
fn one_report_is_shown_in_full() {
    let folder = small();
    let page = answer(folder.path(), "report 2");
    for words in [
        "Report 2 about acme.example: counted\n",
        "  from       Mailcloud <d@mailcloud.example>\n",
        "  id         two\n",
        "  policy     v=DMARC1; p=none\n",
        "\n1 row, 4 messages: 4 pass DMARC, 0 fail\n",
        "         4  192.0.2.2  pass  fail  none\n",
        "            DKIM: acme.example/s1 pass\n",
        "the row's count cannot be read; the row is kept out of the totals (bad_count)\n",
        "record[2]/row/count: -5",
        "\nBrought by\n  mail/b.xml\n    accepted, first seen 2026-10-26T07:33:20Z\n",
    ] {
        assert!(page.contains(words), "{words:?} in {page}");
    }
    let found = asked(folder.path(), "report 2");
    let bad = |issue: &&Value| issue["code"] == "bad_count";
    let bad: Vec<_> = found["issues"].as_array().unwrap().iter().filter(bad).collect();
    let met: u64 = bad.iter().map(|issue| 1 + issue["more"].as_u64().unwrap()).sum();
    assert_eq!(2, met, "{found}");
    assert_eq!(json!("mail/b.xml"), found["inputs"][0]["origin"]);
    assert_eq!(json!("acme.example"), found["records"][0]["dkim_auth"][0]["domain"]);
}

#[test]
fn a_report_that_does_not_count_says_why() {
    let folder = small();
    let page = answer(folder.path(), "report 3");
    assert!(page.contains("acme.example: kept aside, not counted\n"), "{page}");
    assert!(page.contains("it contradicts an earlier report (1): the same"), "{page}");
    assert!(page.contains("       900  192.0.2.9  fail  fail  none\n"), "{page}");
    assert_eq!(json!(1), asked(folder.path(), "report 3")["contradicts"]);
}

#[test]
fn a_report_is_called_by_number_id_or_file() {
    let folder = small();
    let folder = folder.path();
    let number = |name: &str| asked(folder, &format!("report {name}"))["number"].clone();
    assert_eq!(json!(4), number("4"));
    for name in ["mail/d.xml", "d.xml"] {
        assert_eq!(json!(4), number(name), "{name}");
    }
    fs::write(folder.join("e.xml"), report("acme.example", "4", 22, GOOD)).unwrap();
    ingest(folder, ["e.xml"]);
    assert_eq!(json!(4), number("4"), "a number is a number first");
    assert_eq!(json!(5), number("<4>"), "and can still be told from an id");
}

#[test]
fn a_name_of_several_reports_lists_them() {
    let folder = small();
    let output = ruaudit(folder.path(), ["report", "two"]).assert().code(2).stdout("");
    let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(4, lines.len(), "{said}");
    assert!(lines[1].contains("4  2026-10-21  shop.example  Mailcloud"), "{said}");
    assert!(lines[2].contains("2  2026-10-20  acme.example  Mailcloud"), "{said}");
    assert_eq!(
        "error: cannot tell which report `two` is: 2 reports are known by that name; give the number \
         of one of them: ruaudit report 4",
        lines[3]
    );
}

#[test]
fn a_name_that_nothing_has_is_refused_on_one_line() {
    let folder = small();
    fs::write(folder.path().join("cut.xml"), "<feedback><report_metadata>").unwrap();
    ingest(folder.path(), ["cut.xml"]);
    for (name, words) in [
        ("nothing", "list them: ruaudit reports --window all"),
        ("0", "list them"),
        ("99999999999999999999", "list them"),
        ("", "list them"),
        ("cut.xml", "that input was rejected: "),
    ] {
        let error = failure(&mut ruaudit(folder.path(), ["report", name]));
        assert_eq!(1, error.lines().count(), "{error}");
        assert!(error.contains(words), "{error}");
    }
    let error = failure(&mut ruaudit(folder.path(), ["report", &"x".repeat(5_000)]));
    assert!(error.len() < 400, "{error}");
    let error = failure(&mut ruaudit(folder.path(), ["reports", "acne.example"]));
    assert!(error.contains("did you mean acme.example?"), "{error}");
    for line in
        ["report 1 --format csv", "report 1 --window 7d", "report", "reports --format ndjson"]
    {
        ruaudit(folder.path(), line.split(' ')).assert().code(2);
    }
}

#[test]
fn a_store_without_reports_is_no_trouble() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cut.xml"), "<feedback><report_metadata>").unwrap();
    ingest(folder.path(), ["cut.xml"]);
    assert_eq!("Window: no reports yet\n\nNo such reports.\n", answer(folder.path(), "reports"));
    let header =
        "number,day,domain,reporter,report_id,records,messages,issues,standing,authenticity\r\n";
    assert_eq!(header, answer(folder.path(), "reports --format csv"));
    assert!(failure(&mut ruaudit(folder.path(), ["report", "1"])).contains("no report `1`"));
    let nowhere = tempfile::tempdir().unwrap();
    for line in ["reports", "report 1"] {
        let error = failure(&mut ruaudit(nowhere.path(), line.split(' ')));
        assert!(error.contains("ruaudit ingest"), "{error}");
    }
}

#[test]
fn a_long_report_shows_fifty_rows_unless_all_are_asked_for() {
    let rows: Vec<String> = (0..70).map(|n| format!("192.0.2.{n}")).collect();
    let rows: Vec<_> = rows.iter().map(|ip| (ip.as_str(), "1", "pass")).collect();
    let folder = store(&[("a.xml", report("acme.example", "long", 20, &rows))]);
    let rows = |page: &str| page.lines().filter(|line| line.contains("  192.0.2.")).count();
    let page = answer(folder.path(), "report 1");
    assert_eq!(50, rows(&page));
    assert!(page.contains("\n  and 20 more rows: --verbose\n"), "{page}");
    assert_eq!(70, rows(&answer(folder.path(), "report 1 --verbose")));
    assert_eq!(70, asked(folder.path(), "report 1")["records"].as_array().unwrap().len());
}

#[test]
fn a_domain_may_be_named_in_its_own_script() {
    let folder = store(&[("a.xml", report("xn--mnchen-3ya.example", "one", 20, GOOD))]);
    for name in ["münchen.example", "MÜNCHEN.example.", "xn--mnchen-3ya.example"] {
        let found = asked(folder.path(), &format!("summary {name}"));
        assert_eq!(json!("xn--mnchen-3ya.example"), found["domains"][0]["domain"], "{name}");
        assert_eq!(vec![1], numbers(folder.path(), &format!("reports {name}")), "{name}");
    }
}

#[test]
fn of_many_domains_a_page_shows_the_first_and_a_document_all() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let name = |n: usize| format!("{n:02}.example");
    let all: String = (0..60).map(|n| report(&name(n), "one", 20, GOOD)).collect();
    fs::write(folder.join("all.xml"), all).unwrap();
    ingest(folder, ["all.xml"]);
    let shown = |line: &str| {
        let page = answer(folder, line);
        let blocks = page.lines().filter(|line| line.contains(".example  "));
        (blocks.count(), page)
    };
    for (line, count, rest) in [
        ("summary", 50, "\nand 10 more domains: --verbose shows all\n"),
        ("advise", 25, "\n\nand 35 more domains: ruaudit advise DOMAIN\n"),
    ] {
        let (found, page) = shown(line);
        assert_eq!((count, true), (found, page.contains(rest)), "{line}: {page}");
        let (found, page) = shown(&format!("{line} --verbose"));
        assert_eq!((60, false), (found, page.contains("more domains")), "{line}: {page}");
        assert_eq!(60, asked(folder, line)["domains"].as_array().unwrap().len());
    }
    let named: Vec<_> = (0..30).map(name).collect();
    assert_eq!(30, shown(&format!("advise {}", named.join(" "))).0);
}

#[test]
fn domains_of_others_are_kept_out_of_sight_but_not_lost() {
    let folder = small();
    let folder = folder.path();
    set(folder, "UPDATE report SET standing = 2, day = day + 90 WHERE id = 4");
    assert_eq!(Vec::<u64>::new(), numbers(folder, "reports shop.example"));
    assert_eq!(vec![4], numbers(folder, "reports shop.example --window all"));
    for line in ["reports --aside --window all", "reports --aside"] {
        assert_eq!(vec![4, 3], numbers(folder, line), "{line}");
    }
    assert_eq!(vec![3], numbers(folder, "reports --aside --window 31d"));
    assert_eq!(
        json!({"from": "2026-10-20", "to": "2027-01-19"}),
        asked(folder, "reports --aside")["window"]
    );
    let days = asked(folder, "reports --window all")["window"].clone();
    assert_eq!(json!({"from": "2026-10-20", "to": "2027-01-19"}), days);
    assert!(!answer(folder, "summary").contains("shop.example"));
    assert!(
        failure(&mut ruaudit(folder, ["summary", "shop.example"])).contains("no reports about")
    );
    assert_eq!(json!({"reports": 0, "domains": 0}), asked(folder, "summary")["foreign"]);
    set(folder, "UPDATE report SET day = day - 91 WHERE id = 4");
    assert_eq!(json!({"reports": 1, "domains": 1}), asked(folder, "summary")["foreign"]);
    let page = answer(folder, "summary");
    assert!(page.contains("1 report about 1 domain of others is kept aside: ruaudit"), "{page}");
}

#[test]
fn the_summary_and_the_advice_tell_what_was_odd_left_out_or_doubtful() {
    let folder = small();
    let folder = folder.path();
    set(folder, "UPDATE report SET authenticity = 2 WHERE id = 1");
    fs::write(folder.join("e.xml"), report("acme.example", "five", 20, GOOD)).unwrap();
    ingest(folder, ["e.xml"]);
    let before = asked(folder, "advise acme.example");
    set(folder, "UPDATE report SET standing = 3, authenticity = 2 WHERE id = 5");
    set(folder, "DELETE FROM record WHERE report = 5");
    let found = asked(folder, "summary acme.example");
    let found = &found["domains"][0];
    let counts =
        ["reports", "conflicts", "odd", "unread_rows", "unverified", "authenticity_failed"];
    assert_eq!(json!([2, 1, 1, 2, 1, 1]), json!(counts.map(|key| &found[key])));
    let page = answer(folder, "summary");
    for words in [
        "\n1 of 3 reports is odd and was read all the same: ruaudit reports --odd\n",
        "\n2 rows left out, since their counts cannot be read: ruaudit reports --odd\n",
        "\n1 report left out, since the mail did not authenticate: ruaudit reports --aside\n",
        "\n1 report counted although the mail failed authentication: ruaudit reports\n",
    ] {
        assert!(page.contains(words), "{words:?} in {page}");
    }
    let advice = &asked(folder, "advise acme.example")["domains"][0];
    let notes = advice["notes"].to_string();
    for words in [
        "2 rows are not counted",
        "1 report is not counted, since the mail did not authenticate",
        "1 report is counted although the mail failed authentication",
        "1 report contradicts an earlier one",
    ] {
        assert!(notes.contains(words), "{words:?} in {notes}");
    }
    assert_eq!(before["domains"][0]["verdict"], advice["verdict"]);
}
