//! A **token** as it is kept: whose it is, where it comes from, until when it is good.
//!
//! In: a grant, or JSON. Out: JSON. Refuses JSON that is no token, and a token that belongs to
//! another user, client or server. No message quotes what stands in the JSON.

use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::model::secret::Secret;

use super::Client;
use super::grant::{Grant, is_token};

/// The form of the JSON.
const VERSION: u32 = 1;

/// A token. Its `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    version: u32,
    /// Whose mailbox it opens.
    pub user: String,
    /// The client to which it was given.
    pub client_id: String,
    /// The server that gave it.
    pub token_url: String,
    /// The token that is shown to mail servers.
    #[serde(serialize_with = "bare", deserialize_with = "kept")]
    pub access_token: Secret,
    /// Until when it is good, in seconds since 1970 UTC.
    pub expires_at: i64,
    /// What the next one is had for.
    #[serde(serialize_with = "bare_if_any", deserialize_with = "kept_if_any", default)]
    pub refresh_token: Option<Secret>,
    /// The access that it gives.
    pub scope: String,
    /// When it was obtained, in seconds since 1970 UTC.
    pub obtained_at: i64,
}

impl Token {
    /// What was granted now.
    pub(super) fn new(client: &Client, user: &str, grant: Grant, now: i64) -> Self {
        Self {
            version: VERSION,
            user: user.into(),
            client_id: client.client_id.clone(),
            token_url: client.token_url.clone(),
            access_token: grant.access_token,
            expires_at: now.saturating_add(i64::try_from(grant.lasts).unwrap_or(i64::MAX)),
            refresh_token: grant.refresh_token,
            scope: grant.scope.unwrap_or_else(|| client.scope.clone()),
            obtained_at: now,
        }
    }

    /// Reads JSON, which stands in `place`.
    ///
    /// # Errors
    /// When it is no token.
    pub fn parse(json: &[u8], place: &Path) -> Result<Self> {
        let fail = |why: &str| {
            let remedy = "name another file, or remove it and approve again with `ruaudit login`";
            Error::new(format!("cannot use the token in {}", place.display()), why, remedy)
        };
        let value: serde_json::Value =
            serde_json::from_slice(json).map_err(|_| fail("it is not JSON"))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(_) => return Err(fail("it was written by another version of this program")),
            None => return Err(fail("it is no token")),
        }
        // the error of serde may quote the token
        let token: Self = serde_json::from_value(value)
            .map_err(|_| fail("something in it is missing or wrong"))?;
        let secrets = [Some(&token.access_token), token.refresh_token.as_ref()];
        if secrets.into_iter().flatten().any(|secret| !is_token(secret.expose())) {
            return Err(fail("it holds characters that no token may hold"));
        }
        Ok(token)
    }

    /// As JSON, with all secrets.
    ///
    /// # Errors
    /// Never for a token that was read or granted.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self).map_err(|_| {
            Error::new("cannot write the token", "it makes no JSON", "please report this as a bug")
        })?;
        json.push(b'\n');
        Ok(json)
    }

    /// Refuses a token of somebody else, which stands in `place`.
    ///
    /// # Errors
    /// When it opens another user's mailbox.
    pub fn check_user(&self, user: &str, place: &Path) -> Result<()> {
        self.check_field("user", &self.user, user, place)
    }

    /// Refuses a token that is not this client's and this user's, which stands in `place`.
    ///
    /// # Errors
    /// When it belongs to another user, client or server.
    pub fn check(&self, client: &Client, user: &str, place: &Path) -> Result<()> {
        self.check_user(user, place)?;
        self.check_field("client", &self.client_id, &client.client_id, place)?;
        self.check_field("server", &self.token_url, &client.token_url, place)
    }

    fn check_field(&self, noun: &str, found: &str, wanted: &str, place: &Path) -> Result<()> {
        if found == wanted {
            return Ok(());
        }
        Err(Error::new(
            format!("cannot use the token in {}", place.display()),
            format!("it is for the {noun} {found}, not {wanted}"),
            "name another `token_file`, or approve again with `ruaudit login`",
        ))
    }
}

fn bare<S: Serializer>(secret: &Secret, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn bare_if_any<S: Serializer>(
    secret: &Option<Secret>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}

fn kept<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

fn kept_if_any<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"version":1,"user":"me","client_id":"c","token_url":"https://t.example",
        "access_token":"access-1","expires_at":5,"refresh_token":null,"scope":"s","obtained_at":1}"#;

    fn parse(json: &str) -> Result<Token> {
        Token::parse(json.as_bytes(), Path::new("t.json"))
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = parse(JSON).unwrap();
        assert_eq!(token, Token::parse(&token.to_json().unwrap(), Path::new("x")).unwrap());
        let token = parse(&JSON.replace("null", "\"refresh-1\"")).unwrap();
        assert_eq!(Some(Secret::new("refresh-1")), token.refresh_token);
        assert_eq!(token, Token::parse(&token.to_json().unwrap(), Path::new("x")).unwrap());
        assert!(!format!("{token:?}").contains("-1"), "{token:?}");
    }

    #[test]
    fn what_is_no_token_is_refused_without_a_quotation() {
        for (why, json) in [
            ("not JSON", JSON.replace('}', "")),
            ("no token", "[]".into()),
            ("no token", "{}".into()),
            ("another version", JSON.replace("\"version\":1", "\"version\":2")),
            ("missing or wrong", JSON.replace("\"expires_at\":5", "\"expires_at\":\"access-1\"")),
            ("missing or wrong", JSON.replace("\"user\"", "\"name\"")),
            ("no token may hold", JSON.replace("access-1", "access-1\\r\\nA1 LOGOUT")),
            ("no token may hold", JSON.replace("access-1", "")),
        ] {
            let error = parse(&json).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("access-1"), "{error}");
        }
    }
}
