//! Section 4.5, second half: words of results, dispositions and reasons. Nothing that is unknown
//! passes, nothing that is known is lost, and contradictions are said.

use ruaudit::model::Fingerprint;

use super::build::Xml;
use super::check::{assert_issues, assert_missing, clean, messages, only, read};

const REASON_PLACE: &str = "policy_evaluated/spf";

/// The plain report with this disposition, and these evaluated results.
fn evaluated(disposition: &str, dkim: &str, spf: &str) -> Xml {
    Xml::plain()
        .set("policy_evaluated/disposition", disposition)
        .set("policy_evaluated/dkim", dkim)
        .set("policy_evaluated/spf", spf)
}

/// The types and comments of the reasons.
fn reasons(of: &Fingerprint) -> Vec<(&str, Option<&str>)> {
    of.reasons
        .iter()
        .map(|reason| (reason.kind.as_str(), reason.comment.as_ref().map(|c| c.text.as_str())))
        .collect()
}

#[test]
fn d65_docomo_writes_hardfail() {
    let report = read(Xml::plain().set("auth_results/spf/result", "hardfail"));
    assert_issues(&[("other_form", "hardfail")], &report);
    assert_eq!("fail", only(&report).spf_auth[0].result.as_str());
}

#[test]
fn d66_some_write_unknown_and_error_as_before_the_rfc() {
    for (written, meant) in [("unknown", "temperror"), ("error", "permerror")] {
        let report = read(Xml::plain().set("auth_results/spf/result", written));
        assert_issues(&[("other_form", written)], &report);
        assert_eq!(meant, only(&report).spf_auth[0].result.as_str());
    }
}

#[test]
fn d67_dkim_results_that_nobody_knows_are_kept() {
    for word in ["unknown", "invalid"] {
        let failing = Xml::record().set("policy_evaluated/dkim", "fail");
        let report = read(Xml::report(&[failing.set("auth_results/dkim/result", word)]));
        assert_issues(&[("unknown_word", word)], &report);
        assert_eq!("record[1]/auth_results/dkim/result", report.issues[0].place);
        let result = &only(&report).dkim_auth[0].result;
        assert_eq!((word, false), (result.as_str(), result.is_known()));
    }
}

#[test]
fn d68_evaluated_results_that_nobody_knows_never_pass() {
    for word in ["none", "softfail", "passed", "yes", "temperror", "1"] {
        let report = read(evaluated("none", word, word));
        assert_issues(&[("unknown_word", word), ("unknown_word", word)], &report);
        let seen = only(&report);
        assert_eq!((word, word, false), (seen.dkim.as_str(), seen.spf.as_str(), seen.passes()));
        assert_eq!(7, messages(&report));
    }
}

#[test]
fn d68_evaluated_results_that_are_empty_or_absent_never_pass() {
    let absent = Xml::plain().without("policy_evaluated/dkim").without("policy_evaluated/spf");
    for input in [evaluated("none", "", " "), absent] {
        let report = read(input);
        let places = ["record[1]/policy_evaluated/dkim", "record[1]/policy_evaluated/spf"];
        assert_missing(&places, &report);
        assert_eq!((false, 7), (only(&report).passes(), messages(&report)));
    }
}

#[test]
fn d69_stalwart_writes_the_new_disposition_without_the_new_namespace() {
    let input = Xml::with(|record| record.set("policy_evaluated/disposition", "pass"));
    let report = clean(input.set("policy_published/p", "reject"));
    assert_eq!("pass", only(&report).disposition.as_str());
    assert!(only(&report).disposition.is_known() && only(&report).passes());
    assert_eq!(
        (None, "rfc9990"),
        (report.reporter.namespace.as_deref(), report.reporter.dialect.as_str())
    );
}

#[test]
fn d70_dispositions_that_nobody_knows_are_kept() {
    for word in ["softfail", "15", "unknown"] {
        let report = read(evaluated(word, "pass", "fail"));
        assert_issues(&[("unknown_word", word)], &report);
        assert_eq!("record[1]/disposition", report.issues[0].place);
        assert_eq!(word, only(&report).disposition.as_str());
        assert!(!only(&report).disposition.is_known());
    }
}

#[test]
fn d71_words_may_be_in_any_case() {
    let input = evaluated("None", "Pass", "FAIL")
        .set("auth_results/dkim/result", "PASS")
        .set("auth_results/spf/result", "SoftFail")
        .set("auth_results/spf/scope", "MFROM")
        .set("policy_published/p", "None")
        .set("policy_published/adkim", "R");
    assert_eq!(clean(Xml::plain()), clean(input));
}

#[test]
fn d72_rspamd_writes_the_reason_as_text() {
    let input = Xml::report(&[Xml::failing()]).set("policy_published/p", "quarantine");
    let report = clean(input.after(REASON_PLACE, "<reason>sampled_out</reason>"));
    assert_eq!(vec![("sampled_out", None)], reasons(only(&report)));
    assert!(only(&report).reasons[0].kind.is_known());
}

#[test]
fn d73_kddi_writes_reasons_with_nothing_inside() {
    for empty in ["<reason><type></type><comment></comment></reason>", "<reason/>"] {
        assert_eq!(clean(Xml::plain()), clean(Xml::plain().after(REASON_PLACE, empty)));
    }
}

#[test]
fn d74_google_tells_of_arc_in_a_reason_even_where_mail_passes() {
    let comment = "arc=pass as.1.relay.example=pass";
    let reason = format!("<reason><type>local_policy</type><comment>{comment}</comment></reason>");
    let report = clean(Xml::plain().after(REASON_PLACE, &reason));
    assert_eq!(vec![("local_policy", Some(comment))], reasons(only(&report)));
    assert!(only(&report).passes());
    let failing = clean(Xml::report(&[Xml::failing().after(REASON_PLACE, &reason)]));
    assert_eq!((1, false), (only(&failing).reasons.len(), only(&failing).passes()));
}

#[test]
fn d75_google_still_sends_the_types_that_were_removed() {
    for kind in ["forwarded", "sampled_out", "trusted_forwarder", "mailing_list", "other"] {
        let reason = format!("<reason><type>{kind}</type></reason>");
        let report = clean(Xml::report(&[Xml::failing().after(REASON_PLACE, &reason)]));
        assert_eq!(vec![(kind, None)], reasons(only(&report)));
        assert!(only(&report).reasons[0].kind.is_known());
        assert_eq!("rfc7489", report.reporter.dialect.as_str());
    }
}

#[test]
fn d76_gosecure_quarantines_what_passes() {
    for disposition in ["quarantine", "reject"] {
        let report = read(evaluated(disposition, "pass", "fail"));
        assert_issues(&[("inconsistent", disposition)], &report);
        assert_eq!(
            (disposition, true),
            (only(&report).disposition.as_str(), only(&report).passes())
        );
        let reason = "<reason><type>local_policy</type></reason>";
        clean(evaluated(disposition, "pass", "fail").after(REASON_PLACE, reason));
    }
}

#[test]
fn d77_some_say_aligned_where_nothing_passed() {
    let input = Xml::plain().set("auth_results/dkim/result", "fail");
    let report = read(input);
    assert_issues(&[("inconsistent", "dkim")], &report);
    assert_eq!("record[1]/policy_evaluated/dkim", report.issues[0].place);
    assert!(only(&report).passes());
    let unsigned = read(Xml::plain().without("auth_results/dkim"));
    assert_issues(&[("inconsistent", "dkim")], &unsigned);
    let by_spf = read(evaluated("none", "pass", "pass"));
    assert_issues(&[("inconsistent", "spf")], &by_spf);
}

#[test]
fn d79_mimecast_says_nothing_for_people() {
    let empty = "<human_result/>";
    let input = Xml::plain()
        .after("auth_results/dkim/result", empty)
        .after("auth_results/spf/result", "<human_result> </human_result>");
    assert_eq!(clean(Xml::plain()), clean(input));
}

#[test]
fn a_pass_by_disposition_on_a_row_that_fails_is_said() {
    let input = Xml::failing().set("policy_evaluated/disposition", "pass");
    let report = read(Xml::report(&[input]).set("policy_published/p", "reject"));
    assert_issues(&[("inconsistent", "pass")], &report);
    assert!(!only(&report).passes());
}

#[test]
fn a_scope_that_nobody_knows_is_kept_and_said() {
    let report = read(Xml::plain().set("auth_results/spf/scope", "pra"));
    assert_issues(&[("unknown_word", "pra")], &report);
    let scope = only(&report).spf_auth[0].scope.as_ref();
    assert_eq!(Some(("pra", false)), scope.map(|word| (word.as_str(), word.is_known())));
}
