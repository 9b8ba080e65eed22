//! Every command answers on the samples, and what it answers is the truth.

use serde_json::{Value, json};

use crate::stage::{DOMAINS, own, samples, shared, truth};

fn named<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|thing| thing[key] == name);
    found.unwrap_or_else(|| panic!("no {key} {name}"))
}

/// The keys of `wanted`, with the values that `found` has for them.
fn same_keys(wanted: &Value, found: &Value) -> Value {
    wanted.as_object().unwrap().keys().map(|key| (key.clone(), found[key].clone())).collect()
}

#[test]
fn ingest_counts_what_the_generator_wrote() {
    let truth = truth();
    let found = &shared().ingested;
    assert_eq!(truth["ingest"], same_keys(&truth["ingest"], found));
    assert_eq!(json!(0), found["deferred"]);
}

#[test]
fn the_summary_of_all_days_is_the_truth() {
    let (truth, stage) = (truth(), shared());
    let found = stage.json("summary --window all");
    assert_eq!(json!({"from": truth["from"], "to": truth["to"]}), found["window"]);
    let names: Vec<_> =
        found["domains"].as_array().unwrap().iter().map(|domain| &domain["domain"]).collect();
    assert_eq!(DOMAINS.to_vec(), names);
    for (domain, wanted) in truth["domains"].as_object().unwrap() {
        let all = named(&found["domains"], "domain", domain);
        assert_eq!(*wanted, same_keys(wanted, all), "{domain}");
        let alone = stage.json(&format!("summary {domain} --window all"));
        assert_eq!(json!([all]), alone["domains"], "{domain} alone");
    }
}

#[test]
fn the_sources_of_a_domain_add_up_to_its_summary() {
    let (truth, stage) = (truth(), shared());
    for domain in DOMAINS {
        let found = stage.json(&format!("sources {domain} --window all"));
        let sources = found["sources"].as_array().unwrap();
        for key in ["messages", "dkim_aligned", "spf_aligned", "dmarc_pass", "dmarc_fail"] {
            let sum: u64 = sources.iter().map(|source| source[key].as_u64().unwrap()).sum();
            assert_eq!(truth["domains"][domain][key], sum, "{key} of {domain}");
        }
        let summary = stage.json(&format!("summary {domain} --window all"));
        assert_eq!(summary["domains"][0]["sources"], sources.len(), "{domain}");
    }
}

#[test]
fn sources_are_what_the_stories_of_the_samples_say() {
    let (truth, stage) = (truth(), shared());
    let shop = stage.json("sources shop.example --window all");
    let mailchimp = named(&shop["sources"], "source", "Mailchimp");
    assert_eq!(truth["stories"]["shop.example"]["mailchimp"], mailchimp["messages"]);
    assert_eq!(json!("asks"), mailchimp["class"]);
    let acme = stage.json("advise acme.example --window all");
    let domain = &acme["domains"][0];
    assert_eq!(truth["stories"]["acme.example"]["own"], domain["rate"]["messages"]);
    assert_eq!(
        truth["stories"]["acme.example"]["forged"],
        domain["what_if"]["worst_case"]["forged"]
    );
}

#[test]
fn the_verdicts_are_those_that_the_samples_were_made_for() {
    let stage = shared();
    for window in ["31d", "all"] {
        let found = stage.json(&format!("advise --window {window}"));
        let verdict = |domain| {
            let found = named(&found["domains"], "domain", domain);
            (found["verdict"].as_str().unwrap().to_owned(), found["next"].clone())
        };
        assert_eq!(("ready".to_owned(), json!("quarantine")), verdict("acme.example"), "{window}");
        assert_eq!(("ready".to_owned(), json!("reject")), verdict("parked.example"), "{window}");
        assert_eq!(("ready".to_owned(), json!("reject")), verdict("acme-mail.example"), "{window}");
        assert_eq!(("hold".to_owned(), Value::Null), verdict("quirks.example"), "{window}");
        assert!(["fix", "review"].contains(&&*verdict("shop.example").0), "{window}");
        let shop = named(&found["domains"], "domain", "shop.example");
        assert_eq!(json!("Mailchimp"), shop["blockers"][0]["source"], "{window}");
    }
}

#[test]
fn a_domain_that_is_ready_gets_a_record_with_the_policy_and_another_to_go_back_to() {
    let found = shared().json("advise acme.example parked.example");
    let records: Vec<_> = found["domains"].as_array().unwrap().iter().collect();
    for (domain, policy) in [("acme.example", "quarantine"), ("parked.example", "reject")] {
        let found = records.iter().find(|found| found["domain"] == domain).unwrap();
        let start = format!("v=DMARC1; p={policy};");
        assert!(found["record"].as_str().unwrap().starts_with(&start), "{found}");
        assert!(found["rollback"].as_str().unwrap().starts_with("v=DMARC1; p=none;"), "{found}");
        assert_eq!(format!("_dmarc.{domain}"), found["record_name"]);
    }
}

#[test]
fn a_record_that_is_given_keeps_its_addresses() {
    let folder = shared();
    let output = crate::stage::ruaudit(folder.path(), ["advise", "acme.example", "--format=json"])
        .args(["--record", "v=DMARC1; p=none; rua=mailto:here@acme.example"])
        .assert()
        .success();
    let found: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(
        json!("v=DMARC1; p=quarantine; rua=mailto:here@acme.example"),
        found["domains"][0]["record"]
    );
}

#[test]
fn rejected_lists_what_the_generator_broke() {
    let (truth, stage) = (truth(), shared());
    let count = |line| stage.json(line)["rejected"].as_array().unwrap().len() as u64;
    let [rejected, skipped, conflicts] =
        ["rejected", "skipped", "conflicts"].map(|key| truth["ingest"][key].as_u64().unwrap());
    assert_eq!(rejected + conflicts, count("rejected"));
    assert_eq!(rejected + conflicts + skipped, count("rejected --all"));
    let bomb = samples().join("broken/gzip-bomb.xml.gz").display().to_string();
    let found = stage.json("rejected");
    let bomb = named(&found["rejected"], "origin", &bomb);
    assert_eq!(
        (json!("unpack"), json!("too_large")),
        (bomb["stage"].clone(), bomb["reason"].clone())
    );
}

#[test]
fn an_export_has_every_record_source_and_domain() {
    let (truth, stage) = (truth(), shared());
    let records = stage.ndjson("export --window all");
    let sum: u64 = records.iter().map(|record| record["count"].as_u64().unwrap()).sum();
    let all = |key: &str| {
        let domains = truth["domains"].as_object().unwrap().values();
        domains.map(|domain| domain[key].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((all("records"), all("messages")), (records.len() as u64, sum));
    let of_shop = stage.ndjson("export shop.example --window all");
    assert_eq!(truth["domains"]["shop.example"]["records"], of_shop.len());
    let sources = stage.ndjson("export --what sources --window all");
    let sum: u64 = sources.iter().map(|source| source["messages"].as_u64().unwrap()).sum();
    assert_eq!(all("messages"), sum);
    assert_eq!(DOMAINS.len(), stage.ndjson("export --what domains").len());
}

#[test]
fn an_export_into_a_file_is_the_same_as_one_into_a_pipe() {
    let stage = shared();
    for line in ["export", "export --what sources --format ndjson", "export --what domains"] {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display();
        assert_eq!("", stage.answer(&format!("{line} -o {path}")));
        let found = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(stage.answer(line), found, "{line}");
    }
}

#[test]
fn an_audit_is_the_three_commands_in_one() {
    let stage = own();
    let samples = samples();
    let found = stage.json(&format!("audit {} --window all", samples.display()));
    assert_eq!(stage.json("summary --window all"), found["summary"]);
    assert_eq!(stage.json("advise --window all"), found["advice"]);
    let ingest = &truth()["ingest"];
    let before = ["reports", "duplicates", "conflicts"].map(|key| ingest[key].as_u64().unwrap());
    assert_eq!(json!(0), found["ingest"]["reports"]);
    assert_eq!(before.iter().sum::<u64>(), found["ingest"]["duplicates"]);
}
