//! Records in a **JSON document**: what DNS over HTTPS answers, and what the programs of DNS hosters
//! print (Route 53, Google, Azure, Cloudflare, PowerDNS).
//!
//! In: a text. Out: the values in it with their names; nothing where it is no JSON document.

use serde_json::Value;

use super::strings::peeled;
use super::{Pasted, begins_record};

/// Keys of a name, in lower case.
const NAMES: &[&str] = &["name", "fqdn", "host", "hostname"];

/// Keys of a value, in lower case.
const VALUES: &[&str] =
    &["data", "value", "values", "content", "rrdatas", "records", "text", "txt", "strings"];

/// The values of a document.
pub(super) fn read(given: &str) -> Option<Vec<Pasted>> {
    let given = given.trim();
    if !given.starts_with(['{', '[']) {
        return None;
    }
    let document: Value = serde_json::from_str(given).ok()?;
    let mut found = Vec::new();
    walk(&document, None, false, &mut found);
    Some(found)
}

/// Looks for values. `is_value` tells whether the key in front was one of a value.
fn walk(value: &Value, name: Option<&str>, is_value: bool, found: &mut Vec<Pasted>) {
    match value {
        Value::Object(object) => {
            let named = |(key, value): (&String, &'_ Value)| {
                let is_name = NAMES.contains(&key.to_lowercase().as_str());
                value.as_str().filter(|_| is_name).map(str::to_owned)
            };
            let own = object.iter().find_map(named);
            let name = own.as_deref().or(name);
            for (key, value) in object {
                walk(value, name, VALUES.contains(&key.to_lowercase().as_str()), found);
            }
        }
        Value::Array(list) => {
            let from = found.len();
            for one in list {
                match one.as_str() {
                    // strings of one record in a list of their own
                    Some(text) if found.len() > from && goes_on(text) => {
                        if let Some(last) = found.last_mut() {
                            last.text.push_str(&peeled(text));
                        }
                    }
                    _ => walk(one, name, is_value, found),
                }
            }
        }
        Value::String(text) if is_value || begins_record(text) => found.push(Pasted {
            text: peeled(text),
            name: name.map(super::line::name),
            line: 1,
            ..Pasted::default()
        }),
        _ => {}
    }
}

/// Whether a string is more of the one before it.
fn goes_on(text: &str) -> bool {
    !text.starts_with('"') && !begins_record(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_with_the_name_of_their_object() {
        for given in [
            r#"{"Status":0,"Question":[{"name":"_dmarc.a.example","type":16}],"Answer":[{"name":"_dmarc.a.example.","type":16,"TTL":300,"data":"\"v=DMARC1; \"\"p=none\""}]}"#,
            r#"{"ResourceRecordSets":[{"Name":"_DMARC.a.example.","Type":"TXT","ResourceRecords":[{"Value":"\"v=DMARC1; p=none\""}]}]}"#,
            r#"[{"name":"_dmarc.a.example.","rrdatas":["\"v=DMARC1; p=none\""]}]"#,
            r#"{"name":"_dmarc.a.example","txtRecords":[{"value":["v=DMARC1; ","p=none"]}]}"#,
            r#"{"result":[{"id":"1","name":"_dmarc.a.example","content":"v=DMARC1; p=none"}]}"#,
        ] {
            let found = read(given).unwrap();
            assert_eq!(1, found.len(), "{given}");
            assert_eq!("v=DMARC1; p=none", found[0].text, "{given}");
            assert_eq!(Some("_dmarc.a.example"), found[0].name.as_deref(), "{given}");
        }
        assert_eq!(2, read(r#"["v=DMARC1; p=none","v=spf1 -all"]"#).unwrap().len());
        assert_eq!(Some(Vec::new()), read(r#"{"Status":3}"#));
        assert_eq!(None, read("{v=DMARC1; p=none}"));
    }
}
