//! The **directives** of a zone file: what they change, and what they bring in that is not looked at.

use crate::model::finding::{Finding, Severity};
use crate::model::names::MAX_NAME;
use crate::record::paste::Pasted;

use super::bounds::name_too_long;
use super::entries::{Entry, Token};
use super::{Context, aside, whole};

impl Context {
    /// Takes notice of a directive; says so where records may hide behind it.
    pub(super) fn directive(&mut self, entry: &Entry) -> Option<Pasted> {
        let word = entry.tokens.first().map(Token::text).unwrap_or_default();
        let argument = entry.tokens.get(1).map(Token::text).unwrap_or_default();
        let finding = match word.to_ascii_uppercase().as_str() {
            "$TTL" => None,
            "$ORIGIN" => self.turn_to(&argument),
            "$INCLUDE" => {
                let what = "what this file includes was not looked at".to_owned();
                Some(hint("zone_include", what, "check that file as well"))
            }
            "$GENERATE" => {
                let what = "the records that this makes were not looked at".to_owned();
                Some(hint("zone_generate", what, "check what the name server makes of it"))
            }
            _ => {
                let word = super::super::brief(&word);
                let what = format!("{word} is no directive of zone files: it was passed over");
                Some(hint("zone_directive", what, "$ORIGIN, $TTL, $INCLUDE or $GENERATE"))
            }
        };
        finding.map(|finding| aside(entry, finding))
    }

    /// Takes another origin. A whole name without its final dot gets the old one behind it.
    fn turn_to(&mut self, argument: &str) -> Option<Finding> {
        let old = self.origin.clone();
        let is_whole = argument.ends_with('.');
        let new = self.absolute(argument);
        let letters = new.chars().count();
        if letters > MAX_NAME {
            return Some(name_too_long(letters));
        }
        self.origin = Some(new);
        let again = match &old {
            None => argument.contains('.'),
            Some(old) => {
                let argument = argument.to_lowercase();
                !old.is_empty() && (argument == *old || argument.ends_with(&format!(".{old}")))
            }
        };
        if is_whole || !again {
            return None;
        }
        let what = format!(
            "without a final dot the origin is {argument} below the zone itself: no record behind it \
             stands where it is looked for"
        );
        Some(Finding {
            instead: Some(format!("$ORIGIN {argument}.")),
            ..whole("record_name_final_dot", Severity::Error, what)
        })
    }
}

fn hint(code: &'static str, what: String, instead: &str) -> Finding {
    Finding { instead: Some(instead.to_owned()), ..whole(code, Severity::Hint, what) }
}
