//! The **generator**: a case in, the files of its reports out.
//!
//! Each message of each sender is seen by one reporter, by the reporters' shares; what is left over
//! of a day is carried to the next, so that the totals are those that the case says. Alignment and
//! disposition follow from the policy of the day; nobody writes them by hand unless a case says what
//! a reporter claims. The same case always gives the same bytes.

use std::collections::BTreeMap;
use std::path::Path;

use super::case::{Case, Fails, How, Kind, PolicyFrom, Reporter, Sender};
use super::days::begin;
use super::dialect::{Auth, Dialect, Report, Seen};
use super::shares::{part, split};

/// Reporters of a case that names none, with their shares.
const REPORTERS: [(&str, f64); 3] = [("searchmail", 0.5), ("mailcloud", 0.3), ("new-mta", 0.2)];

/// Most addresses of a scattered sender in one report.
const ADDRESSES: u64 = 6;

/// The rows of one report, by what they say.
type Rows = BTreeMap<Seen, u64>;

/// The case's world: who reports, under what policy, and what was counted.
struct World<'a> {
    case: &'a Case,
    reporters: Vec<Reporter>,
    policies: Vec<PolicyFrom>,
    /// By reporter and day.
    reports: BTreeMap<(usize, i32), Rows>,
}

/// Writes the reports of a case into a folder; how many.
pub(crate) fn write(case: &Case, folder: &Path) -> Result<usize, String> {
    let mut world = World::of(case);
    for (at, sender) in case.sender.iter().enumerate() {
        world.send(at, sender)?;
    }
    let mut written = 0;
    for ((at, day), rows) in &world.reports {
        let reporter = &world.reporters[*at];
        if day + 1 + reporter.delay > case.today {
            continue;
        }
        let policy = reporter.claims.as_ref().unwrap_or_else(|| world.policy(*day));
        let dialect = world.dialect(reporter)?;
        let poses_as = reporter.poses_as.as_ref().unwrap_or(&reporter.name);
        let unknown = format!("dmarc@{poses_as}");
        let (org, email) = Dialect::named(poses_as)
            .map_or((poses_as.as_str(), unknown.as_str()), |known| (known.org, known.email));
        let report = Report {
            org,
            email,
            id: format!("{}.{poses_as}", begin(*day)),
            begin: begin(*day),
            domain: &case.domain,
            policy,
            rows: rows.iter().map(|(seen, count)| (seen.clone(), *count)).collect(),
        };
        // in the order of the reporters, so that of two reports with one id the first one counts
        let name = format!("{at}-{}", dialect.file_name(&report));
        std::fs::write(folder.join(name), dialect.file(&report)).map_err(|e| e.to_string())?;
        written += 1;
    }
    Ok(written)
}

impl<'a> World<'a> {
    fn of(case: &'a Case) -> Self {
        let mut reporters = case.reporter.clone();
        if reporters.iter().all(|reporter| reporter.share == 0.0) {
            let usual = REPORTERS.iter().map(|(name, share)| usual(name, *share));
            reporters = usual.chain(reporters).collect();
        }
        let mut policies = case.policy.clone();
        if policies.is_empty() {
            policies.push(toml::from_str("p = 'none'").unwrap());
        }
        policies.sort_by_key(|policy| policy.from);
        Self { case, reporters, policies, reports: BTreeMap::new() }
    }

    fn dialect(&self, reporter: &Reporter) -> Result<Dialect, String> {
        let name = reporter.like.as_ref().unwrap_or(&reporter.name);
        Dialect::named(name).ok_or_else(|| format!("the reporter {name} has no habits: say `like`"))
    }

    /// What holds on a day.
    fn policy(&self, day: i32) -> &PolicyFrom {
        let begun = self.policies.iter().rev().find(|policy| policy.from <= day);
        begun.unwrap_or(&self.policies[0])
    }

    /// Counts all mail of one sender.
    fn send(&mut self, at: usize, sender: &Sender) -> Result<(), String> {
        self.check(sender)?;
        let mut carried = vec![0.0; self.reporters.len()];
        let mut broken = vec![0.0; sender.fails.len()];
        for day in sender.days.as_ref().unwrap_or(&self.case.days).iter() {
            let shares = self.shares(sender, day);
            for (who, count) in split(sender.daily, &shares, &mut carried) {
                let fails = sender.fails.iter().position(|f| self.applies(f, day, who));
                let failing =
                    fails.map_or(0, |f| part(count, sender.fails[f].share, &mut broken[f]));
                let how = fails.map_or(&[][..], |f| &sender.fails[f].how);
                self.add(at, sender, day, who, failing, how)?;
                self.add(at, sender, day, who, count - failing, &[])?;
            }
        }
        Ok(())
    }

    fn check(&self, sender: &Sender) -> Result<(), String> {
        let named = sender.at.iter().chain(sender.fails.iter().flat_map(|f| &f.at));
        for name in named {
            if self.reporters.iter().all(|reporter| reporter.name != *name) {
                return Err(format!("there is no reporter {name}"));
            }
        }
        Ok(())
    }

    fn applies(&self, fails: &Fails, day: i32, who: usize) -> bool {
        let here = fails.at.is_empty() || fails.at.contains(&self.reporters[who].name);
        here && fails.days.as_ref().is_none_or(|days| days.has(day))
    }

    /// What part of a sender's mail each reporter sees and reports: a reporter that is silent today
    /// still gets its mail.
    fn shares(&self, sender: &Sender, day: i32) -> Vec<(f64, bool)> {
        let share = |reporter: &Reporter| match (sender.at.as_slice(), reporter.share) {
            ([], share) => share,
            (at, _) if !at.contains(&reporter.name) => 0.0,
            (_, 0.0) => 1.0,
            (_, share) => share,
        };
        let all: f64 = self.reporters.iter().map(share).sum();
        let writes = |reporter: &Reporter| reporter.days.as_ref().is_none_or(|days| days.has(day));
        self.reporters.iter().map(|r| (share(r) / all, writes(r))).collect()
    }

    fn add(
        &mut self,
        at: usize,
        sender: &Sender,
        day: i32,
        who: usize,
        count: u64,
        how: &[How],
    ) -> Result<(), String> {
        if count == 0 {
            return Ok(());
        }
        let (dkim_auth, spf_auth) = self.results(sender, how)?;
        let mut seen = self.judged(sender, day, dkim_auth, spf_auth);
        let policy = self.policy(day).clone();
        let is_new = self.dialect(&self.reporters[who])?.is_new;
        let fails = !seen.dkim && !seen.spf;
        let sampled_out = match (policy.pct, is_new) {
            (Some(pct), false) if fails && seen.reasons.is_empty() => {
                count * (100 - u64::from(pct)) / 100
            }
            _ => 0,
        };
        self.count(at, sender, day, who, &seen, count - sampled_out);
        if sampled_out > 0 {
            seen.disposition = below(&seen.disposition).to_owned();
            seen.reasons.push(("sampled_out".to_owned(), String::new()));
            self.count(at, sender, day, who, &seen, sampled_out);
        }
        Ok(())
    }

    /// What a receiver makes of results.
    fn judged(
        &self,
        sender: &Sender,
        day: i32,
        dkim_auth: Vec<Auth>,
        spf_auth: Option<Auth>,
    ) -> Seen {
        let policy = self.policy(day);
        let header_from = sender.header_from.clone().unwrap_or_else(|| self.case.domain.clone());
        let is_strict = |mode: &Option<String>| mode.as_deref() == Some("s");
        let aligned = |auth: &Auth, strict: bool| {
            auth.result == "pass" && is_aligned(&auth.domain, &header_from, strict)
        };
        let claimed = |name: &str, truth: bool| {
            let claim = sender.claims.iter().find_map(|claim| claim.strip_prefix(name));
            claim.map_or(truth, |claim| claim == "=pass")
        };
        let dkim = dkim_auth.iter().any(|auth| aligned(auth, is_strict(&policy.adkim)));
        let spf = spf_auth.iter().any(|auth| aligned(auth, is_strict(&policy.aspf)));
        let (dkim, spf) = (claimed("dkim", dkim), claimed("spf", spf));
        let reasons: Vec<_> = self.reasons(sender);
        let asked = self.asked(policy, &header_from);
        let stops = !dkim && !spf && reasons.is_empty() && matches!(asked, "quarantine" | "reject");
        let met = match (stops, policy.t) {
            (false, _) => "none",
            (true, false) => asked,
            (true, true) => below(asked),
        };
        Seen {
            address: String::new(),
            disposition: sender.disposition.clone().unwrap_or_else(|| met.to_owned()),
            header_from,
            dkim,
            spf,
            dkim_auth,
            spf_auth,
            reasons,
        }
    }

    fn asked<'p>(&self, policy: &'p PolicyFrom, header_from: &str) -> &'p str {
        let of_itself = header_from == self.case.domain;
        policy.sp.as_ref().filter(|_| !of_itself).unwrap_or(&policy.p)
    }

    fn reasons(&self, sender: &Sender) -> Vec<(String, String)> {
        let mut reasons: Vec<_> = sender
            .reasons
            .iter()
            .map(|reason| reason.split_once(':').unwrap_or((reason, "")))
            .map(|(kind, comment)| (kind.to_owned(), comment.to_owned()))
            .collect();
        if sender.kind == Kind::List && reasons.is_empty() {
            reasons.push(("mailing_list".to_owned(), String::new()));
        }
        reasons
    }

    /// Puts counted mail into its report, by address.
    fn count(&mut self, at: usize, sender: &Sender, day: i32, who: usize, seen: &Seen, count: u64) {
        let scattered = sender.address.is_none().then(|| networks(sender));
        let addresses = scattered.map_or(1, |networks| networks.min(ADDRESSES).min(count));
        for n in 0..addresses {
            let report = day.unsigned_abs() as usize * self.reporters.len() + who;
            let start = report as u64 * ADDRESSES + n;
            let address = match (&sender.address, scattered) {
                (Some(address), _) => address.clone(),
                (None, networks) => scatter(at as u64, start % networks.unwrap_or(1)),
            };
            let share = count / addresses + u64::from(n < count % addresses);
            let rows = self.reports.entry((who, day)).or_default();
            *rows.entry(Seen { address, ..seen.clone() }).or_default() += share;
        }
    }

    /// The raw results of a sender's mail, with what breaks of it.
    fn results(&self, sender: &Sender, how: &[How]) -> Result<(Vec<Auth>, Option<Auth>), String> {
        let (mut dkim, mut spf) = self.usual_results(sender)?;
        let ours = |auth: &Auth| is_aligned(&auth.domain, &self.case.domain, false);
        for how in how {
            match how {
                How::Unsigned => dkim.retain(|auth| !ours(auth)),
                How::Dkim => dkim
                    .iter_mut()
                    .filter(|auth| ours(auth))
                    .for_each(|auth| "fail".clone_into(&mut auth.result)),
                How::Spf | How::SpfPermerror => {
                    let word = if *how == How::Spf { "fail" } else { "permerror" };
                    spf.iter_mut()
                        .filter(|auth| ours(auth))
                        .for_each(|auth| word.clone_into(&mut auth.result));
                }
            }
        }
        Ok((dkim, spf))
    }

    fn usual_results(&self, sender: &Sender) -> Result<(Vec<Auth>, Option<Auth>), String> {
        let domain = sender.header_from.as_ref().unwrap_or(&self.case.domain);
        let selector = sender.selector.as_deref().unwrap_or("s1");
        let service = || sender.service.as_deref().ok_or("this kind needs a `service`");
        let ours = |result: &str| auth(domain, selector, result);
        let by_spf = |domain: &str, result: &str| Some(auth(domain, "", result));
        let theirs =
            || Ok::<_, &str>((auth(service()?, "k1", "pass"), format!("bounce.{}", service()?)));
        let (mut dkim, mut spf) = match sender.kind {
            Kind::Own => (vec![ours("pass")], by_spf(domain, "pass")),
            Kind::SpfOnly => (vec![], by_spf(domain, "pass")),
            Kind::Service => {
                let (signed, bounce) = theirs()?;
                (vec![signed], by_spf(&bounce, "pass"))
            }
            Kind::ServiceSigning => {
                let (signed, bounce) = theirs()?;
                (vec![ours("pass"), signed], by_spf(&bounce, "pass"))
            }
            Kind::ServiceWhole => {
                let (signed, _) = theirs()?;
                (vec![ours("pass"), signed], by_spf(&format!("bounce.{domain}"), "pass"))
            }
            Kind::Forwarder => (vec![ours("pass")], by_spf(service()?, "pass")),
            Kind::BreakingForwarder => (vec![ours("fail")], by_spf(service()?, "pass")),
            Kind::List => {
                let signed = auth(service()?, "list", "pass");
                (vec![ours("fail"), signed], by_spf(service()?, "pass"))
            }
            Kind::Forged => (vec![], by_spf(domain, "fail")),
            Kind::Explicit => (vec![], None),
        };
        if let Some(written) = &sender.dkim {
            dkim = written.iter().map(|text| written_auth(text)).collect::<Result<_, _>>()?;
        }
        if let Some(written) = &sender.spf {
            spf = Some(written_auth(written)?);
        }
        Ok((dkim, spf))
    }
}

fn usual(name: &str, share: f64) -> Reporter {
    Reporter {
        name: name.to_owned(),
        like: None,
        share,
        days: None,
        delay: 0,
        poses_as: None,
        claims: None,
    }
}

fn auth(domain: &str, selector: &str, result: &str) -> Auth {
    let [domain, selector, result] = [domain, selector, result].map(str::to_owned);
    Auth { domain, selector, result }
}

/// `domain/selector=result`, or `domain=result`.
fn written_auth(text: &str) -> Result<Auth, String> {
    let (who, result) = text.split_once('=').ok_or_else(|| format!("`{text}` has no result"))?;
    let (domain, selector) = who.split_once('/').unwrap_or((who, ""));
    Ok(auth(domain, selector, result))
}

/// Domains of the cases have organisational domains of two labels.
fn organizational(domain: &str) -> &str {
    let end = domain.rfind('.').unwrap_or(0);
    domain[..end].rfind('.').map_or(domain, |dot| &domain[dot + 1..])
}

fn is_aligned(domain: &str, header_from: &str, strict: bool) -> bool {
    if strict {
        domain == header_from
    } else {
        organizational(domain) == organizational(header_from)
    }
}

/// The level below, as RFC 7489 has it for what the sample left out.
fn below(policy: &str) -> &'static str {
    if policy == "reject" { "quarantine" } else { "none" }
}

/// Forgeries come from a network that is never seen again, unless a case says otherwise.
fn networks(sender: &Sender) -> u64 {
    u64::from(sender.networks.unwrap_or(4096)).max(1)
}

/// An address in the n-th network of a sender: from the range for benchmarks, and when that is used
/// up from the one for documentation.
fn scatter(sender: u64, n: u64) -> String {
    let v4 = sender * 64 + n;
    match v4 {
        0..512 => format!("198.{}.{}.7", 18 + v4 / 256, v4 % 256),
        _ => format!("2001:db8:{:x}::7", (sender * 4096 + n) % 65_536),
    }
}
