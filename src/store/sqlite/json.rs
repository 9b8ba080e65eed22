//! The **lists** of the store: JSON in a column, nothing where a list is empty.
//!
//! In: the model's lists. Out: text; and back. A text that is not as it was written (somebody has
//! edited the file) reads as an empty list.

use serde::{Deserialize, Serialize};

use crate::model::words::{DkimResult, OverrideKind, SpfResult, SpfScope};
use crate::model::{DkimAuth, LangText, OverrideReason, SpfAuth};

#[derive(Serialize, Deserialize)]
struct ReasonRow {
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct AuthRow {
    domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    result: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    human: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct TextRow {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<String>,
}

pub(super) fn names(list: &[String]) -> Option<String> {
    write(list, String::clone)
}

pub(super) fn reasons(list: &[OverrideReason]) -> Option<String> {
    write(list, |reason| ReasonRow {
        r#type: reason.kind.as_str().to_owned(),
        comment: text_of(reason.comment.as_ref()),
        lang: lang_of(reason.comment.as_ref()),
    })
}

pub(super) fn read_reasons(text: Option<&str>) -> Vec<OverrideReason> {
    read(text, |row: ReasonRow| OverrideReason {
        kind: OverrideKind::parse(&row.r#type),
        comment: lang_text(row.comment, row.lang),
    })
}

pub(super) fn dkim_auth(list: &[DkimAuth]) -> Option<String> {
    write(list, |auth| AuthRow {
        domain: auth.domain.clone(),
        selector: auth.selector.clone(),
        scope: None,
        result: auth.result.as_str().to_owned(),
        human: text_of(auth.human_result.as_ref()),
        lang: lang_of(auth.human_result.as_ref()),
    })
}

pub(super) fn read_dkim_auth(text: Option<&str>) -> Vec<DkimAuth> {
    read(text, |row: AuthRow| DkimAuth {
        domain: row.domain,
        selector: row.selector,
        result: DkimResult::parse(&row.result),
        human_result: lang_text(row.human, row.lang),
    })
}

pub(super) fn spf_auth(list: &[SpfAuth]) -> Option<String> {
    write(list, |auth| AuthRow {
        domain: auth.domain.clone(),
        selector: None,
        scope: auth.scope.as_ref().map(|scope| scope.as_str().to_owned()),
        result: auth.result.as_str().to_owned(),
        human: text_of(auth.human_result.as_ref()),
        lang: lang_of(auth.human_result.as_ref()),
    })
}

pub(super) fn read_spf_auth(text: Option<&str>) -> Vec<SpfAuth> {
    read(text, |row: AuthRow| SpfAuth {
        domain: row.domain,
        scope: row.scope.as_deref().map(SpfScope::parse),
        result: SpfResult::parse(&row.result),
        human_result: lang_text(row.human, row.lang),
    })
}

pub(super) fn texts(list: &[LangText]) -> Option<String> {
    write(list, |text| TextRow { text: text.text.clone(), lang: text.lang.clone() })
}

pub(super) fn read_texts(text: Option<&str>) -> Vec<LangText> {
    read(text, |row: TextRow| LangText { text: row.text, lang: row.lang })
}

/// A list of plain words, as `input.signers` is one.
pub(super) fn read_words(text: Option<&str>) -> Vec<String> {
    read(text, |word| word)
}

fn write<T, R: Serialize>(list: &[T], row: impl Fn(&T) -> R) -> Option<String> {
    let rows: Vec<R> = list.iter().map(row).collect();
    // strings alone cannot fail to become JSON
    (!rows.is_empty()).then(|| serde_json::to_string(&rows).unwrap_or_default())
}

fn read<T, R: for<'a> Deserialize<'a>>(text: Option<&str>, item: impl Fn(R) -> T) -> Vec<T> {
    let rows: Vec<R> = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    // collect() would go on in the larger room of the rows, of which a domain may have very many
    let mut items = Vec::with_capacity(rows.len());
    items.extend(rows.into_iter().map(item));
    items
}

fn text_of(text: Option<&LangText>) -> Option<String> {
    text.map(|text| text.text.clone())
}

fn lang_of(text: Option<&LangText>) -> Option<String> {
    text.and_then(|text| text.lang.clone())
}

fn lang_text(text: Option<String>, lang: Option<String>) -> Option<LangText> {
    text.map(|text| LangText { text, lang })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back_as_they_went() {
        let note = Some(LangText { text: "\"näh\"\n".into(), lang: Some("de".into()) });
        let list = vec![
            DkimAuth {
                domain: "a.example".into(),
                selector: None,
                result: DkimResult::Other("hm".into()),
                human_result: note,
            },
            DkimAuth {
                domain: String::new(),
                selector: Some(String::new()),
                result: DkimResult::Pass,
                human_result: None,
            },
        ];
        assert_eq!(list, read_dkim_auth(dkim_auth(&list).as_deref()));
        assert_eq!(None, dkim_auth(&[]));
        assert_eq!(Vec::<DkimAuth>::new(), read_dkim_auth(Some("{broken")));
    }
}
