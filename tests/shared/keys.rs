//! The **keys** of a JSON answer, held against a list of them.

use serde_json::Value;

/// All of these keys and no other.
pub(crate) fn has(wanted: &[&str], found: &Value, what: &str) {
    let mut wanted: Vec<&str> = wanted.to_vec();
    wanted.sort_unstable();
    let mut keys: Vec<&str> = found.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(wanted, keys, "{what}");
}

/// The entries of a list, of which there must be some.
pub(crate) fn each(list: &Value) -> impl Iterator<Item = &Value> {
    let list = list.as_array().unwrap();
    assert!(!list.is_empty());
    list.iter()
}
