//! What real reporters write.

use super::*;

#[test]
fn habits_of_real_reporters_are_understood() {
    let alias = report(&PLAIN.replace("identifiers>", "identities>"));
    assert_eq!(
        ("acme.example", vec![IssueCode::AliasElement]),
        (alias.fingerprints[0].header_from.as_str(), codes(&alias))
    );
    let bare = report(&PLAIN.replace(
        "<spf>fail</spf></policy",
        "<spf>fail</spf><reason>sampled_out</reason><reason><type/><comment/></reason></policy",
    ));
    assert_eq!(1, bare.fingerprints[0].reasons.len());
    assert_eq!(OverrideKind::SampledOut, bare.fingerprints[0].reasons[0].kind);
    assert_eq!(Vec::<IssueCode>::new(), codes(&bare));
    let both = report(&PLAIN.replace(
        "<spf>fail</spf></policy",
        "<spf>fail</spf><reason>but why<type>other</type></reason></policy",
    ));
    assert_eq!(
        (OverrideKind::OtherReason, vec![IssueCode::StrayText]),
        (both.fingerprints[0].reasons[0].kind.clone(), codes(&both))
    );
    let padded = report(&PLAIN.replace("<spf>fail</spf></policy", "<spf>\t Fail \n</spf></policy"));
    assert_eq!(
        (AlignedResult::Fail, Vec::<IssueCode>::new()),
        (padded.fingerprints[0].spf.clone(), codes(&padded))
    );
    let wrapped = report(&PLAIN.replace("<feedback>", "<xs:schema xmlns:xs='x'><feedback>"));
    assert_eq!(vec![IssueCode::WrappedDocument], codes(&wrapped));
    let amp = report(
        &PLAIN.replace("receiver.example</org_name>", "AT&T &amp; sons &unknown;</org_name>"),
    );
    assert_eq!("AT&T & sons &unknown;", amp.reporter.org_name);
    let unclosed = report(PLAIN.trim_end().strip_suffix('>').unwrap());
    assert_eq!(vec![IssueCode::UnclosedDocument], codes(&unclosed));
    let more = report(&format!("{PLAIN}<p>and more</p>"));
    assert_eq!(vec![IssueCode::TrailingContent], codes(&more));
}

#[test]
fn aliases_of_spf_results_are_read_as_what_was_meant() {
    let with = |word: &str| report(&PLAIN.replace("softfail", word));
    for (expected, word) in [
        (SpfResult::Fail, "hardfail"),
        (SpfResult::TempError, "Unknown"),
        (SpfResult::PermError, "error"),
    ] {
        let report = with(word);
        assert_eq!(expected, report.fingerprints[0].spf_auth[0].result);
        let found: Vec<_> = report.issues.iter().map(|i| (i.code, i.value.as_str())).collect();
        assert_eq!(vec![(IssueCode::OtherForm, word)], found);
    }
    assert_eq!(Vec::<IssueCode>::new(), codes(&with("SoftFail")));
}

#[test]
fn values_in_another_form_are_read_and_said() {
    let place = |element: &str| format!("record[1]/{element}");
    for (from, to, element) in [
        ("192.0.2.1", "::ffff:192.0.2.1", place("row/source_ip")),
        ("192.0.2.1", "[192.0.2.1]", place("row/source_ip")),
        (">acme.example</header", ">joe@acme.example</header", place("header_from")),
        ("bounce.example", "bücher.example", place("auth_results/spf/domain")),
        ("Acme.Example", "&lt;joe@acme.example&gt;", "policy_published/domain".into()),
        ("1794182400", "1794182400.5", "date_range/begin".into()),
    ] {
        let (code, found, value) = issue(from, to);
        assert_eq!((IssueCode::OtherForm, element), (code, found), "{to}");
        assert!(to.replace("&lt;", "<").replace("&gt;", ">").contains(&value), "{value}");
    }
    let report = report(&PLAIN.replace("bounce.example", "bücher.example"));
    assert_eq!("xn--bcher-kva.example", report.fingerprints[0].spf_auth[0].domain);
}

#[test]
fn extensions_are_passed_over_in_silence_and_damage_is_not() {
    let in_record = |tag: &str| PLAIN.replace("</identifiers>", &format!("</identifiers>{tag}"));
    let in_feedback = |tag: &str| PLAIN.replace("</feedback>", &format!("{tag}</feedback>"));
    for tag in ["<x:y><z/></x:y>", "<y xmlns='urn:y'><row/></y>"] {
        assert_eq!(Vec::<IssueCode>::new(), codes(&report(&in_record(tag))), "{tag}");
        assert_eq!(Vec::<IssueCode>::new(), codes(&report(&in_feedback(tag))), "{tag}");
    }
    for tag in ["<sow><count>9</count></sow>", "<y xmlns=''/>", "<count>9</count>"] {
        assert_eq!(vec![IssueCode::UnknownElement], codes(&report(&in_record(tag))), "{tag}");
        assert_eq!(vec![IssueCode::UnknownElement], codes(&report(&in_feedback(tag))), "{tag}");
    }
    let own = in_record("<d:sow/><x:y/><sow/>")
        .replace("<feedback>", "<d:feedback xmlns:d='urn:d'>")
        .replace("</feedback>", "</d:feedback>");
    let found = report(&own).issues.into_iter().map(|issue| issue.value).collect::<Vec<_>>();
    assert_eq!(vec!["d:sow", "sow"], found);
}

#[test]
fn what_two_containers_say_is_not_put_together() {
    let fails = PLAIN.replace("<dkim>pass</dkim>", "");
    let second = "</policy_evaluated><policy_evaluated><dkim>pass</dkim></policy_evaluated>";
    let found = report(&fails.replacen("</policy_evaluated>", second, 1));
    assert!(!found.fingerprints[0].passes());
    assert!(codes(&found).contains(&IssueCode::RepeatedElement));
    for container in ["row", "identifiers", "auth_results"] {
        let end = format!("</{container}>");
        let twice = PLAIN.replacen(&end, &format!("{end}<{container}><x/></{container}>"), 1);
        let found = report(&twice);
        assert_eq!(report(PLAIN).records, found.records, "{container}");
        assert_eq!(vec![IssueCode::RepeatedElement], codes(&found), "{container}");
    }
}
