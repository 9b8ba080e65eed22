//! What receivers **do** with a record as it stands.

use super::reading::{NoRecord, Policy, Reading};

/// Addresses that are named: the others are counted.
const NAMED: usize = 10;

/// How the sentences begin that say what becomes of mail that fails.
const OF_DOMAIN: &str = "Mail of the domain that fails";
const OF_ALL: &str = "Mail of the domain and its subdomains that fails";
const OF_SUBDOMAINS: &str = "Mail of subdomains that fails";
const OF_NO_NAMES: &str = "Mail of names that do not exist";

/// What a policy means for mail that fails.
fn fate(policy: &str) -> &'static str {
    match policy {
        "quarantine" => "goes to spam",
        "reject" => "is refused",
        _ => "is delivered as if there were no DMARC",
    }
}

/// The policy that a test flag makes of it.
fn lower(policy: &str) -> &'static str {
    match policy {
        "reject" => "quarantine",
        _ => "none",
    }
}

/// A sentence each.
pub(super) fn of(reading: &Result<Reading, NoRecord>) -> Vec<String> {
    let Ok(reading) = reading else {
        return vec![
            "Receivers see no DMARC record in it: failing mail is delivered as if there were none, \
             and no reports are sent"
                .to_owned(),
        ];
    };
    if reading.is_spoilt() && reading.rua.is_empty() {
        return vec![
            "Receivers act as if there were no DMARC record, and send no reports".to_owned(),
        ];
    }
    let mut effect = policies(reading);
    effect.extend(alignment(reading));
    effect.push(match reading.rua.as_slice() {
        [] => "Nobody sends aggregate reports".to_owned(),
        rua => told_where("Aggregate reports go to", rua, ""),
    });
    if !reading.ruf.is_empty() {
        let few = ", from the few receivers that send any";
        effect.push(told_where("Failure reports go to", &reading.ruf, few));
    }
    if reading.has_twice {
        let some = "Some receivers may take no notice of it at all, since a tag stands twice";
        effect.push(some.to_owned());
    }
    effect
}

/// Where reports go. Receivers must know `mailto:` and nothing else (RFC 9989 section 4.7).
fn told_where(begin: &str, uris: &[String], few: &str) -> String {
    let mail: Vec<&str> = uris.iter().filter_map(|uri| mailbox(uri)).collect();
    if mail.is_empty() {
        let all = listed(uris.iter().map(String::as_str).collect());
        return format!("{begin} {all} only from receivers that know more than mailto, if any do");
    }
    format!("{begin} {}{few}", listed(mail))
}

/// Addresses, and how many more.
fn listed(mut all: Vec<&str>) -> String {
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    let named = all.join(" and ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

fn policies(reading: &Reading) -> Vec<String> {
    if reading.is_spoilt() {
        let of =
            if reading.p.is_missing() || reading.p == Policy::Invalid { "p" } else { "sp or np" };
        return vec![format!(
            "Receivers cannot read {of} and act as if all of it said p=none: failing mail {}",
            fate("none")
        )];
    }
    let word = |policy: Policy| policy.word();
    let p = word(reading.p).unwrap_or("none");
    let sp = word(reading.sp).unwrap_or(p);
    let np = word(reading.np).unwrap_or(sp);
    let mut effect = vec![format!("{OF_DOMAIN} {}", told(p, reading))];
    if sp == p && np == p {
        effect[0] = format!("{OF_ALL} {}", told(p, reading));
        return effect;
    }
    effect.push(format!("{OF_SUBDOMAINS} {}", told(sp, reading)));
    if np != sp {
        effect.push(format!("{OF_NO_NAMES} {}", told(np, reading)));
    }
    effect
}

/// Mends the sentences of a record that stands below its organisational domain: for mail of other names
/// receivers look there, and never here (RFC 9989 section 4.10.1). Where nobody looked whether that domain has
/// a record, it may have none, and then this one is the highest that the tree walk finds.
pub(super) fn below(effect: &mut Vec<String>, organization: &str, is_known: bool) {
    effect.retain(|line| !line.starts_with(OF_SUBDOMAINS) && !line.starts_with(OF_NO_NAMES));
    let Some(at) =
        effect.iter().position(|line| line.starts_with(OF_ALL) || line.starts_with(OF_DOMAIN))
    else {
        return;
    };
    effect[at] = effect[at].replacen(OF_ALL, OF_DOMAIN, 1);
    let end = if is_known { "and not this one" } else { "if there is one" };
    let what = format!("For mail of its subdomains the record of {organization} decides, {end}");
    effect.insert(at + 1, what);
}

/// What becomes of failing mail under a policy, and where opinions differ.
fn told(policy: &str, reading: &Reading) -> String {
    let full = format!("{} (policy {policy})", fate(policy));
    if policy == "none" {
        return full;
    }
    if reading.testing {
        let less = lower(policy);
        return format!(
            "{}, since t=y asks for {less}; at receivers of the older rules {}",
            fate(less),
            older(policy, reading.pct)
        );
    }
    match reading.pct {
        100.. => full,
        pct => format!("{full}; at receivers of the older rules {}", older(policy, pct)),
    }
}

/// What the older rules make of failing mail: the share that `pct` does not pick gets the policy one level
/// lower (RFC 7489 section 6.6.4).
fn older(policy: &str, pct: u32) -> String {
    let (is, rest) = (fate(policy), fate(lower(policy)));
    match pct {
        0 => format!("all of it {rest}"),
        100.. => format!("it {is} (policy {policy})"),
        _ => format!("{pct}% of it {is}, and the rest {rest}"),
    }
}

fn alignment(reading: &Reading) -> Option<String> {
    let of = match reading.strict {
        [true, true] => "DKIM and SPF pass",
        [true, false] => "DKIM passes",
        [false, true] => "SPF passes",
        [false, false] => return None,
    };
    Some(format!("{of} only for exactly the domain of the From line, not for its subdomains"))
}

/// The address of a `mailto:` URI, without header fields.
fn mailbox(uri: &str) -> Option<&str> {
    let is_mailto = uri.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    is_mailto.then(|| uri[7..].split('?').next().unwrap_or_default())
}
