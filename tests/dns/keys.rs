//! The keys of the JSON answer of `check DOMAIN`: other programs read them, so README.md lists them and
//! this test holds them. A new key is added here and there; a key is never renamed.

use serde_json::Value;

use crate::lists::{self, each};

/// All of these keys and no other.
fn has(wanted: &str, found: &Value, what: &str) {
    lists::has(&wanted.split_whitespace().collect::<Vec<_>>(), found, what);
}

fn checked(list: &Value) {
    for record in each(list) {
        has("kind text name findings effect corrected", record, "a record");
    }
}

fn dmarc(found: &Value) {
    has("discovery checked destinations destinations_left", found, "dmarc");
    checked(&found["checked"]);
    let discovery = &found["discovery"];
    has("domain exists walk list differs", discovery, "discovery");
    for way in ["walk", "list"].map(|way| &discovery[way]) {
        has("asked organization decision", way, "a way");
        has("status at text tag policy why", &way["decision"], "a decision");
        for asked in each(&way["asked"]) {
            has("domain name answer passed_over", asked, "what was asked");
            assert!(asked["answer"]["status"].is_string(), "{asked}");
        }
    }
    for to in each(&found["destinations"]) {
        has("tag uri host name consent", to, "a destination");
        assert!(to["consent"]["status"].is_string(), "{to}");
    }
}

fn coverage(counts: &Value) {
    has("covered not_covered unknown", counts, "counts");
    for (_, sent) in counts.as_object().unwrap() {
        has("addresses messages", sent, "what was sent");
    }
}

fn reports(found: &Value) {
    has("from to policy senders others", found, "reports");
    has("domain p sp day days_ago reports same_as_dns", &found["policy"], "the policy seen");
    for sender in each(&found["senders"]) {
        let keys = "source messages dkim_aligned spf_aligned covered not_covered unknown \
                    not_covered_messages counts bounces_to";
        has(keys, sender, "a sender");
        coverage(&sender["counts"]);
    }
    for others in each(&found["others"]) {
        has("class senders counts", others, "other senders");
        coverage(&others["counts"]);
    }
}

#[test]
fn the_keys_of_a_checked_domain_stay() {
    let found = super::checking::with_reports("acme.example");
    let keys =
        "domain asked_at findings unknown dmarc spf mx dkim reports unseen keys_left aliases";
    has(keys, &found, "check DOMAIN");
    for finding in each(&found["findings"]) {
        has("code severity place what instead", finding, "a finding");
    }
    dmarc(&found["dmarc"]);
    let spf = &found["spf"];
    has(
        "status checked lookups void_lookups findings branches why lookups_at_least \
                void_lookups_at_least branches_left",
        spf,
        "spf",
    );
    checked(&spf["checked"]);
    for branch in each(&spf["branches"]) {
        has("depth term lookups leads fails unknown", branch, "a branch");
    }
    has("status null exchanges why", &found["mx"], "mx");
    for exchange in each(&found["mx"]["exchanges"]) {
        has("preference host", exchange, "an exchange");
    }
    for key in each(&found["dkim"]) {
        let keys = "selector domain name status checked kind bits revoked testing seen why wildcard given \
             passed_over aliases";
        has(keys, key, "a key");
        has("passed failed last_passed last_seen", &key["seen"], "what reports say of a key");
    }
    reports(&found["reports"]);
    has("records alias wildcard", &found["unseen"], "what receivers do not see");
    let found = super::checking::document("space.unseen", &[]);
    checked(&found["unseen"]["records"]);
}

#[test]
fn every_code_of_a_domain_stands_in_the_document() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/records.md")).unwrap();
    let read =
        |name| std::fs::read_to_string(root.join("src/cli/check/domain").join(name)).unwrap();
    let source = ["conclude.rs", "unseen.rs"].map(read).concat();
    let codes = source.split('"').filter(|word| {
        word.starts_with("domain_") && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    });
    let missing: Vec<&str> = codes.filter(|code| !text.contains(&format!("`{code}`"))).collect();
    assert_eq!(Vec::<&str>::new(), missing);
}
