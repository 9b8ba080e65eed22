//! A **number in a sentence**: how counts and shares are written where people read them.
//!
//! In: exact counts. Out: text, the same on every machine. A share never rounds to all or to
//! nothing while something is left over, since that something is what the reader looks for.

/// A count with a comma between the thousands: `12,410`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 source`, `2,000 sources`: the plural is the singular with an `s`.
#[must_use]
pub fn amount(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), agree(number, "", "s"))
}

/// The word that agrees with a number: `fails` of one, `fail` of several.
#[must_use]
pub fn agree<'a>(number: u64, one: &'a str, many: &'a str) -> &'a str {
    if number == 1 { one } else { many }
}

/// A share with one decimal: `99.0%`. `<0.1%` and `99.9%` where rounding would hide a remainder,
/// `-` where there is nothing to have a share of. A part above the whole is the whole.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let (part, whole) = (u128::from(part.min(whole)), u128::from(whole));
    let tenths = (part * 2000 + whole) / (whole * 2);
    match tenths {
        0 if part > 0 => "<0.1%".to_owned(),
        1000.. if part < whole => "99.9%".to_owned(),
        _ => format!("{}.{}%", tenths / 10, tenths % 10),
    }
}

/// An upper bound (0 to 1) in per cent, in hundredths and rounded up: `0.03%`, `2.06%`, `2%`. A
/// bound must not look lower than it is.
#[must_use]
pub fn upper_percent(rate: f64) -> String {
    // the small amount keeps 0.02, which has no exact form, from becoming 2.01
    // and adding 0 turns -0, which would be printed, into 0
    let hundredths = (rate.clamp(0.0, 1.0) * 10_000.0 - 1e-6).ceil().max(0.0) + 0.0;
    let text = format!("{:.2}", hundredths / 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_by_commas() {
        for (text, number) in
            [("0", 0), ("999", 999), ("1,000", 1000), ("12,410", 12_410), ("1,234,567", 1_234_567)]
        {
            assert_eq!(text, thousands(number));
        }
        assert_eq!("18,446,744,073,709,551,615", thousands(u64::MAX));
    }

    #[test]
    fn amounts_know_one_from_many() {
        assert_eq!("1 source", amount(1, "source"));
        assert_eq!("0 sources", amount(0, "source"));
        assert_eq!("12,410 messages", amount(12_410, "message"));
        assert_eq!(("fails", "fail"), (agree(1, "fails", "fail"), agree(0, "fails", "fail")));
    }

    #[test]
    fn shares_have_one_decimal_and_round_to_the_nearest() {
        assert_eq!("99.0%", percent(990, 1000));
        assert_eq!("33.3%", percent(1, 3));
        assert_eq!("66.7%", percent(2, 3));
        assert_eq!("0.0%", percent(0, 7));
        assert_eq!("100.0%", percent(7, 7));
    }

    #[test]
    fn a_remainder_is_never_rounded_away() {
        assert_eq!("<0.1%", percent(1, 100_000));
        assert_eq!("0.1%", percent(1, 2000));
        assert_eq!("99.9%", percent(99_999, 100_000));
        assert_eq!("99.9%", percent(u64::MAX - 1, u64::MAX));
    }

    #[test]
    fn bounds_are_rounded_up_never_down() {
        assert_eq!("0.03%", upper_percent(0.000_244));
        assert_eq!("0.01%", upper_percent(1e-9));
        assert_eq!("0%", upper_percent(0.0));
        assert_eq!("1.21%", upper_percent(0.0121));
        assert_eq!("1.22%", upper_percent(0.012_101));
        assert_eq!("2%", upper_percent(0.02));
        assert_eq!("10%", upper_percent(0.1));
        assert_eq!("100%", upper_percent(7.0));
    }

    #[test]
    fn a_share_of_nothing_is_a_dash() {
        assert_eq!("-", percent(0, 0));
        assert_eq!("100.0%", percent(5, 3));
    }
}
