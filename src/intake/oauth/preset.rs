//! **Presets**: the addresses and scopes of the providers that many use.

use super::Flow;

/// What a provider publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// How a token is obtained, if no other way is asked for.
    pub flow: Flow,
    /// Where a person is sent in a browser.
    pub authorize_url: Option<String>,
    /// Where a device code is had.
    pub device_url: Option<String>,
    /// Where tokens are had.
    pub token_url: String,
    /// What access is asked for.
    pub scope: String,
}

/// The tenants of Microsoft unless one is named: all organizations, no private persons.
const ORGANIZATIONS: &str = "organizations";

/// What a provider publishes, for a flow or for the provider's usual one; `tenant` is Microsoft's.
/// None for a provider that is not known, for a flow by which it opens no mailbox, and for a tenant
/// that is no name.
#[must_use]
pub fn preset(provider: &str, tenant: Option<&str>, flow: Option<Flow>) -> Option<Preset> {
    match provider {
        "microsoft" => microsoft(tenant.unwrap_or(ORGANIZATIONS), flow.unwrap_or(Flow::Device)),
        "google" if flow.is_none_or(|flow| flow == Flow::Browser) => Some(google()),
        _ => None,
    }
}

/// Microsoft 365. A program's own leave names the server and no single right, which stands in the
/// registration (`IMAP.AccessAsApp`); it needs a real tenant.
fn microsoft(tenant: &str, flow: Flow) -> Option<Preset> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
    if tenant.is_empty() || !tenant.chars().all(plain) {
        return None;
    }
    let base = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0");
    let scope = match flow {
        Flow::ClientCredentials => "https://outlook.office365.com/.default",
        Flow::Device | Flow::Browser => {
            "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"
        }
    };
    Some(Preset {
        flow,
        authorize_url: Some(format!("{base}/authorize")),
        device_url: Some(format!("{base}/devicecode")),
        token_url: format!("{base}/token"),
        scope: scope.into(),
    })
}

/// Google. Its device flow opens no mailboxes, and a program has no leave of its own; a refresh token
/// comes only with `access_type=offline`, and a second time only with `prompt=consent`.
fn google() -> Preset {
    let authorize =
        "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent";
    Preset {
        flow: Flow::Browser,
        authorize_url: Some(authorize.into()),
        device_url: None,
        token_url: "https://oauth2.googleapis.com/token".into(),
        scope: "https://mail.google.com/".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsoft_has_addresses_for_each_tenant_and_a_scope_for_each_flow() {
        let preset = |tenant, flow| preset("microsoft", tenant, flow);
        let people = preset(None, None).unwrap();
        assert_eq!(Flow::Device, people.flow);
        assert_eq!(
            "https://login.microsoftonline.com/organizations/oauth2/v2.0/token",
            people.token_url
        );
        assert!(people.scope.ends_with(" offline_access"), "{}", people.scope);
        let own = preset(Some("contoso.example"), Some(Flow::ClientCredentials)).unwrap();
        assert_eq!("https://outlook.office365.com/.default", own.scope);
        assert!(own.token_url.contains("/contoso.example/"), "{}", own.token_url);
        for tenant in ["", "a/b", "../x", "a?b", "a b"] {
            assert_eq!(None, preset(Some(tenant), None), "{tenant}");
        }
    }

    #[test]
    fn google_sends_a_person_to_a_browser() {
        let google = preset("google", None, None).unwrap();
        assert_eq!((Flow::Browser, "https://mail.google.com/"), (google.flow, &*google.scope));
        assert!(google.authorize_url.unwrap().contains("access_type=offline"));
        assert_eq!(None, preset("gogle", None, None));
        for flow in [Flow::Device, Flow::ClientCredentials] {
            assert_eq!(None, preset("google", None, Some(flow)), "{flow:?}");
        }
    }

    #[test]
    fn every_address_is_one_that_may_be_asked() {
        for provider in ["microsoft", "google"] {
            let preset = preset(provider, None, None).unwrap();
            let others = [preset.authorize_url, preset.device_url].into_iter().flatten();
            for url in others.chain([preset.token_url]) {
                assert!(!super::super::http::check(&url).unwrap(), "{url}");
            }
        }
    }
}
