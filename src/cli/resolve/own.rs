//! `resolve IP...` and `resolve --server NAME`: the reverse name of a server of one's own, step by step,
//! and what to ask for.

use std::net::IpAddr;
use std::time::Duration;

use crate::cli::args::Format;
use crate::cli::settings::Settings;
use crate::cli::survey::{as_stored, is_name};
use crate::cli::{Exit, Streams, written};
use crate::error::{Error, Result};
use crate::lookup::hosts::{OwnHost, Step, is_host_name, own_host, own_hosts};
use crate::model::dns::{Answer, Family, Resolver};
use crate::model::kept::HostStatus;
use crate::render::json;
use crate::render::resolve::{ServerOut, ServerStatus, StepOut, servers};

use super::ResolveArgs;

/// That nobody could tell.
const UNKNOWN: ServerStatus = ServerStatus::Host(HostStatus::Unknown);

/// The longest that all of it takes.
const WHOLE: Duration = Duration::from_secs(60);

/// Runs the command.
pub(super) fn run(
    args: &ResolveArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    let dns = super::resolver(args, settings, WHOLE)?;
    let found = look(args, &dns)?;
    written(match settings.format {
        Format::Json => json::document(streams.out, &Servers { servers: &found }),
        _ => servers(streams.out, settings.page, &found),
    })?;
    Ok(exit(&found))
}

/// Servers of one's own, as JSON has them.
#[derive(serde::Serialize)]
struct Servers<'a> {
    servers: &'a [ServerOut],
}

/// That one is wrong is certain; that nobody can tell is not.
fn exit(found: &[ServerOut]) -> Exit {
    let is_wrong = |server: &ServerOut| !server.fine && server.status != UNKNOWN;
    if found.iter().any(is_wrong) {
        Exit::Rejected
    } else if found.iter().any(|server| !server.fine) {
        Exit::Failed
    } else {
        Exit::Fine
    }
}

fn look(args: &ResolveArgs, resolver: &dyn Resolver) -> Result<Vec<ServerOut>> {
    let mut found = Vec::new();
    for address in args.targets.iter().filter_map(|text| text.parse::<IpAddr>().ok()) {
        found.push(told(own_host(address, None, resolver)));
    }
    for given in &args.server {
        let name = as_stored(given);
        if name.parse::<IpAddr>().is_ok() || !is_name(&name) || !name.contains('.') {
            return Err(Error::new(
                format!("cannot check the server `{given}`"),
                "it is no name",
                "write the whole name, like mail.acme.example; addresses stand without --server",
            ));
        }
        match own_hosts(&name, resolver) {
            Ok(server) => {
                found.extend(server.hosts.into_iter().map(told));
                let dark = server.dark.into_iter();
                found.extend(dark.map(|(family, why)| family_unknown(&name, family, why)));
            }
            Err(none) => found.push(addressless(&name, &none)),
        }
    }
    Ok(found)
}

/// A server whose name leads nowhere.
fn addressless(name: &str, none: &Answer<()>) -> ServerOut {
    let (problem, status) = problem(none);
    let advice = match status {
        HostStatus::Unknown => again(),
        _ => format!("add an A record (and AAAA, if it has IPv6) for {name} with its address"),
    };
    ServerOut {
        address: None,
        wanted: Some(name.to_owned()),
        status: ServerStatus::Host(status),
        name: None,
        steps: vec![StepOut { step: "forward", of: name.to_owned(), found: vec![], problem }],
        fine: false,
        advice: Some(advice),
    }
}

/// A server of which nobody can tell whether it has addresses of a family.
fn family_unknown(name: &str, family: Family, why: String) -> ServerOut {
    let mut server = addressless(name, &Answer::Unknown(why));
    server.steps[0].of = format!("{name} ({})", family.as_str());
    server
}

/// What was found, in words.
fn told(host: OwnHost) -> ServerOut {
    let advice = advice(&host);
    let first = host.wanted.iter().map(|name| StepOut {
        step: "forward",
        of: name.clone(),
        found: vec![host.address.to_string()],
        problem: None,
    });
    let reverse = StepOut {
        step: "reverse",
        of: host.address.to_string(),
        found: host.steps.iter().map(|step| step.name.clone()).collect(),
        problem: match host.special {
            Some(what) => Some(format!("not asked: the address is {what}")),
            None => problem(&host.names).0,
        },
    };
    let forward = host.steps.iter().map(|step| StepOut {
        step: "forward",
        of: step.name.clone(),
        found: step
            .found
            .clone()
            .found()
            .unwrap_or_default()
            .iter()
            .map(IpAddr::to_string)
            .collect(),
        problem: followed(step),
    });
    ServerOut {
        steps: first.chain([reverse]).chain(forward).collect(),
        fine: host.is_fine(),
        address: Some(host.address),
        wanted: host.wanted,
        status: host.special.map_or(ServerStatus::Host(host.status), |_| ServerStatus::Special),
        name: host.name,
        advice,
    }
}

/// What is wrong with where a name leads.
fn followed(step: &Step) -> Option<String> {
    match is_host_name(&step.name) {
        true => problem(&step.found).0,
        false => Some("no name of a host, so not asked".to_owned()),
    }
}

/// What is wrong with an answer, and what an address without it is.
fn problem<T>(answer: &Answer<T>) -> (Option<String>, HostStatus) {
    match answer {
        Answer::Found(_) => (None, HostStatus::Confirmed),
        Answer::NoData => (Some("there is no such record".to_owned()), HostStatus::Nameless),
        Answer::NoName => (Some("there is no such name".to_owned()), HostStatus::Nameless),
        Answer::Unknown(why) => (Some(format!("unknown: {why}")), HostStatus::Unknown),
    }
}

fn again() -> String {
    "try again later, or ask another server: --nameserver IP:PORT".to_owned()
}

/// What to do, or what to ask for; nothing where all is well.
fn advice(host: &OwnHost) -> Option<String> {
    let OwnHost { address, special, wanted, status, name, .. } = host;
    if let Some(what) = special {
        return Some(format!(
            "no receiver sees this address, which is {what}: give the one that the server has on the \
             internet"
        ));
    }
    let record = if address.to_canonical().is_ipv4() { "A" } else { "AAAA" };
    let good = wanted
        .as_deref()
        .unwrap_or("the name that the server says in HELO, like mail.acme.example");
    Some(match (status, name) {
        (HostStatus::Unknown, _) => again(),
        (HostStatus::Nameless, _) => format!(
            "ask whoever gave you the address (the hoster) to set its reverse name (PTR) to {good}; \
             many receivers refuse mail from addresses without one"
        ),
        (HostStatus::Unconfirmed, Some(name)) if !is_host_name(name) => format!(
            "the reverse name (PTR) of {address} is no name of a host: ask the hoster to set it to {good}"
        ),
        (HostStatus::Unconfirmed, Some(name)) => format!(
            "the name must lead back: add an {record} record {name} -> {address} in its zone, or ask \
             the hoster to set the reverse name (PTR) of {address} to {good}"
        ),
        (HostStatus::Confirmed, Some(name)) => match wanted {
            Some(wanted) if wanted != name => format!(
                "it leads back, but to {name}: ask the hoster to set the reverse name (PTR) of \
                 {address} to {wanted}, or let the server say {name} in HELO"
            ),
            None if is_generic(name, *address) => format!(
                "it is as it should be, but {name} looks made from the address, as hosters name what \
                 nobody has named, and some receivers distrust it: ask for {good}"
            ),
            _ => return None,
        },
        (HostStatus::Unconfirmed | HostStatus::Confirmed, None) => return None,
    })
}

/// Whether a name holds the numbers of its address, as hosters make them.
fn is_generic(name: &str, address: IpAddr) -> bool {
    let IpAddr::V4(address) = address.to_canonical() else { return false };
    let numbers: Vec<&str> =
        name.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let mut octets = address.octets().map(|octet| octet.to_string());
    let holds = |octets: &[String; 4]| numbers.windows(4).any(|some| some == octets);
    let forward = holds(&octets);
    octets.reverse();
    forward || holds(&octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_hoster_made_is_known_by_its_numbers() {
        let address: IpAddr = "192.0.2.25".parse().unwrap();
        for name in ["static.192-0-2-25.hoster.example", "25.2.0.192.dsl.example", "ip192.0.2.25.x"]
        {
            assert!(is_generic(name, address), "{name}");
        }
        for name in ["mail.acme.example", "mx25.acme.example", "2.0.192.hoster.example"] {
            assert!(!is_generic(name, address), "{name}");
        }
    }

    #[test]
    fn of_a_reverse_name_that_no_host_has_nothing_is_asked_and_no_record_is_proposed() {
        struct Odd;
        impl Resolver for Odd {
            fn txt(&self, _: &str) -> Answer<Vec<String>> {
                Answer::NoName
            }
            fn addresses(&self, name: &str) -> Answer<Vec<IpAddr>> {
                unreachable!("{name} is asked for")
            }
            fn exchanges(&self, _: &str) -> Answer<Vec<crate::model::dns::Exchange>> {
                Answer::NoName
            }
            fn names(&self, _: IpAddr) -> Answer<Vec<String>> {
                Answer::Found(vec![r"\=cmd\|x.evil.example".to_owned()])
            }
        }
        let server = told(own_host("192.0.3.25".parse().unwrap(), None, &Odd));
        assert_eq!(Some("no name of a host, so not asked"), server.steps[1].problem.as_deref());
        let advice = server.advice.unwrap();
        assert!(advice.contains("is no name of a host: ask the hoster"), "{advice}");
    }

    #[test]
    fn what_is_wrong_weighs_more_than_what_nobody_can_tell() {
        let server =
            |fine, status| ServerOut { fine, status, ..addressless("a.example", &Answer::NoName) };
        let fine = server(true, ServerStatus::Host(HostStatus::Confirmed));
        let unknown = server(false, UNKNOWN);
        let wrong = server(false, ServerStatus::Host(HostStatus::Nameless));
        let special = server(false, ServerStatus::Special);
        assert_eq!(Exit::Rejected, exit(&[unknown.clone(), special]));
        assert_eq!(Exit::Fine, exit(std::slice::from_ref(&fine)));
        assert_eq!(Exit::Failed, exit(&[fine.clone(), unknown.clone()]));
        assert_eq!(Exit::Rejected, exit(&[fine, unknown, wrong]));
    }
}
