//! What the texts of a report **mean**: domains, addresses, counts, times and words.
//!
//! In: texts as they were read. Out: the model's values. Refuses little: what cannot be read is
//! kept as text, and noted as an issue; it never becomes a value that passes or enforces.

use std::borrow::Cow;
use std::net::IpAddr;

use super::cursor::Passage;
use super::domain;
use super::issues::Issues;
use super::record::{Seen, SeenAuth, SeenReason};
use crate::model::words::{
    AlignedResult, Disposition, DkimResult, OverrideKind, SpfResult, SpfScope,
};
use crate::model::{DkimAuth, Fingerprint, IssueCode, OverrideReason, SourceAddress, SpfAuth};

/// The largest count that every JSON reader can hold exactly (2^53 - 1).
const COUNT_MAX: i64 = 9_007_199_254_740_991;

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

/// Reads an address, and says what is odd about it. IPv4 inside IPv6 becomes IPv4; brackets are
/// dropped. Zeros before a number are refused, since some read such numbers as octal.
pub(super) fn address(text: &str) -> (SourceAddress, [Option<IssueCode>; 2]) {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let is_bracketed = bare.is_some();
    match bare.unwrap_or(text).parse::<IpAddr>() {
        Ok(ip) => {
            let canonical = ip.to_canonical();
            let is_other = is_bracketed || ip != canonical;
            let other_form = is_other.then_some(IssueCode::OtherForm);
            let odd = is_odd(canonical).then_some(IssueCode::OddAddress);
            (SourceAddress::Ip(canonical), [other_form, odd])
        }
        Err(_) => {
            let text = text.chars().take(80).collect();
            (SourceAddress::Unreadable(text), [Some(IssueCode::BadAddress), None])
        }
    }
}

/// Whether no mail can come from an address over the Internet (RFC 6890): a receiver has reported
/// one of its own relays, or made it up.
fn is_odd(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_multicast()
                || ip.is_unspecified()
                || ip.is_broadcast()
        }
        IpAddr::V6(ip) => {
            ip.is_unique_local()
                || ip.is_loopback()
                || ip.is_unicast_link_local()
                || ip.is_multicast()
                || ip.is_unspecified()
        }
    }
}

/// A moment, and how it was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Seconds since 1970 UTC.
    pub seconds: i64,
    /// Whether it can only be milliseconds, and was read as such.
    pub is_guess: bool,
    /// Whether it has a fraction, which is dropped.
    pub is_other: bool,
}

/// Reads a moment: a whole number or, from some reporters, one with a fraction.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number: i64 = whole.parse().ok()?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // some write fractions of a second, and a sign in front is still the same number
    let is_other = whole.len() < text.len() || whole.starts_with('+');
    match number {
        ..YEAR_3000 => Some(Moment { seconds: number, is_guess: false, is_other }),
        _ if number / 1_000 < YEAR_3000 => {
            Some(Moment { seconds: number / 1_000, is_guess: true, is_other })
        }
        _ => None,
    }
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
    if !seen.has_auth_results {
        reader.note(IssueCode::MissingElement, "", "auth_results");
    }
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
        let name = self.domain(text.unwrap_or_default(), element);
        if name.is_empty() {
            self.note(IssueCode::MissingElement, "", element);
        }
        name
    }

    fn domain(&mut self, text: &str, element: &str) -> String {
        let (name, issue) = domain::read(text);
        if let Some(code) = issue {
            self.note(code, text, element);
        }
        name
    }

    fn reason(&mut self, seen: &SeenReason<'_>) -> OverrideReason {
        let comment = seen.comment.as_ref().map(Passage::to_lang_text);
        OverrideReason { kind: OverrideKind::parse(&seen.kind), comment }
    }

    fn dkim(&mut self, seen: &SeenAuth<'_>) -> DkimAuth {
        DkimAuth {
            domain: self.domain(&seen.domain, "auth_results/dkim/domain"),
            selector: seen.qualifier.as_deref().map(str::to_owned),
            result: DkimResult::parse(&seen.result),
            human_result: seen.human_result.as_ref().map(Passage::to_lang_text),
        }
    }

    fn spf(&mut self, seen: &SeenAuth<'_>) -> SpfAuth {
        let result = SpfResult::parse(&seen.result);
        if result.is_known() && !result.as_str().eq_ignore_ascii_case(&seen.result) {
            self.note(IssueCode::OtherForm, &seen.result, "auth_results/spf/result");
        }
        SpfAuth {
            domain: self.domain(&seen.domain, "auth_results/spf/domain"),
            scope: seen.qualifier.as_deref().map(SpfScope::parse),
            result,
            human_result: seen.human_result.as_ref().map(Passage::to_lang_text),
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
        for kind in of.reasons.iter().map(|reason| &reason.kind) {
            self.check_word(kind.is_known(), kind.as_str(), "policy_evaluated/reason");
        }
        for result in of.dkim_auth.iter().map(|dkim| &dkim.result) {
            self.check_word(result.is_known(), result.as_str(), "auth_results/dkim/result");
        }
        for spf in &of.spf_auth {
            let result = &spf.result;
            self.check_word(result.is_known(), result.as_str(), "auth_results/spf/result");
            if let Some(scope) = &spf.scope {
                self.check_word(scope.is_known(), scope.as_str(), "auth_results/spf/scope");
            }
        }
    }

    /// Notes a word of an entry that is unknown, or that the entry lacks.
    fn check_word(&mut self, is_known: bool, word: &str, element: &str) {
        if !is_known {
            let is_missing = word.is_empty();
            let code = if is_missing { IssueCode::MissingElement } else { IssueCode::UnknownWord };
            self.note(code, word, element);
        }
    }

    /// Notes what contradicts itself; it is kept as it is.
    fn check_consistency(&mut self, of: &Fingerprint) {
        // aligned results rest on raw ones
        let signed = of.dkim_auth.iter().any(|dkim| dkim.result == DkimResult::Pass);
        if of.dkim == AlignedResult::Pass && !signed {
            self.note(IssueCode::Inconsistent, "dkim", "policy_evaluated/dkim");
        }
        let authorised = of.spf_auth.iter().any(|spf| spf.result == SpfResult::Pass);
        if of.spf == AlignedResult::Pass && !authorised {
            self.note(IssueCode::Inconsistent, "spf", "policy_evaluated/spf");
        }
        // and what was done rests on the aligned ones, or there is a reason
        let is_contrary = match of.disposition {
            Disposition::Quarantine | Disposition::Reject => of.passes() && of.reasons.is_empty(),
            Disposition::Pass => !of.passes(),
            Disposition::None | Disposition::Other(_) => false,
        };
        if is_contrary {
            let disposition = of.disposition.as_str();
            self.note(IssueCode::Inconsistent, disposition, "policy_evaluated/disposition");
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
        for (expected, text, issue) in [
            ("192.0.2.1", "192.0.2.1", None),
            ("2001:db8::1", "2001:DB8:0::1", None),
            ("192.0.2.1", "::ffff:192.0.2.1", Some(IssueCode::OtherForm)),
            ("2001:db8::1", "[2001:db8::1]", Some(IssueCode::OtherForm)),
            ("192.0.2.1", "[192.0.2.1]", Some(IssueCode::OtherForm)),
            ("10.0.0.1", "10.0.0.1", Some(IssueCode::OddAddress)),
            ("169.254.7.7", "169.254.7.7", Some(IssueCode::OddAddress)),
            ("0.0.0.0", "0.0.0.0", Some(IssueCode::OddAddress)),
            ("::1", "::1", Some(IssueCode::OddAddress)),
            ("fd00::7", "fd00::7", Some(IssueCode::OddAddress)),
        ] {
            let (source, issues) = address(text);
            assert_eq!(SourceAddress::Ip(expected.parse().unwrap()), source);
            assert_eq!(
                issue.into_iter().collect::<Vec<_>>(),
                issues.into_iter().flatten().collect::<Vec<_>>(),
                "{text}"
            );
        }
        for text in
            ["010.0.0.1", "192.0.2.1:25", "192.0.2.0/24", "fe80::1%eth0", "mail.example", ""]
        {
            let unreadable = SourceAddress::Unreadable(text.into());
            assert_eq!((unreadable, [Some(IssueCode::BadAddress), None]), address(text));
        }
        let both = [Some(IssueCode::OtherForm), Some(IssueCode::OddAddress)];
        for text in ["[10.0.0.1]", "::ffff:10.0.0.1"] {
            assert_eq!(both, address(text).1, "{text}");
        }
    }

    #[test]
    fn moments_may_have_fractions_or_be_milliseconds() {
        let seconds = 1_524_268_799;
        for (text, is_guess, is_other) in [
            ("1524268799", false, false),
            ("1524268799.75", false, true),
            ("1524268799123", true, false),
            ("1524268799123.5", true, true),
        ] {
            assert_eq!(Some(Moment { seconds, is_guess, is_other }), moment(text));
        }
    }

    #[test]
    fn other_texts_are_no_moments() {
        for text in [
            "",
            "2026-11-20",
            "1.524268799E9",
            "1524268799.7.5",
            "1524268799,5",
            "1524268799123456",
            "99999999999999999999",
            "9223372036854775807",
        ] {
            assert_eq!(None, moment(text), "{text}");
        }
    }
}
