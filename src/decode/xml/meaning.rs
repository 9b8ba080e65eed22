//! What the texts of a report **mean**: domains, addresses, counts, times and words.
//!
//! In: texts as they were read. Out: the model's values. Refuses little: what cannot be read is
//! kept as text, and noted as an issue; it never becomes a value that passes or enforces.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

use super::issues::Issues;
use super::record::{Seen, SeenAuth, SeenReason};
use crate::model::words::{
    AlignedResult, Disposition, DkimResult, OverrideKind, SpfResult, SpfScope,
};
use crate::model::{DkimAuth, Fingerprint, IssueCode, OverrideReason, SourceAddress, SpfAuth};

/// The largest count that every JSON reader can hold exactly (2^53 - 1).
const COUNT_MAX: i64 = 9_007_199_254_740_991;

/// The longest domain name (RFC 1035 section 2.3.4, without the final dot).
const DOMAIN_MAX: usize = 253;

/// The first second of the year 3000: what lies beyond is taken for milliseconds.
const YEAR_3000: i64 = 32_503_680_000;

/// What a count says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// So many messages.
    Messages(i64),
    /// A row about no message at all.
    Nothing,
    /// Not a count.
    Unreadable,
}

/// Reads a count: ASCII digits, 1 to 2^53 - 1.
pub(super) fn count(text: &str) -> Counted {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<i64>() {
        Ok(0) if digits => Counted::Nothing,
        Ok(count) if digits && count <= COUNT_MAX => Counted::Messages(count),
        _ => Counted::Unreadable,
    }
}

/// Reads an address. IPv4 inside IPv6 becomes IPv4; brackets are dropped.
pub(super) fn address(text: &str) -> SourceAddress {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => SourceAddress::Ip(unmapped(ip)),
        Ok(ip) => SourceAddress::Ip(ip),
        Err(_) => SourceAddress::Unreadable(text.chars().take(80).collect()),
    }
}

fn unmapped(ip: Ipv6Addr) -> IpAddr {
    ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)
}

/// A moment, and whether its unit had to be guessed.
pub(super) fn moment(text: &str) -> Option<(i64, bool)> {
    // some reporters write fractions of a second
    let whole = text.split('.').next().unwrap_or_default();
    let number: i64 = whole.parse().ok()?;
    match number {
        ..YEAR_3000 => Some((number, false)),
        _ if number / 1_000 < YEAR_3000 => Some((number / 1_000, true)),
        _ => None,
    }
}

/// A domain name: lower case, without a final dot; and whether it is one.
pub(super) fn domain(text: &str) -> (String, bool) {
    let bare = text.trim_matches(|c: char| c == '<' || c == '>' || c.is_whitespace());
    let (bare, is_name) = match bare.rsplit_once('@') {
        Some((_, domain)) => (domain, false),
        None => (bare, bare.len() == text.len()),
    };
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    let name = if bare.is_ascii() { bare.to_ascii_lowercase() } else { bare.to_lowercase() };
    let is_name = is_name && name.len() <= DOMAIN_MAX && name.chars().all(is_domain_char);
    (name, is_name)
}

/// Letters of any script, since some reporters write names as people do.
fn is_domain_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// Works out a record's meaning; `place` is the record's, for the issues.
pub(super) fn fingerprint(seen: &Seen<'_>, place: &str, issues: &mut Issues) -> Fingerprint {
    let mut reader = Reading { place, issues };
    let fingerprint = Fingerprint {
        header_from: reader.required_domain(seen.header_from.as_deref(), "header_from"),
        envelope_from: seen.envelope_from.as_deref().map(|t| reader.domain(t, "envelope_from")),
        envelope_to: seen.envelope_to.as_deref().map(|t| reader.domain(t, "envelope_to")),
        disposition: Disposition::parse(reader.required(&seen.disposition, "disposition")),
        dkim: AlignedResult::parse(reader.required(&seen.dkim, "policy_evaluated/dkim")),
        spf: AlignedResult::parse(reader.required(&seen.spf, "policy_evaluated/spf")),
        reasons: seen.reasons.iter().map(|reason| reader.reason(reason)).collect(),
        dkim_auth: seen.dkim_auth.iter().map(|auth| reader.dkim(auth)).collect(),
        spf_auth: seen.spf_auth.iter().map(|auth| reader.spf(auth)).collect(),
    };
    reader.check_words(&fingerprint);
    reader.check_consistency(&fingerprint);
    fingerprint
}

/// One record on its way to a fingerprint, and where its issues go.
struct Reading<'a> {
    place: &'a str,
    issues: &'a mut Issues,
}

impl Reading<'_> {
    fn note(&mut self, code: IssueCode, value: &str, element: &str) {
        let place = self.place;
        self.issues.note(code, value, || format!("{place}/{element}"));
    }

    fn required<'b>(&mut self, text: &'b Option<Cow<'_, str>>, element: &str) -> &'b str {
        let text = text.as_deref().unwrap_or_default();
        if text.is_empty() {
            self.note(IssueCode::MissingElement, "", element);
        }
        text
    }

    fn required_domain(&mut self, text: Option<&str>, element: &str) -> String {
        match text {
            Some(text) if !text.is_empty() => self.domain(text, element),
            _ => {
                self.note(IssueCode::MissingElement, "", element);
                String::new()
            }
        }
    }

    fn domain(&mut self, text: &str, element: &str) -> String {
        let (name, is_name) = domain(text);
        if !is_name {
            self.note(IssueCode::BadDomain, text, element);
        }
        name
    }

    fn reason(&mut self, seen: &SeenReason<'_>) -> OverrideReason {
        OverrideReason { kind: OverrideKind::parse(&seen.kind), comment: seen.comment.clone() }
    }

    fn dkim(&mut self, seen: &SeenAuth<'_>) -> DkimAuth {
        DkimAuth {
            domain: self.domain(&seen.domain, "auth_results/dkim/domain"),
            selector: seen.qualifier.as_deref().map(str::to_owned),
            result: DkimResult::parse(&seen.result),
            human_result: seen.human_result.clone(),
        }
    }

    fn spf(&mut self, seen: &SeenAuth<'_>) -> SpfAuth {
        SpfAuth {
            domain: self.domain(&seen.domain, "auth_results/spf/domain"),
            scope: seen.qualifier.as_deref().map(SpfScope::parse),
            result: SpfResult::parse(&seen.result),
            human_result: seen.human_result.clone(),
        }
    }

    /// Notes the words that no RFC knows. An absent one was noted as missing already.
    fn check_words(&mut self, of: &Fingerprint) {
        let evaluated = [
            ("disposition", of.disposition.is_known(), of.disposition.as_str()),
            ("policy_evaluated/dkim", of.dkim.is_known(), of.dkim.as_str()),
            ("policy_evaluated/spf", of.spf.is_known(), of.spf.as_str()),
        ];
        for (element, is_known, word) in evaluated {
            if !is_known && !word.is_empty() {
                self.note(IssueCode::UnknownWord, word, element);
            }
        }
        for reason in of.reasons.iter().filter(|reason| !reason.kind.is_known()) {
            self.note(IssueCode::UnknownWord, reason.kind.as_str(), "policy_evaluated/reason");
        }
        for dkim in of.dkim_auth.iter().filter(|dkim| !dkim.result.is_known()) {
            self.note(IssueCode::UnknownWord, dkim.result.as_str(), "auth_results/dkim/result");
        }
        for spf in of.spf_auth.iter().filter(|spf| !spf.result.is_known()) {
            self.note(IssueCode::UnknownWord, spf.result.as_str(), "auth_results/spf/result");
        }
    }

    /// Aligned results rest on raw ones: a pass without any raw pass is kept, and said.
    fn check_consistency(&mut self, of: &Fingerprint) {
        let signed = of.dkim_auth.iter().any(|dkim| dkim.result == DkimResult::Pass);
        if of.dkim == AlignedResult::Pass && !signed {
            self.note(IssueCode::Inconsistent, "dkim", "policy_evaluated/dkim");
        }
        let authorised = of.spf_auth.iter().any(|spf| spf.result == SpfResult::Pass);
        if of.spf == AlignedResult::Pass && !authorised {
            self.note(IssueCode::Inconsistent, "spf", "policy_evaluated/spf");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_ascii_integers_that_json_can_hold() {
        assert_eq!(Counted::Messages(7), count("7"));
        assert_eq!(Counted::Messages(COUNT_MAX), count("9007199254740991"));
        assert_eq!(Counted::Nothing, count("0"));
        for text in ["", "-5", "+7", "3.0", "1e9", "٣", "9007199254740992", "18446744073709551616"]
        {
            assert_eq!(Counted::Unreadable, count(text), "{text}");
        }
    }

    #[test]
    fn addresses_are_canonical_or_kept_as_text() {
        let ip = |text: &str| SourceAddress::Ip(text.parse().unwrap());
        assert_eq!(ip("192.0.2.1"), address("::ffff:192.0.2.1"));
        assert_eq!(ip("2001:db8::1"), address("[2001:DB8:0::1]"));
        for text in
            ["010.0.0.1", "192.0.2.1:25", "192.0.2.0/24", "fe80::1%eth0", "mail.example", ""]
        {
            assert_eq!(SourceAddress::Unreadable(text.into()), address(text));
        }
    }

    #[test]
    fn moments_may_have_fractions_or_be_milliseconds() {
        assert_eq!(Some((1_524_268_799, false)), moment("1524268799"));
        assert_eq!(Some((1_524_268_799, false)), moment("1524268799.75"));
        assert_eq!(Some((1_524_268_799, true)), moment("1524268799123"));
        for text in ["", "2026-11-20", "99999999999999999999", "9223372036854775807"] {
            assert_eq!(None, moment(text), "{text}");
        }
    }

    #[test]
    fn domains_are_lower_case_without_a_final_dot() {
        assert_eq!(("acme.example".to_owned(), true), domain("ACME.Example."));
        assert_eq!(("acme.example".to_owned(), false), domain("<joe@acme.example>"));
        assert_eq!((String::new(), true), domain(""));
        assert!(!domain("acme example").1);
        assert!(!domain(&"a".repeat(300)).1);
    }
}
