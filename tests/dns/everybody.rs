//! `check DOMAIN`: SPF records by which everybody passes, whatever leads there.

use crate::checking::{check, document, page};

/// What is found of SPF, beside the record and in it.
fn told(domain: &str) -> Vec<(String, String)> {
    let found = document(domain, &[]);
    let own = found["spf"]["findings"].as_array().unwrap();
    let text = found["spf"]["checked"][0]["findings"].as_array().unwrap();
    let both = own.iter().chain(text);
    both.filter(|finding| finding["code"] == "spf_everybody")
        .map(|finding| {
            assert_eq!("error", finding["severity"], "{domain}");
            (finding["what"].as_str().unwrap().to_owned(), finding["place"].to_string())
        })
        .collect()
}

#[test]
fn that_everybody_passes_is_an_error_which_names_what_leads_there() {
    for (domain, what) in [
        (
            "lax-include.check",
            "anybody may send as this domain: SPF passes by `include:lax.check`, which leads to `+all`",
        ),
        (
            "lax-deep.check",
            "anybody may send as this domain: SPF passes by `include:lax-include.check`, which leads to \
             `include:lax.check`, which leads to `+all`",
        ),
        (
            "lax-redirect.check",
            "anybody may send as this domain: SPF passes by `redirect=lax.check`, which leads to `+all`",
        ),
        (
            "lax-halves.check",
            "anybody with an IPv4 address may send as this domain: SPF passes by `ip4:0.0.0.0/1` and \
             `ip4:128.0.0.0/1`",
        ),
        (
            "lax-below.check",
            "anybody with an IPv4 address may send as this domain: SPF passes by \
             `include:lax-zero.check`, which leads to `ip4:0.0.0.0/0`",
        ),
        (
            "lax-six.check",
            "anybody may send as this domain: SPF passes by `include:lax-both.check`, which leads to \
             `ip4:0.0.0.0/0` and `include:lax-both.check`, which leads to `ip6:::/0`",
        ),
    ] {
        let found = told(domain);
        assert_eq!(1, found.len(), "{domain}");
        assert_eq!(what, found[0].0, "{domain}");
        assert_ne!("null", found[0].1, "{domain}: its place in the record");
        assert_eq!(Some(1), check(domain, &[]).status.code(), "{domain}");
    }
    for domain in ["lax.check", "lax-zero.check"] {
        assert_eq!(1, told(domain).len(), "{domain}: once, by the record itself");
    }
}

#[test]
fn what_stands_in_front_and_what_does_not_let_pass_counts() {
    for domain in [
        "strict-not.check",
        "strict-soft.check",
        "strict-half.check",
        "strict-first.check",
        "good.check",
    ] {
        assert_eq!(Vec::<(String, String)>::new(), told(domain), "{domain}");
    }
}

#[test]
fn the_effect_is_that_of_the_whole() {
    let all = "SPF passes for everybody, by `include:lax.check`, which leads to `+all`";
    let effect = |domain: &str| document(domain, &[])["spf"]["checked"][0]["effect"].clone();
    assert_eq!(all, effect("lax-include.check")[0]);
    let two = effect("lax-below.check");
    assert_eq!(
        "SPF passes for everybody with an IPv4 address, by `include:lax-zero.check`, which leads to \
         `ip4:0.0.0.0/0`",
        two[0]
    );
    assert_eq!("Mail from anywhere else fails: some receivers refuse it", two[1]);
    let redirected = page(&check("lax-redirect.check", &[]));
    assert!(!redirected.contains("No server is named"), "{redirected}");
    assert!(!page(&check("lax-include.check", &[])).contains("from anywhere else fails"));
}
