//! `resolve`: the names of the addresses in the store, and whose networks they are in; and whether a
//! server of one's own has the name that it should have.

mod argument;
mod own;

use std::cell::Cell;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use crate::error::{Error, Result};
use crate::intake::Stop;
use crate::lookup::dns::{Dns, DnsLimits, Pace};
use crate::lookup::hosts::{Bounds, Ending, Host, look_up, special};
use crate::lookup::networks::Networks;
use crate::model::kept::{HostStatus, KeptHost};
use crate::pipeline::Progress as _;
use crate::render::{json, resolve as page};
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

use argument::{no_address, or_server};

use super::args::{Format, WindowArg};
use super::progress::Bar;
use super::settings::Settings;
use super::survey::Survey;
use super::{Exit, Streams, failure, nameserver, watch, written};

/// Questions under way at once.
const AT_ONCE: usize = 100;

/// The longest that one run takes: what is left is for the next.
const WHOLE: Duration = Duration::from_secs(3_600);

/// Questions in a row without any answer, from the start, after which nobody is asked any more. That a
/// server could not find out (SERVFAIL) is an answer.
const SILENCE: u64 = 300;

/// From so many on, addresses of which nobody can tell are a sign that nobody answers, where nothing was
/// heard.
const FEW: u64 = 20;

/// Addresses whose rows are read at a time.
const AT_A_TIME: usize = 1_000;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Arguments of `resolve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Asks the DNS for the names of the addresses in the store, and whether each name
leads back to its address; those with failing mail first, then the busiest. What
is found is kept with its date, and used by advise, sources, audit, summary and
run. Names younger than --older-than are not asked for again; what nobody could
tell is, after all others. Whatever stops it, the next one goes on. It ends after an hour at the latest.

A name is confirmed if it leads back to the address, unconfirmed if it does not,
and unknown where nobody could tell, which replaces nothing that was known.
Private and reserved addresses are not asked about.

With addresses, or --server NAME: checks the reverse name of a server of your
own, and says which step fails and what to ask the hoster for. No store is
needed for that.

Exit codes: 0 fine; 1 a server of your own has no good name, or an address that
no receiver sees; 2 nobody could tell; 130 stopped by a signal.

Examples:
  ruaudit resolve
  ruaudit resolve acme.example --mmdb ASN.mmdb --mmdb Country.mmdb
  ruaudit resolve --rate 0 --nameserver 127.0.0.1
  ruaudit resolve 192.0.2.25
  ruaudit resolve --server mail.acme.example")]
pub(super) struct ResolveArgs {
    /// Domains whose senders are looked up, all unless given; or addresses of servers of your own
    #[arg(value_name = "DOMAIN|IP")]
    targets: Vec<String>,
    /// Check a server of your own by its name: name, address, name
    #[arg(long, value_name = "NAME", conflicts_with = "targets")]
    server: Vec<String>,
    /// Ask again for every address
    #[arg(long)]
    again: bool,
    /// Ask again for what is known for at least so long
    #[arg(long, value_name = "DAYS", default_value = "30d", value_parser = parse_age)]
    older_than: i64,
    /// Questions a second at most; 0: no limit
    #[arg(long, value_name = "N", default_value_t = 50)]
    rate: u32,
    /// The DNS server to ask, in place of those of the system
    #[arg(long, value_name = "IP:PORT", value_parser = nameserver::parse)]
    nameserver: Option<SocketAddr>,
    /// A file of countries or networks in the MaxMind DB format; several may be given
    #[arg(long, value_name = "FILE")]
    mmdb: Vec<PathBuf>,
    /// Look up so many addresses at most
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

/// A number of days, as seconds: `30d`.
fn parse_age(text: &str) -> std::result::Result<i64, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
    days.filter(|days| (0..=36_500).contains(days))
        .map(|days| days * DAY)
        .ok_or_else(|| format!("`{text}` is no number of days; write 30d"))
}

/// Runs the command.
pub(super) fn run(
    args: &ResolveArgs,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    if let Some(error) = args.targets.iter().find_map(|text| no_address(text)) {
        return Err(error);
    }
    let is_address = |text: &&String| text.parse::<IpAddr>().is_ok();
    let addresses = args.targets.iter().filter(is_address).count();
    if addresses > 0 && addresses < args.targets.len() {
        return Err(Error::new(
            "cannot look up domains and addresses at once",
            "domains stand for the senders in the store, addresses for servers of your own",
            "call it once for each",
        ));
    }
    if addresses > 0 || !args.server.is_empty() {
        return own::run(args, settings, streams);
    }
    senders(args, settings, streams).map_err(|error| or_server(error, &args.targets))
}

fn senders(args: &ResolveArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let mut store = SqliteStore::open_existing(&settings.db)?;
    let addresses = wanted(args, &store, settings, streams)?;
    let files = if args.mmdb.is_empty() { &settings.mmdb } else { &args.mmdb };
    let networks = Networks::open(files)?;
    let dns = resolver(args, settings, WHOLE + DnsLimits::default().question)?;
    let plan = plan(addresses, args, settings.now, &networks, &mut store)?;
    let stop = watch::signals()?;
    let mut work =
        Work { networks: &networks, store: &mut store, settings, done: page::Resolved::default() };
    work.done = plan.done;
    let begun = Instant::now();
    let why = work.ask(&dns, &plan.to_ask, args.rate, &stop, streams)?;
    let Work { mut done, .. } = work;
    done.seconds = begun.elapsed().as_secs_f64();
    written(match settings.format {
        Format::Json => json::document(streams.out, &done),
        _ => page::write(streams.out, settings.page, &done),
    })?;
    if let Some(text) = nothing_of(&networks, &done) {
        failure::remark(streams.err, settings.quiet, text);
    }
    ended(&done, why, dns.is_heard())
}

/// How it ended, and that nobody answered, or could tell.
fn ended(done: &page::Resolved, why: Option<String>, is_heard: bool) -> Result<Exit> {
    if done.ended == "stopped" {
        return Ok(Exit::Stopped);
    }
    match why {
        Some(why) if is_vain(done, is_heard) => Err(Error::new(
            "no address could be looked up",
            why,
            match is_heard {
                true => {
                    "the server answers, and could not find out: try later, or ask another with \
                         --nameserver IP:PORT"
                }
                false => {
                    "is there a DNS server that can be reached? Name one with --nameserver IP:PORT"
                }
            },
        )),
        _ => Ok(Exit::Fine),
    }
}

/// Whether nothing came of it at all. A few of which nobody can tell, beside many that are known, are no sign
/// of that: they are asked for each time.
fn is_vain(done: &page::Resolved, is_heard: bool) -> bool {
    let all = done.asked > 0 && done.unknown == done.asked;
    done.ended == "silence" || (all && (done.known == 0 || (done.asked >= FEW && !is_heard)))
}

/// What is said of files that knew none of the addresses.
fn nothing_of(networks: &Networks, done: &page::Resolved) -> Option<&'static str> {
    let none = !networks.is_empty() && done.addresses > done.special && done.placed == 0;
    none.then_some(
        "the files given with --mmdb say nothing of these addresses: are they of countries, cities \
         or networks (ASN)?",
    )
}

/// A resolver for that long.
fn resolver(args: &ResolveArgs, settings: &Settings, whole: Duration) -> Result<Dns> {
    nameserver::needed(args.nameserver, settings, whole, || "cannot ask the DNS".to_owned())
}

/// The addresses of the domains in the window: of several, in turn one of each.
fn wanted(
    args: &ResolveArgs,
    store: &SqliteStore,
    settings: &Settings,
    streams: &mut Streams<'_>,
) -> Result<Vec<IpAddr>> {
    let survey = Survey::new(store, settings, streams)?;
    if args.targets.is_empty() {
        return store.addresses(None, survey.window);
    }
    let of = |domain: &String| store.addresses(Some(domain), survey.window);
    let lists = survey.domains(&args.targets)?.iter().map(of).collect::<Result<Vec<_>>>()?;
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let mut seen = std::collections::HashSet::new();
    let in_turn = (0..longest).flat_map(|at| lists.iter().filter_map(move |list| list.get(at)));
    Ok(in_turn.copied().filter(|address| seen.insert(*address)).collect())
}

/// What is to be asked, and what is known before.
struct Plan {
    to_ask: Vec<IpAddr>,
    done: page::Resolved,
}

/// Leaves out what need not be asked; of that, notes what the files of networks say by now. What nobody
/// could tell the last time comes behind the others, the longest ago first: it may be so for good.
fn plan(
    addresses: Vec<IpAddr>,
    args: &ResolveArgs,
    now: i64,
    networks: &Networks,
    store: &mut SqliteStore,
) -> Result<Plan> {
    let mut done = page::Resolved { addresses: addresses.len() as u64, ..Default::default() };
    let (mut to_ask, mut unknown) = (Vec::new(), Vec::new());
    for some in addresses.chunks(AT_A_TIME) {
        let known = known(store, some)?;
        let mut changed = Vec::new();
        for address in some {
            let fresh = known.get(address).filter(|host| is_fresh(host, args, now));
            match fresh {
                _ if special(*address).is_some() => done.special += 1,
                Some(host) => {
                    done.known += 1;
                    let placed = placed(host.clone(), networks)?;
                    done.placed += u64::from(is_placed(&placed));
                    changed.extend((placed != *host).then_some(placed));
                }
                None => match known.get(address) {
                    Some(host) if host.status == HostStatus::Unknown => {
                        unknown.push((host.looked_up_at, *address));
                    }
                    _ => to_ask.push(*address),
                },
            }
        }
        if !changed.is_empty() {
            store.keep_hosts(&changed)?;
        }
    }
    unknown.sort_by_key(|(at, _)| *at);
    to_ask.extend(unknown.into_iter().map(|(_, address)| address));
    let limit = args.limit.unwrap_or(usize::MAX);
    done.left = to_ask.len().saturating_sub(limit) as u64;
    to_ask.truncate(limit);
    Ok(Plan { to_ask, done })
}

/// Whether it need not be asked again. What nobody could tell is asked each time.
fn is_fresh(host: &KeptHost, args: &ResolveArgs, now: i64) -> bool {
    let age = now.saturating_sub(host.looked_up_at);
    !args.again && host.status != HostStatus::Unknown && age < args.older_than
}

fn known(store: &SqliteStore, addresses: &[IpAddr]) -> Result<HashMap<IpAddr, KeptHost>> {
    Ok(store.hosts(addresses)?.into_iter().map(|host| (host.address, host)).collect())
}

/// With what the files say of its network; what they do not say stays.
fn placed(host: KeptHost, networks: &Networks) -> Result<KeptHost> {
    let found = networks.of(host.address)?;
    let country = found.country.or(host.country);
    let (network, owner) = match (found.number, found.owner) {
        (None, None) => (host.network, host.owner),
        both => both,
    };
    Ok(KeptHost { country, network, owner, ..host })
}

fn is_placed(host: &KeptHost) -> bool {
    host.country.is_some() || host.network.is_some() || host.owner.is_some()
}

/// The asking.
struct Work<'a> {
    networks: &'a Networks,
    store: &'a mut SqliteStore,
    settings: &'a Settings,
    done: page::Resolved,
}

impl Work<'_> {
    /// Asks about all of them, and keeps what is found as it comes. Why nobody could tell, of the first
    /// where that is so.
    fn ask(
        &mut self,
        dns: &Dns,
        to_ask: &[IpAddr],
        rate: u32,
        stop: &Stop,
        streams: &Streams<'_>,
    ) -> Result<Option<String>> {
        let bar = Bar::new(streams.progress && !self.settings.quiet, "addresses");
        bar.expect(to_ask.len() as u64);
        let begun = Instant::now();
        let (mut why, silent) = (None, Cell::new(false));
        let pace = Pace { concurrency: AT_ONCE, rate: (rate > 0).then_some(rate) };
        let is_stopped = || stop.is_asked() || silent.get();
        let is_silent = |done: &page::Resolved| {
            done.unknown >= SILENCE && done.unknown == done.asked && !dns.is_heard()
        };
        let bounds = Bounds { until: begun + WHOLE, is_stopped: &is_stopped };
        let ending = look_up(dns, to_ask.iter().copied(), pace, &bounds, &mut |hosts| {
            why = why.take().or_else(|| hosts.iter().find_map(|host| host.why.clone()));
            self.keep(hosts, begun.elapsed())?;
            silent.set(is_silent(&self.done));
            bar.stored(self.done.asked);
            Ok(())
        })?;
        self.done.left += (to_ask.len() as u64).saturating_sub(self.done.asked);
        self.done.ended = match ending {
            Ending::Stopped if stop.is_asked() => "stopped",
            Ending::Stopped => "silence",
            Ending::Late => "late",
            Ending::Done => "done",
        };
        Ok(why)
    }

    fn keep(&mut self, hosts: Vec<Host>, elapsed: Duration) -> Result<()> {
        let now = self.settings.after(elapsed).now;
        let addresses: Vec<IpAddr> = hosts.iter().map(|host| host.address).collect();
        let mut before = known(self.store, &addresses)?;
        let mut kept = Vec::with_capacity(hosts.len());
        for Host { address, status, name, .. } in hosts {
            self.done.count(status);
            let old = before.remove(&address);
            let (country, network, owner) =
                old.map_or((None, None, None), |old| (old.country, old.network, old.owner));
            let host =
                KeptHost { address, status, name, country, network, owner, looked_up_at: now };
            let host = placed(host, self.networks)?;
            self.done.placed += u64::from(is_placed(&host));
            kept.push(host);
        }
        self.store.keep_hosts(&kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_of_days() {
        assert_eq!(Ok(30 * DAY), parse_age("30d"));
        assert_eq!(Ok(0), parse_age("0d"));
        for wrong in ["", "30", "-1d", "d", "1h", "99999999999999999999d", "1000000d"] {
            assert!(parse_age(wrong).unwrap_err().contains("write 30d"), "{wrong}");
        }
    }
}
