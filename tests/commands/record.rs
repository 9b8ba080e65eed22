//! `record` from end to end: a new record, the next one, and the way back. What asks the DNS is tried
//! in `tests/dns/live.rs`.

use serde_json::Value;

use crate::stage::{Stage, failure, own, ruaudit};

const NAME: &str = "_dmarc.acme.example";
const NOW: &str = "v=DMARC1; p=none; rua=mailto:dmarc-reports@acme.example; sp=none; pct=100";
const NEXT: &str = "v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@acme.example; pct=100";

/// What a command answers and remarks; it must end with that code.
fn ends(stage: &Stage, code: i32, args: &[&str]) -> (String, String) {
    let output = ruaudit(stage.path(), args).assert().code(code).get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn json(stage: &Stage, code: i32, args: &[&str]) -> Value {
    let (out, _) = ends(stage, code, &[args, &["--format", "json"]].concat());
    serde_json::from_str(&out).unwrap()
}

/// Runs where there is neither store nor configuration.
fn new(args: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = ruaudit(folder.path(), [&["record", "new"], args].concat()).assert().success();
    let output = output.get_output();
    assert_eq!(0, std::fs::read_dir(folder.path()).unwrap().count(), "no store is made for it");
    (
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    )
}

#[test]
fn a_new_record_is_printed_in_each_form() {
    let args = ["Acme.Example.", "--rua", "dmarc@acme.example,a!b@acme.example"];
    let value = "v=DMARC1; p=none; rua=mailto:dmarc@acme.example,mailto:a%21b@acme.example";
    let (page, _) = new(&args);
    let publish = format!("  publish    {NAME} TXT\n             {value}\n");
    assert!(page.contains(&publish), "{page}");
    let form = |form: &str| new(&[&args[..], &["--as", form, "--quiet"]].concat());
    assert_eq!((format!("{value}\n"), String::new()), form("txt"));
    assert_eq!(format!("{NAME}. IN TXT \"{value}\"\n"), form("zone").0);
    assert_eq!(
        format!("Name       {NAME}.\nTTL        14400\nType       TXT\nRecord     {value}\n"),
        form("cpanel").0
    );
}

#[test]
fn long_lists_of_addresses_are_cut_in_a_zone_file_and_nowhere_else() {
    let rua: Vec<_> = (0..12).map(|n| format!("dmarc-reports-{n:02}@acme.example")).collect();
    let args = ["acme.example", "--rua", &rua.join(","), "--quiet", "--as"];
    let (value, _) = new(&[&args[..], &["txt"]].concat());
    let (zone, _) = new(&[&args[..], &["zone"]].concat());
    let strings: Vec<_> = zone.trim_end().split('"').skip(1).step_by(2).collect();
    assert!(strings.len() > 1 && strings.iter().all(|string| string.len() <= 255), "{zone}");
    assert_eq!(value.trim_end(), strings.concat());
}

#[test]
fn others_must_consent_to_reports() {
    let args = ["acme.example", "--rua", "x@collector.test", "--ruf", "y@mail.acme.example"];
    let (page, _) = new(&args);
    assert!(page.contains("acme.example._report._dmarc.collector.test TXT"), "{page}");
    assert!(page.contains("\n             v=DMARC1;\n"), "{page}");
    let (out, err) = new(&[&args[..], &["--as", "txt"]].concat());
    assert_eq!(1, out.lines().count());
    assert!(err.contains("acme.example._report._dmarc.collector.test TXT v=DMARC1;"), "{err}");
}

#[test]
fn what_cannot_work_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let refused =
        |args: &[&str]| failure(&mut ruaudit(folder.path(), [&["record", "new"], args].concat()));
    let without = refused(&["acme.example"]);
    assert!(without.contains("rua says where the reports go"), "{without}");
    assert!(without.contains("--rua dmarc-reports@acme.example"), "{without}");
    for (said, rua) in [
        ("it has no `@`", "acme.example"),
        ("obsolete", "dmarc@acme.example!10m"),
        ("https", "https://acme.example/"),
        ("it is empty", "dmarc@acme.example,"),
    ] {
        let error = refused(&["acme.example", "--rua", rua]);
        assert!(error.contains(said), "{error}");
    }
    for domain in ["localhost", "_dmarc.acme.example", "a b.example", "dmarc@acme.example"] {
        let error = refused(&[domain, "--rua", "d@acme.example"]);
        assert!(error.contains("no domain"), "{error}");
    }
}

#[test]
fn the_next_record_changes_the_given_one_and_the_old_one_is_to_be_kept() {
    let stage = own();
    let args = ["record", "next", "acme.example", "--record", NOW];
    let (page, err) = ends(&stage, 0, &args);
    assert_eq!("", err);
    let keep = page.find(NOW).unwrap();
    assert!(keep < page.find(NEXT).unwrap(), "{page}");
    assert!(page.contains("READY: move p=none to p=quarantine"), "{page}");
    let (cpanel, _) = ends(&stage, 0, &[&args[..], &["--as", "cpanel"]].concat());
    assert_eq!(
        format!(
            "Keep first {NOW}\nName       {NAME}.\nTTL        unchanged\nType       TXT\n\
             Record     {NEXT}\n"
        ),
        cpanel
    );
    let (zone, _) = ends(&stage, 0, &[&args[..], &["--as", "zone"]].concat());
    assert_eq!(format!("; until now: {NAME}. IN TXT \"{NOW}\"\n{NAME}. IN TXT \"{NEXT}\"\n"), zone);
    let (txt, err) = ends(&stage, 0, &[&args[..], &["--as", "txt"]].concat());
    assert_eq!(format!("{NEXT}\n"), txt);
    assert!(err.contains(&format!("keep the present record: {NOW}")), "{err}");
}

#[test]
fn a_record_that_was_given_once_is_known_from_then_on() {
    let stage = own();
    let (page, _) = ends(&stage, 1, &["record", "next", "acme.example"]);
    assert!(page.contains("not to be published as it stands"), "{page}");
    assert!(page.contains("run        ruaudit record next acme.example --live\n"), "{page}");
    assert!(!page.contains("dmarc@acme.example"), "no address that nobody knows: {page}");
    for form in ["txt", "zone", "cpanel"] {
        let (out, err) = ends(&stage, 1, &["record", "next", "acme.example", "--as", form]);
        assert_eq!("", out, "{form}");
        assert!(err.contains("its rua is not known"), "{err}");
    }
    let found = json(&stage, 1, &["record", "next", "acme.example"]);
    assert_eq!(Value::Null, found["record"]);
    assert_eq!("v=DMARC1; p=quarantine; rua=mailto:<your present rua>", found["draft"]);
    assert_eq!(("reports", false), {
        let keep = &found["keep"];
        (keep["origin"].as_str().unwrap(), keep["complete"].as_bool().unwrap())
    });
    ends(&stage, 0, &["advise", "acme.example", "--record", NOW]);
    let found = json(&stage, 0, &["record", "next", "acme.example"]);
    assert_eq!(
        (NEXT, NOW, "kept"),
        (
            found["record"]["txt"].as_str().unwrap(),
            found["keep"]["txt"].as_str().unwrap(),
            found["keep"]["origin"].as_str().unwrap()
        )
    );
    assert_eq!("2026-10-26", found["keep"]["seen_on"]);
    let notes = found["notes"].to_string();
    assert!(notes.contains("2026-10-26, when it was given"), "{notes}");
    let advice = json(&stage, 0, &["advise", "acme.example"]);
    assert_eq!(NEXT, advice["domains"][0]["record"], "advise tells the same");
}

#[test]
fn where_there_is_no_step_none_is_printed_and_the_exit_code_says_so() {
    let stage = own();
    let (page, _) = ends(&stage, 1, &["record", "next", "shop.example"]);
    assert!(page.contains("REVIEW: 2 senders need your answer"), "{page}");
    assert!(!page.contains("publish    _dmarc"), "{page}");
    assert!(page.contains("-> is 203.0.113.77 yours? If so: add ip4:203.0.113.77"), "{page}");
    let (out, err) = ends(&stage, 1, &["record", "next", "shop.example", "--as", "zone"]);
    assert_eq!("", out);
    assert!(err.contains("no record to publish: 2 senders need"), "{err}");
    let found = json(&stage, 1, &["record", "next", "shop.example"]);
    assert_eq!(Value::Null, found["record"]);
    assert_eq!(Value::Null, found["spf"], "nobody is allowed to send before a person said so");
}

#[test]
fn a_sender_of_yours_that_spf_does_not_allow_is_to_be_added() {
    let stage = own();
    ends(&stage, 0, &["label", "shop.example", "203.0.113.77", "ours"]);
    let found = json(&stage, 1, &["record", "next", "shop.example"]);
    assert_eq!(serde_json::json!(["ip4:203.0.113.77"]), found["spf"]["add"]);
    assert_eq!(Value::Null, found["spf"]["changed"], "the present record is not known");
    let (page, _) = ends(&stage, 1, &["record", "next", "shop.example"]);
    assert!(page.contains("to be added to the SPF record of shop.example:"), "{page}");
}

#[test]
fn the_history_has_what_was_given_and_proposed_and_what_reports_show() {
    let stage = own();
    let before = json(&stage, 0, &["record", "history", "acme-mail.example"]);
    let seen = |found: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let records = found["records"].as_array().unwrap().iter();
        records.map(|record| (text(&record["seen"]), text(&record["txt"]))).collect()
    };
    assert!(seen(&before).iter().all(|(seen, _)| seen == "reports"), "{before}");
    assert!(!seen(&before).is_empty());
    ends(&stage, 0, &["advise", "acme.example", "--record", NOW]);
    ends(&stage, 0, &["record", "next", "acme.example"]);
    ends(&stage, 0, &["advise", "parked.example"]);
    let (page, _) = ends(&stage, 0, &["record", "history", "parked.example"]);
    assert!(page.contains("proposed, without the addresses"), "{page}");
    let found = json(&stage, 0, &["record", "history", "acme.example"]);
    let wanted = [("reports", "p=none"), ("given", NOW), ("proposed", NEXT)];
    let wanted: Vec<_> = wanted.map(|(seen, txt)| (seen.to_owned(), txt.to_owned())).into();
    let mut kept = seen(&found);
    kept[1..].sort();
    assert_eq!(wanted, kept);
    assert_eq!("2026-10-26T07:33:20Z", found["records"][2]["first"]);
    let (page, _) = ends(&stage, 0, &["record", "history", "acme.example"]);
    assert!(page.contains("2026-10-26: given\n") && page.contains(NOW), "{page}");
    let given = found["records"].as_array().unwrap().iter().find(|one| one["seen"] == "given");
    let given = &given.unwrap()["number"];
    let named = format!("--back {given} --as cpanel\nRecord {given} was given on 2026-10-26.\n");
    assert!(page.ends_with(&named), "what is proposed is not named: {page}");
    let number = found["records"][1]["number"].to_string();
    let back = ["record", "history", "acme.example", "--back", &number, "--as", "txt"];
    let (out, err) = ends(&stage, 0, &back);
    assert!(["given", "proposed"].contains(&found["records"][1]["seen"].as_str().unwrap()));
    assert_eq!(found["records"][1]["txt"], out.trim_end());
    assert!(err.contains("do not add a second"), "{err}");
    for wrong in ["0", "3", "999"] {
        let back = ["record", "history", "acme.example", "--back", wrong];
        let error = failure(&mut ruaudit(stage.path(), back));
        assert!(error.contains("numbered 1 to 2"), "{error}");
    }
    let error = failure(&mut ruaudit(stage.path(), ["record", "history", "acne.example"]));
    assert!(error.contains("did you mean acme.example?"), "{error}");
}

#[test]
fn a_new_record_is_remembered_before_any_report() {
    let stage = own();
    ends(&stage, 0, &["record", "new", "fresh.example", "--rua", "d@fresh.example"]);
    let found = json(&stage, 0, &["record", "history", "fresh.example"]);
    assert_eq!("proposed", found["records"][0]["seen"]);
    assert_eq!("v=DMARC1; p=none; rua=mailto:d@fresh.example", found["records"][0]["txt"]);
    let (page, _) = ends(&stage, 0, &["record", "history", "fresh.example"]);
    assert!(page.contains("--back NUMBER --as cpanel\nMake sure that it was yours"), "{page}");
}

#[test]
fn audit_and_the_nightly_run_keep_what_they_propose() {
    for command in ["audit", "run"] {
        let stage = own();
        let reports = crate::stage::samples().join("parked");
        let paths = format!("paths = ['{}']", reports.display());
        std::fs::write(stage.path().join("ruaudit.toml"), paths).unwrap();
        match command {
            "audit" => ends(&stage, 0, &["audit", reports.to_str().unwrap()]),
            _ => ends(&stage, 0, &["run"]),
        };
        let found = json(&stage, 0, &["record", "history", "parked.example"]);
        let records = found["records"].as_array().unwrap();
        assert_eq!("proposed", records.last().unwrap()["seen"], "{command}");
    }
}

#[test]
#[cfg(unix)]
fn a_store_that_cannot_be_written_is_read_all_the_same() {
    let stage = own();
    let other = rusqlite::Connection::open(stage.path().join("ruaudit.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = std::time::Instant::now();
    let (page, err) = ends(&stage, 0, &["record", "next", "acme.example", "--record", NOW]);
    assert!(page.contains(NEXT) && err.is_empty(), "{page}{err}");
    assert!(begun.elapsed().as_secs() < 9, "nobody waits for another who writes");
    other.execute_batch("ROLLBACK").unwrap();
    let found = json(&stage, 0, &["record", "history", "acme.example"]);
    assert_eq!(1, found["records"].as_array().unwrap().len(), "{found}");
}

#[test]
fn a_new_record_overwrites_none_that_is_known() {
    let stage = own();
    ends(&stage, 0, &["advise", "acme.example", "--record", NOW]);
    let new = ["record", "new", "acme.example", "--rua", "d@acme.example"];
    let output = ruaudit(stage.path(), new).assert().code(2).get_output().clone();
    let said = String::from_utf8(output.stderr).unwrap();
    let (record, error) = said.split_once('\n').unwrap();
    assert_eq!(NOW, record, "on a line of its own");
    assert!(
        error.starts_with("error: ") && error.contains("has a DMARC record already"),
        "{error}"
    );
    assert!(error.contains("ruaudit record next acme.example --live"), "{error}");
    let found = json(&stage, 0, &[&new[..], &["--replace"]].concat());
    assert_eq!(NOW, found["keep"]["txt"]);
    assert_eq!("unchanged", found["record"]["cpanel"]["ttl"]);
}

#[test]
fn a_new_record_takes_every_tag_of_the_standard_and_none_that_it_took_away() {
    let rua = ["acme.example", "--rua", "d@acme.example"];
    let tags = ["--sp", "quarantine", "--np", "reject", "--adkim", "s", "--aspf", "r", "--ruf"];
    let more = ["f@acme.example", "--fo", "1:d", "--testing", "--as", "txt"];
    let (out, err) = new(&[&rua[..], &tags, &more].concat());
    assert_eq!(
        "v=DMARC1; p=none; sp=quarantine; np=reject; adkim=s; rua=mailto:d@acme.example; \
         ruf=mailto:f@acme.example; fo=1:d; t=y\n",
        out
    );
    assert!(err.contains("the DNS was not asked") && err.contains("edit that one"), "{err}");
    let folder = tempfile::tempdir().unwrap();
    for (said, wrong) in [
        ("took pct out of DMARC", &["--pct", "50"][..]),
        ("write 0, 1, d or s", &["--ruf", "f@acme.example", "--fo", "2"]),
        ("--ruf", &["--fo", "1"]),
        ("names of tags", &["--rua", "rua=mailto:d@acme.example"]),
    ] {
        let args = [&["record", "new"], &rua[..], wrong].concat();
        let output = ruaudit(folder.path(), args).assert().code(2).get_output().clone();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn what_is_no_domain_is_told_apart_from_what_was_meant() {
    let stage = own();
    for (given, expected) in [
        ("com", "it has no dot"),
        ("_dmarc.fresh.example", "did you mean fresh.example?"),
        ("a b.example", "a name is letters"),
    ] {
        let new = ["record", "new", given, "--rua", "d@fresh.example"];
        let error = failure(&mut ruaudit(stage.path(), new));
        assert!(error.contains(expected), "{given}: {error}");
    }
}

#[test]
fn a_name_that_a_shell_would_run_stands_in_no_command() {
    let stage = own();
    let folder = stage.path().join("hostile");
    std::fs::create_dir(&folder).unwrap();
    for (at, name) in
        ["$(id).example", "`id`.example", "a;id;.example", "a'b.example"].iter().enumerate()
    {
        let report = format!(
            "<feedback><report_metadata><org_name>r.test</org_name><report_id>h{at}</report_id>\
             <date_range><begin>1792800000</begin><end>1792886399</end></date_range></report_metadata>\
             <policy_published><domain>{name}</domain><p>none</p></policy_published>\
             <record><row><source_ip>192.0.2.9</source_ip><count>5</count><policy_evaluated>\
             <disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>\
             <identifiers><header_from>{name}</header_from></identifiers><auth_results>\
             <dkim><domain>{name}</domain><selector>s</selector><result>pass</result></dkim>\
             <spf><domain>{name}</domain><result>pass</result></spf></auth_results></record></feedback>"
        );
        std::fs::write(folder.join(format!("{at}.xml")), report).unwrap();
    }
    ends(&stage, 0, &["ingest", folder.to_str().unwrap()]);
    let (page, _) = ends(&stage, 0, &["advise", "--verbose"]);
    assert!(page.contains("$(id).example"), "{page}");
    let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("ruaudit label DOMAIN SOURCE ours"), "{flat}");
    for commands in flat.split("ruaudit ").skip(1) {
        let command: String = commands.split([')', '.']).next().unwrap_or_default().to_owned();
        assert!(!command.contains(['$', '`', ';', '\'']), "{command}");
    }
}
