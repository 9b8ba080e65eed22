//! The **aim** of a label, as a person typed it or a file has it.
//!
//! In: text. Out: what the model makes of it, or an answer that says what is right; and whether it
//! names a source, also as a page shows that name.

use crate::error::{Error, Result};
use crate::model::knowledge::{Aim, AimFault, Label};
use crate::render::escape::escape;

const EXAMPLES: &str =
    "write an address like 192.0.2.1 or 2001:db8::1, or a network like 192.0.2.0/28";

/// Reads it.
pub(in crate::cli) fn parse(text: &str) -> Result<Aim> {
    Aim::parse(text).map_err(|fault| refused(text.trim(), fault))
}

fn refused(text: &str, fault: AimFault) -> Error {
    let (why, remedy) = match fault {
        AimFault::Empty => {
            ("there is no source".to_owned(), "name a source, an address or a network".to_owned())
        }
        AimFault::Long(chars) => {
            let remedy = format!("give one of at most {} characters", Label::NAME_CHARS);
            return Error::new(
                "cannot keep the source",
                format!("it has {chars} characters"),
                remedy,
            );
        }
        AimFault::NoAddress => ("it is no address".to_owned(), EXAMPLES.to_owned()),
        AimFault::NoNumber => ("the prefix is no number".to_owned(), EXAMPLES.to_owned()),
        AimFault::Length { given, shortest, longest } => (
            format!("/{given} is no prefix that can be labelled"),
            format!("give a prefix from /{shortest} to /{longest}"),
        ),
        AimFault::Inside { network, address } => (
            "it has bits behind its prefix".to_owned(),
            format!("write {network} for the network, {address} for the address"),
        ),
    };
    Error::new(format!("cannot label `{}`", escape(text)), why, remedy)
}

/// Whether a label speaks of a source of that name. Of mail of subdomains it does too, unless there
/// is a label for that alone.
pub(in crate::cli) fn names(aim: &Aim, source: &str) -> bool {
    let (shown, below) = Aim::key(source);
    let name = aim.name().to_lowercase();
    // a name may have been copied from a page, which shows it escaped
    aim.is_of(below) && (name == shown || name == escape(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_as_an_address_and_is_none_is_answered_with_what_is_right() {
        for (text, right) in [
            ("192.0.2.5/24", "192.0.2.0/24 for the network, 192.0.2.5 for the address"),
            ("2001:db8::1/32", "2001:db8::/32 for the network"),
            ("0.0.0.0/0", "/8 to /32"),
            ("10.0.0.0/7", "/8 to /32"),
            ("192.0.2.0/33", "/8 to /32"),
            ("192.0.2.0/999", "/8 to /32"),
            ("::/0", "/16 to /128"),
            ("2001:db8::/129", "/16 to /128"),
            ("192.0.2.0/", "/8 to /32"),
            ("192.0.2.0/+8", "192.0.2.0/28"),
            ("192.0.2", "192.0.2.0/28"),
            ("300.1.1.1", "192.0.2.0/28"),
            ("2001:db8:::1", "2001:db8::1"),
            (" ", "name a source"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(right), "{text}: {error}");
        }
    }

    #[test]
    fn a_name_speaks_of_both_sources_of_a_sender_unless_it_says_one() {
        let names = |text: &str, source: &str| names(&parse(text).unwrap(), source);
        assert!(names("MAILCHIMP", "Mailchimp"));
        assert!(names("mailchimp", "Mailchimp (subdomains)"));
        assert!(names("mailchimp (subdomains)", "Mailchimp (subdomains)"));
        assert!(!names("mailchimp (subdomains)", "Mailchimp"));
        assert!(names("192.0.2.0/24", "192.0.2.0/24"));
        assert!(names("a\\u{1b}.example", "a\u{1b}.example"), "as a page shows it");
    }
}
