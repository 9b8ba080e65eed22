//! A **case**: one situation and the truth about it, as its TOML file says it.
//!
//! In: the text of a file. Out: the case. Refuses keys that README.md of this folder does not name,
//! and words that are none of those allowed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::days::Days;

/// One situation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) title: String,
    /// Why an expert says so.
    pub(crate) why: String,
    #[serde(default = "domain")]
    pub(crate) domain: String,
    /// Days on which mail is sent, unless a sender says otherwise.
    #[serde(default)]
    pub(crate) days: Days,
    /// The day of asking; 1 is the day after the last one.
    #[serde(default = "one")]
    pub(crate) today: i32,
    /// What `--record` is given.
    pub(crate) record: Option<String>,
    /// What `--window` is given.
    pub(crate) window: Option<String>,
    /// What is not built yet that this case waits for.
    pub(crate) pending: Option<String>,
    #[serde(default)]
    pub(crate) policy: Vec<PolicyFrom>,
    #[serde(default)]
    pub(crate) reporter: Vec<Reporter>,
    #[serde(default)]
    pub(crate) sender: Vec<Sender>,
    #[serde(default)]
    pub(crate) label: Vec<Label>,
    #[serde(default)]
    pub(crate) profile: Profile,
    pub(crate) truth: Truth,
}

/// The policy that reports see from a day on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyFrom {
    /// The first day.
    #[serde(default = "always")]
    pub(crate) from: i32,
    pub(crate) p: String,
    pub(crate) sp: Option<String>,
    pub(crate) np: Option<String>,
    pub(crate) adkim: Option<String>,
    pub(crate) aspf: Option<String>,
    pub(crate) pct: Option<u8>,
    #[serde(default)]
    pub(crate) t: bool,
}

/// Who writes reports.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reporter {
    pub(crate) name: String,
    /// Whose habits it has: `searchmail`, `mailcloud`, `purple` or `new-mta`; its own name's unless
    /// given.
    pub(crate) like: Option<String>,
    /// Its share of all mail.
    #[serde(default)]
    pub(crate) share: f64,
    /// On which days it writes; on all unless given.
    pub(crate) days: Option<Days>,
    /// After how many days its reports arrive.
    #[serde(default)]
    pub(crate) delay: i32,
    /// The reporter whose name and report ids it uses.
    pub(crate) poses_as: Option<String>,
    /// The policy that it claims to have seen, instead of the true one.
    pub(crate) claims: Option<PolicyFrom>,
}

/// What kind of sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The owner's own server: both aligned.
    Own,
    /// Authorised by SPF, and does not sign.
    SpfOnly,
    /// A service that signs as itself and bounces to itself.
    Service,
    /// A service that signs for the owner too.
    ServiceSigning,
    /// A service whose bounces go to a name of the owner too.
    ServiceWhole,
    /// Passes the owner's mail on: the signature stays whole.
    Forwarder,
    /// Passes it on and breaks the signature.
    BreakingForwarder,
    /// A mailing list that changes the mail, and that receivers call so.
    List,
    /// Uses the name and nothing else.
    Forged,
    /// Everything is written out.
    Explicit,
}

/// One stream of mail.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sender {
    pub(crate) kind: Kind,
    /// For the reader only.
    #[serde(rename = "name")]
    pub(crate) _name: Option<String>,
    /// The service's, forwarder's or list's own domain.
    pub(crate) service: Option<String>,
    /// The selector of the owner's signature.
    pub(crate) selector: Option<String>,
    /// The visible domain; the case's unless given.
    pub(crate) header_from: Option<String>,
    /// `domain/selector=result`, instead of the kind's.
    pub(crate) dkim: Option<Vec<String>>,
    /// `domain=result`, instead of the kind's.
    pub(crate) spf: Option<String>,
    /// Where it sends from.
    pub(crate) address: Option<String>,
    /// From how many networks it sends, where it has no address.
    pub(crate) networks: Option<u32>,
    /// Messages on each of its days.
    pub(crate) daily: u64,
    pub(crate) days: Option<Days>,
    /// The only reporters that see it.
    #[serde(default)]
    pub(crate) at: Vec<String>,
    /// Override reasons, `type:comment`.
    #[serde(default)]
    pub(crate) reasons: Vec<String>,
    /// What receivers do, instead of what the policy asks for.
    pub(crate) disposition: Option<String>,
    /// What reporters claim of the alignment, instead of what is right: `dkim=fail`.
    #[serde(default)]
    pub(crate) claims: Vec<String>,
    #[serde(default)]
    pub(crate) fails: Vec<Fails>,
}

/// When and how a sender's mail fails.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fails {
    pub(crate) days: Option<Days>,
    #[serde(default)]
    pub(crate) at: Vec<String>,
    #[serde(default = "whole")]
    pub(crate) share: f64,
    pub(crate) how: Vec<How>,
}

/// What breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// The owner's signature does not verify.
    Dkim,
    /// The owner's signature is missing.
    Unsigned,
    /// The owner's SPF record does not list the address.
    Spf,
    /// The owner's SPF record cannot be worked out.
    SpfPermerror,
}

/// What the operator says of a source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Label {
    pub(crate) source: String,
    pub(crate) is: String,
    pub(crate) note: Option<String>,
}

/// What the operator says of the domain.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) posts_to_lists: Option<bool>,
    pub(crate) sends_mail: Option<bool>,
}

/// What an expert says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Truth {
    pub(crate) verdict: String,
    /// The next policy; none unless given; `any` where it says nothing.
    pub(crate) next: Option<String>,
    /// What must stand in headline, blockers or notes; `a | b`: one of them.
    #[serde(default)]
    pub(crate) says: Vec<String>,
    /// What must stand in none of them.
    #[serde(default)]
    pub(crate) never: Vec<String>,
    /// The gates that are not met, all of them.
    pub(crate) unmet: Option<Vec<String>>,
    /// The blockers, in their order.
    pub(crate) blockers: Option<Vec<String>>,
    /// `policy_history`: `p` of each span.
    pub(crate) history: Option<Vec<String>>,
    /// `mechanism=reported` of each of `disagreements`.
    pub(crate) disagreements: Option<Vec<String>>,
    pub(crate) record: Option<String>,
    pub(crate) rollback: Option<String>,
    /// The day on which it may be ready, by number.
    pub(crate) not_before: Option<i32>,
    /// `what_if.worst_case`, as far as given.
    #[serde(default)]
    pub(crate) cost: BTreeMap<String, u64>,
    /// Every source that is not noise or threat, and those of these that matter.
    #[serde(default)]
    pub(crate) source: Vec<SourceTruth>,
}

/// What an expert says of one source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceTruth {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) health: Option<String>,
    pub(crate) messages: Option<u64>,
    pub(crate) failing: Option<u64>,
    pub(crate) label: Option<String>,
    pub(crate) fails_only_at: Option<String>,
    /// What must stand in its rule, reasons or fix.
    #[serde(default)]
    pub(crate) says: Vec<String>,
}

fn domain() -> String {
    "shop.example".to_owned()
}

fn one() -> i32 {
    1
}

fn whole() -> f64 {
    1.0
}

fn always() -> i32 {
    i32::MIN
}

impl Case {
    /// Reads a file's text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let case: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if case.title.trim().is_empty() || case.why.trim().len() < 20 {
            return Err("a case says its title, and why an expert says so".to_owned());
        }
        Ok(case)
    }
}
